/* A rollback while nothing of what is on its way serves: to stop that is the whole way back, and what serves stays. */
#include "tests/unit/rollback_fixture.h"

#define TO_GO_BACK "To go back from `v1.4.2` to `v1.4.1`: `rollback api production --from v1.4.2`."
#define FOLLOW "\nFollow it in #deployments."
#define STOPS(ids, has)                                                                                                \
    "*D7*: stopping " ids " before " has                                                                               \
    " traffic. `v1.4.2` goes on serving all traffic of *api* in *production*.\n" TO_GO_BACK FOLLOW
#define DENIED_BODY                                                                                                    \
    "{'service':'api','environment':'production','version':'v1.6.0','repository':'r','image':'api@sha256:60',"         \
    "'place':{'project':'acme','region':'us-central1','service':'api-prod'},'revision':'api-60','previous':'api-42',"  \
    "'is_denied':true}"
#define EARLY_BODY                                                                                                     \
    "{'service':'api','environment':'production','version':'v1.6.0','repository':'r',"                                 \
    "'place':{'project':'acme','region':'us-central1','service':'api-prod'}}"
#define STOPPING_BODY                                                                                                  \
    "{'service':'api','environment':'production','place':{'project':'acme','region':'us-central1',"                    \
    "'service':'api-prod'},'aborts':'D60','stops':true,'to':{'version':'v1.4.2','revision':'api-42'},"                 \
    "'below':'v1.4.1'}"

static struct operation a_deploy(struct decision_fixture *fixture, const char *id, const char *state, const char *body)
{
    return (struct operation){
        .id = id, .kind = "deploy", .state = state, .target = "api/production", .body = decision_json(fixture, body)
    };
}

/* ---- it begins ---- */

static const struct begin_row {
    const char *name, *line;
    const char *holder, *waits, *comes; /* states of D60, D61 (or "keep") and D62; NULL: there is none */
    const char *body;                   /* of the holder */
    const char *result;                 /* of D62: it has ended, though its card is still shown */
    const char *doubt;
    const char *answer; /* all of it */
    bool stops;
    bool is_dry; /* D62 only tells what it would change */
} begin_rows[] = {
    { "a revision is being made", "rollback api production", "creating", .answer = STOPS("D60", "it has"),
      .stops = true },
    { "it starts", "rollback api production", "starting", .answer = STOPS("D60", "it has"), .stops = true },
    { "its health is checked", "rollback api production", "checking", .answer = STOPS("D60", "it has"), .stops = true },
    { "it has just got the target", "rollback api production", "queued", .answer = STOPS("D60", "it has"),
      .stops = true },
    { "it looks at what serves", "rollback api production", "looking", .answer = STOPS("D60", "it has"),
      .stops = true },
    { "its first step was not allowed", "rollback api production", "shifting", .body = DENIED_BODY,
      .answer = STOPS("D60", "it has"), .stops = true },
    { "who waits and who has yet to come are named as well", "rollback api production", "checking", "queued",
      "awaiting-artifact", .answer = STOPS("D60, D61, D62", "they have"), .stops = true },
    { "nobody holds it, and one waits for its image", "rollback api production", .comes = "awaiting-artifact",
      .answer = STOPS("D62", "it has"), .stops = true },
    { "or is being pinned", "rollback api production", .comes = "pinning", .answer = STOPS("D62", "it has"),
      .stops = true },
    { "in doubt nobody says that it serves", "rollback api production", "checking", .doubt = "D59",
      .answer =
          "*D7*: stopping D60 before it has traffic. `v1.4.2` is to serve all traffic of *api* in *production*.\n" TO_GO_BACK
              FOLLOW,
      .stops = true },
    { "its first step is being made: that is left", "rollback api production", "shifting",
      .answer = "*D7*: rolling *api* in *production* back from `v1.6.0` to `v1.4.2`.\nIt aborts D60." FOLLOW },
    { "it is verified: likewise", "rollback api production", "verifying", .comes = "awaiting-artifact",
      .answer = "*D7*: rolling *api* in *production* back from `v1.6.0` to `v1.4.2`.\nIt aborts D60, D62." FOLLOW },
    { "who names what serves leaves it", "rollback api production --from v1.4.2", "checking", .comes = "pinning",
      .answer = "*D7*: rolling *api* in *production* back from `v1.4.2` to `v1.4.1`.\nIt aborts D60, D62." FOLLOW },
    { "likewise by the card of the deploy that brought it", "rollback api production --from D1041", "checking",
      .answer = "*D7*: rolling *api* in *production* back from `v1.4.2` to `v1.4.1`.\nIt aborts D60." FOLLOW },
    { "an older card has changed, whatever is on its way", "rollback api production --from D1030", "checking",
      .answer = "REFUSED The card has changed: `api/production` is at `v1.4.2` now, not at what `D1030` names. Nothing "
                "was done." },
    { "what is on its way is not what serves", "rollback api production --from v1.6.0", "checking",
      .answer =
          "REFUSED The card has changed: `api/production` is at `v1.4.2` now, not at what `v1.6.0` names. Nothing "
          "was done." },
    { "nothing is on its way: one version back", "rollback api production",
      .answer = "*D7*: rolling *api* in *production* back from `v1.4.2` to `v1.4.1`." FOLLOW },
    { "what only waits to take a tag away is put off, and not named", "rollback api production", "checking", "keep",
      .answer = STOPS("D60", "it has"), .stops = true },
    { "nor is that on the way", "rollback api production", .waits = "keep",
      .answer = "*D7*: rolling *api* in *production* back from `v1.4.2` to `v1.4.1`." FOLLOW },
    { "a change of traffic by hand that waits has moved nothing", "rollback api production", "checking", "adjust",
      .answer = STOPS("D60, D61", "they have"), .stops = true },
    { "whoever only looks what settings would change keeps nobody", "rollback api production", .comes = "pinning",
      .is_dry = true, .answer = "*D7*: rolling *api* in *production* back from `v1.4.2` to `v1.4.1`." FOLLOW },
    { "nor is what has ended", "rollback api production", .comes = "checking", .result = "aborted",
      .answer = "*D7*: rolling *api* in *production* back from `v1.4.2` to `v1.4.1`." FOLLOW },
};

static void check_begin(void **state)
{
    const struct begin_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const char *holder_body = row->body                                           ? row->body
                              : row->holder && strcmp(row->holder, "queued") == 0 ? EARLY_BODY
                                                                                  : DEPLOY_BODY;
    struct operation operations[] = {
        a_deploy(fixture, "D60", row->holder, holder_body), a_deploy(fixture, "D61", row->waits, EARLY_BODY),
        a_deploy(fixture, "D62", row->comes, EARLY_BODY),
        a_deploy(fixture, "D63", "checking", EARLY_BODY), /* of another place */
    };
    const char *line_up[] = { "D61" };
    struct target target = { .name = "api/production",
                             .holder = row->holder ? "D60" : NULL,
                             .waiting = line_up,
                             .waiting_count = row->waits != NULL,
                             .good = good,
                             .good_count = 2,
                             .doubt = row->doubt };
    struct operation *live = arena_alloc(fixture->arena, sizeof(operations));
    const struct rollback_body *body;
    struct outcome out;

    if (row->waits && strcmp(row->waits, "keep") == 0)
        operations[1].kind = operations[1].state;
    if (row->waits && strcmp(row->waits, "adjust") == 0)
        operations[1].kind = "adjust", operations[1].state = "queued";
    if (row->is_dry)
        operations[2].body = decision_json(fixture, "{'service':'api','environment':'production','version':'unchanged',"
                                                    "'tune':{'verb':'set','is_dry_run':true}}");
    operations[2].result = row->result;
    operations[2].ended_at_ms = row->result ? MINUTES_AGO(1) : 0;
    operations[3].target = "api/staging";
    for (size_t i = 0; i < ARRAY_LEN(operations); i++)
        if (operations[i].state)
            live[fixture->operations_count++] = operations[i];
    fixture->operations = live;
    fixture->targets = &target;
    fixture->targets_count = 1;
    assert_string_equal(decision_answer(fixture, &verb_rollback, row->line, &out), row->answer);
    assert_int_equal(out.begins, strncmp(row->answer, "REFUSED", 7) != 0);
    if (!out.begins)
        return;
    body = out.body;
    assert_true(out.claims_first);
    assert_int_equal(body->stops, row->stops);
    assert_string_equal(body->to.revision, row->stops || !strstr(row->answer, "v1.4.1`.") ? "api-42" : "api-41");
    assert_int_equal(body->from.revision != NULL, !row->stops);
    assert_int_equal(body->stopped != NULL, row->holder && (row->stops || strstr(row->line, "--from")));
}

/* ---- it looks ---- */

enum stopped {
    BEFORE,  /* it ended while its health was checked */
    STARTED, /* its first step was on its way */
    DENIED,  /* it may have been */
    DONE,    /* it had all traffic, before it heard that it should stop */
    GONE,    /* its record is not to be had */
    NOBODY   /* nobody held the target */
};

static const struct look_row {
    const char *name;
    enum stopped stopped;
    const char *serves;                 /* what Cloud Run says */
    const char *moves_to, *effect, *to; /* of the first look; to: revision */
    const char *left;                   /* revision, if any is */
    const char *summary; /* of its end: at once, or once all traffic is seen on its goal; NULL: see `left` */
    const char *good, *bad;
    const struct target *record; /* NULL: v1.4.1 and v1.4.2 are good */
} look_rows[] = {
    { "it had sent nothing, and what is good serves: nothing is changed", BEFORE, ALL("api-42"), "verifying", NULL,
      "api-42",
      .summary = "D60 was stopped before it had traffic; `v1.4.2` still serves all traffic of "
                 "api/production. " TO_GO_BACK },
    { "nobody held the target", NOBODY, ALL("api-42"), "verifying", NULL, "api-42",
      .summary = "D60 was stopped before it had traffic; `v1.4.2` still serves all" },
    { "its first step may arrive yet: a return of what serves is the fence", STARTED, ALL("api-42"), "returning",
      EFFECT_RETURN, "api-42", .summary = "D60 was stopped before it had traffic; `v1.4.2` still serves all traffic of",
      .good = "api-42" },
    { "so may one that was not allowed", DENIED, ALL("api-42"), "returning", EFFECT_RETURN, "api-42",
      .summary = "D60 was stopped before it had traffic; `v1.4.2` still serves all", .good = "api-42" },
    { "so may one of which nothing is known any more", GONE, ALL("api-42"), "returning", EFFECT_RETURN, "api-42",
      .summary = "D60 was stopped before it had traffic; `v1.4.2` still serves all", .good = "api-42" },
    { "its first step has arrived: it is left for what was good before", STARTED,
      SERVICE(SHARE("api-42", 95) "," SHARE("api-60", 5), SHARE("api-42", 100)), NULL, NULL, "api-42", "api-60",
      .good = "api-42", .bad = "api-60" },
    { "all of it has", STARTED, ALL("api-60"), NULL, NULL, "api-42", "api-60", .good = "api-42", .bad = "api-60" },
    { "also of one whose record is gone", GONE, ALL("api-60"), NULL, NULL, "api-42", "api-60", .good = "api-42",
      .bad = "api-60" },
    { "a deploy that was done in the last moment is left, too", DONE, ALL("api-60"), NULL, NULL, "api-42", "api-60",
      .good = "api-42", .bad = "api-60",
      .record = &(const struct target){ .name = "api/production",
                                        .good =
                                            (struct target_version[]){
                                                { .version = "v1.4.1", .revision = "api-41", .operation = "D1030" },
                                                { .version = "v1.4.2", .revision = "api-42", .operation = "D1041" },
                                                { .version = "v1.6.0", .revision = "api-60", .operation = "D60" },
                                            },
                                        .good_count = 3 } },
    { "somebody else's version serves: it is left", BEFORE, ALL("api-x"), NULL, NULL, "api-42", "api-x",
      .good = "api-42", .bad = "api-x" },
    { "what serves is known as bad: it is left", BEFORE, ALL("api-42"), NULL, NULL, "api-41", "api-42",
      .good = "api-41", .bad = "api-42",
      .record =
          &(const struct target){
              .name = "api/production",
              .good =
                  (struct target_version[]){
                      { .version = "v1.4.1", .revision = "api-41", .at_ms = 1 },
                      { .version = "v1.4.2", .revision = "api-42", .at_ms = 2 },
                  },
              .good_count = 2,
              .bad = (struct target_version[]){ { .version = "v1.4.2", .revision = "api-42", .at_ms = 3 } },
              .bad_count = 1 } },
    { "an older good version serves, by hand: it stays", BEFORE, ALL("api-41"), "verifying", NULL, "api-41",
      .summary = "D60 was stopped before it had traffic; `v1.4.1` still serves all traffic of api/production." },
    { "of two good versions the newer one gets all of it, and none is bad", BEFORE,
      SERVICE(SHARE("api-41", 60) "," SHARE("api-42", 40), SHARE("api-41", 100)), "returning", EFFECT_RETURN, "api-42",
      .summary = "D60 was stopped before it had traffic; `v1.4.2` serves all traffic now of api/production.",
      .good = "api-42" },
    { "the target is in doubt: the fence ends that", BEFORE, ALL("api-42"), "returning", EFFECT_RETURN, "api-42",
      .summary = "D60 was stopped before it had traffic; `v1.4.2` still serves all", .good = "api-42",
      .record = &records[DOUBT] },
    { "nothing is recorded: what serves stays as it is", BEFORE, ALL("api-42"), "done",
      .summary = "D60 was stopped before it had traffic; the traffic of api/production stays as it is: `api-42` 100 %. "
                 "No good version is recorded there, so nobody can tell whether that is one",
      .record = &(const struct target){ .name = "api/production" } },
    { "nothing is recorded, and its first step has arrived: back to what served before it", STARTED,
      SERVICE(SHARE("api-old", 95) "," SHARE("api-60", 5), SHARE("api-old", 100)), NULL, NULL, "api-old", "api-60",
      .good = "api-old", .bad = "api-60", .record = &(const struct target){ .name = "api/production" } },
    { "nothing is recorded, and it may arrive yet", STARTED, ALL("api-old"), NULL, NULL, "api-old", "api-60",
      .good = "api-old", .bad = "api-60", .record = &(const struct target){ .name = "api/production" } },
};

static struct rollback_body stopping(enum stopped stopped)
{
    static const struct target_version early = { .version = "v1.6.0", .operation = "D60" };

    return (struct rollback_body){
        .service = "api",
        .environment = "production",
        .place = { "acme", "us-central1", "api-prod" },
        .aborts = "D60",
        .stops = true,
        .stopped = stopped == NOBODY ? NULL : &early,
    };
}

static void put_ended(struct decision_fixture *fixture, enum stopped stopped)
{
    static const char *const ends[] = { "'failed_in':'checking'", "'failed_in':'shifting'", "'failed_in':'shifting'",
                                        "'step':0" };
    struct operation *ended = arena_alloc(fixture->arena, sizeof(*ended));

    if (stopped == GONE || stopped == NOBODY)
        return;
    *ended =
        a_deploy(fixture, "D60", stopped == DONE ? "done" : "aborted",
                 arena_printf(fixture->arena, "%.*s,%s}", (int)strlen(DEPLOY_BODY) - 1, DEPLOY_BODY, ends[stopped]));
    ended->result = ended->state;
    fixture->ended = ended;
    fixture->ended_count = 1;
}

static struct outcome decide(struct decision_fixture *fixture, const char *state, const struct rollback_body *body,
                             struct event event)
{
    struct operation operation = an_operation(state);
    struct outcome out;

    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, body, &event, &out);
    return out;
}

static struct event answered(struct decision_fixture *fixture, const char *name, const char *body)
{
    return (struct event){ .kind = EVENT_READING, .name = name, .body = decision_json(fixture, body) };
}

static const char *all_on(struct decision_fixture *fixture, const char *revision)
{
    return arena_printf(fixture->arena,
                        "{'is_settled':true,'is_ready':true,'wanted':[{'revision':'%s','percent':100}],"
                        "'observed':[{'revision':'%s','percent':100}]}",
                        revision, revision);
}

static void check_effect(const struct look_row *row, const struct outcome *out)
{
    assert_int_equal(out->effects_count, 1);
    assert_string_equal(out->effects[0].kind, EFFECT_RETURN);
    assert_string_equal(json_find_string(out->effects[0].args, "wanted.0.revision"), row->to);
    assert_int_equal(json_find_int(out->effects[0].args, "wanted.0.percent", 0), 100);
}

/* Once it has been compared, and Cloud Run has taken it. */
static struct outcome finish(struct decision_fixture *fixture, const struct look_row *row, struct outcome out)
{
    if (row->left) {
        assert_string_equal(((const struct rollback_body *)out.body)->from.revision, row->left);
        assert_string_equal(out.readings[0].kind, READING_REVISIONS);
        out = decide(fixture, "looking", out.body,
                     (struct event){ .kind = EVENT_READING, .name = "revisions", .end = END_GAVE_UP });
        assert_string_equal(out.state, "returning");
    }
    if (out.effects_count > 0) {
        check_effect(row, &out);
        out = decide(fixture, "returning", out.body,
                     (struct event){ .kind = EVENT_EFFECT, .name = "return", .body = decision_json(fixture, "{}") });
        fixture->view.now_ms += 3 * SECOND_MS; /* what is seen now is from after it */
    }
    return decide(fixture, "verifying", out.body, answered(fixture, "service", all_on(fixture, row->to)));
}

static void check_look(void **state)
{
    const struct look_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target target = row->record ? *row->record : records[HELD_EARLY];
    struct rollback_body body = stopping(row->stopped);
    struct outcome out;

    target.holder = "D1050";
    fixture->targets = &target;
    fixture->targets_count = 1;
    put_ended(fixture, row->stopped);
    out = decide(fixture, "queued", &body, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED });
    assert_string_equal(out.state, "looking");
    out = decide(fixture, "looking", out.body, answered(fixture, "service", row->serves));
    if (row->moves_to)
        assert_string_equal(out.state, row->moves_to);
    assert_int_equal(out.effects_count, row->effect != NULL);
    if (!out.result)
        out = finish(fixture, row, out);
    assert_string_equal(out.result, "done");
    if (!strstr(out.summary, row->summary ? row->summary : "serves all traffic of api/production again"))
        assert_string_equal(out.summary, row->summary);
    assert_int_equal(out.good != NULL, row->good != NULL);
    assert_int_equal(out.bad != NULL, row->bad != NULL);
    if (row->good)
        assert_string_equal(out.good->revision, row->good);
    if (row->bad)
        assert_string_equal(out.bad->revision, row->bad);
    assert_false(out.leaves_doubt);
}

/* ---- and what people ask of it then ---- */

static void one_that_stops_is_asked_for_once_and_does_not_keep_from_going_further(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation live[] = {
        { .id = "D70", .kind = "rollback", .state = "looking", .body = decision_json(fixture, STOPPING_BODY) },
    };
    struct target target = records[HELD_EARLY];
    struct outcome out;

    (void)state;
    target.holder = "D70";
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->operations = live;
    fixture->operations_count = ARRAY_LEN(live);
    assert_string_equal(decision_answer(fixture, &verb_rollback, "rollback api production", &out),
                        "*D70* does that already: D60 was stopped before it had traffic, and `v1.4.2` is to serve all "
                        "traffic. Nothing more was done. " TO_GO_BACK);
    assert_false(out.begins);
    assert_string_equal(decision_answer(fixture, &verb_rollback, "rollback api production --from v1.4.2", &out),
                        "*D7*: rolling *api* in *production* back from `v1.4.2` to `v1.4.1`." FOLLOW);
    assert_true(out.begins && out.claims_first); /* it comes next: nobody stops one that looks already */
    live[0].state = "queued";
    assert_non_null(strstr(decision_answer(fixture, &verb_rollback, "rollback api production --from v1.4.2", &out),
                           "It aborts D70."));
}

/* Whatever a version is called, what people are told to type is understood. */
static void what_it_offers_works_when_typed(void **state)
{
    static const char *const names[] = { "v1.4.2", "main", "--force", "-1", "a `quoted` one", "two words" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct target_version stack[] = { good[0], good[1] };
        struct target target = { .name = "api/production", .good = stack, .good_count = 2 };
        struct rollback_body body = stopping(BEFORE);
        const char *offered;
        struct outcome out;

        stack[1].version = names[i];
        fixture->targets = &target;
        fixture->targets_count = 1;
        put_ended(fixture, BEFORE);
        out = decide(fixture, "looking", &body, answered(fixture, "service", ALL("api-42")));
        out = decide(fixture, "verifying", out.body, answered(fixture, "service", ALL("api-42")));
        offered = strstr(out.summary, "`rollback ");
        assert_non_null(offered);
        decision_answer(fixture, &verb_rollback,
                        arena_printf(fixture->arena, "%.*s", (int)strcspn(offered + 1, "`"), offered + 1), &out);
        assert_true(out.begins);
        assert_string_equal(((const struct rollback_body *)out.body)->to.revision, "api-41");
    }
}

/* Its first step arrives while somebody leaves what serves: both are left. */
static void a_step_that_arrives_does_not_keep_what_is_named_from_being_left(void **state)
{
    static const char *const seen[] = { SERVICE(SHARE("api-42", 95) "," SHARE("api-60", 5), SHARE("api-42", 100)),
                                        ALL("api-60") };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct rollback_body body = stopping(STARTED);
        struct outcome out;

        body.stops = false;
        body.expected = "v1.4.2";
        fixture->targets = &records[HELD_EARLY];
        fixture->targets_count = 1;
        put_ended(fixture, STARTED);
        out = decide(fixture, "queued", &body, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED });
        out = decide(fixture, "looking", out.body, answered(fixture, "service", seen[i]));
        assert_null(out.result);
        assert_string_equal(((const struct rollback_body *)out.body)->from.revision, "api-42");
        assert_string_equal(((const struct rollback_body *)out.body)->to.revision, "api-41");
    }
}

static void its_card_says_what_it_stops(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = stopping(BEFORE);
    struct operation operation = an_operation("looking");
    struct card card = { .operation = operation.id };

    (void)state;
    body.to = good[1];
    machine_rollback.card(&fixture->view, &operation, &body, &card);
    assert_string_equal(card.title, "Keep v1.4.2 in api production");
    assert_string_equal(card.fields[0].name, "To");
    assert_string_equal(card.fields[2].name, "Stops");
    assert_string_equal(card.fields[2].value, "D60");
    body.from = good[2]; /* it had traffic after all */
    card = (struct card){ .operation = operation.id };
    machine_rollback.card(&fixture->view, &operation, &body, &card);
    assert_string_equal(card.title, "Roll back api production to v1.4.2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_stops_is_asked_for_once_and_does_not_keep_from_going_further),
        cmocka_unit_test(what_it_offers_works_when_typed),
        cmocka_unit_test(a_step_that_arrives_does_not_keep_what_is_named_from_being_left),
        cmocka_unit_test(its_card_says_what_it_stops),
    };

    return ROWS(begin_rows, check_begin) + ROWS(look_rows, check_look) + cmocka_run_group_tests(tests, NULL, NULL);
}
