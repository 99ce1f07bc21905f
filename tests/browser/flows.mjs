// The key flows by hand: what a person does, and what was kept of it, asked of the API.
import { join } from 'node:path';
import { apiAs } from './server.mjs';
import { eavesdrop } from './look.mjs';

/** How the pages are found; fields go by the `name` their form posts. */
const at = {
  checkIn: 'form[data-checkin] button[type="submit"], button[data-checkin]',
  /** The notice about the position, agreed to once. */
  agree: 'form[data-checkin] [name="agree"]',
  withoutPosition: '[data-no-position] summary',
  /** What stands in the button's place once somebody has left for the day, and the way back in. */
  dayDone: '.day-done',
  again: 'details:has(form[data-checkin]) > summary',
  reason: '[data-no-position] [name="reason"]',
  newProspect: 'form:has([name="mobile"])',
  /** Tap one: the phone's own SMS. Tap two: how it went. */
  sms: 'a[href^="sms:"]',
  outcome: 'form[action$="/touches"] button[value="sms:sent"]',
  signOut: 'form[action*="sign-out"] button, form[action*="session"] button',
};
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: 'en-GB', reducedMotion: 'reduce' };
const PATIENCE = 8_000;

/** Signs in through the form; works with and without JavaScript. */
export async function signIn(page, base, { login, password }) {
  await page.goto(`${base}/sign-in`);
  await page.locator('[name="login"]').fill(login);
  await page.locator('[name="password"]').fill(password);
  await Promise.all([page.waitForURL((url) => url.pathname !== '/sign-in'), submit(page, 'form:has([name="password"])')]);
}

export async function flows({ browser, demo, tally, shots }) {
  const { base, logins } = demo;
  const api = await apiAs(base, logins.broker);
  const place = await whereTheBrokerIs(api);
  const serial = Date.now() % 10_000_000;
  let count = 0;
  const mobile = () => `1380${String((serial + (count += 1)) % 10_000_000).padStart(7, '0')}`;

  const flow = async (name, options, act) => {
    const { leavesTheNetwork, ...ofContext } = options;
    const context = await browser.newContext({ ...PHONE, ...ofContext });
    context.setDefaultTimeout(PATIENCE);
    const heard = eavesdrop(context, base);
    const page = await context.newPage();
    await tally.attempt(`flow: ${name}`, async () => {
      await act(page, context);
      const notes = heard.take();
      const amiss = notes.filter((note) => !(leavesTheNetwork && /ERR_INTERNET_DISCONNECTED|ERR_FAILED/.test(note)));
      need(amiss.length === 0, amiss.slice(0, 3).join(' | '));
    });
    if (shots) await page.screenshot({ path: join(shots, `flow ${name}.png`.replace(/[/: ,]+/g, '-')), fullPage: true }).catch(() => {});
    await context.close();
  };

  await flow('sign in by keyboard alone', { isMobile: false, hasTouch: false, viewport: { width: 1280, height: 800 } }, async (page) => {
    await page.goto(`${base}/follow-ups`);
    await tabTo(page, 'login');
    await page.keyboard.type(logins.broker.login);
    await tabTo(page, 'password');
    await page.keyboard.type(logins.broker.password);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${base}/follow-ups`);
  });

  await flow('a wrong password is said beside the form, the login kept', {}, async (page) => {
    await page.goto(`${base}/sign-in`);
    await page.locator('[name="login"]').fill(logins.broker.login);
    await page.locator('[name="password"]').fill('not the password at all');
    await submit(page, 'form:has([name="password"])');
    await page.locator('[name="password"][aria-invalid="true"]').waitFor();
    need((await besideField(page, 'password')).length > 0, 'no message beside the field');
    need((await page.locator('[name="login"]').inputValue()) === logins.broker.login, 'the login was lost');
    need((await page.locator('[name="password"]').inputValue()) === '', 'the password came back in the page');
  });

  await flow('check in at the outlet by one tap', { permissions: ['geolocation'], geolocation: place }, async (page) => {
    await signIn(page, base, logins.broker);
    const before = await latestCheckIn(api);
    await comeBack(page);
    await tapCheckIn(page);
    const kept = await until(async () => newer(await latestCheckIn(api), before), 'no check-in was kept');
    need(kept.verdict === 'on_site', `verdict ${kept.verdict}, ${kept.distance_m} m`);
    await page.locator('[role="status"], [role="alert"]').filter({ hasText: /\d/ }).first().waitFor();
  });

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'position refused' : 'no JavaScript';
    await flow(`check in with a reason, ${how}`, { javaScriptEnabled }, async (page, context) => {
      await signIn(page, base, logins.broker);
      const before = await latestCheckIn(api);
      await comeBack(page);
      if (javaScriptEnabled) {
        await refusePosition(page, context, base);
        await tapCheckIn(page);
      } else {
        await page.locator(at.withoutPosition).first().tap();
      }
      const reason = page.locator(at.reason).first();
      await reason.waitFor();
      await fillOrChoose(reason, 'The phone gives no position');
      await submit(page, '[data-no-position] form');
      const kept = await until(async () => newer(await latestCheckIn(api), before), 'no check-in was kept');
      need(kept.verdict === 'uncertain' && kept.flags.includes('no_position'), `verdict ${kept.verdict}, flags ${kept.flags}`);
      if (kept.kind === 'out') {
        await page.locator(at.dayDone).waitFor();
        need(!(await page.locator(at.checkIn).first().isVisible()), 'after the check-out the button is still the main thing');
      }
    });

    await flow(`a new prospect, first with a wrong mobile${javaScriptEnabled ? '' : ', no JavaScript'}`, { javaScriptEnabled }, async (page) => {
      await signIn(page, base, logins.broker);
      const name = `陈${serial}${javaScriptEnabled ? 'a' : 'b'}`;
      const number = mobile();
      await page.goto(`${base}/prospects/new`);
      await fillProspect(page, name, '12345');
      const refused = await answerTo(page, () => submit(page, at.newProspect));
      need(refused === 422, `a wrong mobile was answered ${refused}`);
      need((await page.locator('[name="name"]').inputValue()) === name, 'the name typed was lost');
      need((await page.locator('[name="mobile"]').inputValue()) === '12345', 'the mobile typed was lost');
      need((await besideField(page, 'mobile')).length > 0, 'no message beside the field');
      await page.locator('[name="mobile"]').fill(number);
      const kept = await answerTo(page, () => submit(page, at.newProspect));
      need(kept === 303 || kept === 200, `the right mobile was answered ${kept}`);
      const found = await until(async () => find(api, number), 'the prospect was not kept');
      need(found.name === name, `kept as ${found.name}`);
    });
  }

  await flow('kept without a network, sent once when it is back', { permissions: ['geolocation'], geolocation: place, leavesTheNetwork: true }, async (page, context) => {
    const listed = page.locator('[data-list] li');
    const withoutNetwork = async () => {
      await context.setOffline(true);
      await page.goto(`${base}/`);
      await page.locator('[data-offline]').waitFor();
    };
    const keep = async (name, number) => {
      await fillProspect(page, name, number);
      await submit(page, 'form[action="/prospects"]');
      await listed.filter({ hasText: /Prospect/ }).first().waitFor();
    };
    await signIn(page, base, logins.broker);
    await page.goto(`${base}/`);
    await until(() => page.evaluate(async () => !!navigator.serviceWorker.controller && !!(await caches.match('/offline?lang=en', { ignoreVary: true }))), 'no worker took over');
    const before = await latestCheckIn(api);
    const [name, number] = [`陆${serial}`, mobile()];
    await withoutNetwork();
    await keep(name, number);
    await tapCheckIn(page);
    await listed.nth(1).waitFor();
    const readable = await page.evaluate(async () => JSON.stringify(await kept.items()));
    need(!readable.includes(name) && !readable.includes(number), 'what was typed can be read on the phone');
    need(!(await find(api, number)), 'it was sent without a network');
    await context.setOffline(false);
    await page.goto(`${base}/`);
    const found = await until(() => find(api, number), 'the prospect was not sent');
    need(found.name === name, `kept as ${found.name}`);
    const arrived = await until(async () => newer(await latestCheckIn(api), before), 'the check-in was not sent');
    need(arrived.verdict === 'on_site' && !arrived.flags.includes('clock_skew'), `verdict ${arrived.verdict}, flags ${arrived.flags}`);
    await until(async () => (await page.evaluate(async () => (await kept.items()).length)) === 0, 'it is still on the phone');
    await until(async () => !(await page.locator('[data-kept]').isVisible()), 'the page still says that something waits');

    // What the server refuses stays, with the reason, and can be mended.
    await withoutNetwork();
    await keep('陆不对', '12345');
    await context.setOffline(false);
    await page.goto(`${base}/`);
    await page.locator('[data-kept] a').click();
    await listed.filter({ hasText: /Refused/ }).waitFor();
    await listed.locator('[data-drop]').first().tap();
    await until(async () => (await listed.count()) === 0, 'it is still listed');
    need((await page.locator('[name="mobile"]').inputValue()) === '12345', 'what was refused did not come back into the form');
  });

  await flow('a touch logged in two taps', {}, async (page) => {
    const prospect = await addProspect(api, mobile());
    await signIn(page, base, logins.broker);
    await page.goto(`${base}/prospects/${prospect.id}`);
    need(prospect.follow_up.state === 'open', `the follow-up began as ${prospect.follow_up.state}`);
    const body = new URLSearchParams((await page.locator(at.sms).first().getAttribute('href')).split('?')[1]).get('body');
    need(body?.length > 5, 'the SMS has no text');
    await page.locator(at.sms).first().evaluate((link) => link.addEventListener('click', (event) => event.preventDefault()));
    await page.locator(at.sms).first().tap();
    await page.locator(at.outcome).first().tap();
    await until(async () => (await api('GET', `/prospects/${prospect.id}`)).body.follow_up?.state === 'kept', 'the follow-up was not kept');
  });

  await flow('a fence drawn by four taps', {}, async (page) => {
    const desk = await apiAs(base, logins.coordinator);
    const outlet = (await desk('GET', '/outlets?limit=1')).body.items[0];
    await signIn(page, base, logins.coordinator);
    await page.goto(`${base}/outlets/${outlet.id}/edit`);
    await page.locator('details.more summary').first().tap();
    const plan = page.locator('[data-draw] svg');
    await plan.scrollIntoViewIfNeeded();
    const box = await plan.boundingBox();
    for (const [x, y] of [[0.3, 0.3], [0.7, 0.3], [0.75, 0.6], [0.3, 0.6]]) {
      await page.touchscreen.tap(box.x + box.width * x, box.y + box.height * y);
    }
    await submit(page, 'form:has([name="fence"])');
    await until(async () => (await desk('GET', `/outlets/${outlet.id}`)).body.fence?.length === 4, 'the fence was not kept');
  });

  await flow('a calendar link made, read without signing in, and ended', {}, async (page) => {
    await signIn(page, base, logins.broker);
    await page.goto(`${base}/account/calendar`);
    await submit(page, 'form[action="/account/calendar"]');
    const link = new URL((await page.locator('#link').textContent()).trim()).pathname;
    const read = async () => {
      const answer = await fetch(`${base}${link}`);
      return { status: answer.status, text: await answer.text() };
    };
    const first = await read();
    need(first.status === 200 && first.text.startsWith('BEGIN:VCALENDAR'), `the feed answers ${first.status}`);
    await page.goto(`${base}/account/calendar`);
    need(!(await page.content()).includes(link), 'the link is shown again');
    await submit(page, 'form[action$="/revocation"]');
    await until(async () => (await read()).status === 404, 'the link still works');
  });

  for (const javaScriptEnabled of [true, false]) {
    await flow(`a rota from a spreadsheet, its words explained once${javaScriptEnabled ? '' : ', no JavaScript'}`, { javaScriptEnabled }, async (page) => {
      const outlet = (await (await apiAs(base, logins.coordinator))('GET', '/outlets?phase=established&limit=1')).body.items[0];
      const name = (await api('GET', '/me')).body.name;
      // Two of the same weekday, a week apart, in the next month that has no public holiday.
      const date = new Date(Date.now() + 40 * 86_400_000);
      while (![3, 7, 8, 11, 12].includes(date.getUTCMonth() + 1) || date.getUTCDate() > 21 || date.getUTCDay() !== (javaScriptEnabled ? 3 : 4)) date.setUTCDate(date.getUTCDate() + 1);
      const [first, second] = [0, 7].map((more) => new Date(date.getTime() + more * 86_400_000).toISOString().slice(0, 10));
      const code = `驻${serial}${javaScriptEnabled ? 'a' : 'b'}`;
      await signIn(page, base, logins.coordinator);
      await page.goto(`${base}/rota/import`);
      const buffer = Buffer.from(`姓名,${first},${second}\n${name},${code},${code}\n`);
      await page.locator('[name="file"]').setInputFiles({ name: '排班.csv', mimeType: 'text/csv', buffer });
      await submit(page, 'form[action="/rota/import"]');
      await page.locator('[name="to-0"]').fill(outlet.code);
      await submit(page, 'form[action$="/codes"]');
      await page.locator('form:not([action$="/codes"])[action^="/rota/import/"]').waitFor();
      if (shots) await page.screenshot({ path: join(shots, 'flow-rota-import-preview.png'), fullPage: true });
      await submit(page, 'form:not([action$="/codes"])[action^="/rota/import/"]');
      await page.waitForURL(/\/rota\?draft=/);
    });
  }

  await flow('sign out', {}, async (page) => {
    await signIn(page, base, logins.broker);
    await page.locator(at.signOut).first().tap();
    await page.waitForURL(/\/sign-in/);
    await page.goto(`${base}/prospects`);
    need(new URL(page.url()).pathname === '/sign-in', `after signing out ${page.url()} was shown`);
    need((await page.goBack().catch(() => null))?.status() !== 200 || new URL(page.url()).pathname === '/sign-in', 'back shows the page of before');
  });
}

function need(ok, otherwise) {
  if (!ok) throw new Error(otherwise);
}

async function until(ask, otherwise) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await new Promise((wake) => setTimeout(wake, 150))) {
    const answer = await ask();
    if (answer) return answer;
  }
  throw new Error(otherwise);
}

function submit(page, form) {
  return page.locator(`${form} :is(button:not([type="button"]), input[type="submit"])`).first().click();
}

/** The status with which the next form post of the page is answered. */
async function answerTo(page, act) {
  const [answer] = await Promise.all([page.waitForResponse((response) => response.request().method() === 'POST'), act()]);
  await page.waitForLoadState();
  return answer.status();
}

/** After a check-out the way back in is behind a line. */
async function comeBack(page) {
  if (await page.locator(at.dayDone).count()) await page.locator(at.again).first().tap();
}

async function tapCheckIn(page) {
  const agree = page.locator(at.agree).first();
  if (await agree.count()) await agree.check({ force: true });
  await page.locator(at.checkIn).first().tap();
}

async function tabTo(page, name) {
  for (let presses = 0; presses < 25; presses += 1) {
    const here = await page.evaluate(() => {
      const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement);
      return { name: document.activeElement.name, marked: outlineStyle !== 'none' || boxShadow !== 'none' };
    });
    if (here.name === name) return need(here.marked, `the focus on ${name} cannot be seen`);
    await page.keyboard.press('Tab');
  }
  throw new Error(`${name} is not reached by Tab`);
}

async function fillOrChoose(field, text) {
  if ((await field.evaluate((e) => e.tagName)) === 'SELECT') await field.selectOption({ index: 1 });
  else await field.fill(text);
}

async function fillProspect(page, name, mobile) {
  await page.locator('[name="name"]').fill(name);
  await page.locator('[name="mobile"]').fill(mobile);
  const channel = page.locator('[name="preferred_channel"]');
  if ((await channel.first().evaluate((e) => e.tagName)) === 'SELECT') await channel.selectOption('sms');
  else await page.locator('[name="preferred_channel"][value="sms"]').check({ force: true });
  await page.locator('[name="consent"]:not([type="hidden"])').first().check({ force: true });
}

/** The text of what the field says describes its error. */
function besideField(page, name) {
  return page.locator(`[name="${name}"][aria-invalid="true"]`).evaluate((field) =>
    (field.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent.trim() ?? '').join(''));
}

async function refusePosition(page, context, base) {
  const cdp = await context.newCDPSession(page);
  await cdp.send('Browser.setPermission', { permission: { name: 'geolocation' }, setting: 'denied', origin: base });
}

/** Today's shift's outlet, else the first one known, as a position for the browser. */
async function whereTheBrokerIs(api) {
  const me = (await api('GET', '/me')).body;
  const shift = me.shift ?? me.today ?? null;
  const outlet = shift?.outlet_id ? (await api('GET', `/outlets/${shift.outlet_id}`)).body : (await api('GET', '/outlets?limit=500')).body.items.find((o) => o.lat !== null);
  return { latitude: outlet.lat, longitude: outlet.lon, accuracy: 20 };
}

async function latestCheckIn(api) {
  const { items } = (await api('GET', '/checkins?limit=500')).body;
  return items.reduce((last, one) => (!last || one.received_at > last.received_at ? one : last), null);
}

const newer = (now, before) => (now && now.id !== before?.id ? now : null);

async function find(api, mobile) {
  const answer = await api('POST', '/prospects/search', { mobile });
  return answer.body?.items?.[0] ?? null;
}

async function addProspect(api, mobile) {
  const now = new Date(Date.now() - 60_000).toISOString();
  const body = { id: crypto.randomUUID(), name: '林两步', met_at: now, source: 'on_site', preferred_channel: 'sms', mobile, consent: { given_at: now, purpose: 'follow_up' } };
  const answer = await api('POST', '/prospects', body);
  need(answer.status === 201, `a prospect by the API: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
