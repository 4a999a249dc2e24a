// SPDX-License-Identifier: Apache-2.0
// Pictures of every view in every state, by the real daemon: a simulated operation is recorded, replayed
// to the second in question and stopped there, with every view open at once. node screenshots.mjs
// [STATE or VIEW]... writes screenshots/, a contact sheet of all (HTML and PNG) and one for each view.
// The states without the mark of a replay, and the dialogues, come from a running simulated operation.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, freshness, openPage, startBrowser, startDaemon, until } from '../../tests/e2e/harness.mjs';
import { conductor, settled } from '../../tests/e2e/conductor.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const binary = process.env['LSRD_BIN'] ?? join(root, 'build/lsrd');
const out = process.env['SCREENSHOTS'] ?? join(root, 'screenshots');
const SLOW = 60000; // a busy machine
const ANSWER_MS = 1500; // a dialogue asks the daemon for what it shows

// Scenario, second, name.
const STATES = [
  ['demo', 1, 'setup'], ['demo', 6, 'baseline'], ['demo', 36, 'present'], ['demo', 50, 'early_loss'], ['demo', 84, 'train'],
  ['demo', 102, 'cautery'], ['demo', 140, 'absent'], ['demo', 165, 'reached'], ['demo', 181, 'recurred'],
  ['troubles', 13, 'saturated'], ['troubles', 25, 'electrode_off'], ['troubles', 52, 'stimulus_lost'], ['troubles', 82, 'm_wave_low'], ['troubles', 97.5, 'attenuated'],
  ['troubles', 111, 'train_high'], ['troubles', 190, 'confirmed'], ['troubles', 200.5, 'rejected'],
  ['troubles', 219, 'acquisition_lost'],
  ['never', 30, 'not_elicited'],
];
const LIVE = ['live', 'audio_paused', 'acknowledged', 'no_data'];
const NOTHING = 'first_run'; // no device, no montage
// Over a live case, and over a replay; of the views that have controls.
const DIALOGS = ['phase', 'take_back', 'baseline', 'setup', 'case_start', 'channel_off', 'sweep', 'thresholds', 'who', 'alarm_log', 'speaker', 'help'];
const REPLAY_DIALOGS = ['what_if', 'label', 'course', 'lesson', 'files', 'map', 'training'];
const DIALOGS_AT_S = 165;
const ROOM = 3; // live pages that draw at once: more than two processors' worth

const VIEWS = [
  ['wall-en', 'wall?lang=en&diagonal=55', 1920, 1080], ['wall-zh', 'wall?lang=zh&diagonal=43', 1920, 1080],
  ['wall-4k-zh', 'wall?lang=zh&diagonal=65', 3840, 2160], ['wall-32-en', 'wall?lang=en&diagonal=32', 1920, 1080],
  ['desk-en', '?lang=en&view=desk', 1920, 1080], ['desk-zh', '?lang=zh&view=desk', 1920, 1080],
  ['tablet-en', '?lang=en', 1280, 800], ['tablet-zh', '?lang=zh', 1280, 800],
  ['phone-en', 'phone?lang=en', 390, 844], ['phone-zh', 'phone?lang=zh', 390, 844],
];

const asked = process.argv.slice(2);
const dialogState = (kind) => `dialog_${kind}`;
const order = [NOTHING, ...STATES.map(([, , name]) => name), ...LIVE, ...[...DIALOGS, ...REPLAY_DIALOGS].map(dialogState)];
const known = [...order, ...VIEWS.map(([name]) => name)];
const stranger = asked.find((a) => !known.includes(a));
if (stranger !== undefined) {
  console.error(`screenshots: ${stranger} is not one of: ${known.join(' ')}`);
  process.exit(1);
}
const chosen = (all) => { const some = asked.filter((a) => all.includes(a)); return (name) => some.length === 0 || some.includes(name); };
const wantsState = chosen(order);
const views = VIEWS.filter(([name]) => chosen(VIEWS.map(([v]) => v))(name));
const states = STATES.filter(([, , name]) => wantsState(name));

async function openViews(daemon, list = views) {
  const pages = [];
  for (const [name, path, width, height] of list) {
    pages.push({ name, page: await openPage(browser, daemon.url + path, { width, height, ready: false }) });
  }
  return pages;
}

async function picture({ name, page }, state) {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(out, `${state}.${name}.png`) });
}

const closeViews = async (pages) => { for (const { page } of pages) await page.context().close(); };
const groups = (list) => Array.from({ length: Math.ceil(list.length / ROOM) }, (_, i) => list.slice(i * ROOM, (i + 1) * ROOM));

// Opens a dialogue, gives it the time to ask the daemon, takes it and closes it.
async function dialogPictures(pages, kinds) {
  for (const kind of kinds.filter((k) => wantsState(dialogState(k)))) {
    for (const view of pages.filter(({ name }) => /^(desk|tablet)/.test(name))) {
      await view.page.evaluate((k) => {
        const { store, dialog } = window.lsrd;
        const [key, sweeps] = [...store.sweeps].find(([name]) => name.endsWith(':lsr')) ?? [':', []];
        const [branch, channel] = key.split(':').map(Number);
        const label = store.hello.value.channels[channel]?.label ?? '';
        const more = { phase: { phase: 'decompressed' }, take_back: { mark: { sample: 0, key: 'phase', value: 'decompressed', by: 'Li' } }, channel_off: { label }, lesson: { lesson: 1 }, sweep: { channel: { branch, channel, role: 'lsr', label }, stimulus: sweeps[sweeps.length - 1]?.stimulus } };
        dialog.value = { kind: k, ...more[k] };
      }, kind);
      await view.page.waitForTimeout(ANSWER_MS);
      await picture(view, dialogState(kind));
      await view.page.evaluate(() => { window.lsrd.dialog.value = null; });
    }
  }
}

const browser = await startBrowser();
const work = mkdtempSync(join(tmpdir(), 'lsrd-shots-'));
mkdirSync(out, { recursive: true });
const wantsDialogs = (kinds) => kinds.some((k) => wantsState(dialogState(k)));
for (const scenario of new Set([...states.map(([s]) => s), ...(wantsDialogs(REPLAY_DIALOGS) ? ['demo'] : [])])) {
  const recorded = join(work, scenario);
  execFileSync(binary, ['simulate', scenario === 'demo' ? 'demo' : join(root, `tests/e2e/${scenario}.scenario`), '-o', recorded]);
  const daemon = await startDaemon({ command: ['replay', recorded], port: await freePort(), sets: { 'endpoint.hold': '30s' } });
  const hand = await conductor(daemon);
  let pages = null;
  for (const [, second, name] of states.filter(([s]) => s === scenario)) {
    await hand.to(second);
    pages ??= await openViews(daemon);
    for (const view of pages) {
      await settled(view.page, second);
      await picture(view, name);
    }
    console.log(`${name} at ${second} s`);
  }
  if (scenario === 'demo' && wantsDialogs(REPLAY_DIALOGS)) {
    await hand.to(DIALOGS_AT_S);
    pages ??= await openViews(daemon);
    for (const { page } of pages) await settled(page, DIALOGS_AT_S);
    await dialogPictures(pages, REPLAY_DIALOGS);
  }
  await closeViews(pages);
  hand.end();
  await daemon.stop();
}

if (wantsState(NOTHING)) {
  const daemon = await startDaemon({ bare: true });
  const pages = await openViews(daemon);
  for (const { page } of pages) await until('the help', async () => (await page.locator('.first-run, .verdict').count()) > 0, SLOW);
  await Promise.all(pages.map(({ page }) => page.waitForTimeout(ANSWER_MS)));
  for (const view of pages) await picture(view, NOTHING);
  await closeViews(pages);
  await daemon.stop();
}

// Live; then with an alarm that is seen to and silenced, and stopped.
for (const list of LIVE.some(wantsState) || wantsDialogs(DIALOGS) ? groups(views) : []) {
  const opened = async (scenario) => {
    const daemon = await startDaemon({ sets: { 'endpoint.hold': '30s' }, scenario });
    const pages = await openViews(daemon, list);
    for (const { page } of pages) await until('live', async () => (await freshness(page)) === 'live', SLOW);
    return { daemon, pages };
  };
  const quiet = await opened('demo');
  const take = async (state, pages) => { if (wantsState(state)) for (const view of pages) await picture(view, state); };
  for (const { page } of quiet.pages) await until('a verdict', () => page.locator('.verdict.present').count(), SLOW);
  await take('live', quiet.pages);
  await closeViews(quiet.pages);
  await quiet.daemon.stop();
  const { daemon, pages } = await opened(join(root, 'tests/e2e/troubles.scenario'));
  const desk = await openPage(browser, `${daemon.url}?lang=en&view=desk&name=Li`);
  await until('an alarm that goes on', () => desk.locator('.alarm.medium.active').count(), SLOW);
  await desk.getByRole('button', { name: 'Pause audio' }).click();
  await take('audio_paused', pages);
  await desk.getByRole('button', { name: 'Acknowledge' }).click();
  for (const { page } of pages) await until('the display knows', () => page.evaluate(() => window.lsrd.store.alarms.value.list.some((a) => a.state === 'acknowledged')), SLOW);
  await take('acknowledged', pages);
  await dialogPictures(pages, DIALOGS);
  daemon.signal('SIGSTOP');
  for (const { page } of pages) await until('NO DATA', async () => (await freshness(page)) === 'none', SLOW);
  await take('no_data', pages);
  daemon.signal('SIGCONT');
  await closeViews([...pages, { page: desk }]);
  await daemon.stop();
  console.log(`live: ${list.map(([name]) => name).join(' ')}`);
}

// The contact sheets: a row for each state, a column for each view, and one of each view alone.
const taken = readdirSync(out).filter((n) => n.endsWith('.png') && !n.startsWith('contact'));
const cell = (file, words) => `<figure>${file === null ? '' : `<img src="${file}">`}<figcaption>${words}</figcaption></figure>`;
const sheetOf = (columns, cells) => `<!doctype html><meta charset="utf-8"><title>lsrd</title><style>body{margin:8px;background:#444;color:#eee;
font:14px sans-serif;display:grid;grid-template-columns:repeat(${columns},1fr);gap:8px}figure{margin:0}img{width:100%;display:block}</style>${cells.join('')}`;
const file = (state, view) => (taken.includes(`${state}.${view}.png`) ? `${state}.${view}.png` : null);
const sheets = { contact: [VIEWS.length, 3200, order.flatMap((s) => VIEWS.map(([v]) => cell(file(s, v), `${s} · ${v}`)))] };
for (const [v, , width] of VIEWS) sheets[`contact.${v}`] = [width < 700 ? 7 : 2, 1920, order.filter((s) => file(s, v)).map((s) => cell(file(s, v), s))];
const page = await browser.newPage();
for (const [name, [columns, width, cells]] of Object.entries(sheets)) {
  if (cells.length === 0) continue;
  writeFileSync(join(out, `${name}.html`), sheetOf(columns, cells));
  await page.setViewportSize({ width, height: 1000 });
  await page.goto(`file://${out}/${name}.html`);
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: true });
}
await browser.close();
rmSync(work, { recursive: true, force: true });
console.log(`${taken.length} pictures in ${out}`);
