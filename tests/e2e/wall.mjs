// SPDX-License-Identifier: Apache-2.0
// The wall in every state: nothing is cut, hidden or overlapping at any size and in either language, and
// the desk and the wall are accessible while alarms of every priority stand.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { axeFindings, freePort, freshness, openPage, run, same, shortScenario, startBrowser, startDaemon, stateOf, test, textOf, until } from './harness.mjs';
import { conductor } from './conductor.mjs';

const STATES = [[0.5, 'setup', null], [4, 'baseline', null], [13, 'present', 'low'], [25, 'withheld', 'medium'], [52, 'withheld', 'medium'],
  [82, 'withheld', null], [97.5, 'attenuated', null], [111, 'present', 'high'], [131, 'present', null], [150, 'absent', null], [178, 'reached', null],
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
const view = (name, size) => openPage(browser, `${daemon.url}${name}`, { ...size, ready: false });

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

// Leads one page through the states, and looks at it in each: pages that draw side by side starve each other.
async function inEveryState(page, look) {
  for (const [second, state, priority] of STATES) {
    await hand.to(second);
    await until(`${state} at ${second} s`, async () => (await stateOf(page)) === state);
    if (priority !== null) await until(`an alarm of ${priority} priority at ${second} s`, async () => (await page.locator(`.alarm.${priority}.active`).count()) === 1);
    await look(`at ${second} s, ${state}`);
  }
  await page.context().close();
}

// Minutes of arc of every text under its floor, whatever the display.
const smallTexts = (page) => page.evaluate(() => {
  // Capitals are 0.7 of the font's size in height; a Chinese character fills its square.
  const minute = Number.parseFloat(document.documentElement.style.getPropertyValue('--u'));
  const chinese = document.documentElement.lang === 'zh-CN';
  return [...document.querySelectorAll('.wall *')].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== '') &&
    e.closest('.hidden-text, svg') === null && e.getClientRects().length > 0).map((e) => {
    const px = Number.parseFloat(getComputedStyle(e).fontSize);
    const han = chinese && /[\u4e00-\u9fff]/.test(e.textContent);
    return [e.className || e.tagName, (han ? px : px * 0.7) / minute, han ? 25 : 16];
  }).filter(([, minutes, floor]) => minutes < floor - 0.05).map(([name, minutes]) => `${name}: ${minutes.toFixed(1)}'`);
});

const nothingSpoilt = async (page, where) => {
  await page.evaluate(() => document.fonts.ready); // a text has its width once its font is there
  same((await spoiltTexts(page)).join('\n'), '', where);
  same((await smallTexts(page)).join(), '', `${where}: type under the floor`);
};

for (const [lang, diagonal, width, height] of WALLS) {
  test(`a wall of ${diagonal}", ${width} x ${height}, ${lang}: nothing is cut, small or scrolls in any state`, async () => {
    const page = await view(`wall?lang=${lang}&diagonal=${diagonal}&distance=3`, { width, height });
    await inEveryState(page, async (where) => {
      await nothingSpoilt(page, where);
      same(await page.evaluate(() => document.scrollingElement.scrollHeight > innerHeight || document.scrollingElement.scrollWidth > innerWidth), false, `${where}: it scrolls`);
      if (diagonal === 55) same((await axeFindings(page)).join('\n'), '', `${where}: axe`);
    });
  });
}

test('the longest name of an alarm leaves room for how many there are, on the smallest wall', async () => {
  const demo = join(work, 'demo');
  execFileSync(process.env['LSRD_BIN'], ['simulate', 'demo', '-o', demo]);
  const other = await startDaemon({ command: ['replay', demo], port: await freePort(), sets: { 'endpoint.hold': '30s' } });
  const leads = await conductor(other);
  await leads.to(181);
  for (const lang of ['en', 'zh']) {
    const page = await openPage(browser, `${other.url}wall?lang=${lang}&diagonal=32&distance=3`, { ready: false });
    await until('recurred', async () => (await stateOf(page)) === 'recurred');
    await until('several alarms', async () => (await page.locator('.alarm-more').allTextContents()).some((s) => s.startsWith('+')));
    await nothingSpoilt(page, lang);
    await page.context().close();
  }
  leads.end();
  await other.stop();
});

test('what only a live wall shows is whole at every size: paused audio, no data', async () => {
  const scenario = join(work, 'discharge.scenario');
  writeFileSync(scenario, `${readFileSync(shortScenario, 'utf8')}\n[event discharge]\nkind     = a_train\nat       = 5 s\nfor      = 3 s\nchannels = OOR\n`);
  const running = await startDaemon({ scenario, sets: { 'alarm.train_medium': '9s' } });
  const desk = await openPage(browser, `${running.url}?view=desk&lang=en&name=Li`);
  // Over, and still to be seen to: nothing new comes that would break a pause.
  await until('an alarm that is over', async () => (await desk.locator('.alarm.latched').count()) === 1);
  for (const [lang, diagonal, width, height] of WALLS) {
    const where = `${diagonal}", ${lang}`;
    await desk.evaluate(() => window.lsrd.act({ op: 'audio_pause', seconds: 120 }));
    const page = await openPage(browser, `${running.url}wall?lang=${lang}&diagonal=${diagonal}&distance=3`, { width, height });
    await until('paused', async () => /\d:\d\d/.test(await textOf(page, '.audio-text')));
    await until('the longest name', async () => /NEUROTONIC DISCHARGE|神经紧张性放电/.test(await textOf(page, '.alarm')));
    await nothingSpoilt(page, `${where}: paused`);
    running.signal('SIGSTOP');
    await until('no data', async () => (await freshness(page)) === 'none');
    await nothingSpoilt(page, `${where}: no data`);
    running.signal('SIGCONT');
    await page.context().close();
  }
  await desk.context().close();
  await running.stop();
});

test('a wall of which nothing is configured says so in whole words at every size', async () => {
  const bare = await startDaemon({ bare: true });
  for (const [lang, diagonal, width, height] of WALLS) {
    const page = await openPage(browser, `${bare.url}wall?lang=${lang}&diagonal=${diagonal}&distance=3`, { width, height, ready: false });
    await until('the words', () => page.locator('.first-problem').count());
    await nothingSpoilt(page, `${diagonal}", ${lang}`);
    await page.context().close();
  }
  await bare.stop();
});

for (const lang of ['en', 'zh']) {
  test(`axe finds nothing on the desk in any state, ${lang}`, async () => {
    const page = await view(`?view=desk&lang=${lang}`);
    await inEveryState(page, async (where) => same((await axeFindings(page)).join('\n'), '', where));
  });
}

test('the headline says whether the response is there, the ticks beside it whether to believe it', async () => {
  await hand.to(52);
  const wall = await view('wall?lang=en&diagonal=55&distance=3');
  await until('stimulus lost', async () => (await textOf(wall, '.verdict p')) === 'Stimulus not delivered');
  same(await wall.locator('.trust .check-mark.ok').count(), 0, 'ticks while nothing proves the stimulus');
  same((await wall.locator('.lsr-now b').allTextContents()).join(), '--,--,--', 'numbers while nothing proves the stimulus');
  await hand.to(178);
  await until('reached', async () => (await stateOf(wall)) === 'reached');
  await until('both ticks', async () => (await wall.locator('.trust .check-mark.ok').count()) === 2);
});

test('beside a response that was just learned stands no count, instead of none in ten', async () => {
  const findings = execFileSync(process.env['LSRD_BIN'], ['analyze', recorded], { encoding: 'utf8' }).trim().split('\n').map((line) => JSON.parse(line));
  const learned = findings.find((f) => f.type === 'endpoint' && f.state === 'present');
  await hand.to((learned.decided_sample + 1) / 20000);
  const wall = await view('wall?lang=en&diagonal=55&distance=3');
  await until('present', async () => (await stateOf(wall)) === 'present');
  same(await textOf(wall, '.count'), '--', 'the count before the first sweep');
  await hand.to(13);
  await until('a count', async () => (await textOf(wall, '.count')) === '10 of last 10 respond');
});

await run();
