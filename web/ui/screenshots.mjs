// SPDX-License-Identifier: Apache-2.0
// Pictures of every view in every state, by the real daemon: a simulated operation is recorded, replayed
// to the second in question and stopped there. node screenshots.mjs [STATE] writes screenshots/ and a
// contact sheet. `live` pictures come from a running demo.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, openPage, startBrowser, startDaemon, until, WebSocket } from '../../tests/e2e/harness.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const binary = process.env['LSRD_BIN'] ?? join(root, 'build/lsrd');
const out = process.env['SCREENSHOTS'] ?? join(root, 'screenshots');
const only = process.argv[2];
const work = mkdtempSync(join(tmpdir(), 'lsrd-shots-'));
mkdirSync(out, { recursive: true });

// Scenario, second, name.
const STATES = [
  ['demo', 1, 'setup'], ['demo', 6, 'baseline'], ['demo', 36, 'present'], ['demo', 50, 'early_loss'], ['demo', 84, 'train'],
  ['demo', 102, 'cautery'], ['demo', 140, 'absent'], ['demo', 165, 'reached'], ['demo', 181, 'recurred'],
  ['troubles', 25, 'electrode_off'], ['troubles', 52, 'stimulus_lost'], ['troubles', 82, 'm_wave_low'],
  ['troubles', 111, 'train_high'], ['troubles', 131, 'saturated'], ['troubles', 190, 'confirmed'], ['troubles', 200.5, 'rejected'],
  ['never', 30, 'not_elicited'],
].filter(([, , name]) => only === undefined || name === only);

const VIEWS = [
  ['wall-en', 'wall?lang=en&diagonal=55', 1920, 1080], ['wall-zh', 'wall?lang=zh&diagonal=43', 1920, 1080],
  ['wall-4k-zh', 'wall?lang=zh&diagonal=65', 3840, 2160], ['desk-en', '?lang=en&view=desk', 1920, 1080],
  ['desk-zh', '?lang=zh&view=desk', 1920, 1080], ['tablet-en', '?lang=en', 1280, 800], ['phone-zh', 'phone?lang=zh', 390, 844],
];

// Holds control of a replay and brings it to a second, exactly.
async function conductor(daemon) {
  const socket = new WebSocket(`ws://127.0.0.1:${daemon.port}/ws`, 'lsrd.v1', { origin: `http://127.0.0.1:${daemon.port}` });
  let status = null;
  let rate = 20000;
  let id = 1;
  const say = (m) => socket.send(JSON.stringify(m));
  await new Promise((resolve, reject) => { socket.on('open', resolve); socket.on('error', reject); });
  socket.on('message', (data, binary_) => {
    if (binary_) return;
    const m = JSON.parse(String(data));
    if (m.t === 'status') status = m;
    if (m.t === 'hello') rate = m.rate_hz;
  });
  say({ t: 'hi', token: null, name: 'screenshots', client: 'screenshots-1', resume: null });
  const timer = setInterval(() => say({ t: 'ack', seq: 0, sample: 0, visible: false, audio: 'off' }), 250);
  const command = (op, fields = {}) => say({ t: 'cmd', id: id++, op, ...fields });
  command('control_take');
  return {
    to: async (second) => {
      command('replay_pause');
      command('replay_seek', { sample: Math.round(second * rate) });
      await until(`the replay stands at ${second} s`, () => status?.replay && !status.replay.playing &&
        Math.abs(status.replay.position - second * rate) < rate / 4 && Math.abs(status.newest_sample - second * rate) < rate / 4, 30000);
    },
    end: () => { clearInterval(timer); socket.terminate(); },
  };
}

async function picture(browser, daemon, [view, path, width, height], name) {
  const page = await openPage(browser, daemon.url + path, { width, height, ready: false });
  await until('the EMG is painted', () => page.evaluate(() => document.querySelector('.fresh')?.classList.contains('paused') ||
    document.querySelector('.fresh')?.classList.contains('live')), 15000);
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(700); // a back-fill has no end that a page could show
  await page.screenshot({ path: join(out, `${name}.${view}.png`) });
  await page.context().close();
}

const browser = await startBrowser();
for (const scenario of [...new Set(STATES.map(([s]) => s))]) {
  const recorded = join(work, scenario);
  execFileSync(binary, ['simulate', scenario === 'demo' ? 'demo' : join(root, `tests/e2e/${scenario}.scenario`), '-o', recorded]);
  const daemon = await startDaemon({ command: ['replay', recorded], port: await freePort(), sets: { 'endpoint.hold': '30s' } });
  const hand = await conductor(daemon);
  for (const [, second, name] of STATES.filter(([s]) => s === scenario)) {
    await hand.to(second);
    for (const view of VIEWS) await picture(browser, daemon, view, name);
    console.log(`${name} at ${second} s`);
  }
  hand.end();
  await daemon.stop();
}

// Live, and then stopped: the pictures without the mark of a replay.
if (only === undefined || only === 'live') {
  const daemon = await startDaemon({ sets: { 'endpoint.hold': '30s' }, scenario: 'demo' });
  await new Promise((resolve) => setTimeout(resolve, 24000));
  for (const view of VIEWS) await picture(browser, daemon, view, 'live');
  const pages = [];
  for (const [view, path, width, height] of VIEWS.slice(0, 5)) pages.push([view, await openPage(browser, daemon.url + path, { width, height })]);
  daemon.signal('SIGSTOP');
  for (const [view, page] of pages) {
    await until('NO DATA', () => page.evaluate(() => document.querySelector('.fresh')?.classList.contains('none')));
    await page.screenshot({ path: join(out, `no_data.${view}.png`) });
    await page.context().close();
  }
  daemon.signal('SIGCONT');
  await daemon.stop();
}

// The contact sheet.
const names = readdirSync(out).filter((n) => n.endsWith('.png') && n !== 'contact.png').sort();
writeFileSync(join(out, 'contact.html'), `<!doctype html><meta charset="utf-8"><title>lsrd</title><style>body{background:#222;color:#ddd;font:13px sans-serif;
display:grid;grid-template-columns:repeat(5,1fr);gap:10px}img{width:100%;display:block}</style>${names.map((n) => `<div><img src="${n}">${n}</div>`).join('')}`);
const sheet = await browser.newPage({ viewport: { width: 2400, height: 1000 } });
await sheet.goto(`file://${out}/contact.html`);
await sheet.screenshot({ path: join(out, 'contact.png'), fullPage: true });
await browser.close();
rmSync(work, { recursive: true, force: true });
console.log(`${names.length} pictures in ${out}`);
