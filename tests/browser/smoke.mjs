// Walks every page as every role, in both languages, colour schemes and three sizes, then the flows of flows.mjs.
//   BANKSIDE_BIN=../../target/debug/bankside node smoke.mjs        SHOTS=folder keeps pictures for people to look at,
// ROLES=broker,admin walks only as these
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { apiAs, startDemo } from './server.mjs';
import { Tally, axe, eavesdrop, overflow, smallTargets, transfer } from './look.mjs';
import { flows, signIn } from './flows.mjs';

const BIN = resolve(process.env.BANKSIDE_BIN ?? '../../target/debug/bankside');
const SHOTS = process.env.SHOTS;
const KB = 1024;
const EVERYONE = ['broker', 'coordinator', 'manager', 'admin'];

// Who must get the page with 200. Anyone else gets 200 or a 403 with a way back, which is looked at just as closely.
// `:prospect`, `:outlet` and `:broker` stand for the first record the role's own list links to, `:plan` and `:draft` for a plan made for the walk.
const pages = [
  { path: '/', roles: EVERYONE },
  { path: '/prospects', roles: ['broker', 'coordinator', 'manager'] },
  { path: '/prospects/new', roles: ['broker'] },
  { path: '/prospects/:prospect', roles: ['broker', 'coordinator', 'manager'] },
  { path: '/follow-ups', roles: ['broker', 'coordinator', 'manager'] },
  { path: '/outlets', roles: EVERYONE },
  { path: '/outlets/map', roles: EVERYONE },
  { path: '/outlets/:outlet', roles: EVERYONE },
  { path: '/now', roles: ['coordinator', 'manager'] },
  { path: '/rota', roles: ['coordinator', 'manager'] },
  { path: '/my-rota', roles: ['broker'] },
  { path: '/leaves/new', roles: ['broker'] },
  { path: '/requests', roles: ['coordinator', 'manager'] },
  { path: '/attendance', roles: ['broker', 'coordinator', 'manager'] },
  { path: '/branch-settings', roles: ['coordinator', 'manager'] },
  { path: '/funnel', roles: EVERYONE },
  { path: '/funnel/people', roles: EVERYONE },
  { path: '/reports', roles: ['manager', 'admin'] },
  { path: '/prospects/export', roles: ['admin'] },
  { path: '/users', roles: ['admin'] },
  { path: '/imports', roles: ['coordinator', 'admin'] },
  { path: '/rota/import', roles: ['coordinator', 'manager'] },
  { path: '/rota?view=people', roles: ['coordinator', 'manager'] },
  { path: '/rota?draft=:draft', roles: ['coordinator'] },
  { path: '/rota/drafts/:draft/changes', roles: ['coordinator'] },
  { path: '/rota/cell?date=:date&outlet=:outlet', roles: ['coordinator'] },
  { path: '/rota/plans', roles: ['coordinator', 'manager'] },
  { path: '/rota/plans/new', roles: ['coordinator'] },
  { path: '/rota/plans/:plan', roles: ['coordinator'] },
  { path: '/rota/repair?from=:date', roles: ['coordinator'] },
  { path: '/rota/conditions', roles: ['coordinator'] },
  { path: '/rota/brokers/:broker', roles: ['coordinator'] },
  { path: '/rota/outlets/:outlet', roles: ['coordinator'] },
  { path: '/outlets/:outlet/unwelcome', roles: ['coordinator'] },
  { path: '/outlets/:outlet/calendar', roles: ['coordinator', 'admin'] },
  { path: '/account/calendar', roles: ['broker'] },
  { path: '/offline', roles: ['broker'] },
  { path: '/mail', roles: ['admin'] },
  { path: '/audit', roles: ['admin'] },
];
const languages = ['zh-CN', 'en'];
const devices = [
  { name: 'phone', options: { isMobile: true, hasTouch: true, deviceScaleFactor: 2 }, sizes: [[390, 844], [320, 640]], least: 44 },
  { name: 'desk', options: {}, sizes: [[1280, 800]], least: 24 },
];

const tally = new Tally();
const started = Date.now();
const seconds = () => ((Date.now() - started) / 1000).toFixed(0);
const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
});
let browser = await launch();
let demo;
try {
  demo = await startDemo(BIN);
  const made = await planned();
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
  await walkAnonymous();
  // Two at a time: this is meant for two cores. One role's visits follow one another, since the language is kept per user.
  const waiting = process.env.ROLES?.split(',') ?? [...EVERYONE];
  await Promise.all([1, 2].map(async () => {
    for (let role = waiting.shift(); role; role = waiting.shift()) {
      await tally.attempt(`${role}: the walk ends`, () => walkAs(role, made));
      console.log(`${role}: ${tally.passed} passed, ${tally.failed} failed so far (${seconds()} s)`);
    }
  }));
  // One that has shown thousands of pages was once seen to open no other.
  await browser.close();
  browser = await launch();
  await flows({ browser, demo, tally, shots: SHOTS });
} catch (error) {
  tally.check('the smoke test runs to its end', false, error.stack);
} finally {
  await browser.close();
  if (demo) tally.check('the demo stops with exit code 0', (await demo.stop()) === 0);
}
tally.close();
process.exit(tally.failed ? 1 : 0);

async function walkAnonymous() {
  for (const language of languages) await walk('anonymous', undefined, language, [{ path: '/sign-in', must: true }]);
  await tally.attempt('not signed in: /prospects leads to /sign-in', async () => {
    const answer = await fetch(`${demo.base}/prospects`, { redirect: 'manual' });
    if (answer.status !== 303 || !answer.headers.get('location')?.includes('/sign-in')) throw new Error(`${answer.status} ${answer.headers.get('location')}`);
  });
}

async function walkAs(role, made) {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await signIn(page, demo.base, demo.logins[role]);
  const session = await context.storageState();
  const list = await resolvePages(page, role, made);
  await context.close();
  for (const language of languages) await walk(role, session, language, list);
  await measure(role, session, list);
}

/** A week of the coordinator's branch, planned into a draft: what the pages about plans show. */
async function planned() {
  const desk = await apiAs(demo.base, demo.logins.coordinator);
  const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
  const asked = { id: crypto.randomUUID(), from: day(35), to: day(41), seconds: 10 };
  const begun = await desk('POST', '/rota-plans', asked);
  if (begun.status !== 201) throw new Error(`a plan by the API: ${begun.status} ${JSON.stringify(begun.body)}`);
  for (let tries = 0; tries < 120; tries += 1) {
    const run = (await desk('GET', `/rota-plans/${asked.id}`)).body;
    if (run.draft_id || run.problem) return { ':plan': run.id, ':draft': run.draft_id, ':date': asked.from };
    await new Promise((wake) => setTimeout(wake, 250));
  }
  throw new Error('the plan does not end');
}

/** The table for this role with records put in, and whatever else its navigation leads to. */
async function resolvePages(page, role, made) {
  const first = async (listing, kind) => {
    await page.goto(demo.base + listing);
    const links = await page.locator('a[href]').evaluateAll((all) => all.map((a) => new URL(a.href).pathname));
    return links.find((path) => new RegExp(`^/${kind}/[0-9a-f-]{36}$`).test(path));
  };
  const id = (path) => path?.split('/').pop();
  const records = {
    ...made, ':prospect': id(await first('/prospects', 'prospects')), ':outlet': id(await first('/outlets', 'outlets')),
    ':broker': id(await first('/rota/conditions', 'rota/brokers')),
  };
  const list = [];
  for (const { path, roles } of pages) {
    const must = roles.includes(role);
    const marks = path.match(/:[a-z]+/g) ?? [];
    const lacking = marks.find((mark) => !records[mark]);
    if (!lacking) list.push({ path: path.replace(/:[a-z]+/g, (mark) => records[mark]), must, label: path });
    else tally.check(`${role}: there is a record for ${path}`, !must);
  }
  await page.goto(`${demo.base}/`);
  const linked = await page.locator('nav a[href^="/"], #menu a[href^="/"]').evaluateAll((all) => all.map((a) => new URL(a.href).pathname));
  for (const path of new Set(linked)) {
    if (!list.some((known) => known.path === path) && !/sign-out|\.(ics|json)$/.test(path)) list.push({ path, must: true });
  }
  return list;
}

async function walk(role, storageState, language, list) {
  for (const device of devices) {
    const context = await browser.newContext({ storageState, locale: 'en-GB', reducedMotion: 'reduce', viewport: size(device.sizes[0]), ...device.options });
    const heard = eavesdrop(context, demo.base);
    const page = await context.newPage();
    let switched = false;
    for (const entry of list) {
      const where = `${role} ${language} ${device.name} ${entry.label ?? entry.path}`;
      await tally.attempt(`${where}: looked at`, async () => {
        await page.setViewportSize(size(device.sizes[0]));
        await page.emulateMedia({ colorScheme: 'light' });
        // Said once and then kept: each later page is asked for without it.
        const answer = await page.goto(demo.base + entry.path + (switched ? '' : `?lang=${language}`));
        switched = true;
        await judge(page, where, entry, answer, language, device);
      });
      const notes = heard.take();
      tally.check(`${where}: silence on the console and on the wire`, notes.length === 0, notes.slice(0, 3).join(' | '));
    }
    await context.close();
  }
}

async function judge(page, where, entry, answer, language, device) {
  const status = answer.status();
  tally.check(`${where}: status`, status === 200 || (status === 403 && !entry.must), String(status));
  if (status === 403) tally.check(`${where}: 403 with a way back`, (await page.locator('main a[href]').count()) > 0);
  const lang = await page.locator('html').getAttribute('lang');
  tally.check(`${where}: in the language asked for`, lang?.slice(0, 2) === language.slice(0, 2), `lang="${lang}"`);
  for (const [width, height] of device.sizes) {
    await page.setViewportSize(size([width, height]));
    for (const scheme of ['light', 'dark']) {
      const here = `${where} ${width} ${scheme}`;
      await page.emulateMedia({ colorScheme: scheme });
      const found = await axe(page, scheme === 'dark');
      tally.check(`${here}: axe`, found.length === 0, found.join(' | '));
      if (scheme === 'light') {
        const wide = await overflow(page, width);
        tally.check(`${here}: no scrolling sideways`, wide.length === 0, wide.join(', '));
        const small = await smallTargets(page, device.least);
        tally.check(`${here}: main actions at least ${device.least} px`, small.length === 0, small.slice(0, 5).join(', '));
      }
      if (SHOTS) await page.screenshot({ path: join(SHOTS, `${where} ${width} ${scheme}.png`.replace(/[/: ]+/g, '-')), fullPage: true });
    }
  }
}

/** First visits with a cold cache, and Today's second one. */
async function measure(role, storageState, list) {
  for (const entry of list) {
    const where = `${role} ${entry.label ?? entry.path}`;
    const context = await browser.newContext({ storageState, viewport: size(devices[0].sizes[0]) });
    await tally.attempt(`${where}: measured`, async () => {
      const visit = async () => {
        const page = await context.newPage();
        return transfer(page, () => page.goto(demo.base + entry.path));
      };
      const first = await visit();
      tally.check(`${where}: first visit within 60 KB`, first.bytes <= 60 * KB, `${(first.bytes / KB).toFixed(1)} KB`);
      if (entry.path !== '/') return;
      tally.check(`${where}: first visit within 5 requests`, first.requests <= 5, `${first.requests} requests`);
      const again = await visit();
      tally.check(`${where}: second visit within 15 KB`, again.bytes <= 15 * KB, `${(again.bytes / KB).toFixed(1)} KB`);
      console.log(`${where}: first visit ${(first.bytes / KB).toFixed(1)} KB in ${first.requests} requests, second ${(again.bytes / KB).toFixed(1)} KB in ${again.requests}`);
    });
    await context.close();
  }
}

function size([width, height]) {
  return { width, height };
}
