#include "integrations/google/attempt.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/google/api.h"
#include "integrations/google/service.h"
#include "integrations/url.h"

#include <string.h>

#define GET_TIMEOUT_MS (8 * SECOND_MS)
#define PATCH_TIMEOUT_MS (15 * SECOND_MS)

bool attempt_stop(struct attempt *attempt, struct exchange_step step)
{
    attempt->dialog.step = step;
    return false;
}

bool attempt_is_name(const char *text)
{
    return text && text[0] && strlen(text) <= 100 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.:") == strlen(text);
}

bool attempt_begin(struct attempt *attempt, const struct exchange *exchange, const struct run_place *place)
{
    *attempt = (struct attempt){ .dialog = DIALOG(exchange), .exchange = exchange, .place = *place };
    if (!attempt_is_name(place->project) || !attempt_is_name(place->region) || !attempt_is_name(place->service))
        return attempt_stop(
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
                                            .project = attempt->place.project,
                                        });
}

static const cJSON *parse(struct attempt *attempt, const struct http_answer *answer)
{
    struct error err;
    const cJSON *json = json_parse_in(attempt->exchange->arena, answer->body, &err);

    if (!json)
        attempt_stop(attempt,
                     exchange_again(attempt->exchange, "%s: answered no JSON: %s", attempt->what, err.message));
    return json;
}

bool attempt_read_service(struct attempt *attempt)
{
    const struct http_answer *answer = get(attempt, "");
    struct error err;

    if (!answer)
        return false;
    if (google_refusal_of(answer) == GOOGLE_NOT_FOUND)
        return attempt_stop(attempt, exchange_never(attempt->exchange,
                                                    "%s: there is no such service: is it deployed, and are project, "
                                                    "region and name right?",
                                                    attempt->what));
    if (answer->status != 200)
        return attempt_stop(attempt, google_refused(attempt->exchange, attempt->what, answer));
    attempt->json = parse(attempt, answer);
    if (!attempt->json)
        return false;
    return service_decode(attempt->json, attempt->exchange->arena, &attempt->service, &err) ||
           attempt_stop(attempt, exchange_again(attempt->exchange, "%s: %s", attempt->what, err.message));
}

bool attempt_read_revision(struct attempt *attempt, const char *revision, const cJSON **ret_revision)
{
    const struct http_answer *answer;

    if (!attempt_is_name(revision))
        return attempt_stop(attempt,
                            exchange_never(attempt->exchange, "%s: no revision can be called so", attempt->what));
    answer = get(attempt, arena_printf(attempt->exchange->arena, "/revisions/%s", revision));
    if (!answer)
        return false;
    *ret_revision = NULL;
    if (google_refusal_of(answer) == GOOGLE_NOT_FOUND)
        return true;
    if (answer->status != 200)
        return attempt_stop(attempt, google_refused(attempt->exchange, attempt->what, answer));
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
    return attempt_stop(attempt,
                        exchange_again(attempt->exchange, "%s: %s", attempt->what,
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
    return attempt_stop(attempt, google_status_refused(attempt->exchange, attempt->what, error));
}

static bool judge_patch(struct attempt *attempt, const struct http_answer *answer)
{
    enum google_refusal refusal = google_refusal_of(answer);

    if (answer->status == 200)
        return judge_operation(attempt, answer);
    if (is_race(refusal))
        return stop_for_race(attempt, refusal);
    return attempt_stop(attempt, google_refused(attempt->exchange, attempt->what, answer));
}

bool attempt_patch(struct attempt *attempt, const char *mask, cJSON *body)
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
        .project = attempt->place.project,
    };
    const struct http_answer *answer;

    json_set_string(owned, "etag", attempt->service.etag);
    call.body = str_of(json_print_in(attempt->exchange->arena, owned));
    answer = dialog_ask(&attempt->dialog, call);
    return answer && judge_patch(attempt, answer);
}
