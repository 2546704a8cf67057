#include "run/foreign.h"

#define SOMEBODY "carol@acme.example"

/* ---- the split ---- */

static cJSON *split_entry(cJSON *traffic, const char *revision, double percent)
{
    cJSON *entry = json_add(traffic, json_object());

    json_set_string(entry, "type", TRAFFIC_REVISION);
    json_set_string(entry, "revision", revision);
    json_set_double(entry, "percent", percent);
    return entry;
}

/* Each revision's share on its first entry; a tag keeps its entry even without one. */
static cJSON *traffic_of(const struct service *service, const cJSON *split)
{
    cJSON *traffic = json_array();

    JSON_EACH(entry, tree_get(service->wanted, "traffic")) {
        const char *latest = service->latest_ready ? service->latest_ready->name : "";
        const char *revision = tree_text_or(entry, "revision", latest);
        const cJSON *share = tree_find(traffic, "revision", revision) ? NULL : tree_get(split, revision);

        if (share || tree_text(entry, "tag"))
            tree_set_text(split_entry(traffic, revision, share ? share->valuedouble : 0), "tag",
                          tree_text(entry, "tag"));
    }
    JSON_EACH(share, split) {
        if (!tree_find(traffic, "revision", share->string))
            split_entry(traffic, share->string, share->valuedouble);
    }
    return traffic;
}

/* ---- the template ---- */

static cJSON *env_entry(const char *name, const cJSON *value)
{
    cJSON *entry = json_object();

    json_set_string(entry, "name", name);
    if (cJSON_IsObject(value)) {
        cJSON *reference = json_set(json_set(entry, "valueSource", json_object()), "secretKeyRef", json_object());

        tree_copy(reference, value, "secret");
        tree_copy(reference, value, "version");
    } else {
        json_set(entry, "value", json_copy(value));
    }
    return entry;
}

static void set_env(cJSON *container, const cJSON *changes)
{
    cJSON *env = tree_get(container, "env");

    env = env ? env : json_set(container, "env", json_array());
    JSON_EACH(change, changes) {
        cJSON *old = tree_find(env, "name", change->string);

        if (old)
            cJSON_Delete(cJSON_DetachItemViaPointer(env, old));
        if (!cJSON_IsNull(change))
            json_add(env, env_entry(change->string, change));
    }
}

static cJSON *template_of(const struct service *service, const cJSON *wanted)
{
    cJSON *template = json_copy(tree_get(service->wanted, "template"));
    cJSON *container = tree_get(template, "containers")->child, *scaling = tree_get(template, "scaling");

    cJSON_DeleteItemFromObjectCaseSensitive(template, "revision"); /* a new one gets a name of its own */
    tree_copy(container, wanted, "image");
    set_env(container, tree_get(wanted, "env"));
    scaling = scaling ? scaling : json_set(template, "scaling", json_object());
    JSON_EACH(change, tree_get(wanted, "scaling")) {
        tree_copy(scaling, tree_get(wanted, "scaling"), change->string);
    }
    return template;
}

/* ---- the change ---- */

static bool check(const cJSON *wanted, struct error *err)
{
    JSON_EACH(share, tree_get(wanted, "split")) {
        if (!cJSON_IsNumber(share))
            return error_set(err, ERR_INVALID, "'split' is percents by revision");
    }
    return tree_get(wanted, "mask") || tree_get(wanted, "body") || tree_get(wanted, "split") ||
           tree_get(wanted, "env") || tree_get(wanted, "scaling") || tree_get(wanted, "image") ||
           error_set(err, ERR_INVALID, "nothing to change: 'mask' and 'body', or 'split', 'env', 'scaling', 'image'");
}

bool foreign_change(struct run *run, const cJSON *wanted, int64_t now_ms, struct error *err)
{
    struct service *service = run_find(run, tree_text(wanted, "service"));
    AUTO_JSON cJSON *body = tree_get(wanted, "body") ? json_copy(tree_get(wanted, "body")) : json_object();
    bool templated = tree_get(wanted, "env") || tree_get(wanted, "scaling") || tree_get(wanted, "image");
    const char *mask = tree_text_or(wanted, "mask", "traffic");
    struct google_error refused;

    if (!service)
        return error_set(err, ERR_NOT_FOUND, "no such service");
    if (!check(wanted, err))
        return false;
    if (tree_get(wanted, "split"))
        json_set(body, "traffic", traffic_of(service, tree_get(wanted, "split")));
    if (templated) {
        json_set(body, "template", template_of(service, wanted));
        mask = tree_get(wanted, "split") ? "template,traffic" : "template";
    }
    if (!run_change_by(run, service, tree_text_or(wanted, "by", SOMEBODY), mask, body, now_ms, &refused))
        return error_set(err, ERR_INVALID, "%.200s", refused.message);
    return true;
}
