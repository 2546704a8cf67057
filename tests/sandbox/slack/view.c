#include "slack/view.h"

#include "form.h"
#include "random.h"
#include "slack/blocks.h"
#include "slack/call.h"
#include "slack/interaction.h"

#include <stdio.h>
#include <string.h>

/* ---- would Slack take it ---- */

static const struct {
    const char *field;
    size_t max_chars;
} limits[] = { { "private_metadata", 3000 }, { "callback_id", 255 }, { "external_id", 255 } };

static bool check_plain(const cJSON *view, const char *field, bool is_needed, struct error *err)
{
    const cJSON *object = tree_get(view, field);
    const char *text = tree_text_or(object, "text", "");

    if (!object)
        return !is_needed || error_set(err, ERR_INVALID, "missing required field: %s [json-pointer:/view]", field);
    return (tree_has_text(object, "type", "plain_text") && *text && text_chars(text) <= 24) ||
           error_set(err, ERR_INVALID, "must be plain_text of 1 to 24 characters [json-pointer:/view/%s]", field);
}

static bool check_size(const cJSON *view, struct error *err)
{
    AUTO_FREE char *text = json_print(view);

    return strlen(text) <= SLACK_VIEW_MAX_BYTES || error_set(err, ERR_TOO_LARGE, "the view is too large");
}

/* Both types: its lengths, its size, its blocks. */
static bool check_view(const cJSON *view, const char *type, struct error *err)
{
    if (!tree_has_text(view, "type", type))
        return error_set(err, ERR_INVALID, "unsupported type [json-pointer:/view/type]");
    for (size_t i = 0; i < ARRAY_LEN(limits); i++)
        if (text_chars(tree_text_or(view, limits[i].field, "")) > limits[i].max_chars)
            return error_set(err, ERR_INVALID, "no more than %zu characters allowed [json-pointer:/view/%s]",
                             limits[i].max_chars, limits[i].field);
    return check_size(view, err) && slack_view_blocks_check(tree_get(view, "blocks"), err);
}

bool slack_view_check(const cJSON *view, struct error *err)
{
    bool has_input = tree_find(tree_get(view, "blocks"), "type", "input") != NULL;

    return check_view(view, "modal", err) && check_plain(view, "title", true, err) &&
           check_plain(view, "submit", has_input, err) && check_plain(view, "close", false, err);
}

bool slack_home_check(const cJSON *view, struct error *err)
{
    static const char *const of_modals[] = { "title", "submit", "close", "clear_on_close", "notify_on_close" };

    for (size_t i = 0; i < ARRAY_LEN(of_modals); i++)
        if (tree_get(view, of_modals[i]))
            return error_set(err, ERR_INVALID, "invalid additional property: %s [json-pointer:/view]", of_modals[i]);
    return check_view(view, "home", err);
}

/* ---- views.open ---- */

static const char *check_trigger(const struct call *call, cJSON **ret_trigger)
{
    cJSON *trigger = tree_find(call->slack->triggers, "id", call_text(call, "trigger_id"));
    int64_t life_ms = call->slack->patience_ms > 0 ? call->slack->patience_ms : SLACK_TRIGGER_LIFE_MS;

    *ret_trigger = trigger;
    if (!trigger)
        return "invalid_trigger_id";
    if (tree_true(trigger, "used"))
        return "exchanged_trigger_id";
    return call->request->now_ms - tree_int(trigger, "at_ms", 0) > life_ms ? "expired_trigger_id" : NULL;
}

static cJSON *keep_view(struct slack *slack, const char *user, const cJSON *view)
{
    cJSON *entry = json_add(slack->views, json_object());

    tree_set_textf(entry, "id", "V0%.10s", random_hex().text);
    tree_set_textf(entry, "hash", "1.%.8s", random_hex().text);
    json_set_string(entry, "user", user);
    json_set_bool(entry, "is_open", true);
    json_set(entry, "view", json_copy(view));
    return entry;
}

cJSON *slack_view_shown(const cJSON *entry)
{
    cJSON *view = json_copy(tree_get(entry, "view"));

    json_set_string(view, "id", tree_text(entry, "id"));
    json_set_string(view, "hash", tree_text(entry, "hash"));
    json_set_string(view, "team_id", SLACK_TEAM);
    json_set_string(view, "app_id", SLACK_APP);
    json_set_string(view, "bot_id", SLACK_BOT);
    return view;
}

/* In a query it comes as text. Slack's error code; NULL: it is good. */
static const char *take_view(struct call *call, bool (*check)(const cJSON *view, struct error *err),
                             const cJSON **ret_view)
{
    const char *text = call_text(call, "view");
    cJSON *parsed = NULL;
    struct error err;

    if (text && json_parse(str_of(text), &parsed, &err))
        json_set(call->args, "view", parsed);
    *ret_view = tree_get(call->args, "view");
    if (check(*ret_view, &err))
        return NULL;
    (void)snprintf(call->detail, sizeof call->detail, "[ERROR] %s", err.message);
    return err.code == ERR_TOO_LARGE ? "view_too_large" : "invalid_arguments";
}

const char *views_open(struct call *call)
{
    const cJSON *view = NULL;
    cJSON *trigger = NULL;
    const char *error = check_trigger(call, &trigger);

    error = error ? error : take_view(call, slack_view_check, &view);
    if (error || call->request->pretend)
        return error;
    json_set_bool(trigger, "used", true);
    json_set(call->out, "view", slack_view_shown(keep_view(call->slack, tree_text(trigger, "user"), view)));
    call->applied = true;
    return NULL;
}

/* ---- views.update, views.publish ---- */

/* It stands in the place of what stood there; `hash`, where it is given, is of that. */
static const char *write_over(struct call *call, cJSON *entry, const cJSON *view)
{
    const char *hash = call_text(call, "hash");

    if (hash && !tree_has_text(entry, "hash", hash))
        return "hash_conflict";
    if (call->request->pretend)
        return NULL;
    json_set(entry, "view", json_copy(view));
    json_set(tree_get(entry, "view"), "blocks", slack_blocks_kept(tree_get(view, "blocks")));
    tree_set_textf(entry, "hash", "1.%.8s", random_hex().text);
    json_set_int(entry, "times", tree_int(entry, "times", 0) + 1);
    json_set(call->out, "view", slack_view_shown(entry));
    call->applied = true;
    return NULL;
}

const char *views_update(struct call *call)
{
    cJSON *entry = tree_find(call->slack->views, "id", call_text(call, "view_id"));
    const cJSON *view = NULL;
    const char *error = entry && tree_true(entry, "is_open") ? NULL : "not_found";

    error = error ? error : take_view(call, slack_view_check, &view);
    return error ? error : write_over(call, entry, view);
}

const char *views_publish(struct call *call)
{
    const char *user = call_text(call, "user_id"), *error = NULL;
    cJSON *entry = tree_find(call->slack->homes, "user", user);
    const cJSON *view = NULL;

    if (!slack_find_user(call->slack, user))
        return "user_not_found";
    if (call->slack->home_is_off)
        return "not_enabled";
    error = take_view(call, slack_home_check, &view);
    if (error || (call->request->pretend && !entry))
        return error;
    if (!entry) {
        entry = json_add(call->slack->homes, json_object());
        json_set_string(entry, "user", user);
        tree_set_textf(entry, "id", "V0%.10s", random_hex().text);
    }
    return write_over(call, entry, view);
}

/* ---- sent by a person ---- */

cJSON *slack_view_find_open(const struct slack *slack, const char *id, const char *user)
{
    cJSON *entry = tree_find(slack->views, "id", id);

    return entry && tree_true(entry, "is_open") && tree_has_text(entry, "user", user) ? entry : NULL;
}

/* Those that are checked: of the boxes the one that was named, or those that were checked at first. */
static cJSON *boxes(const cJSON *element, const cJSON *filled)
{
    const cJSON *initial = tree_get(element, "initial_options");
    const cJSON *named = tree_find(tree_get(element, "options"), "value", cJSON_GetStringValue(filled));
    cJSON *list = filled || !initial ? json_array() : json_copy(initial);

    if (named)
        json_add(list, json_copy(named));
    return list;
}

/* The state of one input: what was filled in, else what stood there at first. */
static cJSON *state_of(const cJSON *element, const cJSON *filled)
{
    static const struct {
        const char *type, *initial, *value;
    } kinds[] = { { "plain_text_input", "initial_value", "value" },
                  { "users_select", "initial_user", "selected_user" },
                  { "channels_select", "initial_channel", "selected_channel" },
                  { "static_select", "initial_option", "selected_option" } };
    const char *type = tree_text_or(element, "type", ""), *text = cJSON_GetStringValue(filled);
    cJSON *state = json_object();

    json_set_string(state, "type", type);
    if (text_is(type, "checkboxes"))
        json_set(state, "selected_options", boxes(element, filled));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const cJSON *value = tree_get(element, kinds[i].initial);

        if (!text_is(type, kinds[i].type))
            continue;
        if (filled)
            value = text_is(type, "static_select") ? tree_find(tree_get(element, "options"), "value", text) : filled;
        json_set(state, kinds[i].value, value ? json_copy(value) : cJSON_CreateNull());
    }
    return state;
}

static bool is_filled(const cJSON *state)
{
    JSON_EACH(field, state) {
        const char *text = cJSON_GetStringValue(field);

        if (!text_is(field->string, "type") && !cJSON_IsNull(field) && !(text && !*text) &&
            !(cJSON_IsArray(field) && !field->child))
            return true;
    }
    return false;
}

/* Nothing is checked: people choose in one field while others are empty. */
cJSON *slack_view_state(const cJSON *view, const cJSON *filled)
{
    cJSON *values = json_object();

    JSON_EACH(block, tree_get(view, "blocks")) {
        const cJSON *element = tree_get(block, "element");
        const char *id = tree_text(block, "block_id");

        if (tree_has_text(block, "type", "input"))
            json_set(json_set(values, id, json_object()), tree_text_or(element, "action_id", "x"),
                     state_of(element, tree_get(filled, id)));
    }
    return values;
}

/* The caller's; NULL when something that must be filled in is not. */
static cJSON *values_create(const cJSON *view, const cJSON *filled, struct error *err)
{
    AUTO_JSON cJSON *values = slack_view_state(view, filled);

    JSON_EACH(block, tree_get(view, "blocks")) {
        const char *id = tree_text(block, "block_id");

        if (tree_has_text(block, "type", "input") && !tree_true(block, "optional") &&
            !is_filled(tree_get(values, id)->child)) {
            error_set(err, ERR_INVALID, "please complete the required field '%.60s'", id);
            return NULL;
        }
    }
    return TAKE(values);
}

bool slack_submit_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                          struct error *err)
{
    const cJSON *user = slack_find_user(slack, tree_text(wanted, "user"));
    cJSON *entry = user ? slack_view_find_open(slack, tree_text(wanted, "view"), tree_text(user, "id")) : NULL;
    bool closes = tree_true(wanted, "closed");
    AUTO_JSON cJSON *payload = NULL, *values = NULL, *view = NULL;

    if (!entry)
        return error_set(err, ERR_NOT_FOUND, "that person has no such modal open");
    if (closes && !tree_true(tree_get(entry, "view"), "notify_on_close")) { /* the app did not want to hear of it */
        json_set_bool(entry, "is_open", false);
        return true;
    }
    view = slack_view_shown(entry);
    values = closes ? json_object() : values_create(view, tree_get(wanted, "values"), err);
    if (!values)
        return false;
    json_set(json_set(view, "state", json_object()), "values", TAKE(values));
    payload = slack_interaction_create(slack, closes ? "view_closed" : "view_submission", user, now_ms);
    if (closes) {
        cJSON_DeleteItemFromObjectCaseSensitive(payload, "trigger_id");
        json_set_bool(payload, "is_cleared", tree_true(wanted, "cleared"));
    }
    json_set(payload, "view", TAKE(view));
    slack_interaction_deliver(payload, delivery);
    delivery->record = json_object();
    json_set_string(delivery->record, "kind", "view");
    json_set_bool(delivery->record, "closes", closes);
    json_set_string(delivery->record, "view", tree_text(entry, "id"));
    json_set_string(delivery->record, "user", tree_text(user, "id"));
    tree_copy(delivery->record, payload, "trigger_id");
    return true;
}

/* ---- what the app answered ---- */

static const char *replace(cJSON *entry, const cJSON *view, struct error *err)
{
    if (!slack_view_check(view, err))
        return "invalid_view";
    json_set(entry, "view", json_copy(view));
    return NULL;
}

static const char *push(struct slack *slack, const cJSON *entry, const cJSON *view, struct error *err)
{
    const char *user = tree_text(entry, "user");
    int open = 0;

    JSON_EACH(other, slack->views) {
        open += tree_true(other, "is_open") && tree_has_text(other, "user", user);
    }
    if (open >= SLACK_VIEW_STACK_MAX)
        return "push_limit_reached";
    if (!slack_view_check(view, err))
        return "invalid_view";
    (void)keep_view(slack, user, view);
    return NULL;
}

static const char *check_errors(cJSON *entry, const cJSON *errors)
{
    if (!cJSON_IsObject(errors) || !errors->child)
        return "invalid_errors";
    JSON_EACH(error, errors) {
        const cJSON *block = tree_find(tree_get(tree_get(entry, "view"), "blocks"), "block_id", error->string);

        if (!tree_has_text(block, "type", "input") || !cJSON_GetStringValue(error))
            return "invalid_errors";
    }
    json_set(entry, "errors", json_copy(errors));
    return NULL;
}

static void close_all(struct slack *slack, const char *user)
{
    cJSON *entry = NULL;

    cJSON_ArrayForEach(entry, slack->views) {
        if (tree_has_text(entry, "user", user))
            json_set_bool(entry, "is_open", false);
    }
}

static const char *act(struct slack *slack, cJSON *entry, const cJSON *answer)
{
    const char *action = tree_text(answer, "response_action");
    struct error err;

    if (!action)
        return "invalid_response_action";
    if (text_is(action, "errors"))
        return check_errors(entry, tree_get(answer, "errors"));
    if (text_is(action, "update"))
        return replace(entry, tree_get(answer, "view"), &err);
    if (text_is(action, "push"))
        return push(slack, entry, tree_get(answer, "view"), &err);
    if (!text_is(action, "clear"))
        return "invalid_response_action";
    close_all(slack, tree_text(entry, "user"));
    return NULL;
}

/* Only a truly empty body closes the view. */
void slack_view_answered(struct slack *slack, cJSON *record, const char *error, const char *body)
{
    cJSON *entry = tree_find(slack->views, "id", tree_text(record, "view"));
    AUTO_JSON cJSON *answer = NULL;
    struct error err;

    if (!entry || (error && !tree_true(record, "closes")))
        return; /* it stays open, and says that it could not connect */
    cJSON_DeleteItemFromObjectCaseSensitive(entry, "errors");
    if (tree_true(record, "closes") || !body || !*body) {
        json_set_bool(entry, "is_open", false);
        return;
    }
    if (!json_parse(str_of(body), &answer, &err))
        json_set_string(record, "error", "invalid_json");
    else
        json_set_string(record, "error", act(slack, entry, answer));
}
