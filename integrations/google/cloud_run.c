#include "integrations/google/cloud_run.h"

#include "bot/base/time.h"
#include "bot/model/plant.h"
#include "bot/model/without_store.h"
#include "integrations/google/attempt.h"
#include "integrations/google/revision.h"
#include "integrations/google/service.h"

#include <inttypes.h>
#include <string.h>

#define REVISIONS_MAX 20

/* ---- READING_SERVICE ---- */

struct exchange_step cloud_run_read(const struct exchange *exchange)
{
    const cJSON *revision = NULL;
    struct attempt attempt;
    struct run_place place;
    struct error err;

    if (!shape_from_json(&run_place_shape, exchange->args, exchange->arena, &place, &err))
        return exchange_never(exchange, "Cloud Run: %s", err.message);
    if (!attempt_begin(&attempt, exchange, &place) || !attempt_read_service(&attempt))
        return attempt.dialog.step;
    if (attempt.service.serving && !attempt_read_revision(&attempt, attempt.service.serving, &revision))
        return attempt.dialog.step;
    attempt.service.image = revision_image(revision);
    attempt.service.own_min = json_find_int(revision, "scaling.minInstanceCount", 0);
    attempt.service.own_max = json_find_int(revision, "scaling.maxInstanceCount", 0);
    return exchange_done(exchange, shape_to_json(&run_service_shape, &attempt.service, SHAPE_WHOLE));
}

/* ---- READING_REVISIONS ---- */

struct exchange_step cloud_run_read_revisions(const struct exchange *exchange)
{
    struct run_revisions_ask args;
    struct run_revisions found = { 0 };
    struct attempt attempt;
    struct error err;

    if (!shape_from_json(&run_revisions_ask_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "Cloud Run: %s", err.message);
    if (args.revisions_count == 0 || args.revisions_count > REVISIONS_MAX)
        return exchange_never(exchange, "Cloud Run: from 1 to %d revisions can be compared", REVISIONS_MAX);
    if (!attempt_begin(&attempt, exchange, &args.place))
        return attempt.dialog.step;
    for (size_t i = 0; i < args.revisions_count; i++) {
        const cJSON *revision;

        if (!attempt_read_revision(&attempt, args.revisions[i], &revision))
            return attempt.dialog.step;
        if (revision)
            *ARENA_PUSH(exchange->arena, found.revisions, found.revisions_count) =
                revision_decode(revision, args.revisions[i], &args.place, exchange->arena);
    }
    return exchange_done(exchange, shape_to_json(&run_revisions_shape, &found, SHAPE_WHOLE));
}

/* ---- READING_TEMPLATE ---- */

/* A change by anybody else gives the template no name, or one of theirs; our mark may have stayed in it. */
static bool is_of_ours(const struct attempt *attempt, const cJSON *template)
{
    const cJSON *annotations = json_find(template, "annotations"); /* their names have dots: no paths */
    const char *name = json_find_string(template, "revision");

    return text_equal(name, attempt->service.latest_created) &&
           cJSON_IsString(cJSON_GetObjectItemCaseSensitive(annotations, RUN_ANNOTATION_EFFECT));
}

static bool is_serving(const struct attempt *attempt)
{
    const struct run_service *service = &attempt->service;

    return !service->serving || (service->latest_created && strcmp(service->serving, service->latest_created) == 0);
}

static struct run_template template_of(const struct attempt *attempt, const cJSON *template, const cJSON *serving)
{
    const char *modified = json_find_string(attempt->json, "updateTime");
    struct arena *arena = attempt->exchange->arena;
    struct run_template found = {
        .is_others = true,
        .wanted = revision_decode_template(template, &attempt->place, arena),
        .serving = revision_decode(serving, attempt->service.serving, &attempt->place, arena),
        .service_min = json_find_int(attempt->json, "scaling.minInstanceCount", 0),
        .service_max = json_find_int(attempt->json, "scaling.maxInstanceCount", 0),
        .modified_by = json_find_string(attempt->json, "lastModifier"),
    };
    struct error ignored;

    if (modified)
        time_parse(str_of(modified), &found.modified_at_ms, &ignored);
    return found;
}

struct exchange_step cloud_run_read_template(const struct exchange *exchange)
{
    struct run_template found = { .wanted.revision = "", .serving.revision = "" };
    const cJSON *serving = NULL, *template;
    struct attempt attempt;
    struct run_place place;
    struct error err;

    if (!shape_from_json(&run_place_shape, exchange->args, exchange->arena, &place, &err))
        return exchange_never(exchange, "Cloud Run: %s", err.message);
    if (!attempt_begin(&attempt, exchange, &place) || !attempt_read_service(&attempt))
        return attempt.dialog.step;
    template = json_find(attempt.json, "template");
    if (cJSON_IsObject(template) && !is_serving(&attempt) && !is_of_ours(&attempt, template)) {
        if (!attempt_read_revision(&attempt, attempt.service.serving, &serving))
            return attempt.dialog.step;
        if (serving)
            found = template_of(&attempt, template, serving);
    }
    return exchange_done(exchange, shape_to_json(&run_template_shape, &found, SHAPE_WHOLE));
}

/* ---- EFFECT_NEW_REVISION ---- */

static void set_annotation(cJSON *annotations, const char *name, const char *value) /* NULL: it is not true any more */
{
    cJSON_DeleteItemFromObjectCaseSensitive(annotations, name);
    json_set_string(annotations, name, value);
}

static struct exchange_step has_revision(const struct attempt *attempt, const struct run_new_revision *args,
                                         bool existed)
{
    cJSON *result = json_object();

    json_set_string(result, "revision", args->revision);
    json_set_bool(result, "existed", existed);
    return exchange_done(attempt->exchange, result);
}

static bool is_same_image(const char *a, const char *b)
{
    const char *a_digest = a ? strchr(a, '@') : NULL, *b_digest = b ? strchr(b, '@') : NULL;

    return text_equal(a_digest, b_digest);
}

static bool is_tagged(const struct attempt *attempt, const struct run_new_revision *args)
{
    const struct run_service *service = &attempt->service;

    for (size_t i = 0; i < service->wanted_count; i++)
        if (service->wanted[i].tag && strcmp(service->wanted[i].tag, args->tag) == 0)
            return strcmp(service->wanted[i].revision, args->revision) == 0;
    return false;
}

static struct exchange_step cannot_pin(const struct attempt *attempt)
{
    return exchange_never(attempt->exchange,
                          "%s: no revision of it was ever ready, so there is nothing to serve meanwhile: "
                          "deploy it once by hand",
                          attempt->what);
}

/* An earlier try made the revision. Its tag came with the same PATCH; somebody may have taken it away since. */
static struct exchange_step keep_revision(struct attempt *attempt, const struct run_new_revision *args,
                                          const cJSON *revision)
{
    cJSON *traffic, *body;

    if (!is_same_image(revision_image(revision), args->image))
        return exchange_never(attempt->exchange, "%s: a revision %s is there already, with another image",
                              attempt->what, args->revision);
    if (is_tagged(attempt, args))
        return has_revision(attempt, args, true);
    traffic = service_traffic_with_tag(attempt->json, &attempt->service, args->revision, args->tag);
    if (!traffic)
        return cannot_pin(attempt);
    body = json_object();
    json_set(body, "traffic", traffic);
    return attempt_patch(attempt, "traffic", body) ? has_revision(attempt, args, true) : attempt->dialog.step;
}

/* The body of the PATCH, or NULL with dialog.step. */
static cJSON *new_revision_body(struct attempt *attempt, const struct run_new_revision *args, const cJSON *serving)
{
    AUTO_JSON cJSON *body = json_object();
    cJSON *template, *traffic, *annotations;
    struct error err;

    template = revision_template(serving, args, &err);
    if (!template) {
        attempt_stop(attempt, exchange_never(attempt->exchange, "%s: %s", attempt->what, err.message));
        return NULL;
    }
    json_set(body, "template", template);
    annotations = cJSON_GetObjectItemCaseSensitive(template, "annotations");
    set_annotation(annotations, RUN_ANNOTATION_OPERATION, attempt->exchange->operation_id);
    set_annotation(annotations, RUN_ANNOTATION_EFFECT, attempt->exchange->effect_id);
    set_annotation(annotations, RUN_ANNOTATION_VERSION, args->version);
    if (args->is_irreversible)
        set_annotation(annotations, RUN_ANNOTATION_IRREVERSIBLE, "true");
    else
        cJSON_DeleteItemFromObjectCaseSensitive(annotations, RUN_ANNOTATION_IRREVERSIBLE); /* of the one it is made from */
    traffic = service_traffic_with_tag(attempt->json, &attempt->service, args->revision, args->tag);
    if (!traffic) {
        attempt_stop(attempt, cannot_pin(attempt));
        return NULL;
    }
    json_set(body, "traffic", traffic);
    annotations = json_set(body, "annotations", service_own_pairs(json_find(attempt->json, "annotations")));
    set_annotation(annotations, RUN_ANNOTATION_OPERATION, attempt->exchange->operation_id);
    return TAKE(body);
}

static struct exchange_step make_revision(struct attempt *attempt, const struct run_new_revision *args)
{
    const cJSON *serving;
    cJSON *body;

    if (!attempt->service.serving)
        return cannot_pin(attempt);
    if (!attempt_read_revision(attempt, attempt->service.serving, &serving))
        return attempt->dialog.step;
    if (!serving)
        return exchange_again(attempt->exchange, "%s: revision %s serves, and is not there", attempt->what,
                              attempt->service.serving);
    body = new_revision_body(attempt, args, serving);
    if (!body)
        return attempt->dialog.step;
    return attempt_patch(attempt, "template,traffic,annotations", body) ? has_revision(attempt, args, false)
                                                                        : attempt->dialog.step;
}

struct exchange_step cloud_run_new_revision(const struct exchange *exchange)
{
    struct run_new_revision args;
    const cJSON *ours = NULL;
    struct attempt attempt;
    struct error err;

    if (!shape_from_json(&run_new_revision_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "Cloud Run: %s", err.message);
    if (!strstr(args.image, "@sha256:"))
        return exchange_never(exchange, "Cloud Run: image %s is not pinned by its digest", args.image);
    if (!attempt_is_name(args.revision) || !attempt_is_name(args.tag))
        return exchange_never(exchange, "Cloud Run: '%s' or '%s' cannot name a revision or a tag", args.revision,
                              args.tag);
    if (!attempt_begin(&attempt, exchange, &args.place) || !attempt_read_service(&attempt))
        return attempt.dialog.step;
    if (!exchange->is_first_try && !attempt_read_revision(&attempt, args.revision, &ours))
        return attempt.dialog.step;
    return ours ? keep_revision(&attempt, &args, ours) : make_revision(&attempt, &args);
}

/* ---- EFFECT_TRAFFIC, EFFECT_RETURN ---- */

static bool is_whole(const struct run_share *shares, size_t count)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        if (!attempt_is_name(shares[i].revision) || shares[i].percent < 0 || shares[i].percent > 100)
            return false;
        sum += shares[i].percent;
    }
    return sum == 100;
}

static bool is_annotated(const struct attempt *attempt)
{
    const char *effect = run_annotation(&attempt->service, RUN_ANNOTATION_EFFECT);

    return effect && strcmp(effect, attempt->exchange->effect_id) == 0;
}

static struct exchange_step has_traffic(const struct attempt *attempt, bool changed)
{
    cJSON *result = json_object();

    json_set_bool(result, "changed", changed);
    json_set_string(result, "effect", attempt->exchange->effect_id);
    return exchange_done(attempt->exchange, result);
}

static struct exchange_step foreign_split(const struct attempt *attempt, const struct run_traffic *args)
{
    const struct run_service *service = &attempt->service;
    struct arena *arena = attempt->exchange->arena;

    return exchange_never(attempt->exchange,
                          "%s: expected %s, found %s: somebody else changed its traffic, so it was left alone",
                          attempt->what, service_split_text(args->expected, args->expected_count, arena),
                          service_split_text(service->wanted, service->wanted_count, arena));
}

static cJSON *traffic_body(const struct attempt *attempt, const struct run_traffic *args)
{
    cJSON *body = json_object(), *annotations;

    json_set(body, "traffic", service_traffic_wanted(attempt->json, args));
    annotations = json_set(body, "annotations", service_own_pairs(json_find(attempt->json, "annotations")));
    set_annotation(annotations, RUN_ANNOTATION_OPERATION, attempt->exchange->operation_id);
    set_annotation(annotations, RUN_ANNOTATION_EFFECT, attempt->exchange->effect_id);
    set_annotation(annotations, RUN_ANNOTATION_VERSION, args->version);
    set_annotation(annotations, RUN_ANNOTATION_PREVIOUS, args->previous);
    return body;
}

/* No store answered, and its last owner gave back what this operation had raised: an increase of before that is tried
 * again would bring it in once more, though the split is the one that it expects. */
static bool was_returned_alone(const struct attempt *attempt)
{
    const char *effect = run_annotation(&attempt->service, RUN_ANNOTATION_EFFECT);
    const char *operation = attempt->exchange->operation_id;

    return effect && operation && strcmp(effect, without_store_way_back(operation, attempt->exchange->arena)) == 0;
}

static struct exchange_step change_traffic(const struct exchange *exchange, bool is_increase)
{
    struct run_traffic args;
    struct attempt attempt;
    struct error err;

    if (!shape_from_json(&run_traffic_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "Cloud Run: %s", err.message);
    if (!is_whole(args.wanted, args.wanted_count) || !exchange->effect_id)
        return exchange_never(exchange, "Cloud Run: the wanted traffic is not 100 %% of named revisions");
    if (!attempt_begin(&attempt, exchange, &args.place) || !attempt_read_service(&attempt))
        return attempt.dialog.step;
    if (is_annotated(&attempt) &&
        run_split_equal(attempt.service.wanted, attempt.service.wanted_count, args.wanted, args.wanted_count))
        return has_traffic(&attempt, false);
    if (is_increase && was_returned_alone(&attempt) && !PLANTED(ALONE_RAISED_AGAIN))
        return exchange_never(exchange, "%s: its traffic went back while no store answered, so it is not raised again",
                              attempt.what);
    if (PLANTED(SPLIT_REREAD))
        args.expected = attempt.service.wanted, args.expected_count = attempt.service.wanted_count;
    if (!PLANTED(SPLIT_NOT_EXPECTED) &&
        !run_split_equal(attempt.service.wanted, attempt.service.wanted_count, args.expected, args.expected_count))
        return foreign_split(&attempt, &args);
    if (!attempt_patch(&attempt, "traffic,annotations", traffic_body(&attempt, &args)))
        return attempt.dialog.step;
    return has_traffic(&attempt, true);
}

struct exchange_step cloud_run_traffic(const struct exchange *exchange)
{
    return change_traffic(exchange, true);
}

struct exchange_step cloud_run_return(const struct exchange *exchange)
{
    return change_traffic(exchange, false);
}

/* ---- EFFECT_UNTAG ---- */

struct exchange_step cloud_run_untag(const struct exchange *exchange)
{
    struct run_untag args;
    struct attempt attempt;
    cJSON *traffic, *body;
    struct error err;

    if (!shape_from_json(&run_untag_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "Cloud Run: %s", err.message);
    if (!attempt_begin(&attempt, exchange, &args.place) || !attempt_read_service(&attempt))
        return attempt.dialog.step;
    traffic = service_traffic_without(attempt.json, &args);
    if (!traffic)
        return has_traffic(&attempt, false);
    body = json_object();
    if (!json_set(body, "traffic", traffic)->child) { /* an empty list would mean: everything to the latest */
        cJSON_Delete(body);
        return exchange_never(exchange, "%s: its traffic has no share but tags: it was left alone", attempt.what);
    }
    return attempt_patch(&attempt, "traffic", body) ? has_traffic(&attempt, true) : attempt.dialog.step;
}

/* ---- EFFECT_SCALE ---- */

static bool has_scaled(const struct attempt *attempt)
{
    const char *effect = run_annotation(&attempt->service, RUN_ANNOTATION_SCALED);

    return effect && strcmp(effect, attempt->exchange->effect_id) == 0;
}

static struct exchange_step is_scaled(const struct attempt *attempt, bool changed)
{
    cJSON *result = json_object();

    json_set_bool(result, "changed", changed);
    return exchange_done(attempt->exchange, result);
}

static struct exchange_step foreign_scaling(const struct attempt *attempt, const struct run_scaling *args)
{
    const struct run_service *service = &attempt->service;

    return exchange_never(attempt->exchange,
                          "%s: expected %" PRId64 " to %" PRId64 " instances, found %" PRId64 " to %" PRId64
                          ": somebody else scaled it, so it was left alone",
                          attempt->what, args->expected_min, args->expected_max, service->min_instances,
                          service->max_instances);
}

struct exchange_step cloud_run_scale(const struct exchange *exchange)
{
    struct run_scaling args;
    struct attempt attempt;
    cJSON *body, *annotations;
    struct error err;

    if (!shape_from_json(&run_scaling_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "Cloud Run: %s", err.message);
    if (args.min < 0 || args.max < 0 || (args.max > 0 && args.min > args.max) || !exchange->effect_id)
        return exchange_never(exchange, "Cloud Run: the wanted scaling is no range of instances");
    if (!attempt_begin(&attempt, exchange, &args.place) || !attempt_read_service(&attempt))
        return attempt.dialog.step;
    if (attempt.service.min_instances == args.min && attempt.service.max_instances == args.max)
        return is_scaled(&attempt, false);
    if (attempt.service.is_scaled_by_hand)
        return exchange_never(exchange, "%s: it was set to a fixed number of instances, so it was left alone",
                              attempt.what);
    if (!PLANTED(SCALING_NOT_EXPECTED) &&
        (has_scaled(&attempt) || attempt.service.min_instances != args.expected_min ||
         attempt.service.max_instances != args.expected_max))
        return foreign_scaling(&attempt, &args);
    body = json_object();
    json_set(body, "scaling", service_scaling_wanted(attempt.json, args.min, args.max));
    annotations = json_set(body, "annotations", service_own_pairs(json_find(attempt.json, "annotations")));
    set_annotation(annotations, RUN_ANNOTATION_SCALED, exchange->effect_id);
    return attempt_patch(&attempt, "scaling,annotations", body) ? is_scaled(&attempt, true) : attempt.dialog.step;
}
