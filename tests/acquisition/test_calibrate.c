/* SPDX-License-Identifier: Apache-2.0 */
/* A signal of known size gives the amplifier's numbers back to a thousandth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "acquisition/calibrate.h"
#include "base/random.h"

enum { RATE = 20000, FRAMES = 5 * RATE };

/* An amplifier's input: full scale, noise, a first-order low pass, a delay, a sign. */
struct input {
    double full_scale_uv, noise_uv, low_pass_hz, delay_s, sign, share;
};

/* CMPLX() of C11, which clang lacks. */
static double complex made_of(double real, double imaginary)
{
    return real + (double complex)I * imaginary;
}

static double complex transfer(const struct input *in, double hz)
{
    const double complex low = in->low_pass_hz > 0 ? 1 / made_of(1, hz / in->low_pass_hz) : 1;
    return in->sign * in->share * low * cexp(made_of(0, -2 * M_PI * hz * in->delay_s));
}

/* The signal's harmonics under half the rate, as a converter with its filter takes them. */
static void make(int32_t *counts, uint32_t channels, uint32_t c, const struct input *in,
                 const struct calibrate_signal *s, double true_hz, struct random *random)
{
    static double uv[FRAMES];
    memset(uv, 0, sizeof uv);
    for (uint32_t k = 1; k * true_hz < 0.49 * RATE && (s->is_square || k == 1); k++) {
        /* levels of 1 and -1, high for a share of the period that is centred at 0 */
        const double size = s->is_square ? 4 / (M_PI * k) * sin(M_PI * k * s->duty) : 1;
        const double complex z = s->amplitude_uv * size * transfer(in, k * true_hz);
        const double complex turn = cexp(made_of(0, 2 * M_PI * k * true_hz / RATE));
        double complex at = z;
        for (uint32_t i = 0; i < FRAMES; i++, at *= turn)
            uv[i] += creal(at);
    }
    for (uint32_t i = 0; i < FRAMES; i++) {
        const double v = uv[i] + in->noise_uv * random_normal(random) + 700; /* an electrode's offset */
        counts[i * channels + c] = (int32_t)rint(v / in->full_scale_uv * 8388608);
    }
}

static struct calibrate_report *measure(const struct input *inputs, uint32_t channels,
                                        const struct calibrate_signal *s, double ppm)
{
    static int32_t counts[FRAMES * 4];
    struct stream_format *f = calloc(1, sizeof *f);
    struct calibrate_report *r = calloc(1, sizeof *r);
    struct random random;
    struct err err = { .text = "" };
    random_init(&random, 5, 0);
    f->rate_hz = RATE;
    f->channels = channels;
    for (uint32_t c = 0; c < channels; c++) {
        f->inputs[c] = (struct stream_input){ .digital_min = -8388608, .digital_max = 8388607,
                                              .physical_min = -10000, .physical_max = 10000 };
        make(counts, channels, c, &inputs[c], s, s->hz * (1 + ppm * 1e-6), &random);
    }
    if (!calibrate(counts, FRAMES, f, s, r, &err))
        fail_msg("%s", err.text);
    free(f);
    return r;
}

static void near(double value, double wanted, double share)
{
    if (!(fabs(value / wanted - 1) <= share))
        fail_msg("%g instead of %g", value, wanted);
}

static void a_sine_gives_scale_and_noise_to_a_thousandth(void **state)
{
    (void)state;
    static const double ppms[] = { 0, 300, -5000 }; /* of a generator, or of the amplifier's clock */
    const struct input inputs[] = { { 10000, 2, 0, 0, 1, 1 }, { 187500, 8, 0, 0, 1, 1 } };
    const struct calibrate_signal s = { .hz = 100, .amplitude_uv = 1000 };
    for (size_t i = 0; i < 3; i++) {
        struct calibrate_report *r = measure(inputs, 2, &s, ppms[i]);
        near(r->hz, 100 * (1 + ppms[i] * 1e-6), 1e-6);
        for (uint32_t c = 0; c < 2; c++) {
            assert_true(r->input[c].has_signal);
            near(r->input[c].full_scale_uv, inputs[c].full_scale_uv, 0.001);
            near(r->input[c].noise_uv, inputs[c].noise_uv, 0.02);
        }
        free(r);
    }
}

static void a_square_gives_the_response_at_the_octaves(void **state)
{
    (void)state;
    /* At 8 kHz the square leaves half a microvolt: 0.05 dB of it need a quiet amplifier. */
    const struct input input = { 10000, 0.2, 3000, 0, 1, 1 };
    const struct calibrate_signal s = { .is_square = true, .hz = 10, .amplitude_uv = 1000, .duty = 0.5 };
    struct calibrate_report *r = measure(&input, 1, &s, 100);
    /* In the pass band the low pass already takes a little: 0.4 % at 270 Hz. */
    near(r->input[0].full_scale_uv, 10000 / cabs(transfer(&input, 270)), 0.002);
    near(r->input[0].noise_uv, 0.2, 0.05);
    assert_in_range(r->input[0].response_count, 9, CALIBRATE_OCTAVES);
    for (uint32_t i = 0; i < r->input[0].response_count; i++) {
        const struct calibrate_response *at = &r->input[0].response[i];
        const double truth = 20 * log10(cabs(transfer(&input, at->hz) / transfer(&input, 270)));
        assert_true(fabs(at->db - truth) < 0.05);
    }
    free(r);
}

static void polarity_and_delay_between_inputs(void **state)
{
    (void)state;
    const struct input inputs[] = { { 10000, 2, 0, 0, 1, 1 },
                                    { 10000, 2, 0, 37e-6, 1, 1 },
                                    { 20000, 2, 0, -12.5e-6, -1, 1 },
                                    { 10000, 2, 0, 0, 1, 0 } };
    static const double duties[] = { 0.5, 0.2 };
    for (size_t i = 0; i < 2; i++) {
        const struct calibrate_signal s = { .is_square = true, .hz = 25, .amplitude_uv = 500, .duty = duties[i] };
        struct calibrate_report *r = measure(inputs, 4, &s, 0);
        assert_int_equal(r->reference, 0);
        for (uint32_t c = 0; c < 3; c++) {
            assert_true(r->input[c].has_signal);
            assert_int_equal(r->input[c].is_opposite, inputs[c].sign < 0);
            assert_true(fabs(r->input[c].delay_s - inputs[c].delay_s) < 1e-6);
            assert_int_equal(r->input[c].polarity, duties[i] < 0.5 ? (int)inputs[c].sign : 0);
        }
        assert_false(r->input[3].has_signal);
        near(r->input[3].noise_uv, 2, 0.05);
        free(r);
    }
}

static void too_little_is_refused(void **state)
{
    (void)state;
    static int32_t counts[RATE];
    struct stream_format *f = calloc(1, sizeof *f);
    struct calibrate_report *r = calloc(1, sizeof *r);
    struct err err = { .text = "" };
    f->rate_hz = RATE;
    f->channels = 1;
    assert_false(calibrate(counts, RATE, f, &(struct calibrate_signal){ .hz = 100, .amplitude_uv = 1 }, r, &err));
    assert_non_null(strstr(err.text, "too short"));
    free(f);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sine_gives_scale_and_noise_to_a_thousandth),
        cmocka_unit_test(a_square_gives_the_response_at_the_octaves),
        cmocka_unit_test(polarity_and_delay_between_inputs),
        cmocka_unit_test(too_little_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
