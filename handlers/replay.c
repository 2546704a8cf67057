#include "handlers/replay.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/replay.h"

#include <string.h>

#define LOOK_MS (20 * SECOND_MS)
#define WORD_BYTES 60
#define ALL "all"
#define U64_MAX_DIGITS "18446744073709551615"

/* ---- the words ---- */

static const struct way {
    const char *verb, *word;
    bool is_dead, drops, puts_back;
} ways[] = {
    { "dead", "retry", .is_dead = true, .drops = true, .puts_back = true },
    { "dead", "drop", .is_dead = true, .drops = true },
    { "events", "replay", .puts_back = true },
};

struct replay_arguments {
    const struct way *way;
    const char *id; /* NULL: all of them */
};

static const struct way *find_way(const char *verb, const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        if (strcmp(ways[i].verb, verb) == 0 && strcmp(ways[i].word, word) == 0)
            return &ways[i];
    return NULL;
}

/* Of 64 bits, and in the one way that the store writes it: it takes no write to an entry that is called otherwise. */
static bool is_number(struct str text)
{
    const size_t most = strlen(U64_MAX_DIGITS);

    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    if (text.len == 0 || (text.len > 1 && text.at[0] == '0'))
        return false;
    return text.len < most || (text.len == most && memcmp(text.at, U64_MAX_DIGITS, most) <= 0);
}

/* "1795212000000-5", as the store calls its entries. */
static bool is_entry(const char *word)
{
    struct str rest = str_of(word), ms = str_take_until(&rest, '-');

    return is_number(ms) && is_number(rest);
}

static bool is_all(const struct way *way, const char *word)
{
    return way->drops && !way->puts_back && strcmp(word, ALL) == 0;
}

static bool replay_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    struct replay_arguments *arguments = ARENA_NEW(view->arena, struct replay_arguments);
    struct typed typed;

    if (!request_read(request, NULL, 0, view->arena, &typed, err))
        return false;
    if (typed.words_count != 2)
        return error_set(err, ERR_INVALID, "`%s` takes what to do, and the id of what it is to be done to.",
                         request->verb);
    arguments->way = find_way(request->verb, typed.words[0]);
    if (!arguments->way)
        return error_set(err, ERR_INVALID, "`%s` knows no `%s`.", request->verb,
                         card_quote(str_of(typed.words[0]), WORD_BYTES, view->arena));
    arguments->id = is_all(arguments->way, typed.words[1]) ? NULL : typed.words[1];
    if (arguments->id && !is_entry(arguments->id))
        return error_set(err, ERR_INVALID,
                         "`%s` is no id of the store's, like `1795212000000-5`: `opsgate %s list` has them.",
                         card_quote(str_of(arguments->id), WORD_BYTES, view->arena), request->verb);
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_arguments = arguments;
    return true;
}

/* ---- what it does ---- */

struct replay_body {
    const char *entry;
    bool is_dead, drops, puts_back;
    const char *source; /* whose it is; NULL: not looked at yet */
};
static const struct shape_field rows[] = {
    ROW_STRING(replay_body, entry, .flags = SHAPE_REQUIRED), ROW_BOOL(replay_body, is_dead, .flags = SHAPE_NONZERO),
    ROW_BOOL(replay_body, drops, .flags = SHAPE_NONZERO),    ROW_BOOL(replay_body, puts_back, .flags = SHAPE_NONZERO),
    ROW_STRING(replay_body, source, .flags = SHAPE_NONZERO),
};
static const struct shape replay_shape = SHAPE("a replay", replay_body, rows);

static cJSON *kept_args(const struct replay_body *body, const char *operation)
{
    struct kept_item kept = { body->is_dead, body->entry, operation };

    return shape_to_json(&kept_item_shape, &kept, SHAPE_WHOLE);
}

/* Nothing has to be looked at for it. */
static void drop_all(const struct replay_body *body, struct outcome *out)
{
    cJSON *json = json_object();

    json_set_bool(json, ALL, true);
    outcome_journal(out, "dead.dropped", json, NULL);
    outcome_begin(out, "replay", NULL, "done", body);
    out->drops_all_dead = true;
    outcome_end(out, "done", "done", "All dead letters are dropped. What they said is not kept any more.");
}

static void replay_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *value, struct outcome *out)
{
    const struct replay_arguments *arguments = value;
    struct replay_body *body = ARENA_NEW(view->arena, struct replay_body);

    (void)request;
    (void)question;
    *body = (struct replay_body){ .entry = arguments->id ? arguments->id : ALL,
                                  .is_dead = arguments->way->is_dead,
                                  .drops = arguments->way->drops,
                                  .puts_back = arguments->way->puts_back };
    if (!arguments->id) {
        drop_all(body, out);
        return;
    }
    outcome_begin(out, "replay", NULL, "looking", body);
    outcome_read(out, "kept", READING_KEPT, kept_args(body, NULL), LOOK_MS);
}

static const char *what(const struct replay_body *body, struct arena *arena)
{
    return arena_printf(arena, "%s `%s`%s%s", body->is_dead ? "Dead letter" : "Delivery", body->entry,
                        body->source ? " of " : "", body->source ? body->source : "");
}

static void journal(const char *kind, const struct replay_body *body, struct outcome *out)
{
    cJSON *json = json_object();

    json_set_string(json, "entry", body->entry);
    json_set_string(json, "source", body->source);
    outcome_journal(out, kind, json, NULL);
}

static void drop(const struct view *view, const struct replay_body *body, struct outcome *out)
{
    out->drops_dead = body->entry;
    journal("dead.dropped", body, out);
    outcome_end(out, "done", "done", "%s is dropped. What it said is not kept any more.", what(body, view->arena));
}

/* What somebody asked for stays behind the cursor as well: decided once more, it would be done in their name, as often
 * as anybody likes. A dead letter was never decided. */
static bool may_replay(const struct replay_body *body, const cJSON *looked)
{
    return body->is_dead || json_find_bool(looked, "is_told", false);
}

static void on_looked(const struct view *view, const struct event *event, struct replay_body *body, struct outcome *out)
{
    body->source = json_find_string(event->body, "source");
    if (event->end != END_DONE) {
        outcome_end(out, "failed", "failed", "The store did not say whether it keeps `%s`: %s. Nothing was done.",
                    body->entry, event->error ? event->error : "no answer");
    } else if (!json_find_bool(event->body, "is_there", false)) {
        outcome_end(out, "failed", "failed", "%s is not kept%s. Nothing was done.", what(body, view->arena),
                    body->is_dead ? "" : " any more");
    } else if (!body->puts_back) {
        drop(view, body, out);
    } else if (!may_replay(body, event->body)) {
        outcome_end(out, "failed", "failed",
                    "%s is nothing that another system told: only that is decided once more. Nothing was done.",
                    what(body, view->arena));
    } else {
        outcome_move(out, "putting-back", body);
        outcome_effect(out, (struct wanted_effect){
                                .kind = EFFECT_REPLAY, .tag = "replay", .args = kept_args(body, out->operation_id) });
    }
}

/* What it brings is decided by itself, like anything that arrives. */
static void on_put_back(const struct view *view, const struct event *event, const struct replay_body *body,
                        struct outcome *out)
{
    if (event->end != END_DONE) {
        outcome_end(out, "failed", "failed", "%s was not put back: %s.", what(body, view->arena),
                    event->error ? event->error : "no answer");
        return;
    }
    if (body->drops)
        out->drops_dead = body->entry;
    journal(body->is_dead ? "dead.retried" : "delivery.replayed", body, out);
    outcome_end(out, "done", "done", "%s is put back: it is decided like anything that arrives.",
                what(body, view->arena));
}

static void replay_on_event(const struct view *view, const struct operation *operation, const void *value,
                            const struct event *event, struct outcome *out)
{
    struct replay_body *body = ARENA_NEW(view->arena, struct replay_body);

    *body = *(const struct replay_body *)value;
    if (event->kind == EVENT_READING && strcmp(operation->state, "looking") == 0)
        on_looked(view, event, body, out);
    else if (event->kind == EVENT_EFFECT && strcmp(operation->state, "putting-back") == 0)
        on_put_back(view, event, body, out);
}

const struct machine machine_replay = {
    .kind = "replay", .schema = 1, .body = &replay_shape, .on_event = replay_on_event
};

const struct verb verb_dead = {
    .name = "dead",
    .usage = "dead retry ID | dead drop ID | dead drop all",
    .summary = "decide once more what could not be decided, or drop it",
    .safe_word = "drop", /* what fills the store is taken away when it is full, too */
    .asks = replay_asks,
    .begin = replay_begin,
};
const struct verb verb_events = {
    .name = "events",
    .usage = "events replay ID",
    .summary = "decide once more what another system told",
    .asks = replay_asks,
    .begin = replay_begin,
};
