// SPDX-License-Identifier: Apache-2.0
// What the page's two threads say to each other. The worker owns the socket and the EMG canvas; the
// main thread owns everything a person touches. Times are ms of one clock: timeOrigin + now().
import type { Layout } from './wave/painter';
import type { SweepFrame } from './protocol/frame';
import type { Command, ServerMessage } from './protocol/messages';

export function nowMs(): number { return performance.timeOrigin + performance.now(); }

export type LayoutWish = Omit<Layout, 'rateHz'>;

export type ToWorker =
  | { k: 'open'; url: string; name: string; token: string | null; client: string }
  | { k: 'canvas'; id: string; canvas: OffscreenCanvas }
  | { k: 'drop'; id: string }
  | { k: 'layout'; id: string; layout: LayoutWish }
  | { k: 'labels'; labels: Map<string, ImageBitmap> }
  | { k: 'freeze'; id: string; endSample: number | null }
  | { k: 'command'; id: number; command: Command }
  | { k: 'speaker'; port: MessagePort } // where sound goes
  | { k: 'listen'; to: number | null } // a channel, -1 the loudest, null nothing
  | { k: 'blind'; on: boolean } // no event and no artifact is drawn
  | { k: 'alive'; visible: boolean; audio: 'on' | 'blocked' | 'off' }; // 4 Hz

export interface Tick { // 10 Hz
  k: 'tick';
  at: number;
  connected: boolean;
  connectedAt: number | null; // when this connection said hello
  attempts: number; // since the last connection
  offset: number; // server's mono ms minus this clock
  rttMs: number | null;
  lastMessageAt: number | null;
  newestDataAt: number | null; // painted
  lastPaintAt: number | null;
  paintedSample: number;
  paintedSeq: number;
  startSample: number; // the oldest that can be looked back at
  endSample: number;
  filled: boolean; // the look back is whole, and painted
  framesPerS: number;
  skipped: number; // wave frames the server left out for us
}

export type Item = { m: ServerMessage } | { s: SweepFrame };

export type FromWorker =
  | Tick
  | { k: 'items'; items: Item[] }
  | { k: 'trouble'; why: string }
  | { k: 'heard'; channel: number } // the one that the loudest is now
  | { k: 'closed'; code: number };
