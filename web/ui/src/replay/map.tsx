// SPDX-License-Identifier: Apache-2.0
// What a foreign file's channels are: asked once, remembered beside the file.
import { useState } from 'preact/hooks';
import { act, dialog, store } from '../app';
import { t } from '../i18n/i18n';
import { Frame } from '../ui/dialogs';
import type { BranchInfo } from '../protocol/messages';

const ROLES = ['none', 'direct', 'lateral', 'trigger'] as const;
type Role = (typeof ROLES)[number];

export interface Branch { name: string; roles: ReadonlyMap<string, Role> }

const NAMES = ['zygomatic', 'buccal', 'marginal', 'temporal', 'cervical', 'branch6', 'branch7', 'branch8']; // as many as a case has
const NAME = /^[^\s.,\]=]([^.,\]=]{0,18}[^\s.,\]=])?$/; // what a section's title may be, without a dot

const labelsOf = (b: Branch | undefined, role: Role): string[] => [...(b?.roles ?? [])].filter(([, r]) => r === role).map(([label]) => label);

// Every branch there is: the server forgets the ones that were there before. A trigger of its own is only told where
// it is another than the first's.
export function setsOf(branches: readonly Branch[]): string[] {
  const common = labelsOf(branches[0], 'trigger')[0] ?? 'artifact';
  return [`stimulus.trigger=${common}`, ...branches.flatMap((b) => {
    const direct = labelsOf(b, 'direct')[0];
    const trigger = labelsOf(b, 'trigger')[0] ?? common;
    return [...(direct === undefined ? [] : [`branch.${b.name}.direct=${direct}`]), `branch.${b.name}.lateral=${labelsOf(b, 'lateral').join(', ')}`,
      ...(trigger === common ? [] : [`branch.${b.name}.trigger=${trigger}`])];
  })];
}

// There is one M wave and one trigger to a branch.
export function choose(b: Branch, label: string, role: Role): Branch {
  return { ...b, roles: new Map([...b.roles].map(([l, r]) => [l, l === label ? role : role !== 'lateral' && r === role ? 'none' : r])) };
}

export function isWhole(branches: readonly Branch[]): boolean {
  return branches.every((b) => NAME.test(b.name) && labelsOf(b, 'lateral').length > 0) && new Set(branches.map((b) => b.name)).size === branches.length;
}

export function MapChannels() {
  const hello = store.hello.value;
  const channels = hello?.channels ?? [];
  const known = (of: BranchInfo | null): ReadonlyMap<string, Role> => new Map(channels.map((c, i) => [c.label,
    of?.direct === i ? 'direct' : of?.lateral.includes(i) ? 'lateral' : /stim|trig/i.test(c.label) ? 'trigger' : 'none']));
  const told = (hello?.branches ?? []).map((b) => ({ name: b.name, roles: known(b) }));
  const [branches, setBranches] = useState<Branch[]>(told.length > 0 ? told : [{ name: 'zygomatic', roles: known(null) }]);
  const [at, setAt] = useState(0);
  const now = branches[at];
  if (now === undefined) return null;
  const put = (b: Branch): void => setBranches(branches.map((old, i) => (i === at ? b : old)));
  const add = (): void => {
    setBranches([...branches, { name: NAMES.find((n) => !branches.some((b) => b.name === n)) ?? '', roles: known(null) }]);
    setAt(branches.length);
  };
  const drop = (): void => { setBranches(branches.filter((_, i) => i !== at)); setAt(0); };
  return <Frame title={t('map.title')} wide>
    <p>{t('map.about')}</p>
    <div class="choices" role="group" aria-label={t('map.branch')}>
      {branches.map((b, i) => <button key={i} aria-pressed={i === at} onClick={() => setAt(i)}>{b.name}</button>)}
      {branches.length < NAMES.length && <button onClick={add}>{t('map.add')}</button>}
      {branches.length > 1 && <button onClick={drop}>{t('map.drop')}</button>}
    </div>
    <label>{t('map.branch')}<input value={now.name} maxLength={20} onInput={(e) => put({ ...now, name: e.currentTarget.value })} /></label>
    <div class="course" tabIndex={0}><table><tbody>{channels.map((c) => <tr key={c.label}><th scope="row">{c.label}</th>
      <td><div class="choices" role="group" aria-label={c.label}>{ROLES.map((r) => <button key={r} aria-pressed={now.roles.get(c.label) === r} onClick={() => put(choose(now, c.label, r))}>{t(`map.${r}`)}</button>)}</div></td></tr>)}</tbody></table></div>
    <div class="row"><button onClick={() => { dialog.value = null; }}>{t('do.cancel')}</button>
      <button class="main" disabled={!isWhole(branches)} onClick={() => { dialog.value = null; void act({ op: 'map', sets: setsOf(branches) }); }}>{t('map.save')}</button></div>
  </Frame>;
}
