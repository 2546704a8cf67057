/* hand_in.c - what an exchange found outside goes into the inbox, as if it had come by its door. */
#include "bot/carrier/internal.h"

#include "integrations/github/deliveries.h"

#include <string.h>

static void end(struct carrier_job *job, enum attempt_result result, const char *error, const cJSON *body)
{
    struct attempt_end end = {
        .result = result, .error = error, .body = body, .may_have_happened = result == ATTEMPT_AGAIN
    };

    carrier_job_end(job, &end);
}

static void end_done(struct carrier_job *job, bool is_wanted, bool is_new)
{
    AUTO_JSON cJSON *body = json_object();

    json_set_bool(body, "is_wanted", is_wanted);
    json_set_bool(body, "is_new", is_new);
    end(job, ATTEMPT_DONE, NULL, body);
}

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t count)
{
    struct carrier_job *job = carrier_wait_end(arg);

    if (!job)
        return;
    if (status != STORE_OK || count != 1)
        end(job, ATTEMPT_AGAIN, "the store did not answer", NULL);
    else if (results[0] == ACCEPT_FULL)
        end(job, ATTEMPT_AGAIN, "the inbox is full", NULL);
    else
        end_done(job, true, results[0] == ACCEPT_NEW);
}

static void put_in(struct carrier_job *job, const struct inbox_item *item)
{
    struct store store = store_redis_interface(job->carrier->options.store);
    AUTO_JSON cJSON *json = shape_to_json(&inbox_item_shape, item, SHAPE_WHOLE);
    struct store_item stored = { .keys = item->keys,
                                 .key_count = item->keys_count,
                                 .bytes = str_of(json_print_in(job->arena, json)) };

    if (stored.bytes.len > STORE_ITEM_MAX_BYTES)
        end(job, ATTEMPT_NEVER, "it is too large for the inbox", NULL);
    else
        store.accept(store.ctx, &stored, 1, on_accepted, carrier_wait_begin(job));
}

bool carrier_hands_in(const char *kind)
{
    return strcmp(kind, EFFECT_CATCH_UP) == 0;
}

/* Whoever may not send any more may still hand in, as any instance may: the keys make one of what comes twice. */
void carrier_hand_in(struct carrier_job *job, const struct attempt_end *found)
{
    struct inbox_item item;
    struct error err;

    if (!github_delivery_to_inbox(found->body, job->arena, &item, &err)) {
        end(job, ATTEMPT_NEVER, arena_strdup(job->arena, err.message), NULL);
        return;
    }
    item.received_at = job->now_ms;
    if (item.keys_count > 0)
        put_in(job, &item);
    else
        end_done(job, false, false);
}
