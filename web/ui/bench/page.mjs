// SPDX-License-Identifier: Apache-2.0
// What the page costs: 16 channels at 48 kHz, the whole desk open, software rendering. node page.mjs
// [seconds] [runs]. Prints a table: the page, the wall, and uPlot drawing the same envelopes of the same
// daemon; each the median of its runs. Frames are counted first, then script is measured: CPU time by trace; the
// compositor's share stands beside.
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { esbuild, freePort, openPage, startBrowser, startDaemon, until } from '../../../tests/e2e/harness.mjs';
import { load, machine, median, processes, quantile, threads, trace } from './measure.mjs';

const seconds = Number(process.argv[2] ?? 20);
const runs = Number(process.argv[3] ?? 3);
const WARM_MS = 8000;
const SLOW = 60000;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const daemon = await startDaemon({ scenario: here('sixteen.scenario') });

// uPlot's page is not the daemon's: a server of its own gives it, and hands the socket on.
async function uplotServer() {
  const bundle = await esbuild.build({ entryPoints: [here('uplot_page.mjs')], bundle: true, write: false, format: 'iife', minify: true });
  const port = await freePort();
  // As little as a page can draw: what this machine's browser does without any page of ours.
  const bare = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><canvas id="dot" width="8" height="8"></canvas><script src="/dot.js"></script>';
  const dot = `const c = document.getElementById('dot').getContext('2d'); let n = 0; const draw = () => { c.fillStyle = n++ % 2 ? '#000' : '#333'; c.fillRect(0, 0, 8, 8); requestAnimationFrame(draw); }; draw();`;
  const html = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><style>body{margin:0;background:#0b0f14}.uplot{height:auto}</style><body><script src="/bench.js"></script>';
  const server = createServer((q, a) => {
    if (q.url === '/bench.js') a.setHeader('content-type', 'text/javascript').end(bundle.outputFiles[0].text);
    else if (q.url === '/dot.js') a.setHeader('content-type', 'text/javascript').end(dot);
    else a.setHeader('content-type', 'text/html').end(q.url === '/dot' ? bare : html);
  });
  server.on('upgrade', (q, socket, head) => {
    const up = connect(daemon.port, '127.0.0.1', () => {
      up.write(`GET ${q.url} HTTP/1.1\r\n${q.rawHeaders.reduce((s, h, i) => s + h + (i % 2 ? '\r\n' : ': '), '')}\r\n`);
      up.write(head);
      socket.pipe(up).pipe(socket);
    });
    for (const end of [up, socket]) end.on('error', () => { up.destroy(); socket.destroy(); });
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

// Frames of the thread that draws: the worker's of the page, the main thread's of uPlot.
const COUNT = `(() => { self.gaps = []; let last = performance.now(); const look = () => { const now = performance.now();
  self.gaps.push(now - last); last = now; self.requestAnimationFrame(look); }; self.requestAnimationFrame(look); })()`;

async function measureOnce(url, ready) {
  const browser = await startBrowser();
  try {
    const began = performance.now();
    const page = await openPage(browser, url, { ready: false });
    await until('the page is ready', () => page.evaluate(ready), SLOW);
    const opened = performance.now() - began;
    await page.waitForTimeout(WARM_MS);
    const picture = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN);
    const drawing = page.workers()[0] ?? page;
    // Frames and processor time with nobody watching: a trace costs this machine frames of its own.
    await drawing.evaluate(COUNT);
    const [before, idle, started] = [await processes(browser), machine(), performance.now()];
    await page.waitForTimeout(seconds * 1000);
    const [after, idleAfter, took] = [await processes(browser), machine(), (performance.now() - started) / 1000];
    const gaps = (await drawing.evaluate('self.gaps')).slice(1).sort((a, b) => a - b);
    const ages = [];
    const looking = setInterval(() => void page.evaluate(() => Number(/\d+/.exec(document.querySelector('.age')?.textContent ?? '')?.[0] ?? NaN))
      .then((age) => { if (Number.isFinite(age)) ages.push(age); }, () => undefined), 500);
    const events = await trace(browser, seconds * 1000);
    clearInterval(looking);
    const t = threads(events);
    const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? NaN);
    ages.sort((a, b) => a - b);
    const counted = gaps.reduce((a, b) => a + b, 0) / 1000;
    return { picture, opened, fps: gaps.length / counted, dropped: Math.max(0, 1 - gaps.length / (counted * 60)) * 100,
      gap50: quantile(gaps, 0.5), gap99: quantile(gaps, 0.99), script50: quantile(t.script, 0.5), script99: quantile(t.script, 0.99),
      tasks50: quantile(t.tasks, 0.5), tasks99: quantile(t.tasks, 0.99), worker50: quantile(t.worker, 0.5), worker99: quantile(t.worker, 0.99),
      compositor: t.compositor, cpu: ((after.cpuS - before.cpuS) * 1000) / (took * 60), pss: after.pssMb, heap: heap / 1e6,
      age50: quantile(ages, 0.5), age99: quantile(ages, 0.99), idle: (100 * (idleAfter.idle - idle.idle)) / (idleAfter.all - idle.all), load: Number(load()) };
  } finally {
    await browser.close();
  }
}

async function measureRuns(name, url, ready) {
  const all = [];
  for (let i = 0; i < runs; i++) all.push(await measureOnce(url, ready));
  const m = Object.fromEntries(Object.keys(all[0]).map((key) => [key, median(all.map((r) => r[key]))]));
  const f = (x, places = 1) => (Number.isFinite(x) ? x.toFixed(places) : '-');
  console.log(`| ${name} | ${f(m.fps)} | ${f(m.gap50)} / ${f(m.gap99)} | ${f(m.dropped)} % | ${f(m.script50, 2)} / ${f(m.script99, 2)} | ${f(m.tasks50, 2)} / ${f(m.tasks99, 2)} | ` +
    `${f(m.worker50, 2)} / ${f(m.worker99, 2)} | ${f(m.compositor, 2)} | ${f(m.cpu)} | ${f(m.age50, 0)} / ${f(m.age99, 0)} | ${f(m.pss, 0)} | ${f(m.heap)} | ${f(m.picture, 0)} / ${f(m.opened, 0)} | ${f(m.idle, 0)} %, ${f(m.load)} |`);
}

console.log(`16 channels at 48 kHz, ${seconds} s, median of ${runs}. Times in ms; for each sixtieth of a second, CPU time by trace.\n`);
console.log('| candidate | fps | gap p50 / p99 | dropped | script on main p50 / p99 | all of main p50 / p99 | worker p50 / p99 | compositor | CPU per frame, renderers + GPU process | age p50 / p99 | PSS, MB | heap, MB | first picture / live | machine idle, load |');
console.log('|---|---|---|---|---|---|---|---|---|---|---|---|---|---|');
const live = () => document.querySelector('.fresh')?.classList.contains('live') === true;
await measureRuns('desk, everything open', `${daemon.url}?lang=en&view=desk`, live);
await measureRuns('wall', `${daemon.url}wall?lang=en`, live);
const other = await uplotServer();
await measureRuns('nothing but a dot', `${other.url}dot`, () => document.getElementById('dot') !== null);
await measureRuns('uPlot, 16 plots, the same envelopes', other.url, () => document.querySelectorAll('.uplot').length === 16);
other.close();
await daemon.stop();
process.exit(0);
