#include "bot/model/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_MAX 2048
#define ELLIPSIS "…"

static void release(void *json)
{
    cJSON_Delete(json);
}

static cJSON *keep(struct outcome *out, cJSON *json)
{
    if (json)
        arena_defer(out->arena, release, json);
    return json;
}

void outcome_init(struct outcome *out, struct arena *arena, const char *operation_id, const char *outside_id)
{
    memset(out, 0, sizeof(*out));
    out->arena = arena;
    out->operation_id = operation_id;
    out->outside_id = outside_id;
}

void outcome_begin(struct outcome *out, const char *kind, const char *target, const char *state, const void *body)
{
    out->begins = true;
    out->kind = kind;
    out->target = target;
    out->state = state;
    out->body = body;
}

void outcome_move(struct outcome *out, const char *state, const void *body)
{
    if (state)
        out->state = state;
    if (body)
        out->body = body;
}

static const char *sentence(struct outcome *out, const char *fmt, va_list args)
{
    char text[SENTENCE_MAX];
    size_t len = (size_t)vsnprintf(text, sizeof(text), fmt, args);

    if (len >= sizeof(text)) {
        len = sizeof(text) - sizeof(ELLIPSIS);
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--; /* not in the middle of a character */
        memcpy(text + len, ELLIPSIS, sizeof(ELLIPSIS));
    }
    return arena_strdup(out->arena, text);
}

void outcome_end(struct outcome *out, const char *state, const char *result, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    out->summary = sentence(out, fmt, args);
    va_end(args);
    out->state = state;
    out->result = result;
}

void outcome_effect(struct outcome *out, struct wanted_effect effect)
{
    keep(out, effect.args);
    *ARENA_PUSH(out->arena, out->effects, out->effects_count) = effect;
}

void outcome_if_stuck(struct outcome *out, struct wanted_effect effect)
{
    struct wanted_effect *kept = ARENA_NEW(out->arena, struct wanted_effect);

    keep(out, effect.args);
    *kept = effect;
    out->if_stuck = kept;
}

void outcome_read(struct outcome *out, const char *name, const char *kind, cJSON *args, int64_t deadline_ms)
{
    *ARENA_PUSH(out->arena, out->readings, out->readings_count) =
        (struct wanted_reading){ name, kind, keep(out, args), deadline_ms };
}

void outcome_timer(struct outcome *out, const char *name, int64_t at_ms)
{
    *ARENA_PUSH(out->arena, out->timers, out->timers_count) = (struct wanted_timer){ name, at_ms };
}

void outcome_cancel_timer(struct outcome *out, const char *name)
{
    outcome_timer(out, name, 0);
}

void outcome_message(struct outcome *out, const char *to, const char *name, cJSON *body)
{
    *ARENA_PUSH(out->arena, out->messages, out->messages_count) = (struct wanted_message){ to, name, keep(out, body) };
}

void outcome_request(struct outcome *out, struct wanted_request request)
{
    *ARENA_PUSH(out->arena, out->requests, out->requests_count) = request;
}

void outcome_cancel_effects(struct outcome *out, const char *tag)
{
    *ARENA_PUSH(out->arena, out->cancels, out->cancels_count) = tag;
}

void outcome_journal(struct outcome *out, const char *kind, cJSON *body, cJSON *personal)
{
    *ARENA_PUSH(out->arena, out->journal, out->journal_count) =
        (struct wanted_journal){ kind, keep(out, body), keep(out, personal) };
}

static void set_reply(struct outcome *out, const char *text, bool is_refusal)
{
    out->reply = ARENA_NEW(out->arena, struct reply);
    *out->reply = (struct reply){ .text = text, .is_refusal = is_refusal };
}

void outcome_reply(struct outcome *out, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    set_reply(out, sentence(out, fmt, args), false);
    va_end(args);
}

void outcome_refuse(struct outcome *out, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    set_reply(out, sentence(out, fmt, args), true);
    va_end(args);
}

void outcome_misused(struct outcome *out, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    set_reply(out, sentence(out, fmt, args), true);
    va_end(args);
    out->reply->is_misuse = true;
}

void outcome_reply_line(struct outcome *out, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    *ARENA_PUSH(out->arena, out->reply->lines, out->reply->lines_count) = sentence(out, fmt, args);
    va_end(args);
}

void outcome_reply_action(struct outcome *out, struct card_action action)
{
    *ARENA_PUSH(out->arena, out->reply->actions, out->reply->actions_count) = action;
}
