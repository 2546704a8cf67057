#include "bot/shell/store_redis.h"

#include "bot/base/digest.h"
#include "bot/shell/store_call.h"

#include <assert.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_array(const redisReply *reply, size_t elements)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements == elements;
}

static bool is_text(const redisReply *reply, const char *text)
{
    return reply->type == REDIS_REPLY_STRING && str_is((struct str){ reply->str, (size_t)reply->len }, text);
}

static void run(struct store_call *call, enum script_name script, struct redis_command *command)
{
    redis_run(call->store->writer, script, command, 0, store_call_on_answered, call);
}

/* --- accept --------------------------------------------------------------------------------------------------------
 */

static void parse_accepted(struct store_call *call, const redisReply *reply)
{
    if (!is_array(reply, call->is.accept.count))
        return;
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *result = reply->element[i];

        if (result->type != REDIS_REPLY_INTEGER || result->integer < ACCEPT_NEW || result->integer > ACCEPT_FULL)
            return;
        call->is.accept.results[i] = (enum accept_result)result->integer;
    }
    call->status = STORE_OK;
}

static void fill_up(struct store_call *call)
{
    for (size_t i = 0; i < call->is.accept.count; i++)
        call->is.accept.results[i] = ACCEPT_FULL;
    call->status = STORE_OK;
}

static void deliver_accepted(struct store_call *call)
{
    if (call->status == STORE_NO_MEMORY)
        fill_up(
            call); /* the script lets itself run beyond maxmemory; should a server refuse it all the same, so be it */
    call->fn.accepted(call->arg, call->status, call->is.accept.results, call->is.accept.count);
}

static void add_accept_keys(struct store_redis *store, struct redis_command *command, const struct store_item *items,
                            size_t count)
{
    int64_t keys = 3;

    for (size_t i = 0; i < count; i++)
        keys += (int64_t)items[i].key_count;
    redis_command_int(command, keys);
    store_call_key(store, command, STORE_INBOX);
    store_call_key(store, command, STORE_INBOX_SAFE);
    store_call_key(store, command, STORE_META);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < items[i].key_count; k++)
            redis_command_addf(command, "%sseen:%s", store->prefix, items[i].keys[k]);
}

static void add_item(struct redis_command *command, const struct store_item *item)
{
    redis_command_text(command, store_place_names[item->is_safe ? STORE_INBOX_SAFE : STORE_INBOX]);
    redis_command_int(command, (int64_t)item->key_count);
    redis_command_add(command, item->bytes);
}

static void store_accept(void *ctx, const struct store_item *items, size_t count, store_accepted_fn on_done, void *arg)
{
    struct store_redis *store = ctx;
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();
    const int64_t limits[] = { store->options.inbox_high_water,
                               store->options.safe_high_water,
                               STORE_INBOX_MEMORY_PERCENT,
                               STORE_SAFE_MEMORY_PERCENT,
                               STORE_DEDUPE_MS,
                               (int64_t)STORE_ITEM_MAX_BYTES,
                               STORE_ITEM_KEYS_MAX };

    call->fn.accepted = on_done;
    call->timed = "accept";
    call->parse = parse_accepted;
    call->deliver = deliver_accepted;
    call->is_write = true;
    call->is.accept.results = arena_alloc(call->arena, (count + 1) * sizeof(call->is.accept.results[0]));
    call->is.accept.count = count;
    add_accept_keys(store, &command, items, count);
    for (size_t i = 0; i < ARRAY_LEN(limits); i++)
        redis_command_int(&command, limits[i]);
    for (size_t i = 0; i < count; i++)
        add_item(&command, &items[i]);
    run(call, SCRIPT_ACCEPT, &command);
}

/* --- lease ---------------------------------------------------------------------------------------------------------
 */

static const char *const lease_actions[] = {
    [LEASE_LOOK] = "look", [LEASE_TAKE] = "take", [LEASE_RENEW] = "renew", [LEASE_RELEASE] = "release"
};
static const char *const lease_results[] = {
    [LEASE_DONE] = "done", [LEASE_HELD] = "held", [LEASE_TOO_NEW] = "too new", [LEASE_NO_BIRTH] = "no birth"
};

static bool parse_number(const redisReply *reply, int64_t min, int64_t *ret_value)
{
    struct error err;

    return reply->type == REDIS_REPLY_STRING &&
           parse_int((struct str){ reply->str, (size_t)reply->len }, min, INT64_MAX, ret_value, &err);
}

static bool parse_lease_result(const redisReply *reply, enum lease_result *ret_result)
{
    for (size_t i = 0; i < ARRAY_LEN(lease_results); i++) {
        if (is_text(reply, lease_results[i])) {
            *ret_result = (enum lease_result)i;
            return true;
        }
    }
    return false;
}

static void parse_leased(struct store_call *call, const redisReply *reply)
{
    struct lease_answer *answer = &call->is.lease;
    redisReply *const *part = reply->element;

    if (!is_array(reply, 12) || !parse_lease_result(part[0], &answer->result) ||
        !parse_number(part[4], 0, &answer->counter) || !parse_number(part[5], 0, &answer->seq) ||
        !parse_number(part[6], 0, &answer->unix_ms) || !parse_number(part[8], INT64_MIN, &answer->shift_ms) ||
        !parse_number(part[11], 0, &answer->last_operation))
        return;
    answer->birth = store_call_text(call, part[1]);
    answer->nonce = store_call_text(call, part[2]);
    answer->instance = store_call_text(call, part[3]);
    answer->was_clean = is_text(part[7], "1");
    answer->adopted = store_call_text(call, part[9]);
    answer->confirmed = store_call_text(call, part[10]);
    call->status = STORE_OK;
}

static void deliver_leased(struct store_call *call)
{
    call->is.lease.status = call->status == STORE_OK ? STORE_OK : STORE_UNAVAILABLE;
    call->fn.leased(call->arg, &call->is.lease);
}

static void store_lease(void *ctx, const struct lease_call *lease, store_leased_fn on_done, void *arg)
{
    struct store_redis *store = ctx;
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();

    call->fn.leased = on_done;
    call->timed = "lease";
    call->parse = parse_leased;
    call->deliver = deliver_leased;
    call->is_write = true; /* a look too: the seq that it tells is remembered as confirmed */
    call->is.lease = (struct lease_answer){ .birth = "", .nonce = "", .instance = "" };
    redis_command_int(&command, 1);
    store_call_key(store, &command, STORE_META);
    redis_command_text(&command, lease_actions[lease->action]);
    redis_command_text(&command, lease->nonce);
    redis_command_text(&command, lease->instance);
    redis_command_int(&command, lease->schema);
    redis_command_int(&command, lease->counter);
    run(call, SCRIPT_LEASE, &command);
}

/* --- commit and mark -----------------------------------------------------------------------------------------------
 */

static const char *const write_verbs[] = { [STORE_PUT] = "put",
                                           [STORE_DROP] = "drop",
                                           [STORE_APPEND] = "append",
                                           [STORE_CURSOR] = "cursor",
                                           [STORE_TRIM] = "trim" };

static const struct {
    const char *text;
    enum store_status status;
} commit_results[] = {
    { "ok", STORE_OK },
    { "stale nonce", STORE_STALE_NONCE },
    { "stale seq", STORE_STALE_SEQ },
    { "invalid", STORE_INVALID },
};

static void parse_committed(struct store_call *call, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 1)
        return;
    for (size_t i = 0; i < ARRAY_LEN(commit_results); i++)
        if (is_text(reply->element[0], commit_results[i].text))
            call->status = commit_results[i].status;
    if (reply->elements > 1)
        call->is.text = store_call_text(call, reply->element[1]);
}

static void deliver_committed(struct store_call *call)
{
    call->fn.committed(call->arg, call->status, call->is.text);
}

static void deliver_done(struct store_call *call)
{
    call->fn.done(call->arg, call->status);
}

static void add_places(struct store_redis *store, struct redis_command *command)
{
    redis_command_int(command, STORE_PLACES);
    for (size_t place = 0; place < STORE_PLACES; place++)
        store_call_key(store, command, (enum store_place)place);
}

static struct store_call *start_commit(struct store_redis *store, void *arg, struct redis_command *command)
{
    struct store_call *call = store_call_start(store, arg);

    call->parse = parse_committed;
    call->is_write = true;
    call->is.text = "";
    add_places(store, command);
    return call;
}

static void add_write(struct redis_command *command, const struct store_write *write)
{
    redis_command_text(command, write_verbs[write->verb]);
    redis_command_text(command, store_place_names[write->place]);
    redis_command_text(command, write->field);
    redis_command_add(command, write->value);
}

static void store_commit(void *ctx, const struct store_commit *commit, store_committed_fn on_done, void *arg)
{
    struct redis_command command = REDIS_COMMAND();
    struct store_call *call = start_commit(ctx, arg, &command);
    bool has_heads = commit->journal_before && commit->journal_after;

    assert(!commit->journal_before == !commit->journal_after);
    call->fn.committed = on_done;
    call->timed = "commit";
    call->deliver = deliver_committed;
    redis_command_text(&command, "commit");
    redis_command_text(&command, commit->nonce);
    redis_command_int(&command, commit->seq - 1);
    redis_command_int(&command, commit->seq);
    redis_command_text(&command, commit->id);
    redis_command_text(&command, has_heads ? "1" : "0");
    redis_command_text(&command, commit->journal_before);
    redis_command_text(&command, commit->journal_after);
    redis_command_int(&command, STORE_WRITES_MAX);
    redis_command_int(&command, (int64_t)STORE_VALUE_MAX_BYTES);
    redis_command_int(&command, STORE_FIELD_MAX_BYTES);
    for (size_t i = 0; i < commit->count; i++)
        add_write(&command, &commit->writes[i]);
    run(call, SCRIPT_COMMIT, &command);
}

static void store_mark_trying(void *ctx, const char *nonce, const char *input_id, struct str value,
                              store_done_fn on_done, void *arg)
{
    struct redis_command command = REDIS_COMMAND();
    struct store_call *call = start_commit(ctx, arg, &command);

    call->fn.done = on_done;
    call->deliver = deliver_done;
    redis_command_text(&command, "mark");
    redis_command_text(&command, nonce);
    redis_command_text(&command, input_id);
    redis_command_add(&command, value);
    redis_command_int(&command, (int64_t)STORE_VALUE_MAX_BYTES);
    redis_command_int(&command, STORE_FIELD_MAX_BYTES);
    run(call, SCRIPT_COMMIT, &command);
}

/* --- telling other instances ---------------------------------------------------------------------------------------
 */

static void parse_told(struct store_call *call, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_INTEGER)
        call->is.receivers = reply->integer;
}

static void deliver_told(struct store_call *call)
{
    if (call->fn.told)
        call->fn.told(call->arg, call->is.receivers);
}

void store_redis_tell(struct store_redis *store, const char *instance, struct str message, store_told_fn on_done,
                      void *arg)
{
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();

    call->fn.told = on_done;
    call->parse = parse_told;
    call->deliver = deliver_told;
    call->is.receivers = -1;
    redis_command_text(&command, "PUBLISH");
    redis_command_addf(&command, "%sto:%s", store->prefix, instance);
    redis_command_add(&command, message);
    redis_send(store->writer, &command, 0, store_call_on_answered, call);
}

/* --- birth ---------------------------------------------------------------------------------------------------------
 */

static void parse_birth(struct store_call *call, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_NIL)
        return;
    call->is.text = store_call_text(call, reply);
    call->status = STORE_OK;
}

static void deliver_birth(struct store_call *call)
{
    call->fn.birth(call->arg, call->status, call->is.text);
}

static void ask_birth(struct store_redis *store, bool is_write, store_birth_fn on_done, void *arg)
{
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();

    call->fn.birth = on_done;
    call->parse = parse_birth;
    call->deliver = deliver_birth;
    call->is_write = is_write;
    call->is.text = "";
    redis_command_text(&command, "HGET");
    store_call_key(store, &command, STORE_META);
    redis_command_text(&command, "birth");
    redis_send(store->writer, &command, 0, store_call_on_answered, call);
}

void store_redis_birth_read(struct store_redis *store, store_birth_fn on_done, void *arg)
{
    ask_birth(store, false, on_done, arg);
}

static void on_created(void *arg, const struct redis_answer *answer)
{
    (void)arg, (void)answer; /* the HGET behind it tells what stands */
}

struct store_birth store_birth_make(const struct clock *clock)
{
    struct store_birth birth = { "" };
    unsigned char bytes[sizeof(birth.text) / 2];
    AUTO_BUF struct buf hex = BUF(sizeof(birth.text));

    clock->random(clock->ctx, bytes, sizeof(bytes));
    hex_add(&hex, bytes, sizeof(bytes));
    memcpy(birth.text, buf_text(&hex), sizeof(birth.text));
    return birth;
}

void store_redis_birth_create(struct store_redis *store, const char *birth, store_birth_fn on_done, void *arg)
{
    struct redis_command command = REDIS_COMMAND();

    assert(strlen(birth) == 32);
    redis_command_text(&command, "HSETNX");
    store_call_key(store, &command, STORE_META);
    redis_command_text(&command, "birth");
    redis_command_text(&command, birth);
    redis_send(store->writer, &command, 0, on_created, NULL);
    ask_birth(store, true, on_done, arg);
}

/* --- the store itself ----------------------------------------------------------------------------------------------
 */

static bool check_name(const char *name, struct error *err)
{
    size_t len = strlen(name);

    if (len < 1 || len > STORE_NAME_MAX)
        return error_set(err, ERR_INVALID, "store.name: 1 to %d characters", STORE_NAME_MAX);
    if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != len)
        return error_set(err, ERR_INVALID, "store.name: only letters, digits, '-', '_' and '.'");
    return true;
}

/* Who listens to a server that is no master any more hears nobody. (Who reads it or waits for its replicas finds out.)
 */
static void gather(struct store_redis *store)
{
    if (store->listener && strcmp(redis_server_id(store->listener), redis_server_id(store->writer)) != 0)
        redis_reconnect(store->listener, "the master is another one now");
}

static void on_state(void *arg, bool is_up, const char *why)
{
    struct store_redis *store = arg;

    if (is_up)
        gather(store);
    if (store->options.on_state)
        store->options.on_state(store->options.arg, is_up, why);
}

static void on_message(void *arg, struct str message)
{
    struct store_redis *store = arg;

    if (store->options.on_told)
        store->options.on_told(store->options.arg, message);
}

static struct redis *connect_as(struct store_redis *store, const char *role)
{
    char client_name[STORE_NAME_MAX + 32];
    struct redis_options options = {
        .loop = store->options.loop,
        .resolve = store->options.resolve,
        .address = &store->address,
        .client_name = client_name,
        .deadline_ms = store->options.deadline_ms,
        .on_state = strcmp(role, "writer") == 0 ? on_state : NULL,
        .arg = store,
    };

    snprintf(client_name, sizeof(client_name), "opsgate-%s", role);
    return redis_create(&options);
}

static struct redis *listen_for(struct store_redis *store, const char *instance)
{
    AUTO_BUF struct buf channel = BUF(STORE_FIELD_MAX_BYTES);
    struct redis_options options = {
        .loop = store->options.loop,
        .resolve = store->options.resolve,
        .address = &store->address,
        .client_name = "opsgate-listener",
        .on_message = on_message,
        .arg = store,
    };

    if (!instance)
        return NULL;
    buf_addf(&channel, "%sto:%s", store->prefix, instance);
    options.channel = buf_text(&channel);
    return redis_create(&options);
}

static struct replicas *wait_for(struct store_redis *store, int64_t wanted)
{
    struct redis_options options = {
        .loop = store->options.loop,
        .resolve = store->options.resolve,
        .address = &store->address,
        .client_name = "opsgate-waiter",
    };

    return wanted > 0 ? replicas_create(&options, wanted) : NULL;
}

static void set_defaults(struct store_redis_options *options)
{
    if (!options->inbox_high_water)
        options->inbox_high_water = STORE_INBOX_HIGH_WATER;
    if (!options->safe_high_water)
        options->safe_high_water = STORE_SAFE_HIGH_WATER;
    options->url = options->name = options->instance = NULL; /* the caller's; what is needed is kept elsewhere */
    options->login = (struct redis_login){ NULL };
}

struct store_redis *store_redis_create(const struct store_redis_options *options, struct error *err)
{
    AUTO_FREE struct store_redis *store = xcalloc(1, sizeof(*store));
    const char *name = options->name ? options->name : "default";

    if (!check_name(name, err) || !redis_address_parse(options->url, &store->address, err) ||
        !redis_address_log_in(&store->address, &options->login, err))
        return NULL;
    store->options = *options;
    set_defaults(&store->options);
    snprintf(store->prefix, sizeof(store->prefix), "og:{%s}:", name);
    store->writer = connect_as(store, "writer");
    store->reader = connect_as(store, "reader");
    store->listener = listen_for(store, options->instance);
    store->replicas = wait_for(store, options->replicas);
    return TAKE(store);
}

void store_redis_destroy(struct store_redis *store)
{
    if (!store)
        return;
    redis_destroy(store->writer);
    redis_destroy(store->reader);
    redis_destroy(store->listener);
    replicas_destroy(store->replicas);
    while (store->calls)
        store_call_free(store->calls);
    explicit_bzero(&store->address, sizeof(store->address));
    histograms_clear(&store->times);
    free(store);
}

struct store store_redis_interface(struct store_redis *store)
{
    return (struct store){
        .ctx = store,
        .accept = store_accept,
        .lease = store_lease,
        .commit = store_commit,
        .load = store_load,
        .read = store_read,
        .mark_trying = store_mark_trying,
    };
}

bool store_redis_is_up(const struct store_redis *store)
{
    return redis_is_up(store->writer);
}

const struct histograms *store_redis_times(const struct store_redis *store)
{
    return &store->times;
}

const char *store_redis_trouble(const struct store_redis *store)
{
    return redis_trouble(store->writer);
}
