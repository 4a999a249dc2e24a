/* SPDX-License-Identifier: Apache-2.0 */
/* The filter alone against what this processor can do with the same vectors: five second-order sections
 * (band-pass 30 to 3000 Hz of order 4 at each edge, and one more) over eight channels. Built once for
 * each instruction set; prints one row. "ours" runs section after section through biquad_frames() over
 * a millisecond's frames, as the bank does; "limit" runs all five in one pass, their state in
 * registers, multiplications and additions fused where the set has that. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "detect/biquad.h"

enum { SECTIONS = 5, FRAMES = 20, ROUNDS = 20000, TRIES = 15 };

static struct biquad sections[SECTIONS];
static double values[FRAMES * BLOCK_LANES], kept[FRAMES * BLOCK_LANES];
static double states[SECTIONS][2 * BLOCK_LANES];

static void ours(void)
{
    for (int k = 0; k < SECTIONS; k++)
        biquad_frames(&sections[k], states[k], values, FRAMES, BLOCK_LANES);
}

__attribute__((optimize("fp-contract=fast"))) static void limit(void)
{
    for (int p = 0; p < LANE_PARTS; p++) {
        lane_part s1[SECTIONS], s2[SECTIONS];
        for (int k = 0; k < SECTIONS; k++) {
            s1[k] = lanes_load(states[k], p);
            s2[k] = lanes_load(states[k] + BLOCK_LANES, p);
        }
        for (int i = 0; i < FRAMES; i++) {
            lane_part x = lanes_load(values + i * BLOCK_LANES, p);
            for (int k = 0; k < SECTIONS; k++) {
                const struct biquad *q = &sections[k];
                const lane_part y = q->b0 * x + s1[k];
                s1[k] = q->b1 * x - q->a1 * y + s2[k];
                s2[k] = q->b2 * x - q->a2 * y;
                x = y;
            }
            lanes_store(values + i * BLOCK_LANES, p, x);
        }
        for (int k = 0; k < SECTIONS; k++) {
            lanes_store(states[k], p, s1[k]);
            lanes_store(states[k] + BLOCK_LANES, p, s2[k]);
        }
    }
}

/* Nanoseconds of the processor for a sample of a channel, the best of some tries: others only add. */
static double measure(void (*filter)(void))
{
    double best = 1e9;
    for (int t = 0; t < TRIES; t++) {
        memset(states, 0, sizeof states);
        struct timespec from, to;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        for (int i = 0; i < ROUNDS; i++) {
            memcpy(values, kept, sizeof values); /* filtered in place */
            filter();
        }
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        const double ns = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
        if (ns / ((double)ROUNDS * FRAMES * BLOCK_LANES) < best)
            best = ns / ((double)ROUNDS * FRAMES * BLOCK_LANES);
    }
    return best;
}

int main(int argc, char **argv)
{
    const char *set = argc > 1 ? argv[1] : "";
    if ((!strcmp(set, "avx2") && !__builtin_cpu_supports("avx2")) ||
        (!strcmp(set, "avx512") && !__builtin_cpu_supports("avx512f")))
        return 0;
    for (int k = 0; k < SECTIONS; k++)
        sections[k] = k < 2 ? biquad_high_pass(30.0, k ? 1.30656297 : 0.54119610, 20000.0)
                            : biquad_low_pass(3000.0, k & 1 ? 1.30656297 : 0.54119610, 20000.0);
    for (int i = 0; i < FRAMES * BLOCK_LANES; i++)
        kept[i] = (double)(i * 7919 % 2003) - 1001.0;
    const double a = measure(ours), b = measure(limit);
    printf("| %s | %.2f ns | %.2f ns | %.0f %% |\n", set, a, b, 100.0 * b / a);
    return 0;
}
