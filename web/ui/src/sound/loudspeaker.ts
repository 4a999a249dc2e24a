// SPDX-License-Identifier: Apache-2.0
// The EMG as sound: one channel or the loudest, and a pitch for each channel's events. Alarms come first:
// while one sounds, this steps back by 12 dB.
import { signal, type Signal } from '@preact/signals';
import workletUrl from './emg_worklet?worker&url';
import type { JitterState } from './jitter';

// off: nobody asked for it. wait: the browser wants a touch first. unable: no AudioWorklet here, which
// browsers offer only over TLS or on the machine itself.
export type SpeakerState = 'off' | 'wait' | 'unable' | 'silent' | 'playing';

const DUCK = 0.25; // 12 dB
const DUCK_S = 0.03;
const EVENT_S = 0.08;
const EVENT_LEVEL = 0.25;
const EVENT_EVERY_MS = 150;
const EVENT_HZ = 330;
const STEPS = [1, 9 / 8, 5 / 4, 3 / 2, 5 / 3]; // five notes an octave: any two sound well together

export function eventHz(place: number): number {
  return EVENT_HZ * (STEPS[place % STEPS.length] ?? 1) * 2 ** (Math.floor(place / STEPS.length) % 3);
}

export class Loudspeaker {
  readonly state: Signal<SpeakerState> = signal('off');
  readonly buffer: Signal<JitterState | null> = signal(null);
  private readonly volume: Signal<number>;
  private readonly toWorker: (port: MessagePort) => void;
  private node: AudioWorkletNode | null = null;
  private loading = false;
  private failed = false;
  private gain: GainNode | null = null;
  private duckGain: GainNode | null = null;
  private lastEvent = new Map<number, number>();

  constructor(volume: Signal<number>, toWorker: (port: MessagePort) => void) {
    this.volume = volume;
    this.toWorker = toWorker;
  }

  // Called a few times a second: `wanted` is what a person asked for.
  follow(context: AudioContext | null, wanted: boolean): void {
    if (!wanted) this.state.value = 'off';
    else if (context !== null && !('audioWorklet' in context && context.audioWorklet)) this.state.value = 'unable';
    else if (context === null || context.state !== 'running') this.state.value = 'wait';
    else if (this.failed) this.state.value = 'unable';
    else this.state.value = this.node !== null && this.buffer.value?.playing === true ? 'playing' : 'silent';
    if (wanted && context?.state === 'running' && this.node === null && !this.failed) void this.build(context);
    if (this.gain !== null) this.gain.gain.value = wanted ? this.volume.value : 0;
  }

  // An alarm sounds between these times of the context.
  duck(from: number, to: number): void {
    if (this.duckGain === null) return;
    this.duckGain.gain.setTargetAtTime(DUCK, from - DUCK_S, DUCK_S / 3);
    this.duckGain.gain.setTargetAtTime(1, to, 0.1);
  }

  // A burst or train of the channel that stands at this place.
  event(place: number, nowMs: number): void {
    const context = this.gain?.context;
    if (context === undefined || this.gain === null || (this.state.value !== 'playing' && this.state.value !== 'silent')) return;
    if (nowMs - (this.lastEvent.get(place) ?? -Infinity) < EVENT_EVERY_MS) return;
    this.lastEvent.set(place, nowMs);
    const tone = context.createOscillator();
    const level = context.createGain();
    const at = context.currentTime + 0.01;
    tone.frequency.value = eventHz(place);
    level.gain.setValueAtTime(0, at);
    level.gain.linearRampToValueAtTime(EVENT_LEVEL, at + EVENT_S / 4);
    level.gain.linearRampToValueAtTime(0, at + EVENT_S);
    tone.connect(level).connect(this.gain);
    tone.start(at);
    tone.stop(at + EVENT_S);
  }

  private async build(context: AudioContext): Promise<void> {
    if (this.loading || !context.audioWorklet) return;
    this.loading = true;
    try {
      await context.audioWorklet.addModule(workletUrl);
      this.gain = context.createGain();
      this.duckGain = context.createGain();
      const node = new AudioWorkletNode(context, 'emg-speaker', { numberOfInputs: 0, outputChannelCount: [1] });
      node.connect(this.gain).connect(this.duckGain).connect(context.destination);
      node.port.onmessage = (event: MessageEvent<JitterState>) => { this.buffer.value = event.data; };
      const { port1, port2 } = new MessageChannel();
      node.port.postMessage(port2, [port2]);
      this.toWorker(port1);
      this.node = node;
    } catch {
      this.failed = true;
    }
    this.loading = false;
  }
}
