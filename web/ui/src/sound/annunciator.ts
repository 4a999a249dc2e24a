// SPDX-License-Identifier: Apache-2.0
// Sounds what the server's alarm list says, and this page's own technical alarm when the data stops.
// A tone that could not sound when it was due is never played later.
import { signal, type Signal } from '@preact/signals';
import type { Alarm, Alarms } from '../protocol/messages';
import type { Priority } from '../protocol/codes';
import { PATTERNS, scheduleBurst, scheduleChime } from './tones';

type Sounding = Exclude<Priority, 'information'>;
const RANK: Record<Priority, number> = { information: 0, low: 1, medium: 2, high: 3 };

// The alarm that sounds, of those that nobody has acknowledged; null when all is quiet. A high one goes on
// sounding when its condition is over, as the daemon's own sounder does.
export function loudest(list: readonly Alarm[]): Alarm | null {
  let best: Alarm | null = null;
  for (const alarm of list) {
    const unseen = alarm.state === 'active' || (alarm.state === 'latched' && alarm.priority === 'high');
    if (!unseen || alarm.priority === 'information') continue;
    if (best === null || RANK[alarm.priority] > RANK[best.priority]) best = alarm;
  }
  return best;
}

export class Annunciator {
  readonly state: Signal<'on' | 'blocked' | 'off'> = signal('blocked');
  private readonly volume: Signal<number>;
  private readonly sounds: (from: number, to: number) => void;
  context: AudioContext | null = null; // of the whole page; null until it was asked for
  private output: GainNode | null = null;
  private priority: Sounding | null = null;
  private nextAt = 0; // context seconds of the next burst
  private chimed = new Set<string>();
  private first = true;

  // sounds: told of each burst and chime, in seconds of the context.
  constructor(volume: Signal<number>, sounds: (from: number, to: number) => void = () => undefined) {
    this.volume = volume;
    this.sounds = sounds;
  }

  get ability(): 'on' | 'blocked' | 'off' { return this.state.value; }

  // At start and again at a person's touch, because browsers stay silent until one.
  async enable(): Promise<void> {
    if (typeof AudioContext === 'undefined') {
      this.state.value = 'off';
      return;
    }
    if (this.context === null) {
      this.context = new AudioContext({ latencyHint: 'interactive' });
      this.output = this.context.createGain();
      this.output.connect(this.context.destination);
      this.context.onstatechange = () => this.look();
    }
    // A page that nobody has touched gets no answer at all from resume().
    void this.context.resume().then(() => this.look(), () => this.look());
    this.look();
  }

  private look(): void { this.state.value = this.context?.state === 'running' ? 'on' : 'blocked'; }

  // Called at every change and a few times a second. `local`: this display has lost its data.
  update(alarms: Alarms, local: boolean, replay: boolean): void {
    this.look();
    const information = alarms.list.filter((a) => a.priority === 'information' && a.state === 'active');
    for (const alarm of information) {
      if (this.chimed.has(alarm.key)) continue;
      this.chimed.add(alarm.key);
      // What was there when the page opened is old news.
      if (!this.first && !replay) this.chime();
    }
    this.first = false;
    const quiet = replay || (alarms.audio.state !== 'on' && !local);
    const loud = loudest(alarms.list);
    const wanted: Sounding | null = quiet ? null
      : loud !== null ? (loud.priority as Sounding) : local ? 'medium' : null;
    const context = this.context;
    if (context === null || this.output === null || context.state !== 'running') {
      this.priority = wanted;
      this.nextAt = 0;
      return;
    }
    this.output.gain.value = this.volume.value;
    if (wanted === null) {
      this.priority = null;
      this.nextAt = 0;
      return;
    }
    const now = context.currentTime;
    const higher = this.priority === null || RANK[wanted] > RANK[this.priority];
    if (higher || this.nextAt === 0) this.nextAt = now + 0.05;
    this.priority = wanted;
    // Timers of a hidden page are slow: bursts are written ahead of time.
    while (this.nextAt < now + 1.2) {
      if (this.nextAt >= now) this.sounds(this.nextAt, scheduleBurst(context, this.output, wanted, this.nextAt));
      this.nextAt += PATTERNS[wanted].repeatS;
    }
  }

  private chime(): void {
    if (this.context?.state === 'running' && this.output !== null) {
      const at = this.context.currentTime + 0.02;
      this.sounds(at, scheduleChime(this.context, this.output, at));
    }
  }
}
