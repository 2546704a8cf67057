#include "bot/door_local.h"

#include "bot/doors.h"

#include <ctype.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#define LOCAL_WAIT_MS 20000 /* nobody's three seconds here */

static char *write_reply(const struct reply *reply)
{
    cJSON *json = shape_to_json(&reply_shape, reply, SHAPE_WHOLE);
    char *text = json_print(json);

    cJSON_Delete(json);
    return text;
}

static const struct reply_door door_local = {
    .name = LOCAL_SOURCE, .content_type = "application/json", .write = write_reply, .late_status = 504,
};

/* The name that roles use: "local:deploy"; a user without a name is its number. */
static const char *user_name(uid_t uid, struct arena *arena)
{
    const struct passwd *user = getpwuid(uid);

    return user ? arena_strdup(arena, user->pw_name) : arena_printf(arena, "%u", (unsigned)uid);
}

static bool read_words(struct http_request *request, struct arena *arena, cJSON **ret_json, struct error *err)
{
    cJSON *json = json_parse_in(arena, request->body, err);
    const cJSON *words = json_find(json, "words");

    if (!json)
        return false;
    if (!cJSON_IsArray(words) || cJSON_GetArraySize(words) < 1 || cJSON_GetArraySize(words) > REQUEST_WORDS_MAX)
        return error_set(err, ERR_INVALID, "words: expected a list of 1 to %d texts", REQUEST_WORDS_MAX);
    JSON_EACH(word, words)
        if (!cJSON_IsString(word))
            return error_set(err, ERR_INVALID, "words: expected texts");
    *ret_json = json_object();
    json_set(*ret_json, "words", json_copy(words));
    arena_defer(arena, (void (*)(void *))cJSON_Delete, *ret_json);
    return true;
}

void door_local_run(void *arg, struct http_request *request)
{
    struct door *door = arg;
    AUTO(arena) struct arena *arena = arena_create();
    const char *key = arena_printf(arena, "local:%s:%s", door->instance, request->id);
    struct error err;
    cJSON *body;

    if (!read_words(request, arena, &body, &err)) {
        door->counts->malformed++;
        http_in_problem(request, 400, NULL, err.message);
        return;
    }
    json_set_string(body, "user", user_name(request->peer_uid, arena));
    door_accept(door, request, &door_local,
                &(struct arrival){ .source = LOCAL_SOURCE, .kind = LOCAL_RUN_KIND, .keys = &key, .keys_count = 1,
                                   .body = json_print_in(arena, body), .wait_ms = LOCAL_WAIT_MS,
                                   .status_when_refused = 503 });
}

bool local_run_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request, struct error *err)
{
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    const char *user, *text = "";
    const char **words = NULL;
    char *verb;
    size_t count = 0;

    if (!json || !json_get_string(json, "user", &user, err))
        return false;
    JSON_EACH(word, json_find(json, "words")) {
        *ARENA_PUSH(arena, words, count) = arena_strdup(arena, word->valuestring);
        text = arena_printf(arena, "%s%s%s", text, count > 1 ? " " : "", word->valuestring);
    }
    if (count == 0)
        return error_set(err, ERR_INVALID, "no verb");
    verb = arena_strdup(arena, words[0]);
    for (char *c = verb; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    *ret_request = (struct request){
        .id = item->request_id, .source = item->source,
        .principal = { .system = LOCAL_SOURCE, .id = arena_strdup(arena, user) },
        .verb = verb, .words = words + 1, .words_count = count - 1, .text = text,
        .received_at_ms = item->received_at, .not_after_ms = item->not_after, .reply_to = item->reply_to,
    };
    return true;
}
