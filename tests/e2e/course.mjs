// SPDX-License-Identifier: Apache-2.0
// The course needs no case and no device: each of its ten lessons is explained in both languages, can be
// answered wholly right, and tells whoever answers wrong which seconds decide it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ok, openPage, run, same, startBrowser, startDaemon, test, textOf, until } from './harness.mjs';

const cache = mkdtempSync(join(tmpdir(), 'lsrd-course-'));
process.env['XDG_CACHE_HOME'] = cache;
process.on('exit', () => rmSync(cache, { recursive: true, force: true }));
const lessons = JSON.parse(readFileSync(fileURLToPath(new URL('../../docs/course/course.json', import.meta.url)), 'utf8'));
const KEYS = { gone: '1', returned: '2', irritation: '3', artifact: '4', 'cannot judge': '5' };
const TRAP = 'still there';
const RATE = 20000;

const daemon = await startDaemon({ command: ['replay', '--course'], sets: {} });
const browser = await startBrowser();
const page = await openPage(browser, `${daemon.url}?view=tablet&lang=zh&name=Learner`, { width: 1280, height: 800, ready: false });
const replay = () => page.evaluate(() => window.lsrd.store.status.value?.replay ?? null);
const caseName = () => page.evaluate(() => window.lsrd.store.hello.value?.case.name ?? '');
const tag = () => page.evaluate(() => window.lsrd.store.hello.value?.source_tag ?? 0);
const painted = () => page.evaluate(() => window.lsrd.store.tick.value?.endSample ?? 0);
const show = (dialog) => page.evaluate((d) => { window.lsrd.dialog.value = d; }, dialog);
const speak = (lang) => page.evaluate((l) => { window.lsrd.language.value = l; }, lang);
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`;

async function openLesson(lesson) {
  await show({ kind: 'course' });
  await until('ten lessons', () => page.locator('.course tbody tr').count().then((n) => n === 10));
  await page.locator('.course tbody tr').nth(lesson.lesson - 1).locator('button.main').click();
  await until(lesson.scenario, async () => (await caseName()) === lesson.scenario);
  // By the page too: it scores by what it knows of the case.
  await until('it is read', async () => (await replay())?.complete && (await page.evaluate(() => window.lsrd.overview.value?.complete)));
}

// The place is painted: what is painted is what a mark is of.
const isAt = async (s) => (await painted()) >= (s - 0.2) * RATE && (await painted()) < (s + 20) * RATE;

async function begin() {
  const before = await tag();
  await show({ kind: 'training' });
  await page.locator('.dialog button.main').click();
  await until('it begins anew', async () => (await tag()) !== before && (await replay()).playing && (await isAt(0.3)));
}

async function goTo(s) {
  const before = await tag();
  await page.evaluate((sample) => window.lsrd.act({ op: 'replay_seek', sample }), Math.round(s * RATE));
  await until('the place is there', async () => (await tag()) !== before && (await isAt(s)));
}

async function finish(lesson) {
  await goTo(lesson.seconds - 1);
  const before = await tag();
  await page.locator('.training-end button.main').click();
  await until('a result', () => page.locator('.outcomes').count());
  await until('the place comes again, with its verdicts', async () => (await tag()) !== before && !(await replay()).playing && (await isAt(lesson.seconds - 1)));
}

for (const lesson of lessons) {
  test(`${lesson.scenario}: explained in both languages`, async () => {
    await openLesson(lesson);
    await show({ kind: 'lesson', lesson: lesson.lesson });
    await speak('zh');
    await until('its page', () => textOf(page, '.lesson').then((x) => /[\u4e00-\u9fff]{4}/.test(x)));
    ok((await textOf(page, '.dialog h2')).includes(lesson.title.zh), 'its title');
    await speak('en');
    await until('in English', () => textOf(page, '.lesson').then((x) => x.includes('What is to be seen')));
    ok((await textOf(page, '.dialog h2')).includes(lesson.title.en), 'its title in English');
  });

  test(`${lesson.scenario}: whoever sees it all has it all right`, async () => {
    await begin();
    for (const moment of lesson.moments.filter((m) => m.answer !== TRAP)) {
      await goTo(moment.at_s + 1);
      await page.keyboard.press(KEYS[moment.answer]);
    }
    await finish(lesson);
    const said = await textOf(page, '.outcomes');
    same(await page.locator('.outcome.right').count(), lesson.moments.length, said);
    same(await page.locator('.outcome').count(), lesson.moments.length, said);
    ok((await textOf(page, '.score')).includes('100 %'), 'the score');
  });

  test(`${lesson.scenario}: whoever misses it is shown the seconds that decide`, async () => {
    await begin();
    for (const moment of lesson.moments.filter((m) => m.answer === TRAP)) {
      await goTo(moment.at_s + 1);
      await page.keyboard.press(KEYS.gone);
    }
    await finish(lesson);
    const outcomes = await page.locator('.outcome').allTextContents();
    same(await page.locator('.outcome.right').count(), 0, `right in ${outcomes.join(' | ')}`);
    same(await page.locator('.outcome.right').count(), 0, `right in ${outcomes.join(' | ')}`);
    for (const { answer, at_s, decides_s, why } of lesson.moments) {
      const from = Math.min(at_s, answer === 'cannot judge' ? decides_s[0] : at_s);
      const seconds = `${clock(from)} – ${clock(Math.max(at_s, decides_s[1]))}`;
      ok(outcomes.some((text) => text.includes(seconds) && text.includes(why.en)), `${seconds} ${why.en} in ${outcomes.join(' | ')}`);
    }
  });
}

test('progress leaves as CSV, and the best of each lesson is known', async () => {
  await show({ kind: 'course' });
  await until('the best of each', () => page.locator('.course tbody').textContent().then((x) => (x.match(/100 %/g) ?? []).length === lessons.length));
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as CSV' }).click()]);
  const rows = readFileSync(await file.path(), 'utf8').trim().split('\r\n').slice(1);
  same(rows.length, 2 * lessons.length, 'runs');
  for (const lesson of lessons)
    ok(rows.some((r) => r.includes(`,Learner,${lesson.scenario},${lesson.lesson},100,${lesson.moments.length},${lesson.moments.length},0`)), lesson.scenario);
  same(page.complaints.join('\n'), '', 'complaints');
});

await run();
