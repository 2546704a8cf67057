/* commit.lua against a real Redis: every answer, and that a refusal writes nothing. */
#include "tests/integration/scripts_fixture.h"

static void a_commit_writes_everything_and_counts(void **state)
{
    (void)state;
    append_with_id("inbox", "5-1");
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", COMMIT_1, "1", "", "h1" },
                               LIST("put", "operations", "D1", "{}", "append", "journal", "", "entry", "cursor",
                                    "inbox", "5-1", "", "put", "targets", "t", "")),
                        "ok");
    assert_string_equal(live_text(&redis, "HGET %s D1", P "operations"), "{}");
    assert_string_equal(live_text(&redis, "XLEN %s", P "journal"), "1");
    assert_string_equal(live_text(&redis, "HGET %s cursor:inbox", P "meta"), "5-1");
    assert_string_equal(live_text(&redis, "HGET %s seq", P "meta"), "1");
    assert_string_equal(live_text(&redis, "HGET %s journal", P "meta"), "h1");
    assert_string_equal(live_text(&redis, "HGET %s commit", P "meta"), COMMIT_1);
    assert_string_equal(live_text(&redis, "HEXISTS %s t", P "targets"), "1");
}

static void a_drop_and_a_trim_take_away(void **state)
{
    (void)state;
    live_do(&redis, "HSET %s D1 x", P "operations");
    append_with_id("dead", "1-1");
    append_with_id("dead", "2-1");
    assert_string_equal(commit(HEAD(), LIST("drop", "operations", "D1", "", "drop", "operations", "D2", "", "trim",
                                            "dead", "2-1", "", "trim", "inbox", "0-0", "")),
                        "ok");
    assert_string_equal(live_text(&redis, "HLEN %s", P "operations"), "0");
    assert_string_equal(live_text(&redis, "XLEN %s", P "dead"), "1");
    assert_string_equal(live_text(&redis, "EXISTS %s", P "inbox"), "0");
}

static void a_dead_letter_is_dropped_by_its_id(void **state)
{
    (void)state;
    append_with_id("dead", "1-1");
    append_with_id("dead", "2-1");
    append_with_id("dead", "3-1");
    assert_string_equal(commit(HEAD(), LIST("drop", "dead", "2-1", "", "drop", "dead", "9-9", "")), "ok");
    assert_string_equal(live_text(&redis, "XLEN %s", P "dead"), "2");
    assert_string_equal(
        live_text(&redis, "EVAL %s 1 %s", "return #redis.call('XRANGE', KEYS[1], '2-1', '2-1')", P "dead"), "0");
}

static void an_inbox_is_trimmed_up_to_its_cursor(void **state)
{
    (void)state;
    append_with_id("inbox", "8-1");
    append_with_id("inbox", "9-9");
    append_with_id("inbox", "9-10");
    assert_string_equal(commit(HEAD(), LIST("trim", "inbox", "9-9", "", "cursor", "inbox", "9-9", "")),
                        "invalid: write 1: a trim beyond the cursor of inbox");
    assert_string_equal(live_text(&redis, "XLEN %s", P "inbox"), "3");
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", "9-9", "", "trim", "inbox", "9-9", "")), "ok");
    assert_string_equal(live_text(&redis, "XLEN %s", P "inbox"), "2");
    assert_string_equal(commit(&(struct head){ NONCE, "1", "2", COMMIT_2, "0", "", "" },
                               LIST("trim", "inbox", "9-9", "", "trim", "inbox", "9-10", "")),
                        "invalid: write 2: a trim beyond the cursor of inbox");
    assert_string_equal(commit(&(struct head){ NONCE, "1", "2", COMMIT_2, "0", "", "" },
                               LIST("trim", "inbox", "9-9", "", "trim", "inbox", "8-1", "")),
                        "ok");
}

static void a_cursor_may_follow_what_was_trimmed_away(void **state)
{
    (void)state;
    append_with_id("inbox", "7-0");
    live_do(&redis, "XTRIM %s MAXLEN 0", P "inbox");
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", "7-1", "")),
                        "invalid: write 1: a cursor beyond the last entry of inbox");
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", "7-0", "")), "ok");
}

static void an_append_keeps_as_many_as_it_says(void **state)
{
    static const struct {
        const char *id, *kept, *len;
    } rows[] = {
        { "c0000000000000000000000000000011", "", "2" },
        { "c0000000000000000000000000000012", "", "4" },
        { "c0000000000000000000000000000013", "2", "2" },
        { "c0000000000000000000000000000014", "1", "1" },
        { "c0000000000000000000000000000015", "999999999999999", "3" },
    };
    char before[8], after[8];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        snprintf(before, sizeof(before), "%zu", i);
        snprintf(after, sizeof(after), "%zu", i + 1);
        assert_string_equal(
            commit(&(struct head){ NONCE, before, after, rows[i].id, "0", "", "" },
                   LIST("append", "dead", rows[i].kept, "older", "append", "dead", rows[i].kept, after)),
            "ok");
        assert_string_equal(live_text(&redis, "XLEN %s", P "dead"), rows[i].len);
    }
    assert_string_equal(commit(&(struct head){ NONCE, "5", "6", COMMIT_1, "1", "", "h1" },
                               LIST("append", "journal", "1", "older", "append", "journal", "1", "newer")),
                        "ok");
    assert_string_equal(live_text(&redis, "XLEN %s", P "journal"), "1");
    assert_string_equal(
        live_text(&redis, "EVAL %s 1 %s", "return redis.call('XRANGE', KEYS[1], '-', '+')[1][2][2]", P "journal"),
        "newer");
}

static void a_resend_is_ok_and_writes_nothing_again(void **state)
{
    const char *const *writes = LIST("append", "dead", "", "letter");

    (void)state;
    assert_string_equal(commit(HEAD(), writes), "ok");
    assert_string_equal(commit(HEAD(), writes), "ok");
    assert_string_equal(live_text(&redis, "XLEN %s", P "dead"), "1");
    assert_string_equal(live_text(&redis, "HGET %s seq", P "meta"), "1");
    assert_string_equal(commit(&(struct head){ NONCE, "1", "2", COMMIT_2, "0", "", "" }, writes), "ok");
    assert_string_equal(commit(HEAD(), writes), "stale seq"); /* only the last commit is remembered */
}

static void only_the_owner_commits(void **state)
{
    (void)state;
    assert_string_equal(commit(&(struct head){ OTHER, "0", "1", COMMIT_1, "0", "", "" }, LIST()), "stale nonce");
    assert_string_equal(commit(&(struct head){ "", "0", "1", COMMIT_1, "0", "", "" }, LIST()), "stale nonce");
    assert_string_equal(mark(OTHER, "i", "v"), "stale nonce");
    live_do(&redis, "HSET %s nonce %s", P "meta", "");
    assert_string_equal(commit(&(struct head){ "", "0", "1", COMMIT_1, "0", "", "" }, LIST()), "stale nonce");
    live_do(&redis, "DEL %s", P "meta");
    assert_string_equal(commit(&(struct head){ "", "0", "1", COMMIT_1, "0", "", "" }, LIST()), "stale nonce");
    assert_int_equal(keys_in_store(), 0);
}

static void the_nonce_is_asked_before_the_commit_id_and_that_before_seq(void **state)
{
    (void)state;
    assert_string_equal(commit(HEAD(), LIST()), "ok");
    assert_string_equal(commit(&(struct head){ NONCE, "8", "9", COMMIT_1, "0", "", "" }, LIST()), "ok");
    assert_string_equal(commit(&(struct head){ OTHER, "0", "1", COMMIT_1, "0", "", "" }, LIST()), "stale nonce");
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", "no id", "0", "", "" }, LIST()), "stale seq");
    assert_string_equal(commit(&(struct head){ NONCE, "2", "3", COMMIT_2, "0", "", "" }, LIST()), "stale seq");
}

static void the_journal_is_a_chain(void **state)
{
    const char *const *entry = LIST("append", "journal", "", "entry");

    (void)state;
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", COMMIT_1, "1", "h0", "h1" }, entry),
                        "invalid: the journal has another head");
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", COMMIT_1, "1", "", "" }, entry),
                        "invalid: a field of the wrong size");
    assert_string_equal(commit(HEAD(), entry), "invalid: write 1: a journal entry without heads");
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", COMMIT_1, "1", "", "h1" }, entry), "ok");
    assert_string_equal(commit(&(struct head){ NONCE, "1", "2", COMMIT_2, "1", "", "h2" }, entry),
                        "invalid: the journal has another head");
    assert_string_equal(commit(&(struct head){ NONCE, "1", "2", COMMIT_2, "1", "h1", "h2" }, entry), "ok");
}

static const struct refusal {
    const char *name, *reason, *writes[5];
} refusals[] = {
    { "an unknown verb", "no such verb", { "set", "operations", "D1", "x" } },
    { "an unknown place", "no such place", { "put", "nowhere", "D1", "x" } },
    { "put into a stream", "journal is no hash", { "put", "journal", "D1", "x" } },
    { "drop from a stream", "inbox is no hash", { "drop", "inbox", "D1", "" } },
    { "a field without a name", "a field of the wrong size", { "put", "operations", "", "x" } },
    { "a field that is too long", "a field of the wrong size", { "put", "operations", "123456789012345678901", "x" } },
    { "a value that is too large", "a value that is too large", { "put", "operations", "D1", long_text } },
    { "an entry that is too large", "a value that is too large", { "append", "dead", "", long_text } },
    { "append to a hash", "nothing is appended to operations", { "append", "operations", "", "x" } },
    { "keeping none of a stream", "a length that is no number", { "append", "dead", "0", "x" } },
    { "a length with a leading zero", "a length that is no number", { "append", "dead", "01", "x" } },
    { "a length that is no number", "a length that is no number", { "append", "dead", "x", "x" } },
    { "a length below zero", "a length that is no number", { "append", "dead", "-1", "x" } },
    { "a length of 16 digits", "a length that is no number", { "append", "dead", "1000000000000000", "x" } },
    { "append to the inbox", "nothing is appended to inbox", { "append", "inbox", "", "x" } },
    { "a cursor of a hash", "meta has no cursor", { "cursor", "meta", "6-0", "" } },
    { "a cursor of the journal", "journal has no cursor", { "cursor", "journal", "6-0", "" } },
    { "a cursor that is no id", "a cursor that is no id", { "cursor", "inbox", "6", "" } },
    { "a cursor with leading zeros", "a cursor that is no id", { "cursor", "inbox", "06-0", "" } },
    { "a cursor beyond 64 bits", "a cursor that is no id", { "cursor", "inbox", "18446744073709551616-0", "" } },
    { "a cursor that stands still", "the cursor of inbox is at 5-0 already", { "cursor", "inbox", "5-0", "" } },
    { "a cursor that goes back", "the cursor of inbox is at 5-0 already", { "cursor", "inbox", "4-9", "" } },
    { "a first cursor at 0-0", "the cursor of inbox:safe is at 0-0 already", { "cursor", "inbox:safe", "0-0", "" } },
    { "a cursor just beyond the last entry",
      "a cursor beyond the last entry of inbox",
      { "cursor", "inbox", "7-1", "" } },
    { "a cursor far beyond the last entry",
      "a cursor beyond the last entry of inbox",
      { "cursor", "inbox", "10-0", "" } },
    { "a cursor in a stream that gave nothing",
      "a cursor beyond the last entry of inbox:safe",
      { "cursor", "inbox:safe", "0-1", "" } },
    { "a trim just beyond the cursor", "a trim beyond the cursor of inbox", { "trim", "inbox", "5-1", "" } },
    { "a trim of all that waits", "a trim beyond the cursor of inbox", { "trim", "inbox", "10-0", "" } },
    { "a trim before there is a cursor",
      "a trim beyond the cursor of inbox:safe",
      { "trim", "inbox:safe", "0-1", "" } },
    { "a trim of a hash", "operations is no stream", { "trim", "operations", "1-0", "" } },
    { "a trim to no id", "a trim to something that is no id", { "trim", "dead", "x", "" } },
    { "a hash that is stored as a text", "effects is stored as something else", { "put", "effects", "E1", "x" } },
    { "a drop from what is stored as a text", "effects is stored as something else", { "drop", "effects", "E1", "" } },
    { "a stream that is stored as a text", "journal is stored as something else", { "trim", "journal", "1-0", "" } },
    { "meta birth", "meta birth is for the scripts alone", { "put", "meta", "birth", "x" } },
    { "meta schema", "meta schema is for the scripts alone", { "put", "meta", "schema", "x" } },
    { "meta seq", "meta seq is for the scripts alone", { "put", "meta", "seq", "x" } },
    { "meta commit", "meta commit is for the scripts alone", { "put", "meta", "commit", "x" } },
    { "meta nonce", "meta nonce is for the scripts alone", { "put", "meta", "nonce", "x" } },
    { "meta instance", "meta instance is for the scripts alone", { "put", "meta", "instance", "x" } },
    { "meta counter", "meta counter is for the scripts alone", { "put", "meta", "counter", "x" } },
    { "meta released", "meta released is for the scripts alone", { "put", "meta", "released", "x" } },
    { "meta journal", "meta journal is for the scripts alone", { "put", "meta", "journal", "x" } },
    { "meta cursor:inbox", "meta cursor:inbox is for the scripts alone", { "put", "meta", "cursor:inbox", "x" } },
    { "meta cursor:inbox:safe",
      "meta cursor:inbox:safe is for the scripts alone",
      { "put", "meta", "cursor:inbox:safe", "x" } },
    { "a letter without an id", "a dead letter that is no id", { "drop", "dead", "everything", "" } },
    { "dropping a journal entry", "journal is no hash", { "drop", "journal", "1-1", "" } },
    { "dropping meta seq", "meta seq is for the scripts alone", { "drop", "meta", "seq", "" } },
};

/* The refused write comes second: had the script written as it goes, the first would be there. */
static void check_refusal(void **state)
{
    const struct refusal *row = *state;
    char expected[200];

    live_do(&redis, "HSET %s cursor:inbox 5-0", P "meta");
    append_with_id("inbox", "7-0");
    live_do(&redis, "SET %s text", P "effects");
    live_do(&redis, "SET %s text", P "journal");
    snprintf(expected, sizeof(expected), "invalid: write 2: %s", row->reason);
    assert_string_equal(commit(HEAD(), LIST("put", "operations", "D1", "{}", row->writes[0], row->writes[1],
                                            row->writes[2], row->writes[3])),
                        expected);
    assert_string_equal(live_text(&redis, "EXISTS %s", P "operations"), "0");
    assert_string_equal(live_text(&redis, "HGET %s seq", P "meta"), "");
}

static void two_cursors_in_one_commit_go_on(void **state)
{
    (void)state;
    append_with_id("inbox", "10-0");
    append_with_id("inbox:safe", "1-0");
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", "5-1", "", "cursor", "inbox", "5-1", "")),
                        "invalid: write 2: the cursor of inbox is at 5-1 already");
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", "9-1", "", "cursor", "inbox", "10-0", "", "cursor",
                                            "inbox:safe", "1-0", "")),
                        "ok");
    assert_string_equal(live_text(&redis, "HGET %s cursor:inbox", P "meta"), "10-0");
    assert_string_equal(live_text(&redis, "HGET %s cursor:inbox:safe", P "meta"), "1-0");
}

static void a_commit_out_of_shape_is_invalid(void **state)
{
    const char *const *five = LIST("drop", "ended", "a", "", "drop", "ended", "a", "", "drop", "ended", "a", "", "drop",
                                   "ended", "a", "", "drop", "ended", "a", "");

    (void)state;
    assert_string_equal(commit(HEAD(), five), "invalid: the wrong number of writes");
    assert_string_equal(commit(HEAD(), LIST("drop", "ended", "a")), "invalid: the wrong number of writes");
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", "xyz", "0", "", "" }, LIST()),
                        "invalid: a commit id that is not 32 hex digits");
    assert_string_equal(said(run(SCRIPT_COMMIT, 0, &(struct words){ .at = { "commit" }, .len = { 6 }, .count = 1 })),
                        "invalid: no such way to call commit");
    live_do(&redis, "SET %s text", P "meta");
    assert_string_equal(commit(HEAD(), LIST()), "invalid: meta is stored as something else");
}

static void numbers_and_ids_beyond_a_double_stay_exact(void **state)
{
    (void)state;
    live_do(&redis, "HSET %s seq 9007199254740993", P "meta");
    append_with_id("inbox", "18446744073709551615-18446744073709551614");
    assert_string_equal(commit(&(struct head){ NONCE, "9007199254740992", "1", COMMIT_1, "0", "", "" }, LIST()),
                        "stale seq");
    assert_string_equal(commit(&(struct head){ NONCE, "9007199254740993", "9007199254740994", COMMIT_1, "0", "", "" },
                               LIST("cursor", "inbox", "18446744073709551615-18446744073709551614", "")),
                        "ok");
    assert_string_equal(commit(&(struct head){ NONCE, "9007199254740994", "9007199254740995", COMMIT_2, "0", "", "" },
                               LIST("cursor", "inbox", "18446744073709551615-18446744073709551615", "")),
                        "invalid: write 1: a cursor beyond the last entry of inbox");
    append_with_id("inbox", "18446744073709551615-18446744073709551615");
    assert_string_equal(commit(&(struct head){ NONCE, "9007199254740994", "9007199254740995", COMMIT_2, "0", "", "" },
                               LIST("cursor", "inbox", "18446744073709551615-18446744073709551615", "")),
                        "ok");
}

static void a_mark_is_no_commit(void **state)
{
    (void)state;
    assert_string_equal(mark(NONCE, "i1", "{\"n\":1}"), "ok");
    assert_string_equal(live_text(&redis, "HGET %s i1", P "trying"), "{\"n\":1}");
    assert_string_equal(live_text(&redis, "HGET %s seq", P "meta"), "");
    assert_string_equal(mark(NONCE, "", "v"), "invalid: a field of the wrong size");
    assert_string_equal(mark(NONCE, "i2", long_text), "invalid: a value that is too large");
    live_do(&redis, "DEL %s", P "trying");
    live_do(&redis, "SET %s text", P "trying");
    assert_string_equal(mark(NONCE, "i2", "v"), "invalid: trying is stored as something else");
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test_setup(a_commit_writes_everything_and_counts, owned),
        cmocka_unit_test_setup(a_drop_and_a_trim_take_away, owned),
        cmocka_unit_test_setup(a_dead_letter_is_dropped_by_its_id, owned),
        cmocka_unit_test_setup(an_inbox_is_trimmed_up_to_its_cursor, owned),
        cmocka_unit_test_setup(a_cursor_may_follow_what_was_trimmed_away, owned),
        cmocka_unit_test_setup(an_append_keeps_as_many_as_it_says, owned),
        cmocka_unit_test_setup(a_resend_is_ok_and_writes_nothing_again, owned),
        cmocka_unit_test_setup(only_the_owner_commits, owned),
        cmocka_unit_test_setup(the_nonce_is_asked_before_the_commit_id_and_that_before_seq, owned),
        cmocka_unit_test_setup(the_journal_is_a_chain, owned),
        cmocka_unit_test_setup(two_cursors_in_one_commit_go_on, owned),
        cmocka_unit_test_setup(a_commit_out_of_shape_is_invalid, owned),
        cmocka_unit_test_setup(numbers_and_ids_beyond_a_double_stay_exact, owned),
        cmocka_unit_test_setup(a_mark_is_no_commit, owned),
    };
    struct CMUnitTest tests[ARRAY_LEN(plain) + ARRAY_LEN(refusals)];

    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        tests[ARRAY_LEN(plain) + i] = (struct CMUnitTest){ .name = refusals[i].name,
                                                           .test_func = check_refusal,
                                                           .setup_func = owned,
                                                           .initial_state = (void *)&refusals[i] };
    return cmocka_run_group_tests(tests, redis_up, redis_down);
}
