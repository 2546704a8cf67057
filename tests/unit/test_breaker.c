/* A host that fails again and again is left alone for a while, then tried with one call. */
#include "tests/unit/rows.h"

#include "bot/carrier/breaker.h"

#include <stdio.h>
#include <stdlib.h>

#define HOST "run.googleapis.com"
#define START INT64_C(1000000)

/* What happens, in order: 'x' a failure, 'o' a success, '?' a call that must be allowed, '!' one that must not,
 * '+' half of the open time passes, '.' another host's call, which is always allowed. */
static const struct row {
    const char *name, *story;
} rows[] = {
    { "a new host is called", "?" },
    { "four failures in a row are borne", "xxxx?" },
    { "the fifth closes the way", "xxxxx!" },
    { "it stays closed for a while", "xxxxx+!" },
    { "then one call tries", "xxxxx++?" },
    { "and only one", "xxxxx++?!" },
    { "a try without an answer is followed by another, later", "xxxxx++?!++?" },
    { "a try that fails closes it again", "xxxxx++?x!+!" },
    { "a try that succeeds opens it for all", "xxxxx++?o???" },
    { "after that it bears four failures again", "xxxxx++?oxxxx?x!" },
    { "a success between starts the count anew", "xxxxoxxxx?" },
    { "another host is not to blame", "xxxxx!.." },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct breaker *breaker = breaker_create();
    int64_t now = START;

    for (const char *c = row->story; *c; c++) {
        if (*c == '+')
            now += BREAKER_OPEN_MS / 2;
        else if (*c == '.')
            assert_true(breaker_allows(breaker, "slack.com", now));
        else if (*c == 'x' || *c == 'o')
            breaker_note(breaker, HOST, *c == 'o', now);
        else if (breaker_allows(breaker, HOST, now) != (*c == '?'))
            fail_msg("at %zu of %s", (size_t)(c - row->story), row->story);
    }
    breaker_destroy(breaker);
}

static void note_many(struct breaker *breaker, bool is_good, int64_t now)
{
    for (int i = 0; i < 1000; i++) {
        char name[32];

        snprintf(name, sizeof(name), "revision-%d.run.app", i);
        breaker_allows(breaker, name, now);
        breaker_note(breaker, name, is_good, now);
    }
}

static void hosts_that_answer_or_are_gone_are_not_kept(void **state)
{
    struct breaker *breaker = breaker_create();

    (void)state;
    note_many(breaker, true, START);
    assert_int_equal(breaker_hosts(breaker), 0);
    note_many(breaker, false, START);
    assert_int_equal(breaker_hosts(breaker), 1000);
    breaker_note(breaker, HOST, false, START + BREAKER_FORGET_MS + 1);
    assert_int_equal(breaker_hosts(breaker), 1);
    breaker_destroy(breaker);
}

static const struct host_row {
    const char *name, *url, *host;
} host_rows[] = {
    { "https", "https://run.googleapis.com/v2/x", "run.googleapis.com" },
    { "http with a port", "http://127.0.0.1:8080/metadata", "127.0.0.1:8080" },
    { "no path", "https://slack.com", "slack.com" },
    { "IPv6", "http://[::1]:9/x", "[::1]:9" },
};

static void check_host(void **state)
{
    const struct host_row *row = *state;
    AUTO_FREE char *host = breaker_host(row->url);

    assert_string_equal(host, row->host);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(hosts_that_answer_or_are_gone_are_not_kept) };

    breaker_destroy(NULL);
    return ROWS(rows, check_row) + ROWS(host_rows, check_host) + cmocka_run_group_tests(tests, NULL, NULL);
}
