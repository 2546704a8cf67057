/* door.c - Slack's deliveries: bodies as Slack sends them, on their way through a door of some instance into its store.
 * From https://docs.slack.dev/interactivity/implementing-slash-commands and
 * https://docs.slack.dev/reference/interaction-payloads/block_actions-payload; the doors decode them as in production.
 */
#include "tests/simulation/scenario_internal.h"

#include "bot/model/inbox.h"
#include "integrations/alertmanager/group.h"
#include "integrations/github/webhook.h"
#include "integrations/pagerduty/webhook.h"
#include "integrations/slack/command.h"
#include "integrations/slack/interaction.h"

#include <inttypes.h>
#include <string.h>

#define LATER_MAX_MS 5000 /* the same once more */

struct delivery { /* maybe more than once on its way */
    struct scenario *scenario;
    char *body;
    bool is_press, is_forged;
    int users;
};

struct arrival { /* what a door makes of it */
    const char *kind, *body, *url;
    const char *const *keys;
    size_t keys_count;
};

/* ---- bodies ---- */

static void add_form(struct buf *form, const char *name, const char *value)
{
    if (form->len > 0)
        buf_putc(form, '&');
    buf_addf(form, "%s=", name);
    for (; *value; value++) {
        bool is_plain = (*value >= 'a' && *value <= 'z') || (*value >= 'A' && *value <= 'Z') ||
                        (*value >= '0' && *value <= '9') || *value == '-' || *value == '.' || *value == '_';

        if (is_plain)
            buf_putc(form, *value);
        else
            buf_addf(form, "%%%02X", (unsigned char)*value);
    }
}

/* Of the one delivery that it names: Slack gives no two the same. */
static const char *trigger_of(int64_t number, struct arena *arena)
{
    return arena_printf(arena, "%" PRId64 ".77.abcdef%" PRId64, 1000 + number, number);
}

static char *command_body(const struct line *line, int64_t number, struct arena *arena)
{
    AUTO_BUF struct buf form = BUF(4096);

    add_form(&form, "team_id", "T0SIM");
    add_form(&form, "channel_id", "C0GENERAL");
    add_form(&form, "user_id", line->user);
    add_form(&form, "command", line->command);
    add_form(&form, "text", line->text);
    add_form(&form, "trigger_id", trigger_of(number, arena));
    add_form(&form, "response_url", arena_printf(arena, WORLD_RESPONSE_URL "T0SIM/%" PRId64 "/x", number));
    return buf_take(&form);
}

static cJSON *set_object(cJSON *json, const char *name, const char *key, const char *value)
{
    cJSON *object = json_set(json, name, json_object());

    json_set_string(object, key, value);
    return object;
}

static void add_action(cJSON *actions, const struct world_button *button)
{
    cJSON *action = json_add(actions, json_object()), *text;

    json_set_string(action, "type", "button");
    json_set_string(action, "action_id", button->action_id);
    json_set_string(action, "block_id", button->block_id);
    json_set_string(action, "value", button->value);
    text = set_object(action, "text", "type", "plain_text");
    json_set_string(text, "text", button->label);
    json_set_string(action, "action_ts", "1700000009.500000");
}

static cJSON *press_payload(const struct world_button *button, const char *user, int64_t number, struct arena *arena)
{
    cJSON *json = json_object(), *object;

    json_set_string(json, "type", "block_actions");
    json_set_string(json, "api_app_id", "A0SIM");
    json_set_string(json, "token", "x");
    set_object(json, "team", "id", "T0SIM");
    object = set_object(json, "user", "id", user);
    json_set_string(object, "username", user);
    json_set_string(object, "team_id", "T0SIM");
    object = set_object(json, "container", "type", "message");
    json_set_string(object, "message_ts", button->ts);
    json_set_string(object, "channel_id", button->channel);
    json_set_bool(object, "is_ephemeral", button->is_ephemeral);
    set_object(json, "channel", "id", button->channel);
    json_set_string(json, "trigger_id", trigger_of(number, arena));
    json_set_string(json, "response_url", arena_printf(arena, WORLD_ACTION_URL "T0SIM/%" PRId64 "/x", number));
    if (!button->is_ephemeral) { /* of what one person saw, Slack keeps nothing */
        object = set_object(json, "message", "type", "message");
        json_set_string(object, "ts", button->ts);
        json_set_string(object, "text", button->text);
    }
    set_object(json, "state", "values", NULL);
    add_action(json_set(json, "actions", json_array()), button);
    return json;
}

/* ---- what is no click of ours ---- */

static void forge_two(cJSON *payload)
{
    cJSON *actions = cJSON_GetObjectItemCaseSensitive(payload, "actions");

    json_add(actions, json_copy(cJSON_GetArrayItem(actions, 0)));
}

static void forge_url(cJSON *payload)
{
    json_set_string(payload, "response_url", "https://hooks.example.com/actions/T0SIM/1/x");
}

static void forge_type(cJSON *payload)
{
    json_set_string(payload, "type", "view_submission");
}

static void forge_action(cJSON *payload)
{
    json_set_string(cJSON_GetArrayItem(json_find(payload, "actions"), 0), "action_id", "another-app.1");
}

static void forge_user(cJSON *payload)
{
    json_set_string(cJSON_GetObjectItemCaseSensitive(payload, "user"), "id", "U0ALICE; deploy");
}

static void (*const forgeries[])(cJSON *payload) = { forge_two, forge_url, forge_type, forge_action, forge_user };

/* ---- at a door ---- */

static bool take_command(const struct delivery *delivery, const char *timestamp, struct arena *arena,
                         struct arrival *ret_arrival)
{
    const char *api_url = delivery->scenario->house->settings->slack.api_url;
    struct slack_command_door *door = ARENA_NEW(arena, struct slack_command_door);
    struct error ignored;

    if (!slack_command_accept(str_of(delivery->body), timestamp, api_url, arena, door, &ignored))
        return false;
    *ret_arrival =
        (struct arrival){ SLACK_COMMAND_KIND, delivery->body, door->response_url, door->keys, door->keys_count };
    return true;
}

static bool take_press(const struct delivery *delivery, const char *timestamp, struct arena *arena,
                       struct arrival *ret_arrival)
{
    const char *api_url = delivery->scenario->house->settings->slack.api_url;
    struct slack_interaction_door *door = ARENA_NEW(arena, struct slack_interaction_door);
    struct error ignored;

    if (!slack_interaction_accept(str_of(delivery->body), timestamp, api_url, arena, door, &ignored) ||
        door->is != SLACK_PRESSED)
        return false;
    *ret_arrival = (struct arrival){ SLACK_ACTION_KIND, door->body, door->response_url, door->keys, door->keys_count };
    return true;
}

static bool is_in_safe_direction(const struct scenario *s, const struct inbox_item *item, struct arena *arena)
{
    struct decoded decoded;
    const struct verb *verb;
    struct error ignored;

    verb = door_decode(item, arena, &decoded, &ignored) ? verb_find(s->house->verbs, decoded.request.verb) : NULL;
    return verb_goes_first(verb, &decoded.request);
}

bool door_decode(const struct inbox_item *item, struct arena *arena, struct decoded *ret_decoded, struct error *err)
{
    if (strcmp(item->source, GITHUB_SOURCE) == 0) {
        ret_decoded->kind = DECODED_EVENT;
        return github_webhook_decode(item, arena, &ret_decoded->event, err);
    }
    if (strcmp(item->source, PAGERDUTY_SOURCE) == 0 || strcmp(item->source, ALERTMANAGER_SOURCE) == 0) {
        ret_decoded->kind = DECODED_EVENT;
        return strcmp(item->source, PAGERDUTY_SOURCE) == 0
                   ? pagerduty_webhook_decode(item, arena, &ret_decoded->event, err)
                   : alertmanager_group_decode(item, arena, &ret_decoded->event, err);
    }
    ret_decoded->kind = DECODED_REQUEST;
    if (strcmp(item->source, WITHOUT_STORE_SOURCE) == 0)
        return without_store_request(item, arena, &ret_decoded->request, err);
    return strcmp(item->kind, SLACK_ACTION_KIND) == 0
               ? slack_interaction_decode(item, arena, &ret_decoded->request, err)
               : slack_command_decode(item, arena, &ret_decoded->request, err);
}

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t results_count)
{
    static const char *const words[] = { "accepted", "a duplicate", "refused: full" };
    struct scenario *s = arg;

    story_tell(s->story, "door", "a request is %s",
               status == STORE_OK && results_count == 1 ? words[results[0]] : "not known to be accepted");
}

const struct instance *door_find(struct scenario *s)
{
    size_t first = (size_t)scenario_draw(s, 0, (int64_t)s->instance_count - 1);

    for (size_t i = 0; i < s->instance_count; i++) {
        const struct instance *instance = &s->instances[(first + i) % s->instance_count];

        if (instance->engine && !scheduler_is_paused(s->scheduler, instance->actor))
            return instance;
    }
    return NULL;
}

static const char *add_connection(struct scenario *s, const struct instance *instance, struct arena *arena)
{
    struct connection *c;

    if (s->connection_count == s->connection_room) {
        s->connection_room = s->connection_room ? s->connection_room * 2 : 64;
        s->connections = xrealloc(s->connections, s->connection_room * sizeof(*s->connections));
    }
    c = &s->connections[s->connection_count];
    *c = (struct connection){ .id = xstrdup(arena_printf(arena, "c%zu", s->connection_count)),
                              .actor = instance->actor,
                              .until_ms = scenario_now_ms(s) + INLINE_REPLY_MS };
    s->connection_count++;
    return c->id;
}

/* A press is answered by its response_url alone. */
static void store_arrival(struct scenario *s, const struct instance *instance, const struct arrival *arrival,
                          bool is_silent, struct arena *arena)
{
    int64_t store_ms = engine_status(instance->engine).store_unix_ms;
    struct inbox_item item = {
        .v = INBOX_VERSION,
        .source = SLACK_SOURCE,
        .kind = arrival->kind,
        .keys = (const char **)(uintptr_t)arrival->keys,
        .keys_count = arrival->keys_count,
        .received_at = store_ms,
        .not_after = store_ms + PERSON_REQUEST_VOID_MS,
        .reply_to = { .door = "slack",
                      .instance = instance->name,
                      .connection = add_connection(s, instance, arena),
                      .url = arrival->url,
                      .inline_until_ms = is_silent ? 0 : store_ms + INLINE_REPLY_MS },
        .body = arrival->body,
    };
    struct store *store = sim_link_store(instance->link);
    struct store_item stored = { .keys = arrival->keys, .key_count = arrival->keys_count };
    AUTO_JSON cJSON *json = NULL;
    AUTO_FREE char *text = NULL;

    item.request_id = arena_printf(arena, "r-%s", item.reply_to.connection);
    json = shape_to_json(&inbox_item_shape, &item, SHAPE_WHOLE);
    text = json_print(json);
    stored.bytes = str_of(text);
    stored.is_safe = is_in_safe_direction(s, &item, arena);
    story_tell(s->story, "door", "%s is at %s: %s", item.request_id, instance->name, arrival->body);
    store->accept(store->ctx, &stored, 1, on_accepted, s);
}

static void drop_delivery(void *arg)
{
    struct delivery *delivery = arg;

    if (--delivery->users > 0)
        return;
    free(delivery->body);
    free(delivery);
}

static void on_delivered(void *arg)
{
    struct delivery *delivery = arg;
    struct scenario *s = delivery->scenario;
    const struct instance *instance = door_find(s);
    AUTO(arena) struct arena *arena = arena_create();
    struct arrival arrival;
    const char *timestamp;
    bool was_taken;

    if (instance && engine_status(instance->engine).store_unix_ms) { /* else the sender is told "not now" */
        timestamp = arena_printf(arena, "%" PRId64, (WORLD_EPOCH_MS + scenario_now_ms(s)) / 1000);
        was_taken = delivery->is_press ? take_press(delivery, timestamp, arena, &arrival)
                                       : take_command(delivery, timestamp, arena, &arrival);
        ledger_saw_delivery(s->ledger, !delivery->is_forged, was_taken, delivery->body);
        if (was_taken)
            store_arrival(s, instance, &arrival, delivery->is_press, arena);
    }
    drop_delivery(delivery);
}

static void send_body(struct scenario *s, const struct delivery *model)
{
    struct delivery *delivery = xcalloc(1, sizeof(*delivery));

    *delivery = *model;
    delivery->scenario = s;
    delivery->users = 1;
    if (scenario_draw(s, 0, 9) == 0) {
        scenario_count(s, FAULT_DUPLICATE_DELIVERY);
        delivery->users = 2;
        scheduler_after(s->scheduler, scenario_draw(s, 0, LATER_MAX_MS), 0, on_delivered, delivery, drop_delivery);
    }
    scheduler_after(s->scheduler, scenario_draw(s, 0, 50), 0, on_delivered, delivery, drop_delivery);
}

void door_type(struct scenario *s, const struct line *line)
{
    AUTO(arena) struct arena *arena = arena_create();

    send_body(s, &(struct delivery){ .body = command_body(line, ++s->typed, arena) });
}

static void press(struct scenario *s, const struct world_button *button, const char *user,
                  void (*forge)(cJSON *payload))
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_JSON cJSON *payload = press_payload(button, user, ++s->typed, arena);
    AUTO_BUF struct buf form = BUF(SLACK_INTERACTION_BODY_MAX_BYTES);
    AUTO_FREE char *text = NULL;

    if (forge)
        forge(payload);
    text = json_print(payload);
    add_form(&form, "payload", text);
    send_body(s, &(struct delivery){ .body = buf_take(&form), .is_press = true, .is_forged = forge != NULL });
}

void door_press(struct scenario *s, const struct world_button *button, const char *user)
{
    press(s, button, user, NULL);
    if (scenario_draw(s, 0, 7) == 0) {
        scenario_count(s, FAULT_FORGED_PRESS);
        press(s, button, user, forgeries[scenario_draw(s, 0, (int64_t)ARRAY_LEN(forgeries) - 1)]);
    }
}
