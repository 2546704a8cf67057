#include "integrations/google/database.h"

#include "bot/base/time.h"
#include "bot/model/finding.h"
#include "integrations/google/api.h"
#include "integrations/google/attempt.h"
#include "integrations/google/database_call.h"

#include <string.h>

#define GET_TIMEOUT_MS (8 * SECOND_MS)
#define POST_TIMEOUT_MS (15 * SECOND_MS)

/* ---- calls ---- */

bool database_call_stop(struct database_call *call, struct exchange_step step)
{
    call->dialog.step = step;
    return false;
}

const char *database_text(const cJSON *json, const char *path)
{
    const char *text = json_find_string(json, path);

    return text && text[0] ? text : NULL;
}

bool database_is_name(const char *text)
{
    return attempt_is_name(text);
}

bool database_call_begin(struct database_call *call, const struct exchange *exchange,
                         const struct database_place *place)
{
    *call = (struct database_call){ .dialog = DIALOG(exchange), .exchange = exchange, .place = *place };
    if (!database_is_name(place->project) || !database_is_name(place->instance) ||
        (place->region && !database_is_name(place->region)) || (place->replica && !database_is_name(place->replica)))
        return database_call_stop(
            call, exchange_never(exchange, "a database's project, region, instance and replica must be names as "
                                           "Google writes them"));
    call->what = place->region ? arena_printf(exchange->arena, "Memorystore, %s in %s/%s", place->instance,
                                              place->project, place->region)
                               : arena_printf(exchange->arena, "Cloud SQL, %s in %s", place->instance, place->project);
    return true;
}

static struct exchange_step refused(const struct database_call *call, const struct http_answer *answer,
                                    const char *permission)
{
    struct exchange_step step = google_refused(call->exchange, call->what, answer);

    if (answer->status == 403)
        step.error = arena_printf(call->exchange->arena, "%s. Has opsgate's account the permission `%s` in %s?",
                                  step.error, permission, call->place.project);
    if (answer->status == 404)
        step.error = arena_printf(call->exchange->arena, "%s. There is no such thing there: are project and name right?",
                                  step.error);
    return step;
}

static const struct http_answer *get(struct database_call *call, const char *url)
{
    return dialog_ask(&call->dialog, (struct http_call){ .method = "GET",
                                                         .url = url,
                                                         .timeout_ms = GET_TIMEOUT_MS,
                                                         .credential = HTTP_GOOGLE_ACCESS,
                                                         .project = call->place.project });
}

static struct exchange_step no_json(const struct database_call *call, const struct error *err)
{
    return exchange_again(call->exchange, "%s: answered no JSON: %s", call->what, err->message);
}

bool database_call_get(struct database_call *call, const char *url, const char *permission, const cJSON **ret_json)
{
    const struct http_answer *answer = get(call, url);
    struct error err;

    if (!answer)
        return false;
    if (answer->status != 200)
        return database_call_stop(call, refused(call, answer, permission));
    *ret_json = json_parse_in(call->exchange->arena, answer->body, &err);
    if (!cJSON_IsObject(*ret_json))
        return database_call_stop(call, *ret_json ? exchange_again(call->exchange, "%s: the answer is none", call->what)
                                                  : no_json(call, &err));
    return true;
}

bool database_call_try(struct database_call *call, const char *url, const char *permission, const cJSON **ret_json,
                       const char **ret_why)
{
    const struct http_answer *answer = get(call, url);
    struct exchange_step step;
    struct error err;

    *ret_json = NULL;
    *ret_why = NULL;
    if (!answer)
        return false;
    if (answer->status == 200 && cJSON_IsObject(*ret_json = json_parse_in(call->exchange->arena, answer->body, &err)))
        return true;
    if (answer->status == 200) {
        *ret_why = *ret_json ? "the answer is none" : "the answer is no JSON";
        *ret_json = NULL;
        return true;
    }
    step = refused(call, answer, permission);
    if (step.needs_fresh_credential)
        return database_call_stop(call, step);
    *ret_why = step.error;
    return true;
}

/* Whether it was taken, such an answer does not tell: whoever sent it looks. */
static struct exchange_step unclear(const struct database_call *call, const char *why)
{
    struct exchange_step step = exchange_never(call->exchange, "%s: %s", call->what, why);

    step.is_unclear = true;
    return step;
}

bool database_call_post(struct database_call *call, const char *url, const cJSON *body, const char *permission,
                        const cJSON **ret_json)
{
    static const struct http_header headers[] = { { "Content-Type", "application/json; charset=utf-8" } };
    struct http_call post = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .timeout_ms = POST_TIMEOUT_MS,
        .credential = HTTP_GOOGLE_ACCESS,
        .project = call->place.project,
    };
    const struct http_answer *answer;
    struct error err;

    post.body = str_of(body ? json_print_in(call->exchange->arena, body) : "{}");
    answer = dialog_ask(&call->dialog, post);
    if (!answer)
        return false;
    if (answer->status >= 500 || (answer->status > 200 && answer->status < 300))
        return database_call_stop(call,
                                  unclear(call, arena_printf(call->exchange->arena, "it answered %d", answer->status)));
    if (answer->status == 409)
        return database_call_stop(
            call, exchange_never(call->exchange, "%s: 409: another operation is at work on it just now", call->what));
    if (answer->status != 200)
        return database_call_stop(call, refused(call, answer, permission));
    *ret_json = json_parse_in(call->exchange->arena, answer->body, &err);
    if (!*ret_json || !json_find_string(*ret_json, "name"))
        return database_call_stop(call, unclear(call, "it took the call and names no operation"));
    return true;
}

/* ---- results ---- */

struct exchange_step database_call_seen(struct database_call *call, const struct database_seen *seen)
{
    return exchange_done(call->exchange, shape_to_json(&database_seen_shape, seen, SHAPE_WHOLE));
}

struct exchange_step database_call_progress(struct database_call *call, const struct database_progress *progress)
{
    return exchange_done(call->exchange, shape_to_json(&database_progress_shape, progress, SHAPE_WHOLE));
}

/* ---- the exchanges ---- */

static struct exchange_step wrong(const struct exchange *exchange, const struct error *err)
{
    return exchange_never(exchange, "a database: %s", err->message);
}

struct exchange_step database_read(const struct exchange *exchange)
{
    struct database_place place;
    struct database_call call;
    struct error err;

    if (!shape_from_json(&database_place_shape, exchange->args, exchange->arena, &place, &err))
        return wrong(exchange, &err);
    if (!database_call_begin(&call, exchange, &place))
        return call.dialog.step;
    return place.region ? memorystore_read(&call) : cloud_sql_read(&call);
}

struct exchange_step database_fail_over(const struct exchange *exchange)
{
    struct database_order order;
    struct database_call call;
    struct error err;

    if (!shape_from_json(&database_order_shape, exchange->args, exchange->arena, &order, &err))
        return wrong(exchange, &err);
    if (!database_call_begin(&call, exchange, &order.place))
        return call.dialog.step;
    return order.place.region ? memorystore_fail_over(&call, &order) : cloud_sql_fail_over(&call, &order);
}

struct exchange_step database_seek(const struct exchange *exchange)
{
    struct database_sought sought;
    struct database_call call;
    struct error err;

    if (!shape_from_json(&database_sought_shape, exchange->args, exchange->arena, &sought, &err))
        return wrong(exchange, &err);
    if (!database_call_begin(&call, exchange, &sought.place))
        return call.dialog.step;
    return sought.place.region ? memorystore_seek(&call, &sought) : cloud_sql_seek(&call, &sought);
}

struct exchange_step database_follow(const struct exchange *exchange)
{
    struct database_look look;
    struct database_call call;
    struct error err;

    if (!shape_from_json(&database_look_shape, exchange->args, exchange->arena, &look, &err))
        return wrong(exchange, &err);
    if (!database_call_begin(&call, exchange, &look.place))
        return call.dialog.step;
    return look.place.region ? memorystore_follow(&call, look.operation) : cloud_sql_follow(&call, look.operation);
}

/* ---- doctor ---- */

static struct finding finding_of(const struct exchange *exchange, const struct database_seen *seen)
{
    const char *name = json_find_string(exchange->args, "instance");
    struct finding finding = {
        .mark = FINDING_GOOD,
        .subject = arena_printf(exchange->arena, "database %.100s", name ? name : ""),
        .text = arena_printf(exchange->arena, "it is %s, %s", seen->state ? seen->state : "not readable",
                             seen->kind ? seen->kind : "of a kind that it does not tell"),
    };

    if (seen->problem) {
        finding.mark = FINDING_BAD;
        finding.text = seen->problem;
        finding.mend = "its replica can be promoted none the less; look at the primary in the console";
    } else if (!seen->has_standby && !seen->replica) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(exchange->arena,
                                    "%s: it has no standby, and no replica is configured: it cannot be "
                                    "failed over",
                                    finding.text);
        finding.mend = "make it REGIONAL (Memorystore: STANDARD_HA), or name a `replica` under `databases`";
    } else if (seen->lag.why) {
        finding.mark = FINDING_BAD;
        finding.text =
            arena_printf(exchange->arena, "%s; what a failover may lose is not known: %s", finding.text, seen->lag.why);
        finding.mend = "give opsgate's account roles/monitoring.viewer";
    }
    return finding;
}

struct exchange_step database_doctor(const struct exchange *exchange)
{
    struct exchange_step step = database_read(exchange);
    struct findings found = { 0 };
    struct database_seen seen;
    struct error err;

    if (step.next != NEXT_DONE)
        return step;
    if (!shape_from_json(&database_seen_shape, step.result, exchange->arena, &seen, &err))
        return wrong(exchange, &err);
    findings_add(&found, exchange->arena, finding_of(exchange, &seen));
    return findings_done(exchange, &found);
}
