// SPDX-License-Identifier: Apache-2.0
// The reserved bar: empty and dark when there is no alarm, and nothing else is ever drawn in it.
import { computed, effect, signal } from '@preact/signals';
import { act, annunciator, dialog, store, timeText } from '../app';
import { t, tCode } from '../i18n/i18n';
import { clock, duration } from '../i18n/format';
import type { Cause } from '../link/stale';
import type { Alarm } from '../protocol/messages';
import { settings } from '../settings';
import { PRIORITIES, type Priority } from '../protocol/codes';
import { nowMs } from '../worker_messages';
import { Bell } from './glyph';
import { sinceUtc } from './status_line';

const ROTATE_MS = 2000;
const PAUSE_S = 120;
export const STARS: Record<Priority, string> = { information: '', low: '*', medium: '**', high: '***' };
const second = signal(0);
setInterval(() => { second.value = nowMs(); }, 500);

const REMIND_MS = 10000; // a reminder that the sound is off stands for so long

// The server counts them; one that was given before this page looked is old news.
const remindedUntil = signal(0);
let reminders: number | null = null;
effect(() => {
  const { state, reminders: now = 0 } = store.alarms.value.audio;
  if (state === 'off' && reminders !== null && now > reminders) remindedUntil.value = nowMs() + REMIND_MS;
  if (store.hello.value !== null) reminders = now;
});

const QUIET: (Cause | null)[] = ['start', 'device', 'hidden']; // nothing has broken
export const AGAIN_MS = 180000; // as the server's alarms: seen, and still true

// This display's own technical alarm: the server may be the one that died. What the server has in its own
// list is not said twice.
export const localAlarm = computed<boolean>(() => {
  const fresh = store.fresh.value;
  if (fresh.freshness !== 'none' || QUIET.includes(fresh.cause) || store.hello.value?.kind === 'replay') return false;
  return fresh.cause !== 'acquisition' || !store.alarms.value.list.some((a) => a.id === 'acquisition_lost');
});

// Nobody but this display can acknowledge it: the server may not be there.
const localSeenAt = signal<number | null>(null);
effect(() => { if (!localAlarm.value) localSeenAt.value = null; });
const localSeen = computed<boolean>(() => localSeenAt.value !== null && second.value - localSeenAt.value < AGAIN_MS);
export const localSounds = computed<boolean>(() => localAlarm.value && !localSeen.value);
function seeLocal(): void { localSeenAt.value = second.value = nowMs(); }

function localEntry(): Alarm {
  const seen = localSeen.value;
  return { key: 'display', id: 'acquisition_lost', priority: 'medium', state: seen ? 'acknowledged' : 'active', raised_sample: 0,
    raised_utc_ms: 0, cleared_utc_ms: null, channel: null, branch: null, acked_by: seen ? settings.name.value : null,
    acked_utc_ms: seen && localSeenAt.value !== null ? sinceUtc(localSeenAt.value) : null };
}

const STATE_RANK = { active: 2, acknowledged: 1, latched: 0 };

export const alarmList = computed<Alarm[]>(() => {
  const list = store.alarms.value.list.filter((a) => a.priority !== 'information');
  if (localAlarm.value) list.push(localEntry());
  const rank = (a: Alarm): number => STATE_RANK[a.state] * 10 + PRIORITIES.indexOf(a.priority);
  return list.sort((a, b) => rank(b) - rank(a) || b.raised_sample - a.raised_sample);
});

// The one that the bar shows: those of the highest rank take turns.
export const shownAlarm = computed<Alarm | null>(() => {
  const list = alarmList.value;
  const first = list[0];
  if (first === undefined) return null;
  const peers = list.filter((a) => a.state === first.state && a.priority === first.priority);
  return peers[Math.floor(second.value / ROTATE_MS) % peers.length] ?? first;
});

// Seconds: by the clock, or by the samples of a recording.
function ageOf(alarm: Alarm): number {
  const status = store.status.value;
  const hello = store.hello.value;
  const seconds = hello?.kind === 'replay' ? ((status?.newest_sample ?? 0) - alarm.raised_sample) / hello.rate_hz
    : ((status?.utc_ms ?? alarm.raised_utc_ms) - alarm.raised_utc_ms) / 1000;
  return Math.max(0, seconds);
}

function Text({ alarm }: { alarm: Alarm }) {
  const local = alarm.key === 'display';
  const where = [alarm.channel, alarm.branch].filter((x) => x !== null && x !== '*').join(' · ');
  const age = local || store.dead.value ? null : ageOf(alarm);
  const fresh = store.fresh.value;
  const detail = alarm.state === 'acknowledged'
    ? t('alarm.seen', { time: clock(alarm.acked_utc_ms), name: alarm.acked_by ?? '' })
    : alarm.state === 'latched' ? t('alarm.was', { time: timeText(alarm.raised_sample) })
    : local && fresh.cause !== null ? t(`cause.${fresh.cause}`) : tCode('todo', local ? 'display_link' : alarm.id);
  return <>
    <span class="alarm-stars">{STARS[alarm.priority]}</span>
    <span class="alarm-name">{local ? t('alarm.display_link') : tCode('alarm', alarm.id)}{where !== '' && <b class="alarm-where"> {where}</b>}</span>
    <span class="alarm-detail">{detail}</span>
    {age !== null && alarm.state === 'active' && <span class="alarm-age">{duration(age)}</span>}
  </>;
}

export function AudioState({ controls }: { controls: boolean }) {
  const audio = store.alarms.value.audio;
  const ability = annunciator.state.value;
  const until = audio.until_mono_ms;
  const tick = until === null ? null : store.tick.value;
  const left = until === null || tick === null ? null : Math.max(0, (until - (second.value + tick.offset)) / 1000);
  // This display's own alarm sounds whatever the server's was told: it may not be there.
  const paused = audio.state === 'paused' && !localSounds.value;
  const silenced = audio.state === 'off' && !localSounds.value;
  const off = silenced || ability !== 'on';
  const reminding = silenced && second.value < remindedUntil.value;
  return <div class={`audio ${reminding ? 'reminding' : ''}`}>
    <Bell crossed={paused || off} dashed={paused && !off} />
    <span class="audio-text">
      {paused ? <><span class="audio-word">{t('audio.paused')} </span>{left === null ? '' : duration(left)}</> : silenced ? t(reminding ? 'audio.reminder' : 'audio.off')
        : ability !== 'on' && !controls ? t('audio.blocked') : null}
    </span>
    {ability !== 'on' && controls && <button class="sound-on" onClick={() => void annunciator.enable()}>{t('audio.enable')}</button>}
    {controls && ability === 'on' && (audio.state === 'on'
      ? <button onClick={() => void act({ op: 'audio_pause', seconds: PAUSE_S })}>{t('audio.pause')} 2:00</button>
      : <button onClick={() => void act({ op: 'audio_resume' })}>{t('audio.resume')}</button>)}
    {controls && ability === 'on' && audio.state !== 'off' &&
      <button onClick={() => { dialog.value = { kind: 'audio_off' }; }}>{t('audio.turn_off')}</button>}
  </div>;
}

export function acknowledge(alarm: Alarm): void {
  if (alarm.key === 'display') seeLocal();
  else void act({ op: 'ack', key: alarm.key });
}

// A replay's alarms are past: told, not flashing, and nobody's to answer. brief: a display with few letters to a line.
export function AlarmBar({ controls: wanted, brief = false }: { controls: boolean; brief?: boolean }) {
  const past = store.hello.value?.kind === 'replay';
  const controls = wanted && !past;
  const alarm = shownAlarm.value;
  const list = alarmList.value;
  const paused = store.alarms.value.audio.state !== 'on';
  const flash = alarm !== null && alarm.state === 'active' && (!paused || alarm.key === 'display') && !past;
  return <section class="alarm-row" aria-label={t('alarm.region')}>
    <div class={`alarm ${alarm === null ? '' : `${alarm.priority} ${alarm.state}`} ${flash ? 'flash' : ''}`} role="alert">
      {alarm === null ? <span class="hidden-text">{t('alarm.none')}</span> : <>
        <Bell crossed={alarm.state === 'acknowledged'} dashed={false} />
        {past && <span class="alarm-more">{t('replay.recorded')}</span>}
        <Text alarm={alarm} />
        {list.length > 1 && <span class="alarm-more">{brief ? `+${list.length - 1}` : t('alarm.more', { n: list.length - 1 })}</span>}
      </>}
    </div>
    {controls && alarm !== null && alarm.state !== 'acknowledged' &&
      <button class="acknowledge" onClick={() => acknowledge(alarm)}>{t('alarm.acknowledge')}</button>}
    {!past && <AudioState controls={controls} />}
  </section>;
}
