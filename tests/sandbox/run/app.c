/* What runs on Cloud Run: /SERVICE/... is a service's main URL, /SERVICE/TAG/... and /SERVICE/REVISION/... one
 * revision's. */
#include "google/identity.h"
#include "run/run.h"

#include <string.h>

static uint32_t roll_percent(struct run *run)
{
    run->dice = run->dice * 1664525u + 1013904223u; /* Numerical Recipes; good enough to share requests out */
    return (run->dice >> 16) % 100;
}

static struct revision *pick_by_traffic(struct run *run, const struct service *service)
{
    int64_t left = roll_percent(run);

    JSON_EACH(entry, service->serving) {
        left -= tree_int(entry, "percent", 0);
        if (left < 0)
            return service_find_revision(service, tree_text(entry, "revision"));
    }
    return NULL;
}

static cJSON *app_body(const struct service *service, const struct revision *revision, const char *status)
{
    cJSON *body = json_object();

    json_set_string(body, "status", status);
    json_set_string(body, "version", revision->version);
    json_set_string(body, "service", service->id);
    json_set_string(body, "revision", revision->name);
    return body;
}

/* The standard body with what a test wants to have in it; null takes a member out. */
static void change_body(cJSON *body, const cJSON *changes)
{
    JSON_EACH(change, changes) {
        if (cJSON_IsNull(change))
            cJSON_DeleteItemFromObjectCaseSensitive(body, change->string);
        else
            json_set(body, change->string, json_copy(change));
    }
}

static void serve_health(const struct run *run, const struct service *service, const struct revision *revision,
                         struct reply *reply)
{
    const cJSON *wanted = revision->conduct.health, *changes = tree_get(wanted, "body");
    bool image_is_healthy = revision_health(revision, run->registry) == IMAGE_HEALTHY;
    int status = (int)tree_int(wanted, "status", image_is_healthy ? 200 : 503);
    cJSON *body = NULL;

    if (cJSON_IsString(changes))
        return reply_text(reply, status, "text/plain; charset=utf-8", changes->valuestring);
    body = app_body(service, revision, status < 400 ? "healthy" : "unhealthy");
    change_body(body, changes);
    reply_json(reply, status, body);
}

static void serve_revision(const struct run *run, const struct service *service, const struct revision *revision,
                           struct str path, struct reply *reply)
{
    if (revision->readiness != REVISION_READY)
        return reply_text(reply, 503, "text/plain; charset=utf-8", "Service Unavailable");
    if (!str_is_empty(path) && !str_is(path, "health"))
        return reply_json(reply, 404, app_body(service, revision, "not found"));
    serve_health(run, service, revision, reply);
}

/* Google's front door, before any revision: the token is for the service, whatever tag is called. */
static bool may_enter(const struct service *service, const struct tokens *tokens, const struct request *request,
                      struct reply *reply)
{
    AUTO_JSON cJSON *audiences = NULL;
    AUTO_FREE char *uri = service_uri(service);

    if (!service->is_private || tree_true(service->wanted, "invokerIamDisabled"))
        return true;
    audiences = tree_get(service->wanted, "customAudiences") ? json_copy(tree_get(service->wanted, "customAudiences"))
                                                             : json_array();
    json_add_string(audiences, uri);
    return identity_check(tokens, request, audiences, reply);
}

void run_serve_app(struct run *run, const struct tokens *tokens, const struct request *request, struct reply *reply)
{
    struct str rest = str_of(request->path);
    const struct revision *revision = NULL;

    run_advance(run, request->now_ms);
    (void)str_take_prefix(&rest, "/");
    AUTO_FREE char *id = str_copy(str_take_until(&rest, '/'));
    const struct service *service = run_find(run, id);
    struct str below = rest;
    AUTO_FREE char *name = str_copy(str_take_until(&below, '/'));

    if (!service)
        return reply_text(reply, 404, "text/html; charset=UTF-8", "<html><title>404 Page not found</title></html>\n");
    if (!may_enter(service, tokens, request, reply))
        return;
    revision = service_find_tagged(service, name);
    revision = revision ? revision : service_find_revision(service, name);
    if (revision)
        return serve_revision(run, service, revision, below, reply);
    revision = pick_by_traffic(run, service);
    if (!revision)
        return reply_text(reply, 503, "text/plain; charset=utf-8", "Service Unavailable");
    serve_revision(run, service, revision, rest, reply);
}
