// SPDX-License-Identifier: Apache-2.0
// The build's check finds an alarm's colour however it is written.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// A tool of the build, in plain JavaScript.
const tool = new URL('../tools/colours.mjs', import.meta.url).href;
const { alarmProperties, colourMistakes } = (await import(/* @vite-ignore */ tool)) as {
  alarmProperties: (css: string) => string[];
  colourMistakes: (text: string, isStyle: boolean, properties?: string[]) => string[];
};
const style = (value: string): string[] => colourMistakes(`.a {\n  color: ${value};\n}`, true);

describe('colours of alarms outside alarm.css', () => {
  it.each(['#f00', '#C8102Ecc', 'rgb(255 0 0)', 'rgba(255, 212, 0, 0.5)', 'hsl(350 80% 45%)', 'hsla(50, 100%, 50%, 1)', 'hwb(188 0% 13%)',
    'oklch(63% 0.25 25)', 'lab(54% 80 67)', 'color(display-p3 1 0 0)', 'crimson', 'gold', '0 0 4px red', 'var(--none, #00C2DE)'])('%s is found', (value) => {
    expect(style(value)).toHaveLength(1);
  });

  it.each(['#7aa2ff', '#0B0F14D8', '#888', 'rgb(122 162 255)', 'hsl(260 80% 80%)', 'oklch(70% 0.1 265)', 'transparent', 'currentColor', 'black',
    'var(--text)', 'none', '1px solid var(--line)', 'hsl(350 5% 50%)'])('%s is none', (value) => {
    expect(style(value)).toEqual([]);
  });

  it.each(['rgb(var(--r) 0 0)', 'hsl(var(--hue) 100% 50%)', 'color-mix(in srgb, #888, red)', 'rgb(from var(--alarm) r g b)',
    'light-dark(red, blue)'])('%s is refused: nobody can compute it', (value) => {
    expect(style(value).length).toBeGreaterThan(0);
  });

  it('is found in a custom property, and where such a one of alarm.css is used', () => {
    expect(colourMistakes(':root { --mine: oklch(63% 0.25 25); }', true)).toHaveLength(1);
    const css = readFileSync(fileURLToPath(new URL('../src/css/alarm.css', import.meta.url)), 'utf8');
    const ours = alarmProperties(css);
    expect(ours).toContain('--alarm-high');
    expect(colourMistakes('.a { color: var(--alarm-high); }', true, ours)).toHaveLength(1);
    expect(colourMistakes("getPropertyValue('--alarm-low')", false, ours)).toHaveLength(1);
    expect(colourMistakes('.a { color: var(--accent); }', true, ours)).toEqual([]);
  });

  it('is found in a script, where only a string of its own is a name', () => {
    expect(colourMistakes("context.fillStyle = 'red'; // a red line", false)).toHaveLength(1);
    expect(colourMistakes('context.fillStyle = `hsl(${hue} 90% 50%)`;', false)).toHaveLength(1);
    expect(colourMistakes("// red, and the gold of it\nconst x = '#7AA2FF';", false)).toEqual([]);
  });

  it('finds none in the page', () => {
    execFileSync(process.execPath, [fileURLToPath(new URL('../tools/check_source.mjs', import.meta.url))]);
  });
});
