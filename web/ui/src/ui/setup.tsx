// SPDX-License-Identifier: Apache-2.0
// Before the case: what each channel delivers, with a verdict, and what is missing in words.
import { useEffect, useState } from 'preact/hooks';
import { mark, measure, store } from '../app';
import { muscleName, t } from '../i18n/i18n';
import type { Key } from '../i18n/en';
import { microvolts } from '../i18n/format';
import { sweepKey } from '../store/store';

const FLAT_UV = 0.4;
const NOISY_UV = 60;
const LOOK_S = 0.02;
const SLICES = 40;

// The median of short stretches' peak-to-peak: one stimulus or burst among them does not change it.
export function quietLevel(spans: readonly number[]): number | null {
  const sorted = [...spans].sort((a, b) => a - b);
  return sorted.length === 0 ? null : (sorted[Math.floor(sorted.length / 2)] ?? null);
}

export function verdictOf(noiseUv: number | null): Key {
  if (noiseUv === null) return 'setup.unknown';
  if (noiseUv < FLAT_UV) return 'setup.flat';
  return noiseUv > NOISY_UV ? 'setup.noisy' : 'setup.good';
}

async function noise(): Promise<(number | null)[]> {
  const rate = store.hello.value?.rate_hz ?? 1;
  const end = store.tick.value?.endSample ?? 0;
  const slices = await Promise.all(Array.from({ length: SLICES }, (_, i) => {
    const from = end - (i + 1) * 2 * LOOK_S * rate;
    return measure(from, from + LOOK_S * rate);
  }));
  const channels = store.hello.value?.channels.length ?? 0;
  return Array.from({ length: channels }, (_, c) => {
    const spans: number[] = [];
    for (const slice of slices) {
      const extent = slice[c];
      if (extent) spans.push(extent.max - extent.min);
    }
    return quietLevel(spans);
  });
}

function missing(): Key[] {
  const out: Key[] = [];
  const hello = store.hello.value;
  if (store.status.value?.acquisition === 'none') out.push('setup.no_device');
  if (hello !== null && hello.branches.length === 0) out.push('setup.no_branch');
  if (hello !== null && store.stimulation.value.lastSample === null) out.push('setup.no_trigger');
  return out;
}

export function Setup({ onClose }: { onClose: () => void }) {
  const [levels, setLevels] = useState<(number | null)[]>([]);
  useEffect(() => {
    const look = (): void => { void noise().then(setLevels); };
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, []);
  const hello = store.hello.value;
  const gaps = missing();
  void store.sweepsVersion.value;
  const m = (channel: number): string => {
    for (const [b] of (hello?.branches ?? []).entries()) {
      const list = store.sweeps.get(sweepKey(b, channel, 'direct'));
      const last = list?.[list.length - 1];
      if (last !== undefined) return `${microvolts(last.amplitudeUv)} µV`;
    }
    return '';
  };
  return <>
    {gaps.length > 0 && <div class="missing"><h3>{t('setup.missing')}</h3>{gaps.map((key) => <p key={key}>{t(key)}</p>)}</div>}
    <table>
      <thead><tr><th /><th /><th>{t('setup.noise')}</th><th>{t('setup.m_wave')}</th><th>{t('setup.verdict')}</th></tr></thead>
      <tbody>{(hello?.channels ?? []).map((c, i) => <tr key={c.label}>
        <td><b>{c.label}</b></td><td>{muscleName(c.muscle)}</td><td>{microvolts(levels[i] ?? null)} µV</td><td>{m(i)}</td>
        <td><b>{t(verdictOf(levels[i] ?? null))}</b></td></tr>)}</tbody>
    </table>
    <div class="row">
      <button onClick={() => { onClose(); void mark('note=set-up check skipped'); }}>{t('setup.skip')}</button>
      <button class="main" data-first onClick={() => { onClose(); void mark('note=set-up checked'); }}>{t('setup.finish')}</button>
    </div>
  </>;
}
