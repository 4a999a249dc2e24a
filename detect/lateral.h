/* SPDX-License-Identifier: Apache-2.0 */
/* detect/lateral.h - one lateral channel of one branch: collects its baseline, learns from it, and
 * judges every sweep. Pure; its memory is the bank's. */
#ifndef LSRD_DETECT_LATERAL_H
#define LSRD_DETECT_LATERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/grid.h"
#include "detect/presence.h"
#include "detect/spread.h"

enum {
    LATERAL_FIRST = 20, /* valid sweeps after which verdicts begin; learned anew at 30 and 40 */
    LATERAL_STEP = 10,
};

struct lateral {
    bool has_direct;
    bool learned;
    bool elicited;       /* learned, and the baseline holds a response */
    uint32_t stored;     /* sweeps kept to learn from */
    uint32_t responses;  /* of the stored ones with a response, once learned */
    double baseline_uv;  /* median size of the baseline's responses; NAN: none */
    struct spread spread;
    struct presence presence;
    float sizes[SPREAD_SWEEPS]; /* of the stored responses */
};

/* What a bank keeps beside every lateral channel, offsets in bytes of one stretch of memory. */
struct lateral_memory {
    float *direct, *lateral; /* SPREAD_SWEEPS sweeps of pre + post points */
    double *matrices;        /* presence_doubles() */
};

struct lateral_work {
    struct spread_work spread;
    struct presence_work presence;
};

struct lateral_verdict {
    bool judged;  /* false: no baseline yet */
    double quiet; /* presence_quiet() before the stimulus */
    double alike; /* presence_alike() before the stimulus */
    bool active;  /* the muscle was not quiet before the stimulus */
    bool present; /* by its score alone */
    double score;
    double along; /* chi-square with presence.directions degrees */
    double size_uv; /* peak to peak on the grid, within the learned window */
    double residual[GRID_POST_MOST]; /* on the grid */
    double tail_ratio;
};

size_t lateral_memory_size(const struct grid *g);
struct lateral_memory lateral_memory_at(const struct grid *g, void *memory);

void lateral_init(struct lateral *l, bool has_direct);

/* sweep, direct: pre + post points, level removed; direct NULL where it is not valid (its usual M
 * wave times m_ratio is taken) or there is none. cleaned: a tone was taken from the sweep. */
void lateral_judge(const struct lateral *l, const struct grid *g, const struct lateral_memory *m,
                   const double *sweep, const double *direct, double m_ratio,
                   bool cleaned, struct lateral_verdict *v);

/* Keeps a valid sweep while the baseline is collected, and learns when enough are there. True:
 * learned just now. */
bool lateral_collect(struct lateral *l, const struct grid *g, struct lateral_memory *m,
                     double pulse_end_ms, const double *sweep, const double *direct,
                     struct lateral_work *work);

/* Follows the noise by what a valid sweep's stretch before the stimulus says. */
void lateral_follow_noise(struct lateral *l, const struct lateral_verdict *v);

#endif
