/* What those who are asked consent to: the commits, the settings, and where the way back would lead. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/deploying.h"

#include "bot/model/card.h"

#define BASE "1111111111111111111111111111111111111111"
#define SHA "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"

enum {
    SERVES = 1,         /* a good version of a known commit */
    SERVES_STRANGE = 2, /* of an unknown one */
    SETS = 4,           /* LIMIT, which is there, and NEW */
    BY_PROGRAM = 8,
    WARM = 16, /* with at least two instances */
    COMPARED = 32,
    DOUBT = 64,      /* what runs there since then is not known */
    LEFT = 128,      /* and later that one was left as bad */
    FOUND_BAD = 256, /* what serves, api-kzt, was */
};

#define COMMITS(body) EVENT_READING, "commits", END_DONE, body
#define WAY_BACK(body) EVENT_READING, "way-back", END_DONE, body
#define SERVED(what) EVENT_READING, "serves", END_DONE, "{" what "}"
#define ONE "{'sha':'" SHA "','message':'Fix the login','author':'cid'}"
#define REVISION(more)                                                                                                 \
    "{'revisions':[{'revision':'api-old','image':'i','settings':{'LIMIT':'1a','KEPT':'2b'},'secrets':{},'limits':{},"  \
    "'min_instances':1,'max_instances':4,'is_ready':true" more "}]}"

static const struct row {
    const char *name;
    unsigned is;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    const char *brings, *way_back; /* as the card says; NULL: nothing */
} rows[] = {
    { "what it brings stands with its authors", SERVES,
      COMMITS("{'is_known':true,'commits_total':1,'commits':[" ONE "]}"), "`70e4b6c9d315` Fix the login (cid)", NULL },
    { "of many the newest", SERVES, COMMITS("{'is_known':true,'commits_total':9,'commits':[" ONE "," ONE "]}"),
      "`70e4b6c9d315` Fix the login (cid)\n`70e4b6c9d315` Fix the login (cid)\nand 7 more", NULL },
    { "too many are counted", SERVES, COMMITS("{'is_known':false,'unknown':'too many','commits_total':400}"),
      "not known: too many", NULL },
    { "the same once more brings nothing", SERVES, COMMITS("{'is_known':true}"), "none that does not serve already",
      NULL },
    { "those whose authors nobody knows stand there all the same", SERVES,
      COMMITS("{'is_known':false,'unknown':'who?','commits_total':1,'commits':[" ONE "]}"),
      "`70e4b6c9d315` Fix the login (cid)", NULL },
    { "the first of all says what is not known", 0, COMMITS("{'is_known':true,'commits_total':1,'commits':[" ONE "]}"),
      "`70e4b6c9d315` Fix the login (cid)\nThose before are not known: opsgate has deployed nothing here yet", NULL },
    { "a GitHub that does not answer is said", SERVES, EVENT_READING, "commits", END_GAVE_UP, NULL,
      "not known: ", NULL },
    { "an answer that makes no sense, too", SERVES, COMMITS("{'commits':'none'}"), "not known: ", NULL },

    { "the way back changes nothing but the image", SERVES, WAY_BACK(REVISION("")), NULL,
      "`v1.4.1` (`api-old`): settings, secrets and scaling as they are; warm: yes (ready, min instances 1)" },
    { "what it sets goes back, too", SERVES | SETS, WAY_BACK(REVISION("")), NULL,
      "`v1.4.1` (`api-old`): settings ~LIMIT −NEW; warm: yes" },
    { "and how many are kept up", SERVES | WARM, WAY_BACK(REVISION("")), NULL, "scaling min 2→1; " },
    { "one that could not serve is said so", SERVES,
      WAY_BACK("{'revisions':[{'revision':'api-old','is_ready':false}]}"), NULL, "warm: no (not ready)" },
    { "one that is gone", SERVES, WAY_BACK("{'revisions':[]}"), NULL, "`v1.4.1` (`api-old`): that revision is gone" },
    { "what serves, and opsgate did not bring, is where it would lead", 0, SERVED("'serving':'api-kzt'"), NULL,
      "`api-kzt`, which opsgate did not bring" },
    { "unless it was left as bad", FOUND_BAD, SERVED("'serving':'api-kzt'"), NULL,
      "none: `api-kzt`, which serves now, was left as bad" },
    { "nothing serves", 0, SERVED("'uri':'x'"), NULL, "none: nothing serves there yet" },
    { "which one serves is not told", 0, EVENT_READING, "serves", END_GAVE_UP, NULL, NULL,
      "what serves now; which that is is not known: " },
    { "one of which Cloud Run does not tell", SERVES, EVENT_READING, "way-back", END_GAVE_UP, NULL, NULL,
      "`v1.4.1` (`api-old`): what it would change is not known: " },
};

static void give_serving(struct decision_fixture *fixture, unsigned is)
{
    struct target_version *good = ARENA_NEW(fixture->arena, struct target_version);
    struct operation *before = ARENA_NEW(fixture->arena, struct operation);
    struct target *target = ARENA_NEW(fixture->arena, struct target);

    *good = (struct target_version){ .version = "v1.4.1",
                                     .image = "us-docker.pkg.dev/acme/images/api@sha256:0001",
                                     .revision = "api-old",
                                     .operation = is & SERVES_STRANGE ? "D1" : "D1000",
                                     .at_ms = DECISION_NOW_MS - HOUR_MS };
    *before = (struct operation){ .id = "D1000",
                                  .kind = "deploy",
                                  .body = decision_json(fixture, "{'commit':{'sha':'" BASE "'}}") };
    *target =
        (struct target){ .name = "api/staging", .good = good, .good_count = is & (SERVES | SERVES_STRANGE) ? 1 : 0 };
    if (is & DOUBT)
        target->doubt = "D1001";
    if (is & (LEFT | FOUND_BAD)) {
        target->bad = ARENA_NEW(fixture->arena, struct target_version);
        target->bad_count = 1;
        target->bad[0] = (struct target_version){ .version = "v1",
                                                  .image = "",
                                                  .revision = is & LEFT ? "api-old" : "api-kzt",
                                                  .operation = "D1001",
                                                  .at_ms = DECISION_NOW_MS };
    }
    fixture->ended = before;
    fixture->ended_count = 1;
    fixture->targets = target;
    fixture->targets_count = 1;
}

static struct deploy_body *body_of(struct decision_fixture *fixture, unsigned is)
{
    static struct shape_pair env[] = { { "LIMIT", "5" }, { "NEW", "x" } };
    static struct source_commit commit = { .sha = SHA };
    static struct deploy_program program = { .timeout_ms = 1 };
    static struct deploy_change compared = { .is_told = true, .base = BASE };
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);

    body->source = "acme/platform";
    body->commit = &commit;
    body->revision = NULL;
    body->min_instances = is & WARM ? 2 : 0;
    body->program = is & BY_PROGRAM ? &program : NULL;
    body->change = is & COMPARED ? &compared : NULL;
    body->env = is & SETS ? env : NULL;
    body->env_count = is & SETS ? ARRAY_LEN(env) : 0;
    return body;
}

static const char *field_of(const struct card *card, const char *name)
{
    for (size_t i = 0; i < card->fields_count; i++)
        if (strcmp(card->fields[i].name, name) == 0)
            return card->fields[i].value;
    return NULL;
}

/* As the store has it in between. */
static const struct card *card_of(struct decision_fixture *fixture, const struct operation *operation,
                                  const struct deploy_body *body)
{
    AUTO_JSON cJSON *record = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE);
    struct deploy_body *read = ARENA_NEW(fixture->arena, struct deploy_body);
    struct card *card = ARENA_NEW(fixture->arena, struct card);
    struct error err;

    assert_true(shape_from_json(&deploy_body_shape, record, fixture->arena, read, &err));
    machine_deploy.card(&fixture->view, operation, read, card);
    return card;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("awaiting-approval");
    struct event event = { .kind = row->kind,
                           .name = row->event,
                           .end = row->end,
                           .body = row->body ? decision_json(fixture, row->body) : NULL };
    const struct card *card;
    struct outcome out;

    give_serving(fixture, row->is);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, row->is), &event, &out);
    assert_null(out.state); /* whatever is told, it goes on waiting */
    assert_null(out.result);
    card = card_of(fixture, &operation, out.body);
    deploy_assert_says(field_of(card, "Brings"), row->brings);
    deploy_assert_says(field_of(card, "Way back"), row->way_back);
}

/* ---- what is asked for ---- */

static const struct asked_row {
    const char *name;
    unsigned is;
    const char *outcome, *brings, *way_back;
} asked_rows[] = {
    { "both are read", SERVES, "nothing ?commits ?way-back", NULL, "`v1.4.1` (`api-old`)" },
    { "what is known is not", SERVES | COMPARED, "nothing ?way-back", "none that does not serve already", "`v1.4.1`" },
    { "where nothing was deployed its own commit is, and what serves", 0, "nothing ?commits ?serves", NULL,
      "what serves now: Cloud Run is asked which that is" },
    { "in doubt of what runs there it is what rollback would choose", SERVES | DOUBT, "nothing ?way-back",
      "not known: which commit serves now is not on record", "`v1.4.1` (`api-old`)" },
    { "what was left as bad is none", SERVES | LEFT, "nothing ?commits ?serves", NULL, "what serves now" },
    { "where a program deploys there has to be one", BY_PROGRAM, "nothing ?commits", NULL,
      "none yet: `rollback` deploys an earlier version again" },
    { "what serves of no known commit is compared with nothing", SERVES_STRANGE, "nothing ?way-back",
      "not known: which commit serves now is not on record", "`v1.4.1`" },
    { "a program has no revisions", SERVES | BY_PROGRAM, "nothing ?commits", NULL, "`v1.4.1` (`api-old`)" },
};

static void check_asked(void **state)
{
    const struct asked_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("pinning");
    struct event event = { .kind = EVENT_READING };
    struct outcome out;
    struct deploying d = { &fixture->view, &operation, "pinning", body_of(fixture, row->is), &event, &out };

    give_serving(fixture, row->is);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    deploy_read_change(&d);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    deploy_assert_says(deploy_commits_text(d.body, fixture->arena), row->brings);
    deploy_assert_says(d.body->change->way_back, row->way_back);
}

/* ---- what serves changes while it waits ---- */

#define CONSENT "    - { require: { approvals: { count: 1, from: release-manager } }, for: deploy }\n"

static const struct stale_row {
    const char *name, *against;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body, *outcome;
    const char *way_back; /* on its card afterwards */
} stale_rows[] = {
    { "whoever is asked again is told what it brings now", "`v1.4.0` of D900", EVENT_TIMER, "ask", END_DONE, NULL,
      "- !slack.message ?commits ?way-back", "`v1.4.1` (`api-old`)" },
    { "but not of the same once more", "`v1.4.1` of D1000", EVENT_TIMER, "ask", END_DONE, NULL, "- !slack.message",
      "`v1.4.0`" },
    { "nor of what nobody remembers", NULL, EVENT_TIMER, "ask", END_DONE, NULL, "- !slack.message", "`v1.4.0`" },
    { "where nothing served, something does", "nothing that is on record", EVENT_TIMER, "ask", END_DONE, NULL,
      "- !slack.message ?commits ?way-back", "`v1.4.1` (`api-old`)" },
    { "an answer that was asked for when another served is asked for anew", "`v1.4.0` of D900",
      COMMITS("{'is_known':true}"), "- ?commits ?way-back", "`v1.4.1` (`api-old`)" },
    { "likewise of the way back", "`v1.4.0` of D900", WAY_BACK("{'revisions':[]}"), "- ?commits ?way-back",
      "`v1.4.1` (`api-old`)" },
};

static void check_stale(void **state)
{
    const struct stale_row *row = *state;
    AUTO_FREE char *text = deploy_with_rule(CONSENT);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct operation operation = deploy_operation_in("awaiting-approval");
    struct deploy_change before = {
        .is_told = true, .base = SHA, .commits_total = 3, .way_back = "`v1.4.0`", .against = row->against
    };
    struct event event = { .kind = row->kind,
                           .name = row->event,
                           .end = row->end,
                           .body = row->body ? decision_json(fixture, row->body) : NULL };
    struct deploy_body *body = body_of(fixture, 0);
    const char *brings;
    struct outcome out;

    body->change = &before;
    body->approvals.rounds = 2;
    body->approvals.until_ms = DECISION_NOW_MS + HOUR_MS;
    give_serving(fixture, SERVES);
    brings = field_of(card_of(fixture, &operation, body), "Brings");
    if (!row->against)
        assert_string_equal(brings, "3 commits");
    else
        deploy_assert_says(brings, strcmp(row->against, "`v1.4.1` of D1000") == 0
                                       ? "3 commits\nCompared with `v1.4.1` of D1000"
                                       : arena_printf(fixture->arena, "That was read when %s served, which has changed",
                                                      row->against));
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    deploy_assert_says(field_of(card_of(fixture, &operation, out.body), "Way back"), row->way_back);
}

/* ---- it begins: its card says what it brings, whoever had to consent ---- */

#define WITH_GITHUB "github: { token: ghp_1 }\n"
#define HEARS_GITHUB "github: { webhook_secrets: [secret] }\n"

static const struct begun_row {
    const char *name, *more; /* of the configuration */
    unsigned is;
    const char *outcome;
} begun_rows[] = {
    { "its commits are asked for", WITH_GITHUB, SERVES, "looking !github.deployment ?service ?commits" },
    { "those of a program's, too", WITH_GITHUB, SERVES | BY_PROGRAM,
      "launching !program.start !github.deployment ?commits" },
    { "what is known is not", WITH_GITHUB, SERVES | COMPARED, "looking !github.deployment ?service" },
    { "what serves of no known commit is compared with nothing", WITH_GITHUB, SERVES_STRANGE,
      "looking !github.deployment ?service" },
    { "without GitHub nothing is", NULL, SERVES, "looking ?service" },
    { "nor where it is heard alone", HEARS_GITHUB, SERVES, "looking ?service" },
};

static void check_begun(void **state)
{
    const struct begun_row *row = *state;
    static const char *argv[] = { "deploy.sh" };
    AUTO_FREE char *text = deploy_with_rule(row->more);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct operation operation = deploy_operation_in("queued");
    struct event event = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED };
    struct deploy_program program = { .argv = argv, .argv_count = 1, .timeout_ms = MINUTE_MS };
    struct deploy_body *body = body_of(fixture, row->is);
    struct outcome out;

    body->program = body->program ? &program : NULL;
    give_serving(fixture, row->is);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
}

static const struct told_row {
    const char *name, *state, *result, *against;
    bool is_told;
    const char *brings; /* NULL: nothing */
} told_rows[] = {
    { "they stand on its card", "starting", NULL, "`v1.4.1` of D1000", true, "`70e4b6c9d315` Fix the login (cid)" },
    { "also when another version of them serves by then", "done", "done", "`v1.4.0` of D900", true,
      "`70e4b6c9d315` Fix the login (cid)" },
    { "what is not known of them is not worth a word", "starting", NULL, "`v1.4.1` of D1000", false, NULL },
};

static void check_told(void **state)
{
    const struct told_row *row = *state;
    static struct source_commit commits[] = { { .sha = SHA, .message = "Fix the login", .author = "cid" } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in(row->state);
    struct deploy_change change = { .is_told = row->is_told,
                                    .base = BASE,
                                    .commits = commits,
                                    .commits_count = row->is_told ? 1 : 0,
                                    .commits_total = row->is_told ? 1 : 0,
                                    .unknown = row->is_told ? NULL : "GitHub did not tell",
                                    .against = row->against };
    struct deploy_body *body = body_of(fixture, 0);
    const char *brings;

    operation.result = row->result;
    body->change = &change;
    give_serving(fixture, SERVES);
    brings = field_of(card_of(fixture, &operation, body), "Brings");
    if (row->brings)
        assert_string_equal(brings, row->brings);
    else
        assert_null(brings);
}

static void in_the_line_an_answer_about_what_served_before_is_of_no_use(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("queued");
    struct event event = { .kind = EVENT_READING, .name = "commits", .end = END_DONE };
    struct deploy_change change = { .against = "`v1.4.0` of D900" };
    struct deploy_body *body = body_of(fixture, 0);
    struct outcome out;

    (void)state;
    event.body = decision_json(fixture, "{'is_known':true,'commits_total':1,'commits':[" ONE "]}");
    body->change = &change;
    give_serving(fixture, SERVES);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), "nothing");
}

int main(void)
{
    const struct CMUnitTest more[] = {
        cmocka_unit_test(in_the_line_an_answer_about_what_served_before_is_of_no_use),
    };

    return ROWS(rows, check_row) + ROWS(asked_rows, check_asked) + ROWS(stale_rows, check_stale) +
           ROWS(begun_rows, check_begun) + ROWS(told_rows, check_told) + cmocka_run_group_tests(more, NULL, NULL);
}
