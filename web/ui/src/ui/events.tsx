// SPDX-License-Identifier: Apache-2.0
// What happened, newest on top; each entry leads to its signal.
import { signal } from '@preact/signals';
import { dialog, store, timeText } from '../app';
import { t, tCode } from '../i18n/i18n';
import { duration, microvolts } from '../i18n/format';
import type { Finding } from '../protocol/messages';
import { canBeTakenBack, keyAndValue, type Said } from '../store/said';
import type { EventEntry } from '../store/store';
import { Icon, type IconName } from './glyph';
import { showSignal } from './look_back';

type Group = 'marks' | 'emg' | 'artifacts' | 'alarms' | 'endpoint';
const GROUPS: Group[] = ['endpoint', 'alarms', 'emg', 'marks', 'artifacts'];
const SHOWN = 250;
const off = signal<ReadonlySet<Group>>(new Set());

function groupOf(f: Finding): Group | null {
  switch (f.type) {
    case 'mark': return 'marks';
    case 'emg_event': return f.kind === 'spike' ? null : 'emg';
    case 'artifact': return 'artifacts';
    case 'alarm': return 'alarms';
    case 'endpoint': return 'endpoint';
    default: return null;
  }
}

const ICON: Record<Group, IconName> = { marks: 'mark', emg: 'emg', artifacts: 'artifact', alarms: 'alarm', endpoint: 'endpoint' };

export function markText(text: string): string {
  const [key, value] = keyAndValue(text);
  if (key === 'phase') return tCode('phase', value.split(' ')[0] ?? value);
  if (key === 'note') return value;
  if (key === 'stimulation') return t(value === 'off' ? 'do.stim_off' : 'do.stim_on');
  if (key === 'ack') return `${t('mark.ack')}: ${tCode('alarm', value)}`;
  const name = tCode('mark', key);
  if (key === 'case' || key === 'device' || key === 'recording') return `${name}: ${tCode(`mark.${key}`, value)}`;
  const change = key === 'set' ? /^([^=]+)=(.*) was=(.*)$/.exec(value) : null;
  if (change) return `${name}: ${change[1]} ${change[3]} → ${change[2]}`;
  return value === '' ? name : `${name}: ${value}`;
}

// What it names, in words.
function undoText(sample: number): string {
  const named = store.events.peek().map((e) => e.f).find((f) => f.type === 'mark' && f.sample === sample && canBeTakenBack(f.text));
  return `${t('mark.undo')}: ${named?.type === 'mark' ? `${markText(named.text)} ` : ''}${timeText(sample)}`;
}

function describe(f: Finding, rate: number): string {
  switch (f.type) {
    case 'mark': return f.text.startsWith('undo=') ? undoText(Number(f.text.slice(5))) : markText(f.text);
    case 'emg_event': {
      const long = ((f.end_sample - f.start_sample) / rate);
      const parts = [tCode('event', f.kind), f.channel, long >= 1 ? `${long.toFixed(1)} s` : `${Math.round(long * 1000)} ms`];
      if (f.frequency_hz !== null) parts.push(`${Math.round(f.frequency_hz)} Hz`);
      parts.push(`${microvolts(f.amplitude_uv)} µV`);
      return parts.join(' · ');
    }
    case 'artifact': return [tCode('artifact', f.kind), f.channel === '*' ? '' : f.channel, duration((f.end_sample - f.start_sample) / rate)]
      .filter((x) => x !== '').join(' · ');
    case 'alarm': return `${tCode('alarm', f.id)}${f.channel ? ` · ${f.channel}` : ''}${f.state === 'cleared' ? ` – ${t('events.cleared')}` : ''}`;
    case 'endpoint': return `${tCode('state', f.state)}${f.reason && f.reason !== 'sweeps' && f.reason !== 'checks' && f.reason !== 'baseline' ? ` · ${tCode('because', f.reason)}` : ''}`;
    default: return '';
  }
}

function sampleOf(f: Finding): number {
  if (f.type === 'emg_event' || f.type === 'artifact') return f.start_sample;
  return f.type === 'mark' ? f.sample : f.decided_sample;
}

function go(f: Finding, text: string): void {
  const from = sampleOf(f);
  showSignal({ from, to: f.type === 'emg_event' || f.type === 'artifact' ? f.end_sample : from, text });
}

// It never changes, so that signals let it be when others come. No list of made ones is kept: each would hold on to
// the whole list as it was when it was made.
function Entry({ entry }: { entry: EventEntry }) {
  const { f } = entry;
  const group = groupOf(f);
  if (group === null) return null;
  const rate = store.hello.value?.rate_hz ?? 1;
  const said: Said | undefined = f.type !== 'mark' ? undefined : store.said.value.find((s) => s.sample === f.sample && `${s.key}${s.value === '' ? '' : '='}${s.value}` === f.text);
  const undone = f.type === 'mark' && said === undefined && canBeTakenBack(f.text);
  const by = f.type === 'mark' && f.by !== null && f.by !== '' && f.by !== 'system' ? f.by : '';
  const text = describe(f, rate);
  return <li class={`event ${group} ${undone ? 'undone' : ''}`}>
    <button onClick={() => go(f, text)} title={text}>
      <time>{timeText(sampleOf(f))}</time>
      <Icon name={ICON[group]} />
      {f.type === 'alarm' && f.priority !== 'information' && f.state === 'raised' && <span class={`alarm-chip ${f.priority}`}>{t(`priority.${f.priority}`)}</span>}
      <span class="event-text">{text}</span>
      {by !== '' && <span class="event-by">{by}</span>}
    </button>
    {said !== undefined && store.hello.value?.kind !== 'replay' && <button class="bare take-back" aria-label={`${t('take_back.title')}: ${text}`} title={t('take_back.title')}
      onClick={() => { dialog.value = { kind: 'take_back', mark: said }; }}>×</button>}
  </li>;
}

export function Events() {
  const hidden = off.value;
  const all = store.events.value;
  const shown: EventEntry[] = [];
  for (let i = all.length - 1; i >= 0 && shown.length < SHOWN; i--) {
    const entry = all[i];
    if (entry === undefined) continue;
    const group = groupOf(entry.f);
    if (group !== null && !hidden.has(group)) shown.push(entry);
  }
  const toggle = (g: Group): void => {
    const next = new Set(hidden);
    if (next.has(g)) next.delete(g);
    else next.add(g);
    off.value = next;
  };
  return <section class="panel events" aria-label={t('panel.events')}>
    <div class="panel-head"><h2>{t('panel.events')}</h2>
      <span class="filters" role="group" aria-label={t('events.filter')}>
        {GROUPS.map((g) => <button key={g} class="bare" aria-pressed={!hidden.has(g)} aria-label={t(`events.${g}`)} title={t(`events.${g}`)} onClick={() => toggle(g)}><Icon name={ICON[g]} /></button>)}
      </span>
    </div>
    {shown.length === 0 ? <p class="empty">{t('events.empty')}</p>
      : <ol class="event-list" tabIndex={0}>{shown.map((entry) => <Entry key={entry.id} entry={entry} />)}</ol>}
  </section>;
}
