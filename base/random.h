/* SPDX-License-Identifier: Apache-2.0 */
/* base/random.h - reproducible random numbers: xoshiro256++ of Blackman and Vigna (2019), seeded
 * by their splitmix64. Same seed and stream, same numbers, on every machine. One thread per
 * instance. Nothing here is for secrets. */
#ifndef LSRD_BASE_RANDOM_H
#define LSRD_BASE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
    double spare; /* the polar method makes two normals at a time */
    bool has_spare;
};

/* Streams of one seed are independent of each other. */
void random_init(struct random *r, uint64_t seed, uint64_t stream);
uint64_t random_bits(struct random *r);
double random_unit(struct random *r); /* 0 to below 1, 53 bits */
double random_between(struct random *r, double low, double high);
uint32_t random_below(struct random *r, uint32_t limit); /* 0 to limit - 1; limit above 0 */
double random_normal(struct random *r);                  /* mean 0, standard deviation 1 */
double random_exponential(struct random *r);             /* mean 1 */
bool random_chance(struct random *r, double probability);

#endif
