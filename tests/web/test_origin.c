/* SPDX-License-Identifier: Apache-2.0 */
/* Which pages may connect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/asset.h"
#include "web/origin.h"

static void only_this_machines_own_addresses_are_loopback(void **state)
{
    (void)state;
    assert_true(origin_is_loopback("127.0.0.1") && origin_is_loopback("127.8.9.1"));
    assert_true(origin_is_loopback("::1") && origin_is_loopback("localhost"));
    assert_false(origin_is_loopback("0.0.0.0") || origin_is_loopback("::"));
    assert_false(origin_is_loopback("127.example.org") || origin_is_loopback("128.0.0.1"));
    assert_false(origin_is_loopback("localhost.example.org") || origin_is_loopback(""));
}

static void a_page_connects_to_where_it_came_from(void **state)
{
    (void)state;
    const struct {
        const char *host, *origin;
        bool is_loopback, is_tls, is_allowed;
    } cases[] = {
        {"localhost:8080", "http://localhost:8080", true, false, true},
        {"LOCALHOST:8080", "http://localhost:8080", true, false, true},
        {"[::1]:8080", "http://[::1]:8080", true, false, true},
        {"localhost:8080", "", true, false, true}, /* no browser */
        {"localhost:8080", "https://localhost:8080", true, false, false},
        {"localhost:8080", "http://localhost:8081", true, false, false},
        {"localhost:8080", "http://evil.example", true, false, false},
        {"localhost:8080", "null", true, false, false},
        {"evil.example:8080", "http://evil.example:8080", true, false, false}, /* rebound */
        {"evil.example:8080", "", true, false, false},
        {"", "", true, false, false},
        {"or1.hospital.example", "https://or1.hospital.example", false, true, true},
        {"or1.hospital.example", "http://or1.hospital.example", false, true, false},
        {"or1.hospital.example", "https://or1.hospital.example.evil", false, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (origin_is_allowed(cases[i].host, cases[i].origin, cases[i].is_loopback,
                              cases[i].is_tls) != cases[i].is_allowed)
            fail_msg("host %s, origin %s", cases[i].host, cases[i].origin);
}

static void only_plain_paths_are_read_from_a_directory(void **state)
{
    (void)state;
    assert_true(asset_path_is_plain("/index.html") && asset_path_is_plain("/assets/a-B_9.js"));
    assert_false(asset_path_is_plain("index.html") || asset_path_is_plain("//etc"));
    assert_false(asset_path_is_plain("/../etc") || asset_path_is_plain("/a/../b"));
    assert_false(asset_path_is_plain("/.git/config") || asset_path_is_plain("/a%2e"));
}

static void every_view_is_the_one_page(void **state)
{
    (void)state;
    const struct asset *page = asset_find("/");
    assert_non_null(page);
    assert_ptr_equal(asset_find("/wall"), page);
    assert_ptr_equal(asset_find("/index.html"), page);
    assert_null(asset_find("/nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_this_machines_own_addresses_are_loopback),
        cmocka_unit_test(a_page_connects_to_where_it_came_from),
        cmocka_unit_test(only_plain_paths_are_read_from_a_directory),
        cmocka_unit_test(every_view_is_the_one_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
