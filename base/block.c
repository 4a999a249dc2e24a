/* SPDX-License-Identifier: Apache-2.0 */
/* The one conversion from counts to microvolts, and the numbers it comes from. */
#include "base/block.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream_scale stream_input_scale(const struct stream_input *input)
{
    const double span = (double)input->digital_max - (double)input->digital_min;
    const double gain = (input->physical_max - input->physical_min) / span;
    return (struct stream_scale){
        .gain_uv = gain,
        .offset_uv = input->physical_min - (double)input->digital_min * gain,
    };
}

/* As many decimals as eight characters hold, without zeros at the end. */
static bool print_field(double value, char text[9])
{
    if (!(fabs(value) < 1e8))
        return false;
    for (int decimals = 7; decimals >= 0; decimals--) {
        char wide[32];
        snprintf(wide, sizeof wide, "%.*f", decimals, value);
        if (decimals > 0) {
            size_t n = strlen(wide);
            while (wide[n - 1] == '0')
                n--;
            if (wide[n - 1] == '.')
                n--;
            wide[n] = 0;
        }
        if (strcmp(wide, "-0") == 0)
            strcpy(wide, "0");
        if (strlen(wide) <= 8) {
            memcpy(text, wide, strlen(wide) + 1);
            return true;
        }
    }
    return false;
}

static const struct {
    const char *name;
    double uv;
} dimensions[] = { { "uV", 1 }, { "mV", 1e3 }, { "V", 1e6 } };

bool stream_input_print(const struct stream_input *input, struct stream_physical *out)
{
    for (size_t i = 0; i < (input->is_voltage ? 3 : 1); i++) {
        const double uv = input->is_voltage ? dimensions[i].uv : 1;
        if (!print_field(input->physical_min / uv, out->low) ||
            !print_field(input->physical_max / uv, out->high) || strcmp(out->low, out->high) == 0)
            continue;
        strcpy(out->dimension, input->is_voltage ? dimensions[i].name : "");
        out->uv = uv;
        return true;
    }
    return false;
}

bool stream_input_round(struct stream_input *input)
{
    struct stream_physical p;
    if (!stream_input_print(input, &p))
        return false;
    input->physical_min = strtod(p.low, NULL) * p.uv;
    input->physical_max = strtod(p.high, NULL) * p.uv;
    return true;
}
