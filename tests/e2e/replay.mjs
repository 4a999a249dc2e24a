// SPDX-License-Identifier: Apache-2.0
// A recorded case on the page: anywhere at once, the whole case on the strip, labels, training, report.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toEdf, toWav } from './foreign.mjs';
import { axeFindings, binary, freshness, ok, openPage, run, same, startBrowser, startDaemon, stateOf, test, textOf, until } from './harness.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lsrd-replay-'));
const recorded = join(folder, 'theatre');
process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const made = spawnSync(binary, ['simulate', join(here, 'troubles.scenario'), '-o', recorded], { encoding: 'utf8' });
if (made.status !== 0) throw new Error(made.stderr);
const RATE = 20000;

const daemon = await startDaemon({ command: ['replay', recorded] });
const browser = await startBrowser();
const page = await openPage(browser, `${daemon.url}?view=desk&lang=en&name=Reviewer`, { ready: false });
const status = () => page.evaluate(() => window.lsrd.store.status.value?.replay ?? null);
const hello = () => page.evaluate(() => window.lsrd.store.hello.value?.source_tag ?? 0);
const seconds = async () => ((await status())?.position ?? 0) / RATE;
const press = (key) => page.keyboard.press(key);
await until('the overview is whole', async () => (await status())?.complete, 60000);

// Clicks the strip at this share of the case.
async function clickAt(share) {
  const box = await page.locator('.scrub').boundingBox();
  const em = 8;
  await page.mouse.click(box.x + em + share * (box.width - 2 * em), box.y + box.height / 2);
}

async function seekTo(s) {
  const tag = await hello();
  await page.evaluate((sample) => window.lsrd.act({ op: 'replay_seek', sample }), s * RATE);
  await until('the place is there', async () => (await hello()) !== tag && (await seconds()) > s - 1 && (await seconds()) < s + 10);
  // What a person marks is what is painted.
  await until('it is painted', () => page.evaluate((sample) => (window.lsrd.store.tick.value?.endSample ?? 0) >= sample, (s - 0.5) * RATE));
}

test('a replay says so, always', async () => {
  ok((await textOf(page, '.replay-mark')).includes('REPLAY'), 'the mark');
  ok(await page.locator('.replay-frame').isVisible(), 'the frame');
  ok((await page.title()).startsWith('REPLAY'), 'the title');
});

test('a tablet has every button of the bar on its screen, as large as a glove needs', async () => {
  for (const lang of ['en', 'zh']) {
    const tablet = await openPage(browser, `${daemon.url}?view=tablet&lang=${lang}`, { width: 1280, height: 800, ready: false });
    await until('the bar', async () => (await tablet.locator('.replay-row button').count()) > 4);
    await tablet.evaluate(() => document.fonts.ready);
    same(await tablet.evaluate(() => [...document.querySelectorAll('.replay-row button, .replay-row select')].filter((e) => e.getClientRects().length > 0)
      .map((e) => [e.textContent, e.getBoundingClientRect()]).filter(([, r]) => r.left < 0 || r.right > innerWidth || r.width < 56 || r.height < 56)
      .map(([name, r]) => `${name}: ${r.left} to ${r.right}, ${r.height} high`).join()), '', `${lang}: what is outside or small`);
    await tablet.context().close();
  }
});

test('a press on the strip goes there, with the verdict of that place, and fills the screen', async () => {
  await press(' ');
  await until('paused', async () => (await status())?.playing === false);
  await clickAt(0.9); // 216 s: rejected and reached again, or on its way
  await until('there', async () => Math.abs((await seconds()) - 216) < 3);
  const far = await until('a verdict', () => stateOf(page));
  await until('sweeps are drawn again', () => page.evaluate(() => [...window.lsrd.store.sweeps.values()].some((l) => l.length > 20)));
  await clickAt(0.06); // 14 s: the baseline, before the electrode goes
  await until('back', async () => Math.abs((await seconds()) - 14.4) < 3);
  await until('another verdict', async () => ['present', 'baseline'].includes(await stateOf(page)));
  ok(far !== (await stateOf(page)), 'the verdict is that of the place');
  await until('the time before the place is on the screen', () => page.evaluate((least) => {
    const tick = window.lsrd.store.tick.value;
    return tick.endSample - tick.startSample > least;
  }, 8 * RATE));
});

test('the findings of a place are those of playing through to it', async () => {
  const kept = () => page.evaluate(() => JSON.stringify(window.lsrd.store.events.value.map((e) => e.f).filter((f) => f.type !== 'emg_event' || f.kind !== 'spike')));
  await seekTo(150);
  await until('settled', async () => (await kept()).includes('decompressed'));
  const direct = await kept();
  await seekTo(40);
  await seekTo(200);
  await seekTo(150);
  await until('the same events', async () => (await kept()) === direct);
});

test('steps, jumps and a loop by keys', async () => {
  await seekTo(100);
  const at = await seconds();
  await press('ArrowRight');
  await until('a step', async () => (await seconds()) > at && (await status()).playing === false);
  const stepped = await seconds();
  ok(stepped - at < 1, `one stimulus, not ${stepped - at} s`);
  await press('ArrowLeft');
  await until('a step back', async () => (await seconds()) < stepped);
  await page.evaluate(() => { window.lsrd.jumpKind.value = 'phases'; });
  await press('.');
  await until('the phase', async () => Math.abs((await seconds()) - 141) < 0.5);
  await press('b');
  await page.keyboard.press('Shift+ArrowRight');
  await until('ten seconds on', async () => (await seconds()) > 150.5);
  await press('b');
  await until('a loop', async () => (await status()).loop !== null);
  const [a, b] = (await status()).loop;
  ok(Math.abs((b - a) / RATE - 10) < 0.2, 'ten seconds long');
  for (let i = 0; i < 6; i++) await press('>');
  await press(' ');
  const tags = new Set();
  await until('round twice', async () => { tags.add(await hello()); return tags.size > 2; });
  const now = await seconds();
  ok(now > a / RATE - 0.2 && now < b / RATE + 0.6, `inside the loop: ${now}`);
  await press(' ');
  await press('b');
  await until('no loop', async () => (await status()).loop === null);
  for (let i = 0; i < 6; i++) await press('<');
});

test('labels: who and when, beside the case, taken back by a line', async () => {
  await seekTo(145);
  await press('1');
  await until('on the strip', () => page.evaluate(() => window.lsrd.labels.value.length === 1));
  await press('m');
  await page.locator('.dialog button[aria-label="Take back"]').click();
  await until('gone', () => page.evaluate(() => window.lsrd.labels.value.length === 0));
  await press('Escape');
  const lines = readFileSync(join(recorded, 'labels.ndjson'), 'utf8').trim().split('\n').map((l) => JSON.parse(l));
  same(lines.length, 2, 'lines');
  same(lines[0].label, 'lsr_gone', 'label');
  same(lines[0].by, 'Reviewer', 'by');
  ok(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(lines[0].utc), 'when');
  same(lines[1].retracted_by, 'Reviewer', 'taken back');
});

test('training hides every verdict, then scores and leads to each difference', async () => {
  await press('t');
  await page.locator('.dialog button.main').click();
  await until('it begins', async () => (await seconds()) < 3 && (await status()).playing);
  await until('the panel', () => page.locator('.verdict.training').isVisible());
  await page.evaluate(() => window.lsrd.act({ op: 'replay_pause' }));
  await seekTo(153);
  const leaks = await page.evaluate(() => {
    const s = window.lsrd.store;
    return [s.verdicts.value.size, s.alarms.value.list.length, s.series.size,
      s.events.value.filter((e) => e.f.type !== 'mark').length,
      [...s.sweeps.values()].flat().filter((w) => w.present !== null || !w.valid).length].join(' ');
  });
  same(leaks, '0 0 0 0 0', 'what a trainee could read off');
  ok(!/saturat|electrode|recurred/i.test(await textOf(page, '.alarm-row')), 'no alarm');
  await press('1'); // gone, twelve seconds late but right
  await press('3'); // irritation: there was none now
  await page.locator('.training-end button.main').click();
  await until('a result', () => page.locator('.outcomes li').count().then((n) => n > 2));
  ok(await page.locator('.outcome.right').count() >= 1, 'the loss was seen');
  ok(await page.locator('.outcome.extra').count() === 1, 'the irritation was not there');
  ok(await page.locator('.outcome.missed').count() >= 1, 'what was not marked');
  const missed = page.locator('.outcome.missed').first();
  const [m, s] = (await missed.locator('time').textContent()).split(':').map(Number);
  await missed.locator('button').click();
  await until('shown', async () => Math.abs((await seconds()) - (m * 60 + s - 3)) < 2.5);
  await until('verdicts are back', () => page.evaluate(() => window.lsrd.store.verdicts.value.size > 0));
  await page.evaluate(() => window.lsrd.act({ op: 'replay_pause' }));
  const history = await page.evaluate(() => JSON.parse(localStorage.getItem('lsrd.training')));
  same(history.length, 1, 'runs');
  same(history[0].trainee, 'Reviewer', 'trainee');
  same(history[0].name, 'theatre', 'case');
});

// The totals of the dialogue: [as monitored, with these] of sweeps, events, changes of the endpoint, alarms.
const totals = () => page.evaluate(() => [...document.querySelectorAll('.what-if-totals tbody tr')].map((tr) => [...tr.querySelectorAll('td')].slice(0, 2).map((td) => Number(td.textContent))));
const openWhatIf = () => page.locator('.replay-bar').getByRole('button', { name: 'What if' }).click();
const tryOut = (key, value) => page.locator('.what-if-keys label').filter({ hasText: key }).first().locator('input').fill(value);

test('what if: another threshold beside what was, at once; a difference is one click away', async () => {
  await openWhatIf();
  await until('no difference yet', () => textOf(page, '.what-if-result').then((x) => x.includes('No difference')));
  const [[responses, same1]] = await totals();
  ok(responses > 500 && responses === same1, `as monitored ${responses}, ${same1}`);
  await tryOut('response.min_amplitude', '150 uV');
  await until('fewer responses', async () => (await totals())[0]?.[1] < responses);
  same((await totals())[0][0], responses, 'what was stays');
  const said = spawnSync(binary, ['analyze', '--compare', 'as-monitored', '--json', '--set', 'response.min_amplitude=150uV', recorded], { encoding: 'utf8' });
  same((await totals())[0][1], JSON.parse(said.stdout.trim().split('\n').at(-1)).sweeps.now, 'the same as on the command line');
  same((await axeFindings(page)).join('\n'), '', 'axe');
  await tryOut('response.min_amplitude', '150 kV');
  await until('a line says why not', () => textOf(page, '.what-if .complaint').then((x) => x.includes('response.min_amplitude')));
  await tryOut('response.min_amplitude', '150 uV');
  await until('as before', async () => (await page.locator('.what-if .complaint').count()) === 0 && (await totals())[0]?.[1] < responses);
  const first = page.locator('.what-if-list tbody tr button').first();
  const [m, s] = (await first.textContent()).split(' – ')[0].split(':').map(Number);
  await first.click();
  await until('its signal', async () => Math.abs((await seconds()) - (m * 60 + s - 2)) < 2.5);
  same(await page.locator('.dialog').count(), 0, 'the dialogue is out of the way');
});

test('what if: a threshold on the samples is shown when the pass was made, and not before', async () => {
  await openWhatIf();
  await until('the totals', async () => (await totals()).length === 4);
  const events = (await totals())[1][0];
  await tryOut('free_running.threshold', '400 uV');
  await until('it says what it lacks', () => textOf(page, '.what-if-pass').then((x) => x.includes('free_running.threshold')));
  await until('without it', async () => (await totals())[1]?.[1] === events);
  await page.getByRole('button', { name: 'Make the pass' }).click();
  await until('fewer events', async () => (await totals())[1]?.[1] < events);
  same(await page.locator('.what-if-pass').count(), 0, 'nothing is lacking');
  await page.getByRole('button', { name: 'As monitored' }).click();
  await until('no difference', () => textOf(page, '.what-if-result').then((x) => x.includes('No difference')));
  await press('Escape');
});

test('the report and the tables come with a click, without names', async () => {
  await page.evaluate(() => { window.lsrd.dialog.value = { kind: 'files' }; });
  const rows = page.locator('.dialog tr');
  for (let i = 0; i < 4; i++) await rows.nth(i).locator('button').click();
  await until('all are made', () => page.locator('.file-link').count().then((n) => n === 4), 120000);
  const get = async (i) => {
    const href = await page.locator('.file-link').nth(i).getAttribute('href');
    const r = await page.request.get(new URL(href, daemon.url).href);
    return { status: r.status(), headers: r.headers(), body: await r.body() };
  };
  const report = await get(0);
  same(report.status, 200, 'report');
  ok(report.headers['content-type'].startsWith('text/html'), 'a page');
  ok(report.body.toString().includes('theatre'), 'of this case');
  const findings = (await get(3)).body.toString();
  ok(findings.includes('person 1') && !findings.includes('Dr Chen'), 'no names');
  const signals = await get(1);
  same(signals.body.subarray(1, 8).toString(), 'BIOSEMI', 'a BDF file');
  ok(/attachment/.test(signals.headers['content-disposition']), 'to be saved');
  same((await page.request.get(`${daemon.url}files/${'0'.repeat(32)}/x.html`)).status(), 404, 'a guessed address');
  await press('Escape');
});

test('a replay is not changed, and its alarms are silent unless asked for', async () => {
  await page.evaluate(() => window.lsrd.act({ op: 'control_take' }));
  const refused = await page.evaluate(() => window.lsrd.ask({ op: 'mark', text: 'note=x' }));
  ok(refused.ok === false && /label/.test(refused.error), 'a mark is refused');
  same(await page.evaluate(() => window.lsrd.alarmSound.value), false, 'silent');
  await page.getByRole('button', { name: 'Silent' }).click();
  same(await page.evaluate(() => window.lsrd.alarmSound.value), true, 'asked for');
  await page.getByRole('button', { name: 'Sounds on' }).click();
});

test('axe finds nothing on a replay, in training, in both languages; nothing complained', async () => {
  for (const lang of ['en', 'zh']) {
    for (const kind of [null, 'label', 'training', 'result', 'course', 'history', 'files', 'help']) {
      await page.evaluate(([l, k]) => { window.lsrd.language.value = l; window.lsrd.dialog.value = k === null ? null : { kind: k }; }, [lang, kind]);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const found = await axeFindings(page);
      same(found.join('\n'), '', `${lang} ${kind}`);
    }
  }
  await page.evaluate(() => { window.lsrd.language.value = 'en'; window.lsrd.dialog.value = null; });
  same(page.complaints.join('\n'), '', 'complaints');
  same(await freshness(page) !== 'none', true, 'alive');
});

// A page on a file that nobody has said anything of; its dialogue stands open.
async function openForeign(file) {
  const own = await startDaemon({ command: ['replay', file], bare: true });
  const look = await openPage(browser, `${own.url}?view=desk&lang=en&name=Reader`, { ready: false });
  await until('the question', () => look.locator('.dialog').isVisible());
  const row = (label) => look.locator('.dialog tr').filter({ has: look.locator('th', { hasText: new RegExp(`^${label}$`) }) });
  return {
    page: look,
    say: (label, role) => row(label).getByRole('button', { name: role }).click(),
    pressed: (label, role) => row(label).getByRole('button', { name: role }).getAttribute('aria-pressed'),
    press: (name) => look.locator('.dialog').getByRole('button', { name, exact: true }).click(),
    judged: (branches) => until(`${branches} branches are judged`, () => look.evaluate((n) => window.lsrd.store.hello.value?.branches.length === n &&
      window.lsrd.store.verdicts.value.size === n, branches)),
    remembered: () => readFileSync(`${file}.lsrd.conf`, 'utf8'),
    end: async () => { await look.context().close(); await own.stop(); },
  };
}

const foreign = join(folder, 'foreign.bdf');
spawnSync(binary, ['simulate', join(here, 'short.scenario'), '-o', foreign, '--set', 'scenario.duration=40s']);

test('a file of somebody else asks what its channels are, and remembers it beside the file', async () => {
  const f = await openForeign(foreign);
  await f.say('OOC', 'M wave');
  await f.say('MENT', 'LSR');
  await f.say('OOR', 'LSR');
  same(await f.pressed('STIM', 'trigger'), 'true', 'the trigger is guessed');
  await f.press('Remember');
  await f.judged(1);
  ok(/lateral = MENT, OOR|lateral = OOR, MENT/.test(f.remembered()), 'beside the file');
  await f.end();
});

test('an EDF file with two branches, and with one again', async () => {
  const file = join(folder, 'foreign.edf');
  toEdf(foreign, file);
  const f = await openForeign(file);
  await f.say('OOC', 'M wave');
  await f.say('MENT', 'LSR');
  await f.press('Another branch');
  await f.say('MENT', 'M wave');
  await f.say('OOC', 'LSR');
  await f.press('Remember');
  await f.judged(2);
  ok(/\[branch zygomatic\]\s+direct\s+= OOC\s+lateral\s+= MENT/.test(f.remembered()) && /\[branch buccal\]\s+direct\s+= MENT\s+lateral\s+= OOC/.test(f.remembered()), f.remembered());
  await f.page.evaluate(() => { window.lsrd.dialog.value = { kind: 'map' }; });
  await f.press('buccal');
  same(await f.pressed('MENT', 'M wave'), 'true', 'what was said is shown');
  await f.press('Without this branch');
  await f.press('Remember');
  await f.judged(1);
  ok(!f.remembered().includes('buccal'), 'forgotten');
  await f.end();
});

test('a WAV file, whose channels are numbers', async () => {
  const file = join(folder, 'foreign.wav');
  const labels = toWav(foreign, file);
  const of = (label) => `CH${labels.indexOf(label) + 1}`;
  const f = await openForeign(file);
  await f.say(of('OOC'), 'M wave');
  await f.say(of('MENT'), 'LSR');
  await f.say(of('STIM'), 'trigger');
  await f.press('Remember');
  await f.judged(1);
  await until('the response is found', () => f.page.evaluate(() => window.lsrd.overview.value?.endpoint.some((e) => e[2] === 'present')));
  ok(f.remembered().includes(`trigger = ${of('STIM')}`), f.remembered());
  await f.end();
});

await run();
