// SPDX-License-Identifier: Apache-2.0
// The wall: is the response there, and can one believe it? Read from three metres in half a second.
import { dialog, store, verdict } from '../app';
import { t } from '../i18n/i18n';
import { microvolts, percent } from '../i18n/format';
import type { Check } from '../protocol/messages';
import { arcMinute, viewHeight } from './display';
import { AlarmBar } from './alarm_bar';
import { Emg } from './emg';
import { CheckList, Count, GaugeBar, holds, isUndelivered } from './evidence';
import { NoMontage } from './first_run';
import { CheckMark } from './glyph';
import { StatusLine } from './status_line';
import { Overlay, OverlayLegend, sweepChannels, type SweepChannel } from './sweeps';
import { Verdict } from './verdict';
import { TrainingPanel } from '../learn/panel';
import { blind } from '../learn/blind';

// In arc minutes of height, as wall.css lays it out. Below TIGHT secondary words go, below TINY all but
// those checks that do not hold.
const TIGHT = 690;
const TINY = 540;
const AROUND = 350; // everything but the body
const AROUND_TIGHT = 292;
const HEAD = 32;
const CHECK_HEAD = 44;
const CHECK_ROW = 33;
const WAVE_ROW = 66;
const BAR_ROW = 46;
// Whether the signal can be believed at all; the other checks are about the endpoint.
const SIGNAL = new Set(['stimulus', 'm_wave', 'electrodes', 'cautery', 'direct']);

export interface Groups { signal: Check[]; endpoint: Check[] }

// The required checks, in two groups. That a branch has a direct channel is only worth a line when it has none.
export function groupsOf(checks: readonly Check[]): Groups {
  const required = checks.filter((c) => c.required && !(c.id === 'direct' && c.ok));
  return { signal: required.filter((c) => SIGNAL.has(c.id)), endpoint: required.filter((c) => !SIGNAL.has(c.id)) };
}

export interface WallRoom { tight: boolean; tiny: boolean; waves: boolean; allChecks: boolean }

// What fits on so many arc minutes of height with so many rows of evidence and of checks.
export function wallRoom(minutes: number, rows: number, checkRows: number): WallRoom {
  const tight = minutes < TIGHT;
  const tiny = minutes < TINY;
  const body = minutes - (tight ? AROUND_TIGHT : AROUND);
  const checks = CHECK_HEAD + checkRows * CHECK_ROW;
  return { tight, tiny, waves: !tight && HEAD + rows * WAVE_ROW + checks <= body, allChecks: !tiny && rows * BAR_ROW + checks <= body };
}

function TrustLine({ name, checks }: { name: 'signal' | 'endpoint'; checks: Check[] }) {
  const held = checks.filter((c) => holds(c)).length;
  return <div>
    <CheckMark ok={held === checks.length} share={held / checks.length} />
    <span>{t(`group.${name}`)}</span>
    <b>{held}/{checks.length}</b>
  </div>;
}

function Trust() {
  const groups = groupsOf(verdict.value?.evidence?.checks ?? []);
  if (store.dead.value || groups.signal.length === 0 || groups.endpoint.length === 0) return null;
  return <div class="trust"><TrustLine name="signal" checks={groups.signal} /><TrustLine name="endpoint" checks={groups.endpoint} /></div>;
}

function Row({ label, channel, now, baseline, uv, waves }: { label: string; channel: SweepChannel; now: number | null;
  baseline: number | null; uv: boolean; waves: boolean }) {
  const share = now === null || baseline === null || baseline <= 0 ? null : now / baseline;
  return <li class="lsr-row">
    <span class="lsr-label">{label}</span>
    {waves && <Overlay channel={channel} bare={true} />}
    <div class="lsr-now">
      {!waves && <GaugeBar share={share} />}
      <b>{percent(share)}</b>
      <span>{uv ? t('evidence.of', { now: microvolts(now), baseline: microvolts(baseline) }) : ''}</span>
      {waves && <GaugeBar share={share} />}
    </div>
  </li>;
}

function Rows({ channels, waves }: { channels: SweepChannel[]; waves: boolean }) {
  const v = verdict.value;
  const e = v?.evidence ?? null;
  const dead = store.dead.value;
  const unassessed = dead || v?.state === 'withheld' || v?.state === 'setup';
  return <ul class={`lsr-rows ${waves ? '' : 'bars'}`}>
    {channels.map((c) => {
      const amounts = c.role === 'lsr' ? e?.channels.find((x) => x.channel === c.label) : undefined;
      const common = { key: `${c.role}${c.label}`, channel: c, waves };
      return c.role === 'direct'
        ? <Row {...common} label={t('evidence.direct')} uv={false} now={dead || isUndelivered(v) ? null : e?.m_ratio ?? null} baseline={1} />
        : <Row {...common} label={c.label} uv={true} now={unassessed ? null : amounts?.now_uv ?? null} baseline={amounts?.baseline_uv ?? null} />;
    })}
  </ul>;
}

function WallChecks({ all }: { all: boolean }) {
  const groups = groupsOf(verdict.value?.evidence?.checks ?? []);
  if (!all) {
    return <CheckList checks={[...groups.signal, ...groups.endpoint].filter((c) => !holds(c))} short={true} />;
  }
  return <div class="groups">
    <div><h2>{t('group.signal')}</h2><CheckList checks={groups.signal} short={true} /></div>
    <div><h2>{t('group.endpoint')}</h2><CheckList checks={groups.endpoint} short={true} />
      <Count evidence={verdict.value?.evidence ?? null} /></div>
  </div>;
}

export function Wall() {
  const minutes = viewHeight.value / arcMinute.value;
  const channels = sweepChannels(true);
  const groups = groupsOf(verdict.value?.evidence?.checks ?? []);
  const room = wallRoom(minutes, channels.length, Math.max(groups.signal.length, groups.endpoint.length + 1));
  // A display too small for its distance shows fewer muscles rather than smaller words.
  const most = Math.max(3, Math.min(16, Math.floor((viewHeight.value * 0.46) / (arcMinute.value * 30))));
  return <main class={`view wall ${room.tight ? 'tight' : ''} ${room.tiny ? 'tiny' : ''}`}>
    <AlarmBar controls={false} brief={room.tiny} />
    <StatusLine wall={true} />
    {blind.value ? <TrainingPanel /> : <Verdict controls={false} aside={room.tiny ? null : <Trust />} />}
    <div class="wall-body">
      <Emg id="main" controls={false} columnPx={columnPx} windowS={5} most={most} />
      {store.hello.value?.branches.length === 0 ? <section class="panel evidence" aria-label={t('panel.evidence')}><NoMontage /></section>
        : <section class="panel evidence" aria-label={t('panel.evidence')}>
          <div class="panel-head"><h2>{t('panel.lsr')}</h2><OverlayLegend /></div>
          <Rows channels={channels} waves={room.waves} />
          <WallChecks all={room.allChecks} />
        </section>}
    </div>
    <p class="research">{t('status.research')}</p>
    <button class="wall-size" aria-label={t('wall.size')} onClick={() => { dialog.value = { kind: 'display' }; }} />
  </main>;
}

const columnPx = (dpr: number): number => Math.max(2, Math.round(arcMinute.value * 1.4 * dpr));
