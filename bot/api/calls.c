/* calls.c - from a request to its row, and to its answer: the one way in, and the one way out. */
#include "bot/api/internal.h"

#include "bot/doors/rates.h"
#include "bot/doors/token.h"

#include <string.h>

#include <utlist.h>

/* Of what only looks a token may ask so many times as often as of what does something. */
#define READS_A_REQUEST 60

struct api_calls {
    struct api_call *list;
    struct rates *reads;
    int64_t per_hour; /* that `reads` goes by */
};

/* ---- the way out ---- */

static void end(struct api_call *call)
{
    loop_timer_cancel(call->timer);
    DL_DELETE(call->api->calls->list, call);
    arena_destroy(call->arena);
    free(call);
}

void api_answer_as(struct api_call *call, int status, cJSON *json)
{
    AUTO_BUF struct buf body = BUF(API_BODY_MAX_BYTES);
    static const struct http_header fresh = { "Cache-Control", "no-store" };

    json_print_to(&body, json);
    cJSON_Delete(json);
    buf_puts(&body, "\n");
    if (body.failed) {
        api_problem(call, 500, "The answer is too large: ask for less of it, with `limit`.");
        return;
    }
    http_in_answer(call->request, &(struct http_reply){ .status = status,
                                                        .content_type = "application/json",
                                                        .headers = &fresh,
                                                        .header_count = 1,
                                                        .body = buf_str(&body) });
    end(call);
}

void api_answer(struct api_call *call, cJSON *json)
{
    api_answer_as(call, 200, json);
}

void api_answer_text(struct api_call *call, const char *content_type, struct str text)
{
    http_in_answer(call->request, &(struct http_reply){ .status = 200, .content_type = content_type, .body = text });
    end(call);
}

void api_problem(struct api_call *call, int status, const char *detail)
{
    http_in_problem(call->request, status, NULL, detail);
    end(call);
}

void api_not_found(struct api_call *call, const char *what)
{
    api_problem(call, 404,
                arena_printf(call->arena, "There is no such %s that you may read, or it ended long ago.", what));
}

void api_denied(struct api_call *call, const char *verb)
{
    api_problem(call, 403,
                arena_printf(call->arena,
                             "Only who is allowed `%s` may read this: a rule of the policy has to name %s.", verb,
                             principal_text(&call->caller.who, call->arena)));
}

void api_store_is_away(struct api_call *call)
{
    api_problem(call, 503, "The store does not answer. Ask again in a moment.");
}

/* ---- who may ask, and how often ---- */

static const char *who_owns(const struct api_call *call)
{
    const char *owner = call->api->engine ? engine_status(call->api->engine).owner : NULL;

    return owner && owner[0]
               ? arena_printf(call->arena, "This instance has no record: ask the one that owns the store, %s.", owner)
               : "opsgate is not ready to be asked. Ask again in a moment.";
}

bool api_look(struct api_call *call)
{
    if (!call->api->engine || !engine_view(call->api->engine, call->arena, &call->view)) {
        api_problem(call, 503, who_owns(call));
        return false;
    }
    call->facts = view_facts(&call->view);
    return true;
}

static int64_t reading_waits_ms(struct api_call *call, const char *who)
{
    struct api_calls *calls = call->api->calls;
    int64_t per_hour = call->api->settings->limits.requests_per_hour, now = loop_now_ms(call->api->loop), wait_ms;

    if (per_hour != calls->per_hour)
        rates_change(calls->reads, per_hour * READS_A_REQUEST);
    calls->per_hour = per_hour;
    wait_ms = rates_wait(calls->reads, who, now);
    if (wait_ms == 0)
        rates_count(calls->reads, who, now);
    return wait_ms;
}

/* Answers then. Whoever looks at the dashboard uses up nothing. */
static bool is_too_often(struct api_call *call)
{
    int64_t wait_ms = 0;

    if (call->caller.is_session)
        return false;
    if (call->row->how == API_ROW_COUNTS)
        wait_ms = ingress_asks(call->api->ingress, &call->caller.who, call->request->id);
    else
        wait_ms = reading_waits_ms(call, principal_text(&call->caller.who, call->arena));
    if (wait_ms > 0) {
        http_in_too_often(call->request, token_asks_too_often(wait_ms, call->arena), wait_ms);
        end(call);
    }
    return wait_ms > 0;
}

/* ---- which row ---- */

static bool fits(const char *pattern, const char *path, struct arena *arena, const char **ret_word)
{
    struct str left = str_of(pattern), right = str_of(path);

    *ret_word = NULL;
    if (str_ends_with(right, "/"))
        return false;
    while (left.len > 0 && right.len > 0) {
        struct str part, word;

        if (str_is(left, "**")) {
            *ret_word = arena_copy(arena, right);
            return true;
        }
        part = str_take_until(&left, '/');
        word = str_take_until(&right, '/');
        if (str_is(part, "*") && word.len > 0)
            *ret_word = arena_copy(arena, word);
        else if (!str_equal(part, word))
            return false;
    }
    return left.len == 0 && right.len == 0;
}

static const struct api_row *find_row(struct api_call *call)
{
    const char *path = call->request->path + strlen(API_PATH);

    for (const struct api_row *row = api_rows; row->path; row++)
        if (fits(row->path, path, call->arena, &call->word))
            return row;
    return NULL;
}

static bool has_word(const char *const *words, struct str word)
{
    for (; *words; words++)
        if (str_is(word, *words))
            return true;
    return false;
}

/* What nobody knows is refused: a misspelt filter would show what was not asked for. Answers then. */
static bool is_misspelt(struct api_call *call)
{
    struct str rest = call->request->query;

    while (rest.len > 0) {
        struct str one = str_take_until(&rest, '&'), name = str_take_until(&one, '=');
        const char *known = NULL;

        if (name.len == 0 || has_word(call->row->parameters, name))
            continue;
        for (const char *const *word = call->row->parameters; *word; word++)
            known = known ? arena_printf(call->arena, "%s, %s", known, *word) : *word;
        api_problem(call, 400,
                    arena_printf(call->arena, "%s: there is no such parameter; %s%s", card_quote(name, 40, call->arena),
                                 known ? "there are " : "there is none", known ? known : ""));
        return true;
    }
    return false;
}

/* ---- the way in ---- */

static struct api_call *begin(struct api *api, struct http_request *request)
{
    struct api_call *call = xcalloc(1, sizeof(*call));

    if (!api->calls) {
        api->calls = xcalloc(1, sizeof(*api->calls));
        api->calls->reads = rates_create(0);
    }
    call->api = api;
    call->request = request;
    call->arena = arena_create();
    DL_APPEND(api->calls->list, call);
    return call;
}

static void on_get(void *arg, struct http_request *request)
{
    struct api *api = arg;
    struct api_call *call = begin(api, request);
    struct api_refusal refusal;

    call->row = find_row(call);
    if (call->row && call->row->how == API_ROW_OPEN) {
        call->row->answer(call);
        return;
    }
    refusal = api_caller(api->settings, &api->sessions, request, false, call->arena, &call->caller);
    if (refusal.status) {
        api_problem(call, refusal.status, refusal.detail);
        return;
    }
    if (!call->row) {
        api_problem(call, 404, "There is nothing at this path: " API_PATH "openapi.json says what there is.");
        return;
    }
    if (!is_misspelt(call) && !is_too_often(call) && api_look(call))
        call->row->answer(call);
}

static const struct http_route routes[] = { { "GET", API_PATH, 0, NULL, on_get, HTTP_ROUTE_PREFIX, NULL } };

struct http_routes api_routes(struct api *api)
{
    return (struct http_routes){ routes, ARRAY_LEN(routes), api };
}

void api_leave_store(struct api *api)
{
    api->store = NULL;
    while (api->calls && api->calls->list)
        api_store_is_away(api->calls->list);
}

void api_finish(struct api *api)
{
    api_leave_store(api);
    if (api->calls)
        rates_destroy(api->calls->reads);
    free(TAKE(api->calls));
}
