/* people.c - steps that are no programs: another request, a person's word, time. */
#include "handlers/runbook/running.h"

#include "bot/model/plant.h"
#include "handlers/control.h"
#include "handlers/operation_words.h"

#include <string.h>

#define ABORT_NAME "abort"
#define REMIND_MS (30 * MINUTE_MS)
#define REMIND_RARELY_MS (4 * HOUR_MS)

/* ---- another request ---- */

static void begin_timeout(struct running *r)
{
    if (run_now(r)->timeout_ms)
        outcome_timer(r->out, "step-over", r->view->now_ms + run_now(r)->timeout_ms);
}

static const char *request_name(const struct running *r)
{
    return arena_printf(r->view->arena, "step %lld", (long long)r->body->at);
}

void run_ask_request(struct running *r)
{
    struct run_step *step = run_now(r);

    step->child = NULL;
    step->tries++;
    begin_timeout(r);
    run_move(r, "asking");
    outcome_request(r->out, (struct wanted_request){ .name = request_name(r),
                                                     .verb = step->argv[0],
                                                     .words = step->argv + 1,
                                                     .words_count = step->argv_count - 1 });
}

static bool is_of_this_step(const struct running *r)
{
    const char *name = json_find_string(r->event->body, "name");

    return name && strcmp(name, request_name(r)) == 0;
}

/* It stands until somebody ends it, and that is what was asked for. */
static bool stands(const char *verb)
{
    static const char *const standing[] = { "lock", "halt", "incident", "maintenance" };

    for (size_t i = 0; i < ARRAY_LEN(standing); i++)
        if (strcmp(standing[i], verb) == 0)
            return true;
    return false;
}

void run_on_child_begun(struct running *r)
{
    struct run_step *step = run_now(r);

    if (!is_of_this_step(r) || (!run_is_in(r, "asking") && !run_is_in(r, "stopping")))
        return;
    step->child = json_find_string(r->event->body, "operation");
    if (stands(step->argv[0]))
        run_step_done(r, arena_printf(r->view->arena, "%s stands", step->child));
    else if (r->body->stopping) /* it began only now */
        run_abort_child(r);
    else
        run_move(r, "following");
}

static const char *first_line(const struct running *r, const char *key)
{
    return operation_told(r->event, key, r->view->arena);
}

void run_on_child_refused(struct running *r)
{
    const char *name = json_find_string(r->event->body, "name");

    if (name && strcmp(name, ABORT_NAME) == 0 && run_is_in(r, "stopping"))
        run_step_failed(r, "%s goes on, for its abort was refused: %s", run_now(r)->child, first_line(r, "text"));
    else if (is_of_this_step(r) && (run_is_in(r, "asking") || run_is_in(r, "stopping")))
        run_step_failed(r, "`%s` was refused: %s", run_now(r)->argv[0], first_line(r, "text"));
}

void run_on_child_ended(struct running *r)
{
    const char *result = json_find_string(r->event->body, "result"),
               *id = json_find_string(r->event->body, "operation");

    if (!is_of_this_step(r) || (!run_is_in(r, "asking") && !run_is_in(r, "following") && !run_is_in(r, "stopping")))
        return;
    if (id)
        run_now(r)->child = id;
    if ((result && strcmp(result, "done") == 0) || PLANTED(RUN_GLOSSED_OVER))
        run_step_done(r, first_line(r, "summary"));
    else
        run_step_failed(r, "%s%s%s: %s", id ? id : "", id ? " is " : "", result ? result : "it failed",
                        first_line(r, "summary"));
}

/* In the name of whoever ends this one; where that is nobody, of whoever asked for it. */
void run_abort_child(struct running *r)
{
    const struct run_stop *stop = r->body->stop;
    const char **words;

    run_move(r, "stopping");
    if (!run_now(r)->child) /* what was asked for may begin yet, and is aborted then */
        return;
    words = ARENA_NEW(r->view->arena, const char *);
    words[0] = run_now(r)->child;
    outcome_request(r->out, (struct wanted_request){ .name = ABORT_NAME,
                                                     .verb = verb_abort.name,
                                                     .words = words,
                                                     .words_count = 1,
                                                     .requester = stop ? &stop->by : NULL,
                                                     .source = stop ? stop->source : NULL,
                                                     .request_id = stop ? stop->request_id : NULL });
}

/* ---- a person ---- */

void run_ask_person(struct running *r)
{
    begin_timeout(r);
    r->body->reminders = 0;
    run_move(r, "confirming");
    outcome_timer(r->out, "remind", r->view->now_ms + REMIND_MS);
    run_tell_waits(r);
    run_post(r, "*%s* waits for a person, step %s: %s. When it is so: `promote %s`; if it cannot be: `abort %s`.",
             r->operation->id, run_step_called(r->body, (size_t)r->body->at, r->view->arena), run_now(r)->shown,
             r->operation->id, r->operation->id);
}

/* Of a question about a program, too. */
void run_on_remind(struct running *r)
{
    r->body->reminders++;
    run_keep(r);
    outcome_timer(r->out, "remind", r->view->now_ms + REMIND_RARELY_MS);
    if (run_is_in(r, "confirming"))
        run_post(r, "*%s* still waits for a person, since %s: %s. When it is so: `promote %s`.", r->operation->id,
                 duration_about(r->view->now_ms - run_now(r)->began_at_ms).text, run_now(r)->shown, r->operation->id);
    else
        run_post(r, "*%s* still asks how step %s ended: %s. `retry %s` runs it again, `promote %s` takes it as done.",
                 r->operation->id, run_step_called(r->body, (size_t)r->body->at, r->view->arena), r->body->problem,
                 r->operation->id, r->operation->id);
}

/* ---- time ---- */

void run_wait(struct running *r)
{
    run_move(r, "waiting");
    outcome_timer(r->out, "waited", r->view->now_ms + run_now(r)->wait_ms);
}

void run_on_waited(struct running *r)
{
    run_step_done(r, NULL);
}
