/* verb.c - from the words of a `logs` to what Cloud Logging is asked. */
#include "handlers/logs/logs.h"

#include "handlers/logs/looking.h"
#include "handlers/place.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <string.h>

#define QUOTED_BYTES 60
#define SINCE_MS (15 * MINUTE_MS)
#define SINCE_MAX_MS DAY_MS
#define REQUEST_MAX_BYTES 128
#define GREP_MAX_BYTES 200
#define READ_DEADLINE_MS (25 * SECOND_MS)

static const struct verb_option options[] = {
    { .name = "errors" },
    { .name = "since", .takes_value = true },
    { .name = "request", .takes_value = true },
    { .name = "grep", .takes_value = true },
    { .name = "region", .takes_value = true },
};

static bool read_since(const struct typed *typed, struct arena *arena, struct logs_body *body, struct error *err)
{
    const char *since = typed_option(typed, "since");

    body->since_ms = SINCE_MS;
    return !since ||
           (duration_parse(str_of(since), &body->since_ms, err) && body->since_ms >= SECOND_MS &&
            body->since_ms <= SINCE_MAX_MS) ||
           error_set(err, ERR_INVALID,
                     "`--since` takes how long ago, from 1s to 24h, in one word such as `2h`, and not `%s`.",
                     card_quote(str_of(since), QUOTED_BYTES, arena));
}

/* As senders of such ids write them: nothing that could be more than an id in a query. */
static bool is_id(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len <= REQUEST_MAX_BYTES &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/+=") == len;
}

static bool is_text(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20)
            return false;
    return text[0] && strlen(text) <= GREP_MAX_BYTES;
}

static bool read_what(const struct view *view, const struct typed *typed, struct logs_look *look, struct error *err)
{
    look->is_errors = typed_option(typed, "errors") != NULL;
    look->request = typed_option(typed, "request");
    look->grep = typed_option(typed, "grep");
    look->max = LOGS_LINES_MAX;
    if (look->request && !is_id(look->request))
        return error_set(err, ERR_INVALID,
                         "`%s` is no id of a request: up to 128 letters, digits and `-_.:/+=`, as in a response's "
                         "`X-Request-Id` or a trace.",
                         card_quote(str_of(look->request), QUOTED_BYTES, view->arena));
    return !look->grep || is_text(look->grep) ||
           error_set(err, ERR_INVALID, "`--grep` takes a text of up to 200 bytes, on one line.");
}

static bool read_place(const struct view *view, const struct typed *typed, struct place *place, struct logs_body *body,
                       struct error *err)
{
    const struct cloud_run_driver *driver;
    const char *region;
    size_t taken;

    if (!place_read_first(view->settings, typed, view->arena, place, &taken, err) ||
        !place_take_cloud_run(place, typed, view->arena, &region, err))
        return false;
    if (typed->words_count > taken)
        return error_set(err, ERR_INVALID, "I do not know what `%s` means after `%s`.",
                         card_quote(str_of(typed->words[taken]), QUOTED_BYTES, view->arena), place->target);
    driver = place->environment->driver.cloud_run;
    body->target = place->target;
    body->look.project = driver->project;
    body->look.region = region ? region : driver->region;
    body->look.service = driver->service;
    return true;
}

static bool logs_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    struct logs_body *body = ARENA_NEW(view->arena, struct logs_body);
    struct place place;
    struct typed typed;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !read_place(view, &typed, &place, body, err) || !read_since(&typed, view->arena, body, err) ||
        !read_what(view, &typed, &body->look, err))
        return false;
    place_ask(request, &place, view->arena, ret_question);
    *ret_arguments = body;
    return true;
}

/* ---- begin ---- */

static bool stands_in(const struct operation **all, size_t count, const char *channel)
{
    for (size_t i = 0; i < count; i++)
        if (all[i]->card_channel && strcmp(all[i]->card_channel, channel) == 0)
            return true;
    return false;
}

static bool has_cards(const struct view *view, const char *channel,
                      size_t (*list)(const void *ctx, const struct operation **list, size_t max))
{
    size_t count = list(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    return stands_in(all, list(view->ctx, all, count), channel);
}

/* A channel where cards of ours stand is one for operations: whoever reads along there may read this. A message is
 * answered in its own thread anyway, and anywhere else logs are nobody's business but of whoever asked. */
static const char *thread_channel(const struct view *view, const struct request *request)
{
    const char *channel = request->channel;

    if (!channel || request->reply_to.channel || strcmp(request->source, "slack") != 0)
        return NULL;
    return has_cards(view, channel, view->list_operations) || has_cards(view, channel, view->list_ended) ? channel
                                                                                                         : NULL;
}

static void logs_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *value, struct outcome *out)
{
    struct logs_body *body = ARENA_NEW(view->arena, struct logs_body);

    (void)question;
    *body = *(const struct logs_body *)value;
    body->look.since_ms = view_unix_ms(view) - body->since_ms;
    body->channel = thread_channel(view, request);
    outcome_begin(out, machine_logs.kind, NULL, "reading", body);
    outcome_read(out, "logs", READING_LOGS, shape_to_json(&logs_look_shape, &body->look, SHAPE_WHOLE),
                 READ_DEADLINE_MS);
}

static const char *const details[] = {
    "the newest 50 lines of the last 15 minutes; what looks like a secret or an e-mail address is masked",
    "`--errors`: severity ERROR and worse",
    "`--since 2h`: from so long ago on, 24h at most",
    "`--request ID`: of one request, by its id or its trace",
    "`--grep TEXT`: with that text anywhere",
    "`--region R`: of several regions, that one",
    "in a channel for operations the lines stand in a thread; anywhere else you alone read them",
    NULL,
};

const struct verb verb_logs = {
    .name = "logs",
    .usage = "logs [SERVICE] ENVIRONMENT [--errors] [--since DURATION] [--request ID] [--grep TEXT] [--region R]",
    .summary = "what a service on Cloud Run wrote",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .is_look = true,
    .asks = logs_asks,
    .begin = logs_begin,
};
