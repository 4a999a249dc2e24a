/* SPDX-License-Identifier: Apache-2.0 */
/* detect/hum_parts.h - state of the hum canceller, for its rooms alone: hum.c turns the oscillator and
 * subtracts, hum_fit.c holds the blocks and what they say. */
#ifndef LSRD_DETECT_HUM_PARTS_H
#define LSRD_DETECT_HUM_PARTS_H

#include "detect/hum.h"
#include "detect/lanes.h"

enum {
    HARMONICS = 5,
    TERMS = 2 * HARMONICS,  /* cosine and sine of each */
    FIT = TERMS + 2,        /* with the block's own level and slope */
    FIT_STRIDE = 2 * BLOCK_LANES,
    FIT_PARTS = (FIT + LANE_WIDTH - 1) / LANE_WIDTH,
    BLOCKS = 15,            /* of 100 ms: 1.5 s */
    BLOCK_TICKS = 100,
    SETTLED_BLOCKS = 8,
    BLANK_AFTER_MS = 5,     /* after-activity and the last of a tail */
    MIN_TICKS = 30,         /* of a block, to determine twelve terms */
    STEP_BLOCKS = 10,       /* between the two that tell of a step */
};

/* Even harmonics above the second are weak where a transformer's core makes the hum. */
static const int hum_harmonic[HARMONICS] = { 1, 2, 3, 5, 7 };

/* Cosines and sines of the harmonics, padded to whole vectors. */
struct wave {
    double cosine[BLOCK_LANES], sine[BLOCK_LANES];
};

/* A block's normal equations, its own level and slope eliminated. */
struct block_sums {
    double gram[TERMS * TERMS];
    uint32_t ticks; /* 0: empty */
    uint64_t serial;
};

struct hum {
    uint32_t rate_hz;
    uint32_t channels, lanes;
    bool held;           /* a drill runs: what is loud is no hum */
    bool search;         /* 50 or 60 Hz is not known yet */
    double other_re[BANK_CHANNELS], other_im[BANK_CHANNELS]; /* the other mains, searching */
    double own_re[BANK_CHANNELS], own_im[BANK_CHANNELS];
    double nominal_hz, frequency_hz;
    double turns; /* the oscillator's phase at the next frame */
    struct wave turn; /* from one frame to the next */
    double gain[HARMONICS]; /* of a tick's mean */
    uint64_t next;
    uint64_t blocks_seen;
    uint64_t block_from;
    /* the tick under way */
    uint32_t tick_frames;
    double tick_turns; /* phase at its first frame */
    bool tick_blank;
    /* the block under way */
    uint32_t block_ticks, block_used;
    double sums[FIT][FIT_STRIDE]; /* left of the normal equations */
    struct block_sums blocks[BLOCKS];
    double level[BANK_CHANNELS]; /* power a tick left over in accepted blocks */
    bool accepted[BLOCKS][BANK_CHANNELS];
    uint32_t settled_blocks;
    size_t tick_sum_at;             /* lanes */
    size_t right_at, right_yy_at;   /* block under way: FIT x lanes, lanes */
    size_t stored_at;               /* BLOCKS x TERMS x lanes */
    size_t now_at, step_at;         /* TERMS x lanes: in use, and change a tick */
    size_t other_at;                /* TERMS x lanes: what a block heard that did not fit */
    uint64_t other_seen[BANK_CHANNELS]; /* its number, from 1; 0: none */
};

static inline double *hum_at(struct hum *h, size_t where)
{
    return (double *)(void *)((unsigned char *)h + where);
}

static inline const double *hum_at_const(const struct hum *h, size_t where)
{
    return (const double *)(const void *)((const unsigned char *)h + where);
}

/* The block under way is over: kept, where it determines anything, by the channels that it fits. */
void hum_keep_block(struct hum *h, const struct artifact *artifact);

/* Hz by which the oscillator lags the mains, by the whole window; 0 where it cannot tell. */
double hum_frequency_error(struct hum *h);

/* Aims every channel's amplitudes at what the window says, turned on by the error. */
void hum_aim(struct hum *h, double error);

#endif
