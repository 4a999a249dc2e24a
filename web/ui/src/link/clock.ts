// SPDX-License-Identifier: Apache-2.0
// The server's monotonic clock as this machine sees it: of the last sixteen round trips the shortest
// is believed, because delay only ever adds. Used for ages alone.

const KEPT = 16;

export class ServerClock {
  private trips: { rtt: number; offset: number }[] = [];

  // A first estimate from a message that carries the server's clock, good to one network delay.
  seed(monoMs: number, now: number): void {
    if (this.trips.length === 0) this.trips.push({ rtt: 1e9, offset: monoMs - now });
  }

  // c0: when we asked; s1, s2: the server's receipt and answer; c1: when it came. Milliseconds.
  add(c0: number, s1: number, s2: number, c1: number): void {
    const rtt = c1 - c0 - (s2 - s1);
    if (!(rtt >= 0)) return;
    this.trips.push({ rtt, offset: (s1 + s2) / 2 - (c0 + c1) / 2 });
    if (this.trips.length > KEPT) this.trips.shift();
  }

  get known(): boolean { return this.trips.length > 0; }

  get offset(): number {
    let best = this.trips[0];
    for (const trip of this.trips) if (best === undefined || trip.rtt <= best.rtt) best = trip;
    return best === undefined ? 0 : best.offset;
  }

  get rttMs(): number | null {
    let best: number | null = null;
    for (const trip of this.trips) if (trip.rtt < 1e8 && (best === null || trip.rtt < best)) best = trip.rtt;
    return best;
  }

  server(now: number): number { return now + this.offset; }

  // Age of a stamp that is the server's milliseconds mod 2^32, at local time now. Never negative.
  ageOf(stamp: number, now: number): number {
    const difference = (this.server(now) - stamp) % 4294967296;
    const signed = difference < -2147483648 ? difference + 4294967296
      : difference > 2147483648 ? difference - 4294967296 : difference;
    return Math.max(0, signed);
  }
}
