/* trigger_story.h - a trigger from its request on, kept between two events as the engine keeps it. Only for tests. */
#ifndef OPSGATE_TESTS_UNIT_TRIGGER_STORY_H
#define OPSGATE_TESTS_UNIT_TRIGGER_STORY_H

#include "tests/unit/trigger_fixture.h"

#include "bot/model/exchange.h"
#include "handlers/trigger/trigger.h"

struct story {
    struct decision_fixture *fixture;
    struct operation operation;
    const struct trigger_body *body;
    struct outcome out; /* of the last event */
};

/* As the engine keeps it. */
static inline void keep(struct story *story)
{
    struct trigger_body *body = ARENA_NEW(story->fixture->arena, struct trigger_body);
    cJSON *json;
    struct error err;

    if (story->out.state)
        story->operation.state = story->out.state;
    if (!story->out.body)
        return;
    json = shape_to_json(&trigger_body_shape, story->out.body, SHAPE_WHOLE);
    arena_defer(story->fixture->arena, (void (*)(void *))cJSON_Delete, json);
    assert_true(shape_from_json(&trigger_body_shape, json, story->fixture->arena, body, &err));
    story->body = body;
    story->operation.body = json;
}

static inline void begin(struct story *story, struct decision_fixture *fixture, const char *line)
{
    struct request request = decision_request(fixture, line);
    struct question question;
    const void *arguments;
    struct error err;

    *story = (struct story){ .fixture = fixture, .operation = trigger_operation(fixture) };
    request.source = "github";
    if (!verb_trigger.asks(&fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    outcome_init(&story->out, fixture->arena, "L7", "birth-00000000000000f7");
    verb_trigger.begin(&fixture->view, &request, &question, arguments, &story->out);
    keep(story);
}

static inline void hear(struct story *story, struct event event)
{
    outcome_init(&story->out, story->fixture->arena, "L7", "birth-00000000000000f7");
    machine_trigger.on_event(&story->fixture->view, &story->operation, story->body, &event, &story->out);
    keep(story);
}

static inline void read_as(struct story *story, const char *name, const char *json, enum event_end end)
{
    hear(story, (struct event){ .kind = EVENT_READING,
                                .name = name,
                                .end = end,
                                .error = end == END_DONE ? NULL : "GitHub said no.",
                                .body = end == END_DONE ? decision_json(story->fixture, json) : NULL });
}

static inline void answered(struct story *story, const char *name, const char *json)
{
    read_as(story, name, json, END_DONE);
}

static inline void told(struct story *story, const char *message, const char *json)
{
    hear(story, (struct event){ .kind = EVENT_MESSAGE, .name = message, .body = decision_json(story->fixture, json) });
}

/* What it wants: readings with a '?', requests with their words, messages with a '!', its end. */
static inline const char *wants(const struct story *story)
{
    const struct outcome *out = &story->out;
    struct arena *arena = story->fixture->arena;
    const char *text = out->state ? out->state : "-";

    for (size_t i = 0; i < out->readings_count; i++)
        text = arena_printf(arena, "%s ?%s", text, out->readings[i].name);
    for (size_t i = 0; i < out->timers_count; i++)
        text = arena_printf(arena, "%s @%s", text, out->timers[i].name);
    for (size_t i = 0; i < out->requests_count; i++) {
        text = arena_printf(arena, "%s [%s", text, out->requests[i].verb);
        for (size_t k = 0; k < out->requests[i].words_count; k++)
            text = arena_printf(arena, "%s %s", text, out->requests[i].words[k]);
        text = arena_printf(arena, "%s]", text);
    }
    for (size_t i = 0; i < out->effects_count; i++)
        text = arena_printf(arena, "%s !%s", text, out->effects[i].kind);
    return arena_printf(arena, "%s%s%s%s", text, out->result ? " =" : "", out->result ? out->result : "",
                        out->is_forgotten ? " forgotten" : "");
}

#endif
