// SPDX-License-Identifier: Apache-2.0
// The options as the daemon declares them: value, default, range; what a change would do to the last
// sweeps and to the endpoint, judged by the daemon, before it is applied; and the way into the file.
import { useEffect, useState } from 'preact/hooks';
import { act, ask, store } from '../app';
import { optionHelp, refusalText, t, tCode } from '../i18n/i18n';
import type { OptionRow, Preview } from '../protocol/messages';

const QUIET_MS = 350; // after the last key, before the daemon is asked

// A limit in the words of the config file: ratios as percent, seconds under one as milliseconds.
export function limitText(value: number, unit: string): string {
  if (unit === 'ratio') return `${Number((value * 100).toFixed(2))}\u202f%`;
  if (unit === 's' && value < 1) return `${Number((value * 1000).toFixed(3))}\u202fms`;
  return unit === '' ? String(value) : `${value}\u202f${unit}`;
}

function PreviewText({ preview }: { preview: Preview }) {
  return <div class="preview" role="status">
    <table><tbody>
      {preview.sweeps.map((s) => <tr key={`${s.branch}${s.channel}`} class={s.now === s.then ? '' : 'differs'}>
        <th>{s.channel}</th><td>{t('thresholds.sweeps', { now: s.now, then: s.then, judged: s.judged })}</td></tr>)}
      {preview.branches.map((b) => <tr key={b.branch} class={b.state === b.then_state && b.held === b.then_held ? '' : 'differs'}>
        <th>{b.branch}</th><td>{b.state === b.then_state ? tCode('state', b.state) : `${tCode('state', b.state)} → ${tCode('state', b.then_state)}`}
          {', '}{t('thresholds.checks', { now: b.held, then: b.then_held, all: b.required })}</td></tr>)}
    </tbody></table>
  </div>;
}

interface Kept { kept?: string; lines?: string; why?: string }

function KeptText({ kept }: { kept: Kept }) {
  if (kept.kept !== undefined) return <p class="kept" role="status">{t('thresholds.kept', { file: kept.kept })}</p>;
  return <div class="kept" role="status"><p>{t('thresholds.paste', { why: refusalText(kept.why ?? '') })}</p><pre tabIndex={0}>{kept.lines}</pre></div>;
}

function Row({ row }: { row: OptionRow }) {
  const [draft, setDraft] = useState<string | null>(null);
  const [preview, setPreview] = useState<Preview | string | null>(null);
  const [applied, setApplied] = useState(false);
  const [kept, setKept] = useState<Kept | null>(null);
  const open = store.status.value?.case.open ?? false;
  const free = row.live || !open;
  const edited = draft !== null && draft.trim() !== '' && draft !== row.value;
  useEffect(() => {
    setPreview(null);
    if (!edited || !row.live) return;
    const timer = setTimeout(() => void ask({ op: 'preview', key: row.key, value: draft }).then((reply) =>
      setPreview(reply.ok ? (reply.result as Preview) : (reply.error ?? t('do.not_confirmed')))), QUIET_MS);
    return () => clearTimeout(timer);
  }, [draft]);
  const apply = (): void => void act({ op: 'set', key: row.key, value: draft }).then((ok) => {
    if (!ok) return;
    row.value = draft ?? row.value;
    setDraft(null);
    setApplied(true);
  });
  const keep = (): void => {
    void act({ op: 'keep', key: row.key }, (result) => setKept(result as Kept));
  };
  return <>
    <tr class={edited ? 'edited' : ''}>
      <th scope="row"><b>{row.key.slice(row.key.indexOf('.') + 1)}</b><small>{optionHelp(row)}</small></th>
      <td>{!free ? <span>{row.value}<small>{t('thresholds.next_case')}</small></span>
        : row.type === 'bool' ? <select aria-label={row.key} value={draft ?? row.value} onChange={(e) => setDraft(e.currentTarget.value)}>
          <option>yes</option><option>no</option></select>
        : <input aria-label={row.key} value={draft ?? row.value} onInput={(e) => setDraft(e.currentTarget.value)} />}</td>
      <td class="quiet">{row.default}</td>
      <td class="quiet">{typeof row.min === 'number' && typeof row.max === 'number' && `${limitText(row.min, row.unit)} … ${limitText(row.max, row.unit)}`}</td>
      <td>{edited ? <button class="main" disabled={typeof preview === 'string'} onClick={apply}>{t('do.apply')}</button>
        : applied ? <button onClick={keep}>{t('thresholds.keep')}</button> : null}</td>
    </tr>
    {(edited && preview !== null || kept !== null) && <tr class="below"><td colSpan={5}>
      {edited && preview !== null && <><b>{t('thresholds.change', { old: row.value, new: draft })}</b>
        {typeof preview === 'string' ? <p class="refused" role="status">{refusalText(preview)}</p> : <PreviewText preview={preview} />}</>}
      {!edited && kept !== null && <KeptText kept={kept} />}</td></tr>}
  </>;
}

export function Thresholds({ onClose }: { onClose: () => void }) {
  const [rows, setRows] = useState<OptionRow[] | null>(null);
  useEffect(() => {
    void ask({ op: 'options' }).then((reply) => setRows(Array.isArray(reply.result) ? (reply.result as OptionRow[]).filter((r) => r.stage !== null) : []));
  }, []);
  const sections = [...new Set((rows ?? []).map((r) => r.key.slice(0, r.key.indexOf('.'))))];
  // What can be changed now comes first.
  const rank = (section: string): number => rows?.some((r) => r.live && r.key.startsWith(`${section}.`)) ? 0 : 1;
  sections.sort((a, b) => rank(a) - rank(b));
  return <>
    <p>{t('thresholds.warning')}</p>
    {rows === null ? <p>{t('thresholds.loading')}</p> : rows.length === 0 ? <p>{t('thresholds.none')}</p>
      : <div class="thresholds-scroll" tabIndex={0}><table class="thresholds">
        <thead><tr><td /><th>{t('thresholds.value')}</th><th>{t('thresholds.default')}</th><th>{t('thresholds.range')}</th><td /></tr></thead>
        {sections.map((s) => <tbody key={s}>
          <tr class="section"><th colSpan={5}>{`[${s}]`}</th></tr>
          {rows.filter((r) => r.key.startsWith(`${s}.`)).map((row) => <Row key={row.key} row={row} />)}</tbody>)}
      </table></div>}
    <div class="row"><button class="main" data-first onClick={onClose}>{t('do.close')}</button></div>
  </>;
}
