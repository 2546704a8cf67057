/* What runs on Cloud Run: /SERVICE/... is a service's main URL, /SERVICE/TAG/... and /SERVICE/REVISION/... one
 * revision's. */
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

static void serve_revision(const struct run *run, const struct service *service, const struct revision *revision,
                           struct str path, struct reply *reply)
{
    bool healthy = revision_health(revision, run->registry) == IMAGE_HEALTHY;

    if (revision->readiness != REVISION_READY)
        return reply_text(reply, 503, "text/plain; charset=utf-8", "Service Unavailable");
    if (!str_is_empty(path) && !str_is(path, "health"))
        return reply_json(reply, 404, app_body(service, revision, "not found"));
    reply_json(reply, healthy ? 200 : 503, app_body(service, revision, healthy ? "ok" : "unhealthy"));
}

void run_serve_app(struct run *run, const struct request *request, struct reply *reply)
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
    revision = service_find_tagged(service, name);
    revision = revision ? revision : service_find_revision(service, name);
    if (revision)
        return serve_revision(run, service, revision, below, reply);
    revision = pick_by_traffic(run, service);
    if (!revision)
        return reply_text(reply, 503, "text/plain; charset=utf-8", "Service Unavailable");
    serve_revision(run, service, revision, rest, reply);
}
