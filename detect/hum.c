/* SPDX-License-Identifier: Apache-2.0 */
/* Hum. */
#include "detect/hum.h"

struct hum {
    bool settled;
};

size_t hum_size(const struct bank_params *params)
{
    (void)params;
    return sizeof(struct hum);
}

void hum_init(struct hum *h, const struct bank_params *params)
{
    (void)params;
    memset(h, 0, sizeof *h);
    h->settled = true;
}

void hum_feed(struct hum *h, const struct frame_run *raw, struct stimulus_blank blank,
              const struct artifact *artifact, double *clean)
{
    (void)h;
    (void)blank;
    (void)artifact;
    memcpy(clean, raw->uv, sizeof(double) * raw->frames * raw->stride);
}

bool hum_settled(const struct hum *h)
{
    return h->settled;
}

void hum_gap(struct hum *h, uint64_t to)
{
    (void)h;
    (void)to;
}
