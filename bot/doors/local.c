#include "bot/doors/local.h"

#include "bot/doors/doors.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include <utlist.h>

#define LOCAL_WAIT_MS 20000 /* nobody's three seconds here */
#define USER_NAME_MAX 256
#define USER_RECORD_MAX_BYTES 65536
#define LOOKUPS_MAX 2

static char *write_reply(const struct reply *reply)
{
    cJSON *json = shape_to_json(&reply_shape, reply, SHAPE_WHOLE);
    char *text = json_print(json);

    cJSON_Delete(json);
    return text;
}

static const char *store_is_down(const char *why, struct arena *arena)
{
    return arena_printf(arena,
                        "NOT accepted: the store is down (%s). Nothing was done. Start Redis, or look at "
                        "/health/detailed.\nThe way back goes without it: "
                        "`opsgate run rollback SERVICE ENVIRONMENT --without-store`",
                        why);
}

static const struct reply_door door_local = {
    .name = LOCAL_SOURCE,
    .content_type = "application/json",
    .write = write_reply,
    .late_status = 504,
    .refused_status = 503,
    .too_large_status = 413,
    .in_doubt = REPLY_IN_DOUBT("opsgate run status"),
    .store_is_down = store_is_down,
};

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

/* ---- who asks: the name that roles use, "local:deploy"; a user without a name is its number ---- */

struct local_call { /* waits for the name of its user */
    struct local_callers *callers;
    struct http_request *request;
    user_named_fn on_named;
    void *arg;
    struct loop_work *lookup; /* NULL: its turn has not come */
    struct local_call *prev, *next;
};

struct local_callers {
    struct loop *loop;
    user_name_fn user_name;
    struct local_call *calls; /* in the order they came */
};

struct lookup { /* what the pool thread touches; may outlive its call */
    struct local_call *call;
    user_name_fn user_name;
    uid_t uid;
    char name[USER_NAME_MAX];
    bool is_found;
    struct error err;
};

static bool system_user_name(uid_t uid, char *ret_name, size_t room, struct error *err)
{
    AUTO_FREE char *texts = xcalloc(1, USER_RECORD_MAX_BYTES);
    struct passwd record, *found = NULL;
    int rc = getpwuid_r(uid, &record, texts, USER_RECORD_MAX_BYTES, &found);

    if (found && snprintf(ret_name, room, "%s", found->pw_name) < (int)room)
        return true;
    if (!found && (rc == 0 || rc == ENOENT || rc == ESRCH || rc == EBADF || rc == EPERM)) /* getpwuid(3): it has none */
        return error_set(err, ERR_NOT_FOUND, "user %u has no name", (unsigned)uid);
    errno = found ? ERANGE : rc;
    return error_errno(err, "the name of user %u", (unsigned)uid);
}

struct local_callers *local_callers_create(struct loop *loop, user_name_fn user_name)
{
    struct local_callers *callers = xcalloc(1, sizeof(*callers));

    callers->loop = loop;
    callers->user_name = user_name ? user_name : system_user_name;
    return callers;
}

/* The call is over for us. A NULL user: its request has been answered. */
static void end_call(struct local_call *call, const char *user)
{
    struct local_call ended = *call;

    DL_DELETE(call->callers->calls, call);
    loop_work_cancel(call->lookup);
    free(call);
    ended.on_named(ended.arg, ended.request, user);
}

void local_callers_destroy(struct local_callers *callers)
{
    if (!callers)
        return;
    while (callers->calls) {
        http_in_problem(callers->calls->request, 503, NULL, "NOT accepted: opsgate stops.");
        end_call(callers->calls, NULL);
    }
    free(callers);
}

static void look_up(void *arg) /* on the pool */
{
    struct lookup *lookup = arg;

    lookup->is_found = lookup->user_name(lookup->uid, lookup->name, sizeof(lookup->name), &lookup->err);
}

static void start_lookups(struct local_callers *callers);

static void refuse_call(struct local_call *call, const struct error *err)
{
    AUTO(arena) struct arena *arena = arena_create();

    http_in_problem(call->request, 503, NULL, err ? arena_printf(arena, "NOT accepted: %s", err->message) : NULL);
    end_call(call, NULL);
}

static void on_looked_up(void *arg)
{
    struct lookup *lookup = arg;
    struct local_call *call = lookup->call;
    struct local_callers *callers = call->callers;

    call->lookup = NULL;
    if (!lookup->is_found && lookup->err.code == ERR_NOT_FOUND)
        (void)snprintf(lookup->name, sizeof(lookup->name), "%u", (unsigned)lookup->uid);
    if (!http_in_is_waiting(call->request)) /* whoever asked was told that nobody answered: it must not be done now */
        refuse_call(call, NULL);
    else if (lookup->is_found || lookup->err.code == ERR_NOT_FOUND)
        end_call(call, lookup->name);
    else
        refuse_call(call, &lookup->err);
    start_lookups(callers);
}

/* Few at a time: the pool resolves the names of hosts, too. */
static void start_lookups(struct local_callers *callers)
{
    struct local_call *call;
    int running = 0;

    DL_FOREACH(callers->calls, call) {
        struct lookup *lookup;

        if (running++ == LOOKUPS_MAX)
            return;
        if (call->lookup)
            continue;
        lookup = xcalloc(1, sizeof(*lookup));
        *lookup = (struct lookup){ .call = call, .user_name = callers->user_name, .uid = call->request->peer_uid };
        call->lookup = loop_work_start(callers->loop, look_up, on_looked_up, free, lookup);
    }
}

void local_callers_ask(struct local_callers *callers, struct http_request *request, user_named_fn on_named, void *arg)
{
    struct local_call *call = xcalloc(1, sizeof(*call));

    *call = (struct local_call){ .callers = callers, .request = request, .on_named = on_named, .arg = arg };
    DL_APPEND(callers->calls, call);
    start_lookups(callers);
}

/* ---- the door ---- */

struct local_run { /* waits for who asks */
    struct door *door;
    struct arena *arena;
    cJSON *body; /* of the item, without its user; in the arena */
};

static void on_named(void *arg, struct http_request *request, const char *user)
{
    struct local_run *run = arg;
    struct door *door = run->door;

    if (user) {
        const char *key = arena_printf(run->arena, "local:%s:%s", door->instance, request->id);

        json_set_string(run->body, "user", user);
        door_accept(door, request, &door_local,
                    &(struct arrival){ .source = LOCAL_SOURCE,
                                       .kind = LOCAL_RUN_KIND,
                                       .keys = &key,
                                       .keys_count = 1,
                                       .body = json_print_in(run->arena, run->body),
                                       .wait_ms = LOCAL_WAIT_MS });
        ingress_flush(door->ingress); /* no pass over the connections follows that would do it */
    }
    arena_destroy(run->arena);
    free(run);
}

void door_local_run(void *arg, struct http_request *request)
{
    struct door *door = arg;
    AUTO(arena) struct arena *arena = arena_create();
    struct local_run *run;
    struct error err;
    cJSON *body;

    if (!read_words(request, arena, &body, &err)) {
        door->counts->malformed++;
        http_in_problem(request, 400, NULL, err.message);
        return;
    }
    run = xcalloc(1, sizeof(*run));
    *run = (struct local_run){ .door = door, .arena = TAKE(arena), .body = body };
    local_callers_ask(door->callers, request, on_named, run);
}

bool local_run_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                      struct error *err)
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
    str_lower(verb);
    *ret_request = request_from_item(item);
    ret_request->principal = (struct principal){ .system = LOCAL_SOURCE, .id = arena_strdup(arena, user) };
    ret_request->verb = verb;
    ret_request->words = words + 1;
    ret_request->words_count = count - 1;
    ret_request->text = text;
    return true;
}
