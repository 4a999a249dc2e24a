// SPDX-License-Identifier: Apache-2.0
// A case begins: who, which side, which branch first, with which montage, which channels are bad, and what
// is different from the last case. Bad channels are switched off by marks, with the reason.
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { act, ask, dialog, mark, store } from '../app';
import { t } from '../i18n/i18n';
import type { Key } from '../i18n/en';
import type { BranchInfo } from '../protocol/messages';

interface Profile { name: string; channels?: number; branches?: string[]; mistake?: string }
interface LastCase { case: string | null; differences: { key: string; from: string; to: string }[] }

export const OFF_REASONS: Key[] = ['off.loose', 'off.noisy', 'off.place', 'off.bridged'];

// What is filled in so far: looking at the set-up in between loses nothing.
const draft = signal<{ name: string; side: 'left' | 'right' | null; branch: string | null; off: [string, string][] }>(
  { name: '', side: null, branch: null, off: [] });
const change = (part: Partial<typeof draft.value>): void => { draft.value = { ...draft.value, ...part }; };

async function begin(): Promise<void> {
  const { name, side, branch, off } = draft.value;
  dialog.value = null;
  if (!await act({ op: 'case_start', name: name.trim() })) return;
  if (side !== null) await mark(`note=side ${side}`);
  if (branch !== null) await mark(`branch=${branch}`);
  for (const [label, reason] of off) await mark(`channel_off=${label} ${reason}`);
  draft.value = { name: '', side: null, branch: null, off: [] };
}

// The other side's channel that must stay silent. It is a part of the montage: as all of it, it changes between cases.
function ControlChoice({ branch, several }: { branch: BranchInfo; several: boolean }) {
  const channels = store.hello.value?.channels ?? [];
  const free = channels.filter((_, i) => i !== branch.direct && !branch.lateral.includes(i));
  const now = branch.control === undefined ? '' : channels[branch.control]?.label ?? '';
  return <label class="control-choice">{t('case.control')}{several && ` · ${branch.name}`}
    <select value={now} onChange={(e) => void act({ op: 'set', key: `branch.${branch.name}.control`, value: e.currentTarget.value })}>
      <option value="">{t('case.no_control')}</option>
      {free.map((c) => <option key={c.label} value={c.label}>{c.label}{c.side === null || c.side === undefined ? '' : ` (${t(c.side === 'left' ? 'side.left' : 'side.right')})`}</option>)}
    </select></label>;
}

function Montage() {
  const [profiles, setProfiles] = useState<Profile[]>([]);
  const [name, setName] = useState('');
  const hello = store.hello.value;
  const look = (): void => void ask({ op: 'profiles' }).then((reply) => { if (Array.isArray(reply.result)) setProfiles(reply.result as Profile[]); });
  useEffect(look, []);
  const keep = (): void => void act({ op: 'profile_keep', name: name.trim() }).then((ok) => { if (ok) { setName(''); look(); } });
  return <>
    <p>{(hello?.channels ?? []).map((c) => c.label).join(', ')}<br />
      {(hello?.branches ?? []).map((b) => `${b.name}: ${b.direct === null ? '–' : hello?.channels[b.direct]?.label} → ${b.lateral.map((i) => hello?.channels[i]?.label).join(', ')}`).join(' · ')}</p>
    {(hello?.branches ?? []).map((b) => <ControlChoice key={b.name} branch={b} several={(hello?.branches.length ?? 0) > 1} />)}
    <div class="pair">
      <select aria-label={t('case.profile')} value="" onChange={(e) => void act({ op: 'profile_use', name: e.currentTarget.value })}>
        <option value="">{t(profiles.length === 0 ? 'case.no_profiles' : 'case.profile')}</option>
        {profiles.map((p) => <option key={p.name} value={p.name} disabled={p.mistake !== undefined}>{p.name}{p.mistake !== undefined ? ` – ${p.mistake}` : ` – ${(p.branches ?? []).join(', ')}`}</option>)}
      </select>
      <input aria-label={t('case.keep_as')} placeholder={t('case.keep_as')} value={name} maxLength={60} onInput={(e) => setName(e.currentTarget.value)} />
      <button disabled={name.trim() === ''} onClick={keep}>{t('do.save')}</button>
    </div>
  </>;
}

function OffChoice({ label, onDone }: { label: string; onDone: (reason: string | null) => void }) {
  const [own, setOwn] = useState('');
  return <div class="choices off-choice"><b>{label}</b>
    {OFF_REASONS.map((key) => <button key={key} onClick={() => onDone(t(key))}>{t(key)}</button>)}
    <input aria-label={t('off.other')} placeholder={t('off.other')} maxLength={80} value={own} onInput={(e) => setOwn(e.currentTarget.value)}
      onKeyDown={(e) => { if (e.key === 'Enter' && own.trim() !== '') onDone(own.trim()); }} />
    <button disabled={own.trim() === ''} onClick={() => onDone(own.trim())}>{t('do.ok')}</button>
  </div>;
}

function BadChannels() {
  const [asking, setAsking] = useState<string | null>(null);
  const off = new Map(draft.value.off);
  return <>
    <div class="choices">{(store.hello.value?.channels ?? []).map((c) => <button key={c.label} aria-pressed={off.has(c.label)}
      onClick={() => { if (off.has(c.label)) change({ off: draft.value.off.filter(([l]) => l !== c.label) }); else setAsking(c.label); }}>
      {c.label}{off.has(c.label) && ` – ${off.get(c.label)}`}</button>)}</div>
    {asking !== null && <OffChoice label={asking} onDone={(reason) => {
      if (reason !== null) change({ off: [...draft.value.off, [asking, reason]] });
      setAsking(null);
    }} />}
  </>;
}

function Differences() {
  const [last, setLast] = useState<LastCase | null>(null);
  const tag = store.hello.value?.source_tag;
  useEffect(() => void ask({ op: 'case_last' }).then((reply) => { if (reply.ok) setLast(reply.result as LastCase); }), [tag]);
  if (last === null) return null;
  if (last.case === null) return <p class="quiet">{t('case.no_last')}</p>;
  if (last.differences.length === 0) return <p class="quiet">{t('case.same', { name: last.case })}</p>;
  return <><p class="quiet">{t('case.differs', { name: last.case })}</p>
    <table class="differences"><tbody>{last.differences.map((d) => <tr key={d.key}><th scope="row">{d.key}</th><td>{d.from === '' ? '–' : d.from}</td><td>→</td><td>{d.to === '' ? '–' : d.to}</td></tr>)}</tbody></table></>;
}

export function CaseStart() {
  const { name, side, branch } = draft.value;
  const branches = store.hello.value?.branches ?? [];
  const ready = name.trim() !== '';
  return <div class="case-start">
    <label>{t('do.case_name')}<input data-first value={name} maxLength={60} onInput={(e) => change({ name: e.currentTarget.value })}
      onKeyDown={(e) => { if (e.key === 'Enter' && ready) void begin(); }} /></label>
    <div class="case-pair">
      <section><h3>{t('case.side')}</h3><div class="choices">{(['left', 'right'] as const).map((s) =>
        <button key={s} aria-pressed={side === s} onClick={() => change({ side: side === s ? null : s })}>{t(`case.${s}`)}</button>)}</div></section>
      {branches.length > 0 && <section><h3>{t('case.branch')}</h3><div class="choices">{branches.map((b, i) =>
        <button key={b.name} aria-pressed={(branch ?? branches[0]?.name) === b.name} onClick={() => change({ branch: i === 0 ? null : b.name })}>{b.name}</button>)}</div></section>}
    </div>
    <section><h3>{t('case.montage')}</h3><Montage /></section>
    <section><h3>{t('case.bad')}</h3><BadChannels /></section>
    <section><h3>{t('case.last')}</h3><Differences /></section>
    <div class="row">
      <button onClick={() => { dialog.value = { kind: 'setup' }; }}>{t('do.setup')}</button>
      <span class="spring" />
      <button onClick={() => { dialog.value = null; }}>{t('do.cancel')}</button>
      <button class="main" disabled={!ready} onClick={() => void begin()}>{t('do.case_start')}</button>
    </div>
  </div>;
}

// During a case: one channel, off with a reason or on again.
export function ChannelOff({ label }: { label: string }) {
  const reason = store.off.value.get(label);
  const close = (): void => { dialog.value = null; };
  if (reason !== undefined) return <><p>{t('off.is', { reason })}</p><p>{t('off.back')}</p><div class="row">
    <button onClick={close}>{t('do.cancel')}</button>
    <button class="main" data-first onClick={() => { close(); void mark(`channel_on=${label}`); }}>{t('off.on')}</button></div></>;
  return <><p>{t('off.text')}</p><OffChoice label={label} onDone={(why) => { close(); if (why !== null) void mark(`channel_off=${label} ${why}`); }} />
    <div class="row"><button onClick={close}>{t('do.cancel')}</button></div></>;
}
