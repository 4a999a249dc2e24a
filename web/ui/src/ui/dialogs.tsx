// SPDX-License-Identifier: Apache-2.0
// Everything that asks before it acts.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { act, annunciator, dialog, mark, setToken, store, timeText, toast, type Dialog } from '../app';
import { settings } from '../settings';
import { refusalText, t, tCode } from '../i18n/i18n';
import type { Key } from '../i18n/en';
import { LabelDialog, ReplayMore } from '../replay/dialogs';
import { Files } from '../replay/files';
import { MapChannels } from '../replay/map';
import { Course, History, LessonPage, TrainingResult, TrainingStart } from '../learn/dialogs';
import { newest, type Said } from '../store/said';
import { MoreActions } from './actions';
import { AlarmLog } from './alarm_log';
import { CaseStart, ChannelOff } from './case_dialog';
import { markText } from './events';
import { Setup } from './setup';
import { SpeakerPanel } from './loudspeaker';
import { SweepDetail } from './sweep_detail';
import { Thresholds } from './thresholds';
import { WhatIf } from './what_if';

const STANDING = 3; // marks of a kind that are offered; older ones are in the events
const close = (): void => { dialog.value = null; };

export function Frame({ title, wide, children, onClose }: { title: string; wide?: boolean; children: ComponentChildren; onClose?: () => void }) {
  const ref = useRef<HTMLDivElement>(null);
  const shut = onClose ?? close;
  // At once, not after the next frame: a key pressed in between would go nowhere.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const box = ref.current;
    (box?.querySelector<HTMLElement>('[data-first]:not(:disabled)') ?? box?.querySelector<HTMLElement>('input, button:not(:disabled)') ?? box)?.focus();
    return () => before?.focus();
  }, []);
  // Tab goes round inside, because what is behind is covered.
  const keys = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') shut();
    if (event.key !== 'Tab') return;
    const stops = [...(ref.current?.querySelectorAll<HTMLElement>('button:not(:disabled), input, select, [tabindex="0"]') ?? [])];
    const first = stops[0];
    const last = stops[stops.length - 1];
    if (first === undefined || last === undefined) return;
    if (event.shiftKey && document.activeElement === first) { last.focus(); event.preventDefault(); }
    if (!event.shiftKey && document.activeElement === last) { first.focus(); event.preventDefault(); }
  };
  return <div class="dialog-back" onClick={(e) => { if (e.target === e.currentTarget) shut(); }}>
    <div class={`dialog ${wide ? 'wide' : ''}`} role="dialog" aria-modal="true" aria-label={title} tabIndex={-1} ref={ref} onKeyDown={keys}>
      <h2>{title}</h2>{children}
    </div>
  </div>;
}

function Buttons({ ok, onOk, danger }: { ok: string; onOk: () => void; danger?: boolean }) {
  return <div class="row">
    <button onClick={close}>{t('do.cancel')}</button>
    <button class={danger ? '' : 'main'} onClick={() => { onOk(); }}>{ok}</button>
  </div>;
}

// Acts and closes; a failure is shown by the toast and the dialogue has gone.
function finish(text: string): void {
  close();
  void mark(text);
}

// What stands of these marks, each with the way to take it back.
function Standing({ marks }: { marks: readonly Said[] }) {
  if (marks.length === 0) return null;
  return <div class="standing"><p>{t('take_back.standing')}</p>{marks.slice(-STANDING).map((m) => <div key={m.sample} class="pair">
    <span>{saidText(m)}</span>
    <button onClick={() => { dialog.value = { kind: 'take_back', mark: m }; }}>{t('take_back.title')}</button></div>)}</div>;
}

function saidText(m: Said): string {
  return [markText(m.value === '' ? m.key : `${m.key}=${m.value}`), timeText(m.sample), m.by ?? ''].filter((x) => x !== '').join(' · ');
}

function TakeBack({ mark: m }: { mark: Said }) {
  return <Frame title={t('take_back.title')}>
    <p><b>{saidText(m)}</b></p><p>{t('take_back.text')}</p>
    <Buttons ok={t('take_back.title')} onOk={() => finish(`undo=${m.sample}`)} />
  </Frame>;
}

function PhaseDialog({ phase }: { phase: string }) {
  const send = (s: number): void => finish(`phase=${phase}${s === 0 ? '' : ` since=-${s}s`}`);
  return <Frame title={tCode('phase', phase)}>
    <p>{t('do.since')}</p>
    <div class="choices">
      <button class="main" data-first onClick={() => send(0)}>{t('do.since_now')}</button>
      {[10, 20, 30, 60, 120].map((s) => <button key={s} onClick={() => send(s)}>{t('do.since_s', { s })}</button>)}
    </div>
    <Standing marks={store.said.value.filter((m) => m.key === 'phase' && m.value.split(' ')[0] === phase)} />
    <div class="row"><button onClick={close}>{t('do.cancel')}</button></div>
  </Frame>;
}

function TextDialog({ title, hint, initial, ok, onOk, kind = 'text', choices, standing }: { title: string; hint: string; initial?: string; ok: string;
  onOk: (value: string) => void; kind?: string; choices?: string[]; standing?: string }) {
  const [value, setValue] = useState(initial ?? '');
  const submit = (): void => { if (value.trim() !== '') onOk(value.trim()); };
  return <Frame title={title}>
    <label>{hint}
      <input data-first type={kind} value={value} maxLength={160} {...(kind === 'number' ? { min: 0, step: 'any' } : {})}
        onInput={(e) => setValue(e.currentTarget.value)} onKeyDown={(e) => { if (e.key === 'Enter') submit(); }} />
    </label>
    {choices !== undefined && <div class="choices">{choices.map((c) => <button key={c} onClick={() => onOk(c)}>{c}</button>)}</div>}
    {standing !== undefined && <Standing marks={store.said.value.filter((m) => m.key === standing)} />}
    <Buttons ok={ok} onOk={submit} />
  </Frame>;
}

function Decide({ kind }: { kind: 'confirm' | 'reject' }) {
  const name = settings.name.value || '--';
  return <Frame title={t(kind === 'confirm' ? 'do.confirm' : 'do.reject')}>
    <p>{t(kind === 'confirm' ? 'do.confirm_text' : 'do.reject_text')}</p>
    <Buttons ok={t(kind === 'confirm' ? 'do.confirm_sure' : 'do.reject_sure', { name })} onOk={() => finish(kind)} />
  </Frame>;
}

const HELP: [string, Key][] = [['Space', 'help.space'], ['← →', 'help.arrows'], ['+ −', 'help.plus'], ['[ ]', 'help.brackets'], ['↑ ↓ Enter', 'help.rows'],
  ['1 2 3', 'help.phases'], ['N', 'help.n'], ['I', 'help.i'], ['A', 'help.a'], ['P', 'help.p'], ['C', 'help.c'], ['S', 'help.s'], ['H', 'help.h'], ['L', 'help.l'],
  ['W', 'help.w'], ['?', 'help.question'], ['Esc', 'help.escape']];

const LIVE_ONLY = new Set(['Space', '← →', '1 2 3', 'N', 'I']);
const REPLAY_HELP: [string, Key][] = [['Space', 'help.replay_space'], ['← →', 'help.replay_arrows'], ['Shift ← →', 'help.replay_shift'],
  ['Home End', 'help.replay_ends'], ['< >', 'help.replay_speed'], [', .', 'help.replay_jump'], ['J', 'help.replay_kind'], ['B', 'help.replay_loop'],
  ['S', 'help.replay_sound'], ['M', 'help.replay_label'], ['1 – 4', 'help.replay_labels'], ['T', 'help.replay_training'], ['1 – 5', 'help.replay_answers']];

function Help() {
  const replay = store.hello.value?.kind === 'replay';
  return <Frame title={t('help.title')}>
    <table><tbody>{[...HELP.filter(([key]) => !replay || !LIVE_ONLY.has(key)), ...(replay ? REPLAY_HELP : [])].map(([key, text]) => <tr key={key}><td><kbd>{key}</kbd></td><td>{t(text)}</td></tr>)}</tbody></table>
    <p>{t('status.research')}</p>
    <div class="row"><button class="main" onClick={close}>{t('do.close')}</button></div>
  </Frame>;
}

function listens(to: number | null | undefined): string {
  if (to === null || to === undefined) return '';
  const what = to < 0 ? t('speaker.loudest') : (store.hello.value?.channels[to]?.label ?? '');
  return ` · ${t('who.listens', { what })}`;
}

function Who() {
  const displays = store.status.value?.displays ?? [];
  const sounder = store.status.value?.sounder;
  return <Frame title={t('who.title')} wide>
    {!displays.some((d) => d.audio === 'on') && sounder !== 'ok' && <p><b>{t('who.silent')}</b></p>}
    {sounder !== null && sounder !== undefined && <p>{t('sounder.title')}: <b>{t(`sounder.${sounder}`)}</b></p>}
    <table>
      <thead><tr><th>{t('do.who')}</th><th>{t('who.role')}</th><th>{t('audio.on')}</th><td /></tr></thead>
      <tbody>{displays.map((d, i) => <tr key={i}>
        <td>{d.name}{store.status.value?.control === d.name && ` · ${t('status.control')}`}</td><td>{tCode('role', d.role)}</td>
        <td>{d.audio === 'on' ? t('audio.on') : d.audio === 'blocked' ? t('audio.blocked') : t('audio.off')}{listens(d.listens)}</td>
        <td>{d.visible ? (d.painted_age_ms === null || store.dead.value ? '' : t('who.painted', { ms: d.painted_age_ms })) : t('who.hidden')}</td>
      </tr>)}</tbody>
    </table>
    <div class="row"><button onClick={() => { dialog.value = { kind: 'alarm_log' }; }}>{t('log.title')}</button><button class="main" onClick={close}>{t('do.close')}</button></div>
  </Frame>;
}

function DisplaySize() {
  const [diagonal, setDiagonal] = useState(String(settings.diagonal.value));
  const [distance, setDistance] = useState(String(settings.distance.value));
  return <Frame title={t('wall.size')}>
    <label>{t('wall.diagonal')}<input data-first type="number" min={5} max={200} value={diagonal} onInput={(e) => setDiagonal(e.currentTarget.value)} /></label>
    <label>{t('wall.distance')}<input type="number" min={0.2} max={20} step="0.1" value={distance} onInput={(e) => setDistance(e.currentTarget.value)} /></label>
    <Buttons ok={t('do.save')} onOk={() => {
      const a = Number(diagonal);
      const b = Number(distance);
      if (a >= 5 && a <= 200) settings.diagonal.value = a;
      if (b >= 0.2 && b <= 20) settings.distance.value = b;
      close();
    }} />
  </Frame>;
}

function body(d: Dialog) {
  switch (d.kind) {
    case 'phase': return <PhaseDialog phase={d.phase} />;
    case 'note': return <TextDialog title={t('do.note')} hint={t('do.note_hint')} ok={t('do.save')} onOk={(v) => finish(`note=${v}`)} />;
    case 'intensity': return <TextDialog title={t('mark.intensity')} hint={t('do.intensity')} kind="number" standing="intensity" ok={t('do.save')}
      initial={(newest(store.said.value, 'intensity') ?? '').replace('mA', '')} onOk={(v) => finish(`intensity=${v}mA`)} />;
    case 'tof': return <TextDialog title={t('mark.tof')} hint={t('do.tof')} kind="number" standing="tof" ok={t('do.save')} choices={['0', '1', '2', '3', '4']}
      onOk={(v) => finish(`tof=${v}`)} />;
    case 'take_back': return <TakeBack mark={d.mark} />;
    case 'case_start': return <Frame title={t('do.case_start')} wide><CaseStart /></Frame>;
    case 'channel_off': return <Frame title={t('off.title', { label: d.label })}><ChannelOff label={d.label} /></Frame>;
    case 'case_end': return <Frame title={t('do.case_end')}><p>{t('do.case_end_text')}</p>
      <Buttons ok={t('do.case_end')} onOk={() => { close(); void act({ op: 'case_end' }); }} /></Frame>;
    case 'baseline': return <Frame title={t('mark.baseline')}><p>{t('do.baseline_text')}</p>
      <Buttons ok={t('mark.baseline')} onOk={() => finish('baseline=take')} /></Frame>;
    case 'confirm': return <Decide kind="confirm" />;
    case 'reject': return <Decide kind="reject" />;
    case 'take_from': return <Frame title={t('do.take_control')}>
      <p>{t('do.take_from', { name: store.control.value.holder ?? '' })}</p>
      <Buttons ok={t('do.take_control')} onOk={() => {
        close();
        void act({ op: 'control_take' }).then((ok) => { if (ok && d.then !== null) void act(d.then); });
      }} /></Frame>;
    case 'audio_off': return <Frame title={t('audio.off')}><p>{t('audio.sure')}</p>
      <Buttons ok={t('audio.off')} danger onOk={() => { close(); void act({ op: 'audio_off' }); }} /></Frame>;
    case 'name': return <TextDialog title={t('do.name')} hint={t('do.name_hint')} ok={t('do.save')} onOk={(name) => {
      settings.name.value = name;
      close();
      if (d.then !== null) void act(d.then);
    }} />;
    case 'help': return <Help />;
    case 'sweep': return <Frame title={d.channel.label} wide><SweepDetail channel={d.channel} stimulus={d.stimulus} />
      <div class="row"><button class="main" data-first onClick={close}>{t('do.close')}</button></div></Frame>;
    case 'more': return <Frame title={t('do.more')} wide><MoreActions /><div class="row"><button class="main" onClick={close}>{t('do.close')}</button></div></Frame>;
    case 'who': return <Who />;
    case 'alarm_log': return <Frame title={t('log.title')} wide><AlarmLog /><div class="row"><button class="main" data-first onClick={close}>{t('do.close')}</button></div></Frame>;
    case 'speaker': return <Frame title={t('speaker.title')} wide><SpeakerPanel /><div class="row"><button class="main" onClick={close}>{t('do.close')}</button></div></Frame>;
    case 'display': return <DisplaySize />;
    case 'thresholds': return <Frame title={t('thresholds.title')} wide><Thresholds onClose={close} /></Frame>;
    case 'what_if': return <Frame title={t('what_if.title')} wide><WhatIf onClose={close} /></Frame>;
    case 'label': return <LabelDialog />;
    case 'replay_more': return <ReplayMore />;
    case 'training': return <TrainingStart />;
    case 'result': return <TrainingResult />;
    case 'course': return <Course />;
    case 'lesson': return <LessonPage number={d.lesson} />;
    case 'history': return <History />;
    case 'files': return <Files />;
    case 'map': return <MapChannels />;
    case 'setup': return <Frame title={t('setup.title')} wide><Setup onClose={close} /></Frame>;
  }
}

export function Dialogs() {
  if (store.needToken.value) {
    return <TextDialog title={t('do.token')} hint={t('do.token_text')} ok={t('do.ok')} kind="password" onOk={setToken} />;
  }
  const d = dialog.value;
  return d === null ? null : body(d);
}

export function Toast() {
  const text = toast.value;
  useEffect(() => {
    if (text === null) return;
    const timer = setTimeout(() => { toast.value = null; }, 6000);
    return () => clearTimeout(timer);
  }, [text]);
  if (text === null) return null;
  return <div class="toast" role="status"><span>{text === '' ? t('do.not_confirmed') : refusalText(text)}</span>
    <button class="bare" aria-label={t('do.close')} onClick={() => { toast.value = null; }}>×</button></div>;
}

export function SoundGate() {
  return annunciator.state.value === 'blocked'
    ? <button class="sound-gate" onClick={() => void annunciator.enable()}>{t('audio.enable')}</button> : null;
}
