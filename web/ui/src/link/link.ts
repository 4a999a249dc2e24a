// SPDX-License-Identifier: Apache-2.0
// The socket: opens, says hi, resumes, asks the time, and comes back for ever. A half-open link is
// closed by its silence, because TCP would keep it for minutes.
import { decodeFrame, type Frame } from '../protocol/frame';
import { parseMessage, PROTOCOL, type Command, type ServerMessage } from '../protocol/messages';
import { backoffMs } from './backoff';
import { ServerClock } from './clock';

const SILENCE_MS = 5000; // the server speaks four times a second
const TIME_EVERY_MS = 1000;
const CLOSE_BROKEN = 3002; // a page may not send 1002 itself
// Refusals that a quick retry would only repeat.
const SLOW_AGAIN_MS = new Map([[1002, 2000], [1008, 2000], [3002, 2000], [4003, 5000], [4010, 10000]]);

export interface LinkEvents {
  message(message: ServerMessage): void;
  frame(frame: Frame): void;
  trouble(why: string): void; // the peer broke the protocol, in words
  changed(connected: boolean): void;
  closed(code: number): void;
}

export interface LinkOptions {
  url: string;
  name: string;
  token: string | null;
  client: string; // drawn once per page load: the server knows a repeated command by it
}

export class Link {
  readonly clock = new ServerClock();
  lastMessageAt: number | null = null;
  attempts = 0;
  private readonly options: LinkOptions;
  private readonly events: LinkEvents;
  private readonly now: () => number;
  private socket: WebSocket | null = null;
  private openedAt = 0;
  private greetedAt: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastTimeAt = 0;
  private resume: { source_tag: number; last_finding: number } | null = null;

  constructor(options: LinkOptions, events: LinkEvents, now: () => number) {
    this.options = options;
    this.events = events;
    this.now = now;
  }

  get connected(): boolean { return this.socket?.readyState === WebSocket.OPEN && this.lastMessageAt !== null; }

  // When this connection's hello came; null without one.
  get connectedAt(): number | null { return this.connected ? this.greetedAt : null; }

  // Findings up to `last` of this source have been seen; the next connection continues behind them.
  seen(sourceTag: number, last: number): void { this.resume = { source_tag: sourceTag, last_finding: last }; }

  connect(): void {
    this.timer = undefined;
    this.openedAt = this.now();
    this.greetedAt = null;
    this.clock.forget();
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.options.url, PROTOCOL);
    } catch (error) {
      this.events.trouble(String(error));
      this.again();
      return;
    }
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => {
      this.send({ t: 'hi', token: this.options.token, name: this.options.name,
        client: this.options.client, resume: this.resume });
    };
    socket.onmessage = (event: MessageEvent) => this.receive(socket, event.data);
    socket.onclose = (event: CloseEvent) => {
      if (this.socket !== socket) return;
      this.events.closed(event.code);
      this.again(SLOW_AGAIN_MS.get(event.code) ?? 0);
    };
  }

  // Called a few times a second: asks the time, and gives up a link that says nothing.
  tend(): void {
    const now = this.now();
    const socket = this.socket;
    if (socket === null) return;
    if (this.greetedAt !== null && now - this.lastTimeAt >= TIME_EVERY_MS) this.askTime(now);
    if (now - Math.max(this.openedAt, this.lastMessageAt ?? 0) > SILENCE_MS) {
      socket.onmessage = null;
      socket.close();
      this.again();
    }
  }

  send(message: object): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  private askTime(now: number): void {
    this.lastTimeAt = now;
    this.send({ t: 'time', c0: Math.round(now) });
  }

  command(id: number, command: Command): boolean { return this.send({ t: 'cmd', id, ...command }); }

  private receive(socket: WebSocket, data: unknown): void {
    if (this.socket !== socket) return;
    const now = this.now();
    if (data instanceof ArrayBuffer) {
      const frame = decodeFrame(data);
      if (frame.kind === 'broken') return this.refuse(socket, frame.why);
      this.lastMessageAt = now;
      if (frame.kind !== 'unknown') this.events.frame(frame);
      return;
    }
    let message: ServerMessage | null;
    try {
      message = parseMessage(String(data));
    } catch (error) {
      return this.refuse(socket, String(error));
    }
    this.lastMessageAt = now;
    if (message === null) return;
    if (message.t === 'time') this.clock.add(message.c0, message.s1, message.s2, now);
    if (message.t === 'hello') {
      this.attempts = 0;
      this.greetedAt = now;
      this.clock.seed(message.mono_ms, now);
      this.askTime(now); // nothing counts as live before a round trip is known
      this.events.changed(true);
    }
    this.events.message(message);
  }

  private refuse(socket: WebSocket, why: string): void {
    this.events.trouble(why);
    socket.close(CLOSE_BROKEN, why.slice(0, 100));
  }

  private again(atLeastMs = 0): void {
    this.socket = null;
    this.events.changed(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), Math.max(atLeastMs, backoffMs(this.attempts, Math.random())));
    this.attempts++;
  }
}
