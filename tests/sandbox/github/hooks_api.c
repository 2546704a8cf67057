/* Hooks as GitHub's API shows them, and their logs: of a repository, an organisation, the App. */
#include "github/call.h"
#include "github/hooks.h"

#include "bot/base/time.h"

#include <string.h>

#define KEPT_MS (3 * DAY_MS)
#define CURSOR "v1_"

/* ---- hooks ---- */

cJSON *hook_shown(const cJSON *hook)
{
    cJSON *shown = json_object(), *config = NULL;
    const char *kind = tree_text_or(hook, "kind", "");

    json_set_string(shown, "type",
                    text_is(kind, "app")            ? "App"
                    : text_is(kind, "organization") ? "Organization"
                                                    : "Repository");
    tree_copy(shown, hook, "id");
    json_set_string(shown, "name", "web");
    tree_copy(shown, hook, "active");
    tree_copy(shown, hook, "events");
    config = json_set(shown, "config", json_object());
    tree_copy(config, hook, "url");
    tree_copy(config, hook, "content_type");
    json_set_string(config, "insecure_ssl", "0");
    if (tree_text_or(hook, "secret", "")[0])
        json_set_string(config, "secret", "********");
    set_time(shown, "created_at", tree_int(hook, "created_at_ms", 0));
    set_time(shown, "updated_at", tree_int(hook, "created_at_ms", 0));
    return shown;
}

void hook_list(struct call *call)
{
    cJSON *list = json_array();

    JSON_EACH(hook, call->github->hooks) {
        if (tree_has_text(hook, "kind", "repository") && tree_has_text(hook, "owner", call->repository->full_name))
            json_add(list, hook_shown(hook));
    }
    reply_json(call->reply, 200, call_cut(call, list));
}

static void refuse_hook(struct call *call, const char *why)
{
    cJSON *body = call_error_body(422, "Validation Failed", call->docs);
    cJSON *error = json_add(json_set(body, "errors", json_array()), json_object());

    json_set_string(error, "resource", "Hook");
    json_set_string(error, "code", "custom");
    json_set_string(error, "message", why);
    reply_json(call->reply, 422, body);
}

void hook_create(struct call *call)
{
    AUTO_JSON cJSON *body = call_body(call), *wanted = json_object();
    const cJSON *config = tree_get(body, "config"), *hook = NULL;
    struct error err;

    if (!body)
        return;
    if (tree_text(body, "name") && !tree_has_text(body, "name", "web"))
        return refuse_hook(call, "name must be web");
    json_set_string(wanted, "owner", call->repository->full_name);
    json_set_string(wanted, "url", tree_text_or(config, "url", ""));
    tree_copy(wanted, config, "secret");
    tree_copy(wanted, config, "content_type");
    tree_copy(wanted, body, "events");
    tree_copy(wanted, body, "active");
    if (call->request->pretend)
        return reply_json(call->reply, 201, json_object());
    hook = hooks_add(call->github, wanted, call->request->now_ms, &err);
    if (!hook)
        return refuse_hook(call, err.message);
    call->reply->applied = true;
    reply_json(call->reply, 201, hook_shown(hook));
}

/* Whose hook the path names: of this repository, of that organisation, or the App's. Refused when there is none. */
static const cJSON *hook_named(struct call *call)
{
    const cJSON *hook = NULL;

    if (call->repository)
        hook = hooks_find(call->github, "repository", call->repository->full_name, call->params[0]);
    else if (call->caller.kind == CALLER_APP)
        hook = hooks_find(call->github, "app", "", NULL);
    else
        hook = hooks_find(call->github, "organization", call->params[0], call->params[1]);
    if (!hook)
        call_not_found(call);
    return hook;
}

void hook_get(struct call *call)
{
    const cJSON *hook = hook_named(call);

    if (hook)
        reply_json(call->reply, 200, hook_shown(hook));
}

void hook_ping_post(struct call *call)
{
    const cJSON *hook = hook_named(call);

    if (!hook)
        return;
    if (!call->request->pretend) {
        hooks_ping(call->github, hook, call->request->now_ms);
        call->reply->applied = true;
    }
    reply_text(call->reply, 204, NULL, "");
}

/* ---- the log ---- */

static void set_raw(cJSON *object, const char *name, const char *digits) /* a number that no double holds */
{
    json_set(object, name, cJSON_CreateRaw(digits));
}

static cJSON *delivery_shown(const cJSON *delivery)
{
    cJSON *shown = json_object();
    struct time_text at = time_format(tree_int(delivery, "delivered_at_ms", 0));

    set_raw(shown, "id", tree_text(delivery, "id"));
    tree_copy(shown, delivery, "guid");
    json_set_string(shown, "delivered_at", at.text);
    tree_copy(shown, delivery, "redelivery");
    json_set_double(shown, "duration", (double)tree_int(delivery, "duration_ms", 0) / 1000);
    tree_copy(shown, delivery, "status");
    tree_copy(shown, delivery, "status_code");
    tree_copy(shown, delivery, "event");
    set_null(shown, "action");
    tree_copy(shown, delivery, "action");
    set_null(shown, "installation_id");
    set_null(shown, "repository_id");
    tree_copy(shown, delivery, "repository_id");
    set_null(shown, "throttled_at");
    return shown;
}

static bool is_in_log(const cJSON *delivery, const cJSON *hook, int64_t now_ms)
{
    return tree_int(delivery, "hook_id", -1) == tree_int(hook, "id", 0) && tree_get(delivery, "status_code") &&
           tree_int(delivery, "delivered_at_ms", 0) > now_ms - KEPT_MS;
}

/* success is 200 to 399, failure 400 to 599: what got no answer at all may be neither. */
static bool has_status(const cJSON *delivery, const char *status)
{
    int64_t code = tree_int(delivery, "status_code", 0);

    if (text_is(status, "success"))
        return code >= 200 && code < 400;
    return !text_is(status, "failure") || (code >= 400 && code < 600);
}

static void link_next(struct call *call, int64_t size, const char *last_id)
{
    AUTO_FREE char *link = text_format("<%s%s?per_page=%lld&cursor=" CURSOR "%s>; rel=\"next\"", call->github->own_url,
                                       call->request->path, (long long)size, last_id);

    reply_header(call->reply, "Link", link);
}

void delivery_list(struct call *call)
{
    const cJSON *hook = hook_named(call);
    const char *cursor = request_query(call->request, "cursor"), *status = request_query(call->request, "status");
    int64_t size = call_page(call).size, before = INT64_MAX, count = 0;
    const char *last_id = NULL;
    struct error err;
    cJSON *list = NULL;

    if (!hook)
        return;
    if (cursor &&
        (!text_starts(cursor, CURSOR) || !parse_int(str_of(cursor + strlen(CURSOR)), 1, INT64_MAX, &before, &err)))
        return call_refuse(call, 422, "Invalid cursor");
    list = json_array();
    for (int at = cJSON_GetArraySize(call->github->deliveries); at-- > 0;) { /* newest first */
        const cJSON *delivery = cJSON_GetArrayItem(call->github->deliveries, at);
        int64_t id = 0;

        if (!is_in_log(delivery, hook, call->request->now_ms) || !has_status(delivery, status) ||
            !parse_int(str_of(tree_text(delivery, "id")), 1, INT64_MAX, &id, &err) || id >= before)
            continue;
        if (count++ == size) {
            link_next(call, size, last_id);
            break;
        }
        json_add(list, delivery_shown(delivery));
        last_id = tree_text(delivery, "id");
    }
    reply_json(call->reply, 200, list);
}

/* The delivery is the last that the path names. */
static const cJSON *delivery_named(struct call *call)
{
    const cJSON *hook = hook_named(call), *delivery = NULL;
    const char *id = call->repository                  ? call->params[1]
                     : call->caller.kind == CALLER_APP ? call->params[0]
                                                       : call->params[2];

    if (!hook)
        return NULL;
    delivery = tree_find(call->github->deliveries, "id", id);
    if (delivery && is_in_log(delivery, hook, call->request->now_ms))
        return delivery;
    call_not_found(call);
    return NULL;
}

static void set_exchange(cJSON *shown, const cJSON *delivery)
{
    cJSON *request = json_set(shown, "request", json_object()), *response = json_set(shown, "response", json_object());
    cJSON *headers = json_set(request, "headers", json_object());

    json_set_string(headers, "Content-Type", "application/json");
    json_set_string(headers, "User-Agent", "GitHub-Hookshot/8d33975");
    json_set_string(headers, "X-GitHub-Delivery", tree_text(delivery, "guid"));
    json_set_string(headers, "X-GitHub-Event", tree_text(delivery, "event"));
    tree_set_textf(headers, "X-GitHub-Hook-ID", "%lld", (long long)tree_int(delivery, "hook_id", 0));
    set_raw(request, "payload", tree_text(delivery, "body"));
    json_set(response, "headers", json_object());
    set_null(response, "payload");
}

void delivery_get(struct call *call)
{
    const cJSON *delivery = delivery_named(call);
    cJSON *shown = NULL;

    if (!delivery)
        return;
    shown = delivery_shown(delivery);
    set_exchange(shown, delivery);
    reply_json(call->reply, 200, shown);
}

void delivery_again_post(struct call *call)
{
    const cJSON *delivery = delivery_named(call);

    if (!delivery)
        return;
    if (!call->request->pretend) {
        hooks_send_again(call->github, delivery, call->request->now_ms);
        call->reply->applied = true;
    }
    reply_json(call->reply, 202, json_object());
}
