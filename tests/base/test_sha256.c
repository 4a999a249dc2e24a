/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 against the vectors of FIPS 180-4's example papers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/sha256.h"

static const struct {
    const char *message;
    const char *digest;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmno"
     "pqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

static void published_vectors_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct sha256 s;
        char hex[SHA256_HEX];
        sha256_init(&s);
        sha256_feed(&s, vectors[i].message, strlen(vectors[i].message));
        sha256_finish(&s, hex);
        assert_string_equal(hex, vectors[i].digest);
    }
}

static void a_million_letters_in_uneven_pieces(void **state)
{
    (void)state;
    char a[1000];
    memset(a, 'a', sizeof a);
    struct sha256 s;
    char hex[SHA256_HEX];
    sha256_init(&s);
    for (size_t fed = 0, piece = 1; fed < 1000000; piece = piece % 900 + 13) {
        const size_t n = piece < 1000000 - fed ? piece : 1000000 - fed;
        sha256_feed(&s, a, n);
        fed += n;
    }
    sha256_finish(&s, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_hold),
        cmocka_unit_test(a_million_letters_in_uneven_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
