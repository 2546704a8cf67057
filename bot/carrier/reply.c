/* reply.c - a reply goes over the connection that waits for it, here or at another instance; else by its
 * address. */
#include "bot/base/time.h"
#include "bot/carrier/internal.h"

#include <string.h>

#define INLINE_MAX_MS (20 * SECOND_MS) /* no door lets a connection wait longer: the clock was set back since */

/* ---- replies: the connection first ---- */

static void run_by_url(struct carrier_job *job)
{
    job->run = exchange_run_create(job->retry);
    carrier_job_go_on(job);
}

static void end_inline(struct carrier_job *job)
{
    cJSON *body = json_object();
    struct attempt_end end = { .result = ATTEMPT_DONE, .body = body };

    json_set_string(body, "how", "inline");
    carrier_job_end(job, &end);
    cJSON_Delete(body);
}

struct inline_try { /* outlives its job when that is cancelled meanwhile */
    struct carrier_shell *carrier;
    char *id;
    int64_t number;
};

static void on_inline_sent(void *arg, bool was_sent)
{
    struct inline_try *try = arg;
    struct carrier_job *job = carrier_job_find(try->carrier, try->id, try->number);

    if (job && was_sent)
        end_inline(job);
    else if (job)
        run_by_url(job);
    free(try->id);
    free(try);
}

static void tell_other_instance(struct carrier_job *job, const struct reply_address *address, const cJSON *args)
{
    cJSON *message = json_object();
    AUTO_FREE char *text = NULL;

    json_set_string(message, "deliver", job->id);
    json_set_int(message, "number", job->number);
    json_set_string(message, "from", job->carrier->options.instance);
    json_set(message, "args", json_copy(args));
    text = json_print(message);
    cJSON_Delete(message);
    store_redis_tell(job->carrier->options.store, address->instance, str_of(text), NULL, NULL);
}

static void on_told_late(void *arg)
{
    struct carrier_job *job = arg;

    job->later = NULL;
    run_by_url(job);
}

void carrier_reply_begin(void *arg)
{
    struct carrier_job *job = arg;
    struct carrier_shell *carrier = job->carrier;
    struct reply_delivery delivery;
    struct inline_try *try;
    struct error err;
    int64_t left_ms;

    job->later = NULL;
    if (!shape_from_json(&reply_delivery_shape, job->retry->args, job->arena, &delivery, &err) ||
        !delivery.address.instance || (left_ms = delivery.address.inline_until_ms - job->retry->unix_ms) <= 0) {
        run_by_url(job);
        return;
    }
    if (delivery.form) { /* a form is not opened by a connection: that is let go */
        if (strcmp(delivery.address.instance, carrier->options.instance) == 0)
            replies_let_go(carrier->options.replies, delivery.address.connection);
        run_by_url(job);
        return;
    }
    if (strcmp(delivery.address.instance, carrier->options.instance) != 0) {
        if (left_ms > INLINE_MAX_MS) {
            run_by_url(job);
            return;
        }
        tell_other_instance(job, &delivery.address, job->retry->args);
        job->later = loop_timer_start(carrier->options.loop, left_ms, on_told_late, job);
        return;
    }
    try = xcalloc(1, sizeof(*try));
    *try = (struct inline_try){ carrier, xstrdup(job->id), job->number };
    if (!replies_deliver(carrier->options.replies, delivery.address.connection, &delivery.reply, on_inline_sent, try)) {
        free(try->id);
        free(try);
        run_by_url(job);
    }
}

/* ---- told by other instances ---- */

struct delivered_for { /* a reply that we deliver for another owner */
    struct carrier_shell *carrier;
    char *owner, *id;
    int64_t number;
};

static void on_sent_for(void *arg, bool was_sent)
{
    struct delivered_for *f = arg;
    cJSON *message = json_object();
    AUTO_FREE char *text = NULL;

    json_set_string(message, "delivered", f->id);
    json_set_int(message, "number", f->number);
    text = json_print(message);
    cJSON_Delete(message);
    if (was_sent)
        store_redis_tell(f->carrier->options.store, f->owner, str_of(text), NULL, NULL);
    free(f->owner);
    free(f->id);
    free(f);
}

static void deliver_for(struct carrier_shell *carrier, const cJSON *json, struct arena *arena)
{
    const char *owner = json_find_string(json, "from");
    struct reply_delivery delivery;
    struct delivered_for *f;
    struct error err;

    if (!owner || !shape_from_json(&reply_delivery_shape, json_find(json, "args"), arena, &delivery, &err))
        return;
    f = xcalloc(1, sizeof(*f));
    *f = (struct delivered_for){ carrier, xstrdup(owner), xstrdup(json_find_string(json, "deliver")),
                                 json_find_int(json, "number", 0) };
    if (!replies_deliver(carrier->options.replies, delivery.address.connection, &delivery.reply, on_sent_for, f))
        on_sent_for(f, false);
}

void carrier_told(struct carrier_shell *carrier, struct str message)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;
    const cJSON *json = json_parse_in(arena, message, &err);
    const char *delivered = json_find_string(json, "delivered");
    struct carrier_job *job = delivered ? carrier_job_find(carrier, delivered, json_find_int(json, "number", 0)) : NULL;

    if (job && !job->run)
        end_inline(job);
    else if (json_find_string(json, "deliver"))
        deliver_for(carrier, json, arena);
}
