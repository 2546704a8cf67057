/* Groups, teams and schedules: each is read by itself, ages are kept, and who came and went is told. */
#include "tests/unit/watch_fixture.h"

#include "bot/engine/store.h"
#include "bot/model/exchange.h"
#include "bot/model/membership.h"
#include "bot/model/outside_event.h"
#include "bot/model/slack_event.h"
#include "handlers/watch/members.h"

#define ENG "slack-group:S0ENG"
#define OPS "slack-group:S0OPS"
#define NAMED(more)                                                                                                    \
    DECISION_CONFIGURATION "    - { allow: deploy, to: [\"" ENG "\", \"" OPS "\", \"slack:U9\", \"" ENG "\"] }\n" more
#define IN(list) "{'members':[" list "]}"

static const struct members_watch *body_of(const struct watch_story *story)
{
    return story->body;
}

static const struct membership *source_of(const struct watch_story *story, const char *name)
{
    for (size_t i = 0; i < body_of(story)->sources_count; i++)
        if (strcmp(body_of(story)->sources[i].source, name) == 0)
            return &body_of(story)->sources[i];
    return NULL;
}

static bool asks(const struct watch_story *story, const char *source)
{
    for (size_t i = 0; i < story->out.readings_count; i++)
        if (strcmp(json_find_string(story->out.readings[i].args, "source"), source) == 0)
            return strcmp(story->out.readings[i].kind, READING_SLACK_GROUP) == 0;
    return false;
}

static void begin(struct watch_story *story, struct decision_fixture *fixture)
{
    watch_begin(story, fixture, &machine_members_watch);
    assert_int_equal(story->out.readings_count, 2);
    assert_true(asks(story, ENG) && asks(story, OPS));
}

static void read_both(struct watch_story *story, const char *eng, const char *ops)
{
    watch_read(story, "read:" ENG, eng);
    watch_read(story, "read:" OPS, ops);
}

static bool tell(struct watch_story *story, const char *group)
{
    struct outside_event outside = {
        .id = "e",
        .source = "slack",
        .name = SLACK_GROUP_CHANGED,
        .body = decision_json(story->fixture, arena_printf(story->fixture->arena, "{'team':'T1','group':'%s'}", group))
    };
    struct operation operation = { .id = "L1", .kind = "watch.members" };

    if (!members_watch_hears(&story->fixture->view, &operation, &outside))
        return false;
    watch_hear(story, (struct event){ .kind = EVENT_OUTSIDE, .name = outside.name, .outside = &outside });
    return true;
}

static void check_wanted(void **state)
{
    AUTO_DECISION struct decision_fixture *none = decision_create(DECISION_CONFIGURATION),
                                          *fixture = decision_create(NAMED(""));
    struct watch_story story;

    (void)state;
    watch_begin(&story, none, &machine_members_watch);
    assert_false(story.out.begins);
    begin(&story, fixture);
    assert_true(story.out.begins);
    assert_int_equal(story.out.timers[0].at_ms, fixture->view.now_ms + 5 * MINUTE_MS);
    assert_int_equal(body_of(&story)->sources_count, 2);
    fixture->view.settings = none->view.settings; /* a configuration that names none any more */
    watch_due(&story);
    assert_string_equal(story.out.result, "done");
}

static void check_read(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NAMED(""));
    struct watch_story story;
    const struct membership *list;
    size_t count;

    (void)state;
    begin(&story, fixture);
    assert_int_equal(source_of(&story, ENG)->read_at_ms, 0);
    watch_read(&story, "read:" ENG, IN("'slack:U2','slack:U1','slack:U2'"));
    assert_int_equal(source_of(&story, ENG)->read_at_ms, DECISION_NOW_MS);
    assert_int_equal(source_of(&story, ENG)->members_count, 2);
    assert_string_equal(source_of(&story, ENG)->members[0], "slack:U1");
    assert_int_equal(source_of(&story, OPS)->read_at_ms, 0);
    assert_int_equal(story.out.effects_count, 0);
    assert_int_equal(json_find_int(watch_journal(&story, "members.changed"), "came", 0), 2);
    list = machine_members_watch.memberships(story.body, &count);
    assert_int_equal(count, 2);
    assert_string_equal(list[0].source, ENG);
}

static void check_changed(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NAMED(""));
    struct watch_story story;
    const cJSON *changed;

    (void)state;
    begin(&story, fixture);
    read_both(&story, IN("'slack:U1','slack:U2'"), IN(""));
    fixture->view.now_ms += 5 * MINUTE_MS;
    watch_due(&story);
    assert_true(asks(&story, ENG) && asks(&story, OPS));
    watch_read(&story, "read:" ENG, IN("'slack:U1','slack:U2'"));
    assert_int_equal(story.out.journal_count, 0); /* nobody came, nobody went */
    assert_int_equal(source_of(&story, ENG)->read_at_ms, DECISION_NOW_MS + 5 * MINUTE_MS);
    watch_due(&story);
    watch_read(&story, "read:" ENG, IN("'slack:U2','slack:U3','slack:U4'"));
    changed = watch_journal(&story, "members.changed");
    assert_int_equal(json_find_int(changed, "came", 0), 2);
    assert_int_equal(json_find_int(changed, "went", 0), 1);
    assert_null(json_find(changed, "names"));
    assert_string_equal(json_find_string(story.out.journal[0].personal, "came.1"), "slack:U4");
    assert_string_equal(json_find_string(story.out.journal[0].personal, "went.0"), "slack:U1");
}

static void check_unseen(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NAMED(""));
    struct watch_story story;
    const cJSON *said = NULL;

    (void)state;
    begin(&story, fixture);
    read_both(&story, IN("'slack:U1'"), NULL);
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, &said), 1);
    assert_non_null(strstr(json_find_string(said, "reply.text"), "never read"));
    fixture->view.now_ms += 5 * MINUTE_MS;
    watch_due(&story);
    watch_read(&story, "read:" ENG, NULL);
    assert_non_null(watch_journal(&story, "members.unseen"));
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, &said), 1);
    assert_non_null(strstr(json_find_string(said, "reply.text"), "it said no"));
    assert_non_null(strstr(json_find_string(said, "reply.text"), "5 min ago"));
    assert_int_equal(source_of(&story, ENG)->read_at_ms, DECISION_NOW_MS); /* what is known stays, and gets older */
    assert_int_equal(source_of(&story, ENG)->members_count, 1);
    watch_read(&story, "read:" OPS, IN("'slack:U2'")); /* the one stops no other */
    assert_int_equal(source_of(&story, OPS)->members_count, 1);
    assert_non_null(watch_journal(&story, "members.seen"));
    watch_due(&story);
    watch_read(&story, "read:" ENG, NULL);
    assert_int_equal(story.out.effects_count + story.out.journal_count, 0); /* said once */
    watch_due(&story);
    watch_read(&story, "read:" ENG, IN("'slack:U1'"));
    assert_non_null(watch_journal(&story, "members.seen"));
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    assert_null(source_of(&story, ENG)->problem);
}

static void check_heard(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NAMED(""));
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    read_both(&story, IN("'slack:U1'"), IN(""));
    assert_false(tell(&story, "S0OTHER"));
    assert_true(tell(&story, "S0ENG"));
    assert_int_equal(story.out.readings_count, 1);
    assert_true(asks(&story, ENG));
    assert_true(tell(&story, "S0ENG")); /* while it is being read */
    assert_int_equal(story.out.readings_count, 0);
    watch_read(&story, "read:" ENG, IN("'slack:U1'"));
    assert_true(asks(&story, ENG)); /* what it brought may be older than what was told */
    watch_read(&story, "read:" ENG, IN("'slack:U2'"));
    assert_int_equal(story.out.readings_count, 0);
    assert_string_equal(source_of(&story, ENG)->members[0], "slack:U2");
    watch_read(&story, "read:" ENG, IN("'slack:U3'")); /* asked for by nobody */
    assert_string_equal(source_of(&story, ENG)->members[0], "slack:U2");
}

static void hear_stale(struct watch_story *story, const char *json)
{
    watch_hear(story, (struct event){ .kind = EVENT_MESSAGE,
                                      .name = MESSAGE_STALE,
                                      .body = json ? decision_json(story->fixture, json) : NULL });
}

static void check_stale(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NAMED(""));
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    hear_stale(&story, "{'source':'" ENG "'}"); /* while it is being read */
    assert_int_equal(story.out.readings_count, 0);
    read_both(&story, NULL, IN(""));
    hear_stale(&story, "{'source':'slack-group:S0OTHER'}");
    assert_int_equal(story.out.readings_count, 0);
    hear_stale(&story, "{'source':7}");
    assert_int_equal(story.out.readings_count, 0);
    hear_stale(&story, NULL);
    assert_int_equal(story.out.readings_count, 0);
    hear_stale(&story, "{'source':'" ENG "'}");
    assert_int_equal(story.out.readings_count, 1);
    assert_true(asks(&story, ENG));
    watch_read(&story, "read:" ENG, IN("'slack:U1'"));
    assert_int_equal(source_of(&story, ENG)->members_count, 1);
}

#define FEWER DECISION_CONFIGURATION "    - { allow: deploy, to: \"" OPS "\" }\n"

static void check_owner(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NAMED("")), *fewer = decision_create(FEWER);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    read_both(&story, IN("'slack:U1'"), IN("'slack:U2'"));
    fixture->view.now_ms += HOUR_MS;
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
    assert_true(asks(&story, ENG) && asks(&story, OPS));
    assert_int_equal(source_of(&story, ENG)->read_at_ms, DECISION_NOW_MS); /* as old as it is */
    fixture->view.settings = fewer->view.settings;
    watch_due(&story);
    assert_int_equal(body_of(&story)->sources_count, 1);
    assert_int_equal(source_of(&story, OPS)->members_count, 1);
    watch_read(&story, "read:" ENG, IN("'slack:U1'")); /* it is named no more */
    assert_null(source_of(&story, ENG));
}

static void check_too_many(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NAMED(""));
    AUTO_BUF struct buf many = BUF(1 << 20);
    struct watch_story story;
    const cJSON *said = NULL;

    (void)state;
    begin(&story, fixture);
    buf_puts(&many, "{'members':[");
    for (int i = 0; i < MEMBERSHIP_MAX; i++)
        buf_addf(&many, "%s'slack:U0%012d'", i ? "," : "", i);
    buf_puts(&many, "]}");
    watch_read(&story, "read:" ENG, buf_text(&many));
    assert_int_equal(source_of(&story, ENG)->members_count, MEMBERSHIP_MAX);
    watch_read(&story, "read:" OPS, buf_text(&many));
    assert_int_equal(source_of(&story, OPS)->members_count, 0);
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, &said), 1);
    assert_non_null(strstr(json_find_string(said, "reply.text"), "more members than opsgate keeps"));
}

static void check_no_sense(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NAMED(""));
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    read_both(&story, IN("'slack:U1'"), "{'members':7}");
    assert_non_null(source_of(&story, OPS)->problem);
    assert_int_equal(source_of(&story, OPS)->read_at_ms, 0);
    watch_read(&story, "read:slack-group:S0NOBODY", IN("'slack:U1'"));
    assert_int_equal(body_of(&story)->sources_count, 2);
}

/* As many on call as there may be, with the longest addresses, all of them joined, and a group that takes the rest. */
static void check_fits(void **state)
{
    enum { SCHEDULES = 4, ON_CALL = 1000, ROUNDS = 40 };
    const char *names = "\"" ENG "\"";
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf found = BUF(8 << 20), group = BUF(1 << 20);
    struct watch_story story;

    (void)state;
    for (int i = 0; i < SCHEDULES; i++)
        names = arena_printf(arena, "%s, \"pagerduty-schedule:P%d\"", names, i);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(arena_printf(
        arena, "%s    - { allow: deploy, to: [%s] }\n",
        "pagerduty: { webhook_secrets: [s], api_token: t, from: a@b.io }\n" DECISION_CONFIGURATION, names));
    watch_begin(&story, fixture, &machine_members_watch);
    for (int i = 0; i < SCHEDULES; i++) {
        buf_clear(&found);
        buf_puts(&found, "{'members':[");
        for (int k = 0; k < ON_CALL; k++)
            buf_addf(&found, "%s'pagerduty:P%d%05d'", k ? "," : "", i, k);
        buf_puts(&found, "],'emails':[");
        for (int k = 0; k < ON_CALL; k++)
            buf_addf(&found, "%s{'member':'pagerduty:P%d%05d','email':'%d%0240d@acme.io'}", k ? "," : "", i, k, i, k);
        buf_puts(&found, "]}");
        watch_read(&story, arena_printf(arena, "read:pagerduty-schedule:P%d", i), buf_text(&found));
    }
    for (int size = MEMBERSHIP_MAX; size > 0; size -= 1000) { /* the largest that there is room for */
        buf_clear(&group);
        buf_puts(&group, "{'members':[");
        for (int k = 0; k < size; k++)
            buf_addf(&group, "%s'slack:U0%09d'", k ? "," : "", k);
        buf_puts(&group, "]}");
        watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
        watch_read(&story, "read:" ENG, buf_text(&group));
        if (source_of(&story, ENG)->members_count > 0)
            break;
    }
    assert_true(source_of(&story, ENG)->members_count > 0);
    for (int round = 0; round < ROUNDS; round++) {
        struct people_ask ask;
        struct error err;

        watch_due(&story);
        watch_read(&story, "read:pagerduty-schedule:P0", buf_text(&found));
        for (size_t i = 0; i < story.out.readings_count; i++) {
            if (strcmp(story.out.readings[i].kind, READING_SLACK_PEOPLE) != 0)
                continue;
            assert_true(shape_from_json(&people_ask_shape, story.out.readings[i].args, arena, &ask, &err));
            buf_clear(&group);
            buf_puts(&group, "{'members':[],'emails':[");
            for (size_t k = 0; k < ask.emails_count; k++)
                buf_addf(&group, "%s{'member':'slack:U0%02d%03zu','email':'%s'}", k ? "," : "", round, k,
                         ask.emails[k]);
            buf_puts(&group, "]}");
        }
        watch_read(&story, "people", buf_text(&group));
    }
    assert_true(body_of(&story)->joins.list_count > 0 && body_of(&story)->joins.ever_count > 0);
    assert_non_null(body_of(&story)->unjoined); /* there was no room for all: that is told */
    {
        cJSON *json = shape_to_json(&members_watch_shape, story.body, SHAPE_WHOLE);
        const char *text = json_print_in(arena, json);

        assert_in_range(strlen(text), 200 * 1024,
                        STORE_VALUE_MAX_BYTES - 64 * 1024); /* the rest is for what is around */
        cJSON_Delete(json);
    }
}

/* As the first opsgate that had one wrote it: what was added since is not there, and means nothing. */
static void check_old_record(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    static const char text[] =
        "{\"sources\":[{\"source\":\"" ENG "\",\"read_at_ms\":1795242914748,\"members\":[\"slack:U1\",\"slack:U2\"]},"
        "{\"source\":\"" OPS "\",\"read_at_ms\":0,\"members\":[],\"problem\":\"missing_scope\"}],"
        "\"joins\":{\"list\":[{\"member\":\"pagerduty:P1\",\"email\":\"a@example.com\",\"is\":\"slack:U1\",\"at_ms\":5}]},"
        "\"asked\":[\"" ENG "\"]}";
    const struct membership *list;
    struct members_watch body;
    struct error err;
    const cJSON *json = json_parse_in(arena, str_of(text), &err);
    size_t count;

    (void)state;
    assert_int_equal(machine_members_watch.schema, 1);
    assert_non_null(json);
    if (!shape_from_json(machine_members_watch.body, json, arena, &body, &err))
        fail_msg("%s", err.message);
    list = machine_members_watch.memberships(&body, &count);
    assert_int_equal(count, 2);
    assert_string_equal(list[0].source, ENG);
    assert_int_equal(list[0].read_at_ms, INT64_C(1795242914748));
    assert_int_equal(list[0].members_count, 2);
    assert_string_equal(list[1].problem, "missing_scope");
    assert_string_equal(body.joins.list[0].is, "slack:U1");
    machine_members_watch.joins(&body, &count);
    assert_int_equal(count, 0);
    assert_int_equal(body.heard_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "it is at work where a source is named", check_wanted, NULL, NULL, NULL },
        { "each source is read by itself", check_read, NULL, NULL, NULL },
        { "who came and who went is in the journal", check_changed, NULL, NULL, NULL },
        { "what cannot be read is said once, and kept", check_unseen, NULL, NULL, NULL },
        { "a group that is told to have changed is read at once", check_heard, NULL, NULL, NULL },
        { "one by which somebody was refused is read at once", check_stale, NULL, NULL, NULL },
        { "another owner reads all, and knows their ages", check_owner, NULL, NULL, NULL },
        { "more than fit into the record are not kept", check_too_many, NULL, NULL, NULL },
        { "the most that is kept fits into a record", check_fits, NULL, NULL, NULL },
        { "an answer without sense is a problem", check_no_sense, NULL, NULL, NULL },
        { "a record of the first opsgate that had one is read", check_old_record, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
