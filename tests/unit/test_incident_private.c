/* A private incident, lived through from its beginning to its end by its own verb: nothing that is said of it, wanted
 * for it or answered about it reaches anybody but those who are in it, whichever way it goes. And types: their people,
 * their severity, and what of them is private. */
#include "tests/unit/incident_texts.h"

#include "bot/model/delivery.h"
#include "bot/model/effect.h"
#include "handlers/status/body.h"
#include "handlers/status/status.h"

#define SECRET "zebra" /* in its title, and in all that is said of it */
#define CHANNEL "C12"
#define NAME "inc-d12"

#define CONFIGURATION                                                                                                  \
    "slack:\n"                                                                                                         \
    "  bot_token: xoxb-1\n"                                                                                            \
    "  signing_secrets: [secret]\n"                                                                                    \
    "  team: T1\n"                                                                                                     \
    "  channels: { deployments: \"#deployments\", incidents: \"#incidents\", alerts: \"#alerts\", oncall: "            \
    "\"#oncall\" }\n"                                                                                                  \
    "pagerduty: { webhook_secrets: [secret], api_token: token, from: ops@example.com }\n"                              \
    "alertmanager: { tokens: [token] }\n"                                                                              \
    "google: { credentials: metadata }\n"                                                                              \
    "statuspage: { api_token: k, page: p1, opening: \"We look into it.\" }\n"                                          \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                       \
    "    environments:\n"                                                                                              \
    "      - name: staging\n"                                                                                          \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-service } }\n"                    \
    "        strategy: all-at-once\n"                                                                                  \
    "smtp: { url: \"smtp://mail.example.com:587\", from: opsgate@example.com }\n"                                      \
    "people:\n"                                                                                                        \
    "  - { name: ann, slack: U1, local: ann, github: ann }\n"                                                          \
    "  - { name: bob, slack: U2, pagerduty: PBOB }\n"                                                                  \
    "  - { name: cat, slack: U3 }\n"                                                                                   \
    "  - { name: eve, slack: U9, github: eve, pagerduty: PEVE }\n"                                                     \
    "  - { name: zoe, pagerduty: PZOE }\n"                                                                             \
    "policy:\n"                                                                                                        \
    "  roles:\n"                                                                                                       \
    "    - { name: everybody-technical, members: [\"slack:U9\"] }\n"                                                   \
    "    - { name: legal, members: [\"slack:U6\", \"slack:U7\"] }\n"                                                   \
    "    - { name: cto, members: [\"slack:U8\"] }\n"                                                                   \
    "    - { name: oncall, members: [\"pagerduty-schedule:PABC\"] }\n"                                                 \
    "  rules: []\n"

#define SEVERITIES                                                                                                                   \
    "  severities:\n"                                                                                                                \
    "    - { name: P1, about: users cannot work, status_page: true, acknowledge: 15m, update_every: 30m, mail_after: 30m, mail_to: " \
    "[all@example.com], escalate: [{ after: 1h, to: everybody-technical }, { after: 2h, to: cto }], post_mortem: "                   \
    "48h }\n"                                                                                                                        \
    "    - { name: P2 }\n"                                                                                                           \
    "    - { name: P3, in_hours: true }\n"                                                                                           \
    "  open_on:\n"                                                                                                                   \
    "    - { pagerduty: { urgency: high }, severity: P1 }\n"                                                                         \
    "    - { alertmanager: { labels: { severity: critical } }, severity: P2 }\n"                                                     \
    "  types:\n"                                                                                                                     \
    "    - { name: data-breach, about: data left us, severity: P1, private: true, call: [legal, cto] }\n"                            \
    "    - { name: outage, severity: P2, call: cto }\n"                                                                              \
    "    - { name: leak, severity: P3, call: cto }\n"                                                                                \
    "  hours: \"Mon-Fri 09:00-17:00 UTC\"\n"

#define PUBLIC_MAIL "incidents:\n" SEVERITIES
#define ALL_MAIL "incidents:\n  mail_private: true\n" SEVERITIES

static const char *const timers[] = { "acknowledge", "escalate", "update", "mail", "post-mortem", "close", "assess" };

struct world {
    struct decision_fixture *fixture;
    struct operation operation; /* D12; id NULL: it has not begun */
    struct outcome out;
    const char *said; /* to people, a line each: "CHANNEL text" */
    size_t mails;
    struct membership on_call;
};

static const char *eve_on_call[] = { "pagerduty:PEVE" };

static struct world *world_create(const char *incidents)
{
    struct world *world = xcalloc(1, sizeof(*world));
    AUTO_BUF struct buf text = BUF(16 * 1024);

    buf_addf(&text, "%s%s", CONFIGURATION, incidents);
    world->fixture = decision_create(buf_text(&text));
    world->on_call = (struct membership){
        .source = "pagerduty-schedule:PABC", .read_at_ms = DECISION_NOW_MS, .members = eve_on_call, .members_count = 1
    };
    world->fixture->view.memberships = &world->on_call;
    world->fixture->view.memberships_count = 1;
    world->said = "";
    return world;
}

static void world_finish(struct world **world)
{
    decision_destroy((*world)->fixture);
    free(*world);
}
#define AUTO_WORLD __attribute__((cleanup(world_finish)))

/* ---- where it may go ---- */

static bool is_own(const char *channel)
{
    return channel && (strcmp(channel, CHANNEL) == 0 || strspn(channel, "U0123456789") == strlen(channel));
}

static void check_effect(struct world *world, const struct wanted_effect *effect)
{
    const char *text = json_print_in(world->fixture->arena, effect->args),
               *channel = json_find_string(effect->args, "channel");
    bool is_told_apart = strcmp(effect->lane, "slack:channels") == 0 ||
                         strcmp(effect->lane, "slack:" CHANNEL ":about") == 0 ||
                         strcmp(effect->lane, "slack:" CHANNEL ":people") == 0 ||
                         (str_starts_with(str_of(effect->lane), "slack:") && is_own(effect->lane + strlen("slack:")));

    if (strcmp(effect->kind, EFFECT_MAIL) == 0) {
        world->mails++;
        return;
    }
    if (!is_told_apart)
        fail_msg("%s goes by %s: %s", effect->kind, effect->lane, text);
    assert_true(!channel || is_own(channel));
    if (strcmp(effect->kind, EFFECT_CHANNEL) == 0) {
        assert_true(json_find_bool(effect->args, "is_private", false));
        assert_string_equal(json_find_string(effect->args, "name"), NAME);
        assert_not_in(text, SECRET);
    }
    assert_not_in(text, "#incidents");
    assert_not_in(text, "#alerts");
    if (strcmp(effect->kind, EFFECT_MESSAGE) == 0)
        world->said = arena_printf(world->fixture->arena, "%s%s %s %s\n", world->said, channel,
                                   json_find_string(effect->args, "reply.text"),
                                   json_print_in(world->fixture->arena, json_find(effect->args, "reply")));
}

static void check_journal(const struct world *world)
{
    for (size_t i = 0; i < world->out.journal_count; i++)
        if (world->out.journal[i].body)
            assert_not_in(json_print_in(world->fixture->arena, world->out.journal[i].body), SECRET);
}

static void check_card(struct world *world)
{
    struct card card = { .title = NULL };
    struct incident_body body;
    struct error err;

    assert_true(shape_from_json(&incident_body_shape, world->operation.body, world->fixture->arena, &body, &err));
    incident_card(&world->fixture->view, &world->operation, &body, &card);
    assert_true(card.channel ? is_own(card.channel) : !card.title); /* without a title it is shown nowhere */
}

static void take(struct world *world)
{
    struct arena *arena = world->fixture->arena;
    const struct outcome *out = &world->out;
    struct error err;

    for (size_t i = 0; i < out->effects_count; i++)
        check_effect(world, &out->effects[i]);
    check_journal(world);
    for (size_t i = 0; i < out->readings_count; i++) /* what is looked at, not what it is for */
        assert_not_in(json_print_in(arena, out->readings[i].args), SECRET);
    assert_int_equal(out->requests_count, 0);
    assert_int_equal(out->messages_count, 0);
    if (out->body) {
        AUTO_JSON cJSON *json = shape_to_json(&incident_body_shape, out->body, SHAPE_WHOLE);

        world->operation.body = json_parse_in(arena, str_of(json_print_in(arena, json)), &err);
    }
    if (out->state)
        world->operation.state = out->state;
    if (out->result) {
        world->operation.result = out->result;
        world->operation.summary = out->summary;
        world->operation.ended_at_ms = world->fixture->view.now_ms;
        assert_not_in(out->summary, SECRET);
    }
    world->fixture->operations = &world->operation;
    world->fixture->operations_count = world->operation.id && !world->operation.ended_at_ms;
    world->fixture->ended = &world->operation;
    world->fixture->ended_count = world->operation.ended_at_ms > 0;
    if (world->operation.id)
        check_card(world);
}

/* ---- what happens ---- */

static void happens(struct world *world, const struct event *event)
{
    struct incident_body body;
    struct error err;

    outcome_init(&world->out, world->fixture->arena, "D12", "birth-1");
    if (!world->operation.id || world->operation.ended_at_ms)
        return;
    assert_true(shape_from_json(&incident_body_shape, world->operation.body, world->fixture->arena, &body, &err));
    machine_incident.on_event(&world->fixture->view, &world->operation, &body, event, &world->out);
    take(world);
}

static void effect_ends(struct world *world, const char *name, enum event_end end, const char *json)
{
    happens(world, &(struct event){ .kind = EVENT_EFFECT,
                                    .name = name,
                                    .end = end,
                                    .error = end == END_DONE ? NULL : "it was refused",
                                    .body = json ? decision_json(world->fixture, json) : NULL });
}

static void time_passes(struct world *world, int64_t ms)
{
    for (int64_t left = ms; left > 0; left -= 10 * MINUTE_MS) {
        world->fixture->view.now_ms += 10 * MINUTE_MS;
        world->on_call.read_at_ms = world->fixture->view.now_ms;
        for (size_t i = 0; i < ARRAY_LEN(timers); i++)
            happens(world, &(struct event){ .kind = EVENT_TIMER, .name = timers[i] });
    }
}

/* Where, and how, somebody asks. */
struct asker {
    const char *source, *system, *id;
    const char *channel; /* where it is typed */
    bool is_aloud;       /* by a mention: others read the answer */
};
static const struct asker ann = { "slack", "slack", "U1", "C0GENERAL", false };
static const struct asker bob = { "slack", "slack", "U2", "C0GENERAL", false };
static const struct asker eve = { "slack", "slack", "U9", "C0GENERAL", false };

static const char *ask_verb(struct world *world, const struct verb *verb, const struct asker *asker, const char *line)
{
    struct decision_fixture *fixture = world->fixture;
    struct request request = decision_request(fixture, line);
    struct question question = { .operation = NULL };
    struct event event = { .kind = EVENT_REQUEST, .name = request.verb, .request = &request };
    struct error err;

    request.source = asker->source;
    request.principal = (struct principal){ .system = asker->system, .id = asker->id };
    request.principal.team = strcmp(asker->system, "slack") == 0 ? "T1" : NULL;
    request.channel = asker->channel;
    request.reply_to = (struct reply_address){ .door = asker->source,
                                               .url = asker->is_aloud ? NULL : "https://hooks.example.com/1",
                                               .channel = asker->is_aloud ? asker->channel : NULL };
    outcome_init(&world->out, fixture->arena, world->operation.id ? "D13" : "D12", "birth-1");
    if (!verb->asks(&fixture->view, &request, &question, &event.arguments, &err))
        return arena_printf(fixture->arena, "MISUSED %s", err.message);
    if (question.operation && decision_find_operation(fixture, question.operation))
        happens(world, &event);
    else
        verb->begin(&fixture->view, &request, &question, event.arguments, &world->out);
    if (world->out.begins && strcmp(world->out.kind, machine_incident.kind) == 0) {
        world->operation = (struct operation){
            .id = "D12", .kind = "incident", .state = INCIDENT_OPEN, .requester = request.principal
        };
        world->operation.schema = machine_incident.schema;
        take(world);
    }
    return world->out.reply ? reply_text(fixture, &world->out) : "-";
}

static const char *ask(struct world *world, const struct asker *asker, const char *line)
{
    return ask_verb(world, &verb_incident, asker, line);
}

static struct world *declared(const char *incidents, const char *line)
{
    struct world *world = world_create(incidents);

    ask(world, &ann, line);
    return world;
}

#define DECLARE "incident declare --private P1 customer " SECRET " leaked"
#define MADE "{'channel':'" CHANNEL "','name':'" NAME "','is_private':true}"

/* ---- its life, by whatever way its channel goes: no other channel is ever named ---- */

static const char *const deeds[] = {
    "incident ack D12",
    "incident lead D12 @bob",
    "incident severity D12 P2 fewer " SECRET,
    "incident severity D12 P1 more " SECRET,
    "incident update D12 the " SECRET " is back",
    "incident note D12 saw a " SECRET,
    "incident assess D12",
    "incident invite D12 @cat",
    "incident private D12",
    "incident public D12 the " SECRET,
    "incident postmortem D12",
    "incident resolve D12 the " SECRET " is gone",
    "incident reopen D12 the " SECRET " again",
    "incident lead D12",
};

static void live(struct world *world)
{
    time_passes(world, 20 * MINUTE_MS);
    for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
        const char *answer = ask(world, &ann, deeds[i]);

        assert_not_in(answer, "MISUSED");
        assert_not_in(answer, "#alerts");
        assert_not_in(answer, "channel for incidents");
        time_passes(world, 3 * HOUR_MS);
        effect_ends(world, "mail", END_FAILED, NULL);
        effect_ends(world, "upload:1", END_FAILED, NULL);
        effect_ends(world, "upload:1", END_DONE, NULL);
        effect_ends(world, "step:invite", END_FAILED, NULL);
        effect_ends(world, "step:invite", END_DONE, "{'refused':[{'user':'U3','error':'x','why':'a guest'}]}");
    }
    ask(world, &bob, "incident resolve D12 it was the " SECRET);
    time_passes(world, 4 * DAY_MS);
    ask(world, &bob, "incident close D12");
    assert_string_equal(world->operation.state, INCIDENT_CLOSED);
}

static const struct life_row {
    const char *name, *settings, *declare;
    enum event_end end;
    const char *made; /* what Slack answers */
    const char *said; /* among the rest */
} life_rows[] = {
    { "with a channel", PUBLIC_MAIL, DECLARE, END_DONE, MADE, CHANNEL " @{slack:U1}: Nobody" },
    { "by its type", PUBLIC_MAIL, "incident declare data-breach " SECRET, END_DONE, MADE,
      CHANNEL " *D12* calls the role legal, @{slack:U6}, @{slack:U7}." },
    { "with mail", ALL_MAIL, DECLARE, END_DONE, MADE, CHANNEL " The mail about *D12*" },
    { "Slack makes no channel", PUBLIC_MAIL, DECLARE, END_FAILED, NULL,
      "U1 *D12*: no channel of its own: it was refused. It goes on here, with each who is in it." },
    { "nor for its type", PUBLIC_MAIL, "incident declare data-breach " SECRET, END_FAILED, NULL,
      "U8 *D12* calls the role cto, @{slack:U8}." },
    { "Slack makes it a public one", PUBLIC_MAIL, DECLARE, END_DONE,
      "{'channel':'C99','name':'inc-d12','is_private':false}", "U1 *D12*: no channel of its own: Slack made #inc-d12" },
    { "Slack is away", PUBLIC_MAIL, DECLARE, END_GAVE_UP, NULL, "U1 *D12*: Acknowledged by @{slack:U1}" },
};

static void check_life(void **state)
{
    const struct life_row *row = *state;
    AUTO_WORLD struct world *world = world_create(row->settings);

    assert_not_in(ask(world, &ann, row->declare), SECRET);
    assert_true(world->out.begins);
    effect_ends(world, "step:channel", row->end, row->made);
    live(world);
    assert_in(world->said, row->said);
    assert_int_equal(world->mails, strcmp(row->settings, ALL_MAIL) == 0);
    assert_not_in(world->said, "everybody-technical");
    assert_not_in(world->said, "U9"); /* who is on call, and of that role */
    assert_not_in(world->said, "On call");
}

/* A severity's ladder is not for it, and who is on call is not named. */
static void check_who_comes(void **state)
{
    AUTO_WORLD struct world *world = declared(PUBLIC_MAIL, "incident declare data-breach " SECRET);
    const char *people;

    (void)state;
    effect_ends(world, "step:channel", END_DONE, MADE);
    time_passes(world, 5 * HOUR_MS);
    people = json_print_in(world->fixture->arena, json_find(world->operation.body, "people"));
    assert_string_equal(people, "[\"U1\",\"U6\",\"U7\",\"U8\"]");
}

/* ---- who sees it ---- */

static const struct sight_row {
    const char *name;
    struct asker asker;
    bool sees;
} sight_rows[] = {
    { "who declared it", { "slack", "slack", "U1", "C0GENERAL", false }, true },
    { "who leads it", { "slack", "slack", "U2", "C0GENERAL", false }, true },
    { "who was invited", { "slack", "slack", "U3", "C0GENERAL", false }, true },
    { "somebody else", { "slack", "slack", "U9", "C0GENERAL", false }, false },
    { "where every answer is read, nobody", { "github", "github", "ann", NULL, false }, false },
    { "who is in its channel, however they came", { "slack", "slack", "U9", CHANNEL, false }, true },
    { "aloud in its channel", { "slack", "slack", "U1", CHANNEL, true }, true },
    { "aloud elsewhere nobody", { "slack", "slack", "U1", "C0GENERAL", true }, false },
    { "by a direct message", { "slack", "slack", "U1", "D0ANN", true }, true },
    { "somebody else by one", { "slack", "slack", "U9", "D0EVE", true }, false },
    { "on the host", { "local", "local", "root", NULL, false }, true },
};

static struct world *with_people(void)
{
    struct world *world = declared(PUBLIC_MAIL, DECLARE);

    effect_ends(world, "step:channel", END_DONE, MADE);
    ask(world, &ann, "incident lead D12 @bob");
    ask(world, &bob, "incident invite D12 slack:U3");
    ask(world, &bob, "incident update D12 the " SECRET " was seen");
    return world;
}

static void check_is_seen(struct world *world, const struct asker *asker, bool sees)
{
    static const char *const lines[] = { "incident", "incident list", "incident show D12", "incident show",
                                         "incident stats" };
    const char *all = "";

    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        all = arena_printf(world->fixture->arena, "%s%s\n", all, ask(world, asker, lines[i]));
    if (sees) {
        assert_in(all, SECRET);
        assert_in(all, "1 incident was opened");
        return;
    }
    assert_not_in(all, SECRET);
    assert_not_in(all, "*D12*");
    assert_not_in(all, NAME);
    assert_in(all, "No incident is open.");
    assert_in(all, "No incident was opened");
    assert_in(all, "`D12` is no incident that you can see, or it ended long ago");
}

static void check_sight(void **state)
{
    const struct sight_row *row = *state;
    AUTO_WORLD struct world *world = with_people();

    check_is_seen(world, &row->asker, row->sees);
}

/* By `people` they are one. */
static void check_declared_elsewhere(void **state)
{
    static const struct asker host = { "local", "local", "ann", NULL, false };
    AUTO_WORLD struct world *world = world_create(PUBLIC_MAIL);

    (void)state;
    ask(world, &host, DECLARE);
    effect_ends(world, "step:channel", END_FAILED, NULL);
    assert_in(world->said, "U1 *D12*: no channel of its own");
    check_is_seen(world, &ann, true);
    check_is_seen(world, &eve, false);
}

static const char *with_id(struct decision_fixture *fixture, const char *text, const char *id, const char *other)
{
    const char *all = "", *at;

    for (; (at = strstr(text, id)) != NULL; text = at + strlen(id))
        all = arena_printf(fixture->arena, "%s%.*s%s", all, (int)(at - text), text, other);
    return arena_printf(fixture->arena, "%s%s", all, text);
}

/* Every word of every verb, while it lasts and when it is over: what is answered of a number that nothing has. */
static void check_verbs(struct world *world, const struct asker *asker)
{
    static const char *const words[] = { "", " D12", " D12 x", " D12 --reason x" };
    struct decision_fixture *fixture = world->fixture;

    for (size_t i = 0; verbs[i]; i++)
        for (size_t k = 0; k < ARRAY_LEN(words) && !verbs[i]->is_internal; k++) {
            const char *line = arena_printf(fixture->arena, "%s%s", verbs[i]->name, words[k]);
            const char *answer = ask_verb(world, verbs[i], asker, line);

            assert_not_in(answer, SECRET);
            assert_not_in(answer, NAME);
            assert_string_equal(with_id(fixture, answer, "D12", "D99"),
                                ask_verb(world, verbs[i], asker, with_id(fixture, line, "D12", "D99")));
        }
}

static void check_others(struct world *world)
{
    const char *before = world->operation.state;

    for (size_t i = 0; i < ARRAY_LEN(deeds); i++)
        assert_in(ask(world, &eve, deeds[i]), "no incident that you can see");
    assert_in(ask(world, &eve, "incident close D12"), "no incident that you can see");
    assert_in(ask(world, &eve, "incident ack"), "No incident is open.");
    assert_string_equal(ask(world, &eve, "incident ack D99"),
                        arena_printf(world->fixture->arena, "MISUSED %s",
                                     "`D99` is no incident that you can see, or it ended long ago: `incident list` "
                                     "shows those that are open. Nothing was done."));
    check_verbs(world, &eve);
    assert_string_equal(world->operation.state, before);
}

static void check_nobody_else(void **state)
{
    AUTO_WORLD struct world *world = with_people();

    (void)state;
    check_others(world);
    ask(world, &ann, "incident resolve D12");
    ask(world, &ann, "incident close D12");
    check_others(world);
    assert_string_equal(ask_verb(world, verb_find(verbs, "abort"), &ann, "abort D12"),
                        "REFUSED D12 has ended: it is over");
    check_is_seen(world, &eve, false);
    assert_in(ask(world, &ann, "incident ack D12"), "Is it back? `incident declare --private P1 customer " SECRET);
    assert_in(ask(world, &ann, "incident list"), SECRET);
}

/* Aloud it is not there for those who are in it either, and they are told where it is. */
static void check_aloud(void **state)
{
    static const struct asker aloud = { "slack", "slack", "U1", "C0GENERAL", true };
    AUTO_WORLD struct world *world = with_people();

    (void)state;
    assert_in(ask(world, &aloud, "incident show D12"),
              "Of a private one, ask in its own channel, or with `/incident`.");
    check_verbs(world, &aloud);
}

/* Other verbs show it as it is: to those who may see it. */
static void check_status(void **state)
{
    AUTO_WORLD struct world *world = with_people();

    (void)state;
    assert_in(ask_verb(world, &verb_status, &ann, "status D12"), "the " SECRET " was seen");
    assert_in(ask_verb(world, &verb_status, &(struct asker){ "local", "local", "root", NULL, false }, "status D12"),
              "the " SECRET " was seen");
}

/* `status` of everything asks around first: who asked is not known any more when it answers. */
static void check_is_named(struct world *world, const struct asker *asker, bool is_named)
{
    const struct status_body *look;
    struct outcome answer;

    ask_verb(world, &verb_status, asker, "status");
    assert_true(world->out.begins);
    look = world->out.body;
    assert_int_equal(look->incidents_count, is_named);
    if (!is_named)
        return;
    assert_string_equal(look->incidents[0], "D12");
    outcome_init(&answer, world->fixture->arena, "L1", "birth-1");
    machine_status.on_event(&world->fixture->view, &(struct operation){ .id = "L1", .kind = "status" }, look,
                            &(struct event){ .kind = EVENT_TIMER, .name = "answer" }, &answer);
    assert_in(reply_text(world->fixture, &answer), "incident *D12* P1 · customer " SECRET);
}

static void check_status_of_all(void **state)
{
    static const struct asker aloud = { "slack", "slack", "U1", "C0GENERAL", true };
    AUTO_WORLD struct world *world = with_people();

    (void)state;
    check_is_named(world, &ann, true);
    check_is_named(world, &eve, false);
    check_is_named(world, &aloud, false);
}

/* ---- what is told from outside ---- */

static void check_no_page_joins(void **state)
{
    struct incident_page page = { .id = "P1", .service = "PSVC", .status = "triggered" };
    struct incident_body body = {
        .title = SECRET, .severity = "P1", .opened_at_ms = AGO(MINUTE_MS), .is_private = true
    };
    AUTO_WORLD struct world *world = world_create(PUBLIC_MAIL);
    struct outside_event event = {
        .source = "pagerduty", .name = "incident.triggered", .subject = "P2", .occurred_at_ms = DECISION_NOW_MS
    };
    struct wanted_request wanted = { .name = NULL };

    (void)state;
    event.body = decision_json(world->fixture,
                               "{'incident':{'id':'P2','title':'x','status':'triggered','urgency':'high','service':"
                               "{'id':'PSVC'}}}");
    *ARENA_PUSH(world->fixture->arena, body.pages, body.pages_count) = page; /* however it came by one */
    world->operation = an_incident(world->fixture, "D12", INCIDENT_OPEN, &body);
    world->fixture->operations = &world->operation;
    world->fixture->operations_count = 1;
    assert_false(incident_hears(&world->fixture->view, &world->operation, &event));
    assert_true(incident_pagerduty_asks(&world->fixture->view, &event, &wanted)); /* it opens one of its own */
}

/* ---- people are brought in ---- */

static void check_invited(void **state)
{
    AUTO_WORLD struct world *world = declared(PUBLIC_MAIL, DECLARE);

    (void)state;
    assert_string_equal(ask(world, &ann, "incident invite D12 @cat slack:U6"),
                        "@{slack:U3}, @{slack:U6} are invited to *D12*, and can see all of it from now on.");
    assert_in(world->said, "U6 *D12*: @{slack:U1} invites @{slack:U3}, @{slack:U6}. It is P1: customer " SECRET);
    effect_ends(world, "step:channel", END_DONE, MADE);
    assert_string_equal(json_print_in(world->fixture->arena, json_find(world->out.effects[2].args, "users")),
                        "[\"U3\",\"U6\",\"U1\"]");
    ask(world, &ann, "incident invite D12 pagerduty:PBOB");
    assert_in(json_print_in(world->fixture->arena, world->out.effects[0].args), "[\"U2\"]");
    assert_in(ask(world, &ann, "incident invite D12 @zoe"), "REFUSED `pagerduty:PZOE` cannot be invited");
    assert_in(ask(world, &ann, "incident invite D12"), "Whom? Name them, as in `incident invite D12 @ann @bob`.");
    assert_in(ask(world, &ann, "incident invite D12 @nobody"), "I do not know who `@nobody` is");
}

/* By whatever name they are called: who leads it is in its channel, as whoever is invited is. */
static void check_lead_comes(void **state)
{
    AUTO_WORLD struct world *world = declared(PUBLIC_MAIL, DECLARE);

    (void)state;
    effect_ends(world, "step:channel", END_DONE, MADE);
    ask(world, &ann, "incident lead D12 pagerduty:PBOB");
    assert_in(json_print_in(world->fixture->arena, json_find(world->operation.body, "people")), "\"U2\"");
    assert_in(json_print_in(world->fixture->arena, world->out.effects[0].args), "[\"U2\"]");
}

static void check_stays_public(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION PUBLIC_MAIL);
    struct incident_body body = {
        .title = "API down", .severity = "P1", .opened_at_ms = AGO(MINUTE_MS), .channel = "C9"
    };
    struct operation operation = an_incident(fixture, "D5", INCIDENT_OPEN, &body);
    struct incident_arguments arguments = { .deed = DEED_PRIVATE };
    struct request request = decision_request(fixture, "incident private D5");
    const struct event event = {
        .kind = EVENT_REQUEST, .name = "incident", .request = &request, .arguments = &arguments
    };
    struct outcome out;

    (void)state;
    outcome_init(&out, fixture->arena, "D5", "birth-1");
    machine_incident.on_event(&fixture->view, &operation, &body, &event, &out);
    assert_in(reply_text(fixture, &out), "REFUSED *D5* is public, and stays so");
    assert_false(((const struct incident_body *)out.body)->is_private);
}

/* ---- what is declared ---- */

static const struct declare_row {
    const char *name, *line;
    const char *answer; /* how it begins; NULL: it is open */
    const char *severity, *type, *title;
    bool is_private;
} declare_rows[] = {
    { "neither", "incident declare P1 API down", NULL, "P1", NULL, "API down", false },
    { "private", "incident declare --private P1 API down", NULL, "P1", NULL, "API down", true },
    { "behind the severity", "incident declare P1 --private API down", NULL, "P1", NULL, "API down", true },
    { "at the end", "incident declare P1 API down --private", NULL, "P1", NULL, "API down", true },
    { "with the dash of a telephone", "incident declare P1 —private API down", NULL, "P1", NULL, "API down", true },
    { "mistyped it opens none", "incident declare P1 --privat API down",
      "MISUSED I do not know `--privat`. Did you mean", .title = NULL },
    { "nor without a dash, where a severity stands", "incident declare private P1 API down",
      "MISUSED I do not know `private`. Did you mean `--private`?", .title = NULL },
    { "a title may begin so", "incident declare P1 private key leaked", NULL, "P1", NULL, "private key leaked", false },
    { "nor with one dash", "incident declare P1 -private API down", "MISUSED I do not know `-private`. Did you mean",
      .title = NULL },
    { "nor cut short", "incident declare P1 --priv API down", "MISUSED I do not know `--priv`. Did you mean",
      .title = NULL },
    { "nor with a value", "incident declare P1 --private=yes API down", "MISUSED I do not know `--private=yes`.",
      .title = NULL },
    { "nor as this page writes it", "incident declare P1 `--private` API down", "MISUSED I do not know `'--private'`.",
      .title = NULL },
    { "nor mistyped in quotes", "incident declare P1 \"API down -private\"", "MISUSED I do not know `-private`.",
      .title = NULL },
    { "in quotes it counts, too", "incident declare P1 \"API down --private\"", NULL, "P1", NULL, "API down --private",
      true },
    { "a dash and another word", "incident declare P1 -- privacy page is down", NULL, "P1", NULL,
      "-- privacy page is down", false },
    { "another option is a title", "incident declare P1 --force is broken", NULL, "P1", NULL, "--force is broken",
      false },
    { "a type has a severity", "incident declare outage API down", NULL, "P2", "outage", "API down", false },
    { "in any case", "incident declare Outage API down", NULL, "P2", "outage", "API down", false },
    { "another one behind it", "incident declare outage p1 API down", NULL, "P1", "outage", "API down", false },
    { "or before it", "incident declare P1 outage API down", NULL, "P1", "outage", "API down", false },
    { "a type may be private", "incident declare data-breach list sold", NULL, "P1", "data-breach", "list sold", true },
    { "one that is not may be made so", "incident declare outage --private x", NULL, "P2", "outage", "x", true },
    { "a type alone", "incident declare outage",
      "REFUSED What is it? Say it as in `incident declare outage P2 API down`. Nothing was done.", .title = NULL },
    { "a private one alone: what is proposed is private, too", "incident declare data-breach",
      "REFUSED What is it? Say it as in `incident declare --private data-breach P1 API down`. Nothing was done.",
      .title = NULL },
    { "private without a title", "incident declare P2 --private",
      "REFUSED What is it? Say it as in `incident declare --private P2 API down`. Nothing was done.", .title = NULL },
    { "a type and no such severity", "incident declare data-breach P9 list sold",
      "REFUSED How bad is it? `P9` is no severity. Say it before the title: `incident declare --private data-breach P1 "
      "list sold`. Nothing was done.",
      .title = NULL },
    { "no type and no severity", "incident declare --private it is sold",
      "REFUSED How bad is it? `it` is no severity. Say it before the title: `incident declare --private P1 it is sold`. "
      "Nothing was done.\n"
      "`P1`: users cannot work\n`P2`\n`P3`\n`data-breach`: data left us\n`outage`\n`leak`",
      .title = NULL },
};

static void check_declare(void **state)
{
    const struct declare_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION PUBLIC_MAIL);
    struct outcome out;
    const char *answer = decision_answer(fixture, &verb_incident, row->line, &out);
    const struct incident_body *body = out.body;

    if (row->answer) {
        assert_false(out.begins);
        assert_in(answer, row->answer);
        return;
    }
    assert_true(out.begins);
    assert_string_equal(body->severity, row->severity);
    assert_string_equal(body->type ? body->type : "-", row->type ? row->type : "-");
    assert_string_equal(body->title, row->title);
    assert_int_equal(body->is_private, row->is_private);
}

/* ---- types, where everybody may see it ---- */

static void check_type_calls(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION PUBLIC_MAIL);
    struct incident_body *body = ARENA_NEW(fixture->arena, struct incident_body);
    const struct event timer = { .kind = EVENT_TIMER, .name = "escalate" };
    struct card card = { .title = NULL };
    struct operation operation;
    struct outcome out;

    (void)state;
    *body = (struct incident_body){
        .title = "API down", .severity = "P1", .type = "outage", .opened_at_ms = DECISION_NOW_MS, .channel = "C9"
    };
    operation = an_incident(fixture, "D5", INCIDENT_OPEN, body);
    for (int hour = 0; hour <= 2; hour++) { /* its type's at once, and its severity's all the same */
        static const char *const called[] = { "*D5* calls the role cto", "escalated to the role everybody-technical",
                                              "escalated to the role cto" };

        fixture->view.now_ms = DECISION_NOW_MS + hour * HOUR_MS;
        outcome_init(&out, fixture->arena, "D5", "birth-1");
        machine_incident.on_event(&fixture->view, &operation, body, &timer, &out);
        *body = *(const struct incident_body *)out.body;
        assert_in(json_print_in(fixture->arena, out.effects[out.effects_count - 1].args), called[hour]);
    }
    assert_int_equal(body->called_count, 3);
    incident_card(&fixture->view, &operation, body, &card);
    assert_string_equal(card.fields[1].name, "Type");
    assert_string_equal(card.fields[1].value, "outage");
    assert_in(incident_post_mortem(&fixture->view, &operation, body, fixture->arena), "| Type | outage |\n");
}

/* Friday at ten in the evening, of a severity that waits for hours of work. */
static void check_type_calls_at_once(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION PUBLIC_MAIL);
    struct incident_body body = {
        .title = "x", .severity = "P3", .type = "leak", .opened_at_ms = DECISION_NOW_MS, .channel = "C9"
    };
    struct operation operation = an_incident(fixture, "D5", INCIDENT_OPEN, &body);
    const struct event timer = { .kind = EVENT_TIMER, .name = "escalate" };
    struct outcome out;

    (void)state;
    outcome_init(&out, fixture->arena, "D5", "birth-1");
    machine_incident.on_event(&fixture->view, &operation, &body, &timer, &out);
    assert_int_equal(((const struct incident_body *)out.body)->called_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_declared_elsewhere),
        cmocka_unit_test(check_who_comes),
        cmocka_unit_test(check_nobody_else),
        cmocka_unit_test(check_aloud),
        cmocka_unit_test(check_status),
        cmocka_unit_test(check_no_page_joins),
        cmocka_unit_test(check_invited),
        cmocka_unit_test(check_stays_public),
        cmocka_unit_test(check_type_calls),
        cmocka_unit_test(check_type_calls_at_once),
        cmocka_unit_test(check_lead_comes),
        cmocka_unit_test(check_status_of_all),
    };

    return ROWS(life_rows, check_life) + ROWS(sight_rows, check_sight) + ROWS(declare_rows, check_declare) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
