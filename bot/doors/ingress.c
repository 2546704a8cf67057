#include "bot/doors/ingress.h"

#include "bot/base/time.h"
#include "bot/doors/decode.h"
#include "bot/doors/doors.h"
#include "bot/doors/large.h"
#include "bot/doors/local.h"
#include "bot/doors/rates.h"
#include "bot/doors/refused.h"
#include "bot/doors/webhook.h"
#include "bot/log.h"
#include "integrations/alertmanager/group.h"
#include "integrations/api/change.h"
#include "integrations/github/webhook.h"
#include "integrations/pagerduty/webhook.h"
#include "integrations/slack/command.h"
#include "integrations/slack/event.h"
#include "integrations/slack/interaction.h"

#include <string.h>
#include <time.h>

#include <utlist.h>

#define BATCH_MAX 128
#define ACCEPTS_AT_ONCE 2 /* the store works on one while the other waits */
#define HELD_MAX_MS 10    /* a store that does not answer holds nobody up */

struct gathered { /* one item on its way into the store */
    struct arena *arena;
    struct store_item item;
    const char *request_id;
    const char *who; /* counts for them, once it is new; NULL: for nobody */
    arrival_told_fn on_told;
    void *arg;
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
    size_t calls_count;
    struct loop_timer *held; /* runs while something waits for an accept to be answered */
    struct rates *rates;
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
    ingress->rates = rates_create(options->settings->limits.requests_per_hour);
    ingress->door = (struct door){ .ingress = ingress,
                                   .options = &ingress->options,
                                   .settings = options->settings,
                                   .instance = options->instance,
                                   .unix_ms = system_unix_ms,
                                   .counts = &ingress->counts,
                                   .callers = local_callers_create(options->loop, options->user_name),
                                   .told_too_often = rates_create(1),
                                   .large_bodies = large_bodies_create(options->loop),
                                   .webhooks = webhooks_create(options->loop) };
    ingress->door.refused = door_refused_create(&ingress->door);
    return ingress;
}

void ingress_reconfigure(struct ingress *ingress, const struct settings *settings)
{
    ingress->options.settings = ingress->door.settings = settings;
    rates_change(ingress->rates, settings->limits.requests_per_hour);
}

bool ingress_keeps_settings(const struct ingress *ingress)
{
    return large_bodies_are_busy(ingress->door.large_bodies);
}

/* It may be told of the same arrival only once: whoever is told may let go of everything. */
static void tell(struct gathered *g, enum arrival_is is, const char *why)
{
    struct arena *arena = TAKE(g->arena);

    g->on_told(g->arg, is, why);
    arena_destroy(arena);
}

static void free_batch(struct batch_call *call)
{
    DL_DELETE(call->ingress->calls, call);
    call->ingress->calls_count--;
    free(call);
}

static void forget_batch(struct batch_call *call)
{
    for (size_t i = 0; i < call->count; i++)
        tell(&call->gathered[i], ARRIVAL_IN_DOUBT, NULL);
    free_batch(call);
}

void ingress_leave_store(struct ingress *ingress)
{
    loop_timer_cancel(TAKE(ingress->held));
    while (ingress->calls)
        forget_batch(ingress->calls);
    for (size_t i = 0; i < ingress->waiting_count; i++)
        tell(&ingress->waiting[i], ARRIVAL_IN_DOUBT, NULL);
    ingress->waiting_count = 0;
}

void ingress_destroy(struct ingress *ingress)
{
    if (!ingress)
        return;
    local_callers_destroy(ingress->door.callers);
    large_bodies_destroy(ingress->door.large_bodies);
    webhooks_destroy(ingress->door.webhooks);
    ingress_leave_store(ingress);
    door_refused_destroy(ingress->door.refused); /* behind what is told of its own */
    rates_destroy(ingress->door.told_too_often);
    rates_destroy(ingress->rates);
    free(ingress);
}

/* ---- an arrival becomes an item ---- */

struct asked {       /* what the door has to know of what the owner will decide on */
    bool is_safe;    /* it leads back: it goes first, and is never too often */
    const char *who; /* "T012AB3CD slack:U012AB3CD"; NULL: a webhook, or nobody can tell who: the owner says so */
};

static const char *who_text(const struct principal *who, struct arena *arena)
{
    return arena_printf(arena, "%s %s", who->team ? who->team : "", principal_text(who, arena));
}

static struct asked look_at(const struct ingress *ingress, const struct inbox_item *item, struct arena *arena)
{
    struct decoded decoded;
    const struct verb *verb;
    struct error ignored;

    if (!decode_item(item, arena, &decoded, &ignored) || decoded.kind != DECODED_REQUEST)
        return (struct asked){ .who = NULL };
    verb = verb_find(ingress->options.verbs, decoded.request.verb);
    return (struct asked){ .is_safe = verb_goes_first(verb, &decoded.request),
                           .who = who_text(&decoded.request.principal, arena) };
}

static struct inbox_item make_item(const struct door *door, const struct reply_door *how, const struct arrival *arrival,
                                   int64_t now_ms)
{
    return (struct inbox_item){
        .v = INBOX_VERSION,
        .source = arrival->source,
        .kind = arrival->kind,
        .keys = (const char **)(uintptr_t)arrival->keys,
        .keys_count = arrival->keys_count,
        .received_at = now_ms,
        .not_after =
            arrival->is_fact || arrival->not_after_ms ? arrival->not_after_ms : now_ms + PERSON_REQUEST_VOID_MS,
        .request_id = arrival->request_id,
        .reply_to = { .door = how ? how->name : NULL,
                      .instance = how ? door->instance : NULL,
                      .connection = arrival->connection,
                      .inline_until_ms = arrival->inline_until_ms,
                      .url = arrival->url,
                      .channel = arrival->channel,
                      .thread = arrival->thread,
                      .user = arrival->user,
                      .is_for_one = arrival->is_for_one },
        .body = arrival->body,
    };
}

/* In memory of its own, until the store has answered. */
static struct gathered copy_for_store(const struct inbox_item *item, const struct asked *asked)
{
    struct gathered g = { .arena = arena_create() };
    cJSON *json = shape_to_json(&inbox_item_shape, item, SHAPE_WHOLE);
    const char **keys = NULL;
    size_t count = 0;

    for (size_t i = 0; i < item->keys_count; i++)
        *ARENA_PUSH(g.arena, keys, count) = arena_strdup(g.arena, item->keys[i]);
    g.item = (struct store_item){
        .keys = keys, .key_count = count, .is_safe = asked->is_safe, .bytes = str_of(json_print_in(g.arena, json))
    };
    g.request_id = arena_strdup(g.arena, item->request_id);
    g.who = asked->is_safe ? NULL : arena_strdup(g.arena, asked->who);
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

static void send_waiting(struct ingress *ingress);

static void gather(struct ingress *ingress, const struct inbox_item *item, const struct asked *asked,
                   arrival_told_fn on_told, void *arg)
{
    struct gathered g = copy_for_store(item, asked);

    g.on_told = on_told;
    g.arg = arg;
    if (!fits(&g.item)) {
        ingress->counts.too_large++;
        log_warn("ingress.too_large", LOG_STR("request", g.request_id), LOG_INT("bytes", g.item.bytes.len));
        tell(&g, ARRIVAL_TOO_LARGE, NULL);
        return;
    }
    if (g.who) /* now, since many may come in one turn */
        rates_count(ingress->rates, g.who, loop_now_ms(ingress->options.loop));
    ingress->waiting[ingress->waiting_count++] = g;
    if (ingress->waiting_count == BATCH_MAX)
        send_waiting(ingress);
}

/* Tells so when there is no store to take it. */
static bool has_no_store(struct ingress *ingress, arrival_told_fn on_told, void *arg)
{
    struct ingress_store store = ingress->options.store_state(ingress->options.ctx);

    if (store.is == INGRESS_STORE_FOREIGN)
        ingress->counts.foreign++;
    else if (store.is == INGRESS_STORE_DOWN)
        ingress->counts.unavailable++;
    else
        return false;
    on_told(arg, store.is == INGRESS_STORE_FOREIGN ? ARRIVAL_FOREIGN : ARRIVAL_NO_STORE, store.why);
    return true;
}

/* 0: `who` may ask now; else so many milliseconds until then, and that they did all the same is counted and logged. */
static int64_t wait_of(struct ingress *ingress, const char *who, const char *request_id)
{
    int64_t wait_ms = rates_wait(ingress->rates, who, loop_now_ms(ingress->options.loop));

    if (wait_ms > 0) {
        ingress->counts.too_often++;
        log_warn("ingress.too_often", LOG_STR("request", request_id), LOG_INT("wait_ms", wait_ms));
    }
    return wait_ms;
}

/* Tells so when somebody asks more often than they may. */
static bool is_too_often(struct ingress *ingress, const struct inbox_item *item, const struct asked *asked,
                         arrival_told_fn on_told, void *arg)
{
    int64_t wait_ms = asked->who && !asked->is_safe ? wait_of(ingress, asked->who, item->request_id) : 0;

    if (wait_ms > 0)
        on_told(arg, ARRIVAL_TOO_OFTEN, duration_about(wait_ms).text);
    return wait_ms > 0;
}

int64_t door_wait_ms(const struct door *door, const struct principal *who)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct ingress *ingress = door->ingress;

    return rates_wait(ingress->rates, who_text(who, arena), loop_now_ms(ingress->options.loop));
}

int64_t ingress_asks(struct ingress *ingress, const struct principal *who, const char *request_id)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *text = who_text(who, arena);
    int64_t wait_ms = wait_of(ingress, text, request_id);

    if (wait_ms == 0)
        rates_count(ingress->rates, text, loop_now_ms(ingress->options.loop));
    return wait_ms;
}

static void offer(struct ingress *ingress, const struct inbox_item *item, const struct arrival *arrival,
                  arrival_told_fn on_told, void *arg)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct asked asked = { .is_safe = false };

    if (!utf8_is_valid(str_of(item->body))) {
        ingress->counts.malformed++;
        on_told(arg, ARRIVAL_MALFORMED, NULL);
        return;
    }
    if (has_no_store(ingress, on_told, arg))
        return;
    if (!arrival->is_fact)
        asked = look_at(ingress, item, arena);
    else if (arrival->teller)
        asked.who = who_text(arrival->teller, arena);
    if (is_too_often(ingress, item, &asked, on_told, arg))
        return;
    gather(ingress, item, &asked, on_told, arg);
}

void door_offer(struct door *door, const struct reply_door *how, const struct arrival *arrival, arrival_told_fn on_told,
                void *arg)
{
    struct ingress *ingress = door->ingress;
    struct inbox_item item = make_item(door, how, arrival, ingress->options.store_unix_ms(ingress->options.ctx));

    offer(ingress, &item, arrival, on_told, arg);
}

/* ---- the accept of a turn ---- */

static enum arrival_is count_told(struct ingress *ingress, const struct gathered *g, enum store_status status,
                                  enum accept_result result)
{
    if (g->who && (status != STORE_OK || result != ACCEPT_NEW))
        rates_take_back(ingress->rates, g->who);
    if (status != STORE_OK) {
        bool is_certain = status == STORE_NOT_NOW;

        ingress->counts.unavailable++;
        log_warn(is_certain ? "ingress.refused" : "ingress.unknown", LOG_STR("request", g->request_id));
        return is_certain ? ARRIVAL_NO_STORE : ARRIVAL_IN_DOUBT;
    }
    if (result == ACCEPT_FULL) {
        ingress->counts.full++;
        log_warn("ingress.full", LOG_STR("request", g->request_id));
        return ARRIVAL_FULL;
    }
    if (result == ACCEPT_DUPLICATE) {
        ingress->counts.duplicates++;
        return ARRIVAL_DUPLICATE;
    }
    ingress->counts.accepted++;
    return ARRIVAL_NEW;
}

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t count)
{
    struct batch_call *call = arg;
    struct ingress *ingress = call->ingress;
    const struct ingress_options *options = &ingress->options;
    const char *trouble = options->store_state(options->ctx).why;
    AUTO_FREE char *why = xstrdup(trouble && trouble[0] ? trouble : "it was away");

    for (size_t i = 0; i < call->count; i++) {
        enum accept_result result = status == STORE_OK && i < count ? results[i] : ACCEPT_NEW;
        enum arrival_is is = count_told(ingress, &call->gathered[i], status, result);

        tell(&call->gathered[i], is, is == ARRIVAL_NO_STORE ? why : NULL);
    }
    free_batch(call);
    ingress_flush(ingress);
}

static void send_waiting(struct ingress *ingress)
{
    struct store_item items[BATCH_MAX];
    struct batch_call *call;
    size_t count = ingress->waiting_count;

    loop_timer_cancel(TAKE(ingress->held));
    call = xcalloc(1, sizeof(*call) + count * sizeof(call->gathered[0]));
    call->ingress = ingress;
    call->count = count;
    DL_APPEND(ingress->calls, call);
    ingress->calls_count++;
    for (size_t i = 0; i < count; i++) {
        call->gathered[i] = ingress->waiting[i];
        items[i] = ingress->waiting[i].item;
    }
    ingress->waiting_count = 0;
    ingress->options.store->accept(ingress->options.store->ctx, items, count, on_accepted, call);
}

static void on_held(void *arg)
{
    struct ingress *ingress = arg;

    ingress->held = NULL;
    send_waiting(ingress);
}

/* What comes while accepts are out goes with the next one: few large ones cost the store much less than many small
 * ones, and it answers them in turns anyway. */
void ingress_flush(void *arg)
{
    struct ingress *ingress = arg;

    if (ingress->waiting_count == 0)
        return;
    if (ingress->calls_count < ACCEPTS_AT_ONCE)
        send_waiting(ingress);
    else if (!ingress->held)
        ingress->held = loop_timer_start(ingress->options.loop, HELD_MAX_MS, on_held, ingress);
}

/* ---- rows ---- */

static const struct http_route rows[] = {
    { "POST", "/slack/commands", INBOX_BODY_MAX_BYTES, "application/x-www-form-urlencoded", door_slack_command, 0,
      NULL },
    { "POST", "/slack/interactions", SLACK_INTERACTION_BODY_MAX_BYTES, "application/x-www-form-urlencoded",
      door_slack_interaction, 0, &door_slack_gate },
    { "POST", "/slack/events", SLACK_EVENT_BODY_MAX_BYTES, "application/json", door_slack_event, HTTP_ROUTE_MACHINE,
      &door_slack_gate },
    { "POST", "/github/webhook", GITHUB_WEBHOOK_BODY_MAX_BYTES, NULL, door_github, HTTP_ROUTE_MACHINE,
      &door_github_gate },
    /* larger than their senders' own limits: what is genuine is rather a dead letter than a 413, which would drop it */
    { "POST", "/pagerduty/webhook", 4 * PAGERDUTY_BODY_MAX_BYTES, NULL, door_pagerduty, HTTP_ROUTE_MACHINE,
      &door_pagerduty_gate },
    { "POST", "/alertmanager/webhook", 2 * ALERTMANAGER_BODY_MAX_BYTES, NULL, door_alertmanager, HTTP_ROUTE_MACHINE,
      &door_alertmanager_gate },
    { "POST", API_CHANGE_PATH, API_CHANGE_BODY_MAX_BYTES, "application/json", door_api_change, HTTP_ROUTE_MACHINE,
      &door_api_gate },
    { "POST", LOCAL_RUN_PATH, INBOX_BODY_MAX_BYTES, "application/json", door_local_run, HTTP_ROUTE_LOCAL, NULL },
};

void ingress_name_user(struct ingress *ingress, struct http_request *request, user_named_fn on_named, void *arg)
{
    local_callers_ask(ingress->door.callers, request, on_named, arg);
}

struct door *ingress_door(struct ingress *ingress)
{
    return &ingress->door;
}

struct http_routes ingress_routes(struct ingress *ingress)
{
    return (struct http_routes){ rows, ARRAY_LEN(rows), &ingress->door };
}

struct ingress_counts ingress_counts(const struct ingress *ingress)
{
    return ingress->counts;
}

const char *ingress_refused(const struct ingress *ingress, size_t index, uint64_t *ret_count)
{
    static const char *const sources[WEBHOOKS] = { [WEBHOOK_GITHUB] = GITHUB_SOURCE,
                                                   [WEBHOOK_PAGERDUTY] = PAGERDUTY_SOURCE,
                                                   [WEBHOOK_ALERTMANAGER] = ALERTMANAGER_SOURCE };

    if (index >= WEBHOOKS)
        return NULL;
    *ret_count = webhooks_refused(ingress->door.webhooks, (enum webhook_id)index);
    return sources[index];
}

const char *ingress_passed(const struct ingress *ingress, size_t index, uint64_t *ret_count)
{
    return webhooks_passed(ingress->door.webhooks, index, ret_count);
}
