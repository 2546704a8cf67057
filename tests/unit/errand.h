/* errand.h - a verb and a machine whose behaviour is written in the request: `do WISHES WISHES ...`.
 *
 * The first word is what beginning wants; each event that comes takes the next word. A word is wishes separated by
 * commas:
 *
 *   effect:KIND[:LANE[:KEY]]   read:NAME:DEADLINE_MS   timer:NAME:IN_MS   cancel:NAME   claim   first   ahead   away:AGO_MS
 *   release
 *   good[:VERSION:REVISION:IMAGE]   return:VERSION:REVISION:IMAGE   bad:VERSION:REVISION:IMAGE   before:VERSION:REVISION:IMAGE   stop:TAG
 *   over:VERSION:HOW[:LEFT]   undone:VERSION:HOW[:LEFT]   ago:MS
 *   ask:NAME:VERB:WORD+WORD...   thread   pin   tell:OPERATION   journal   end   fail   forget   doubt   silent   reply   refuse
 *   numbers   wait   call   stuck[:KIND:LANE]   word:TEXT[:alone]
 *
 * After the last word it hears what comes and wants nothing. Its body remembers everything that it heard. It says that it
 * began, unless its words begin with `silent`.
 *
 * `poke OPERATION WISHES...` is a request on a live errand, which carries out those wishes at once.
 */
#ifndef OPSGATE_TESTS_UNIT_ERRAND_H
#define OPSGATE_TESTS_UNIT_ERRAND_H

#include "tests/unit/rows.h"

#include "bot/base/time.h"
#include "bot/model/delivery.h"
#include "bot/model/outside_event.h"
#include "bot/model/verb.h"

#include <stdio.h>
#include <string.h>

#define ERRAND_TARGET "api/staging"

struct errand_body {
    const char **script;
    size_t script_count;
    const char *heard; /* "timer:poll|effect:note:done|" */
};
static const struct shape_field errand_rows[] = { ROW_STRINGS(errand_body, script), ROW_STRING(errand_body, heard) };
static const struct shape errand_shape = SHAPE("an errand", errand_body, errand_rows);

static const struct effect_limit errand_posts = { "post", .per_minute = 60, .burst = 3, .is_of_lane = true };
static const struct effect_limit errand_updates = { "update", .per_minute = 40, .burst = 10 };

static const struct effect_kind errand_kinds[] = {
    { EFFECT_REPLY, DOUBT_REPEAT, 5 * SECOND_MS, 25 * MINUTE_MS, .why = "as in production" },
    { EFFECT_CARD, DOUBT_LOOK_UP, 10 * SECOND_MS, 24 * HOUR_MS, .is_latest_wins = true,
      .refused = REFUSED_PARKS, .limit = &errand_posts, .limit_of_update = &errand_updates, .why = "as in production" },
    { EFFECT_MESSAGE, DOUBT_LOOK_UP, 10 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .limit = &errand_posts,
      .why = "as in production" },
    { EFFECT_PIN, DOUBT_REPEAT, 10 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .why = "as in production" },
    { "word", DOUBT_LOOK_UP, 10 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .joins_after_ms = 2 * MINUTE_MS,
      .why = "as a message in production" },
    { "show", DOUBT_REPEAT, 5 * SECOND_MS, 6 * HOUR_MS, .refused = REFUSED_PARKS, .why = "it may come late" },
    { "caption", DOUBT_REPEAT, 5 * SECOND_MS, 6 * HOUR_MS, .refused = REFUSED_PARKS, .permission = "show",
      .why = "it may come late" },
    { "newest", DOUBT_REPEAT, 5 * SECOND_MS, 3 * HOUR_MS, .is_latest_wins = true, .refused = REFUSED_PARKS,
      .why = "it may come late, and the newest counts" },
    { "note", DOUBT_REPEAT, 5 * SECOND_MS, 60 * SECOND_MS, .why = "it repeats itself" },
    { "look", DOUBT_LOOK_UP, 10 * SECOND_MS, 60 * SECOND_MS, .why = "it looks first" },
    { "latest", DOUBT_REPEAT, 5 * SECOND_MS, 60 * SECOND_MS, .is_latest_wins = true, .why = "the newest counts" },
    { "ask", DOUBT_ASK, 5 * SECOND_MS, 60 * SECOND_MS, .why = "nothing can tell" },
    { "raise", DOUBT_REPEAT, 5 * SECOND_MS, 60 * SECOND_MS, .is_essential = true, .is_increase = true,
      .waits_for_confirm = true, .why = "it is guarded" },
    { "begin", DOUBT_REPEAT, 5 * SECOND_MS, 60 * SECOND_MS, .is_essential = true, .is_asked_first = true,
      .why = "it repeats itself" },
    { "lower", DOUBT_REPEAT, 5 * SECOND_MS, 60 * SECOND_MS, .is_essential = true, .is_decrease = true,
      .refused = REFUSED_TRIES_ON, .why = "it is guarded" },
};

struct wish {
    const char *parts[4]; /* "" where there is none */
};

static inline void wish_effect(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)now_ms;
    outcome_effect(out, (struct wanted_effect){ .kind = w->parts[1],
                                                .lane = w->parts[2][0] ? w->parts[2] : NULL,
                                                .key = w->parts[3][0] ? w->parts[3] : NULL,
                                                .tag = w->parts[1],
                                                .args = json_object() });
}

static inline void wish_stuck(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)now_ms;
    if (w->parts[1][0])
        outcome_if_stuck(out,
                         (struct wanted_effect){ .kind = w->parts[1], .lane = w->parts[2], .args = json_object() });
    else
        outcome_if_stuck(out, (struct wanted_effect){ .kind = NULL });
}

static inline void wish_read(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)now_ms;
    outcome_read(out, w->parts[1], "a.reading", json_object(), strtoll(w->parts[2], NULL, 10));
}

static inline void wish_timer(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    outcome_timer(out, w->parts[1], now_ms + strtoll(w->parts[2], NULL, 10));
}

static inline void wish_cancel(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)now_ms;
    outcome_cancel_timer(out, w->parts[1]);
}

static inline void wish_claim(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)now_ms;
    out->claims = ERRAND_TARGET;
    out->claims_first = strcmp(w->parts[0], "first") == 0;
    out->claims_ahead = strcmp(w->parts[0], "ahead") == 0;
}

static inline void wish_away(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    out->turns_away_at_ms = now_ms - strtoll(w->parts[1], NULL, 10);
}

static inline void wish_stop(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)now_ms;
    outcome_cancel_effects(out, w->parts[1]);
}

static inline void wish_ask(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    struct wanted_request want = { .name = w->parts[1], .verb = w->parts[2] };
    struct str words = str_of(w->parts[3]);

    (void)now_ms;
    while (words.len > 0)
        *ARENA_PUSH(out->arena, want.words, want.words_count) = arena_copy(out->arena, str_take_until(&words, '+'));
    outcome_request(out, want);
}

static inline void wish_call(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    struct message_delivery delivery = { .channel = "#deployments", .reply = { .text = "somebody has to come" } };

    (void)w;
    (void)now_ms;
    outcome_effect(out,
                   (struct wanted_effect){ .kind = EFFECT_MESSAGE,
                                           .lane = "slack:#deployments",
                                           .goes_first = true,
                                           .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE) });
}

static inline void wish_thread(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    struct message_delivery delivery = {
        .channel = "#deployments", .is_in_thread = true, .reply = { .text = "in the thread" }
    };

    (void)w;
    (void)now_ms;
    outcome_effect(out,
                   (struct wanted_effect){ .kind = EFFECT_MESSAGE,
                                           .lane = "slack:#deployments",
                                           .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE) });
}

static inline void wish_pin(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)w;
    (void)now_ms;
    outcome_effect(out, (struct wanted_effect){
                            .kind = EFFECT_PIN, .lane = "slack:#deployments", .args = json_object() });
}

static inline void wish_word(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    struct message_delivery delivery = { .channel = "C1", .reply = { .text = w->parts[1] } };

    (void)now_ms;
    outcome_effect(out,
                   (struct wanted_effect){ .kind = "word",
                                           .lane = "C1",
                                           .tag = w->parts[1],
                                           .can_join = !w->parts[2][0],
                                           .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE) });
}

static inline void wish_forget(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)w;
    (void)now_ms;
    out->is_forgotten = true;
}

static inline void wish_reply(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)now_ms;
    if (strcmp(w->parts[0], "refuse") == 0)
        outcome_refuse(out, "%s refuses", out->operation_id);
    else
        outcome_reply(out, "%s says so", out->operation_id);
}

static inline void wish_release(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)w;
    (void)now_ms;
    out->releases = true;
}

static inline struct target_version *wished_version(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    struct target_version *version = ARENA_NEW(out->arena, struct target_version);

    *version = (struct target_version){
        .version = out->operation_id, .image = "i", .revision = "r", .operation = out->operation_id, .at_ms = now_ms
    };
    if (w->parts[1][0]) {
        version->version = w->parts[1];
        version->revision = w->parts[2];
        version->image = w->parts[3];
    }
    return version;
}

static inline void wish_good(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    out->good = wished_version(w, out, now_ms);
    out->is_return = strcmp(w->parts[0], "return") == 0;
}

static inline void wish_before(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    out->before = wished_version(w, out, now_ms);
}

static inline void wish_bad(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    out->bad = wished_version(w, out, now_ms);
}

/* What its target keeps of it: "undone" is a way back. */
static inline void wish_over(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    static const char *const hows[] = { "good", "back", "left", "untouched", "doubt" };
    struct target_end *end = ARENA_NEW(out->arena, struct target_end);

    *end = (struct target_end){ .version = w->parts[1],
                                .is_way_back = strcmp(w->parts[0], "undone") == 0,
                                .serves_at_ms = now_ms,
                                .left = w->parts[3][0] ? w->parts[3] : NULL };
    for (size_t i = 0; i < ARRAY_LEN(hows); i++)
        if (strcmp(hows[i], w->parts[2]) == 0)
            end->how = (int64_t)i;
    out->end = end;
}

/* It was over then, and tells so. */
static inline void wish_ago(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    out->end->asked_at_ms = out->end->ended_at_ms = now_ms - strtoll(w->parts[1], NULL, 10);
}

static inline void wish_tell(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)now_ms;
    outcome_message(out, w->parts[1], "hello", json_object());
}

static inline void wish_journal(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    cJSON *personal = json_object();

    (void)w;
    (void)now_ms;
    json_set_string(personal, "who", "ann");
    outcome_journal(out, "errand.noted", json_object(), personal);
}

static inline void wish_end(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    bool is_good = strcmp(w->parts[0], "end") == 0;

    (void)now_ms;
    outcome_end(out, is_good ? "done" : "failed", is_good ? "done" : "failed", "the errand is over");
}

static inline void wish_numbers(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)w;
    (void)now_ms;
    out->card_can_wait = true;
}

static inline void wish_doubt(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)w;
    (void)now_ms;
    out->leaves_doubt = true;
}

static inline void wish_nothing(const struct wish *w, struct outcome *out, int64_t now_ms)
{
    (void)w;
    (void)out;
    (void)now_ms;
}

static const struct {
    const char *name;
    void (*wish)(const struct wish *w, struct outcome *out, int64_t now_ms);
} errand_wishes[] = {
    { "effect", wish_effect },   { "read", wish_read },       { "timer", wish_timer }, { "cancel", wish_cancel },
    { "claim", wish_claim },     { "release", wish_release }, { "good", wish_good },   { "tell", wish_tell },
    { "journal", wish_journal }, { "end", wish_end },         { "fail", wish_end },    { "wait", wish_nothing },
    { "doubt", wish_doubt },     { "first", wish_claim },     { "ahead", wish_claim },
    { "return", wish_good },     { "bad", wish_bad },         { "before", wish_before },
    { "stop", wish_stop },       { "ask", wish_ask },         { "stuck", wish_stuck },     { "thread", wish_thread }, { "pin", wish_pin }, { "forget", wish_forget },
    { "reply", wish_reply },     { "refuse", wish_reply },    { "silent", wish_nothing },
    { "away", wish_away },       { "over", wish_over },       { "undone", wish_over },
    { "ago", wish_ago },
    { "numbers", wish_numbers },   { "call", wish_call },
    { "word", wish_word },
};

static inline void errand_wish(struct str text, struct outcome *out, int64_t now_ms)
{
    struct wish wish = { { "", "", "", "" } };

    for (size_t i = 0; i < ARRAY_LEN(wish.parts) && text.len > 0; i++)
        wish.parts[i] = arena_copy(out->arena, str_take_until(&text, ':'));
    for (size_t i = 0; i < ARRAY_LEN(errand_wishes); i++) {
        if (strcmp(errand_wishes[i].name, wish.parts[0]) == 0) {
            errand_wishes[i].wish(&wish, out, now_ms);
            return;
        }
    }
    fail_msg("no such wish: %s", wish.parts[0]);
}

static inline void errand_carry_out(const char *wishes, struct outcome *out, int64_t now_ms)
{
    struct str word = str_of(wishes);

    while (word.len > 0)
        errand_wish(str_take_until(&word, ','), out, now_ms);
}

/* Takes the first word of the script. */
static inline void errand_take(struct errand_body *body, struct outcome *out, int64_t now_ms)
{
    const char *word;

    if (body->script_count == 0)
        return;
    word = body->script[0];
    body->script++;
    body->script_count--;
    errand_carry_out(word, out, now_ms);
}

static inline bool errand_asks(const struct view *view, const struct request *request, struct question *ret_question,
                               const void **ret_arguments, struct error *err)
{
    (void)view;
    *ret_question = (struct question){ .principal = request->principal,
                                       .verb = request->verb,
                                       .service = "api",
                                       .environment = "staging",
                                       .source = request->source };
    *ret_arguments = NULL;
    return request->words_count > 0 || error_set(err, ERR_INVALID, "Do what?");
}

static inline void errand_begin(const struct view *view, const struct request *request, const struct question *question,
                                const void *arguments, struct outcome *out)
{
    struct errand_body *body = ARENA_NEW(view->arena, struct errand_body);

    (void)question;
    (void)arguments;
    *body = (struct errand_body){ request->words, request->words_count, "" };
    outcome_begin(out, "errand", ERRAND_TARGET, "running", body);
    errand_take(body, out, view->now_ms);
    if (strncmp(request->words[0], "silent", 6) != 0)
        outcome_reply(out, "%s began", out->operation_id);
}

/* ---- poke ---- */

static inline bool poke_asks(const struct view *view, const struct request *request, struct question *ret_question,
                             const void **ret_arguments, struct error *err)
{
    if (!errand_asks(view, request, ret_question, ret_arguments, err))
        return false;
    ret_question->operation = request->words[0];
    *ret_arguments = request->words_count > 1 ? request->words[1] : "";
    return true;
}

/* Nobody is there to hear it. */
static inline void poke_begin(const struct view *view, const struct request *request, const struct question *question,
                              const void *arguments, struct outcome *out)
{
    (void)view;
    (void)request;
    if (strcmp(arguments, "quietly") != 0)
        outcome_refuse(out, "%s is not there", question->operation);
}

/* ---- the machine ---- */

/* What the engine says in its own messages. */
static inline const char *errand_said(const cJSON *body, struct arena *arena)
{
    static const char *const keys[] = { "name", "operation", "by", "version", "result", "summary", "text" };
    const char *said = "";

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (json_find_string(body, keys[i]))
            said = arena_printf(arena, "%s%s%s", said, said[0] ? " " : "(", json_find_string(body, keys[i]));
    return said[0] ? arena_printf(arena, "%s%s)", said, json_find_bool(body, "is_over", false) ? " over" : "") : said;
}

static inline const char *errand_hear(const struct event *event, struct arena *arena)
{
    switch (event->kind) {
    case EVENT_TIMER:
        return arena_printf(arena, "timer:%s|", event->name);
    case EVENT_MESSAGE:
        return arena_printf(arena, "message:%s:%s%s|", event->name, event->from, errand_said(event->body, arena));
    case EVENT_EFFECT:
        return arena_printf(arena, "effect:%s:%s|", event->name, event_end_names[event->end]);
    case EVENT_REQUEST:
        return arena_printf(arena, "request:%s:%s|", event->name, event->request->principal.id);
    case EVENT_OUTSIDE:
        return arena_printf(arena, "outside:%s:%s|", event->name, event->outside->id);
    default:
        return arena_printf(arena, "reading:%s:%s:%s|", event->name, event_end_names[event->end],
                            json_find_string(event->body, "says") ? json_find_string(event->body, "says") : "");
    }
}

static inline void errand_on_event(const struct view *view, const struct operation *operation, const void *value,
                                   const struct event *event, struct outcome *out)
{
    struct errand_body *body = ARENA_NEW(view->arena, struct errand_body);

    (void)operation;
    *body = *(const struct errand_body *)value;
    body->heard = arena_printf(view->arena, "%s%s", body->heard, errand_hear(event, view->arena));
    outcome_move(out, NULL, body);
    if (event->kind == EVENT_REQUEST)
        errand_carry_out(event->arguments, out, view->now_ms);
    else
        errand_take(body, out, view->now_ms);
}

static inline void errand_card(const struct view *view, const struct operation *operation, const void *value,
                               struct card *card)
{
    const struct errand_body *body = value;

    (void)view;
    card->title = "An errand";
    card->status = operation->result ? operation->result : body->heard;
}

static const struct verb errand_verb = {
    .name = "do", .usage = "do WISHES...", .summary = "what the words say", .asks = errand_asks, .begin = errand_begin
};
static const struct verb poke_verb = {
    .name = "poke", .usage = "poke OPERATION WISHES", .summary = "do that", .asks = poke_asks, .begin = poke_begin
};
static const struct machine errand_machine = {
    .kind = "errand", .schema = 1, .body = &errand_shape, .on_event = errand_on_event, .card = errand_card
};

#endif
