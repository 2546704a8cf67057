#include "run/service.h"

#include "random.h"
#include "run/minutes.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"

#include <stdio.h>
#include <string.h>

#define READY_SHARE_PERCENT 60 /* of a change's time, until its new revision is ready */
#define HISTORY_MAX 5000

/* ---- making one ---- */

static void add_env(cJSON *env, const char *name, const char *value)
{
    cJSON *entry = json_add(env, json_object());

    json_set_string(entry, "name", name);
    json_set_string(entry, "value", value);
}

static void add_secret(cJSON *env, const char *name, const char *secret, const char *version)
{
    cJSON *entry = json_add(env, json_object());
    cJSON *reference = NULL;

    json_set_string(entry, "name", name);
    reference = json_set(json_set(entry, "valueSource", json_object()), "secretKeyRef", json_object());
    json_set_string(reference, "secret", secret);
    json_set_string(reference, "version", version);
}

static cJSON *seed_container(const struct service_seed *seed)
{
    cJSON *container = json_object();
    cJSON *env = json_set(container, "env", json_array());
    cJSON *port = json_add(json_set(container, "ports", json_array()), json_object());
    cJSON *resources = json_set(container, "resources", json_object());
    cJSON *limits = json_set(resources, "limits", json_object());

    json_set_string(container, "image", seed->image);
    add_env(env, "ENVIRONMENT", seed->environment);
    add_env(env, "DATABASE_HOST", "10.20.0.3");
    add_env(env, "FEATURE_CHECKOUT_V2", "on");
    add_secret(env, "DATABASE_PASSWORD", "api-database-password", "3");
    json_set_string(port, "name", "http1");
    json_set_int(port, "containerPort", 8080);
    json_set_string(limits, "cpu", "1");
    json_set_string(limits, "memory", "512Mi");
    json_set_bool(resources, "cpuIdle", true);
    return container;
}

static cJSON *seed_template(const struct service_seed *seed, const char *revision)
{
    cJSON *template = json_object();
    cJSON *scaling = json_set(template, "scaling", json_object());
    cJSON *labels = json_set(template, "labels", json_object());

    json_set_string(template, "revision", revision);
    json_set_string(labels, "team", "platform");
    json_set_int(scaling, "minInstanceCount", 1);
    json_set_int(scaling, "maxInstanceCount", 20);
    json_set_string(template, "timeout", "300s");
    tree_set_textf(template, "serviceAccount", "api@%s.iam.gserviceaccount.com", seed->project);
    json_add(json_set(template, "containers", json_array()), seed_container(seed));
    json_set_int(template, "maxInstanceRequestConcurrency", 80);
    return template;
}

static cJSON *seed_traffic(const struct service_seed *seed, const char *revision)
{
    cJSON *traffic = json_array();
    cJSON *entry = json_add(traffic, json_object());

    json_set_string(entry, "type", seed->floats ? TRAFFIC_LATEST : TRAFFIC_REVISION);
    if (!seed->floats)
        json_set_string(entry, "revision", revision);
    json_set_int(entry, "percent", 100);
    return traffic;
}

static cJSON *seed_wanted(const struct service_seed *seed, const char *revision)
{
    cJSON *wanted = json_object();
    cJSON *labels = json_set(wanted, "labels", json_object());

    json_set_string(labels, "team", "platform");
    json_set_string(labels, "environment", seed->environment);
    json_set(wanted, "annotations", json_object());
    json_set_string(wanted, "ingress", "INGRESS_TRAFFIC_ALL");
    json_set_string(wanted, "launchStage", "GA");
    json_set(wanted, "template", seed_template(seed, revision));
    json_set(wanted, "traffic", seed_traffic(seed, revision));
    return wanted;
}

struct service *service_create(const struct service_seed *seed, const struct registry *registry, const char *own_url,
                               int64_t now_ms)
{
    struct service *service = xcalloc(1, sizeof *service);
    AUTO_FREE char *first = text_format("%s-00001-kzt", seed->id);

    service->parent = text_format("projects/%s/locations/%s", seed->project, seed->region);
    service->id = xstrdup(seed->id);
    service->own_url = xstrdup(own_url);
    service->serving = json_array();
    service->history = json_array();
    service->created_at_ms = now_ms;
    cJSON *wanted = seed_wanted(seed, first);
    service_add_revision(service, registry, tree_get(wanted, "template"), first, now_ms);
    service_want(service, wanted, "pipeline@acme.iam.gserviceaccount.com", now_ms, 0);
    service_advance(service, registry, now_ms);
    return service;
}

static void revision_destroy(struct revision *revision)
{
    free(revision->name);
    free(revision->digest);
    free(revision->version);
    cJSON_Delete(revision->config);
    cJSON_Delete(revision->conduct.health);
    minutes_destroy(revision->minutes);
    free(revision);
}

void service_destroy(struct service *service)
{
    if (!service)
        return;
    for (struct revision *revision = service->revisions, *older = NULL; revision; revision = older) {
        older = revision->older;
        revision_destroy(revision);
    }
    free(service->parent);
    free(service->id);
    free(service->own_url);
    free(service->modifier);
    cJSON_Delete(service->wanted);
    cJSON_Delete(service->serving);
    cJSON_Delete(service->history);
    free(service);
}

/* ---- revisions ---- */

struct revision *service_find_revision(const struct service *service, const char *name)
{
    for (struct revision *revision = service->revisions; revision; revision = revision->older) {
        if (text_is(revision->name, name))
            return revision;
    }
    return NULL;
}

struct revision *service_find_tagged(const struct service *service, const char *tag)
{
    return service_find_revision(service, tree_text(tree_find(service->serving, "tag", tag), "revision"));
}

static char *generated_name(const struct service *service)
{
    int count = 1;

    for (const struct revision *revision = service->revisions; revision; revision = revision->older)
        count++;
    return text_format("%s-%05d-%.3s", service->id, count, random_hex().text);
}

struct revision *service_add_revision(struct service *service, const struct registry *registry, const cJSON *config,
                                      const char *name, int64_t now_ms)
{
    struct revision *revision = xcalloc(1, sizeof *revision);
    const cJSON *container = tree_get(config, "containers");
    const struct registry_image *image = registry_find_image(registry, tree_text(container->child, "image"));

    revision->name = name ? xstrdup(name) : generated_name(service);
    revision->config = json_copy(config);
    cJSON_DeleteItemFromObjectCaseSensitive(revision->config, "revision");
    revision->digest = image ? xstrdup(image->digest) : NULL;
    revision->version = xstrdup(image ? image->version : "unknown");
    revision->created_at_ms = now_ms;
    revision->conduct.latency_ms = DEFAULT_LATENCY_MS;
    revision->older = service->revisions;
    service->revisions = revision;
    return revision;
}

enum image_health revision_health(const struct revision *revision, const struct registry *registry)
{
    if (revision->health_forced)
        return revision->health;
    for (const struct registry_image *image = registry->images; image; image = image->next) {
        if (text_is(image->digest, revision->digest))
            return image->health;
    }
    return IMAGE_NEVER_READY;
}

static void revision_fail(struct revision *revision, const char *reason, const char *why)
{
    revision->readiness = REVISION_FAILED;
    revision->reason = reason;
    (void)snprintf(revision->message, sizeof revision->message, "%s", why);
}

static void revision_decide(struct revision *revision, const struct registry *registry, int64_t now_ms)
{
    revision->decided_at_ms = now_ms;
    if (!revision->digest)
        revision_fail(revision, "CONTAINER_MISSING", "Image not found.");
    else if (revision_health(revision, registry) == IMAGE_NEVER_READY)
        revision_fail(
            revision, "HEALTH_CHECK_CONTAINER_ERROR",
            "The user-provided container failed to start and listen on the port defined provided by the PORT=8080 "
            "environment variable within the allocated timeout.");
    else
        revision->readiness = REVISION_READY;
}

/* ---- from wanted to served ---- */

static void remember(struct service *service, const char *kind, const cJSON *traffic, int64_t now_ms)
{
    cJSON *entry = json_add(service->history, json_object());

    json_set_int(entry, "at_ms", now_ms);
    json_set_string(entry, "kind", kind);
    json_set_int(entry, "generation", service->generation);
    json_set_string(entry, "by", service->modifier);
    json_set(entry, "traffic", json_copy(traffic));
    tree_keep_last(service->history, HISTORY_MAX);
}

void service_want(struct service *service, cJSON *wanted, const char *by, int64_t now_ms, int64_t reconcile_ms)
{
    free(service->modifier);
    service->modifier = xstrdup(by);
    service->generation++;
    service->updated_at_ms = now_ms;
    service->reconciling = true;
    service->transition_at_ms = now_ms;
    service->ready_at_ms = now_ms + reconcile_ms * READY_SHARE_PERCENT / 100;
    service->settled_at_ms = now_ms + reconcile_ms;
    cJSON_Delete(service->wanted);
    service->wanted = wanted;
    remember(service, "wanted", tree_get(wanted, "traffic"), now_ms);
}

/* The wanted split with every floating entry resolved; NULL, and the service's failure written, when it cannot be
 * served. */
static cJSON *resolve_traffic(struct service *service)
{
    AUTO_JSON cJSON *split = json_copy(tree_get(service->wanted, "traffic"));
    cJSON *entry = NULL;

    cJSON_ArrayForEach(entry, split) {
        bool floats = tree_has_text(entry, "type", TRAFFIC_LATEST);
        const struct revision *revision =
            floats ? service->latest_ready : service_find_revision(service, tree_text(entry, "revision"));

        if (!revision || revision->readiness != REVISION_READY) {
            (void)snprintf(service->failure, sizeof service->failure,
                           "Revision '%.60s' is not ready and cannot serve traffic.%s%s",
                           revision ? revision->name : tree_text_or(entry, "revision", "latest"),
                           revision && *revision->message ? " " : "", revision ? revision->message : "");
            service->failure_code = revision && !revision->digest ? GOOGLE_NOT_FOUND : GOOGLE_FAILED_PRECONDITION;
            return NULL;
        }
        json_set_string(entry, "revision", revision->name);
    }
    return TAKE(split);
}

/* A revision made by this very change has failed: the change fails, even if no traffic was meant for it. */
static bool newest_failed_now(struct service *service)
{
    const struct revision *newest = service->revisions;

    if (newest->readiness != REVISION_FAILED || newest->created_at_ms < service->updated_at_ms)
        return false;
    (void)snprintf(service->failure, sizeof service->failure,
                   "Revision '%.60s' is not ready and cannot serve traffic. %s", newest->name, newest->message);
    service->failure_code = newest->digest ? GOOGLE_FAILED_PRECONDITION : GOOGLE_NOT_FOUND;
    return true;
}

static void settle(struct service *service, int64_t now_ms)
{
    AUTO_JSON cJSON *split = newest_failed_now(service) ? NULL : resolve_traffic(service);

    service->reconciling = false;
    service->observed_generation = service->generation;
    service->transition_at_ms = now_ms;
    service->failed = !split;
    if (!split || tree_equal(split, service->serving))
        return;
    cJSON_Delete(service->serving);
    service->serving = TAKE(split);
    remember(service, "served", service->serving, now_ms);
}

bool service_advance(struct service *service, const struct registry *registry, int64_t now_ms)
{
    struct revision *newest = service->revisions;
    bool changed = false;

    if (!service->reconciling)
        return false;
    for (struct revision *revision = newest; revision && now_ms >= service->ready_at_ms; revision = revision->older) {
        if (revision->readiness != REVISION_STARTING)
            continue;
        revision_decide(revision, registry, now_ms);
        if (revision->readiness == REVISION_READY && revision == newest)
            service->latest_ready = revision;
        changed = true;
    }
    if (now_ms >= service->settled_at_ms) {
        settle(service, now_ms);
        changed = true;
    }
    return changed;
}

/* ---- how the API shows it ---- */

char *service_name(const struct service *service)
{
    return text_format("%s/services/%s", service->parent, service->id);
}

char *service_uri(const struct service *service)
{
    return text_format("%s/app/%s", service->own_url, service->id);
}

static char *revision_full_name(const struct service *service, const struct revision *revision)
{
    return text_format("%s/services/%s/revisions/%s", service->parent, service->id, revision->name);
}

char *service_etag(const struct service *service)
{
    AUTO_FREE char *plain =
        text_format("%lld/%lld/%s", (long long)service->updated_at_ms, (long long)service->generation, service->id);
    AUTO_BUF struct buf coded = BUF(256);

    base64_add(&coded, str_of(plain));
    return text_format("\"%s\"", buf_text(&coded));
}

static cJSON *condition(const char *type, const char *state, const char *reason, const char *message, int64_t since_ms)
{
    cJSON *shown = json_object();
    bool is_revision_reason = text_is(reason, "HEALTH_CHECK_CONTAINER_ERROR");

    json_set_string(shown, "type", type);
    json_set_string(shown, "state", state);
    tree_set_text(shown, "message", message);
    json_set_string(shown, "lastTransitionTime", time_format(since_ms).text);
    tree_set_text(shown, is_revision_reason ? "revisionReason" : "reason", reason);
    return shown;
}

static cJSON *terminal_condition(const struct service *service)
{
    if (service->reconciling)
        return condition("Ready", "CONDITION_RECONCILING", NULL, NULL, service->transition_at_ms);
    if (service->failed)
        return condition("Ready", "CONDITION_FAILED", "REVISION_FAILED", service->failure, service->transition_at_ms);
    return condition("Ready", "CONDITION_SUCCEEDED", NULL, NULL, service->transition_at_ms);
}

static cJSON *revision_condition(const char *type, const struct revision *revision)
{
    static const char *const states[] = {
        [REVISION_STARTING] = "CONDITION_RECONCILING",
        [REVISION_READY] = "CONDITION_SUCCEEDED",
        [REVISION_FAILED] = "CONDITION_FAILED",
    };

    return condition(type, states[revision->readiness], revision->reason, revision->message,
                     revision->decided_at_ms ? revision->decided_at_ms : revision->created_at_ms);
}

static cJSON *traffic_statuses(const struct service *service)
{
    cJSON *statuses = json_copy(service->serving);
    cJSON *entry = NULL;

    cJSON_ArrayForEach(entry, statuses) {
        const char *tag = tree_text(entry, "tag");

        if (tag)
            tree_set_textf(entry, "uri", "%s/app/%s/%s", service->own_url, service->id, tag);
        if (tree_has_text(entry, "type", TRAFFIC_LATEST))
            cJSON_DeleteItemFromObjectCaseSensitive(entry, "revision"); /* the real one leaves it out too */
    }
    return statuses;
}

static void show_names(const struct service *service, cJSON *shown)
{
    AUTO_FREE char *created = revision_full_name(service, service->revisions);
    AUTO_FREE char *ready = service->latest_ready ? revision_full_name(service, service->latest_ready) : NULL;
    AUTO_FREE char *etag = service_etag(service), *uri = service_uri(service);
    cJSON *urls = json_set(shown, "urls", json_array());

    json_set_string(shown, "latestCreatedRevision", created);
    json_set_string(shown, "latestReadyRevision", ready);
    json_set_string(shown, "uri", uri);
    json_add_string(urls, tree_text(shown, "uri"));
    json_set_string(shown, "etag", etag);
}

cJSON *service_show(const struct service *service)
{
    cJSON *shown = json_object();
    cJSON *conditions = json_array();
    AUTO_FREE char *name = service_name(service);

    json_set_string(shown, "name", name);
    json_set_string(shown, "uid", digest_hex(digest_sha256(str_of(name))).text);
    tree_set_textf(shown, "generation", "%lld", (long long)service->generation);
    json_set_string(shown, "createTime", time_format(service->created_at_ms).text);
    json_set_string(shown, "updateTime", time_format(service->updated_at_ms).text);
    json_set_string(shown, "creator", "pipeline@acme.iam.gserviceaccount.com");
    json_set_string(shown, "lastModifier", service->modifier);
    JSON_EACH(field, service->wanted) {
        json_set(shown, field->string, json_copy(field));
    }
    if (service->observed_generation)
        tree_set_textf(shown, "observedGeneration", "%lld", (long long)service->observed_generation);
    json_set(shown, "terminalCondition", terminal_condition(service));
    json_add(conditions, revision_condition("ConfigurationsReady", service->revisions));
    json_set(shown, "conditions", conditions);
    json_set(shown, "trafficStatuses", traffic_statuses(service));
    show_names(service, shown);
    if (service->reconciling)
        json_set_bool(shown, "reconciling", true);
    tree_leave_out_defaults(shown);
    return shown;
}

/* A revision's own minimum keeps instances warm while it has traffic or a tag. */
static void show_scaling_status(const struct service *service, const struct revision *revision, cJSON *shown)
{
    int64_t min = tree_int(tree_get(revision->config, "scaling"), "minInstanceCount", 0);
    bool is_reached = false;

    JSON_EACH(entry, service->serving) {
        is_reached = is_reached || (tree_has_text(entry, "revision", revision->name) &&
                                    (tree_int(entry, "percent", 0) > 0 || tree_text(entry, "tag")));
    }
    json_set_int(json_set(shown, "scalingStatus", json_object()), "desiredMinInstanceCount", is_reached ? min : 0);
}

cJSON *service_show_revision(const struct service *service, const struct revision *revision)
{
    cJSON *shown = json_object();
    AUTO_FREE char *name = revision_full_name(service, revision);
    cJSON *conditions = NULL;

    json_set_string(shown, "name", name);
    json_set_string(shown, "uid", digest_hex(digest_sha256(str_of(name))).text);
    json_set_string(shown, "generation", "1");
    json_set_string(shown, "createTime", time_format(revision->created_at_ms).text);
    json_set_string(shown, "updateTime", time_format(revision->created_at_ms).text);
    json_set_string(shown, "launchStage", "GA");
    json_set_string(shown, "service", service->id);
    JSON_EACH(field, revision->config) {
        json_set(shown, field->string, json_copy(field));
    }
    conditions = json_set(shown, "conditions", json_array());
    json_add(conditions, revision_condition("Ready", revision));
    show_scaling_status(service, revision, shown);
    json_set_string(shown, "observedGeneration", "1");
    if (revision->readiness == REVISION_STARTING)
        json_set_bool(shown, "reconciling", true);
    json_set_string(shown, "etag", "\"CAEQAQ\"");
    tree_leave_out_defaults(shown);
    return shown;
}
