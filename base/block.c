/* SPDX-License-Identifier: Apache-2.0 */
/* The one conversion from counts to microvolts. */
#include "base/block.h"

struct stream_scale stream_input_scale(const struct stream_input *input)
{
    const double span = (double)input->digital_max - (double)input->digital_min;
    const double gain = (input->physical_max - input->physical_min) / span;
    return (struct stream_scale){
        .gain_uv = gain,
        .offset_uv = input->physical_min - (double)input->digital_min * gain,
    };
}
