// SPDX-License-Identifier: Apache-2.0
// What a page costs: threads by trace, processes by the kernel's own counts.
import { readFileSync } from 'node:fs';

const FRAME_US = 1e6 / 60;
// What runs script, outermost; microtasks and the collector run inside or between them.
const SCRIPT = new Set(['FunctionCall', 'EvaluateScript', 'v8.evaluateModule', 'FireAnimationFrame', 'TimerFire', 'EventDispatch',
  'HandlePostMessage', 'RunMicrotasks', 'V8.GC_MC_BACKGROUND_MARKING', 'MinorGC', 'MajorGC', 'RequestAnimationFrame']);
const CATEGORIES = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8', 'blink', 'cc', 'benchmark', '__metadata'];

export const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
export const median = (list) => quantile([...list].sort((a, b) => a - b), 0.5);

// Traces the browser for so long; gives all its events.
export async function trace(browser, ms) {
  const session = await browser.newBrowserCDPSession();
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => { for (const e of value) events.push(e); });
  const done = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: CATEGORIES, recordMode: 'recordUntilFull' } });
  await new Promise((resolve) => setTimeout(resolve, ms));
  await session.send('Tracing.end');
  await done;
  await session.detach();
  return events;
}

// Sums of the outermost of these events in each sixtieth of a second, in milliseconds of CPU time: a shared
// machine stretches wall time. An event belongs to the frame in which it begins.
function perFrame(events, wanted, from, frames) {
  const sums = new Float64Array(frames);
  let end = -Infinity;
  for (const e of events.filter((x) => x.ph === 'X' && wanted(x)).sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))) {
    if (e.ts < end) continue;
    end = e.ts + (e.dur ?? 0);
    const frame = Math.floor((e.ts - from) / FRAME_US);
    if (frame >= 0 && frame < frames) sums[frame] += (e.tdur ?? e.dur ?? 0) / 1000;
  }
  return sums;
}

// The threads of the page, and what the browser adds.
export function threads(events) {
  const names = new Map();
  for (const e of events) if (e.ph === 'M' && e.name === 'thread_name') names.set(`${e.pid}:${e.tid}`, e.args.name);
  const timed = events.filter((e) => e.ph === 'X' && Number.isFinite(e.ts));
  // The page's own renderer is the one whose main thread had the most to do.
  const busy = new Map();
  for (const e of timed) if (names.get(`${e.pid}:${e.tid}`) === 'CrRendererMain') busy.set(e.pid, (busy.get(e.pid) ?? 0) + (e.tdur ?? 0));
  const pid = [...busy].reduce((best, now) => (now[1] > best[1] ? now : best), [0, 0])[0];
  const from = timed.reduce((m, e) => Math.min(m, e.ts), Infinity);
  const to = timed.reduce((m, e) => Math.max(m, e.ts), -Infinity);
  const frames = Math.max(1, Math.floor((to - from) / FRAME_US));
  const nameOf = (e) => names.get(`${e.pid}:${e.tid}`) ?? '';
  const task = (e) => e.name === 'RunTask' || e.name === 'ThreadControllerImpl::RunTask' || e.name === 'ThreadPool_RunTask';
  const main = timed.filter((e) => e.pid === pid && nameOf(e) === 'CrRendererMain');
  const sorted = (list) => [...list].sort((a, b) => a - b);
  const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
  const compositor = timed.filter((e) => (e.pid === pid && /^(Compositor|ThreadPool)/.test(nameOf(e))) || /^(VizCompositor|CrGpuMain)/.test(nameOf(e)));
  const byThread = new Map();
  for (const e of compositor) (byThread.get(`${e.pid}:${e.tid}`) ?? byThread.set(`${e.pid}:${e.tid}`, []).get(`${e.pid}:${e.tid}`)).push(e);
  return {
    script: sorted(perFrame(main, (e) => SCRIPT.has(e.name), from, frames)),
    tasks: sorted(perFrame(main, task, from, frames)),
    worker: sorted(perFrame(timed.filter((e) => e.pid === pid && nameOf(e).startsWith('DedicatedWorker')), task, from, frames)),
    compositor: [...byThread.values()].reduce((sum, list) => sum + mean(perFrame(list, task, from, frames)), 0),
  };
}

// CPU seconds of the renderers and of the process that puts pictures together, and their memory.
export async function processes(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const wanted = processInfo.filter((p) => p.type === 'renderer' || p.type === 'GPU' || p.type === 'gpu-process');
  const pss = (pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
  return { cpuS: wanted.reduce((sum, p) => sum + p.cpuTime, 0), pssMb: wanted.reduce((sum, p) => sum + pss(p.id), 0) };
}

export function machine() {
  const [, ...fields] = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/);
  const values = fields.map(Number);
  return { idle: values[3] + values[4], all: values.reduce((a, b) => a + b, 0) };
}
export const load = () => readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
