/* SPDX-License-Identifier: Apache-2.0 */
/* The bank's functions for callers: hands each to the code of the bank's instruction set. */
#include "detect/bank_code.h"

#if defined(__x86_64__) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
/* glibc's view of the processor, which GLIBC_TUNABLES=glibc.cpu.hwcaps can narrow. */
#define RUNS_AVX2 CPU_FEATURE_ACTIVE(AVX2)
#define RUNS_AVX512                                                                                \
    (CPU_FEATURE_ACTIVE(AVX512F) && CPU_FEATURE_ACTIVE(AVX512VL) && CPU_FEATURE_ACTIVE(AVX512DQ))
#elif defined(__x86_64__)
#define RUNS_AVX2 __builtin_cpu_supports("avx2")
#define RUNS_AVX512                                                                                \
    (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&                    \
     __builtin_cpu_supports("avx512dq"))
#endif

extern const struct bank_code bank_code_base;
#ifdef BANK_HAS_X86
extern const struct bank_code bank_code_avx2, bank_code_avx512;
#endif

static const struct bank_code *const codes[ISA_COUNT] = {
    [ISA_BASE] = &bank_code_base,
#ifdef BANK_HAS_X86
    [ISA_AVX2] = &bank_code_avx2,
    [ISA_AVX512] = &bank_code_avx512,
#endif
};

static bool runs(enum isa isa)
{
#ifdef BANK_HAS_X86
    if (isa == ISA_AVX2)
        return RUNS_AVX2;
    if (isa == ISA_AVX512)
        return RUNS_AVX512;
#endif
    return isa == ISA_BASE;
}

static enum isa choose(enum isa wanted)
{
    if (runs(wanted))
        return wanted;
    enum isa best = ISA_AVX512;
    while (!runs(best))
        best--;
    return best;
}

enum isa bank_isa(const struct bank *b)
{
    return ((const struct bank_head *)(const void *)b)->isa;
}

static const struct bank_code *code_of(const struct bank *b)
{
    return codes[bank_isa(b)];
}

size_t bank_size(const struct bank_params *params)
{
    return bank_code_base.size(params);
}

struct bank *bank_init(void *memory, const struct bank_params *params)
{
    const enum isa isa = choose(params->isa);
    struct bank *b = codes[isa]->init(memory, params);
    ((struct bank_head *)memory)->isa = isa;
    return b;
}

uint32_t bank_feed(struct bank *b, const struct sample_block *in, uint32_t *marks_taken,
                   struct bank_output *out)
{
    return code_of(b)->feed(b, in, marks_taken, out);
}

bool bank_finish(struct bank *b, struct bank_output *out)
{
    return code_of(b)->finish(b, out);
}

struct finding_endpoint bank_evidence(const struct bank *b, uint8_t branch)
{
    return code_of(b)->evidence(b, branch);
}

const float *bank_template(const struct bank *b, uint8_t branch, uint16_t channel,
                           uint32_t *samples, double *first_ms)
{
    return code_of(b)->template(b, branch, channel, samples, first_ms);
}

const struct judgement *bank_judgement(const struct bank *b)
{
    return code_of(b)->judgement(b);
}

struct quality bank_quality(const struct bank *b, uint16_t channel)
{
    return code_of(b)->quality(b, channel);
}

struct synchrony_trend bank_synchrony(const struct bank *b)
{
    return code_of(b)->synchrony(b);
}
