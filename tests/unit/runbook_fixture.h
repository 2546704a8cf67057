/* runbook_fixture.h - one run of a runbook, played event by event. Only for tests. */
#ifndef OPSGATE_TESTS_UNIT_RUNBOOK_FIXTURE_H
#define OPSGATE_TESTS_UNIT_RUNBOOK_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#include "bot/model/exchange.h"
#include "bot/model/program.h"
#include "handlers/control.h"
#include "handlers/runbook/body.h"
#include "handlers/runbook/runbook.h"

#define RUNBOOK_SERVICES                                                                                               \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\" } }\n" \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    artifact: { image: \"registry.example.com/api:{version}\" }\n"                                                \
    "    environments:\n"                                                                                              \
    "      - { name: production, driver: { cloud_run: { project: a, region: r, service: s } }, strategy: all-at-once " \
    "}\n"
#define RUNBOOKS                                                                                                       \
    "runbooks:\n"                                                                                                      \
    "  - name: reset\n"                                                                                                \
    "    args: [{ name: zone, one_of: [a, b] }, { name: word, pattern: \"*\", default: w }]\n"                         \
    "    environment: { TOKEN: \"${env:SLACK_BOT_TOKEN}\" }\n"                                                         \
    "    steps:\n"                                                                                                     \
    "      - { name: first, run: [/bin/tool, \"{zone}\", \"; rm\"], skippable: true }\n"                               \
    "      - { name: up, check: [up, \"{zone}\"], timeout: 1m, every: 20s }\n"                                         \
    "      - { verb: \"deploy api production {word}\" }\n"                                                             \
    "      - { manual: \"look at {zone}\" }\n"                                                                         \
    "      - { wait: 5m }\n"                                                                                           \
    "  - { name: placed, target: api/production, steps: [{ run: [one] }, { run: [two] }] }\n"                          \
    "  - { name: asks, steps: [{ run: [one] }, { run: [two] }] }\n"                                                    \
    "  - { name: dated, steps: [{ run: [keep, \"{today}\", '{\"a\": 1}'] }] }\n"                                            \
    "  - { name: may, steps: [{ run: [one], may_fail: true }, { run: [two] }] }\n"                                      \
    "  - { name: repeats, steps: [{ run: [one], on_crash: repeat }] }\n"                                               \
    "  - { name: limited, timeout: 10m, steps: [{ run: [one] }, { manual: \"look\", timeout: 1h }] }\n"                \
    "  - { name: verbs, steps: [{ verb: \"deploy api production v1\", timeout: 1h }, { verb: \"lock api production "   \
    "x\" }] }\n"                                                                                                       \
    "  - { name: tells, steps: [{ verb: \"maintenance plan api production in 2d for 1h x\" }] }\n"                      \
    "  - { name: own, target: api/production, args: [{ name: env, one_of: [production, staging] }], steps: "           \
    "[{ verb: \"deploy api {env} v1\" }] }\n"                                                                          \
    "  - { name: wipe, target: api/production, destructive: true, steps: [{ run: [wipe] }] }\n"
#define RUNBOOK_CONFIGURATION RUNBOOK_SERVICES RUNBOOKS "policy: { rules: [{ allow: \"*\", to: everyone }] }\n"

struct run_play {
    struct decision_fixture *fixture;
    struct operation operation;
    const struct runbook_body *body;
    struct outcome out;
};

static inline void run_take(struct run_play *play)
{
    const void *body = decision_take(play->fixture, &play->operation, &play->out, &runbook_body_shape);

    play->body = body ? body : play->body;
}

/* `reply`: what was answered, or NULL. */
static inline struct run_play run_begin(const char *configuration, const char *line, const char **reply)
{
    struct run_play play = { .fixture = decision_create(configuration) };
    const char *answer = decision_answer(play.fixture, &verb_run, line, &play.out);

    if (reply)
        *reply = answer;
    play.operation = (struct operation){ .id = "D7",
                                         .outside_id = "birth-00000000000000d7",
                                         .kind = "runbook",
                                         .schema = RUNBOOK_SCHEMA,
                                         .target = play.out.target,
                                         .source = "slack",
                                         .requester = { "slack", "U1", "T1", "ann" },
                                         .created_at_ms = DECISION_NOW_MS };
    run_take(&play);
    return play;
}

static inline void run_finish(struct run_play *play)
{
    decision_destroy(play->fixture);
}

static inline void run_send(struct run_play *play, struct event event, const char *body)
{
    event.body = body ? decision_json(play->fixture, body) : NULL;
    outcome_init(&play->out, play->fixture->arena, "D7", "birth-00000000000000d7");
    machine_runbook.on_event(&play->fixture->view, &play->operation, play->body, &event, &play->out);
    run_take(play);
}

static inline const char *run_asked(struct run_play *play, const char *verb, const char *user, int64_t look)
{
    struct request request = decision_request(play->fixture, arena_printf(play->fixture->arena, "%s D7", verb));
    struct control_arguments arguments = { .operation = "D7", .look = look };

    request.principal.id = user;
    run_send(play, (struct event){ .kind = EVENT_REQUEST, .name = verb, .request = &request, .arguments = &arguments },
             NULL);
    return play->out.reply ? play->out.reply->text : NULL;
}

/* One word of a story: "granted", "started", "exit:3", "lost", "elsewhere", "timer:again", "ask:abort", ... */
static inline void run_tell(struct run_play *play, struct str word)
{
    static const struct {
        const char *word;
        enum event_kind kind;
        const char *name;
        enum event_end end;
        const char *body;
    } rows[] = {
        { "granted", EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, "{'target':'api/production'}" },
        { "yield", EVENT_MESSAGE, MESSAGE_YIELD, END_DONE, "{'target':'api/production','by':'D9'}" },
        { "started", EVENT_EFFECT, "program", END_DONE, "{'run':'birth-0000000000000001'}" },
        { "forbidden", EVENT_EFFECT, "program", END_CANCELLED, NULL },
        { "no-program", EVENT_EFFECT, "program", END_FAILED, NULL },
        { "start-unknown", EVENT_EFFECT, "program", END_UNKNOWN, NULL },
        { "exit:0", EVENT_READING, "progress", END_DONE, "{'has_ended':true,'is_all':true}" },
        { "exit:3", EVENT_READING, "progress", END_DONE,
          "{'has_ended':true,'exit_status':3,'is_all':true,'output':'no *disk*\\n','to_byte':10}" },
        { "slow", EVENT_READING, "progress", END_DONE, "{'has_ended':true,'is_timed_out':true,'is_all':true}" },
        { "runs", EVENT_READING, "progress", END_DONE, "{'has_ended':false}" },
        { "lost", EVENT_READING, "progress", END_DONE, "{'has_ended':true,'is_lost':true,'is_all':true}" },
        { "elsewhere", EVENT_READING, "progress", END_DONE, "{'is_elsewhere':true}" },
        { "nonsense", EVENT_READING, "progress", END_DONE, "{'has_ended':'perhaps'}" },
        { "silence", EVENT_READING, "progress", END_GAVE_UP, NULL },
    };
    char *text = arena_copy(play->fixture->arena, word);
    int64_t minutes;
    struct error err;
    struct str rest = str_of(text);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].word, text) == 0) {
            run_send(
                play,
                (struct event){ .kind = rows[i].kind,
                                .effect_outside_id = rows[i].kind == EVENT_EFFECT ? "birth-0000000000000001" : NULL,
                                .name = rows[i].name,
                                .from = "engine",
                                .end = rows[i].end,
                                .error = rows[i].body ? NULL : "of a reason" },
                rows[i].body);
            return;
        }
    if (str_take_prefix(&rest, "timer:"))
        run_send(play, (struct event){ .kind = EVENT_TIMER, .name = rest.at }, NULL);
    else if (str_take_prefix(&rest, "ask:"))
        run_asked(play, rest.at, "U1", CONTROL_ANY_LOOK);
    else if (str_take_prefix(&rest, "begun:"))
        run_send(play, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_CHILD_BEGUN },
                 arena_printf(play->fixture->arena, "{'name':'step %s','operation':'D8'}", rest.at));
    else if (str_take_prefix(&rest, "refused:"))
        run_send(play, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_CHILD_REFUSED },
                 arena_printf(play->fixture->arena, "{'name':'%s%s','text':'*Denied*: by a rule.\\nMore.'}",
                              rest.at[0] == 'a' ? "" : "step ", rest.at));
    else if (str_take_prefix(&rest, "done:"))
        run_send(play, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_CHILD_ENDED },
                 arena_printf(play->fixture->arena,
                              "{'name':'step %s','operation':'D8','result':'done','summary':'it serves'}", rest.at));
    else if (str_take_prefix(&rest, "failed:"))
        run_send(play, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_CHILD_ENDED },
                 arena_printf(play->fixture->arena,
                              "{'name':'step %s','operation':'D8','result':'failed','summary':'the canary was bad'}",
                              rest.at));
    else if (str_take_prefix(&rest, "later:") && parse_int(rest, 0, 100000, &minutes, &err))
        play->fixture->view.now_ms += minutes * MINUTE_MS;
    else
        fail_msg("no such word of a story: %s", text);
}

/* In one line: "executing ?progress !program.start +deploy". What is said in the thread is left out. */
static inline const char *run_wants(struct run_play *play)
{
    struct arena *arena = play->fixture->arena;
    const char *text = play->operation.state;

    for (size_t i = 0; i < play->out.effects_count; i++)
        if (strcmp(play->out.effects[i].kind, EFFECT_MESSAGE) != 0)
            text = arena_printf(arena, "%s !%s", text, play->out.effects[i].kind);
    for (size_t i = 0; i < play->out.readings_count; i++)
        text = arena_printf(arena, "%s ?%s", text, play->out.readings[i].name);
    for (size_t i = 0; i < play->out.requests_count; i++)
        text = arena_printf(arena, "%s +%s", text, play->out.requests[i].verb);
    for (size_t i = 0; i < play->out.timers_count; i++)
        if (play->out.timers[i].at_ms)
            text = arena_printf(arena, "%s @%s", text, play->out.timers[i].name);
    for (size_t i = 0; i < play->out.cancels_count; i++)
        text = arena_printf(arena, "%s ~%s", text, play->out.cancels[i]);
    return arena_printf(arena, "%s%s", text, play->out.claims ? " claims" : "");
}

#endif
