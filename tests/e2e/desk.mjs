// SPDX-License-Identifier: Apache-2.0
// The desk in a real browser against the real daemon: what a neurophysiologist works with for hours.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { axeFindings, ok, openPage, run, same, startBrowser, startDaemon, stateOf, test, textOf, until } from './harness.mjs';

const browser = await startBrowser();
const daemon = await startDaemon();
const desk = await openPage(browser, `${daemon.url}?lang=en&name=Li`);
const text = (selector) => textOf(desk, selector);

test('an event leads to its signal, and the way back to live is one key', async () => {
  await until('a burst in the list', async () => (await text('.event-list')).includes('burst'));
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
  await until('some seconds are remembered', async () => /last 0:(0[5-9]|[1-5]\d)/.test(await text('.look-ends')));
  const first = await text('.look-ends span');
  await desk.keyboard.press('[');
  await desk.keyboard.press('[');
  await until('a finer sweep', async () => (await text('.emg .head-note')).startsWith('2 s'));
  // The finer look back has come, and did not take the place of the older one.
  await until('the finer one is filled', () => desk.evaluate(() => window.lsrd.store.tick.value?.filled));
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
  await until('sweeps', async () => (await text('.waterfall figcaption')).length > 4);
  await until('sweeps of both roles', () => desk.evaluate(() => {
    const { series } = window.lsrd.store;
    return ['direct', 'lsr'].every((role) => [...series].some(([key, s]) => key.endsWith(role) && s.points.length > 0));
  }));
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

test('the set-up check tells every channel, and is recorded', async () => {
  await desk.getByRole('button', { name: 'Check set-up' }).click();
  await until('a verdict for every channel', async () => (await desk.locator('.electrode-check tbody .word').count()) === 4);
  await until('all are judged', async () => !(await text('.electrode-check tbody')).includes('no data'));
  ok(/OOC.*\d+ \(\d+\/10\)/.test(await text('.electrode-check tbody')), `the M wave: ${await text('.electrode-check tbody')}`);
  await desk.getByRole('button', { name: 'Checked' }).click();
  await until('the note', async () => (await text('.event-list')).includes('set-up checked'));
});

test('a threshold is tried on the last sweeps before it is applied, and acts as a mark', async () => {
  await until('the endpoint', async () => /Criteria met/.test(await text('.verdict')), 60000);
  await desk.getByRole('button', { name: 'Thresholds' }).click();
  const limit = desk.getByLabel('response.min_amplitude');
  await limit.fill('1000 uV');
  await until('what it would say', async () => /15 uV → (1000 uV|1 mV)/.test(await text('.below')) && /→ 0 of \d+ sweeps respond/.test(await text('.preview')));
  ok(/Criteria met → LSR absent/.test(await text('.preview')), `the endpoint would fall back: ${await text('.preview')}`);
  ok(/Criteria met/.test(await text('.verdict')), 'nothing was applied yet');
  await limit.fill('0 uV');
  await until('why not', async () => /5 uV/.test(await text('.refused')));
  same(await desk.locator('tr.edited').getByRole('button', { name: 'Apply' }).isDisabled(), true, 'apply of a refused value');
  await limit.fill('1000 uV');
  await desk.locator('tr.edited').getByRole('button', { name: 'Apply' }).click();
  await until('it took effect', async () => /LSR absent/.test(await text('.verdict')));
  await desk.getByRole('button', { name: 'Keep as default' }).click();
  await until('the lines to paste', async () => (await text('.kept')).includes('[response]\nmin_amplitude = 1 mV'));
  await desk.keyboard.press('Escape');
  ok(/response\.min_amplitude 15 uV → 1 mV/.test(await text('.event-list')), `a mark in the case: ${await text('.event-list')}`);
});

test('a mark made by mistake is taken back, stays in the record, and nothing stands on it', async () => {
  const holds = async () => (await desk.locator('.checks li.ok', { hasText: 'Decompression marked' }).count()) === 1;
  await until('it is marked, and the check holds', holds);
  await desk.locator('.phases').getByRole('button', { name: 'Decompressed' }).click();
  await desk.locator('.standing button').click();
  ok((await text('.dialog')).includes('Decompressed'), `what is taken back: ${await text('.dialog')}`);
  await desk.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await until('the phase before', async () => (await text('.status-line .phase')) === 'Before the dura');
  await until('the check does not hold', async () => !(await holds()));
  ok((await text('.event-list')).includes('Taken back: Decompressed'), 'the word is an event of its own');
  same(await desk.locator('.event.undone').count(), 1, 'marks that no longer stand');
  // From its place in the list, too.
  await desk.evaluate(() => window.lsrd.act({ op: 'mark', text: 'tof=3' }));
  await desk.locator('.event', { hasText: 'Train of four: 3' }).locator('.take-back').click();
  await desk.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await until('both are struck out', async () => (await desk.locator('.event.undone').count()) === 2);
  // A display that comes later knows what stands, and what does not.
  await desk.evaluate(() => window.lsrd.act({ op: 'mark', text: 'intensity=21mA' }));
  const late = await openPage(browser, `${daemon.url}?lang=en&name=Wu`);
  await until('the intensity', async () => (await textOf(late, '.actions')).includes('Intensity 21mA'));
  same(await late.evaluate(() => window.lsrd.store.phases.value.length), 0, 'phases');
  await late.context().close();
});

test('a new baseline is asked for before it is taken', async () => {
  await desk.locator('.evidence').getByRole('button', { name: 'Take baseline again' }).click();
  ok((await text('.dialog')).includes('no endpoint can be reached'), await text('.dialog'));
  await desk.getByRole('dialog').getByRole('button', { name: 'Take baseline again' }).click();
  await until('it is learned', async () => /Learning the baseline/.test(await text('.verdict')));
});

test('no dialogue covers the alarms', async () => {
  await desk.evaluate(() => { window.lsrd.dialog.value = { kind: 'thresholds' }; });
  await until('its table', () => desk.getByRole('dialog').locator('tbody tr').count());
  const covered = await desk.evaluate(() => {
    const row = document.querySelector('.alarm-row').getBoundingClientRect();
    return [0.05, 0.5, 0.95].map((x) => document.elementFromPoint(row.left + x * row.width, row.top + row.height / 2))
      .filter((e) => e?.closest('.alarm-row') === null && e?.closest('.view') === null).length;
  });
  same(covered, 0, 'places of the alarm row behind the dialogue');
  const [row, back] = await Promise.all(['.alarm-row', '.dialog-back'].map((s) => desk.locator(s).boundingBox()));
  ok(back.y >= row.y + row.height, `the shade begins at ${back.y}, the alarms end at ${row.y + row.height}`);
});

test('every option says in Chinese what it is for, and why a value is refused', async () => {
  await desk.evaluate(() => { window.lsrd.language.value = 'zh'; });
  const english = () => desk.evaluate(() => [...document.querySelectorAll('.thresholds th[scope=row]')].filter((th) => !/[\u4e00-\u9fff]/.test(th.querySelector('small').textContent)).map((th) => th.textContent));
  ok((await desk.locator('.thresholds th[scope=row]').count()) > 20, 'all options are there');
  same((await english()).join('; '), '', 'without Chinese');
  await desk.getByLabel('response.min_amplitude').fill('0 uV');
  await until('why not', async () => /超出范围；须为 5 uV 至/.test(await text('.refused')));
  await desk.evaluate(() => { window.lsrd.language.value = 'en'; window.lsrd.dialog.value = null; });
});

test('axe finds nothing in any dialogue, in both languages', async () => {
  const table = new Set(['setup', 'thresholds', 'who']);
  const dialogs = ['phase', 'take_back', 'baseline', 'note', 'intensity', 'tof', 'case_start', 'channel_off', 'case_end', 'confirm', 'reject', 'take_from', 'audio_off', 'help',
    'thresholds', 'more', 'who', 'speaker', 'alarm_log', 'setup', 'display', 'name'];
  for (const lang of ['zh', 'en']) {
    for (const kind of dialogs) {
      await desk.evaluate(([l, k]) => {
        window.lsrd.language.value = l;
        window.lsrd.dialog.value = { kind: k, phase: 'decompressed', label: 'MENT', then: null, mark: { sample: 1, key: 'tof', value: '3', by: 'Li' } };
      }, [lang, kind]);
      await until(`${kind} is open`, () => desk.getByRole('dialog').count());
      if (table.has(kind)) await until('its table', () => desk.getByRole('dialog').locator('tbody tr').count());
      same((await axeFindings(desk, '.dialog')).join('\n'), '', `axe in ${kind}, ${lang}`);
    }
  }
  await desk.evaluate(() => { window.lsrd.dialog.value = null; });
  await until('closed', async () => (await desk.getByRole('dialog').count()) === 0);
});

test('a bad channel is switched off with its reason, and on again', async () => {
  const row = desk.locator('.emg-label', { hasText: 'MENT' });
  await row.hover();
  await row.getByRole('button', { name: 'MENT: OFF' }).click();
  await desk.getByRole('dialog').getByRole('button', { name: 'electrode loose' }).click();
  await until('its row says so', async () => (await row.textContent()).includes('OFF · electrode loose'));
  await until('its sweeps are not judged', async () => (await desk.locator('.waterfall', { hasText: 'MENT' }).textContent()).includes('electrode'));
  await row.hover();
  await row.getByRole('button', { name: 'MENT: OFF' }).click();
  await desk.getByRole('dialog').getByRole('button', { name: 'Switch on again' }).click();
  await until('on again', async () => !(await row.textContent()).includes('OFF'));
});

test('a case is begun with side, montage and bad channels, and says what differs from the last', async () => {
  await desk.locator('.actions').getByRole('button', { name: 'End case' }).click();
  await desk.getByRole('dialog').getByRole('button', { name: 'End case' }).click();
  await until('no case', async () => (await text('.status-line')).includes('NOT RECORDING'));
  await desk.locator('.actions').getByRole('button', { name: 'Start case' }).click();
  const dialog = desk.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Case number' }).fill('M-0815');
  await dialog.getByRole('button', { name: 'left', exact: true }).click();
  await dialog.getByRole('button', { name: 'OOR', exact: true }).click();
  await dialog.getByRole('button', { name: 'noisy' }).click();
  await until('what differs', async () => /response\.min_amplitude15 uV→1 mV/.test(await text('.differences')));
  await dialog.getByLabel('Keep this one as…').fill('standard');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await until('the montage is kept', async () => (await dialog.getByLabel('Use a kept montage…').textContent()).includes('standard – zygomatic'));
  await dialog.getByRole('button', { name: 'Start case' }).click();
  await until('recording, under its name', async () => (await text('.case-name')) === 'Case M-0815' && (await text('.status-line')).includes('REC'));
  ok(/^\d{4}-\d\d-\d\dT\d{6}Z/.test(await desk.locator('.case-name').getAttribute('title')), 'its directory stands behind it');
  await until('the record', async () => {
    const list = await text('.event-list');
    return list.includes('set-up check skipped') && list.includes('side left') && list.includes('Channel off: OOR noisy');
  });
});

test('hidden channels come back one by one, or all together', async () => {
  const rows = () => desk.locator('.emg-label b').allTextContents();
  const all = await rows();
  for (const label of ['OOC', 'OOR', 'MENT']) {
    await desk.locator('.emg-label', { hasText: label }).hover();
    await desk.getByRole('button', { name: `${label}: Hide channel` }).click();
  }
  same((await rows()).join(), 'FRONT', 'what is left');
  const choice = desk.getByLabel('Show hidden channels');
  await choice.selectOption('OOR');
  await until('one is back', async () => (await rows()).join() === 'FRONT,OOR');
  await choice.selectOption({ label: 'all' });
  await until('all are back', async () => (await rows()).join() === all.join());
  same(await choice.count(), 0, 'nothing is hidden');
});

test('a row of the waterfall is chosen and opened by keyboard', async () => {
  const rows = desk.locator('.waterfall', { hasText: 'MENT' }).locator('canvas');
  await rows.focus();
  const now = async () => Number(await rows.getAttribute('aria-valuenow'));
  const sweepsSince = (stimulus) => desk.evaluate((at) => [...window.lsrd.store.sweeps].find(([key]) => key.endsWith(':lsr'))[1].filter((s) => s.stimulus > at)
    .map((s) => s.stimulus), stimulus);
  await desk.keyboard.press('End');
  await until('the oldest', async () => (await now()) > 3);
  const newest = (await sweepsSince(-1)).at(-1);
  await desk.keyboard.press('Home');
  // It sinks while newer ones arrive.
  await until('the newest', async () => (await now()) <= 1 + (await sweepsSince(newest)).length);
  await desk.keyboard.press('ArrowDown');
  // At the same moment, for it may sink out of the picture.
  const words = await rows.evaluate((canvas) => {
    const text = canvas.getAttribute('aria-valuetext');
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    return text;
  });
  ok(/\d:\d\d/.test(words), `a row says when: ${words}`);
  const head = desk.getByRole('dialog').locator('.sweep-head b');
  await head.waitFor();
  ok(words.startsWith(await head.textContent()), `it opens that sweep: ${await head.textContent()} of ${words}`);
  await desk.keyboard.press('Escape');
  await until('closed', async () => (await desk.getByRole('dialog').count()) === 0);
});

test('a sweep that was counted and taken out again is grey, and says why', async () => {
  const rows = desk.locator('.waterfall').first().locator('canvas');
  await rows.focus();
  // All within the page: at five a second the rows are others soon.
  const [taken, words] = await rows.evaluate(async (canvas) => {
    const { store } = window.lsrd;
    const press = async (key) => {
      canvas.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    };
    const valid = [...store.sweeps].find(([key]) => key.endsWith(':lsr'))[1].filter((s) => s.valid);
    store.take([{ m: { t: 'evidence', ...[...store.verdicts.value.values()][0], taken_out_samples: valid.map((s) => s.stimulus) } }]);
    const text = () => canvas.getAttribute('aria-valuetext');
    await press('Home');
    for (let i = 0; i < 24 && !text().includes('taken out'); i++) await press('ArrowDown');
    const words = text();
    await press('Enter');
    return [{ reason: valid.at(-1).reason, valid: valid.at(-1).valid }, words];
  });
  same(JSON.stringify(taken), '{"reason":"taken_out","valid":false}', 'the sweep');
  ok(words.includes('taken out: activity recognised later'), `its row in words: ${words}`);
  await until('the word', async () => (await textOf(desk, '.sweep-head')).includes('taken out: activity recognised later'));
  await desk.keyboard.press('Escape');
});

// From here on every test has a page of its own. Pages that draw side by side starve each other.
test('the desk is left', async () => {
  await desk.context().close();
  await daemon.stop();
});

test('a value is kept in its line of the file, with the comment beside it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lsrd-desk-'));
  const file = join(folder, 'lsrd.conf');
  writeFileSync(file, '# ours\n[endpoint]\nmin_sweeps = 30   # as agreed in May\n');
  const other = await startDaemon({ command: ['run', '--config', file] });
  const page = await openPage(browser, `${other.url}?lang=en&name=Li`);
  try {
    await page.getByRole('button', { name: 'Thresholds' }).click();
    await page.getByLabel('endpoint.min_sweeps').fill('40');
    await page.locator('tr.edited').getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('button', { name: 'Keep as default' }).click();
    await until('it says where', async () => (await textOf(page, '.kept')).includes(file));
    same(readFileSync(file, 'utf8'), '# ours\n[endpoint]\nmin_sweeps = 40   # as agreed in May\n', 'the file');
  } finally {
    await page.context().close();
    await other.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('without a montage, or without a stimulus, the page says what is missing and how to set it', async () => {
  const scenario = fileURLToPath(new URL('control.scenario', import.meta.url));
  const alone = { 'device.source': 'patient', 'device.scenario': scenario };
  for (const [sets, lang, where, words] of [
    [alone, 'en', '.evidence .first-run', [/No stimulated branch/, /\[branch zygomatic\]/]],
    [alone, 'zh', '.evidence .first-run', [/[\u4e00-\u9fff]{4}/, /\[branch zygomatic\]/]],
    [{ ...alone, 'device.scenario': fileURLToPath(new URL('silent.scenario', import.meta.url)), 'branch.zygomatic.lateral': 'MENT' }, 'en', '.electrode-check .missing', [/\[stimulus\]/, /trigger = artifact/]],
  ]) {
    const other = await startDaemon({ bare: true, sets });
    const page = await openPage(browser, `${other.url}?lang=${lang}&name=Li`, { ready: false });
    try {
      if (where.startsWith('.electrode-check')) {
        await page.locator('.actions').getByRole('button', { name: 'Check set-up' }).click();
      }
      for (const word of words) await until(`${word} in ${where}`, async () => word.test(await textOf(page, where)));
      same((await axeFindings(page)).join('\n'), '', 'axe');
    } finally {
      await page.context().close();
      await other.stop();
    }
  }
});

test('without an amplifier the page says what is missing, and how to set it', async () => {
  const other = await startDaemon({ sets: { 'device.source': 'alsa', 'device.pcm': 'hw:CARD=NOWHERE', 'stimulus.trigger': 'artifact',
    'channel.OOC.input': 1, 'channel.MENT.input': 2, 'channel.OOR.input': 3 } });
  const page = await openPage(browser, `${other.url}?lang=en&name=Li`, { ready: false });
  await until('the help', async () => /hw:CARD=NOWHERE: cannot be opened.*pcm/s.test(await textOf(page, '.first-run')));
  await page.context().close();
  await other.stop();
});

test('a control channel that responds warns, low and in words, and counts for nothing else', async () => {
  const other = await startDaemon({ scenario: fileURLToPath(new URL('control.scenario', import.meta.url)),
    sets: { 'branch.zygomatic.lateral': 'MENT', 'branch.zygomatic.control': 'OOR' } });
  const page = await openPage(browser, `${other.url}?lang=en&name=Li`);
  try {
    await until('the warning', async () => (await textOf(page, '.alarm.low')).includes('RESPONSE ON THE CONTROL SIDE zygomatic'), 60000);
    ok((await textOf(page, '.alarm')).includes('Check the montage and the stimulation site'), 'it says what to do');
    same(await page.locator('.alarm.flash.low').evaluate((e) => getComputedStyle(e).animationName), 'none', 'a low alarm does not flash');
    same(await stateOf(page), 'present', 'the state, by the other channel');
    ok(!(await textOf(page, '.gauges')).includes('OOR'), 'no size of it in the evidence');
    ok((await page.locator('.waterfall', { hasText: 'OOR' }).textContent()).includes('control side'), 'its sweeps are shown, named');
    ok((await page.locator('.emg-label', { hasText: 'OOR' }).textContent()).includes('control side'), 'its row is named');
    same((await axeFindings(page)).join('\n'), '', 'axe');
    await page.keyboard.press('l');
    await until('the warning in Chinese', async () => (await textOf(page, '.alarm.low')).includes('对照侧有反应') && (await textOf(page, '.alarm')).includes('检查导联和刺激部位'));
    same((await axeFindings(page)).join('\n'), '', 'axe in Chinese');
    await page.keyboard.press('l');
    await page.locator('.actions').getByRole('button', { name: 'End case' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End case' }).click();
    await page.locator('.actions').getByRole('button', { name: 'Start case' }).click();
    const choice = page.getByRole('dialog').getByLabel('Control channel, other side');
    same(await choice.inputValue(), 'OOR', 'the control of the montage');
    await choice.selectOption('FRONT');
    await until('it is taken over', async () => (await page.locator('.emg-label', { hasText: 'FRONT' }).textContent()).includes('control side'));
    await choice.selectOption('');
    await until('none', async () => !(await textOf(page, '.emg-labels')).includes('control side'));
  } finally {
    await page.context().close();
    await other.stop();
  }
});

test('whatever is touched on the tablet is 56 px, in every tab, and a still picture leads back to live', async () => {
  const fresh = await startDaemon(); // its event at six seconds is in the minute that a page gets of the past
  const tablet = await openPage(browser, `${fresh.url}?lang=en&name=Wu&view=tablet`, { width: 1280, height: 800 });
  const small = () => tablet.evaluate(() => [...document.querySelectorAll('.view button, .view select, .view input')]
    .map((e) => [e.getAttribute('aria-label') ?? e.textContent, e.getBoundingClientRect()])
    .filter(([, r]) => r.width > 0 && (r.height < 56 || r.width < 56)).map(([name, r]) => `${name} ${Math.round(r.width)}x${Math.round(r.height)}`).join('; '));
  for (const name of ['Evidence', 'Sweeps', 'Trend', 'Events']) {
    await tablet.getByRole('tab', { name }).click();
    same(await small(), '', `too small in ${name}`);
  }
  // What closes a dialogue is on the screen, and so is what a sweep's cursors measure.
  const seen = (selector) => tablet.evaluate((sel) => [...document.querySelectorAll(sel)].every((e) => {
    const r = e.getBoundingClientRect();
    return e.contains(document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2));
  }), selector);
  for (const kind of ['case_start', 'thresholds', 'help', 'setup', 'speaker', 'alarm_log', 'who']) {
    await tablet.evaluate((k) => { window.lsrd.dialog.value = { kind: k }; }, kind);
    await until(kind, () => tablet.locator('.dialog .row:last-child button').count());
    ok(await seen('.dialog .row:last-child button'), `${kind}: a button is out of sight`);
    await tablet.keyboard.press('Escape');
  }
  await tablet.getByRole('tab', { name: 'Sweeps' }).click();
  await until('a sweep', async () => { await tablet.locator('.sweep-open').first().click(); return tablet.locator('.measures').count(); });
  ok(await seen('.measures dd'), 'a measure of a sweep is out of sight');
  await tablet.keyboard.press('Escape');
  await tablet.getByRole('tab', { name: 'Events' }).click();
  await until('an event', () => tablet.locator('.event').count());
  await until('its past', () => tablet.evaluate(() => window.lsrd.store.tick.value?.filled));
  await tablet.locator('.event').first().getByRole('button').first().click();
  await until('a still picture', () => tablet.locator('.look-back').count());
  same(await small(), '', 'too small beside a still picture');
  await tablet.getByRole('button', { name: 'Back to live' }).click();
  await until('live', async () => (await tablet.locator('.look-back').count()) === 0);
  await tablet.context().close();
  await fresh.stop();
});

await run();
