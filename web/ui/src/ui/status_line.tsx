// SPDX-License-Identifier: Apache-2.0
// One line: is this live, is it recorded, does the stimulator work, who holds control.
import { store, timeText } from '../app';
import { language, t } from '../i18n/i18n';
import { clock, duration, hertz } from '../i18n/format';
import { SpeakerButton } from './loudspeaker';

// Eight places round a ring; the lit one moves on only with samples that were really painted.
function LiveDot() {
  const rate = store.hello.value?.rate_hz ?? 1;
  const sample = store.tick.value?.paintedSample ?? 0;
  const at = Math.floor((sample * 5) / rate) % 8;
  return <svg class="live-dot" viewBox="0 0 24 24" aria-hidden="true">
    {Array.from({ length: 8 }, (_, i) => {
      const angle = (i / 8) * 2 * Math.PI - Math.PI / 2;
      return <circle key={i} cx={12 + 8 * Math.cos(angle)} cy={12 + 8 * Math.sin(angle)} r={i === at ? 3.4 : 1.6} class={i === at ? 'lit' : 'unlit'} />;
    })}
  </svg>;
}

export function Freshness() {
  const fresh = store.fresh.value;
  const tick = store.tick.value;
  const name = fresh.freshness === 'none'
    ? (fresh.since === null || tick === null ? t('fresh.none') : t('fresh.since', { time: clock(sinceUtc(fresh.since)) }))
    : fresh.freshness === 'live' && store.hello.value?.kind === 'replay' ? t('fresh.playing') : t(`fresh.${fresh.freshness}`);
  return <span class={`fresh ${fresh.freshness}`} role="status">
    {fresh.freshness === 'live' || fresh.freshness === 'late' ? <LiveDot /> : <span class="still-dot" />}
    <b>{name}</b>
    {fresh.freshness === 'late' && fresh.ageMs !== null && <span class="fresh-age">{t('status.age', { ms: Math.round(fresh.ageMs / 10) * 10 })}</span>}
  </span>;
}

// A time of this machine's clock, told on the server's wall clock.
export function sinceUtc(local: number): number | null {
  const status = store.status.value;
  const tick = store.tick.value;
  if (status === null || tick === null) return null;
  return status.utc_ms + (local + tick.offset - status.mono_ms);
}

// A case is called what a person called it. A directory's own name is a time with a place behind it: the place, and the day.
export function caseTitle(info: { name: string | null; title?: string | null }): string {
  if (info.title) return info.title;
  const made = /^(\d{4}-\d{2}-\d{2})T\d{6}Z(?:-(.+))?$/.exec(info.name ?? '');
  return made === null ? info.name ?? '' : [made[2], made[1]].filter((x) => x !== undefined).join(' · ');
}

export function StatusLine({ wall }: { wall: boolean }) {
  const hello = store.hello.value;
  const status = store.status.value;
  const stim = store.stimulation.value;
  const control = store.control.value;
  const info = status?.case ?? hello?.case ?? null;
  const dead = store.dead.value;
  const phase = store.phase.value;
  const replay = hello?.kind === 'replay';
  return <header class="status-line">
    {replay && <span class="replay-mark">{t('status.replay')}</span>}
    <Freshness />
    <span class="clock">{dead ? '--:--:--' : replay ? timeText(status?.newest_sample ?? 0) : clock(status?.utc_ms)}</span>
    {info !== null && !replay && (info.recording === 'yes'
      ? <span class="recording">{!dead && <i class="rec-dot" />}{t('status.recording', { time: dead ? '--' : duration(info.samples / (hello?.rate_hz ?? 1)) })}</span>
      : <span class="not-recording">{t(info.recording === 'stopped' ? 'status.stopped' : 'status.not_recording')}</span>)}
    {info?.open && info.name !== null && <span class="case-name" title={info.name}>{wall ? '' : `${t('status.case')} `}{caseTitle(info)}</span>}
    <span class="phase">{phase !== null && phase in PHASE_KEYS ? t(PHASE_KEYS[phase as keyof typeof PHASE_KEYS]) : t('phase.none')}</span>
    <span class={`stim ${stim.delivered === false && !dead ? 'bad' : ''}`}>
      {status?.stimulation === 'off' && !dead ? t('status.stim_off')
        : <>{t('status.stimulation')} {dead || stim.rateHz === null ? '--' : hertz(stim.rateHz)}{stim.delivered === false && !dead && ` · ${t('status.not_delivered')}`}</>}
    </span>
    {!dead && (status?.lost_samples ?? 0) > 0 && <span class="lost">{t('status.lost', { n: status?.lost_samples ?? 0 })}</span>}
    <span class="spring" />
    {hello?.source === 'patient' && <span class="simulated">{t('status.simulated')}</span>}
    {status?.sounder === 'broken' && !dead && <span class="not-recording">{t('sounder.broken_short')}</span>}
    {!wall && <SpeakerButton />}
    {!wall && <span class="control">{t('status.control')}: {dead ? '--' : control.yours ? t('status.you') : (control.holder ?? t('status.nobody'))}</span>}
    {!wall && store.fresh.value.ageMs !== null && <span class="age">{t('status.age', { ms: Math.round(store.fresh.value.ageMs) })}</span>}
    {!wall && <button class="bare language" onClick={() => { language.value = language.value === 'en' ? 'zh' : 'en'; }}
      lang={language.value === 'en' ? 'zh-CN' : 'en'}>{t('language.other')}</button>}
  </header>;
}

const PHASE_KEYS = { dura_open: 'phase.dura_open', decompressed: 'phase.decompressed', closing: 'phase.closing' } as const;
