/* Whose address a request came from, whatever it says about itself. */
#include "bot/doors/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct row {
    const char *name, *peer, *forwarded, *client; /* NULL: nobody's */
} rows[] = {
    { "without a proxy it is who connected", "203.0.113.9:4711", "", "203.0.113.9" },
    { "whom we do not trust may write what they like", "203.0.113.9:4711", "192.30.252.1", "203.0.113.9" },
    { "a proxy tells whom it talks to", "10.0.0.1:4711", "192.30.252.1", "192.30.252.1" },
    { "what stood there before is not believed", "10.0.0.1:4711", "192.30.252.1, 203.0.113.9", "203.0.113.9" },
    { "a proxy behind a proxy", "10.0.0.1:4711", "192.30.252.1, 203.0.113.9,10.9.9.9", "203.0.113.9" },
    { "all of them are ours: the first", "10.0.0.1:4711", "10.0.0.3, 10.0.0.2", "10.0.0.3" },
    { "a proxy that says nothing is who asks", "10.0.0.1:4711", "", "10.0.0.1" },
    { "a proxy of IPv6, and a port", "[2001:db8::1]:4711", "[2a0a:a440::1]:55", "2a0a:a440::1" },
    { "what makes no sense is nobody", "10.0.0.1:4711", "192.30.252.1, unknown", NULL },
    { "an empty end is nobody", "10.0.0.1:4711", "192.30.252.1,", NULL },
    { "a Unix socket is nobody", "unix:4711", "192.30.252.1", NULL },
};

static void check_row(void **state)
{
    static const char *const proxies[] = { "10.0.0.0/8", "2001:db8::/32" };
    const struct row *row = *state;
    struct address found, wanted;

    assert_int_equal(client_address(str_of(row->peer), str_of(row->forwarded), proxies, 2, &found),
                     row->client != NULL);
    if (!row->client)
        return;
    assert_true(address_parse(str_of(row->client), &wanted));
    assert_memory_equal(&found, &wanted, sizeof(found));
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
