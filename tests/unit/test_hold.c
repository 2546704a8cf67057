/* What people put on places: locks and the halt, whom each holds back, and what is said of it. */
#include "tests/unit/deploy_fixture.h"
#include "tests/unit/hold_fixture.h"

#include "handlers/hold/hold.h"

#define AGO_MS (2 * HOUR_MS)

enum {
    ANNS_API = 1,
    ANNS_API_ALL = 2,
    BOBS_STAGING = 4,
    BOBS_EVERYTHING = 8,
    HALT = 16,
    ENDED = 32,
    ROLLOUT = 64,
    STUCK = 128,
    HANDED_OVER = 256,
    ENDING = 512,
    HELD_ROLLOUT = 1024,
    AT_WORK = 2048,
    OWN_ROLLOUT = 4096,
    WAY_BACK = 8192,
    MAINTENANCE = 16384,
    PLANNED = 32768,
    OTHERS = 65536
};

static const struct {
    unsigned is;
    const char *kind, *id, *who, *body;
} made[] = {
    { ANNS_API, "lock", "D1", "U1",
      "{'service':'api','environment':'staging','reason':'a migration','blocks':'deploy'}" },
    { ANNS_API_ALL, "lock", "D2", "U1",
      "{'service':'api','environment':'staging','reason':'an audit','blocks':'all'}" },
    { BOBS_STAGING, "lock", "D3", "U2", "{'environment':'staging','reason':'a test','blocks':'deploy'}" },
    { BOBS_EVERYTHING, "lock", "D4", "U2", "{'reason':'an outage','blocks':'deploy'}" },
    { HALT, "halt", "D5", "U2", "{'reason':'a fire'}" },
    { ROLLOUT, "deploy", "D6", "U2", "{'service':'api','environment':'staging'}" },
    { OWN_ROLLOUT, "deploy", "D6", "U1", "{'service':'api','environment':'staging'}" },
    { WAY_BACK, "deploy", "D6", "U2", "{'service':'api','environment':'staging','is_way_back':true}" },
    { HELD_ROLLOUT, "deploy", "D9", "U2",
      "{'service':'api','environment':'staging','is_denied':true,'held':'the step to 50 % is not allowed now: everything "
      "is halted (D5)'}" },
    { HANDED_OVER, "lock", "D7", "U1",
      "{'service':'api','environment':'staging','reason':'a migration','blocks':'deploy','owner':{'system':'slack','id':"
      "'U3','team':'T1'}}" },
    { MAINTENANCE, "maintenance", "D10", "U1",
      "{'targets':['api/staging','web/preview'],'where':'api/staging, web/preview','reason':'an upgrade','at_ms':"
      "1795208400000,'until_ms':1795215600000}" },
    { ENDING, "lock", "D8", "U2",
      "{'environment':'staging','reason':'a test','blocks':'deploy','until_ms':1795219200000}" },
};

static void fill(struct decision_fixture *fixture, unsigned is)
{
    struct operation *all = arena_alloc(fixture->arena, ARRAY_LEN(made) * sizeof(*all));

    for (size_t i = 0; i < ARRAY_LEN(made); i++)
        if (is & made[i].is)
            all[fixture->operations_count++] = (struct operation){
                .id = made[i].id,
                .kind = made[i].kind,
                .schema = 1,
                .state = strcmp(made[i].kind, "halt") == 0          ? "halted"
                         : strcmp(made[i].kind, "maintenance") != 0 ? "locked"
                         : is & PLANNED                             ? "planned"
                                                                    : "running",
                .target = strcmp(made[i].kind, "deploy") == 0 ? "api/staging" : NULL,
                .requester = { .system = "slack", .id = is & OTHERS ? "U2" : made[i].who, .team = "T1" },
                .created_at_ms = DECISION_NOW_MS - AGO_MS,
                .ended_at_ms = is & ENDED ? DECISION_NOW_MS : 0,
                .is_stuck = is & STUCK,
                .result = is & ENDED ? "done" : NULL,
                .body = decision_json(fixture, made[i].body),
            };
    fixture->operations = all;
    if (is & AT_WORK) {
        static const struct target target = { .name = "api/staging", .holder = "D6" };

        fixture->targets = &target;
        fixture->targets_count = 1;
    }
}

/* ---- whom it holds back ---- */

static const struct found_row {
    const char *name;
    unsigned is;
    const char *service, *environment, *verb, *who, *found;
} found_rows[] = {
    { "nothing holds where nothing is", 0, "api", "staging", "deploy", "U2", NULL },
    { "a lock holds deploys of others", ANNS_API, "api", "staging", "deploy", "U2", "D1" },
    { "its owner goes on", ANNS_API, "api", "staging", "deploy", "U1", NULL },
    { "what is no deploy goes on", ANNS_API, "api", "staging", "scale", "U2", NULL },
    { "a lock for all changes holds them", ANNS_API_ALL, "api", "staging", "scale", "U2", "D2" },
    { "and its owner", ANNS_API_ALL, "api", "staging", "deploy", "U1", "D2" },
    { "another environment is free", ANNS_API, "api", "production", "deploy", "U2", NULL },
    { "another service is free", ANNS_API, "web", "staging", "deploy", "U2", NULL },
    { "an environment is each of its services", BOBS_STAGING, "web", "staging", "deploy", "U1", "D3" },
    { "and no other environment", BOBS_STAGING, "web", "production", "deploy", "U1", NULL },
    { "everything is everywhere", BOBS_EVERYTHING, "web", "production", "deploy", "U1", "D4" },
    { "the widest is told", ANNS_API_ALL | BOBS_STAGING | BOBS_EVERYTHING, "api", "staging", "deploy", "U1", "D4" },
    { "one's own does not hide another's", ANNS_API | BOBS_STAGING, "api", "staging", "deploy", "U1", "D3" },
    { "a halt holds everybody", HALT, "web", "preview", "deploy", "U2", "D5" },
    { "whatever is asked for", HALT, "web", "preview", "scale", "U2", "D5" },
    { "and is told before any lock", ANNS_API | BOBS_EVERYTHING | HALT, "api", "staging", "deploy", "U2", "D5" },
    { "one that was handed over holds who had it", HANDED_OVER, "api", "staging", "deploy", "U1", "D7" },
    { "and not who has it", HANDED_OVER, "api", "staging", "deploy", "U3", NULL },
    { "one that is stuck holds", ANNS_API | STUCK, "api", "staging", "deploy", "U2", "D1" },
    { "and so does a halt that is", HALT | STUCK, "api", "staging", "deploy", "U2", "D5" },
    { "maintenance holds deploys of others", MAINTENANCE, "api", "staging", "deploy", "U2", "D10" },
    { "in each of its places", MAINTENANCE, "web", "preview", "deploy", "U2", "D10" },
    { "and in no other", MAINTENANCE, "web", "production", "deploy", "U2", NULL },
    { "whoever planned it goes on", MAINTENANCE, "api", "staging", "deploy", "U1", NULL },
    { "what is no deploy goes on there", MAINTENANCE, "api", "staging", "scale", "U2", NULL },
    { "while it is planned it holds nobody", MAINTENANCE | PLANNED, "api", "staging", "deploy", "U2", NULL },
    { "a halt is told before it", MAINTENANCE | HALT, "api", "staging", "deploy", "U2", "D5" },
    { "what has ended holds nobody", ANNS_API | BOBS_EVERYTHING | HALT | ENDED, "api", "staging", "deploy", "U2",
      NULL },
};

static void check_found(void **state)
{
    const struct found_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct principal who = { .system = "slack", .id = row->who, .team = "T1" };
    const struct operation *hold;

    fill(fixture, row->is);
    hold = hold_find(&fixture->view, row->service, row->environment, row->verb, &who);
    if (row->found) {
        assert_non_null(hold);
        assert_string_equal(hold->id, row->found);
    } else {
        assert_null(hold);
    }
}

/* ---- the words ---- */

static const struct word_row {
    const char *name;
    const struct verb *verb;
    unsigned is;
    const char *line, *answer; /* its beginning */
} word_rows[] = {
    { "a place is locked", &verb_lock, 0, "lock api staging \"a migration\"",
      "*D7*: `api/staging` is locked for deploys of others." },
    { "words of a reason need no quotes", &verb_lock, 0, "lock api staging a migration of tables",
      "*D7*: `api/staging` is locked" },
    { "an environment is", &verb_lock, 0, "lock staging \"a test\"", "*D7*: `staging` is locked" },
    { "everything is", &verb_lock, 0, "lock all fire --blocks all", "*D7*: everything is locked for all changes." },
    { "for a while", &verb_lock, 0, "lock staging fire --for 2h",
      "*D7*: `staging` is locked for deploys of others until @{date:1795219200000}." },
    { "a rollout that is at work there is told of", &verb_lock, ROLLOUT | AT_WORK, "lock staging fire",
      "*D7*: `staging` is locked for deploys of others.\n*D6* (api/staging) is at work there" },
    { "and one that has yet to begin", &verb_lock, ROLLOUT, "lock staging fire",
      "*D7*: `staging` is locked for deploys of others.\n*D6* (api/staging) waits, and does not begin there." },
    { "one's own goes on", &verb_lock, OWN_ROLLOUT | AT_WORK, "lock staging fire",
      "*D7*: `staging` is locked for deploys of others.\n*D6* (api/staging) is yours and goes on: `--blocks all` would "
      "hold it, too." },
    { "unless all is held", &verb_lock, OWN_ROLLOUT | AT_WORK, "lock staging fire --blocks all",
      "*D7*: `staging` is locked for all changes.\n*D6* (api/staging) is at work there" },
    { "what is taken over is told of", &verb_lock, ENDING, "lock staging fire --steal",
      "*D7*: `staging` is locked for deploys of others.\nIt takes the place of D8, which @{slack:U2} had.\nThat one "
      "would have ended @{date:1795219200000}; this one stays until `unlock`." },
    { "it says why", &verb_lock, 0, "lock staging", "MISUSED Why? Say it behind the place" },
    { "a place has to be there", &verb_lock, 0, "lock", "MISUSED What? A service and its environment" },
    { "a service alone is none", &verb_lock, 0, "lock api", "MISUSED Which environment of `api`?" },
    { "an unknown one is none", &verb_lock, 0, "lock stagin why", "MISUSED There is no service `stagin`" },
    { "nor is one that the service has not", &verb_lock, 0, "lock api preview why",
      "MISUSED There is no environment of `api` called `preview`" },
    { "a while is a duration", &verb_lock, 0, "lock staging why --for soon", "MISUSED `--for` takes a duration" },
    { "and not for ever", &verb_lock, 0, "lock staging why --for 1000d", "MISUSED `--for` takes a duration" },
    { "nor nothing", &verb_lock, 0, "lock staging why --for 1s", "MISUSED `--for` takes a duration" },
    { "it blocks what there is", &verb_lock, 0, "lock staging why --blocks most", "MISUSED `--blocks` takes" },
    { "marks in a reason are harmless", &verb_lock, 0, "lock staging \"*`boo`* @{slack:U2}\"",
      "*D7*: `staging` is locked" },
    { "somebody else's is not taken unasked", &verb_lock, BOBS_STAGING, "lock staging why",
      "REFUSED @{slack:U2} locked `staging` 2 h ago: a test (D3). Nothing was done" },
    { "but when asked", &verb_lock, BOBS_STAGING, "lock staging why --steal", "*D7*: `staging` is locked" },
    { "what blocks all goes on doing so", &verb_lock, ANNS_API_ALL, "lock api staging why --steal",
      "*D7*: `api/staging` is locked for all changes.\nIt takes the place of D2, which @{slack:U1} had.\nIt holds your "
      "changes, too, as that one did." },
    { "it is taken for the same reason when none is given", &verb_lock, BOBS_STAGING, "lock staging --steal",
      "*D7*: `staging` is locked" },
    { "but there has to be one", &verb_lock, 0, "lock staging --steal", "MISUSED Why? Say it behind the place" },
    { "one that is stuck is not taken over", &verb_lock, BOBS_STAGING | STUCK, "lock staging why --steal",
      "MISUSED D3 is stuck, and cannot be taken over: `unlock D3` ends it" },
    { "nor has it an end any more", &verb_locks, ENDING | STUCK, "locks",
      "1 thing is held:\n*D8*: @{slack:U2} locked `staging` 2 h ago: a test; *stuck*" },
    { "which one that is not stuck has", &verb_locks, ENDING, "locks",
      "1 thing is held:\n*D8*: @{slack:U2} locked `staging` 2 h ago: a test, until @{date:1795219200000}" },
    { "nor handed over", &verb_lock, BOBS_STAGING | STUCK, "lock D3 --to slack:U1",
      "MISUSED D3 is stuck, and cannot be taken over" },
    { "but is told", &verb_lock, BOBS_STAGING | STUCK, "lock staging why",
      "REFUSED @{slack:U2} locked `staging` 2 h ago: a test; *stuck*: it holds until somebody ends it (D3)." },
    { "and ended", &verb_unlock, BOBS_STAGING | STUCK, "unlock staging",
      "`staging` is unlocked; who had locked it is" },
    { "a halt that is stuck, too", &verb_unhalt, HALT | STUCK, "unhalt", "The halt is over, after 2 h." },
    { "of several that hold one ends, and the others are told", &verb_unlock, ANNS_API | BOBS_STAGING | HALT,
      "unlock api staging",
      "`api/staging` is unlocked.\nIt is held still: @{slack:U2} locked `staging` 2 h ago: a test (D3).\nIt is held "
      "still: @{slack:U2} halted everything" },
    { "by its number, the narrow one stays", &verb_unlock, ANNS_API | BOBS_STAGING, "unlock D3",
      "`staging` is unlocked; who had locked it is told." },
    { "one's own stays", &verb_lock, ANNS_API, "lock api staging why", "REFUSED You hold `api/staging` already: D1" },
    { "another place's does not matter", &verb_lock, BOBS_EVERYTHING, "lock staging why", "*D7*: `staging` is locked" },
    { "what is not locked is not unlocked", &verb_unlock, 0, "unlock staging",
      "REFUSED There is no lock on `staging`. Nothing was done." },
    { "and what holds it is told", &verb_unlock, BOBS_EVERYTHING, "unlock staging",
      "REFUSED There is no lock on `staging`. Nothing was done.\nWhat holds it: @{slack:U2} locked everything" },
    { "maintenance is ended as such", &verb_unlock, MAINTENANCE, "unlock D10",
      "MISUSED D10 is maintenance, and no lock: `maintenance end D10`" },
    { "and listed with what holds", &verb_locks, MAINTENANCE, "locks",
      "1 thing is held:\n*D10*: maintenance of `api/staging, web/preview` by @{slack:U1}, *at work*, @{date:1795208400000} "
      "until @{date:1795215600000}: an upgrade" },
    { "a deploy of somebody else is told what turns it", &verb_deploy, MAINTENANCE | OTHERS, "deploy api staging v1.4.2",
      "REFUSED maintenance of `api/staging, web/preview` by @{slack:U2}, *at work*, @{date:1795208400000} until "
      "@{date:1795215600000}: an upgrade (D10). Nothing was done.\nIt can go on after `maintenance end D10`." },
    { "an unknown number is no lock", &verb_unlock, 0, "unlock D99", "MISUSED There is no lock `D99`" },
    { "nor is a rollout", &verb_unlock, ROLLOUT, "unlock D6", "MISUSED There is no lock `D6`" },
    { "nor one that has ended", &verb_unlock, ANNS_API | ENDED, "unlock D1", "MISUSED There is no lock `D1`" },
    { "more words are a mistake", &verb_unlock, ANNS_API, "unlock api staging now",
      "MISUSED I do not know what `now` means there." },
    { "nothing is listed where nothing is", &verb_locks, 0, "locks", "Nothing is locked, and nothing is halted." },
    { "all that holds is", &verb_locks, ANNS_API_ALL | HALT, "locks",
      "2 things are held:\n*D2*: @{slack:U1} locked `api/staging` for all changes 2 h ago: an audit\n*D5*: @{slack:U2} "
      "halted everything 2 h ago: a fire" },
    { "everything is halted", &verb_halt, 0, "halt", "*D7*: everything is halted." },
    { "for whatever reason", &verb_halt, 0, "halt --reason the site is down", "*D7*: everything is halted." },
    { "what is at work is counted", &verb_halt, ROLLOUT, "halt",
      "*D7*: everything is halted. Nothing begins, and nothing gets more traffic, until `unhalt`.\n1 rollout is at "
      "work" },
    { "a second halt is the first", &verb_halt, HALT, "halt", "It is halted already: @{slack:U2} halted everything" },
    { "what is not halted goes on", &verb_unhalt, 0, "unhalt", "Nothing is halted." },
    { "a deploy is told of a lock at once", &verb_deploy, BOBS_STAGING, "deploy api staging v1.4.2",
      "REFUSED @{slack:U2} locked `staging` 2 h ago: a test (D3). Nothing was done.\nIt can go on after `unlock "
      "staging`." },
    { "and of a halt", &verb_deploy, HALT, "deploy api staging v1.4.2",
      "REFUSED @{slack:U2} halted everything 2 h ago: a fire (D5). Nothing was done.\nIt can go on after `unhalt`." },
    { "the owner of a lock deploys", &verb_deploy, ANNS_API, "deploy api staging v1.4.2", "*D7*: deploying `v1.4.2`" },
};

static void check_words(void **state)
{
    const struct word_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;
    const char *answer;

    fill(fixture, row->is);
    answer = hold_answer(fixture, row->verb, "U1", row->line, &out);
    if (strncmp(answer, row->answer, strlen(row->answer)) != 0)
        fail_msg("%s\n  instead of\n%s", answer, row->answer);
}

/* No lock holds it, so none says so. */
static void check_way_back(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    (void)state;
    fill(fixture, WAY_BACK | AT_WORK);
    assert_string_equal(hold_answer(fixture, &verb_lock, "U1", "lock staging fire", &out),
                        "*D7*: `staging` is locked for deploys of others.");
}

/* ---- what policy is asked ---- */

static const struct question_row {
    const char *name;
    const struct verb *verb;
    unsigned is;
    const char *line, *service, *environment, *operation;
    bool is_safe;
} question_rows[] = {
    { "of a place", &verb_lock, 0, "lock api staging why", "api", "staging", NULL, false },
    { "of an environment", &verb_lock, 0, "lock staging why", NULL, "staging", NULL, false },
    { "of everything", &verb_lock, 0, "lock all why", NULL, NULL, NULL, false },
    { "to unlock by the place", &verb_unlock, ANNS_API, "unlock api staging", "api", "staging", "D1", false },
    { "to unlock by the number", &verb_unlock, ANNS_API, "unlock d1", "api", "staging", "D1", false },
    { "an environment, by the number", &verb_unlock, BOBS_STAGING, "unlock D3", NULL, "staging", "D3", false },
    { "everything, by the number", &verb_unlock, BOBS_EVERYTHING, "unlock D4", NULL, NULL, "D4", false },
    { "a halt is in the safe direction", &verb_halt, 0, "halt", NULL, NULL, NULL, true },
    { "its end is not", &verb_unhalt, HALT, "unhalt", NULL, NULL, "D5", false },
};

static void check_question(void **state)
{
    const struct question_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    struct question question;
    const void *arguments;
    struct error err;

    fill(fixture, row->is);
    if (!row->verb->asks(&fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    assert_string_equal(question.service ? question.service : "-", row->service ? row->service : "-");
    assert_string_equal(question.environment ? question.environment : "-", row->environment ? row->environment : "-");
    assert_string_equal(question.operation ? question.operation : "-", row->operation ? row->operation : "-");
    assert_int_equal(question.is_safe_direction, row->is_safe);
}

/* ---- while it holds ---- */

static const struct event_row {
    const char *name;
    unsigned is;
    enum event_kind kind;
    const char *event, *by, *outcome; /* "STATE", "messages: N", the reply */
    size_t messages, effects;
} event_rows[] = {
    { "its owner ends it", ANNS_API, EVENT_REQUEST, "unlock", "U1", "unlocked `api/staging` is unlocked.", 0, 0 },
    { "somebody else does, and the owner is told", ANNS_API, EVENT_REQUEST, "unlock", "U2",
      "unlocked `api/staging` is unlocked; who had locked it is told.", 0, 1 },
    { "rollouts there hear of it", BOBS_STAGING | ROLLOUT, EVENT_REQUEST, "unlock", "U2",
      "unlocked `staging` is unlocked.", 1, 0 },
    { "what holds it besides is told", ANNS_API | BOBS_EVERYTHING, EVENT_REQUEST, "unlock", "U1",
      "unlocked `api/staging` is unlocked. It is held still: @{slack:U2} locked everything", 0, 0 },
    { "no abort ends it", ANNS_API, EVENT_REQUEST, "abort", "U1", "- D1 is a lock, and takes no `abort`", 0, 0 },
    { "its time ends it", ANNS_API, EVENT_TIMER, "over", NULL, "expired -", 0, 0 },
    { "who loses it is told", ANNS_API, EVENT_MESSAGE, "lock.taken", NULL, "taken -", 0, 1 },
    { "a halt is ended", HALT | ROLLOUT, EVENT_REQUEST, "unhalt", "U1", "over The halt is over, after 2 h.", 1, 0 },
    { "and what it held is named", HALT | ROLLOUT | HELD_ROLLOUT, EVENT_REQUEST, "unhalt", "U1",
      "over The halt is over, after 2 h. What it held goes on when somebody says so: `retry D9`.", 2, 0 },
    { "of others nothing is said", HALT | ROLLOUT, EVENT_REQUEST, "unhalt", "U1", "over The halt is over, after 2 h.",
      1, 0 },
    { "but not by an abort", HALT, EVENT_REQUEST, "abort", "U1", "- D5 is a halt, and takes no `abort`", 0, 0 },
    { "what does not concern a lock changes nothing", ANNS_API, EVENT_MESSAGE, "target.yield", NULL, "- -", 0, 0 },
};

static void check_event(void **state)
{
    const struct event_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, "unlock");
    struct event event = { .kind = row->kind, .name = row->event };
    const struct machine *machine = row->is & HALT ? &machine_halt : &machine_lock;
    const struct operation *operation;
    struct outcome out;
    struct error err;
    const char *text;
    void *body;

    fill(fixture, row->is);
    operation = &fixture->operations[0];
    if (row->by) {
        request.principal.id = row->by;
        event.request = &request;
    }
    body = arena_alloc(fixture->arena, sizeof(struct lock_body));
    assert_true(shape_from_json(machine->body, operation->body, fixture->arena, body, &err));
    outcome_init(&out, fixture->arena, operation->id, "birth-1");
    machine->on_event(&fixture->view, operation, body, &event, &out);
    text = arena_printf(fixture->arena, "%s %s", out.result ? out.state : "-", out.reply ? out.reply->text : "-");
    for (size_t i = 0; out.reply && i < out.reply->lines_count; i++)
        text = arena_printf(fixture->arena, "%s %s", text, out.reply->lines[i]);
    if (strncmp(text, row->outcome, strlen(row->outcome)) != 0)
        fail_msg("%s\n  instead of\n%s", text, row->outcome);
    assert_int_equal(out.messages_count, row->messages);
    assert_int_equal(out.effects_count, row->effects);
    assert_int_equal(row->kind == EVENT_REQUEST && out.result, out.journal_count > 0);
}

/* ---- what a rollout makes of it ---- */

static const struct rollout_row {
    const char *name;
    unsigned is;
    bool is_way_back, may;
} rollout_rows[] = {
    { "a free one gets more traffic", 0, false, true },
    { "one under a lock does not", BOBS_STAGING, false, false },
    { "nor while all is halted", HALT, false, false },
    { "its owner's own lock does not hold it", ANNS_API, false, true },
    { "a way back is never held", HALT | BOBS_EVERYTHING | ANNS_API_ALL, true, true },
};

static void check_rollout(void **state)
{
    static const char rules[] = DECISION_CONFIGURATION "    - { allow: rollback, to: everyone }\n";
    const struct rollout_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(rules);
    struct operation operation = deploy_operation_in("baking");
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, 0);
    struct error err;

    fill(fixture, row->is);
    body->is_way_back = row->is_way_back;
    assert_int_equal(machine_deploy.may_increase(&fixture->view, &operation, body, NULL, &err), row->may);
    if (!row->may)
        assert_non_null(strstr(err.message, row->is & HALT ? "everything is halted (D5)" : "staging is locked (D3)"));
}

/* What is over is not called by what it did. */
static void check_cards(void **state)
{
    static const struct halt_body halt = { .reason = "fire" };
    static const struct lock_body lock = { .environment = "staging", .reason = "why" };
    static const struct {
        const char *running, *over;
        const struct machine *machine;
        const void *body;
    } cards[] = {
        { "Everything is halted", "The halt is over", &machine_halt, &halt },
        { "Lock of `staging`", "The lock of `staging` is over", &machine_lock, &lock },
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cards); i++) {
        struct operation operation = {
            .id = "D5", .kind = cards[i].machine->kind, .state = "on", .requester = { "slack", "U1", "T1", "ann" }
        };
        struct card running = { 0 }, over = { 0 };

        cards[i].machine->card(&fixture->view, &operation, cards[i].body, &running);
        assert_string_equal(running.title, cards[i].running);
        operation.ended_at_ms = DECISION_NOW_MS;
        operation.result = "done";
        operation.summary = "so it was";
        cards[i].machine->card(&fixture->view, &operation, cards[i].body, &over);
        assert_string_equal(over.title, cards[i].over);
    }
}

static void check_many(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    enum { MANY = 3000 };
    struct operation *all = arena_alloc(fixture->arena, MANY * sizeof(*all));
    struct outcome out;

    (void)state;
    fill(fixture, ROLLOUT);
    for (size_t i = 0; i < MANY; i++)
        all[i] = fixture->operations[0];
    fixture->operations = all;
    fixture->operations_count = MANY;
    decision_answer(fixture, &verb_halt, "halt", &out);
    assert_true(out.begins);
    assert_in_range(out.messages_count, 1, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(check_cards), cmocka_unit_test(check_many),
                                        cmocka_unit_test(check_way_back) };

    return cmocka_run_group_tests(tests, NULL, NULL) + ROWS(found_rows, check_found) + ROWS(word_rows, check_words) +
           ROWS(question_rows, check_question) + ROWS(event_rows, check_event) + ROWS(rollout_rows, check_rollout);
}
