#include "run/change.h"

#include "run/resources.h"

#include <ctype.h>
#include <string.h>

/* ---- names ---- */

static bool is_known(const char *name, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(name, known[i]))
            return true;
    }
    return false;
}

static bool check_known(const cJSON *object, const char *const *known, size_t count, const char *where,
                        struct google_error *err)
{
    if (!cJSON_IsObject(object))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value at '%s' (type.googleapis.com), not an object",
                             where);
    JSON_EACH(field, object) {
        if (!is_known(field->string, known, count))
            return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                                 "Invalid JSON payload received. Unknown name \"%.60s\" at '%s': Cannot find field.",
                                 field->string, where);
    }
    return true;
}

/* Lower-case letters, digits and inner dashes, beginning with a letter. */
static bool is_name(const char *text, size_t max_len)
{
    size_t len = strlen(text);

    if (len == 0 || len > max_len || !islower((unsigned char)text[0]) || text[len - 1] == '-')
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* ---- template ---- */

/* clang-format off */
static const char *const template_fields[] = {
    "revision", "labels", "annotations", "scaling", "vpcAccess", "timeout", "serviceAccount", "containers", "volumes",
    "executionEnvironment", "encryptionKey", "maxInstanceRequestConcurrency", "serviceMesh", "sessionAffinity",
    "healthCheckDisabled", "nodeSelector", "gpuZonalRedundancyDisabled", "client", "clientVersion",
};
static const char *const container_fields[] = {
    "name", "image", "sourceCode", "command", "args", "env", "resources", "ports", "volumeMounts", "workingDir",
    "livenessProbe", "startupProbe", "readinessProbe", "dependsOn", "baseImageUri", "buildInfo",
};
static const char *const env_fields[] = { "name", "value", "valueSource" };
/* clang-format on */

static bool check_secret(const cJSON *source, struct google_error *err)
{
    static const char *const source_fields[] = { "secretKeyRef" }, *const fields_of_secret[] = { "secret", "version" };
    const cJSON *reference = tree_get(source, "secretKeyRef");

    if (!check_known(source, source_fields, 1, "service.template.containers[0].env[0].value_source", err) ||
        !check_known(reference, fields_of_secret, 2,
                     "service.template.containers[0].env[0].value_source.secret_key_ref", err))
        return false;
    return (tree_text(reference, "secret") && *tree_text(reference, "secret")) ||
           google_refuse(
               err, GOOGLE_INVALID_ARGUMENT,
               "Violation in template.containers[0].env[0].value_source.secret_key_ref.secret: required field "
               "not present");
}

/* A name once, with a text or a secret behind it. */
static bool check_env(const cJSON *list, const cJSON *env, struct google_error *err)
{
    const char *name = tree_text(env, "name");
    const cJSON *source = tree_get(env, "valueSource"), *value = tree_get(env, "value");

    if (!check_known(env, env_fields, ARRAY_LEN(env_fields), "service.template.containers[0].env[0]", err))
        return false;
    if (!name || !*name || strchr(name, '='))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.template.spec.containers[0].env: '%.60s' is no name of an environment variable",
                             name ? name : "");
    if (tree_find(list, "name", name) != env)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.template.spec.containers[0].env: '%.60s' is set more than once", name);
    if (value && (source || !cJSON_IsString(value)))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.template.spec.containers[0].env: '%.60s' must have either a text as 'value' or a "
                             "'valueSource'",
                             name);
    return !source || check_secret(source, err);
}

static bool is_image(const char *image)
{
    const char *digest = strstr(image, "@sha256:");

    if (!strchr(image, '/') || strpbrk(image, " \t\n"))
        return false;
    return !strchr(image, '@') || (digest && strspn(digest + 8, "0123456789abcdef") == 64 && !digest[8 + 64]);
}

static bool check_container(const cJSON *container, struct google_error *err)
{
    const char *image = NULL;

    if (!check_known(container, container_fields, ARRAY_LEN(container_fields), "service.template.containers[0]", err))
        return false;
    JSON_EACH(env, tree_get(container, "env")) {
        if (!check_env(tree_get(container, "env"), env, err))
            return false;
    }
    image = tree_text(container, "image");
    if (!image || !*image)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.template.spec.containers[0].image: should be non-empty");
    if (!is_image(image))
        return google_refuse(
            err, GOOGLE_INVALID_ARGUMENT,
            "spec.template.spec.containers[0].image: Expected an image path like [host/]repo-path[:tag and/or "
            "@digest], where host is one of [region.]gcr.io, [region-]docker.pkg.dev or docker.io but "
            "obtained %.100s.",
            image);
    return true;
}

static bool check_maps(const cJSON *object, const char *where, struct google_error *err);

static bool check_revision_name(const struct run_change *change, const char *name, struct google_error *err)
{
    size_t id_len = strlen(change->service->id);

    if (!is_name(name, 63) || strncmp(name, change->service->id, id_len) != 0 || name[id_len] != '-')
        return google_refuse(
            err, GOOGLE_INVALID_ARGUMENT,
            "spec.template.metadata.name: Revision name must be prefixed by the name of the enclosing Service "
            "with a trailing -, use only lowercase alphanumeric characters or '-', and have at most 63 "
            "characters: '%.100s'",
            name);
    return true;
}

/* Same configuration as a revision? The wanted name does not count. */
static bool is_same_config(const cJSON *template, const struct revision *revision)
{
    AUTO_JSON cJSON *config = json_copy(template);

    cJSON_DeleteItemFromObjectCaseSensitive(config, "revision");
    return tree_equal(config, revision->config);
}

static bool check_count(const cJSON *scaling, const char *name, const char *where, struct google_error *err)
{
    const cJSON *count = tree_get(scaling, name);

    return !count || tree_int(scaling, name, -1) >= 0 ||
           google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Violation in %s.%s: must be a whole number, 0 or more", where,
                         name);
}

/* Of the service as of a template. 0, or left out: there is no such bound. */
static bool check_range(const cJSON *scaling, const char *where, struct google_error *err)
{
    int64_t min = tree_int(scaling, "minInstanceCount", 0), max = tree_int(scaling, "maxInstanceCount", 0);

    return check_count(scaling, "minInstanceCount", where, err) && check_count(scaling, "maxInstanceCount", where, err) &&
           (max == 0 || min <= max ||
            google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                          "Violation in %s: min_instance_count (%lld) must not be greater than max_instance_count (%lld)",
                          where, (long long)min, (long long)max));
}

static void fill_template_defaults(cJSON *template)
{
    cJSON *scaling = tree_get(template, "scaling");

    scaling = scaling ? scaling : json_set(template, "scaling", json_object());
    if (!tree_get(scaling, "maxInstanceCount"))
        json_set_int(scaling, "maxInstanceCount", 100);
    if (!tree_text(template, "timeout"))
        json_set_string(template, "timeout", "300s");
    if (!tree_text(template, "serviceAccount"))
        json_set_string(template, "serviceAccount", "123456789012-compute@developer.gserviceaccount.com");
    if (tree_int(template, "maxInstanceRequestConcurrency", 0) == 0)
        json_set_int(template, "maxInstanceRequestConcurrency", 80);
}

/* Decides whether a new revision is made: its template must differ from the newest one's, or it must be forced. */
static bool decide_revision(struct run_change *change, const cJSON *template, struct google_error *err)
{
    const char *name = tree_text(template, "revision");
    const struct revision *newest = change->service->revisions;
    const struct revision *named = name ? service_find_revision(change->service, name) : newest;
    bool same = named && is_same_config(template, named);

    if (name && !check_revision_name(change, name, err))
        return false;
    if (name && named && (!same || change->force_new_revision))
        return google_refuse(err, GOOGLE_ALREADY_EXISTS,
                             "Revision named '%s' with different configuration already exists.", name);
    change->new_revision = !same || change->force_new_revision;
    return true;
}

static bool check_template(struct run_change *change, cJSON *template, struct google_error *err)
{
    const cJSON *containers = tree_get(template, "containers");

    if (!template)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "Violation in UpdateServiceRequest.service.template: required field not present");
    if (!check_known(template, template_fields, ARRAY_LEN(template_fields), "service.template", err))
        return false;
    if (cJSON_GetArraySize(containers) < 1)
        return google_refuse(
            err, GOOGLE_INVALID_ARGUMENT,
            "Violation in UpdateServiceRequest.service.template.containers: must contain exactly one container "
            "with an exposed port");
    JSON_EACH(container, containers) {
        if (!check_container(container, err))
            return false;
    }
    if (!check_maps(template, "spec.template.metadata", err) || !resources_check(template, err) ||
        !check_range(tree_get(template, "scaling"), "template.scaling", err))
        return false;
    fill_template_defaults(template);
    return decide_revision(change, template, err);
}

/* ---- traffic ---- */

static const char *const traffic_fields[] = { "type", "revision", "percent", "tag", "uri" };

static bool check_traffic_revision(const struct run_change *change, const cJSON *entry, int index,
                                   struct google_error *err)
{
    const char *revision = tree_text(entry, "revision");
    const cJSON *template = tree_get(change->wanted, "template");
    bool floats = tree_has_text(entry, "type", TRAFFIC_LATEST);

    if (!floats && !tree_has_text(entry, "type", TRAFFIC_REVISION))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "Violation in UpdateServiceRequest.service.traffic[%d].type: must be one of the "
                             "TrafficTargetAllocationType "
                             "values",
                             index);
    if (floats)
        return !revision ||
               google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.traffic[%d].revisionName: must not be set together with latestRevision", index);
    if (!revision || !*revision)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.traffic[%d]: must have either latestRevision or revisionName", index);
    if (service_find_revision(change->service, revision) ||
        (change->new_revision && tree_has_text(template, "revision", revision)))
        return true;
    return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                         "spec.traffic[%d].revisionName: Revision '%.100s' does not exist.", index, revision);
}

static bool check_traffic_entry(const struct run_change *change, const cJSON *traffic, const cJSON *entry, int index,
                                struct google_error *err)
{
    const char *tag = tree_text(entry, "tag");
    int64_t percent = tree_int(entry, "percent", tree_get(entry, "percent") ? -1 : 0);

    if (!check_known(entry, traffic_fields, ARRAY_LEN(traffic_fields), "service.traffic[0]", err))
        return false;
    if (percent < 0 || percent > 100)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.traffic[%d].percent: must be a whole number from 0 to 100", index);
    if (tag && !is_name(tag, 46 - (strlen(change->service->id) < 40 ? strlen(change->service->id) : 40)))
        return google_refuse(
            err, GOOGLE_INVALID_ARGUMENT,
            "spec.traffic[%d].tag: '%.60s' must be lowercase letters, digits and '-', begin with a letter, and "
            "together with the service's name have at most 46 characters",
            index, tag);
    if (tag && tree_find(traffic, "tag", tag) != entry)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "spec.traffic[%d].tag: '%.60s' is used more than once",
                             index, tag);
    return check_traffic_revision(change, entry, index, err);
}

static bool check_traffic(struct run_change *change, cJSON *traffic, struct google_error *err)
{
    int64_t sum = 0;
    int index = 0;

    if (!traffic || !traffic->child) { /* an empty split means: all of it to the latest revision */
        cJSON *entry = json_add(json_set(change->wanted, "traffic", json_array()), json_object());

        json_set_string(entry, "type", TRAFFIC_LATEST);
        json_set_int(entry, "percent", 100);
        return true;
    }
    JSON_EACH(entry, traffic) {
        if (!check_traffic_entry(change, traffic, entry, index++, err))
            return false;
        sum += tree_int(entry, "percent", 0);
    }
    if (sum != 100)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.traffic: Traffic targets must sum to 100 percent, got %lld.", (long long)sum);
    return true;
}

/* ---- labels, annotations, scaling and the rest ---- */

static const char *const reserved[] = { "run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev",
                                        "autoscaling.knative.dev" };

static bool is_reserved(const char *key)
{
    struct str rest = str_of(key);
    struct str space = str_take_until(&rest, '/');

    for (size_t i = 0; i < ARRAY_LEN(reserved) && !str_is_empty(rest); i++) {
        if (str_ends_with(space, reserved[i]))
            return true;
    }
    return false;
}

static bool check_map(const cJSON *map, const char *where, bool values_are_names, struct google_error *err)
{
    JSON_EACH(entry, map) {
        const char *value = cJSON_GetStringValue(entry);

        if (!value)
            return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value at '%s' (TYPE_STRING): %.60s", where,
                                 entry->string);
        if (is_reserved(entry->string))
            return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                                 "%s: '%.100s' is in a reserved namespace: run.googleapis.com, cloud.googleapis.com, "
                                 "serving.knative.dev and autoscaling.knative.dev are rejected on new resources",
                                 where, entry->string);
        if (values_are_names &&
            (strlen(value) > 63 || strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(value)))
            return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                                 "%s: label value '%.80s' must be at most 63 lowercase letters, digits, '_' and '-'",
                                 where, value);
    }
    return true;
}

static bool check_maps(const cJSON *object, const char *where, struct google_error *err)
{
    return check_map(tree_get(object, "annotations"), where, false, err) &&
           check_map(tree_get(object, "labels"), where, true, err);
}

static bool check_annotations(struct run_change *change, cJSON *annotations, struct google_error *err)
{
    (void)change;
    if (annotations && !cJSON_IsObject(annotations))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value at 'service.annotations', not a map");
    return check_map(annotations, "metadata.annotations", false, err);
}

static bool check_labels(struct run_change *change, cJSON *labels, struct google_error *err)
{
    (void)change;
    if (labels && !cJSON_IsObject(labels))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value at 'service.labels', not a map");
    return check_map(labels, "metadata.labels", true, err);
}

/* The service's own, shared out over its revisions: changing it makes no new one. */
static bool check_scaling(struct run_change *change, cJSON *scaling, struct google_error *err)
{
    static const char *const known[] = { "minInstanceCount", "maxInstanceCount", "manualInstanceCount", "scalingMode" };
    static const char *const modes[] = { "AUTOMATIC", "MANUAL" };
    const char *mode = tree_text(scaling, "scalingMode");

    (void)change;
    if (!scaling)
        return true;
    if (mode && !is_known(mode, modes, ARRAY_LEN(modes)))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value at 'service.scaling.scaling_mode' (TYPE_ENUM)");
    return check_known(scaling, known, ARRAY_LEN(known), "service.scaling", err) &&
           check_count(scaling, "manualInstanceCount", "service.scaling", err) &&
           check_range(scaling, "service.scaling", err);
}

static bool check_ingress(struct run_change *change, cJSON *ingress, struct google_error *err)
{
    static const char *const known[] = { "INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_ONLY",
                                         "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "INGRESS_TRAFFIC_NONE" };

    (void)change;
    return !ingress || is_known(cJSON_GetStringValue(ingress), known, ARRAY_LEN(known)) ||
           google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value at 'service.ingress' (TYPE_ENUM)");
}

static bool check_description(struct run_change *change, cJSON *description, struct google_error *err)
{
    const char *text = cJSON_GetStringValue(description);

    (void)change;
    return !description || (text && strlen(text) <= 512) ||
           google_refuse(err, GOOGLE_INVALID_ARGUMENT, "service.description: must be a text of at most 512 characters");
}

/* ---- the change as a whole ---- */

/* What a mask may name. The order is the order of checking: traffic may point at the template's new revision. */
static const struct field {
    const char *name;
    bool (*check)(struct run_change *change, cJSON *value, struct google_error *err); /* NULL: taken unseen */
} fields[] = {
    { "template", check_template },
    { "traffic", check_traffic },
    { "annotations", check_annotations },
    { "labels", check_labels },
    { "scaling", check_scaling },
    { "ingress", check_ingress },
    { "description", check_description },
    { "launchStage", NULL },
    { "client", NULL },
    { "clientVersion", NULL },
    { "binaryAuthorization", NULL },
    { "invokerIamDisabled", NULL },
    { "defaultUriDisabled", NULL },
    { "customAudiences", NULL },
};

/* clang-format off */
/* May stand in a body that was read before, and is ignored there. */
static const char *const output_fields[] = {
    "name", "uid", "generation", "createTime", "updateTime", "deleteTime", "expireTime", "creator", "lastModifier",
    "observedGeneration", "terminalCondition", "conditions", "latestReadyRevision", "latestCreatedRevision",
    "trafficStatuses", "uri", "urls", "reconciling", "etag", "satisfiesPzs", "buildConfig", "threatDetectionEnabled",
};
/* clang-format on */

static bool is_field(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (str_is(name, fields[i].name))
            return true;
    }
    return false;
}

static bool check_mask(const char *mask, struct google_error *err)
{
    struct str rest = str_of(mask);

    while (!str_is_empty(rest)) {
        struct str name = str_take_until(&rest, ',');

        if (!is_field(name))
            return google_refuse(
                err, GOOGLE_INVALID_ARGUMENT,
                "The update_mask in the UpdateServiceRequest is invalid: unknown or immutable field '" STR_FMT "'.",
                STR_ARG(name));
    }
    return true;
}

static bool is_masked(const char *mask, const char *name)
{
    struct str rest = str_of(mask);

    if (str_is_empty(rest))
        return true; /* no mask: the whole Service is replaced */
    while (!str_is_empty(rest)) {
        if (str_is(str_take_until(&rest, ','), name))
            return true;
    }
    return false;
}

static bool check_body(const struct run_change *change, struct google_error *err)
{
    AUTO_FREE char *name = service_name(change->service);
    AUTO_FREE char *etag = service_etag(change->service);
    const char *given_name = tree_text(change->body, "name"), *given_etag = tree_text(change->body, "etag");

    JSON_EACH(field, change->body) {
        if (!is_field(str_of(field->string)) && !is_known(field->string, output_fields, ARRAY_LEN(output_fields)))
            return google_refuse(
                err, GOOGLE_INVALID_ARGUMENT,
                "Invalid JSON payload received. Unknown name \"%.60s\" at 'service': Cannot find field.",
                field->string);
    }
    if (given_name && strcmp(given_name, name) != 0)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "service.name does not match the request's resource name");
    if (given_etag && strcmp(given_etag, etag) != 0)
        return google_refuse(err, GOOGLE_ABORTED,
                             "Conflict for resource '%s': version '%.60s' was specified but current version is '%s'.",
                             change->service->id, given_etag, etag);
    return true;
}

bool run_change_prepare(struct run_change *change, struct google_error *err)
{
    if (!check_mask(change->mask, err) || !check_body(change, err))
        return false;
    change->wanted = json_copy(change->service->wanted);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const char *name = fields[i].name;

        if (!is_masked(change->mask, name))
            continue;
        cJSON_DeleteItemFromObjectCaseSensitive(change->wanted, name);
        tree_copy(change->wanted, change->body, name);
        if (tree_get(change->wanted, name))
            tree_leave_out_defaults(tree_get(change->wanted, name)); /* as sent or as shown: the same thing */
        if (fields[i].check && !fields[i].check(change, tree_get(change->wanted, name), err))
            return false;
    }
    return true;
}

void run_change_store(struct run_change *change, const struct registry *registry)
{
    const cJSON *template = tree_get(change->wanted, "template");

    if (change->new_revision)
        service_add_revision(change->service, registry, template, tree_text(template, "revision"), change->now_ms);
    service_want(change->service, TAKE(change->wanted), change->by, change->now_ms, change->reconcile_ms);
}

void run_change_finish(struct run_change *change)
{
    cJSON_Delete(change->wanted);
    change->wanted = NULL;
}
