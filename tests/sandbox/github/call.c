#include "github/call.h"

#include "form.h"

#include "bot/base/time.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

cJSON *call_error_body(int status, const char *message, const char *docs)
{
    cJSON *body = json_object();

    json_set_string(body, "message", message);
    tree_set_textf(body, "documentation_url", "https://docs.github.com/rest%s%s", docs ? "/" : "", docs ? docs : "");
    tree_set_textf(body, "status", "%d", status); /* a text, of all things */
    return body;
}

void call_refuse(struct call *call, int status, const char *message)
{
    reply_json(call->reply, status, call_error_body(status, message, call->docs));
}

void call_not_found(struct call *call)
{
    call_refuse(call, 404, "Not Found");
}

cJSON *call_body(struct call *call)
{
    AUTO_JSON cJSON *body = NULL;

    if (call->request->body.len == 0)
        return json_object();
    body = request_json(call->request);
    if (!body)
        call_refuse(call, 400, "Problems parsing JSON");
    else if (!cJSON_IsObject(body))
        call_refuse(call, 400, "Body should be a JSON object");
    return cJSON_IsObject(body) ? TAKE(body) : NULL;
}

/* ---- paging ---- */

/* A number that is none is not refused, but as good as missing. */
static int64_t query_number(const struct call *call, const char *name, int64_t otherwise)
{
    int64_t value = otherwise;
    struct error err;

    (void)parse_int(str_of(request_query(call->request, name)), 1, 1000000, &value, &err);
    return value;
}

struct page call_page(const struct call *call)
{
    struct page page = { .number = query_number(call, "page", 1), .size = query_number(call, "per_page", PER_PAGE) };

    page.size = page.size > PER_PAGE_MAX ? PER_PAGE_MAX : page.size;
    return page;
}

static enum MHD_Result add_argument(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
    cJSON *query = arg;

    (void)kind;
    json_set_string(query, key, value ? value : "");
    return MHD_YES;
}

/* Links go by the repository's number, so that whoever builds them instead of following them is found out. */
static void add_link(struct buf *links, const struct call *call, const char *rel, int64_t number)
{
    AUTO_JSON cJSON *query = json_object();
    const char *rest = call->request->path + strlen("/repos/") + strlen(call->repository->full_name);

    if (!text_starts(call->request->path, "/repos/"))
        rest = strchr(call->request->path + strlen("/repositories/"), '/');
    MHD_get_connection_values(call->request->connection, MHD_GET_ARGUMENT_KIND, add_argument, query);
    tree_set_textf(query, "page", "%lld", (long long)number);
    AUTO_FREE char *encoded = form_encode(query);
    buf_addf(links, "%s<%s/repositories/%lld%s?%s>; rel=\"%s\"", links->len > 0 ? ", " : "", call->github->own_url,
             (long long)call->repository->id, rest, encoded, rel);
}

cJSON *call_cut(struct call *call, cJSON *all)
{
    struct page page = call_page(call);
    int64_t count = cJSON_GetArraySize(all), last = (count + page.size - 1) / page.size, at = 0;
    AUTO_BUF struct buf links = BUF(16384);
    cJSON *cut = json_array();

    while (all->child) {
        cJSON *item = cJSON_DetachItemFromArray(all, 0);

        if (at / page.size == page.number - 1)
            json_add(cut, item);
        else
            cJSON_Delete(item);
        at++;
    }
    cJSON_Delete(all);
    if (page.number > 1)
        add_link(&links, call, "prev", page.number - 1);
    if (page.number < last) {
        add_link(&links, call, "next", page.number + 1);
        add_link(&links, call, "last", last);
    }
    if (page.number > 1)
        add_link(&links, call, "first", 1);
    if (links.len > 0)
        reply_header(call->reply, "Link", buf_text(&links));
    return cut;
}

/* ---- common shapes ---- */

static char *url_vformat(const char *start, const struct call *call, const char *fmt, va_list args)
{
    AUTO_BUF struct buf url = BUF(4096);
    char tail[2048];

    (void)vsnprintf(tail, sizeof tail, fmt, args);
    buf_addf(&url, "%s/%s%s", start, call->repository->full_name, tail);
    return buf_take(&url);
}

char *call_url(const struct call *call, const char *fmt, ...)
{
    AUTO_FREE char *start = text_format("%s/repos", call->github->own_url);
    va_list args;
    char *url = NULL;

    va_start(args, fmt);
    url = url_vformat(start, call, fmt, args);
    va_end(args);
    return url;
}

char *call_page_url(const struct call *call, const char *fmt, ...)
{
    va_list args;
    char *url = NULL;

    va_start(args, fmt);
    url = url_vformat("https://github.com", call, fmt, args);
    va_end(args);
    return url;
}

void set_null(cJSON *object, const char *name)
{
    json_set(object, name, cJSON_CreateNull());
}

void set_time(cJSON *object, const char *name, int64_t unix_ms)
{
    struct time_text text = time_format(unix_ms);

    if (unix_ms <= 0)
        set_null(object, name);
    else
        tree_set_textf(object, name, "%.19sZ", text.text); /* whole seconds */
}

static int64_t number_of(const char *login)
{
    int64_t number = 7;

    for (; *login; login++)
        number = (number * 31 + (unsigned char)*login) % 100000000;
    return number;
}

cJSON *user_shown(const char *login)
{
    cJSON *user = json_object();

    json_set_string(user, "login", login);
    json_set_int(user, "id", number_of(login));
    json_set_string(user, "type", strchr(login, '[') ? "Bot" : "User");
    json_set_bool(user, "site_admin", false);
    tree_set_textf(user, "html_url", "https://github.com/%s", login);
    return user;
}

cJSON *organization_shown(const char *login)
{
    cJSON *organization = user_shown(login);

    json_set_string(organization, "type", "Organization");
    return organization;
}

cJSON *repository_shown(const struct call *call)
{
    cJSON *shown = json_object();
    struct str name = str_of(call->repository->full_name);
    AUTO_FREE char *owner = str_copy(str_take_until(&name, '/'));
    AUTO_FREE char *url = call_url(call, "%s", ""), *page = call_page_url(call, "%s", "");

    json_set_int(shown, "id", call->repository->id);
    json_set_string(shown, "name", name.at);
    json_set_string(shown, "full_name", call->repository->full_name);
    json_set_bool(shown, "private", !call->repository->is_public);
    json_set(shown, "owner", organization_shown(owner));
    json_set_string(shown, "default_branch", "main");
    json_set_string(shown, "url", url);
    json_set_string(shown, "html_url", page);
    json_set_bool(shown, "archived", false);
    json_set_bool(shown, "fork", false);
    json_set_string(shown, "visibility", call->repository->is_public ? "public" : "private");
    return shown;
}
