/* `backup`: words that are no guess, what is judged, and its machine from the first reading to its end. */
#include "tests/unit/backup_fixture.h"

#include "handlers/review.h"

#include <string.h>

#define RESTORE_BARE "backup restore bare 17 --confirm bare"
#define FIRE " --break-glass fire"
#define FREEZE(who) "    - { deny: [backup, restore], reason: a freeze, break_glass: " who " }\n"
#define CONSENT "    - { require: { approvals: { from: dba } }, for: restore }\n"

static const struct words_row {
    const char *name, *line, *says;
} words_rows[] = {
    { "it takes what is to be done", "backup", "What is to be done" },
    { "a slip of that is no guess", "backup crate main", "Did you mean `create`? Nothing was done" },
    { "nor one of the database", "backup create mian", "Did you mean `main`? Nothing was done" },
    { "a database has to be named", "backup create", "Which database? There is `main`, `bare`, `one`" },
    { "one that none is near to", "backup list warehouse",
      "There is no database `warehouse`, so nothing was done. There is `main`" },
    { "Memorystore has no backups", "backup create cache", "`cache` is not on Cloud SQL" },
    { "words stand in quotes", "backup create main before v2", "I do not know what `v2` means" },
    { "an option that is none is named", "backup restore main 17 --confrim main", "--confirm" },
    { "one of another action is not passed over", "backup create main --no-safety-backup", "takes no" },
    { "a restore names its backup", "backup restore main", "Which backup?" },
    { "by its number", "backup restore main 17a", "`17a` is no backup" },
    { "not by a number of a hundred letters", "backup restore main 111111111111111111111111111111", "is no backup" },
    { "the name is typed once more, to the letter", "backup restore main 17 --confirm Main", "typed once more" },
    { "the newest has to be named before it is restored", "backup restore main latest --confirm main",
      "tells its number" },
    { "only the instance that is given away is overwritten", "backup restore main 17 --into main-1",
      "takes `main-scratch`" },
    { "and none where none is", "backup restore bare 17 --into main-scratch", "is restored nowhere else" },
    { "a test confirms nothing", "backup restore main 17 --into main-scratch --confirm main", "no `--confirm`" },
    { "without a bucket nothing is exported", "backup export bare app", "has no bucket" },
    { "of several databases one is named", "backup export main", "Which database in the instance" },
    { "a slip of that is no guess, too", "backup export main adit", "Did you mean `audit`?" },
    { "an import takes a file", "backup import one", "Which file?" },
    { "in a bucket", "backup import one app /etc/passwd", "is no file in a bucket" },
    { "in ours", "backup import one gs://acme-backups-of-others/x.sql", "is not in `gs://acme-backups`" },
    { "by its whole name", "backup import one gs://acme-backups/", "is not in `gs://acme-backups`" },
    { "without tricks", "backup import one gs://acme-backups/../x", "letters that no export" },
};

static void check_words(void **state)
{
    const struct words_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BACKUP_CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    struct question question;
    const void *arguments;
    struct error err;

    assert_false(verb_backup.asks(&fixture->view, &request, &question, &arguments, &err));
    if (!strstr(err.message, row->says))
        fail_msg("no '%s' in: %s", row->says, err.message);
}

static const struct asked_row {
    const char *name, *line, *verb;
    bool only_looks;
} asked_rows[] = {
    { "a backup is one", "backup create main \"why\"", "backup", false },
    { "a list looks", "backup list main", "backup", true },
    { "an export changes nothing", "backup export one", "backup", false },
    { "a restore is told first", "backup restore main 17", "restore", true },
    { "and is done by the name", "backup restore main 17 --confirm main", "restore", false },
    { "a test of one is no restore of the database", "backup restore main latest --into main-scratch", "backup",
      false },
    { "an import is told first, too", "backup import one gs://acme-backups/x.sql", "restore", true },
};

static void check_asked(void **state)
{
    const struct asked_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BACKUP_CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    struct question question;
    const void *arguments;
    struct error err;

    if (!verb_backup.asks(&fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    assert_string_equal(question.verb, row->verb);
    assert_int_equal(question.is_preflight, row->only_looks);
    assert_int_equal(verb_backup.only_looks(arguments), row->only_looks);
}

/* ---- the machine ---- */

#define READ(called, body)                                                                                             \
    {                                                                                                                  \
        EVENT_READING, called, END_DONE, body                                                                          \
    }
#define FAILS(called)                                                                                                  \
    {                                                                                                                  \
        EVENT_READING, called, END_GAVE_UP, NULL                                                                       \
    }
#define SENT(how, body)                                                                                                \
    {                                                                                                                  \
        EVENT_EFFECT, "backup", how, body                                                                              \
    }
#define DUE(called)                                                                                                    \
    {                                                                                                                  \
        EVENT_TIMER, called, END_DONE, NULL                                                                            \
    }
#define LATER                                                                                                          \
    {                                                                                                                  \
        EVENT_TIMER, "late", END_DONE, NULL                                                                            \
    } /* an hour; nothing is told to it */
#define DAYS_LATER                                                                                                     \
    {                                                                                                                  \
        EVENT_TIMER, "days later", END_DONE, NULL                                                                      \
    }
#define GRANTED                                                                                                        \
    {                                                                                                                  \
        EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, "{}"                                                                 \
    }
#define PEOPLE(verb, user)                                                                                             \
    {                                                                                                                  \
        EVENT_REQUEST, verb, END_DONE, user                                                                            \
    }
#define CHILD(called, body)                                                                                            \
    {                                                                                                                  \
        EVENT_MESSAGE, called, END_DONE, "{'name':'verify','operation':'D8'" body "}"                                  \
    }
#define TOOK SENT(END_DONE, "{'operation':'op-9'}")
#define LOST SENT(END_UNKNOWN, NULL)
#define OVER READ("progress", "{'operation':'op-9','is_done':true}")
#define BROKE READ("progress", "{'operation':'op-9','is_done':true,'error':'no disk'}")
#define VERIFIED CHILD(MESSAGE_CHILD_ENDED, ",'result':'done','summary':'3 users.'")
#define TO_PROVED READ("seen", WITH17), READ("seen", WITH17), TOOK, OVER, READ("seen", SERVES), VERIFIED
#define SAVED READ("seen", WITH17), TOOK, OVER, READ("seen", MADE("SUCCESSFUL"))
#define HEALTHY                                                                                                        \
    READ("service:0", "{'etag':'e','uri':'https://api','is_settled':true}"),                                           \
        READ("health:0", "{'status':200,'is_healthy':true}")

struct told_event {
    enum event_kind kind;
    const char *name;
    enum event_end end;
    const char *body; /* of a request: who */
};

static const struct walk_row {
    const char *name, *line, *rules;
    struct told_event events[24];
    const char *state, *result, *says; /* at the end; part of the summary, or of the last reply */
    size_t sends;                      /* calls that were wanted in all */
} walk_rows[] = {
    /* ---- a backup ---- */
    { "a backup is done when it is good",
      "backup create bare",
      "",
      { READ("seen", SERVES), GRANTED, READ("seen", SERVES), TOOK, OVER, READ("seen", MADE("RUNNING")), DUE("poll"),
        READ("seen", MADE("SUCCESSFUL")) },
      "done",
      "done",
      "`bare` is backed up, 0 ms after it was asked for, as `18`. To restore it",
      1 },
    { "it failed when it is not",
      "backup create bare",
      "",
      { READ("seen", SERVES), GRANTED, READ("seen", SERVES), TOOK, OVER, READ("seen", MADE("FAILED")) },
      "failed",
      "failed",
      "came to no good end: `18` is FAILED",
      1 },
    { "beside another operation none begins",
      "backup create bare",
      "",
      { READ("seen", INSTANCE("RUNNABLE", ",'running':{'name':'o','type':'EXPORT','began_at_ms':1}")) },
      "refused",
      "refused",
      "`EXPORT` is at work on `bare-1`",
      0 },
    { "what cannot be read is not changed",
      "backup create bare",
      "",
      { FAILS("seen") },
      "refused",
      "refused",
      "cannot be read",
      0 },
    { "a lost answer is looked for",
      "backup create bare",
      "",
      { READ("seen", SERVES), GRANTED, READ("seen", SERVES), LOST, READ("sought", "{}"), DUE("poll"),
        READ("sought", "{'has_moved':true}"), READ("seen", MADE("SUCCESSFUL")) },
      "done",
      "done",
      "`bare` is backed up",
      1 },
    { "a refusal changed nothing",
      "backup create bare",
      "",
      { READ("seen", SERVES), GRANTED, READ("seen", SERVES), SENT(END_FAILED, NULL) },
      "refused",
      "refused",
      "Nothing was changed",
      1 },

    /* ---- a restore of the database alone ---- */
    { "what is there is backed up first, and told as the way back",
      "backup restore bare 17 --confirm bare",
      "",
      { READ("seen", WITH17), GRANTED, SAVED, READ("seen", WITH17), TOOK, OVER, READ("seen", SERVES), HEALTHY },
      "done",
      "done",
      "api/production is healthy. To go back: `backup restore bare 18`",
      2 },
    { "a backup that cannot be made stops it",
      "backup restore bare 17 --confirm bare",
      "",
      { READ("seen", WITH17), GRANTED, READ("seen", WITH17), TOOK, BROKE },
      "failed",
      "failed",
      "The database itself was not changed",
      1 },
    { "unless nobody wants it",
      "backup restore bare 17 --confirm bare --no-safety-backup",
      "",
      { READ("seen", WITH17), GRANTED, READ("seen", WITH17), TOOK, OVER, READ("seen", SERVES), HEALTHY },
      "done",
      "done",
      "Nothing goes back",
      1 },
    { "an error of Google's in the midst of it tells the way back",
      "backup restore bare 17 --confirm bare",
      "",
      { READ("seen", WITH17), GRANTED, SAVED, READ("seen", WITH17), TOOK, BROKE },
      "failed",
      "failed",
      "To go back: `backup restore bare 18`",
      2 },
    { "of what never ends nobody says that nothing was changed",
      "backup restore bare 17 --confirm bare",
      "",
      { READ("seen", WITH17), GRANTED, SAVED, READ("seen", WITH17), TOOK, DAYS_LATER, FAILS("progress") },
      "failed",
      "failed",
      "Backup `18` was made of what was there. To go back: `backup restore bare 18`",
      2 },
    { "nor of an import",
      "backup import one gs://acme-backups/x.sql --confirm one --no-safety-backup",
      "",
      { READ("seen", SERVES), GRANTED, READ("seen", SERVES), TOOK, DAYS_LATER, FAILS("progress") },
      "failed",
      "failed",
      "Nothing goes back: no backup of what was there was made",
      1 },
    { "but of a test in another instance it is said",
      "backup restore main 17 --into main-scratch",
      "",
      { READ("seen", WITH17), READ("seen", WITH17), TOOK, DAYS_LATER, FAILS("progress") },
      "failed",
      "failed",
      "The database itself was not changed",
      1 },
    { "a backup that has gone by the time of the call stops it",
      "backup restore bare 17 --confirm bare",
      "",
      { READ("seen", WITH17), GRANTED, SAVED, READ("seen", INSTANCE("RUNNABLE", ",'why':'404'")) },
      "failed",
      "failed",
      "there is no backup `17`",
      1 },
    { "one that failed is not restored",
      "backup restore bare 17 --confirm bare",
      "",
      { READ("seen", INSTANCE("RUNNABLE", ",'wanted':" RUN17("FAILED"))) },
      "refused",
      "refused",
      "backup `17` is FAILED",
      0 },
    { "nor one of another version",
      "backup restore bare 17 --confirm bare",
      "",
      { READ("seen", "{'state':'RUNNABLE','version':'POSTGRES_16','wanted':" RUN17("SUCCESSFUL") "}") },
      "refused",
      "refused",
      "is of POSTGRES_15, and `bare-1` is POSTGRES_16",
      0 },
    { "nothing is restored over replicas",
      "backup restore bare 17 --confirm bare",
      "",
      { READ("seen", INSTANCE("RUNNABLE", ",'replicas':['r'],'wanted':" RUN17("SUCCESSFUL"))) },
      "refused",
      "refused",
      "has the read replica `r`",
      0 },
    { "where nobody can tell a person is asked",
      "backup restore bare 17 --confirm bare --no-safety-backup",
      "",
      { READ("seen", WITH17), GRANTED, READ("seen", WITH17), LOST, LATER, READ("sought", "{}") },
      "asking",
      NULL,
      "nobody knows whether *D7* began",
      1 },
    { "who has it sent again has it read first",
      "backup restore bare 17 --confirm bare --no-safety-backup",
      "",
      { READ("seen", WITH17), GRANTED, READ("seen", WITH17), LOST, LATER, READ("sought", "{}"), PEOPLE("retry", "U1"),
        READ("seen", WITH17) },
      "sending",
      NULL,
      NULL,
      2 },
    { "and what may have begun meanwhile is looked for",
      "backup restore bare 17 --confirm bare --no-safety-backup",
      "",
      { READ("seen", WITH17), GRANTED, READ("seen", WITH17), LOST, LATER, READ("sought", "{}"), PEOPLE("retry", "U1"),
        READ("seen",
             INSTANCE("RUNNABLE", ",'last':{'name':'op-9','type':'RESTORE_VOLUME','began_at_ms':1},'wanted':" RUN17(
                                      "SUCCESSFUL"))) },
      "seeking",
      NULL,
      NULL,
      1 },
    { "what it cannot be sent for now is told, and it is looked for on",
      "backup restore bare 17 --confirm bare --no-safety-backup",
      "",
      { READ("seen", WITH17), GRANTED, READ("seen", WITH17), LOST, LATER, READ("sought", "{}"), PEOPLE("retry", "U1"),
        READ("seen", INSTANCE("MAINTENANCE", ",'wanted':" RUN17("SUCCESSFUL"))) },
      "asking",
      NULL,
      "stopped right before the call: `bare-1` is MAINTENANCE",
      1 },
    { "until it is found",
      "backup restore bare 17 --confirm bare --no-safety-backup",
      "",
      { READ("seen", WITH17), GRANTED, READ("seen", WITH17), LOST, LATER, READ("sought", "{}"), PEOPLE("retry", "U1"),
        READ("seen", INSTANCE("MAINTENANCE", ",'wanted':" RUN17("SUCCESSFUL"))), DUE("poll"),
        READ("sought", "{'operation':'op-9'}") },
      "following",
      NULL,
      NULL,
      1 },
    { "one that Google refuses beside the first is no end: the first is looked for",
      "backup restore bare 17 --confirm bare --no-safety-backup",
      "",
      { READ("seen", WITH17), GRANTED, READ("seen", WITH17), LOST, LATER, READ("sought", "{}"), PEOPLE("retry", "U1"),
        READ("seen", WITH17), SENT(END_FAILED, NULL), READ("sought", "{'operation':'op-9'}") },
      "following",
      NULL,
      NULL,
      2 },
    { "a backup of somebody else's is none of ours: ours is made again",
      "backup create bare",
      "",
      { READ("seen", SERVES), GRANTED, READ("seen", SERVES), LOST, LATER, READ("sought", "{}"), PEOPLE("retry", "U1"),
        READ("seen",
             INSTANCE("RUNNABLE", ",'last':{'name':'op-9','type':'BACKUP_VOLUME','began_at_ms':1},'runs':[" RUN17(
                                      "SUCCESSFUL") "]")) },
      "sending",
      NULL,
      NULL,
      2 },
    { "but ours is not",
      "backup create bare",
      "",
      { READ("seen", SERVES), GRANTED, READ("seen", SERVES), LOST, LATER, READ("sought", "{}"), PEOPLE("retry", "U1"),
        READ("seen", INSTANCE("RUNNABLE", ",'runs':[{'id':'18','status':'RUNNING','description':'made on request "
                                          "(opsgate D7, birth-00000000000000d7)'}]")) },
      "seeking",
      NULL,
      NULL,
      1 },
    { "who leaves it is told that nobody knows",
      "backup restore bare 17 --confirm bare --no-safety-backup",
      "",
      { READ("seen", WITH17), GRANTED, READ("seen", WITH17), LOST, LATER, READ("sought", "{}"), PEOPLE("abort", "U1") },
      "failed",
      "failed",
      "nobody knows whether the last call on `bare-1` began",
      1 },
    { "once it is sent nobody aborts it",
      "backup restore bare 17 --confirm bare --no-safety-backup",
      "",
      { READ("seen", WITH17), GRANTED, READ("seen", WITH17), TOOK, PEOPLE("abort", "U1") },
      "following",
      NULL,
      "cannot be aborted just now",
      1 },
    { "before, anybody may",
      "backup restore bare 17 --confirm bare",
      "",
      { READ("seen", WITH17), PEOPLE("abort", "U1") },
      "aborted",
      "aborted",
      "The database itself was not changed",
      0 },

    /* ---- into another instance first ---- */
    { "it waits there for a person",
      "backup restore main 17 --confirm main",
      "",
      { TO_PROVED },
      "proved",
      NULL,
      "`promote D7` restores it over `main`",
      1 },
    { "who has it done in the database itself",
      "backup restore main 17 --confirm main",
      "",
      { TO_PROVED, PEOPLE("promote", "U2"), GRANTED, SAVED, READ("seen", WITH17), TOOK, OVER, READ("seen", SERVES),
        VERIFIED, HEALTHY },
      "done",
      "done",
      "Verified by `look`: 3 users",
      3 },
    { "who is told what that loses by then",
      "backup restore main 17 --confirm main",
      "",
      { TO_PROVED, DAYS_LATER, PEOPLE("promote", "U2") },
      "queued",
      NULL,
      "Everything that was written to `main` since the backup is lost by it: it is of 2 days ago",
      1 },
    { "or leaves it at that",
      "backup restore main 17 --confirm main",
      "",
      { TO_PROVED, PEOPLE("abort", "U2") },
      "aborted",
      "aborted",
      "`main-scratch` holds backup `17`. The database itself was not changed",
      1 },
    { "what the runbook does not verify goes no further",
      "backup restore main 17 --confirm main",
      "",
      { READ("seen", WITH17), READ("seen", WITH17), TOOK, OVER, READ("seen", SERVES), CHILD(MESSAGE_CHILD_BEGUN, ""),
        CHILD(MESSAGE_CHILD_ENDED, ",'result':'failed','summary':'0 users'") },
      "failed",
      "failed",
      "`look` does not verify `main-scratch`: D8 is failed: 0 users",
      1 },
    { "nor what it may not run for",
      "backup restore main 17 --confirm main",
      "",
      { READ("seen", WITH17), READ("seen", WITH17), TOOK, OVER, READ("seen", SERVES),
        CHILD(MESSAGE_CHILD_REFUSED, ",'text':'Denied'") },
      "failed",
      "failed",
      "does not verify `main-scratch`: Denied",
      1 },
    { "an abort ends the run that verifies first",
      "backup restore main 17 --confirm main",
      "",
      { READ("seen", WITH17), READ("seen", WITH17), TOOK, OVER, READ("seen", SERVES), CHILD(MESSAGE_CHILD_BEGUN, ""),
        PEOPLE("abort", "U1") },
      "stopping",
      NULL,
      "ends once the run",
      1 },
    { "and then itself",
      "backup restore main 17 --confirm main",
      "",
      { READ("seen", WITH17), READ("seen", WITH17), TOOK, OVER, READ("seen", SERVES), CHILD(MESSAGE_CHILD_BEGUN, ""),
        PEOPLE("abort", "U1"), CHILD(MESSAGE_CHILD_ENDED, ",'result':'aborted','summary':'x'") },
      "aborted",
      "aborted",
      "The database itself was not changed",
      1 },
    { "a test ends there",
      "backup restore main latest --into main-scratch",
      "",
      { TO_PROVED },
      "done",
      "done",
      "Backup `17` of `main` is restored into `main-scratch`",
      1 },
    { "nothing is promoted that waits for nothing",
      "backup restore main 17 --confirm main",
      "",
      { READ("seen", WITH17), PEOPLE("promote", "U1") },
      "checking",
      NULL,
      "does not wait to be promoted",
      0 },

    /* ---- past a deny ---- */
    { "a freeze refuses it",
      RESTORE_BARE,
      FREEZE("dba"),
      { READ("seen", WITH17) },
      "refused",
      "refused",
      "a freeze",
      0 },
    { "a broken glass passes it, all along",
      RESTORE_BARE FIRE,
      FREEZE("dba"),
      { READ("seen", WITH17), GRANTED, READ("seen", WITH17) },
      "sending",
      NULL,
      NULL,
      1 },
    { "not that of who has not the role",
      RESTORE_BARE FIRE,
      FREEZE("\"slack:U9\""),
      { READ("seen", WITH17) },
      "refused",
      "refused",
      "a freeze",
      0 },
    { "it gives no consent",
      RESTORE_BARE FIRE,
      FREEZE("dba") CONSENT,
      { READ("seen", WITH17) },
      "awaiting-approval",
      NULL,
      NULL,
      0 },
    { "and takes none away",
      RESTORE_BARE FIRE,
      FREEZE("dba") CONSENT,
      { READ("seen", WITH17), PEOPLE("approve", "U2"), GRANTED, READ("seen", WITH17) },
      "sending",
      NULL,
      NULL,
      1 },

    /* ---- consent ---- */
    { "it waits for consent",
      "backup restore bare 17 --confirm bare",
      CONSENT,
      { READ("seen", WITH17) },
      "awaiting-approval",
      NULL,
      NULL,
      0 },
    { "never that of whoever asked",
      "backup restore bare 17 --confirm bare",
      CONSENT,
      { READ("seen", WITH17), PEOPLE("approve", "U1") },
      "awaiting-approval",
      NULL,
      "does not count",
      0 },
    { "with it, it goes on",
      "backup restore bare 17 --confirm bare",
      CONSENT,
      { READ("seen", WITH17), PEOPLE("approve", "U2"), GRANTED, READ("seen", WITH17) },
      "sending",
      NULL,
      NULL,
      1 },
    { "without it, it ends",
      "backup restore bare 17 --confirm bare",
      CONSENT,
      { READ("seen", WITH17), DUE("unapproved") },
      "refused",
      "refused",
      "Nobody gave what it waited for",
      0 },

    /* ---- files ---- */
    { "an export is done when Google says so",
      "backup export one",
      "",
      { READ("seen", SERVES), GRANTED, READ("seen", SERVES), TOOK, OVER },
      "done",
      "done",
      "gs://acme-backups/one/app-20261120T220000Z-D7.sql.gz",
      1 },
    { "a file that is there is not overwritten: Google ends it with an error",
      "backup export one",
      "",
      { READ("seen", SERVES), GRANTED, READ("seen", SERVES), TOOK, BROKE },
      "failed",
      "failed",
      "no disk",
      1 },
    { "an import backs up first, too",
      "backup import one gs://acme-backups/x.sql --confirm one",
      "",
      { READ("seen", SERVES), GRANTED, READ("seen", SERVES), TOOK, OVER, READ("seen", MADE("SUCCESSFUL")),
        READ("seen", SERVES), TOOK, OVER, READ("seen", SERVES) },
      "done",
      "done",
      "`gs://acme-backups/x.sql` is imported into `app` of `one`",
      2 },
    { "a late answer to what is over changes nothing",
      "backup export one",
      "",
      { READ("seen", SERVES), GRANTED, READ("seen", SERVES), TOOK, READ("sought", "{'has_moved':true}") },
      "following",
      NULL,
      NULL,
      1 },
};

static void play_event(struct backup_play *play, const struct told_event *event)
{
    if (event->kind == EVENT_TIMER && strcmp(event->name, "late") == 0)
        play->fixture->view.now_ms += HOUR_MS;
    else if (event->kind == EVENT_TIMER && strcmp(event->name, "days later") == 0)
        play->fixture->view.now_ms += 2 * DAY_MS;
    else if (event->kind == EVENT_REQUEST)
        backup_request(play, event->name, event->body, CONTROL_ANY_LOOK);
    else
        backup_send(play,
                    (struct event){ .kind = event->kind,
                                    .name = event->name,
                                    .end = event->end,
                                    .from = "engine",
                                    .error = event->end == END_DONE ? NULL : "of a reason" },
                    event->body);
}

static size_t count_sends(const struct backup_play *play)
{
    size_t count = 0;

    for (size_t i = 0; i < play->out.effects_count; i++)
        count += strcmp(play->out.effects[i].kind, EFFECT_BACKUP) == 0;
    return count;
}

static const char *posted_by(const struct backup_play *play) /* into the card's thread */
{
    for (size_t i = 0; i < play->out.effects_count; i++)
        if (strcmp(play->out.effects[i].kind, EFFECT_MESSAGE) == 0)
            return json_print_in(play->fixture->arena, play->out.effects[i].args);
    return "nothing";
}

static const char *reply_text(const struct backup_play *play)
{
    const char *text = play->out.reply->text;

    for (size_t i = 0; i < play->out.reply->lines_count; i++)
        text = arena_printf(play->fixture->arena, "%s\n%s", text, play->out.reply->lines[i]);
    return text;
}

static void check_walk(void **state)
{
    const struct walk_row *row = *state;
    struct backup_play play = backup_play(row->line, row->rules);
    const char *text;
    size_t sends = 0;

    for (size_t i = 0; i < ARRAY_LEN(row->events) && row->events[i].name; i++) {
        play_event(&play, &row->events[i]);
        sends += count_sends(&play);
    }
    text = play.operation.summary ? play.operation.summary : play.out.reply ? reply_text(&play) : posted_by(&play);
    if (row->says && !strstr(text, row->says))
        fail_msg("no '%s' in: %s", row->says, text);
    assert_string_equal(play.operation.state, row->state);
    if (row->result)
        assert_string_equal(play.operation.result, row->result);
    else
        assert_null(play.operation.result);
    assert_int_equal(sends, row->sends);
    decision_destroy(play.fixture);
}

/* ---- what holds it ---- */

static const struct held_row {
    const char *name, *line, *rules;
    bool may;
} held_rows[] = {
    { "nothing holds it", "backup restore bare 17 --confirm bare", "", true },
    { "a deny that came meanwhile does", "backup restore bare 17 --confirm bare",
      "    - { deny: restore, on: { database: bare } }\n", false },
    { "but not a test in another instance", "backup restore main 17 --into main-scratch",
      "    - { deny: restore, on: { database: main } }\n", true },
    { "nor a backup", "backup create bare", "    - { deny: restore, on: { database: bare } }\n", true },
};

static void check_held(void **state)
{
    const struct held_row *row = *state;
    struct backup_play play = backup_play(row->line, row->rules);
    struct effect effect = { .kind = EFFECT_BACKUP };
    struct error err;

    assert_int_equal(machine_backup.may_increase(&play.fixture->view, &play.operation, play.body, &effect, &err),
                     row->may);
    decision_destroy(play.fixture);
}

static void a_name_that_means_another_instance_by_now_is_not_overwritten(void **state)
{
    struct backup_play play = backup_play("backup restore bare 17 --confirm bare", "");
    struct settings settings = *play.fixture->view.settings;
    struct database_settings database = *settings_find_database(&settings, "main");
    struct effect effect = { .kind = EFFECT_BACKUP };
    struct error err;

    (void)state;
    database.name = "bare";
    settings.databases = &database;
    settings.databases_count = 1;
    play.fixture->view.settings = &settings;
    assert_false(machine_backup.may_increase(&play.fixture->view, &play.operation, play.body, &effect, &err));
    assert_non_null(strstr(err.message, "another place"));
    decision_destroy(play.fixture);
}

static void a_stale_button_promotes_nothing(void **state)
{
    static const struct told_event events[] = { TO_PROVED };
    struct backup_play play = backup_play("backup restore main 17 --confirm main", "");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        play_event(&play, &events[i]);
    backup_request(&play, "promote", "U1", play.body->looks - 1);
    assert_string_equal(play.operation.state, "proved");
    backup_request(&play, "promote", "U1", play.body->looks);
    assert_string_equal(play.operation.state, "queued");
    decision_destroy(play.fixture);
}

static void a_retry_leaves_its_button_stale(void **state)
{
    static const struct told_event events[] = { READ("seen", WITH17), GRANTED, READ("seen", WITH17), LOST, LATER,
                                                READ("sought", "{}") };
    struct backup_play play = backup_play("backup restore bare 17 --confirm bare --no-safety-backup", "");
    int64_t look;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        play_event(&play, &events[i]);
    look = play.body->looks;
    backup_request(&play, "retry", "U1", look);
    assert_string_equal(play.operation.state, "checking");
    assert_int_not_equal(play.body->looks, look);
    decision_destroy(play.fixture);
}

/* What holds it may be over soon. */
static void check_held_person(const char *line, const struct told_event *events, size_t count, const char *verb,
                              const char *waits, const char *goes)
{
    struct backup_play play = backup_play(line, "");
    const struct settings *settings = play.fixture->view.settings;
    struct settings without = *settings;

    for (size_t i = 0; i < count; i++)
        play_event(&play, &events[i]);
    without.databases_count = 0;
    play.fixture->view.settings = &without;
    backup_request(&play, verb, "U1", CONTROL_ANY_LOOK);
    assert_non_null(strstr(play.out.reply->text, "Nothing was done; it still waits"));
    assert_string_equal(play.operation.state, waits);
    play.fixture->view.settings = settings;
    backup_request(&play, verb, "U1", CONTROL_ANY_LOOK);
    assert_string_equal(play.operation.state, goes);
    decision_destroy(play.fixture);
}

static void what_holds_a_promotion_throws_nothing_away(void **state)
{
    static const struct told_event events[] = { TO_PROVED };

    (void)state;
    check_held_person("backup restore main 17 --confirm main", events, ARRAY_LEN(events), "promote", "proved",
                      "queued");
}

static void nor_does_what_holds_a_retry(void **state)
{
    static const struct told_event events[] = { READ("seen", WITH17), GRANTED, READ("seen", WITH17), LOST, LATER,
                                                READ("sought", "{}") };

    (void)state;
    check_held_person("backup restore bare 17 --confirm bare --no-safety-backup", events, ARRAY_LEN(events), "retry",
                      "asking", "checking");
}

/* ---- past a deny ---- */

/* What an event journals of a glass, and asks to be reviewed; and for how many denies it is broken since. */
static void assert_broken(const struct backup_play *play, size_t now, size_t in_all)
{
    size_t noted = 0, reviews = 0;

    for (size_t i = 0; i < play->out.journal_count; i++)
        noted += strcmp(play->out.journal[i].kind, "backup.glass_broken") == 0;
    for (size_t i = 0; i < play->out.requests_count; i++)
        reviews += strcmp(play->out.requests[i].verb, verb_review_opened.name) == 0;
    assert_int_equal(noted, now);
    assert_int_equal(reviews, now);
    assert_int_equal(play->body->glass.denies_count, in_all);
}

static void a_broken_glass_is_announced_once_and_kept(void **state)
{
    static const struct told_event events[] = { READ("seen", WITH17), GRANTED, READ("seen", WITH17) };
    struct backup_play play = backup_play(RESTORE_BARE FIRE, FREEZE("dba"));
    struct card card = { 0 };
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        play_event(&play, &events[i]);
        assert_broken(&play, i == 0, 1);
    }
    assert_true(machine_backup.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
    machine_backup.card(&play.fixture->view, &play.operation, play.body, &card);
    assert_string_equal(decision_field(&card, "Broken glass"), "fire");
    decision_destroy(play.fixture);
}

static void promote_past(struct backup_play *play, const char *user, const char *reason)
{
    struct request request = decision_request(play->fixture, "promote D7");
    struct control_arguments arguments = { .operation = "D7", .look = CONTROL_ANY_LOOK, .break_glass = reason };

    request.principal.id = user;
    backup_send(
        play, (struct event){ .kind = EVENT_REQUEST, .name = "promote", .request = &request, .arguments = &arguments },
        NULL);
}

/* The copy is proved, and before it goes over the database a freeze has come: the reason of before was for the copy. */
static void a_deny_between_the_copy_and_the_database_takes_a_glass_of_its_own(void **state)
{
    static const struct told_event events[] = { TO_PROVED };
    struct backup_play play = backup_play("backup restore main 17 --confirm main" FIRE, "");
    struct backup_play frozen = backup_play(RESTORE_BARE, FREEZE("\"slack:U2\""));

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        play_event(&play, &events[i]);
    play.fixture->view.policy = frozen.fixture->view.policy; /* a reload */
    promote_past(&play, "U2", NULL);
    assert_non_null(strstr(play.out.reply->text, "a freeze"));
    promote_past(&play, "U1", "fire");
    assert_non_null(strstr(play.out.reply->text, "No glass is broken for *D7*"));
    assert_string_equal(play.operation.state, "proved");
    promote_past(&play, "U2", "fire");
    assert_string_equal(play.operation.state, "queued");
    assert_broken(&play, 1, 1);
    assert_string_equal(play.body->glass.denies[0].by.id, "U2");
    decision_destroy(play.fixture);
    decision_destroy(frozen.fixture);
}

/* ---- looks ---- */

static const struct look_row {
    const char *name, *line, *seen, *says;
} look_rows[] = {
    { "a good one of today needs no word", "backup list bare",
      INSTANCE("RUNNABLE", ",'runs':[" RUN17("SUCCESSFUL") "]"), "`17` (AUTOMATED, SUCCESSFUL, 20 h ago)" },
    { "one that is older does", "backup list bare",
      INSTANCE("RUNNABLE", ",'runs':[{'id':'9','status':'SUCCESSFUL','ended_at_ms':1795039200000}]"),
      "*The last good one is older than a day* (2 days ago)" },
    { "so does none", "backup list bare", INSTANCE("RUNNABLE", ",'runs':[" RUN17("FAILED") "]"),
      "*None of these is good.* `backup create bare` makes one" },
    { "a restore tells what is lost", "backup restore bare 17", WITH17,
      "*everything that was written to `bare` since the backup*, which is of 20 h ago" },
    { "and the line that does it, by the number that the newest has", "backup restore bare latest", WITH17,
      "`backup restore bare 17 --confirm bare`" },
    { "without a safety backup, what that means", "backup restore bare 17 --no-safety-backup", WITH17,
      "*No safety backup*: nothing brings back what is there now" },
    { "who needs it", "backup restore bare 17", WITH17, "Needed by: api/production" },
    { "why it cannot be done", "backup restore bare 17", INSTANCE("FAILED", ",'wanted':" RUN17("SUCCESSFUL")),
      "*It cannot be done now*: `bare-1` is FAILED" },
    { "an import tells that nobody knows how old the file is", "backup import one gs://acme-backups/x.sql", SERVES,
      "how old the file is, nobody can tell here" },
};

static void check_look(void **state)
{
    const struct look_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BACKUP_CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    struct operation operation = { .id = "L7", .state = "looking", .requester = request.principal, .source = "slack" };
    struct question question;
    const void *arguments, *body;
    struct outcome out;
    struct error err;
    struct event event = { .kind = EVENT_READING, .name = "seen", .end = END_DONE };
    const char *text;

    assert_true(verb_backup.asks(&fixture->view, &request, &question, &arguments, &err));
    outcome_init(&out, fixture->arena, "L7", "birth-00000000000000d7");
    verb_backup.begin(&fixture->view, &request, &question, arguments, &out);
    assert_string_equal(out.kind, machine_backup_look.kind);
    body = decision_take(fixture, &operation, &out, machine_backup_look.body);
    event.body = decision_json(fixture, row->seen);
    outcome_init(&out, fixture->arena, "L7", "birth-00000000000000d7");
    machine_backup_look.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(out.result, "done");
    text = out.reply->text;
    for (size_t i = 0; i < out.reply->lines_count; i++)
        text = arena_printf(fixture->arena, "%s\n%s", text, out.reply->lines[i]);
    if (!strstr(text, row->says))
        fail_msg("no '%s' in: %s", row->says, text);
}

static void the_runbook_is_told_which_instance(void **state)
{
    static const struct told_event events[] = { READ("seen", WITH17), READ("seen", WITH17), TOOK, OVER,
                                                READ("seen", SERVES) };
    struct backup_play play = backup_play("backup restore main 17 --confirm main", "");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        play_event(&play, &events[i]);
    assert_int_equal(play.out.requests_count, 1);
    assert_string_equal(play.out.requests[0].verb, "run");
    assert_string_equal(play.out.requests[0].words[0], "look");
    assert_string_equal(play.out.requests[0].words[1], "instance=main-scratch");
    decision_destroy(play.fixture);
}

/* A card stays as it is, and an age does not; nor do people need the whole mark. */
static void a_backup_reads_well_on_a_card(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BACKUP_CONFIGURATION);
    const struct backup_run run = { .id = "18",
                                    .type = "ON_DEMAND",
                                    .status = "SUCCESSFUL",
                                    .description = "before v2 (opsgate D7, birth-00000000000000d7)",
                                    .ended_at_ms = 1795211990000 };

    (void)state;
    assert_string_equal(backup_run_text(&fixture->view, &run),
                        "`18` (ON_DEMAND, SUCCESSFUL, 10 s ago): before v2 (opsgate D7)");
    assert_string_equal(backup_run_dated(&fixture->view, &run),
                        "`18` (ON_DEMAND, SUCCESSFUL, @{date:1795211990000}): before v2 (opsgate D7)");
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_name_that_means_another_instance_by_now_is_not_overwritten),
        cmocka_unit_test(a_stale_button_promotes_nothing),
        cmocka_unit_test(a_broken_glass_is_announced_once_and_kept),
        cmocka_unit_test(a_deny_between_the_copy_and_the_database_takes_a_glass_of_its_own),
        cmocka_unit_test(what_holds_a_promotion_throws_nothing_away),
        cmocka_unit_test(nor_does_what_holds_a_retry),
        cmocka_unit_test(a_retry_leaves_its_button_stale),
        cmocka_unit_test(the_runbook_is_told_which_instance),
        cmocka_unit_test(a_backup_reads_well_on_a_card),
    };

    return ROWS(words_rows, check_words) + ROWS(asked_rows, check_asked) + ROWS(walk_rows, check_walk) +
           ROWS(held_rows, check_held) + ROWS(look_rows, check_look) + cmocka_run_group_tests(others, NULL, NULL);
}
