// SPDX-License-Identifier: Apache-2.0
// A canvas in the DOM that knows its size in device pixels, and a hook that redraws it.
import { useEffect, useRef } from 'preact/hooks';
import type { RefObject } from 'preact';

export const FONT = '"Inter Variable", "Noto Sans SC Variable", sans-serif';

export interface Pad { context: CanvasRenderingContext2D; width: number; height: number; dpr: number; em: number }

// Pictures that are due take turns, from the frame after the next: the one in which they are asked for has the words
// to write. A frame draws for a quarter of the 4 ms of script that it may cost, and one at least; the rest waits for
// the next, the longest waiting first.
const FRAME_MS = 1;
const due = new Set<() => void>();
let frame = 0;

function drawDue(): void {
  frame = 0;
  const end = performance.now() + FRAME_MS;
  for (const draw of due) {
    due.delete(draw);
    draw();
    if (performance.now() >= end) break;
  }
  if (due.size > 0) frame = requestAnimationFrame(drawDue);
}

function drawSoon(draw: () => void): void {
  due.add(draw);
  if (frame === 0) frame = requestAnimationFrame(() => { frame = requestAnimationFrame(drawDue); });
}

// Calls draw at mount, at every change of size, and whenever the returned function is called; at most
// once a frame, never more often than every minMs unless told to at once.
export function usePad(draw: (pad: Pad, resized: boolean) => void, minMs = 0): [RefObject<HTMLCanvasElement>, (atOnce?: boolean) => void] {
  const ref = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  latest.current = draw;
  const ask = useRef<(atOnce: boolean) => void>(() => undefined);
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d', { alpha: true });
    if (!canvas || !context) return;
    let resized = true;
    let pad: Pad | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const run = (): void => {
      last = performance.now();
      // Sizes are asked for only when they may have changed: to ask makes the browser lay out the whole page.
      if (resized || pad === null || devicePixelRatio !== pad.dpr) {
        const dpr = devicePixelRatio;
        const box = canvas.getBoundingClientRect();
        const width = Math.max(1, Math.round(box.width * dpr));
        const height = Math.max(1, Math.round(box.height * dpr));
        if (canvas.width !== width || canvas.height !== height) {
          canvas.width = width;
          canvas.height = height;
        }
        pad = { context, width, height, dpr, em: Number.parseFloat(getComputedStyle(canvas).fontSize) * dpr };
        resized = true;
      }
      latest.current(pad, resized);
      resized = false;
    };
    ask.current = (atOnce) => {
      if (due.has(run) || (timer !== undefined && !atOnce)) return;
      clearTimeout(timer);
      timer = undefined;
      const wait = atOnce ? 0 : minMs - (performance.now() - last);
      if (wait > 0) timer = setTimeout(() => { timer = undefined; drawSoon(run); }, wait);
      else drawSoon(run);
    };
    const observer = new ResizeObserver(() => { resized = true; ask.current(false); });
    observer.observe(canvas);
    void document.fonts.ready.then(() => { resized = true; ask.current(false); });
    return () => {
      observer.disconnect();
      due.delete(run);
      clearTimeout(timer);
    };
  }, []);
  return [ref, (atOnce = false) => ask.current(atOnce)];
}

const hatches = new Map<string, CanvasPattern>();

// A pattern belongs to no canvas: one is made for each size and pair of colours.
export function hatchPattern(context: CanvasRenderingContext2D, size: number, back: string, line: string): CanvasPattern | string {
  const name = `${Math.round(size)} ${back} ${line}`;
  const known = hatches.get(name);
  if (known !== undefined) return known;
  const tile = document.createElement('canvas');
  tile.width = tile.height = Math.max(4, Math.round(size));
  const c = tile.getContext('2d');
  if (!c) return back;
  c.fillStyle = back;
  c.fillRect(0, 0, tile.width, tile.height);
  c.strokeStyle = line;
  c.lineWidth = Math.max(1, tile.width / 7);
  for (const shift of [-tile.width, 0, tile.width]) {
    c.moveTo(shift, tile.height);
    c.lineTo(shift + tile.width, 0);
  }
  c.stroke();
  const made = context.createPattern(tile, 'repeat');
  if (made !== null) hatches.set(name, made);
  return made ?? back;
}
