/* scripted_exchange.h - drives a step function through answers written down beforehand, and checks what it asks for.
 *
 * A row says which calls must come, in their order, what each is answered, and how the exchange must end. JSON in rows may
 * be written with 'single' quotes; a ^ stands for an apostrophe then.
 */
#ifndef OPSGATE_TESTS_UNIT_SCRIPTED_EXCHANGE_H
#define OPSGATE_TESTS_UNIT_SCRIPTED_EXCHANGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/model/exchange.h"
#include "bot/model/settings.h"

#include <stdio.h>
#include <string.h>

#define SCRIPT_CALLS_MAX 24

struct scripted_call {
    const char *call;          /* "GET https://…": the whole address */
    const char *body[4];       /* each must stand in the body */
    const char *not_body;      /* and this must not; NULL: anything may */
    int status;                /* of the answer; 0: none came */
    const char *answer;        /* its body; NULL: empty */
    struct http_header header; /* one of the answer's; name NULL: none */
    bool is_too_large;         /* status 0: since it was */
    bool is_unsent;            /* status 0: since nothing went out */
    int64_t took_ms, wait_ms;  /* of the answer; of the call, as it wants */
    int64_t served_ms;         /* 0: as long as it took */
    size_t answer_len;         /* of an answer that holds a NUL; 0: up to its end */
    struct http_header sends;  /* one that it must have; name NULL: not looked at */
    const char *signature;     /* "none", "identity https://…", "fresh identity https://…"; NULL: not looked at */
};

struct scripted_row {
    const char *name;
    exchange_fn step;
    const char *args;
    const char *card_channel, *card_ts;
    bool is_first_try, is_in_doubt;
    struct scripted_call calls[SCRIPT_CALLS_MAX]; /* ends at call NULL */
    enum exchange_next next;
    const char *result; /* DONE: as JSON */
    const char *error;  /* AGAIN, NEVER: must stand in the sentence */
    int64_t after_ms;
    bool is_outage, needs_fresh_credential;
    bool is_unclear;        /* NEVER: whether an earlier try got through */
    const char *limit;      /* AGAIN: that was hit; NULL: not looked at */
    const char *channel_id; /* where the name led before */
};

static const struct settings script_settings = {
    .slack = { .api_url = "https://slack.com/api/" },
    .google = { .run_url = "https://run.googleapis.com/",
                .sqladmin_url = "https://sqladmin.test",
                .redis_url = "https://redis.test/",
                .monitoring_url = "https://monitoring.test/",
                .compute_url = "https://compute.test/",
                .logging_url = "https://logging.test/",
                .metadata_url = "http://metadata.google.internal",
                .token_url = "https://oauth2.googleapis.com/token" },
    .metrics = { .prometheus = "http://prometheus:9090/", .google_cloud_monitoring = true },
};

/* With double quotes; in the arena. NULL gives NULL. */
static const char *quoted(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; c && *c; c++)
        *c = *c == '\'' ? '"' : *c == '^' ? '\'' : *c;
    return copy;
}

static const char *signature_of(const struct http_call *call, struct arena *arena)
{
    if (call->credential == HTTP_NO_CREDENTIAL)
        return "none";
    if (call->credential == HTTP_GITHUB_APP)
        return "the App";
    return arena_printf(arena, "%s%s %s", call->wants_fresh_credential ? "fresh " : "",
                        call->credential == HTTP_GOOGLE_IDENTITY ? "identity" : "other",
                        call->audience ? call->audience : "");
}

static void check_header(const struct http_call *call, const struct http_header *expected)
{
    for (size_t i = 0; i < call->header_count; i++)
        if (strcmp(call->headers[i].name, expected->name) == 0) {
            assert_string_equal(call->headers[i].value, expected->value);
            return;
        }
    fail_msg("%s %s: no header %s", call->method, call->url, expected->name);
}

static void check_call(const struct scripted_call *expected, const struct http_call *call, struct arena *arena)
{
    char line[4096];

    snprintf(line, sizeof(line), "%s %s", call->method, call->url);
    assert_string_equal(line, expected->call);
    assert_true(call->timeout_ms > 0);
    assert_int_equal(call->wait_ms, expected->wait_ms);
    if (expected->signature)
        assert_string_equal(signature_of(call, arena), expected->signature);
    if (expected->sends.name)
        check_header(call, &expected->sends);
    for (size_t i = 0; i < ARRAY_LEN(expected->body) && expected->body[i]; i++)
        if (!str_contains(call->body, quoted(expected->body[i], arena)))
            fail_msg("%s: no %s in\n" STR_FMT, line, expected->body[i], STR_ARG(call->body));
    if (expected->not_body && str_contains(call->body, quoted(expected->not_body, arena)))
        fail_msg("%s: %s in\n" STR_FMT, line, expected->not_body, STR_ARG(call->body));
}

static struct http_answer scripted_answer(const struct scripted_call *call, struct arena *arena)
{
    struct http_answer answer = {
        .status = call->status,
        .headers = &call->header,
        .header_count = call->header.name ? 1 : 0,
        .body = str_of(quoted(call->answer, arena)),
        .failure = call->status == 0 ? "connection refused" : NULL,
        .was_sent = !call->is_unsent,
        .took_ms = call->took_ms,
        .served_ms = call->served_ms ? call->served_ms : call->took_ms,
        .is_too_large = call->is_too_large,
    };

    if (call->answer_len > 0)
        answer.body = (struct str){ call->answer, call->answer_len };
    return answer;
}

static void check_end(const struct scripted_row *row, const struct exchange_step *step, struct arena *arena)
{
    if (step->next == NEXT_CALL)
        fail_msg("one call more than the script: %s %s", step->call.method, step->call.url);
    if (step->next != row->next)
        fail_msg("ended as %d: %s", step->next, step->error ? step->error : "");
    if (row->result) {
        AUTO_FREE char *result = json_print(step->result);

        assert_string_equal(result, quoted(row->result, arena));
    }
    if (row->error) {
        assert_non_null(step->error);
        if (!strstr(step->error, row->error))
            fail_msg("no '%s' in: %s", row->error, step->error);
    }
    assert_int_equal(step->after_ms, row->after_ms);
    assert_int_equal(step->is_outage, row->is_outage);
    if (row->limit)
        assert_string_equal(step->limit, row->limit);
    assert_int_equal(step->needs_fresh_credential, row->needs_fresh_credential);
    assert_int_equal(step->is_unclear, row->is_unclear);
}

static void run_scripted_with(const struct scripted_row *row, const struct settings *settings)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct http_answer answers[SCRIPT_CALLS_MAX];
    struct error err = { 0 };
    struct exchange exchange = {
        .settings = settings,
        .effect_id = "birth-00000000000000e1",
        .operation_id = "birth-00000000000000a1",
        .card_channel = row->card_channel,
        .card_ts = row->card_ts,
        .channel_id = row->channel_id,
        .answers = answers,
        .unix_ms = INT64_C(1700100000000),
        .is_first_try = row->is_first_try,
        .is_in_doubt = row->is_in_doubt,
        .arena = arena,
    };

    exchange.args = json_parse_in(arena, str_of(quoted(row->args, arena)), &err);
    if (!exchange.args)
        fail_msg("args: %s", err.message);
    for (;;) {
        struct exchange_step step = row->step(&exchange);
        const struct scripted_call *expected = &row->calls[exchange.answer_count];

        if (step.next != NEXT_CALL || !expected->call) {
            assert_null(expected->call);
            check_end(row, &step, arena);
            return;
        }
        check_call(expected, &step.call, arena);
        answers[exchange.answer_count++] = scripted_answer(expected, arena);
    }
}

static inline void run_scripted(void **state)
{
    run_scripted_with(*state, &script_settings);
}

/* Every row is a test of its own. */
#define RUN_SCRIPTED(rows)                                                                                             \
    ({                                                                                                                 \
        struct CMUnitTest tests_[ARRAY_LEN(rows)];                                                                     \
        for (size_t i_ = 0; i_ < ARRAY_LEN(rows); i_++)                                                                \
            tests_[i_] = (struct CMUnitTest){ .name = (rows)[i_].name,                                                 \
                                              .test_func = run_scripted,                                               \
                                              .initial_state = (void *)(uintptr_t) & (rows)[i_] };                     \
        cmocka_run_group_tests(tests_, NULL, NULL);                                                                    \
    })

#endif
