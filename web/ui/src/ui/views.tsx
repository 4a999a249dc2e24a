// SPDX-License-Identifier: Apache-2.0
// Which panels stand where: wall, desk, tablet, phone.
import { useEffect } from 'preact/hooks';
import { signal } from '@preact/signals';
import { dialog, store, verdict } from '../app';
import { t } from '../i18n/i18n';
import { ReplayBar } from '../replay/bar';
import { LiveCase } from '../replay/live_notice';
import { TrainingPanel } from '../learn/panel';
import { blind } from '../learn/blind';
import { Actions, Control, Phases } from './actions';
import { AlarmBar } from './alarm_bar';
import { Dialogs, SoundGate, Toast } from './dialogs';
import { Emg } from './emg';
import { Checks, Count, Gauges } from './evidence';
import { Events } from './events';
import { NoMontage } from './first_run';
import { Measured } from './measured';
import { StatusLine } from './status_line';
import { Overlay, OverlayLegend, sweepChannels, Waterfall } from './sweeps';
import { Trend } from './trend';
import { Verdict } from './verdict';
import { Wall } from './wall';

export type View = 'wall' | 'desk' | 'tablet' | 'phone';
export const view = signal<View>('desk');
const tab = signal(0);

const desk = (dpr: number): number => Math.max(1, Math.round(dpr));

function ReplayFrame() {
  return store.hello.value?.kind === 'replay' ? <><div class="replay-frame" aria-hidden="true" /><div class="replay-word" aria-hidden="true">{t('status.replay')}</div></> : null;
}

function EvidenceHead() {
  const isLive = store.hello.value?.kind === 'live'; // a recorded baseline stands
  return <div class="panel-head"><h2>{t('panel.lsr')}</h2>
    {isLive && <button class="bare" onClick={() => { dialog.value = { kind: 'baseline' }; }}>{t('mark.baseline')}</button>}<OverlayLegend /></div>;
}

function EvidencePanel({ short }: { short: boolean }) {
  const channels = sweepChannels(true);
  if (store.hello.value?.branches.length === 0) return <section class="panel evidence" aria-label={t('panel.evidence')}><NoMontage /></section>;
  return <section class="panel evidence" aria-label={t('panel.evidence')}>
    <EvidenceHead />
    <div class="evidence-body">
      <div class="evidence-left">
        <div class="overlays">{channels.slice(0, 3).map((c) => <Overlay key={c.label} channel={c} />)}</div>
        <Gauges />
      </div>
      <div class="evidence-right">
        <div class="count-line"><h2>{t('panel.checks')}</h2><Count evidence={verdict.value?.evidence ?? null} /></div>
        <Checks short={short} only="all" />
      </div>
    </div>
  </section>;
}

function Sweeps() {
  const channels = sweepChannels(true, true);
  const control = channels[channels.length - 1]?.role === 'control' ? 1 : 0;
  const shown = [...channels.slice(0, Math.min(4, channels.length - control)), ...(control === 1 ? channels.slice(-1) : [])];
  return <section class="panel sweeps" aria-label={t('panel.waterfall')}>
    <div class="panel-head"><h2>{t('panel.waterfall')}</h2><span class="legend">
      <i class="key-box present" />{t('waterfall.present')}<i class="key-box absent" />{t('waterfall.absent')}<i class="key-box invalid hatch" />{t('waterfall.invalid')}</span></div>
    <div class="waterfalls">{shown.map((c) => <Waterfall key={`${c.role}${c.label}`} channel={c} />)}</div>
  </section>;
}

function Desk() {
  return <main class="view desk">
    <AlarmBar controls={true} />
    <StatusLine wall={false} />
    <div class="desk-left">
      <Emg id="main" controls={true} columnPx={desk} windowS={null} />
      <Trend />
      <Measured />
    </div>
    <div class="desk-right">
      {blind.value ? <TrainingPanel /> : <Verdict controls={true} />}
      <EvidencePanel short={false} />
      <div class="desk-lower"><Sweeps /><Events /></div>
    </div>
    <Actions />
  </main>;
}

function Tablet() {
  const names = ['panel.evidence', 'panel.waterfall', 'panel.trend_short', 'panel.events'] as const;
  const now = tab.value;
  const replay = store.hello.value?.kind === 'replay'; // its bar takes the room of the advisory checks
  return <main class="view tablet">
    <AlarmBar controls={true} />
    <StatusLine wall={false} />
    {blind.value ? <TrainingPanel /> : <Verdict controls={true} />}
    <div class="tablet-body">
      <Emg id="main" controls={false} columnPx={desk} windowS={5} most={8} />
      <div class="tablet-side">
        <div class="tabs" role="tablist">{names.map((name, i) => <button key={name} role="tab" aria-selected={i === now} onClick={() => { tab.value = i; }}>{t(name)}</button>)}</div>
        {now === 0 && store.hello.value?.branches.length === 0 && <section class="panel evidence"><NoMontage /></section>}
        {now === 0 && store.hello.value?.branches.length !== 0 && <section class="panel evidence"><div class="overlays">{sweepChannels(false).slice(0, 2).map((c) => <Overlay key={c.label} channel={c} />)}</div><Gauges /><div class="count-line"><h2>{t('panel.checks')}</h2><Count evidence={verdict.value?.evidence ?? null} /></div><Checks short={true} only={replay ? 'required' : 'all'} /></section>}
        {now === 1 && <Sweeps />}
        {now === 2 && <Trend compact />}
        {now === 3 && <Events />}
      </div>
    </div>
    {replay ? <ReplayBar /> : <nav class="actions">
      <Phases />
      <button onClick={() => { dialog.value = { kind: 'note' }; }}>{t('mark.note')}</button>
      <button onClick={() => { dialog.value = { kind: 'intensity' }; }}>{t('mark.intensity')}</button>
      <button onClick={() => { dialog.value = { kind: 'more' }; }}>{t('do.more')}</button>
      <span class="spring" />
      <Control />
    </nav>}
  </main>;
}

function Phone() {
  return <main class="view phone">
    <AlarmBar controls={false} brief />
    <StatusLine wall={true} />
    {blind.value ? <TrainingPanel /> : <Verdict controls={false} />}
    {store.hello.value?.branches.length !== 0 && <section class="panel evidence"><Gauges /><div class="count-line"><h2>{t('panel.checks')}</h2><Count evidence={verdict.value?.evidence ?? null} /></div><Checks short={true} only="required" /></section>}
    <Emg id="main" controls={false} columnPx={desk} windowS={5} most={4} />
    <p class="research">{t('status.research')}</p>
    <SoundGate />
  </main>;
}

// The first picture is one line: the whole page takes a slow machine a second, and the drawing thread starts
// sooner ahead of it.
const whole = signal(false);

export function Page() {
  const now = view.value;
  useEffect(() => { requestAnimationFrame(() => setTimeout(() => { whole.value = true; })); }, []);
  if (!whole.value) return <p class="opening">{t('cause.start')}</p>;
  return <>
    {now === 'wall' ? <Wall /> : now === 'desk' ? <Desk /> : now === 'tablet' ? <Tablet /> : <Phone />}
    <ReplayFrame />
    <LiveCase />
    <Dialogs />
    <Toast />
  </>;
}
