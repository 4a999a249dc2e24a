// SPDX-License-Identifier: Apache-2.0
// Before the case: what each channel delivers, with the daemon's verdict, and what is missing in words.
// Looking or not looking is recorded.
import { useEffect, useState } from 'preact/hooks';
import { ask, mark, store } from '../app';
import { muscleName, t, tCode } from '../i18n/i18n';
import { microvolts, NONE } from '../i18n/format';
import type { QualityRow } from '../protocol/messages';
import { sweepKey, type SweepRecord } from '../store/store';
import { Missing } from './first_run';

const ASK_MS = 1000;
const LAST = 10; // stimuli that the M wave is looked for in

// How many of the newest stimuli a channel answered directly, and how large the newest answer was.
export function mWave(sweeps: readonly Pick<SweepRecord, 'valid' | 'present' | 'amplitudeUv'>[]): { found: number; of: number; uv: number | null } {
  const last = sweeps.filter((s) => s.valid).slice(-LAST);
  const newest = last[last.length - 1];
  return { found: last.filter((s) => s.present === true).length, of: last.length,
    uv: newest !== undefined && newest.present === true ? newest.amplitudeUv : null };
}

// What is said of the check in the record.
export function outcome(rows: readonly QualityRow[]): string {
  const bad = rows.filter((r) => r.verdict !== 'good');
  return bad.length === 0 ? 'set-up checked: all good' : `set-up checked: ${bad.map((r) => `${r.channel} ${r.verdict}`).join(', ')}`.slice(0, 200);
}

function useQuality(): QualityRow[] | null {
  const [rows, setRows] = useState<QualityRow[] | null>(null);
  useEffect(() => {
    const look = (): void => void ask({ op: 'quality' }).then((reply) => setRows(reply.ok ? (reply.result as QualityRow[]) : null));
    look();
    const timer = setInterval(look, ASK_MS);
    return () => clearInterval(timer);
  }, []);
  return rows;
}

function Row({ row, channel }: { row: QualityRow; channel: number }) {
  const hello = store.hello.value;
  const branch = hello?.branches.findIndex((b) => b.direct === channel || b.control === channel || b.lateral.includes(channel)) ?? -1;
  const direct = branch >= 0 && hello?.branches[branch]?.direct === channel;
  const control = branch >= 0 && hello?.branches[branch]?.control === channel;
  const m = direct ? mWave(store.sweeps.get(sweepKey(branch, channel, 'direct')) ?? []) : null;
  const stimulated = store.stimulation.value.lastSample !== null;
  const good = row.verdict === 'good' && (m === null || !stimulated || m.found * 2 >= m.of);
  const verdict = row.verdict === 'good' && !good ? 'setup.no_m' : `setup.${row.verdict}` as const;
  return <tr class={good ? '' : 'bad'}>
    <th scope="row">{row.channel}</th>
    <td>{muscleName(hello?.channels[channel]?.muscle)}</td>
    <td>{t(branch < 0 ? 'setup.free' : direct ? 'setup.direct' : control ? 'emg.control_side' : 'setup.lateral')}</td>
    <td class="number">{microvolts(row.noise_uv)}</td>
    <td class="number">{microvolts(row.hum_uv)}</td>
    <td class="number">{stimulated ? microvolts(row.artifact_uv) : NONE}</td>
    <td class="number">{m === null ? '' : m.of === 0 ? NONE : `${microvolts(m.uv)} (${m.found}/${m.of})`}</td>
    <td class="word"><b>{t(verdict)}</b>{!good && row.verdict !== 'unknown' && <small>{tCode('do.setup', verdict.slice(6))}</small>}</td>
  </tr>;
}

export function Setup({ onClose }: { onClose: () => void }) {
  const rows = useQuality();
  void store.sweepsVersion.value;
  const done = (text: string): void => { onClose(); void mark(`note=${text}`); };
  return <div class="electrode-check">
    <Missing />
    {rows === null ? <p>{t('setup.asking')}</p> : <table>
      <thead><tr><td /><td /><td /><th class="number">{t('setup.noise')}</th><th class="number">{t('setup.hum')}</th>
        <th class="number">{t('setup.pulse')}</th><th class="number">{t('setup.m_wave')}</th><th>{t('setup.verdict')}</th></tr>
        <tr class="units"><td /><td /><td /><th class="number">µV RMS</th><th class="number">µV RMS</th><th class="number">µV</th><th class="number">µV</th><td /></tr></thead>
      <tbody>{rows.map((row) => <Row key={row.channel} row={row} channel={store.channelIndex(row.channel)} />)}</tbody>
    </table>}
    <p class="quiet">{t('setup.recorded')}</p>
    <div class="row">
      <button onClick={() => done('set-up check skipped')}>{t('setup.skip')}</button>
      <button class="main" data-first disabled={rows === null} onClick={() => done(outcome(rows ?? []))}>{t('setup.finish')}</button>
    </div>
  </div>;
}
