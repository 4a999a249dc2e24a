// SPDX-License-Identifier: Apache-2.0
// Two hours of a case through the desk at 64 times its speed: the heap after collection and the memory of
// the browser's processes must not grow once the page holds all that it keeps. node soak.mjs [speed].
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, openPage, startBrowser, startDaemon, until } from '../../../tests/e2e/harness.mjs';
import { conductor } from '../../../tests/e2e/conductor.mjs';
import { load, processes } from './measure.mjs';

const speed = Number(process.argv[2] ?? 64);
const END_S = 7190;
const STEP_S = 600;
const root = fileURLToPath(new URL('../../../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'lsrd-soak-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const recorded = join(work, 'case');
execFileSync(process.env['LSRD_BIN'] ?? join(root, 'build/lsrd'), ['simulate', fileURLToPath(new URL('soak.scenario', import.meta.url)), '-o', recorded]);
const daemon = await startDaemon({ command: ['replay', recorded], port: await freePort() });
const browser = await startBrowser();
const page = await openPage(browser, `${daemon.url}?lang=en&view=desk`, { ready: false });
const session = await page.context().newCDPSession(page);
const hand = await conductor(daemon);
await hand.play(speed);

console.log(`two hours at ${speed} times, the desk open; load ${load()}\n\n| minute of the case | heap after collection, MB | DOM nodes | PSS of renderers and GPU process, MB |\n|---|---|---|---|`);
const rows = [];
for (let at = STEP_S; at <= END_S + STEP_S / 2; at += STEP_S) {
  const second = Math.min(at, END_S);
  await until(`second ${second}`, () => hand.second() >= second, 1200000);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes } = await session.send('Memory.getDOMCounters');
  const { pssMb } = await processes(browser);
  rows.push({ minute: second / 60, heap: usedSize / 1e6, pssMb });
  console.log(`| ${Math.round(second / 60)} | ${(usedSize / 1e6).toFixed(2)} | ${nodes} | ${pssMb.toFixed(0)} |`);
}
// By least squares over the second half, when every list that the page keeps is full.
const half = rows.slice(Math.floor(rows.length / 2));
const slope = (key) => {
  const mean = (f) => half.reduce((s, r) => s + f(r), 0) / half.length;
  const [mx, my] = [mean((r) => r.minute), mean((r) => r[key])];
  return (60 * mean((r) => (r.minute - mx) * (r[key] - my))) / mean((r) => (r.minute - mx) ** 2);
};
console.log(`\ngrowth in the second hour: heap ${slope('heap').toFixed(2)} MB, processes ${slope('pssMb').toFixed(1)} MB; load ${load()}`);
hand.end();
await browser.close();
await daemon.stop();
process.exit(0);
