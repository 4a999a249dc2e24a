// SPDX-License-Identifier: Apache-2.0
// The row of buttons: phases, marks, the case, control. What takes a number or a name opens a dialogue.
import { act, dialog, mark, store } from '../app';
import { t } from '../i18n/i18n';
import { PHASES } from '../protocol/codes';
import { newest } from '../store/said';
import { ReplayBar } from '../replay/bar';
import { Icon } from './glyph';

export function Phases() {
  const phase = store.phase.value;
  return <div class="group phases" role="group" aria-label={t('mark.phase')}>
    {PHASES.map((p) => <button key={p} aria-pressed={phase === p} onClick={() => { dialog.value = { kind: 'phase', phase: p }; }}>{t(`phase.${p}`)}</button>)}
  </div>;
}

export function Control() {
  const control = store.control.value;
  if (control.yours) return <button aria-pressed={true} onClick={() => void act({ op: 'control_release' })}><Icon name="hand" />{t('do.release_control')}</button>;
  return <button onClick={() => {
    if (control.holder === null) void act({ op: 'control_take' });
    else dialog.value = { kind: 'take_from', then: null };
  }}><Icon name="hand" />{t('do.take_control')}</button>;
}

export function Actions() {
  const status = store.status.value;
  const off = status?.stimulation === 'off';
  const open = status?.case.open ?? false;
  const replay = store.hello.value?.kind === 'replay';
  const intensity = newest(store.said.value, 'intensity');
  const tof = newest(store.said.value, 'tof');
  if (replay) return <ReplayBar />;
  return <nav class="actions">
    <Phases />
    <div class="group">
      <button onClick={() => { dialog.value = { kind: 'note' }; }}>{t('mark.note')}</button>
      <button onClick={() => { dialog.value = { kind: 'intensity' }; }}>{t('mark.intensity')}{intensity !== undefined && <b> {intensity}</b>}</button>
      <button onClick={() => { dialog.value = { kind: 'tof' }; }}>TOF{tof !== undefined && <b> {tof}</b>}</button>
      <button onClick={() => void mark('relaxant')}>{t('mark.relaxant')}</button>
      <button onClick={() => void mark('anaesthetic')}>{t('mark.anaesthetic')}</button>
      <button aria-pressed={off} onClick={() => void mark(`stimulation=${off ? 'on' : 'off'}`)}>{t(off ? 'do.stim_on' : 'do.stim_off')}</button>
    </div>
    <span class="spring" />
    <div class="group">
      <button onClick={() => { dialog.value = { kind: 'setup' }; }}>{t('do.setup')}</button>
      <button onClick={() => { dialog.value = { kind: 'thresholds' }; }}>{t('do.thresholds')}</button>
      <button onClick={() => { dialog.value = { kind: 'who' }; }}>{t('do.who')}</button>
      <button aria-label={t('do.help')} onClick={() => { dialog.value = { kind: 'help' }; }}>?</button>
    </div>
    <div class="group">
      <Control />
      {open ? <button onClick={() => { dialog.value = { kind: 'case_end' }; }}>{t('do.case_end')}</button>
        : <>{store.lastCase.value !== null && <button onClick={() => { dialog.value = { kind: 'files' }; }}>{t('files.report')}</button>}
          <button class="main" onClick={() => { dialog.value = { kind: 'case_start' }; }}>{t('do.case_start')}</button></>}
    </div>
  </nav>;
}

// What does not fit on the tablet's row.
export function MoreActions() {
  const off = store.status.value?.stimulation === 'off';
  const open = store.status.value?.case.open ?? false;
  const then = (text: string): void => { dialog.value = null; void mark(text); };
  return <div class="choices more">
    <button onClick={() => { dialog.value = { kind: 'tof' }; }}>{t('mark.tof')}</button>
    <button onClick={() => then('relaxant')}>{t('mark.relaxant')}</button>
    <button onClick={() => then('anaesthetic')}>{t('mark.anaesthetic')}</button>
    <button onClick={() => then(`stimulation=${off ? 'on' : 'off'}`)}>{t(off ? 'do.stim_on' : 'do.stim_off')}</button>
    <button onClick={() => { dialog.value = { kind: 'baseline' }; }}>{t('mark.baseline')}</button>
    <button onClick={() => { dialog.value = { kind: 'setup' }; }}>{t('do.setup')}</button>
    <button onClick={() => { dialog.value = { kind: 'thresholds' }; }}>{t('do.thresholds')}</button>
    <button onClick={() => { dialog.value = { kind: 'who' }; }}>{t('do.who')}</button>
    {!open && store.lastCase.value !== null && <button onClick={() => { dialog.value = { kind: 'files' }; }}>{t('files.report')}</button>}
    <button onClick={() => { dialog.value = open ? { kind: 'case_end' } : { kind: 'case_start' }; }}>{t(open ? 'do.case_end' : 'do.case_start')}</button>
  </div>;
}
