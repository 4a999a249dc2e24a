// SPDX-License-Identifier: Apache-2.0
// The report of a case that was just closed, from the live page: how its alarm was answered, what it was made of,
// and that it prints on two sheets.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok, openPage, run, same, shortScenario, startBrowser, startDaemon, test, textOf, until } from './harness.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lsrd-report-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const scenario = join(folder, 'open.scenario');
writeFileSync(scenario, `${readFileSync(shortScenario, 'utf8')}\n[event open]\nkind     = open\nat       = 8 s\nfor      = 590 s\nchannels = MENT\n`);

const browser = await startBrowser();
const daemon = await startDaemon({ scenario, sets: { 'alarm.pcm': 'no_such_loudspeaker' } });
const page = await openPage(browser, `${daemon.url}?view=desk&lang=en&name=Dr%20Li`);
const reports = {};

test('the page makes the report of the case that was just closed, in both languages', async () => {
  await until('the alarm', async () => (await textOf(page, '.alarm')).includes('ELECTRODE OFF'), 40000);
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await until('seen', async () => (await textOf(page, '.alarm')).includes('seen'));
  const early = await page.evaluate(() => window.lsrd.act({ op: 'report', language: 'en' }));
  same(early, false, 'a report of a running case');
  await page.evaluate(() => window.lsrd.act({ op: 'case_end' }));
  await until('closed', () => page.evaluate(() => window.lsrd.store.lastCase.value !== null && window.lsrd.store.status.value.case.open === false));
  for (const lang of ['en', 'zh']) {
    await page.evaluate((l) => { window.lsrd.language.value = l; window.lsrd.dialog.value = { kind: 'files' }; }, lang);
    await page.locator('.dialog tr button').first().click();
    const link = await until('the report', async () => {
      const href = await page.locator('.file-link').first().getAttribute('href').catch(() => null);
      return href !== reports.last && href;
    }, 60000);
    reports.last = link;
    reports[lang] = await (await page.request.get(new URL(link, daemon.url).href)).text();
    await page.evaluate(() => { window.lsrd.dialog.value = null; });
  }
  ok(reports.en.includes('Report of an intraoperative EMG case'), 'in English');
  ok(reports.zh.includes('术中肌电监测报告'), 'in Chinese');
});

const cases = () => join(daemon.directory, 'cases');
const caseOf = () => join(cases(), readdirSync(cases()).sort()[0]);

test('how soon the alarm was acknowledged and by whom is what the alarm log says', async () => {
  const log = readFileSync(join(caseOf(), 'alarms.ndjson'), 'utf8').trim().split('\n').map((l) => JSON.parse(l));
  const [raised, acked] = ['raised', 'acknowledged'].map((e) => log.find((l) => l.event === e && l.id === 'electrode_off'));
  const seconds = ((acked.utc_ms - raised.utc_ms) / 1000).toFixed(1);
  const rows = reports.en.match(/<tr>.*?<\/tr>/g).filter((r) => r.includes('ELECTRODE OFF'));
  same(rows.length, 1, 'rows of the alarm');
  ok(rows[0].includes(`>${seconds} s<`) && rows[0].includes('>Dr Li<'), `${seconds} s by Dr Li: ${rows[0]}`);
});

test('it names what it was made of: the signals as their checksums and as sha256sum have them, and the programs', async () => {
  const sums = readFileSync(join(caseOf(), 'checksums.txt'), 'utf8').trim().split('\n').map((l) => l.split(' ')).filter((l) => l[3] === 'signals.bdf');
  const bytes = readFileSync(join(caseOf(), 'signals.bdf'));
  same(sums.length, 2, 'header and records');
  for (const [hex, from, to] of sums) {
    same(createHash('sha256').update(bytes.subarray(Number(from), Number(to))).digest('hex'), hex, `bytes ${from} to ${to}`);
    ok(reports.en.includes(hex) && reports.zh.includes(hex), 'in the report');
  }
  const { version } = JSON.parse(readFileSync(join(caseOf(), 'case.json'), 'utf8'));
  ok(reports.en.includes(`recorded with lsrd ${version}`) && reports.en.includes('report made with lsrd'), 'versions');
  ok(reports.en.includes('Case directory: closed') && reports.zh.includes('病例目录: 已关闭'), 'its state');
});

test('it prints on two sheets of A4 and of Letter, in both languages, and asks nobody for anything', async () => {
  for (const lang of ['en', 'zh']) {
    for (const format of ['A4', 'Letter']) {
      const context = await browser.newContext();
      const sheet = await context.newPage();
      const asked = [];
      sheet.on('request', (r) => asked.push(r.url()));
      await sheet.setContent(reports[lang]);
      const pdf = await sheet.pdf({ format, preferCSSPageSize: false });
      if (process.env['KEEP_PDF']) writeFileSync(join(process.env['KEEP_PDF'], `report-${lang}-${format}.pdf`), pdf);
      same(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length, 2, `sheets of ${format} in ${lang}`);
      same(asked.filter((u) => !u.startsWith('about:')).join(), '', 'requests');
      await context.close();
    }
  }
});

await run();
