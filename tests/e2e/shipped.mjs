// SPDX-License-Identifier: Apache-2.0
// What the page brings with it, and who can use it: its own Chinese glyphs, no word to any other host, a
// strict content policy, every control by keyboard.
import { ok, openPage, run, same, startBrowser, startDaemon, test, textOf, until } from './harness.mjs';

const browser = await startBrowser();
const daemon = await startDaemon();
const desk = await openPage(browser, `${daemon.url}?lang=zh&name=Li&view=desk`);
const host = `127.0.0.1:${daemon.port}`;

function levelOne() {
  const decoder = new TextDecoder('gbk');
  const out = [];
  for (let high = 0xb0; high <= 0xd7; high++) {
    for (let low = 0xa1; low <= (high === 0xd7 ? 0xf9 : 0xfe); low++) out.push(decoder.decode(Uint8Array.of(high, low)));
  }
  return out.join('');
}

// The fonts that drew a node, as the browser tells it: a system's font is not of the page's own.
async function fontsOf(page, selector) {
  const session = await page.context().newCDPSession(page);
  await session.send('DOM.enable');
  await session.send('CSS.enable');
  const { root } = await session.send('DOM.getDocument');
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector });
  const { fonts } = await session.send('CSS.getPlatformFontsForNode', { nodeId });
  await session.detach();
  return fonts;
}

test('every character of GB 2312 level 1 has a glyph that the page ships', async () => {
  const all = levelOne();
  same([...all].length, 3755, 'characters of level 1');
  await desk.evaluate(async (text) => {
    const p = document.createElement('p');
    p.id = 'glyphs';
    p.textContent = text;
    document.body.append(p);
    await document.fonts.load('16px "Noto Sans SC Variable"', text);
    await document.fonts.ready;
  }, all);
  const fonts = await fontsOf(desk, '#glyphs');
  await desk.evaluate(() => document.getElementById('glyphs').remove());
  same(fonts.filter((f) => !f.isCustomFont).map((f) => `${f.familyName} ${f.glyphCount}`).join(), '', 'glyphs of the system');
  same(fonts.reduce((sum, f) => sum + f.glyphCount, 0), 3755, 'glyphs drawn');
});

test('a typed note shows in the page\u2019s own glyphs', async () => {
  const note = '助手见血管袢，蘸湿棉片垫开，鳞状伪差';
  await desk.keyboard.press('n');
  await desk.getByRole('dialog').getByRole('textbox').fill(note);
  await desk.keyboard.press('Enter');
  await until('the note is listed', async () => (await textOf(desk, '.event-list')).includes(note));
  await desk.evaluate((text) => { [...document.querySelectorAll('.event-text')].find((e) => e.textContent.includes(text)).id = 'note'; }, note);
  await desk.evaluate(() => document.fonts.ready);
  await until('its glyphs are there', async () => (await fontsOf(desk, '#note')).every((f) => f.isCustomFont));
});

test('no view asks another host, and nothing offends the content policy', async () => {
  const policy = (await fetch(daemon.url)).headers.get('content-security-policy') ?? '';
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'"]) ok(policy.includes(part), `${part} in ${policy}`);
  ok(!/unsafe|https?:|data:|blob:|\*/.test(policy.replace(/img-src[^;]*/, '')), `the policy is strict: ${policy}`);
  for (const [path, width, height] of [['wall', 1920, 1080], ['?view=desk', 1920, 1080], ['?view=tablet', 1280, 800], ['phone', 390, 844]]) {
    const page = await openPage(browser, daemon.url + path, { width, height });
    await page.evaluate(() => document.fonts.ready);
    same([...page.hosts].join(), host, `hosts asked by /${path}`);
    same(page.complaints.join('\n'), '', `console of /${path}`);
    same(await page.evaluate(() => document.querySelectorAll('[style]:not(html), style, script:not([src])').length -
      document.querySelectorAll('.dead-man[style]').length), 0, `inline code or style on /${path}`);
    await page.context().close();
  }
});

test('every control of the desk is reached by Tab, in a dialogue by Tab within it', async () => {
  const reached = await (async () => {
    await desk.evaluate(() => { document.activeElement?.blur(); });
    for (let i = 0; i < 400; i++) {
      await desk.keyboard.press('Tab');
      const again = await desk.evaluate(() => {
        const e = document.activeElement;
        if (e === null || e === document.body) return i > 0;
        if (e.dataset.reached !== undefined) return true;
        e.dataset.reached = '';
        return false;
      }).catch(() => false);
      if (again) break;
    }
    return desk.evaluate(() => [...document.querySelectorAll('button, input, select, a[href]')]
      .filter((e) => !e.disabled && e.getClientRects().length > 0 && e.dataset.reached === undefined)
      .filter((e) => e.type !== 'radio' && !e.closest('.event-list')).map((e) => e.getAttribute('aria-label') ?? e.textContent));
  })();
  same(reached.join(), '', 'controls that Tab does not reach');
  await desk.keyboard.press('Escape');
  await desk.evaluate(() => document.activeElement?.blur());
  await desk.keyboard.press('?');
  await desk.getByRole('dialog').waitFor();
  for (let i = 0; i < 12; i++) {
    await desk.keyboard.press('Tab');
    ok(await desk.evaluate(() => document.activeElement.closest('.dialog') !== null), 'Tab left the dialogue');
  }
  await desk.keyboard.press('Escape');
  await until('closed by Escape', async () => (await desk.getByRole('dialog').count()) === 0);
});

test('the keys that the help lists do what it says', async () => {
  await desk.keyboard.press('?');
  const listed = (await desk.getByRole('dialog').locator('kbd').allTextContents()).join(' ');
  await desk.keyboard.press('Escape');
  for (const key of ['Space', '←', '+', '[', '1', 'N', 'I', 'A', 'P', 'C', 'L', 'W', '?', 'Esc']) ok(listed.includes(key), `${key} in ${listed}`);
  const opens = { n: '.dialog', i: '.dialog', 1: '.dialog', '?': '.dialog' };
  for (const [key, selector] of Object.entries(opens)) {
    await desk.keyboard.press(key);
    await until(`${key} opens its dialogue`, async () => (await desk.locator(selector).count()) === 1);
    await desk.keyboard.press('Escape');
    await until(`${key} is closed`, async () => (await desk.locator(selector).count()) === 0);
  }
  const gain = await textOf(desk, '.emg-label .gain');
  await desk.keyboard.press('+');
  await until('more gain', async () => (await textOf(desk, '.emg-label .gain')) !== gain);
  await desk.keyboard.press('-');
  await until('less gain', async () => (await textOf(desk, '.emg-label .gain')) === gain);
  await desk.keyboard.press('p');
  await until('audio paused', async () => (await textOf(desk, '.audio-text')) !== '');
});

await run();
