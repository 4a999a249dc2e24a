// SPDX-License-Identifier: Apache-2.0
// Whatever the daemon can refuse a person with is said in Chinese on the Chinese page.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { refusalInChinese, refusalsZh } from '../src/i18n/refusals_zh';

const FILES = ['daemon/alarm_signals', 'daemon/commander', 'daemon/job', 'daemon/keep', 'daemon/labels', 'daemon/made_file',
  'daemon/mapping', 'daemon/montage', 'daemon/pipeline', 'daemon/preview', 'daemon/profiles', 'daemon/steering', 'daemon/what_if',
  'daemon/what_if_worker', 'config/rewrite', 'config/table', 'config/value', 'detect/marks', 'web/client', 'acquisition/alsa',
  'acquisition/alsa_pcm', 'sound/player_alsa'];
const source = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../${file}.c`, import.meta.url)), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');

// From an opening bracket to its own closing one; brackets in strings do not count.
function call(code: string, open: number): string {
  let depth = 0;
  for (const m of code.slice(open).matchAll(/"(?:[^"\\]|\\.)*"|[()]/g)) {
    depth += m[0] === '(' ? 1 : m[0] === ')' ? -1 : 0;
    if (depth === 0) return code.slice(open, open + m.index);
  }
  return '';
}

// Adjacent strings are one; a value that is filled in is %s.
const strings = (code: string): string[] =>
  [...code.matchAll(/"((?:[^"\\]|\\.)*)"(?:\s*"((?:[^"\\]|\\.)*)")*/g)]
    .map((m) => [...m[0].matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((part) => part[1]).join(''))
    .map((s) => s.replaceAll('\\"', '"').replace(/%[.*\d]*(?:ll|z)?[sudg]/g, '%s'));

function refusals(file: string): string[] {
  const code = source(file);
  const found: string[] = [];
  for (const m of code.matchAll(/\b(?:err_set|err_set_os|complain|refuse|refuse_wish|answer|lose_device)\(|snprintf(?=\((?:why, sizeof why, "|wished|text, VALUE_COMPLAINT))/g)) {
    const inside = call(code, code.indexOf('(', m.index));
    if (!inside.includes('ERR_MEMORY')) found.push(...strings(inside));
  }
  for (const m of code.matchAll(/\bread_\w+,\s*("[^"]+")|return ("[^"]+ [^"]+");|->reply\.reply\([^"]*("[^"]+")|char text\[160\] = ("[^"]+")/g))
    found.push(...strings(m[1] ?? m[2] ?? m[3] ?? m[4] ?? ''));
  return found;
}

// Said before any person could ask, or put together of words that are in the list.
const isOfTables = (text: string): boolean => text.startsWith('[%s]');
const isPiece = (text: string): boolean => /^, |\s$/.test(text);
const isOnlyGlue = (text: string): boolean => !/[a-z]{2}/.test(text.replaceAll('%s', '')) && !/^S16/.test(text);

describe('what the daemon refuses', () => {
  it.each(FILES)('%s.c', (file) => {
    const missing = refusals(file).filter((text) => !isOfTables(text) && !isPiece(text) && !isOnlyGlue(text) && refusalInChinese(text) === text);
    expect(missing).toEqual([]);
  });

  it('nothing stands in the list that no source says', () => {
    const said = new Set(FILES.flatMap((file) => [...strings(source(file)), ...refusals(file)]));
    const isSaid = (text: string): boolean => said.has(text) || [...said].some((part) => part.includes(text) || (part.length > 5 && text.includes(part)));
    expect(Object.keys(refusalsZh).filter((text) => !isSaid(text))).toEqual([]);
  });

  it('is Chinese in Chinese', () => {
    for (const [english, chinese] of Object.entries(refusalsZh)) {
      expect(/[\u4e00-\u9fff]/.test(chinese), english).toBe(true);
      expect((english.match(/%s/g) ?? []).length, english).toBe((chinese.match(/\{\d\}/g) ?? []).length);
    }
  });
});

describe('a refusal in Chinese', () => {
  it.each([
    ['a case is running: end it first', '病例正在进行：请先结束'],
    ['control is with desk: take it first', '控制权在 desk：请先接管'],
    ['endpoint.hold=5: the unit is missing (s, ms, us, min, h); 5 s to 600 s',
      'endpoint.hold=5：缺少单位（s, ms, us, min, h）；须为 5 s 至 600 s'],
    ['response.window=9 ms .. 5 ms: the low end must lie below the high end', 'response.window=9 ms .. 5 ms：低值须小于高值'],
    ['/etc/lsrd.conf: cannot replace it: No space left on device', '/etc/lsrd.conf：无法替换：磁盘空间不足'],
    ['hw:CARD=EMG8: cannot be opened: No such device', 'hw:CARD=EMG8：无法打开：没有此设备'],
    ['hw:1: cannot be opened: Invalid argument (unknown PCM)', 'hw:1：无法打开：参数无效（unknown PCM）'],
    ['hw:1 does not do 64 channels; it offers nothing', 'hw:1 不支持 64 个通道；它提供 无'],
    ['a sentence of a newer daemon', 'a sentence of a newer daemon'],
  ])('%s', (english, chinese) => { expect(refusalInChinese(english)).toBe(chinese); });
});
