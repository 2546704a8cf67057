/* Addresses and their ranges, as people write them and as proxies tell them. */
#include "bot/base/network.h"
#include "tests/unit/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct row {
    const char *name, *network, *address;
    bool is_in;
} rows[] = {
    { "an address is its own range", "192.0.2.7", "192.0.2.7", true },
    { "and no other is in it", "192.0.2.7", "192.0.2.8", false },
    { "the first of a range", "192.30.252.0/22", "192.30.252.0", true },
    { "the last of a range", "192.30.252.0/22", "192.30.255.255", true },
    { "one behind it", "192.30.252.0/22", "192.31.0.0", false },
    { "a range that ends within a byte", "10.128.0.0/9", "10.127.255.255", false },
    { "with a port", "192.0.2.0/24", "192.0.2.9:4711", true },
    { "IPv6", "2001:db8::/32", "2001:db8:ffff::1", true },
    { "IPv6 with a port", "2001:db8::/32", "[2001:db8::1]:443", true },
    { "IPv6 in brackets", "2001:db8::/32", "[2001:db8::1]", true },
    { "IPv6 outside", "2001:db8::/32", "2001:db9::1", false },
    { "an IPv4 address inside of IPv6 is that address", "192.0.2.0/24", "::ffff:192.0.2.1", true },
    { "all of IPv4", "0.0.0.0/0", "203.0.113.9", true },
    { "has no IPv6", "0.0.0.0/0", "2001:db8::1", false },
    { "all of both", "::/0", "203.0.113.9", true },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct network network;
    struct address address;
    struct error err;

    assert_true(network_parse(str_of(row->network), &network, &err));
    assert_true(address_parse(str_of(row->address), &address));
    assert_int_equal(network_has(&network, &address), row->is_in);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const texts[] = { "",
                                         "unknown",
                                         "192.0.2",
                                         "192.0.2.7:x",
                                         "192.0.2.7:70000",
                                         "[::1",
                                         "[::1]x",
                                         "::1::2",
                                         "0192.0.2.7",
                                         "_hidden",
                                         "192.0.2.7 ",
                                         "[192.0.2.7]:x",
                                         "/",
                                         "1:2",
                                         "::ffff:192.0.2.7.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1" };
    struct address address;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (address_parse(str_of(texts[i]), &address))
            fail_msg("'%s' was taken for an address", texts[i]);
    assert_false(address_parse((struct str){ "192.0.2.7\0", 10 }, &address));
}

static void what_is_no_range_is_refused(void **state)
{
    static const char *const texts[] = { "",           "10.0.0.0/",  "10.0.0.0/33",  "10.0.0.0/-1", "10.0.0.1/8",
                                         "2001::/129", "2001::1/64", "10.0.0.0/8/8", "example.com", "[2001::]/16",
                                         "10.0.0.0:80" };
    struct network network;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (network_parse(str_of(texts[i]), &network, &err))
            fail_msg("'%s' was taken for a range", texts[i]);
        assert_int_equal(err.code, ERR_INVALID);
    }
}

static const struct text_row {
    const char *name, *text;
    const char *shown; /* NULL: as it is typed it is no range */
    int prefix;
} text_rows[] = {
    { "a range", "192.0.2.0/24", "192.0.2.0/24", 24 },
    { "one address", "192.0.2.7/32", "192.0.2.7/32", 32 },
    { "IPv6 in the shortest way", "2001:0DB8:0:0::/32", "2001:db8::/32", 32 },
    { "all of IPv4", "0.0.0.0/0", "0.0.0.0/0", 0 },
    { "all of IPv6", "::/0", "::/0", 0 },
    { "without a length", "192.0.2.7", NULL, 0 },
    { "with a slash alone", "192.0.2.0/", NULL, 0 },
    { "a zero in front", "192.0.2.0/024", NULL, 0 },
    { "too long", "192.0.2.0/33", NULL, 0 },
    { "by another address", "192.0.2.7/24", NULL, 0 },
};

static void check_text(void **state)
{
    const struct text_row *row = *state;
    struct network network;
    struct error err;

    assert_int_equal(network_is_range(str_of(row->text)), row->shown != NULL);
    if (!row->shown)
        return;
    assert_true(network_parse(str_of(row->text), &network, &err));
    assert_string_equal(network_format(&network).text, row->shown);
    assert_int_equal(network_prefix(&network), row->prefix);
}

static void a_wide_range_covers_a_narrow_one_and_not_the_other_way_round(void **state)
{
    struct network wide, narrow, other;
    struct error err;

    (void)state;
    assert_true(network_parse(STR_LIT("192.0.2.0/24"), &wide, &err) &&
                network_parse(STR_LIT("192.0.2.128/25"), &narrow, &err) &&
                network_parse(STR_LIT("192.0.3.0/25"), &other, &err));
    assert_true(network_covers(&wide, &narrow) && network_covers(&wide, &wide));
    assert_false(network_covers(&narrow, &wide) || network_covers(&wide, &other));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(what_is_no_range_is_refused),
        cmocka_unit_test(a_wide_range_covers_a_narrow_one_and_not_the_other_way_round),
    };
    struct CMUnitTest row_tests[sizeof(rows) / sizeof(rows[0])];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        row_tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                            .test_func = check_row,
                                            .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL) + cmocka_run_group_tests(row_tests, NULL, NULL) +
           ROWS(text_rows, check_text);
}
