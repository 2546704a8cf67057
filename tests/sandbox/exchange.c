#include "exchange.h"

#include <microhttpd.h>
#include <string.h>
#include <strings.h>

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *request_query(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

struct query_walk {
    void (*on_query)(void *arg, const char *name, const char *value);
    void *arg;
};

static enum MHD_Result walk_query(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct query_walk *walk = arg;

    (void)kind;
    walk->on_query(walk->arg, name, value ? value : "");
    return MHD_YES;
}

void request_each_query(const struct request *request, void (*on_query)(void *arg, const char *name, const char *value),
                        void *arg)
{
    struct query_walk walk = { on_query, arg };

    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, walk_query, &walk);
}

bool request_is(const struct request *request, const char *method)
{
    return strcmp(request->method, method) == 0;
}

bool request_has_type(const struct request *request, const char *type)
{
    const char *given = request_header(request, "Content-Type");
    size_t len = strlen(type);

    return given && strncasecmp(given, type, len) == 0 && strchr("; \t", given[len]); /* strchr finds the end too */
}

const char *request_bearer(const struct request *request)
{
    const char *value = request_header(request, "Authorization");

    return value && strncasecmp(value, "Bearer ", 7) == 0 && value[7] ? value + 7 : NULL;
}

cJSON *request_json(const struct request *request)
{
    cJSON *json = NULL;
    struct error err;

    return json_parse(request->body, &json, &err) ? json : NULL;
}

void reply_json(struct reply *reply, int status, cJSON *body)
{
    free(reply->body);
    reply->status = status;
    reply->type = "application/json; charset=utf-8";
    reply->body = json_print(body);
    cJSON_Delete(body);
}

void reply_text(struct reply *reply, int status, const char *type, const char *text)
{
    free(reply->body);
    reply->status = status;
    reply->type = type;
    reply->body = xstrdup(text);
}

void reply_header(struct reply *reply, const char *name, const char *value)
{
    for (size_t i = 0; i < REPLY_HEADERS_MAX; i++) {
        if (reply->headers[i].name)
            continue;
        reply->headers[i].name = name;
        reply->headers[i].value = xstrdup(value);
        return;
    }
}

void reply_finish(struct reply *reply)
{
    for (size_t i = 0; i < REPLY_HEADERS_MAX; i++)
        free(reply->headers[i].value);
    free(reply->body);
    *reply = (struct reply){ 0 };
}
