// SPDX-License-Identifier: Apache-2.0
// The state in one sentence. Never a success, never an urging: criteria, and who agreed.
import type { ComponentChildren } from 'preact';
import { dialog, store, timeText, verdict } from '../app';
import { t, tCode } from '../i18n/i18n';
import { percent } from '../i18n/format';
import type { BranchVerdict } from '../protocol/messages';
import type { Key } from '../i18n/en';
import { checkValue } from './evidence';
import { StateGlyph } from './glyph';

// The largest share of its baseline that any channel of the branch still has.
export function worstShare(v: BranchVerdict): number | null {
  let worst: number | null = null;
  for (const c of v.evidence?.channels ?? []) {
    if (c.now_uv === null || c.baseline_uv === null || c.baseline_uv <= 0) continue;
    worst = Math.max(worst ?? 0, c.now_uv / c.baseline_uv);
  }
  return worst;
}

// What is waited for, with how far it has come.
function waited(v: BranchVerdict, id: string): string {
  const check = v.evidence?.checks.find((c) => c.id === id);
  return `${tCode('short', id)} ${check === undefined ? '' : checkValue(check, true)}`.trimEnd();
}

// Who agreed or refused, and when: the newest such mark.
function decision(text: string): { name: string; time: string } {
  const list = store.events.value;
  for (let i = list.length - 1; i >= 0; i--) {
    const f = list[i]?.f;
    if (f?.type === 'mark' && f.text === text) return { name: f.by ?? '--', time: timeText(f.sample) };
  }
  return { name: '--', time: '--' };
}

// The second line says who confirmed or rejected, so the first need not.
function headline(v: BranchVerdict): string {
  return v.state === 'confirmed' || v.state === 'rejected' ? t(`head.${v.state}`) : t(`state.${v.state}`);
}

// A baseline rests on so many valid sweeps; one that is not there by then is unstable.
const BASELINE_SWEEPS = 20;

export function sentence(v: BranchVerdict): string {
  const e = v.evidence;
  switch (v.state) {
    case 'baseline': {
      const counts = { valid: e?.valid ?? 0, responses: e?.responses ?? 0 };
      return counts.valid < BASELINE_SWEEPS ? t('say.baseline', { ...counts, limit: BASELINE_SWEEPS }) : t('say.baseline.unstable', counts);
    }
    case 'not_elicited': return (e?.responses ?? 0) > 0 ? t('say.not_elicited.seldom', { responses: e?.responses ?? 0 }) : t('say.not_elicited');
    case 'present': return t('say.present', { percent: percent(worstShare(v)) });
    case 'attenuated': return t('say.attenuated', { percent: percent(worstShare(v)) });
    case 'absent': {
      const waits = v.waits_for.length > 0 ? v.waits_for : [];
      return waits.length === 0 ? t('say.absent.none')
        : t('say.absent', { waits: waits.map((id) => waited(v, id)).join(t('language.name') === '中文' ? '、' : ', ') });
    }
    case 'withheld': return t('say.withheld', { reason: v.reason === null ? '' : tCode('because', v.reason) });
    case 'recurred': return t('say.recurred', { responses: e?.responses ?? '--' });
    case 'confirmed': return t('say.confirmed', decision('confirm'));
    case 'rejected': return t('say.rejected', decision('reject'));
    default: return t(`say.${v.state}` as Key);
  }
}

export function Verdict({ controls, aside }: { controls: boolean; aside?: ComponentChildren }) {
  const v = verdict.value;
  const hello = store.hello.value;
  const dead = store.dead.value;
  if (hello !== null && hello.branches.length === 0) {
    return <section class="verdict setup unset"><StateGlyph state={null} /><div class="verdict-text"><h1>{t('evidence.none')}</h1><p>{t('setup.no_branch')}</p></div></section>;
  }
  if (v === null || dead) {
    return <section class="verdict unknown hatch"><StateGlyph state={null} />
      <div class="verdict-text"><h1>{t('unit.none')}</h1><p>{t('say.unknown')}</p></div></section>;
  }
  const several = (hello?.branches.length ?? 0) > 1;
  const live = controls && hello?.kind !== 'replay'; // what was recorded is not decided again
  return <section class={`verdict ${v.state}`} aria-live="polite">
    <StateGlyph state={v.state} />
    <div class="verdict-text">
      <h1>{headline(v)}</h1>
      <p>{several && <b>{v.branch} · </b>}{sentence(v)}</p>
    </div>
    {aside}
    {live && v.state === 'reached' && <div class="verdict-actions">
      <button class="main" onClick={() => { dialog.value = { kind: 'confirm' }; }}>{t('do.confirm')}</button>
      <button onClick={() => { dialog.value = { kind: 'reject' }; }}>{t('do.reject')}</button>
    </div>}
    {live && v.state === 'not_elicited' && <div class="verdict-actions">
      <button onClick={() => { dialog.value = { kind: 'baseline' }; }}>{t('mark.baseline')}</button>
    </div>}
  </section>;
}
