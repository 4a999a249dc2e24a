// SPDX-License-Identifier: Apache-2.0
// The server's monotonic clock as this machine sees it: of the last sixteen round trips the shortest
// is believed, because delay only ever adds. Used for ages alone, and an age is the greatest that it
// may be: a link whose delay lies all on one side must not make old samples look young.

const KEPT = 16;
// A stamp may lie ahead of us by rounding and drift. Further ahead, this machine's clock stood still
// (it slept), and what it knew of the server's is worth nothing.
const AHEAD_MS = 50;

export class ServerClock {
  private trips: { rtt: number; offset: number }[] = [];
  private seeded: number | null = null;

  // A first estimate from a message that carries the server's clock, good to one network delay: for a
  // countdown, never for an age.
  seed(monoMs: number, now: number): void { this.seeded = monoMs - now; }

  // Another connection may be another server.
  forget(): void {
    this.trips = [];
    this.seeded = null;
  }

  // c0: when we asked; s1, s2: the server's receipt and answer; c1: when it came. Milliseconds.
  add(c0: number, s1: number, s2: number, c1: number): void {
    const rtt = c1 - c0 - (s2 - s1);
    if (!(rtt >= 0)) return;
    this.trips.push({ rtt, offset: (s1 + s2) / 2 - (c0 + c1) / 2 });
    if (this.trips.length > KEPT) this.trips.shift();
  }

  get known(): boolean { return this.trips.length > 0; }

  get offset(): number { return this.best()?.offset ?? this.seeded ?? 0; }

  get rttMs(): number | null { return this.best()?.rtt ?? null; }

  // The greatest age that a stamp of the server (milliseconds mod 2^32) may have at local time now;
  // Infinity while no round trip is known. Never negative.
  ageOf(stamp: number, now: number): number {
    const best = this.best();
    if (best === undefined) return Infinity;
    const difference = (now + best.offset + best.rtt / 2 - stamp) % 4294967296;
    const signed = difference < -2147483648 ? difference + 4294967296
      : difference > 2147483648 ? difference - 4294967296 : difference;
    if (signed < -AHEAD_MS) {
      this.forget();
      return Infinity;
    }
    return Math.max(0, signed);
  }

  private best(): { rtt: number; offset: number } | undefined {
    let best = this.trips[0];
    for (const trip of this.trips) if (best === undefined || trip.rtt <= best.rtt) best = trip;
    return best;
  }
}
