/* An outcome holds what a decision wants, until somebody commits it. */
#include "tests/unit/rows.h"

#include "bot/model/outcome.h"

#include <string.h>

struct held {
    struct arena *arena;
    struct outcome out;
};

static int setup(void **state)
{
    struct held *held = xcalloc(1, sizeof(*held));

    held->arena = arena_create();
    memset(&held->out, 0x55, sizeof(held->out)); /* whatever stood there before */
    outcome_init(&held->out, held->arena, "D1", "birth-1");
    *state = held;
    return 0;
}

static int teardown(void **state)
{
    struct held *held = *state;

    arena_destroy(held->arena);
    free(held);
    return 0;
}

static void check_empty(void **state)
{
    const struct outcome *out = &((struct held *)*state)->out;

    assert_string_equal(out->operation_id, "D1");
    assert_string_equal(out->outside_id, "birth-1");
    assert_false(out->begins || out->releases);
    assert_null(out->state);
    assert_null(out->result);
    assert_null(out->claims);
    assert_null(out->reply);
    assert_int_equal(
        out->effects_count + out->readings_count + out->timers_count + out->messages_count + out->journal_count, 0);
}

static void check_begin(void **state)
{
    struct outcome *out = &((struct held *)*state)->out;
    int body = 7;

    outcome_begin(out, "deploy", "api/staging", "pinning", &body);
    assert_true(out->begins);
    assert_string_equal(out->kind, "deploy");
    assert_string_equal(out->target, "api/staging");
    assert_string_equal(out->state, "pinning");
    assert_ptr_equal(out->body, &body);
}

static void check_move(void **state)
{
    struct outcome *out = &((struct held *)*state)->out;
    int body = 7;

    outcome_move(out, "looking", &body);
    outcome_move(out, NULL, NULL);
    assert_string_equal(out->state, "looking");
    assert_ptr_equal(out->body, &body);
    outcome_end(out, "failed", "failed", "%s: %d", "no", 3);
    assert_string_equal(out->state, "failed");
    assert_string_equal(out->summary, "no: 3");
    assert_ptr_equal(out->body, &body);
}

static void check_lists(void **state)
{
    struct outcome *out = &((struct held *)*state)->out;

    for (int i = 0; i < 5; i++) {
        outcome_effect(out, (struct wanted_effect){ .kind = "k", .args = json_object() });
        outcome_read(out, "digest", "registry.digest", json_object(), 100 + i);
        outcome_timer(out, "poll", 1000 + i);
        outcome_message(out, "D2", "hello", json_object());
        outcome_journal(out, "deploy.pinned", json_object(), i == 2 ? json_object() : NULL);
    }
    outcome_cancel_timer(out, "bake");
    assert_int_equal(out->effects_count, 5);
    assert_true(out->readings_count == 5 && out->readings[4].deadline_ms == 104);
    assert_true(out->timers_count == 6 && out->timers[3].at_ms == 1003);
    assert_string_equal(out->timers[5].name, "bake");
    assert_true(out->timers[5].at_ms == 0);
    assert_int_equal(out->messages_count, 5);
    assert_non_null(out->journal[2].personal);
    assert_null(out->journal[3].personal);
}

static void check_reply(void **state)
{
    struct outcome *out = &((struct held *)*state)->out;

    outcome_reply(out, "*%s*", "D1");
    outcome_reply_line(out, "line %d", 1);
    outcome_reply_line(out, "line %d", 2);
    assert_string_equal(out->reply->text, "*D1*");
    assert_false(out->reply->is_refusal);
    assert_int_equal(out->reply->lines_count, 2);
    assert_string_equal(out->reply->lines[1], "line 2");
    outcome_refuse(out, "no");
    assert_true(out->reply->is_refusal);
    assert_int_equal(out->reply->lines_count, 0);
}

/* Half a character is what no door can write. */
static void check_too_long(void **state)
{
    struct outcome *out = &((struct held *)*state)->out;
    char words[4000];
    size_t len;

    for (size_t i = 0; i < sizeof(words); i++)
        words[i] = "ü"[i % 2];
    for (int shift = 0; shift < 2; shift++) {
        outcome_reply(out, "%s%.*s", shift ? "x" : "", (int)sizeof(words), words);
        len = strlen(out->reply->text);
        assert_in_range(len, 2040, 2047);
        assert_string_equal(out->reply->text + len - strlen("ü…"), "ü…");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "a new outcome wants nothing", check_empty, setup, teardown, NULL },
        { "beginning names the machine, the target and the first state", check_begin, setup, teardown, NULL },
        { "a move without a state or a body keeps both", check_move, setup, teardown, NULL },
        { "wishes stand in their order, and their JSON goes with the arena", check_lists, setup, teardown, NULL },
        { "what is too long is cut between two characters", check_too_long, setup, teardown, NULL },
        { "the last reply is the one that goes", check_reply, setup, teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
