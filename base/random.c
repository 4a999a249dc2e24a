/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers by xoshiro256++, normals by Marsaglia's polar method. */
#include "base/random.h"

#include <math.h>

#include "base/exact.h"

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

void random_init(struct random *r, uint64_t seed, uint64_t stream)
{
    uint64_t mixed = stream;
    uint64_t x = seed ^ splitmix(&mixed); /* neighbouring seeds and streams must not meet */
    for (int i = 0; i < 4; i++)
        r->state[i] = splitmix(&x);
    r->has_spare = false;
    r->spare = 0;
}

static uint64_t rotate(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

uint64_t random_bits(struct random *r)
{
    uint64_t *s = r->state;
    const uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double random_unit(struct random *r)
{
    return (double)(random_bits(r) >> 11) * 0x1p-53;
}

double random_between(struct random *r, double low, double high)
{
    return low + (high - low) * random_unit(r);
}

uint32_t random_below(struct random *r, uint32_t limit)
{
    return (uint32_t)(((random_bits(r) >> 32) * limit) >> 32);
}

double random_normal(struct random *r)
{
    if (r->has_spare) {
        r->has_spare = false;
        return r->spare;
    }
    double u, v, s;
    do {
        u = 2 * random_unit(r) - 1;
        v = 2 * random_unit(r) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    const double factor = sqrt(-2 * exact_log(s) / s);
    r->spare = v * factor;
    r->has_spare = true;
    return u * factor;
}

double random_exponential(struct random *r)
{
    return -exact_log(1 - random_unit(r));
}

bool random_chance(struct random *r, double probability)
{
    return random_unit(r) < probability;
}
