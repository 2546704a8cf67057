#include "integrations/github/api.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/url.h"

#include <string.h>

#define DEFAULT_URL "https://api.github.com"
#define MESSAGE_SHOWN_BYTES 200
#define OWNER_MAX_BYTES 39
#define NAME_MAX_BYTES 100
#define SHA_DIGITS 40
#define PAGE_MAX_BYTES 500
#define LIMIT_WAIT_MS MINUTE_MS /* GitHub's advice when it does not say how long */
#define LIMIT_WAIT_MAX_MS HOUR_MS

static bool is_made_of(struct str text, const char *more)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && (!c || !strchr(more, c)))
            return false;
    }
    return text.len > 0;
}

bool github_name_is_valid(struct str name)
{
    return name.len <= NAME_MAX_BYTES && is_made_of(name, "-_");
}

bool github_is_sha(const char *text)
{
    return text && strlen(text) == SHA_DIGITS && strspn(text, "0123456789abcdef") == SHA_DIGITS;
}

bool github_repository_is_valid(struct str repository)
{
    struct str name = repository, owner = str_take_until(&name, '/');

    return owner.len <= OWNER_MAX_BYTES && is_made_of(owner, "-_") && name.len <= NAME_MAX_BYTES &&
           is_made_of(name, "-_.") && !str_is(name, ".") && !str_is(name, "..");
}

/* `path` begins behind the API's address. */
static struct http_call call_to(const struct exchange *exchange, const char *method, const char *path, struct str body)
{
    static const struct http_header headers[] = {
        { "Accept", "application/vnd.github+json" },
        { "X-GitHub-Api-Version", "2022-11-28" },
        { "Content-Type", "application/json" },
    };
    const struct github_settings *github = exchange->settings ? exchange->settings->github : NULL;
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, github && github->api_url ? github->api_url : DEFAULT_URL);
    buf_puts(&url, path);
    return (struct http_call){
        .method = method,
        .url = arena_copy(exchange->arena, buf_str(&url)),
        .headers = headers,
        .header_count = body.len > 0 ? ARRAY_LEN(headers) : ARRAY_LEN(headers) - 1,
        .body = body,
        .timeout_ms = GITHUB_TIMEOUT_MS,
        .credential = HTTP_GITHUB,
    };
}

struct http_call github_call(const struct exchange *exchange, const char *method, const char *repository,
                             const char *path, struct str body)
{
    struct http_call call =
        call_to(exchange, method, arena_printf(exchange->arena, "/repos/%s%s", repository, path), body);

    call.audience = repository;
    return call;
}

struct http_call github_organization_call(const struct exchange *exchange, const char *organization, const char *path)
{
    struct http_call call = call_to(exchange, "GET", path, (struct str){ 0 });

    call.audience = organization;
    return call;
}

/* ---- refusals ---- */

/* {"message": ..., "errors": [{"resource", "field", "code", "message"?} or "text"]} */
static const char *message_of(const struct exchange *exchange, const struct http_answer *answer)
{
    struct error ignored;
    const cJSON *json = json_parse_in(exchange->arena, answer->body, &ignored), *first = json_find(json, "errors.0");
    const char *message = json_find_string(json, "message"), *more = json_find_string(first, "message");

    if (!message)
        return "no reason given";
    if (!more && cJSON_IsString(first))
        more = first->valuestring;
    if (!more && json_find_string(first, "field"))
        more = arena_printf(exchange->arena, "%.60s: %.60s", json_find_string(first, "field"),
                            json_find_string(first, "code") ? json_find_string(first, "code") : "invalid");
    return more ? arena_printf(exchange->arena, "%.*s (%.*s)", MESSAGE_SHOWN_BYTES, message, MESSAGE_SHOWN_BYTES, more)
                : arena_printf(exchange->arena, "%.*s", MESSAGE_SHOWN_BYTES, message);
}

static int64_t until_reset_ms(const struct exchange *exchange, const struct http_answer *answer)
{
    int64_t reset_s = 0;
    struct error ignored;

    if (!parse_int(str_of(http_answer_header(answer, "x-ratelimit-reset")), 1, INT64_MAX / SECOND_MS, &reset_s,
                   &ignored) ||
        reset_s * SECOND_MS <= exchange->unix_ms)
        return LIMIT_WAIT_MS;
    return reset_s * SECOND_MS - exchange->unix_ms + SECOND_MS;
}

/* How long GitHub wants to be left alone; 0: it does not, and a 403 is about permissions. */
static int64_t limit_wait_ms(const struct exchange *exchange, const struct http_answer *answer)
{
    int64_t wait_ms = http_answer_retry_after_ms(answer);
    const char *remaining = http_answer_header(answer, "x-ratelimit-remaining");

    if (wait_ms == 0 && remaining && strcmp(remaining, "0") == 0)
        wait_ms = until_reset_ms(exchange, answer);
    if (wait_ms == 0 && (answer->status == 429 || strstr(message_of(exchange, answer), "secondary rate")))
        wait_ms = LIMIT_WAIT_MS;
    return wait_ms < LIMIT_WAIT_MAX_MS ? wait_ms : LIMIT_WAIT_MAX_MS;
}

static struct exchange_step limited(const struct exchange *exchange, int64_t wait_ms)
{
    struct exchange_step step =
        exchange_again(exchange, "GitHub limits how much opsgate may ask: again in %s", duration_about(wait_ms).text);

    step.after_ms = wait_ms;
    step.is_outage = true;
    return step;
}

/* Else it is about the thing: a discussion that is locked, a repository that is archived. GitHub names the permission
 * that a call needs with either. */
static bool is_about_us(const struct exchange *exchange, const struct http_answer *answer)
{
    const char *message = message_of(exchange, answer);

    if (strstr(message, "locked") || strstr(message, "archived"))
        return false;
    return http_answer_header(answer, "x-accepted-github-permissions") || strstr(message, "Resource not accessible by");
}

static struct exchange_step forbidden(const struct exchange *exchange, const char *what, const char *repository,
                                      const struct http_answer *answer)
{
    const char *needs = http_answer_header(answer, "x-accepted-github-permissions");
    struct exchange_step step;

    if (needs)
        step = exchange_never(exchange, "GitHub does not let opsgate see or do %s: %s; give it %.100s on %s", what,
                              message_of(exchange, answer), needs, repository);
    else
        step = exchange_never(exchange, "GitHub does not let opsgate see or do %s: %s", what,
                              message_of(exchange, answer));
    if (is_about_us(exchange, answer))
        step.refusal = REFUSAL_PERMISSION;
    return step;
}

struct exchange_step github_refused(const struct exchange *exchange, const char *what, const char *repository,
                                    const struct http_answer *answer)
{
    int64_t wait_ms = answer->status == 403 || answer->status == 429 ? limit_wait_ms(exchange, answer) : 0;

    if (wait_ms > 0)
        return limited(exchange, wait_ms);
    if (answer->status == 403)
        return forbidden(exchange, what, repository, answer);
    if (answer->status == 404)
        return exchange_never(exchange, "GitHub knows no %s, or opsgate has no access to %s", what, repository);
    if (answer->status == 422)
        return exchange_never(exchange, "GitHub refuses %s: %s", what, message_of(exchange, answer));
    if (answer->status == 301 || answer->status == 302 || answer->status == 307 || answer->status == 308)
        return exchange_never(
            exchange, "%s has another name on GitHub by now: change `repository` in the configuration", repository);
    return exchange_refused(exchange, "GitHub", answer);
}

const cJSON *github_json(const struct exchange *exchange, const char *what, const struct http_answer *answer,
                         struct exchange_step *ret_step)
{
    struct error err;
    const cJSON *json = json_parse_in(exchange->arena, answer->body, &err);

    if (!json)
        *ret_step = exchange_again(exchange, "GitHub's answer about %s made no sense: %s", what, err.message);
    return json;
}

const cJSON *github_ask(struct dialog *dialog, struct http_call call, const char *what, const char *repository,
                        const struct http_answer **ret_answer)
{
    const struct http_answer *answer = dialog_ask(dialog, call);

    if (!answer)
        return NULL;
    if (answer->status != 200) {
        dialog->step = github_refused(dialog->exchange, what, repository, answer);
        return NULL;
    }
    if (ret_answer)
        *ret_answer = answer;
    return github_json(dialog->exchange, what, answer, &dialog->step);
}

/* Link: <https://api.github.com/...&page=2>; rel="next", <...>; rel="last" */
const char *github_next_page(const struct exchange *exchange, const char *url, const struct http_answer *answer,
                             bool *ret_is_elsewhere)
{
    struct str rest = str_of(http_answer_header(answer, "link"));
    bool is_elsewhere = false;
    const char *found = NULL;

    while (rest.len > 0 && !found) {
        struct str link = str_take_until(&rest, ','), address = str_trim(link);

        if (!str_contains(link, "rel=\"next\"") || !str_take_prefix(&address, "<"))
            continue;
        address = str_take_until(&address, '>');
        if (address.len > 0 && address.len < URL_MAX_BYTES &&
            str_equal(url_origin(arena_copy(exchange->arena, address)), url_origin(url)))
            found = arena_copy(exchange->arena, address);
        else
            is_elsewhere = true;
    }
    if (ret_is_elsewhere)
        *ret_is_elsewhere = is_elsewhere && !found;
    return found;
}

const char *github_page(const char *url)
{
    struct str text = str_of(url);

    if (text.len > PAGE_MAX_BYTES || (!str_starts_with(text, "https://") && !str_starts_with(text, "http://")))
        return NULL;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= ' ' || text.at[i] > '~' || strchr("<>|`\"", text.at[i]))
            return NULL;
    return url;
}
