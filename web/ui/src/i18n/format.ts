// SPDX-License-Identifier: Apache-2.0
// Numbers as they stand on the screen: always the same number of places, two dashes for unknown.

export const NONE = '--';

export function microvolts(uv: number | null | undefined): string {
  if (uv === null || uv === undefined || !Number.isFinite(uv)) return NONE;
  return uv < 9.95 ? uv.toFixed(1) : uv.toFixed(0);
}

export function percent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return NONE;
  return `${Math.round(ratio * 100)}\u202f%`;
}

export function clock(utcMs: number | null | undefined): string {
  if (utcMs === null || utcMs === undefined) return '--:--:--';
  const d = new Date(utcMs);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
    : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

export function hertz(hz: number): string {
  return hz >= 1000 ? `${Number((hz / 1000).toFixed(1))}\u202fkHz` : `${Number(hz.toFixed(1))}\u202fHz`;
}
