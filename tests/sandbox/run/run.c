#include "run/run.h"

#include "run/conduct.h"
#include "run/traffic.h"

#include "bot/base/time.h"

#define DEFAULT_RECONCILE_MS 1500
#define DEFAULT_IMAGE "us-docker.pkg.dev/acme/images/api@"

static const struct {
    const char *id, *environment, *tag;
    bool floats;
} default_services[] = {
    { "api-prod-service", "production", "v1.4.1", false },
    { "api-service", "staging", "v1.4.1", true },
};

struct run *run_create(const struct registry *registry, const char *own_url, int64_t now_ms)
{
    struct run *run = xcalloc(1, sizeof *run);

    run->registry = registry;
    run->own_url = xstrdup(own_url);
    run->operations = json_array();
    run->reconcile_ms = DEFAULT_RECONCILE_MS;
    run->dice = 1;
    run->rules = json_array();
    run->traffic_dice = 1;
    for (size_t i = 0; i < ARRAY_LEN(default_services); i++) {
        const struct registry_image *image = registry_find(registry, "acme/images/api", default_services[i].tag);
        AUTO_FREE char *path = text_format(DEFAULT_IMAGE "%s", image->digest);

        run_add_service(run,
                        &(struct service_seed){ .project = "acme",
                                                .region = "us-central1",
                                                .id = default_services[i].id,
                                                .image = path,
                                                .environment = default_services[i].environment,
                                                .floats = default_services[i].floats },
                        now_ms);
    }
    return run;
}

void run_destroy(struct run *run)
{
    if (!run)
        return;
    for (struct service *service = run->services, *next = NULL; service; service = next) {
        next = service->next;
        service_destroy(service);
    }
    cJSON_Delete(run->operations);
    cJSON_Delete(run->rules);
    free(run->own_url);
    free(run);
}

struct service *run_add_service(struct run *run, const struct service_seed *seed, int64_t now_ms)
{
    struct service *service = service_create(seed, run->registry, run->own_url, now_ms);

    service->next = run->services;
    run->services = service;
    return service;
}

struct service *run_find(const struct run *run, const char *id)
{
    for (struct service *service = run->services; service; service = service->next) {
        if (text_is(service->id, id))
            return service;
    }
    return NULL;
}

static cJSON *operation_error(const struct service *service)
{
    cJSON *error = json_object();

    json_set_int(error, "code", google_rpc_number(service->failure_code));
    json_set_string(error, "message", service->failure);
    return error;
}

static bool finish_operations(struct run *run, const struct service *service)
{
    cJSON *operation = NULL;
    bool changed = false;

    cJSON_ArrayForEach(operation, run->operations) {
        if (tree_true(operation, "done") || !tree_has_text(operation, "service", service->id) ||
            tree_int(operation, "generation", 0) > service->observed_generation)
            continue;
        json_set_bool(operation, "done", true);
        if (service->failed)
            json_set(operation, "error", operation_error(service));
        else
            json_set(operation, "response", service_show(service));
        changed = true;
    }
    return changed;
}

bool run_advance(struct run *run, int64_t now_ms)
{
    bool changed = false;

    for (struct service *service = run->services; service; service = service->next) {
        conduct_settle(run, service);
        if (!service_advance(service, run->registry, now_ms))
            continue;
        changed = true;
        if (!service->reconciling)
            finish_operations(run, service);
    }
    return changed;
}

static void show_conduct(const struct revision *revision, int64_t now_ms, cJSON *shown)
{
    cJSON *behaviour = json_set(shown, "behaviour", json_object());
    cJSON *served = json_set(shown, "served", json_object());

    json_set_double(behaviour, "error_rate", revision->conduct.error_rate);
    json_set_int(behaviour, "latency_ms", revision->conduct.latency_ms);
    if (revision->conduct.health)
        json_set(behaviour, "health", json_copy(revision->conduct.health));
    json_set_int(served, "requests", revision->served_requests);
    json_set_int(served, "errors", revision->served_errors);
    json_set_double(shown, "rps", traffic_current_rps(revision, now_ms));
}

static cJSON *service_state(const struct run *run, const struct service *service, int64_t now_ms)
{
    cJSON *state = service_show(service);
    cJSON *revisions = json_set(state, "revisions", json_array());
    cJSON *served = json_set(state, "served", json_object());
    int64_t requests = 0, errors = 0;

    json_set_string(state, "id", service->id);
    json_set(state, "history", json_copy(service->history));
    json_set(state, "serving", json_copy(service->serving));
    for (const struct revision *revision = service->revisions; revision; revision = revision->older) {
        cJSON *shown = json_add(revisions, service_show_revision(service, revision));

        json_set_string(shown, "id", revision->name);
        json_set_string(shown, "version", revision->version);
        json_set_string(shown, "digest", revision->digest);
        json_set_string(shown, "health", image_health_text(revision_health(revision, run->registry)));
        show_conduct(revision, now_ms, shown);
        requests += revision->served_requests;
        errors += revision->served_errors;
    }
    json_set_double(state, "rps", service->rps);
    json_set_bool(state, "private", service->is_private);
    json_set_int(served, "requests", requests);
    json_set_int(served, "errors", errors);
    return state;
}

cJSON *run_state(const struct run *run, int64_t now_ms)
{
    cJSON *state = json_object();
    cJSON *services = json_set(state, "services", json_array());

    json_set_int(state, "reconcile_ms", run->reconcile_ms);
    for (const struct service *service = run->services; service; service = service->next)
        json_add(services, service_state(run, service, now_ms));
    json_set(state, "operations", json_copy(run->operations));
    return state;
}
