/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a scenario of the simulated patient: refused, or played for two blocks. */
#include <stdlib.h>

#include "acquisition/patient.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err;
    const struct patient_setup setup = {
        .scenario = "fuzz", .text = (const char *)data, .text_length = size, .seed = size};
    struct source *patient = patient_create(&setup, &err);
    if (!patient)
        return 0;
    static struct sample_block block;
    static int32_t counts[BLOCK_FRAMES * BLOCK_CHANNELS];
    if (patient_truth(patient, &err) && patient->ops->start(patient, &err)) {
        for (int i = 0; i < 4; i++) {
            block.counts = counts;
            if (patient->ops->read(patient, &block) != READ_BLOCK)
                break;
            if (block.frames > BLOCK_FRAMES || block.mark_count > BLOCK_MARKS)
                abort();
        }
    }
    source_destroy(patient);
    return 0;
}
