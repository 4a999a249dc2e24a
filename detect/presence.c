/* SPDX-License-Identifier: Apache-2.0 */
/* Whitens, projects, scores. */
#include "detect/presence.h"

#include <math.h>
#include <string.h>

#include "detect/fmath.h"
#include "detect/level.h"
#include "detect/linear.h"
#include "detect/special.h"

/* What no model knows: half a microvolt that changes within a millisecond. An LSR that matters is
 * ten times that. */
static const double floor_uv = 0.6;
static const double floor_ms = 1.0;

/* Half a millisecond: what looks like a response lasts several. */
enum { ALIKE_STEP = 2 };

/* The score of the whole window gives up this much (ln 20): it is the second chance. */
static const double second_chance = 3.0;

size_t presence_doubles(const struct grid *g)
{
    const size_t n = g->post - g->low;
    return n * n + 2 * PRESENCE_DIRECTIONS * n;
}

/* Autocovariance before the stimulus, tapered to what so few points determine. */
static void autocovariance(const struct grid *g, const double *residuals, uint32_t count,
                           uint32_t lags, double *covariance)
{
    const uint32_t points = g->pre + g->post, quiet = g->pre - 4, kept = quiet * 3 / 4;
    memset(covariance, 0, sizeof *covariance * lags);
    for (uint32_t k = 0; k < count; k++) {
        const double *r = residuals + (size_t)k * points;
        double mean = 0.0;
        for (uint32_t i = 0; i < quiet; i++)
            mean += r[i] / quiet;
        for (uint32_t l = 0; l < lags && l < kept; l++) {
            double sum = 0.0;
            for (uint32_t i = 0; i + l < quiet; i++)
                sum += (r[i] - mean) * (r[i + l] - mean);
            covariance[l] += sum / (quiet - l) / count;
        }
    }
    for (uint32_t l = 0; l < lags && l < kept; l++)
        covariance[l] *= 1.0 - (double)l / kept;
}

static void window_covariance(const struct presence *p, const struct grid *g,
                              const struct spread *s, const double *residuals, uint32_t count,
                              double *a)
{
    const uint32_t n = g->post - g->low;
    double noise[GRID_POST_MOST];
    autocovariance(g, residuals, count, n, noise);
    const double power = fmax(noise[0], 1e-4);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++) {
            const double apart = ((double)i - (double)j) * g->step_ms / floor_ms;
            a[(size_t)i * n + j] =
                noise[i > j ? i - j : j - i] + 0.05 * power /* the level's own error */ +
                level_wandered(p->walk, (g->low + (i < j ? i : j)) * g->step_ms) +
                floor_uv * floor_uv * fmath_exp(-0.5 * apart * apart) +
                (i == j ? 0.02 * power : 0.0);
        }
    spread_uncertainty(s, g, a);
}

static void whiten(const double *inverse, uint32_t n, const double *residual, double *z)
{
    for (uint32_t i = 0; i < n; i++) {
        const double *row = inverse + (size_t)i * n;
        double sum = 0.0;
        for (uint32_t j = 0; j <= i; j++)
            sum += row[j] * residual[j];
        z[i] = sum;
    }
}

/* Directions of the whitened sweeps with more energy than noise alone reaches (the edge of
 * Marchenko and Pastur 1967, a third above it); from the small Gram matrix of the sweeps. */
static void find_directions(struct presence *p, const double *z, uint32_t count, double *rows,
                            double *gram)
{
    const uint32_t n = p->points;
    double values[SPREAD_SWEEPS], vectors[SPREAD_SWEEPS * SPREAD_SWEEPS];
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j <= i; j++) {
            double sum = 0.0;
            for (uint32_t k = 0; k < n; k++)
                sum += z[(size_t)i * n + k] * z[(size_t)j * n + k];
            gram[i * count + j] = gram[j * count + i] = sum / count;
        }
    linear_eigen(gram, count, values, vectors);
    const double root = 1.0 + sqrt((double)n / count);
    const double edge = 1.3 * root * root;
    p->directions = 0;
    for (uint32_t d = 0; d < count && d < PRESENCE_DIRECTIONS && values[d] > edge; d++) {
        double *row = rows + (size_t)d * n;
        memset(row, 0, sizeof *row * n);
        const double size = 1.0 / sqrt(values[d] * count);
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t k = 0; k < n; k++)
                row[k] += vectors[d * count + i] * size * z[(size_t)i * n + k];
        p->directions++;
    }
}

/* Where the sweeps' mean energy stands out for at least 0.5 ms, widened by 1 ms on either side. */
static void find_support(struct presence *p, const struct grid *g, const double *residuals,
                         uint32_t count, const double *covariance)
{
    const uint32_t n = p->points, points = g->pre + g->post;
    uint32_t from = n, to = 0, run = 0;
    for (uint32_t i = 0; i < n; i++) {
        double energy = 0.0;
        for (uint32_t k = 0; k < count; k++) {
            const double v = residuals[(size_t)k * points + g->pre + g->low + i];
            energy += v * v / count;
        }
        run = energy > 3.0 * covariance[(size_t)i * n + i] ? run + 1 : 0;
        if (run * g->step_ms >= 0.5) {
            from = i + 1 - run < from ? i + 1 - run : from;
            to = i + 1;
        }
    }
    const uint32_t margin = (uint32_t)ceil(1.0 / g->step_ms);
    p->support_from = from > margin ? from - margin : 0;
    p->support_to = to + margin < n ? to + margin : n;
    if (from >= to) {
        p->support_from = 0;
        p->support_to = n;
    }
}

/* The directions as filters of what is not whitened. */
static void learn_filters(const struct presence *p, double *memory)
{
    const uint32_t n = p->points;
    const double *inverse = memory, *rows = memory + (size_t)n * n;
    double *filters = memory + (size_t)n * n + (size_t)PRESENCE_DIRECTIONS * n;
    memset(filters, 0, sizeof *filters * PRESENCE_DIRECTIONS * n);
    for (uint32_t d = 0; d < p->directions; d++)
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; j <= i; j++)
                filters[(size_t)d * n + j] += rows[(size_t)d * n + i] * inverse[(size_t)i * n + j];
}

/* Mean over all places in a stretch of the energy a degree along the directions. */
static double energy_along(const struct presence *p, const double *memory, const double *stretch,
                           uint32_t count)
{
    const uint32_t n = p->points;
    const double *filters = memory + (size_t)n * n + (size_t)PRESENCE_DIRECTIONS * n;
    double energy = 0.0;
    uint32_t places = 0;
    for (uint32_t at = 0; at + n <= count; at += ALIKE_STEP, places++) {
        double sums[PRESENCE_DIRECTIONS] = {0.0}; /* side by side: none waits for another */
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t d = 0; d < p->directions; d++)
                sums[d] += filters[(size_t)d * n + i] * stretch[at + i];
        for (uint32_t d = 0; d < p->directions; d++)
            energy += sums[d] * sums[d];
    }
    return places > 0 && p->directions > 0 ? energy / (places * p->directions) : 0.0;
}

/* Of the last stretch before the stimulus that is as long as the window. */
static void learn_quiet(struct presence *p, const struct grid *g, const double *memory,
                        const double *residuals, uint32_t count)
{
    const uint32_t n = p->points, points = g->pre + g->post, last = g->pre - 4;
    p->quiet = 1.0;
    if (n > last)
        return;
    double sum = 0.0, along = 0.0;
    for (uint32_t k = 0; k < count; k++) {
        const double *before = residuals + (size_t)k * points;
        sum += presence_quiet(p, memory, before + last - n) / count;
        along += energy_along(p, memory, before, last) / count;
    }
    p->quiet = fmax(sum, 0.1);
    p->quiet_along = along;
}

void presence_learn(struct presence *p, const struct grid *g, const struct spread *s, double walk,
                    const double *residuals, uint32_t count, double *memory,
                    struct presence_work *work)
{
    const uint32_t n = g->post - g->low, points = g->pre + g->post;
    memset(p, 0, sizeof *p);
    p->points = n;
    p->noise_scale = 1.0;
    p->walk = walk;
    double *inverse = memory, *rows = memory + (size_t)n * n;
    window_covariance(p, g, s, residuals, count, work->a);
    find_support(p, g, residuals, count, work->a);
    if (!linear_cholesky(work->a, n)) {
        /* so few points gave a covariance that is none: only its diagonal is kept */
        window_covariance(p, g, s, residuals, count, work->a);
        for (uint32_t i = 0; i < n * n; i++)
            work->a[i] = i % (n + 1) == 0 ? work->a[i] : 0.0;
        linear_cholesky(work->a, n);
    }
    linear_invert_lower(work->a, n, inverse);
    for (uint32_t k = 0; k < count; k++)
        whiten(inverse, n, residuals + (size_t)k * points + g->pre + g->low,
               work->z + (size_t)k * n);
    find_directions(p, work->z, count, rows, work->a);
    learn_filters(p, memory);
    learn_quiet(p, g, memory, residuals, count);
}

void presence_judge(const struct presence *p, const double *memory, const double *residual,
                    const struct presence_louder *louder, struct presence_result *result)
{
    const uint32_t n = p->points;
    const double *rows = memory + (size_t)n * n;
    double z[GRID_POST_MOST];
    whiten(memory, n, residual, z);
    double whole = 0.0, along = 0.0;
    for (uint32_t i = 0; i < n; i++)
        whole += z[i] * z[i];
    for (uint32_t d = 0; d < p->directions; d++) {
        double sum = 0.0;
        for (uint32_t i = 0; i < n; i++)
            sum += rows[(size_t)d * n + i] * z[i];
        along += sum * sum;
    }
    result->along = along / (p->noise_scale + louder->along);
    result->whole = whole / (p->noise_scale + louder->whole);
    result->score = special_chi2_score(result->whole, n);
    if (p->directions > 0)
        result->score =
            fmax(result->score - second_chance, special_chi2_score(result->along, p->directions));
}

double presence_wandered(const struct presence *p, double ms)
{
    return level_wandered(p->walk * p->noise_scale, ms);
}

double presence_alike(const struct presence *p, const double *memory, const double *stretch,
                      uint32_t count)
{
    return energy_along(p, memory, stretch, count) - p->quiet_along * p->noise_scale;
}

double presence_quiet(const struct presence *p, const double *memory, const double *stretch)
{
    const uint32_t n = p->points;
    double z[GRID_POST_MOST];
    whiten(memory, n, stretch, z);
    double sum = 0.0;
    for (uint32_t i = 0; i < n; i++)
        sum += z[i] * z[i];
    return sum / n / p->quiet;
}
