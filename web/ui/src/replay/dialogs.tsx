// SPDX-License-Identifier: Apache-2.0
// Labels of a place, and what does not fit on the bar.
import { useState } from 'preact/hooks';
import { dialog, store } from '../app';
import { t } from '../i18n/i18n';
import { duration } from '../i18n/format';
import { blind } from '../learn/blind';
import { Frame } from '../ui/dialogs';
import { LABEL_KINDS } from './case';
import { labels } from './overview';
import { label, loopFrom, position, seek, unlabel } from './steer';

const close = (): void => { dialog.value = null; };

export function LabelDialog() {
  const [channel, setChannel] = useState('');
  const rate = store.hello.value?.rate_hz ?? 1;
  const a = loopFrom.value;
  const here = position();
  const where = a === null ? duration(here / rate) : `${duration(Math.min(a, here) / rate)} – ${duration(Math.max(a, here) / rate)}`;
  return <Frame title={t('label.title')} wide>
    <p>{t(a === null ? 'label.here' : 'label.stretch', { time: where })}</p>
    <div class="choices">{LABEL_KINDS.map((k, i) => <button key={k} data-first={i === 0 || undefined} class="main" onClick={() => { close(); label(k, channel === '' ? null : channel); }}>
      <kbd>{i + 1}</kbd> {t(`label.${k}`)}</button>)}</div>
    <label>{t('label.channel')}<select value={channel} onChange={(e) => setChannel(e.currentTarget.value)}>
      <option value="">{t('label.all')}</option>
      {(store.hello.value?.channels ?? []).map((c) => <option key={c.label} value={c.label}>{c.label}</option>)}
    </select></label>
    {labels.value.length > 0 && <div class="course" tabIndex={0}><table><tbody>{labels.value.map((l, i) => <tr key={`${l.sample}${l.label}${l.by}`}>
      <td><button class="bare" onClick={() => { close(); void seek(l.sample + rate); }}>{duration(l.sample / rate)}{l.end_sample !== null && ` – ${duration(l.end_sample / rate)}`}</button></td>
      <td>{t(`label.${l.label}`)}</td><td>{l.channel ?? ''}</td><td>{l.by}</td><td>{l.utc.slice(0, 16).replace('T', ' ')}</td>
      <td><button aria-label={t('label.undo')} title={t('label.undo')} onClick={() => unlabel(i)}>×</button></td></tr>)}</tbody></table></div>}
    <div class="row"><button onClick={close}>{t('do.close')}</button></div>
  </Frame>;
}

export function ReplayMore() {
  return <Frame title={t('do.more')} wide>
    <div class="choices more">
      <button data-first onClick={() => { dialog.value = { kind: 'files' }; }}>{t('files.title')}</button>
      <button onClick={() => { dialog.value = { kind: 'course' }; }}>{t('course.title')}</button>
      <button onClick={() => { dialog.value = { kind: 'map' }; }}>{t('map.short')}</button>
      <button onClick={() => { dialog.value = { kind: 'history' }; }}>{t('history.title')}</button>
      {!blind.value && <button onClick={() => { dialog.value = { kind: 'what_if' }; }}>{t('do.what_if')}</button>}
      <button onClick={() => { dialog.value = { kind: 'who' }; }}>{t('do.who')}</button>
      <button onClick={() => { dialog.value = { kind: 'help' }; }}>{t('do.help')}</button>
    </div>
    <div class="row"><button class="main" onClick={close}>{t('do.close')}</button></div>
  </Frame>;
}
