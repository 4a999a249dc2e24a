/* SPDX-License-Identifier: Apache-2.0 */
/* detect/bank_code.h - the bank compiled for one instruction set. bank.c defines one such table; its
 * name, BANK_CODE, comes from the build. Everything else of that compilation is local to it. */
#ifndef LSRD_DETECT_BANK_CODE_H
#define LSRD_DETECT_BANK_CODE_H

#include "detect/bank.h"

struct bank_code { /* as in bank.h */
    size_t (*size)(const struct bank_params *);
    struct bank *(*init)(void *, const struct bank_params *);
    uint32_t (*feed)(struct bank *, const struct sample_block *, uint32_t *, struct bank_output *);
    bool (*finish)(struct bank *, struct bank_output *);
    struct finding_endpoint (*evidence)(const struct bank *, uint8_t);
    const float *(*template)(const struct bank *, uint8_t, uint16_t, uint32_t *, double *);
    const struct judgement *(*judgement)(const struct bank *);
    struct quality (*quality)(const struct bank *, uint16_t);
    struct synchrony_trend (*synchrony)(const struct bank *);
};

/* Every bank begins with it, whatever compiled it. */
struct bank_head {
    enum isa isa; /* that goes on with it */
};

#endif
