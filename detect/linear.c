/* SPDX-License-Identifier: Apache-2.0 */
/* Small dense matrices. */
#include "detect/linear.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "detect/fmath.h"

bool linear_cholesky(double *a, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        double *row = a + (size_t)i * n;
        for (uint32_t j = 0; j <= i; j++) {
            const double *other = a + (size_t)j * n;
            double sum = row[j];
            for (uint32_t k = 0; k < j; k++)
                sum -= row[k] * other[k];
            if (j < i) {
                row[j] = sum / other[j];
                continue;
            }
            if (!(sum > 0.0))
                return false;
            row[i] = sqrt(sum);
        }
    }
    return true;
}

void linear_solve(const double *factor, uint32_t n, double *x)
{
    for (uint32_t i = 0; i < n; i++) {
        double sum = x[i];
        for (uint32_t k = 0; k < i; k++)
            sum -= factor[(size_t)i * n + k] * x[k];
        x[i] = sum / factor[(size_t)i * n + i];
    }
    for (uint32_t i = n; i-- > 0;) {
        double sum = x[i];
        for (uint32_t k = i + 1; k < n; k++)
            sum -= factor[(size_t)k * n + i] * x[k];
        x[i] = sum / factor[(size_t)i * n + i];
    }
}

double linear_log_det(const double *factor, uint32_t n)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < n; i++)
        sum += fmath_log(factor[(size_t)i * n + i]);
    return 2.0 * sum;
}

void linear_invert_lower(const double *factor, uint32_t n, double *inverse)
{
    memset(inverse, 0, sizeof *inverse * n * n);
    for (uint32_t i = 0; i < n; i++) {
        const double *row = factor + (size_t)i * n;
        double *to = inverse + (size_t)i * n;
        for (uint32_t k = 0; k < i; k++)
            for (uint32_t j = 0; j <= k; j++)
                to[j] -= row[k] * inverse[(size_t)k * n + j];
        for (uint32_t j = 0; j < i; j++)
            to[j] /= row[i];
        to[i] = 1.0 / row[i];
    }
}

static void rotate(double *a, uint32_t n, uint32_t p, uint32_t q, double *vectors)
{
    const double apq = a[(size_t)p * n + q];
    const double theta = (a[(size_t)q * n + q] - a[(size_t)p * n + p]) / (2.0 * apq);
    const double t = (theta < 0.0 ? -1.0 : 1.0) / (fabs(theta) + sqrt(theta * theta + 1.0));
    const double c = 1.0 / sqrt(t * t + 1.0), s = t * c;
    for (uint32_t k = 0; k < n; k++) {
        const double x = a[(size_t)k * n + p], y = a[(size_t)k * n + q];
        a[(size_t)k * n + p] = c * x - s * y;
        a[(size_t)k * n + q] = s * x + c * y;
    }
    for (uint32_t k = 0; k < n; k++) {
        const double x = a[(size_t)p * n + k], y = a[(size_t)q * n + k];
        a[(size_t)p * n + k] = c * x - s * y;
        a[(size_t)q * n + k] = s * x + c * y;
        const double v = vectors[(size_t)p * n + k], w = vectors[(size_t)q * n + k];
        vectors[(size_t)p * n + k] = c * v - s * w;
        vectors[(size_t)q * n + k] = s * v + c * w;
    }
}

static void swap_rows(double *values, double *vectors, uint32_t n, uint32_t i, uint32_t j)
{
    const double value = values[i];
    values[i] = values[j];
    values[j] = value;
    for (uint32_t k = 0; k < n; k++) {
        const double v = vectors[(size_t)i * n + k];
        vectors[(size_t)i * n + k] = vectors[(size_t)j * n + k];
        vectors[(size_t)j * n + k] = v;
    }
}

void linear_eigen(double *a, uint32_t n, double *values, double *vectors)
{
    assert(n <= LINEAR_EIGEN);
    memset(vectors, 0, sizeof *vectors * n * n);
    for (uint32_t i = 0; i < n; i++)
        vectors[(size_t)i * n + i] = 1.0;
    for (int sweep = 0; sweep < 30; sweep++) {
        double off = 0.0, on = 0.0;
        for (uint32_t p = 0; p < n; p++) {
            on += fabs(a[(size_t)p * n + p]);
            for (uint32_t q = p + 1; q < n; q++)
                off += fabs(a[(size_t)p * n + q]);
        }
        if (off <= 1e-13 * on)
            break;
        for (uint32_t p = 0; p < n; p++)
            for (uint32_t q = p + 1; q < n; q++)
                if (fabs(a[(size_t)p * n + q]) > 1e-300)
                    rotate(a, n, p, q, vectors);
    }
    for (uint32_t i = 0; i < n; i++)
        values[i] = a[(size_t)i * n + i];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t best = i;
        for (uint32_t k = i + 1; k < n; k++)
            if (values[k] > values[best])
                best = k;
        if (best != i)
            swap_rows(values, vectors, n, i, best);
    }
}
