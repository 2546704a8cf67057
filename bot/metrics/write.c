/* write.c - GET /metrics, whole: what opsgate counts, and how all its parts are just now. */
#include "bot/metrics/metrics.h"

#include "bot/audit/copy.h"
#include "bot/base/json.h"
#include "bot/carrier/breaker.h"
#include "bot/doors/socket_mode.h"
#include "bot/health.h"
#include "bot/health_watch.h"
#include "bot/metrics/process.h"
#include "bot/metrics/text.h"
#include "handlers/incident/incident.h"

#include <string.h>

struct plain { /* without a label */
    const char *name;
    enum metric_type type;
    const char *help;
    double value;
};

static void add_plain(struct buf *buf, const struct plain *plain, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        metric_head(buf, plain[i].name, plain[i].type, plain[i].help);
        metric_labelled(buf, plain[i].name, NULL, 0, plain[i].value);
    }
}

/* ---- the engine ---- */

static void add_engine(struct health *health, struct buf *buf)
{
    struct engine_status engine = engine_status(health->engine);
    const struct plain plain[] = {
        { "opsgate_ready", METRIC_GAUGE, "1 when this instance can answer every sender.", health_is_ready(health) },
        { "opsgate_owner", METRIC_GAUGE, "1 when this instance owns the store.", engine.phase == ENGINE_OWNER },
        { "opsgate_observing", METRIC_GAUGE, "1 while the store was adopted and is not confirmed.",
          engine.is_observing },
        { "opsgate_seq", METRIC_GAUGE, "Number of the last confirmed commit.", (double)engine.seq },
        { "opsgate_lease_good", METRIC_GAUGE, "1 while the lease allows to decide.", engine.is_lease_good },
        { "opsgate_commits_in_flight", METRIC_GAUGE, "Commits sent and not confirmed.",
          (double)engine.commits_in_flight },
        { "opsgate_operations", METRIC_GAUGE, "Operations that have not ended, or whose effects have not.",
          (double)engine.operations },
        { "opsgate_unreadable", METRIC_GAUGE, "Records of the store that could not be read, and were left alone.",
          (double)engine.unreadable },
        { "opsgate_dead_letters_total", METRIC_COUNTER,
          "Inputs set aside because they could not be decided: see `opsgate dead list`.", (double)engine.dead_letters },
    };

    add_plain(buf, plain, ARRAY_LEN(plain));
}

static void add_work(const struct health *health, struct buf *buf)
{
    struct engine_status engine = engine_status(health->engine);
    const struct plain plain[] = {
        { "opsgate_inputs_waiting", METRIC_GAUGE, "Inputs read and not decided.", (double)engine.inputs_waiting },
        { "opsgate_oldest_input_seconds", METRIC_GAUGE, "How long the oldest of them waits already.",
          (double)engine.oldest_input_ms / 1000 },
        { "opsgate_effects", METRIC_GAUGE, "Effects recorded and not ended.", (double)engine.effects },
        { "opsgate_lanes", METRIC_GAUGE, "Lanes with effects in them: one after another in each.",
          (double)engine.lanes },
        { "opsgate_oldest_effect_seconds", METRIC_GAUGE, "How old the oldest effect is that has not ended.",
          (double)engine.oldest_effect_ms / 1000 },
        { "opsgate_parked_effects", METRIC_GAUGE,
          "Of them, what waits for a credential to be mended: see /health/detailed.", (double)engine.parked },
        { "opsgate_timers", METRIC_GAUGE, "Timers set.", (double)engine.timers },
        { "opsgate_timer_late_seconds", METRIC_GAUGE,
          "How long ago the earliest timer should have fired; 0: it is to come.", (double)engine.timer_late_ms / 1000 },
    };

    add_plain(buf, plain, ARRAY_LEN(plain));
}

/* How many stand in each state; and of incidents, how severe. A standby knows nothing of it, and says nothing beside
 * its owner. */
static void add_operations(const struct health *health, struct buf *buf)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct counters states = { NULL }, severities = { NULL };
    const struct operation **list;
    struct view view;
    size_t count;

    if (!engine_view(health->engine, arena, &view))
        return;
    count = view.list_operations(view.ctx, NULL, 0);
    list = arena_alloc(arena, (count + 1) * sizeof(list[0]));
    view.list_operations(view.ctx, list, count);
    for (size_t i = 0; i < count; i++) {
        const char *severity = json_find_string(list[i]->body, "severity");

        counters_add(&states, list[i]->kind, list[i]->state);
        if (strcmp(list[i]->kind, machine_incident.kind) == 0)
            counters_add(&severities, severity ? severity : "", list[i]->state);
    }
    counters_write(&states, buf, "opsgate_operations_now", METRIC_GAUGE,
                   "Operations that have not ended, by kind and state.", "kind", "state");
    counters_write(&severities, buf, "opsgate_incidents_now", METRIC_GAUGE, "Incidents that have not ended.",
                   "severity", "state");
    counters_clear(&states);
    counters_clear(&severities);
}

static void add_counted(struct metrics *metrics, struct buf *buf)
{
    metric_histograms(buf, "opsgate_decision_seconds", "How long deciding an input took.", "", &metrics->decisions);
    metric_histograms(buf, "opsgate_timer_lateness_seconds", "How long after its time a timer fired.", "",
                      &metrics->timers);
    counters_write(&metrics->requests, buf, "opsgate_requests_total", METRIC_COUNTER,
                   "Requests, by what policy and the verb made of them.", "decision", "verb");
    counters_write(&metrics->operations, buf, "opsgate_operations_ended_total", METRIC_COUNTER,
                   "Operations that ended.", "kind", "result");
    counters_write(&metrics->steps, buf, "opsgate_steps_judged_total", METRIC_COUNTER,
                   "Steps of rollouts, by the judge's verdict.", "verdict", NULL);
    counters_write(&metrics->effects, buf, "opsgate_effects_ended_total", METRIC_COUNTER, "Effects that ended.", "kind",
                   "end");
    counters_write(&metrics->entries, buf, "opsgate_journal_entries_total", METRIC_COUNTER,
                   "Entries written to the journal.", "kind", NULL);
}

/* ---- the doors ---- */

static void add_ingress(const struct health *health, struct buf *buf)
{
    struct ingress_counts in = ingress_counts(health->ingress);
    const struct plain plain[] = {
        { "opsgate_accepted_total", METRIC_COUNTER, "Items accepted into the store.", (double)in.accepted },
        { "opsgate_duplicates_total", METRIC_COUNTER, "Items that had been accepted before.", (double)in.duplicates },
        { "opsgate_full_total", METRIC_COUNTER, "Items refused: too much was waiting.", (double)in.full },
        { "opsgate_unavailable_total", METRIC_COUNTER, "Items not confirmed by the store.", (double)in.unavailable },
        { "opsgate_foreign_total", METRIC_COUNTER, "Items refused: the store is not the one that we know.",
          (double)in.foreign },
        { "opsgate_too_large_total", METRIC_COUNTER, "Items refused: larger than the store takes.",
          (double)in.too_large },
        { "opsgate_too_often_total", METRIC_COUNTER, "Requests refused: their person or token had asked too often.",
          (double)in.too_often },
        { "opsgate_forged_total", METRIC_COUNTER, "Requests whose signature or token was not right.",
          (double)in.forged },
        { "opsgate_webhooks_put_off_total", METRIC_COUNTER,
          "Webhooks too large or too slow, told to come again: a 4xx would lose them.", (double)in.put_off },
        { "opsgate_malformed_total", METRIC_COUNTER, "Genuine requests that made no sense.", (double)in.malformed },
        { "opsgate_passed_over_total", METRIC_COUNTER, "Genuine requests that ask nothing of us, or what is not built.",
          (double)in.passed_over },
        { "opsgate_replies_waiting", METRIC_GAUGE, "Connections that wait for their answer.",
          (double)replies_waiting(health->replies) },
    };

    add_plain(buf, plain, ARRAY_LEN(plain));
}

static void add_socket_mode(const struct socket_mode *socket_mode, struct buf *buf)
{
    struct socket_mode_counts socket = socket_mode ? socket_mode_counts(socket_mode) : (struct socket_mode_counts){ 0 };
    const struct plain plain[] = {
        { "opsgate_socket_mode_connections", METRIC_GAUGE, "Socket Mode's connections that Slack has greeted.",
          (double)socket.good },
        { "opsgate_socket_mode_envelopes_total", METRIC_COUNTER, "What Slack sent through them.",
          (double)socket.envelopes },
        { "opsgate_socket_mode_unacknowledged_total", METRIC_COUNTER,
          "Of that, what was left for Slack to send again, or to show as an error.",
          (double)(socket.dropped + socket.orphaned + socket.overloaded) },
        { "opsgate_socket_mode_late_total", METRIC_COUNTER, "Acknowledged after more than three seconds.",
          (double)socket.late },
    };

    add_plain(buf, plain, ARRAY_LEN(plain));
}

static void add_http(const struct http_in *http_in, struct buf *buf)
{
    struct http_in_counts http = http_in_counts(http_in);
    const struct plain plain[] = {
        { "opsgate_http_connections", METRIC_GAUGE, "Open connections.", http.connections },
        { "opsgate_http_answered_total", METRIC_COUNTER, "Requests answered by handlers.", (double)http.answered },
        { "opsgate_http_refused_total", METRIC_COUNTER, "Requests refused at the door.", (double)http.refused },
        { "opsgate_http_unanswered_total", METRIC_COUNTER, "Of those, requests that no handler answered in time.",
          (double)http.unanswered },
        { "opsgate_http_accept_failures_total", METRIC_COUNTER, "Times that no descriptor was left for a client.",
          (double)http.accept_failures },
    };

    add_plain(buf, plain, ARRAY_LEN(plain));
    metric_histograms(buf, "opsgate_http_request_seconds",
                      "From the first line of a request to its handler's answer, which waits for the store.", "path",
                      http_in_times(http_in));
}

static void add_webhooks(const struct ingress *ingress, struct buf *buf)
{
    struct metric_label label = { "source", NULL };
    uint64_t times;

    metric_head(buf, "opsgate_webhooks_refused_total", METRIC_COUNTER,
                "Webhooks that could not be verified, by who they said they were.");
    for (size_t i = 0; (label.value = ingress_refused(ingress, i, &times)); i++)
        metric_labelled(buf, "opsgate_webhooks_refused_total", &label, 1, (double)times);
    label.name = "event";
    metric_head(buf, "opsgate_events_passed_over_total", METRIC_COUNTER,
                "Genuine webhooks of which nothing is stored, by event.");
    for (size_t i = 0; (label.value = ingress_passed(ingress, i, &times)); i++)
        metric_labelled(buf, "opsgate_events_passed_over_total", &label, 1, (double)times);
}

/* ---- the way out ---- */

static void add_host(void *arg, const char *host)
{
    const struct metric_label label = { "host", host };

    metric_labelled(arg, "opsgate_breaker_open", &label, 1, 1);
}

static void add_carrier(const struct health *health, struct buf *buf)
{
    struct carrier_counts out = carrier_counts(health->carrier);
    const struct plain plain[] = {
        { "opsgate_calls_total", METRIC_COUNTER, "Calls to the outside.", (double)out.calls },
        { "opsgate_call_failures_total", METRIC_COUNTER, "Attempts and readings that did not succeed.",
          (double)out.failures },
        { "opsgate_calls_in_flight", METRIC_GAUGE, "Attempts and readings under way.", (double)out.in_flight },
    };

    add_plain(buf, plain, ARRAY_LEN(plain));
    metric_histograms(buf, "opsgate_attempt_seconds",
                      "From the beginning of an effect's attempt, or of a reading, to its end.", "kind",
                      carrier_times(health->carrier));
    metric_head(buf, "opsgate_breaker_open", METRIC_GAUGE,
                "1 for each host that is left alone for some seconds after failures in a row.");
    breaker_each_left_alone(carrier_breaker(health->carrier), loop_now_ms(health->loop), add_host, buf);
}

/* ---- the store ---- */

/* What a managed Redis does not tell is not held against it. */
static bool is_durable(const struct store_probe *probe)
{
    return probe->appendonly == STORE_YES && (!probe->appendfsync[0] || strcmp(probe->appendfsync, "always") == 0);
}

static void add_promise(const struct store_probe *probe, struct buf *buf)
{
    const struct metric_label labels[] = { { "version", probe->version },
                                           { "appendfsync", probe->appendfsync },
                                           { "maxmemory_policy", probe->maxmemory_policy } };

    metric_head(buf, "opsgate_store_info", METRIC_GAUGE, "1: which Redis it is, and how it keeps what it has written.");
    metric_labelled(buf, "opsgate_store_info", labels, ARRAY_LEN(labels), 1);
    metric_gauge(buf, "opsgate_store_durable",
                 "1 when what was acknowledged is on its disk; 0: `opsgate doctor` tells what may be lost.",
                 is_durable(probe));
}

static void add_redis(const struct store_probe *redis, struct buf *buf)
{
    const struct plain plain[] = {
        { "opsgate_redis_memory_bytes", METRIC_GAUGE, "What Redis uses.", (double)redis->memory_bytes },
        { "opsgate_redis_memory_max_bytes", METRIC_GAUGE, "What it may use; 0: it has no limit.",
          (double)redis->maxmemory_bytes },
        { "opsgate_redis_replicas", METRIC_GAUGE, "Replicas that are connected to it.", (double)redis->replicas },
        { "opsgate_redis_slow_syncs_total", METRIC_COUNTER, "Writes that waited for its disk.",
          (double)redis->slow_syncs },
        { "opsgate_redis_write_failing", METRIC_GAUGE, "1 when its last write to its append-only file failed.",
          redis->is_write_failing },
    };

    add_plain(buf, plain, ARRAY_LEN(plain));
}

static void add_store(const struct health *health, struct buf *buf)
{
    metric_gauge(buf, "opsgate_store_up", "1 when Redis answers.", store_redis_is_up(health->store));
    metric_histograms(buf, "opsgate_store_seconds",
                      "How long the store took to answer: accept makes what came in durable, commit what was decided.",
                      "call", store_redis_times(health->store));
    if (health->probe->version[0])
        add_promise(health->probe, buf);
    if (health->metrics->redis.version[0])
        add_redis(&health->metrics->redis, buf);
}

/* ---- the journal's copy: nothing where none is written ---- */

static void add_audit(const struct health *health, struct buf *buf)
{
    struct audit_copy_status copy = audit_copy_status(health->audit_copy);
    int64_t behind = engine_status(health->engine).journal_entries - copy.n;
    const struct plain plain[] = {
        { "opsgate_audit_copy_writing", METRIC_GAUGE, "1 when this instance writes its copy of the journal.",
          copy.is_writing },
        { "opsgate_audit_copy_behind", METRIC_GAUGE, "Entries of the journal that the copy does not have yet.",
          copy.is_writing && behind > 0 ? (double)behind : 0 },
        { "opsgate_audit_copy_trouble", METRIC_GAUGE,
          "1 while the copy cannot be written: see /health/detailed. It catches up later.", copy.trouble != NULL },
        { "opsgate_audit_copy_entries_total", METRIC_COUNTER, "Entries copied.", (double)copy.entries },
        { "opsgate_audit_copy_missing_total", METRIC_COUNTER, "Entries that the store had no more when they were to be copied.",
          (double)copy.missing },
        { "opsgate_audit_copy_failures_total", METRIC_COUNTER, "Tries to copy that came to nothing.",
          (double)copy.failures },
        { "opsgate_audit_checkpoints_total", METRIC_COUNTER, "Checkpoints signed.", (double)copy.checkpoints },
        { "opsgate_audit_checkpoint_timestamp_seconds", METRIC_GAUGE,
          "When the newest checkpoint was signed; 0: none since the start.", (double)copy.checkpoint_at_ms / 1000 },
    };

    metric_gauge(buf, "opsgate_audit_holds", "Legal holds of the configuration: nothing of them is erased.",
                 (double)health->settings->audit.hold_count);
    if (copy.file)
        add_plain(buf, plain, ARRAY_LEN(plain));
}

void metrics_write(struct health *health, struct buf *buf)
{
    const struct metric_label version = { "version", OPSGATE_VERSION };

    metric_head(buf, "opsgate_build_info", METRIC_GAUGE, "1: which version runs.");
    metric_labelled(buf, "opsgate_build_info", &version, 1, 1);
    add_engine(health, buf);
    add_work(health, buf);
    add_operations(health, buf);
    add_counted(health->metrics, buf);
    add_ingress(health, buf);
    add_webhooks(health->ingress, buf);
    add_socket_mode(health->socket_mode, buf);
    add_http(health->http_in, buf);
    add_carrier(health, buf);
    add_store(health, buf);
    add_audit(health, buf);
    health_watch_add_metrics(buf, health->engine, health->settings);
    process_write(buf);
}
