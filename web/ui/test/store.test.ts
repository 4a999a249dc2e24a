// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { stimulusRate, Store, worstVerdict } from '../src/store/store';
import { Series } from '../src/store/series';
import type { BranchVerdict, Finding, Hello, ServerMessage } from '../src/protocol/messages';
import { parseMessage } from '../src/protocol/messages';
import type { EndpointState } from '../src/protocol/codes';

const hello: Hello = { t: 'hello', proto: 'lsrd.v1', build: 'x', source_tag: 3, kind: 'live', source: 'patient', site: null, rate_hz: 20000,
  channels: [{ label: 'OOC' }, { label: 'MENT' }], branches: [{ name: 'zygomatic', direct: 0, lateral: [1] }], levels: [4], reasons: ['valid', 'artifact'],
  window_ms: [6, 25], mono_ms: 0, utc_ms: 0, case: { open: true, name: 'a', recording: 'yes', started_utc_ms: 1000000, samples: 0, free_s: null },
  last_finding: 0, you: { name: 'x', role: 'control' }, alarms: [], evidence: [], phase: null };
const found = (id: number, f: Finding): { m: ServerMessage } => ({ m: { t: 'finding', id, f } });
const verdict = (branch: string, state: EndpointState): BranchVerdict => ({ branch, state, since_sample: 0, reason: null, evidence: null, waits_for: [] });

describe('the store', () => {
  it('takes the phase back to when it happened', () => {
    const store = new Store();
    store.take([{ m: hello }, found(1, { type: 'mark', decided_sample: 600000, sample: 600000, text: 'phase=decompressed since=-20s', by: 'Li' })]);
    expect(store.phases.value).toEqual([{ sample: 200000, phase: 'decompressed', marked: 600000, by: 'Li' }]);
  });

  it('knows what was said before it looked, and does not hear it twice', () => {
    const store = new Store();
    store.take([{ m: { ...hello, said: [[100, 'phase=dura_open', 'Li'], [200, 'tof=2', 'Li']] } },
      found(7, { type: 'mark', decided_sample: 200, sample: 200, text: 'tof=2', by: 'Li' })]);
    expect(store.said.value.map((s) => s.key)).toEqual(['phase', 'tof']);
    store.take([found(8, { type: 'mark', decided_sample: 300, sample: 300, text: 'undo=100', by: 'Li' })]);
    expect(store.phases.value).toEqual([]);
  });

  it('takes a finding once, also when it is repeated after a reconnect', () => {
    const store = new Store();
    const note = found(1, { type: 'mark', decided_sample: 1, sample: 1, text: 'note=a', by: null });
    store.take([{ m: hello }, note, note]);
    store.take([{ m: hello }, note]);
    expect(store.events.value).toHaveLength(1);
  });

  it('clears everything when the source is another', () => {
    const store = new Store();
    store.take([{ m: hello }, found(1, { type: 'mark', decided_sample: 1, sample: 1, text: 'note=a', by: null })]);
    store.take([{ m: { ...hello, source_tag: 4 } }]);
    expect(store.events.value).toHaveLength(0);
  });

  it('tells the time of a sample by the server', () => {
    const store = new Store();
    store.take([{ m: hello }]);
    expect(store.utcOf(40000)).toBe(1002000);
  });

  it('does not let an old finding overrule the snapshot', () => {
    const store = new Store();
    store.take([{ m: { ...hello, evidence: [{ ...verdict('zygomatic', 'absent'), since_sample: 500 }] } }]);
    store.take([found(1, { type: 'endpoint', decided_sample: 100, branch: 'zygomatic', state: 'present', from: 'baseline', reason: 'sweeps',
      evidence: { valid: 0, responses: 0, bound_95: null, hold_s: 0, since_sample: 0, m_ratio: null, channels: [], checks: [] } })]);
    expect(store.verdicts.value.get('zygomatic')?.state).toBe('absent');
  });

  it('counts the stimuli', () => {
    const store = new Store();
    store.take([{ m: hello }, ...[0, 1, 2, 3].map((i) => found(i + 1, { type: 'stimulus', decided_sample: i * 5000, sample: i * 5000,
      branch: 'zygomatic', source: 'trigger', delivered: true }))]);
    expect(store.stimulation.value).toEqual({ rateHz: 4, delivered: true, lastSample: 15000 });
  });

  it('takes sweeps out that were counted, wherever it learns of it first', () => {
    const store = new Store();
    const sweep = (id: number, stimulus: number): { m: ServerMessage } => found(id, { type: 'sweep', decided_sample: stimulus + 500, stimulus_sample: stimulus,
      channel: 'MENT', branch: 'zygomatic', role: 'lsr', valid: true, reason: null, present: false, score: 0, amplitude_uv: 5, onset_ms: null });
    store.take([{ m: hello }, sweep(1, 1000), sweep(2, 2000)]);
    store.take([{ m: { t: 'evidence', ...verdict('zygomatic', 'absent'), taken_out_samples: [1000, 3000] } }, sweep(3, 3000), sweep(4, 4000)]);
    expect(store.series.get('0:1:lsr')?.points.map((p) => p.valid)).toEqual([false, true, false, true]);
  });

  it('shows the branch that stands worst among those with a baseline', () => {
    const of = (...list: BranchVerdict[]): string | undefined => worstVerdict(new Map(list.map((v) => [v.branch, v])))?.branch;
    expect(of(verdict('a', 'reached'), verdict('b', 'present'))).toBe('b');
    expect(of(verdict('a', 'absent'), verdict('b', 'setup'))).toBe('a');
    expect(of(verdict('a', 'absent'), verdict('b', 'withheld'))).toBe('b');
  });
});

describe('series', () => {
  const point = (sample: number, amplitudeUv = 1): Parameters<Series['add']>[0] => ({ sample, amplitudeUv, onsetMs: NaN, present: null, valid: true });
  it('stay bounded and in order', () => {
    const series = new Series();
    for (let i = 0; i < 60000; i++) series.add(point(i));
    series.add(point(5));
    expect(series.points.length).toBeLessThanOrEqual(16000);
    expect(series.points.every((p, i, all) => i === 0 || p.sample > (all[i - 1]?.sample ?? 0))).toBe(true);
    expect(series.points[series.points.length - 1]?.sample).toBe(59999);
  });
});

describe('messages', () => {
  it('ignores an unknown type and refuses what is no object', () => {
    expect(parseMessage('{"t":"future","x":1}')).toBeNull();
    expect(() => parseMessage('[1]')).toThrow();
    expect(() => parseMessage('nonsense')).toThrow();
  });
});

describe('the rate of stimulation', () => {
  const every = (from: number, interval: number, n: number): number[] => Array.from({ length: n }, (_, i) => from + i * interval);

  it('is that of the newest stimuli', () => {
    expect(stimulusRate(every(0, 5000, 11), 20000)).toBe(4);
    expect(stimulusRate([0], 20000)).toBeNull();
  });

  it('is never an average across an outage', () => {
    for (let since = 0; since <= 10; since++) {
      const samples = [...every(0, 5000, 11), ...every(600000, 5000, since)].slice(-11);
      expect(stimulusRate(samples, 20000), `${since} stimuli since`).toBe(since === 1 || since === 2 ? null : 4);
    }
  });

  it('is told of slow stimulation too', () => {
    expect(stimulusRate(every(0, 40000, 5), 20000)).toBe(0.5);
  });
});
