/* The machine of a rollback, one decision at a time: which event in which state does what. */
#include "tests/unit/rollback_fixture.h"

static const struct move_row {
    const char *name, *state;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body, *error;
    enum memory memory;
    enum record record; /* 0: THREE */
    bool is_late;
    /* what must come out of it */
    const char *moves_to;         /* NULL: stays */
    const char *effect;           /* kind; NULL: none */
    const char *readings[2];      /* kinds */
    const char *result, *summary; /* of its end; the summary's part */
    const char *reply;            /* its part */
    const char *good, *bad;       /* revisions */
    bool is_refusal, polls, is_nothing, leaves_doubt;
    int64_t polls_after_ms; /* 0: a second */
} move_rows[] = {
    { "a granted target is looked at, and both revisions are compared", "queued", EVENT_MESSAGE, MESSAGE_GRANTED,
      .moves_to = "looking", .readings = { READING_REVISIONS, READING_SERVICE } },
    { "a newer rollback goes first while it has not begun", "queued", EVENT_MESSAGE, MESSAGE_YIELD,
      .body = "{'by':'D1060'}", .moves_to = "aborted", .result = "aborted",
      .summary = "D1060 took its place. Nothing was changed." },
    { "and says what it had stopped for nothing", "queued", EVENT_MESSAGE, MESSAGE_YIELD, .memory = ROLLOUT,
      .body = "{'by':'D1060'}", .moves_to = "aborted", .result = "aborted",
      .summary = "Nothing was changed. It had aborted D1044: traffic is as that left it.", .leaves_doubt = true },
    { "abort stops one that has not begun", "queued", EVENT_REQUEST, "abort", .moves_to = "aborted",
      .result = "aborted", .summary = "aborted before it began. Nothing was changed.", .reply = "*D1050* is aborted" },
    { "what that leaves of a rollout is not known", "queued", EVENT_REQUEST, "abort", .memory = ROLLOUT,
      .moves_to = "aborted", .result = "aborted", .reply = "*D1050* is aborted", .leaves_doubt = true,
      .summary = "aborted before it began. Nothing was changed. It had aborted D1044: traffic is as that left it." },
    { "while Cloud Run does not answer a person may have enough", "returning", EVENT_REQUEST, "abort",
      .memory = TRIED_AND_SILENT, .moves_to = "aborted", .result = "aborted", .leaves_doubt = true,
      .summary = "aborted while Cloud Run did not answer (no route). Traffic may be on either revision. " BY_HAND,
      .bad = "api-50", .reply = "*D1050* is aborted while Cloud Run did not answer" },
    { "also before it could look", "looking", EVENT_REQUEST, "abort", .memory = ROLLOUT_SILENT, .moves_to = "aborted",
      .result = "aborted", .leaves_doubt = true,
      .summary = "Traffic was not touched. It had aborted D1044: traffic is as that left it. " BY_HAND,
      .bad = "api-50", .reply = "*D1050* is aborted while Cloud Run did not answer" },
    { "a second rollback hears that this one does it", "queued", EVENT_REQUEST, "rollback",
      .reply = "*D1050* does that already" },
    { "a rollback cannot be paused", "returning", EVENT_REQUEST, "pause", .memory = TRIED,
      .reply = "REFUSED *D1050* is a rollback: there is nothing to `pause`." },
    { "nor stopped half-way", "returning", EVENT_REQUEST, "abort", .memory = TRIED,
      .reply = "REFUSED *D1050* cannot be stopped half-way: it returns all traffic in one call. To go forward again: "
               "`deploy api production v1.5.0`." },
    { "once it looks, nobody takes its place", "looking", EVENT_MESSAGE, MESSAGE_YIELD, .is_nothing = true },
    { "nor when it returns", "returning", EVENT_MESSAGE, MESSAGE_YIELD, .memory = TRIED, .is_nothing = true },
    { "a target that is granted twice is granted once", "verifying", EVENT_MESSAGE, MESSAGE_GRANTED,
      .is_nothing = true },

    { "the split is seen, and the comparison still awaited", "looking", EVENT_READING, "service", .body = ALL("api-50"),
      .memory = ASKED },
    { "another pair than the record named is compared anew", "looking", EVENT_READING, "service",
      .body = SERVICE(SHARE("api-50", 50) "," SHARE("api-x", 50), ""), .memory = COMPARED,
      .readings = { READING_REVISIONS } },
    { "with the comparison there it returns at once", "looking", EVENT_READING, "service", .body = ALL("api-50"),
      .memory = COMPARED, .moves_to = "returning", .effect = EFFECT_RETURN },
    { "the comparison comes last", "looking", EVENT_READING, "revisions", .body = REVISIONS, .memory = SEEN,
      .moves_to = "returning", .effect = EFFECT_RETURN },
    { "the comparison comes first", "looking", EVENT_READING, "revisions", .body = REVISIONS, .memory = ASKED },
    { "a comparison that does not come is not waited for", "looking", EVENT_READING, "revisions", END_GAVE_UP,
      .memory = SEEN, .moves_to = "returning", .effect = EFFECT_RETURN },
    { "nor one that is refused", "looking", EVENT_READING, "revisions", END_FAILED, .error = "403", .memory = SEEN,
      .moves_to = "returning", .effect = EFFECT_RETURN },
    { "nor one that makes no sense", "looking", EVENT_READING, "revisions", .body = "{'revisions':7}", .memory = SEEN,
      .moves_to = "returning", .effect = EFFECT_RETURN },
    { "a goal that is gone is passed over, and the next one compared", "looking", EVENT_READING, "revisions",
      .body = "{'revisions':[{'revision':'api-50'}]}", .memory = SEEN, .readings = { READING_REVISIONS } },
    { "so is one that is not ready", "looking", EVENT_READING, "revisions",
      .body = "{'revisions':[{'revision':'api-42','problem':'the image is *gone*'}]}", .memory = SEEN,
      .readings = { READING_REVISIONS } },
    { "a canary is left for the newest good version", "looking", EVENT_READING, "service", .record = TWO_AND_BAD,
      .body = SERVICE(SHARE("api-42", 95) "," SHARE("api-77", 5), SHARE("api-42", 100)),
      .readings = { READING_REVISIONS } },
    { "nothing good below what serves, and no annotation that helps: refused", "looking", EVENT_READING, "service",
      .record = ONE, .body = "{'wanted':[" SHARE("api-41", 100) "],'observed':[]}", .moves_to = "refused",
      .result = "refused",
      .summary =
          "No previous good version of api in production is known: name one: `rollback api production --to "
          "VERSION`, or by hand: `gcloud run services "
          "update-traffic api-prod --project acme --region us-central1 --to-revisions REVISION=100`. Nothing was changed." },
    { "nothing recorded: the annotation names the revision", "looking", EVENT_READING, "service", .record = ONE,
      .body = ALL("api-41"), .readings = { READING_REVISIONS } },
    { "what serves is not what the card showed", "looking", EVENT_READING, "service", .body = ALL("api-42"),
      .memory = EXPECTING, .moves_to = "refused", .result = "refused",
      .summary =
          "The card has changed: api/production is at `v1.4.2` now, not at what `v1.5.0` names. Nothing was changed." },
    { "what serves is what the card showed", "looking", EVENT_READING, "service", .body = ALL("api-50"),
      .memory = EXPECTING },
    { "a rollout that got no traffic may still get some: the return is its fence", "looking", EVENT_READING, "service",
      .body = ALL("api-42"), .memory = ROLLOUT, .record = TWO_AND_BAD, .moves_to = "returning",
      .effect = EFFECT_RETURN },
    { "one fence is enough", "looking", EVENT_READING, "service", .body = ALL("api-42"), .memory = FENCED,
      .record = TWO_AND_BAD, .moves_to = "verifying", .readings = { READING_SERVICE } },
    { "a target in doubt gets its fence too", "looking", EVENT_READING, "service", .body = ALL("api-42"),
      .memory = TRIED, .record = DOUBT, .moves_to = "returning", .effect = EFFECT_RETURN },
    { "Cloud Run that is away is asked again", "looking", EVENT_READING, "service", END_GAVE_UP, .error = "no route",
      .polls = true },
    { "an answer without sense likewise", "looking", EVENT_READING, "service", .body = "{'wanted':3}", .polls = true },
    { "away for too long: the command to type", "looking", EVENT_READING, "service", END_GAVE_UP, .error = "no route",
      .memory = SILENT_LONG, .moves_to = "failed", .result = "failed",
      .summary = "Cloud Run did not tell how api-prod stands for 10 min: no route. Traffic was not touched. " BY_HAND },
    { "a refusal before anything was tried is final", "looking", EVENT_READING, "service", END_FAILED, .error = "*403*",
      .moves_to = "failed", .result = "failed",
      .summary = "Cloud Run did not tell how api-prod stands:  403 . Traffic was not touched. " BY_HAND },
    { "but a credential that is refused is mended, however long that takes", "looking", EVENT_READING, "service",
      END_FAILED, .error = "403", .is_refusal = true, .memory = SILENT_LONG, .polls = true,
      .polls_after_ms = 30 * SECOND_MS },
    { "not so when a rollout was aborted: nobody else is on the way back", "looking", EVENT_READING, "service",
      END_FAILED, .error = "403", .memory = ROLLOUT, .polls = true },
    { "nor is a long silence", "looking", EVENT_READING, "service", END_GAVE_UP, .error = "no route",
      .memory = ROLLOUT_SILENT, .polls = true, .polls_after_ms = 30 * SECOND_MS },
    { "after a try it may pass", "looking", EVENT_READING, "service", END_FAILED, .error = "403", .memory = TRIED,
      .polls = true },
    { "however long it takes", "looking", EVENT_READING, "service", END_FAILED, .error = "403",
      .memory = TRIED_AND_SILENT, .polls = true, .polls_after_ms = 30 * SECOND_MS },
    { "also while it is verified", "verifying", EVENT_READING, "service", END_GAVE_UP, .memory = TRIED_AND_SILENT,
      .polls = true, .polls_after_ms = 30 * SECOND_MS },
    { "asked again after a second", "looking", EVENT_TIMER, "poll", .readings = { READING_SERVICE } },

    { "an increase that had landed after all: the new split is expected now", "looking", EVENT_READING, "service",
      .body = SERVICE(SHARE("api-42", 75) "," SHARE("api-50", 25), SHARE("api-42", 100)), .memory = TRIED,
      .moves_to = "returning", .effect = EFFECT_RETURN },
    { "a return that did arrive is recognised", "looking", EVENT_READING, "service", .body = ALL("api-42"),
      .memory = TRIED, .moves_to = "verifying", .readings = { READING_SERVICE } },
    { "somebody else's split without what was left stays", "looking", EVENT_READING, "service", .body = ALL("api-41"),
      .memory = TRIED, .moves_to = "failed", .result = "failed",
      .summary =
          "`v1.5.0` has no traffic any more, but somebody else sent it elsewhere than to `v1.4.2`: `api-41` 100 %. "
          "That was left alone. To go back from there: `rollback api production`.",
      .bad = "api-50", .leaves_doubt = true },
    { "after an outage it is returned again", "looking", EVENT_READING, "service", .body = ALL("api-50"),
      .memory = TRIED_AND_SILENT, .moves_to = "returning", .effect = EFFECT_RETURN },

    { "Cloud Run took it", "returning", EVENT_EFFECT, "return", .body = "{'changed':true}", .memory = TRIED,
      .moves_to = "verifying", .readings = { READING_SERVICE } },
    { "another split was found: it is looked at anew", "returning", EVENT_EFFECT, "return", END_FAILED,
      .error = "its traffic is other", .memory = TRIED, .moves_to = "looking", .polls = true },
    { "in doubt it is looked at", "returning", EVENT_EFFECT, "return", END_UNKNOWN, .memory = TRIED,
      .moves_to = "looking", .readings = { READING_SERVICE } },
    { "given up it is looked at", "returning", EVENT_EFFECT, "return", END_GAVE_UP, .error = "503", .memory = TRIED,
      .moves_to = "looking", .polls = true },
    { "an outage is no try", "returning", EVENT_EFFECT, "return", END_GAVE_UP, .error = "503", .memory = TRIED_OFTEN,
      .moves_to = "looking", .polls = true },
    { "cancelled it is looked at", "returning", EVENT_EFFECT, "return", END_CANCELLED, .memory = TRIED,
      .moves_to = "looking", .readings = { READING_SERVICE } },
    { "five tries are enough", "returning", EVENT_EFFECT, "return", END_FAILED, .error = "its traffic is other",
      .memory = TRIED_OFTEN, .moves_to = "failed", .result = "failed",
      .summary = "traffic is not on `v1.4.2`, in spite of 5 tries: its traffic is other. Traffic may be on either "
                 "revision. " BY_HAND,
      .bad = "api-50", .leaves_doubt = true },
    { "a return that takes long is told of", "returning", EVENT_TIMER, "silence", .memory = TRIED },
    { "a late answer of the comparison changes nothing", "returning", EVENT_READING, "revisions", .body = REVISIONS,
      .memory = TRIED, .is_nothing = true },

    { "it serves: done", "verifying", EVENT_READING, "service", .body = ALL("api-42"), .memory = TRIED,
      .moves_to = "done", .result = "done", .summary = "`v1.4.2` serves all traffic of api/production again after 3 s",
      .good = "api-42", .bad = "api-50" },
    { "asked for, but not shown yet", "verifying", EVENT_READING, "service",
      .body = SERVICE(SHARE("api-42", 100), SHARE("api-50", 100)), .memory = TRIED, .polls = true },
    { "never shown", "verifying", EVENT_READING, "service", .body = SERVICE(SHARE("api-42", 100), SHARE("api-50", 100)),
      .memory = TRIED, .is_late = true, .moves_to = "failed", .result = "failed",
      .summary = "Cloud Run took the return to `v1.4.2`, but does not show it after 5 min. Traffic may be on either "
                 "revision. " BY_HAND,
      .bad = "api-50", .leaves_doubt = true },
    { "changed by somebody before it was shown: looked at anew", "verifying", EVENT_READING, "service",
      .body = ALL("api-50"), .memory = TRIED, .moves_to = "looking", .readings = { READING_SERVICE } },
    { "away while it is verified: asked again", "verifying", EVENT_READING, "service", END_GAVE_UP, .error = "no route",
      .memory = TRIED, .polls = true },
    { "verified again after a second", "verifying", EVENT_TIMER, "poll", .memory = TRIED,
      .readings = { READING_SERVICE } },
    { "a fence is a return", "verifying", EVENT_READING, "service", .body = ALL("api-42"), .memory = FENCED,
      .moves_to = "done", .result = "done", .summary = "`v1.4.2` serves all traffic of api/production again after 3 s",
      .good = "api-42", .bad = "api-50" },
    { "nothing had to be returned", "verifying", EVENT_READING, "service", .body = ALL("api-42"), .memory = SEEN,
      .moves_to = "done", .result = "done",
      .summary = "`v1.4.2` serves all traffic of api/production: `v1.5.0` has none, so nothing had to be changed",
      .good = "api-42", .bad = "api-50" },
};

static void check_readings(const struct move_row *row, const struct outcome *out)
{
    size_t expected = row->readings[0] ? row->readings[1] ? 2 : 1 : 0;

    assert_int_equal(out->readings_count, expected);
    for (size_t i = 0; i < expected; i++) {
        bool found = false;

        for (size_t k = 0; k < expected; k++)
            found |= strcmp(out->readings[k].kind, row->readings[i]) == 0;
        if (!found)
            fail_msg("no reading %s", row->readings[i]);
    }
}

static void check_end(const struct move_row *row, const struct outcome *out)
{
    if (row->result)
        assert_string_equal(out->result, row->result);
    else if (out->result)
        fail_msg("it ended: %s", out->summary);
    if (row->summary && !strstr(out->summary, row->summary))
        assert_string_equal(out->summary, row->summary);
    assert_int_equal(out->good != NULL, row->good != NULL);
    assert_int_equal(out->bad != NULL, row->bad != NULL);
    if (row->good)
        assert_string_equal(out->good->revision, row->good);
    if (row->good)
        assert_true(out->is_return);
    if (row->bad)
        assert_string_equal(out->bad->revision, row->bad);
    assert_int_equal(out->leaves_doubt, row->leaves_doubt);
}

static void check_reply(const struct move_row *row, const struct outcome *out, struct arena *arena)
{
    const char *reply;

    assert_int_equal(out->reply != NULL, row->reply != NULL);
    if (!row->reply)
        return;
    reply = arena_printf(arena, "%s%s", out->reply->is_refusal ? "REFUSED " : "", out->reply->text);
    if (!strstr(reply, row->reply))
        assert_string_equal(reply, row->reply);
}

static void check_move(void **state)
{
    const struct move_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = an_operation(row->state);
    struct rollback_body body = remembered(row->memory);
    struct request request = decision_request(fixture, "abort D1050");
    struct event event = {
        .kind = row->kind, .name = row->event, .end = row->end, .error = row->error, .request = &request,
        .is_refusal = row->is_refusal
    };
    struct outcome out;

    put_world(fixture, row->record ? row->record : THREE);
    event.body = row->body ? decision_json(fixture, row->body) : NULL;
    if (row->is_late)
        body.state_deadline_at_ms = DECISION_NOW_MS;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, &body, &event, &out);

    check_end(row, &out);
    check_reply(row, &out, fixture->arena);
    check_readings(row, &out);
    if (row->moves_to)
        assert_string_equal(out.state, row->moves_to);
    else
        assert_null(out.state);
    assert_int_equal(out.effects_count, row->effect != NULL);
    if (row->effect)
        assert_string_equal(out.effects[0].kind, row->effect);
    if (row->polls) { /* behind what is cancelled */
        assert_true(out.timers_count > 0);
        assert_string_equal(out.timers[out.timers_count - 1].name, "poll");
        assert_int_equal(out.timers[out.timers_count - 1].at_ms,
                         DECISION_NOW_MS + (row->polls_after_ms ? row->polls_after_ms : SECOND_MS));
    }
    if (row->is_nothing)
        assert_true(!out.body && !out.state && out.timers_count + out.readings_count + out.effects_count == 0);
}

int main(void)
{
    return ROWS(move_rows, check_move);
}
