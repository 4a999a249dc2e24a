// SPDX-License-Identifier: Apache-2.0
// What the verdict rests on: amplitudes against baseline, every check with value and limit.
import { store, verdict } from '../app';
import { t, tCode } from '../i18n/i18n';
import { microvolts, NONE, percent } from '../i18n/format';
import type { BranchVerdict, Check, Evidence } from '../protocol/messages';
import { CheckMark } from './glyph';

// value against limit in the check's own unit; '' where the check has no number.
export function checkValue(c: Check, short: boolean): string {
  if (c.value === null) return '';
  const limit = c.limit;
  switch (c.id) {
    case 'm_wave': return limit === null || short ? percent(c.value) : t('check.least', { value: percent(c.value), limit: percent(limit) });
    case 'stimulus': return c.value === 0 ? '' : t('check.missed', { value: c.value });
    case 'hold': return `${Math.floor(c.value)}/${limit ?? NONE} s`;
    case 'sweeps': return `${Math.floor(c.value)}/${limit ?? NONE}`;
    case 'branches': return limit === 0 ? '' : limit === null ? String(c.value) : `${c.value}/${limit}`;
    case 'intensity': return limit === null || short ? `${c.value} mA` : t('check.over', { value: c.value, limit: `${limit} mA` });
    case 'train_of_four': return limit === null || short ? String(c.value) : t('check.least', { value: c.value, limit });
    case 'anaesthetic': return limit === null || short ? `${Math.floor(c.value)} min` : t('check.least', { value: Math.floor(c.value), limit: `${limit} min` });
    case 'cautery': return c.ok ? '' : `${Math.floor(c.value)}/${limit ?? NONE} s`;
    default: return limit === null ? String(c.value) : `${c.value}/${limit}`;
  }
}

function shareOf(c: Check): number | null {
  return c.value === null || c.limit === null || c.limit <= 0 ? null : c.value / c.limit;
}

// Whether nothing proves that a stimulus arrives: then there is no M wave to speak of, whatever the last one was.
export function isUndelivered(v: BranchVerdict | null): boolean {
  return v?.state === 'withheld' && ['stimulus', 'stimulation', 'acquisition'].includes(v.reason ?? '');
}

// Whether the check has something to say now.
function isKnown(c: Check): boolean {
  return !store.dead.value && !(c.id === 'm_wave' && isUndelivered(verdict.value));
}

export function holds(c: Check): boolean { return c.ok && isKnown(c); }

export function CheckList({ checks, short }: { checks: readonly Check[]; short: boolean }) {
  return <ul class="checks">
    {checks.map((c) => <li key={c.id} class={`${holds(c) ? 'ok' : 'waits'} ${c.required ? '' : 'advisory'}`}>
      <CheckMark ok={holds(c)} share={isKnown(c) ? shareOf(c) : null} />
      <span class="check-name">{tCode(short ? 'short' : 'check', c.id)}{!c.required && !short && <i class="advisory-word"> {t('check.advisory')}</i>}</span>
      <span class="check-value">{isKnown(c) ? checkValue(c, short) : NONE}</span>
      <span class="hidden-text">{t(holds(c) ? 'check.holds' : 'check.waits')}</span>
    </li>)}
  </ul>;
}

export function Checks({ short, only }: { short: boolean; only: 'required' | 'all' }) {
  const checks = (verdict.value?.evidence?.checks ?? []).filter((c) => only === 'all' || c.required);
  return <CheckList checks={[...checks.filter((c) => c.required), ...checks.filter((c) => !c.required)]} short={short} />;
}

// The baseline is the whole track, half of it is marked, the fill is what is there now.
export function GaugeBar({ share }: { share: number | null }) {
  return <svg class="gauge-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <rect x="0" y="0" width="100" height="10" class="track" />
    {share !== null && <rect x="0" y="0" width={Math.max(0.6, Math.min(1, share) * 100)} height="10" class="fill" />}
    <rect x="49.8" y="0" width="0.4" height="10" class="half" />
  </svg>;
}

export function Gauge({ label, now, baseline, unit }: { label: string; now: number | null; baseline: number | null; unit: 'uv' | 'ratio' }) {
  const share = now === null || baseline === null || baseline <= 0 ? null : now / baseline;
  return <div class="gauge">
    <span class="gauge-label">{label}</span>
    <GaugeBar share={share} />
    <span class="gauge-share">{percent(share)}</span>
    {unit === 'uv' && <span class="gauge-value">{t('evidence.of', { now: microvolts(now), baseline: microvolts(baseline) })}</span>}
  </div>;
}

export function Gauges() {
  const v = verdict.value;
  const dead = store.dead.value;
  const e = v?.evidence ?? null;
  // Where nothing can be assessed, a small amplitude would read as a lost response.
  const unassessed = v?.state === 'withheld' || v?.state === 'setup';
  return <div class="gauges">
    {(e?.channels ?? []).map((c) => <Gauge key={c.channel} label={c.channel} unit="uv" now={dead || unassessed ? null : c.now_uv} baseline={c.baseline_uv} />)}
    {e !== null && <Gauge label={t('evidence.direct')} unit="ratio" now={dead || isUndelivered(v) ? null : e.m_ratio} baseline={1} />}
  </div>;
}

// `0/60 (< 5 %)`: responses among the counted sweeps, and the upper bound that this leaves.
export function Count({ evidence }: { evidence: Evidence | null }) {
  const v = verdict.value;
  const dead = store.dead.value;
  if (evidence === null || v === null || dead) return <span class="count">{NONE}</span>;
  if (v.state === 'withheld' || v.state === 'setup' || v.state === 'baseline') return <span class="count">{NONE}</span>;
  if (v.state === 'present' && evidence.responses === 0) return <span class="count">{NONE}</span>; // none yet since the baseline
  const counting = ['absent', 'reached', 'confirmed', 'rejected', 'early_loss'].includes(v.state);
  if (!counting) return <span class="count">{t('evidence.last10', { n: evidence.responses })}</span>;
  return <span class="count"><b>0/{evidence.valid}</b> {evidence.bound_95 !== null && `(${t('evidence.bound', { percent: percent(Math.ceil(evidence.bound_95 * 100) / 100) })})`}</span>;
}
