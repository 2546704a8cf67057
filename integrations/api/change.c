#include "integrations/api/change.h"

#include "bot/base/digest.h"
#include "bot/model/card.h"
#include "bot/model/settings.h"
#include "integrations/url.h"

#include <stddef.h>
#include <string.h>

#define NAME_BYTES 40   /* of what somebody wrote, in a refusal */
#define KNOWN_BYTES 120 /* of the names that are known, likewise */
#define FIELD_NAMES "title, service, environment, url, by, at and id"
#define ID_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/-"

struct given { /* as it came, trimmed; borrowed from the arena */
    const char *title, *service, *environment, *url, *by, *at, *id;
};

static const struct field {
    const char *name;
    size_t max_bytes;
    size_t offset; /* in struct given */
} fields[] = {
    { "title", API_CHANGE_TITLE_MAX_BYTES, offsetof(struct given, title) },
    { "service", 63, offsetof(struct given, service) },
    { "environment", 63, offsetof(struct given, environment) },
    { "url", 300, offsetof(struct given, url) },
    { "by", 100, offsetof(struct given, by) },
    { "at", 40, offsetof(struct given, at) },
    { "id", 100, offsetof(struct given, id) },
};

/* ---- texts ---- */

static const struct field *find_field(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

static bool read_field(const cJSON *member, const struct field *field, struct arena *arena, struct given *given,
                       struct error *err)
{
    const char **slot = (const char **)(void *)((char *)given + field->offset);
    struct str text;

    if (cJSON_IsNull(member))
        return true;
    if (*slot)
        return error_set(err, ERR_INVALID, "%s: it is there twice", field->name);
    if (!cJSON_IsString(member))
        return error_set(err, ERR_INVALID, "%s: expected a text", field->name);
    text = str_trim(str_of(member->valuestring));
    if (text.len == 0)
        return error_set(err, ERR_INVALID, "%s: it is empty", field->name);
    if (text.len > field->max_bytes)
        return error_set(err, ERR_INVALID, "%s: it has %zu bytes, and %zu are the most", field->name, text.len,
                         field->max_bytes);
    *slot = arena_copy(arena, text);
    return true;
}

static bool read_given(struct str body, struct arena *arena, struct given *given, struct error *err)
{
    const cJSON *json = json_parse_in(arena, body, err);

    if (!json)
        return error_wrap(err, "the body");
    if (!cJSON_IsObject(json))
        return error_set(err, ERR_INVALID, "the body: expected an object of JSON, with a `title`");
    JSON_EACH(member, json) {
        const struct field *field = find_field(member->string);

        if (!field)
            return error_set(err, ERR_INVALID, "%s: there is no such field; there are " FIELD_NAMES,
                             card_quote(str_of(member->string), NAME_BYTES, arena));
        if (!read_field(member, field, arena, given, err))
            return false;
    }
    return given->title || error_set(err, ERR_INVALID, "title: it is missing, and says what was changed");
}

/* ---- which place ---- */

struct names { /* of what is configured, as far as they fit into a sentence */
    struct arena *arena;
    const char *text;
    size_t left_out;
};

static void add_name(struct names *names, const char *name)
{
    if (!names->text)
        names->text = name;
    else if (strlen(names->text) + strlen(name) < KNOWN_BYTES)
        names->text = arena_printf(names->arena, "%s, %s", names->text, name);
    else
        names->left_out++;
}

static bool is_not_configured(const char *field, const char *value, const struct names *names, struct error *err)
{
    const char *quoted = card_quote(str_of(value), NAME_BYTES, names->arena);

    if (!names->text)
        return error_set(err, ERR_INVALID, "%s: '%s' is not configured: none is", field, quoted);
    if (names->left_out > 0)
        return error_set(err, ERR_INVALID, "%s: '%s' is not configured: known are %s and %zu more", field, quoted,
                         names->text, names->left_out);
    return error_set(err, ERR_INVALID, "%s: '%s' is not configured: known are %s", field, quoted, names->text);
}

static bool has_environment(const struct settings *settings, size_t services, const char *name)
{
    for (size_t i = 0; i < services; i++)
        if (settings_find_environment(&settings->services[i], name))
            return true;
    return false;
}

/* Of one service; `service` NULL: of any, each name once. */
static bool check_environment(const struct settings *settings, const struct service_settings *service,
                              const char *environment, struct arena *arena, struct error *err)
{
    struct names names = { .arena = arena };

    if (service ? settings_find_environment(service, environment) != NULL
                : has_environment(settings, settings->services_count, environment))
        return true;
    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const char *name = settings->services[i].environments[k].name;

            if (service ? service == &settings->services[i] : !has_environment(settings, i, name))
                add_name(&names, name);
        }
    return is_not_configured("environment", environment, &names, err);
}

static bool check_place(const struct settings *settings, const struct given *given, struct arena *arena,
                        struct error *err)
{
    const struct service_settings *service = NULL;
    struct names names = { .arena = arena };

    if (given->service) {
        service = settings_find_service(settings, given->service);
        for (size_t i = 0; !service && i < settings->services_count; i++)
            add_name(&names, settings->services[i].name);
        if (!service)
            return is_not_configured("service", given->service, &names, err);
    }
    return !given->environment || check_environment(settings, service, given->environment, arena, err);
}

/* ---- the other fields ---- */

static bool check_url(const char *url, struct error *err)
{
    return !url || (str_starts_with(str_of(url), "https://") && url_is_address(url)) ||
           error_set(err, ERR_INVALID, "url: expected an address that begins with https://");
}

static bool check_id(const char *id, struct error *err)
{
    return !id || strspn(id, ID_LETTERS) == strlen(id) ||
           error_set(err, ERR_INVALID, "id: expected letters, digits and any of . _ : / -");
}

static bool read_at(const char *at, int64_t now_ms, int64_t *ret_at_ms, struct error *err)
{
    if (!at)
        return true;
    if (!time_parse(str_of(at), ret_at_ms, err))
        return error_set(err, ERR_INVALID, "at: expected an instant as RFC 3339 has it, like %s",
                         time_format(now_ms).text);
    if (*ret_at_ms > now_ms + API_CHANGE_AHEAD_MAX_MS)
        return error_set(err, ERR_INVALID, "at: it is more than %s in the future: here it is %s",
                         duration_about(API_CHANGE_AHEAD_MAX_MS).text, time_format(now_ms).text);
    return *ret_at_ms >= now_ms - API_CHANGE_AGE_MAX_MS ||
           error_set(err, ERR_INVALID, "at: it is more than 24 h ago: here it is %s", time_format(now_ms).text);
}

/* ---- at the door ---- */

/* A name of one may not run into the id of another. */
static const char *meaning_of(const struct change_told *told, struct arena *arena)
{
    const char *text = arena_printf(arena, "%s\n%s", told->token, told->id);

    return arena_strdup(arena, digest_hex(digest_sha256(str_of(text))).text);
}

bool api_change_accept(const struct settings *settings, const struct api_change_sent *sent, struct arena *arena,
                       struct api_change_door *ret_door, struct error *err)
{
    struct given given = { .title = NULL };
    struct change_told told;
    int64_t at_ms = 0;
    cJSON *json;

    if (!read_given(sent->body, arena, &given, err) || !check_place(settings, &given, arena, err) ||
        !check_url(given.url, err) || !check_id(given.id, err) || !read_at(given.at, sent->now_ms, &at_ms, err))
        return false;
    told = (struct change_told){ .token = sent->token,
                                 .id = given.id ? given.id : sent->given_id,
                                 .title = given.title,
                                 .service = given.service,
                                 .environment = given.environment,
                                 .url = given.url,
                                 .by = given.by,
                                 .at_ms = at_ms };
    json = shape_to_json(&change_told_shape, &told, SHAPE_WHOLE);
    *ret_door = (struct api_change_door){ .id = arena_strdup(arena, told.id),
                                          .key = arena_printf(arena, "api-change:%s", meaning_of(&told, arena)),
                                          .body = json_print_in(arena, json) };
    cJSON_Delete(json);
    return true;
}

/* ---- for the owner ---- */

/* "api/production", "api", "production" */
static const char *subject_of(const struct change_told *told, struct arena *arena)
{
    if (told->service && told->environment)
        return arena_printf(arena, "%s/%s", told->service, told->environment);
    return told->service ? told->service : told->environment;
}

bool api_change_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                       struct error *err)
{
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    struct change_told told;
    cJSON *body;

    if (!json || !shape_from_json(&change_told_shape, json, arena, &told, err))
        return error_wrap(err, "a change that was told");
    if (told.at_ms <= 0 || told.at_ms > item->received_at) /* nobody said, or their clock is ahead of ours */
        told.at_ms = item->received_at;
    body = shape_to_json(&change_told_shape, &told, SHAPE_WHOLE);
    arena_defer(arena, (void (*)(void *))cJSON_Delete, body);
    *ret_event = (struct outside_event){
        .id = told.id,
        .source = API_SOURCE,
        .name = CHANGE_TOLD,
        .subject = subject_of(&told, arena),
        .meaning = meaning_of(&told, arena),
        .principal = { .system = "token", .id = told.token },
        .received_at_ms = item->received_at,
        .body = body,
    };
    return true;
}
