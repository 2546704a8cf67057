/* asked.c - parameters of the query, each read in one way; what makes no sense is named. */
#include "bot/api/internal.h"

#include "bot/model/operation.h"

#include <string.h>

#define QUOTED_BYTES 40

const char *api_parameter(struct api_call *call, const char *name)
{
    AUTO_FREE char *value = NULL;

    return http_request_query(call->request, name, &value) ? arena_strdup(call->arena, value) : NULL;
}

static bool is_wrong(struct api_call *call, const char *name, const char *why)
{
    api_problem(call, 400, arena_printf(call->arena, "%s: %s", name, why));
    return false;
}

bool api_read_limit(struct api_call *call, size_t *ret_limit)
{
    const char *text = api_parameter(call, "limit");
    int64_t limit = (int64_t)*ret_limit;
    struct error err;

    if (text && !parse_int(str_of(text), 1, API_LIMIT_MAX, &limit, &err))
        return is_wrong(call, "limit", err.message);
    *ret_limit = (size_t)limit;
    return true;
}

bool api_read_time(struct api_call *call, const char *name, int64_t *ret_unix_ms)
{
    const char *text = api_parameter(call, name);
    struct error err;

    if (!text || time_parse(str_of(text), ret_unix_ms, &err))
        return true;
    return is_wrong(call, name,
                    arena_printf(call->arena, "expected an instant as RFC 3339 has it, like %s",
                                 time_format(view_unix_ms(&call->view)).text));
}

bool api_read_duration(struct api_call *call, const char *name, int64_t *ret_ms)
{
    const char *text = api_parameter(call, name);
    struct error err;

    return !text || duration_parse(str_of(text), ret_ms, &err) || is_wrong(call, name, err.message);
}

bool api_read_choice(struct api_call *call, const char *name, const char *const *choices, const char **ret_value)
{
    const char *text = api_parameter(call, name), *known = NULL;

    if (!text)
        return true;
    for (; *choices; choices++) {
        if (strcmp(*choices, text) == 0) {
            *ret_value = *choices;
            return true;
        }
        known = known ? arena_printf(call->arena, "%s, %s", known, *choices) : *choices;
    }
    return is_wrong(
        call, name,
        arena_printf(call->arena, "'%s' is none of %s", card_quote(str_of(text), QUOTED_BYTES, call->arena), known));
}

bool api_read_before(struct api_call *call, const char **ret_id)
{
    *ret_id = api_parameter(call, "before");
    return !*ret_id || operation_is_id(*ret_id) ||
           is_wrong(call, "before", "expected the `next` of the page before, like D1042");
}
