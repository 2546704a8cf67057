/* A failover: its words, what a preflight finds, and each row of its machine. */
#include "tests/unit/failover_fixture.h"

#include "bot/model/exchange.h"
#include "handlers/failover/preflight.h"
#include "handlers/hold/hold.h"
#include "handlers/hold/lock.h"
#include "handlers/runbook/body.h"
#include "handlers/review.h"
#include "handlers/runbook/runbook.h"

#include <stdio.h>
#include <string.h>

/* ---- words ---- */

static const struct words_row {
    const char *name, *line, *says;
} words_rows[] = {
    { "a slip gets the nearest name, and nothing is done", "failover mian", "Did you mean `main`? Nothing was done." },
    { "what is near nothing is told so", "failover warehouse",
      "There is no database `warehouse`, so nothing was done" },
    { "a service is no database", "failover api --confirm api", "There is no database `api`" },
    { "a second word is not passed over", "failover main now", "I do not know what `now` means after `main`" },
    { "the name is typed once more, to the letter", "failover main --confirm mian",
      "typed once more: `main`, and not `mian`" },
    { "in its own case", "failover main --confirm Main", "typed once more" },
    { "a glass takes a reason", "failover main --confirm main --break-glass ' '", "`--break-glass` takes a reason" },
    { "an option that is none is named", "failover main --confrim main", "--confirm" },
    { "an option needs a database", "failover --confirm main", "Which database?" },
    { "a loss is a duration", "failover far --lose much", "`--lose` takes how much" },
    { "and not none", "failover far --lose 0s", "`--lose` takes how much" },
    { "nor a year", "failover far --lose 365d", "`--lose` takes how much" },
    { "Memorystore loses bytes", "failover cache --lose 90s", "Memorystore counts bytes" },
    { "and promotes nothing", "failover cache --promote", "`--promote` is for replicas of Cloud SQL" },
    { "a runbook knows what it needs itself", "failover hand --lose 90s", "takes `--confirm` and `--reason` alone" },
    { "its name is typed once more, too", "failover hand --confirm move", "typed once more: `hand`" },
    { "Cloud SQL forces nothing", "failover main --force-data-loss", "`--force-data-loss` is for Memorystore" },
};

static void check_words(void **state)
{
    const struct words_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(FAILOVER_CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    struct question question;
    const void *arguments;
    struct error err;

    assert_false(verb_failover.asks(&fixture->view, &request, &question, &arguments, &err));
    if (!strstr(err.message, row->says))
        fail_msg("no '%s' in: %s", row->says, err.message);
}

static void without_databases_there_is_a_clear_word(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, "failover main");
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    assert_false(verb_failover.asks(&fixture->view, &request, &question, &arguments, &err));
    assert_non_null(strstr(err.message, "lists none under `databases`"));
}

static void a_look_asks_policy_for_a_preflight_and_a_failover_for_itself(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(FAILOVER_CONFIGURATION);
    struct request look = decision_request(fixture, "failover main"),
                   real = decision_request(fixture, "failover main --confirm main");
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    assert_true(verb_failover.asks(&fixture->view, &look, &question, &arguments, &err));
    assert_true(question.is_preflight);
    assert_string_equal(question.database, "main");
    assert_string_equal(question.environment, "production");
    assert_true(verb_failover.asks(&fixture->view, &real, &question, &arguments, &err));
    assert_false(question.is_preflight);
}

/* ---- the preflight ---- */

#define RUNNING(more) SEEN_WITH("'state':'RUNNABLE','has_standby':true,'kind':'REGIONAL','settings_version':'12'," more)
#define OUT_OF_REACH                                                                                                   \
    "{'at_ms':1795212000000,'problem':'answered 503','replica':{'name':'far-r','state':'RUNNABLE',"                    \
    "'type':'READ_REPLICA_INSTANCE'},'lag':" LAG("1000") "}"
#define OP(name, type, at) "{'name':'" name "','type':'" type "','began_at_ms':" at "}"

static const struct preflight_row {
    const char *name, *line, *seen;
    const char *method, *refusal, *lacks, *loss; /* parts of them; lacks "": nothing; method NULL: there is no way */
} preflight_rows[] = {
    { "a standby loses nothing", "main", STANDBY, DATABASE_STANDBY, NULL, "", "nothing that was committed" },
    { "a standby that is not RUNNABLE", "main", STANDBY_IN("MAINTENANCE", "z-a"), DATABASE_STANDBY, "it is MAINTENANCE",
      "", NULL },
    { "one that its owner stopped", "main", RUNNING("'is_stopped':true"), DATABASE_STANDBY, "stopped it", "", NULL },
    { "beside another operation none begins", "main", RUNNING("'running':" OP("o", "BACKUP_VOLUME", "1795211940000")),
      DATABASE_STANDBY, "`BACKUP_VOLUME` is at work on it, begun 60 s ago", "", NULL },
    { "what is at work on a primary that is left is in nobody's way", "far",
      "{'at_ms':1795212000000,'state':'RUNNABLE','kind':'ZONAL','running':" OP(
          "o", "RESTART",
          "1795211940000") ","
                           "'replica':{'name':'far-r','state':'RUNNABLE','type':'READ_REPLICA_INSTANCE'},'lag':" LAG(
                               "1") "}",
      DATABASE_PROMOTION, NULL, "", NULL },
    { "but what is at work on the replica is", "far",
      "{'at_ms':1795212000000,'state':'RUNNABLE','kind':'ZONAL','replica':{'name':'far-r','state':'RUNNABLE',"
      "'type':'READ_REPLICA_INSTANCE','running':" OP("o", "RESTART", "1795211940000") "},'lag':" LAG("1") "}",
      DATABASE_PROMOTION, "`RESTART` is at work on it", "", NULL },
    { "without the guard none begins", "main", SEEN_WITH("'state':'RUNNABLE','has_standby':true,'kind':'REGIONAL'"),
      DATABASE_STANDBY, "settingsVersion", "", NULL },
    { "so soon after another it is asked again", "main",
      RUNNING("'last_failover':" OP("o", "FAILOVER", "1795211400000")), DATABASE_STANDBY, NULL, " --again", NULL },
    { "unless that was said", "main --again", RUNNING("'last_failover':" OP("o", "FAILOVER", "1795211400000")),
      DATABASE_STANDBY, NULL, "", NULL },
    { "after the cool-down it is not", "main", RUNNING("'last_failover':" OP("o", "FAILOVER", "1795211000000")),
      DATABASE_STANDBY, NULL, "", NULL },
    { "without a standby and a replica there is no way", "main", SEEN_WITH("'state':'RUNNABLE','kind':'ZONAL'"), NULL,
      "ZONAL, which has no standby, and no replica is configured", "", NULL },
    { "nor by --promote", "main --promote", STANDBY, NULL, "no replica is configured", "", NULL },
    { "a replica that is little behind", "far", REPLICA(LAG("3000")), DATABASE_PROMOTION, NULL, "", "*3 s* of writes" },
    { "one that is too far behind, as it is offered", "far", REPLICA(LAG("87200")), DATABASE_PROMOTION, NULL,
      " --lose 1m30s", NULL },
    { "as much as was accepted", "far --lose 90s", REPLICA(LAG("87200")), DATABASE_PROMOTION, NULL, "", NULL },
    { "more than was accepted", "far --lose 60s", REPLICA(LAG("87200")), DATABASE_PROMOTION, NULL, " --lose 1m30s",
      NULL },
    { "nobody knows how much", "far --lose 90s", REPLICA("{'is_known':false,'why':'403'}"), DATABASE_PROMOTION, NULL,
      " --lose unknown", "*not known*: 403" },
    { "and that is accepted", "far --lose unknown", REPLICA("{'is_known':false,'why':'403'}"), DATABASE_PROMOTION, NULL,
      "", NULL },
    { "that nobody knows does not accept a known one that is too much", "far --lose unknown", REPLICA(LAG("87200")),
      DATABASE_PROMOTION, NULL, " --lose 1m30s", NULL },
    { "an old number tells nothing of now", "far", REPLICA("{'is_known':true,'lag_ms':10,'at_ms':1795211600000}"),
      DATABASE_PROMOTION, NULL, " --lose unknown", "is of 6 min ago" },
    { "without a limit a little may be lost", "loose", REPLICA(LAG("5000")), DATABASE_PROMOTION, NULL, "", NULL },
    { "and more is accepted by name", "loose", REPLICA(LAG("5001")), DATABASE_PROMOTION, NULL, " --lose 10s", NULL },
    { "which it then may", "loose --lose 10s", REPLICA(LAG("5001")), DATABASE_PROMOTION, NULL, "", NULL },
    { "a primary that did not answer is no reason to leave it for good", "far", OUT_OF_REACH, DATABASE_PROMOTION, NULL,
      " --promote", NULL },
    { "unless that was said", "far --promote", OUT_OF_REACH, DATABASE_PROMOTION, NULL, "", NULL },
    { "a replica that is a primary already", "far", REPLICA_OF("CLOUD_SQL_INSTANCE", LAG("1")), DATABASE_PROMOTION,
      "no replica any more", "", NULL },
    { "Memorystore guards its bytes itself", "cache",
      SEEN_WITH("'state':'READY','has_standby':true,'kind':'STANDARD_HA'"), DATABASE_MEMORYSTORE, NULL, "",
      "LIMITED_DATA_LOSS" },
    { "unless it is forced", "cache --force-data-loss",
      SEEN_WITH("'state':'READY','has_standby':true,'kind':'STANDARD_HA'"), DATABASE_MEMORYSTORE, NULL, "",
      "all of that is lost" },
    { "its tier BASIC has no replica", "cache", SEEN_WITH("'state':'READY','kind':'BASIC'"), NULL, "it is BASIC", "",
      NULL },
    { "and it has to be READY", "cache", SEEN_WITH("'state':'REPAIRING','has_standby':true,'kind':'STANDARD_HA'"),
      DATABASE_MEMORYSTORE, "it is REPAIRING", "", NULL },
};

static void check_preflight(void **state)
{
    const struct preflight_row *row = *state;
    struct failover_play play = failover_play("failover main --confirm main",
                                              ""); /* for its fixture; what is judged is of the row's own words */
    struct request request =
        decision_request(play.fixture, arena_printf(play.fixture->arena, "failover %s", row->line));
    struct database_seen seen;
    struct preflight found;
    struct question question;
    const void *arguments;
    struct error err;

    assert_true(verb_failover.asks(&play.fixture->view, &request, &question, &arguments, &err));
    assert_true(shape_from_json(&database_seen_shape, decision_json(play.fixture, row->seen), play.fixture->arena,
                                &seen, &err));
    /* the first member of its arguments is the plan */
    found = preflight_judge(&play.fixture->view, *(struct failover_plan *const *)arguments, &seen);
    if (row->method)
        assert_string_equal(found.method, row->method);
    else
        assert_null(found.method);
    if (row->refusal && (!found.refusal || !strstr(found.refusal, row->refusal)))
        fail_msg("no '%s' in: %s", row->refusal, found.refusal ? found.refusal : "nothing");
    if (!row->refusal && found.refusal)
        fail_msg("refused: %s", found.refusal);
    assert_string_equal(found.lacks, row->lacks);
    if (row->loss && !strstr(found.loss, row->loss))
        fail_msg("no '%s' in: %s", row->loss, found.loss);
    decision_destroy(play.fixture);
}

/* ---- the machine ---- */

#define READ(called, body)                                                                                             \
    {                                                                                                                  \
        EVENT_READING, called, END_DONE, body                                                                          \
    }
#define FAILS(called, how)                                                                                             \
    {                                                                                                                  \
        EVENT_READING, called, how, NULL                                                                               \
    }
#define SENT(how, body)                                                                                                \
    {                                                                                                                  \
        EVENT_EFFECT, "failover", how, body                                                                            \
    }
#define DUE(called)                                                                                                    \
    {                                                                                                                  \
        EVENT_TIMER, called, END_DONE, NULL                                                                            \
    }
#define GRANTED                                                                                                        \
    {                                                                                                                  \
        EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, "{}"                                                                 \
    }
#define ZONELESS RUNNING("'standby_zone':'z-c'")
#define TO_SENDING READ("seen", STANDBY), GRANTED, READ("seen", STANDBY)
#define TOOK SENT(END_DONE, "{'operation':'op-9'}")
#define LOST SENT(END_UNKNOWN, NULL)
#define ASKS_LATE                                                                                                      \
    {                                                                                                                  \
        EVENT_TIMER, "late", END_DONE, NULL                                                                            \
    } /* half an hour later, and nothing is told to it */
#define PEOPLE(verb, user)                                                                                             \
    {                                                                                                                  \
        EVENT_REQUEST, verb, END_DONE, user                                                                            \
    }
#define ASKED_ONCE_MORE TO_SENDING, LOST, ASKS_LATE, READ("sought", "{}"), PEOPLE("retry", "U1")
#define CACHE_IN(state) SEEN_WITH("'state':'" state "','zone':'z-a','has_standby':true,'kind':'STANDARD_HA'")
#define HEALTHY                                                                                                        \
    READ("service:0", "{'etag':'e','uri':'https://api','is_settled':true}"),                                           \
        READ("health:0", "{'status':200,'is_healthy':true}")

struct told_event {
    enum event_kind kind;
    const char *name;
    enum event_end end;
    const char *body; /* of a request: who */
};
#define FREEZE(who) "    - { deny: failover, on: { database: main }, reason: a freeze, break_glass: " who " }\n"
#define RULE "test.yaml:29" /* where it stands */

static const struct walk_row {
    const char *name, *line, *rules;
    struct told_event events[12];
    const char *state, *result, *says; /* at the end; part of the summary, or of the last reply */
    size_t sends;                      /* calls that were wanted in all */
} walk_rows[] = {
    { "it is judged, waits for its turn, is judged again, and sent",
      "main",
      "",
      { TO_SENDING },
      "sending",
      NULL,
      NULL,
      1 },
    { "what cannot be read is not failed over",
      "main",
      "",
      { FAILS("seen", END_FAILED) },
      "refused",
      "refused",
      "cannot be read",
      0 },
    { "nor what may not be now",
      "main",
      "",
      { READ("seen", STANDBY_IN("FAILED", "z-a")) },
      "refused",
      "refused",
      "it is FAILED",
      0 },
    { "what lacks a word more is told which",
      "far",
      "",
      { READ("seen", REPLICA(LAG("90000"))) },
      "refused",
      "refused",
      "it would lose 90 s",
      0 },
    { "what has become worse stops it",
      "main",
      "",
      { READ("seen", STANDBY), GRANTED, READ("seen", STANDBY_IN("MAINTENANCE", "z-a")) },
      "refused",
      "refused",
      "right before the call",
      0 },
    { "so does a greater loss than was accepted",
      "far",
      "",
      { READ("seen", REPLICA(LAG("3000"))), GRANTED, READ("seen", REPLICA(LAG("40000"))) },
      "refused",
      "refused",
      "--lose 40s",
      0 },
    { "and another way than was asked for",
      "far",
      "",
      { READ("seen", REPLICA(LAG("3000"))), GRANTED, READ("seen", STANDBY) },
      "refused",
      "refused",
      "not what was asked for",
      0 },
    { "and that it cannot be read any more",
      "main",
      "",
      { READ("seen", STANDBY), GRANTED, FAILS("seen", END_GAVE_UP) },
      "refused",
      "refused",
      "cannot be read any more",
      0 },
    { "it is followed, seen elsewhere, and the services asked",
      "main",
      "",
      { TO_SENDING, TOOK, READ("progress", "{'operation':'op-9','status':'RUNNING'}"), DUE("poll"),
        READ("progress", "{'operation':'op-9','status':'DONE','is_done':true}"),
        READ("seen", STANDBY_IN("RUNNABLE", "z-c")), HEALTHY },
      "done",
      "done",
      "api/production is healthy. batch/production was not checked. To go back",
      1 },
    { "it waits for the zone to change",
      "main",
      "",
      { TO_SENDING, TOOK, READ("progress", "{'operation':'op-9','is_done':true}"), READ("seen", STANDBY) },
      "verifying",
      NULL,
      NULL,
      1 },
    { "a failover that Google ends with an error has failed",
      "main",
      "",
      { TO_SENDING, TOOK, READ("progress", "{'operation':'op-9','is_done':true,'error':'INTERNAL: no'}") },
      "failed",
      "failed",
      "INTERNAL: no. By hand",
      1 },
    { "a primary that tells no zone has not moved",
      "cache",
      "",
      { READ("seen", CACHE_IN("READY")), GRANTED, READ("seen", CACHE_IN("READY")), TOOK,
        READ("progress", "{'operation':'op-9','is_done':true}"),
        READ("seen", SEEN_WITH("'state':'READY','has_standby':true,'kind':'STANDARD_HA'")) },
      "verifying",
      NULL,
      NULL,
      1 },
    { "one that neither its operation nor a zone tells of is not told as done",
      "main",
      "",
      { READ("seen", ZONELESS), GRANTED, READ("seen", ZONELESS), TOOK, FAILS("progress", END_FAILED) },
      "failed",
      "failed",
      "neither its operation nor a zone tells",
      1 },
    { "one that moves nothing in time is not told as done",
      "main",
      "",
      { TO_SENDING, TOOK, READ("progress", "{'operation':'op-9','is_done':true}"), ASKS_LATE, READ("seen", STANDBY) },
      "failed",
      "failed",
      "was begun, and 10 min later no other primary is seen to serve: it is RUNNABLE, but still in z-a",
      1 },
    { "one that cannot be followed is looked at",
      "main",
      "",
      { TO_SENDING, TOOK, FAILS("progress", END_FAILED) },
      "verifying",
      NULL,
      NULL,
      1 },
    { "an outage meanwhile ends nothing",
      "main",
      "",
      { TO_SENDING, TOOK, FAILS("progress", END_GAVE_UP) },
      "following",
      NULL,
      NULL,
      1 },
    { "a call that Google refuses has changed nothing",
      "main",
      "",
      { TO_SENDING, SENT(END_FAILED, NULL) },
      "refused",
      "refused",
      "Google refused it: of a reason. Nothing was changed",
      1 },
    { "nor has one that was forbidden",
      "main",
      "",
      { TO_SENDING, SENT(END_CANCELLED, NULL) },
      "refused",
      "refused",
      "It was not sent",
      1 },
    { "nor has one that never got through",
      "main",
      "",
      { TO_SENDING, SENT(END_GAVE_UP, NULL) },
      "refused",
      "refused",
      "No call got through",
      1 },
    { "whose answer is lost is looked for", "main", "", { TO_SENDING, LOST }, "seeking", NULL, NULL, 1 },
    { "and looked for again",
      "main",
      "",
      { TO_SENDING, LOST, READ("sought", "{}"), DUE("poll") },
      "seeking",
      NULL,
      NULL,
      1 },
    { "found, it is followed",
      "main",
      "",
      { TO_SENDING, LOST, READ("sought", "{'operation':'op-9'}") },
      "following",
      NULL,
      NULL,
      1 },
    { "found by where the primary is, it is verified",
      "main",
      "",
      { TO_SENDING, LOST, READ("sought", "{'has_moved':true}") },
      "verifying",
      NULL,
      NULL,
      1 },
    { "what nobody can tell is asked",
      "main",
      "",
      { TO_SENDING, LOST, ASKS_LATE, READ("sought", "{}") },
      "asking",
      NULL,
      NULL,
      1 },
    { "but not while nobody could look",
      "main",
      "",
      { TO_SENDING, LOST, FAILS("sought", END_GAVE_UP), DUE("poll") },
      "seeking",
      NULL,
      NULL,
      1 },
    { "unless nobody can for long: then that is said",
      "main",
      "",
      { TO_SENDING, LOST, ASKS_LATE, FAILS("sought", END_GAVE_UP) },
      "asking",
      NULL,
      "Google could not be asked whether it did (of a reason)",
      1 },
    { "it is still looked for",
      "main",
      "",
      { TO_SENDING, LOST, ASKS_LATE, READ("sought", "{}"), READ("sought", "{'operation':'op-9'}") },
      "following",
      NULL,
      NULL,
      1 },
    { "nothing is sent again alone",
      "main",
      "",
      { TO_SENDING, LOST, ASKS_LATE, READ("sought", "{}"), DUE("poll"), READ("sought", "{}") },
      "asking",
      NULL,
      NULL,
      1 },
    { "a person has it read and sent once more",
      "main",
      "",
      { TO_SENDING, LOST, ASKS_LATE, READ("sought", "{}"), PEOPLE("retry", "U1"), READ("seen", STANDBY) },
      "sending",
      NULL,
      NULL,
      2 },
    { "unless it has become worse",
      "main",
      "",
      { TO_SENDING, LOST, ASKS_LATE, READ("sought", "{}"), PEOPLE("retry", "U1"),
        READ("seen", STANDBY_IN("FAILED", "z-a")) },
      "failed",
      "failed",
      "only while it is RUNNABLE. Nobody knows whether an earlier call began. By hand",
      1 },
    { "or it began after all, by its zone: then it is looked for, and not sent",
      "main",
      "",
      { ASKED_ONCE_MORE, READ("seen", STANDBY_IN("RUNNABLE", "z-c")), READ("sought", "{'has_moved':true}") },
      "verifying",
      NULL,
      NULL,
      1 },
    { "or by an operation that was not there before, though --again was said",
      "main --again",
      "",
      { ASKED_ONCE_MORE, READ("seen", RUNNING("'zone':'z-a','last_failover':" OP("op-9", "FAILOVER", "1795212000000"))),
        READ("sought", "{'operation':'op-9'}") },
      "following",
      NULL,
      NULL,
      1 },
    { "Memorystore tells by its state",
      "cache",
      "",
      { READ("seen", CACHE_IN("READY")), GRANTED, READ("seen", CACHE_IN("READY")), LOST, ASKS_LATE,
        READ("sought", "{}"), PEOPLE("retry", "U1"), READ("seen", CACHE_IN("FAILING_OVER")) },
      "seeking",
      NULL,
      NULL,
      1 },
    { "what cannot be read then is asked once more",
      "main",
      "",
      { ASKED_ONCE_MORE, FAILS("seen", END_GAVE_UP) },
      "asking",
      NULL,
      "Google could not be asked",
      1 },
    { "what is refused the second time has not changed nothing",
      "main",
      "",
      { ASKED_ONCE_MORE, READ("seen", STANDBY), SENT(END_FAILED, NULL) },
      "failed",
      "failed",
      "Google refused it: of a reason. Nobody knows whether an earlier call began",
      2 },
    { "nor has what is aborted then",
      "main",
      "",
      { ASKED_ONCE_MORE, PEOPLE("abort", "U1") },
      "failed",
      "failed",
      "nobody knows whether",
      1 },
    { "or leaves it, which is no success",
      "main",
      "",
      { TO_SENDING, LOST, ASKS_LATE, READ("sought", "{}"), PEOPLE("abort", "U1") },
      "failed",
      "failed",
      "nobody knows whether",
      1 },
    { "before the call it can be aborted",
      "main",
      "",
      { READ("seen", STANDBY), PEOPLE("abort", "U1") },
      "aborted",
      "aborted",
      "Nothing was changed",
      0 },
    { "afterwards it cannot",
      "main",
      "",
      { TO_SENDING, PEOPLE("abort", "U1") },
      "sending",
      NULL,
      "cannot be aborted any more",
      1 },
    { "nor can it be retried while it asks nothing",
      "main",
      "",
      { TO_SENDING, PEOPLE("retry", "U1") },
      "sending",
      NULL,
      "there is nothing to `retry`",
      1 },
    { "it takes no other verb",
      "main",
      "",
      { TO_SENDING, PEOPLE("promote", "U1") },
      "sending",
      NULL,
      "takes no `promote`",
      1 },
    { "what needs consent waits", "main", CONSENT, { READ("seen", STANDBY) }, "awaiting-approval", NULL, NULL, 0 },
    { "never for that of whoever asked",
      "main",
      CONSENT,
      { READ("seen", STANDBY), PEOPLE("approve", "U1") },
      "awaiting-approval",
      NULL,
      "does not count",
      0 },
    { "somebody else's takes it on",
      "main",
      CONSENT,
      { READ("seen", STANDBY), PEOPLE("approve", "U2") },
      "queued",
      NULL,
      "is approved",
      0 },
    { "one of two is told so when it is given twice",
      "main",
      "    - { require: { approvals: { from: lead, count: 2 } }, for: failover }\n",
      { READ("seen", STANDBY), PEOPLE("approve", "U2"), PEOPLE("approve", "U2") },
      "awaiting-approval",
      NULL,
      "has your consent already. It still waits: 1 of 2 approvals",
      0 },
    { "and what was consented to is judged again",
      "main",
      CONSENT,
      { READ("seen", STANDBY), PEOPLE("approve", "U2"), GRANTED, READ("seen", STANDBY_IN("FAILED", "z-a")) },
      "refused",
      "refused",
      "it is FAILED",
      0 },
    { "a freeze refuses it when it is judged",
      "main",
      FREEZE("dba"),
      { READ("seen", STANDBY) },
      "refused",
      "refused",
      "a freeze",
      0 },
    { "a glass passes it, at each time that it is judged",
      "main --break-glass fire",
      FREEZE("dba"),
      { TO_SENDING },
      "sending",
      NULL,
      NULL,
      1 },
    { "not that of who has not the role",
      "main --break-glass fire",
      FREEZE("\"slack:U9\""),
      { READ("seen", STANDBY) },
      "refused",
      "refused",
      "a freeze",
      0 },
    { "it gives no consent",
      "main --break-glass fire",
      FREEZE("dba") CONSENT,
      { READ("seen", STANDBY) },
      "awaiting-approval",
      NULL,
      NULL,
      0 },
    { "nor in the place of one that is given",
      "main --break-glass fire",
      FREEZE("dba") CONSENT,
      { READ("seen", STANDBY), PEOPLE("approve", "U2"), GRANTED, READ("seen", STANDBY) },
      "sending",
      NULL,
      NULL,
      1 },
    { "nobody's in time refuses it",
      "main",
      CONSENT,
      { READ("seen", STANDBY), DUE("unapproved") },
      "refused",
      "refused",
      "Nobody gave what it waited for",
      0 },
    { "a promotion is over when the replica is none",
      "far",
      "",
      { READ("seen", REPLICA(LAG("3000"))), GRANTED, READ("seen", REPLICA(LAG("3000"))), TOOK,
        READ("progress", "{'is_done':true}"), READ("seen", REPLICA_OF("CLOUD_SQL_INSTANCE", LAG("3000"))) },
      "done",
      "done",
      "RPO 5 min: met",
      1 },
    { "a late answer to what is over changes nothing",
      "main",
      "",
      { TO_SENDING, TOOK, READ("sought", "{'has_moved':true}") },
      "following",
      NULL,
      NULL,
      1 },
};

static void play_event(struct failover_play *play, const struct told_event *event)
{
    if (event->kind == EVENT_TIMER && strcmp(event->name, "late") == 0)
        play->fixture->view.now_ms += 30 * MINUTE_MS;
    else if (event->kind == EVENT_REQUEST)
        failover_request(play, event->name, event->body, CONTROL_ANY_LOOK);
    else
        failover_send(play,
                      (struct event){ .kind = event->kind,
                                      .name = event->name,
                                      .end = event->end,
                                      .from = "engine",
                                      .error = event->end == END_DONE ? NULL : "of a reason" },
                      event->body);
}

static size_t count_sends(const struct failover_play *play)
{
    size_t count = 0;

    for (size_t i = 0; i < play->out.effects_count; i++)
        count += strcmp(play->out.effects[i].kind, EFFECT_FAILOVER) == 0;
    return count;
}

static const char *posted_by(const struct failover_play *play) /* into the card's thread */
{
    for (size_t i = 0; i < play->out.effects_count; i++)
        if (strcmp(play->out.effects[i].kind, EFFECT_MESSAGE) == 0)
            return json_print_in(play->fixture->arena, play->out.effects[i].args);
    return "nothing";
}

static void check_walk(void **state)
{
    const struct walk_row *row = *state;
    char line[100];
    struct failover_play play;
    size_t sends = 0;

    snprintf(line, sizeof(line), "failover %s --confirm %.*s", row->line, (int)strcspn(row->line, " "), row->line);
    play = failover_play(line, row->rules);
    for (size_t i = 0; i < ARRAY_LEN(row->events) && row->events[i].name; i++) {
        play_event(&play, &row->events[i]);
        sends += count_sends(&play);
    }
    assert_string_equal(play.operation.state, row->state);
    if (row->result)
        assert_string_equal(play.operation.result, row->result);
    else
        assert_null(play.operation.result);
    if (row->says) {
        const char *text = play.operation.summary ? play.operation.summary
                           : play.out.reply       ? play.out.reply->text
                                                  : posted_by(&play);

        if (!strstr(text, row->says))
            fail_msg("no '%s' in: %s", row->says, text);
    }
    assert_int_equal(sends, row->sends);
    decision_destroy(play.fixture);
}

/* What an event journals of a glass, and asks to be reviewed; and for how many denies it is broken since. */
static void assert_broken(const struct failover_play *play, size_t now, size_t in_all)
{
    size_t noted = 0;

    for (size_t i = 0; i < play->out.journal_count; i++)
        if (strcmp(play->out.journal[i].kind, "failover.glass_broken") == 0) {
            noted++;
            assert_string_equal(json_find_string(play->out.journal[i].body, "rule"), RULE);
            assert_null(json_find_string(play->out.journal[i].body, "reason")); /* that can be erased */
            assert_string_equal(json_find_string(play->out.journal[i].personal, "reason"), "fire");
        }
    assert_int_equal(noted, now);
    assert_int_equal(play->out.requests_count, now);
    assert_int_equal(play->body->glass.denies_count, in_all);
    if (now > 0) {
        assert_string_equal(play->out.requests[0].verb, verb_review_opened.name);
        assert_non_null(strstr(play->out.requests[0].words[0], "\"database\":\"main\""));
        assert_non_null(strstr(play->body->acts, "broke the glass, past the rule " RULE ": fire"));
    }
}

static void a_broken_glass_is_announced_once_and_kept(void **state)
{
    static const struct told_event to_sending[] = { TO_SENDING };
    struct failover_play play = failover_play("failover main --confirm main --break-glass fire", FREEZE("dba"));
    struct effect effect = { .kind = EFFECT_FAILOVER };
    struct card card = { 0 };
    struct error err;

    (void)state;
    play_event(&play, &to_sending[0]);
    assert_broken(&play, 1, 1);
    assert_non_null(strstr(play.out.reply->lines[play.out.reply->lines_count - 1], "past the rule " RULE));
    for (size_t i = 1; i < ARRAY_LEN(to_sending); i++) {
        play_event(&play, &to_sending[i]);
        assert_broken(&play, 0, 1);
    }
    assert_true(machine_failover.may_increase(&play.fixture->view, &play.operation, play.body, &effect, &err));
    machine_failover.card(&play.fixture->view, &play.operation, play.body, &card);
    assert_string_equal(decision_field(&card, "Broken glass"), "fire");
    decision_destroy(play.fixture);
}

/* A look breaks nothing; it says that the line would, and the line has it. */
static void a_look_past_a_freeze_tells_the_whole_line(void **state)
{
    static const char configuration[] = FAILOVER_CONFIGURATION FREEZE("dba");
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration);
    struct request request = decision_request(fixture, "failover main --break-glass fire");
    struct operation operation = { .id = "L7", .state = "looking", .requester = request.principal, .source = "slack" };
    struct event event = { .kind = EVENT_READING, .end = END_DONE, .body = decision_json(fixture, STANDBY) };
    const void *arguments, *body;
    struct question question;
    const char *text = "";
    struct outcome out;
    struct error err;

    (void)state;
    assert_true(verb_failover.asks(&fixture->view, &request, &question, &arguments, &err));
    outcome_init(&out, fixture->arena, "L7", "birth-00000000000000d7");
    verb_failover.begin(&fixture->view, &request, &question, arguments, &out);
    event.name = out.readings[0].name;
    body = decision_take(fixture, &operation, &out, machine_failover_look.body);
    outcome_init(&out, fixture->arena, "L7", "birth-00000000000000d7");
    machine_failover_look.on_event(&fixture->view, &operation, body, &event, &out);
    for (size_t i = 0; i < out.reply->lines_count; i++)
        text = arena_printf(fixture->arena, "%s%s\n", text, out.reply->lines[i]);
    assert_non_null(strstr(text, "`failover main --confirm main --break-glass ...`"));
    assert_non_null(strstr(text, "It goes past the rule " RULE));
    assert_int_equal(out.journal_count + out.requests_count, 0);
}

/* Its reason was given for what stood in the way then. */
static void a_deny_of_later_is_passed_by_no_earlier_reason(void **state)
{
    static const struct told_event to_sending[] = { TO_SENDING };
    struct failover_play play = failover_play("failover main --confirm main --break-glass fire", "");
    struct failover_play frozen = failover_play("failover main --confirm main", FREEZE("dba"));
    struct effect effect = { .kind = EFFECT_FAILOVER };
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(to_sending); i++) {
        play_event(&play, &to_sending[i]);
        assert_broken(&play, 0, 0);
        if (i == 0)
            assert_non_null(strstr(play.out.reply->lines[play.out.reply->lines_count - 1], "No glass was needed"));
    }
    assert_false(machine_failover.may_increase(&frozen.fixture->view, &play.operation, play.body, &effect, &err));
    assert_non_null(strstr(err.message, "a freeze"));
    decision_destroy(play.fixture);
    decision_destroy(frozen.fixture);
}

static void a_deny_that_came_meanwhile_holds_the_call_back(void **state)
{
    struct failover_play play =
        failover_play("failover main --confirm main",
                      "    - { deny: failover, on: { environment: staging }, reason: \"a freeze\" }\n");
    struct effect effect = { .kind = EFFECT_FAILOVER };
    struct error err;

    (void)state;
    assert_true(machine_failover.may_increase(&play.fixture->view, &play.operation, play.body, &effect, &err));
    decision_destroy(play.fixture);
    play = failover_play("failover main --confirm main", "    - { deny: failover, on: { database: main } }\n");
    assert_false(machine_failover.may_increase(&play.fixture->view, &play.operation, play.body, &effect, &err));
    decision_destroy(play.fixture);
}

static void a_name_that_means_another_machine_by_now_is_not_failed_over(void **state)
{
    static const struct {
        const char *name; /* of the database that stands under `main` after the reload; NULL: none does */
        const char *environment, *says;
    } rows[] = { { "main", "production", NULL },
                 { "main", "staging", "environment" },
                 { "loose", "production", "another place" },
                 { NULL, NULL, "no configuration any more" } };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct failover_play play = failover_play("failover main --confirm main", "");
        struct settings settings = *play.fixture->view.settings;
        struct database_settings database = { 0 };
        struct effect effect = { .kind = EFFECT_FAILOVER };
        struct error err;

        if (rows[i].name)
            database = *settings_find_database(play.fixture->view.settings, rows[i].name);
        database.name = "main";
        database.environment = rows[i].environment;
        settings.databases = &database;
        settings.databases_count = rows[i].name ? 1 : 0;
        play.fixture->view.settings = &settings;
        assert_int_equal(!rows[i].says,
                         machine_failover.may_increase(&play.fixture->view, &play.operation, play.body, &effect, &err));
        if (rows[i].says && !strstr(err.message, rows[i].says))
            fail_msg("no '%s' in: %s", rows[i].says, err.message);
        decision_destroy(play.fixture);
    }
}

/* A little may be lost now, and more by the time of the call: that is what people consent to. */
static void who_consents_reads_how_much_was_accepted(void **state)
{
    struct failover_play play = failover_play("failover far --confirm far --lose 10m", CONSENT);
    struct card card = { 0 };
    const char *accepted = NULL;

    (void)state;
    failover_send(&play, (struct event){ .kind = EVENT_READING, .name = "seen", .end = END_DONE },
                  REPLICA(LAG("3000")));
    assert_string_equal(play.operation.state, "awaiting-approval");
    assert_non_null(strstr(posted_by(&play), "accepted: at most 10 min"));
    machine_failover.card(&play.fixture->view, &play.operation, play.body, &card);
    for (size_t i = 0; i < card.fields_count; i++)
        if (strcmp(card.fields[i].name, "Accepted to be lost") == 0)
            accepted = card.fields[i].value;
    assert_non_null(accepted);
    assert_string_equal(accepted, "at most 10 min");
    decision_destroy(play.fixture);
}

static void a_runbook_fails_over_what_has_one(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(FAILOVER_CONFIGURATION);
    const struct runbook_body *body;
    const char *text;
    struct outcome out;

    (void)state;
    text = decision_answer(fixture, &verb_failover, "failover hand", &out);
    assert_non_null(strstr(text, "a person confirms: move it"));
    assert_non_null(strstr(text, "RTO 15 min"));
    assert_non_null(strstr(text, "`failover hand --confirm hand"));
    assert_false(out.begins);
    decision_answer(fixture, &verb_failover, "failover hand --confirm hand", &out); /* `run` is allowed to nobody */
    assert_true(out.begins);
    assert_string_equal(out.kind, "runbook");
    assert_string_equal(out.target, "hand");
    body = out.body;
    assert_true(body->is_failover);
    assert_int_equal(body->recovery_time_ms, 15 * MINUTE_MS);
}

/* Neither its name typed nor the policy of failover can be passed by. */
static void its_runbook_is_not_run_by_itself(void **state)
{
    static const char *const lines[] = { "run move", "run move --again D7" };
    AUTO_DECISION struct decision_fixture *fixture =
        decision_create(FAILOVER_CONFIGURATION "    - { allow: run, to: everyone }\n");
    struct outcome out;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        assert_string_equal(decision_answer(fixture, &verb_run, lines[i], &out),
                            "MISUSED `move` fails *hand* over: `failover hand` tells what it would do, and how. Nothing "
                            "was done.");
        assert_false(out.begins);
    }
    assert_non_null(strstr(decision_answer(fixture, &verb_run, "run move --dry-run", &out), "nothing was run"));
}

static void a_run_that_fails_over_asks_policy_for_that(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(
        FAILOVER_CONFIGURATION "    - { deny: failover, on: { database: hand }, reason: \"a freeze\" }\n");
    struct outcome out;

    (void)state;
    assert_non_null(strstr(decision_answer(fixture, &verb_failover, "failover hand --confirm hand", &out), "a freeze"));
    assert_false(out.begins);
}

static void a_lock_on_a_database_holds_failovers_of_others(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(FAILOVER_CONFIGURATION);
    const struct principal owner = { "slack", "U1", "T1", "ann" }, other = { "slack", "U2", "T1", "bob" };
    struct operation lock = { .id = "D3", .kind = "lock", .schema = 1, .state = "locked", .requester = owner };
    struct outcome out;

    (void)state;
    assert_non_null(strstr(decision_answer(fixture, &verb_lock, "lock main \"a migration\"", &out), "main/production"));
    lock.body = shape_to_json(machine_lock.body, out.body, SHAPE_WHOLE);
    arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, (cJSON *)(uintptr_t)lock.body);
    fixture->operations = &lock;
    fixture->operations_count = 1;
    assert_ptr_equal(hold_find(&fixture->view, "main", "production", "failover", &other), &lock);
    assert_null(hold_find(&fixture->view, "main", "production", "failover", &owner));
    assert_ptr_equal(hold_find(&fixture->view, "main", "production", "restore", &other), &lock);
    assert_null(hold_find(&fixture->view, "main", "production", "backup", &other));
    assert_null(hold_find(&fixture->view, "far", NULL, "failover", &other));
    assert_null(hold_find(&fixture->view, "api", "production", "deploy", &other));
    assert_non_null(strstr(decision_answer(fixture, &verb_lock, "lock far \"x\"", &out), "is in no environment"));
}

static void a_retry_leaves_its_button_stale(void **state)
{
    static const struct told_event events[] = { TO_SENDING, LOST, ASKS_LATE, READ("sought", "{}") };
    struct failover_play play = failover_play("failover main --confirm main", "");
    int64_t look;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        play_event(&play, &events[i]);
    look = play.body->looks;
    failover_request(&play, "retry", "U1", look);
    assert_string_equal(play.operation.state, "checking");
    assert_int_not_equal(play.body->looks, look);
    decision_destroy(play.fixture);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(without_databases_there_is_a_clear_word),
        cmocka_unit_test(a_retry_leaves_its_button_stale),
        cmocka_unit_test(a_look_asks_policy_for_a_preflight_and_a_failover_for_itself),
        cmocka_unit_test(a_runbook_fails_over_what_has_one),
        cmocka_unit_test(its_runbook_is_not_run_by_itself),
        cmocka_unit_test(a_run_that_fails_over_asks_policy_for_that),
        cmocka_unit_test(a_lock_on_a_database_holds_failovers_of_others),
        cmocka_unit_test(who_consents_reads_how_much_was_accepted),
        cmocka_unit_test(a_broken_glass_is_announced_once_and_kept),
        cmocka_unit_test(a_look_past_a_freeze_tells_the_whole_line),
        cmocka_unit_test(a_deny_of_later_is_passed_by_no_earlier_reason),
        cmocka_unit_test(a_name_that_means_another_machine_by_now_is_not_failed_over),
        cmocka_unit_test(a_deny_that_came_meanwhile_holds_the_call_back),
    };

    return ROWS(words_rows, check_words) + ROWS(preflight_rows, check_preflight) + ROWS(walk_rows, check_walk) +
           cmocka_run_group_tests(others, NULL, NULL);
}
