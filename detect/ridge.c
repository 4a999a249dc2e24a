/* SPDX-License-Identifier: Apache-2.0 */
/* Sums, solves, compares evidence. */
#include "detect/ridge.h"

#include <stddef.h>
#include <string.h>

#include "detect/linear.h"

void ridge_init(struct ridge *r, uint32_t terms)
{
    memset(r, 0, sizeof *r);
    r->terms = terms;
}

void ridge_add(struct ridge *r, uint32_t first, const double *x, const double *y,
               const double *weight, uint32_t from, uint32_t to, double amount)
{
    for (uint32_t i = first; i < r->terms; i++) {
        const double *xi = x + (size_t)(i - first) * GRID_POST_MOST;
        double product = 0.0;
        for (uint32_t p = from; p < to; p++)
            product += weight[p] * xi[p] * y[p];
        r->right[i] += product;
        for (uint32_t j = first; j <= i; j++) {
            const double *xj = x + (size_t)(j - first) * GRID_POST_MOST;
            double sum = 0.0;
            for (uint32_t p = from; p < to; p++)
                sum += weight[p] * xi[p] * xj[p];
            r->gram[i * r->terms + j] += amount * sum;
            if (j < i)
                r->gram[j * r->terms + i] += amount * sum;
        }
    }
}

void ridge_try(struct ridge *r, const double *precision, double precision_log_det)
{
    const uint32_t n = r->terms;
    double a[RIDGE_TERMS * RIDGE_TERMS], x[RIDGE_TERMS];
    for (uint32_t i = 0; i < n * n; i++)
        a[i] = r->gram[i] + precision[i];
    if (!linear_cholesky(a, n))
        return;
    memcpy(x, r->right, sizeof x);
    linear_solve(a, n, x);
    double evidence = 0.5 * precision_log_det - 0.5 * linear_log_det(a, n);
    for (uint32_t i = 0; i < n; i++)
        evidence += 0.5 * r->right[i] * x[i];
    if (r->solved && evidence <= r->best_evidence)
        return;
    r->solved = true;
    r->best_evidence = evidence;
    memcpy(r->x, x, sizeof x);
    for (uint32_t j = 0; j < n; j++) {
        double column[RIDGE_TERMS] = {0.0};
        column[j] = 1.0;
        linear_solve(a, n, column);
        for (uint32_t i = 0; i < n; i++)
            r->covariance[i * n + j] = column[i];
    }
}
