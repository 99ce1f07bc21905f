// What must hold on every page: accessibility, width, targets, bytes, and silence on the console.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const STANDARD = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** A colour scheme changes colours only, so the dark one is judged by these. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** Counts, and says at once what failed: the same finding in another role, language or size is counted, not said again. */
export class Tally {
  passed = 0;
  failed = 0;
  #said = new Map();

  check(name, ok, detail = '') {
    if (ok) {
      this.passed += 1;
      return true;
    }
    this.failed += 1;
    const finding = `${name.slice(name.indexOf(': ') + 2)}${detail}`;
    if (!this.#said.has(finding)) console.log(`FAILED ${name}${detail ? `: ${detail}` : ''}`);
    this.#said.set(finding, (this.#said.get(finding) ?? 0) + 1);
    return false;
  }

  /** The closing line, after how much was not said above. */
  close() {
    const unsaid = this.failed - this.#said.size;
    if (unsaid) console.log(`${unsaid} of the failures are findings said above, on other pages, sizes or for other roles`);
    console.log(`${this.passed} passed, ${this.failed} failed`);
  }

  async attempt(name, act) {
    try {
      await act();
      this.check(name, true);
    } catch (error) {
      this.check(name, false, String(error.message ?? error).split('\n').slice(0, 6).join(' | '));
    }
  }
}

/** Notes console errors, refused content and requests that leave the server. `take()` empties the notes. */
export function eavesdrop(context, base) {
  let notes = [];
  const own = (url) => url.startsWith(`${base}/`) || /^(data|blob|about|sms|tel):/.test(url);
  context.on('request', (request) => {
    if (!own(request.url())) notes.push(`a request to ${request.url().slice(0, 120)}`);
  });
  context.on('console', (message) => {
    // Chromium reports each 4xx answer on the console; statuses are checked by themselves.
    if (message.type() !== 'error' || /^Failed to load resource: .* status of (403|404|422)/.test(message.text())) return;
    notes.push(`console: ${message.text().slice(0, 200)}`);
  });
  context.on('weberror', (error) => notes.push(`script: ${String(error.error()).slice(0, 200)}`));
  return { take: () => { const taken = notes; notes = []; return taken; } };
}

/** Runs axe; gives one line for each rule that found something. */
export async function axe(page, dark) {
  await page.evaluate(axeSource);
  const options = dark
    ? { runOnly: { type: 'rule', values: COLOUR_RULES } }
    : { runOnly: { type: 'tag', values: STANDARD }, rules: { 'target-size': { enabled: true } } };
  return page.evaluate(async (options) => {
    const { violations } = await globalThis.axe.run(document, { ...options, resultTypes: ['violations'] });
    return violations.map((v) => `${v.id} at ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} [${n.any[0]?.message ?? n.all[0]?.message ?? ''}]`).join(', ')}`);
  }, options);
}

/** The elements that stick out to the right of a page that is wider than its window; empty where nothing scrolls sideways. */
export function overflow(page, width) {
  return page.evaluate((width) => {
    if (document.documentElement.scrollWidth <= width && document.body.scrollWidth <= width) return [];
    const out = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > width + 0.5);
    const name = (e) => `${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : ''}${e.className && typeof e.className === 'string' ? `.${e.className.trim().replace(/\s+/g, '.')}` : ''}`;
    return [`${document.documentElement.scrollWidth} px wide`, ...out.slice(0, 4).map(name)];
  }, width);
}

/** Main actions (buttons, fields, navigation) that are smaller than `least` px; links inside a sentence are not meant. */
export function smallTargets(page, least) {
  return page.evaluate((least) => {
    const actions = 'button, summary, select, textarea, nav a, header a, #menu a, a.btn, [role="button"], input:not([type="hidden"])';
    const seen = (e) => {
      const box = e.getBoundingClientRect();
      // A skip link waits off the page until it has the focus.
      return e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && box.width > 1 && box.height > 1 && box.right > 0 && box.bottom + scrollY > 0;
    };
    return [...document.querySelectorAll(actions)].flatMap((e) => {
      const target = ['checkbox', 'radio'].includes(e.type) ? (e.closest('label') ?? document.querySelector(`label[for="${CSS.escape(e.id)}"]`) ?? e) : e;
      if (!seen(target)) return [];
      const { width, height } = target.getBoundingClientRect();
      const small = height < least - 0.5 || width < least - 0.5;
      return small ? [`${e.tagName.toLowerCase()} "${(e.textContent.trim() || e.name || e.getAttribute('aria-label') || '').slice(0, 24)}" ${Math.round(width)}x${Math.round(height)}`] : [];
    });
  }, least);
}

/** What one navigation cost on the wire: `{bytes, requests}`, headers included, what the cache gave not counted. */
export async function transfer(page, go) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  let bytes = 0;
  const asked = new Set();
  cdp.on('Network.requestWillBeSent', (event) => { if (/^https?:/.test(event.request.url)) asked.add(event.requestId); });
  cdp.on('Network.requestServedFromCache', (event) => asked.delete(event.requestId));
  cdp.on('Network.responseReceived', (event) => { if (event.response.fromDiskCache || event.response.fromPrefetchCache) asked.delete(event.requestId); });
  cdp.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
  await go();
  await page.waitForLoadState('networkidle');
  await cdp.detach();
  return { bytes, requests: asked.size };
}
