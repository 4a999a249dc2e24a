// SPDX-License-Identifier: Apache-2.0
// What the page costs, with the whole desk open on a running demo: node bench.mjs [seconds]. Prints frames a
// second of the drawing thread, dropped frames, script and task time of the main thread for each frame,
// and the heap. CPU time, not wall time, because a shared machine stretches the latter.
import { openPage, startBrowser, startDaemon } from '../../tests/e2e/harness.mjs';

const seconds = Number(process.argv[2] ?? 20);
const daemon = await startDaemon({ scenario: 'demo' });
const browser = await startBrowser();
const started = Date.now();
const page = await openPage(browser, `${daemon.url}?lang=en&view=desk`);
const first = Date.now() - started;
const session = await page.context().newCDPSession(page);
await session.send('Performance.enable', { timeDomain: 'threadTicks' });
const metrics = async () => Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map((m) => [m.name, m.value]));
await page.waitForTimeout(3000);

const worker = page.workers()[0];
await worker.evaluate(() => {
  self.gaps = [];
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    self.gaps.push(now - last);
    last = now;
    self.requestAnimationFrame(look);
  };
  self.requestAnimationFrame(look);
});
const before = await metrics();
await page.waitForTimeout(seconds * 1000);
const after = await metrics();
const gaps = (await worker.evaluate(() => self.gaps)).slice(1).sort((a, b) => a - b);
const frames = gaps.length;
const at = (q) => gaps[Math.min(frames - 1, Math.floor(q * frames))];
const each = (name) => ((after[name] - before[name]) * 1000) / (seconds * 60);
console.log(`frames a second     ${(frames / seconds).toFixed(1)}  gap p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms`);
console.log(`dropped frames      ${((1 - frames / (seconds * 60)) * 100).toFixed(1)} %`);
console.log(`main thread, mean of a 60th of a second: script ${each('ScriptDuration').toFixed(2)} ms, all tasks ${each('TaskDuration').toFixed(2)} ms`);
console.log(`heap                ${(after.JSHeapUsedSize / 1e6).toFixed(1)} MB`);
console.log(`live after          ${first} ms, navigation and first painted samples`);
await browser.close();
await daemon.stop();
