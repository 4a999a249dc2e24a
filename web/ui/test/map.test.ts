// SPDX-License-Identifier: Apache-2.0
// What a foreign file's channels are, as the configuration says it.
import { describe, expect, it, vi } from 'vitest';

// The panel's module reaches for a browser; these functions do not.
vi.stubGlobal('location', { search: '', pathname: '/', hash: '' });
vi.stubGlobal('document', { documentElement: { dataset: {}, lang: '' }, addEventListener: () => undefined });
vi.stubGlobal('navigator', { language: 'en' });
vi.stubGlobal('Worker', class { postMessage(): void { return; } });
const { choose, isWhole, setsOf } = await import('../src/replay/map');

type Branch = Parameters<typeof choose>[0];
const nothing = new Map(['OOC', 'MENT', 'OOR', 'S1', 'S2'].map((l) => [l, 'none' as const]));
const branch = (name: string, ...roles: [string, Parameters<typeof choose>[2]][]): Branch =>
  roles.reduce((b, [label, role]) => choose(b, label, role), { name, roles: nothing } as Branch);

describe('the mapping of a foreign file', () => {
  const zygomatic = branch('zygomatic', ['OOC', 'direct'], ['MENT', 'lateral'], ['OOR', 'lateral'], ['S1', 'trigger']);

  it('has one M wave and one trigger to a branch, and any number of laterals', () => {
    const again = choose(choose(zygomatic, 'MENT', 'direct'), 'S2', 'trigger');
    expect(setsOf([again])).toEqual(['stimulus.trigger=S2', 'branch.zygomatic.direct=MENT', 'branch.zygomatic.lateral=OOR']);
  });

  it('names every branch, and its trigger where it has its own', () => {
    const marginal = branch('marginal', ['MENT', 'direct'], ['OOC', 'lateral'], ['S2', 'trigger']);
    expect(setsOf([zygomatic, marginal])).toEqual(['stimulus.trigger=S1', 'branch.zygomatic.direct=OOC', 'branch.zygomatic.lateral=MENT, OOR',
      'branch.marginal.direct=MENT', 'branch.marginal.lateral=OOC', 'branch.marginal.trigger=S2']);
  });

  it('finds the stimulus by its artifact where there is no trigger', () => {
    expect(setsOf([branch('zygomatic', ['MENT', 'lateral'])])).toEqual(['stimulus.trigger=artifact', 'branch.zygomatic.lateral=MENT']);
  });

  it('is whole when each branch has a lateral and a name of its own', () => {
    expect(isWhole([zygomatic])).toBe(true);
    expect(isWhole([zygomatic, branch('marginal', ['MENT', 'direct'])])).toBe(false);
    expect(isWhole([zygomatic, zygomatic])).toBe(false);
    expect(isWhole([{ ...zygomatic, name: 'a.b' }])).toBe(false);
  });
});
