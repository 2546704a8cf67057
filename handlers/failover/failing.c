#include "handlers/failover/failing.h"

#include "handlers/deploy/ending.h"
#include "handlers/operation_words.h"

#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define READ_DEADLINE_MS (25 * SECOND_MS)
#define QUOTED_BYTES 300
#define SENTENCE_BYTES 1200

/* ---- small moves ---- */

void failing_move(struct failing *f, const char *state, int64_t deadline_ms)
{
    f->body->state_deadline_at_ms = f->view->now_ms + deadline_ms;
    outcome_move(f->out, state, f->body);
}

void failing_keep(struct failing *f)
{
    outcome_move(f->out, NULL, f->body);
}

bool failing_is_in(const struct failing *f, const char *state)
{
    return strcmp(f->operation->state, state) == 0;
}

bool failing_is_late(const struct failing *f)
{
    return f->view->now_ms >= f->body->state_deadline_at_ms;
}

const char *failing_quote(const struct failing *f, const char *words)
{
    return card_quote(str_of(words ? words : ""), QUOTED_BYTES, f->view->arena);
}

const char *failing_reason(const struct failing *f)
{
    return deploy_why(f->event, f->view->arena);
}

void failing_read(struct failing *f)
{
    outcome_read(f->out, "seen", READING_DATABASE,
                 shape_to_json(&database_place_shape, &f->body->plan.place, SHAPE_WHOLE), READ_DEADLINE_MS);
}

bool failing_sees(struct failing *f, struct database_seen *ret_seen, const char **ret_why)
{
    struct error err;

    if (f->event->end != END_DONE)
        *ret_why = failing_reason(f);
    else if (shape_from_json(&database_seen_shape, f->event->body, f->view->arena, ret_seen, &err))
        return true;
    else
        *ret_why = failing_quote(f, err.message);
    return false;
}

void failing_note(struct failing *f, const char *kind, const char *what, const struct request *request)
{
    cJSON *body = json_object();

    f->body->acts = operation_acts_with(f->view, f->body->acts, request ? &request->principal : NULL, what);
    json_set_string(body, "state", f->operation->state);
    json_set_int(body, "sends", f->body->sends);
    outcome_journal(f->out, arena_printf(f->view->arena, "failover.%s", kind), body,
                    request ? principal_personal(&request->principal) : NULL);
}

/* ---- how it ends ---- */

static const char *sentence_of(const struct failing *f, const char *fmt, va_list args)
{
    char text[SENTENCE_BYTES];

    vsnprintf(text, sizeof(text), fmt, args);
    return arena_strdup(f->view->arena, text);
}

static void close_body(struct failing *f)
{
    f->body->failed_in = f->operation->state;
    outcome_cancel_timer(f->out, "unapproved");
    outcome_cancel_timer(f->out, "ask");
    outcome_cancel_timer(f->out, "poll");
    outcome_move(f->out, NULL, f->body);
}

void failing_refuse(struct failing *f, const char *fmt, ...)
{
    const char *sentence;
    va_list args;

    va_start(args, fmt);
    sentence = sentence_of(f, fmt, args);
    va_end(args);
    if (f->body->is_in_doubt) {
        failing_fail(f, "%s. Nobody knows whether an earlier call began", sentence);
        return;
    }
    close_body(f);
    outcome_end(f->out, "refused", "refused", "%s. Nothing was changed.", sentence);
}

void failing_abort(struct failing *f, const char *sentence)
{
    close_body(f);
    outcome_end(f->out, "aborted", "aborted", "%s", sentence);
}

static const char *look_by_hand(const struct failing *f)
{
    const struct database_place *place = &f->body->plan.place;
    struct arena *arena = f->view->arena;

    if (place->region)
        return arena_printf(arena, "`gcloud redis instances describe %s --region %s --project %s`", place->instance,
                            place->region, place->project);
    return arena_printf(arena, "`gcloud sql instances describe %s --project %s`",
                        f->body->method && strcmp(f->body->method, DATABASE_PROMOTION) == 0 ? place->replica
                                                                                            : place->instance,
                        place->project);
}

void failing_fail(struct failing *f, const char *fmt, ...)
{
    const char *sentence;
    va_list args;

    va_start(args, fmt);
    sentence = sentence_of(f, fmt, args);
    va_end(args);
    close_body(f);
    outcome_end(f->out, "failed", "failed", "%s. By hand: %s. `failover %s` tells how it stands now.", sentence,
                look_by_hand(f), f->body->plan.database);
}
