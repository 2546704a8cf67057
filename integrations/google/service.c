#include "integrations/google/service.h"

#include <inttypes.h>
#include <string.h>

#define TYPE_LATEST "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
#define TYPE_REVISION "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
#define ENTRIES_MAX 500 /* of a traffic list; comparing them is quadratic */

const char *service_short_name(const char *name)
{
    const char *slash = name ? strrchr(name, '/') : NULL;

    return slash ? slash + 1 : name;
}

static const cJSON *find_list(const cJSON *json, const char *path)
{
    const cJSON *found = json_find(json, path);

    return cJSON_IsArray(found) ? found : NULL;
}

static const cJSON *find_map(const cJSON *json, const char *path)
{
    const cJSON *found = json_find(json, path);

    return cJSON_IsObject(found) ? found : NULL;
}

/* ---- taken apart ---- */

static bool is_latest(const cJSON *entry)
{
    const char *type = json_find_string(entry, "type");

    return type ? strcmp(type, TYPE_LATEST) == 0 : !json_find_string(entry, "revision");
}

static const char *revision_of(const cJSON *entry, const char *latest_ready)
{
    return is_latest(entry) ? latest_ready : service_short_name(json_find_string(entry, "revision"));
}

static bool decode_share(const cJSON *entry, const char *latest_ready, struct run_share *share, struct error *err)
{
    share->revision = revision_of(entry, latest_ready);
    share->percent = json_find_int(entry, "percent", 0); /* left out when 0 */
    share->tag = json_find_string(entry, "tag");
    share->uri = json_find_string(entry, "uri");
    if (!share->revision)
        return error_set(err, ERR_INVALID, "an entry names no revision");
    return (share->percent >= 0 && share->percent <= 100) ||
           error_set(err, ERR_INVALID, "an entry is not within 0 to 100 %%");
}

/* An empty list means: everything to the latest that is ready. */
static bool decode_shares(const cJSON *json, const char *path, const char *latest_ready, struct arena *arena,
                          struct run_share **ret_shares, size_t *ret_count, struct error *err)
{
    struct run_share *shares = NULL, share;
    size_t count = 0;

    JSON_EACH(entry, find_list(json, path)) {
        if (is_latest(entry) && !latest_ready)
            continue; /* nothing was ever ready: it serves nothing */
        if (count == ENTRIES_MAX)
            return error_set(err, ERR_TOO_LARGE, "%s: more than %d entries", path, ENTRIES_MAX);
        if (!decode_share(entry, latest_ready, &share, err))
            return error_wrap(err, "%s", path);
        *ARENA_PUSH(arena, shares, count) = share;
    }
    if (count == 0 && latest_ready)
        *ARENA_PUSH(arena, shares, count) = (struct run_share){ .revision = latest_ready, .percent = 100 };
    *ret_shares = shares;
    *ret_count = count;
    return true;
}

static void decode_condition(const cJSON *json, struct run_service *service)
{
    const char *state = json_find_string(json, "terminalCondition.state");
    bool is_good = state && strcmp(state, "CONDITION_SUCCEEDED") == 0;
    bool is_bad = state && strcmp(state, "CONDITION_FAILED") == 0;
    const char *message = json_find_string(json, "terminalCondition.message");

    service->is_settled = (is_good || is_bad) && !json_find_bool(json, "reconciling", false) &&
                          json_find_int(json, "generation", 0) == json_find_int(json, "observedGeneration", 0);
    service->is_ready = service->is_settled && is_good;
    service->problem = !service->is_settled || is_good ? NULL
                       : message && message[0]         ? message
                                                       : "Cloud Run says that it failed, and not why";
}

static void decode_annotations(const cJSON *json, struct arena *arena, struct run_service *service)
{
    JSON_EACH(item, find_map(json, "annotations"))
        if (cJSON_IsString(item))
            *ARENA_PUSH(arena, service->annotations, service->annotations_count) =
                (struct shape_pair){ item->string, item->valuestring };
}

static const char *find_serving(const struct run_share *shares, size_t count)
{
    const char *serving = NULL;
    int64_t most = 0;

    for (size_t i = 0; i < count; i++) {
        int64_t percent = 0;

        for (size_t k = 0; k < count; k++) /* a revision may have several entries */
            if (strcmp(shares[k].revision, shares[i].revision) == 0)
                percent += shares[k].percent;
        if (percent > most) {
            most = percent;
            serving = shares[i].revision;
        }
    }
    return serving;
}

bool service_decode(const cJSON *json, struct arena *arena, struct run_service *ret_service, struct error *err)
{
    struct run_service service = {
        .uri = json_find_string(json, "uri"),
        .latest_created = service_short_name(json_find_string(json, "latestCreatedRevision")),
        .latest_ready = service_short_name(json_find_string(json, "latestReadyRevision")),
    };

    if (!json_get_string(json, "etag", &service.etag, err) ||
        !decode_shares(json, "traffic", service.latest_ready, arena, &service.wanted, &service.wanted_count, err) ||
        !decode_shares(json, "trafficStatuses", service.latest_ready, arena, &service.observed, &service.observed_count,
                       err))
        return error_wrap(err, "not a service of Cloud Run");
    service.serving = find_serving(service.observed, service.observed_count);
    service.min_instances = json_find_int(json, "scaling.minInstanceCount", 0);
    service.max_instances = json_find_int(json, "scaling.maxInstanceCount", 0);
    service.is_scaled_by_hand = text_equal(json_find_string(json, "scaling.scalingMode"), "MANUAL");
    decode_condition(json, &service);
    decode_annotations(json, arena, &service);
    *ret_service = service;
    return true;
}

const char *service_split_text(const struct run_share *shares, size_t count, struct arena *arena)
{
    AUTO_BUF struct buf text = BUF(160); /* a sentence holds two of them */

    for (size_t i = 0; i < count; i++)
        if (shares[i].percent > 0)
            buf_addf(&text, "%s%s %" PRId64 " %%", text.len > 0 ? ", " : "",
                     shares[i].revision ? shares[i].revision : "?", shares[i].percent);
    return text.failed    ? arena_printf(arena, "%s, …", buf_text(&text))
           : text.len > 0 ? arena_copy(arena, buf_str(&text))
                          : "none";
}

/* ---- put together ---- */

static void add_entry(cJSON *traffic, const char *revision, int64_t percent,
                      const char *tag) /* revision NULL: LATEST */
{
    cJSON *entry = json_add(traffic, json_object());

    json_set_string(entry, "type", revision ? TYPE_REVISION : TYPE_LATEST);
    json_set_string(entry, "revision", revision);
    if (percent > 0)
        json_set_int(entry, "percent", percent);
    json_set_string(entry, "tag", tag);
}

cJSON *service_traffic_with_tag(const cJSON *json, const struct run_service *service, const char *revision,
                                const char *tag)
{
    const cJSON *entries = find_list(json, "traffic");
    cJSON *traffic;

    if (service->wanted_count == 0 || !service->latest_ready)
        return NULL;
    traffic = json_array();
    if (cJSON_GetArraySize(entries) == 0)
        add_entry(traffic, service->latest_ready, 100, NULL);
    JSON_EACH(entry, entries) {
        const char *own_tag = json_find_string(entry, "tag");
        int64_t percent = json_find_int(entry, "percent", 0);

        if (text_equal(own_tag, tag))
            own_tag = NULL; /* ours is derived from the operation: an earlier try put it there */
        if (own_tag || percent > 0)
            add_entry(traffic, revision_of(entry, service->latest_ready), percent, own_tag);
    }
    add_entry(traffic, revision, 0, tag);
    return traffic;
}

static bool is_wanted_tag(const struct run_traffic *args, const char *tag)
{
    for (size_t i = 0; i < args->wanted_count; i++)
        if (text_equal(args->wanted[i].tag, tag))
            return true;
    return false;
}

static bool is_among(const char **tags, size_t count, const char *tag)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(tags[i], tag))
            return true;
    return false;
}

/* LATEST stays LATEST: somebody's share or tag that moves with each deploy goes on moving. */
static void add_as_it_is(cJSON *traffic, const cJSON *entry, int64_t percent, const char *tag)
{
    add_entry(traffic, is_latest(entry) ? NULL : service_short_name(json_find_string(entry, "revision")), percent, tag);
}

cJSON *service_traffic_wanted(const cJSON *json, const struct run_traffic *args)
{
    cJSON *traffic = json_array();

    for (size_t i = 0; i < args->wanted_count; i++)
        if (args->wanted[i].percent > 0 || args->wanted[i].tag)
            add_entry(traffic, args->wanted[i].revision, args->wanted[i].percent, args->wanted[i].tag);
    JSON_EACH(entry, find_list(json, "traffic")) {
        const char *tag = json_find_string(entry, "tag");

        if (tag && !is_wanted_tag(args, tag) && !is_among(args->remove_tags, args->remove_tags_count, tag))
            add_as_it_is(traffic, entry, 0, tag);
    }
    return traffic;
}

static bool is_on(const cJSON *entry, const char *revision)
{
    const char *name = json_find_string(entry, "revision");

    return !is_latest(entry) && name && text_equal(service_short_name(name), revision);
}

static bool has_share(const cJSON *json, const char *revision)
{
    JSON_EACH(entry, find_list(json, "traffic"))
        if (is_on(entry, revision) && json_find_int(entry, "percent", 0) > 0)
            return true;
    return false;
}

/* Somebody may have put the tag elsewhere, or given the revision traffic again. */
static bool may_untag(const cJSON *json, const cJSON *entry, const struct run_untag *args)
{
    return !args->revision || (is_on(entry, args->revision) && !has_share(json, args->revision));
}

cJSON *service_traffic_without(const cJSON *json, const struct run_untag *args)
{
    AUTO_JSON cJSON *traffic = json_array();
    bool has_any = false;

    JSON_EACH(entry, find_list(json, "traffic")) {
        const char *tag = json_find_string(entry, "tag");
        int64_t percent = json_find_int(entry, "percent", 0);

        if (is_among(args->tags, args->tags_count, tag) && may_untag(json, entry, args)) {
            has_any = true;
            tag = NULL;
        }
        if (tag || percent > 0)
            add_as_it_is(traffic, entry, percent, tag);
    }
    return has_any ? TAKE(traffic) : NULL;
}

cJSON *service_scaling_wanted(const cJSON *json, int64_t min, int64_t max)
{
    const cJSON *scaling = find_map(json, "scaling");
    cJSON *wanted = scaling ? json_copy(scaling) : json_object();

    cJSON_DeleteItemFromObjectCaseSensitive(wanted, "minInstanceCount");
    cJSON_DeleteItemFromObjectCaseSensitive(wanted, "maxInstanceCount");
    if (min > 0)
        json_set_int(wanted, "minInstanceCount", min);
    if (max > 0)
        json_set_int(wanted, "maxInstanceCount", max);
    return wanted;
}

static bool is_reserved(const char *key)
{
    static const char *const domains[] = { "run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev",
                                           "autoscaling.knative.dev" };
    struct str rest = str_of(key), domain;

    if (!str_contains(rest, "/"))
        return false;
    domain = str_take_until(&rest, '/');
    for (size_t i = 0; i < ARRAY_LEN(domains); i++)
        if (str_ends_with(domain, domains[i]))
            return true;
    return false;
}

cJSON *service_own_pairs(const cJSON *pairs)
{
    cJSON *own = json_object();

    JSON_EACH(item, cJSON_IsObject(pairs) ? pairs : NULL)
        if (cJSON_IsString(item) && !is_reserved(item->string))
            json_set_string(own, item->string, item->valuestring);
    return own;
}
