// SPDX-License-Identifier: Apache-2.0
// A live case always wins: `lsrd run` and `lsrd replay` beside each other on one machine.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { axeFindings, binary, ok, openPage, run, same, startBrowser, startDaemon, test, textOf, until } from './harness.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lsrd-over-'));
process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
// An electrode that stays off for as long as the test looks at it.
const scenario = join(folder, 'open.scenario');
writeFileSync(scenario, `${readFileSync(join(here, 'short.scenario'), 'utf8')}\n[event open]\nkind     = open\nat       = 8 s\nfor      = 590 s\nchannels = MENT\n`);
const recorded = join(folder, 'theatre');
const made = spawnSync(binary, ['simulate', join(here, 'short.scenario'), '-o', recorded, '--set', 'scenario.duration=120s'], { encoding: 'utf8' });
if (made.status !== 0) throw new Error(made.stderr);

const LOOKING_MS = 40000; // until the electrode is off, and some
const replay = await startDaemon({ command: ['replay', recorded] });
const browser = await startBrowser();
const page = await openPage(browser, `${replay.url}?view=desk&lang=en&name=Reader`, { ready: false, before: () => {
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) { window.tones++; return start.apply(this, when); };
} });
const told = () => textOf(page, '.live-case');
const tones = () => page.evaluate(() => window.tones);
const flashes = () => page.locator('.live-case.flash').count();
const sounds = async () => { const before = await tones(); await until('it sounds', async () => (await tones()) > before); };
let live;

test('a replay alone says nothing of live cases', async () => {
  const position = () => page.evaluate(() => (window.lsrd.store.status.value?.replay?.playing ? window.lsrd.store.status.value.replay.position : null));
  await until('it plays', async () => (await position()) !== null);
  const [from, before] = [await position(), await tones()]; // a page that waits long for its first data says so by a tone
  same(JSON.stringify(await page.evaluate(() => window.lsrd.store.status.value.live)), '[]', 'live cases');
  same(await page.locator('.live-case').count(), 0, 'notices');
  await until('it has played', async () => (await position()) > from + 40000);
  same(await tones(), before, 'tones');
});

test('a live alarm breaks through training and an open dialogue, in its colours, and sounds', async () => {
  await page.keyboard.press('t');
  await page.locator('.dialog button.main').click();
  await until('training', () => page.locator('.verdict.training').isVisible());
  await page.evaluate(() => { window.lsrd.dialog.value = { kind: 'help' }; });
  live = await startDaemon({ scenario, sets: { 'device.site': 'or1', 'alarm.pcm': 'no_such_loudspeaker' } });
  await until('the alarm', async () => (await told()).includes('ELECTRODE OFF'), LOOKING_MS);
  ok((await told()).includes('LIVE CASE · or1'), await told());
  same(await page.locator('.live-case.medium.flash').count(), 1, 'a medium alarm, flashing');
  ok(await page.evaluate(() => {
    const box = document.querySelector('.live-case').getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return box.width === innerWidth && document.querySelector('.dialog') !== null && top.closest('.live-case') !== null;
  }), 'it lies over the dialogue, as wide as the page');
  same(await page.evaluate(() => window.lsrd.alarmSound.value), false, 'the replay’s own alarms are silent');
  await sounds();
});

test('readable and reachable in both languages', async () => {
  for (const lang of ['en', 'zh']) {
    await page.evaluate((l) => { window.lsrd.language.value = l; window.lsrd.dialog.value = null; }, lang);
    await until('the language', async () => (await told()).includes(lang === 'zh' ? '电极脱落' : 'ELECTRODE OFF'));
    same((await axeFindings(page)).join('\n'), '', `axe ${lang}`);
  }
  await page.evaluate(() => { window.lsrd.language.value = 'en'; });
});

test('paused and acknowledged there, quiet here', async () => {
  const desk = await openPage(browser, `${live.url}?view=desk&lang=en&name=Li`);
  await desk.getByRole('button', { name: 'Pause audio' }).click();
  await until('it stands still', async () => (await flashes()) === 0 && (await told()).includes('ELECTRODE OFF'));
  await desk.getByRole('button', { name: 'Resume audio' }).click();
  await until('it flashes again', async () => (await flashes()) === 1);
  await desk.getByRole('button', { name: 'Acknowledge' }).click();
  await until('seen', async () => (await told()).includes('acknowledged there'));
  same(await flashes(), 0, 'flashing');
  ok(!(await told()).includes('Li'), 'no names on another page');
  await desk.context().close();
});

test('one press leads to the live page', async () => {
  await page.getByRole('link', { name: 'Go to the live page' }).click();
  await page.waitForURL(live.url, { waitUntil: 'domcontentloaded' });
  await until('the live case', () => page.evaluate(() => window.lsrd?.store.hello.value?.kind === 'live'));
  await page.goto(`${replay.url}?view=desk&lang=en&name=Reader`, { waitUntil: 'domcontentloaded' });
  await until('back', async () => (await told()).includes('acknowledged there'));
});

test('a live daemon that hangs is told, and that it is back', async () => {
  live.signal('SIGSTOP');
  await until('silent', async () => (await told()).includes('LIVE MONITOR SILENT'));
  same(await flashes(), 1, 'flashing');
  await sounds();
  live.signal('SIGCONT');
  await until('back', async () => (await told()).includes('ELECTRODE OFF'));
});

test('a live daemon that was killed is told until somebody has seen it; the next one clears it', async () => {
  await live.kill();
  await until('silent', async () => (await told()).includes('LIVE MONITOR SILENT'));
  await page.locator('.live-case').getByRole('button', { name: 'Acknowledge' }).click();
  await until('seen', async () => (await flashes()) === 0);
  ok((await told()).includes('LIVE MONITOR SILENT'), 'still told');
  live = await startDaemon({ sets: { 'device.site': 'or1', 'alarm.pcm': 'no_such_loudspeaker' } });
  await until('no more', async () => (await page.locator('.live-case').count()) === 0);
  same(await page.evaluate(() => window.lsrd.store.status.value.live.length), 1, 'live daemons');
});

test('a case that was ended is no loss, and nothing complained', async () => {
  await live.stop();
  await until('forgotten', () => page.evaluate(() => window.lsrd.store.status.value.live.length === 0));
  same(await page.locator('.live-case').count(), 0, 'notices');
  same(page.complaints.join('\n'), '', 'complaints');
});

await run();
