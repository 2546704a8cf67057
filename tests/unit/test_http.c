/* What an answer's headers say, and what any peer's answer means. */
#include "tests/unit/rows.h"

#include "bot/model/exchange.h"

#include <string.h>

static const struct retry_row {
    const char *name, *value;
    int64_t ms;
} retry_rows[] = {
    { "seconds", "30", 30000 },
    { "no time at all", "0", 0 },
    { "a whole day", "86400", 86400000 },
    { "longer than a day is nobody's honest wish", "86401", 0 },
    { "no header", NULL, 0 },
    { "a date is passed over", "Fri, 31 Dec 1999 23:59:59 GMT", 0 },
    { "a negative time", "-5", 0 },
    { "a fraction", "1.5", 0 },
};

static void check_retry(void **state)
{
    const struct retry_row *row = *state;
    const struct http_header headers[] = { { "content-type", "text/plain" }, { "retry-after", row->value } };
    const struct http_answer answer = { .status = 429, .headers = headers, .header_count = row->value ? 2 : 1 };

    assert_true(http_answer_retry_after_ms(&answer) == row->ms);
}

static const struct date_row {
    const char *name, *value;
    int64_t unix_ms;
} date_rows[] = {
    { "an instant", "Thu, 16 Nov 2023 02:00:00 GMT", 1700100000000 },
    { "in January", "Mon, 01 Jan 2024 00:00:01 GMT", 1704067201000 },
    { "no header at all", NULL, 0 },
    { "no such month", "Thu, 16 Nev 2023 02:00:00 GMT", 0 },
    { "between two months", "Thu, 16an F 2023 02:00:00 GMT", 0 },
    { "half of two months", "Thu, 16 v De2023 02:00:00 GMT", 0 },
    { "no such day", "Thu, 32 Nov 2023 02:00:00 GMT", 0 },
    { "another zone", "Thu, 16 Nov 2023 02:00:00 CET", 0 },
    { "an old form", "Thursday, 16-Nov-23 02:00:00 GMT", 0 },
    { "no number", "Thu, 1x Nov 2023 02:00:00 GMT", 0 },
    { "nothing", "", 0 },
};

static void check_date(void **state)
{
    const struct date_row *row = *state;
    const struct http_header header = { "date", row->value };

    assert_true(http_answer_date_ms(&(struct http_answer){
                    .status = 200, .headers = &header, .header_count = row->value ? 1 : 0 }) == row->unix_ms);
}

static const struct failure_row {
    const char *name;
    struct http_answer answer;
    bool is_failure;
} failure_rows[] = {
    { "no answer", { .status = 0 }, true },
    { "a yes", { .status = 200 }, false },
    { "a no", { .status = 404 }, false },
    { "a peer that fails", { .status = 503 }, true },
    { "no answer to a mail", { .is_mail = true, .status = 0 }, true },
    { "a mail that is taken", { .is_mail = true, .status = 250 }, false },
    { "one that is refused: a mail server's no", { .is_mail = true, .status = 550 }, false },
    { "for now, too", { .is_mail = true, .status = 451 }, false },
    { "a mail server that closes", { .is_mail = true, .status = 421 }, true },
};

static void check_failure(void **state)
{
    const struct failure_row *row = *state;

    assert_int_equal(http_answer_is_failure(&row->answer), row->is_failure);
}

static void check_header(void **state)
{
    const struct http_header headers[] = { { "etag", "\"1\"" }, { "etag", "\"2\"" } };
    const struct http_answer answer = { .status = 200, .headers = headers, .header_count = 2 };

    (void)state;
    assert_string_equal(http_answer_header(&answer, "etag"), "\"1\"");
    assert_null(http_answer_header(&answer, "eta"));
    assert_null(http_answer_header(&(struct http_answer){ .status = 0 }, "etag"));
}

static const struct refused_row {
    const char *name;
    int status;
    const char *failure, *body;
    enum exchange_next next;
    bool is_outage, needs_fresh_credential;
    const char *error;
} refused_rows[] = {
    { "no answer is an outage", 0, "connection refused", NULL, NEXT_AGAIN, true, false,
      "Cloud Run: connection refused" },
    { "no answer and no reason", 0, NULL, NULL, NEXT_AGAIN, true, false, "Cloud Run: no answer" },
    { "a peer that breaks", 500, NULL, "x", NEXT_AGAIN, true, false, "Cloud Run answered 500" },
    { "a peer that is away", 503, NULL, "x", NEXT_AGAIN, true, false, "Cloud Run answered 503" },
    { "a peer that has had enough", 429, NULL, "x", NEXT_AGAIN, true, false, "Cloud Run answered 429" },
    { "a token that has run out", 401, NULL, "x", NEXT_AGAIN, false, true, "Cloud Run answered 401" },
    { "a refusal is for good, and quoted", 403, NULL, "no such right", NEXT_NEVER, false, false,
      "Cloud Run answered 403: no such right" },
    { "a refusal without words", 404, NULL, NULL, NEXT_NEVER, false, false, "Cloud Run answered 404: " },
    { "a redirect is nothing that we follow", 302, NULL, "", NEXT_NEVER, false, false, "Cloud Run answered 302: " },
};

static void check_refused(void **state)
{
    const struct refused_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    const struct exchange exchange = { .arena = arena };
    const struct http_answer answer = { .status = row->status, .failure = row->failure, .body = str_of(row->body) };
    struct exchange_step step = exchange_refused(&exchange, "Cloud Run", &answer);

    assert_int_equal(step.next, row->next);
    assert_string_equal(step.error, row->error);
    assert_int_equal(step.is_outage, row->is_outage);
    assert_int_equal(step.needs_fresh_credential, row->needs_fresh_credential);
}

static void check_long_body(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct exchange exchange = { .arena = arena };
    AUTO_BUF struct buf body = BUF(100000);
    struct exchange_step step;

    (void)state;
    for (int i = 0; i < 10000; i++)
        buf_puts(&body, "\xe2\x82\xac");
    step = exchange_refused(&exchange, "Slack", &(struct http_answer){ .status = 400, .body = buf_str(&body) });
    assert_int_equal(step.next, NEXT_NEVER);
    assert_true(strlen(step.error) < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "a header is found by its whole name, the first of two", check_header, NULL, NULL, NULL },
        { "a long answer is quoted from its beginning alone", check_long_body, NULL, NULL, NULL },
    };
    int failed = ROWS(failure_rows, check_failure) + ROWS(retry_rows, check_retry) + ROWS(date_rows, check_date) +
                 ROWS(refused_rows, check_refused);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
