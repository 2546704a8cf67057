/* deliveries_read.c - GitHub's log of deliveries, asked for: its pages, and one delivery whole. */
#include "integrations/github/deliveries.h"

#include "bot/model/plant.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"
#include "integrations/github/webhook.h"
#include "integrations/github/webhook_json.h"
#include "integrations/url.h"

#include <string.h>

#define PAGES_MAX 10 /* of one look: their answers are kept until it ends */
#define PER_PAGE 100
#define WORD_MAX_BYTES 64
#define CURSOR_MAX_BYTES 500
#define ID_MAX_DIGITS 19
#define ANSWER_MAX_DEPTH (WEBHOOK_JSON_MAX_DEPTH + 2)

/* ---- the call ---- */

static bool is_digits(const char *text)
{
    size_t len = text ? strlen(text) : 0;

    return len > 0 && len <= ID_MAX_DIGITS && strspn(text, "0123456789") == len;
}

static bool is_owner(const char *text)
{
    AUTO_BUF struct buf repository = BUF(URL_MAX_BYTES);

    buf_addf(&repository, "%s/x", text);
    return github_repository_is_valid(buf_str(&repository));
}

/* False: *ret_step is the end. */
static bool check_log(const struct exchange *exchange, const struct github_log *log, struct exchange_step *ret_step)
{
    if (log->hook_id ? !is_digits(log->hook_id) : log->repository || log->organization)
        *ret_step =
            exchange_never(exchange, "GitHub: a log of deliveries is that of a hook, by its number, or the App's");
    else if (log->hook_id && !github_repository_is_valid(str_of(log->repository)))
        *ret_step = exchange_never(exchange, "GitHub: a hook is that of a repository such as acme/platform");
    else if (log->organization && !is_owner(log->organization))
        *ret_step = exchange_never(exchange, "GitHub: `%.100s` is no organisation", log->organization);
    else
        return true;
    return false;
}

static const char *log_shown(const struct exchange *exchange, const struct github_log *log)
{
    if (!log->hook_id)
        return "App's log of deliveries";
    return arena_printf(exchange->arena, "log of hook %s of %s", log->hook_id,
                        log->organization ? log->organization : log->repository);
}

/* `rest` follows ".../deliveries". */
static struct http_call log_call(const struct exchange *exchange, const struct github_log *log, const char *rest)
{
    struct http_call call;
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    if (log->hook_id && !log->organization)
        return github_call(exchange, "GET", log->repository,
                           arena_printf(exchange->arena, "/hooks/%s/deliveries%s", log->hook_id, rest),
                           (struct str){ 0 });
    call = github_call(exchange, "GET", log->hook_id ? log->repository : "", "", (struct str){ 0 });
    url_add_base(&url, exchange->settings && exchange->settings->github && exchange->settings->github->api_url
                           ? exchange->settings->github->api_url
                           : "https://api.github.com");
    if (log->hook_id)
        buf_addf(&url, "/orgs/%s/hooks/%s/deliveries%s", log->organization, log->hook_id, rest);
    else
        buf_addf(&url, "/app/hook/deliveries%s", rest);
    call.url = arena_copy(exchange->arena, buf_str(&url));
    if (!log->hook_id) {
        call.credential = HTTP_GITHUB_APP;
        call.audience = NULL;
    }
    return call;
}

static struct exchange_step refused(const struct exchange *exchange, const struct github_log *log, const char *what,
                                    const struct http_answer *answer)
{
    if (answer->status == 401 && !log->hook_id)
        return exchange_again(exchange, "GitHub refuses the App's key: are github.app.id and github.app.private_key of "
                                        "one App, and is this machine's clock right?");
    if (answer->status == 404)
        return exchange_never(exchange,
                              "GitHub knows no %s, or opsgate may not see it: a hook's log needs the permission "
                              "Webhooks: read (of an organisation: Organization webhooks)",
                              what);
    return github_refused(exchange, what, log->repository ? log->repository : "the App", answer);
}

/* ---- a page of the log ---- */

static const char *plain_of(struct str object, const char *key, struct arena *arena)
{
    struct str text;

    if (!webhook_json_plain(webhook_json_member(object, key), &text) || text.len > WORD_MAX_BYTES)
        return NULL;
    return arena_copy(arena, text);
}

static const char *guid_of(struct str object, struct arena *arena)
{
    const char *guid = plain_of(object, "guid", arena);
    char *lower = arena_strdup(arena, guid);

    if (lower)
        str_lower(lower);
    return lower;
}

static bool read_entry(struct str raw, struct arena *arena, struct github_delivery *ret_entry)
{
    struct github_delivery entry = { .id = arena_copy(arena, webhook_json_member(raw, "id")),
                                     .guid = guid_of(raw, arena),
                                     .event = plain_of(raw, "event", arena),
                                     .action = plain_of(raw, "action", arena) };
    struct error ignored;

    if (!is_digits(entry.id) || !entry.guid || !entry.event ||
        !time_parse(str_of(plain_of(raw, "delivered_at", arena)), &entry.at_ms, &ignored))
        return false;
    if (!parse_int(webhook_json_member(raw, "status_code"), 0, 1000, &entry.status, &ignored))
        entry.status = 0; /* null, or none: there was no answer */
    *ret_entry = entry;
    return true;
}

struct look {
    struct github_delivery *entries;
    size_t count;
    const char *cursor; /* of the next page; NULL: that was the last */
    bool is_end;
    int64_t unread; /* entries that made no sense */
    int64_t now_ms; /* by GitHub's clock, when it was begun: what the log's times are compared with */
};

/* One odd entry hides none of the others; where all are odd, GitHub has changed the form, or it is not GitHub. */
static bool read_page(const struct exchange *exchange, const struct http_answer *answer, int64_t floor_ms,
                      struct look *look, struct error *err)
{
    struct webhook_walk walk;
    size_t count = look->count;
    int64_t unread = 0;
    struct str key, raw;

    if (!webhook_json_check(answer->body, ANSWER_MAX_DEPTH, err))
        return false;
    walk = webhook_walk(answer->body);
    if (walk.is_object || str_trim(answer->body).at[0] != '[')
        return error_set(err, ERR_INVALID, "no list");
    while (webhook_walk_next(&walk, &key, &raw)) {
        struct github_delivery entry;

        if (!read_entry(raw, exchange->arena, &entry)) {
            unread++;
            continue;
        }
        look->is_end = look->is_end || entry.at_ms < floor_ms;
        *ARENA_PUSH(exchange->arena, look->entries, look->count) = entry;
    }
    look->unread += unread;
    return unread == 0 || look->count > count ||
           error_set(err, ERR_INVALID, "no entry has id, guid, event and delivered_at");
}

static bool is_cursor(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!text.at[i] || !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.%", text.at[i]))
            return false;
    return text.len > 0 && text.len <= CURSOR_MAX_BYTES;
}

/* Link: <https://api.github.com/...?per_page=100&cursor=v1_17684038>; rel="next". Only the cursor is taken of it: our
 * token goes to no address that an answer names. */
static const char *next_cursor(const struct exchange *exchange, const struct http_answer *answer)
{
    struct str rest = str_of(http_answer_header(answer, "link"));

    while (rest.len > 0) {
        struct str link = str_take_until(&rest, ','), address = str_trim(link), query;

        if (!str_contains(link, "rel=\"next\"") || !str_take_prefix(&address, "<"))
            continue;
        query = str_take_until(&address, '>');
        (void)str_take_until(&query, '?');
        while (query.len > 0) {
            struct str pair = str_take_until(&query, '&');

            if (str_take_prefix(&pair, "cursor=") && is_cursor(pair))
                return arena_copy(exchange->arena, pair);
        }
    }
    return NULL;
}

static const char *page_of(const struct exchange *exchange, const char *cursor)
{
    return arena_printf(exchange->arena, "?per_page=%d%s%s", PER_PAGE, cursor ? "&cursor=" : "", cursor ? cursor : "");
}

/* ---- the look ---- */

/* Ours may be wrong: a watermark that is ahead of GitHub's times would pass over what comes next. */
static int64_t clock_of(const struct exchange *exchange, const struct http_answer *answer)
{
    int64_t theirs_ms = http_answer_date_ms(answer);

    return theirs_ms ? theirs_ms : exchange->unix_ms;
}

/* False: dialog->step is what to return. */
static bool look_back(struct dialog *dialog, const struct github_deliveries_ask *ask, struct look *look)
{
    const struct exchange *exchange = dialog->exchange;
    const char *what = log_shown(exchange, &ask->log);

    look->cursor = ask->cursor;
    for (int page = 0; page < PAGES_MAX; page++) {
        const struct http_answer *answer =
            dialog_ask(dialog, log_call(exchange, &ask->log, page_of(exchange, look->cursor)));
        struct error err;

        if (!answer)
            return false;
        if (answer->status != 200) {
            dialog->step = refused(exchange, &ask->log, what, answer);
            return false;
        }
        if (page == 0)
            look->now_ms = clock_of(exchange, answer);
        if (!read_page(exchange, answer, github_deliveries_floor(&ask->known, look->now_ms), look, &err)) {
            dialog->step = exchange_again(exchange, "GitHub's answer about %s made no sense: %s", what, err.message);
            return false;
        }
        look->cursor = next_cursor(exchange, answer);
        look->is_end = look->is_end || !look->cursor;
        if (look->is_end)
            return true;
    }
    return true;
}

struct exchange_step github_deliveries_list(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct github_deliveries_found found;
    struct github_deliveries_ask ask;
    struct look look = { 0 };
    struct error err;

    if (!shape_from_json(&github_deliveries_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "GitHub: %s", err.message);
    if (ask.cursor && !is_cursor(str_of(ask.cursor)))
        return exchange_never(exchange, "GitHub: the cursor is none of GitHub's");
    if (!check_log(exchange, &ask.log, &dialog.step) || !look_back(&dialog, &ask, &look))
        return dialog.step;
    github_deliveries_decide(look.entries, look.count, look.is_end, &ask.known, look.now_ms, exchange->arena, &found);
    found.unread = look.unread;
    if (!look.is_end && ask.known.watermark_ms > 0)
        found.cursor = look.cursor;
    return exchange_done(exchange, shape_to_json(&github_deliveries_found_shape, &found, SHAPE_WHOLE));
}

/* ---- one delivery ---- */

static const char *header_of(struct str headers, const char *name, struct arena *arena)
{
    struct webhook_walk walk = webhook_walk(headers);
    struct str key, raw, text;

    while (walk.is_object && webhook_walk_next(&walk, &key, &raw))
        if (str_equal_nocase(key, str_of(name)) && webhook_json_plain(raw, &text) && text.len <= WORD_MAX_BYTES)
            return arena_copy(arena, text);
    return NULL;
}

/* The body that was sent: an object; a text that holds one; of a form, an object whose only member is such a text. */
static struct str payload_of(struct str request, struct arena *arena)
{
    struct str payload = webhook_json_member(request, "payload"), inner = webhook_json_member(payload, "payload");
    struct error ignored;
    const cJSON *text;

    if (inner.len > 0 && inner.at[0] == '"')
        payload = inner;
    if (payload.len == 0 || payload.at[0] != '"')
        return payload;
    text = json_parse_in(arena, payload, &ignored);
    return str_of(cJSON_IsString(text) ? text->valuestring : "");
}

static bool read_webhook(const struct exchange *exchange, const struct http_answer *answer,
                         struct github_webhook_door *ret_door, struct error *err)
{
    struct str body = str_trim(answer->body), request, headers;
    struct github_webhook webhook = { .is_caught_up = true };

    if (!webhook_json_check(body, ANSWER_MAX_DEPTH, err))
        return false;
    request = webhook_json_member(body, "request");
    headers = webhook_json_member(request, "headers");
    webhook.event = header_of(headers, "X-GitHub-Event", exchange->arena);
    webhook.event = webhook.event ? webhook.event : plain_of(body, "event", exchange->arena);
    webhook.delivery = guid_of(body, exchange->arena);
    webhook.hook_id = header_of(headers, "X-GitHub-Hook-ID", exchange->arena);
    webhook.body = payload_of(request, exchange->arena);
    return github_webhook_accept(&webhook, exchange->arena, ret_door, err);
}

struct exchange_step github_delivery_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct github_webhook_door door;
    struct github_delivery_item item;
    struct github_delivery_ask ask;
    const char *what;
    struct error err;

    if (!shape_from_json(&github_delivery_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "GitHub: %s", err.message);
    if (!is_digits(ask.id))
        return exchange_never(exchange, "GitHub: a delivery's id is a number");
    if (!check_log(exchange, &ask.log, &dialog.step))
        return dialog.step;
    what = arena_printf(exchange->arena, "delivery %s in the %s", ask.id, log_shown(exchange, &ask.log));
    answer = dialog_ask(&dialog, log_call(exchange, &ask.log, arena_printf(exchange->arena, "/%s", ask.id)));
    if (!answer)
        return dialog.step;
    if (answer->is_too_large)
        return exchange_never(exchange, "GitHub's %s is larger than opsgate takes", what);
    if (answer->status != 200)
        return refused(exchange, &ask.log, what, answer);
    if (!read_webhook(exchange, answer, &door, &err))
        return exchange_never(exchange, "GitHub's %s makes no sense: %s", what, err.message);
    item = (struct github_delivery_item){ .is_wanted = door.is == GITHUB_WANTED,
                                          .delivery = door.delivery,
                                          .event = door.event,
                                          .action = door.action,
                                          .kind = door.kind,
                                          .key = door.keys[0],
                                          .body = door.body };
    return exchange_done(exchange, shape_to_json(&github_delivery_item_shape, &item, SHAPE_WHOLE));
}

/* ---- handed in ---- */

bool github_delivery_to_inbox(const cJSON *result, struct arena *arena, struct inbox_item *ret_inbox, struct error *err)
{
    struct github_delivery_item item;
    const char **keys = ARENA_NEW(arena, const char *);

    if (!shape_from_json(&github_delivery_item_shape, result, arena, &item, err))
        return false;
    keys[0] = PLANTED(CAUGHT_UP_TWICE) ? arena_printf(arena, "%s again", item.delivery) : item.key;
    *ret_inbox = (struct inbox_item){ .v = INBOX_VERSION,
                                      .source = GITHUB_SOURCE,
                                      .kind = item.kind,
                                      .keys = item.is_wanted ? keys : NULL,
                                      .keys_count = item.is_wanted ? 1 : 0,
                                      .request_id = item.delivery,
                                      .body = item.body };
    return !item.is_wanted || (item.kind && item.key && item.body) ||
           error_set(err, ERR_INVALID, "a delivery without kind, key or body");
}
