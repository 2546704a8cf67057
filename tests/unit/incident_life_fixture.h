/* incident_life_fixture.h - the life of one incident, step by step, and what each step wants: as lines of a log.
 *
 * Steps, in words: "ann ack", "bob resolve rolled back" (what people ask for; ann and bob are known in PagerDuty), "ann
 * /abort", "told P1 resolved 2000 bob" (PagerDuty's webhook: at which millisecond, who), "told P1 resolved 2000
 * merged", "read P1 resolved 2000" (the answer to a reading), "ends P1 resolve written resolved 2000" (what became of
 * an intent, and what was seen), "ends P1 resolve failed no access", "after 3m". Pages are "P1:triggered P2:resolved".
 * Only for tests.
 */
#ifndef OPSGATE_TESTS_UNIT_INCIDENT_LIFE_FIXTURE_H
#define OPSGATE_TESTS_UNIT_INCIDENT_LIFE_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/delivery.h"
#include "bot/model/exchange.h"
#include "bot/model/pagerduty_act.h"
#include "handlers/incident/internal.h"

#define LIFE_CHANNEL "C0INC"
#ifndef LIFE_CONFIGURATION /* a test's own */
#define LIFE_CONFIGURATION                                                                                             \
    "slack:\n"                                                                                                         \
    "  bot_token: xoxb-1\n"                                                                                            \
    "  signing_secrets: [secret]\n"                                                                                    \
    "  team: T1\n"                                                                                                     \
    "  channels: { deployments: \"#deployments\", incidents: \"#incidents\" }\n"                                       \
    "pagerduty: { webhook_secrets: [s], api_token: t, from: a@example.com }\n"                                         \
    "people:\n"                                                                                                        \
    "  - { name: ann, slack: U1, pagerduty: PANN }\n"                                                                  \
    "  - { name: bob, slack: U2, pagerduty: PBOB }\n"                                                                  \
    "policy: { roles: [], rules: [] }\n"                                                                               \
    "incidents:\n"                                                                                                     \
    "  severities:\n"                                                                                                  \
    "    - { name: P1 }\n"                                                                                             \
    "    - { name: P2 }\n"
#endif

struct incident_life {
    struct decision_fixture *fixture;
    struct operation operation;
    struct incident_body *body;
    const char *log;
};

static inline const char *life_status(struct str name)
{
    static const char *const all[] = { "triggered", "acknowledged", "resolved" };

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (str_is(name, all[i]))
            return all[i];
    return NULL;
}

static inline int64_t life_number(struct str rest)
{
    struct error err;
    int64_t number = 0;

    if (rest.len > 0 && !parse_int(rest, 0, INT64_C(1) << 52, &number, &err))
        fail_msg("%.*s: %s", (int)rest.len, rest.at, err.message);
    return number;
}

static inline struct incident_life *life_create(const char *state, const char *pages)
{
    struct incident_life *life = xcalloc(1, sizeof(*life));
    struct str rest = str_of(pages), word;
    struct arena *arena;

    life->fixture = decision_create(LIFE_CONFIGURATION);
    arena = life->fixture->arena;
    life->operation = (struct operation){ .id = "D12", .kind = "incident", .state = state };
    life->body = ARENA_NEW(arena, struct incident_body);
    *life->body = (struct incident_body){ .title = "API down",
                                          .severity = "P1",
                                          .opened_at_ms = DECISION_NOW_MS - 42 * MINUTE_MS,
                                          .channel = LIFE_CHANNEL,
                                          .channel_name = "inc-api-down",
                                          .wants_channel = true };
    life->body->acknowledged_at_ms = strcmp(state, INCIDENT_OPEN) == 0 ? 0 : DECISION_NOW_MS - 3 * MINUTE_MS;
    life->body->resolved_at_ms = strcmp(state, INCIDENT_RESOLVED) == 0 ? DECISION_NOW_MS - 2 * MINUTE_MS : 0;
    while ((word = str_take_word(&rest)).len > 0) {
        struct incident_page *page = ARENA_PUSH(arena, life->body->pages, life->body->pages_count);
        struct str status = word;

        page->id = arena_copy(arena, str_take_until(&status, ':'));
        page->number = page->id[1] - '0';
        page->status = life_status(status);
        page->status_at_ms = page->status ? 1001 : 0;
    }
    life->log = "";
    return life;
}

static inline void life_destroy(struct incident_life *life)
{
    decision_destroy(life->fixture);
    free(life);
}
static inline void life_finish(struct incident_life **life)
{
    life_destroy(*life);
}
#define AUTO_LIFE __attribute__((cleanup(life_finish)))

static inline struct incident_page *life_page(struct incident_life *life, const char *id)
{
    for (size_t i = 0; i < life->body->pages_count; i++)
        if (strcmp(life->body->pages[i].id, id) == 0)
            return &life->body->pages[i];
    return NULL;
}

/* ---- what came of it ---- */

#define LIFE_LOG(life, ...)                                                                                            \
    ((life)->log = arena_printf((life)->fixture->arena, "%s%s\n", (life)->log,                                         \
                                arena_printf((life)->fixture->arena, __VA_ARGS__)))

/* "page opens investigating: Some logins fail. again c1=major_outage" */
static inline void life_log_public(struct incident_life *life, const struct wanted_effect *effect)
{
    bool is_opening = strcmp(effect->kind, EFFECT_STATUSPAGE_OPEN) == 0;
    struct arena *arena = life->fixture->arena;
    const char *text = json_find_string(effect->args, "body"), *line;

    assert_string_equal(effect->lane, "statuspage");
    if (!is_opening) {
        assert_string_equal(json_find_string(effect->args, "incident"), "i1");
        assert_true(json_find_int(effect->args, "asked_at_ms", 0) == view_unix_ms(&life->fixture->view));
    }
    line = arena_printf(arena, "page %s%s %s%s%s", is_opening ? "opens " : "",
                        is_opening ? json_find_string(effect->args, "name") : "updates",
                        text ? json_find_string(effect->args, "status") : "components", text ? ": " : "",
                        text ? text : "");
    if (json_find_bool(effect->args, "is_again", false))
        line = arena_printf(arena, "%s, again", line);
    if (json_find_bool(effect->args, "is_quiet", false))
        line = arena_printf(arena, "%s, quiet", line);
    if (json_find_bool(effect->args, "reopens", false))
        line = arena_printf(arena, "%s, reopens", line);
    JSON_EACH(component, json_find(effect->args, "components"))
        line = arena_printf(arena, "%s, %s=%s", line, component->string, component->valuestring);
    LIFE_LOG(life, "%s", line);
}

static inline void life_log_effect(struct incident_life *life, const struct wanted_effect *effect)
{
    const char *incident = json_find_string(effect->args, "of.incident");

    if (incident) {
        assert_string_equal(effect->lane, arena_printf(life->fixture->arena, "pagerduty:%s", incident));
        assert_true(json_find_int(effect->args, "of.asked_at_ms", 0) == view_unix_ms(&life->fixture->view));
    }
    if (strcmp(effect->kind, EFFECT_PAGERDUTY_STATUS) == 0) {
        const char *intent = json_find_string(effect->args, "intent"),
                   *resolution = json_find_string(effect->args, "resolution");

        assert_string_equal(effect->tag, arena_printf(life->fixture->arena, "page:%s:%s", incident, intent));
        assert_true(json_find_int(effect->args, "of.not_after_ms", 0) ==
                    view_unix_ms(&life->fixture->view) + PAGERDUTY_INTENT_MS);
        LIFE_LOG(life, "wants %s %s by %s%s%s", incident, intent, json_find_string(effect->args, "of.by"),
                 resolution ? ": " : "", resolution ? resolution : "");
    } else if (strcmp(effect->kind, EFFECT_PAGERDUTY_NOTE) == 0) {
        LIFE_LOG(life, "notes %s: %s", incident, json_find_string(effect->args, "text"));
    } else if (strcmp(effect->kind, EFFECT_MESSAGE) == 0) {
        LIFE_LOG(life, "%s: %s",
                 strcmp(json_find_string(effect->args, "channel"), LIFE_CHANNEL) == 0 ? "says" : "announces",
                 json_find_string(effect->args, "reply.text"));
    } else if (strcmp(effect->lane, "statuspage") == 0) {
        life_log_public(life, effect);
    }
}

/* The next event finds what the record has, and no pointer of this one. */
static inline void life_store(struct incident_life *life, const struct incident_body *body)
{
    AUTO_JSON cJSON *json = shape_to_json(&incident_body_shape, body, SHAPE_WHOLE);
    struct arena *arena = life->fixture->arena;
    struct error err;

    life->body = ARENA_NEW(arena, struct incident_body);
    if (!shape_from_json(&incident_body_shape, json_parse_in(arena, str_of(json_print_in(arena, json)), &err), arena,
                         life->body, &err))
        fail_msg("%s", err.message);
}

static inline void life_take(struct incident_life *life, const struct outcome *out)
{
    for (size_t i = 0; i < out->effects_count; i++)
        life_log_effect(life, &out->effects[i]);
    for (size_t i = 0; i < out->readings_count; i++)
        LIFE_LOG(life, "reads %s", out->readings[i].name);
    if (out->reply)
        LIFE_LOG(life, "%s: %s", out->reply->is_refusal ? "refuses" : "replies", out->reply->text);
    for (size_t i = 0; out->reply && i < out->reply->lines_count; i++)
        LIFE_LOG(life, "  %s", out->reply->lines[i]);
    if (out->state) {
        LIFE_LOG(life, "-> %s", out->state);
        life->operation.state = out->state;
    }
    if (out->result)
        LIFE_LOG(life, "ends %s: %s", out->result, out->summary);
    if (out->body)
        life_store(life, out->body);
}

/* ---- steps ---- */

static inline void life_event(struct incident_life *life, const struct event *event)
{
    struct outcome out;

    outcome_init(&out, life->fixture->arena, "D12", "birth-00000000000000d1");
    machine_incident.on_event(&life->fixture->view, &life->operation, life->body, event, &out);
    life_take(life, &out);
}

static inline struct pagerduty_reference *life_person(struct incident_life *life, struct str name)
{
    struct pagerduty_reference *person = ARENA_NEW(life->fixture->arena, struct pagerduty_reference);

    person->type = "user_reference";
    person->id = str_is(name, "ann") ? "PANN" : str_is(name, "bob") ? "PBOB" : "PZOE";
    person->summary = arena_copy(life->fixture->arena, name);
    return name.len > 0 ? person : NULL;
}

/* "P1 resolved 2000 bob" */
static inline struct pagerduty_incident life_seen(struct incident_life *life, struct str *rest)
{
    struct pagerduty_incident seen = { .id = arena_copy(life->fixture->arena, str_take_word(rest)) };
    struct str by;

    seen.number = seen.id[1] - '0';
    seen.status = life_status(str_take_word(rest));
    seen.status_at_ms = life_number(str_take_word(rest));
    by = str_take_word(rest);
    seen.is_merged = str_is(by, "merged");
    seen.status_by = seen.is_merged ? NULL : life_person(life, by);
    return seen;
}

/* As told.c does once it has read the webhook. */
static inline void life_see(struct incident_life *life, const struct pagerduty_incident *seen)
{
    struct event event = { .kind = EVENT_OUTSIDE, .name = "incident" };
    struct outcome out;
    struct deciding d = { .view = &life->fixture->view,
                          .operation = &life->operation,
                          .id = "D12",
                          .state = life->operation.state,
                          .body = incident_own_body(life->body, life->fixture->arena),
                          .event = &event,
                          .out = &out };

    outcome_init(&out, life->fixture->arena, "D12", "birth-00000000000000d1");
    incident_see_page(&d, seen, NULL);
    outcome_move(&out, strcmp(d.state, life->operation.state) == 0 ? NULL : d.state, d.body);
    life_take(life, &out);
}

static inline void life_ends(struct incident_life *life, struct str rest)
{
    static const char *const ends[] = { "written", "already", "unfit", "changed", "too_late" };
    struct arena *arena = life->fixture->arena;
    const char *id = arena_copy(arena, str_take_word(&rest)), *intent = arena_copy(arena, str_take_word(&rest));
    struct event event = { .kind = EVENT_EFFECT, .name = arena_printf(arena, "page:%s:%s", id, intent) };
    struct str how = str_take_word(&rest), seen;
    struct pagerduty_acted acted = { .end = -1 };
    struct pagerduty_incident incident;
    AUTO_JSON cJSON *json = NULL;

    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (str_is(how, ends[i]))
            acted.end = (int)i;
    if (acted.end < 0) {
        event.end = str_is(how, "cancelled") ? END_CANCELLED : str_is(how, "gave-up") ? END_GAVE_UP : END_FAILED;
        event.error = arena_copy(arena, str_trim(rest));
        life_event(life, &event);
        return;
    }
    seen = str_of(arena_printf(arena, "%s " STR_FMT, id, STR_ARG(rest)));
    incident = life_seen(life, &seen);
    acted.seen = incident.status;
    acted.said = arena_printf(arena, "incident #%d is %s", (int)incident.number, incident.status);
    acted.incident = &incident;
    json = shape_to_json(&pagerduty_acted_shape, &acted, SHAPE_WHOLE);
    event.body = json;
    life_event(life, &event);
}

static inline void life_reads(struct incident_life *life, struct str rest)
{
    struct pagerduty_incident seen = life_seen(life, &rest);
    AUTO_JSON cJSON *json = shape_to_json(&pagerduty_incident_shape, &seen, SHAPE_WHOLE);
    struct event event = { .kind = EVENT_READING,
                           .name = arena_printf(life->fixture->arena, "page:%s", seen.id),
                           .body = json };

    event.end = seen.status ? END_DONE : END_GAVE_UP;
    life_event(life, &event);
}

static const struct life_deed {
    const char *name;
    enum incident_deed deed;
} life_deeds[] = {
    { "ack", DEED_ACKNOWLEDGE },
    { "lead", DEED_LEAD },
    { "severity", DEED_SEVERITY },
    { "update", DEED_UPDATE },
    { "note", DEED_NOTE },
    { "public", DEED_PUBLIC },
    { "resolve", DEED_RESOLVE },
    { "reopen", DEED_REOPEN },
    { "close", DEED_CLOSE },
    { "show", DEED_SHOW },
    { "list", DEED_LIST },
    { "stats", DEED_STATS },
    { "declare", DEED_DECLARE },
    { "postmortem", DEED_POST_MORTEM },
};

/* "identified, api: We know why." */
static inline struct str life_read_public(struct incident_life *life, struct str rest,
                                          struct incident_arguments *arguments)
{
    const char **words = NULL;
    struct str left = rest, word;
    size_t count = 0, marks;

    while ((word = str_take_word(&left)).len > 0)
        *ARENA_PUSH(life->fixture->arena, words, count) = arena_copy(life->fixture->arena, word);
    marks = incident_public_marks(life->fixture->view.settings, words, count, life->fixture->arena, arguments);
    for (size_t i = 0; i < marks; i++)
        str_take_word(&rest);
    return rest;
}

static inline void life_asks(struct incident_life *life, struct str who, struct str rest)
{
    static const struct principal bob = { .system = "slack", .id = "U2", .team = "T1", .name = "bob" };
    struct arena *arena = life->fixture->arena;
    struct request request = decision_request(life->fixture, "incident show");
    struct incident_arguments arguments = { .deed = DEED_SHOW };
    struct event event = { .kind = EVENT_REQUEST, .name = "incident", .request = &request, .arguments = &arguments };
    struct str deed = str_take_word(&rest);

    if (str_take_prefix(&deed, "/")) /* another verb, about an incident's number */
        event.name = arena_copy(arena, deed);
    if (str_is(who, "bob"))
        request.principal = bob;
    for (size_t i = 0; i < ARRAY_LEN(life_deeds); i++)
        if (str_is(deed, life_deeds[i].name))
            arguments.deed = life_deeds[i].deed;
    if (arguments.deed == DEED_SEVERITY)
        arguments.severity = arena_copy(arena, str_take_word(&rest));
    if (arguments.deed == DEED_LEAD && str_is(str_trim(rest), "bob"))
        arguments.lead = &bob;
    if (arguments.deed == DEED_PUBLIC)
        rest = life_read_public(life, rest, &arguments);
    arguments.text = str_trim(rest).len > 0 ? arena_copy(arena, str_trim(rest)) : NULL;
    life_event(life, &event);
}

static inline void life_step(struct incident_life *life, const char *step)
{
    struct str rest = str_of(step), word = str_take_word(&rest);
    struct pagerduty_incident seen;
    int64_t ms;
    struct error err;

    if (str_is(word, "told")) {
        seen = life_seen(life, &rest);
        life_see(life, &seen);
    } else if (str_is(word, "read")) {
        life_reads(life, rest);
    } else if (str_is(word, "ends")) {
        life_ends(life, rest);
    } else if (str_is(word, "after")) {
        assert_true(duration_parse(str_trim(rest), &ms, &err));
        life->fixture->view.now_ms += ms;
    } else {
        life_asks(life, word, rest);
    }
}

#define LIFE_STEPS_MAX 10
struct life_row {
    const char *name;
    const char *state, *pages;
    const char *steps[LIFE_STEPS_MAX];
    const char *log; /* of the last of them */
};

static inline void life_check(void **state)
{
    const struct life_row *row = *state;
    AUTO_LIFE struct incident_life *life = life_create(row->state, row->pages);

    for (size_t i = 0; i < LIFE_STEPS_MAX && row->steps[i]; i++) {
        life->log = "";
        life_step(life, row->steps[i]);
    }
    assert_string_equal(life->log, row->log);
}

#endif
