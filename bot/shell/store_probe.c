/* store_probe.c - what does this Redis truly guarantee? */

#include "bot/shell/store_call.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define VERSION_MIN 7 /* script flags, XADD and WAIT as we use them */

/* Sentinels choose by what each replica last said that it has. They ask every 10 s, and every second once a replica has
 * said that the master is gone: after so long they go by what was said after its death. */
#define DOWN_AFTER_MIN_MS INT64_C(20000)

/* "name:value\r\n" of INFO; empty when it is not there. */
static struct str info_value(struct str info, const char *name)
{
    while (info.len > 0) {
        struct str line = str_trim(str_take_until(&info, '\n'));

        if (str_take_prefix(&line, name) && str_take_prefix(&line, ":"))
            return line;
    }
    return (struct str){ NULL, 0 };
}

static int64_t info_number(struct str info, const char *name)
{
    struct error err;
    int64_t value = 0;

    parse_int(info_value(info, name), 0, INT64_MAX, &value, &err);
    return value;
}

static void copy_value(char *to, size_t room, struct str info, const char *name)
{
    snprintf(to, room, STR_FMT, STR_ARG(info_value(info, name)));
}

static int64_t major_version(const struct store_probe *probe)
{
    struct str rest = str_of(probe->version);
    struct error err;
    int64_t major = 0;

    parse_int(str_take_until(&rest, '.'), 0, 1000, &major, &err);
    return major;
}

/* With fewer, two masters could both acknowledge. */
static bool is_majority(const struct store_probe *probe, int64_t wanted_replicas)
{
    return 2 * (1 + wanted_replicas) > probe->nodes;
}

static void find_refusal(struct store_probe *probe, bool is_ephemeral_accepted, int64_t wanted_replicas)
{
    if (major_version(probe) < VERSION_MIN)
        snprintf(probe->refusal, sizeof(probe->refusal), "Redis %s is too old: 7.0 or newer is needed", probe->version);
    else if (probe->is_replica)
        snprintf(probe->refusal, sizeof(probe->refusal), "this Redis is a replica: store.url must name the master");
    else if (probe->nodes > 0 && !is_majority(probe, wanted_replicas))
        snprintf(probe->refusal, sizeof(probe->refusal),
                 "a failover may lose what was acknowledged: the sentinels know %" PRId64
                 " nodes, and more than half must have it before it is. Set store.replicas to %" PRId64 " or more",
                 probe->nodes, probe->nodes / 2);
    else if (probe->nodes > 0 && wanted_replicas >= probe->nodes)
        snprintf(probe->refusal, sizeof(probe->refusal),
                 "store.replicas is %" PRId64 ", but the sentinels know %" PRId64
                 " replicas: nothing could ever be acknowledged",
                 wanted_replicas, probe->nodes - 1);
    else if (strcmp(probe->maxmemory_policy, "noeviction") != 0)
        snprintf(probe->refusal, sizeof(probe->refusal),
                 "maxmemory-policy is %s, so Redis may throw accepted work away: set it to noeviction",
                 probe->maxmemory_policy[0] ? probe->maxmemory_policy : "unknown");
    else if (probe->appendonly != STORE_YES && !is_ephemeral_accepted)
        snprintf(
            probe->refusal, sizeof(probe->refusal),
            "this Redis keeps no append-only file, so accepted work is lost when it restarts: set `appendonly yes` and "
            "`appendfsync always` in its redis.conf, or `ephemeral: accepted` under `store` to take it as it is");
}

static const struct {
    const char *appendfsync, *survives, *warning;
} promises[] = {
    { "always", "survives kill -9 and power loss: every write is fsynced before it is answered", "" },
    { "everysec", "survives kill -9; power loss may take the last second",
      "power loss may take what was accepted in the last second: set `appendfsync always` in redis.conf" },
    { "no", "survives kill -9; power loss may take the last half minute",
      "power loss may take what was accepted in the last half minute: set `appendfsync always` in redis.conf" },
    { "", "survives kill -9; the server does not tell how often it fsyncs",
      "the server does not tell how often it fsyncs: power loss may take what was accepted last" },
};

/* A dead master is followed by the replica that has most, so one that has it all is enough, if by then the sentinels know
 * which that is. One that lives may be followed by any: somebody asks them for it, or they cannot see it. */
static void describe_failover(struct store_probe *probe, int64_t wanted_replicas, char *text, size_t room)
{
    bool is_all = wanted_replicas >= probe->nodes - 1;
    bool is_hasty = probe->down_after_ms > 0 && probe->down_after_ms < DOWN_AFTER_MIN_MS;

    snprintf(text, room,
             "; answered once %" PRId64 " of %" PRId64 " nodes have it (%" PRId64
             " replicas are connected): it survives %s",
             1 + wanted_replicas, probe->nodes, probe->replicas,
             is_all     ? "every failover"
             : is_hasty ? "most deaths of the master"
                        : "the death of the master");
    if (!is_all && is_hasty && !probe->warning[0])
        snprintf(probe->warning, sizeof(probe->warning),
                 "the sentinels take the master for dead after %" PRId64
                 " ms, and may then choose a replica without what was accepted last: set `down-after-milliseconds` to "
                 "%" PRId64 " or more at each of them, or `store.replicas: %" PRId64
                 "`, and then nothing is accepted while one is away",
                 probe->down_after_ms, DOWN_AFTER_MIN_MS, probe->nodes - 1);
    if (!is_all && !probe->warning[0])
        snprintf(probe->warning, sizeof(probe->warning),
                 "a failover from a master that lives (by hand, or out of sight) may lose what was accepted last: "
                 "`store.replicas: %" PRId64 "` excludes that, and then nothing is accepted while one of them is away",
                 probe->nodes - 1);
}

/* aof_tail.h tells of that fault. Which releases have it no number says, so what matters is what it would do. */
static void warn_of_truncated_file(struct store_probe *probe)
{
    if (!probe->warning[0] && strcmp(probe->load_truncated, "yes") == 0)
        snprintf(probe->warning, sizeof(probe->warning),
                 "if Redis is killed in the middle of a write, some releases (7.0.15 is one) later execute half of it: set "
                 "`aof-load-truncated no` in redis.conf, and run `redis-check-aof --fix` when it then refuses to start");
}

static void describe(struct store_probe *probe, int64_t wanted_replicas, bool is_embedded)
{
    const char *survives = "is LOST when Redis restarts: it keeps no append-only file";
    const char *warning = "what was accepted is LOST when Redis restarts: set `appendonly yes` in redis.conf";
    char replicas[160] = "";

    for (size_t i = 0; probe->appendonly == STORE_YES && i < ARRAY_LEN(promises); i++)
        if (strcmp(probe->appendfsync, promises[i].appendfsync) == 0) {
            survives = promises[i].survives;
            warning = promises[i].warning;
        }
    snprintf(probe->warning, sizeof(probe->warning), "%s", warning);
    if (wanted_replicas > 0)
        snprintf(replicas, sizeof(replicas), "; answered once %" PRId64 " replicas have it (%" PRId64 " are connected)",
                 wanted_replicas, probe->replicas);
    if (probe->nodes > 0)
        describe_failover(probe, wanted_replicas, replicas, sizeof(replicas));
    if (!is_embedded)
        warn_of_truncated_file(probe);
    snprintf(probe->guarantee, sizeof(probe->guarantee), "an acknowledged input %s%s", survives, replicas);
}

static void parse_info(struct store_call *call, const redisReply *reply)
{
    struct store_probe *probe = &call->is.probe;
    struct str info = { reply->str, (size_t)reply->len };

    if (reply->type != REDIS_REPLY_STRING)
        return;
    copy_value(probe->version, sizeof(probe->version), info, "redis_version");
    copy_value(probe->maxmemory_policy, sizeof(probe->maxmemory_policy), info, "maxmemory_policy");
    probe->appendonly = str_is(info_value(info, "aof_enabled"), "1") ? STORE_YES : STORE_NO;
    probe->is_replica = str_is(info_value(info, "role"), "slave");
    probe->maxmemory_bytes = info_number(info, "maxmemory");
    probe->memory_bytes = info_number(info, "used_memory");
    probe->slow_syncs = info_number(info, "aof_delayed_fsync");
    probe->is_write_failing = str_is(info_value(info, "aof_last_write_status"), "err");
    probe->replicas = info_number(info, "connected_slaves");
    probe->nodes = redis_nodes(call->store->writer);
    probe->down_after_ms = redis_down_after_ms(call->store->writer);
    find_refusal(probe, call->store->options.is_ephemeral_accepted, call->store->options.replicas);
    describe(probe, call->store->options.replicas, call->store->options.is_embedded);
    call->status = STORE_OK;
}

static void deliver_probe(struct store_call *call)
{
    call->is.probe.status = call->status == STORE_OK ? STORE_OK : STORE_UNAVAILABLE;
    call->fn.probed(call->arg, &call->is.probe);
}

/* Names and values in turn, in whatever order. */
static const char *configured(const redisReply *reply, const char *name)
{
    for (size_t i = 0; reply && reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2)
        if (reply->element[i]->str && strcmp(reply->element[i]->str, name) == 0 && reply->element[i + 1]->str)
            return reply->element[i + 1]->str;
    return "";
}

/* CONFIG may be forbidden, as managed services do; then INFO alone must do. */
static void on_configured(void *arg, const struct redis_answer *answer)
{
    struct store_call *call = arg;
    struct store_probe *probe = &call->is.probe;
    struct redis_command command = REDIS_COMMAND();

    snprintf(probe->appendfsync, sizeof(probe->appendfsync), "%s", configured(answer->reply, "appendfsync"));
    snprintf(probe->load_truncated, sizeof(probe->load_truncated), "%s",
             configured(answer->reply, "aof-load-truncated"));
    redis_command_text(&command, "INFO");
    redis_send(call->store->writer, &command, 0, store_call_on_answered, call);
}

void store_redis_probe(struct store_redis *store, store_probed_fn on_done, void *arg)
{
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();

    call->fn.probed = on_done;
    call->parse = parse_info;
    call->deliver = deliver_probe;
    redis_command_words(&command, "CONFIG GET appendfsync aof-load-truncated");
    redis_send(store->writer, &command, 0, on_configured, call);
}
