/* deploy_program_fixture.h - one operation of a program as the driver, played event by event. */
#ifndef OPSGATE_TESTS_UNIT_DEPLOY_PROGRAM_FIXTURE_H
#define OPSGATE_TESTS_UNIT_DEPLOY_PROGRAM_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#include "bot/model/program.h"
#include "handlers/control.h"
#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/program.h"

#define CONFIGURATION_WITH(rules)                                                                                      \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\" } }\n" \
    "services:\n"                                                                                                      \
    "  - name: tools\n"                                                                                                \
    "    environments:\n"                                                                                              \
    "      - { name: host, driver: { program: { deploy: [/opt/bin/deploy.sh, --to, \"{version}\", \"{service}/"        \
    "{environment}\"], rollback: [back.sh, \"{version}\"], timeout: 10m } } }\n"                                       \
    "      - { name: again, driver: { program: { deploy: [d, \"{version}\"], on_crash: repeat } } }\n"                 \
    "      - { name: picture, driver: { program: { deploy: [d, \"{image}\"] } } }\n"                                   \
    "      - { name: steps, driver: { program: { deploy: [d] } }, strategy: { blue_green: { watch: 1h } } }\n"         \
    "  - name: web\n"                                                                                                  \
    "    artifact: { image: \"registry.example.com/web:{version}\" }\n"                                                \
    "    environments:\n"                                                                                              \
    "      - { name: disk, driver: { program: { deploy: [d, \"{image}\", \"{operation}\"] } } }\n"                     \
    "policy: { rules: [" rules "] }\n"
#define CONFIGURATION CONFIGURATION_WITH("{ allow: \"*\", to: everyone }")

struct play {
    struct decision_fixture *fixture;
    struct operation operation;
    const struct deploy_body *body;
    struct outcome out;
};

static inline void take(struct play *play)
{
    const void *body = decision_take(play->fixture, &play->operation, &play->out, &deploy_body_shape);

    play->body = body ? body : play->body;
}

/* `ended`: the record of who left the target midway, or NULL. */
static inline struct play begin_after(const struct operation *ended, const struct verb *verb, const char *line,
                                      const struct target *target)
{
    struct play play = { .fixture = decision_create(CONFIGURATION) };

    play.fixture->ended = ended;
    play.fixture->ended_count = ended != NULL;
    if (target) {
        play.fixture->targets = target;
        play.fixture->targets_count = 1;
    }
    decision_answer(play.fixture, verb, line, &play.out);
    play.operation = (struct operation){ .id = "D7",
                                         .outside_id = "birth-00000000000000d7",
                                         .kind = "deploy",
                                         .schema = DEPLOY_SCHEMA,
                                         .target = play.out.target,
                                         .source = "slack",
                                         .requester = { "slack", "U1", "T1", "ann" },
                                         .created_at_ms = DECISION_NOW_MS };
    take(&play);
    return play;
}

static inline struct play begin(const struct verb *verb, const char *line, const struct target *target)
{
    return begin_after(NULL, verb, line, target);
}

static inline void end(struct play *play)
{
    decision_destroy(play->fixture);
}

static inline void send_event(struct play *play, struct event event, const char *body)
{
    event.body = body ? decision_json(play->fixture, body) : NULL;
    outcome_init(&play->out, play->fixture->arena, "D7", "birth-00000000000000d7");
    machine_deploy.on_event(&play->fixture->view, &play->operation, play->body, &event, &play->out);
    take(play);
}

static inline void timer(struct play *play, const char *name)
{
    send_event(play, (struct event){ .kind = EVENT_TIMER, .name = name }, NULL);
}

static inline void message(struct play *play, const char *name, const char *body)
{
    send_event(play, (struct event){ .kind = EVENT_MESSAGE, .name = name, .from = "engine" }, body);
}

static inline void effect(struct play *play, const char *tag, enum event_end how, const char *body)
{
    send_event(play,
               (struct event){ .kind = EVENT_EFFECT, .name = tag, .end = how, .error = body ? NULL : "of a reason" },
               body);
}

static inline void progress(struct play *play, const char *body)
{
    send_event(play, (struct event){ .kind = EVENT_READING, .name = "progress", .end = END_DONE }, body);
}

static inline void no_progress(struct play *play, enum event_end how)
{
    send_event(play, (struct event){ .kind = EVENT_READING, .name = "progress", .end = how, .error = "of a reason" },
               NULL);
}

static inline void later(struct play *play, int64_t ms)
{
    play->fixture->view.now_ms += ms;
}

static inline const char *ask(struct play *play, const struct verb *verb, const char *reason)
{
    struct request request = decision_request(play->fixture, arena_printf(play->fixture->arena, "%s D7", verb->name));
    struct control_arguments arguments = { .operation = "D7", .look = CONTROL_ANY_LOOK, .reason = reason };

    send_event(
        play, (struct event){ .kind = EVENT_REQUEST, .name = verb->name, .request = &request, .arguments = &arguments },
        NULL);
    return play->out.reply ? play->out.reply->text : NULL;
}

/* What end_told.c says, which test_deploy_end_told has; what the program wrote is tagged. */
static inline bool is_of_its_end(const struct outcome *out, const struct wanted_effect *effect)
{
    return out->result && !effect->tag && strcmp(effect->kind, EFFECT_MESSAGE) == 0;
}

/* In one line: "executing ?progress !program.start". */
static inline const char *wants(struct play *play)
{
    struct arena *arena = play->fixture->arena;
    const char *text = play->operation.state;

    for (size_t i = 0; i < play->out.effects_count; i++)
        if (!is_of_its_end(&play->out, &play->out.effects[i]))
            text = arena_printf(arena, "%s !%s", text, play->out.effects[i].kind);
    for (size_t i = 0; i < play->out.readings_count; i++)
        text = arena_printf(arena, "%s ?%s", text, play->out.readings[i].name);
    for (size_t i = 0; i < play->out.timers_count; i++)
        text = arena_printf(arena, "%s @%s", text, play->out.timers[i].name);
    for (size_t i = 0; i < play->out.cancels_count; i++)
        text = arena_printf(arena, "%s ~%s", text, play->out.cancels[i]);
    return arena_printf(arena, "%s%s%s%s%s%s", text, play->out.claims ? " claims" : "", play->out.good ? " good" : "",
                        play->out.is_return ? " return" : "", play->out.bad ? " bad" : "",
                        play->out.leaves_doubt ? " doubt" : "");
}

static inline void assert_says(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        assert_string_equal(text ? text : "(nothing)", part);
}

/* Up to the running program. */
static inline struct play executing(const char *line)
{
    struct play play = begin(&verb_deploy, line, NULL);

    timer(&play, "pinned");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    assert_string_equal(wants(&play), "executing ?progress");
    return play;
}

static inline struct program_start started_with(struct play *play)
{
    struct program_start start;
    struct error err;

    assert_int_equal(play->out.effects_count, 1);
    assert_string_equal(play->out.effects[0].kind, EFFECT_PROGRAM);
    assert_true(shape_from_json(&program_start_shape, play->out.effects[0].args, play->fixture->arena, &start, &err));
    return start;
}

static inline struct program_look looks_at(struct play *play)
{
    struct program_look looked;
    struct error err;

    assert_int_equal(play->out.readings_count, 1);
    assert_true(shape_from_json(&program_look_shape, play->out.readings[0].args, play->fixture->arena, &looked, &err));
    return looked;
}

#endif
