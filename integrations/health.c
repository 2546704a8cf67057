#include "integrations/health.h"

#include "bot/model/cloud_run.h"
#include "integrations/dialog.h"
#include "integrations/url.h"

#include <string.h>

#define SHOWN_BYTES 80 /* of a stranger's text */

/* ---- what is wrong with an answer; NULL: nothing ---- */

static const char *status_problem(const struct exchange *exchange, const struct health_probe *probe, int status)
{
    const char *more = "";

    if (status == 403 && probe->audience)
        return "403: opsgate's account may not invoke it: roles/run.invoker";
    if (status == 401 && probe->audience)
        return "401: it does not take the identity token of opsgate's account, a fresh one neither";
    if (status == 401 || status == 403)
        more = "; a private service needs invoker_token";
    return arena_printf(exchange->arena, "answered %d, expected %lld%s", status, (long long)probe->expect_status, more);
}

/* Numbers, truths and texts, as people write them. NULL: it is none of them. */
static const char *text_of(const struct exchange *exchange, const cJSON *value)
{
    if (cJSON_IsString(value))
        return value->valuestring;
    return cJSON_IsBool(value) || cJSON_IsNumber(value) ? json_print_in(exchange->arena, value) : NULL;
}

static const char *body_problem(const struct exchange *exchange, const struct health_probe *probe, struct str body)
{
    AUTO_JSON cJSON *json = NULL;
    const cJSON *value;
    const char *text;
    struct error err;

    if (body.len > HEALTH_BODY_MAX_BYTES)
        return "its answer is larger than 1 MiB: too much to look into";
    if (!json_parse(body, &json, &err))
        return arena_printf(exchange->arena, "its answer is no JSON (%s)", err.message);
    value = json_find(json, probe->json_field);
    if (!value)
        return arena_printf(exchange->arena, "its answer has no %.*s", SHOWN_BYTES, probe->json_field);
    text = text_of(exchange, value);
    if (!text)
        return arena_printf(exchange->arena, "%.*s is a list or a mapping, expected %.*s", SHOWN_BYTES,
                            probe->json_field, SHOWN_BYTES, probe->json_value);
    return strcmp(text, probe->json_value) == 0
               ? NULL
               : arena_printf(exchange->arena, "%.*s is %.*s, expected %.*s", SHOWN_BYTES, probe->json_field,
                              SHOWN_BYTES, text, SHOWN_BYTES, probe->json_value);
}

static const char *find_problem(const struct exchange *exchange, const struct health_probe *probe,
                                const struct http_answer *answer)
{
    if (answer->status == 0)
        return answer->failure ? answer->failure : "no answer";
    if (answer->status != probe->expect_status)
        return status_problem(exchange, probe, answer->status);
    return probe->json_field ? body_problem(exchange, probe, answer->body) : NULL;
}

/* ---- the exchange ---- */

static struct exchange_step found(const struct exchange *exchange, const struct health_probe *probe,
                                  const struct http_answer *answer)
{
    const char *problem = find_problem(exchange, probe, answer);
    cJSON *result = json_object();

    json_set_int(result, "status", answer->status);
    json_set_bool(result, "is_healthy", problem == NULL);
    json_set_string(result, "problem", problem);
    return exchange_done(exchange, result);
}

static const struct http_answer *ask(struct dialog *dialog, const struct health_probe *probe, bool wants_fresh)
{
    return dialog_ask(dialog, (struct http_call){
                                  .method = "GET",
                                  .url = probe->url,
                                  .timeout_ms = probe->timeout_ms,
                                  .credential = probe->audience ? HTTP_GOOGLE_IDENTITY : HTTP_NO_CREDENTIAL,
                                  .audience = probe->audience,
                                  .project = probe->project,
                                  .wants_fresh_credential = wants_fresh,
                              });
}

struct exchange_step health_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct health_probe probe;
    struct error err;

    if (!shape_from_json(&health_probe_shape, exchange->args, exchange->arena, &probe, &err))
        return exchange_never(exchange, "health check: %s", err.message);
    if (!url_is_address(probe.url))
        return exchange_never(exchange, "health check: '%.100s' is no http address", probe.url);
    if (probe.audience && !url_is_address(probe.audience))
        return exchange_never(exchange, "health check: '%.100s' is no address that a token could be for",
                              probe.audience);
    if (probe.json_field && !probe.json_value)
        return exchange_never(exchange, "health check: what %.100s has to be is not said", probe.json_field);
    if (probe.timeout_ms <= 0 || probe.timeout_ms > HEALTH_TIMEOUT_MAX_MS)
        probe.timeout_ms = HEALTH_TIMEOUT_MAX_MS;
    answer = ask(&dialog, &probe, false);
    if (answer && answer->status == 401 && probe.audience && probe.expect_status != 401)
        answer = ask(&dialog, &probe, true);
    return answer ? found(exchange, &probe, answer) : dialog.step;
}
