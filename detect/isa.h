/* SPDX-License-Identifier: Apache-2.0 */
/* detect/isa.h - which instruction set the detectors run with. All of detect/ is compiled once for
 * each from the same source: every lane does the same operations in the same order and none is
 * fused, so all give the same bits. */
#ifndef LSRD_DETECT_ISA_H
#define LSRD_DETECT_ISA_H

enum isa {
    ISA_BEST, /* the fastest that this build holds and this processor runs */
    ISA_BASE, /* what the compiler's target promises: SSE2 on amd64, NEON on ARM */
    ISA_AVX2,
    ISA_AVX512, /* F, VL and DQ */
    ISA_COUNT,
};

#endif
