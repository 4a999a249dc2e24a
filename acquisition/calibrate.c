/* SPDX-License-Identifier: Apache-2.0 */
/* Measures tones by windowed projection: a Hann window keeps neighbours (mains, other harmonics) out
 * without whole periods in the record. */
#include "acquisition/calibrate.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

enum {
    PERIODS = 20,
    FIRST_PERIODS = 8,  /* of the first guess of the frequency: finds it within some percent */
    SINE_HARMONICS = 5, /* a generator's own distortion is not the amplifier's noise */
};

static const double full_counts = 8388608.0;
/* Under these the signal is not there: what is left is noise, or a neighbour's crosstalk. */
static const double least_over_noise = 10.0; /* amplitude to RMS */
static const double least_share = 0.002; /* of the strongest input's counts; scales differ by 50 */
/* A harmonic near a zero of the spectrum says nothing. */
static const double least_harmonic = 0.2;
static const double band_low_hz = 50, band_high_hz = 500;
static const double nyquist_share = 0.499;

/* One input's samples. */
struct track {
    const int32_t *counts;
    uint32_t stride;
    double rate_hz;
};

static double sample(const struct track *t, uint64_t i)
{
    return t->counts[i * t->stride];
}

/* On the unit circle. */
static double complex turned(double radians)
{
    return cos(radians) + (double complex)I * sin(radians);
}

/* Amplitude and phase (at frame 0) of one frequency in frames from .. from + count - 1. */
static double complex project(const struct track *t, uint64_t from, uint64_t count, double hz)
{
    const double step = 2 * M_PI * hz / t->rate_hz, window = 2 * M_PI / (double)count;
    double complex sum = 0, mean = 0, tone_sum = 0;
    double weight_sum = 0;
    const double complex turn = turned(-step), window_turn = turned(window);
    double complex phase = turned(-step * (double)from), at = turned(window / 2);
    for (uint64_t i = 0; i < count; i++) {
        const double w = 1 - creal(at);
        sum += w * sample(t, from + i) * phase;
        mean += w * sample(t, from + i);
        tone_sum += w * phase;
        weight_sum += w;
        phase *= turn;
        at *= window_turn;
    }
    return 2 * (sum - mean / weight_sum * tone_sum) / weight_sum;
}

/* Two halves of a stretch see the same tone a known time apart: their phases give its frequency, at
 * first roughly, then over longer and longer stretches. */
static double refine(const struct track *t, uint64_t frames, double hz)
{
    uint64_t half = (uint64_t)(FIRST_PERIODS * t->rate_hz / hz);
    for (;; half = half * 4 < frames ? half * 2 : frames / 2) {
        const double complex a = project(t, 0, half, hz), b = project(t, half, half, hz);
        hz += carg(b * conj(a)) / (2 * M_PI) * t->rate_hz / (double)half;
        if (half == frames / 2)
            return hz;
    }
}

/* Amplitude of a signal's harmonic at an amplitude of 1; 0: there is none. */
static double harmonic(const struct calibrate_signal *s, uint32_t k)
{
    if (!s->is_square)
        return k == 1 ? 1 : 0;
    const double share = fabs(sin(M_PI * k * s->duty));
    return share < least_harmonic ? 0 : 4 / (M_PI * k) * share;
}

static uint32_t harmonics(const struct calibrate_signal *s, double rate_hz, double hz)
{
    const uint32_t all = (uint32_t)(nyquist_share * rate_hz / hz);
    return s->is_square || all < SINE_HARMONICS ? all : SINE_HARMONICS;
}

/* Without what parts of a period would add to it. */
static double windowed_mean(const struct track *t, uint64_t from, uint64_t count)
{
    double sum = 0, weights = 0;
    for (uint64_t i = 0; i < count; i++) {
        const double w = 1 - cos(2 * M_PI * ((double)i + 0.5) / (double)count);
        sum += w * sample(t, from + i);
        weights += w;
    }
    return sum / weights;
}

/* Takes every harmonic out of a second of samples, and returns what power is left a sample. */
static double power_left(const struct track *t, uint64_t from, uint64_t count, double hz,
                         uint32_t tones, double *left)
{
    const double mean = windowed_mean(t, from, count);
    double power = 0;
    for (uint64_t i = 0; i < count; i++)
        left[i] = sample(t, from + i) - mean;
    for (uint32_t k = 1; k <= tones; k++) {
        const double step = 2 * M_PI * k * hz / t->rate_hz;
        const double complex z = project(t, from, count, k * hz);
        const double complex turn = turned(step);
        double complex phase = z * turned(step * (double)from);
        for (uint64_t i = 0; i < count; i++, phase *= turn)
            left[i] -= creal(phase);
    }
    for (uint64_t i = 0; i < count; i++)
        power += left[i] * left[i];
    /* A projection through a Hann window takes one sample's noise with it, not two. */
    return power / ((double)count - tones - 1);
}

static double noise_counts(const struct track *t, uint64_t frames, double hz, uint32_t tones,
                           double *left)
{
    const uint64_t second = (uint64_t)t->rate_hz;
    double sum = 0;
    uint64_t seconds = 0;
    for (uint64_t at = 0; at + second <= frames; at += second, seconds++)
        sum += power_left(t, at, second, hz, tones, left);
    return sqrt(sum / (double)seconds);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Counts a unit of amplitude, in the pass band. */
static double pass_band(const struct track *t, uint64_t frames, double hz,
                        const struct calibrate_signal *s)
{
    double gains[512];
    uint32_t count = 0;
    const uint32_t most = harmonics(s, t->rate_hz, hz);
    for (uint32_t k = 1; s->is_square && k <= most && k * hz <= band_high_hz && count < 512; k++)
        if (k * hz >= band_low_hz && harmonic(s, k) > 0)
            gains[count++] = cabs(project(t, 0, frames, k * hz)) / harmonic(s, k);
    if (count == 0)
        return cabs(project(t, 0, frames, hz)) / harmonic(s, 1);
    qsort(gains, count, sizeof *gains, compare);
    return gains[count / 2];
}

/* The signal's harmonic nearest to an octave's frequency; 0: none is near. */
static uint32_t nearest(const struct calibrate_signal *s, double hz, double octave_hz, uint32_t most)
{
    const uint32_t middle = (uint32_t)(octave_hz / hz + 0.5);
    for (uint32_t away = 0; away <= 2; away++)
        for (int sign = -1; sign <= 1; sign += 2) {
            const int64_t k = (int64_t)middle + sign * (int64_t)away;
            if (k >= 1 && k <= most && harmonic(s, (uint32_t)k) > 0 &&
                fabs((double)k * hz / octave_hz - 1) < 0.3)
                return (uint32_t)k;
        }
    return 0;
}

static void measure_response(const struct track *t, uint64_t frames, double hz,
                             const struct calibrate_signal *s, double gain,
                             struct calibrate_input *out)
{
    const uint32_t most = harmonics(s, t->rate_hz, hz);
    if (!s->is_square)
        out->response[out->response_count++] = (struct calibrate_response){ hz, 0 };
    uint32_t last = 0;
    for (double octave_hz = 1000.0 / 256; s->is_square && out->response_count < CALIBRATE_OCTAVES;
         octave_hz *= 2) {
        const uint32_t k = nearest(s, hz, octave_hz, most);
        if (octave_hz > t->rate_hz)
            break;
        if (k <= last)
            continue;
        last = k;
        const double share = cabs(project(t, 0, frames, k * hz)) / harmonic(s, k) / gain;
        out->response[out->response_count++] =
            (struct calibrate_response){ k * hz, 20 * log10(share > 1e-9 ? share : 1e-9) };
    }
}

/* An asymmetrical square leans to the side where it stays shorter. */
static int polarity_of(const struct track *t, uint64_t frames, const struct calibrate_signal *s)
{
    if (!s->is_square || fabs(s->duty - 0.5) < 0.05)
        return 0;
    double mean = 0, cubes = 0;
    for (uint64_t i = 0; i < frames; i++)
        mean += sample(t, i) / (double)frames;
    for (uint64_t i = 0; i < frames; i++)
        cubes += pow(sample(t, i) - mean, 3);
    return (cubes > 0) == (s->duty < 0.5) ? 1 : -1;
}

static void compare_phases(double complex tone, double complex reference, double hz,
                           struct calibrate_input *out)
{
    double lag = -carg(tone * conj(reference));
    out->is_opposite = fabs(lag) > M_PI / 2;
    if (out->is_opposite)
        lag -= copysign(M_PI, lag);
    out->delay_s = lag / (2 * M_PI * hz);
}

static struct track track_of(const int32_t *counts, const struct stream_format *f, uint32_t input)
{
    return (struct track){ counts + input, f->channels, f->rate_hz };
}

static void measure_input(const struct track *t, uint64_t frames, const struct stream_input *input,
                          const struct calibrate_signal *s, double complex tone, double strongest,
                          double *left, double hz, struct calibrate_input *out)
{
    const double noise = noise_counts(t, frames, hz, harmonics(s, t->rate_hz, hz), left);
    out->has_signal = cabs(tone) > least_over_noise * noise && cabs(tone) > least_share * strongest;
    double gain = 1 / stream_input_scale(input).gain_uv; /* counts a microvolt */
    if (out->has_signal) {
        gain = pass_band(t, frames, hz, s) / s->amplitude_uv;
        out->full_scale_uv = full_counts / gain;
        out->polarity = polarity_of(t, frames, s);
        measure_response(t, frames, hz, s, gain * s->amplitude_uv, out);
    }
    out->noise_uv = noise / fabs(gain);
}

bool calibrate(const int32_t *counts, uint64_t frames, const struct stream_format *format,
               const struct calibrate_signal *signal, struct calibrate_report *report,
               struct err *err)
{
    *report = (struct calibrate_report){ .inputs = format->channels, .reference = format->channels };
    if ((double)frames * signal->hz < PERIODS * format->rate_hz || frames < 2ull * format->rate_hz)
        return err_set(err, ERR_FORMAT, "too short: %d periods and two seconds are needed", PERIODS);
    if (signal->hz > nyquist_share * format->rate_hz)
        return err_set(err, ERR_USAGE, "%g Hz: at most %g at this rate", signal->hz,
                       nyquist_share * format->rate_hz);
    double *left = malloc(format->rate_hz * sizeof *left);
    double complex *tones = malloc(format->channels * sizeof *tones);
    uint32_t best = 0;
    for (uint32_t i = 0; left && tones && i < format->channels; i++) {
        const struct track t = track_of(counts, format, i);
        tones[i] = project(&t, 0, frames, signal->hz); /* roughly: which is strongest */
        best = cabs(tones[i]) > cabs(tones[best]) ? i : best;
    }
    if (left && tones) {
        const struct track strongest = track_of(counts, format, best);
        report->hz = refine(&strongest, frames, signal->hz);
        const double most = cabs(project(&strongest, 0, frames, report->hz));
        for (uint32_t i = 0; i < format->channels; i++) {
            const struct track t = track_of(counts, format, i);
            struct calibrate_input *out = &report->input[i];
            tones[i] = project(&t, 0, frames, report->hz);
            measure_input(&t, frames, &format->inputs[i], signal, tones[i], most, left, report->hz,
                          out);
            if (out->has_signal && report->reference == format->channels)
                report->reference = i;
            if (out->has_signal)
                compare_phases(tones[i], tones[report->reference], report->hz, out);
        }
    }
    const bool is_done = left && tones;
    free(left);
    free(tones);
    return is_done || err_set(err, ERR_MEMORY, "calibration");
}
