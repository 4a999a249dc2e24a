/* SPDX-License-Identifier: Apache-2.0 */
/* detect/summary.h - counts what a case's findings say, for its last line. Pure. */
#ifndef LSRD_DETECT_SUMMARY_H
#define LSRD_DETECT_SUMMARY_H

#include "detect/params.h"
#include "detect/run.h"

struct summary {
    struct finding_summary sums; /* counted so far */
    uint32_t rate_hz;
    uint64_t withheld_since[BANK_BRANCHES]; /* NO_SAMPLE: not withheld */
};

void summary_init(struct summary *s, const struct bank_params *params);
void summary_take(struct summary *s, const struct finding *f);

/* end: the index behind the last frame. */
void summary_close(struct summary *s, uint64_t end, struct finding_list *out);

#endif
