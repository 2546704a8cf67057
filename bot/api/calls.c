/* calls.c - from a request to its row, and to its answer: the one way in, and the one way out. */
#include "bot/api/internal.h"

#include "bot/api/feed.h"
#include "bot/doors/rates.h"
#include "bot/doors/token.h"
#include "integrations/api/request.h"

#include <string.h>

#include <utlist.h>

/* Of what only looks a token may ask so many times as often as of what does something. */
#define READS_A_REQUEST 60
#define WAITING_MAX 64      /* for a change: each keeps a place of limits.requests_in_flight */
#define READS_OF_ONE_MAX 32 /* under way: whoever asks for more leaves no place to others */

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

void api_answer_whole(struct api_call *call, const struct api_answer_options *options, cJSON *json)
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
    http_in_answer(call->request, &(struct http_reply){ .status = options->status,
                                                        .content_type = options->content_type,
                                                        .headers = &fresh,
                                                        .header_count = 1,
                                                        .body = buf_str(&body),
                                                        .on_sent = options->on_sent,
                                                        .arg = options->arg });
    end(call);
}

void api_answer_as(struct api_call *call, int status, cJSON *json)
{
    api_answer_whole(call, &(struct api_answer_options){ .status = status, .content_type = "application/json" }, json);
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

struct http_stream *api_answer_stream(struct api_call *call, const struct http_stream_options *options)
{
    struct http_stream *stream = http_in_stream(call->request, options);

    end(call);
    return stream;
}

/* ---- whoever waits for a change ---- */

static void on_waited(void *arg)
{
    struct api_call *call = arg;

    call->timer = NULL;
    call->on_change(call);
}

bool api_wait(struct api_call *call, int64_t wait_ms, void (*on_change)(struct api_call *call))
{
    const struct api_call *other;
    size_t waiting = 0;

    DL_FOREACH(call->api->calls->list, other)
        waiting += other->on_change != NULL;
    if (waiting >= WAITING_MAX)
        return false;
    call->on_change = on_change;
    call->timer = loop_timer_start(call->api->loop, wait_ms, on_waited, call);
    return true;
}

void api_calls_changed(struct api *api)
{
    struct api_call *call, *next;

    DL_FOREACH_SAFE(api->calls->list, call, next)
        if (call->on_change)
            call->on_change(call);
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

/* Answers then. Also who has hung up counts, until the store has answered or the wait is over. */
static bool is_one_too_many(struct api_call *call)
{
    const struct api_call *other;
    size_t count = 0;

    DL_FOREACH(call->api->calls->list, other)
        count += other->row && principal_equal(&other->caller.who, &call->caller.who);
    if (count > READS_OF_ONE_MAX)
        api_problem(call, 503, "Too many of your questions are under way. Ask again when some are answered.");
    return count > READS_OF_ONE_MAX;
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
    if (!is_misspelt(call) && !is_one_too_many(call) && !is_too_often(call) && api_look(call))
        call->row->answer(call);
}

static struct api_refusal caller_of(struct api *api, const struct http_request *request, struct arena *arena,
                                    struct api_caller *ret)
{
    return api_caller(api->settings, &api->sessions, request, true, arena, ret);
}

/* Before its body is taken. */
static struct http_refusal refuses_head(void *arg, const struct http_request *request)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct api_caller ignored;
    struct api_refusal refusal = caller_of(arg, request, arena, &ignored);

    return (struct http_refusal){ refusal.status, refusal.detail };
}

static const struct http_gate gate = { .refuses_head = refuses_head };

static void on_post(void *arg, struct http_request *request)
{
    struct api *api = arg;
    struct api_call *call = begin(api, request);
    struct api_refusal refusal = caller_of(api, request, call->arena, &call->caller);

    if (refusal.status) /* a reload took it away while the body came */
        api_problem(call, refusal.status, refusal.detail);
    else
        api_ask(call);
}

static const struct http_route routes[] = { { "POST", API_REQUEST_PATH, API_REQUEST_BODY_MAX_BYTES, "application/json",
                                              on_post, 0, &gate },
                                            { "GET", API_PATH, 0, NULL, on_get, HTTP_ROUTE_PREFIX, NULL } };

void api_start(struct api *api)
{
    api->calls = xcalloc(1, sizeof(*api->calls));
    api->calls->reads = rates_create(0);
    api->feed = feed_create(api);
}

void api_wrote(struct api *api, enum store_place place, const char *field)
{
    if (api->feed)
        feed_note(api->feed, place, field);
}

struct http_routes api_routes(struct api *api)
{
    return (struct http_routes){ routes, ARRAY_LEN(routes), api };
}

void api_leave_store(struct api *api)
{
    struct api_call *call, *next;

    api->store = NULL;
    if (api->feed)
        feed_let_go(api->feed);
    DL_FOREACH_SAFE(api->calls ? api->calls->list : NULL, call, next)
        if (!call->is_at_door)
            api_store_is_away(call);
}

void api_finish(struct api *api)
{
    api_leave_store(api);
    feed_destroy(TAKE(api->feed));
    if (api->calls)
        rates_destroy(api->calls->reads);
    free(TAKE(api->calls));
}
