/* SPDX-License-Identifier: Apache-2.0 */
/* tests/amplifier/description.h - what a virtual amplifier is and when it fails, as its text file says.
 * A line is a key and its value, or a fault at a frame of the amplifier's own count:
 *
 *     signal   ramp.raw            raw frames, or a WAV file; relative to the description's folder
 *     format   S24_3LE             as ALSA names it
 *     rate     20000               what it claims
 *     channels 8
 *     ppm      300                 what it really does: the claimed rate times (1 + 300e-6)
 *     speed    20                  runs this much faster than the clock on the wall
 *     packet   20                  frames become visible this many at a time, as over USB
 *     jitter   10                  ... and at most this many frames late; at most a packet
 *     started  clock               writes the monotonic time of its frame 0, in ns, into this file
 *     at 40000 xrun                the driver reports an overrun once
 *     at 40000 xrun 20 every 100   twenty of them, 100 frames apart
 *     at 40000 unplug 300ms        gone, opening fails meanwhile; then it is there again
 *     at 40000 unplug 300ms as b   ... and is what the description b says
 *     at 40000 suspend 200ms
 *     at 40000 stuck 700ms         no data and no error; then all that piled up at once
 *     at 40000 zero 100ms          all channels are 0
 *     at 40000 duplicate 20        these frames are the 20 before once more
 *     at 40000 dead 3 100ms        channel 3 (from 1) keeps its last value
 *
 * A length is in frames, or in ms of the claimed rate. Blank lines and those from # on say nothing. */
#ifndef LSRD_TESTS_AMPLIFIER_DESCRIPTION_H
#define LSRD_TESTS_AMPLIFIER_DESCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

enum { AMPLIFIER_FAULTS = 64, AMPLIFIER_PATH = 1024 };

enum amplifier_fault_kind {
    FAULT_XRUN,
    FAULT_UNPLUG,
    FAULT_SUSPEND,
    FAULT_STUCK,
    FAULT_ZERO,
    FAULT_DUPLICATE,
    FAULT_DEAD,
};

struct amplifier_fault {
    enum amplifier_fault_kind kind;
    uint64_t frame;
    uint64_t length;  /* frames */
    uint32_t channel; /* FAULT_DEAD, from 0 */
    char as[AMPLIFIER_PATH]; /* FAULT_UNPLUG: description it returns with; empty: its own */
};

struct amplifier_description {
    char signal[AMPLIFIER_PATH];
    char started[AMPLIFIER_PATH]; /* empty: is not told */
    char format[16];
    uint32_t rate_hz;
    uint32_t channels;
    double ppm;
    double speed;
    uint32_t packet;
    uint32_t jitter;
    uint32_t fault_count;
    struct amplifier_fault faults[AMPLIFIER_FAULTS]; /* ascending frames */
};

/* False: complaint says file, line and what is wrong. */
bool amplifier_description_read(struct amplifier_description *d, const char *path,
                                char complaint[256]);

#endif
