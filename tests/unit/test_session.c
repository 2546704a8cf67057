/* Who has signed in at the dashboard, for how long; links that let in once; and what a cookie's header says. */
#include "bot/dashboard/caller.h"
#include "bot/dashboard/ticket.h"

#include "bot/base/time.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#define BEGIN_MS (5 * DAY_MS)
#define IDLE_MS HOUR_MS
#define MOST_MS (3 * HOUR_MS)

static const struct session_limits limits = { IDLE_MS, MOST_MS };
static const struct principal ann = { .system = "slack", .id = "U012AB3CD", .team = "T0SANDBOX", .name = "Ann" };
static const struct principal root = { .system = "local", .id = "root" };

static void dice(void *ctx, void *bytes, size_t len)
{
    static uint64_t count;

    (void)ctx;
    memset(bytes, 0, len);
    count++;
    memcpy(bytes, &count, sizeof(count));
}

static const struct clock a_clock = { .random = dice };

static bool is_in(struct sessions *sessions, struct session_id id, int64_t at_ms)
{
    return sessions_use(sessions, str_of(id.text), &limits, at_ms) != NULL;
}

static void who_signed_in_is_known_by_the_cookie_alone(void **state)
{
    AUTO(sessions) struct sessions *sessions = sessions_create(&a_clock);
    struct session_id id = sessions_begin(sessions, &ann, NULL, BEGIN_MS),
                      other = sessions_begin(sessions, &root, NULL, BEGIN_MS);
    const struct session *session = sessions_use(sessions, str_of(id.text), &limits, BEGIN_MS);

    (void)state;
    assert_int_equal(strlen(id.text), SESSION_ID_LEN);
    assert_true(principal_equal(&session->who, &ann));
    assert_string_equal(session->who.name, "Ann");
    assert_string_not_equal(id.text, other.text);
    id.text[3]++;
    assert_false(is_in(sessions, id, BEGIN_MS));
    assert_null(sessions_use(sessions, str_of(""), &limits, BEGIN_MS));
}

static void a_session_ends_when_nothing_is_asked_and_when_it_is_old(void **state)
{
    AUTO(sessions) struct sessions *sessions = sessions_create(&a_clock);
    struct session_id idle = sessions_begin(sessions, &ann, NULL, BEGIN_MS),
                      busy = sessions_begin(sessions, &ann, NULL, BEGIN_MS);

    (void)state;
    for (int64_t at = BEGIN_MS; at < BEGIN_MS + MOST_MS; at += IDLE_MS - 1)
        assert_true(is_in(sessions, busy, at));
    assert_false(is_in(sessions, busy, BEGIN_MS + MOST_MS));
    assert_false(is_in(sessions, idle, BEGIN_MS + IDLE_MS));
    assert_int_equal(sessions_count(sessions), 0); /* what has ended is not kept */
}

static void who_signs_out_is_out_and_the_others_stay(void **state)
{
    AUTO(sessions) struct sessions *sessions = sessions_create(&a_clock);
    struct session_id first = sessions_begin(sessions, &ann, NULL, BEGIN_MS),
                      second = sessions_begin(sessions, &ann, NULL, BEGIN_MS);

    (void)state;
    sessions_end(sessions, str_of(first.text));
    sessions_end(sessions, str_of("nobody's"));
    assert_false(is_in(sessions, first, BEGIN_MS));
    assert_true(is_in(sessions, second, BEGIN_MS));
}

static bool is_by_link(void *arg, const struct session *session)
{
    (*(size_t *)arg)++;
    return !session->issuer;
}

static void those_who_would_not_be_let_in_any_more_are_out(void **state)
{
    AUTO(sessions) struct sessions *sessions = sessions_create(&a_clock);
    struct session_id first = sessions_begin(sessions, &ann, "https://a.example", BEGIN_MS),
                      link = sessions_begin(sessions, &ann, NULL, BEGIN_MS),
                      last = sessions_begin(sessions, &root, "https://a.example", BEGIN_MS);
    size_t asked = 0;

    (void)state;
    sessions_keep(sessions, is_by_link, &asked);
    assert_int_equal(asked, 3);
    assert_false(is_in(sessions, first, BEGIN_MS));
    assert_true(is_in(sessions, link, BEGIN_MS));
    assert_false(is_in(sessions, last, BEGIN_MS));
}

static void one_person_has_so_many_and_takes_nobody_elses(void **state)
{
    AUTO(sessions) struct sessions *sessions = sessions_create(&a_clock);
    struct session_id hers = sessions_begin(sessions, &ann, NULL, BEGIN_MS),
                      first = sessions_begin(sessions, &root, NULL, BEGIN_MS + 1);

    (void)state;
    for (int i = 0; i < SESSIONS_OF_ONE_MAX; i++)
        sessions_begin(sessions, &root, NULL, BEGIN_MS + 2);
    assert_int_equal(sessions_count(sessions), SESSIONS_OF_ONE_MAX + 1);
    assert_false(is_in(sessions, first, BEGIN_MS + 3));
    assert_true(is_in(sessions, hers, BEGIN_MS + 3));
}

static void when_there_are_very_many_the_longest_unused_goes(void **state)
{
    AUTO(sessions) struct sessions *sessions = sessions_create(&a_clock);
    struct session_id first = { .text = "" }, second = { .text = "" };
    char id[16];

    (void)state;
    for (int i = 0; i < SESSIONS_MAX + 1; i++) {
        struct session_id made;

        (void)snprintf(id, sizeof(id), "u%d", i);
        if (i == SESSIONS_MAX)
            assert_true(is_in(sessions, first, BEGIN_MS + i)); /* used just now: the second goes */
        made = sessions_begin(sessions, &(struct principal){ .system = "local", .id = id }, NULL, BEGIN_MS + i);
        first = i == 0 ? made : first;
        second = i == 1 ? made : second;
    }
    assert_int_equal(sessions_count(sessions), SESSIONS_MAX);
    assert_true(is_in(sessions, first, BEGIN_MS + SESSIONS_MAX));
    assert_false(is_in(sessions, second, BEGIN_MS + SESSIONS_MAX));
}

static void the_word_of_a_session_is_its_own(void **state)
{
    struct digest_hex one = session_csrf(STR_LIT("a")), same = session_csrf(STR_LIT("a")),
                      other = session_csrf(STR_LIT("b"));

    (void)state;
    assert_string_equal(one.text, same.text);
    assert_string_not_equal(one.text, other.text);
    assert_string_not_equal(one.text, digest_hex(digest_sha256(STR_LIT("a"))).text);
}

static void a_link_lets_in_once_and_within_five_minutes(void **state)
{
    struct tickets tickets = { .kept = { { .user = "" } } };
    struct session_id used = tickets_make(&tickets, &a_clock, "ann", BEGIN_MS);
    struct session_id late = tickets_make(&tickets, &a_clock, "bob", BEGIN_MS);
    char user[TICKET_USER_MAX] = "";

    (void)state;
    assert_false(tickets_take(&tickets, STR_LIT(""), BEGIN_MS, user));
    assert_false(tickets_take(&tickets, STR_LIT("a guess"), BEGIN_MS, user));
    assert_true(tickets_take(&tickets, str_of(used.text), BEGIN_MS + TICKET_MS - 1, user));
    assert_string_equal(user, "ann");
    assert_false(tickets_take(&tickets, str_of(used.text), BEGIN_MS + TICKET_MS - 1, user));
    assert_false(tickets_take(&tickets, str_of(late.text), BEGIN_MS + TICKET_MS, user));
}

static void of_too_many_links_the_oldest_is_no_good_any_more(void **state)
{
    struct tickets tickets = { .kept = { { .user = "" } } };
    struct session_id first = tickets_make(&tickets, &a_clock, "ann", BEGIN_MS), last = first;
    char user[TICKET_USER_MAX];

    (void)state;
    for (int i = 0; i < TICKETS_MAX; i++)
        last = tickets_make(&tickets, &a_clock, "bob", BEGIN_MS + 1);
    assert_false(tickets_take(&tickets, str_of(first.text), BEGIN_MS + 2, user));
    assert_true(tickets_take(&tickets, str_of(last.text), BEGIN_MS + 2, user));
}

static const struct cookie_row {
    const char *name, *header, *value;
} cookie_rows[] = {
    { "there is none", NULL, "" },
    { "it is alone", "opsgate=abc", "abc" },
    { "it stands among others", "a=b; opsgate=abc; c=d", "abc" },
    { "one whose name ends like it is another", "my-opsgate=abc", "" },
    { "one whose name begins like it is another", "opsgate-x=abc", "" },
    { "a word without a value is none", "opsgate", "" },
    { "of two the first counts", "opsgate=abc; opsgate=def", "abc" },
    { "its value may have a '='", "opsgate=a=b", "a=b" },
    { "empty ones are let pass", ";; opsgate=abc;", "abc" },
};

static void check_cookie(void **state)
{
    const struct cookie_row *row = *state;

    assert_true(str_is(caller_find_cookie(str_of(row->header), "opsgate"), row->value));
}

static void behind_tls_the_cookie_is_bound_to_the_host(void **state)
{
    (void)state;
    assert_string_equal(caller_cookie(&(struct dashboard_settings){ .public_url = "https://ops.example" }),
                        "__Host-opsgate");
    assert_string_equal(caller_cookie(&(struct dashboard_settings){ .public_url = "http://127.0.0.1:8080" }),
                        "opsgate");
    assert_string_equal(caller_cookie(&(struct dashboard_settings){ .public_url = NULL }), "opsgate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_signed_in_is_known_by_the_cookie_alone),
        cmocka_unit_test(a_session_ends_when_nothing_is_asked_and_when_it_is_old),
        cmocka_unit_test(who_signs_out_is_out_and_the_others_stay),
        cmocka_unit_test(those_who_would_not_be_let_in_any_more_are_out),
        cmocka_unit_test(one_person_has_so_many_and_takes_nobody_elses),
        cmocka_unit_test(when_there_are_very_many_the_longest_unused_goes),
        cmocka_unit_test(the_word_of_a_session_is_its_own),
        cmocka_unit_test(a_link_lets_in_once_and_within_five_minutes),
        cmocka_unit_test(of_too_many_links_the_oldest_is_no_good_any_more),
        cmocka_unit_test(behind_tls_the_cookie_is_bound_to_the_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) + ROWS(cookie_rows, check_cookie);
}
