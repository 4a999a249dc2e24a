// SPDX-License-Identifier: Apache-2.0
// One run of training: begins blind at the start of the case, collects answers, ends with a score.
import { computed, signal } from '@preact/signals';
import { act, actFor, dialog, setBlind, store, toast } from '../app';
import { settings } from '../settings';
import { t } from '../i18n/i18n';
import { labels, overview } from '../replay/overview';
import { position, seek, shown } from '../replay/steer';
import { blind } from './blind';
import { lesson, lessonDues } from './course';
import { remember } from './history';
import { fromDetectors, score, truthOf, type Answer, type Given, type Outcome, type Result } from './score';

export { blind };
export const answers = signal<Given[]>([]);
export const result = signal<Result | null>(null);
export const differences = computed<Outcome[]>(() => result.value?.outcomes.filter((o) => o.kind !== 'right') ?? []);

const START_MS = 10000; // a busy machine's answers: a run that silently did not begin would be worse
const BEFORE_S = 3; // a difference is shown from a little before it

export async function startTraining(): Promise<void> {
  answers.value = [];
  result.value = null;
  setBlind(true);
  await actFor({ op: 'replay_loop', from: 0, to: 0 }, START_MS);
  const sought = await actFor({ op: 'replay_seek', sample: 0 }, START_MS);
  if (sought?.ok) await actFor({ op: 'replay_play' }, START_MS);
  else setBlind(false);
}

export function give(answer: Answer): void {
  answers.value = [...answers.value, { sample: shown(), answer }];
  toast.value = t('training.noted', { answer: t(`answer.${answer}`) });
}

export function takeBack(): void { answers.value = answers.value.slice(0, -1); }

// What lies behind the place where the trainee stopped was not asked.
export function finishTraining(): void {
  const o = overview.value;
  if (o === null || !o.complete) {
    toast.value = t('replay.reading');
    return;
  }
  const rate = store.hello.value?.rate_hz ?? 1;
  const reached = position();
  const known = truthOf(o, labels.value, rate);
  const dues = lesson.value === null ? known : lessonDues(lesson.value, rate);
  result.value = score(dues.filter((d) => d.from <= reached), answers.value, [...known, ...fromDetectors(o, rate)]);
  remember({ utc: new Date().toISOString(), trainee: settings.name.value, name: store.hello.value?.case.name ?? '',
    lesson: lesson.value?.lesson ?? null, percent: result.value.percent, right: result.value.right, due: result.value.due, wrong: result.value.wrong });
  setBlind(false);
  void act({ op: 'replay_pause' }).then(() => seek(reached)); // everything comes again, with its verdicts
  dialog.value = { kind: 'result' };
}

export function leaveTraining(): void {
  const reached = position();
  answers.value = [];
  setBlind(false);
  void seek(reached);
}

export function show(o: Outcome): void {
  const rate = store.hello.value?.rate_hz ?? 1;
  dialog.value = null;
  void act({ op: 'replay_pause' }).then(() => seek(Math.max(0, Math.min(o.sample, o.from) - BEFORE_S * rate)))
    .then((ok) => { if (ok) void act({ op: 'replay_play' }); });
}
