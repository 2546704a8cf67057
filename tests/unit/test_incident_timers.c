/* What an incident does by the clock: told once each, however often, late or in vain a timer comes, whatever became of
 * it meanwhile. Each story is lived through minute by minute, by the settings of a severity. */
#include "tests/unit/decision_fixture.h"

#include "bot/model/delivery.h"
#include "bot/model/mail.h"
#include "handlers/incident/internal.h"

#define BEGAN DECISION_NOW_MS
#define LOG_MAX_BYTES (32 * 1024)
#define SHOWN_BYTES 60
#define TIMERS_MAX 20
#define CHANNEL "C0INC"

static const char head[] = "slack:\n"
                           "  bot_token: xoxb-1\n"
                           "  signing_secrets: [secret]\n"
                           "  team: T1\n"
                           "  channels: { deployments: \"#deployments\", incidents: \"#incidents\" }\n"
                           "smtp: { url: \"smtp://mail.example.com:587\", from: opsgate@example.com }\n"
                           "pagerduty:\n  webhook_secrets: [s]\n  api_token: t\n  from: a@example.com\n"
                           "people:\n"
                           "  - { name: ann, slack: U1 }\n"
                           "  - { name: cid, slack: U3, pagerduty: P3 }\n"
                           "policy:\n"
                           "  roles:\n"
                           "    - { name: oncall, members: [\"pagerduty-schedule:PABC\", \"slack:U1\"] }\n"
                           "    - { name: lead, members: [\"slack:U4\", \"local:boss\"] }\n"
                           "    - { name: cto, members: [\"slack-group:S0CTO\"], max_age: 12h }\n"
                           "    - { name: nobody, members: [\"pagerduty-schedule:PNONE\"] }\n"
                           "  rules: []\n"
                           "incidents:\n"
                           "  hours: \"Mon-Fri 09:00-17:00 UTC\"\n"
                           "  holidays: \"2026-11-24 UTC\"\n"
                           "  severities:\n";

/* ---- a world of one incident ---- */

struct clock {
    const char *name;
    int64_t at_ms; /* 0: it does not stand */
};
struct world {
    struct decision_fixture *fixture;
    struct operation operation;
    struct incident_body body;
    struct clock clocks[TIMERS_MAX];
    size_t clocks_count;
    const char *ended; /* its state */
    struct membership sources[2];
    const char **large; /* the members of S0CTO; NULL: a few */
    size_t large_count;
    struct buf log;
};

static const char *members_of_cto[] = { "slack:U5", "slack:U6" };
static const char *members_on_call[] = { "pagerduty:P3" };

/* The schedule is read again and again, the group cannot be. */
static void read_sources(struct world *world)
{
    world->sources[0] = (struct membership){ .source = "pagerduty-schedule:PABC",
                                             .read_at_ms = world->fixture->view.now_ms,
                                             .members = members_on_call,
                                             .members_count = ARRAY_LEN(members_on_call) };
    world->sources[1] =
        (struct membership){ .source = "slack-group:S0CTO",
                             .read_at_ms = BEGAN - 13 * HOUR_MS,
                             .members = world->large ? world->large : members_of_cto,
                             .members_count = world->large ? world->large_count : ARRAY_LEN(members_of_cto) };
    world->fixture->view.memberships = world->sources;
    world->fixture->view.memberships_count = ARRAY_LEN(world->sources);
}

static struct world *world_create(const char *severities)
{
    struct world *world = xcalloc(1, sizeof(*world));
    AUTO_BUF struct buf text = BUF(16 * 1024);

    buf_addf(&text, "%s%s", head, severities);
    world->fixture = decision_create(buf_text(&text));
    read_sources(world);
    world->operation =
        (struct operation){ .id = "D12", .kind = "incident", .state = INCIDENT_OPEN, .created_at_ms = BEGAN };
    world->body = (struct incident_body){ .title = "API down",
                                          .severity = "P1",
                                          .opened_at_ms = BEGAN,
                                          .channel = CHANNEL,
                                          .channel_name = "inc-20261120-api-down",
                                          .wants_channel = true };
    world->log = (struct buf)BUF(LOG_MAX_BYTES);
    return world;
}

static void world_destroy(struct world *world)
{
    decision_destroy(world->fixture);
    buf_finish(&world->log);
    free(world);
}

static void log_effect(struct world *world, const struct wanted_effect *effect)
{
    struct time_text time = duration_format(world->fixture->view.now_ms - BEGAN);
    struct arena *arena = world->fixture->arena;
    struct message_delivery message;
    struct mail_delivery mail;
    struct error err;

    if (strcmp(effect->kind, EFFECT_MESSAGE) == 0) {
        assert_true(shape_from_json(&message_delivery_shape, effect->args, arena, &message, &err));
        buf_addf(&world->log, "%s %s %.*s\n", time.text, message.channel, SHOWN_BYTES, message.reply.text);
    } else if (strcmp(effect->kind, EFFECT_MAIL) == 0) {
        assert_true(shape_from_json(&mail_delivery_shape, effect->args, arena, &mail, &err));
        buf_addf(&world->log, "%s %s %s\n", time.text, mail.to[0], mail.subject);
    } /* else invitations: `people` tells whom */
}

static void set_clock(struct world *world, const struct wanted_timer *want)
{
    size_t i = 0;

    while (i < world->clocks_count && strcmp(world->clocks[i].name, want->name) != 0)
        i++;
    assert_true(i < TIMERS_MAX);
    if (i == world->clocks_count)
        world->clocks[world->clocks_count++].name = want->name;
    world->clocks[i].at_ms = want->at_ms;
}

static void apply(struct world *world, const struct outcome *out)
{
    if (out->body)
        world->body = *(const struct incident_body *)out->body;
    if (out->state)
        world->operation.state = out->state;
    for (size_t i = 0; i < out->timers_count && !out->result; i++)
        set_clock(world, &out->timers[i]);
    for (size_t i = 0; i < out->effects_count; i++)
        log_effect(world, &out->effects[i]);
    if (!out->result)
        return;
    world->ended = out->state;
    buf_addf(&world->log, "%s %s\n", duration_format(world->fixture->view.now_ms - BEGAN).text, out->state);
}

static void timer_comes(struct world *world, const char *name)
{
    const struct event event = { .kind = EVENT_TIMER, .name = name };
    struct outcome out;

    if (world->ended)
        return;
    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    machine_incident.on_event(&world->fixture->view, &world->operation, &world->body, &event, &out);
    apply(world, &out);
}

/* As at the end of any other decision; as often as there are some. */
static void decided(struct world *world)
{
    struct outcome out, again;
    struct deciding d = { .view = &world->fixture->view,
                          .operation = &world->operation,
                          .id = "D12",
                          .state = world->operation.state,
                          .body = incident_own_body(&world->body, world->fixture->arena),
                          .out = &out };

    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    incident_set_timers(&d);
    d.out = &again;
    outcome_init(&again, world->fixture->arena, "D12", "birth-0000000000000012");
    incident_set_timers(&d);
    assert_int_equal(again.effects_count + out.effects_count, 0);
    assert_int_equal(again.timers_count, out.timers_count);
    for (size_t i = 0; i < out.timers_count; i++)
        assert_int_equal(again.timers[i].at_ms, out.timers[i].at_ms);
    outcome_move(&out, NULL, d.body);
    apply(world, &out);
}

/* ---- what people do meanwhile ---- */

static void people_do(struct world *world, const char *what)
{
    struct incident_body *body = &world->body;
    int64_t now_ms = world->fixture->view.now_ms;

    if (strcmp(what, "ack") == 0) {
        world->operation.state = INCIDENT_ACKNOWLEDGED;
        body->acknowledged_at_ms = now_ms;
        body->lead = "@{slack:U1}";
        body->lead_principal = "slack:U1";
    } else if (strcmp(what, "update") == 0) {
        body->updated_at_ms = now_ms;
        body->update = "slack:U1 rolls back";
    } else if (strcmp(what, "resolve") == 0) {
        world->operation.state = INCIDENT_RESOLVED;
        body->resolved_at_ms = now_ms;
    } else if (strcmp(what, "reopen") == 0) {
        world->operation.state = INCIDENT_OPEN;
        body->acknowledged_at_ms = body->resolved_at_ms = 0;
        body->reopened_at_ms = now_ms;
        body->is_ack_overdue = false;
    } else if (strcmp(what, "no channel") == 0) {
        body->channel = NULL;
    } else if (strcmp(what, "channel") == 0) {
        body->channel = CHANNEL;
    } else if (strcmp(what, "no way to a channel") == 0) {
        body->channel = NULL;
        body->channel_problem = "Slack takes no more";
    } else {
        body->severity = what;
    }
    decided(world);
}

struct deed {
    const char *after, *what;
};
#define DEEDS_MAX 6

enum way { ONCE, TWICE, IN_VAIN, WAYS }; /* how timers come */

static const struct clock *next_clock(const struct world *world)
{
    const struct clock *next = NULL;

    for (size_t i = 0; i < world->clocks_count; i++)
        if (world->clocks[i].at_ms > 0 && (!next || world->clocks[i].at_ms < next->at_ms))
            next = &world->clocks[i];
    return next;
}

static void run_clocks(struct world *world, enum way way)
{
    const struct clock *next;
    int fired = 0;

    while ((next = next_clock(world)) && next->at_ms <= world->fixture->view.now_ms && !world->ended) {
        const char *name = next->name;

        if (fired++ > 50)
            fail_msg("'%s' is due again and again:\n%s", name, buf_text(&world->log));
        world->clocks[next - world->clocks].at_ms = 0;
        timer_comes(world, name);
        if (way == TWICE)
            timer_comes(world, name);
    }
}

static int64_t ms_of(const char *text)
{
    struct error err;
    int64_t ms;

    assert_true(duration_parse(str_of(text), &ms, &err));
    return ms;
}

static void live(struct world *world, const struct deed *deeds, const char *until, enum way way)
{
    static const char *const all[] = { "acknowledge", "escalate", "update", "mail", "post-mortem", "held-back", "close" };
    int64_t until_ms = BEGAN + ms_of(until);
    size_t deed = 0;

    decided(world);
    for (int64_t now_ms = BEGAN; now_ms <= until_ms && !world->ended; now_ms += MINUTE_MS) {
        world->fixture->view.now_ms = now_ms;
        read_sources(world);
        while (deed < DEEDS_MAX && deeds[deed].after && BEGAN + ms_of(deeds[deed].after) <= now_ms)
            people_do(world, deeds[deed++].what);
        for (size_t i = 0; way == IN_VAIN && i < ARRAY_LEN(all); i++)
            timer_comes(world, all[i]);
        run_clocks(world, way);
    }
}

/* ---- the stories ---- */

#define P(name, more) "    - { name: " name ", " more " }\n"

static const struct row {
    const char *name, *severities;
    struct deed deeds[DEEDS_MAX];
    const char *until;
    const char *told; /* what was, when and where */
} rows[] = {
    { "without any time nothing is said", P("P1", "about: down"), { { NULL, NULL } }, "3d", "" },
    { "nobody answers",
      P("P1", "acknowledge: 15m"),
      { { NULL, NULL } },
      "3h",
      "15m C0INC @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n"
      "15m #incidents @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n" },
    { "somebody does", P("P1", "acknowledge: 15m"), { { "14m", "ack" } }, "3h", "" },
    { "somebody does so just then", P("P1", "acknowledge: 15m"), { { "15m", "ack" } }, "3h", "" },
    { "it is over before somebody does",
      P("P1", "acknowledge: 15m, post_mortem: 4d"),
      { { "5m", "resolve" } },
      "3h",
      "" },
    { "reopened it is to be acknowledged anew",
      P("P1", "acknowledge: 15m, post_mortem: 4d"),
      { { "16m", "ack" }, { "30m", "resolve" }, { "1h", "reopen" } },
      "3h",
      "15m C0INC @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n"
      "15m #incidents @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n"
      "1h15m C0INC @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n"
      "1h15m #incidents @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n" },
    { "updates are asked for, of whoever leads",
      P("P1", "update_every: 30m"),
      { { "10m", "ack" }, { "50m", "update" } },
      "2h25m",
      "40m C0INC @{slack:U1}: 30 min without an update on *D12*. `incident up\n"
      "1h20m C0INC @{slack:U1}: 30 min without an update on *D12*. `incident up\n"
      "1h50m C0INC @{slack:U1}: 60 min without an update on *D12*. `incident up\n"
      "2h20m C0INC @{slack:U1}: 90 min without an update on *D12*. `incident up\n" },
    { "of those on call while nobody leads",
      P("P1", "update_every: 30m"),
      { { NULL, NULL } },
      "40m",
      "30m C0INC @{slack:U3}: 30 min without an update on *D12*, and nobody l\n" },
    { "no more once it is resolved",
      P("P1", "update_every: 30m, post_mortem: 4d"),
      { { "10m", "ack" }, { "39m", "resolve" } },
      "3h",
      "" },
    { "stakeholders get one mail",
      P("P1", "mail_after: 30m, mail_to: [boss@example.com, sales@example.com]"),
      { { "10m", "ack" } },
      "5h",
      "30m boss@example.com P1: API down (D12)\n" },
    { "none of what was short",
      P("P1", "mail_after: 30m, mail_to: boss@example.com, post_mortem: 4d"),
      { { "29m", "resolve" } },
      "5h",
      "" },
    { "nor a second one when it is reopened",
      P("P1", "mail_after: 30m, mail_to: boss@example.com, post_mortem: 4d"),
      { { "40m", "resolve" }, { "50m", "reopen" } },
      "5h",
      "30m boss@example.com P1: API down (D12)\n" },
    { "the ladder",
      P("P1", "escalate: [{ after: 0s, to: oncall }, { after: 1h, to: lead }, { after: 2h, to: cto }]"),
      { { "10m", "ack" } },
      "5h",
      "0s C0INC *D12* calls the role oncall, @{slack:U3}, @{slack:U1}. `inci\n"
      "1h C0INC *D12* is not resolved after 60 min: escalated to the role le\n"
      "2h C0INC *D12* is not resolved after 2 h: escalated to the role cto, \n" },
    { "it ends when it is resolved, and goes on when it is reopened",
      P("P1",
        "post_mortem: 4d, escalate: [{ after: 0s, to: oncall }, { after: 1h, to: lead }, { after: 2h, to: cto }]"),
      { { "30m", "resolve" }, { "90m", "reopen" } },
      "5h",
      "0s C0INC *D12* calls the role oncall, @{slack:U3}, @{slack:U1}. `inci\n"
      "1h30m C0INC *D12* is not resolved after 90 min: escalated to the role le\n"
      "2h C0INC *D12* is not resolved after 2 h: escalated to the role cto, \n" },
    { "one role twice",
      P("P1", "escalate: [{ after: 0s, to: lead }, { after: 1h, to: lead }]"),
      { { NULL, NULL } },
      "5h",
      "0s C0INC *D12* calls the role lead, @{slack:U4}. `incident ack D12` s\n"
      "1h C0INC *D12* is not resolved after 60 min: escalated to the role le\n" },
    { "a worse severity calls at once whom it would have called, nobody twice",
      P("P1", "escalate: [{ after: 0s, to: oncall }, { after: 30m, to: lead }, { after: 2h, to: cto }]")
          P("P2", "escalate: [{ after: 0s, to: oncall }]"),
      { { "0s", "P2" }, { "90m", "P1" } },
      "5h",
      "0s C0INC *D12* calls the role oncall, @{slack:U3}, @{slack:U1}. `inci\n"
      "1h30m C0INC *D12* is not resolved after 90 min: escalated to the role le\n"
      "2h C0INC *D12* is not resolved after 2 h: escalated to the role cto, \n" },
    { "a milder one calls whom its own ladder lacks",
      P("P1", "escalate: [{ after: 0s, to: oncall }, { after: 10m, to: cto }]")
          P("P2", "escalate: [{ after: 0s, to: oncall }, { after: 1h, to: lead }]"),
      { { "20m", "P2" } },
      "5h",
      "0s C0INC *D12* calls the role oncall, @{slack:U3}, @{slack:U1}. `inci\n"
      "10m C0INC *D12* is not resolved after 10 min: escalated to the role ct\n"
      "1h C0INC *D12* is not resolved after 60 min: escalated to the role le\n" },
    { "a worse severity asks for its answer at once",
      P("P1", "acknowledge: 15m") P("P3", "acknowledge: 2h"),
      { { "0s", "P3" }, { "45m", "P1" } },
      "5h",
      "45m C0INC @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n"
      "45m #incidents @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n" },
    { "a milder one puts it off",
      P("P1", "acknowledge: 15m") P("P3", "acknowledge: 2h"),
      { { "10m", "P3" } },
      "5h",
      "2h C0INC @{slack:U3}: Nobody has acknowledged *D12* (P3: API down) fo\n"
      "2h #incidents @{slack:U3}: Nobody has acknowledged *D12* (P3: API down) fo\n" },
    { "a severity that the file has no more asks for nothing",
      P("P1", "acknowledge: 15m, update_every: 30m"),
      { { "0s", "P9" } },
      "5h",
      "" },
    { "whom it calls at once it calls into the channel",
      P("P1", "escalate: [{ after: 0s, to: lead }]"),
      { { "0s", "no channel" }, { "1m", "channel" } },
      "5h",
      "1m C0INC *D12* calls the role lead, @{slack:U4}. `incident ack D12` s\n" },
    { "a channel that takes long is not waited for",
      P("P1", "escalate: [{ after: 0s, to: lead }, { after: 1h, to: cto }]"),
      { { "0s", "no channel" } },
      "5h",
      "1m #incidents *D12* calls the role lead, @{slack:U4}. `incident ack D12` s\n"
      "1h #incidents *D12* is not resolved after 60 min: escalated to the role ct\n" },
    { "nor one that does not come",
      P("P1", "acknowledge: 15m, escalate: [{ after: 0s, to: lead }]"),
      { { "0s", "no way to a channel" } },
      "5h",
      "0s #incidents *D12* calls the role lead, @{slack:U4}. `incident ack D12` s\n"
      "15m #incidents @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n" },
    { "the post-mortem is asked for every day",
      P("P1", "post_mortem: 48h"),
      { { "10m", "ack" }, { "1h", "resolve" } },
      "97h",
      "2d1h C0INC @{slack:U1}: The post-mortem of *D12* (P1: API down) is due,\n"
      "2d1h #incidents @{slack:U1}: The post-mortem of *D12* (P1: API down) is due,\n"
      "3d1h C0INC @{slack:U1}: The post-mortem of *D12* (P1: API down) is due,\n"
      "3d1h #incidents @{slack:U1}: The post-mortem of *D12* (P1: API down) is due,\n"
      "4d1h C0INC @{slack:U1}: The post-mortem of *D12* (P1: API down) is due,\n"
      "4d1h #incidents @{slack:U1}: The post-mortem of *D12* (P1: API down) is due,\n" },
    { "not while it is open again, and then from its second end on",
      P("P1", "post_mortem: 2h"),
      { { "1h", "resolve" }, { "4h", "reopen" }, { "10h", "resolve" } },
      "13h",
      "3h C0INC The post-mortem of *D12* (P1: API down) is due, 2 h after it\n"
      "3h #incidents The post-mortem of *D12* (P1: API down) is due, 2 h after it\n"
      "12h C0INC The post-mortem of *D12* (P1: API down) is due, 2 h after it\n"
      "12h #incidents The post-mortem of *D12* (P1: API down) is due, 2 h after it\n" },
    { "where nobody wants one it closes a day later",
      P("P1", "acknowledge: 15m"),
      { { "5m", "ack" }, { "1h", "resolve" } },
      "4d",
      "1d1h C0INC *D12* (P1: API down) is closed by opsgate. It was resolved a\n"
      "1d1h #incidents *D12* (P1: API down) is closed by opsgate. It was resolved a\n"
      "1d1h closed\n" },
    { "but not what is open again", P("P1", "about: down"), { { "1h", "resolve" }, { "20h", "reopen" } }, "4d", "" },
    { "of some only the hours of work count", /* it is Friday night, and Tuesday is a holiday */
      P("P1", "acknowledge: 9h, in_hours: true, escalate: [{ after: 0s, to: lead }]"),
      { { NULL, NULL } },
      "7d",
      "2d11h C0INC *D12* calls the role lead, @{slack:U4}. `incident ack D12` s\n"
      "4d12h C0INC @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n"
      "4d12h #incidents @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n" },
    { "of the others all hours do",
      P("P1", "acknowledge: 9h"),
      { { NULL, NULL } },
      "7d",
      "9h C0INC @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n"
      "9h #incidents @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n" },
};

static char *told_by(const struct row *row, enum way way)
{
    struct world *world = world_create(row->severities);
    char *told;

    live(world, row->deeds, row->until, way);
    told = xstrdup(buf_text(&world->log));
    world_destroy(world);
    return told;
}

static void check_row(void **state)
{
    const struct row *row = *state;

    for (enum way way = ONCE; way < WAYS; way++) {
        AUTO_FREE char *told = told_by(row, way);

        if (strcmp(told, row->told) != 0)
            fail_msg("way %d, told:\n%swanted:\n%s", way, told, row->told);
    }
}

/* ---- nobody looked for a while ---- */

#define ALL                                                                                                            \
    P("P1", "acknowledge: 15m, update_every: 30m, mail_after: 30m, mail_to: boss@example.com, post_mortem: 48h, "      \
            "escalate: [{ after: 0s, to: oncall }, { after: 1h, to: lead }, { after: 2h, to: cto }, { after: 4h, to: " \
            "nobody }]")

static void what_is_late_is_told_at_once_and_once(void **state)
{
    struct world *world = world_create(ALL);

    (void)state;
    decided(world);
    world->fixture->view.now_ms = BEGAN + 3 * HOUR_MS;
    read_sources(world);
    run_clocks(world, TWICE);
    run_clocks(world, TWICE);
    assert_string_equal(buf_text(&world->log),
                        "3h C0INC *D12* calls the role oncall, @{slack:U3}, @{slack:U1}. `inci\n"
                        "3h C0INC *D12* is not resolved after 3 h: escalated to the role lead,\n"
                        "3h C0INC *D12* is not resolved after 3 h: escalated to the role cto, \n"
                        "3h C0INC @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n"
                        "3h #incidents @{slack:U3}: Nobody has acknowledged *D12* (P1: API down) fo\n"
                        "3h C0INC @{slack:U3}: 3 h without an update on *D12*, and nobody lead\n"
                        "3h boss@example.com P1: API down (D12)\n");
    world_destroy(world);
}

static void what_has_ended_meanwhile_says_nothing(void **state)
{
    static const char *const names[] = { "acknowledge", "escalate", "update", "mail", "unknown" };
    struct world *world = world_create(ALL);

    (void)state;
    decided(world);
    world->fixture->view.now_ms = BEGAN + 3 * HOUR_MS;
    people_do(world, "resolve");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        timer_comes(world, names[i]);
    assert_string_equal(buf_text(&world->log), "");
    assert_string_equal(next_clock(world)->name, "post-mortem");
    assert_int_equal(next_clock(world)->at_ms, BEGAN + 51 * HOUR_MS);
    world_destroy(world);
}

/* ---- the words ---- */

/* What one timer says, as a whole: the first message. */
static const char *said(struct world *world, const char *timer, int64_t after_ms)
{
    const struct event event = { .kind = EVENT_TIMER, .name = timer };
    struct message_delivery message;
    struct outcome out;
    struct error err;

    world->fixture->view.now_ms = BEGAN + after_ms;
    read_sources(world);
    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    machine_incident.on_event(&world->fixture->view, &world->operation, &world->body, &event, &out);
    world->body = *(const struct incident_body *)out.body;
    for (size_t i = 0; i < out.effects_count; i++)
        if (strcmp(out.effects[i].kind, EFFECT_MESSAGE) == 0) {
            assert_true(
                shape_from_json(&message_delivery_shape, out.effects[i].args, world->fixture->arena, &message, &err));
            return message.reply.text;
        }
    return NULL;
}

static void each_says_what_to_do_next(void **state)
{
    struct world *world = world_create(ALL);

    (void)state;
    assert_string_equal(said(world, "acknowledge", 15 * MINUTE_MS),
                        "@{slack:U3}: Nobody has acknowledged *D12* (P1: API down) for 15 min. `incident ack D12` says "
                        "that you work on it.");
    assert_string_equal(
        said(world, "update", 30 * MINUTE_MS),
        "@{slack:U3}: 30 min without an update on *D12*, and nobody leads. `incident lead D12` takes it, "
        "`incident update D12 ...` tells how it stands.");
    world->body.lead = "@{slack:U1}";
    assert_string_equal(
        said(world, "update", HOUR_MS),
        "@{slack:U1}: 60 min without an update on *D12*. `incident update D12 ...` tells how it stands.");
    assert_int_equal(world->body.reminders, 2);
    world_destroy(world);
}

static void of_many_some_are_called(void **state)
{
    static const char *many[25];
    struct world *world = world_create(P("P1", "escalate: [{ after: 1h, to: cto }]"));
    const char *text;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = arena_printf(world->fixture->arena, "slack:U%zu", 100 + i);
    world->large = many;
    world->large_count = ARRAY_LEN(many);
    text = said(world, "escalate", HOUR_MS);
    assert_non_null(strstr(text, "@{slack:U119} and 5 more (slack-group:S0CTO was last read 14 h ago)."));
    assert_int_equal(world->body.people_count, 20);
    world_destroy(world);
}

#define ACK " `incident ack D12` says that you work on it."

static void whoever_is_called_is_named_and_invited(void **state)
{
    struct world *world = world_create(ALL);

    (void)state;
    assert_string_equal(said(world, "escalate", 0), "*D12* calls the role oncall, @{slack:U3}, @{slack:U1}." ACK);
    assert_string_equal(said(world, "escalate", HOUR_MS),
                        "*D12* is not resolved after 60 min: escalated to the role lead, @{slack:U4}." ACK);
    assert_string_equal(said(world, "escalate", 2 * HOUR_MS),
                        "*D12* is not resolved after 2 h: escalated to the role cto, @{slack:U5}, @{slack:U6} "
                        "(slack-group:S0CTO was last read 15 h ago)." ACK);
    assert_string_equal(
        said(world, "escalate", 4 * HOUR_MS),
        "*D12* is not resolved after 4 h: escalated to the role nobody, but nobody of it is known in Slack "
        "(pagerduty-schedule:PNONE was never read): call them yourself." ACK);
    assert_int_equal(world->body.people_count, 5);
    assert_string_equal(world->body.people[0], "U3");
    assert_string_equal(world->body.people[4], "U6");
    assert_int_equal(world->body.called_count, 4);
    world_destroy(world);
}

/* ---- Slack is away ---- */

static bool calls_off(const struct outcome *out, const char *tag)
{
    for (size_t i = 0; i < out->cancels_count; i++)
        if (strcmp(out->cancels[i], tag) == 0)
            return true;
    return false;
}

static struct outcome after(struct world *world, const char *state, int64_t updated_at_ms)
{
    struct outcome out;
    struct deciding d = { .view = &world->fixture->view,
                          .operation = &world->operation,
                          .id = "D12",
                          .state = state,
                          .body = incident_own_body(&world->body, world->fixture->arena),
                          .out = &out };

    d.body->updated_at_ms = updated_at_ms;
    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    incident_set_timers(&d);
    return out;
}

static void what_nobody_could_read_in_time_is_not_said_any_more(void **state)
{
    const struct event due = { .kind = EVENT_TIMER, .name = "update" },
                       called_off = { .kind = EVENT_EFFECT, .name = "prompt:update", .end = END_CANCELLED };
    struct world *world = world_create(ALL);
    struct outcome out;

    (void)state;
    world->fixture->view.now_ms = BEGAN + HOUR_MS;
    out = after(world, INCIDENT_OPEN, 0);
    assert_int_equal(out.cancels_count, 0);
    out = after(world, INCIDENT_OPEN, BEGAN + HOUR_MS); /* an update asks for none; nobody has answered all the same */
    assert_true(calls_off(&out, "prompt:update") && !calls_off(&out, "prompt:state"));
    out = after(world, INCIDENT_ACKNOWLEDGED, 0);
    assert_true(calls_off(&out, "prompt:update") && calls_off(&out, "prompt:state"));
    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    machine_incident.on_event(&world->fixture->view, &world->operation, &world->body, &due, &out);
    assert_true(calls_off(&out, "prompt:update")); /* of the reminder before; the new one is behind that */
    assert_int_equal(out.effects_count, 1);
    assert_string_equal(out.effects[0].tag, "prompt:update");
    assert_true(out.effects[0].can_join); /* with what else could not be said */
    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    machine_incident.on_event(&world->fixture->view, &world->operation, &world->body, &called_off, &out);
    assert_int_equal(out.effects_count + out.timers_count, 0);
    world_destroy(world);
}

static void who_was_called_need_not_come_once_it_is_resolved(void **state)
{
    const struct event due = { .kind = EVENT_TIMER, .name = "escalate" };
    struct world *world = world_create(ALL);
    struct outcome out;

    (void)state;
    world->fixture->view.now_ms = BEGAN + HOUR_MS;
    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    machine_incident.on_event(&world->fixture->view, &world->operation, &world->body, &due, &out);
    assert_string_equal(out.effects[out.effects_count - 1].tag, "prompt:ladder");
    out = after(world, INCIDENT_ACKNOWLEDGED, 0); /* it lasts all the same */
    assert_false(calls_off(&out, "prompt:ladder"));
    out = after(world, INCIDENT_RESOLVED, 0);
    assert_true(calls_off(&out, "prompt:ladder"));
    world_destroy(world);
}

static void what_is_closed_asks_for_nothing(void **state)
{
    struct world *world = world_create(ALL);
    struct outcome out;
    struct deciding d = { .view = &world->fixture->view,
                          .operation = &world->operation,
                          .id = "D12",
                          .state = INCIDENT_RESOLVED,
                          .body = incident_own_body(&world->body, world->fixture->arena),
                          .out = &out };

    (void)state;
    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    incident_close(&d, "@{slack:U1}");
    assert_true(calls_off(&out, "prompt:state") && calls_off(&out, "prompt:update") &&
                calls_off(&out, "prompt:ladder"));
    world_destroy(world);
}

/* ---- the mail ---- */

static const struct wanted_effect *find_mail(const struct outcome *out)
{
    for (size_t i = 0; i < out->effects_count; i++)
        if (strcmp(out->effects[i].kind, EFFECT_MAIL) == 0)
            return &out->effects[i];
    return NULL;
}

static void the_mail_tells_how_it_stands(void **state)
{
    const struct event event = { .kind = EVENT_TIMER, .name = "mail" };
    struct world *world = world_create(ALL);
    struct mail_delivery mail;
    struct outcome out;
    struct error err;

    (void)state;
    world->fixture->view.now_ms = BEGAN + 10 * MINUTE_MS;
    people_do(world, "ack");
    people_do(world, "update");
    world->fixture->view.now_ms = BEGAN + 30 * MINUTE_MS;
    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    machine_incident.on_event(&world->fixture->view, &world->operation, &world->body, &event, &out);
    assert_non_null(find_mail(&out));
    assert_string_equal(find_mail(&out)->tag, "mail");
    assert_string_equal(find_mail(&out)->lane, MAIL_LANE);
    assert_true(shape_from_json(&mail_delivery_shape, find_mail(&out)->args, world->fixture->arena, &mail, &err));
    assert_int_equal(mail.at_ms, BEGAN + 30 * MINUTE_MS);
    assert_string_equal(mail.text, "The incident D12 is not resolved.\n"
                                   "\n"
                                   "  what         API down\n"
                                   "  severity     P1\n"
                                   "  since        2026-11-20 22:00 UTC, 30 min ago\n"
                                   "  state        acknowledged\n"
                                   "  lead         ann (slack:U1)\n"
                                   "  last update  @ann rolls back, 20 min ago\n"
                                   "  in Slack     #inc-20261120-api-down\n"
                                   "\n"
                                   "This is sent once. What comes next is told in Slack.\n");
    world_destroy(world);
}

/* The server for mail was away: that it is not resolved is not so any more. Open again, it lasts longer still. */
static void a_mail_that_is_not_true_any_more_does_not_go(void **state)
{
    const struct event called_off = { .kind = EVENT_EFFECT, .name = "mail", .end = END_CANCELLED };
    struct world *world = world_create(ALL);
    struct outcome out;

    (void)state;
    out = after(world, INCIDENT_ACKNOWLEDGED, 0);
    assert_false(calls_off(&out, "mail"));
    out = after(world, INCIDENT_RESOLVED, 0);
    assert_true(calls_off(&out, "mail"));
    world->body.is_mailed = true;
    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    machine_incident.on_event(&world->fixture->view, &world->operation, &world->body, &called_off, &out);
    apply(world, &out);
    assert_false(world->body.is_mailed);
    assert_string_equal(world->body.timeline[world->body.timeline_count - 1].kind, "not-mailed");
    assert_string_equal(buf_text(&world->log), "");
    world_destroy(world);
}

static void a_mail_that_did_not_go_is_said(void **state)
{
    struct event event = { .kind = EVENT_EFFECT, .name = "mail", .end = END_FAILED, .error = "550 no such user." };
    struct world *world = world_create(ALL);
    struct outcome out;

    (void)state;
    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    machine_incident.on_event(&world->fixture->view, &world->operation, &world->body, &event, &out);
    apply(world, &out);
    assert_string_equal(buf_text(&world->log),
                        "0s C0INC The mail about *D12* did not go, or not to all of the severi\n");
    event.end = END_DONE;
    outcome_init(&out, world->fixture->arena, "D12", "birth-0000000000000012");
    machine_incident.on_event(&world->fixture->view, &world->operation, &world->body, &event, &out);
    assert_int_equal(out.effects_count, 0);
    world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_late_is_told_at_once_and_once),
        cmocka_unit_test(what_has_ended_meanwhile_says_nothing),
        cmocka_unit_test(each_says_what_to_do_next),
        cmocka_unit_test(whoever_is_called_is_named_and_invited),
        cmocka_unit_test(of_many_some_are_called),
        cmocka_unit_test(what_nobody_could_read_in_time_is_not_said_any_more),
        cmocka_unit_test(who_was_called_need_not_come_once_it_is_resolved),
        cmocka_unit_test(what_is_closed_asks_for_nothing),
        cmocka_unit_test(the_mail_tells_how_it_stands),
        cmocka_unit_test(a_mail_that_is_not_true_any_more_does_not_go),
        cmocka_unit_test(a_mail_that_did_not_go_is_said),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
