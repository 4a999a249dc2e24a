// SPDX-License-Identifier: Apache-2.0
// Runs where the browser renders sound: samples come from the page's worker, straight into the buffer.
import { JitterBuffer } from './jitter';

declare const sampleRate: number;
declare class AudioWorkletProcessor { readonly port: MessagePort }
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

export type SpeakerMessage = { first: number; gap: boolean; data: Int16Array } | null; // null: another source

const TELL_S = 0.25;

class EmgSpeaker extends AudioWorkletProcessor {
  private readonly buffer = new JitterBuffer(sampleRate);
  private untold = 0;

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<MessagePort>) => {
      event.data.onmessage = ({ data }: MessageEvent<SpeakerMessage>) => {
        if (data === null) this.buffer.reset();
        else this.buffer.push(data.first, data.gap, data.data);
      };
    };
  }

  process(_: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0]?.[0];
    if (out === undefined) return true;
    this.buffer.pull(out);
    this.untold += out.length / sampleRate;
    if (this.untold >= TELL_S) {
      this.untold = 0;
      this.port.postMessage(this.buffer.state);
    }
    return true;
  }
}

registerProcessor('emg-speaker', EmgSpeaker);
