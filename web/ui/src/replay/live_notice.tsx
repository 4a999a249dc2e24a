// SPDX-License-Identifier: Apache-2.0
// A live case always wins: its alarm lies over the replay, whatever is shown or asked there.
import { computed, effect, signal } from '@preact/signals';
import { annunciator, store } from '../app';
import { t, tCode } from '../i18n/i18n';
import { duration } from '../i18n/format';
import type { Alarm } from '../protocol/messages';
import { AGAIN_MS, STARS } from '../ui/alarm_bar';
import { Bell } from '../ui/glyph';
import { nowMs } from '../worker_messages';
import { keyOf, liveUrl, soundingLive, worstLive } from './live_case';

const live = computed(() => store.status.value?.live ?? []);

// Losses that somebody here has seen, and when; they come again as the server's alarms do.
const seenAt = signal<ReadonlyMap<string, number>>(new Map());
effect(() => {
  const lost = new Set(live.value.filter((l) => l.lost).map((l) => keyOf(l.notice)));
  const kept = [...seenAt.peek()].filter(([key]) => lost.has(key));
  if (kept.length !== seenAt.peek().size) seenAt.value = new Map(kept);
});
const seen = computed<ReadonlySet<string>>(() => {
  void store.status.value; // time goes on with it
  return new Set([...seenAt.value].filter(([, at]) => nowMs() - at < AGAIN_MS).map(([key]) => key));
});

export const shownLive = computed(() => worstLive(live.value, seen.value));
export const liveSounds = computed<Alarm[]>(() => soundingLive(live.value, seen.value));

function see(key: string): void { seenAt.value = new Map([...seenAt.peek(), [key, nowMs()]]); }

function detailOf(alarm: Alarm, lost: boolean): string {
  if (store.dead.value) return t('live.unknown');
  if (lost) return t('live.lost_todo');
  return alarm.state === 'acknowledged' ? t('live.seen') : alarm.state === 'latched' ? t('live.over') : tCode('todo', alarm.id);
}

export function LiveCase() {
  const shown = shownLive.value;
  if (shown === null) return null;
  const { alarm, notice, lost } = shown;
  const quiet = !lost && notice.audio !== 'on';
  const active = alarm.state === 'active';
  const where = [alarm.channel, alarm.branch].filter((x) => x !== null && x !== '*').join(' · ');
  const age = lost || store.dead.value || !active ? null : ((store.status.value?.utc_ms ?? alarm.raised_utc_ms) - alarm.raised_utc_ms) / 1000;
  const url = liveUrl(notice, location.hostname);
  return <section class={`live-case alarm ${alarm.priority} ${alarm.state} ${active && !quiet ? 'flash' : ''}`} role="alert" aria-label={t('live.word')}>
    <b class="live-word">{t('live.word')}{notice.site !== '' && ` · ${notice.site}`}{notice.source === 'patient' && ` · ${t('live.simulated')}`}</b>
    <Bell crossed={alarm.state === 'acknowledged' || quiet} dashed={notice.audio === 'paused' && active} />
    <span class="alarm-stars">{STARS[alarm.priority]}</span>
    <span class="alarm-name">{lost ? t('live.lost') : tCode('alarm', alarm.id)}{where !== '' && <b class="alarm-where"> {where}</b>}</span>
    <span class="alarm-detail">{detailOf(alarm, lost)}</span>
    {age !== null && <span class="alarm-age">{duration(Math.max(0, age))}</span>}
    {shown.more > 0 && <span class="alarm-more">{t('alarm.more', { n: shown.more })}</span>}
    <span class="live-do">
      {active && annunciator.state.value !== 'on' && <button class="sound-on" onClick={() => void annunciator.enable()}>{t('audio.enable')}</button>}
      {lost && active && <button class="acknowledge" onClick={() => see(shown.key)}>{t('alarm.acknowledge')}</button>}
      {url === null ? <span>{t('live.elsewhere', { port: notice.port })}</span> : <a class="live-go" href={`${url}${location.pathname.slice(1)}`}>{t('live.go')}</a>}
    </span>
  </section>;
}
