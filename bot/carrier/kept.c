/* kept.c - what the store has kept is looked at, or put into the inbox once more: no call leaves for it. */
#include "bot/carrier/internal.h"

#include "bot/doors/decode.h"
#include "bot/model/exchange.h"
#include "bot/model/inbox.h"
#include "bot/model/replay.h"

#include <string.h>

static void end(struct carrier_job *job, enum attempt_result result, const char *error, const cJSON *body)
{
    struct attempt_end end = { .result = result, .error = error, .body = body, .may_have_happened = error != NULL };

    carrier_job_end(job, &end);
}

/* Of a dead letter the item is a text of its own; what crashed its owner may be none. */
static bool read_item(struct carrier_job *job, struct str value, struct inbox_item *ret_item, struct error *err)
{
    const cJSON *json = json_parse_in(job->arena, value, err);

    if (json && job->kept.is_dead) {
        const char *item = json_find_string(json, "item");

        json = item ? json_parse_in(job->arena, str_of(item), err) : NULL;
        if (!item)
            return error_set(err, ERR_INVALID, "the dead letter holds no item");
    }
    return json && shape_from_json(&inbox_item_shape, json, job->arena, ret_item, err);
}

/* By another system; not asked for by anybody, in whose name it would be done again. */
static bool was_told(const struct inbox_item *item, struct arena *arena)
{
    struct decoded decoded;
    struct error ignored;

    return decode_item(item, arena, &decoded, &ignored) && decoded.kind == DECODED_EVENT;
}

/* ---- looked at ---- */

static void on_looked(void *arg, enum store_status status, struct str value)
{
    struct carrier_job *job = carrier_wait_end(arg);
    AUTO_JSON cJSON *body = json_object();
    struct inbox_item item;
    struct error ignored;

    if (!job)
        return;
    json_set_bool(body, "is_there", value.at != NULL);
    if (value.at && read_item(job, value, &item, &ignored)) {
        json_set_string(body, "source", item.source);
        json_set_string(body, "kind", item.kind);
        json_set_bool(body, "is_told", was_told(&item, job->arena));
    }
    if (status == STORE_OK)
        end(job, ATTEMPT_DONE, NULL, body);
    else
        end(job, ATTEMPT_AGAIN, "the store did not answer", NULL);
}

/* ---- put back ---- */

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t count)
{
    struct carrier_job *job = carrier_wait_end(arg);

    if (!job)
        return;
    if (status != STORE_OK || count != 1)
        end(job, ATTEMPT_AGAIN, "the store did not answer", NULL);
    else if (results[0] == ACCEPT_FULL)
        end(job, ATTEMPT_AGAIN, "the inbox is full", NULL);
    else /* a duplicate is our own, of a try that was not answered */
        end(job, ATTEMPT_DONE, NULL, NULL);
}

/* As if it had just come: who asked has their time once more, and nobody waits on a connection. */
static void accept_again(struct carrier_job *job, struct inbox_item *item)
{
    struct store store = store_redis_interface(job->carrier->options.store);
    int64_t patience_ms = item->not_after ? item->not_after - item->received_at : 0;
    const char **keys = ARENA_NEW(job->arena, const char *);
    AUTO_JSON cJSON *json = NULL;
    struct store_item stored = { .keys = keys, .key_count = 1 };

    keys[0] = arena_printf(job->arena, "replay:%s", job->effect_id);
    item->keys = keys;
    item->keys_count = 1;
    item->received_at = job->now_ms;
    item->not_after = item->not_after ? job->now_ms + patience_ms : 0;
    item->request_id = arena_printf(job->arena, "%s-%s", item->request_id ? item->request_id : "replay",
                                    job->kept.operation ? job->kept.operation : job->id);
    item->reply_to.connection = NULL;
    item->reply_to.inline_until_ms = 0;
    item->replayed_by = job->kept.operation;
    json = shape_to_json(&inbox_item_shape, item, SHAPE_WHOLE);
    stored.bytes = str_of(json_print_in(job->arena, json));
    if (stored.bytes.len > STORE_ITEM_MAX_BYTES)
        end(job, ATTEMPT_NEVER, "it is too large to be put back", NULL);
    else
        store.accept(store.ctx, &stored, 1, on_accepted, carrier_wait_begin(job));
}

static void on_found(void *arg, enum store_status status, struct str value)
{
    struct carrier_job *job = carrier_wait_end(arg);
    struct inbox_item item;
    struct error err;

    if (!job)
        return;
    if (status != STORE_OK)
        end(job, ATTEMPT_AGAIN, "the store did not answer", NULL);
    else if (!value.at)
        end(job, ATTEMPT_NEVER, "it is not kept any more", NULL);
    else if (!read_item(job, value, &item, &err))
        end(job, ATTEMPT_NEVER, arena_strdup(job->arena, err.message), NULL);
    else if (!job->kept.is_dead && !was_told(&item, job->arena))
        end(job, ATTEMPT_NEVER, "it is nothing that another system told", NULL);
    else if (!job->may_send(job->arg))
        end(job, ATTEMPT_AGAIN, "this instance may not send any more", NULL);
    else
        accept_again(job, &item);
}

/* ---- begun ---- */

static void on_begin(void *arg)
{
    struct carrier_job *job = arg;

    job->later = NULL;
    store_redis_entry(job->carrier->options.store, job->kept.is_dead ? STORE_DEAD : STORE_INBOX, job->kept.id,
                      job->is_effect ? on_found : on_looked, carrier_wait_begin(job));
}

bool carrier_kept_carries(const char *kind)
{
    return strcmp(kind, EFFECT_REPLAY) == 0 || strcmp(kind, READING_KEPT) == 0;
}

bool carrier_kept_take(struct carrier_job *job, const char *kind, const char *effect_id, const cJSON *args,
                       int64_t now_ms)
{
    struct error err;

    if (!carrier_kept_carries(kind))
        return false;
    if (!shape_from_json(&kept_item_shape, args, job->arena, &job->kept, &err))
        return false; /* nothing carries it, then */
    job->effect_id = effect_id;
    job->now_ms = now_ms;
    job->later = loop_timer_start(job->carrier->options.loop, 0, on_begin, job);
    return true;
}
