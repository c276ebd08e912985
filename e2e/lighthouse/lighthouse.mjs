// Measures the pages where people begin, and fails when one is slower or worse than verdict.mjs
// allows. The whole reports are in bin/lighthouse.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateReport } from 'lighthouse';
import { atEnd } from './ending.mjs';
import { measure, runs } from './measure.mjs';
import { beginDraft, serve } from './program.mjs';
import { problems, tell } from './verdict.mjs';

const dir = mkdtempSync(join(tmpdir(), 'intake-lighthouse-'));
atEnd(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }));
const reports = join(import.meta.dirname, '../../bin/lighthouse');
mkdirSync(reports, { recursive: true });

const address = await serve(dir);
const pages = [
  { name: 'landing', path: '/', indexed: true },
  { name: 'landing-es', path: '/es/', indexed: true },
  { name: 'privacy', path: '/privacy', indexed: true },
  { name: 'you', path: '/apply/you', indexed: false, cookie: await beginDraft(address) },
];

for (const page of pages) {
  const lhr = await measure(address + page.path, page.cookie, dir);
  if (page === pages[0]) console.log(conditions(lhr));
  console.log([...tell(page, lhr), ...noise()].join('\n'));
  writeFileSync(join(reports, `${page.name}.html`), generateReport(lhr, 'html'));
  for (const problem of problems(page, lhr)) {
    console.error(`  FAILED: ${problem}`);
    process.exitCode = 1;
  }
}
process.exit(); // the program still runs

function conditions({ lighthouseVersion, environment, configSettings: { formFactor, throttling } }) {
  const browser = environment.hostUserAgent.match(/Chrome\/[\d.]+/)?.[0];
  return `Lighthouse ${lighthouseVersion} in ${browser}: ${formFactor}, ${throttling.rttMs} ms, ` +
    `${Math.round(throttling.throughputKbps)} kbit/s, CPU ${throttling.cpuSlowdownMultiplier} times slower; the middle one of ${runs} runs`;
}

// noise warns when others use the machine: they lengthen TBT, and with it lower performance.
function noise() {
  const [load] = loadavg();
  if (load <= availableParallelism()) return [];
  return [`  warning: the machine is busy (load ${load.toFixed(1)} on ${availableParallelism()} processors), so TBT is too long`];
}
