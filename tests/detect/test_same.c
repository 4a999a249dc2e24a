/* SPDX-License-Identifier: Apache-2.0 */
/* One operation, told by all its findings, is the same operation with its channels in another order
 * and through a slower converter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/detect/patient.h"

enum { FAST_HZ = 48000, STRIDE = 8, FULL = 8388607 };
enum { ALONE = 0, SECOND = 4 }; /* channels outside the branch: one with a train, one that clips */

static double noise(uint32_t *state)
{
    double sum = -6.0;
    for (int k = 0; k < 12; k++) {
        *state = *state * 1664525u + 1013904223u;
        sum += (double)*state / 4294967296.0;
    }
    return sum;
}

static struct patient patient(void)
{
    struct patient p = patient_usual();
    p.rate_hz = FAST_HZ;
    p.seconds = 26.0;
    p.lsr_until_s = 14.0;
    p.spread = 0.05;
    p.counts_per_uv = 800.0;
    return p;
}

/* Discharges hz apart, uv peak to peak. */
static void add_train(int32_t *counts, const struct patient *p, uint32_t channel, double at_s, double hz,
                      int discharges, double uv)
{
    for (int n = 0; n < discharges; n++) {
        const double middle = (at_s + n / hz) * p->rate_hz;
        for (uint64_t i = (uint64_t)middle - 200; i < (uint64_t)middle + 200; i++)
            counts[i * STRIDE + channel] += (int32_t)(p->counts_per_uv * uv *
                patient_potential(((double)i - middle) / p->rate_hz * 1e3, 1.0));
    }
}

/* Something of everything: an LSR that goes, an A train, bursts, one channel at the converter's
 * end, cautery. */
static int32_t *make(const struct patient *p, uint64_t *frames)
{
    int32_t *counts = patient_make(p, frames);
    add_train(counts, p, ALONE, 6.0, 90.0, 110, 150.0);
    add_train(counts, p, SECOND, 9.2, 35.0, 4, 200.0);
    add_train(counts, p, SECOND, 16.2, 40.0, 3, 90.0);
    for (uint64_t i = 11 * FAST_HZ; i < 11 * FAST_HZ + FAST_HZ / 2; i++)
        counts[i * STRIDE + SECOND] = FULL;
    uint32_t random = 7;
    for (uint64_t i = 19 * FAST_HZ; i < 19 * FAST_HZ + 3 * FAST_HZ / 4; i++)
        for (uint32_t c = 0; c < PATIENT_CHANNELS; c++)
            counts[i * STRIDE + c] += (int32_t)(p->counts_per_uv * 800.0 * noise(&random));
    return counts;
}

struct told {
    uint32_t count;
    struct finding *items; /* by type, channel and branch; of these in their order */
};

static uint32_t place(const struct finding *f)
{
    switch (f->type) {
    case FINDING_ARTIFACT:
        return f->artifact.channel;
    case FINDING_SWEEP:
        return f->sweep.channel;
    case FINDING_EMG_EVENT:
        return f->emg_event.channels[0];
    case FINDING_ALARM:
        return f->alarm.id * 100000u + f->alarm.channel;
    default:
        return 0;
    }
}

static struct told tell(const struct bank_params *params, const int32_t *counts, uint64_t frames)
{
    struct told t = { 0 };
    t.items = patient_findings(params, counts, frames, 480, &t.count);
    return t;
}

/* Stable, by insertion. */
static void sort(struct told *t)
{
    for (uint32_t i = 1; i < t->count; i++) {
        const struct finding f = t->items[i];
        uint32_t k = i;
        for (; k > 0; k--) {
            const struct finding *g = &t->items[k - 1];
            if (g->type < f.type || (g->type == f.type && place(g) <= place(&f)))
                break;
            t->items[k] = *g;
        }
        t->items[k] = f;
    }
}

static uint32_t count_of(const struct told *t, enum finding_type type)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->count; i++)
        n += t->items[i].type == type;
    return n;
}

/* How far two tellings may be apart. */
struct apart {
    uint64_t factor;  /* frames of a in one of b */
    double relative;  /* of a size ... */
    double noise_uv;  /* ... and this */
    double onset_ms;  /* of a response */
    double direct_ms; /* of an M wave, told on a grid of 4 kHz */
};

static void assert_near(double a, double b, double relative, double absolute)
{
    if (isnan(a) != isnan(b) || fabs(a - b) > relative * fabs(a) + absolute)
        fail_msg("%g is not %g", b, a);
}

static void assert_time(uint64_t a, uint64_t b, const struct apart *apart)
{
    const double fast = (double)a, slow = (double)(b * apart->factor);
    const double limit = apart->factor == 1 ? 0.0 : (double)apart->factor;
    if (fabs(fast - slow) > limit)
        fail_msg("at %g s, not %g s", slow / FAST_HZ, fast / FAST_HZ);
}

static void same_evidence(const struct finding_evidence *a, const struct finding_evidence *b,
                          const struct apart *apart)
{
    assert_int_equal(a->valid, b->valid);
    assert_int_equal(a->taken_out, b->taken_out);
    assert_int_equal(a->responses, b->responses);
    assert_near(a->bound_95, b->bound_95, 1e-9, 0.0);
    assert_near(a->hold_s, b->hold_s, 0.0, 2.0 * (double)apart->factor / FAST_HZ);
    assert_near(a->m_ratio, b->m_ratio, apart->relative, 0.0);
    assert_int_equal(a->channel_count, b->channel_count);
    for (uint16_t c = 0; c < a->channel_count; c++) {
        assert_int_equal(a->channels[c].channel, b->channels[c].channel);
        assert_near(a->channels[c].baseline_uv, b->channels[c].baseline_uv, apart->relative, apart->noise_uv);
        assert_near(a->channels[c].now_uv, b->channels[c].now_uv, apart->relative, apart->noise_uv);
    }
    assert_int_equal(a->check_count, b->check_count);
    for (uint16_t c = 0; c < a->check_count; c++) {
        assert_int_equal(a->checks[c].id, b->checks[c].id);
        assert_int_equal(a->checks[c].ok, b->checks[c].ok);
        assert_int_equal(a->checks[c].required, b->checks[c].required);
    }
}

static void same_event(const struct finding_emg_event *a, const struct finding_emg_event *b,
                       const struct apart *apart)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->channel_count, b->channel_count);
    assert_memory_equal(a->channels, b->channels, a->channel_count * sizeof *a->channels);
    assert_time(a->start_sample, b->start_sample, apart);
    assert_time(a->end_sample, b->end_sample, apart);
    assert_near(a->frequency_hz, b->frequency_hz, apart->relative, 0.0);
    assert_near(a->amplitude_uv, b->amplitude_uv, apart->relative, apart->noise_uv);
}

static void same_sweep(const struct finding_sweep *a, const struct finding_sweep *b, const struct apart *apart)
{
    assert_time(a->stimulus_sample, b->stimulus_sample, apart);
    assert_int_equal(a->role, b->role);
    assert_int_equal(a->reason, b->reason);
    assert_int_equal(a->present, b->present);
    assert_near(a->onset_ms, b->onset_ms, 0.0, a->role == SWEEP_DIRECT ? apart->direct_ms : apart->onset_ms);
    assert_near(a->amplitude_uv, b->amplitude_uv, apart->relative, apart->noise_uv);
}

static void same_summary(const struct finding_summary *a, const struct finding_summary *b,
                         const struct apart *apart)
{
    assert_time(a->samples, b->samples, apart);
    assert_int_equal(a->stimuli, b->stimuli);
    assert_int_equal(a->delivered, b->delivered);
    assert_int_equal(a->sweeps, b->sweeps);
    assert_int_equal(a->sweeps_valid, b->sweeps_valid);
    assert_int_equal(a->responses, b->responses);
    assert_memory_equal(a->event_count, b->event_count, sizeof a->event_count);
    assert_memory_equal(a->alarm_count, b->alarm_count, sizeof a->alarm_count);
    const double period_s = 2.0 * (double)apart->factor / FAST_HZ;
    for (int k = 0; k < ARTIFACT_KINDS; k++)
        assert_near(a->not_judged_s[k], b->not_judged_s[k], 0.0, period_s);
    for (uint16_t c = 0; c < PATIENT_CHANNELS; c++)
        assert_near(a->train_s[c], b->train_s[c], 0.0, period_s);
    assert_near(a->withheld_s, b->withheld_s, 0.0, period_s);
    assert_memory_equal(a->endpoint, b->endpoint, a->branch_count * sizeof *a->endpoint);
}

static void same(struct told *a, struct told *b, const struct apart *apart)
{
    sort(a);
    sort(b);
    for (enum finding_type type = 0; type <= FINDING_SUMMARY; type++)
        if (count_of(a, type) != count_of(b, type))
            fail_msg("%u findings of type %d, not %u", count_of(b, type), type, count_of(a, type));
    for (uint32_t i = 0; i < a->count; i++) {
        const struct finding *f = &a->items[i], *g = &b->items[i];
        assert_int_equal(place(f), place(g));
        assert_time(f->decided_sample + 1, g->decided_sample + 1, apart); /* the ends of these frames */
        switch (f->type) {
        case FINDING_ARTIFACT:
            assert_int_equal(f->artifact.kind, g->artifact.kind);
            assert_time(f->artifact.start_sample, g->artifact.start_sample, apart);
            assert_time(f->artifact.end_sample, g->artifact.end_sample, apart);
            break;
        case FINDING_STIMULUS:
            assert_time(f->stimulus.sample, g->stimulus.sample, apart);
            assert_int_equal(f->stimulus.source, g->stimulus.source);
            assert_int_equal(f->stimulus.delivered, g->stimulus.delivered);
            break;
        case FINDING_SWEEP:
            same_sweep(&f->sweep, &g->sweep, apart);
            break;
        case FINDING_EMG_EVENT:
            same_event(&f->emg_event, &g->emg_event, apart);
            break;
        case FINDING_ENDPOINT:
            assert_int_equal(f->endpoint.state, g->endpoint.state);
            assert_int_equal(f->endpoint.from, g->endpoint.from);
            assert_int_equal(f->endpoint.reason, g->endpoint.reason);
            same_evidence(&f->endpoint.evidence, &g->endpoint.evidence, apart);
            break;
        case FINDING_ALARM:
            assert_int_equal(f->alarm.priority, g->alarm.priority);
            assert_int_equal(f->alarm.raised, g->alarm.raised);
            break;
        case FINDING_SUMMARY:
            same_summary(&f->summary, &g->summary, apart);
            break;
        case FINDING_CASE:
        case FINDING_MARK:
            break;
        }
    }
}

static void everything_occurs(const struct told *t)
{
    assert_true(count_of(t, FINDING_STIMULUS) > 60);
    assert_true(count_of(t, FINDING_SWEEP) > 180);
    assert_true(count_of(t, FINDING_ENDPOINT) >= 2);
    assert_true(count_of(t, FINDING_ALARM) >= 1);
    assert_true(count_of(t, FINDING_ARTIFACT) >= 2);
    uint32_t trains = 0, others = 0;
    for (uint32_t i = 0; i < t->count; i++)
        if (t->items[i].type == FINDING_EMG_EVENT) {
            trains += t->items[i].emg_event.kind == EMG_A_TRAIN;
            others += t->items[i].emg_event.kind != EMG_A_TRAIN;
        }
    assert_true(trains >= 1 && others >= 2);
}

/* The names of the channels as they were before the order changed. */
static void rename_channels(struct told *t, const uint16_t *was)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct finding *f = &t->items[i];
        struct finding_emg_event *e = &f->emg_event;
        struct finding_evidence *v = &f->endpoint.evidence;
        if (f->type == FINDING_ARTIFACT && f->artifact.channel < PATIENT_CHANNELS)
            f->artifact.channel = was[f->artifact.channel];
        else if (f->type == FINDING_SWEEP)
            f->sweep.channel = was[f->sweep.channel];
        else if (f->type == FINDING_ALARM && f->alarm.channel < PATIENT_CHANNELS)
            f->alarm.channel = was[f->alarm.channel];
        for (uint16_t k = 0; f->type == FINDING_ENDPOINT && k < v->channel_count; k++)
            v->channels[k].channel = was[v->channels[k].channel];
        for (uint16_t k = 0; f->type == FINDING_EMG_EVENT && k < e->channel_count; k++) {
            const uint16_t channel = was[e->channels[k]];
            uint16_t n = k;
            for (; n > 0 && e->channels[n - 1] > channel; n--)
                e->channels[n] = e->channels[n - 1];
            e->channels[n] = channel;
        }
        if (f->type == FINDING_SUMMARY) {
            const struct finding_summary s = f->summary;
            for (uint16_t c = 0; c < PATIENT_CHANNELS; c++)
                f->summary.train_s[was[c]] = s.train_s[c];
        }
    }
}

static void the_order_of_channels_changes_nothing(void **state)
{
    (void)state;
    static const uint16_t orders[][PATIENT_CHANNELS] = {
        { 4, 3, 2, 1, 0 }, { 3, 0, 4, 2, 1 }
    };
    const struct patient p = patient();
    uint64_t frames = 0;
    int32_t *counts = make(&p, &frames);
    const struct bank_params params = patient_params(&p);
    struct told usual = tell(&params, counts, frames);
    everything_occurs(&usual);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct bank_params other = params;
        uint16_t now[PATIENT_CHANNELS];
        for (uint16_t c = 0; c < PATIENT_CHANNELS; c++) {
            other.channel[c] = params.channel[orders[i][c]];
            now[orders[i][c]] = c;
        }
        other.branch[0].direct = now[params.branch[0].direct];
        for (int k = 0; k < 2; k++)
            other.branch[0].lateral[k] = now[params.branch[0].lateral[k]];
        struct told t = tell(&other, counts, frames);
        rename_channels(&t, orders[i]);
        same(&usual, &t, &(struct apart){ .factor = 1, .relative = 1e-9 });
        free(t.items);
    }
    free(usual.items);
    free(counts);
}

/* The mean of every so many frames: the same signal from a slower converter. Caller frees. */
static int32_t *slower(const int32_t *counts, uint64_t frames, uint64_t factor)
{
    int32_t *slow = calloc(frames / factor * STRIDE, sizeof *slow);
    for (uint64_t i = 0; i < frames / factor; i++)
        for (uint64_t c = 0; c < STRIDE; c++) {
            int64_t sum = 0;
            for (uint64_t k = 0; k < factor; k++)
                sum += counts[(i * factor + k) * STRIDE + c];
            slow[i * STRIDE + c] = (int32_t)(sum / (int64_t)factor);
        }
    return slow;
}

static void a_slower_converter_finds_the_same(void **state)
{
    (void)state;
    struct patient p = patient();
    uint64_t frames = 0;
    int32_t *counts = make(&p, &frames);
    struct bank_params params = patient_params(&p);
    struct told fast = tell(&params, counts, frames);
    everything_occurs(&fast);
    static const uint64_t factors[] = { 2, 3, 4, 6 };
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        int32_t *slow_counts = slower(counts, frames, factors[i]);
        p.rate_hz = FAST_HZ / (uint32_t)factors[i];
        params = patient_params(&p);
        struct told slow = tell(&params, slow_counts, frames / factors[i]);
        const double period_ms = 1e3 * (double)factors[i] / FAST_HZ;
        same(&fast, &slow,
             &(struct apart){ .factor = factors[i],
                              .relative = 0.05,
                              .noise_uv = p.noise_uv,
                              /* the stimulus is known to a period, and so is the onset */
                              .onset_ms = 2.0 * period_ms + 0.05,
                              .direct_ms = period_ms + 0.25 });
        free(slow.items);
        free(slow_counts);
    }
    free(fast.items);
    free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_channels_changes_nothing),
        cmocka_unit_test(a_slower_converter_finds_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
