/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/patient_mix.h - where a simulated patient's potentials are added up: a window over
 * all muscles that moves on slab by slab, and the shapes that are added. Internal to the patient.
 *
 * Frames are counted from the case's begin. A shape may reach past the slab's end; what it leaves
 * there is part of the next slabs. Slabs always begin at the same frames, so that the signal does
 * not depend on how it is read. */
#ifndef LSRD_ACQUISITION_PATIENT_MIX_H
#define LSRD_ACQUISITION_PATIENT_MIX_H

#include <stdint.h>

#include "base/err.h"
#include "base/random.h"

enum {
    SHAPE_POINTS = 257,
    SHAPE_REACH = 4, /* a shape lasts 4 scales before its centre and 4 behind */
};

/* A potential as a table over u = time / scale from -4 to 4, 1 peak to peak. */
struct shape {
    double value[SHAPE_POINTS];
};

/* phases: 2 or 3. As motor-unit potentials are: a main lobe between unequal lesser ones. */
void shape_motor_unit(struct shape *s, struct random *r, int phases);
/* The summed potential of many fibres with scattered latencies: a biphasic M wave. */
void shape_compound(struct shape *s, struct random *r);
/* from, smoothed by a raised cosine of the given width in scales: what tissue does to it. */
void shape_smooth(struct shape *s, const struct shape *from, double width);
/* Cubic interpolation; 0 outside. */
double shape_at(const struct shape *s, double u);

/* Adds uv times the shape, centred at frame `at` of samples[0 .. count). */
void shape_add(const struct shape *s, double *samples, int64_t count, double at,
               double scale_frames, double uv);

struct mix {
    double *uv;      /* owned: channels x length, channel after channel */
    uint64_t first;  /* frame of index 0 */
    uint32_t slab;   /* frames that are complete once all has been added up to slab's end */
    uint32_t length; /* slab and what lies ahead of it */
    uint32_t channels;
    double rate_hz;
};

bool mix_init(struct mix *m, uint32_t channels, uint32_t slab, uint32_t ahead, double rate_hz,
              struct err *err);
void mix_fini(struct mix *m);    /* copes with a zeroed one */
void mix_clear(struct mix *m);   /* back to frame 0 */
void mix_advance(struct mix *m); /* to the next slab */
/* The channel's samples from frame m->first on. */
double *mix_channel(struct mix *m, uint32_t channel);
/* Adds to one channel, centred at absolute frame `at`, cut at the window's ends. */
void mix_add(struct mix *m, uint32_t channel, const struct shape *s, double at, double scale_frames,
             double uv);

#endif
