// Lighthouse (mobile) over the pages used most, in both languages: the median of three runs each.
// LIGHTHOUSE names the folder with the package; `node lighthouse.mjs BASE PAGES` where PAGES is JSON: [{name, path, cookie}].
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const module = (path) => import(pathToFileURL(join(process.env.LIGHTHOUSE, 'node_modules', path)));
const { default: lighthouse } = await module('lighthouse/core/index.js');
const { computeMedianRun } = await module('lighthouse/core/lib/median-run.js');
const { launch } = await module('chrome-launcher/dist/index.js');

const [base, pages] = [process.argv[2], JSON.parse(process.argv[3])];
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];
const chrome = await launch({
  chromePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
try {
  for (const page of pages) {
    const runs = [];
    // On a busy machine the browser now and then paints nothing in time: such a run measures nothing and is made again.
    for (let tries = 0; runs.length < 3 && tries < 8; tries += 1) {
      const result = await lighthouse(`${base}${page.path}`, {
        port: chrome.port,
        logLevel: 'error',
        onlyCategories: CATEGORIES,
        disableStorageReset: false,
        extraHeaders: { Cookie: page.cookie, 'Accept-Language': page.lang },
        // A session is the pages' own: what the browser would warn about on plain http over the loopback is the proxy's matter.
        skipAudits: ['is-on-https', 'redirects-http'],
      });
      if (result.lhr.audits['first-contentful-paint'].numericValue && result.lhr.categories.performance.score !== null) runs.push(result.lhr);
    }
    const median = computeMedianRun(runs);
    const scores = Object.fromEntries(CATEGORIES.map((name) => [name, Math.round(median.categories[name].score * 100)]));
    const wrong = Object.values(median.audits)
      .filter((audit) => audit.score !== null && audit.score < 1 && audit.scoreDisplayMode !== 'informative')
      .filter((audit) => CATEGORIES.slice(1).some((name) => median.categories[name].auditRefs.some((ref) => ref.id === audit.id && ref.weight > 0)))
      .map((audit) => `${audit.id}: ${(audit.details?.items ?? []).map((item) => item.node?.snippet ?? item.description ?? item.sourceLocation?.url ?? '').slice(0, 3).join(' ')}`);
    const metrics = Object.fromEntries(['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'speed-index'].map((id) => [id, median.audits[id].displayValue]));
    console.log(JSON.stringify({ name: page.name, final: median.finalDisplayedUrl, ...scores, metrics, wrong }));
  }
} finally {
  chrome.kill();
}
