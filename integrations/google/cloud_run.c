#include "integrations/google/cloud_run.h"

#include "bot/base/time.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/google/api.h"
#include "integrations/google/service.h"
#include "integrations/url.h"

#include <string.h>

#define GET_TIMEOUT_MS (8 * SECOND_MS)
#define PATCH_TIMEOUT_MS (15 * SECOND_MS)

/* One attempt. Functions that give a pointer or bool give NULL or false when dialog.step is what to return. */
struct attempt {
    struct dialog dialog;
    const struct exchange *exchange;
    struct run_place place;
    const char *what;  /* "Cloud Run, api-service in acme/us-central1": begins every sentence */
    const cJSON *json; /* the Service as read */
    struct run_service service;
};

static bool stop(struct attempt *attempt, struct exchange_step step)
{
    attempt->dialog.step = step;
    return false;
}

/* Names that stand in an address; ours come from the configuration, revisions' from Cloud Run. */
static bool is_name(const char *text)
{
    return text && text[0] && strlen(text) <= 100 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.:") == strlen(text);
}

static bool begin(struct attempt *attempt, const struct exchange *exchange, const struct run_place *place)
{
    *attempt = (struct attempt){ .dialog = DIALOG(exchange), .exchange = exchange, .place = *place };
    if (!is_name(place->project) || !is_name(place->region) || !is_name(place->service))
        return stop(
            attempt,
            exchange_never(exchange, "Cloud Run: project, region and service must be names as Google writes them"));
    attempt->what =
        arena_printf(exchange->arena, "Cloud Run, %s in %s/%s", place->service, place->project, place->region);
    return true;
}

/* ---- calls ---- */

static const char *url_of(const struct attempt *attempt, const char *rest) /* "", "/revisions/x", "?updateMask=..." */
{
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, attempt->exchange->settings->google.run_url);
    buf_puts(&url, "/v2/projects/");
    url_add_encoded(&url, str_of(attempt->place.project));
    buf_puts(&url, "/locations/");
    url_add_encoded(&url, str_of(attempt->place.region));
    buf_puts(&url, "/services/");
    url_add_encoded(&url, str_of(attempt->place.service));
    buf_puts(&url, rest);
    return arena_copy(attempt->exchange->arena, buf_str(&url));
}

static const struct http_answer *get(struct attempt *attempt, const char *rest)
{
    return dialog_ask(&attempt->dialog, (struct http_call){
                                            .method = "GET",
                                            .url = url_of(attempt, rest),
                                            .timeout_ms = GET_TIMEOUT_MS,
                                            .credential = HTTP_GOOGLE_ACCESS,
                                        });
}

static const cJSON *parse(struct attempt *attempt, const struct http_answer *answer)
{
    struct error err;
    const cJSON *json = json_parse_in(attempt->exchange->arena, answer->body, &err);

    if (!json)
        stop(attempt, exchange_again(attempt->exchange, "%s: answered no JSON: %s", attempt->what, err.message));
    return json;
}

static bool read_service(struct attempt *attempt)
{
    const struct http_answer *answer = get(attempt, "");
    struct error err;

    if (!answer)
        return false;
    if (google_refusal_of(answer) == GOOGLE_NOT_FOUND)
        return stop(attempt, exchange_never(attempt->exchange,
                                            "%s: there is no such service: is it deployed, and are project, "
                                            "region and name right?",
                                            attempt->what));
    if (answer->status != 200)
        return stop(attempt, google_refused(attempt->exchange, attempt->what, answer));
    attempt->json = parse(attempt, answer);
    if (!attempt->json)
        return false;
    return service_decode(attempt->json, attempt->exchange->arena, &attempt->service, &err) ||
           stop(attempt, exchange_again(attempt->exchange, "%s: %s", attempt->what, err.message));
}

/* *ret_revision is NULL when there is no such revision. */
static bool read_revision(struct attempt *attempt, const char *revision, const cJSON **ret_revision)
{
    const struct http_answer *answer;

    if (!is_name(revision))
        return stop(attempt, exchange_never(attempt->exchange, "%s: no revision can be called so", attempt->what));
    answer = get(attempt, arena_printf(attempt->exchange->arena, "/revisions/%s", revision));
    if (!answer)
        return false;
    *ret_revision = NULL;
    if (google_refusal_of(answer) == GOOGLE_NOT_FOUND)
        return true;
    if (answer->status != 200)
        return stop(attempt, google_refused(attempt->exchange, attempt->what, answer));
    *ret_revision = parse(attempt, answer);
    return *ret_revision != NULL;
}

/* True for what the next try will find settled: it reads everything anew, and looks for our revision. */
static bool is_race(enum google_refusal refusal)
{
    return refusal == GOOGLE_ABORTED || refusal == GOOGLE_ALREADY_EXISTS;
}

static bool stop_for_race(struct attempt *attempt, enum google_refusal refusal)
{
    return stop(attempt, exchange_again(attempt->exchange, "%s: %s", attempt->what,
                                        refusal == GOOGLE_ABORTED ? "it was changed at the same moment by somebody else"
                                                                  : "the revision is there already: looking again"));
}

/* A 200 is an operation, and an operation may have failed already. */
static bool judge_operation(struct attempt *attempt, const struct http_answer *answer)
{
    const cJSON *operation = parse(attempt, answer), *error;

    if (!operation)
        return false;
    error = json_find(operation, "error");
    if (!error)
        return true;
    if (is_race(google_status_refusal(error)))
        return stop_for_race(attempt, google_status_refusal(error));
    return stop(attempt, google_status_refused(attempt->exchange, attempt->what, error));
}

static bool judge_patch(struct attempt *attempt, const struct http_answer *answer)
{
    enum google_refusal refusal = google_refusal_of(answer);

    if (answer->status == 200)
        return judge_operation(attempt, answer);
    if (is_race(refusal))
        return stop_for_race(attempt, refusal);
    return stop(attempt, google_refused(attempt->exchange, attempt->what, answer));
}

/* True when Cloud Run took it. Takes body, and adds the etag that guards it. */
static bool patch(struct attempt *attempt, const char *mask, cJSON *body)
{
    static const struct http_header headers[] = { { "Content-Type", "application/json; charset=utf-8" } };
    AUTO_JSON cJSON *owned = body;
    struct http_call call = {
        .method = "PATCH",
        .url = url_of(attempt, arena_printf(attempt->exchange->arena, "?updateMask=%s", mask)),
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .timeout_ms = PATCH_TIMEOUT_MS,
        .credential = HTTP_GOOGLE_ACCESS,
    };
    const struct http_answer *answer;

    json_set_string(owned, "etag", attempt->service.etag);
    call.body = str_of(json_print_in(attempt->exchange->arena, owned));
    answer = dialog_ask(&attempt->dialog, call);
    return answer && judge_patch(attempt, answer);
}

/* ---- READING_SERVICE ---- */

struct exchange_step cloud_run_read(const struct exchange *exchange)
{
    const cJSON *revision = NULL;
    struct attempt attempt;
    struct run_place place;
    struct error err;

    if (!shape_from_json(&run_place_shape, exchange->args, exchange->arena, &place, &err))
        return exchange_never(exchange, "Cloud Run: %s", err.message);
    if (!begin(&attempt, exchange, &place) || !read_service(&attempt))
        return attempt.dialog.step;
    if (attempt.service.serving && !read_revision(&attempt, attempt.service.serving, &revision))
        return attempt.dialog.step;
    attempt.service.image = service_revision_image(revision);
    return exchange_done(exchange, shape_to_json(&run_service_shape, &attempt.service, SHAPE_WHOLE));
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

    return a_digest && b_digest && strcmp(a_digest, b_digest) == 0;
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

    if (!is_same_image(service_revision_image(revision), args->image))
        return exchange_never(attempt->exchange, "%s: a revision %s is there already, with another image",
                              attempt->what, args->revision);
    if (is_tagged(attempt, args))
        return has_revision(attempt, args, true);
    traffic = service_traffic_with_tag(attempt->json, &attempt->service, args->revision, args->tag);
    if (!traffic)
        return cannot_pin(attempt);
    body = json_object();
    json_set(body, "traffic", traffic);
    return patch(attempt, "traffic", body) ? has_revision(attempt, args, true) : attempt->dialog.step;
}

/* The body of the PATCH, or NULL with dialog.step. */
static cJSON *new_revision_body(struct attempt *attempt, const struct run_new_revision *args, const cJSON *serving)
{
    AUTO_JSON cJSON *body = json_object();
    cJSON *template = service_template(serving, args->revision, args->image), *traffic, *annotations;

    if (!template) {
        stop(attempt, exchange_never(attempt->exchange, "%s: revision %s, which serves, has no container",
                                     attempt->what, attempt->service.serving));
        return NULL;
    }
    json_set(body, "template", template);
    annotations = cJSON_GetObjectItemCaseSensitive(template, "annotations");
    set_annotation(annotations, RUN_ANNOTATION_OPERATION, attempt->exchange->operation_id);
    set_annotation(annotations, RUN_ANNOTATION_EFFECT, attempt->exchange->effect_id);
    set_annotation(annotations, RUN_ANNOTATION_VERSION, args->version);
    traffic = service_traffic_with_tag(attempt->json, &attempt->service, args->revision, args->tag);
    if (!traffic) {
        stop(attempt, cannot_pin(attempt));
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
    if (!read_revision(attempt, attempt->service.serving, &serving))
        return attempt->dialog.step;
    if (!serving)
        return exchange_again(attempt->exchange, "%s: revision %s serves, and is not there", attempt->what,
                              attempt->service.serving);
    body = new_revision_body(attempt, args, serving);
    if (!body)
        return attempt->dialog.step;
    return patch(attempt, "template,traffic,annotations", body) ? has_revision(attempt, args, false)
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
    if (!is_name(args.revision) || !is_name(args.tag))
        return exchange_never(exchange, "Cloud Run: '%s' or '%s' cannot name a revision or a tag", args.revision,
                              args.tag);
    if (!begin(&attempt, exchange, &args.place) || !read_service(&attempt))
        return attempt.dialog.step;
    if (!exchange->is_first_try && !read_revision(&attempt, args.revision, &ours))
        return attempt.dialog.step;
    return ours ? keep_revision(&attempt, &args, ours) : make_revision(&attempt, &args);
}

/* ---- EFFECT_TRAFFIC ---- */

static bool is_whole(const struct run_share *shares, size_t count)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        if (!is_name(shares[i].revision) || shares[i].percent < 0 || shares[i].percent > 100)
            return false;
        sum += shares[i].percent;
    }
    return sum == 100;
}

static bool is_annotated(const struct attempt *attempt)
{
    const char *effect = attempt->exchange->effect_id;

    for (size_t i = 0; effect && i < attempt->service.annotations_count; i++)
        if (strcmp(attempt->service.annotations[i].key, RUN_ANNOTATION_EFFECT) == 0)
            return strcmp(attempt->service.annotations[i].value, effect) == 0;
    return false;
}

static struct exchange_step has_traffic(const struct attempt *attempt, bool changed)
{
    cJSON *result = json_object();

    json_set_bool(result, "changed", changed);
    return exchange_done(attempt->exchange, result);
}

static struct exchange_step foreign_split(const struct attempt *attempt, const struct run_traffic *args)
{
    const struct run_service *service = &attempt->service;
    struct arena *arena = attempt->exchange->arena;

    return exchange_never(attempt->exchange,
                          "%s: its traffic is %s, and %s was expected: somebody else changed it, so it was left alone",
                          attempt->what, service_split_text(service->wanted, service->wanted_count, arena),
                          service_split_text(args->expected, args->expected_count, arena));
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

struct exchange_step cloud_run_traffic(const struct exchange *exchange)
{
    struct run_traffic args;
    struct attempt attempt;
    struct error err;

    if (!shape_from_json(&run_traffic_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "Cloud Run: %s", err.message);
    if (!is_whole(args.wanted, args.wanted_count) || !exchange->effect_id)
        return exchange_never(exchange, "Cloud Run: the wanted traffic is not 100 %% of named revisions");
    if (!begin(&attempt, exchange, &args.place) || !read_service(&attempt))
        return attempt.dialog.step;
    if (is_annotated(&attempt) &&
        run_split_equal(attempt.service.wanted, attempt.service.wanted_count, args.wanted, args.wanted_count))
        return has_traffic(&attempt, false);
    if (!PLANTED(SPLIT_NOT_EXPECTED) &&
        !run_split_equal(attempt.service.wanted, attempt.service.wanted_count, args.expected, args.expected_count))
        return foreign_split(&attempt, &args);
    if (!patch(&attempt, "traffic,annotations", traffic_body(&attempt, &args)))
        return attempt.dialog.step;
    return has_traffic(&attempt, true);
}
