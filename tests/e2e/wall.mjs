// SPDX-License-Identifier: Apache-2.0
// The wall in every state: nothing is cut, hidden or overlapping at any size and in either language, and
// the desk and the wall are accessible while alarms of every priority stand.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { axeFindings, freePort, openPage, run, same, startBrowser, startDaemon, stateOf, test, textOf, until } from './harness.mjs';
import { conductor } from './conductor.mjs';

const STATES = [[4, 'baseline', null], [13, 'present', 'low'], [25, 'withheld', 'medium'], [52, 'withheld', 'medium'], [82, 'withheld', null],
  [97.5, 'attenuated', null], [111, 'present', 'high'], [131, 'present', null], [150, 'absent', null], [178, 'reached', null],
  [190, 'confirmed', null], [200.5, 'rejected', null]];
const WALLS = [['en', 55, 1920, 1080], ['zh', 55, 1920, 1080], ['en', 43, 1920, 1080], ['zh', 43, 1920, 1080], ['en', 32, 1920, 1080],
  ['zh', 32, 1920, 1080], ['zh', 65, 3840, 2160]];

const work = mkdtempSync(join(tmpdir(), 'lsrd-wall-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const recorded = join(work, 'case');
execFileSync(process.env['LSRD_BIN'], ['simulate', fileURLToPath(new URL('troubles.scenario', import.meta.url)), '-o', recorded]);
const daemon = await startDaemon({ command: ['replay', recorded], port: await freePort(), sets: { 'endpoint.hold': '30s' } });
const hand = await conductor(daemon);
const browser = await startBrowser();
const walls = [];
for (const [lang, diagonal, width, height] of WALLS) {
  walls.push([`${diagonal}" ${lang}`, await openPage(browser, `${daemon.url}wall?lang=${lang}&diagonal=${diagonal}&distance=3`, { width, height, ready: false })]);
}
const desks = [];
for (const lang of ['en', 'zh']) desks.push([lang, await openPage(browser, `${daemon.url}?view=desk&lang=${lang}`, { ready: false })]);

// Texts that are cut by an edge, lie outside their panel, or overlap another.
const spoiltTexts = (page) => page.evaluate(() => {
  const found = [];
  const texts = [];
  const walker = document.createTreeWalker(document.querySelector('.view'), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === '' || element.closest('.hidden-text, svg') !== null) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) {
      if (r.width === 0) continue;
      const lead = r.height * 0.2; // a font's line is higher than its letters
      texts.push({ text: node.textContent, element, left: r.left, right: r.right, top: r.top + lead, bottom: r.bottom - lead });
    }
  }
  const inside = (t, r) => t.left >= r.left - 1.5 && t.right <= r.right + 1.5 && t.top >= r.top - 1.5 && t.bottom <= r.bottom + 1.5;
  for (const t of texts) {
    if (!inside(t, { left: 0, top: 0, right: innerWidth, bottom: innerHeight })) found.push(`"${t.text}" leaves the screen`);
    for (let e = t.element; e !== null && !e.classList.contains('view'); e = e.parentElement) {
      const framed = getComputedStyle(e).overflowX !== 'visible' || e.matches('.panel, .verdict, .alarm-row, .status-line, .trust');
      if (framed && !inside(t, e.getBoundingClientRect())) found.push(`"${t.text}" is cut by ${e.className}`);
    }
  }
  texts.forEach((a, i) => texts.slice(i + 1).forEach((b) => {
    if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2) found.push(`"${a.text}" lies on "${b.text}"`);
  }));
  return found;
});

for (const [second, state, priority] of STATES) {
  test(`at ${second} s: ${state}${priority === null ? '' : `, an alarm of ${priority} priority`}`, async () => {
    await hand.to(second);
    for (const [name, page] of [...walls, ...desks]) {
      await until(`${state} on ${name}`, async () => (await stateOf(page)) === state, 30000);
      if (priority !== null) await until(`the alarm on ${name}`, async () => (await page.locator(`.alarm.${priority}.active`).count()) === 1, 30000);
    }
    for (const [name, page] of walls) {
      await page.evaluate(() => document.fonts.ready); // a text has its width once its font is there
      same((await spoiltTexts(page)).join('\n'), '', `wall of ${name}`);
      same(await page.evaluate(() => document.scrollingElement.scrollHeight > innerHeight || document.scrollingElement.scrollWidth > innerWidth), false, 'it scrolls');
    }
    for (const [name, page] of [...walls.slice(0, 2), ...desks]) same((await axeFindings(page)).join('\n'), '', `axe on ${name}`);
  });
}

test('type is sized by the eye: minutes of arc, whatever the display', async () => {
  for (const [, page] of walls) {
    // Capitals are 0.7 of the font's size in height; a Chinese character fills its square.
    const small = await page.evaluate(() => {
      const minute = Number.parseFloat(document.documentElement.style.getPropertyValue('--u'));
      const chinese = document.documentElement.lang === 'zh-CN';
      return [...document.querySelectorAll('.wall *')].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== '') &&
        e.closest('.hidden-text, svg') === null && e.getClientRects().length > 0).map((e) => {
        const px = Number.parseFloat(getComputedStyle(e).fontSize);
        const han = chinese && /[\u4e00-\u9fff]/.test(e.textContent);
        return [e.className || e.tagName, (han ? px : px * 0.7) / minute, han ? 25 : 16];
      }).filter(([, minutes, floor]) => minutes < floor - 0.05).map(([name, minutes]) => `${name}: ${minutes.toFixed(1)}'`);
    });
    same(small.join(), '', 'type under the floor');
  }
});

test('the headline says whether the response is there, the ticks beside it whether to believe it', async () => {
  await hand.to(52);
  const [, wall] = walls[0];
  await until('stimulus lost', async () => (await textOf(wall, '.verdict p')) === 'Stimulus not delivered', 30000);
  same(await wall.locator('.trust .check-mark.ok').count(), 0, 'ticks while nothing proves the stimulus');
  same((await wall.locator('.lsr-now b').allTextContents()).join(), '--,--,--', 'numbers while nothing proves the stimulus');
  await hand.to(178);
  await until('reached', async () => (await stateOf(wall)) === 'reached', 30000);
  await until('both ticks', async () => (await wall.locator('.trust .check-mark.ok').count()) === 2);
});

await run();
