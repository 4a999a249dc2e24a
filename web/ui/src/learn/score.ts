// SPDX-License-Identifier: Apache-2.0
// What a trainee should have seen, and how that compares with what was marked. Pure.
import { LABEL_KINDS, type Label, type LabelKind, type Overview, type Stretch } from '../replay/case';
import type { EndpointState } from '../protocol/codes';

export const ANSWERS = ['gone', 'returned', 'irritation', 'artifact', 'cannot_judge'] as const;
export type Answer = (typeof ANSWERS)[number];
export interface Given { sample: number; answer: Answer }

// Something to be seen. `accepts`: answers that are right; none: a trap, where marking `trap` is wrong.
export interface Due {
  answer: Answer;
  accepts: readonly Answer[];
  trap: boolean;
  from: number;
  to: number; // a right answer lies in [from - early, to + late]
  early: number;
  late: number;
  by: string; // whose word it is: a reviewer, the lesson, or the detectors
  why: string | null;
}

export type OutcomeKind = 'right' | 'missed' | 'extra' | 'trapped';
export interface Outcome { kind: OutcomeKind; answer: Answer; sample: number; from: number; to: number; delay: number | null; by: string; why: string | null }
export interface Result { outcomes: Outcome[]; right: number; due: number; wrong: number; percent: number }

// Seconds before and behind in which an answer counts. A loss takes ten sweeps to be believed (three
// seconds at 3 Hz), by a person as by the detectors, and a hand needs some seconds more.
const EARLY_S: Record<Answer, number> = { gone: 8, returned: 8, irritation: 1, artifact: 1, cannot_judge: 5 };
const LATE_S: Record<Answer, number> = { gone: 20, returned: 20, irritation: 8, artifact: 8, cannot_judge: 8 };
const JOIN_S = 5; // what lies closer is one thing to a person
const LEAST_ARTIFACT_S = 0.5;
const LEAST_WITHHELD_S = 5;

const TRAINS = new Set(['a_train', 'b_train', 'c_train', 'spasm']);
const ARTIFACTS = new Set(['cautery', 'drill', 'saturation', 'electrode']);
const THERE: ReadonlySet<EndpointState> = new Set(['present', 'attenuated', 'recurred']);
const GONE: ReadonlySet<EndpointState> = new Set(['absent', 'early_loss', 'reached', 'confirmed']);

export function due(answer: Answer, from: number, to: number, rate: number, by: string, why: string | null = null): Due {
  return { answer, accepts: [answer], trap: false, from, to, early: EARLY_S[answer] * rate, late: LATE_S[answer] * rate, by, why };
}

function joined(list: { from: number; to: number }[], gap: number): { from: number; to: number }[] {
  const out: { from: number; to: number }[] = [];
  for (const one of [...list].sort((a, b) => a.from - b.from)) {
    const last = out[out.length - 1];
    if (last !== undefined && one.from <= last.to + gap) last.to = Math.max(last.to, one.to);
    else out.push({ ...one });
  }
  return out;
}

function stretches(list: readonly Stretch[], kinds: ReadonlySet<string>, least: number): { from: number; to: number }[] {
  return list.filter((s) => kinds.has(s[2]) && s[1] - s[0] >= least).map(([from, to]) => ({ from, to }));
}

// Where a branch's LSR went, came back, or could not be judged, as the detectors decided.
function fromStates(o: Overview, rate: number): Due[] {
  const out: Due[] = [];
  const branches = new Set(o.endpoint.map((e) => e[1]));
  for (const branch of branches) {
    let was: 'there' | 'gone' | null = null;
    let since: number | null = null;
    for (const [sample, b, state] of o.endpoint) {
      if (b !== branch) continue;
      if (since !== null && state !== 'withheld') {
        if (sample - since >= LEAST_WITHHELD_S * rate) out.push(due('cannot_judge', since, sample, rate, 'lsrd'));
        since = null;
      }
      if (state === 'withheld') since ??= sample;
      if (THERE.has(state)) {
        if (was === 'gone') out.push(due('returned', sample, sample, rate, 'lsrd'));
        was = 'there';
      } else if (GONE.has(state)) {
        if (was === 'there') out.push(due('gone', sample, sample, rate, 'lsrd'));
        was = 'gone';
      }
    }
    if (since !== null && o.length - since >= LEAST_WITHHELD_S * rate) out.push(due('cannot_judge', since, o.length, rate, 'lsrd'));
  }
  return out;
}

export function fromDetectors(o: Overview, rate: number): Due[] {
  const trains = joined(stretches(o.events, TRAINS, 0), JOIN_S * rate);
  const artifacts = joined(stretches(o.artifacts, ARTIFACTS, LEAST_ARTIFACT_S * rate), JOIN_S * rate);
  const list = [
    ...fromStates(o, rate),
    ...trains.map((s) => due('irritation', s.from, s.to, rate, 'lsrd')),
    ...artifacts.map((s) => due('artifact', s.from, s.to, rate, 'lsrd')),
  ];
  return merged(list, rate);
}

// One thing is asked once: the same of two branches, and an artifact that forbids judging.
function merged(list: Due[], rate: number): Due[] {
  const out: Due[] = [];
  for (const d of list.sort((a, b) => a.from - b.from || ANSWERS.indexOf(a.answer) - ANSWERS.indexOf(b.answer))) {
    const same = out.find((o) => o.answer === d.answer && d.from <= o.to + JOIN_S * rate);
    const cause = out.find((o) => pair(o.answer, d.answer) && d.from <= o.to + JOIN_S * rate && o.from <= d.to + JOIN_S * rate);
    if (same !== undefined) same.to = Math.max(same.to, d.to);
    else if (cause !== undefined) {
      cause.accepts = ['artifact', 'cannot_judge'];
      cause.to = Math.max(cause.to, d.to);
    } else out.push({ ...d });
  }
  return out;
}

function pair(a: Answer, b: Answer): boolean {
  return (a === 'artifact' && b === 'cannot_judge') || (a === 'cannot_judge' && b === 'artifact');
}

const OF_LABEL: Record<LabelKind, Answer> = { lsr_gone: 'gone', lsr_returned: 'returned', true_train: 'irritation', artifact: 'artifact' };

// A reviewer's word where there is one of the kind; the detectors' otherwise.
export function truthOf(o: Overview, labels: readonly Label[], rate: number): Due[] {
  const said = new Set(labels.map((l) => OF_LABEL[l.label]));
  const mine = LABEL_KINDS.flatMap((kind) => labels.filter((l) => l.label === kind)
    .map((l) => due(OF_LABEL[kind], l.sample, l.end_sample ?? l.sample, rate, l.by)));
  return [...mine, ...fromDetectors(o, rate).filter((d) => !said.has(d.answer))].sort((a, b) => a.from - b.from);
}

function fits(d: Due, g: Given): boolean {
  return g.sample >= d.from - d.early && g.sample <= d.to + d.late;
}

// `known`: what is true beside the questions, so that naming it is no mistake.
export function score(dues: readonly Due[], given: readonly Given[], known: readonly Due[] = []): Result {
  const outcomes: Outcome[] = [];
  const used = new Set<Given>();
  const inOrder = [...given].sort((a, b) => a.sample - b.sample);
  for (const d of dues) {
    const place = { from: d.from, to: d.to, by: d.by, why: d.why };
    if (d.trap) {
      const fell = inOrder.find((g) => !used.has(g) && g.answer === d.answer && fits(d, g));
      if (fell !== undefined) used.add(fell);
      outcomes.push({ kind: fell === undefined ? 'right' : 'trapped', answer: d.answer, sample: fell?.sample ?? d.from, delay: null, ...place });
      continue;
    }
    const hit = inOrder.find((g) => !used.has(g) && d.accepts.includes(g.answer) && fits(d, g));
    if (hit === undefined) {
      outcomes.push({ kind: 'missed', answer: d.answer, sample: d.from, delay: null, ...place });
      continue;
    }
    used.add(hit);
    outcomes.push({ kind: 'right', answer: d.answer, sample: hit.sample, delay: hit.sample - d.from, ...place });
  }
  for (const g of inOrder) {
    if (used.has(g) || [...known, ...dues].some((d) => !d.trap && d.accepts.includes(g.answer) && fits(d, g))) continue;
    outcomes.push({ kind: 'extra', answer: g.answer, sample: g.sample, from: g.sample, to: g.sample, delay: null, by: '', why: null });
  }
  outcomes.sort((a, b) => a.sample - b.sample);
  const right = outcomes.filter((o) => o.kind === 'right').length;
  const wrong = outcomes.filter((o) => o.kind === 'extra' || o.kind === 'trapped').length;
  const asked = dues.length + outcomes.filter((o) => o.kind === 'extra').length;
  return { outcomes, right, due: dues.length, wrong, percent: asked === 0 ? 100 : Math.round((100 * right) / asked) };
}
