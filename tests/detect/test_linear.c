/* SPDX-License-Identifier: Apache-2.0 */
/* Factors multiply back, solutions solve, eigenvectors are ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "detect/linear.h"

enum { N = 12 };

/* A symmetric positive definite matrix without structure. */
static void fill(double *a)
{
    double b[N * N];
    uint32_t state = 5;
    for (int i = 0; i < N * N; i++) {
        state = state * 1664525u + 1013904223u;
        b[i] = (double)(state >> 8) / 8388608.0 - 1.0;
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i * N + j] = i == j ? 0.1 : 0.0;
            for (int k = 0; k < N; k++)
                a[i * N + j] += b[i * N + k] * b[j * N + k];
        }
}

static void a_solution_solves(void **state)
{
    (void)state;
    double a[N * N], factor[N * N], inverse[N * N], x[N], want[N];
    fill(a);
    memcpy(factor, a, sizeof a);
    assert_true(linear_cholesky(factor, N));
    for (int i = 0; i < N; i++)
        want[i] = i - 3.5;
    for (int i = 0; i < N; i++) {
        x[i] = 0.0;
        for (int j = 0; j < N; j++)
            x[i] += a[i * N + j] * want[j];
    }
    linear_solve(factor, N, x);
    for (int i = 0; i < N; i++)
        assert_true(fabs(x[i] - want[i]) < 1e-9);
    linear_invert_lower(factor, N, inverse);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0.0;
            for (int k = 0; k <= i; k++)
                sum += factor[i * N + k] * inverse[k * N + j];
            assert_true(fabs(sum - (i == j)) < 1e-9);
        }
}

static void what_is_not_positive_definite_is_refused(void **state)
{
    (void)state;
    double a[4] = { 1.0, 2.0, 2.0, 1.0 };
    assert_false(linear_cholesky(a, 2));
}

static void eigenvectors_are_ones(void **state)
{
    (void)state;
    double a[N * N], work[N * N], values[N], vectors[N * N];
    fill(a);
    memcpy(work, a, sizeof a);
    linear_eigen(work, N, values, vectors);
    for (int v = 0; v < N; v++) {
        assert_true(v == 0 || values[v] <= values[v - 1]);
        for (int i = 0; i < N; i++) {
            double sum = 0.0;
            for (int j = 0; j < N; j++)
                sum += a[i * N + j] * vectors[v * N + j];
            assert_true(fabs(sum - values[v] * vectors[v * N + i]) < 1e-9);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_solution_solves),
        cmocka_unit_test(what_is_not_positive_definite_is_refused),
        cmocka_unit_test(eigenvectors_are_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
