// SPDX-License-Identifier: Apache-2.0
// What alarms did on the clock: raised, seen by whom, paused, over. Newest on top, as the server kept it.
import { useEffect, useState } from 'preact/hooks';
import { ask, store } from '../app';
import { refusalText, t, tCode } from '../i18n/i18n';
import { clock } from '../i18n/format';
import type { Priority } from '../protocol/codes';

interface LogLine { utc_ms: number; event: string; id?: string; priority?: Priority; channel?: string | null; branch?: string | null; by: string | null }
interface LogReply { sounder: { state: 'ok' | 'broken' | 'off'; why: string } | null; lines: LogLine[] }

export function AlarmLog() {
  const [log, setLog] = useState<LogReply | null>(null);
  const alarms = store.alarms.value;
  useEffect(() => { void ask({ op: 'alarm_log' }).then((reply) => { if (reply.ok) setLog(reply.result as LogReply); }); }, [alarms]);
  const lines = [...(log?.lines ?? [])].reverse();
  return <>
    {log?.sounder && log.sounder.why !== '' && <p><b>{refusalText(log.sounder.why)}</b></p>}
    {log !== null && lines.length === 0 && <p>{t('log.empty')}</p>}
    {lines.length > 0 && <div class="alarm-log" tabIndex={0}><table><tbody>{lines.map((l, i) => <tr key={i}>
      <td>{clock(l.utc_ms)}</td>
      <td>{l.priority !== undefined && l.priority !== 'information' && <span class={`alarm-chip ${l.priority}`}>{{ high: '***', medium: '**', low: '*' }[l.priority]}</span>}</td>
      <td>{l.id === undefined ? '' : tCode('alarm', l.id)} {[l.channel, l.branch].filter((x) => x && x !== '*').join(' · ')}</td>
      <td>{tCode('log', l.event)}</td>
      <td>{l.by === null || l.by === 'system' ? '' : l.by}</td>
    </tr>)}</tbody></table></div>}
    <p>{t('log.note')}</p>
  </>;
}
