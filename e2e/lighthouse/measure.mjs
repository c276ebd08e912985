// One page under Lighthouse, with its mobile preset: a mid-range phone on slow 4G.
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import { computeMedianRun } from 'lighthouse/core/lib/median-run.js';
import { atEnd } from './ending.mjs';

export const runs = 3;
const maxBroken = 2; // a busy machine now and then spoils Lighthouse's trace of a page

// measure returns the middle one of several results, each by a browser that knows nothing from before.
export async function measure(url, cookie, dir) {
  const results = [];
  for (let broken = 0; results.length < runs; ) {
    const lhr = await measureOnce(url, cookie, dir);
    if (!lhr.runtimeError) {
      results.push(lhr);
      continue;
    }
    if (++broken > maxBroken) throw new Error(`${url}: ${lhr.runtimeError.message}`);
    console.error(`  a run on ${url} broke and is repeated: ${lhr.runtimeError.code}`);
  }
  return computeMedianRun(results);
}

async function measureOnce(url, cookie, dir) {
  const chrome = await launch({
    chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu'], // as root in a container there is no sandbox; we visit our own pages only
    userDataDir: mkdtempSync(join(dir, 'chromium-')),
    handleSIGINT: false, // atEnd does it
  });
  atEnd(() => chrome.kill());
  const { lhr } = await lighthouse(url, {
    port: chrome.port,
    logLevel: 'error',
    locale: 'en-US',
    extraHeaders: cookie && { Cookie: cookie },
  });
  const closed = once(chrome.process, 'close');
  chrome.kill();
  await closed;
  return lhr;
}
