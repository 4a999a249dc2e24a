// SPDX-License-Identifier: Apache-2.0
// The report and the tables of a case: made by the server beside everything else, then fetched.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { actFor, dialog, store } from '../app';
import { language, t } from '../i18n/i18n';
import { duration } from '../i18n/format';
import { Frame } from '../ui/dialogs';

const MADE_MS = 1200000; // a three-hour case on a busy machine takes minutes

interface Made { what: string; url: string | null; name: string; failed: boolean }
const made = signal<Made[]>([]);

async function make(what: string, command: { op: string } & Record<string, unknown>): Promise<void> {
  const entry: Made = { what, url: null, name: '', failed: false };
  const put = (change: Partial<Made>): void => { made.value = made.value.map((m) => (m.what === what ? { ...m, ...change } : m)); };
  made.value = [...made.value.filter((m) => m.what !== what), entry];
  const reply = await actFor(command, MADE_MS);
  const file = reply?.ok ? (reply.result as { url?: string; name?: string } | undefined) : undefined;
  if (file?.url === undefined) put({ failed: true });
  else put({ url: file.url, name: file.name ?? '' });
}

function Row({ what, label, onMake }: { what: string; label: string; onMake: () => void }) {
  const m = made.value.find((x) => x.what === what);
  const busy = m !== undefined && m.url === null && !m.failed;
  return <tr><td>{label}</td><td>{busy ? <span role="status">{t('files.making')}</span>
    : m?.url ? <a class="file-link" href={m.url} target="_blank" rel="noreferrer" download={m.name.endsWith('.html') ? undefined : m.name}>{t(m.name.endsWith('.html') ? 'files.open' : 'files.save')}</a>
      : m?.failed ? t('files.failed') : ''}</td>
    <td><button disabled={busy} onClick={onMake}>{t(m?.url ? 'files.again' : 'files.make')}</button></td></tr>;
}

export function Files() {
  const replay = store.status.value?.replay ?? null;
  const rate = store.hello.value?.rate_hz ?? 1;
  const loop = replay?.loop ?? null;
  const [whole, setWhole] = useState(loop === null);
  const [named, setNamed] = useState(false);
  const range = (): { from: number; to: number } => (loop !== null && !whole ? { from: loop[0], to: loop[1] } : { from: 0, to: replay?.length ?? 0 });
  return <Frame title={t('files.title')} wide>
    <table><tbody>
      <Row what="report" label={t('files.report_long')} onMake={() => void make('report', { op: 'report', language: language.value })} />
      {replay !== null && (['signals', 'sweeps', 'findings'] as const).map((what) => <Row key={what} what={what} label={t(`files.${what}`)}
        onMake={() => void make(what, { op: 'export', what, ...range(), identified: named })} />)}
    </tbody></table>
    {replay !== null && <>
      <label class="tick"><input type="checkbox" checked={named} onChange={(e) => setNamed(e.currentTarget.checked)} />{t('files.identified')}</label>
      {loop !== null ? <label class="tick"><input type="checkbox" checked={!whole} onChange={(e) => setWhole(!e.currentTarget.checked)} />
        {t('files.stretch', { from: duration(loop[0] / rate), to: duration(loop[1] / rate) })}</label> : <p>{t('files.whole')}</p>}
    </>}
    <div class="row"><button class="main" data-first onClick={() => { dialog.value = null; }}>{t('do.close')}</button></div>
  </Frame>;
}
