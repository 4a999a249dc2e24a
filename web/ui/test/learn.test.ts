// SPDX-License-Identifier: Apache-2.0
// Training: what counts as seen, what hides, what leaves as CSV.
import { describe, expect, it } from 'vitest';
import { toCsv } from '../src/learn/history';
import { withoutVerdicts } from '../src/learn/blind';
import { due, fromDetectors, score, truthOf, type Given } from '../src/learn/score';
import { nextPlace, places } from '../src/replay/jump';
import { phasesIn, statesOf, type Label, type Overview } from '../src/replay/case';
import type { Item } from '../src/worker_messages';

const RATE = 1000;
const s = (seconds: number): number => seconds * RATE;
const empty: Overview = { length: s(300), done: s(300), complete: true, points: [], marks: [], endpoint: [], alarms: [], events: [], artifacts: [] };
const course: Overview = {
  ...empty,
  endpoint: [[s(8), 0, 'present'], [s(95), 0, 'absent'], [s(140), 0, 'reached'], [s(170), 0, 'recurred'], [s(200), 0, 'withheld'], [s(230), 0, 'present']],
  events: [[s(50), s(51), 'a_train', 'MENT'], [s(53), s(54), 'a_train', 'OOR'], [s(60), s(60.1), 'burst', 'MENT']],
  artifacts: [[s(20), s(24), 'cautery', '*'], [s(30), s(30.1), 'cautery', '*'], [s(199), s(229), 'electrode', 'MENT']],
};
const at = (answer: Given['answer'], seconds: number): Given => ({ answer, sample: s(seconds) });

describe('what was to be seen', () => {
  it('comes from the detectors where nobody said otherwise', () => {
    const truth = fromDetectors(course, RATE).map((d) => [d.answer, d.from / RATE]);
    expect(truth).toEqual([['artifact', 20], ['irritation', 50], ['gone', 95], ['returned', 170], ['artifact', 199]]);
  });

  it('takes an artifact that forbids judging as one thing, answered either way', () => {
    const last = fromDetectors(course, RATE).find((d) => d.from === s(199));
    expect(last?.accepts).toEqual(['artifact', 'cannot_judge']);
  });

  it('puts a reviewer before the detectors, kind by kind', () => {
    const label: Label = { sample: s(92), end_sample: null, label: 'lsr_gone', channel: null, by: 'Dr Li', utc: '' };
    const truth = truthOf(course, [label], RATE);
    expect(truth.filter((d) => d.answer === 'gone').map((d) => [d.from, d.by])).toEqual([[s(92), 'Dr Li']]);
    expect(truth.some((d) => d.answer === 'irritation' && d.by === 'lsrd')).toBe(true);
  });
});

describe('the score', () => {
  const truth = truthOf(course, [], RATE);

  it('is whole for who saw everything, with the delay of each', () => {
    const r = score(truth, [at('artifact', 22), at('irritation', 52), at('gone', 99), at('returned', 172), at('cannot_judge', 205)]);
    expect([r.right, r.due, r.wrong, r.percent]).toEqual([5, 5, 0, 100]);
    expect(r.outcomes.find((o) => o.answer === 'gone')?.delay).toBe(s(4));
  });

  it('names what was missed and what was not there', () => {
    const r = score(truth, [at('gone', 60), at('gone', 99)]);
    expect(r.outcomes.filter((o) => o.kind === 'extra').map((o) => o.sample)).toEqual([s(60)]);
    expect(r.outcomes.filter((o) => o.kind === 'missed').length).toBe(4);
    expect(r.percent).toBe(Math.round(100 / 6));
  });

  it('counts an answer once', () => {
    const r = score([due('gone', s(10), s(10), RATE, ''), due('gone', s(12), s(12), RATE, '')], [at('gone', 11)]);
    expect([r.right, r.outcomes.filter((o) => o.kind === 'missed').length]).toEqual([1, 1]);
  });

  it('catches who falls into a trap, and praises who does not', () => {
    const trap = { ...due('gone', s(100), s(110), RATE, 'lesson', 'still there'), trap: true };
    expect(score([trap], []).percent).toBe(100);
    expect(score([trap], [at('gone', 105)]).outcomes.map((o) => o.kind)).toEqual(['trapped']);
  });

  it('does not blame for what is true though nobody asked', () => {
    const known = [due('artifact', s(40), s(45), RATE, 'lsrd')];
    expect(score([], [at('artifact', 42)], known).wrong).toBe(0);
    expect(score([], [at('artifact', 90)], known).wrong).toBe(1);
  });
});

describe('blind', () => {
  const finding = (f: Record<string, unknown>): Item => ({ m: { t: 'finding', id: 1, f } } as unknown as Item);

  it('lets no verdict, event, artifact, alarm or amplitude pass', () => {
    for (const type of ['sweep', 'emg_event', 'artifact', 'endpoint', 'alarm', 'summary']) expect(withoutVerdicts(finding({ type }))).toBeNull();
    for (const t of ['alarms', 'evidence', 'trend']) expect(withoutVerdicts({ m: { t } } as unknown as Item)).toBeNull();
    for (const text of ['confirm', 'reject', 'ack=lsr_recurred']) expect(withoutVerdicts(finding({ type: 'mark', text }))).toBeNull();
  });

  it('lets signals, stimuli and phases pass, without a judgement in them', () => {
    expect(withoutVerdicts(finding({ type: 'mark', text: 'phase=decompressed' }))).not.toBeNull();
    expect(withoutVerdicts(finding({ type: 'stimulus', sample: 5, delivered: false }))).toMatchObject({ m: { f: { delivered: null, sample: 5 } } });
    expect(withoutVerdicts({ s: { kind: 'sweep', present: true, reason: 3, amplitudeUv: 80, stimulus: 9 } } as unknown as Item))
      .toMatchObject({ s: { present: null, reason: 0, amplitudeUv: NaN, stimulus: 9 } });
    expect(withoutVerdicts({ m: { t: 'hello', evidence: [1], alarms: { list: [1] } } } as unknown as Item)).toMatchObject({ m: { evidence: [], alarms: { list: [] } } });
  });
});

describe('places to go to', () => {
  it('lie a second behind what begins there, in order, of the kind asked for', () => {
    const o = { ...course, marks: [[s(90), 'phase=decompressed since=-10s', 'A']] as Overview['marks'] };
    expect(places(o, [], 'phases', RATE)).toEqual([s(81)]);
    expect(places(o, [], 'events', RATE)).toEqual([s(51), s(54)]);
    const all = places(o, [], 'all', RATE);
    expect(all).toEqual([...all].sort((a, b) => a - b));
  });

  it('lead on from where one stands, and back', () => {
    const all = [s(10), s(20), s(30)];
    expect(nextPlace(all, s(20), 1, RATE)).toBe(s(30));
    expect(nextPlace(all, s(20), -1, RATE)).toBe(s(10));
    expect(nextPlace(all, s(30), 1, RATE)).toBeNull();
  });

  it('an undone phase is none', () => {
    expect(phasesIn([[s(5), 'phase=dura_open', null], [s(9), `undo=${s(5)}`, null]], RATE)).toEqual([]);
  });

  it('states follow each other without a hole', () => {
    const list = statesOf(course.endpoint, 0, s(300));
    list.forEach((one, i) => expect(one.to).toBe(list[i + 1]?.from ?? s(300)));
  });
});

it('CSV disarms formulas and quotes what needs it', () => {
  const run = { utc: '2026-01-01T00:00:00Z', trainee: '=cmd()', name: 'a,"b"', lesson: 3, percent: 80, right: 4, due: 5, wrong: 0 };
  expect(toCsv([run]).split('\r\n')[1]).toBe('2026-01-01T00:00:00Z,\'=cmd(),"a,""b""",3,80,4,5,0');
});
