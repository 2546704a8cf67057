#include "run/conduct.h"

#include <string.h>

#define RULES_MAX 1000
#define LATENCY_MAX_MS 600000

static bool check_target(const struct run *run, const cJSON *rule, struct error *err)
{
    const char *id = tree_text(rule, "service"), *name = tree_text(rule, "revision");

    if (!id && !name && !tree_text(rule, "image"))
        return error_set(err, ERR_INVALID, "whose? 'service', 'image' or 'revision' is missing");
    if (id && !run_find(run, id))
        return error_set(err, ERR_NOT_FOUND, "no such service '%.60s'", id);
    for (const struct service *service = run->services; name && service; service = service->next) {
        if ((!id || text_is(service->id, id)) && service_find_revision(service, name))
            return true;
    }
    return !name || error_set(err, ERR_NOT_FOUND, "no such revision '%.60s'", name);
}

static bool check_numbers(const cJSON *rule, struct error *err)
{
    const cJSON *rate = tree_get(rule, "error_rate"), *latency = tree_get(rule, "latency_ms");
    int64_t from = tree_int(rule, "from_percent", 0);

    if (rate && !(cJSON_IsNumber(rate) && rate->valuedouble >= 0 && rate->valuedouble <= 1))
        return error_set(err, ERR_INVALID, "'error_rate' is a number from 0 to 1");
    if (tree_get(rule, "from_percent") && (!rate || from < 1 || from > 100))
        return error_set(err, ERR_INVALID,
                         "'from_percent' is a whole number from 1 to 100, and goes with 'error_rate'");
    if (tree_get(rule, "hangs") && !cJSON_IsBool(tree_get(rule, "hangs")))
        return error_set(err, ERR_INVALID, "'hangs' is true or false");
    if (latency && (tree_int(rule, "latency_ms", 0) < 1 || tree_int(rule, "latency_ms", 0) > LATENCY_MAX_MS))
        return error_set(err, ERR_INVALID, "'latency_ms' is a whole number from 1 to %d", LATENCY_MAX_MS);
    return true;
}

static bool check_health(const cJSON *health, struct error *err)
{
    const cJSON *status = tree_get(health, "status"), *body = tree_get(health, "body");
    int64_t code = tree_int(health, "status", 200);

    if (health && !cJSON_IsNull(health) && !cJSON_IsObject(health))
        return error_set(err, ERR_INVALID, "'health' is an object, or null");
    if (status && !cJSON_IsNumber(status))
        return error_set(err, ERR_INVALID, "'status' is a number");
    if (code < 200 || code > 599)
        return error_set(err, ERR_INVALID, "'status' is an HTTP status from 200 to 599");
    return !body || cJSON_IsObject(body) || cJSON_IsString(body) ||
           error_set(err, ERR_INVALID, "'body' is an object, or any text");
}

/* ---- whom it is for ---- */

static const struct registry_image *image_of(const struct run *run, const struct revision *revision)
{
    for (const struct registry_image *image = run->registry->images; image; image = image->next) {
        if (text_is(image->digest, revision->digest))
            return image;
    }
    return NULL;
}

/* "sha256:...", "v1.5.0" in the revision's own repository, or a whole path. */
static bool runs_image(const struct run *run, const struct revision *revision, const char *reference)
{
    const struct registry_image *image = image_of(run, revision), *meant = NULL;

    if (!image)
        return false;
    meant = strchr(reference, '/') ? registry_find_image(run->registry, reference)
                                   : registry_find(run->registry, image->repository, reference);
    return meant && text_is(meant->digest, image->digest);
}

static bool is_for(const struct run *run, const cJSON *rule, const struct service *service,
                   const struct revision *revision)
{
    const char *id = tree_text(rule, "service"), *name = tree_text(rule, "revision");
    const char *image = tree_text(rule, "image");

    return (!id || text_is(id, service->id)) && (!name || text_is(name, revision->name)) &&
           (!image || runs_image(run, revision, image));
}

static void apply(const cJSON *rule, struct conduct *conduct)
{
    const cJSON *rate = tree_get(rule, "error_rate"), *health = tree_get(rule, "health");

    if (rate) {
        conduct->error_rate = rate->valuedouble;
        conduct->from_percent = tree_int(rule, "from_percent", 0);
    }
    conduct->latency_ms = tree_int(rule, "latency_ms", conduct->latency_ms);
    if (tree_get(rule, "hangs"))
        conduct->hangs = cJSON_IsTrue(tree_get(rule, "hangs"));
    if (!health)
        return;
    cJSON_Delete(conduct->health);
    conduct->health = cJSON_IsNull(health) ? NULL : json_copy(health);
}

bool conduct_add_rule(struct run *run, const cJSON *rule, struct error *err)
{
    if (!check_target(run, rule, err) || !check_numbers(rule, err) || !check_health(tree_get(rule, "health"), err))
        return false;
    for (struct service *service = run->services; service; service = service->next) {
        conduct_settle(run, service); /* those that came before this rule */
        for (struct revision *revision = service->revisions; revision; revision = revision->older) {
            if (is_for(run, rule, service, revision))
                apply(rule, &revision->conduct);
        }
    }
    json_add(run->rules, json_copy(rule));
    tree_keep_last(run->rules, RULES_MAX);
    return true;
}

void conduct_settle(const struct run *run, struct service *service)
{
    for (struct revision *revision = service->revisions; revision && !revision->is_settled;
         revision = revision->older) {
        revision->is_settled = true;
        JSON_EACH(rule, run->rules) {
            if (is_for(run, rule, service, revision))
                apply(rule, &revision->conduct);
        }
    }
}
