/* observing.c - a store that a person adopted is only observed, until a person confirms it.
 *
 * A store that came from a copy knows nothing of what was done after that copy was made: what it wants to do next may
 * have been done long ago, and what it takes for serving may serve no more. Until somebody has looked, requests that
 * change something are refused, but for the way back; nothing that waited to go out goes, but for the way back and what
 * people read; nobody's event makes anything happen. What happened before the adoption makes nothing happen afterwards
 * either: it was of the history that is lost, or was acted on in it.
 *
 * Two marks in the store's meta say which it is, `adopted` and `confirmed`, each {n, at, by, ...} as text, written by
 * `opsgate store adopt` and `opsgate store confirm`. n is higher for every adoption: a data_dir follows a mark that
 * overrides the very birth it knows, now or by an adoption before, once, and refuses a store of before one that it has
 * followed.
 */
#include "bot/engine/internal.h"

#include <stdio.h>

#define NUMBERS_SPARE 1000 /* more than can be given between two writes of data_dir's memory */

/* What cannot be read is no mark: nobody has adopted it then. */
static void learn(struct store_mark *mark, const char *text)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error ignored;
    const char *by;
    const cJSON *json;

    text = text ? text : "";
    if (strcmp(mark->text, text) == 0)
        return;
    *mark = (struct store_mark){ .n = 0 };
    json = strlen(text) < sizeof(mark->text) ? json_parse_in(arena, str_of(text), &ignored) : NULL;
    if (!json)
        return;
    snprintf(mark->text, sizeof(mark->text), "%s", text);
    mark->n = json_find_int(json, "n", 0);
    mark->at_ms = json_find_int(json, "at", 0);
    by = json_find_string(json, "by");
    snprintf(mark->by, sizeof(mark->by), "%s", by ? by : "");
}

void observing_learn(struct engine *e, const struct lease_answer *answer)
{
    bool was_on = observing_is_on(e);

    learn(&e->adopted, answer->adopted);
    learn(&e->confirmed, answer->confirmed);
    if (was_on == observing_is_on(e))
        return;
    engine_logf(e, ENGINE_LOG_WARN, was_on ? "store.confirmed" : "store.observed", "%s",
                was_on ? "a person confirmed the store: everything goes on"
                       : "the store was adopted, and is only observed until `opsgate store confirm`");
}

bool observing_is_on(const struct engine *e)
{
    return e->adopted.n > e->confirmed.n;
}

bool observing_overrides(const struct engine *e)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error ignored;
    const char *over;
    const cJSON *mark;

    if (e->adopted.n <= e->memory.adoption || !e->memory.birth[0])
        return false;
    mark = json_parse_in(arena, str_of(e->adopted.text), &ignored);
    over = json_find_string(mark, "over");
    if (over && strcmp(over, e->memory.birth) == 0)
        return true;
    JSON_EACH(other, json_find(mark, "others"))
        if (cJSON_IsString(other) && strcmp(other->valuestring, e->memory.birth) == 0)
            return true;
    return false;
}

bool observing_refuses(const struct engine *e, const struct verb *verb, const struct question *question)
{
    return observing_is_on(e) && !verb->is_internal && !question->is_safe_direction;
}

int64_t observing_lets(const struct engine *e, const struct question *question)
{
    return observing_is_on(e) && question->is_safe_direction ? e->adopted.n : 0;
}

/* By what the records say, and no clock: the store may stand on another host now, whose clock is behind. */
bool observing_holds(const struct engine *e, const struct live_effect *effect)
{
    const struct live_operation *operation;

    if (!observing_is_on(e) || !effect->kind->waits_for_confirm || PLANTED(OBSERVED_ACTED))
        return false;
    operation = records_find_operation(e, effect->record.operation);
    return !operation || operation->record.adoption != e->adopted.n;
}

bool observing_is_before(const struct engine *e, int64_t at_ms)
{
    return e->adopted.n > 0 && at_ms - (engine_store_now(e) - engine_steady_now(e)) < e->adopted_steady_ms;
}

/* ---- the record ---- */

static void journal(struct batch *b, const char *kind, const struct store_mark *mark)
{
    struct error ignored;
    cJSON *body = json_copy(json_parse_in(b->arena, str_of(mark->text), &ignored));
    cJSON *personal = json_object();

    json_set_string(personal, "system", "local");
    json_set_string(personal, "principal", json_find_string(body, "by"));
    cJSON_DeleteItemFromObjectCaseSensitive(body, "by");
    batch_journal(b, kind, NULL, NULL, body, personal);
    cJSON_Delete(body);
    cJSON_Delete(personal);
}

/* No number that people have seen means another operation: neither those that data_dir knows, nor those of the commits
 * that are lost, which gave one each at most: of this very store they come on top. And what a crash kept data_dir from
 * knowing. */
static void skip_lost_numbers(struct batch *b)
{
    struct engine *e = b->engine;
    struct error ignored;
    const cJSON *mark = json_parse_in(b->arena, str_of(e->adopted.text), &ignored);
    const char *over = json_find_string(mark, "over");
    int64_t over_seq = json_find_int(mark, "over_seq", 0), known = json_find_int(mark, "operations", 0);
    int64_t last = over_seq;

    if (over && strcmp(over, e->memory.birth) == 0)
        last = e->last_operation + over_seq - json_find_int(mark, "seq", 0);
    known = known < e->memory.operations ? e->memory.operations : known;
    last = last < known ? known : last;
    last = last < e->last_operation ? e->last_operation : last;
    e->last_operation = PLANTED(NUMBER_TWICE) ? e->last_operation : last + NUMBERS_SPARE;
}

/* Whoever adopted may not have known all that our own data_dir has seen. */
static void keep_numbers(struct engine *e)
{
    if (e->last_operation < e->memory.operations && !PLANTED(NUMBER_TWICE))
        e->last_operation = e->memory.operations;
}

/* When it was, by the steady clock; at the latest now. */
static void keep_when(struct batch *b)
{
    struct engine *e = b->engine;
    int64_t at_ms = e->adopted.at_ms - e->clock_shift_ms, now_ms = engine_steady_now(e);

    e->adopted_steady_ms = at_ms < now_ms ? at_ms : now_ms;
    batch_put_number(b, "adopted:steady", e->adopted_steady_ms);
}

bool observing_journal(struct engine *e)
{
    struct batch b;

    if (e->adopted.n <= e->adopted_journalled && e->confirmed.n <= e->confirmed_journalled) {
        keep_numbers(e);
        return false;
    }
    batch_init(&b, e, arena_create(), NULL);
    if (e->adopted.n > e->adopted_journalled) {
        skip_lost_numbers(&b);
        keep_when(&b);
        e->adopted_journalled = e->adopted.n;
        batch_put_number(&b, "adopted:journalled", e->adopted.n);
        journal(&b, "store.adopted", &e->adopted);
    }
    if (e->confirmed.n > e->confirmed_journalled) {
        e->confirmed_journalled = e->confirmed.n;
        batch_put_number(&b, "confirmed:journalled", e->confirmed.n);
        journal(&b, "store.confirmed", &e->confirmed);
    }
    e->standing_seen = 0; /* what is always at work hears of it */
    batch_commit(&b);
    return true;
}
