/* watch_fixture.h - something that stands, led through events by hand: each is told what the one before it left. */
#ifndef OPSGATE_TESTS_UNIT_WATCH_FIXTURE_H
#define OPSGATE_TESTS_UNIT_WATCH_FIXTURE_H

#include "tests/unit/decision_fixture.h"

struct watch_story {
    struct decision_fixture *fixture;
    const struct machine *machine;
    const void *body;
    struct outcome out; /* of the last event */
};

static inline void watch_keep(struct watch_story *story)
{
    cJSON *json;
    void *body = arena_alloc(story->fixture->arena, story->machine->body->size);
    struct error err;

    if (!story->out.body)
        return;
    json = shape_to_json(story->machine->body, story->out.body, SHAPE_WHOLE); /* as the engine keeps it */
    arena_defer(story->fixture->arena, (void (*)(void *))cJSON_Delete, json);
    assert_true(shape_from_json(story->machine->body, json, story->fixture->arena, body, &err));
    story->body = body;
}

static inline void watch_begin(struct watch_story *story, struct decision_fixture *fixture,
                               const struct machine *machine)
{
    *story = (struct watch_story){ .fixture = fixture, .machine = machine };
    outcome_init(&story->out, fixture->arena, "L1", "birth-00000000000000f1");
    machine->stand(&fixture->view, &story->out);
    watch_keep(story);
}

static inline void watch_hear(struct watch_story *story, struct event event)
{
    struct operation operation = { .id = "L1", .kind = story->machine->kind, .state = "watching" };

    outcome_init(&story->out, story->fixture->arena, "L1", "birth-00000000000000f1");
    story->machine->on_event(&story->fixture->view, &operation, story->body, &event, &story->out);
    watch_keep(story);
}

static inline void watch_read(struct watch_story *story, const char *name, const char *json)
{
    watch_hear(story, (struct event){ .kind = EVENT_READING,
                                      .name = name,
                                      .end = json ? END_DONE : END_FAILED,
                                      .error = json ? NULL : "it said no",
                                      .body = json ? decision_json(story->fixture, json) : NULL });
}

static inline void watch_effect(struct watch_story *story, const char *tag, enum event_end end, const char *json)
{
    watch_hear(story, (struct event){ .kind = EVENT_EFFECT,
                                      .name = tag,
                                      .end = end,
                                      .error = end == END_DONE ? NULL : "it said no",
                                      .body = json ? decision_json(story->fixture, json) : NULL });
}

static inline void watch_due(struct watch_story *story)
{
    watch_hear(story, (struct event){ .kind = EVENT_TIMER, .name = "look" });
}

/* How many of the outcome's effects are of this kind; args of the first of them, or NULL. */
static inline size_t watch_count(const struct watch_story *story, const char *kind, const cJSON **ret_args)
{
    size_t count = 0;

    for (size_t i = 0; i < story->out.effects_count; i++)
        if (strcmp(story->out.effects[i].kind, kind) == 0 && count++ == 0 && ret_args)
            *ret_args = story->out.effects[i].args;
    return count;
}

static inline const cJSON *watch_journal(const struct watch_story *story, const char *kind) /* NULL: none of that kind */
{
    for (size_t i = 0; i < story->out.journal_count; i++)
        if (strcmp(story->out.journal[i].kind, kind) == 0)
            return story->out.journal[i].body;
    return NULL;
}

#endif
