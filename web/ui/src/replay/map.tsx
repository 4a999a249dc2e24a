// SPDX-License-Identifier: Apache-2.0
// What a foreign file's channels are: asked once, remembered beside the file.
import { useState } from 'preact/hooks';
import { act, dialog, store } from '../app';
import { t } from '../i18n/i18n';
import { Frame } from '../ui/dialogs';

const ROLES = ['none', 'direct', 'lateral', 'trigger'] as const;
type Role = (typeof ROLES)[number];

export function setsOf(roles: ReadonlyMap<string, Role>, branch: string): string[] {
  const of = (role: Role): string[] => [...roles].filter(([, r]) => r === role).map(([label]) => label);
  const direct = of('direct')[0];
  return [`stimulus.trigger=${of('trigger')[0] ?? 'artifact'}`, ...(direct === undefined ? [] : [`branch.${branch}.direct=${direct}`]), `branch.${branch}.lateral=${of('lateral').join(', ')}`];
}

export function MapChannels() {
  const hello = store.hello.value;
  const first = hello?.branches[0];
  const channels = hello?.channels ?? [];
  const known = new Map<string, Role>(channels.map((c, i) => [c.label, first?.direct === i ? 'direct' : first?.lateral.includes(i) ? 'lateral' : /stim|trig/i.test(c.label) ? 'trigger' : 'none']));
  const [roles, setRoles] = useState(known);
  // There is one M wave and one trigger to a branch.
  const choose = (label: string, role: Role): void => setRoles(new Map([...roles].map(([l, r]) =>
    [l, l === label ? role : role !== 'lateral' && r === role ? 'none' : r])));
  const enough = [...roles.values()].includes('lateral');
  return <Frame title={t('map.title')} wide>
    <p>{t('map.about')}</p>
    <div class="course" tabIndex={0}><table><tbody>{channels.map((c) => <tr key={c.label}><th scope="row">{c.label}</th>
      <td><div class="choices" role="group" aria-label={c.label}>{ROLES.map((r) => <button key={r} aria-pressed={roles.get(c.label) === r} onClick={() => choose(c.label, r)}>{t(`map.${r}`)}</button>)}</div></td></tr>)}</tbody></table></div>
    <div class="row"><button onClick={() => { dialog.value = null; }}>{t('do.cancel')}</button>
      <button class="main" disabled={!enough} onClick={() => { dialog.value = null; void act({ op: 'map', sets: setsOf(roles, first?.name ?? 'zygomatic') }); }}>{t('map.save')}</button></div>
  </Frame>;
}
