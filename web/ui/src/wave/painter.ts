// SPDX-License-Identifier: Apache-2.0
// Draws the free-running EMG into one canvas: sweep mode with an erase bar, only the columns that are
// new, and any column again when a band or the layout changes. Runs in the worker; knows no socket.
import { columnExtent, columnOf, columnStart, joined, type Sweep } from './columns';
import type { Extent, Extents } from './ring';

export type BandKind = 'artifact' | 'event' | 'late'; // late: filled in afterwards, nobody saw it live

export interface Band {
  kind: BandKind;
  channel: number | null; // null: every channel
  start: number;
  end: number;
  label: string; // key of its picture
}

export interface Row { channel: number; gainUv: number } // half a row's height in microvolts

export interface Layout {
  width: number; // device pixels
  height: number;
  columnPx: number; // device pixels of a column, and the least thickness of a trace
  fontPx: number;
  windowS: number;
  rateHz: number;
  rows: Row[];
  seconds: boolean; // marks every second
}

const COLOR_BACK = '#0B0F14';
const COLOR_GRID = '#18212B';
const COLOR_ROW = '#1C2631';
const COLOR_TRACE = '#A9E5B5';
const COLOR_TRACE_DIM = '#5F7D69';
const COLOR_STIMULUS = '#7AA2FF';
const COLOR_EVENT = '#B79CFF';
const COLOR_EVENT_BACK = '#221D38';
const COLOR_ARTIFACT_BACK = '#1A2029';
const COLOR_ARTIFACT_HATCH = '#384452';
const ERASE_S = 0.12;

type Context = OffscreenCanvasRenderingContext2D;

export class Painter {
  readonly canvas: OffscreenCanvas;
  private readonly context: Context;
  private layout: Layout | null = null;
  private ring: Extents | null = null;
  private sweep: Sweep = { columns: 1, windowSamples: 1 };
  private paintedTo: number | null = null; // first column that is not, or only partly, painted
  private paintedEnd = 0; // samples before this are painted
  private whole = true; // everything must be painted again
  private origin: number | null = null; // frozen: the column at the left edge
  private bands: Band[] = [];
  private stimuli: number[] = []; // ascending
  private widestLabel = 0;
  private labels = new Map<string, ImageBitmap>();
  private hatch: CanvasPattern | null = null;

  constructor(canvas: OffscreenCanvas) {
    this.canvas = canvas;
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('no 2d context');
    this.context = context;
  }

  setLayout(layout: Layout): void {
    if (this.canvas.width !== layout.width) this.canvas.width = layout.width;
    if (this.canvas.height !== layout.height) this.canvas.height = layout.height;
    this.layout = layout;
    this.sweep = {
      columns: Math.max(1, Math.floor(layout.width / layout.columnPx)),
      windowSamples: Math.max(1, Math.round(layout.windowS * layout.rateHz)),
    };
    this.hatch = null;
    this.whole = true;
    this.paintedTo = null;
    if (this.ring === null || this.ring.isEmpty) this.clear();
  }

  get samplesPerColumn(): number { return this.sweep.windowSamples / this.sweep.columns; }

  setRing(ring: Extents | null): void {
    this.ring = ring;
    this.paintedTo = null;
    this.whole = true;
    if (ring === null) this.clear();
  }

  // Shows the window that ends at this sample and stands still; null goes back to live.
  freeze(endSample: number | null): void {
    this.origin = endSample === null ? null : columnOf(this.sweep, endSample) - this.sweep.columns + 1;
    this.whole = true;
  }

  get frozen(): boolean { return this.origin !== null; }

  // Texts come as pictures: a worker does not have the page's fonts.
  setLabels(labels: Map<string, ImageBitmap>): void {
    this.labels = labels;
    this.widestLabel = Math.max(0, ...[...labels.values()].map((l) => l.width));
    this.whole = true;
  }

  repaint(): void { this.whole = true; }

  // The page's other thread has died: what is shown must not pass for live.
  cross(): void {
    const { width, height } = this.canvas;
    this.context.fillStyle = COLOR_BACK;
    this.context.globalAlpha = 0.6;
    this.context.fillRect(0, 0, width, height);
    this.context.globalAlpha = 1;
    this.context.fillStyle = this.hatchStyle();
    for (let x = 0; x < width; x += 64) this.context.fillRect(x, 0, 32, height);
    this.whole = false;
  }

  // Bands and stimuli belong to the caller and may grow; `added` is painted at once where it shows.
  setMarks(bands: Band[], stimuli: number[]): void {
    this.bands = bands;
    this.stimuli = stimuli;
  }

  addBand(band: Band): void {
    if (this.whole || this.paintedTo === null || this.ring === null) return;
    const visible = this.visible();
    const from = Math.max(columnOf(this.sweep, band.start), visible.from);
    const end = Math.max(columnOf(this.sweep, Math.max(band.start, band.end - 1)), from + this.labelColumns(band));
    const to = Math.min(end, visible.to - 1);
    if (from <= to) this.columns(from, to + 1);
  }

  // A stimulus is told after its samples were painted: its tick goes where they are.
  addStimulus(sample: number): void {
    if (this.whole || this.paintedTo === null || this.layout === null) return;
    const column = columnOf(this.sweep, sample);
    const visible = this.visible();
    if (column >= visible.from && column < visible.to) this.ticks(sample, sample + 1, this.strip());
  }

  // Paints what is new; true when samples appeared that were not on the screen before.
  paint(): boolean {
    const { ring, layout } = this;
    if (ring === null || layout === null || ring.isEmpty) return false;
    const newest = columnOf(this.sweep, Math.max(ring.startSample, ring.endSample - 1));
    if (this.origin !== null) {
      if (this.whole) {
        this.whole = false;
        this.clear();
        this.columns(this.origin, this.origin + this.sweep.columns);
      }
      return false;
    }
    const isNew = ring.endSample !== this.paintedEnd;
    this.paintedEnd = ring.endSample;
    if (this.whole || this.paintedTo === null || newest - this.paintedTo >= this.sweep.columns ||
        newest < this.paintedTo - 1) {
      this.whole = false;
      this.clear();
      this.paintedTo = newest;
      const visible = this.visible();
      this.columns(Math.max(visible.from, columnOf(this.sweep, ring.startSample)), newest + 1);
      this.erase(newest + 1);
      return true;
    }
    if (!isNew) return false;
    const advanced = newest > this.paintedTo;
    this.columns(this.paintedTo, newest + 1);
    this.paintedTo = newest;
    if (advanced) this.erase(newest + 1);
    return true;
  }

  private visible(): { from: number; to: number } {
    if (this.origin !== null) return { from: this.origin, to: this.origin + this.sweep.columns };
    const newest = this.paintedTo ?? (this.ring ? columnOf(this.sweep, Math.max(0, this.ring.endSample - 1)) : 0);
    return { from: newest + 1 - this.sweep.columns + this.eraseColumns(), to: newest + 1 };
  }

  private strip(): number { return Math.round((this.layout?.fontPx ?? 16) * 0.9); }

  private eraseColumns(): number {
    const layout = this.layout;
    if (layout === null) return 1;
    return Math.max(4, Math.round((ERASE_S / layout.windowS) * this.sweep.columns));
  }

  private place(column: number): number {
    const n = this.sweep.columns;
    return this.origin === null ? ((column % n) + n) % n : column - this.origin;
  }

  private clear(): void {
    this.context.fillStyle = COLOR_BACK;
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  private erase(from: number): void {
    const px = this.layout?.columnPx ?? 1;
    this.context.fillStyle = COLOR_BACK;
    for (let i = 0; i < this.eraseColumns(); i++) {
      this.context.fillRect(this.place(from + i) * px, 0, px, this.canvas.height);
    }
  }

  private hatchStyle(): CanvasPattern | string {
    if (this.hatch) return this.hatch;
    const size = Math.max(8, (this.layout?.fontPx ?? 12) * 0.75);
    const tile = new OffscreenCanvas(size, size);
    const c = tile.getContext('2d');
    if (!c) return COLOR_ARTIFACT_BACK;
    c.fillStyle = COLOR_ARTIFACT_BACK;
    c.fillRect(0, 0, size, size);
    c.strokeStyle = COLOR_ARTIFACT_HATCH;
    c.lineWidth = Math.max(1, size / 9);
    c.beginPath();
    for (const shift of [-size, 0, size]) {
      c.moveTo(shift, size);
      c.lineTo(shift + size, 0);
    }
    c.stroke();
    this.hatch = this.context.createPattern(tile, 'repeat');
    return this.hatch ?? COLOR_ARTIFACT_BACK;
  }

  // Paints columns [from, to) of all rows.
  private columns(from: number, to: number): void {
    const { context, layout, ring } = this;
    if (layout === null || ring === null) return;
    const px = layout.columnPx;
    const strip = this.strip();
    const rowHeight = (this.canvas.height - strip) / Math.max(1, layout.rows.length);
    const firstSample = columnStart(this.sweep, from);
    const endSample = columnStart(this.sweep, to);

    context.fillStyle = COLOR_BACK;
    for (let c = from; c < to; c++) context.fillRect(this.place(c) * px, 0, px, this.canvas.height);
    if (layout.seconds) this.grid(from, to, px);
    context.fillStyle = COLOR_ROW;
    for (let r = 1; r <= layout.rows.length; r++) {
      const y = Math.round(r * rowHeight);
      for (let c = from; c < to; c++) context.fillRect(this.place(c) * px, y, px, 1);
    }

    const named = firstSample - (this.widestLabel / px) * this.samplesPerColumn; // a name may reach this far past its event
    const near = this.bands.filter((b) => b.start < endSample && (b.end > firstSample || b.start > named));
    layout.rows.forEach((row, r) => {
      const top = r * rowHeight;
      const mine = near.filter((b) => b.channel === null || b.channel === row.channel);
      for (const kind of ['event', 'artifact'] as const) {
        for (const band of mine) if (band.kind === kind) this.band(band, from, to, top, rowHeight);
      }
      this.trace(row, from, to, top, rowHeight, mine);
      for (const band of mine) if (band.kind !== 'late' || r === 0) this.label(band, row.channel, from, to, top);
    });
    this.ticks(firstSample, endSample, strip);
  }

  private grid(from: number, to: number, px: number): void {
    const rate = this.layout?.rateHz ?? 1;
    const step = (this.layout?.windowS ?? 1) > 12 ? 2 : (this.layout?.windowS ?? 1) < 2 ? 0.1 : 1;
    const first = Math.ceil(columnStart(this.sweep, from) / (rate * step));
    const last = Math.ceil(columnStart(this.sweep, to) / (rate * step));
    this.context.fillStyle = COLOR_GRID;
    for (let s = first; s < last; s++) {
      const x = this.place(columnOf(this.sweep, s * rate * step)) * px;
      this.context.fillRect(x, 0, Math.max(1, Math.round(px / 2)), this.canvas.height);
    }
  }

  private band(band: Band, from: number, to: number, top: number, height: number): void {
    const { context, layout } = this;
    if (layout === null) return;
    const first = Math.max(from, columnOf(this.sweep, band.start));
    const last = Math.min(to - 1, columnOf(this.sweep, Math.max(band.start, band.end - 1)));
    const px = layout.columnPx;
    const line = Math.max(2, Math.round(layout.fontPx / 5));
    for (let c = first; c <= last; c++) {
      const x = this.place(c) * px;
      context.fillStyle = band.kind === 'event' ? COLOR_EVENT_BACK : this.hatchStyle();
      context.fillRect(x, top + 1, px, height - 2);
      if (band.kind === 'event') {
        context.fillStyle = COLOR_EVENT;
        context.fillRect(x, top + height - line - 1, px, line);
      }
    }
  }

  private labelColumns(band: Band): number {
    return Math.ceil((this.labels.get(band.label)?.width ?? 0) / (this.layout?.columnPx ?? 1));
  }

  // The part of the band's name that lies on columns [from, to): a name is wider than a short event, and
  // what is painted behind the event must not cut it.
  private label(band: Band, channel: number, from: number, to: number, top: number): void {
    const { context, layout } = this;
    const text = this.labels.get(band.label);
    if (layout === null || text === undefined) return;
    const px = layout.columnPx;
    const visible = this.visible();
    const at = Math.max(columnOf(this.sweep, band.start), visible.from);
    const width = this.labelColumns(band);
    const first = Math.max(at, from);
    const last = Math.min(at + width, to);
    if (first >= last || this.place(at) * px + text.width > this.canvas.width) return;
    // Where events are dense, the first of them is named.
    const crowded = this.bands.some((b) => (b.channel === null || b.channel === channel) && b.start < band.start &&
      b.start + width * this.samplesPerColumn > band.start && b.start >= columnStart(this.sweep, visible.from));
    if (crowded) return;
    const skip = (first - at) * px;
    const part = Math.min((last - first) * px, text.width - skip);
    if (part > 0) context.drawImage(text, skip, 0, part, text.height, this.place(first) * px, top + 2, part, text.height);
  }

  private trace(row: Row, from: number, to: number, top: number, height: number, bands: Band[]): void {
    const { context, layout, ring } = this;
    if (layout === null || ring === null) return;
    const px = layout.columnPx;
    const middle = top + height / 2;
    const scale = (height / 2 - px) / row.gainUv;
    const low = top + 1;
    const high = top + height - 1;
    const covered = bands.filter((b) => b.kind !== 'event');
    const seam = (c: number): boolean => this.origin === null && this.place(c) === 0;
    let before: Extent | null = seam(from) ? null : columnExtent(ring, this.sweep, row.channel, from - 1);
    for (let c = from; c < to; c++) {
      if (seam(c)) before = null;
      const now = columnExtent(ring, this.sweep, row.channel, c);
      if (now === null) {
        before = null;
        continue;
      }
      const span = joined(now, before);
      const y0 = Math.max(low, Math.min(high - px, middle - span.max * scale - px / 2));
      const y1 = Math.min(high, Math.max(low + px, middle - span.min * scale + px / 2));
      // A column that fills its row says only "off the scale", and must not outshine what can be read.
      const over = now.max > row.gainUv && now.min < -row.gainUv;
      context.fillStyle = over || (covered.length > 0 && this.inside(covered, c)) ? COLOR_TRACE_DIM : COLOR_TRACE;
      context.fillRect(this.place(c) * px, y0, px, Math.max(px, y1 - y0));
      before = now;
    }
  }

  private inside(bands: Band[], column: number): boolean {
    const start = columnStart(this.sweep, column);
    const end = columnStart(this.sweep, column + 1);
    return bands.some((b) => b.start < end && b.end > start);
  }

  private ticks(firstSample: number, endSample: number, strip: number): void {
    const { context, layout } = this;
    if (layout === null) return;
    context.fillStyle = COLOR_STIMULUS;
    for (let i = this.stimuli.length - 1; i >= 0; i--) {
      const sample = this.stimuli[i] ?? 0;
      if (sample >= endSample) continue;
      if (sample < firstSample) break;
      const x = this.place(columnOf(this.sweep, sample)) * layout.columnPx;
      context.fillRect(x, this.canvas.height - strip + 2, Math.max(2, layout.columnPx), strip - 3);
    }
  }
}
