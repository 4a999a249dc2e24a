// SPDX-License-Identifier: Apache-2.0
// What other thresholds would have said of a replayed case, side by side with what was said. The
// daemon's own detectors judge; here it is only asked and shown.
import { useEffect, useRef, useState } from 'preact/hooks';
import { act, ask, dialog, store, timeText } from '../app';
import { duration } from '../i18n/format';
import { optionHelp, refusalText, t, tCode } from '../i18n/i18n';
import type { Key } from '../i18n/en';
import type { OptionRow } from '../protocol/messages';

export type Change = 'new' | 'gone' | 'earlier' | 'later' | 'changed';
export interface Total { was: number; now: number; new: number; gone: number; earlier: number; later: number; changed: number }
export interface Side { name: string; sample: number }
export interface WhatIfRow {
  what: 'sweep' | 'event' | 'endpoint' | 'alarm';
  change: Change;
  channel?: string;
  branch?: string;
  was: Side | null;
  now: Side | null;
  by_s?: number;
  count: number;
  to_sample: number;
}
export type WhatIfResult =
  | { state: 'reading'; permille: number }
  | { state: 'done'; sweeps: Total; events: Total; endpoints: Total; alarms: Total; rows: WhatIfRow[]; more: number };

const ASK_AGAIN_MS = 200;
const TYPING_MS = 250;
const TOTALS = ['sweeps', 'events', 'endpoints', 'alarms'] as const;
const CHANGES: Change[] = ['new', 'gone', 'earlier', 'later', 'changed'];
const WORDS: Record<WhatIfRow['what'], string> = { sweep: 'verdict', event: 'event', endpoint: 'state', alarm: 'alarm' };

function isChanged(row: OptionRow, values: ReadonlyMap<string, string>): boolean {
  return values.has(row.key) && values.get(row.key) !== row.value;
}

// In the daemon's words, whatever the browser's: `section.key=value` of every row that was changed.
export function setsOf(values: ReadonlyMap<string, string>, rows: readonly OptionRow[]): string[] {
  return rows.filter((r) => isChanged(r, values)).map((r) => `${r.key}=${values.get(r.key)}`);
}

// What of it the features that were kept cannot answer: a pass over the samples is needed.
export function slowOf(values: ReadonlyMap<string, string>, rows: readonly OptionRow[]): OptionRow[] {
  return rows.filter((r) => r.stage === 'features' && isChanged(r, values));
}

function sideText(row: WhatIfRow, side: Side | null): string {
  if (side === null) return '–';
  const word = row.what === 'sweep' ? verdictText(side.name) : tCode(WORDS[row.what], side.name);
  return row.what === 'sweep' ? word : `${word} ${timeText(side.sample)}`;
}

function verdictText(name: string): string {
  if (name === 'response' || name === 'none' || name === 'learning') return t(`verdict.${name}` as Key);
  return tCode('reason', name);
}

function changeText(row: WhatIfRow): string {
  const word = t(`what_if.${row.change}` as Key);
  if (row.count > 1) return `${word} × ${row.count}`;
  return row.by_s === undefined ? word : `${word} ${t('what_if.by', { s: Math.abs(row.by_s).toFixed(1) })}`;
}

// A head that only a screen reader needs.
function Unseen({ name }: { name: Key }) { return <th><span class="hidden-text">{t(name)}</span></th>; }

function Totals({ result }: { result: Extract<WhatIfResult, { state: 'done' }> }) {
  return <table class="what-if-totals">
    <thead><tr><Unseen name="what_if.what" /><th>{t('what_if.was')}</th><th>{t('what_if.now')}</th>{CHANGES.map((c) => <th key={c}>{t(`what_if.${c}` as Key)}</th>)}</tr></thead>
    <tbody>{TOTALS.map((what) => <tr key={what}><th>{t(`what_if.${what}` as Key)}</th>
      <td>{result[what].was}</td><td class={result[what].was === result[what].now ? '' : 'differs'}>{result[what].now}</td>
      {CHANGES.map((c) => <td key={c} class={result[what][c] > 0 ? 'differs' : 'zero'}>{result[what][c]}</td>)}</tr>)}</tbody>
  </table>;
}

function Differences({ rows, more }: { rows: WhatIfRow[]; more: number }) {
  const start = (row: WhatIfRow): number => (row.was ?? row.now)?.sample ?? 0;
  const go = (row: WhatIfRow): void => {
    dialog.value = null;
    const before = 2 * (store.hello.value?.rate_hz ?? 0); // to see how it came to it
    void act({ op: 'replay_seek', sample: Math.max(0, start(row) - before) });
  };
  if (rows.length === 0) return <p>{t('what_if.same')}</p>;
  return <div class="what-if-list"><table>
    <thead><tr><th>{t('what_if.at')}</th><Unseen name="what_if.where" /><th>{t('what_if.was')}</th><th>{t('what_if.now')}</th><Unseen name="what_if.difference" /></tr></thead>
    <tbody>{rows.map((row, i) => <tr key={i} class={row.change}>
      <td><button class="bare" onClick={() => go(row)}>{timeText(start(row))}{row.count > 1 ? ` – ${timeText(row.to_sample)}` : ''}</button></td>
      <td>{row.channel ?? row.branch ?? ''}</td><td>{sideText(row, row.was)}</td><td>{sideText(row, row.now)}</td><td>{changeText(row)}</td></tr>)}
    </tbody></table>{more > 0 && <p>{t('what_if.more', { n: more })}</p>}</div>;
}

// Events and whatever else is measured on the samples: nothing is shown of it until the pass was made.
function Pass({ slow, onPass }: { slow: readonly OptionRow[]; onPass: () => void }) {
  return <div class="what-if-pass" role="status">
    <p><b>{t('what_if.needs_pass')}</b> {t('what_if.without', { keys: slow.map((r) => r.key).join(', ') })}</p>
    <button class="main" onClick={onPass}>{t('what_if.pass')}</button>
  </div>;
}

function Reading({ permille }: { permille: number }) {
  const percent = Math.floor(permille / 10);
  const length = duration((store.status.value?.replay?.length ?? 0) / (store.hello.value?.rate_hz ?? 1));
  const words = t('what_if.reading', { percent, length });
  return <div class="what-if-reading"><p>{words}</p><progress max={1000} value={permille} aria-label={words} /></div>;
}

function Rows({ rows, values, onValue }: { rows: OptionRow[]; values: ReadonlyMap<string, string>; onValue: (key: string, value: string) => void }) {
  return <div class="what-if-keys">{rows.map((row) => <label key={row.key} title={optionHelp(row)} class={isChanged(row, values) ? 'edited' : ''}>
    <span>{row.key}{row.stage === 'features' && <small> {t('what_if.slow')}</small>}</span>
    {row.type === 'bool'
      ? <select value={values.get(row.key) ?? row.value} onChange={(e) => onValue(row.key, e.currentTarget.value)}><option>yes</option><option>no</option></select>
      : <input value={values.get(row.key) ?? row.value} onInput={(e) => onValue(row.key, e.currentTarget.value)} />}
  </label>)}</div>;
}

// Options that decide, the quick ones first; what the inputs are is not up for trial.
export function tryable(rows: readonly OptionRow[]): OptionRow[] {
  const can = rows.filter((r) => r.stage !== null && !/^(channel|branch|device)\.|^stimulus\.trigger$/.test(r.key));
  return [...can.filter((r) => r.stage === 'judgement'), ...can.filter((r) => r.stage === 'features')];
}

export function WhatIf({ onClose }: { onClose: () => void }) {
  const [rows, setRows] = useState<OptionRow[]>([]);
  const [values, setValues] = useState<ReadonlyMap<string, string>>(new Map());
  const [result, setResult] = useState<WhatIfResult | null>(null);
  const [complaint, setComplaint] = useState<string | null>(null);
  const [passed, setPassed] = useState<string | null>(null); // what a pass was asked for
  const asked = useRef(0);
  const all = setsOf(values, rows);
  const slow = slowOf(values, rows);
  const waits = slow.length > 0 && passed !== all.join('\n');
  useEffect(() => {
    void ask({ op: 'options' }).then((reply) => setRows(Array.isArray(reply.result) ? tryable(reply.result as OptionRow[]) : []));
  }, []);
  useEffect(() => {
    const mine = ++asked.current;
    const question = async (): Promise<void> => {
      if (mine !== asked.current) return;
      const reply = await ask({ op: 'what_if', sets: waits ? setsOf(values, rows.filter((r) => !slow.includes(r))) : all });
      if (mine !== asked.current) return;
      setComplaint(reply.ok ? null : (reply.error ?? t('do.not_confirmed')));
      if (!reply.ok) return;
      const answer = reply.result as WhatIfResult;
      setResult(answer);
      if (answer.state === 'reading') setTimeout(() => void question(), ASK_AGAIN_MS);
    };
    const timer = setTimeout(() => void question(), values.size > 0 ? TYPING_MS : 0);
    return () => { clearTimeout(timer); };
  }, [values, rows, waits]);
  useEffect(() => () => { asked.current = -1; }, []);
  const change = (key: string, value: string): void => { setValues((old) => new Map(old).set(key, value)); };
  return <>
    <p>{t('what_if.about')}</p>
    <div class="what-if">
      <Rows rows={rows} values={values} onValue={change} />
      <div class="what-if-result" aria-live="polite">
        {complaint !== null && <p class="complaint">{refusalText(complaint)}</p>}
        {waits && <Pass slow={slow} onPass={() => { setResult(null); setPassed(all.join('\n')); }} />}
        {result === null || result.state === 'reading' ? <Reading permille={result?.permille ?? 0} />
          : <><Totals result={result} /><Differences rows={result.rows} more={result.more} /></>}
      </div>
    </div>
    <div class="row">
      <button onClick={() => setValues(new Map())}>{t('what_if.as_monitored')}</button>
      <button class="main" data-first onClick={onClose}>{t('do.close')}</button></div>
  </>;
}
