/* What the target keeps of a deploy that is over: how it ended, since when it served, and of which commit. */
#include "tests/unit/deploy_fixture.h"

#define YIELD EVENT_MESSAGE, MESSAGE_YIELD, END_DONE, .body = "{'target':'api/staging','by':'D1050','version':'v1.4.1'}"
#define SERVICE(answer) EVENT_READING, "service", END_DONE, .body = answer
#define SERVED_MS (DECISION_NOW_MS - 30 * SECOND_MS)

static const struct row {
    const char *name, *state;
    int64_t step, percent;
    unsigned is;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    const char *kept; /* NULL: nothing is */
    bool has_served;
} rows[] = {
    { "all at once: since it was switched", "verifying", 0, 0, AT_ONCE, SERVICE(SERVES(ALL_OURS)), "good now", false },
    { "with steps before: since the first of them", "verifying", 2, 25, AT_ONCE, SERVICE(SERVES(ALL_OURS)), "good then",
      true },
    { "a verdict took it back", "reverifying", 1, 25, 0, SERVICE(SERVES(ALL_OLD)), "back then over", true },
    { "a person did", "reverifying", 1, 25, ABORTED, SERVICE(SERVES(ALL_OLD)), "back then over", true },
    { "what was taken back without ever having had traffic, served nobody", "reverifying", 0, 0, 0,
      SERVICE(SERVES(ALL_OLD)), "untouched", false },
    { "it gave way with traffic: the rollback takes that back", "baking", 1, 25, 0, YIELD, "back then", true },
    { "it gave way while its first step was on its way: nobody hears of that any more", "shifting", 0, 0, 0, YIELD,
      "back now", false },
    { "likewise, while it waited for that to be over", "returning", 0, 0, ABORTED, YIELD, "back now", false },
    { "it gave way to a rollback while it waited for leave", "shifting", 0, 0, DENIED, YIELD, "untouched", false },
    { "it gave way before it had any", "checking", 0, 0, 0, YIELD, "untouched", false },
    { "somebody else's split: who serves is not known", "baking", 1, 25, 0, SERVICE(SERVES(FOREIGN)), "doubt then",
      true },
    { "a revision that does not start", "creating", 0, 0, 0, EVENT_EFFECT, "revision", END_FAILED, NULL, "untouched",
      false },
};

static const char *kept_text(const struct outcome *out, struct arena *arena)
{
    static const char *const hows[] = { "good", "back", "left", "untouched", "doubt" };
    const struct target_end *end = out->end;

    if (!end)
        return "nothing";
    return arena_printf(arena, "%s%s%s", hows[end->how],
                        end->serves_at_ms == DECISION_NOW_MS ? " now"
                        : end->serves_at_ms == SERVED_MS     ? " then"
                                                             : "",
                        end->left_at_ms == DECISION_NOW_MS ? " over" : "");
}

static void decide(const struct row *row, struct decision_fixture *fixture, struct deploy_body *body,
                   struct outcome *out)
{
    struct operation operation = deploy_operation_in(row->state);
    struct event event = { .kind = row->kind,
                           .name = row->event,
                           .from = "engine",
                           .end = row->end,
                           .body = row->body ? decision_json(fixture, row->body) : NULL,
                           .error = "no" };

    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, out);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, row->step, row->percent, row->is);
    struct outcome out;

    if (row->is & AT_ONCE && row->step > 0)
        body->step = 0;
    body->serves_at_ms = row->has_served ? SERVED_MS : 0;
    body->returning = strcmp(row->state, "reverifying") == 0 ? "it failed" : NULL;
    decide(row, fixture, body, &out);
    assert_string_equal(kept_text(&out, fixture->arena), row->kept ? row->kept : "nothing");
    if (row->kept)
        assert_string_equal(out.end->version, "v1.4.2");
}

/* ---- what it brings ---- */

static const struct row good_row = { "", "verifying", 0, 0, AT_ONCE, SERVICE(SERVES(ALL_OURS)), NULL, false };

static void check_commit(void **state)
{
    static const struct source_commit commit = { .sha = "a46d19b8e05f", .at_ms = 1795200000000 };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);
    struct outcome out;

    (void)state;
    decide(&good_row, fixture, body, &out);
    assert_int_equal(out.end->commit_at_unix_ms, 0);
    assert_false(out.end->is_settings);
    body->commit = &commit;
    body->keeps_image = true;
    decide(&good_row, fixture, body, &out);
    assert_int_equal(out.end->commit_at_unix_ms, 1795200000000);
    assert_true(out.end->is_settings);
}

/* Its first traffic is noted once, when Cloud Run took the change: what comes later does not make it later. */
static void check_first_traffic(void **state)
{
    const struct row taken = { "", "shifting", 0, 0, 0, EVENT_EFFECT, "traffic", END_DONE, "{'effect':'e'}", NULL, 0 };
    const struct row in_doubt = { "", "shifting", 0, 0, 0, EVENT_EFFECT, "traffic", END_UNKNOWN, NULL, NULL, 0 };
    const struct row refused = { "", "returning", 0, 0, 0, EVENT_EFFECT, "traffic", END_FAILED, NULL, NULL, 0 };
    const struct row too_late = { "", "returning", 0, 0, 0, EVENT_EFFECT, "traffic", END_DONE, NULL, NULL, 0 };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, JUDGED);
    struct outcome out;

    (void)state;
    decide(&taken, fixture, body, &out);
    assert_int_equal(((const struct deploy_body *)out.body)->serves_at_ms, DECISION_NOW_MS);
    assert_null(out.end);
    decide(&in_doubt, fixture, body, &out); /* nobody can tell that it did not */
    assert_int_equal(((const struct deploy_body *)out.body)->serves_at_ms, DECISION_NOW_MS);
    decide(&refused, fixture, body, &out);
    assert_int_equal(((const struct deploy_body *)out.body)->serves_at_ms, 0);
    decide(&too_late, fixture, body, &out); /* it is taken back already, and had some */
    assert_int_equal(((const struct deploy_body *)out.body)->serves_at_ms, DECISION_NOW_MS);
    body->serves_at_ms = SERVED_MS;
    decide(&taken, fixture, body, &out);
    assert_int_equal(((const struct deploy_body *)out.body)->serves_at_ms, SERVED_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "its commit's time, and whether it brought settings alone", check_commit, NULL, NULL, NULL },
        { "its first traffic is noted once", check_first_traffic, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
