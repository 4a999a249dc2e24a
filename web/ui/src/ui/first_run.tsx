// SPDX-License-Identifier: Apache-2.0
// What is missing before anything can be watched, and the lines of the configuration that would set it.
import { useEffect, useState } from 'preact/hooks';
import { ask, dialog, store } from '../app';
import { refusalText, t } from '../i18n/i18n';
import type { Key } from '../i18n/en';

interface Device { pcm: string; name: string; offer: string; problem: string }
interface DeviceAnswer { pcm: string; problem: string | null; devices: Device[] }

const ASK_MS = 3000;
const MONTAGE = `[channel OOC]
input  = 1
muscle = orbicularis oculi
[channel MENT]
input  = 2
muscle = mentalis

[branch zygomatic]
direct  = OOC
lateral = MENT`;
const TRIGGER = `[stimulus]
trigger = artifact`;

// In the order in which one sets up.
export function missing(): Key[] {
  const out: Key[] = [];
  const hello = store.hello.value;
  if (store.status.value?.acquisition === 'none') out.push('setup.no_device');
  if (hello !== null && hello.branches.length === 0) out.push('setup.no_branch');
  else if (hello !== null && store.stimulation.value.lastSample === null) out.push('setup.no_trigger');
  return out;
}

function Lines({ text }: { text: string }) {
  return <pre class="lines" tabIndex={0}>{text}</pre>;
}

function useDevice(): DeviceAnswer | null {
  const [answer, setAnswer] = useState<DeviceAnswer | null>(null);
  useEffect(() => {
    const look = (): void => void ask({ op: 'device' }).then((reply) => { if (reply.ok) setAnswer(reply.result as DeviceAnswer); });
    look();
    const timer = setInterval(look, ASK_MS);
    return () => clearInterval(timer);
  }, []);
  return answer;
}

// In place of an empty graph.
export function NoDevice() {
  const answer = useDevice();
  const usable = answer?.devices.filter((d) => d.problem === '') ?? [];
  const first = usable[0] ?? answer?.devices[0];
  return <div class="first-run" role="status">
    <h2>{t('first.no_device')}</h2>
    {answer?.problem != null && <p class="first-problem">{refusalText(answer.problem)}</p>}
    <p>{t('first.waits')}</p>
    <h3>{t('first.devices')}</h3>
    {answer === null || answer.devices.length === 0 ? <p>{t('first.none_found')}</p>
      : <table><tbody>{answer.devices.map((d) => <tr key={d.pcm}><td><code>{d.pcm}</code></td><td>{d.name}</td><td>{refusalText(d.problem === '' ? d.offer : d.problem)}</td></tr>)}</tbody></table>}
    <h3>{t('first.write')}</h3>
    <Lines text={`[device]\nsource = alsa\npcm    = ${first?.pcm ?? 'hw:CARD=EMG8,DEV=0'}`} />
    <p class="first-demo">{t('first.demo')} <code>lsrd run --set device.source=patient --set device.scenario=demo</code></p>
  </div>;
}

export function NoMontage() {
  return <div class="first-run">
    <h2>{t('first.no_montage')}</h2>
    <p>{t('first.montage')}</p>
    <Lines text={MONTAGE} />
    <div class="row"><button onClick={() => { dialog.value = { kind: 'setup' }; }}>{t('do.setup')}</button></div>
  </div>;
}

export function Missing() {
  const gaps = missing();
  if (gaps.length === 0) return null;
  return <div class="missing"><h3>{t('setup.missing')}</h3>{gaps.map((key) => <div key={key}><p>{t(key)}</p>
    {key === 'setup.no_branch' && <Lines text={MONTAGE} />}{key === 'setup.no_trigger' && <Lines text={TRIGGER} />}</div>)}</div>;
}
