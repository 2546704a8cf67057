/* webhook_type.c - from a payload of GitHub's to a typed event, by the rows of webhook_events.c. */
#include "integrations/github/webhook_events.h"

#include "bot/base/time.h"
#include "integrations/github/api.h"
#include "integrations/github/webhook.h"
#include "integrations/github/webhook_json.h"

#include <inttypes.h>
#include <string.h>

#define NAME_MAX_BYTES 1000
#define TEXT_MAX_BYTES 1024
#define SECONDS_MAX INT64_C(100000000000) /* the year 5138 */
#define EXACT_MAX INT64_C(9007199254740991)

struct typing {
    cJSON *typed;
    struct arena *arena;
    bool is_cut;
};

/* A member of the typed event, or of an object in it, which is made when it is not there yet. */
static void put(struct typing *typing, const char *to, cJSON *value)
{
    struct str name = str_of(to), object = str_take_until(&name, '.');
    cJSON *in = typing->typed;

    if (name.len > 0) {
        const char *key = arena_copy(typing->arena, object);

        in = cJSON_GetObjectItemCaseSensitive(typing->typed, key);
        in = in ? in : json_set(typing->typed, key, json_object());
        to = name.at;
    }
    json_set(in, to, value);
}

static bool has_control_characters(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

static bool is_sha(const char *text)
{
    size_t len = strlen(text);

    return (len == 40 || len == 64) && strspn(text, "0123456789abcdef") == len;
}

/* ---- one row each: false says what was expected ---- */

typedef bool (*take_fn)(struct typing *typing, const char *to, const cJSON *found, struct error *err);

static bool expected(const char *what, struct error *err)
{
    return error_set(err, ERR_INVALID, "expected %s", what);
}

static bool take_name(struct typing *typing, const char *to, const cJSON *found, struct error *err)
{
    if (!cJSON_IsString(found) || has_control_characters(found->valuestring))
        return expected("a name", err);
    if (strlen(found->valuestring) > NAME_MAX_BYTES)
        typing->is_cut = true;
    else
        put(typing, to, json_string(found->valuestring));
    return true;
}

static bool take_body(struct typing *typing, const char *to, const cJSON *found, struct error *err)
{
    if (!cJSON_IsString(found))
        return expected("a text", err);
    put(typing, to, json_string(found->valuestring));
    return true;
}

static bool take_text(struct typing *typing, const char *to, const cJSON *found, struct error *err)
{
    struct str text;

    if (!cJSON_IsString(found))
        return expected("a text", err);
    text = str_of(found->valuestring);
    if (text.len > TEXT_MAX_BYTES) {
        typing->is_cut = true;
        text.len = TEXT_MAX_BYTES;
        while (((unsigned char)text.at[text.len] & 0xC0) == 0x80) /* not in the middle of a character */
            text.len--;
    }
    put(typing, to, json_string(arena_copy(typing->arena, text)));
    return true;
}

static bool take_sha(struct typing *typing, const char *to, const cJSON *found, struct error *err)
{
    if (!cJSON_IsString(found) || !is_sha(found->valuestring))
        return expected("a sha", err);
    put(typing, to, json_string(found->valuestring));
    return true;
}

static bool take_page(struct typing *typing, const char *to, const cJSON *found, struct error *err)
{
    if (!cJSON_IsString(found))
        return expected("an address", err);
    if (github_page(found->valuestring))
        put(typing, to, json_string(found->valuestring));
    return true; /* people do without the link */
}

/* Beyond +-2^53 it is a text by now, with all its digits: webhook_json_prune. */
static bool take_id(struct typing *typing, const char *to, const cJSON *found, struct error *err)
{
    struct error ignored;
    int64_t id;

    if (cJSON_IsString(found) ? !parse_int(str_of(found->valuestring), EXACT_MAX + 1, INT64_MAX, &id, &ignored)
                              : !json_get_int(found, "", &id, &ignored) || id < 0)
        return expected("an id of 64 bits", err);
    if (id > 0)
        put(typing, to, json_string(arena_printf(typing->arena, "%" PRId64, id)));
    return true;
}

static bool take_int(struct typing *typing, const char *to, const cJSON *found, struct error *err)
{
    struct error ignored;
    int64_t value;

    if (!cJSON_IsNumber(found) || !json_get_int(found, "", &value, &ignored))
        return expected("a whole number", err);
    put(typing, to, cJSON_CreateNumber((double)value));
    return true;
}

static bool take_bool(struct typing *typing, const char *to, const cJSON *found, struct error *err)
{
    if (!cJSON_IsBool(found))
        return expected("true or false", err);
    put(typing, to, cJSON_CreateBool(cJSON_IsTrue(found)));
    return true;
}

static bool take_time(struct typing *typing, const char *to, const cJSON *found, struct error *err)
{
    struct error ignored;
    int64_t at_ms = 0;
    bool is_good = false;

    if (cJSON_IsString(found))
        is_good = time_parse(str_of(found->valuestring), &at_ms, &ignored);
    else if (cJSON_IsNumber(found) && json_get_int(found, "", &at_ms, &ignored) && at_ms >= 0 && at_ms <= SECONDS_MAX) {
        at_ms *= SECOND_MS;
        is_good = true;
    }
    if (!is_good)
        return expected("a time", err);
    put(typing, to, cJSON_CreateNumber((double)at_ms));
    return true;
}

static bool take_json(struct typing *typing, const char *to, const cJSON *found, struct error *err)
{
    (void)err;
    put(typing, to, json_copy(found));
    return true;
}

static bool take_is_in(struct typing *typing, const char *to, const cJSON *found, struct error *err)
{
    (void)err;
    put(typing, to, cJSON_CreateBool(found != NULL));
    return true;
}

static const take_fn takers[] = {
    [TAKE_NAME] = take_name, [TAKE_TEXT] = take_text, [TAKE_BODY] = take_body, [TAKE_SHA] = take_sha,
    [TAKE_PAGE] = take_page, [TAKE_ID] = take_id,     [TAKE_INT] = take_int,   [TAKE_BOOL] = take_bool,
    [TAKE_TIME] = take_time, [TAKE_JSON] = take_json, [TAKE_LIST] = take_json, [TAKE_IS_IN] = take_is_in,
};

/* "pull_request.labels.name" is kept of each element of "pull_request.labels". */
static const char *path_of(const struct webhook_take *take, struct arena *arena)
{
    const char *last = strrchr(take->from, '.');

    return take->as == TAKE_LIST ? arena_copy(arena, (struct str){ take->from, (size_t)(last - take->from) })
                                 : take->from;
}

static bool take(struct typing *typing, const cJSON *pruned, const struct webhook_take *row, struct error *err)
{
    const cJSON *found = json_find(pruned, path_of(row, typing->arena));

    return !found || takers[row->as](typing, row->to, found, err) || error_wrap(err, "%s", row->from);
}

/* ---- the whole way ---- */

/* *ret_is_cut: something was longer. NULL on error. */
static const cJSON *prune(const struct webhook_take *takes, size_t count, struct str payload, struct arena *arena,
                          bool *ret_is_cut, struct error *err)
{
    AUTO_BUF struct buf text = BUF(WEBHOOK_PRUNED_MAX_BYTES);
    const char *paths[WEBHOOK_TAKES_MAX];

    for (size_t i = 0; i < count; i++)
        paths[i] = takes[i].from;
    if (!webhook_json_prune(payload, paths, count, &text, ret_is_cut, err))
        return NULL;
    return json_parse_in(arena, buf_str(&text), err);
}

static void release_json(void *json)
{
    cJSON_Delete(json);
}

static bool type_all(const struct webhook_event *event, struct typing *typing, struct str payload, struct error *err)
{
    struct webhook_take takes[WEBHOOK_TAKES_MAX];
    size_t count = webhook_event_takes(event, takes);
    const cJSON *pruned = prune(takes, count, payload, typing->arena, &typing->is_cut, err);

    if (!pruned)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!take(typing, pruned, &takes[i], err))
            return false;
    if (event->add)
        event->add(payload, typing->arena, typing->typed);
    put(typing, "about.is_cut", cJSON_CreateBool(typing->is_cut));
    return true;
}

/* By its shape: what is missing is found here, and what the shape does not know is gone. NULL on error. */
static cJSON *shaped(const struct webhook_event *event, const cJSON *typed, struct arena *arena, void **ret_value,
                     struct error *err)
{
    const struct shape *shape = github_event_shape(event->name);
    void *value = arena_alloc(arena, shape->size);
    cJSON *json;

    if (!shape_from_json(shape, typed, arena, value, err))
        return NULL;
    json = shape_to_json(shape, value, SHAPE_WHOLE);
    arena_defer(arena, release_json, json);
    *ret_value = value;
    return json;
}

const cJSON *webhook_event_take(const struct webhook_event *event, struct str payload, struct arena *arena,
                                struct error *err)
{
    struct typing typing = { .typed = json_object(), .arena = arena };

    arena_defer(arena, release_json, typing.typed);
    if (type_all(event, &typing, payload, err))
        return typing.typed;
    error_wrap(err, "GitHub's %s", event->name);
    return NULL;
}

cJSON *webhook_event_type(const struct webhook_event *event, struct str payload, struct arena *arena, struct error *err)
{
    const cJSON *taken = webhook_event_take(event, payload, arena, err);
    cJSON *json;
    void *value;

    if (!taken)
        return NULL;
    json = shaped(event, taken, arena, &value, err);
    if (!json)
        error_wrap(err, "GitHub's %s", event->name);
    return json;
}

void webhook_add_fork(struct str payload, struct arena *arena, cJSON *typed)
{
    const char *head = json_find_string(typed, "head_repository_id");
    const char *base = json_find_string(typed, "about.repository_id");

    (void)payload, (void)arena;
    json_set_bool(typed, "is_from_fork", !head || !base || strcmp(head, base) != 0);
}

static bool check_about(const struct webhook_event *event, const struct github_about *about, struct error *err)
{
    if (!webhook_event_wants(event, str_of(about->action)))
        return error_set(err, ERR_INVALID, "GitHub's %s: not with this action", event->name);
    if (event->needs_repository && !github_repository_is_valid(str_of(about->repository)))
        return error_set(err, ERR_INVALID, "GitHub's %s: repository.full_name is no repository's name", event->name);
    return true;
}

bool webhook_event_tell(const struct webhook_event *event, const cJSON *typed, struct arena *arena,
                        struct outside_event *ret_event, struct error *err)
{
    void *value;
    const cJSON *body = shaped(event, typed, arena, &value, err);
    const struct github_about *about;
    const char *sender;

    if (!body)
        return error_wrap(err, "GitHub's %s", event->name);
    about = value; /* each begins with it */
    if (!check_about(event, about, err))
        return false;
    sender = about->sender ? about->sender : "";
    *ret_event = (struct outside_event){
        .source = GITHUB_SOURCE,
        .name = event->actions ? arena_printf(arena, "%s.%s", event->name, about->action) : event->name,
        .principal = { .system = GITHUB_SOURCE, .id = sender, .name = about->sender },
        .body = body,
    };
    event->tell(value, arena, ret_event);
    return true;
}
