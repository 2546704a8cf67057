#include "handlers/runbook/running.h"

#include "bot/model/card.h"
#include "handlers/group/group.h"
#include "handlers/operation_words.h"
#include "handlers/runbook/plan.h"
#include "handlers/runbook/runbook.h"
#include "handlers/schedule/schedule.h"
#include "handlers/thread.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_BYTES 1500

struct run_step *run_now(const struct running *r)
{
    return &r->body->steps[r->body->at];
}

bool run_is_in(const struct running *r, const char *state)
{
    return strcmp(r->state, state) == 0;
}

void run_move(struct running *r, const char *state)
{
    r->state = state;
    r->body->looks++;
    outcome_move(r->out, state, r->body);
}

void run_keep(struct running *r)
{
    outcome_move(r->out, NULL, r->body);
}

const char *run_quote(const struct running *r, const char *words)
{
    return card_quote(str_of(words), RUN_QUOTED_BYTES, r->view->arena);
}

const char *run_reason(const struct running *r)
{
    return r->event && r->event->error ? run_quote(r, r->event->error)
                                       : event_end_names[r->event ? r->event->end : END_UNKNOWN];
}

void run_note(struct running *r, const char *kind, const struct request *request)
{
    cJSON *body = json_object();

    json_set_string(body, "state", r->operation->state);
    json_set_string(body, "plan", r->body->digest);
    if (r->body->at < (int64_t)r->body->steps_count)
        json_set_string(body, "step", run_step_called(r->body, (size_t)r->body->at, r->view->arena));
    outcome_journal(r->out, arena_printf(r->view->arena, "runbook.%s", kind), body,
                    request ? principal_personal(&request->principal) : NULL);
}

void run_post(struct running *r, const char *fmt, ...)
{
    char text[SENTENCE_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    thread_post(r->view, (struct reply){ .text = arena_strdup(r->view->arena, text) }, r->out);
}

void run_tell_waits(struct running *r)
{
    cJSON *body;

    if (!r->operation->parent || strcmp(r->operation->source, SCHEDULE_SYSTEM) != 0 ||
        !operation_is_look(r->operation->parent))
        return;
    body = json_object();
    json_set_string(body, "name", r->operation->parent_name);
    outcome_message(r->out, r->operation->parent, MESSAGE_RUN_WAITS, body);
}

const char *runbook_waits_for(const struct operation *operation, struct arena *arena)
{
    const char *state = operation->state, *id = operation->id;
    struct runbook_body body;
    struct error ignored;

    if (strcmp(operation->kind, machine_runbook.kind) != 0 ||
        !shape_from_json(&runbook_body_shape, operation->body, arena, &body, &ignored))
        return NULL;
    if (strcmp(state, APPROVAL_STATE) == 0)
        return arena_printf(arena, "it needs consent, %s; `approve %s` gives it", body.lacking, id);
    if (strcmp(state, "confirming") == 0)
        return arena_printf(arena, "%s; when it is so: `promote %s`", body.steps[body.at].shown, id);
    if (strcmp(state, "held") == 0)
        return arena_printf(arena, "it is held: %s; `retry %s` asks again", body.held, id);
    if (strcmp(state, "doubting") == 0)
        return arena_printf(arena, "%s; `retry %s` runs that step again, `promote %s` takes it as done", body.problem,
                            id, id);
    return NULL;
}

/* ---- how it ends ---- */

/* One that is held after a try whose end nobody knows has begun, too. */
static bool has_begun(const struct run_step *step)
{
    return step->mark == RUN_FAILED || (step->mark == RUN_TODO && step->tries > 0);
}

static bool is_done(const struct run_step *step)
{
    return step->mark == RUN_DONE;
}

static bool is_left(const struct run_step *step)
{
    return step->mark == RUN_TODO && !has_begun(step);
}

static const char *list_steps(const struct running *r, bool (*is_meant)(const struct run_step *step))
{
    const char *text = NULL;

    for (size_t i = 0; i < r->body->steps_count; i++)
        if (is_meant(&r->body->steps[i]))
            text = arena_printf(r->view->arena, "%s%s%s", text ? text : "", text ? ", " : "",
                                run_step_called(r->body, i, r->view->arena));
    return text;
}

/* Whoever reads it knows what stands, and what to type. */
static const char *aftermath(const struct running *r, const char *result)
{
    const char *done = list_steps(r, is_done), *begun = list_steps(r, has_begun), *left = list_steps(r, is_left);
    struct arena *arena = r->view->arena;

    if (strcmp(result, "done") == 0)
        return "";
    if (!done && !begun)
        return ". No step was run";
    if (r->body->is_failover)
        return arena_printf(arena, ". Done: %s%s%s%s%s. `failover %s` tells the line that begins it anew",
                            done ? done : "nothing", begun ? ". Begun, but not to a good end: " : "",
                            begun ? begun : "", left ? ". Not begun: " : "", left ? left : "", r->body->database);
    return arena_printf(arena, ". Done: %s%s%s%s%s. `retry %s` %s", done ? done : "nothing",
                        begun ? ". Begun, but not to a good end: " : "", begun ? begun : "",
                        left ? ". Not begun: " : "", left ? left : "", r->operation->id,
                        r->body->is_destructive ? "tells what to type to go on from there"
                                                : "goes on from there, by today's rules");
}

void run_end(struct running *r, const char *result, const char *fmt, ...)
{
    char text[SENTENCE_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    outcome_cancel_timer(r->out, "over");
    r->body->looks++;
    run_keep(r);
    r->state = result;
    outcome_end(r->out, result, result, "%s%s", text, aftermath(r, result));
    if (strcmp(result, "done") != 0)
        run_post(r, "%s: *%s* (`%s`) is %s%s%s: %s", operation_asked_by(r->operation, r->view->arena),
                 r->operation->id, r->body->runbook, result, r->body->stop ? " by " : "",
                 r->body->stop ? principal_mention(&r->body->stop->by, r->view->arena) : "", r->out->summary);
}

void run_refuse(struct running *r, const struct decision *decision)
{
    run_end(r, "refused", "%s", run_denial(decision, r->view->arena));
}
