// SPDX-License-Identifier: Apache-2.0
// An alarm on two displays: what one of them does, the other shows.
import { axeFindings, ok, openPage, run, same, startBrowser, startDaemon, stateOf, test, textOf, until } from './harness.mjs';
import { fileURLToPath } from 'node:url';

const browser = await startBrowser();
const daemon = await startDaemon({ scenario: fileURLToPath(new URL('troubles.scenario', import.meta.url)), sets: { 'alarm.pcm': 'no_such_loudspeaker' } });
const desk = await openPage(browser, `${daemon.url}?lang=en&name=Li`);
const wall = await openPage(browser, `${daemon.url}wall?lang=zh`);

test('a loose electrode is an alarm in words, colour and stars, and withholds the verdict', async () => {
  await until('the alarm on the desk', async () => (await textOf(desk, '.alarm')).includes('ELECTRODE OFF'), 40000);
  await until('the alarm on the wall', async () => (await textOf(wall, '.alarm')).includes('电极脱落'));
  same(await textOf(desk, '.alarm-stars'), '**', 'stars of a medium alarm');
  same(await wall.locator('.alarm.medium.flash').count(), 1, 'it flashes');
  same(await stateOf(wall), 'withheld', 'state');
  ok((await textOf(wall, '.lsr-now b')).includes('--'), 'no amplitude while nothing can be assessed');
});

test('less motion for who asked: the bar stands, its bell and stars blink', async () => {
  const names = () => wall.evaluate(() => ['.alarm', '.alarm .bell'].map((s) => getComputedStyle(document.querySelector(s)).animationName).join());
  same(await names(), 'alarm-medium,none', 'animations');
  await wall.emulateMedia({ reducedMotion: 'reduce' });
  same(await names(), 'none,alarm-blink', 'animations with less motion');
  same((await axeFindings(wall)).join('\n'), '', 'axe');
  await wall.emulateMedia({ reducedMotion: null });
});

// Drawn from the page as shipped: each priority is put on the bar, and its animation read at a hundred places of a period.
test('each priority flashes at its own rate, half of the time: 1.4 to 2.8 Hz, 0.4 to 0.8 Hz, not at all', async () => {
  const measured = (page, priority, part) => page.evaluate(({ name, selector }) => {
    const bar = document.querySelector('.alarm');
    const before = bar.className;
    bar.className = `alarm ${name} active flash`;
    const element = selector === null ? bar : bar.querySelector(selector);
    const look = () => { const s = getComputedStyle(element); return `${s.backgroundColor} ${s.opacity}`; };
    const [animation, ...others] = element.getAnimations();
    const out = { hz: 0, duty: 1, pictures: 1, others: others.length };
    if (animation !== undefined) {
      const period = animation.effect.getComputedTiming().duration;
      animation.pause();
      const seen = Array.from({ length: 100 }, (_, i) => { animation.currentTime = ((i + 0.5) / 100) * period; return look(); });
      Object.assign(out, { hz: 1000 / period, duty: seen.filter((s) => s === seen[0]).length / 100, pictures: new Set(seen).size });
    }
    bar.className = before;
    return out;
  }, { name: priority, selector: part });
  const limits = { high: [1.4, 2.8], medium: [0.4, 0.8] }; // IEC 60601-1-8, table 2
  for (const part of [null, '.bell', '.alarm-stars']) {
    await wall.emulateMedia({ reducedMotion: part === null ? null : 'reduce' });
    for (const [priority, [low, high]] of Object.entries(limits)) {
      const { hz, duty, pictures, others } = await measured(wall, priority, part);
      ok(hz >= low && hz <= high, `${priority}: ${hz.toFixed(2)} Hz, where ${low} to ${high} are due`);
      ok(duty >= 0.2 && duty <= 0.6, `${priority}: on for ${duty} of the time, where 0.2 to 0.6 are due`);
      same(`${pictures} ${others}`, '2 0', `pictures of ${priority}, other animations`);
      console.log(`# ${priority} ${part ?? 'bar'}: ${hz.toFixed(2)} Hz, on ${(duty * 100).toFixed(0)} %`);
    }
    same((await measured(wall, 'low', part)).hz, 0, 'flashes of a low alarm');
  }
  await wall.emulateMedia({ reducedMotion: null });
});

test('audio paused on one display is paused on all, with a countdown, and stops the flashing', async () => {
  await desk.getByRole('button', { name: 'Pause audio' }).click();
  await until('the wall says so', async () => /^声音暂停 [12]:\d\d$/.test(await textOf(wall, '.audio-text')));
  same(await wall.locator('.alarm.flash').count(), 0, 'flashing alarms');
  await desk.getByRole('button', { name: 'Resume audio' }).click();
  await until('the wall is back', async () => (await textOf(wall, '.audio-text')) === '');
});

test('acknowledged on one, seen on the other, by name', async () => {
  await desk.getByRole('button', { name: 'Acknowledge' }).click();
  await until('the wall names who', async () => (await textOf(wall, '.alarm')).includes('Li 已知悉'));
  same(await wall.locator('.alarm.flash').count(), 0, 'flashing alarms');
});

test('the log of alarms is there on every display, with who did what', async () => {
  for (const page of [desk, wall]) {
    await page.keyboard.press('h');
    await until('the log', async () => (await textOf(page, '.alarm-log')).includes('Li'));
  }
  const text = await textOf(desk, '.alarm-log');
  for (const word of ['ELECTRODE OFF', 'raised', 'audio paused', 'audio on', 'acknowledged']) ok(text.includes(word), `the log says ${word}: ${text}`);
  ok((await textOf(wall, '.alarm-log')).includes('已知悉'), 'the wall’s log is in its language');
  for (const page of [desk, wall]) await page.keyboard.press('Escape');
});

test('a sounder of the machine that does not work is told on every display', async () => {
  ok((await textOf(wall, '.status-line')).includes('本机扬声器失效'), 'the wall says so');
  ok((await textOf(desk, '.status-line')).includes('NO SOUNDER'), 'the desk says so');
  await desk.keyboard.press('h');
  await until('the reason', async () => (await textOf(desk, '.dialog')).includes('no_such_loudspeaker'));
  await desk.keyboard.press('Escape');
});

test('every display knows who can sound', async () => {
  await desk.getByRole('button', { name: 'Displays' }).click();
  await until('both are listed', async () => (await desk.getByRole('dialog').getByRole('row').count()) === 3);
  ok((await textOf(desk, '.dialog')).includes('sound on'), 'a display that can sound is told');
  await desk.keyboard.press('Escape');
});

test('sound that is off is told for as long as it is, and by a reminder in words on every display', async () => {
  await desk.getByRole('button', { name: 'Audio off…' }).click();
  await desk.getByRole('dialog').getByRole('button', { name: 'Audio off' }).click();
  await until('the wall says so', async () => (await textOf(wall, '.audio-text')) === '声音关闭');
  same(await wall.locator('.audio.reminding').count(), 0, 'reminders yet');
  // As the server says it every two minutes.
  const remind = (page) => page.evaluate(() => {
    const { list, audio } = window.lsrd.store.alarms.value;
    window.lsrd.store.take([{ m: { t: 'alarms', list, audio: { ...audio, reminders: audio.reminders + 1 } } }]);
  });
  for (const [page, words] of [[wall, '提醒：声音已关闭'], [desk, 'Reminder: audio is off']]) {
    await remind(page);
    await until('the reminder', async () => (await textOf(page, '.audio.reminding .audio-text')) === words);
    same((await axeFindings(page)).join('\n'), '', 'axe beside a reminder');
    await until('it is over, and still told', async () => (await page.locator('.audio.reminding').count()) === 0);
    ok((await textOf(page, '.audio-text')) !== '', 'the display still says that audio is off');
  }
  await desk.getByRole('button', { name: 'Resume audio' }).click();
  await until('sound again', async () => (await textOf(wall, '.audio-text')) === '');
});

await run();
