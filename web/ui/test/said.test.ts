// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { heard, newest, phasesOf, type Said } from '../src/store/said';

const RATE = 1000;
const said = (...marks: [number, string][]): readonly Said[] => marks.reduce<readonly Said[]>((list, [sample, text]) => heard(list, sample, text, 'Li'), []);

describe('what people said', () => {
  it('stands until it is taken back by its sample', () => {
    expect(newest(said([5, 'tof=2'], [9, 'tof=3']), 'tof')).toBe('3');
    expect(newest(said([5, 'tof=2'], [9, 'tof=3'], [12, 'undo=9']), 'tof')).toBe('2');
    expect(newest(said([5, 'tof=2'], [12, 'undo=9']), 'tof')).toBe('2');
    expect(newest(said([5, 'tof=2'], [12, 'undo=5']), 'tof')).toBeUndefined();
  });
  it('is taken back one by one where several stand at one sample, the newest first', () => {
    const list = said([5, 'phase=dura_open'], [5, 'tof=2'], [9, 'undo=5']);
    expect(list.map((s) => s.key)).toEqual(['phase']);
    expect(heard(list, 12, 'undo=5', null)).toEqual([]);
  });
  it('knows phases by when they began, in any unit', () => {
    const list = said([90000, 'phase=dura_open'], [200000, 'phase=decompressed since=-1.5min'], [200500, 'phase=closing since=-20 s']);
    expect(phasesOf(list, RATE).map((p) => [p.phase, p.sample, p.marked])).toEqual([
      ['dura_open', 90000, 90000], ['decompressed', 110000, 200000], ['closing', 180500, 200500]]);
    expect(phasesOf(said([1000, 'phase=closing since=-20s']), RATE)[0]?.sample).toBe(0);
  });
  it('is heard once, also when it is told again', () => {
    const list = said([5, 'tof=2'], [9, 'phase=closing']);
    expect(heard(list, 5, 'tof=2', 'Li')).toBe(list);
  });
  it('is not a note that looks like it', () => {
    expect(said([5, 'note=phase=closing'], [6, 'confirm'])).toEqual([]);
  });
});
