#include "bot/ingress.h"

#include "bot/adoption.h"
#include "bot/door_local.h"
#include "bot/doors.h"
#include "bot/log.h"
#include "integrations/slack/command.h"
#include "integrations/slack/interaction.h"

#include <string.h>
#include <time.h>

#include <utlist.h>

#define BATCH_MAX 256

struct gathered { /* one item on its way into the store */
    struct arena *arena;
    struct store_item item;
    const char *connection; /* that waits for the answer */
    const char *request_id;
    const char *url; /* where it is refused when the door is silent; or NULL */
    const struct reply_door *how;
};

struct batch_call { /* one accept under way */
    struct ingress *ingress;
    struct batch_call *prev, *next;
    size_t count;
    struct gathered gathered[];
};

struct ingress {
    struct ingress_options options;
    struct door door;
    struct gathered waiting[BATCH_MAX];
    size_t waiting_count;
    struct batch_call *calls;
    struct ingress_counts counts;
};

static int64_t system_unix_ms(void *ctx)
{
    struct timespec now;

    (void)ctx;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct ingress *ingress_create(const struct ingress_options *options)
{
    struct ingress *ingress = xcalloc(1, sizeof(*ingress));

    ingress->options = *options;
    ingress->door = (struct door){ .ingress = ingress,
                                   .settings = options->settings,
                                   .instance = options->instance,
                                   .unix_ms = system_unix_ms,
                                   .counts = &ingress->counts,
                                   .callers = local_callers_create(options->loop, options->user_name) };
    return ingress;
}

static void free_batch(struct batch_call *call)
{
    DL_DELETE(call->ingress->calls, call);
    for (size_t i = 0; i < call->count; i++)
        arena_destroy(call->gathered[i].arena);
    free(call);
}

void ingress_destroy(struct ingress *ingress)
{
    if (!ingress)
        return;
    local_callers_destroy(ingress->door.callers);
    while (ingress->calls) /* the store that would have answered them is gone */
        free_batch(ingress->calls);
    for (size_t i = 0; i < ingress->waiting_count; i++) {
        replies_let_go(ingress->options.replies, ingress->waiting[i].connection);
        arena_destroy(ingress->waiting[i].arena);
    }
    free(ingress);
}

/* ---- an arrival becomes an item ---- */

static bool is_in_safe_direction(const struct ingress *ingress, const struct inbox_item *item)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct request request = { .verb = "" };
    const struct verb *verb;
    struct error ignored;

    if (!ingress_decode(item, arena, &request, &ignored))
        return false; /* the owner says what is wrong with it */
    verb = verb_find(ingress->options.verbs, request.verb);
    return verb && verb->is_safe_direction;
}

static struct inbox_item make_item(const struct door *door, const struct http_request *request,
                                   const struct reply_door *how, const struct arrival *arrival, int64_t now_ms,
                                   int64_t wait_ms)
{
    return (struct inbox_item){
        .v = INBOX_VERSION,
        .source = arrival->source,
        .kind = arrival->kind,
        .keys = (const char **)(uintptr_t)arrival->keys,
        .keys_count = arrival->keys_count,
        .received_at = now_ms,
        .not_after = now_ms + PERSON_REQUEST_VOID_MS,
        .request_id = request->id,
        .reply_to = { .door = how->name,
                      .instance = door->instance,
                      .url = arrival->url,
                      .inline_until_ms = how->is_silent ? 0 : now_ms + wait_ms },
        .body = arrival->body,
    };
}

/* In memory of its own, until the store has answered. */
static struct gathered copy_for_store(const struct ingress *ingress, const struct inbox_item *item,
                                      const struct arrival *arrival, const struct reply_door *how)
{
    struct gathered g = { .arena = arena_create(), .how = how };
    cJSON *json = shape_to_json(&inbox_item_shape, item, SHAPE_WHOLE);
    const char **keys = NULL;
    size_t count = 0;

    for (size_t i = 0; i < arrival->keys_count; i++)
        *ARENA_PUSH(g.arena, keys, count) = arena_strdup(g.arena, arrival->keys[i]);
    g.item = (struct store_item){ .keys = keys,
                                  .key_count = count,
                                  .is_safe = is_in_safe_direction(ingress, item),
                                  .bytes = str_of(json_print_in(g.arena, json)) };
    g.connection = arena_strdup(g.arena, item->reply_to.connection);
    g.request_id = arena_strdup(g.arena, item->request_id);
    g.url = arrival->url ? arena_strdup(g.arena, arrival->url) : NULL;
    cJSON_Delete(json);
    return g;
}

/* One item that the store cannot take would have the whole batch refused. A body within its limit may still be too
 * large once it is quoted. */
static bool fits(const struct store_item *item)
{
    bool is_good = item->key_count >= 1 && item->key_count <= STORE_ITEM_KEYS_MAX &&
                   item->bytes.len <= (size_t)STORE_ITEM_MAX_BYTES;

    for (size_t i = 0; is_good && i < item->key_count; i++)
        is_good = item->keys[i][0] && strlen(item->keys[i]) <= STORE_FIELD_MAX_BYTES;
    return is_good;
}

#define NOT_ACCEPTED_FULL                                                                                              \
    "*NOT accepted*: opsgate has too much waiting. Nothing was done; please ask again in a moment."
#define NOT_ACCEPTED_TOO_LARGE "*NOT accepted*: the request is too large. Nothing was done."

/* By the address, since the connection of a silent door shows nothing. Without one there is nobody to tell. */
static void refuse_by_url(struct ingress *ingress, const struct reply_door *how, const char *request_id,
                          const char *url, const char *text)
{
    struct reply reply = { .text = text, .is_refusal = true };
    AUTO_FREE char *body = how->write(&reply);

    if (url && ingress->options.refuse)
        ingress->options.refuse(ingress->options.refuse_arg, request_id, url, how->content_type, str_of(body));
}

static void refuse(struct ingress *ingress, const struct gathered *g, int status, const char *text)
{
    if (g->how->is_silent) {
        refuse_by_url(ingress, g->how, g->request_id, g->url, text);
        replies_let_go(ingress->options.replies, g->connection);
    } else {
        replies_refuse(ingress->options.replies, g->connection, status, text);
    }
}

static void gather(struct ingress *ingress, const struct inbox_item *item, const struct arrival *arrival,
                   const struct reply_door *how)
{
    struct gathered g = copy_for_store(ingress, item, arrival, how);

    if (!fits(&g.item)) {
        ingress->counts.too_large++;
        log_warn("ingress.too_large", LOG_STR("request", g.request_id), LOG_INT("bytes", g.item.bytes.len));
        refuse(ingress, &g, how->too_large_status, NOT_ACCEPTED_TOO_LARGE);
        arena_destroy(g.arena);
        return;
    }
    ingress->waiting[ingress->waiting_count++] = g;
    if (ingress->waiting_count == BATCH_MAX)
        ingress_flush(ingress);
}

static void refuse_now(struct ingress *ingress, struct http_request *request, const struct reply_door *how,
                       const char *url, const char *text)
{
    struct reply reply = { .text = text, .is_refusal = true };
    struct http_reply empty = { .status = how->late_status };
    AUTO_FREE char *body = how->write(&reply);
    struct http_reply written = { .status = how->refused_status,
                                  .content_type = how->content_type,
                                  .body = str_of(body) };

    if (how->is_silent)
        refuse_by_url(ingress, how, request->id, url, text);
    http_in_answer(request, how->is_silent ? &empty : &written);
}

/* Answers it when there is no store to take it. */
static bool has_no_store(struct ingress *ingress, struct http_request *request, const struct reply_door *how,
                         const char *url)
{
    struct ingress_store store = ingress->options.store_state(ingress->options.ctx);
    AUTO(arena) struct arena *arena = NULL;

    if (store.is == INGRESS_STORE_UP)
        return false;
    arena = arena_create();
    if (store.is == INGRESS_STORE_FOREIGN) {
        ingress->counts.foreign++;
        refuse_now(ingress, request, how, url,
                   arena_printf(arena, "*NOT accepted*: this opsgate does not know its store (%s). Nothing was done.",
                                store.why));
    } else {
        ingress->counts.unavailable++;
        refuse_now(ingress, request, how, url, how->store_is_down(store.why, arena));
    }
    return true;
}

/* Our own answer, "accepted, but not answered in time", must come before http_in's: that one says "unreachable". */
static int64_t wait_of(const struct ingress *ingress, const struct http_request *request, const struct arrival *arrival)
{
    int64_t most_ms = ingress->options.settings->limits.answer_timeout_ms;
    int64_t left_ms = request->received_at_ms + most_ms - most_ms / 10 - loop_now_ms(ingress->options.loop);

    return left_ms < 0 ? 0 : left_ms < arrival->wait_ms ? left_ms : arrival->wait_ms;
}

void door_accept(struct door *door, struct http_request *request, const struct reply_door *how,
                 const struct arrival *arrival)
{
    struct ingress *ingress = door->ingress;
    int64_t wait_ms = wait_of(ingress, request, arrival);
    struct inbox_item item;

    if (!utf8_is_valid(str_of(arrival->body))) {
        ingress->counts.malformed++;
        http_in_problem(request, 400, NULL, "The body is not valid UTF-8.");
        return;
    }
    if (has_no_store(ingress, request, how, arrival->url))
        return;
    item = make_item(door, request, how, arrival, ingress->options.store_unix_ms(ingress->options.ctx), wait_ms);
    item.reply_to.connection =
        replies_wait(ingress->options.replies, request, how, wait_ms,
                     (struct reply_doubt){ how->refused_status, how->is_silent ? NULL : how->in_doubt });
    gather(ingress, &item, arrival, how);
}

/* ---- the accept of a turn ---- */

static void told(struct ingress *ingress, const struct gathered *g, enum store_status status, enum accept_result result)
{
    if (status != STORE_OK) {
        ingress->counts.unavailable++;
        log_warn("ingress.unknown", LOG_STR("request", g->request_id));
        refuse(ingress, g, g->how->refused_status, g->how->in_doubt);
    } else if (result == ACCEPT_FULL) {
        ingress->counts.full++;
        log_warn("ingress.full", LOG_STR("request", g->request_id));
        refuse(ingress, g, g->how->refused_status, NOT_ACCEPTED_FULL);
    } else if (result == ACCEPT_DUPLICATE) {
        ingress->counts.duplicates++;
        replies_let_go(ingress->options.replies, g->connection); /* the first one is answered */
    } else {
        ingress->counts.accepted++;
        if (g->how->is_silent)
            replies_let_go(ingress->options.replies, g->connection);
        else
            replies_confirm(ingress->options.replies, g->connection); /* its reply comes when it is decided */
    }
}

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t count)
{
    struct batch_call *call = arg;

    for (size_t i = 0; i < call->count; i++)
        told(call->ingress, &call->gathered[i], status, status == STORE_OK && i < count ? results[i] : ACCEPT_NEW);
    free_batch(call);
}

void ingress_flush(void *arg)
{
    struct ingress *ingress = arg;
    struct store_item items[BATCH_MAX];
    struct batch_call *call;
    size_t count = ingress->waiting_count;

    if (count == 0)
        return;
    call = xcalloc(1, sizeof(*call) + count * sizeof(call->gathered[0]));
    call->ingress = ingress;
    call->count = count;
    DL_APPEND(ingress->calls, call);
    for (size_t i = 0; i < count; i++) {
        call->gathered[i] = ingress->waiting[i];
        items[i] = ingress->waiting[i].item;
    }
    ingress->waiting_count = 0;
    ingress->options.store->accept(ingress->options.store->ctx, items, count, on_accepted, call);
}

/* ---- rows ---- */

static const struct http_route rows[] = {
    { "POST", "/slack/commands", INBOX_BODY_MAX_BYTES, "application/x-www-form-urlencoded", door_slack_command, 0 },
    { "POST", "/slack/interactions", SLACK_INTERACTION_BODY_MAX_BYTES, "application/x-www-form-urlencoded",
      door_slack_interaction, 0 },
    { "POST", LOCAL_RUN_PATH, INBOX_BODY_MAX_BYTES, "application/json", door_local_run, HTTP_ROUTE_LOCAL },
};

struct http_routes ingress_routes(struct ingress *ingress)
{
    return (struct http_routes){ rows, ARRAY_LEN(rows), &ingress->door };
}

static const struct {
    const char *source, *kind;
    bool (*decode)(const struct inbox_item *item, struct arena *arena, struct request *ret_request, struct error *err);
} decoders[] = {
    { SLACK_SOURCE, SLACK_COMMAND_KIND, slack_command_decode },
    { SLACK_SOURCE, SLACK_ACTION_KIND, slack_interaction_decode },
    { LOCAL_SOURCE, LOCAL_RUN_KIND, local_run_decode },
    { WITHOUT_STORE_SOURCE, WITHOUT_STORE_KIND, adoption_decode },
};

bool ingress_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(decoders); i++) {
        if (strcmp(decoders[i].source, item->source) != 0 || strcmp(decoders[i].kind, item->kind) != 0)
            continue;
        if (!decoders[i].decode(item, arena, ret_request, err))
            return false;
        request_turn_to_help(ret_request, arena);
        return true;
    }
    return error_set(err, ERR_INVALID, "nothing here reads '%s' of '%s'", item->kind, item->source);
}

struct ingress_counts ingress_counts(const struct ingress *ingress)
{
    return ingress->counts;
}
