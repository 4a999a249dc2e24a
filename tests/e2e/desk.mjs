// SPDX-License-Identifier: Apache-2.0
// The desk in a real browser against the real daemon: what a neurophysiologist works with for hours.
import { ok, openPage, run, same, startBrowser, startDaemon, test, textOf, until } from './harness.mjs';

const browser = await startBrowser();
const daemon = await startDaemon();
const desk = await openPage(browser, `${daemon.url}?lang=en&name=Li`);
const text = (selector) => textOf(desk, selector);

test('an event leads to its signal, and the way back to live is one key', async () => {
  await until('a burst in the list', async () => (await text('.event-list')).includes('burst'), 30000);
  await desk.locator('.event', { hasText: 'burst' }).first().getByRole('button').click();
  await until('the bar to look back', () => desk.locator('.look-back').count());
  ok((await text('.look-what')).startsWith('burst'), `the picture stands for ${await text('.look-what')}`);
  const [spot, host] = await Promise.all(['.spot path', '.emg-host'].map((s) => desk.locator(s).first().boundingBox()));
  ok(spot !== null && spot.x > host.x && spot.x < host.x + host.width, 'the event is marked within the picture');
  await desk.keyboard.press('Escape');
  await until('live again', async () => (await desk.locator('.look-back').count()) === 0);
});

test('another sweep speed forgets nothing', async () => {
  await desk.keyboard.press(' ');
  await until('some seconds are remembered', async () => /last 0:(0[5-9]|[1-5]\d)/.test(await text('.look-ends')), 15000);
  const first = await text('.look-ends span');
  await desk.keyboard.press('[');
  await desk.keyboard.press('[');
  await until('a finer sweep', async () => (await text('.emg .head-note')).startsWith('2 s'));
  await desk.waitForTimeout(500);
  same(await text('.look-ends span'), first, 'the oldest sample remembered');
  await desk.keyboard.press(']');
  await desk.keyboard.press(']');
  await desk.keyboard.press(' ');
});

test('the filters are told as they are', async () => {
  ok(/unfiltered, hum removed · events judged 80.Hz–1\.5.kHz/.test(await text('.emg .head-note')), await text('.emg .head-note'));
});

test('every trend draws, and reads out under the cursor', async () => {
  const canvas = desk.locator('.trend canvas');
  await until('sweeps', async () => (await text('.waterfall figcaption')).length > 4, 20000);
  await desk.waitForTimeout(1500);
  let last = '';
  for (const name of ['LSR', 'M wave', 'Latency', 'Train time', 'Events/min', 'Synchrony']) {
    await desk.locator('.trend').getByRole('button', { name, exact: true }).click();
    await desk.mouse.move(10, 10);
    await until(`${name} is drawn`, async () => {
      const now = await canvas.evaluate((c) => c.toDataURL());
      const changed = now !== last;
      last = now;
      return changed;
    });
  }
  await desk.locator('.trend').getByRole('button', { name: 'M wave', exact: true }).click();
  await until('the amplitude under the cursor', async () => {
    const box = await canvas.boundingBox();
    await desk.mouse.move(box.x + box.width * (0.2 + 0.1 * Math.random()), box.y + box.height / 2);
    return /OOC \d+ µV/.test(await text('.trend-read'));
  });
});

await run();
