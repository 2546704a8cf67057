#include "bot/model/cloud_run.h"

#include "bot/base/digest.h"

#include <string.h>

#define DIGEST_DIGITS 16

static const struct shape_field place_rows[] = {
    ROW_STRING(run_place, project, .flags = SHAPE_REQUIRED),
    ROW_STRING(run_place, region, .flags = SHAPE_REQUIRED),
    ROW_STRING(run_place, service, .flags = SHAPE_REQUIRED),
};
const struct shape run_place_shape = SHAPE("a Cloud Run service's place", run_place, place_rows);

static const struct shape_field share_rows[] = {
    ROW_STRING(run_share, revision),
    ROW_INT(run_share, percent),
    ROW_STRING(run_share, tag, .flags = SHAPE_NONZERO),
    ROW_STRING(run_share, uri, .flags = SHAPE_NONZERO),
};
const struct shape run_share_shape = SHAPE("a share of traffic", run_share, share_rows);

static const struct shape_field service_rows[] = {
    ROW_STRING(run_service, etag),
    ROW_STRING(run_service, uri),
    ROW_BOOL(run_service, is_settled),
    ROW_BOOL(run_service, is_ready),
    ROW_STRING(run_service, problem, .flags = SHAPE_NONZERO),
    ROW_STRING(run_service, latest_created),
    ROW_STRING(run_service, latest_ready),
    ROW_STRING(run_service, image, .flags = SHAPE_NONZERO),
    ROW_STRING(run_service, serving, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(run_service, wanted, &run_share_shape),
    ROW_OBJECTS(run_service, observed, &run_share_shape),
    ROW_MAP(run_service, annotations),
    ROW_INT(run_service, min_instances, .flags = SHAPE_NONZERO),
    ROW_INT(run_service, max_instances, .flags = SHAPE_NONZERO),
    ROW_BOOL(run_service, is_scaled_by_hand, .flags = SHAPE_NONZERO),
    ROW_INT(run_service, own_min, .flags = SHAPE_NONZERO),
    ROW_INT(run_service, own_max, .flags = SHAPE_NONZERO),
};
const struct shape run_service_shape = SHAPE("a Cloud Run service", run_service, service_rows);

static const struct shape_field scaling_rows[] = {
    ROW_OBJECT(run_scaling, place, &run_place_shape),
    ROW_INT(run_scaling, expected_min, .flags = SHAPE_NONZERO),
    ROW_INT(run_scaling, expected_max, .flags = SHAPE_NONZERO),
    ROW_INT(run_scaling, min, .flags = SHAPE_NONZERO),
    ROW_INT(run_scaling, max, .flags = SHAPE_NONZERO),
};
const struct shape run_scaling_shape = SHAPE("a change of scaling", run_scaling, scaling_rows);

static const struct shape_field resources_rows[] = {
    ROW_STRING(run_resources, cpu, .flags = SHAPE_NONZERO),
    ROW_STRING(run_resources, memory, .flags = SHAPE_NONZERO),
    ROW_INT(run_resources, concurrency, .flags = SHAPE_NONZERO),
    ROW_INT(run_resources, timeout_s, .flags = SHAPE_NONZERO),
    ROW_BOOL(run_resources, has_min, .flags = SHAPE_NONZERO),
    ROW_INT(run_resources, min_instances, .flags = SHAPE_NONZERO),
    ROW_INT(run_resources, max_instances, .flags = SHAPE_NONZERO),
};
const struct shape run_resources_shape = SHAPE("resources of a revision", run_resources, resources_rows);

static const struct shape_field new_revision_rows[] = {
    ROW_OBJECT(run_new_revision, place, &run_place_shape),
    ROW_STRING(run_new_revision, image, .flags = SHAPE_REQUIRED),
    ROW_STRING(run_new_revision, revision, .flags = SHAPE_REQUIRED),
    ROW_STRING(run_new_revision, tag, .flags = SHAPE_REQUIRED),
    ROW_STRING(run_new_revision, version),
    ROW_MAP(run_new_revision, env, .flags = SHAPE_NONZERO | SHAPE_SECRET),
    ROW_INT(run_new_revision, min_instances, .flags = SHAPE_NONZERO),
    ROW_BOOL(run_new_revision, is_irreversible, .flags = SHAPE_NONZERO),
    ROW_OPTION(run_new_revision, resources, &run_resources_shape, .flags = SHAPE_NONZERO),
    ROW_STRINGS(run_new_revision, removed, .flags = SHAPE_NONZERO),
};
const struct shape run_new_revision_shape = SHAPE("a new revision", run_new_revision, new_revision_rows);

static const struct shape_field traffic_rows[] = {
    ROW_OBJECT(run_traffic, place, &run_place_shape),
    ROW_OBJECTS(run_traffic, expected, &run_share_shape, .flags = SHAPE_REQUIRED),
    ROW_OBJECTS(run_traffic, wanted, &run_share_shape, .flags = SHAPE_REQUIRED),
    ROW_STRINGS(run_traffic, remove_tags, .flags = SHAPE_NONZERO),
    ROW_STRING(run_traffic, version),
    ROW_STRING(run_traffic, previous),
};
const struct shape run_traffic_shape = SHAPE("a change of traffic", run_traffic, traffic_rows);

static const struct shape_field untag_rows[] = {
    ROW_OBJECT(run_untag, place, &run_place_shape),
    ROW_STRINGS(run_untag, tags, .flags = SHAPE_REQUIRED),
    ROW_STRING(run_untag, revision, .flags = SHAPE_NONZERO),
};
const struct shape run_untag_shape = SHAPE("tags to take away", run_untag, untag_rows);

static const struct shape_field revisions_ask_rows[] = {
    ROW_OBJECT(run_revisions_ask, place, &run_place_shape),
    ROW_STRINGS(run_revisions_ask, revisions, .flags = SHAPE_REQUIRED),
};
const struct shape run_revisions_ask_shape = SHAPE("revisions to compare", run_revisions_ask, revisions_ask_rows);

static const struct shape_field revision_rows[] = {
    ROW_STRING(run_revision, revision, .flags = SHAPE_REQUIRED),
    ROW_STRING(run_revision, image, .flags = SHAPE_NONZERO),
    ROW_STRING(run_revision, version, .flags = SHAPE_NONZERO),
    ROW_BOOL(run_revision, is_irreversible, .flags = SHAPE_NONZERO),
    ROW_MAP(run_revision, settings),
    ROW_MAP(run_revision, secrets),
    ROW_MAP(run_revision, limits),
    ROW_INT(run_revision, min_instances),
    ROW_INT(run_revision, max_instances),
    ROW_BOOL(run_revision, is_minimum_known, .flags = SHAPE_NONZERO),
    ROW_INT(run_revision, minimum_now, .flags = SHAPE_NONZERO),
    ROW_BOOL(run_revision, is_ready),
    ROW_STRING(run_revision, problem, .flags = SHAPE_NONZERO),
};
const struct shape run_revision_shape = SHAPE("a revision", run_revision, revision_rows);

static const struct shape_field revisions_rows[] = {
    ROW_OBJECTS(run_revisions, revisions, &run_revision_shape),
};
static const struct shape_field template_rows[] = {
    ROW_BOOL(run_template, is_others, .flags = SHAPE_NONZERO),
    ROW_OBJECT(run_template, wanted, &run_revision_shape),
    ROW_OBJECT(run_template, serving, &run_revision_shape),
    ROW_INT(run_template, service_min, .flags = SHAPE_NONZERO),
    ROW_INT(run_template, service_max, .flags = SHAPE_NONZERO),
    ROW_STRING(run_template, modified_by, .flags = SHAPE_NONZERO),
    ROW_INT(run_template, modified_at_ms, .flags = SHAPE_NONZERO),
};
const struct shape run_template_shape = SHAPE("a template", run_template, template_rows);

const struct shape run_revisions_shape = SHAPE("revisions", run_revisions, revisions_rows);

static const struct shape_field tag_rows[] = {
    ROW_STRING(registry_tag, image, .flags = SHAPE_REQUIRED),
    ROW_STRING(registry_tag, tag, .flags = SHAPE_REQUIRED),
    ROW_BOOL(registry_tag, may_be_missing, .flags = SHAPE_NONZERO),
};
const struct shape registry_tag_shape = SHAPE("an image tag", registry_tag, tag_rows);

static const struct shape_field probe_rows[] = {
    ROW_STRING(health_probe, url, .flags = SHAPE_REQUIRED),
    ROW_INT(health_probe, expect_status, .otherwise = "200"),
    ROW_INT(health_probe, timeout_ms, .otherwise = "5000"),
    ROW_STRING(health_probe, json_field, .flags = SHAPE_NONZERO),
    ROW_STRING(health_probe, json_value, .flags = SHAPE_NONZERO),
    ROW_STRING(health_probe, audience, .flags = SHAPE_NONZERO),
    ROW_STRING(health_probe, project, .flags = SHAPE_NONZERO),
};
const struct shape health_probe_shape = SHAPE("a health check", health_probe, probe_rows);

static int64_t share_of(const struct run_share *shares, size_t count, const char *revision)
{
    int64_t percent = 0;

    for (size_t i = 0; i < count; i++)
        if (str_equal(str_of(shares[i].revision), str_of(revision)))
            percent += shares[i].percent;
    return percent;
}

static bool is_within(const struct run_share *a, size_t a_count, const struct run_share *b, size_t b_count)
{
    for (size_t i = 0; i < a_count; i++)
        if (share_of(a, a_count, a[i].revision) != share_of(b, b_count, a[i].revision))
            return false;
    return true;
}

const char *run_setting_digest(const char *service, const char *value, struct arena *arena)
{
    const struct str parts[] = { str_of(value) };
    struct digest_hex hex = digest_hex(digest_hmac(str_of(service), parts, ARRAY_LEN(parts)));

    return arena_copy(arena, (struct str){ hex.text, DIGEST_DIGITS });
}

const char *run_annotation(const struct run_service *service, const char *name)
{
    for (size_t i = 0; service && i < service->annotations_count; i++)
        if (strcmp(service->annotations[i].key, name) == 0)
            return service->annotations[i].value;
    return NULL;
}

bool run_split_equal(const struct run_share *a, size_t a_count, const struct run_share *b, size_t b_count)
{
    return is_within(a, a_count, b, b_count) && is_within(b, b_count, a, a_count);
}
