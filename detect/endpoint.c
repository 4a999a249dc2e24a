/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint's state machine. */
#include "detect/endpoint.h"

struct endpoint {
    enum endpoint_state state[BANK_BRANCHES];
};

size_t endpoint_size(const struct bank_params *params)
{
    (void)params;
    return sizeof(struct endpoint);
}

void endpoint_init(struct endpoint *e, const struct bank_params *params)
{
    (void)params;
    memset(e, 0, sizeof *e);
}

void endpoint_mark(struct endpoint *e, const struct mark *m, struct finding_list *out)
{
    (void)e;
    (void)m;
    (void)out;
}

void endpoint_sweep(struct endpoint *e, const struct judged_stimulus *s, struct finding_list *out)
{
    (void)e;
    (void)s;
    (void)out;
}

void endpoint_tick(struct endpoint *e, uint64_t sample, const struct artifact *artifact,
                   struct finding_list *out)
{
    (void)e;
    (void)sample;
    (void)artifact;
    (void)out;
}

enum endpoint_state endpoint_state_of(const struct endpoint *e, uint8_t branch)
{
    return e->state[branch];
}

struct finding_endpoint endpoint_evidence(const struct endpoint *e, uint8_t branch)
{
    struct finding_endpoint f = { .branch = branch };
    f.state = e->state[branch];
    f.from = e->state[branch];
    return f;
}
