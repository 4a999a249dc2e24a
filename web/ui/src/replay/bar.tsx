// SPDX-License-Identifier: Apache-2.0
// Under a replayed case: the whole case on one strip, and what one does with it.
import { act, dialog, store } from '../app';
import { t } from '../i18n/i18n';
import { duration } from '../i18n/format';
import { blind, result } from '../learn/training';
import { Control } from '../ui/actions';
import { Icon } from '../ui/glyph';
import { JUMPS, type Jump } from './jump';
import { Scrub } from './scrub';
import { alarmSound, cycleLoop, jump, jumpKind, loopFrom, position, SPEEDS, step, togglePlay } from './steer';

function Transport() {
  const replay = store.status.value?.replay ?? null;
  return <div class="group">
    <button aria-label={t('replay.back')} title={t('replay.back')} onClick={() => step(-1)}><Icon name="back" /></button>
    <button class="main" onClick={togglePlay}><Icon name={replay?.playing ? 'freeze' : 'play'} />{t(replay?.playing ? 'replay.pause' : 'replay.play')}</button>
    <button aria-label={t('replay.forward')} title={t('replay.forward')} onClick={() => step(1)}><Icon name="forward" /></button>
  </div>;
}

function Jumps() {
  return <div class="group">
    <button aria-label={t('replay.jump_back')} title={t('replay.jump_back')} onClick={() => jump(-1)}><Icon name="skip_back" /></button>
    <select aria-label={t('replay.jump')} value={jumpKind.value} onChange={(e) => { jumpKind.value = e.currentTarget.value as Jump; }}>
      {JUMPS.map((k) => <option key={k} value={k}>{t(`jump.${k}`)}</option>)}
    </select>
    <button aria-label={t('replay.jump_next')} title={t('replay.jump_next')} onClick={() => jump(1)}><Icon name="skip" /></button>
  </div>;
}

function Speed() {
  const speed = store.status.value?.replay?.speed ?? 1;
  return <select class="replay-speed" aria-label={t('replay.speed')} value={String(speed)} onChange={(e) => void act({ op: 'replay_speed', speed: Number(e.currentTarget.value) })}>
    {SPEEDS.map((s) => <option key={s} value={String(s)}>{s}×</option>)}
  </select>;
}

function Loop() {
  const loop = store.status.value?.replay?.loop ?? null;
  const word = loop ? 'replay.loop_off' : loopFrom.value !== null ? 'replay.loop_b' : 'replay.loop_a';
  return <button aria-pressed={loop !== null} title={t(word)} onClick={cycleLoop}>{t(word)}</button>;
}

export function ReplayBar() {
  const replay = store.status.value?.replay ?? null;
  const rate = store.hello.value?.rate_hz ?? 1;
  if (replay === null) return <nav class="actions replay-bar" />;
  const share = replay.length > 0 ? Math.floor((100 * (replay.indexed ?? 0)) / replay.length) : 0;
  return <nav class="actions replay-bar">
    <Scrub />
    <div class="replay-row">
      <Transport />
      <span class="replay-time">{duration(position() / rate)} / {duration(replay.length / rate)}</span>
      <Speed />
      {!blind.value && <><Jumps /><Loop /></>}
      {!replay.complete && <span class="replay-reading" role="status">{t('replay.reading_share', { percent: share })}</span>}
      <span class="spring" />
      <div class="group">
        {!blind.value && <><button class="narrow-off" onClick={() => { dialog.value = { kind: 'what_if' }; }}>{t('do.what_if')}</button>
          <button onClick={() => { dialog.value = { kind: 'label' }; }}><Icon name="mark" />{t('label.title')}</button>
          <button onClick={() => { dialog.value = { kind: result.value === null ? 'training' : 'result' }; }}>{t(result.value === null ? 'training.short' : 'training.result')}</button></>}
        <button onClick={() => { dialog.value = { kind: 'replay_more' }; }}>{t('do.more')}</button>
      </div>
      {!blind.value && <button aria-pressed={alarmSound.value} title={t('replay.sound')} onClick={() => { alarmSound.value = !alarmSound.value; }}><Icon name="speaker" />{t(alarmSound.value ? 'replay.sound_on' : 'replay.sound_off')}</button>}
      <button class="narrow-off" aria-label={t('do.help')} onClick={() => { dialog.value = { kind: 'help' }; }}>?</button>
      <Control />
    </div>
  </nav>;
}
