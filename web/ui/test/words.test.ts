// SPDX-License-Identifier: Apache-2.0
// Every code that base/finding.h can print has a word in both languages.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as codes from '../src/protocol/codes';
import { en } from '../src/i18n/en';
import { zh } from '../src/i18n/zh';

const header = readFileSync(fileURLToPath(new URL('../../../base/finding.h', import.meta.url)), 'utf8');

function enumOf(name: string, prefix: string, without: string[] = []): string[] {
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(header)?.[1] ?? '';
  return [...body.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/\b([A-Z][A-Z0-9_]*)\b/g)]
    .map((m) => m[1] ?? '')
    .filter((n) => n.startsWith(prefix) && !without.includes(n))
    .map((n) => n.slice(prefix.length).toLowerCase());
}

const lists: [string, string, string, string[], readonly string[], string[]][] = [
  ['endpoint_state', 'ENDPOINT_', 'state', ['ENDPOINT_STATES'], codes.ENDPOINT_STATES, ['say']],
  ['endpoint_reason', 'ENDPOINT_BECAUSE_', 'because', [], codes.ENDPOINT_REASONS, []],
  ['endpoint_check', 'CHECK_', 'check', [], codes.CHECKS, ['short']],
  ['sweep_reason', 'REASON_', 'reason', ['REASON_NONE'], codes.SWEEP_REASONS, []],
  ['artifact_kind', 'ARTIFACT_', 'artifact', ['ARTIFACT_KINDS'], codes.ARTIFACTS, []],
  ['emg_kind', 'EMG_', 'event', ['EMG_KINDS'], codes.EMG_KINDS, []],
  ['alarm_id', 'ALARM_', 'alarm', ['ALARM_IDS'], codes.ALARMS, ['todo']],
  ['alarm_priority', 'PRIORITY_', 'priority', [], codes.PRIORITIES, []],
];

describe('codes', () => {
  it.each(lists)('%s is the list of base/finding.h', (name, prefix, _, without, ours) => {
    expect([...ours]).toEqual(enumOf(name, prefix, without));
  });

  it.each(lists)('%s has words', (_name, _prefix, word, _without, ours, more) => {
    for (const dictionary of [en, zh] as Record<string, string>[]) {
      for (const prefix of [word, ...more]) for (const code of ours) expect(dictionary[`${prefix}.${code}`]).toBeTypeOf('string');
    }
  });
});

describe('the dictionary', () => {
  it('fills in the same names in both languages', () => {
    const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '').sort();
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect(names(zh[key]), key).toEqual(names(en[key]));
  });

  it('has Chinese in Chinese', () => {
    const same = ['language.other', 'event.a_train', 'event.b_train', 'event.c_train', 'short.train_of_four', 'unit.none', 'emg.gain',
      'say.withheld', 'say.confirmed', 'say.rejected', 'evidence.of', 'evidence.bound', 'thresholds.change', 'todo.endpoint_reached'];
    for (const key of Object.keys(en) as (keyof typeof en)[]) {
      if (!same.includes(key)) expect(/[\u4e00-\u9fff]/.test(zh[key]), `${key}: ${zh[key]}`).toBe(true);
    }
  });

  it('never says success and never urges', () => {
    for (const text of Object.values(en)) expect(text).not.toMatch(/success|cured|continue surgery|you may|safe to/i);
  });
});
