// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it, vi } from 'vitest';
import type { OptionRow } from '../src/protocol/messages';

// The panel's module reaches for a browser; these functions do not.
vi.stubGlobal('location', { search: '', pathname: '/', hash: '' });
vi.stubGlobal('document', { documentElement: { dataset: {}, lang: '' }, addEventListener: () => undefined });
vi.stubGlobal('navigator', { language: 'en' });
vi.stubGlobal('Worker', class { postMessage(): void { return; } });
const { setsOf, slowOf, tryable } = await import('../src/ui/what_if');

function row(key: string, value: string, stage: string | null): OptionRow {
  return { key, type: 'double', unit: 'uV', value, default: value, live: false, stage, help: '' };
}

describe('what is tried', () => {
  const rows = [row('stimulus.trigger', 'STIM', 'features'), row('free_running.threshold', '30 uV', 'features'),
    row('web.port', '8080', null), row('response.min_amplitude', '15 uV', 'judgement'), row('channel.MENT.input', '3', 'features')];

  it('is what decides, not what the inputs are; the quick ones first', () => {
    expect(tryable(rows).map((r) => r.key)).toEqual(['response.min_amplitude', 'free_running.threshold']);
  });

  it('is sent only where it differs from what was in force', () => {
    const values = new Map([['response.min_amplitude', '40 uV'], ['free_running.threshold', '30 uV']]);
    expect(setsOf(values, tryable(rows))).toEqual(['response.min_amplitude=40 uV']);
    expect(setsOf(new Map(), tryable(rows))).toEqual([]);
  });

  it('needs the samples where a threshold of the features was changed, and only there', () => {
    expect(slowOf(new Map([['response.min_amplitude', '40 uV'], ['free_running.threshold', '30 uV']]), rows)).toEqual([]);
    expect(slowOf(new Map([['free_running.threshold', '45 uV']]), rows).map((r) => r.key)).toEqual(['free_running.threshold']);
  });
});
