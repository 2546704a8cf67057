#include "integrations/google/json_call.h"

#include "bot/base/time.h"
#include "integrations/google/api.h"

#include <string.h>

#define TIMEOUT_MS (12 * SECOND_MS)

bool json_call_stop(struct json_call *call, struct exchange_step step)
{
    call->dialog.step = step;
    return false;
}

/* Compute Engine takes one change of a resource at a time, and says so with a 400. */
static bool is_busy(const struct json_call *call, const struct http_answer *answer)
{
    struct error ignored;
    const cJSON *json = answer->status == 400 ? json_parse_in(call->exchange->arena, answer->body, &ignored) : NULL;
    const char *reason = json_find_string(json, "error.errors.0.reason");

    return reason && strcmp(reason, "resourceNotReady") == 0;
}

static struct exchange_step refused(const struct json_call *call, const struct json_question *question,
                                    const struct http_answer *answer)
{
    struct exchange_step step = google_refused(call->exchange, call->what, answer);
    struct arena *arena = call->exchange->arena;

    if (answer->status == 409 || answer->status == 412)
        return exchange_again(call->exchange, "%s: it was changed at the same moment by somebody else", call->what);
    if (is_busy(call, answer))
        return exchange_again(call->exchange, "%s: another change is at work on it", call->what);
    if (answer->status == 403)
        step.error = arena_printf(arena, "%s. Has opsgate's account the permission `%s` in %s?", step.error,
                                  question->permission, call->project);
    if (answer->status == 404)
        step.error = arena_printf(arena, "%s: there is no such thing there: are project and name right? (%s)",
                                  call->what, step.error);
    step.is_unclear = step.next == NEXT_NEVER && question->is_change && call->exchange->is_in_doubt;
    return step;
}

bool json_call_ask(struct json_call *call, const struct json_question *question, const cJSON **ret_json)
{
    static const struct http_header headers[] = { { "Content-Type", "application/json; charset=utf-8" } };
    struct http_call http = {
        .method = question->method,
        .url = question->url,
        .timeout_ms = TIMEOUT_MS,
        .credential = HTTP_GOOGLE_ACCESS,
        .project = call->project,
    };
    const struct http_answer *answer;
    struct error err;

    if (question->body) {
        http.headers = headers;
        http.header_count = ARRAY_LEN(headers);
        http.body = str_of(json_print_in(call->exchange->arena, question->body));
    }
    answer = dialog_ask(&call->dialog, http);
    if (!answer)
        return false;
    if (answer->status != 200)
        return json_call_stop(call, refused(call, question, answer));
    *ret_json = json_parse_in(call->exchange->arena, answer->body, &err);
    if (!cJSON_IsObject(*ret_json))
        return json_call_stop(call, exchange_again(call->exchange, "%s: the answer is no JSON object", call->what));
    return true;
}
