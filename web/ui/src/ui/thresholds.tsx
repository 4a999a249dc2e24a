// SPDX-License-Identifier: Apache-2.0
// The options as the daemon declares them: value, default, range, and what a change would do to the last
// fifty sweeps before it is applied.
import { useEffect, useState } from 'preact/hooks';
import { act, ask, store } from '../app';
import { t } from '../i18n/i18n';
import type { OptionRow } from '../protocol/messages';

const PREVIEWED = 50;

// How many of the last sweeps respond now, and would with another limit on the same kind of number.
// Only limits on a sweep's own amplitude can be judged again from what the page holds.
export function preview(points: readonly { amplitudeUv: number; present: boolean | null; valid: boolean }[], limitUv: number):
  { now: number; then: number } {
  const last = points.filter((p) => p.valid).slice(-PREVIEWED);
  return { now: last.filter((p) => p.present === true).length, then: last.filter((p) => p.amplitudeUv >= limitUv).length };
}

// A limit in the words of the config file: ratios as percent, seconds under one as milliseconds.
export function limitText(value: number, unit: string): string {
  if (unit === 'ratio') return `${Number((value * 100).toFixed(2))}\u202f%`;
  if (unit === 's' && value < 1) return `${Number((value * 1000).toFixed(3))}\u202fms`;
  return unit === '' ? String(value) : `${value}\u202f${unit}`;
}

function Row({ row }: { row: OptionRow }) {
  const [value, setValue] = useState<string | null>(null);
  const edited = value !== null && value !== row.value;
  const amplitude = row.stage === 'judgement' && row.unit === 'uV' && row.key.startsWith('response.');
  const limit = edited ? Number.parseFloat(value) : NaN;
  const counts = amplitude && Number.isFinite(limit)
    ? preview([...store.series.entries()].filter(([key]) => key.endsWith(':lsr')).flatMap(([, s]) => s.points.slice(-PREVIEWED)), limit) : null;
  return <tr class={edited ? 'edited' : ''}>
    <td><b>{row.key}</b><br /><small>{row.help}</small></td>
    <td>{row.live
      ? <input aria-label={row.key} value={value ?? row.value} onInput={(e) => setValue(e.currentTarget.value)} />
      : <span>{row.value}<br /><small>{t('thresholds.next_case')}</small></span>}</td>
    <td>{row.default}</td>
    <td>{typeof row.min === 'number' && typeof row.max === 'number' && `${limitText(row.min, row.unit)} … ${limitText(row.max, row.unit)}`}</td>
    <td>{edited && <div class="change">
      <span>{t('thresholds.change', { old: row.value, new: value })}</span>
      {counts !== null && <small>{t('thresholds.preview', counts)}</small>}
      <button class="main" onClick={() => void act({ op: 'set', key: row.key, value }).then((ok) => { if (ok) { row.value = value; setValue(null); } })}>{t('do.apply')}</button>
    </div>}</td>
  </tr>;
}

export function Thresholds({ onClose }: { onClose: () => void }) {
  const [rows, setRows] = useState<OptionRow[] | null>(null);
  useEffect(() => {
    void ask({ op: 'options' }).then((reply) => setRows(Array.isArray(reply.result) ? (reply.result as OptionRow[]).filter((r) => r.stage !== null) : []));
  }, []);
  return <>
    <p>{t('thresholds.warning')}</p>
    {rows === null ? <p>{t('thresholds.loading')}</p> : rows.length === 0 ? <p>{t('thresholds.none')}</p>
      : <table class="thresholds"><thead><tr><th /><th>{t('thresholds.value')}</th><th>{t('thresholds.default')}</th><th>{t('thresholds.range')}</th><th /></tr></thead>
        <tbody>{rows.map((row) => <Row key={row.key} row={row} />)}</tbody></table>}
    <div class="row"><button class="main" data-first onClick={onClose}>{t('do.close')}</button></div>
  </>;
}
