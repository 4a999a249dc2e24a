// SPDX-License-Identifier: Apache-2.0
// Training, its result, the course, what was done so far.
import { useEffect, useState } from 'preact/hooks';
import { dialog, store } from '../app';
import { settings } from '../settings';
import { t } from '../i18n/i18n';
import { duration } from '../i18n/format';
import { Frame } from '../ui/dialogs';
import { isLesson, lesson, lessons, loadCourse, openLesson, pageOf, titleOf, type Lesson } from './course';
import { bestOf, runs, saveCsv, type Run } from './history';
import { Markdown } from './markdown';
import type { Outcome } from './score';
import { result, show, startTraining } from './training';

const close = (): void => { dialog.value = null; };

export function TrainingStart() {
  const [name, setName] = useState(settings.name.value);
  useEffect(() => { if (isLesson()) void loadCourse(); }, []);
  const start = (): void => {
    if (name.trim() === '') return;
    settings.name.value = name.trim();
    close();
    void startTraining();
  };
  return <Frame title={t('training.title')}>
    <p>{t('training.explain')}</p>
    <label>{t('training.name')}<input data-first value={name} maxLength={39} onInput={(e) => setName(e.currentTarget.value)} onKeyDown={(e) => { if (e.key === 'Enter') start(); }} /></label>
    <div class="row"><button onClick={close}>{t('do.cancel')}</button><button class="main" onClick={start}>{t('training.start')}</button></div>
  </Frame>;
}

function Line({ o }: { o: Outcome }) {
  const rate = store.hello.value?.rate_hz ?? 1;
  return <li class={`outcome ${o.kind}`}>
    <button onClick={() => show(o)}>
      <time>{duration(o.sample / rate)}</time>
      <b>{t(`outcome.${o.kind}`)}</b>
      <span>{t(`answer.${o.answer}`)}{o.delay !== null && ` · ${t('outcome.delay', { s: (o.delay / rate).toFixed(1) })}`}
        {o.kind !== 'extra' && o.to > o.from && ` · ${t('outcome.decides', { from: duration(o.from / rate), to: duration(o.to / rate) })}`}
        {o.by !== '' && ` · ${t('outcome.by', { by: o.by })}`}</span>
      {o.why !== null && <em>{o.why}</em>}
    </button>
  </li>;
}

export function TrainingResult() {
  const r = result.value;
  if (r === null) return null;
  return <Frame title={t('training.result')} wide>
    <p class="score"><b>{r.percent} %</b> {t('training.score', { right: r.right, due: r.due, wrong: r.wrong })}</p>
    <ol class="outcomes" tabIndex={0}>{r.outcomes.map((o, i) => <Line key={i} o={o} />)}</ol>
    {r.outcomes.length === 0 && <p>{t('training.nothing')}</p>}
    <div class="row">
      {lesson.value !== null && <button onClick={() => { dialog.value = { kind: 'lesson', lesson: lesson.value?.lesson ?? 1 }; }}>{t('course.explain')}</button>}
      <button onClick={() => { dialog.value = { kind: 'history' }; }}>{t('history.title')}</button>
      <button class="main" data-first onClick={close}>{t('do.close')}</button>
    </div>
  </Frame>;
}

function LessonRow({ l }: { l: Lesson }) {
  const best = bestOf(runs.value, settings.name.value, l.lesson);
  return <tr class={lesson.value?.lesson === l.lesson ? 'now' : ''}>
    <td>{l.lesson}</td><td>{titleOf(l)}</td><td>{duration(l.seconds)}</td>
    <td>{best === null ? t('course.not_yet') : `${best} %`}</td>
    <td><button onClick={() => { dialog.value = { kind: 'lesson', lesson: l.lesson }; }}>{t('course.explain')}</button>
      <button class="main" onClick={() => { close(); void openLesson(l.lesson); }}>{t('course.open')}</button></td>
  </tr>;
}

export function Course() {
  useEffect(() => { void loadCourse(); }, []);
  const mine = runs.value.filter((r) => r.lesson !== null && r.trainee === settings.name.value);
  return <Frame title={t('course.title')} wide>
    <p>{t('course.intro')}</p>
    <div class="course" tabIndex={0}><table>
      <thead><tr><th>#</th><th>{t('course.lesson')}</th><th>{t('course.length')}</th><th>{t('course.best')}</th><th><span class="hidden-text">{t('do.more')}</span></th></tr></thead>
      <tbody>{lessons.value.map((l) => <LessonRow key={l.lesson} l={l} />)}</tbody>
    </table></div>
    <div class="row">
      <button disabled={mine.length === 0} onClick={() => saveCsv(mine)}>{t('history.csv')}</button>
      <button class="main" data-first onClick={close}>{t('do.close')}</button>
    </div>
  </Frame>;
}

export function LessonPage({ number }: { number: number }) {
  useEffect(() => { void loadCourse(); }, []);
  const l = lessons.value.find((x) => x.lesson === number);
  if (l === undefined) return null;
  return <Frame title={`${l.lesson}. ${titleOf(l)}`} wide>
    <div class="lesson" tabIndex={0}><Markdown text={pageOf(l)} /></div>
    <div class="row">
      <button onClick={() => { dialog.value = { kind: 'course' }; }}>{t('course.title')}</button>
      {lesson.value?.lesson === number
        ? <button class="main" data-first onClick={() => { dialog.value = { kind: 'training' }; }}>{t('training.start')}</button>
        : <button class="main" data-first onClick={() => { close(); void openLesson(number); }}>{t('course.open')}</button>}
    </div>
  </Frame>;
}

function RunRow({ r }: { r: Run }) {
  return <tr><td>{r.utc.slice(0, 16).replace('T', ' ')}</td><td>{r.trainee}</td><td>{r.name}</td><td>{r.percent} %</td><td>{r.right} / {r.due}</td><td>{r.wrong}</td></tr>;
}

export function History() {
  const list = [...runs.value].reverse();
  return <Frame title={t('history.title')} wide>
    {list.length === 0 ? <p>{t('history.empty')}</p> : <div class="course" tabIndex={0}><table>
      <thead><tr><th>{t('history.when')}</th><th>{t('history.who')}</th><th>{t('history.case')}</th><th>{t('history.percent')}</th><th>{t('history.right')}</th><th>{t('history.wrong')}</th></tr></thead>
      <tbody>{list.map((r, i) => <RunRow key={i} r={r} />)}</tbody></table></div>}
    <div class="row"><button disabled={list.length === 0} onClick={() => saveCsv(runs.value)}>{t('history.csv')}</button>
      <button class="main" data-first onClick={close}>{t('do.close')}</button></div>
  </Frame>;
}
