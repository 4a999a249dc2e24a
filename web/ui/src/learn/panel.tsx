// SPDX-License-Identifier: Apache-2.0
// Where the verdict stands otherwise: the trainee's own.
import { store } from '../app';
import { t } from '../i18n/i18n';
import { duration } from '../i18n/format';
import { ANSWERS } from './score';
import { answers, finishTraining, give, leaveTraining, takeBack } from './training';

export function TrainingPanel() {
  const rate = store.hello.value?.rate_hz ?? 1;
  const last = answers.value[answers.value.length - 1];
  return <section class="verdict training" aria-label={t('training.title')}>
    <div class="training-head">
      <h1>{t('training.title')}</h1>
      <p>{last === undefined ? t('training.hint') : t('training.last', { n: answers.value.length, answer: t(`answer.${last.answer}`), time: duration(last.sample / rate) })}</p>
    </div>
    <div class="training-answers" role="group" aria-label={t('training.answers')}>
      {ANSWERS.map((a, i) => <button key={a} onClick={() => give(a)}><kbd>{i + 1}</kbd>{t(`answer.${a}`)}</button>)}
    </div>
    <div class="training-end">
      <button class="main" onClick={finishTraining}>{t('training.finish')}</button>
      <button onClick={takeBack} disabled={last === undefined}>{t('training.undo')}</button>
      <button onClick={leaveTraining}>{t('training.leave')}</button>
    </div>
  </section>;
}
