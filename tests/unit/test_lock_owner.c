/* Whose lock it is: handed over to somebody who may have it, and looked after when its owner has left. */
#include "tests/unit/hold_fixture.h"

#include "bot/model/delivery.h"
#include "bot/model/exchange.h"
#include "handlers/hold/hold.h"
#include "handlers/hold/owner.h"
#include "policy/members.h"

#define ENG "slack-group:S0ENG"
#define ONCALL "pagerduty-schedule:PABC123"
#define ROLES                                                                                                          \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\" } }\n" \
    "pagerduty: { webhook_secrets: [secret], api_token: token, from: ops@example.com }\n"                              \
    "people:\n"                                                                                                        \
    "  - { name: Cara, slack: U3, local: cara }\n"                                                                     \
    "  - { name: Dan, slack: U4, pagerduty: PDAN }\n"                                                                  \
    "  - { name: Eve, slack: U7 }\n"                                                                                   \
    "  - { name: Eve, github: eve }\n"                                                                                 \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    artifact: \"r.example.com/api:{version}\"\n"                                                                  \
    "    environments:\n"                                                                                              \
    "      - { name: staging, driver: { cloud_run: { project: p, region: r, service: a } } }\n"                        \
    "      - { name: production, driver: { cloud_run: { project: p, region: r, service: b } } }\n"                     \
    "policy:\n"                                                                                                        \
    "  roles:\n"                                                                                                       \
    "    - { name: developer, members: [\"slack:U1\", \"slack:U3\"] }\n"                                               \
    "    - { name: lead, members: [\"slack:U2\"] }\n"
#define RULES                                                                                                          \
    "  rules:\n"                                                                                                       \
    "    - { allow: [lock, deploy], to: developer, on: { environment: staging } }\n"                                   \
    "    - { allow: [lock, unlock], to: lead }\n"                                                                      \
    "    - { allow: lock, to: 'slack:U6', when: { during: \"Mon 09:00-10:00 UTC\" } }\n"                               \
    "    - { deny: lock, to: 'slack:U3', on: { environment: staging }, when: { during: \"Sat UTC\" } }\n"
#define CONFIGURATION ROLES RULES
#define WITH_GROUP CONFIGURATION "    - { allow: lock, to: \"" ENG "\" }\n"
#define SHIFT "    - { allow: [lock, unlock], to: \"" ONCALL "\", on: { environment: staging } }\n"
#define WITH_SHIFT CONFIGURATION SHIFT
#define WITH_SHIFT_ELSEWHERE                                                                                           \
    CONFIGURATION "    - { allow: lock, to: \"" ONCALL "\", on: { environment: production } }\n"
#define WITH_SHIFT_DEPLOYS CONFIGURATION "    - { allow: deploy, to: \"" ONCALL "\" }\n"
#define WITH_SHIFT_DENIED CONFIGURATION "    - { deny: lock, to: \"" ONCALL "\" }\n"
#define WITH_SHIFT_ROLE                                                                                                \
    ROLES "    - { name: on-call, members: [\"slack:U8\", \"" ONCALL "\"] }\n" RULES                                   \
          "    - { allow: unlock, to: on-call }\n"
#define WITH_ONCALL CONFIGURATION "    - { allow: unlock, to: \"" ONCALL "\" }\n"

/* A lock of staging, D1, made by `who`; `more`: what its body has besides. */
static const struct operation *lock_made(struct decision_fixture *fixture, const char *who, const char *more)
{
    struct operation *lock = ARENA_NEW(fixture->arena, struct operation);
    struct principal *principal = ARENA_NEW(fixture->arena, struct principal);

    assert_true(policy_read_principal(fixture->view.policy, who, fixture->arena, principal));
    *lock = (struct operation){
        .id = "D1",
        .kind = "lock",
        .schema = 1,
        .state = "locked",
        .requester = *principal,
        .created_at_ms = DECISION_NOW_MS - 2 * HOUR_MS,
        .body =
            decision_json(fixture, arena_printf(fixture->arena,
                                                "{'environment':'staging','reason':'a migration','blocks':'deploy'%s}",
                                                more ? more : "")),
    };
    fixture->operations = lock;
    fixture->operations_count = 1;
    return lock;
}

static const struct lock_body *body_of(const struct outcome *out)
{
    return out->body;
}

static const char *said(const struct decision_fixture *fixture, const struct outcome *out)
{
    const char *text = "";

    for (size_t i = 0; i < out->effects_count; i++) {
        struct message_delivery delivery;
        struct error err;

        assert_string_equal(out->effects[i].kind, EFFECT_MESSAGE);
        assert_true(shape_from_json(&message_delivery_shape, out->effects[i].args, fixture->arena, &delivery, &err));
        text = arena_printf(fixture->arena, "%s%s", text, delivery.reply.text);
    }
    return text;
}

static void check_begins(const char *text, const char *begins)
{
    if (strncmp(text, begins, strlen(begins)) != 0)
        fail_msg("%s\n  instead of\n%s", text, begins);
}

/* ---- handed over ---- */

static const struct hand_row {
    const char *name, *owner, *more, *user, *line, *answer, *said;
} hand_rows[] = {
    { "its owner hands it over", "slack:U1", NULL, "U1", "lock staging --to slack:U2",
      "*D1*: the lock of `staging` is the one of @{slack:U2} now, who is told.",
      "@{slack:U2}: the lock *D1* of `staging` (a migration) is yours now, handed over by @{slack:U1}." },
    { "somebody else who may does, and its owner is told", "slack:U1", NULL, "U2", "lock staging --to slack:U3",
      "*D1*: the lock of `staging` is the one of @{slack:U3}",
      "@{slack:U3}: the lock *D1* of `staging` (a migration) is yours now, handed over by @{slack:U2}; until now it was "
      "the one of @{slack:U1}." },
    { "and once more", "slack:U1", ",'owner':{'system':'slack','id':'U3','team':'T1'}", "U3",
      "lock staging --to slack:U1", "*D1*: the lock of `staging` is the one of @{slack:U1}",
      "@{slack:U1}: the lock *D1* of `staging` (a migration) is yours now, handed over by @{slack:U3}." },
    { "by its number", "slack:U1", NULL, "U1", "lock d1 --to slack:U2",
      "*D1*: the lock of `staging` is the one of @{slack:U2} now",
      "@{slack:U2}: the lock *D1* of `staging` (a migration) is yours now, handed over by @{slack:U1}." },
    { "a number that is no lock's is none", "slack:U1", NULL, "U1", "lock D9 --to slack:U2",
      "MISUSED There is no lock `D9`", "" },
    { "one who may not lock there cannot have it", "slack:U1", NULL, "U1", "lock staging --to slack:U9",
      "REFUSED @{slack:U9} may not lock `staging`, and so cannot have its lock: only developer or lead may lock staging "
      "(test.yaml:",
      "" },
    { "nor one of another workspace", "slack:U1", NULL, "U1", "lock staging --to slack:T9/U2",
      "REFUSED @{slack:U2} may not lock `staging`", "" },
    { "whoever has it has it already", "slack:U1", NULL, "U2", "lock staging --to slack:U1",
      "REFUSED @{slack:U1} has *D1*, the lock of `staging`, already.", "" },
    { "by whatever name", "slack:U3", NULL, "U3", "lock staging --to local:cara",
      "REFUSED @{local:cara} has *D1*, the lock of `staging`, already.", "" },
    { "nobody is called so", "slack:U1", NULL, "U1", "lock staging --to @bob",
      "MISUSED To whom? `@bob` is nobody:", "" },
    { "somebody by their name in `people`", "slack:U3", NULL, "U3", "lock staging --to @Cara",
      "REFUSED @{slack:U3} has *D1*, the lock of `staging`, already.", "" },
    { "also without the mark", "slack:U3", NULL, "U3", "lock staging --to Cara",
      "REFUSED @{slack:U3} has *D1*, the lock of `staging`, already.", "" },
    { "a name of several is refused", "slack:U1", NULL, "U1", "lock staging --to @Eve",
      "MISUSED To whom? 2 people are called `Eve`: say which of slack:U7, github:eve. Nothing was done.", "" },
    { "a group is nobody", "slack:U1", NULL, "U1", "lock staging --to slack-group:S1", "MISUSED To whom?", "" },
    { "nor is a mark", "slack:U1", NULL, "U1", "lock staging --to \"slack:U2}@{slack:U3\"", "MISUSED To whom?", "" },
    { "nor nothing", "slack:U1", NULL, "U1", "lock staging --to=slack:", "MISUSED To whom?", "" },
    { "nothing else goes with it", "slack:U1", NULL, "U1", "lock staging because --to slack:U2",
      "MISUSED `--to` hands over the lock as it stands", "" },
    { "nor another end", "slack:U1", NULL, "U1", "lock staging --to slack:U2 --for 2h",
      "MISUSED `--to` hands over the lock as it stands", "" },
    { "a place without a lock has none to hand over", "slack:U1", NULL, "U1", "lock api staging --to slack:U2",
      "MISUSED There is no lock on `api/staging` to be handed over.", "" },
};

static void check_hand(void **state)
{
    const struct hand_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    bool is_done = row->answer[0] == '*';
    struct outcome out;

    lock_made(fixture, row->owner, row->more);
    check_begins(hold_answer(fixture, &verb_lock, row->user, row->line, &out), row->answer);
    assert_string_equal(said(fixture, &out), row->said);
    assert_int_equal(out.journal_count, is_done);
    assert_null(out.result);
    if (is_done)
        assert_non_null(body_of(&out)->owner);
    else
        assert_null(out.body);
}

static void one_whom_a_deny_stops_cannot_have_it(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;

    (void)state;
    fixture->view.now_ms += DAY_MS; /* a Saturday */
    lock_made(fixture, "slack:U1", NULL);
    check_begins(hold_answer(fixture, &verb_lock, "U1", "lock staging --to slack:U3", &out),
                 "REFUSED @{slack:U3} may not lock `staging`, and so cannot have its lock: ");
    assert_null(out.body);
}

static void policy_is_asked_for_what_it_is(void **state)
{
    static const struct {
        const char *user, *verb;
    } rows[] = { { "U1", "lock" }, { "U2", "unlock" }, { "U9", "unlock" } };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        struct request request = decision_request(fixture, "lock staging --to slack:U3");
        struct question question;
        const void *arguments;
        struct error err;

        lock_made(fixture, "slack:U1", NULL);
        request.principal.id = rows[i].user;
        assert_true(verb_lock.asks(&fixture->view, &request, &question, &arguments, &err));
        assert_string_equal(question.verb, rows[i].verb);
        assert_string_equal(question.environment, "staging");
        assert_string_equal(question.operation, "D1");
    }
}

static void what_slack_says_of_the_one_before_is_not_of_the_next(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct operation *lock = lock_made(fixture, "slack:U1", ",'owner':{'system':'slack','id':'U2','team':'T1'}");
    struct outcome out;

    (void)state;
    hold_hear(fixture, lock,
              &(struct event){ .kind = EVENT_READING,
                               .name = "remind:U1",
                               .end = END_DONE,
                               .body = decision_json(fixture, "{'is_deactivated':true}") },
              &out);
    assert_null(out.body);
    assert_int_equal(out.effects_count, 0);
}

/* ---- is the owner still here? ---- */

#define REMINDED "@{slack:U1}: *D1* has held `staging` for 2 h (a migration). Is it still needed?"
#define HEIRS "Whoever is `lead`"
#define LEFT(who, why)                                                                                                 \
    HEIRS ": " who ", who locked `staging` (a migration), has left: " why                                              \
          ". It holds on. Whoever may lock there takes "                                                               \
          "it with `lock staging --steal`, or ends it with `unlock staging`."
#define OFF "their account in Slack is deactivated"
#define NO_RULE "no rule lets them lock or unlock there any more"

static const struct look_row {
    const char *name, *owner, *more;
    const char *asked; /* of Slack, when the reminder is due; NULL: nobody */
    const char *tells; /* Slack; NULL: it is away */
    const char *said;
    bool is_left;
    const char *journal;
    const char *configuration; /* NULL: CONFIGURATION */
} look_rows[] = {
    { "one who is here is reminded", "slack:U1", NULL, "U1", "{'is_deactivated':false}", REMINDED, false, NULL, NULL },
    { "one whose account is off is not, and others are told", "slack:U1", NULL, "U1", "{'is_deactivated':true}",
      LEFT("@{slack:U1}", OFF), true, "lock.owner_left", NULL },
    { "once", "slack:U1", ",'deactivated':true,'is_left':true", "U1", "{'is_deactivated':true}", "", true, NULL, NULL },
    { "who comes back has it again", "slack:U1", ",'deactivated':true,'is_left':true", "U1", "{'is_deactivated':false}",
      REMINDED, false, "lock.owner_back", NULL },
    { "while Slack is away all is as it was", "slack:U1", NULL, "U1", NULL, REMINDED, false, NULL, NULL },
    { "also of one who had left", "slack:U1", ",'deactivated':true,'is_left':true", "U1", NULL, "", true, NULL, NULL },
    { "an answer that says nothing is none", "slack:U1", NULL, "U1", "{'deleted':true}", REMINDED, false, NULL, NULL },
    { "one whom no rule knows any more has left", "slack:U9", NULL, "U9", "{'is_deactivated':false}",
      LEFT("@{slack:U9}", NO_RULE), true, "lock.owner_left", NULL },
    { "one who has no account there, too", "github:gone", NULL, NULL, NULL, LEFT("@{github:gone}", NO_RULE), true,
      "lock.owner_left", NULL },
    { "one who may at another hour has not", "slack:U6", NULL, "U6", "{'is_deactivated':false}",
      "@{slack:U6}: *D1* has held `staging` for 2 h (a migration). Is it still needed?", false, NULL, NULL },
    { "a group that was never read says nothing", "slack:U9", NULL, "U9", "{'is_deactivated':false}",
      "@{slack:U9}: *D1* has held `staging` for 2 h (a migration). Is it still needed?", false, NULL, WITH_GROUP },
    { "whoever locks on the host is known in Slack", "local:cara", NULL, "U3", "{'is_deactivated':true}",
      LEFT("@{local:cara}", OFF), true, "lock.owner_left", NULL },
    { "it is whoever has it now that counts", "slack:U9", ",'owner':{'system':'slack','id':'U1','team':'T1'}", "U1",
      "{'is_deactivated':false}", REMINDED, false, NULL, NULL },
    { "one with an end is looked after, and not reminded of", "slack:U1", ",'until_ms':1795298400000", "U1",
      "{'is_deactivated':false}", "", false, NULL, NULL },
    { "but told of", "slack:U1", ",'until_ms':1795298400000", "U1", "{'is_deactivated':true}", LEFT("@{slack:U1}", OFF),
      true, "lock.owner_left", NULL },
};

static void check_look(void **state)
{
    const struct look_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture =
        decision_create(row->configuration ? row->configuration : CONFIGURATION);
    const struct operation *lock = lock_made(fixture, row->owner, row->more);
    struct outcome out;

    hold_hear(fixture, lock, &(struct event){ .kind = EVENT_TIMER, .name = "remind" }, &out);
    assert_int_equal(out.timers_count, 1);
    assert_int_equal(out.timers[0].at_ms, DECISION_NOW_MS + 3 * HOUR_MS);
    assert_int_equal(out.readings_count, row->asked != NULL);
    if (row->asked) {
        const char *name = arena_printf(fixture->arena, "remind:%s", row->asked);

        assert_string_equal(out.readings[0].kind, READING_SLACK_USER);
        assert_string_equal(json_find_string(out.readings[0].args, "user"), row->asked);
        assert_int_equal(out.effects_count, 0);
        hold_hear(fixture, lock,
                  &(struct event){ .kind = EVENT_READING,
                                   .name = name,
                                   .end = row->tells ? END_DONE : END_FAILED,
                                   .body = row->tells ? decision_json(fixture, row->tells) : NULL },
                  &out);
    }
    assert_string_equal(said(fixture, &out), row->said);
    assert_int_equal(body_of(&out)->is_left, row->is_left);
    assert_int_equal(out.journal_count, row->journal != NULL);
    if (row->journal)
        assert_string_equal(out.journal[0].kind, row->journal);
    assert_null(out.result);
}

static void a_place_that_a_reload_took_away_says_nothing(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct principal owner = { .system = "slack", .id = "U9", .team = "T1" };

    (void)state;
    assert_non_null(owner_left(&fixture->view, &owner, &(struct hold_place){ "api", "staging" }, false));
    assert_null(owner_left(&fixture->view, &owner, &(struct hold_place){ "api", "preview" }, false));
    assert_null(owner_left(&fixture->view, &owner, &(struct hold_place){ NULL, "preview" }, false));
    assert_non_null(owner_left(&fixture->view, &owner, &(struct hold_place){ "api", "preview" }, true));
}

/* Dan's shift is over, and Eve is on call. */
static const struct shift_row {
    const char *name, *configuration;
    bool is_deactivated, has_left;
} shift_rows[] = {
    { "who is not on call any more has not left", WITH_SHIFT, false, false },
    { "but whose account is off has", WITH_SHIFT, true, true },
    { "a schedule in a role is one, too", WITH_SHIFT_ROLE, false, false },
    { "one of another place is none here", WITH_SHIFT_ELSEWHERE, false, true },
    { "nor is one that gives something else", WITH_SHIFT_DEPLOYS, false, true },
    { "nor one that is denied it", WITH_SHIFT_DENIED, false, true },
};

static void check_shift(void **state)
{
    const struct shift_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->configuration);
    const struct principal dan = { .system = "slack", .id = "U4", .team = "T1" };
    static const char *const members[] = { "pagerduty:PEVE" };
    const struct membership read = { ONCALL, DECISION_NOW_MS - MINUTE_MS, (const char **)(uintptr_t)members, 1, NULL };
    const struct hold_place place = { NULL, "staging" };

    fixture->view.memberships = &read;
    fixture->view.memberships_count = 1;
    fixture->view.members = members_compile(fixture->view.policy, &read, 1, fixture->arena);
    assert_int_equal(owner_left(&fixture->view, &dan, &place, row->is_deactivated) != NULL, row->has_left);
}

static void a_group_counts_as_it_was_read(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_GROUP);
    const struct principal in = { .system = "slack", .id = "U7", .team = "T1" },
                           out = { .system = "slack", .id = "U9", .team = "T1" };
    static const char *const members[] = { "slack:U7" };
    const struct membership read = { ENG, DECISION_NOW_MS - 40 * DAY_MS, (const char **)(uintptr_t)members, 1, NULL };

    (void)state;
    fixture->view.memberships = &read;
    fixture->view.memberships_count = 1;
    fixture->view.members = members_compile(fixture->view.policy, &read, 1, fixture->arena);
    assert_null(owner_left(&fixture->view, &in, &(struct hold_place){ NULL, "staging" }, false));
    assert_non_null(owner_left(&fixture->view, &out, &(struct hold_place){ NULL, "staging" }, false));
}

/* ---- what others are told ---- */

static const struct told_row {
    const char *name;
    const struct verb *verb;
    const char *owner, *more, *user, *line, *answer, *said;
} told_rows[] = {
    { "who asks for the place hears of it, and so do those who can end it", &verb_lock, "slack:U9", NULL, "U1",
      "lock staging why",
      "REFUSED @{slack:U9} locked `staging` 2 h ago: a migration; *owner left* (D1). Nothing was done: add `--steal` to "
      "take it.",
      LEFT("@{slack:U9}", NO_RULE) },
    { "of one who is here nobody does", &verb_lock, "slack:U3", NULL, "U1", "lock staging why",
      "REFUSED @{slack:U3} locked `staging` 2 h ago: a migration (D1). Nothing was done: ask them, or add `--steal` to "
      "take it; they are told.",
      "" },
    { "one whom no rule knows is told of it all the same", &verb_unlock, "slack:U9", NULL, "U2", "unlock staging",
      "`staging` is unlocked; who had locked it is told.",
      "@{slack:U9}: your lock *D1* of `staging` was ended by @{slack:U2}." },
    { "who left is not told of the end", &verb_unlock, "slack:U1", ",'deactivated':true,'is_left':true", "U2",
      "unlock staging", "`staging` is unlocked; who had locked it has left.", "" },
    { "who has it now is its owner", &verb_unlock, "slack:U9", ",'owner':{'system':'slack','id':'U1','team':'T1'}",
      "U1", "unlock staging", "`staging` is unlocked.", "" },
    { "locks tells who left", &verb_locks, "slack:U1", ",'deactivated':true", "U2", "locks",
      "1 thing is held:\n*D1*: @{slack:U1} locked `staging` 2 h ago: a migration; *owner left*", "" },
    { "and who has it", &verb_locks, "slack:U9", ",'owner':{'system':'slack','id':'U1','team':'T1'}", "U2", "locks",
      "1 thing is held:\n*D1*: @{slack:U9} locked `staging` 2 h ago, now of @{slack:U1}: a migration", "" },
};

static void check_told(void **state)
{
    const struct told_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;

    lock_made(fixture, row->owner, row->more);
    assert_string_equal(hold_answer(fixture, row->verb, row->user, row->line, &out), row->answer);
    assert_string_equal(said(fixture, &out), row->said);
}

/* Whoever wants the place need not wait for the next reminder. */
static void who_is_asked_for_is_looked_for_at_once(void **state)
{
    static const struct {
        const char *name, *tells, *said;
    } rows[] = { { "look:U1", "{'is_deactivated':true}", LEFT("@{slack:U1}", OFF) },
                 { "look:U1", "{'is_deactivated':false}", "" },
                 { "look:U7", "{'is_deactivated':true}", "" } };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        const struct operation *lock = lock_made(fixture, "slack:U1", NULL);
        struct outcome out;

        hold_answer(fixture, &verb_lock, "U3", "lock staging why", &out);
        assert_int_equal(out.readings_count, 1);
        assert_string_equal(out.readings[0].name, "look:U1");
        hold_hear(fixture, lock,
                  &(struct event){ .kind = EVENT_READING,
                                   .name = rows[i].name,
                                   .end = END_DONE,
                                   .body = decision_json(fixture, rows[i].tells) },
                  &out);
        assert_string_equal(said(fixture, &out), rows[i].said);
    }
}

static void who_takes_it_over_is_not_waited_for_by_who_left(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct operation *lock = lock_made(fixture, "slack:U1", ",'deactivated':true");
    struct outcome out;

    (void)state;
    hold_hear(fixture, lock,
              &(struct event){
                  .kind = EVENT_MESSAGE, .name = "lock.taken", .body = decision_json(fixture, "{'by':'@{slack:U2}'}") },
              &out);
    assert_string_equal(out.state, "taken");
    assert_int_equal(out.effects_count, 0);
}

/* ---- taken over ---- */

#define FOR_2_H ",'until_ms':1795219200000"

static const struct steal_row {
    const char *name, *owner, *more, *user, *line, *answer;
} steal_rows[] = {
    { "who may only lock does not end another^s sooner", "slack:U3", NULL, "U1", "lock staging why --steal --for 1m",
      "REFUSED @{slack:U3} locked `staging` 2 h ago: a migration (D1). Nothing was done: to let it end sooner than it would takes "
      "the right to `unlock`, and only a lead may unlock staging (test.yaml:" },
    { "nor one that ends", "slack:U3", FOR_2_H, "U1", "lock staging why --steal --for 119m",
      "REFUSED @{slack:U3} locked" },
    { "nor one that was handed over", "slack:U1", ",'owner':{'system':'slack','id':'U3','team':'T1'}", "U1",
      "lock staging why --steal --for 1m", "REFUSED @{slack:U1} locked" },
    { "at the same time it may end", "slack:U3", FOR_2_H, "U1", "lock staging why --steal --for 2h",
      "*D7*: `staging` is locked for deploys of others until" },
    { "or later", "slack:U3", FOR_2_H, "U1", "lock staging why --steal --for 3h", "*D7*: `staging` is locked" },
    { "or never", "slack:U3", FOR_2_H, "U1", "lock staging why --steal",
      "*D7*: `staging` is locked for deploys of others." },
    { "who may unlock ends it when they like", "slack:U3", NULL, "U2", "lock staging why --steal --for 1m",
      "*D7*: `staging` is locked" },
    { "so does its owner", "slack:U1", FOR_2_H, "U1", "lock staging why --steal --for 1m",
      "*D7*: `staging` is locked" },
    { "where there is none it ends when it likes", NULL, NULL, "U1", "lock staging why --steal --for 1m",
      "*D7*: `staging` is locked" },
};

static void check_steal(void **state)
{
    const struct steal_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;

    if (row->owner)
        lock_made(fixture, row->owner, row->more);
    check_begins(hold_answer(fixture, &verb_lock, row->user, row->line, &out), row->answer);
    assert_int_equal(out.begins, row->answer[0] == '*');
    assert_int_equal(out.messages_count, row->owner && row->answer[0] == '*');
}

/* ---- who can do something about it ---- */

static const struct heirs_row {
    const char *name, *configuration;
    const char *on_call; /* as PagerDuty said the last time; NULL: it was never asked */
    const char *heirs;
} heirs_rows[] = {
    { "the role that may", CONFIGURATION, NULL, "Whoever is `lead`" },
    { "the widest of several", CONFIGURATION "    - { allow: unlock, to: developer }\n", NULL,
      "Whoever is `developer`" },
    { "whoever is on call goes first, by their name in Slack", WITH_ONCALL, "pagerduty:PDAN", "@{slack:U4}" },
    { "or without one", WITH_ONCALL, "pagerduty:PEVE", "@{pagerduty:PEVE}" },
    { "while nobody is known to be, the role", WITH_ONCALL, NULL, "Whoever is `lead`" },
    { "a role of whom some may not is not named",
      CONFIGURATION "    - { deny: unlock, to: 'slack:U2' }\n"
                    "    - { allow: unlock, to: 'slack:U1' }\n",
      NULL, "@{slack:U1}" },
    { "nobody may", CONFIGURATION "    - { deny: unlock }\n", NULL,
      "Whoever can change the rules, since they let nobody unlock it" },
};

static void check_heirs(void **state)
{
    const struct heirs_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->configuration);
    const struct membership read = { ONCALL, DECISION_NOW_MS - MINUTE_MS, (const char **)(uintptr_t)&row->on_call, 1,
                                     NULL };

    if (row->on_call) {
        fixture->view.memberships = &read;
        fixture->view.memberships_count = 1;
        fixture->view.members = members_compile(fixture->view.policy, &read, 1, fixture->arena);
    }
    assert_string_equal(owner_heirs(&fixture->view, &(struct hold_place){ NULL, "staging" }), row->heirs);
}

/* ---- many ---- */

static void thirty_locks_are_a_line_each(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    enum { MANY = 30 };
    struct operation *all = arena_alloc(fixture->arena, MANY * sizeof(*all));
    struct outcome out;
    const char *answer;

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        all[i] = *lock_made(fixture, i % 2 ? "slack:U1" : "slack:U9", NULL);
        all[i].id = arena_printf(fixture->arena, "D%zu", i + 1);
        all[i].body = decision_json(fixture, arena_printf(fixture->arena,
                                                          "{'service':'s%zu','environment':'staging','reason':'%s'}", i,
                                                          "a reason as long as people write them at night"));
    }
    fixture->operations = all;
    fixture->operations_count = MANY;
    answer = hold_answer(fixture, &verb_locks, "U1", "locks", &out);
    check_begins(answer, "30 things are held:\n*D1*: @{slack:U9} locked `s0/staging`");
    assert_int_equal(out.reply->lines_count, MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_non_null(strstr(out.reply->lines[i], arena_printf(fixture->arena, "`s%zu/staging`", i)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_whom_a_deny_stops_cannot_have_it),
        cmocka_unit_test(policy_is_asked_for_what_it_is),
        cmocka_unit_test(what_slack_says_of_the_one_before_is_not_of_the_next),
        cmocka_unit_test(a_place_that_a_reload_took_away_says_nothing),
        cmocka_unit_test(a_group_counts_as_it_was_read),
        cmocka_unit_test(who_is_asked_for_is_looked_for_at_once),
        cmocka_unit_test(who_takes_it_over_is_not_waited_for_by_who_left),
        cmocka_unit_test(thirty_locks_are_a_line_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) + ROWS(hand_rows, check_hand) + ROWS(look_rows, check_look) +
           ROWS(shift_rows, check_shift) + ROWS(steal_rows, check_steal) + ROWS(told_rows, check_told) +
           ROWS(heirs_rows, check_heirs);
}
