/* The card of a deploy: what it does now, where the traffic is, how it looks, and what one may decide. */
#include "tests/unit/deploy_fixture.h"

/* ---- all at once ---- */

#define STUCK                                                                                                          \
    "D1042 is stuck: its own event crashed opsgate; its target was given back. Look at what it has done before you "   \
    "deploy api/staging again: `opsgate ops show D1042`"

static const struct simple_row {
    const char *name, *state, *result, *failed_in, *steps; /* a letter each: '+' ok, '>' now, '-' bad, '.' next */
    bool is_stuck;
    enum card_tone tone;
    const char *status;
} simple_rows[] = {
    { "pinning", "pinning", NULL, NULL, ">......", false, CARD_RUNNING, "D1042: pinning the image" },
    { "waiting for its turn", "queued", NULL, NULL, "+>.....", false, CARD_WAITING, "D1042: waiting for the target" },
    { "the pin is done while people are waited for", "awaiting-approval", NULL, NULL, "+>......", false, CARD_WAITING,
      "D1042: waiting for consent, until @{date:0}" },
    { "and while checks are", "awaiting-checks", NULL, NULL, "+>......", false, CARD_WAITING,
      "D1042: waiting for checks on GitHub" },
    { "where nobody consented it ended", "refused", "refused", "awaiting-approval", "+-......", false, CARD_BAD,
      "D1042: how it ended" },
    { "looking", "looking", NULL, NULL, "+>....", false, CARD_RUNNING, "D1042: new revision, no traffic" },
    { "creating is the same step", "creating", NULL, NULL, "+>....", false, CARD_RUNNING,
      "D1042: new revision, no traffic" },
    { "starting", "starting", NULL, NULL, "+>...", false, CARD_RUNNING,
      "D1042: waiting until it is ready on Cloud Run" },
    { "checking", "checking", NULL, NULL, "+>..", false, CARD_RUNNING, "D1042: waiting until it is healthy" },
    { "shifting", "shifting", NULL, NULL, "+>.", false, CARD_RUNNING, "D1042: switching all traffic" },
    { "verifying", "verifying", NULL, NULL, "++>", false, CARD_RUNNING, "D1042: verifying the traffic" },
    { "done", "done", "done", NULL, "+++", false, CARD_GOOD, "D1042: how it ended" },
    { "failed while starting", "failed", "failed", "starting", "+-...", false, CARD_BAD, "D1042: how it ended" },
    { "refused at the pin", "refused", "refused", "pinning", "-......", false, CARD_BAD, "D1042: how it ended" },
    { "stuck", "checking", NULL, NULL, "+-..", true, CARD_BAD, STUCK },
    { "stuck while it waited", "queued", NULL, NULL, "+-.....", true, CARD_BAD, STUCK },
};

static void check_simple(void **state)
{
    static const char letters[] = { [STEP_NEXT] = '.', [STEP_NOW] = '>', [STEP_OK] = '+', [STEP_BAD] = '-' };
    const struct simple_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in(row->state);
    struct deploy_body body = *deploy_body_made(fixture, 0, 0, AT_ONCE);
    struct card card = { .title = NULL };
    char steps[16] = "";

    operation.result = row->result;
    operation.is_stuck = row->is_stuck;
    operation.summary = row->result ? "how it ended" : NULL;
    body.failed_in = row->failed_in;
    machine_deploy.card(&fixture->view, &operation, &body, &card);
    for (size_t i = 0; i < card.steps_count; i++)
        steps[i] = letters[card.steps[i].mark];
    assert_string_equal(steps, row->steps);
    assert_int_equal(card.tone, row->tone);
    assert_string_equal(card.title, "Deploy api v1.4.2 to staging");
    assert_string_equal(card.status, row->status);
}

static void check_digest_title(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("checking");
    struct deploy_body body = *deploy_body_made(fixture, 0, 0, AT_ONCE);
    struct card card = { .title = NULL };

    (void)state;
    body.version = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    machine_deploy.card(&fixture->view, &operation, &body, &card);
    assert_string_equal(card.title, "Deploy api sha256:9f86d081884c to staging");
}

static void check_fields(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("checking");
    struct deploy_body body = *deploy_body_made(fixture, 0, 0, AT_ONCE);
    struct card card = { .title = NULL };
    AUTO_BUF struct buf all = BUF(2000);

    (void)state;
    body.reason = "hotfix";
    machine_deploy.card(&fixture->view, &operation, &body, &card);
    for (size_t i = 0; i < card.fields_count; i++)
        buf_addf(&all, "%s=%s|", card.fields[i].name, card.fields[i].value);
    assert_string_equal(buf_text(&all), "Version=`v1.4.2`|Asked by=@{slack:U1}|Image=`api@sha256:9f86d081884c`|"
                                        "Before=`api-old`|Reason=hotfix|");
}

static void check_quoted_fields(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("checking");
    struct deploy_body body = *deploy_body_made(fixture, 0, 0, AT_ONCE);
    struct card card = { .title = NULL };

    (void)state;
    body.image = "host/api`*@sha256:@{slack:U1}";
    body.previous = "api` @{slack:U0BOSS} *old*";
    machine_deploy.card(&fixture->view, &operation, &body, &card);
    assert_string_equal(card.fields[2].value, "`api' @sha256: {slack:U1}`");
    assert_string_equal(card.fields[3].value, "`api'  {slack:U0BOSS}  old `");
}

/* ---- step by step ---- */

static const struct card_row {
    const char *name, *state;
    int64_t step, percent;
    unsigned is;
    const char *steps, *status, *actions; /* labels with their commands' first word */
    enum card_tone tone;
    const char *result, *failed_in, *returning;
} card_rows[] = {
    { "on its way to the first step", "shifting", 0, 0, JUDGED, "+>...", "D1042: moving 5 % of the traffic to it",
      "Pause=pause|Roll back=abort|", CARD_RUNNING, .result = NULL },
    { "before any traffic", "starting", 0, 0, JUDGED, "+>.....", "D1042: waiting until it is ready on Cloud Run",
      "Pause=pause|Abort=abort|", CARD_RUNNING, .result = NULL },
    { "paused before any traffic", "starting", 0, 0, PAUSED, "+>.....",
      "D1042: waiting until it is ready on Cloud Run; paused before any traffic", "Resume=resume|Abort=abort|",
      CARD_WAITING, .result = NULL },
    { "in front of a first step that is not allowed", "shifting", 0, 0, DENIED, "+>...",
      "D1042: held at 0 %: of a reason", "Promote to 5 %=promote|Pause=pause|Retry=retry|Abort=abort|", CARD_WAITING,
      .result = NULL },
    { "verifying", "verifying", 1, 5, JUDGED, "++>..", "D1042: verifying the step to 25 %",
      "Pause=pause|Roll back=abort|", CARD_RUNNING, .result = NULL },
    { "baking", "baking", 0, 5, JUDGED, "+>...", "D1042: at 5 %, baked 20 s of 100 s",
      "Promote to 25 %=promote|Pause=pause|Roll back=abort|", CARD_RUNNING, .result = NULL },
    { "baking without a judge", "baking", 0, 5, 0, "+>...",
      "D1042: at 5 %, baked 20 s of 100 s; not judged: no metrics source",
      "Promote to 25 %=promote|Pause=pause|Roll back=abort|", CARD_RUNNING, .result = NULL },
    { "baking without limits", "baking", 0, 5, UNLIMITED, "+>...",
      "D1042: at 5 %, baked 20 s of 100 s; not judged: no analysis",
      "Promote to 25 %=promote|Pause=pause|Roll back=abort|", CARD_RUNNING, .result = NULL },
    { "paused", "baking", 1, 25, PAUSED, "++>..", "D1042: paused at 25 %", "Resume=resume|Roll back=abort|",
      CARD_WAITING, .result = NULL },
    { "held", "baking", 1, 25, HELD, "++>..", "D1042: held at 25 %: of a reason",
      "Promote to 100 %=promote|Pause=pause|Retry=retry|Roll back=abort|", CARD_WAITING, .result = NULL },
    { "held until somebody answers", "baking", 1, 25, ANSWER_ASKED, "++>..",
      "D1042: held at 25 %: of a reason. Unless somebody answers by @{time:1795212060000}, traffic goes back",
      "Promote to 100 %=promote|Pause=pause|Retry=retry|Roll back=abort|", CARD_WAITING, .result = NULL },
    { "watching", "watching", 2, 100, JUDGED, "++++>", "D1042: at 100 %, watched 20 s of 16 min",
      "Call it good=promote|Pause=pause|Roll back=abort|", CARD_RUNNING, .result = NULL },
    { "blue-green is watched", "watching", 0, 100, JUDGED | BLUE_GREEN, "++>",
      "D1042: at 100 %, watched 20 s of 16 min", "Call it good=promote|Pause=pause|Roll back=abort|", CARD_RUNNING,
      .result = NULL },
    { "going back", "returning", 1, 25, JUDGED, "++-..", "D1042: traffic goes back to `api-old`: 5 % failed", "",
      CARD_BAD, .returning = "5 % failed" },
    { "done", "done", 2, 100, JUDGED, "+++++", "D1042: how it ended", "Roll back=rollback|", CARD_GOOD,
      .result = "done" },
    { "taken back", "failed", 1, 0, JUDGED, "++-..", "D1042: how it ended", "", CARD_BAD, .result = "failed",
      .failed_in = "reverifying", .returning = "5 % failed" },
    { "aborted before any traffic", "aborted", 0, 0, JUDGED, "+-.......", "D1042: how it ended", "", CARD_BAD,
      .result = "aborted", .failed_in = "queued" },
};

static const char *marks_of(const struct card *card, struct arena *arena)
{
    static const char letters[] = { [STEP_NEXT] = '.', [STEP_NOW] = '>', [STEP_OK] = '+', [STEP_BAD] = '-' };
    const char *marks = "";

    for (size_t i = 0; i < card->steps_count; i++)
        marks = arena_printf(arena, "%s%c", marks, letters[card->steps[i].mark]);
    return marks;
}

static const char *actions_of(const struct card *card, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < card->actions_count; i++)
        text = arena_printf(arena, "%s%s=%.*s|", text, card->actions[i].label,
                            (int)strcspn(card->actions[i].command, " "), card->actions[i].command);
    return text;
}

static void check_card(void **state)
{
    const struct card_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, row->step, row->percent, row->is);
    struct operation operation = deploy_operation_in(row->state);
    struct card card = { .title = NULL };

    operation.result = row->result;
    operation.summary = row->result ? "how it ended" : NULL;
    body->failed_in = row->failed_in;
    body->returning = row->returning;
    body->observed_ms = 20 * SECOND_MS;
    machine_deploy.card(&fixture->view, &operation, body, &card);
    assert_string_equal(card.status, row->status);
    assert_string_equal(marks_of(&card, fixture->arena), row->steps);
    assert_string_equal(actions_of(&card, fixture->arena), row->actions);
    assert_int_equal(card.tone, row->tone);
    assert_true(card.actions_count <= CARD_ACTIONS_MAX);
}

static void check_lines(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("baking");
    struct card card = { .title = NULL };
    AUTO_BUF struct buf all = BUF(2000);

    (void)state;
    machine_deploy.card(&fixture->view, &operation, deploy_body_made(fixture, 0, 5, JUDGED), &card);
    for (size_t i = 0; i < card.steps_count; i++)
        buf_addf(&all, "%s|", card.steps[i].text);
    assert_string_equal(
        buf_text(&all),
        "Pinned, claimed, revision made, ready, healthy|5 % · bake 100 s|25 % · bake 100 s|100 %|Watched 16 min|");
}

static void check_commands(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, JUDGED | HELD);
    struct operation operation = deploy_operation_in("baking");
    struct card card = { .title = NULL };

    (void)state;
    body->verdict = JUDGE_FAIL;
    machine_deploy.card(&fixture->view, &operation, body, &card);
    assert_string_equal(card.actions[0].label, "Promote anyway");
    assert_string_equal(card.actions[0].command, "promote D1042 --look 7");
    assert_non_null(card.actions[0].confirm);
    assert_string_equal(card.actions[3].command, "abort D1042 --look 7");
    assert_int_equal(card.actions[3].style, ACTION_DANGER);
    assert_non_null(card.actions[3].confirm);
    operation.state = operation.result = "done";
    card = (struct card){ .title = NULL };
    machine_deploy.card(&fixture->view, &operation, body, &card);
    assert_string_equal(card.actions[0].command, "rollback api staging --from D1042");
    operation.target = "api/staging/us-east1";
    card = (struct card){ .title = NULL };
    machine_deploy.card(&fixture->view, &operation, body, &card);
    assert_string_equal(card.actions[0].command, "rollback api staging --region us-east1 --from D1042");
}

static void check_numbers(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, JUDGED);
    struct operation operation = deploy_operation_in("baking");
    struct card card = { .title = NULL };
    struct error err;

    (void)state;
    machine_deploy.card(&fixture->view, &operation, body, &card);
    assert_int_equal(card.table_count, 0); /* nothing measured yet */
    assert_true(shape_from_json(&measured_shape, decision_json(fixture, ILL), fixture->arena, &body->measured, &err));
    body->verdict_why = "5 % of 1,000 requests failed";
    machine_deploy.card(&fixture->view, &operation, body, &card);
    assert_int_equal(card.table_count, 4);
    assert_non_null(strstr(card.table[0], "last 60 s"));
    assert_non_null(strstr(card.table[1], "1,000"));
    assert_non_null(strstr(card.table[3], "limit"));
    assert_string_equal(card.fields[card.fields_count - 1].name, "Judge");
    assert_string_equal(card.fields[card.fields_count - 1].value,
                        "new version at 5 %, in this step: 5 % of 1,000 requests failed");
}

static void check_footer(void **state)
{
    static struct deploy_act acts[] = { { DECISION_NOW_MS, "@{slack:U1}", "paused at 5 %", "pause", 1 },
                                        { DECISION_NOW_MS + 1000, "@{slack:U2}", "resumed at 5 %", "resume", 2 } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, JUDGED);
    struct operation operation = deploy_operation_in("baking");
    struct card card = { .title = NULL };

    (void)state;
    body->acts = acts;
    body->acts_count = 2;
    machine_deploy.card(&fixture->view, &operation, body, &card);
    assert_string_equal(card.footer, "asked @{date:1795211940000}\n"
                                     "@{time:1795212000000} @{slack:U1} paused at 5 %\n"
                                     "@{time:1795212001000} @{slack:U2} resumed at 5 %");
}

static const char *field_of(const struct card *card, const char *name)
{
    for (size_t i = 0; i < card->fields_count; i++)
        if (strcmp(card->fields[i].name, name) == 0)
            return card->fields[i].value;
    return NULL;
}

/* What may still change says how old it is; a fail and an end are of their moment. */
#define STEP_5 "new version at 5 %, in this step: "

static void check_late(void **state)
{
    static const struct {
        const char *state, *result;
        int64_t lag_ms;
        enum judge_verdict verdict;
        const char *judge;
    } rows[] = {
        { "baking", NULL, 0, JUDGE_WAIT, STEP_5 "a word" },
        { "baking", NULL, 240000, JUDGE_WAIT, STEP_5 "a word; its metrics come 4 min late" },
        { "watching", NULL, 2000, JUDGE_PASS, STEP_5 "a word; its metrics come 2 s late" },
        { "baking", NULL, 240000, JUDGE_FAIL, STEP_5 "a word" },
        { "done", "done", 240000, JUDGE_PASS, STEP_5 "a word" },
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct deploy_body *body = deploy_body_made(fixture, 0, 5, JUDGED);
        struct operation operation = deploy_operation_in(rows[i].state);
        struct card card = { .title = NULL };

        operation.result = rows[i].result;
        body->limits.lag_ms = rows[i].lag_ms;
        body->verdict = rows[i].verdict;
        body->verdict_why = "a word";
        machine_deploy.card(&fixture->view, &operation, body, &card);
        assert_string_equal(field_of(&card, "Judge"), rows[i].judge);
    }
}

/* As long as there is an increase that a lock would hold, and no longer. */
static void check_held(void **state)
{
    static const struct {
        const char *state;
        int64_t step, percent;
        unsigned is;
        bool is_shown;
    } rows[] = {
        { "queued", 0, 0, AT_ONCE, true },     { "shifting", 0, 0, AT_ONCE, true },
        { "verifying", 0, 0, AT_ONCE, false }, { "baking", 1, 25, 0, true },
        { "shifting", 2, 25, 0, true },        { "verifying", 2, 25, 0, false },
        { "watching", 2, 100, 0, false },      { "checking", 0, 0, BLUE_GREEN, true },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct operation halt = { .id = "D5",
                                  .kind = "halt",
                                  .schema = 1,
                                  .state = "halted",
                                  .requester = { "slack", "U9", "T1", NULL },
                                  .body = decision_json(fixture, "{'reason':'a fire'}") };
        struct deploy_body *body = deploy_body_made(fixture, rows[i].step, rows[i].percent, rows[i].is);
        struct operation operation = deploy_operation_in(rows[i].state);
        struct card card = { .title = NULL };

        fixture->operations = &halt;
        fixture->operations_count = 1;
        machine_deploy.card(&fixture->view, &operation, body, &card);
        deploy_assert_says(field_of(&card, "Held"), rows[i].is_shown ? "everything is halted (D5)" : NULL);
    }
}

static const char *kept_field(struct decision_fixture *fixture, const struct operation *operation,
                              const struct deploy_body *body)
{
    struct card card = { .title = NULL };

    machine_deploy.card(&fixture->view, operation, body, &card);
    return field_of(&card, "Kept");
}

static void check_kept(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 100, BLUE_GREEN);
    struct operation operation = deploy_operation_in("watching");
    static const struct row {
        bool is_known;
        int64_t instances;
        const char *warmth;
    } rows[] = {
        { true, 2, "warm: its minimum is 2 instances" },
        { true, 1, "warm: its minimum is 1 instance" },
        { true, 0, "deployable at once, but cold: its minimum is 0 instances" },
        { false, 0, "whether it stays warm is not known" },
    };

    (void)state;
    body->keep_ms = HOUR_MS;
    body->kept_tag = "d1041";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        body->is_minimum_known = rows[i].is_known;
        body->kept_instances = rows[i].instances;
        assert_string_equal(
            kept_field(fixture, &operation, body),
            arena_printf(fixture->arena, "`api-old`, for 60 min after it is good · %s", rows[i].warmth));
    }
    operation.state = operation.result = "done";
    operation.ended_at_ms = DECISION_NOW_MS;
    assert_null(kept_field(fixture, &operation, body)); /* nobody keeps it */
    body->keeper = "D1043";
    assert_string_equal(kept_field(fixture, &operation, body), "`api-old` until @{date:1795215600000}, by D1043 · tag "
                                                               "`d1041` · whether it stays warm is not known");
    operation.state = operation.result = "failed";
    body->keeper = NULL;
    assert_null(kept_field(fixture, &operation, body));
}

/* What was said of its numbers before a pause is no judgement of now; that they are bad is, and how it ended too. */
#define STEP_25 "new version at 25 %, in this step: "

static void check_paused_judge(void **state)
{
    static const struct row {
        unsigned is;
        int64_t verdict;
        const char *result, *says;
    } rows[] = {
        { JUDGED, JUDGE_WAIT, NULL, STEP_25 "6 s of 8 s observed" },
        { JUDGED | PAUSED, JUDGE_WAIT, NULL, "paused: the numbers are judged again once it is resumed" },
        { JUDGED | PAUSED, JUDGE_PASS, NULL, "paused: the numbers are judged again once it is resumed" },
        { JUDGED | PAUSED, JUDGE_FAIL, NULL, STEP_25 "6 s of 8 s observed" },
        { JUDGED | PAUSED, JUDGE_PASS, "aborted", STEP_25 "6 s of 8 s observed" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct deploy_body *body = deploy_body_made(fixture, 1, 25, rows[i].is);
        struct operation operation = deploy_operation_in("baking");
        struct card card = { .title = NULL };

        body->verdict = rows[i].verdict;
        body->verdict_why = "6 s of 8 s observed";
        operation.result = rows[i].result;
        machine_deploy.card(&fixture->view, &operation, body, &card);
        assert_string_equal(field_of(&card, "Judge"), rows[i].says);
    }
}

/* Nothing is wrong with one that another does already. */
static void check_same(void **state)
{
    (void)state;
    for (int is_same = 0; is_same < 2; is_same++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
        struct operation operation = deploy_operation_in("refused");
        struct card card = { .title = NULL };

        operation.result = "refused";
        body->failed_in = "pinning";
        body->same = is_same ? "D5" : NULL;
        machine_deploy.card(&fixture->view, &operation, body, &card);
        assert_int_equal(card.tone, is_same ? CARD_WITHOUT_EFFECT : CARD_BAD);
        assert_int_equal(card.steps_count > 0, !is_same); /* what was never begun is no list of things to do */
        assert_int_equal(card.actions_count, 0);
    }
}

/* What would be refused is not recommended; it stays all the same, for the card is not shown anew once that is over. */
static void check_refused_promote(void **state)
{
    (void)state;
    for (int is_denied = 0; is_denied < 2; is_denied++) {
        AUTO_FREE char *text =
            deploy_with_rule(is_denied ? "    - { deny: deploy, on: { environment: staging } }\n" : NULL);
        AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
        struct deploy_body *body = deploy_body_made(fixture, 1, 25, HELD);
        struct operation operation = deploy_operation_in("baking");
        struct card card = { .title = NULL };

        machine_deploy.card(&fixture->view, &operation, body, &card);
        assert_string_equal(card.actions[0].label, "Promote to 100 %");
        assert_int_equal(card.actions[0].style, is_denied ? ACTION_PLAIN : ACTION_PRIMARY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "names from outside are quoted in the card's fields", check_quoted_fields, NULL, NULL, NULL },
        { "a version by digest is short in the title", check_digest_title, NULL, NULL, NULL },
        { "the card's fields are those a person looks for", check_fields, NULL, NULL, NULL },
        { "each step of traffic has a line", check_lines, NULL, NULL, NULL },
        { "buttons carry the look of their card", check_commands, NULL, NULL, NULL },
        { "numbers stand under numbers, once there are some", check_numbers, NULL, NULL, NULL },
        { "numbers of minutes ago are said to be so", check_late, NULL, NULL, NULL },
        { "who did what stands below", check_footer, NULL, NULL, NULL },
        { "while it is paused no old judgement stands there", check_paused_judge, NULL, NULL, NULL },
        { "what would hold its next increase is shown", check_held, NULL, NULL, NULL },
        { "what another does already is no failure", check_same, NULL, NULL, NULL },
        { "what policy refuses is not recommended", check_refused_promote, NULL, NULL, NULL },
        { "the old revision is said to be kept, and how warm", check_kept, NULL, NULL, NULL },
    };
    int failed = ROWS(simple_rows, check_simple) + ROWS(card_rows, check_card);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
