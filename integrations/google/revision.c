#include "integrations/google/revision.h"

#include "integrations/google/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAIRS_MAX 1000 /* of a map; Cloud Run itself takes fewer */
#define NAME_ID_BYTES 6 /* of an operation's outside id, at the end of its revision's name */

static const cJSON *find_list(const cJSON *json, const char *path)
{
    const cJSON *found = json_find(json, path);

    return cJSON_IsArray(found) ? found : NULL;
}

/* Beside it there may be sidecars, which have no port. */
static const cJSON *request_container(const cJSON *containers)
{
    JSON_EACH(container, containers)
        if (cJSON_GetArraySize(find_list(container, "ports")) > 0)
            return container;
    return containers ? containers->child : NULL;
}

const char *revision_image(const cJSON *revision)
{
    return json_find_string(request_container(find_list(revision, "containers")), "image");
}

/* ---- what is said of it ---- */

struct decoding {
    struct run_revision revision;
    const struct run_place *place;
    struct arena *arena;
};

static void add_pair(const struct decoding *d, struct shape_pair **pairs, size_t *count, const char *key,
                     const char *value)
{
    if (key && value && *count < PAIRS_MAX)
        *(struct shape_pair *)arena_push(d->arena, pairs, count, sizeof(**pairs)) = (struct shape_pair){ key, value };
}

/* Of another project a secret is named in full; of its own by its short name. */
static const char *reference_of(const struct decoding *d, const char *secret, const char *version)
{
    if (!version)
        version = "latest";
    return strchr(secret, '/')
               ? arena_printf(d->arena, "%s:%s", secret, version)
               : arena_printf(d->arena, "projects/%s/secrets/%s:%s", d->place->project, secret, version);
}

static void decode_environment(struct decoding *d, const cJSON *container, const char *prefix)
{
    JSON_EACH(entry, find_list(container, "env")) {
        const char *name = json_find_string(entry, "name"), *value = json_find_string(entry, "value");
        const char *secret = json_find_string(entry, "valueSource.secretKeyRef.secret");

        if (!name)
            continue;
        name = arena_printf(d->arena, "%s%s", prefix, name);
        if (secret)
            add_pair(d, &d->revision.secrets, &d->revision.secrets_count, name,
                     reference_of(d, secret, json_find_string(entry, "valueSource.secretKeyRef.version")));
        else if (!json_find(entry, "valueSource")) /* an empty value is left out */
            add_pair(d, &d->revision.settings, &d->revision.settings_count, name, run_setting_digest(d->place->service, value ? value : "", d->arena));
    }
}

static void decode_containers(struct decoding *d, const cJSON *containers)
{
    const cJSON *serving = request_container(containers);

    decode_environment(d, serving, "");
    JSON_EACH(container, containers) {
        const char *name = json_find_string(container, "name");

        if (container != serving)
            decode_environment(d, container, arena_printf(d->arena, "%s/", name ? name : "sidecar"));
    }
}

/* Secrets that stand in files: "volume/path"; a volume that names no file has one, called as the secret is. */
static void decode_volumes(struct decoding *d, const cJSON *volumes)
{
    JSON_EACH(volume, volumes) {
        const char *name = json_find_string(volume, "name"), *secret = json_find_string(volume, "secret.secret");
        const cJSON *items = find_list(volume, "secret.items");

        if (!name || !secret)
            continue;
        if (cJSON_GetArraySize(items) == 0)
            add_pair(d, &d->revision.secrets, &d->revision.secrets_count, name, reference_of(d, secret, NULL));
        JSON_EACH(item, items) {
            const char *path = json_find_string(item, "path");

            add_pair(d, &d->revision.secrets, &d->revision.secrets_count,
                     arena_printf(d->arena, "%s/%s", name, path ? path : ""),
                     reference_of(d, secret, json_find_string(item, "version")));
        }
    }
}

static void decode_limits(struct decoding *d, const cJSON *json)
{
    const cJSON *limits = json_find(request_container(find_list(json, "containers")), "resources.limits");
    int64_t concurrency = json_find_int(json, "maxInstanceRequestConcurrency", 0);
    const struct {
        const char *key, *value;
    } rows[] = {
        { "cpu", json_find_string(limits, "cpu") },
        { "memory", json_find_string(limits, "memory") },
        { "concurrency", concurrency > 0 ? arena_printf(d->arena, "%" PRId64, concurrency) : NULL },
        { "timeout", json_find_string(json, "timeout") },
        { "service account", json_find_string(json, "serviceAccount") },
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        add_pair(d, &d->revision.limits, &d->revision.limits_count, rows[i].key, rows[i].value);
}

static const cJSON *ready_condition(const cJSON *json)
{
    JSON_EACH(condition, find_list(json, "conditions")) {
        const char *type = json_find_string(condition, "type");

        if (type && strcmp(type, "Ready") == 0)
            return condition;
    }
    return NULL;
}

static void decode_condition(struct decoding *d, const cJSON *json)
{
    const cJSON *ready = ready_condition(json);
    const char *state = json_find_string(ready, "state"), *message = json_find_string(ready, "message"),
               *reason = json_find_string(ready, "revisionReason");
    /* without traffic its minimum of instances is not kept: that is as it should be */
    bool is_asleep = reason && strcmp(reason, "MIN_INSTANCES_NOT_PROVISIONED") == 0;

    if (!reason)
        reason = json_find_string(ready, "reason");
    d->revision.is_ready = (state && strcmp(state, "CONDITION_SUCCEEDED") == 0) || is_asleep;
    if (!d->revision.is_ready)
        d->revision.problem = message && message[0] ? message
                              : reason              ? reason
                              : state               ? state
                                                    : "Cloud Run does not say whether it is ready";
}

/* Annotations' names have dots: no paths. */
static bool annotation_is_true(const cJSON *annotations, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(annotations, name);

    return cJSON_IsString(value) && strcmp(value->valuestring, "true") == 0;
}

/* Named after the operation that it says brought it: what somebody makes of it by hand has its annotations, but not its
 * name. */
static bool is_named_after_operation(const cJSON *annotations, const char *name)
{
    const cJSON *operation = cJSON_GetObjectItemCaseSensitive(annotations, RUN_ANNOTATION_OPERATION);
    const char *id = cJSON_IsString(operation) ? operation->valuestring : "", *dash = strrchr(name, '-');
    size_t length = strlen(id), shown = dash ? strlen(dash + 1) : 0;

    return shown > 0 && shown <= length && shown == (length < NAME_ID_BYTES ? length : NAME_ID_BYTES) &&
           strcmp(id + length - shown, dash + 1) == 0;
}

/* What a Revision and a RevisionTemplate have in common. */
static struct decoding decode_made(const cJSON *json, const char *name, const struct run_place *place,
                                   struct arena *arena)
{
    const cJSON *annotations = json_find(json, "annotations"); /* their names have dots: no paths */
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(annotations, RUN_ANNOTATION_VERSION);
    struct decoding d = {
        .revision = { .revision = name,
                      .image = revision_image(json),
                      .version = cJSON_IsString(version) ? version->valuestring : NULL,
                      .is_irreversible = annotation_is_true(annotations, RUN_ANNOTATION_IRREVERSIBLE) &&
                                         is_named_after_operation(annotations, name),
                      .min_instances = json_find_int(json, "scaling.minInstanceCount", 0),
                      .max_instances = json_find_int(json, "scaling.maxInstanceCount", 0) },
        .place = place,
        .arena = arena,
    };

    decode_containers(&d, find_list(json, "containers"));
    decode_volumes(&d, find_list(json, "volumes"));
    decode_limits(&d, json);
    return d;
}

struct run_revision revision_decode(const cJSON *json, const char *name, const struct run_place *place,
                                    struct arena *arena)
{
    struct decoding d = decode_made(json, name, place, arena);

    d.revision.is_minimum_known = cJSON_IsObject(json_find(json, "scalingStatus"));
    d.revision.minimum_now = json_find_int(json, "scalingStatus.desiredMinInstanceCount", 0);
    decode_condition(&d, json);
    return d.revision;
}

struct run_revision revision_decode_template(const cJSON *template, const struct run_place *place, struct arena *arena)
{
    const char *name = json_find_string(template, "revision");

    return decode_made(template, name ? name : "", place, arena).revision;
}

/* ---- the next one like it ---- */

/* Fields that a Revision shares with the RevisionTemplate it was made from. */
static const char *const template_fields[] = {
    "scaling",
    "vpcAccess",
    "timeout",
    "serviceAccount",
    "containers",
    "volumes",
    "executionEnvironment",
    "encryptionKey",
    "maxInstanceRequestConcurrency",
    "serviceMesh",
    "encryptionKeyRevocationAction",
    "encryptionKeyShutdownDuration",
    "sessionAffinity",
    "healthCheckDisabled",
    "nodeSelector",
    "gpuZonalRedundancyDisabled",
};

/* Everything of that name: a list that names it twice is Cloud Run's to refuse. */
static bool replace_value(const cJSON *env, const struct shape_pair *wanted, bool *ret_found, struct error *err)
{
    *ret_found = false;
    for (cJSON *entry = env->child; entry; entry = entry->next) {
        const char *name = json_find_string(entry, "name");

        if (!name || strcmp(name, wanted->key) != 0)
            continue;
        if (json_find(entry, "valueSource"))
            return error_set(err, ERR_CONFLICT, "%.100s comes from a secret: it is not set as plain text", name);
        json_set_string(entry, "value", wanted->value);
        *ret_found = true;
    }
    return true;
}

static bool set_environment(cJSON *container, const struct run_new_revision *args, struct error *err)
{
    cJSON *env = cJSON_GetObjectItemCaseSensitive(container, "env"), *entry;
    bool is_found;

    if (args->env_count > 0 && !cJSON_IsArray(env))
        env = json_set(container, "env", json_array());
    for (size_t i = 0; i < args->env_count; i++) {
        if (!replace_value(env, &args->env[i], &is_found, err))
            return false;
        if (is_found)
            continue;
        entry = json_add(env, json_object());
        json_set_string(entry, "name", args->env[i].key);
        json_set_string(entry, "value", args->env[i].value);
    }
    return true;
}

static void remove_environment(cJSON *container, const struct run_new_revision *args)
{
    cJSON *env = cJSON_GetObjectItemCaseSensitive(container, "env");

    for (size_t i = 0; i < args->removed_count; i++)
        for (cJSON *entry = env ? env->child : NULL, *next; entry; entry = next) {
            const char *name = json_find_string(entry, "name");

            next = entry->next;
            if (name && strcmp(name, args->removed[i]) == 0)
                cJSON_Delete(cJSON_DetachItemViaPointer(env, entry));
        }
}

static cJSON *object_in(cJSON *parent, const char *name)
{
    cJSON *found = cJSON_GetObjectItemCaseSensitive(parent, name);

    return cJSON_IsObject(found) ? found : json_set(parent, name, json_object());
}

static void set_limits(cJSON *container, const struct run_resources *resources)
{
    cJSON *limits;

    if (!resources->cpu && !resources->memory)
        return;
    limits = object_in(object_in(container, "resources"), "limits");
    if (resources->cpu)
        json_set_string(limits, "cpu", resources->cpu);
    if (resources->memory)
        json_set_string(limits, "memory", resources->memory);
}

static void set_resources(cJSON *template, cJSON *container, const struct run_resources *resources)
{
    char timeout[32];

    set_limits(container, resources);
    if (resources->concurrency > 0)
        json_set_int(template, "maxInstanceRequestConcurrency", resources->concurrency);
    if (resources->timeout_s > 0) {
        snprintf(timeout, sizeof(timeout), "%" PRId64 "s", resources->timeout_s);
        json_set_string(template, "timeout", timeout);
    }
    if (resources->has_min)
        json_set_int(object_in(template, "scaling"), "minInstanceCount", resources->min_instances);
    if (resources->max_instances > 0)
        json_set_int(object_in(template, "scaling"), "maxInstanceCount", resources->max_instances);
}

/* More than its maximum would be refused by Cloud Run in words that do not say where the number comes from. */
static bool set_minimum(cJSON *template, int64_t min_instances, struct error *err)
{
    cJSON *scaling = cJSON_GetObjectItemCaseSensitive(template, "scaling");
    int64_t max = json_find_int(scaling, "maxInstanceCount", 0);

    if (min_instances <= json_find_int(scaling, "minInstanceCount", 0))
        return true;
    if (max > 0 && min_instances > max)
        return error_set(err, ERR_CONFLICT,
                         "it is to keep %" PRId64 " instances, and the revision that serves allows %" PRId64
                         " at the most",
                         min_instances, max);
    if (!cJSON_IsObject(scaling))
        scaling = json_set(template, "scaling", json_object());
    json_set_int(scaling, "minInstanceCount", min_instances);
    return true;
}

cJSON *revision_template(const cJSON *revision, const struct run_new_revision *args, struct error *err)
{
    AUTO_JSON cJSON *template = json_object();
    cJSON *container;

    json_set_string(template, "revision", args->revision);
    json_set(template, "labels", service_own_pairs(json_find(revision, "labels")));
    json_set(template, "annotations", service_own_pairs(json_find(revision, "annotations")));
    for (size_t i = 0; i < ARRAY_LEN(template_fields); i++) {
        const cJSON *value = json_find(revision, template_fields[i]);

        if (value)
            json_set(template, template_fields[i], json_copy(value));
    }
    container = (cJSON *)request_container(find_list(template, "containers")); /* in our own copy */
    if (!cJSON_IsObject(container)) {
        error_set(err, ERR_INVALID, "the revision that serves has no container");
        return NULL;
    }
    json_set_string(container, "image", args->image);
    remove_environment(container, args);
    if (args->resources)
        set_resources(template, container, args->resources);
    return set_environment(container, args, err) && set_minimum(template, args->min_instances, err) ? TAKE(template)
                                                                                                    : NULL;
}
