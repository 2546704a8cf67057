/* ledger_events.c - what the outside told: each delivery that was accepted is journalled once, and what it tells is
 * acted on at most once, and never when it is long past.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"
#include "integrations/alertmanager/group.h"
#include "integrations/github/webhook.h"
#include "integrations/pagerduty/webhook.h"
#include "tests/simulation/world.h"

#include <string.h>

#define LONG_PAST_MS (20 * HOUR_MS) /* whatever the store's clock has done: automation.max_event_age is an hour */

static void check_once(struct ledger *ledger, const struct input *input)
{
    for (size_t i = 0; !ledger->is_store_lost && i + 1 < ledger->inputs_count; i++)
        if (ledger_is_same(ledger->inputs[i].guid, input->guid))
            ledger_complain(ledger, "a delivery is accepted once", "%s is %s and %s", input->guid, ledger->inputs[i].id,
                            input->id);
}

/* However it came, and however often: by the hook, sent again, read from GitHub's log. */
static void take_guid(struct ledger *ledger, struct input *input, const cJSON *item)
{
    struct str key = str_of(cJSON_GetStringValue(cJSON_GetArrayItem(json_find(item, "keys"), 0)));
    AUTO_JSON cJSON *body = NULL;
    struct error ignored;

    if (json_parse(str_of(json_find_string(item, "body")), &body, &ignored))
        input->guid = arena_strdup(ledger->arena, json_find_string(body, "delivery"));
    if (!input->guid && str_take_prefix(&key, "github:"))
        input->guid = arena_copy(ledger->arena, key);
    check_once(ledger, input);
}

/* Of PagerDuty the event's own id: a delivery's is another one for each subscription. */
static void take_key(struct ledger *ledger, struct input *input, const cJSON *item)
{
    JSON_EACH(key, json_find(item, "keys"))
        if (!input->guid || str_starts_with(str_of(cJSON_GetStringValue(key)), "pagerduty-event:"))
            input->guid = arena_strdup(ledger->arena, cJSON_GetStringValue(key));
    check_once(ledger, input);
}

void ledger_acknowledged(struct ledger *ledger, const char *key)
{
    ledger_count(ledger, DEED_ACKNOWLEDGED);
    for (size_t i = 0; i < ledger->acknowledged_count; i++)
        if (strcmp(ledger->acknowledged[i], key) == 0)
            return;
    *ARENA_PUSH(ledger->arena, ledger->acknowledged, ledger->acknowledged_count) = arena_strdup(ledger->arena, key);
}

void events_check_end(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->acknowledged_count; i++) {
        const struct input *found = NULL;

        for (size_t k = 0; k < ledger->inputs_count && !found; k++)
            if (ledger_is_same(ledger->inputs[k].guid, ledger->acknowledged[i]))
                found = &ledger->inputs[k];
        if (!found || found->ends != 1)
            ledger_complain(ledger, "what was acknowledged is in the record, once", "%s was, and %s",
                            ledger->acknowledged[i], found ? "was not journalled" : "was never accepted");
    }
}

void events_accepted(struct ledger *ledger, struct input *input, const cJSON *item)
{
    AUTO_JSON cJSON *body = NULL;
    const char *at, *changed;
    int64_t at_ms;
    struct error ignored;

    if (ledger_is_same(json_find_string(item, "source"), PAGERDUTY_SOURCE) ||
        ledger_is_same(json_find_string(item, "source"), ALERTMANAGER_SOURCE)) {
        input->is_event = true;
        take_key(ledger, input, item);
        return;
    }
    if (!ledger_is_same(json_find_string(item, "source"), GITHUB_SOURCE) ||
        !json_parse(str_of(json_find_string(item, "body")), &body, &ignored))
        return;
    input->is_event = true;
    take_guid(ledger, input, item);
    releases_accepted(ledger, input, json_find(body, "payload"));
    at = json_find_string(body, "payload.release.published_at");
    if (!at || !time_parse(str_of(at), &at_ms, &ignored))
        return;
    input->fact = arena_printf(ledger->arena, "%s %lld at %s",
                               json_find_bool(body, "payload.release.prerelease", false) ? "pre-release" : "release",
                               (long long)json_find_int(body, "payload.release.id", 0), at);
    changed = ledger_is_same(json_find_string(body, "payload.action"), "released")
                  ? json_find_string(body, "payload.release.updated_at")
                  : NULL;
    if (changed && !time_parse(str_of(changed), &at_ms, &ignored)) /* a pre-release once: it is a full one since then */
        return;
    input->is_long_past = WORLD_EPOCH_MS + ledger_now_ms(ledger) - at_ms > LONG_PAST_MS;
}

static struct input *find_item(struct ledger *ledger, const char *item)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *id = arena_printf(arena, "inbox:%s", item ? item : "-");

    for (size_t i = ledger->inputs_count; i > 0; i--)
        if (ledger_is_same(ledger->inputs[i - 1].id, id))
            return &ledger->inputs[i - 1];
    return NULL;
}

void events_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    const char *item = json_find_string(core, "body.item");
    struct input *input;

    if (!str_starts_with(str_of(kind), "event."))
        return;
    input = find_item(ledger, item);
    if (!input || !input->is_event)
        ledger_complain(ledger, "what is journalled was told", "%s of %s, which nobody sent", kind, item ? item : "-");
    else if (++input->ends > 1)
        ledger_complain(ledger, "what was told is journalled once", "%s has a second entry, %s", input->id, kind);
    if (input && json_find(core, "body.operations"))
        ledger_count(ledger, DEED_HEARD);
    if (ledger_is_same(kind, "event.repeated"))
        ledger_count(ledger, DEED_REPEATED);
}

static const struct input *find_event(const struct ledger *ledger, const char *request_id)
{
    for (size_t i = ledger->inputs_count; i > 0; i--)
        if (ledger->inputs[i - 1].is_event && ledger_is_same(ledger->inputs[i - 1].request_id, request_id))
            return &ledger->inputs[i - 1];
    return NULL;
}

bool events_asked(const struct ledger *ledger, const char *request_id)
{
    return find_event(ledger, request_id) != NULL;
}

void events_begun(struct ledger *ledger, const struct known_operation *operation)
{
    const struct input *input = operation->parent ? NULL : find_event(ledger, operation->request_id);

    if (!input)
        return;
    ledger_count(ledger, DEED_BEGUN_BY_EVENT);
    if (input->is_long_past && !input->told) /* of what was told one looks, and says so */
        ledger_complain(ledger, "nobody acts on what is long past", "%s began %s, of %s", input->request_id,
                        operation->id, input->fact);
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *other = ledger->operations[i];
        const struct input *before = other == operation || other->parent ? NULL : find_event(ledger, other->request_id);

        if (before && ledger_is_same(before->fact, input->fact))
            ledger_complain(ledger, "what was told is acted on once", "%s began %s and %s", input->fact, other->id,
                            operation->id);
    }
}

/* Whatever GitHub could not deliver since its log was first looked at is there in the end. */
void ledger_check_deliveries(struct ledger *ledger, const struct world *world, int64_t since_ms)
{
    struct world_delivery *const *list;
    size_t count = world_deliveries(world, &list);

    for (size_t i = 0; !ledger->is_store_lost && i < count; i++) {
        bool is_there = list[i]->at_ms <= since_ms;

        for (size_t k = 0; k < ledger->inputs_count && !is_there; k++)
            is_there = ledger_is_same(ledger->inputs[k].guid, list[i]->guid);
        if (!is_there)
            ledger_complain(ledger, "what GitHub could not deliver is read from its log", "%s (%s.%s) is not there",
                            list[i]->guid, list[i]->event, list[i]->action);
    }
}
