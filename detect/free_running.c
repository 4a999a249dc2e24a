/* SPDX-License-Identifier: Apache-2.0 */
/* The free-running path. */
#include "detect/free_running.h"

struct free_running {
    uint64_t next;
};

size_t free_running_size(const struct bank_params *params)
{
    (void)params;
    return sizeof(struct free_running);
}

void free_running_init(struct free_running *f, const struct bank_params *params)
{
    (void)params;
    memset(f, 0, sizeof *f);
}

void free_running_feed(struct free_running *f, const struct frame_run *clean,
                       struct stimulus_blank blank, const struct artifact *artifact,
                       struct finding_list *out)
{
    (void)blank;
    (void)artifact;
    (void)out;
    f->next = clean->first_index + clean->frames;
}

bool free_running_active(const struct free_running *f, uint32_t channel, uint64_t from,
                         uint64_t to)
{
    (void)f;
    (void)channel;
    (void)from;
    (void)to;
    return false;
}

void free_running_gap(struct free_running *f, uint64_t from, uint64_t to, struct finding_list *out)
{
    (void)from;
    (void)out;
    f->next = to;
}

void free_running_finish(struct free_running *f, uint64_t end, struct finding_list *out)
{
    (void)f;
    (void)end;
    (void)out;
}
