/* What somebody asks for over HTTP: what is wrong is named; what is taken is stored, and read again as the request that
 * was meant. */
#include "tests/unit/rows.h"

#include "integrations/api/change.h"
#include "integrations/api/request.h"

#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1795211996000)

static const struct principal ci = { .system = "token", .id = "ci" };

static bool take(const char *body, const char *key, struct arena *arena, struct api_request_door *door,
                 struct error *err)
{
    return api_request_accept(&(struct api_request_sent){ .body = str_of(body),
                                                          .who = &ci,
                                                          .source = "api",
                                                          .key = key,
                                                          .id = "r1",
                                                          .fresh = "fresh",
                                                          .now_ms = NOW },
                              arena, door, err);
}

/* ---- refused ---- */

static const struct refused_row {
    const char *name, *body, *says;
} refused_rows[] = {
    { "no JSON", "{", "the body: " },
    { "no object", "\"deploy\"", "expected an object" },
    { "nothing at all", "{}", "text: it is missing" },
    { "a text that says nothing", "{\"text\":\"  \"}", "text: it is empty" },
    { "a text of another type", "{\"text\":[\"status\"]}", "text: expected a text" },
    { "a text twice", "{\"text\":\"status\",\"text\":\"halt\"}", "text: it is there twice" },
    { "a text of two lines", "{\"text\":\"status\\nhalt\"}", "more than one line" },
    { "a quote that does not end", "{\"text\":\"deploy \\\"api\"}", "quote" },
    { "a member that nobody knows", "{\"text\":\"status\",\"dry\":true}", "dry: there is no such member" },
    { "both ways", "{\"text\":\"status\",\"words\":[]}", "text: it says all of it" },
    { "words without a verb", "{\"words\":[\"api\"]}", "text: it is missing" },
    { "a verb of two words", "{\"verb\":\"deploy api\"}", "verb: expected one word" },
    { "words that are none", "{\"verb\":\"deploy\",\"words\":[1]}", "words: expected texts" },
    { "words in no list", "{\"verb\":\"deploy\",\"words\":\"api\"}", "words: expected a list" },
    { "options in no object", "{\"verb\":\"deploy\",\"options\":[\"now\"]}", "options: expected an object" },
    { "an option that is a number", "{\"verb\":\"deploy\",\"options\":{\"last\":5}}", "options.last: expected a text" },
    { "an option with dashes", "{\"verb\":\"deploy\",\"options\":{\"--now\":true}}", "it has no dashes" },
    { "an option with a value in its name", "{\"verb\":\"deploy\",\"options\":{\"a=b\":true}}",
      "no name of an option" },
    { "an instant that is none", "{\"text\":\"status\",\"not_after\":\"soon\"}", "not_after: expected an instant" },
    { "an instant that is over", "{\"text\":\"status\",\"not_after\":\"2026-11-20T00:00:00Z\"}", "it is over" },
    { "an instant too far", "{\"text\":\"status\",\"not_after\":\"2027-11-20T00:00:00Z\"}", "more than 24 h ahead" },
};

static void check_refused(void **state)
{
    const struct refused_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct api_request_door door;
    struct error err;

    assert_false(take(row->body, NULL, arena, &door, &err));
    assert_int_equal(err.code, ERR_INVALID);
    if (!strstr(err.message, row->says))
        fail_msg("wanted '%s' in: %s", row->says, err.message);
}

/* ---- taken ---- */

static const struct taken_row {
    const char *name, *body, *verb, *text, *last;
    size_t words;
    uint64_t quoted;
} taken_rows[] = {
    { "a line is split as it is typed", "{\"text\":\"Deploy api staging --reason \\\"a fix\\\"\"}", "deploy",
      "Deploy api staging --reason \"a fix\"", "a fix", 4, 8 },
    { "words are taken as they are", "{\"verb\":\"deploy\",\"words\":[\"api\",\"--now\"]}", "deploy",
      "deploy api --now", "--now", 2, 3 },
    { "options come behind them, unquoted",
      "{\"verb\":\"deploy\",\"options\":{\"reason\":\"a \\\"fix\\\"\"},\"words\":[\"api\"]}", "deploy",
      "deploy api \"--reason=a \"fix\"\"", "--reason=a \"fix\"", 2, 1 },
    { "one that is true stands alone",
      "{\"verb\":\"deploy\",\"words\":[\"api\"],\"options\":{\"now\":true,\"x\":false}}", "deploy", "deploy api --now",
      "--now", 2, 1 },
    { "one that is repeated has a list", "{\"verb\":\"set\",\"options\":{\"set-env\":[\"A=1\",\"B=2\"]}}", "set",
      "set --set-env=A=1 --set-env=B=2", "--set-env=B=2", 2, 0 },
    { "a verb alone", "{\"verb\":\"STATUS\"}", "status", "STATUS", NULL, 0, 0 },
};

static struct request decode(const struct api_request_door *door, struct arena *arena)
{
    const struct inbox_item item = { .source = API_SOURCE,
                                     .kind = API_REQUEST_KIND,
                                     .request_id = door->id,
                                     .received_at = NOW,
                                     .not_after = NOW + 1,
                                     .body = door->body };
    struct request request;
    struct error err;

    assert_true(api_request_decode(&item, arena, &request, &err));
    return request;
}

static void check_taken(void **state)
{
    const struct taken_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct api_request_door door;
    struct request request;
    struct error err;

    assert_true(take(row->body, NULL, arena, &door, &err));
    request = decode(&door, arena);
    assert_string_equal(request.verb, row->verb);
    assert_string_equal(request.text, row->text);
    assert_int_equal(request.words_count, row->words);
    assert_int_equal(request.quoted_words, row->quoted);
    if (row->last)
        assert_string_equal(request.words[row->words - 1], row->last);
    assert_string_equal(request.principal.system, "token");
    assert_string_equal(request.principal.id, "ci");
    assert_string_equal(request.source, "api");
    assert_int_equal(request.not_after_ms, NOW + 1);
}

/* ---- the same request? ---- */

static void one_that_was_sent_in_time_may_be_asked_about_later(void **state)
{
    static const char late[] = "{\"text\":\"status\",\"not_after\":\"2026-11-20T00:00:00Z\"}";
    AUTO(arena) struct arena *arena = arena_create();
    struct api_request_door in_time, door;
    struct error err;

    (void)state;
    assert_true(take("{\"text\":\"status\"}", "k", arena, &in_time, &err));
    assert_false(in_time.is_over);
    assert_true(take(late, "k", arena, &door, &err));
    assert_true(door.is_over);
    assert_string_equal(door.keys[1], in_time.keys[1]);
    assert_false(take(late, NULL, arena, &door, &err));
}

static void one_key_is_one_request_of_one_token(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    static const struct principal cd = { .system = "token", .id = "cd" };
    struct api_request_door first, again, other, of_cd, without;
    struct error err;

    (void)state;
    assert_true(take("{\"text\":\"status\"}", "k", arena, &first, &err));
    assert_true(take("{ \"text\" : \"status\" }", "k", arena, &again, &err));
    assert_true(take("{\"text\":\"halt\"}", "k", arena, &other, &err));
    assert_true(take("{\"text\":\"status\"}", NULL, arena, &without, &err));
    assert_true(api_request_accept(&(struct api_request_sent){ .body = STR_LIT("{\"text\":\"status\"}"),
                                                               .who = &cd,
                                                               .source = "api",
                                                               .key = "k",
                                                               .id = "r1",
                                                               .fresh = "fresh",
                                                               .now_ms = NOW },
                                   arena, &of_cd, &err));
    assert_int_equal(first.keys_count, 2);
    assert_string_equal(first.id, again.id);
    assert_string_equal(first.keys[0], again.keys[0]);
    assert_string_equal(first.keys[1], again.keys[1]);
    assert_string_equal(first.keys[0], other.keys[0]);
    assert_string_not_equal(first.keys[1], other.keys[1]);
    assert_string_not_equal(first.keys[0], of_cd.keys[0]);
    assert_string_not_equal(first.id, of_cd.id);
    assert_int_equal(without.keys_count, 1);
    assert_string_equal(without.id, "r1");
    assert_string_equal(without.keys[0], "api-request:fresh");
}

static void a_key_has_its_bounds(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    char longest[API_REQUEST_KEY_MAX_BYTES + 2];
    struct api_request_door door;
    struct error err;

    (void)state;
    memset(longest, 'k', sizeof(longest));
    longest[API_REQUEST_KEY_MAX_BYTES] = '\0';
    assert_true(take("{\"text\":\"status\"}", longest, arena, &door, &err));
    longest[API_REQUEST_KEY_MAX_BYTES] = 'k';
    longest[API_REQUEST_KEY_MAX_BYTES + 1] = '\0';
    assert_false(take("{\"text\":\"status\"}", longest, arena, &door, &err));
    assert_false(take("{\"text\":\"status\"}", "", arena, &door, &err));
    assert_false(take("{\"text\":\"status\"}", "a\x01", arena, &door, &err));
    assert_non_null(strstr(err.message, "Idempotency-Key"));
}

static void too_many_words_are_refused(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *list = "\"x\"";
    struct api_request_door door;
    struct error err;

    (void)state;
    for (size_t i = 1; i < REQUEST_WORDS_MAX; i++)
        list = arena_printf(arena, "%s,\"x\"", list);
    assert_true(take(arena_printf(arena, "{\"verb\":\"run\",\"words\":[%s]}", list), NULL, arena, &door, &err));
    assert_int_equal(decode(&door, arena).words_count, REQUEST_WORDS_MAX);
    assert_false(take(arena_printf(arena, "{\"verb\":\"run\",\"words\":[%s],\"options\":{\"now\":true}}", list), NULL,
                      arena, &door, &err));
    assert_false(take(arena_printf(arena, "{\"verb\":\"run\",\"words\":[%s,\"x\"]}", list), NULL, arena, &door, &err));
}

int main(void)
{
    struct CMUnitTest refused[ARRAY_LEN(refused_rows)], taken[ARRAY_LEN(taken_rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_was_sent_in_time_may_be_asked_about_later),
        cmocka_unit_test(one_key_is_one_request_of_one_token),
        cmocka_unit_test(a_key_has_its_bounds),
        cmocka_unit_test(too_many_words_are_refused),
    };
    int failed;

    for (size_t i = 0; i < ARRAY_LEN(refused_rows); i++)
        refused[i] = (struct CMUnitTest){ .name = refused_rows[i].name,
                                          .test_func = check_refused,
                                          .initial_state = (void *)(uintptr_t)&refused_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(taken_rows); i++)
        taken[i] = (struct CMUnitTest){ .name = taken_rows[i].name,
                                        .test_func = check_taken,
                                        .initial_state = (void *)(uintptr_t)&taken_rows[i] };
    failed = cmocka_run_group_tests(refused, NULL, NULL);
    failed += cmocka_run_group_tests(taken, NULL, NULL);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
