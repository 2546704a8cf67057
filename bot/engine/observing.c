/* observing.c - a store that a person adopted is only observed, until a person confirms it.
 *
 * A store that came from a copy knows nothing of what was done after that copy was made: what it wants to do next may
 * have been done long ago, and what it takes for serving may serve no more. Until somebody has looked, requests that
 * change something are refused, but for the way back; nothing that waited to go out goes, but for the way back and what
 * people read; nobody's event makes anything happen. What happened before the adoption makes nothing happen afterwards
 * either: it was of the history that is lost, or was acted on in it.
 *
 * Two marks in the store's meta say which it is, `adopted` and `confirmed`, each {n, at, by, ...} as text, written by
 * `opsgate store adopt` and `opsgate store confirm`. n counts the adoptions: a data_dir follows a mark that overrides
 * the very birth it knows, once, and refuses a store that knows fewer adoptions than it does.
 */
#include "bot/engine/internal.h"

#include <stdio.h>

/* What cannot be read is no mark: nobody has adopted it then. */
static void learn(struct store_mark *mark, const char *text)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error ignored;
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

    if (e->adopted.n <= e->memory.adoption || !e->memory.birth[0])
        return false;
    over = json_find_string(json_parse_in(arena, str_of(e->adopted.text), &ignored), "over");
    return over && strcmp(over, e->memory.birth) == 0;
}

bool observing_refuses(const struct engine *e, const struct verb *verb, const struct question *question)
{
    return observing_is_on(e) && !verb->is_look && !verb->is_internal && !question->is_safe_direction;
}

int64_t observing_lets(const struct engine *e, const struct question *question)
{
    return observing_is_on(e) && question->is_safe_direction ? e->adopted.n : 0;
}

/* By what the records say, and no clock: the store may stand on another host now, whose clock is behind. */
bool observing_holds(const struct engine *e, const struct live_effect *effect)
{
    const struct live_operation *operation;

    if (!observing_is_on(e) || !effect->kind->waits_for_confirm)
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

/* Each operation took a commit at least: beyond these no number that people have seen means another one. Of this very
 * store the lost commits come on top; another one, whose place it took, gave at most a number for each of its own. */
static void skip_lost_numbers(struct batch *b)
{
    struct engine *e = b->engine;
    struct error ignored;
    const cJSON *mark = json_parse_in(b->arena, str_of(e->adopted.text), &ignored);
    const char *over = json_find_string(mark, "over");
    int64_t over_seq = json_find_int(mark, "over_seq", 0), last = over_seq;

    if (over && strcmp(over, e->memory.birth) == 0)
        last = e->last_operation + over_seq - json_find_int(mark, "seq", 0);
    if (last <= e->last_operation)
        return;
    e->last_operation = last;
    batch_put_number(b, "last:operation", last);
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

    if (e->adopted.n <= e->adopted_journalled && e->confirmed.n <= e->confirmed_journalled)
        return false;
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
    batch_commit(&b);
    return true;
}
