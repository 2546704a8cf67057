#include "tests/simulation/world.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REVISION "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
#define LATEST "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
#define TOKEN_MS (3600 * SECOND_MS)
#define RESPONSES_MAX 5

enum revision_state { REVISION_PENDING, REVISION_READY, REVISION_BROKEN };

struct revision {
    const char *name, *image;
    enum revision_state state;
    bool is_unhealthy;
    int64_t created_ms;
    cJSON *template;
};
struct share {
    bool is_latest;
    const char *revision, *tag; /* tag or NULL */
    int64_t percent;
};
struct split {
    struct share shares[16];
    size_t count;
};
struct service {
    const char *project, *region, *name;
    struct revision revisions[64];
    size_t revision_count;
    struct split traffic, status;
    cJSON *template, *annotations;
    int64_t generation, observed, etag;
    const char *latest_created, *latest_ready, *problem;
};
struct message {
    const char *channel, *ts;
    cJSON *json; /* as sent: text, blocks, metadata */
};
struct channel {
    const char *id, *name;
};
struct response {
    const char *url;
    const char *text;
    int uses;
};
struct missing_tag {
    const char *tag;
};

struct world {
    struct scheduler *scheduler;
    struct weather *weather;
    struct world_watch watch;
    struct arena *arena; /* all that stays */
    struct service **services;
    size_t service_count;
    struct message *messages; /* oldest first */
    size_t message_count;
    struct response *responses;
    size_t response_count;
    struct missing_tag *missing;
    size_t missing_count;
    const struct logged_call **log;
    size_t log_count;
    int64_t last_ts, token;
    int64_t token_until_ms;
};

struct world_call {
    struct world *world;
    struct arena *arena;
    int users;
    bool is_over; /* told, or nobody listens any more */
    struct http_call call;
    struct logged_call *log;
    world_answer_fn on_answer;
    void *arg;
    struct http_answer answer;
    bool is_unheard; /* its answer gets lost */
};

static const struct channel channels[] = {
    { "C0GENERAL", "general" },
    { "C0DEPLOYS", "deployments" },
    { "C0INCIDENT", "incidents" },
    { "C0ALERTS", "alerts" },
};

static int64_t now_unix_ms(const struct world *world)
{
    return WORLD_EPOCH_MS + scheduler_now_ms(world->scheduler);
}

static void count(struct world *world, enum fault fault)
{
    world->weather->counts[fault]++;
}

/* ---- create ---- */

struct world *world_create(struct scheduler *scheduler, struct weather *weather, struct world_watch watch)
{
    struct world *world = xcalloc(1, sizeof(*world));

    world->scheduler = scheduler;
    world->weather = weather;
    world->watch = watch;
    world->arena = arena_create();
    return world;
}

void world_destroy(struct world *world)
{
    if (!world)
        return;
    for (size_t i = 0; i < world->service_count; i++) {
        struct service *service = world->services[i];

        cJSON_Delete(service->template);
        cJSON_Delete(service->annotations);
        for (size_t r = 0; r < service->revision_count; r++)
            cJSON_Delete(service->revisions[r].template);
        free(service);
    }
    for (size_t i = 0; i < world->message_count; i++)
        cJSON_Delete(world->messages[i].json);
    arena_destroy(world->arena);
    free(world);
}

static struct revision *find_revision(struct service *service, const char *name)
{
    for (size_t i = 0; i < service->revision_count; i++)
        if (strcmp(service->revisions[i].name, name) == 0)
            return &service->revisions[i];
    return NULL;
}

static struct revision *add_revision(struct world *world, struct service *service, const char *name, const char *image,
                                     const cJSON *template)
{
    struct revision *revision = &service->revisions[service->revision_count];

    if (service->revision_count == ARRAY_LEN(service->revisions))
        return NULL;
    service->revision_count++;
    *revision = (struct revision){ .name = arena_strdup(world->arena, name),
                                   .image = arena_strdup(world->arena, image),
                                   .created_ms = now_unix_ms(world),
                                   .template = json_copy(template) };
    return revision;
}

void world_add_service(struct world *world, const char *project, const char *region, const char *name, const char *image,
                       bool floats)
{
    struct service *service = xcalloc(1, sizeof(*service));
    cJSON *container = json_object();
    struct revision *revision;

    service->project = arena_strdup(world->arena, project);
    service->region = arena_strdup(world->arena, region);
    service->name = arena_strdup(world->arena, name);
    service->template = json_object();
    service->annotations = json_object();
    json_set_string(container, "image", image);
    json_add(json_set(service->template, "containers", json_array()), container);
    revision = add_revision(world, service, arena_printf(world->arena, "%s-00001-abc", name), image, service->template);
    revision->state = REVISION_READY;
    service->latest_created = service->latest_ready = revision->name;
    service->traffic.shares[0] = (struct share){ .is_latest = floats, .revision = revision->name, .percent = 100 };
    service->traffic.count = 1;
    service->status = service->traffic;
    service->generation = service->observed = service->etag = 1;
    *ARENA_PUSH(world->arena, world->services, world->service_count) = service;
}

/* ---- answers ---- */

static void answer_text(struct world_call *call, int status, const char *text)
{
    call->answer.status = status;
    call->answer.body = str_of(arena_strdup(call->arena, text));
}

static void answer_json(struct world_call *call, int status, cJSON *json) /* takes it */
{
    call->answer.status = status;
    call->answer.body = str_of(json_print_in(call->arena, json));
    cJSON_Delete(json);
}

static void add_header(struct world_call *call, const char *name, const char *value)
{
    struct http_header *headers = arena_alloc(call->arena, (call->answer.header_count + 1) * sizeof(*headers));

    if (call->answer.header_count > 0)
        memcpy(headers, call->answer.headers, call->answer.header_count * sizeof(*headers));
    headers[call->answer.header_count] = (struct http_header){ name, arena_strdup(call->arena, value) };
    call->answer.headers = headers;
    call->answer.header_count++;
}

static void google_error(struct world_call *call, int status, const char *name, const char *message)
{
    cJSON *json = json_object(), *error = json_set(json, "error", json_object());

    json_set_int(error, "code", status);
    json_set_string(error, "message", message);
    json_set_string(error, "status", name);
    answer_json(call, status, json);
}

static void changed(struct world_call *call, const struct world_change *change, const char *words)
{
    struct world *world = call->world;

    call->log->change = arena_strdup(world->arena, words);
    if (world->watch.on_change)
        world->watch.on_change(world->watch.ctx, call->log, change);
}

static const char *header_of(const struct http_call *call, const char *name)
{
    for (size_t i = 0; i < call->header_count; i++)
        if (str_equal_nocase(str_of(call->headers[i].name), str_of(name)))
            return call->headers[i].value;
    return NULL;
}

/* The value of name in "a=1&b=2", decoded; NULL: none. */
static const char *form_value(struct str form, const char *name, struct arena *arena)
{
    while (form.len > 0) {
        struct str value = str_take_until(&form, '&'), key = str_take_until(&value, '=');
        char *text, *to;

        if (!str_is(key, name))
            continue;
        to = text = arena_alloc(arena, value.len + 1);
        for (size_t i = 0; i < value.len; i++) {
            unsigned char byte;

            if (value.at[i] == '%' && i + 2 < value.len && hex_decode((struct str){ value.at + i + 1, 2 }, &byte, 1)) {
                *to++ = (char)byte;
                i += 2;
            } else {
                *to++ = value.at[i] == '+' ? ' ' : value.at[i];
            }
        }
        return text;
    }
    return NULL;
}

static struct str query_of(const char *url)
{
    const char *mark = strchr(url, '?');

    return str_of(mark ? mark + 1 : "");
}

static struct str path_of(const char *url, const char *base)
{
    struct str rest = str_of(url);

    str_take_prefix(&rest, base);
    return str_take_until(&rest, '?');
}

/* ---- Slack ---- */

static void slack_error(struct world_call *call, const char *error)
{
    cJSON *json = json_object();

    json_set_bool(json, "ok", false);
    json_set_string(json, "error", error);
    answer_json(call, 200, json);
}

static const struct channel *find_channel(const char *text)
{
    for (size_t i = 0; text && i < ARRAY_LEN(channels); i++)
        if (strcmp(channels[i].id, text) == 0 || (text[0] == '#' && strcmp(channels[i].name, text + 1) == 0))
            return &channels[i];
    return NULL;
}

/* Arguments as one object: from JSON, or from a form whose nested values are JSON text. */
static cJSON *slack_arguments(struct world_call *call)
{
    static const char *const names[] = { "channel", "text", "ts", "blocks", "metadata", "cursor", "limit", "oldest",
                                         "latest", "inclusive", "include_all_metadata", "types", "exclude_archived" };
    const char *type = header_of(&call->call, "Content-Type");
    struct str body = call->call.body, query = query_of(call->call.url);
    struct error err;
    cJSON *json;

    if (type && str_contains(str_of(type), "json"))
        return json_parse(body, &json, &err) ? json : NULL;
    json = json_object();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = form_value(body.len > 0 ? body : query, names[i], call->arena);
        cJSON *nested = NULL;

        if (!value)
            continue;
        if ((*value == '{' || *value == '[') && json_parse(str_of(value), &nested, &err))
            json_set(json, names[i], nested);
        else
            json_set_string(json, names[i], value);
    }
    return json;
}

static struct world_change message_change(enum world_change_kind kind, const char *place, const cJSON *json,
                                          const char *ts)
{
    const cJSON *payload = json_find(json, "metadata.event_payload");

    return (struct world_change){ .kind = kind,
                                  .place = place,
                                  .effect = json_find_string(payload, "effect"),
                                  .operation = json_find_string(payload, "operation"),
                                  .text = json_find_string(json, "text"),
                                  .ts = ts };
}

static bool has_content(const cJSON *arguments)
{
    const char *text = json_find_string(arguments, "text");

    return (text && *text) || cJSON_GetArraySize(json_find(arguments, "blocks")) > 0;
}

static void answer_message(struct world_call *call, const struct message *message)
{
    cJSON *json = json_object();

    json_set_bool(json, "ok", true);
    json_set_string(json, "channel", message->channel);
    json_set_string(json, "ts", message->ts);
    json_set(json, "message", json_copy(message->json));
    answer_json(call, 200, json);
}

static void slack_post(struct world_call *call, const cJSON *arguments)
{
    struct world *world = call->world;
    const struct channel *channel = find_channel(json_find_string(arguments, "channel"));
    struct world_change change;
    struct message *message;

    if (!channel || strcmp(channel->id, json_find_string(arguments, "channel")) != 0) {
        slack_error(call, "channel_not_found"); /* an id is wanted, a name is not understood */
        return;
    }
    if (!has_content(arguments)) {
        slack_error(call, "no_text");
        return;
    }
    world->last_ts = now_unix_ms(world) * 1000 > world->last_ts ? now_unix_ms(world) * 1000 : world->last_ts + 100;
    message = ARENA_PUSH(world->arena, world->messages, world->message_count);
    message->channel = channel->id;
    message->ts = arena_printf(world->arena, "%" PRId64 ".%06" PRId64, world->last_ts / 1000000, world->last_ts % 1000000);
    message->json = json_copy(arguments);
    answer_message(call, message);
    change = message_change(CHANGE_POST, channel->id, message->json, message->ts);
    changed(call, &change, "posted a message");
}

static struct message *find_message(struct world *world, const char *channel, const char *ts)
{
    for (size_t i = 0; channel && ts && i < world->message_count; i++)
        if (strcmp(world->messages[i].channel, channel) == 0 && strcmp(world->messages[i].ts, ts) == 0)
            return &world->messages[i];
    return NULL;
}

static void slack_update(struct world_call *call, const cJSON *arguments)
{
    struct message *message =
        find_message(call->world, json_find_string(arguments, "channel"), json_find_string(arguments, "ts"));
    struct world_change change;
    cJSON *json;

    if (!message) {
        slack_error(call, "message_not_found");
        return;
    }
    if (!has_content(arguments)) {
        slack_error(call, "no_text");
        return;
    }
    json = json_copy(arguments);
    if (!json_find(json, "metadata") && json_find(message->json, "metadata"))
        json_set(json, "metadata", json_copy(json_find(message->json, "metadata"))); /* kept when absent */
    cJSON_Delete(message->json);
    message->json = json;
    answer_message(call, message);
    change = message_change(CHANGE_UPDATE, message->channel, json, message->ts);
    changed(call, &change, "updated a message");
}

static int64_t ts_micros(const char *ts)
{
    struct str rest = str_of(ts);
    struct str seconds = str_take_until(&rest, '.');
    struct error ignored;
    int64_t s = 0, micros = 0;

    if (rest.len > 6)
        rest.len = 6;
    parse_int(seconds, 0, INT64_C(1) << 40, &s, &ignored);
    parse_int(rest, 0, 999999, &micros, &ignored);
    for (size_t i = rest.len; i < 6; i++)
        micros *= 10;
    return s * 1000000 + micros;
}

static int64_t number_of(const cJSON *json, const char *name, int64_t otherwise)
{
    return json_find_int(json, name, otherwise);
}

static bool flag_of(const cJSON *json, const char *name)
{
    const char *text = json_find_string(json, name);

    return text ? strcmp(text, "true") == 0 || strcmp(text, "1") == 0 : json_find_bool(json, name, false);
}

static cJSON *shown_message(const struct message *message, bool with_metadata)
{
    cJSON *json = json_object();

    json_set_string(json, "type", "message");
    json_set_string(json, "ts", message->ts);
    json_set_string(json, "text", json_find_string(message->json, "text"));
    if (with_metadata && json_find(message->json, "metadata")) {
        json_set(json, "metadata", json_copy(json_find(message->json, "metadata")));
    } else if (json_find(message->json, "metadata")) {
        cJSON *metadata = json_set(json, "metadata", json_object());

        json_set_string(metadata, "event_type", json_find_string(message->json, "metadata.event_type"));
    }
    return json;
}

/* The cursor is the ts to go on below. */
static void slack_history(struct world_call *call, const cJSON *arguments)
{
    struct world *world = call->world;
    const struct channel *channel = find_channel(json_find_string(arguments, "channel"));
    const char *oldest = json_find_string(arguments, "oldest"), *latest = json_find_string(arguments, "latest");
    const char *cursor = json_find_string(arguments, "cursor");
    int64_t limit = number_of(arguments, "limit", 100), below = latest ? ts_micros(latest) : INT64_MAX, shown = 0;
    bool has_more = false;
    cJSON *json, *list;

    if (!channel) {
        slack_error(call, "channel_not_found");
        return;
    }
    if (cursor && *cursor)
        below = ts_micros(cursor);
    json = json_object();
    json_set_bool(json, "ok", true);
    list = json_set(json, "messages", json_array());
    for (size_t i = world->message_count; i > 0; i--) {
        const struct message *message = &world->messages[i - 1];
        int64_t micros = ts_micros(message->ts);

        if (message->channel != channel->id || micros >= below || (oldest && micros <= ts_micros(oldest)))
            continue;
        if (shown++ == limit) {
            has_more = true;
            break;
        }
        json_add(list, shown_message(message, flag_of(arguments, "include_all_metadata")));
        if (shown == limit) {
            cJSON *next = json_set(json, "response_metadata", json_object());

            json_set_string(next, "next_cursor", message->ts);
        }
    }
    json_set_bool(json, "has_more", has_more);
    if (!has_more)
        cJSON_DeleteItemFromObjectCaseSensitive(json, "response_metadata");
    answer_json(call, 200, json);
}

static void slack_list(struct world_call *call, const cJSON *arguments)
{
    int64_t limit = number_of(arguments, "limit", 100), from = number_of(arguments, "cursor", 0);
    cJSON *json = json_object(), *list = json_set(json, "channels", json_array()), *next;
    char cursor[32] = "";

    json_set_bool(json, "ok", true);
    if (limit > 2)
        limit = 2; /* a page may be short */
    for (int64_t i = from; i < (int64_t)ARRAY_LEN(channels) && i < from + limit; i++) {
        cJSON *item = json_add(list, json_object());

        json_set_string(item, "id", channels[i].id);
        json_set_string(item, "name", channels[i].name);
        json_set_bool(item, "is_archived", false);
        json_set_bool(item, "is_member", true);
    }
    if (from + limit < (int64_t)ARRAY_LEN(channels))
        snprintf(cursor, sizeof(cursor), "%" PRId64, from + limit);
    next = json_set(json, "response_metadata", json_object());
    json_set_string(next, "next_cursor", cursor);
    answer_json(call, 200, json);
}

static const struct {
    const char *name;
    void (*answer)(struct world_call *call, const cJSON *arguments);
} slack_methods[] = {
    { "/chat.postMessage", slack_post },
    { "/chat.update", slack_update },
    { "/conversations.history", slack_history },
    { "/conversations.list", slack_list },
};

static void slack_call(struct world_call *call)
{
    struct str path = path_of(call->call.url, WORLD_SLACK_URL);
    const char *authorization = header_of(&call->call, "Authorization");
    AUTO_JSON cJSON *arguments = NULL;

    if (!authorization || strcmp(authorization, "Bearer " WORLD_SLACK_TOKEN) != 0) {
        slack_error(call, authorization ? "invalid_auth" : "not_authed");
        return;
    }
    arguments = slack_arguments(call);
    if (!arguments) {
        slack_error(call, "invalid_json");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(slack_methods); i++)
        if (str_is(path, slack_methods[i].name)) {
            slack_methods[i].answer(call, arguments);
            return;
        }
    slack_error(call, "unknown_method");
}

static struct response *find_response(const struct world *world, const char *url)
{
    for (size_t i = 0; i < world->response_count; i++)
        if (strcmp(world->responses[i].url, url) == 0)
            return &world->responses[i];
    return NULL;
}

static void response_call(struct world_call *call)
{
    struct world *world = call->world;
    struct response *response = find_response(world, call->call.url);
    AUTO_JSON cJSON *json = NULL;
    struct error err;
    struct world_change change;

    if (strcmp(call->call.method, "POST") != 0 || !json_parse(call->call.body, &json, &err) || !has_content(json)) {
        answer_text(call, 400, "invalid_payload");
        return;
    }
    if (!response) {
        response = ARENA_PUSH(world->arena, world->responses, world->response_count);
        response->url = arena_strdup(world->arena, call->call.url);
    }
    if (response->uses++ >= RESPONSES_MAX) {
        answer_text(call, 404, "used_url");
        return;
    }
    response->text = arena_strdup(world->arena, json_find_string(json, "text"));
    answer_text(call, 200, "ok");
    change = (struct world_change){ .kind = CHANGE_REPLY,
                                    .place = response->url,
                                    .effect = call->log->sender.effect,
                                    .text = response->text };
    changed(call, &change, "answered by response_url");
}

/* ---- Google's tokens and the registry ---- */

static const char *token_text(const struct world *world, struct arena *arena)
{
    return arena_printf(arena, "ya29.sim%" PRId64, world->token);
}

static void metadata_call(struct world_call *call)
{
    struct world *world = call->world;
    const char *flavor = header_of(&call->call, "Metadata-Flavor");
    struct str path = path_of(call->call.url, WORLD_METADATA_URL);
    cJSON *json;

    if (!flavor || strcmp(flavor, "Google") != 0) {
        answer_text(call, 403, "Missing Metadata-Flavor:Google header.");
        return;
    }
    add_header(call, "metadata-flavor", "Google");
    if (!str_is(path, "/computeMetadata/v1/instance/service-accounts/default/token")) {
        answer_text(call, 404, "not found");
        return;
    }
    if (world->token_until_ms - now_unix_ms(world) < 5 * MINUTE_MS) {
        world->token++;
        world->token_until_ms = now_unix_ms(world) + TOKEN_MS;
    }
    json = json_object();
    json_set_string(json, "access_token", token_text(world, call->arena));
    json_set_int(json, "expires_in", (world->token_until_ms - now_unix_ms(world)) / 1000);
    json_set_string(json, "token_type", "Bearer");
    answer_json(call, 200, json);
}

static bool is_token_good(struct world_call *call, const char *prefix, const char *value)
{
    struct world *world = call->world;
    const char *authorization = header_of(&call->call, "Authorization");
    struct str rest = str_of(authorization);

    if (world->token > 0 && world->token_until_ms > now_unix_ms(world) && str_take_prefix(&rest, prefix) &&
        str_is(rest, value))
        return true;
    count(world, FAULT_TOKEN_EXPIRED);
    return false;
}

void world_expire_tokens(struct world *world)
{
    world->token++; /* the one that was given is known to nobody any more */
    world->token_until_ms = 0;
}

static void registry_call(struct world_call *call)
{
    AUTO_BUF struct buf basic = BUF(512);
    struct str path = path_of(call->call.url, WORLD_REGISTRY_URL);
    const char *token = arena_printf(call->arena, "oauth2accesstoken:%s", token_text(call->world, call->arena));
    const char *slash, *text = arena_copy(call->arena, path), *digest;

    base64_add(&basic, str_of(token));
    if (!is_token_good(call, "Basic ", buf_text(&basic))) {
        add_header(call, "www-authenticate", "Bearer realm=\"http://registry.sim/token\",service=\"registry.sim\"");
        answer_text(call, 401, "");
        return;
    }
    slash = strrchr(text, '/');
    if (!str_starts_with(path, "/v2/") || !str_contains(path, "/manifests/") || !slash) {
        answer_text(call, 404, "");
        return;
    }
    for (size_t i = 0; i < call->world->missing_count; i++)
        if (strcmp(call->world->missing[i].tag, slash + 1) == 0) {
            count(call->world, FAULT_TAG_MISSING);
            answer_text(call, 404, "");
            return;
        }
    digest = arena_printf(call->arena, "sha256:%s", digest_hex(digest_sha256(path)).text);
    add_header(call, "docker-content-digest", digest);
    add_header(call, "content-type", "application/vnd.oci.image.index.v1+json");
    answer_text(call, 200, "");
}

void world_set_tag(struct world *world, const char *tag, bool exists)
{
    for (size_t i = 0; i < world->missing_count; i++)
        if (strcmp(world->missing[i].tag, tag) == 0) {
            if (exists)
                world->missing[i].tag = "";
            return;
        }
    if (!exists)
        ARENA_PUSH(world->arena, world->missing, world->missing_count)->tag = arena_strdup(world->arena, tag);
}

/* ---- Cloud Run ---- */

static const char *full_name(const struct service *service, struct arena *arena)
{
    return arena_printf(arena, "projects/%s/locations/%s/services/%s", service->project, service->region, service->name);
}

static const char *etag_of(const struct service *service, struct arena *arena)
{
    return arena_printf(arena, "\"e%s-%" PRId64 "\"", service->name, service->etag);
}

static const char *tag_uri(const struct service *service, const char *tag, struct arena *arena)
{
    return arena_printf(arena, "http://%s---%s.app.sim", tag, service->name);
}

static cJSON *split_json(const struct service *service, const struct split *split, bool is_status, struct arena *arena)
{
    cJSON *list = json_array();

    for (size_t i = 0; i < split->count; i++) {
        const struct share *share = &split->shares[i];
        cJSON *item = json_add(list, json_object());

        json_set_string(item, "type", share->is_latest ? LATEST : REVISION);
        if (!share->is_latest)
            json_set_string(item, "revision", share->revision);
        if (share->percent > 0) /* zero values are left out */
            json_set_int(item, "percent", share->percent);
        json_set_string(item, "tag", share->tag);
        if (is_status && share->tag)
            json_set_string(item, "uri", tag_uri(service, share->tag, arena));
    }
    return list;
}

static cJSON *condition_json(const struct service *service)
{
    cJSON *condition = json_object();

    json_set_string(condition, "type", "Ready");
    if (service->observed != service->generation) {
        json_set_string(condition, "state", "CONDITION_RECONCILING");
    } else if (service->problem) {
        json_set_string(condition, "state", "CONDITION_FAILED");
        json_set_string(condition, "message", service->problem);
        json_set_string(condition, "reason", "REVISION_FAILED");
    } else {
        json_set_string(condition, "state", "CONDITION_SUCCEEDED");
    }
    return condition;
}

static cJSON *service_json(const struct service *service, struct arena *arena)
{
    const char *name = full_name(service, arena);
    cJSON *json = json_object();

    json_set_string(json, "name", name);
    json_set_string(json, "etag", etag_of(service, arena));
    json_set_string(json, "generation", arena_printf(arena, "%" PRId64, service->generation));
    json_set_string(json, "observedGeneration", arena_printf(arena, "%" PRId64, service->observed));
    json_set(json, "template", json_copy(service->template));
    json_set(json, "annotations", json_copy(service->annotations));
    json_set(json, "traffic", split_json(service, &service->traffic, false, arena));
    json_set(json, "trafficStatuses", split_json(service, &service->status, true, arena));
    json_set_string(json, "latestCreatedRevision", arena_printf(arena, "%s/revisions/%s", name, service->latest_created));
    json_set_string(json, "latestReadyRevision", arena_printf(arena, "%s/revisions/%s", name, service->latest_ready));
    json_set_string(json, "uri", arena_printf(arena, "http://%s.app.sim", service->name));
    if (service->observed != service->generation)
        json_set_bool(json, "reconciling", true);
    json_set(json, "terminalCondition", condition_json(service));
    return json;
}

static cJSON *revision_json(const struct service *service, const struct revision *revision, struct arena *arena)
{
    static const char *const states[] = { "CONDITION_PENDING", "CONDITION_SUCCEEDED", "CONDITION_FAILED" };
    cJSON *json = json_copy(revision->template), *condition;

    cJSON_DeleteItemFromObjectCaseSensitive(json, "revision");
    json_set_string(json, "name", arena_printf(arena, "%s/revisions/%s", full_name(service, arena), revision->name));
    json_set_string(json, "service", service->name);
    json_set_string(json, "createTime", time_format(revision->created_ms).text);
    condition = json_add(json_set(json, "conditions", json_array()), json_object());
    json_set_string(condition, "type", "Ready");
    json_set_string(condition, "state", states[revision->state]);
    if (revision->state == REVISION_PENDING)
        json_set_bool(json, "reconciling", true);
    return json;
}

static const char *resolved(const struct service *service, const struct share *share)
{
    return share->is_latest ? service->latest_ready : share->revision;
}

static size_t as_shares(const struct service *service, const struct split *split, struct run_share *shares)
{
    for (size_t i = 0; i < split->count; i++)
        shares[i] = (struct run_share){ .revision = resolved(service, &split->shares[i]),
                                        .percent = split->shares[i].percent,
                                        .tag = split->shares[i].tag };
    return split->count;
}

static bool decode_split(struct world *world, struct service *service, const cJSON *list, const char *also,
                         struct split *split, const char **ret_problem)
{
    int64_t sum = 0;

    *split = (struct split){ .count = 0 };
    JSON_EACH(item, list) {
        const char *type = json_find_string(item, "type"), *revision = json_find_string(item, "revision");
        struct share *share = &split->shares[split->count];

        if (split->count == ARRAY_LEN(split->shares)) {
            *ret_problem = "too many traffic targets";
            return false;
        }
        split->count++;
        share->is_latest = type && strcmp(type, LATEST) == 0;
        share->percent = json_find_int(item, "percent", 0);
        share->tag = arena_strdup(world->arena, json_find_string(item, "tag"));
        share->revision = arena_strdup(world->arena, revision);
        sum += share->percent;
        if (!share->is_latest && (!type || strcmp(type, REVISION) != 0 || !revision ||
                                  (!find_revision(service, revision) && !(also && strcmp(also, revision) == 0)))) {
            *ret_problem = "traffic names a revision that does not exist";
            return false;
        }
    }
    if (sum != 100)
        *ret_problem = "traffic does not sum to 100";
    return sum == 100;
}

struct settling {
    struct world *world;
    struct service *service;
    int64_t generation;
};

static bool can_serve(struct service *service)
{
    for (size_t i = 0; i < service->traffic.count; i++) {
        const struct share *share = &service->traffic.shares[i];
        const struct revision *revision = find_revision(service, resolved(service, share));

        if (share->percent > 0 && (!revision || revision->state != REVISION_READY))
            return false;
    }
    return true;
}

static void on_settled(void *arg)
{
    struct settling *settling = arg;
    struct service *service = settling->service;
    struct world *world = settling->world;
    struct revision *newest = find_revision(service, service->latest_created);

    if (settling->generation == service->generation) {
        if (newest->state == REVISION_PENDING) {
            newest->state = dice_hit(scheduler_dice(world->scheduler), world->weather->revision_fails) ? REVISION_BROKEN
                                                                                                       : REVISION_READY;
            newest->is_unhealthy = dice_hit(scheduler_dice(world->scheduler), world->weather->unhealthy);
            if (newest->state == REVISION_BROKEN)
                count(world, FAULT_REVISION_FAILED);
        }
        if (newest->state == REVISION_READY)
            service->latest_ready = newest->name;
        service->problem = newest->state == REVISION_BROKEN ? "Revision is not ready: the container did not start." : NULL;
        if (can_serve(service))
            service->status = service->traffic;
        service->observed = service->generation;
    }
    free(settling);
}

static void start_settling(struct world *world, struct service *service)
{
    struct settling *settling = xcalloc(1, sizeof(*settling));
    struct dice *dice = scheduler_dice(world->scheduler);
    bool is_slow = dice_hit(dice, world->weather->revision_slow);

    if (is_slow)
        count(world, FAULT_REVISION_SLOW);
    *settling = (struct settling){ world, service, service->generation };
    service->etag++;
    scheduler_after(world->scheduler, is_slow ? dice_between(dice, 20000, 120000) : dice_between(dice, 300, 6000), 0,
                    on_settled, settling, free);
}

static const char *image_of(const cJSON *template)
{
    return json_find_string(template, "containers.0.image");
}

struct patch {
    struct service *service;
    cJSON *body;
    bool template, traffic, annotations, is_new;
    const char *revision; /* that the template asks for */
    struct split split;
};

static bool has_mask(const char *mask, const char *name)
{
    struct str rest = str_of(mask);

    while (rest.len > 0) {
        struct str field = str_take_until(&rest, ',');

        if (str_is(field, name) || (str_starts_with(field, name) && field.at[strlen(name)] == '.'))
            return true;
    }
    return false;
}

static bool check_patch(struct world_call *call, struct patch *patch)
{
    struct world *world = call->world;
    struct service *service = patch->service;
    const char *etag = json_find_string(patch->body, "etag"), *problem = "";
    const struct revision *same;

    if (etag && strcmp(etag, etag_of(service, call->arena)) != 0) {
        google_error(call, 409, "ABORTED", "Conflict for resource: version was specified but current version differs.");
        return false;
    }
    if (patch->template) {
        const cJSON *template = json_find(patch->body, "template");
        const char *wanted = json_find_string(template, "revision");

        if (!image_of(template)) {
            google_error(call, 400, "INVALID_ARGUMENT", "template.containers: an image is required.");
            return false;
        }
        patch->revision = wanted ? arena_strdup(world->arena, wanted)
                                 : arena_printf(world->arena, "%s-%05" PRId64 "-xyz", service->name, service->generation + 1);
        same = find_revision(service, patch->revision);
        if (same && strcmp(same->image, image_of(template)) != 0) {
            google_error(call, 409, "ALREADY_EXISTS", "Revision named with different configuration already exists.");
            return false;
        }
        if (!str_starts_with(str_of(patch->revision), service->name) || strlen(patch->revision) > 63) {
            google_error(call, 400, "INVALID_ARGUMENT", "template.revision: must start with the service's name.");
            return false;
        }
        patch->is_new = !same;
    }
    if (patch->traffic &&
        !decode_split(world, service, json_find(patch->body, "traffic"), patch->revision, &patch->split, &problem)) {
        google_error(call, 400, "INVALID_ARGUMENT", problem);
        return false;
    }
    return true;
}

static void apply_template(struct world_call *call, struct patch *patch)
{
    struct service *service = patch->service;
    const cJSON *template = json_find(patch->body, "template");
    struct world_change change = { .kind = CHANGE_REVISION, .place = service->name, .text = patch->revision };

    cJSON_Delete(service->template);
    service->template = json_copy(template);
    if (!patch->is_new)
        return;
    if (!add_revision(call->world, service, patch->revision, image_of(template), template))
        return;
    service->latest_created = patch->revision;
    JSON_EACH(annotation, json_find(template, "annotations")) {
        if (strcmp(annotation->string, RUN_ANNOTATION_EFFECT) == 0)
            change.effect = annotation->valuestring;
        if (strcmp(annotation->string, RUN_ANNOTATION_OPERATION) == 0)
            change.operation = annotation->valuestring;
    }
    changed(call, &change, arena_printf(call->arena, "made revision %s", patch->revision));
}

static const char *annotation_of(const cJSON *annotations, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(annotations, name);

    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static void apply_traffic(struct world_call *call, struct patch *patch)
{
    struct service *service = patch->service;
    struct run_share before[16], after[16];
    struct world_change change = { .kind = CHANGE_TRAFFIC, .place = service->name, .before = before, .after = after };

    change.before_count = as_shares(service, &service->traffic, before);
    change.after_count = as_shares(service, &patch->split, after);
    service->traffic = patch->split;
    change.effect = annotation_of(service->annotations, RUN_ANNOTATION_EFFECT);
    change.operation = annotation_of(service->annotations, RUN_ANNOTATION_OPERATION);
    if (run_split_equal(before, change.before_count, after, change.after_count))
        return;
    changed(call, &change, arena_printf(call->arena, "moved traffic of %s", service->name));
}

static void run_patch(struct world_call *call, struct service *service)
{
    struct patch patch = { .service = service };
    const char *mask = form_value(query_of(call->call.url), "updateMask", call->arena);
    AUTO_JSON cJSON *body = NULL;
    struct error err;
    cJSON *json;

    if (!mask || !json_parse(call->call.body, &body, &err)) {
        google_error(call, 400, "INVALID_ARGUMENT", "an updateMask and a Service are needed");
        return;
    }
    patch.body = body;
    patch.template = has_mask(mask, "template");
    patch.traffic = has_mask(mask, "traffic");
    patch.annotations = has_mask(mask, "annotations");
    if (!check_patch(call, &patch))
        return;
    service->generation++;
    if (patch.annotations) {
        cJSON_Delete(service->annotations);
        service->annotations = json_find(body, "annotations") ? json_copy(json_find(body, "annotations")) : json_object();
    }
    if (patch.template)
        apply_template(call, &patch);
    if (patch.traffic)
        apply_traffic(call, &patch);
    start_settling(call->world, service);
    json = json_object();
    json_set_string(json, "name", arena_printf(call->arena, "projects/%s/locations/%s/operations/op-%" PRId64,
                                               service->project, service->region, service->generation));
    json_set(json, "metadata", service_json(service, call->arena));
    answer_json(call, 200, json);
}

static void run_revisions(struct world_call *call, struct service *service, struct str rest)
{
    cJSON *json, *list;

    if (str_take_prefix(&rest, "/")) {
        struct revision *revision = find_revision(service, arena_copy(call->arena, rest));

        if (revision)
            answer_json(call, 200, revision_json(service, revision, call->arena));
        else
            google_error(call, 404, "NOT_FOUND", "Revision not found.");
        return;
    }
    json = json_object();
    list = json_set(json, "revisions", json_array());
    for (size_t i = service->revision_count; i > 0; i--)
        json_add(list, revision_json(service, &service->revisions[i - 1], call->arena));
    answer_json(call, 200, json);
}

static void run_call(struct world_call *call)
{
    struct world *world = call->world;
    struct str path = path_of(call->call.url, WORLD_RUN_URL);

    if (!is_token_good(call, "Bearer ", token_text(world, call->arena))) {
        google_error(call, 401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
        return;
    }
    for (size_t i = 0; i < world->service_count; i++) {
        struct service *service = world->services[i];
        struct str rest = path;
        const char *prefix = arena_printf(call->arena, "/v2/%s", full_name(service, call->arena));

        if (!str_take_prefix(&rest, prefix) || (rest.len > 0 && rest.at[0] != '/'))
            continue;
        if (str_take_prefix(&rest, "/revisions"))
            run_revisions(call, service, rest);
        else if (strcmp(call->call.method, "PATCH") == 0)
            run_patch(call, service);
        else
            answer_json(call, 200, service_json(service, call->arena));
        return;
    }
    google_error(call, 404, "NOT_FOUND", "Resource was not found.");
}

/* http://TAG---SERVICE.app.sim/path: the revision behind the tag. */
static void app_call(struct world_call *call)
{
    struct world *world = call->world;
    struct str rest = str_of(call->call.url), tag;

    str_take_prefix(&rest, "http://");
    for (size_t i = 0; i < world->service_count; i++) {
        struct service *service = world->services[i];

        for (size_t s = 0; s < service->status.count; s++) {
            const struct share *share = &service->status.shares[s];
            const struct revision *revision;

            tag = rest;
            if (!share->tag || !str_take_prefix(&tag, share->tag) || !str_take_prefix(&tag, "---") ||
                !str_take_prefix(&tag, service->name))
                continue;
            revision = find_revision(service, resolved(service, share));
            if (revision && revision->is_unhealthy)
                count(world, FAULT_UNHEALTHY);
            answer_text(call, revision && revision->state == REVISION_READY && !revision->is_unhealthy ? 200 : 503, "");
            return;
        }
    }
    answer_text(call, 404, "");
}

static struct service *any_service(struct world *world)
{
    return world->services[dice_between(scheduler_dice(world->scheduler), 0, (int64_t)world->service_count - 1)];
}

void world_foreign_traffic(struct world *world)
{
    struct service *service = any_service(world);
    struct dice *dice = scheduler_dice(world->scheduler);
    int64_t older = service->revision_count > 1 ? (int64_t)service->revision_count - 2 : 0; /* never to one in the making */
    const struct revision *revision = &service->revisions[dice_between(dice, 0, older)];

    if (revision->state != REVISION_READY)
        return;
    count(world, FAULT_FOREIGN_TRAFFIC);
    service->traffic.shares[0] = (struct share){ .revision = revision->name, .percent = 100 };
    service->traffic.count = 1;
    service->generation++;
    start_settling(world, service);
}

void world_foreign_edit(struct world *world)
{
    count(world, FAULT_FOREIGN_EDIT);
    any_service(world)->etag++;
}

/* ---- the bell ---- */

static void bell_call(struct world_call *call)
{
    AUTO_JSON cJSON *json = NULL;
    struct error err;
    struct world_change change = { .kind = CHANGE_RING, .place = "the bell" };

    if (!json_parse(call->call.body, &json, &err)) {
        answer_text(call, 400, "");
        return;
    }
    change.effect = json_find_string(json, "effect");
    answer_text(call, 204, "");
    changed(call, &change, "rang the bell");
}

/* ---- the network ---- */

static const struct {
    const char *prefix;
    void (*answer)(struct world_call *call);
    bool is_slack, is_google;
} hosts[] = {
    { WORLD_RESPONSE_URL, response_call, true, false }, { WORLD_SLACK_URL, slack_call, true, false },
    { WORLD_RUN_URL, run_call, false, true },           { WORLD_REGISTRY_URL, registry_call, false, true },
    { WORLD_METADATA_URL, metadata_call, false, false }, { WORLD_BELL_URL, bell_call, false, false },
    { "http://", app_call, false, false },
};

static void drop_call(void *arg)
{
    struct world_call *call = arg;

    if (--call->users > 0)
        return;
    arena_destroy(call->arena);
    free(call);
}

static void on_told(void *arg)
{
    struct world_call *call = arg;

    if (!call->is_over) {
        call->is_over = true;
        call->log->ended_ms = scheduler_now_ms(call->world->scheduler);
        call->on_answer(call->arg, &call->answer);
    }
    drop_call(call);
}

static void tell_after(struct world_call *call, int64_t delay_ms)
{
    call->users++;
    scheduler_after(call->world->scheduler, delay_ms, call->log->sender.actor, on_told, call, drop_call);
}

static void on_timed_out(void *arg)
{
    struct world_call *call = arg;

    if (!call->is_over) {
        call->answer = (struct http_answer){ .failure = "no answer in time", .was_sent = true };
        on_told(call); /* drops it */
        return;
    }
    drop_call(call);
}

static bool is_refused(struct world_call *call, bool is_slack, bool is_google, bool *ret_happens)
{
    struct world *world = call->world;
    struct dice *dice = scheduler_dice(world->scheduler);
    int64_t now_ms = scheduler_now_ms(world->scheduler);

    *ret_happens = false;
    if ((is_slack && world->weather->slack_down_until_ms > now_ms) ||
        (is_google && world->weather->google_down_until_ms > now_ms)) {
        count(world, FAULT_HTTP_DOWN);
        answer_text(call, 503, "upstream connect error");
        return true;
    }
    if (dice_hit(dice, world->weather->http_limited)) {
        count(world, FAULT_HTTP_LIMITED);
        answer_text(call, 429, "{\"ok\":false,\"error\":\"ratelimited\"}");
        add_header(call, "retry-after", dice_hit(dice, 500) ? "1" : "7");
        return true;
    }
    if (dice_hit(dice, world->weather->http_error)) {
        *ret_happens = dice_hit(dice, 300);
        count(world, *ret_happens ? FAULT_HTTP_ERROR_HAPPENED : FAULT_HTTP_ERROR);
        return true;
    }
    return false;
}

static void on_arrived(void *arg)
{
    struct world_call *call = arg;
    struct world *world = call->world;
    bool happens;

    call->log->arrived_ms = scheduler_now_ms(world->scheduler);
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        if (!str_starts_with(str_of(call->call.url), hosts[i].prefix))
            continue;
        if (is_refused(call, hosts[i].is_slack, hosts[i].is_google, &happens)) {
            if (happens)
                hosts[i].answer(call);
            if (happens || call->answer.status == 0) {
                call->answer = (struct http_answer){ 0 };
                answer_text(call, happens ? 500 : 503, "internal error");
            }
        } else {
            hosts[i].answer(call);
        }
        break;
    }
    call->answer.was_sent = true;
    call->log->status = call->answer.status;
    if (!call->is_unheard && !call->is_over)
        tell_after(call, dice_between(scheduler_dice(world->scheduler), 2, 60));
    drop_call(call);
}

static struct logged_call *log_call(struct world *world, const struct world_sender *sender, const struct http_call *call)
{
    struct logged_call *log = ARENA_NEW(world->arena, struct logged_call);

    *log = (struct logged_call){ .sender = *sender,
                                 .method = arena_strdup(world->arena, call->method),
                                 .url = arena_strdup(world->arena, call->url),
                                 .left_ms = scheduler_now_ms(world->scheduler),
                                 .arrived_ms = -1,
                                 .ended_ms = -1,
                                 .number = (int64_t)world->log_count };
    log->sender.instance = arena_strdup(world->arena, sender->instance);
    log->sender.effect = arena_strdup(world->arena, sender->effect);
    log->sender.kind = arena_strdup(world->arena, sender->kind);
    *ARENA_PUSH(world->arena, world->log, world->log_count) = log;
    return log;
}

static void copy_call(struct world_call *to, const struct http_call *from)
{
    struct http_header *headers = arena_alloc(to->arena, from->header_count * sizeof(*headers));

    to->call = *from;
    to->call.method = arena_strdup(to->arena, from->method);
    to->call.url = arena_strdup(to->arena, from->url);
    for (size_t i = 0; i < from->header_count; i++)
        headers[i] = (struct http_header){ arena_strdup(to->arena, from->headers[i].name),
                                           arena_strdup(to->arena, from->headers[i].value) };
    to->call.headers = headers;
    to->call.body = (struct str){ arena_copy(to->arena, from->body), from->body.len };
}

/* Traffic is guarded by an etag: for such calls alone it has to be harmless when they come after their time. */
static bool may_come_late(const struct http_call *call)
{
    return strcmp(call->method, "PATCH") == 0;
}

struct world_call *world_send(struct world *world, const struct world_sender *sender, const struct http_call *http,
                              world_answer_fn on_answer, void *arg)
{
    struct world_call *call = xcalloc(1, sizeof(*call));
    struct weather *weather = world->weather;
    struct dice *dice = scheduler_dice(world->scheduler);
    int64_t fate = dice_between(dice, 0, 999), delay_ms = dice_between(dice, 2, 60), timeout_ms = http->timeout_ms;

    call->world = world;
    call->arena = arena_create();
    copy_call(call, http);
    call->on_answer = on_answer;
    call->arg = arg;
    call->log = log_call(world, sender, http);
    call->users = 1; /* the time-out's */
    if (timeout_ms <= 0 || timeout_ms > 60000)
        timeout_ms = 60000;
    if (dice_hit(dice, weather->http_slow)) {
        count(world, FAULT_HTTP_SLOW);
        delay_ms = dice_between(dice, 0, timeout_ms - 1);
    }
    scheduler_after(world->scheduler, timeout_ms, sender->actor, on_timed_out, call, drop_call);
    if (fate < weather->http_never_sent) {
        count(world, FAULT_HTTP_NEVER_SENT);
        call->answer = (struct http_answer){ .failure = "connection refused", .was_sent = false };
        tell_after(call, delay_ms);
        return call;
    }
    if (world->watch.on_left)
        world->watch.on_left(world->watch.ctx, call->log);
    fate -= weather->http_never_sent;
    if (fate < weather->http_lost_request) {
        count(world, FAULT_HTTP_LOST_REQUEST);
        return call;
    }
    fate -= weather->http_lost_request;
    if (fate < weather->http_lost_answer) {
        count(world, FAULT_HTTP_LOST_ANSWER);
        call->is_unheard = true;
    } else if (fate < weather->http_lost_answer + weather->http_late_request) {
        count(world, FAULT_HTTP_LATE_REQUEST);
        call->is_unheard = true;
        delay_ms = may_come_late(http) ? timeout_ms + dice_between(dice, 0, 40000) : timeout_ms - 1;
    }
    call->users++;
    scheduler_after(world->scheduler, delay_ms, 0, on_arrived, call, drop_call);
    return call;
}

void world_cancel(struct world_call *call)
{
    if (!call)
        return;
    call->is_over = true;
    call->log->ended_ms = scheduler_now_ms(call->world->scheduler);
}

size_t world_calls(const struct world *world, const struct logged_call *const **ret_calls)
{
    *ret_calls = world->log;
    return world->log_count;
}
