/* senders.c - PagerDuty and Alertmanager tell, each with its own patience, and tell again whatever nobody has taken.
 * From https://developer.pagerduty.com/docs/webhooks-overview and
 * https://prometheus.io/docs/alerting/latest/configuration/
 *
 * A delivery may get lost on its way, come to a door whose store is away, or be taken and its answer be lost: it is
 * sent again, later and later. The same event may come under another delivery's id as well, of a second subscription.
 * Whatever was acknowledged once has to be in the record once.
 */
#include "tests/simulation/scenario_internal.h"

#include "bot/base/time.h"
#include "bot/model/inbox.h"
#include "integrations/alertmanager/group.h"
#include "integrations/pagerduty/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AGAIN_MAX_MS (20 * SECOND_MS)
#define BEHIND_MS 300
#define PAGE_LATE_MAX_MS (40 * SECOND_MS)
#define LOST_PER_MILLE 80 /* on the way there; as often the answer is */

struct delivery { /* in the world's arena, as each try: an answer may come long after its patience */
    struct scenario *scenario;
    bool is_pagerduty;
    const char *body, *webhook_id;
    const char *key; /* by which it is known in the record */
    int64_t patience_ms, again_ms;
    int tries, answered; /* the last try that has an answer */
    bool is_taken;
    const struct delivery *after; /* not before that is taken; NULL: whenever */
};

struct
try { /* at the end of its patience it is answered, or it is not */
    struct delivery *delivery;
    int number;
};

static void on_sent(void *arg);

static void send_again(struct delivery *delivery)
{
    struct scenario *s = delivery->scenario;

    scenario_count(s, FAULT_SENT_AGAIN);
    delivery->again_ms = delivery->again_ms * 2 < AGAIN_MAX_MS ? delivery->again_ms * 2 : AGAIN_MAX_MS;
    scheduler_after(s->scheduler, scenario_draw(s, delivery->again_ms / 2, delivery->again_ms), 0, on_sent, delivery,
                    NULL);
}

/* What it is told: 202, 200 or 503. Nothing that is genuine is ever answered otherwise. */
static void answer(struct delivery *delivery, int number, int status)
{
    struct scenario *s = delivery->scenario;

    if (delivery->answered >= number)
        return;
    delivery->answered = number;
    story_tell(s->story, "sender", "%s: try %d is answered %d", delivery->key, number, status);
    if (status / 100 != 2) {
        send_again(delivery);
        return;
    }
    delivery->is_taken = true;
    ledger_acknowledged(s->ledger, delivery->key);
    s->telling--;
}

static void on_patience_over(void *arg)
{
    struct try *try = arg;

    if (!try->delivery->scenario->is_store_lost)
        answer(try->delivery, try->number, 0);
}

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t results_count)
{
    struct try *try = arg;
    struct delivery *delivery = try->delivery;
    struct scenario *s = delivery->scenario;
    bool is_taken = status == STORE_OK && results_count == 1 && results[0] != ACCEPT_FULL;

    if (is_taken && !s->is_calm && dice_hit(&s->dice, LOST_PER_MILLE))
        return; /* its patience ends without an answer */
    answer(delivery, try->number, !is_taken ? 503 : results[0] == ACCEPT_NEW ? 202 : 200);
}

static void store_it(struct delivery *delivery, const struct instance *instance, const struct inbox_item *item)
{
    struct scenario *s = delivery->scenario;
    struct store *store = sim_link_store(instance->link);
    struct store_item stored = { .keys = (const char *const *)item->keys, .key_count = item->keys_count };
    struct try *try = world_keep(s->world, sizeof(*try));
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_JSON cJSON *json = shape_to_json(&inbox_item_shape, item, SHAPE_WHOLE);

    stored.bytes = str_of(json_print_in(arena, json));
    *try = (struct try){ delivery, ++delivery->tries };
    scheduler_after(s->scheduler, delivery->patience_ms, 0, on_patience_over, try, NULL);
    store->accept(store->ctx, &stored, 1, on_accepted, try);
}

/* False: it is not understood. */
static bool read_it(const struct delivery *delivery, struct arena *arena, struct inbox_item *item)
{
    struct pagerduty_headers headers = { .webhook_id = delivery->webhook_id, .subscription = "PSUB001" };
    struct pagerduty_door *pagerduty = ARENA_NEW(arena, struct pagerduty_door);
    struct alertmanager_door *alertmanager = ARENA_NEW(arena, struct alertmanager_door);
    struct error ignored;

    if (delivery->is_pagerduty) {
        if (!pagerduty_webhook_accept(str_of(delivery->body), &headers, arena, pagerduty, &ignored) ||
            !pagerduty->is_wanted)
            return false;
        item->source = PAGERDUTY_SOURCE;
        item->kind = pagerduty->kind, item->body = pagerduty->body;
        item->keys = pagerduty->keys, item->keys_count = pagerduty->keys_count;
    } else {
        if (!alertmanager_group_accept(str_of(delivery->body), arena, alertmanager, &ignored))
            return false;
        item->source = ALERTMANAGER_SOURCE;
        item->kind = alertmanager->kind, item->body = alertmanager->body;
        item->keys = alertmanager->keys, item->keys_count = alertmanager->keys_count;
    }
    return true;
}

static void on_sent(void *arg)
{
    struct delivery *delivery = arg;
    struct scenario *s = delivery->scenario;
    const struct instance *instance = door_find(s);
    AUTO(arena) struct arena *arena = arena_create();
    struct inbox_item item = { .v = INBOX_VERSION };

    if (delivery->after && !delivery->after->is_taken && !s->is_store_lost) {
        scheduler_after(s->scheduler, BEHIND_MS, 0, on_sent, delivery, NULL);
    } else if (s->is_store_lost) {
        /* what becomes of it then is not this store's record */
    } else if (!instance || !engine_status(instance->engine).store_unix_ms ||
               (!s->is_calm && dice_hit(&s->dice, LOST_PER_MILLE))) {
        answer(delivery, ++delivery->tries, 503);
    } else if (!read_it(delivery, arena, &item)) {
        ledger_saw_delivery(s->ledger, true, false, delivery->body);
    } else {
        item.received_at = engine_status(instance->engine).store_unix_ms;
        item.request_id = arena_printf(arena, "p%" PRId64, ++s->paged);
        store_it(delivery, instance, &item);
    }
}

/* ---- what is told ---- */

static cJSON *page_data(const struct world_page_event *told)
{
    const struct world_page *page = told->page;
    cJSON *data = json_object();

    if (told->note) {
        json_set_string(data, "id", page->id);
        json_set_string(data, "type", "incident_note");
        json_set_string(data, "content", told->note);
        json_set(data, "incident", world_page_reference(page->id, "incident_reference"));
        return data;
    }
    json_set_string(data, "id", page->id);
    json_set_string(data, "type", "incident");
    json_set_int(data, "number", page->number);
    json_set_string(data, "status", page->status);
    json_set_string(data, "created_at", time_format(WORLD_EPOCH_MS + page->created_at_ms).text);
    json_set_string(data, "title", page->title);
    json_set_string(data, "urgency", "high");
    json_set(data, "service", world_page_reference(page->service, "service_reference"));
    return data;
}

static cJSON *page_event(struct scenario *s, const struct world_page_event *told, const char *id)
{
    cJSON *json = json_object(), *event = json_set(json, "event", json_object());

    json_set_string(event, "id", id);
    json_set_string(event, "event_type", told->event);
    json_set_string(event, "resource_type", "incident");
    json_set_string(event, "occurred_at", time_format(WORLD_EPOCH_MS + scenario_now_ms(s)).text);
    if (told->user)
        json_set(event, "agent", world_page_reference(told->user, "user_reference"));
    json_set(event, "data", page_data(told));
    return json;
}

static cJSON *incident_event(struct scenario *s, const char *id)
{
    static const char *const types[] = { "incident.triggered", "incident.acknowledged", "incident.resolved" };
    static const char *const states[] = { "triggered", "acknowledged", "resolved" };
    size_t i = (size_t)scenario_draw(s, 0, 2);
    cJSON *json = json_object(), *event = json_set(json, "event", json_object());
    cJSON *data = json_set(event, "data", json_object()), *service = json_set(data, "service", json_object());
    const char *now = time_format(WORLD_EPOCH_MS + scenario_now_ms(s)).text;

    json_set_string(event, "id", id);
    json_set_string(event, "event_type", types[i]);
    json_set_string(event, "resource_type", "incident");
    json_set_string(event, "occurred_at", now);
    json_set_string(data, "id", "Q2INCIDENT01");
    json_set_string(data, "type", "incident");
    json_set_int(data, "number", 4711);
    json_set_string(data, "status", states[i]);
    json_set_string(data, "created_at", now);
    json_set_string(data, "title", "5xx above 5 %");
    json_set_string(data, "urgency", "high");
    json_set_string(service, "id", "PSVC001");
    json_set_string(service, "type", "service_reference");
    json_set_string(service, "summary", "api");
    return json;
}

static cJSON *alert_group(struct scenario *s, int64_t number)
{
    cJSON *json = json_object(), *alert = json_object(), *labels = json_set(alert, "labels", json_object());
    char fingerprint[24];

    snprintf(fingerprint, sizeof(fingerprint), "%016" PRIx64, (uint64_t)number);
    json_set_string(json, "version", "4");
    json_set_string(json, "groupKey", "{}:{alertname=\"HighErrors\"}");
    json_set_string(json, "receiver", "opsgate");
    json_set_string(json, "status", "firing");
    json_set_string(json, "externalURL", "http://alertmanager.sim");
    json_set_int(json, "truncatedAlerts", 0);
    json_set(json, "groupLabels", json_object());
    json_set(json, "commonLabels", json_object());
    json_set(json, "commonAnnotations", json_object());
    json_set_string(labels, "alertname", "HighErrors");
    json_set(alert, "annotations", json_object());
    json_set_string(alert, "status", "firing");
    json_set_string(alert, "startsAt", time_format(WORLD_EPOCH_MS + scenario_now_ms(s)).text);
    json_set_string(alert, "endsAt", "0001-01-01T00:00:00Z");
    json_set_string(alert, "generatorURL", "http://prometheus.sim");
    json_set_string(alert, "fingerprint", fingerprint);
    json_add(json_set(json, "alerts", json_array()), alert);
    return json;
}

static const char *keep(struct scenario *s, const char *text)
{
    char *kept = world_keep(s->world, strlen(text) + 1);

    memcpy(kept, text, strlen(text) + 1);
    return kept;
}

static struct delivery *send(struct scenario *s, bool is_pagerduty, const cJSON *json, const char *event, int copy,
                             int64_t late_ms)
{
    struct delivery *delivery = world_keep(s->world, sizeof(*delivery));
    AUTO(arena) struct arena *arena = arena_create();
    struct inbox_item item = { .v = INBOX_VERSION };

    s->telling++;
    *delivery = (struct delivery){ .scenario = s,
                                   .is_pagerduty = is_pagerduty,
                                   .body = keep(s, json_print_in(arena, json)),
                                   .webhook_id = keep(s, arena_printf(arena, "webhook-%s-%d", event, copy)),
                                   .patience_ms = is_pagerduty ? 5 * SECOND_MS : 10 * SECOND_MS,
                                   .again_ms = SECOND_MS };
    delivery->key = keep(s, is_pagerduty                      ? arena_printf(arena, "pagerduty-event:%s", event)
                            : read_it(delivery, arena, &item) ? item.keys[0]
                                                              : "-");
    scheduler_after(s->scheduler, late_ms + scenario_draw(s, 0, copy ? 20000 : 50), 0, on_sent, delivery, NULL);
    return delivery;
}

void senders_tell(struct scenario *s)
{
    bool is_pagerduty = scenario_draw(s, 0, 1);
    int64_t number = ++s->told;
    AUTO(arena) struct arena *arena = arena_create();
    const char *event = arena_printf(arena, "01SIM%010" PRId64, number);
    AUTO_JSON cJSON *json = is_pagerduty ? incident_event(s, event) : alert_group(s, number);

    send(s, is_pagerduty, json, event, 0, 0);
    if (scenario_draw(s, 0, 3) > 0)
        return;
    scenario_count(s, FAULT_TOLD_TWICE);
    send(s, is_pagerduty, json, event, 1, 0); /* a second subscription's; or Alertmanager's twin */
}

/* Each in its time; some much later, behind whatever came since, and some by a second subscription as well. PagerDuty
 * itself keeps the order for one incident: here only what opens it comes before all that came later. */
void senders_tell_page(void *ctx, const struct world_page_event *told)
{
    struct scenario *s = ctx;
    AUTO(arena) struct arena *arena = arena_create();
    const char *id = arena_printf(arena, "01PAGE%010" PRId64, ++s->page_events);
    AUTO_JSON cJSON *json = page_event(s, told, id);
    const struct delivery **opened = &s->opened[told->page->number % PAGES_MAX];
    bool opens = strcmp(told->event, "incident.triggered") == 0 || strcmp(told->event, "incident.reopened") == 0;
    int64_t late_ms = !s->is_calm && dice_between(&s->responders, 0, 5) == 0
                          ? dice_between(&s->responders, 1000, PAGE_LATE_MAX_MS)
                          : 0;
    struct delivery *first;

    if (late_ms)
        scenario_count(s, FAULT_PAGE_TOLD_LATE);
    first = send(s, true, json, id, 0, late_ms);
    first->after = *opened;
    if (dice_between(&s->responders, 0, 4) == 0) {
        scenario_count(s, FAULT_TOLD_TWICE);
        send(s, true, json, id, 1, late_ms)->after = *opened;
    }
    if (opens)
        *opened = first;
}
