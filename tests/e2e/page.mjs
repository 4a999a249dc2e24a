// SPDX-License-Identifier: Apache-2.0
// The page in a real browser against the real daemon: what a person in theatre relies on.
import { axeFindings, esbuild, freshness, ok, openPage, run, same, startBrowser, startDaemon, stateOf, test, textOf, until,
  WebSocket } from './harness.mjs';

const browser = await startBrowser();
const daemon = await startDaemon();
const desk = await openPage(browser, `${daemon.url}?lang=en&name=Li`);

test('every muscle moves, and only new samples move the dot', async () => {
  const canvas = desk.locator('.emg-host').first();
  const before = await canvas.screenshot();
  await until('the picture changes', async () => !(await canvas.screenshot()).equals(before));
  same(await desk.locator('.emg-label').count(), 4, 'rows of the EMG');
});

test('the endpoint arrives, with its evidence, and asks for a person', async () => {
  await until('criteria met', async () => (await stateOf(desk)) === 'reached', 60000);
  same(await textOf(desk, '.verdict h1'), 'Criteria met', 'headline');
  same(await textOf(desk, '.verdict p'), 'Not yet confirmed', 'second line');
  ok(/^0\/\d+ \(< \d+.%\)$/.test(await textOf(desk, '.count')), `the count reads ${await textOf(desk, '.count')}`);
  same(await desk.locator('.checks li.waits:not(.advisory)').count(), 0, 'required checks that do not hold');
  ok((await desk.locator('.alarm.high, .alarm.medium, .alarm.low').count()) === 0, 'the endpoint is no alarm');
});

test('a named person confirms in two steps, and every display sees it', async () => {
  const wall = await openPage(browser, `${daemon.url}wall?lang=en`);
  await desk.getByRole('button', { name: 'Confirm…' }).click();
  await desk.getByRole('button', { name: 'Confirm as Li' }).click();
  await until('confirmed on the desk', async () => (await stateOf(desk)) === 'confirmed');
  await until('confirmed on the wall', async () => (await stateOf(wall)) === 'confirmed');
  ok((await textOf(wall, '.verdict p')).startsWith('Confirmed by Li'), 'the wall names who confirmed');
  same(await wall.locator('button:visible:not(.wall-size)').count(), 0, 'controls on the wall');
  await wall.context().close();
});

test('a note, a phase in the past and an intensity are marks that all see', async () => {
  const other = await openPage(browser, `${daemon.url}?lang=en&name=Wang&view=tablet`, { width: 1280, height: 800 });
  await desk.keyboard.press('n');
  await desk.getByRole('dialog').getByRole('textbox').waitFor();
  await desk.keyboard.type('Teflon placed');
  await desk.keyboard.press('Enter');
  await desk.keyboard.press('1');
  await desk.getByRole('button', { name: '20 s ago', exact: true }).click();
  await other.getByRole('tab', { name: 'Events' }).click();
  await until('the note is on the tablet', async () => (await textOf(other, '.event-list')).includes('Teflon placed'));
  await until('the phase is on the tablet', async () => (await textOf(other, '.status-line .phase')) === 'Dura open');
  await other.context().close();
});

test('control is taken over only when asked, and the first holder is told', async () => {
  const other = await openPage(browser, `${daemon.url}?lang=en&name=Wang`);
  await until('the second display sees the holder', async () => (await textOf(other, '.status-line .control')).includes('Li'));
  await other.keyboard.press('c');
  await other.getByRole('dialog').getByRole('button', { name: 'Take control' }).click();
  await until('the first holder is told', async () => (await textOf(desk, '.status-line .control')).includes('Wang'));
  await desk.keyboard.press('c');
  await desk.getByRole('dialog').getByRole('button', { name: 'Take control' }).click();
  await until('control is back', async () => (await textOf(desk, '.status-line .control')).includes('you'));
  await other.context().close();
});

test('Chinese and English change without a reload', async () => {
  await desk.evaluate(() => { window.mark = 1; });
  await desk.keyboard.press('l');
  await until('Chinese', async () => (await desk.evaluate(() => document.documentElement.lang)) === 'zh-CN');
  ok((await textOf(desk, '.actions')).includes('减压'), 'the buttons are in Chinese');
  await desk.keyboard.press('l');
  await until('English', async () => (await desk.evaluate(() => document.documentElement.lang)) === 'en');
  same(await desk.evaluate(() => window.mark), 1, 'the same page');
});

test('freeze looks back while live goes on in the corner', async () => {
  await desk.keyboard.press(' ');
  await until('the frozen mark', () => desk.locator('.frozen-mark').count());
  const main = desk.locator('.emg-host').first();
  await until('the corner is painted', async () => (await desk.locator('.corner .emg-canvas').count()) === 1);
  await desk.waitForFunction(() => document.fonts.status === 'loaded');
  const still = await main.locator('canvas[data-canvas="main"]').first().screenshot();
  await desk.keyboard.press('ArrowLeft');
  await until('the picture went back', async () => !(await main.locator('canvas[data-canvas="main"]').first().screenshot()).equals(still));
  same(await freshness(desk), 'live', 'still told as live');
  await desk.keyboard.press(' ');
  await until('live again', async () => (await desk.locator('.frozen-mark').count()) === 0);
});

test('three clients that never read do not disturb the others', async () => {
  const lazy = await Promise.all([1, 2, 3].map((i) => new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${daemon.port}/ws`, 'lsrd.v1', { origin: `http://127.0.0.1:${daemon.port}` });
    socket.on('open', () => {
      socket.send(JSON.stringify({ t: 'hi', token: null, name: `lazy${i}`, client: `lazy-client-${i}`, resume: null }));
      socket.send(JSON.stringify({ t: 'sub', wave: { level: 4 }, sweeps: true, live: false, audio: false }));
      socket._socket.pause();
      resolve(socket);
    });
    socket.on('error', reject);
  })));
  await desk.evaluate(() => {
    const mark = document.querySelector('.fresh');
    window.seen = new Set([mark.className]);
    new MutationObserver(() => window.seen.add(mark.className)).observe(mark, { attributes: true });
  });
  const lazyOnes = () => desk.evaluate(() => window.lsrd.store.status.value.displays.filter((d) => d.name.startsWith('lazy')).length);
  await until('they are there', async () => (await lazyOnes()) === 3);
  await until('the server gives them up', async () => (await lazyOnes()) === 0);
  lazy.forEach((s) => s.terminate());
  const seen = await desk.evaluate(() => [...window.seen].join(', '));
  ok(!/\bnone\b/.test(seen), `the fast display saw ${seen}`);
});

test('axe finds nothing on desk, wall, tablet and phone in both languages', async () => {
  for (const [path, width, height] of [['', 1920, 1080], ['wall', 1920, 1080], ['?view=tablet', 1280, 800], ['phone', 390, 844]]) {
    for (const lang of ['en', 'zh']) {
      const page = await openPage(browser, `${daemon.url}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`, { width, height });
      const found = await axeFindings(page);
      await page.context().close();
      same(found.join('\n'), '', `axe on /${path} in ${lang}`);
    }
  }
});

test('no word of complaint, no other host', async () => {
  same(desk.complaints.join('\n'), '', 'console');
  same([...desk.hosts].join(), `127.0.0.1:${daemon.port}`, 'hosts asked');
});

await run();
