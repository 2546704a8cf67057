/* incidents.c - incidents: who cares for them, what is due when, and what happened. */
#include "bot/api/internal.h"

#include "bot/engine/engine.h"
#include "handlers/incident/incident.h"
#include "handlers/operation_words.h"
#include "handlers/status/status.h"

#include <string.h>

/* False: it is none, or cannot be read. */
static bool read_incident(const struct api_call *call, const struct operation *operation, struct incident_body *body)
{
    struct error ignored;

    return strcmp(operation->kind, machine_incident.kind) == 0 && operation->body &&
           shape_from_json(&incident_body_shape, operation->body, call->arena, body, &ignored);
}

static void add_channel(const struct api_call *call, const struct incident_body *body, cJSON *json)
{
    const char *team = call->view.settings->slack.team;
    cJSON *channel;

    if (!body->channel) {
        json_set(json, "channel", cJSON_CreateNull());
        return;
    }
    channel = json_set(json, "channel", json_object());
    json_set_string(channel, "id", body->channel);
    api_set_text(channel, "name", body->channel_name);
    api_set_text(
        channel, "url",
        team ? arena_printf(call->arena, "https://slack.com/app_redirect?team=%s&channel=%s", team, body->channel)
             : NULL);
}

static cJSON *brief(const struct api_call *call, const struct operation *operation, const struct incident_body *body)
{
    cJSON *json = json_object();

    json_set_string(json, "id", operation->id);
    api_set_plain(call, json, "title", body->title);
    json_set_string(json, "severity", body->severity);
    api_set_text(json, "type", body->type);
    json_set_bool(json, "private", body->is_private);
    json_set_string(json, "state", operation->is_stuck ? "stuck" : operation->state);
    json_set_bool(json, "ended", operation_has_ended(operation));
    api_set_plain(call, json, "lead", body->lead);
    api_set_text(json, "lead_principal", body->lead_principal);
    api_set_time(call, json, "opened_at", body->opened_at_ms);
    api_set_time(call, json, "acknowledged_at", body->acknowledged_at_ms);
    api_set_time(call, json, "resolved_at", body->resolved_at_ms);
    api_set_time(call, json, "ended_at", operation->ended_at_ms);
    api_set_time(call, json, "updated_at", body->updated_at_ms);
    api_set_plain(call, json, "update", body->update);
    add_channel(call, body, json);
    return json;
}

/* ---- one, whole ---- */

static cJSON *people(const struct api_call *call, const char *const *list, size_t count)
{
    cJSON *json = json_array();

    for (size_t i = 0; i < count; i++)
        json_add_string(json, api_plain(call, list[i]));
    return json;
}

static cJSON *invited(const struct api_call *call, const struct incident_body *body)
{
    cJSON *json = json_array();

    for (size_t i = 0; i < body->people_count; i++)
        json_add_string(json, api_plain(call, arena_printf(call->arena, "@{slack:%s}", body->people[i])));
    return json;
}

static cJSON *timers(const struct api_call *call, const struct operation *operation)
{
    size_t count;
    const struct timer *list = engine_timers(call->api->engine, operation->id, call->arena, &count);
    cJSON *json = json_array();

    for (size_t i = 0; i < count; i++) {
        cJSON *one = json_add(json, json_object());

        json_set_string(one, "name", list[i].name);
        api_set_time(call, one, "due_at", list[i].at_ms);
        json_set_int(one, "due_in_ms", list[i].at_ms - call->view.now_ms);
    }
    return json;
}

static cJSON *timeline(const struct api_call *call, const struct incident_body *body)
{
    cJSON *json = json_array();

    for (size_t i = 0; i < body->timeline_count; i++) {
        const struct incident_entry *entry = &body->timeline[i];
        cJSON *one = json_add(json, json_object());

        api_set_unix(one, "at", entry->at_ms);
        api_set_text(one, "kind", entry->kind);
        api_set_plain(call, one, "who", entry->who);
        api_set_plain(call, one, "text", entry->text);
        api_set_text(one, "url", entry->link && str_starts_with(str_of(entry->link), "https://") ? entry->link : NULL);
    }
    return json;
}

static cJSON *pages(const struct api_call *call, const struct incident_body *body)
{
    cJSON *json = json_array();

    for (size_t i = 0; i < body->pages_count; i++) {
        const struct incident_page *page = &body->pages[i];
        cJSON *one = json_add(json, json_object());

        json_set_string(one, "id", page->id);
        api_set_plain(call, one, "title", page->title);
        api_set_text(one, "status", page->status);
        api_set_text(one, "url", page->url && str_starts_with(str_of(page->url), "https://") ? page->url : NULL);
    }
    return json;
}

static cJSON *public_page(const struct api_call *call, const struct incident_body *body)
{
    const struct incident_status_page *page = body->status_page;
    cJSON *json;

    if (!page)
        return cJSON_CreateNull();
    json = json_object();
    api_set_text(json, "status", page->status);
    api_set_plain(call, json, "text", page->text);
    api_set_text(json, "url", page->url && str_starts_with(str_of(page->url), "https://") ? page->url : NULL);
    return json;
}

void api_incident(struct api_call *call)
{
    const char *id = operation_id_read(call->word, call->arena);
    const struct operation *operation = api_find_operation(call, id ? id : call->word);
    struct incident_body body;
    cJSON *json;

    if (!operation || !read_incident(call, operation, &body)) {
        api_not_found(call, "incident");
        return;
    }
    json = brief(call, operation, &body);
    json_set(json, "on_call", people(call, body.on_call, body.on_call_count));
    json_set(json, "people", invited(call, &body));
    json_set(json, "timers", timers(call, operation));
    json_set(json, "timeline", timeline(call, &body));
    json_set_int(json, "timeline_left_out", body.cut);
    json_set(json, "pages", pages(call, &body));
    json_set(json, "public", public_page(call, &body));
    json_set(json, "actions", api_operation_actions(call, operation));
    api_answer(call, json);
}

/* ---- the list ---- */

static bool fits(const struct operation *operation, const char *state)
{
    if (!state)
        return true;
    if (strcmp(state, "ended") == 0)
        return operation_has_ended(operation);
    return !operation_has_ended(operation);
}

void api_incidents(struct api_call *call)
{
    static const char *const states[] = { "running", "ended", NULL };
    const char *state = NULL, *before, *last = NULL;
    size_t limit = API_LIMIT_OTHERWISE, count, taken = 0;
    const struct operation **list;
    struct api_page page;

    if (!api_read_choice(call, "state", states, &state) || !api_read_before(call, &before) ||
        !api_read_limit(call, &limit))
        return;
    if (!api_may(call, verb_status.name, NULL)) {
        api_denied(call, verb_status.name);
        return;
    }
    page = api_page();
    list = api_all_operations(call, &count);
    for (size_t i = 0; i < count; i++) {
        struct incident_body body;

        if (!fits(list[i], state) || (before && !api_is_before(list[i]->id, before)) ||
            !read_incident(call, list[i], &body) || !api_may_see(call, list[i]))
            continue;
        if (taken++ == limit) {
            json_set_string(page.json, "next", last);
            break;
        }
        last = list[i]->id;
        json_add(page.items, brief(call, list[i], &body));
    }
    api_answer(call, page.json);
}

/* ---- its post-mortem ---- */

/* Whoever has a token was given it for this, too; a person reads what policy shows them. */
void api_post_mortem(struct api_call *call)
{
    bool is_seen = !call->caller.is_session || api_find_operation(call, call->word);
    const char *text = is_seen ? incident_post_mortem_for_tokens(&call->view, call->word) : NULL;

    if (text)
        api_answer_text(call, "text/markdown; charset=utf-8", str_of(text));
    else
        api_problem(call, 404, "There is no such incident that you may read.");
}
