/* A rollback that was done without a store: what the target's record makes of it, and who may hand it in. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/without_store.h"
#include "handlers/rollback/adopted.h"
#include "handlers/rollback/body.h"
#include "handlers/rollback/rollback.h"

#define BEGAN_MS (DECISION_NOW_MS - HOUR_MS)
#define ENDED_MS (BEGAN_MS + MINUTE_MS)

static const struct row {
    const char *name, *result; /* of the act; NULL: it never told */
    int64_t good_at_ms;        /* of the target's newest good version; 0: nothing is recorded */
    bool is_recorded, leaves_doubt;
} rows[] = {
    { "what it returned to is good, and what it left bad", "done", BEGAN_MS - HOUR_MS, true, false },
    { "also where nothing was recorded", "done", 0, true, false },
    { "one that failed leaves doubt", "failed", BEGAN_MS - HOUR_MS, true, true },
    { "one that never told its end too", NULL, BEGAN_MS - HOUR_MS, true, true },
    { "a version that was good since stays the newest", "done", ENDED_MS + 1, false, true },
    { "one of the same moment does not overtake it", "done", ENDED_MS, true, false },
    { "where the end is not known its beginning counts", NULL, BEGAN_MS + 1, false, true },
};

static const char *act_text(struct decision_fixture *fixture, const char *result)
{
    static const struct target_version good = { "v1.4.1", "api@sha256:41", "api-41", "D1030", ENDED_MS, NULL, NULL,
                                                false },
                                       bad = { "v1.4.2", "api@sha256:42", "api-42", NULL, ENDED_MS, NULL, NULL, false };
    struct without_store_act act = {
        .id = "birth-0000000000000001",
        .verb = "rollback",
        .text = "rollback api production",
        .principal = { "slack", "U1", "T1", "ann" },
        .target = "api/production",
        .began_at_ms = BEGAN_MS,
        .ended_at_ms = result ? ENDED_MS : 0,
        .result = result,
        .summary = result ? "how it ended" : NULL,
        .good = &good,
        .bad = &bad,
    };
    AUTO_JSON cJSON *json = shape_to_json(&without_store_act_shape, &act, SHAPE_WHOLE);

    return json_print_in(fixture->arena, json);
}

static bool ask(struct decision_fixture *fixture, const char *source, const char *text, struct question *question,
                const void **arguments)
{
    struct request request = { .id = "r1", .source = source, .verb = WITHOUT_STORE_VERB, .words_count = 1 };
    struct error err;

    request.words = ARENA_NEW(fixture->arena, const char *);
    request.words[0] = text;
    return verb_adopted.asks(&fixture->view, &request, question, arguments, &err);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target_version good = { "v1.5.0", "api@sha256:50", "api-50", "D1050", row->good_at_ms, NULL, NULL, false };
    struct target target = { .name = "api/production", .good = &good, .good_count = 1 };
    struct question question;
    const void *arguments;
    struct outcome out;

    fixture->targets = &target;
    fixture->targets_count = row->good_at_ms != 0;
    assert_true(ask(fixture, WITHOUT_STORE_SOURCE, act_text(fixture, row->result), &question, &arguments));
    outcome_init(&out, fixture->arena, "D7", "birth-07");
    verb_adopted.begin(&fixture->view, NULL, &question, arguments, &out);
    assert_true(out.begins);
    assert_string_equal(out.result, row->result ? row->result : "failed");
    assert_string_equal(out.state, out.result);
    assert_int_equal(out.good != NULL, row->is_recorded && strcmp(out.result, "done") == 0);
    assert_int_equal(out.bad != NULL, row->is_recorded);
    assert_int_equal(out.leaves_doubt, row->leaves_doubt);
    assert_string_equal(out.journal[0].kind, "without_store.adopted");
    if (out.good)
        assert_string_equal(out.good->revision, "api-41");
}

/* An act is timed by its host's clock; the record by the steady one, which the store's has left by its jumps. */
static void its_times_become_those_of_the_record(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct question question;
    const void *arguments;
    struct outcome out;

    (void)state;
    fixture->view.shift_ms = -HOUR_MS;
    assert_true(ask(fixture, WITHOUT_STORE_SOURCE, act_text(fixture, "done"), &question, &arguments));
    outcome_init(&out, fixture->arena, "D7", "birth-07");
    verb_adopted.begin(&fixture->view, NULL, &question, arguments, &out);
    assert_int_equal(out.good->at_ms, ENDED_MS + HOUR_MS);
    assert_int_equal(out.bad->at_ms, ENDED_MS + HOUR_MS);
}

/* Policy is not asked about it, so this is all that stands between a person and the record. */
static void nobody_asks_for_it_at_a_door(void **state)
{
    static const char *const sources[] = { "slack", "github", "local", "api", "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct question question;
    const void *arguments;

    (void)state;
    assert_true(verb_adopted.is_internal);
    for (size_t i = 0; i < ARRAY_LEN(sources); i++)
        assert_false(ask(fixture, sources[i], act_text(fixture, "done"), &question, &arguments));
    assert_false(ask(fixture, WITHOUT_STORE_SOURCE, "{}", &question, &arguments));
    assert_false(ask(fixture, WITHOUT_STORE_SOURCE, "rollback", &question, &arguments));
}

/* ---- one whose process died ---- */

static const struct target_version left = { .version = "v1.4.2", .revision = "api-42", .operation = "D1041" },
                                   aim = { .version = "v1.4.1", .revision = "api-41", .operation = "D1030" };

static struct without_store_act killed(bool is_sent)
{
    return (struct without_store_act){
        .id = "birth-0000000000000001",
        .name = "W3",
        .host = "*prod*-1",
        .verb = "rollback",
        .principal = { .system = "slack", .id = "U1" },
        .target = "api/production",
        .began_at_ms = BEGAN_MS,
        .is_sent = is_sent,
        .from = is_sent ? &left : NULL,
        .to = is_sent ? &aim : NULL,
    };
}

static struct outcome adopt(struct decision_fixture *fixture, const struct without_store_act *act)
{
    AUTO_JSON cJSON *json = shape_to_json(&without_store_act_shape, act, SHAPE_WHOLE);
    struct question question;
    const void *arguments;
    struct outcome out;

    assert_true(ask(fixture, WITHOUT_STORE_SOURCE, json_print_in(fixture->arena, json), &question, &arguments));
    outcome_init(&out, fixture->arena, "D7", "birth-07");
    verb_adopted.begin(&fixture->view, NULL, &question, arguments, &out);
    assert_true(out.begins);
    assert_string_equal(out.reply->text, "Adopted.");
    assert_int_equal(out.reply->lines_count, 0); /* nobody is sent to follow what is over */
    return out;
}

static void before_it_asked_for_anything_nothing_was_changed(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct without_store_act act = killed(false);
    struct outcome out = adopt(fixture, &act);

    (void)state;
    assert_string_equal(out.result, "failed");
    assert_string_equal(out.summary, "its process died before it had asked for any change. Nothing was changed");
    assert_false(out.leaves_doubt || out.good || out.bad);
}

/* What sent nothing is told as it ended, and the target's record stays as it is, also where there was doubt already. */
static const struct told_row {
    const char *name, *result, *summary;
    bool is_sent, is_left, is_older, is_overtaken; /* is_left: it saw that somebody else had moved the traffic */
    bool leaves_doubt, is_recorded;
} told_rows[] = {
    { "refused", "refused", "Nothing was changed", .leaves_doubt = false },
    { "failed before it sent anything", "failed", "Cloud Run did not tell", .leaves_doubt = false },
    { "aborted before", "aborted", "Nothing was changed", .leaves_doubt = false },
    { "refused, and overtaken", "refused", "Nothing was changed", .is_overtaken = true },
    { "failed before, and overtaken", "failed", "Cloud Run did not tell", .is_overtaken = true },
    { "nothing had to be changed, and overtaken", "done", "it serves already", .is_left = true, .is_overtaken = true },
    { "nothing had to be changed", "done", "it serves already", .is_left = true, .is_recorded = true },
    { "somebody else moved the traffic", "failed", "left alone", .is_left = true, .leaves_doubt = true,
      .is_recorded = true },
    { "sent, and somebody else moved the traffic then", "failed", "left alone", .is_sent = true, .is_left = true,
      .leaves_doubt = true, .is_recorded = true },
    { "sent and failed", "failed", "Traffic may be on either", .is_sent = true, .leaves_doubt = true },
    { "sent and refused", "refused", "another split", .is_sent = true, .leaves_doubt = true },
    { "sent, failed and overtaken", "failed", "either", .is_sent = true, .is_overtaken = true, .leaves_doubt = true },
    { "an older version did not tell", "refused", "Nothing was changed", .is_older = true, .leaves_doubt = true },
};

static void check_told(void **state)
{
    const struct told_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target_version newer = { .revision = "api-50", .at_ms = ENDED_MS + 1 };
    struct target target = { .name = "api/production", .good = &newer, .good_count = 1 };
    struct without_store_act act = killed(row->is_sent);
    struct outcome out;

    fixture->targets = &target;
    fixture->targets_count = row->is_overtaken;
    act.name = row->is_older ? NULL : act.name;
    act.ended_at_ms = ENDED_MS;
    act.result = row->result;
    act.summary = row->summary;
    act.bad = row->is_left ? &left : NULL;
    out = adopt(fixture, &act);
    assert_string_equal(out.state, row->result);
    assert_string_equal(out.result, row->result);
    assert_int_equal(out.leaves_doubt, row->leaves_doubt);
    assert_false(out.good);
    assert_int_equal(out.bad != NULL, row->is_recorded);
    assert_int_equal(strstr(out.summary, "Something newer") != NULL, row->is_overtaken && row->leaves_doubt);
    assert_ptr_equal(strstr(out.summary, row->summary), out.summary);
    assert_int_equal(out.effects_count + out.readings_count, 0);
}

static void the_record_knows_it_by_its_name(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target_version bad = { .version = "v1.4.2", .revision = "api-42", .operation = "W3" };
    struct without_store_act act = killed(true);
    const struct rollback_body *body;
    struct rollback_body again;
    struct outcome out;
    struct error err;
    cJSON *json;

    (void)state;
    act.result = "done";
    act.summary = "it serves";
    act.good = &aim;
    act.bad = &bad;
    out = adopt(fixture, &act);
    body = out.body;
    json = shape_to_json(&rollback_body_shape, body, SHAPE_WHOLE);
    assert_string_equal(json_find_string(json, "act.name"), "W3");
    assert_string_equal(json_find_string(json, "act.id"), act.id);
    assert_true(shape_from_json(&rollback_body_shape, json, fixture->arena, &again, &err));
    assert_string_equal(again.act->host, "*prod*-1");
    assert_true(again.act->began_at_ms == BEGAN_MS);
    assert_string_equal(body->further, arena_printf(fixture->arena,
                                                    "done without the store by @{slack:U1} at %s on host  prod -1 (W3)",
                                                    card_time(BEGAN_MS, fixture->arena)));
    assert_string_equal(out.bad->operation, "D7"); /* several hosts may have a W3 */
    assert_string_equal(out.good->operation, "D1030");
    cJSON_Delete(json);
}

/* What it left knows who left it; what had brought it there, the act or the record tells. */
static const struct brought_row {
    const char *name;
    const char *acts, *recorded; /* that operation, as the act and the record know it; NULL: it is not known there */
    bool is_unsent;              /* nothing had to be changed, so the act tells no more than what it left */
    const char *left;            /* NULL: opsgate did not bring it */
} brought_rows[] = {
    { "as the act knew it", .acts = "D1041", .left = "D1041" },
    { "by what the service alone told, which the record knows better", .recorded = "D1042", .left = "D1042" },
    { "of another store in the act", .acts = "D3", .recorded = "D1042", .left = "D1042" },
    { "without any change of its own", .acts = "D1041", .recorded = "D1042", .is_unsent = true, .left = "D1042" },
    { .name = "known to nobody" },
};

static void check_brought(void **state)
{
    const struct brought_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target_version good[] = { aim, { .revision = "api-42", .operation = row->recorded } };
    struct target target = { .name = "api/production", .good = good, .good_count = row->recorded ? 2 : 1 };
    struct target_version from = { .version = "v1.4.2", .revision = "api-42", .operation = row->acts },
                          bad = { .version = "v1.4.2", .revision = "api-42", .operation = "W3" };
    struct without_store_act act = killed(!row->is_unsent);
    struct outcome out;

    fixture->targets = &target;
    fixture->targets_count = 1;
    act.from = row->is_unsent ? NULL : &from;
    act.result = "done", act.ended_at_ms = ENDED_MS, act.good = &aim, act.bad = &bad;
    out = adopt(fixture, &act);
    assert_int_equal(out.end->how, ENDED_GOOD);
    assert_int_equal(out.end->asked_at_ms, BEGAN_MS);
    assert_int_equal(out.end->ended_at_ms, ENDED_MS);
    assert_int_equal(out.end->serves_at_ms, ENDED_MS);
    assert_string_equal(out.bad->operation, "D7");
    if (row->left)
        assert_string_equal(out.end->left, row->left);
    else
        assert_null(out.end->left);
}

/* A way back makes no good version newer: what it left, or that it failed, tells that it was there. The act went from
 * v1.4.2 to v1.4.1. */
static const struct since_row {
    const char *name;
    const char *good; /* revision of the newest good version, good since long ago */
    int64_t bad_at_ms;
    int64_t doubted_by_ms;        /* the operation in doubt began then; 0: there is none */
    bool is_adopted, is_recorded; /* that operation was another act, begun then; what the act did is recorded */
} since_rows[] = {
    { "a rollback since", "api-40", .bad_at_ms = ENDED_MS + 1 },
    { "a rollback before", "api-42", .bad_at_ms = ENDED_MS, .is_recorded = true },
    { "one since, to where the act went", "api-41", .bad_at_ms = ENDED_MS + 1, .is_recorded = true },
    { "one since that failed", "api-41", .bad_at_ms = BEGAN_MS, .doubted_by_ms = ENDED_MS + 1 },
    { "a deploy from before, that ended over it", "api-42", .bad_at_ms = BEGAN_MS, .doubted_by_ms = BEGAN_MS,
      .is_recorded = true },
    { "an older act that failed, adopted just now", "api-42", .bad_at_ms = BEGAN_MS, .doubted_by_ms = BEGAN_MS - 1,
      .is_adopted = true, .is_recorded = true },
    { "a newer one", "api-42", .bad_at_ms = BEGAN_MS, .doubted_by_ms = ENDED_MS + 1, .is_adopted = true },
};

static void check_since(void **state)
{
    const struct since_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target_version good = { .revision = row->good, .at_ms = BEGAN_MS - HOUR_MS };
    struct target_version bad = { .revision = "api-45", .at_ms = row->bad_at_ms };
    struct target target = {
        .name = "api/production", .good = &good, .good_count = 1, .bad = &bad, .bad_count = 1, .doubt = "D6"
    };
    struct operation doubted = { .id = "D6", .kind = "rollback", .created_at_ms = row->doubted_by_ms };
    struct without_store_act act = killed(true);
    struct outcome out;

    if (row->is_adopted) {
        doubted.created_at_ms = doubted.ended_at_ms = DECISION_NOW_MS;
        doubted.body = decision_json(
            fixture, arena_printf(fixture->arena, "{'act':{'began_at_ms':%lld}}", (long long)row->doubted_by_ms));
    }
    fixture->ended = &doubted;
    fixture->ended_count = row->doubted_by_ms != 0;
    fixture->targets = &target;
    fixture->targets_count = 1;
    act.ended_at_ms = ENDED_MS;
    act.result = "done";
    act.summary = "it serves";
    act.good = &aim;
    act.bad = &left;
    out = adopt(fixture, &act);
    assert_string_equal(out.result, "done");
    assert_int_equal(out.good && out.bad, row->is_recorded);
    assert_int_equal(out.leaves_doubt, !row->is_recorded);
    if (!row->is_recorded)
        assert_non_null(strstr(out.summary, "it serves. Something newer was done there by then"));
}

/* With the store it would have come before all that was asked for by then. The act began by its host's clock. */
static const struct away_row {
    const char *name, *result; /* of the act; NULL: its process died */
    bool is_unsent, is_overtaken, turns_away;
} away_rows[] = {
    { "one that is done", "done", .turns_away = true },
    { "one that failed", "failed", .turns_away = true },
    { "one that may be on its way", .turns_away = true },
    { "one that never sent anything: it was wanted all the same", .is_unsent = true, .turns_away = true },
    { "not where people went on since", "done", .is_overtaken = true },
    { "nor when its end is not known", .is_overtaken = true },
};

static void check_away(void **state)
{
    const struct away_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target_version newer = { .revision = "api-50", .at_ms = ENDED_MS + HOUR_MS + 1 };
    struct target target = { .name = "api/production", .good = &newer, .good_count = 1 };
    struct without_store_act act = killed(!row->is_unsent);
    struct outcome out;

    fixture->view.shift_ms = -HOUR_MS;
    fixture->targets = &target;
    fixture->targets_count = row->is_overtaken;
    act.result = row->result;
    act.ended_at_ms = row->result ? ENDED_MS : 0;
    out = adopt(fixture, &act);
    assert_int_equal(out.turns_away_at_ms, row->turns_away ? BEGAN_MS + HOUR_MS : 0);
    assert_null(out.claims);
}

/* Who was turned away by the first of two acts leaves its version bad: that is no news for the second one. */
static void a_deploy_of_before_that_ends_over_it_is_no_news(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target_version good = { .revision = "api-45", .at_ms = BEGAN_MS - HOUR_MS };
    struct target_version bad = { .revision = "api-46", .operation = "D6", .at_ms = ENDED_MS + 1 };
    struct target target = { .name = "api/production", .good = &good, .good_count = 1, .bad = &bad, .bad_count = 1 };
    struct operation deploy = { .id = "D6", .kind = "deploy", .created_at_ms = BEGAN_MS };
    struct without_store_act act = killed(true);

    (void)state;
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->ended = fixture->operations = &deploy;
    act.result = "done", act.ended_at_ms = ENDED_MS, act.good = &aim, act.bad = &left;
    assert_null(adopt(fixture, &act).good); /* nobody knows that deploy any more */
    fixture->ended_count = 1;
    assert_non_null(adopt(fixture, &act).good);
    fixture->ended_count = 0, fixture->operations_count = 1; /* it is about to end */
    assert_non_null(adopt(fixture, &act).good);
    deploy.created_at_ms = ENDED_MS + 1;
    assert_null(adopt(fixture, &act).good);
    deploy.created_at_ms = BEGAN_MS, deploy.kind = "rollback"; /* that one moved the traffic */
    assert_null(adopt(fixture, &act).good);
}

#define SHARE(revision, percent) "{'revision':'" revision "','percent':" #percent "}"
#define SERVICE(wanted, observed, operation)                                                                           \
    "{'is_settled':true,'is_ready':true,'wanted':[" wanted "],'observed':[" observed "],"                              \
    "'annotations':{'opsgate.dev/operation':'" operation "'}}"
#define OURS "birth-0000000000000001"

static const struct look_row {
    const char *name;
    enum event_kind kind;
    const char *event, *body; /* body NULL: no answer */
    bool is_late, is_overtaken;
    const char *error;   /* Cloud Run refuses */
    bool is_silent;      /* for long */
    const char *result;  /* NULL: it goes on */
    const char *summary; /* part of it */
    bool polls, reads, leaves_doubt, is_left;
} look_rows[] = {
    { "what it asked for was done", EVENT_READING, "service", SERVICE(SHARE("api-41", 100), SHARE("api-41", 100), OURS),
      .result = "done", .is_left = true,
      .summary =
          "its process died before it told its end, and `v1.4.1` serves all traffic of api/production: what it asked "
          "for was done" },
    { "the same, by somebody else", EVENT_READING, "service",
      SERVICE(SHARE("api-41", 100), SHARE("api-41", 100), "birth-9"), .result = "done", .is_left = true,
      .summary = "serves all traffic of api/production, though somebody changed the traffic since" },
    { "asked for, and not shown yet", EVENT_READING, "service",
      SERVICE(SHARE("api-41", 100), SHARE("api-42", 100), OURS), .polls = true },
    { "a late change may still arrive", EVENT_READING, "service",
      SERVICE(SHARE("api-42", 100), SHARE("api-42", 100), "birth-9"), .polls = true },
    { "but not for ever", EVENT_READING, "service", SERVICE(SHARE("api-42", 100), SHARE("api-42", 100), "birth-9"),
      .is_late = true, .result = "failed", .leaves_doubt = true, .is_left = true,
      .summary = "and `v1.4.1` does not serve all traffic: `api-42` 100 %. To go back: `rollback api production`" },
    { "somebody else's split", EVENT_READING, "service",
      SERVICE(SHARE("api-42", 50) "," SHARE("x", 50), SHARE("api-42", 100), "birth-9"), .is_late = true,
      .result = "failed", .leaves_doubt = true, .is_left = true, .summary = "`api-42` 50 %, `x` 50 %" },
    { "something newer was done there by then", EVENT_READING, "service",
      SERVICE(SHARE("api-50", 100), SHARE("api-50", 100), "birth-9"), .is_overtaken = true, .result = "failed",
      .leaves_doubt = true, .summary = "Something newer was done there by then" },
    { "Cloud Run that is away is asked again", EVENT_READING, "service", .is_late = true, .polls = true },
    { "a refusal may pass", EVENT_READING, "service", .error = "403", .polls = true },
    { "but not for ever", EVENT_READING, "service", .error = "403", .is_late = true, .result = "failed",
      .leaves_doubt = true, .summary = "Cloud Run did not tell how api-prod stands: 403. Traffic may be on either" },
    { "nor does a silence", EVENT_READING, "service", .is_late = true, .is_silent = true, .result = "failed",
      .leaves_doubt = true, .summary = "did not tell how api-prod stands for 10 min: no answer in time" },
    { "after a moment", EVENT_TIMER, "poll", .reads = true },
    { "a person may have enough of it", EVENT_REQUEST, "abort", .result = "aborted", .leaves_doubt = true,
      .summary = "nobody waits any more for what became of it" },
    { "nothing else is asked of it", EVENT_REQUEST, "promote", .result = NULL },
};

static void check_look(void **state)
{
    const struct look_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target_version newer = { .version = "v1.5.0", .revision = "api-50", .at_ms = BEGAN_MS + 1 };
    struct target target = { .name = "api/production", .good = &newer, .good_count = 1 };
    struct without_store_act act = killed(true);
    struct outcome begun = adopt(fixture, &act), out;
    struct rollback_body body = *(const struct rollback_body *)begun.body;
    struct operation operation = { .id = "D7", .kind = "rollback", .state = begun.state, .target = begun.target };
    struct request request = decision_request(fixture, "abort D7");
    struct event event = { .kind = row->kind, .name = row->event, .request = &request };

    assert_null(begun.result);
    assert_null(begun.claims); /* it keeps nobody from the target, least of all a rollback */
    assert_string_equal(begun.readings[0].kind, "run.service");
    fixture->targets = &target;
    fixture->targets_count = row->is_overtaken;
    event.end = row->body ? END_DONE : row->error ? END_FAILED : END_GAVE_UP;
    event.error = row->error;
    event.body = row->body ? decision_json(fixture, row->body) : NULL;
    body.state_deadline_at_ms = row->is_late ? DECISION_NOW_MS : body.state_deadline_at_ms;
    body.heard_at_ms -= row->is_silent ? 10 * MINUTE_MS : 0;
    outcome_init(&out, fixture->arena, "D7", "birth-07");
    machine_rollback.on_event(&fixture->view, &operation, &body, &event, &out);
    assert_int_equal(out.result != NULL, row->result != NULL);
    if (row->result)
        assert_string_equal(out.result, row->result);
    if (row->summary && !strstr(out.summary, row->summary))
        assert_string_equal(out.summary, row->summary);
    assert_int_equal(out.leaves_doubt, row->leaves_doubt);
    assert_int_equal(out.timers_count, row->polls);
    assert_int_equal(out.readings_count, row->reads);
    assert_int_equal(out.effects_count, 0); /* whatever it sees */
    assert_int_equal(out.good != NULL, row->result && strcmp(row->result, "done") == 0);
    assert_int_equal(out.bad != NULL, row->is_left);
    assert_int_equal(out.reply != NULL, row->kind == EVENT_REQUEST);
}

/* ---- for an operation, which has ended by then ---- */

static const struct over_row {
    const char *name, *result; /* of the act; NULL: it never told */
    const char *newest;        /* the operation that brought the newest good version; NULL: none is recorded */
    const char *outside_id;    /* of D1050, as the act knows it */
    bool leaves_doubt;
} over_rows[] = {
    { "an operation that ended badly knows what was done for it", "done", "D1030", "birth-50", false },
    { "where nothing is good neither", "done", NULL, "birth-50", false },
    { "one that ended well did not: what serves is in doubt", "done", "D1050", "birth-50", true },
    { "also where nobody knows how the act ended", "unknown", "D1050", "birth-50", true },
    { "or its process died", NULL, "D1050", "birth-50", true },
    { "an act that found another split changed nothing", "failed", "D1050", "birth-50", false },
    { "another store's operation of that name is another one", "done", "D1050", "other-50", false },
};

static void check_over(void **state)
{
    const struct over_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target_version good = { "v1.5.0", "api@sha256:50", "api-50", row->newest, BEGAN_MS + 1, NULL, NULL, false };
    struct target target = { .name = "api/production", .good = &good, .good_count = row->newest != NULL };
    struct operation ended = { .id = "D1050", .outside_id = "birth-50", .state = "done", .result = "done" };
    struct without_store_act act = { .id = "birth-0000000000000001",
                                     .name = "W3",
                                     .verb = WITHOUT_STORE_RETURN,
                                     .text = WITHOUT_STORE_RETURN,
                                     .principal = { .system = "opsgate", .id = "one" },
                                     .target = "api/production",
                                     .operation = "D1050",
                                     .operation_outside_id = row->outside_id,
                                     .began_at_ms = BEGAN_MS,
                                     .is_sent = true,
                                     .why = "2 of 10 failed",
                                     .result = row->result };
    AUTO_JSON cJSON *json = shape_to_json(&without_store_act_shape, &act, SHAPE_WHOLE);
    struct question question;
    const void *arguments;
    struct outcome out;

    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->ended = &ended;
    fixture->ended_count = 1;
    assert_true(ask(fixture, WITHOUT_STORE_SOURCE, json_print_in(fixture->arena, json), &question, &arguments));
    outcome_init(&out, fixture->arena, "D7", "birth-07");
    verb_adopted.begin(&fixture->view, NULL, &question, arguments, &out);
    assert_string_equal(out.reply->text, "Adopted.");
    assert_string_equal(out.journal[0].kind, "without_store.adopted");
    assert_int_equal(out.begins, row->leaves_doubt);
    assert_int_equal(out.leaves_doubt, row->leaves_doubt);
    assert_null(out.good);
    assert_null(out.bad);
    assert_int_equal(out.turns_away_at_ms, 0); /* it was one canary's own way back */
    if (row->leaves_doubt)
        assert_non_null(strstr(out.summary, "D1050 back while no store answered: 2 of 10 failed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_times_become_those_of_the_record),
        cmocka_unit_test(nobody_asks_for_it_at_a_door),
        cmocka_unit_test(before_it_asked_for_anything_nothing_was_changed),
        cmocka_unit_test(the_record_knows_it_by_its_name),
        cmocka_unit_test(a_deploy_of_before_that_ends_over_it_is_no_news),
    };
    int failed = ROWS(rows, check_row) + ROWS(told_rows, check_told) + ROWS(since_rows, check_since) +
                 ROWS(brought_rows, check_brought) + ROWS(away_rows, check_away) + ROWS(over_rows, check_over) +
                 ROWS(look_rows, check_look);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
