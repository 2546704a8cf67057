#include "integrations/api/request.h"

#include "bot/base/digest.h"
#include "bot/model/card.h"

#include <string.h>

#define NAME_BYTES 40 /* of what somebody wrote, in a refusal */
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

struct stored { /* our reading of it */
    struct principal who;
    const char *source;
    const char *text; /* a line; NULL: verb, words and options */
    const char *verb;
    const char **words;
    size_t words_count;
    const char **options; /* "--reason=a fix", "--now" */
    size_t options_count;
};
static const struct shape_field rows[] = {
    ROW_OBJECT(stored, who, &principal_shape),          ROW_STRING(stored, source, .flags = SHAPE_REQUIRED),
    ROW_STRING(stored, text, .flags = SHAPE_NONZERO),   ROW_STRING(stored, verb, .flags = SHAPE_NONZERO),
    ROW_STRINGS(stored, words, .flags = SHAPE_NONZERO), ROW_STRINGS(stored, options, .flags = SHAPE_NONZERO),
};
static const struct shape stored_shape = SHAPE("a request by the API", stored, rows);

struct reading {
    struct arena *arena;
    struct stored stored;
    const char *not_after;
    bool has_words, has_options;
};

/* ---- members ---- */

static bool read_text(const cJSON *member, size_t max_bytes, struct arena *arena, const char **ret, struct error *err)
{
    struct str text;

    if (*ret)
        return error_set(err, ERR_INVALID, "%s: it is there twice", member->string);
    if (!cJSON_IsString(member))
        return error_set(err, ERR_INVALID, "%s: expected a text", member->string);
    text = str_trim(str_of(member->valuestring));
    if (text.len == 0)
        return error_set(err, ERR_INVALID, "%s: it is empty", member->string);
    if (text.len > max_bytes)
        return error_set(err, ERR_INVALID, "%s: it has %zu bytes, and %zu are the most", member->string, text.len,
                         max_bytes);
    if (memchr(text.at, '\n', text.len) || memchr(text.at, '\r', text.len))
        return error_set(err, ERR_INVALID, "%s: it has more than one line", member->string);
    *ret = arena_copy(arena, text);
    return true;
}

static bool take_text(struct reading *r, const cJSON *member, struct error *err)
{
    return read_text(member, API_REQUEST_TEXT_MAX_BYTES, r->arena, &r->stored.text, err);
}

static bool take_verb(struct reading *r, const cJSON *member, struct error *err)
{
    if (!read_text(member, NAME_BYTES, r->arena, &r->stored.verb, err))
        return false;
    return strspn(r->stored.verb, NAME_LETTERS) == strlen(r->stored.verb) ||
           error_set(err, ERR_INVALID, "verb: expected one word, like deploy");
}

static bool take_not_after(struct reading *r, const cJSON *member, struct error *err)
{
    return read_text(member, NAME_BYTES, r->arena, &r->not_after, err);
}

static bool take_words(struct reading *r, const cJSON *member, struct error *err)
{
    if (r->has_words)
        return error_set(err, ERR_INVALID, "words: it is there twice");
    r->has_words = true;
    if (!cJSON_IsArray(member) || cJSON_GetArraySize(member) > REQUEST_WORDS_MAX)
        return error_set(err, ERR_INVALID, "words: expected a list of at most %d texts", REQUEST_WORDS_MAX);
    JSON_EACH(word, member) {
        if (!cJSON_IsString(word))
            return error_set(err, ERR_INVALID, "words: expected texts");
        *ARENA_PUSH(r->arena, r->stored.words, r->stored.words_count) = arena_strdup(r->arena, word->valuestring);
    }
    return true;
}

static bool take_option(struct reading *r, const cJSON *option, const cJSON *value, struct error *err)
{
    const char *name = option->string, *text = NULL;

    if (name[0] == '\0' || name[0] == '-' || strspn(name, NAME_LETTERS) != strlen(name))
        return error_set(err, ERR_INVALID, "options: '%s' is no name of an option: it has no dashes before it",
                         card_quote(str_of(name), NAME_BYTES, r->arena));
    if (cJSON_IsFalse(value) || cJSON_IsNull(value))
        return true;
    if (cJSON_IsTrue(value))
        text = arena_printf(r->arena, "--%s", name);
    else if (cJSON_IsString(value))
        text = arena_printf(r->arena, "--%s=%s", name, value->valuestring);
    if (!text)
        return error_set(err, ERR_INVALID, "options.%s: expected a text, or true", name);
    *ARENA_PUSH(r->arena, r->stored.options, r->stored.options_count) = text;
    return true;
}

/* One that may be repeated has a list. */
static bool take_options(struct reading *r, const cJSON *member, struct error *err)
{
    if (r->has_options)
        return error_set(err, ERR_INVALID, "options: it is there twice");
    r->has_options = true;
    if (!cJSON_IsObject(member))
        return error_set(err, ERR_INVALID, "options: expected an object of JSON, like {\"reason\": \"a fix\"}");
    JSON_EACH(option, member) {
        if (!cJSON_IsArray(option)) {
            if (!take_option(r, option, option, err))
                return false;
            continue;
        }
        JSON_EACH(value, option)
            if (!take_option(r, option, value, err))
                return false;
    }
    return true;
}

static const struct member {
    const char *name;
    bool (*take)(struct reading *r, const cJSON *member, struct error *err);
} members[] = {
    { "text", take_text },       { "verb", take_verb },           { "words", take_words },
    { "options", take_options }, { "not_after", take_not_after },
};

static bool take_member(struct reading *r, const cJSON *member, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        if (strcmp(members[i].name, member->string) == 0)
            return members[i].take(r, member, err);
    return error_set(err, ERR_INVALID,
                     "%s: there is no such member; there are text, or verb, words and options; and not_after",
                     card_quote(str_of(member->string), NAME_BYTES, r->arena));
}

/* ---- the request that it is ---- */

/* Said once more, for people: what has a blank in it is quoted. */
static const char *say(const char *said, const char *word, struct arena *arena)
{
    bool is_plain = word[0] && strcspn(word, " \t\"'\\") == strlen(word);

    return arena_printf(arena, is_plain ? "%s %s" : "%s \"%s\"", said, word);
}

/* Options come behind the words: what those are is never read as an option. */
static bool fill_words(const struct stored *stored, struct arena *arena, struct request *request, struct error *err)
{
    size_t count = 0;

    if (stored->words_count + stored->options_count > REQUEST_WORDS_MAX)
        return error_set(err, ERR_INVALID, "words: there are more than %d, with the options", REQUEST_WORDS_MAX);
    request->text = stored->verb;
    for (size_t i = 0; i < stored->words_count; i++) {
        request->quoted_words |= UINT64_C(1) << i;
        *ARENA_PUSH(arena, request->words, count) = stored->words[i];
        request->text = say(request->text, stored->words[i], arena);
    }
    for (size_t i = 0; i < stored->options_count; i++) {
        *ARENA_PUSH(arena, request->words, count) = stored->options[i];
        request->text = say(request->text, stored->options[i], arena);
    }
    request->words_count = count;
    return true;
}

static bool fill(const struct stored *stored, struct arena *arena, struct request *request, struct error *err)
{
    struct str rest = str_of(stored->text);
    char *verb = stored->text ? arena_copy(arena, str_take_word(&rest)) : arena_strdup(arena, stored->verb);

    if (!verb || !verb[0])
        return error_set(err, ERR_INVALID, "it asks for nothing");
    str_lower(verb);
    request->verb = verb;
    if (!stored->text)
        return fill_words(stored, arena, request, err);
    request->text = stored->text;
    return request_split(rest, arena, request, err);
}

bool api_request_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                        struct error *err)
{
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    struct request request = request_from_item(item);
    struct stored stored;

    if (!json || !shape_from_json(&stored_shape, json, arena, &stored, err) || !fill(&stored, arena, &request, err))
        return error_wrap(err, "a request by the API");
    if (!stored.who.system || !stored.who.id)
        return error_set(err, ERR_INVALID, "a request by the API: nobody asks for it");
    request.principal = stored.who;
    request.source = stored.source;
    *ret_request = request;
    return true;
}

/* ---- at the door ---- */

static bool read_body(struct reading *r, struct str body, struct error *err)
{
    const cJSON *json = json_parse_in(r->arena, body, err);

    if (!json)
        return error_wrap(err, "the body");
    if (!cJSON_IsObject(json))
        return error_set(err, ERR_INVALID, "the body: expected an object of JSON, like {\"text\": \"status\"}");
    JSON_EACH(member, json)
        if (!take_member(r, member, err))
            return false;
    if (r->stored.text && (r->stored.verb || r->has_words || r->has_options))
        return error_set(err, ERR_INVALID, "text: it says all of it; verb, words and options stand in its place");
    return r->stored.text || r->stored.verb ||
           error_set(err, ERR_INVALID,
                     "text: it is missing, and says what is asked for, like deploy api staging v1.4.2");
}

/* What has a key may have been sent in time, and its answer be lost: what came of it is looked up then. */
static bool read_not_after(const char *text, const struct api_request_sent *sent, struct api_request_door *door,
                           struct error *err)
{
    int64_t now_ms = sent->now_ms, *ret_ms = &door->not_after_ms;

    if (!text)
        return true;
    if (!time_parse(str_of(text), ret_ms, err))
        return error_set(err, ERR_INVALID, "not_after: expected an instant as RFC 3339 has it, like %s",
                         time_format(now_ms + HOUR_MS).text);
    door->is_over = *ret_ms <= now_ms;
    if (door->is_over)
        return sent->key || error_set(err, ERR_INVALID, "not_after: it is over: here it is %s", time_format(now_ms).text);
    return *ret_ms <= now_ms + API_REQUEST_AHEAD_MAX_MS ||
           error_set(err, ERR_INVALID, "not_after: it is more than %s ahead: here it is %s",
                     duration_about(API_REQUEST_AHEAD_MAX_MS).text, time_format(now_ms).text);
}

static bool is_key(const char *key)
{
    size_t len = strlen(key);

    for (size_t i = 0; i < len; i++)
        if (key[i] < 0x20 || key[i] > 0x7e)
            return false;
    return len > 0 && len <= API_REQUEST_KEY_MAX_BYTES;
}

static const char *digest_of(const char *text, struct arena *arena)
{
    return arena_strdup(arena, digest_hex(digest_sha256(str_of(text))).text);
}

/* Of one person, or token: another's key is another key. */
static void name_keys(const struct api_request_sent *sent, struct arena *arena, struct api_request_door *door)
{
    const char *of, *whole;

    if (!sent->key) {
        door->id = arena_strdup(arena, sent->id);
        door->keys[0] = arena_printf(arena, "api-request:%s", sent->fresh);
        door->keys_count = 1;
        return;
    }
    of = digest_of(arena_printf(arena, "%s\n%s\n%s", sent->who->team ? sent->who->team : "",
                                principal_text(sent->who, arena), sent->key),
                   arena);
    whole = digest_of(arena_printf(arena, "%s\n%s", of, door->body), arena);
    door->id = arena_printf(arena, "idem-%.20s", of);
    door->keys[0] = arena_printf(arena, "api-request:%s", of);
    door->keys[1] = arena_printf(arena, "api-request-body:%s", whole);
    door->keys_count = 2;
}

bool api_request_accept(const struct api_request_sent *sent, struct arena *arena, struct api_request_door *ret_door,
                        struct error *err)
{
    struct reading r = { .arena = arena };
    struct request ignored = { .id = NULL };
    struct api_request_door door = { .id = NULL };
    cJSON *json;

    if (sent->key && !is_key(sent->key))
        return error_set(err, ERR_INVALID, "Idempotency-Key: expected 1 to %d letters, digits and marks",
                         API_REQUEST_KEY_MAX_BYTES);
    if (!read_body(&r, sent->body, err) || !read_not_after(r.not_after, sent, &door, err) ||
        !fill(&r.stored, arena, &ignored, err))
        return false;
    r.stored.who = *sent->who;
    r.stored.source = sent->source;
    json = shape_to_json(&stored_shape, &r.stored, SHAPE_WHOLE);
    door.body = json_print_in(arena, json);
    cJSON_Delete(json);
    name_keys(sent, arena, &door);
    *ret_door = door;
    return true;
}
