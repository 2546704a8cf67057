#include "bot/health_watch.h"

#include "bot/base/time.h"
#include "bot/model/parked.h"
#include "bot/model/settings.h"
#include "handlers/watch/credentials.h"
#include "handlers/watch/github.h"
#include "handlers/watch/heartbeat.h"
#include "handlers/watch/members.h"
#include "handlers/watch/observed.h"
#include "handlers/watch/pagerduty.h"

#include <inttypes.h>

/* False: it is not at work here. */
static bool read_body(const struct engine *engine, const struct machine *machine, struct arena *arena, void *body)
{
    const struct operation *operation = engine_standing(engine, machine->kind);
    struct error ignored;

    return operation && shape_from_json(machine->body, operation->body, arena, body, &ignored);
}

static cJSON *log_to_json(const struct github_watched *watched, int64_t now_ms, struct arena *arena)
{
    cJSON *json = json_object();

    json_set_string(json, "log", github_watch_name(&watched->log, arena));
    json_set_int(json, "watermark", watched->known.watermark_ms);
    if (watched->known.watermark_ms)
        json_set_int(json, "watermark_age_s", (now_ms - watched->known.watermark_ms) / SECOND_MS);
    json_set_int(json, "looked_at", watched->looked_at_ms);
    json_set_int(json, "caught_up", watched->caught_up);
    json_set_int(json, "lost", watched->lost);
    json_set_int(json, "unread", watched->unread);
    json_set_string(json, "problem", watched->problem);
    return json;
}

static void add_github(cJSON *json, const struct engine *engine, struct arena *arena)
{
    struct github_watch body;
    cJSON *logs;

    if (!read_body(engine, &machine_github_watch, arena, &body))
        return;
    logs = json_set(json, "catch_up", json_array());
    for (size_t i = 0; i < body.logs_count; i++)
        json_add(logs, log_to_json(&body.logs[i], engine_status(engine).store_unix_ms, arena));
}

static void add_pagerduty(cJSON *json, const struct engine *engine, struct arena *arena)
{
    struct pagerduty_watch body;
    cJSON *watch, *list;

    if (!read_body(engine, &machine_pagerduty_watch, arena, &body))
        return;
    watch = json_set(json, "pagerduty", json_object());
    json_set_int(watch, "looked_at", body.looked_at_ms);
    json_set_bool(watch, "gap", body.is_gap);
    if (body.incidents_at_ms)
        json_set_int(watch, "incidents_read_at", body.incidents_at_ms);
    json_set_int(watch, "open_incidents", (int64_t)body.incidents_count);
    json_set_string(watch, "problem", body.problem);
    list = json_set(watch, "subscriptions", json_array());
    for (size_t i = 0; i < body.subscriptions_count; i++) {
        cJSON *one = json_add(list, json_object());

        json_set_string(one, "subscription", body.subscriptions[i].id);
        json_set_string(one, "trouble", body.subscriptions[i].trouble);
        if (body.subscriptions[i].since_ms)
            json_set_int(one, "since", body.subscriptions[i].since_ms);
    }
}

static void add_members(cJSON *json, const struct engine *engine, struct arena *arena)
{
    int64_t now_ms = engine_status(engine).store_unix_ms;
    struct members_watch body;
    cJSON *list;

    if (!read_body(engine, &machine_members_watch, arena, &body))
        return;
    list = json_set(json, "members", json_array());
    for (size_t i = 0; i < body.sources_count; i++) {
        const struct membership *source = &body.sources[i];
        cJSON *one = json_add(list, json_object());

        json_set_string(one, "source", source->source);
        json_set_int(one, "members", (int64_t)source->members_count);
        json_set_int(one, "read_at", source->read_at_ms);
        if (source->read_at_ms)
            json_set_int(one, "age_s", (now_ms - source->read_at_ms) / SECOND_MS);
        json_set_string(one, "problem", source->problem);
    }
}

static cJSON *observed_to_json(const struct observed_place *place)
{
    cJSON *json = json_object();

    json_set_string(json, "target", place->target);
    json_set_string(json, "serves", place->serves);
    json_set_string(json, "differs", place->differs);
    json_set_string(json, "problem", place->problem);
    return json;
}

static void add_observed(cJSON *json, const struct engine *engine, struct arena *arena)
{
    struct observed_watch body;
    cJSON *list;

    if (!read_body(engine, &machine_observed_watch, arena, &body))
        return;
    list = json_set(json, "observed", json_array());
    for (size_t i = 0; i < body.places_count; i++)
        json_add(list, observed_to_json(&body.places[i]));
}

static void add_heartbeat(cJSON *json, const struct engine *engine, struct arena *arena)
{
    struct heartbeat_watch body;
    cJSON *heartbeat;

    if (!read_body(engine, &machine_heartbeat_watch, arena, &body))
        return;
    heartbeat = json_set(json, "heartbeat", json_object());
    json_set_int(heartbeat, "taken_at", body.taken_at_ms);
    json_set_int(heartbeat, "failures", body.failures);
    json_set_string(heartbeat, "problem", body.problem);
}

static void add_parked(cJSON *json, const struct engine *engine, struct arena *arena)
{
    size_t count;
    const struct parked *parked = engine_parked(engine, arena, &count);
    cJSON *list;

    if (count == 0)
        return;
    list = json_set(json, "parked", json_array());
    for (size_t i = 0; i < count; i++) {
        struct parked one = parked[i];

        one.since_ms += engine_status(engine).shift_ms;
        json_add(list, shape_to_json(&parked_shape, &one, SHAPE_WHOLE));
    }
}

static void add_credentials(cJSON *json, const struct engine *engine, struct arena *arena)
{
    struct credentials_watch body;
    cJSON *list;

    if (!read_body(engine, &machine_credentials_watch, arena, &body) || body.troubles_count == 0)
        return;
    list = json_set(json, "credentials", json_array());
    for (size_t i = 0; i < body.troubles_count; i++) {
        cJSON *one = json_add(list, json_object());

        json_set_string(one, "subject", body.troubles[i].subject);
        json_set_string(one, "problem", body.troubles[i].text);
        json_set_int(one, "times", body.troubles[i].times);
    }
}

void health_watch_add(cJSON *json, const struct engine *engine)
{
    AUTO(arena) struct arena *arena = arena_create();

    add_github(json, engine, arena);
    add_pagerduty(json, engine, arena);
    add_members(json, engine, arena);
    add_observed(json, engine, arena);
    add_heartbeat(json, engine, arena);
    add_parked(json, engine, arena);
    add_credentials(json, engine, arena);
}

static void add_heartbeat_metrics(struct buf *buf, const struct engine *engine, const struct settings *settings,
                                  struct arena *arena)
{
    struct heartbeat_watch body;

    if (!settings->heartbeat || !read_body(engine, &machine_heartbeat_watch, arena, &body))
        return;
    buf_addf(buf,
             "# HELP opsgate_heartbeat_success_timestamp_seconds When the last heartbeat was taken; 0: none yet.\n"
             "# TYPE opsgate_heartbeat_success_timestamp_seconds gauge\n"
             "opsgate_heartbeat_success_timestamp_seconds %" PRId64 "\n"
             "# HELP opsgate_heartbeat_failures_total Heartbeats that did not arrive.\n"
             "# TYPE opsgate_heartbeat_failures_total counter\n"
             "opsgate_heartbeat_failures_total %" PRId64 "\n"
             "# HELP opsgate_heartbeat_interval_seconds How often one is sent: heartbeat.every.\n"
             "# TYPE opsgate_heartbeat_interval_seconds gauge\n"
             "opsgate_heartbeat_interval_seconds %" PRId64 "\n",
             body.taken_at_ms / SECOND_MS, body.failures_ever, settings->heartbeat->every_ms / SECOND_MS);
}

static void add_credential_metrics(struct buf *buf, const struct engine *engine, struct arena *arena)
{
    struct credentials_watch body;
    int64_t bad = 0;

    if (!read_body(engine, &machine_credentials_watch, arena, &body))
        return;
    for (size_t i = 0; i < body.troubles_count; i++)
        bad += body.troubles[i].is_told;
    buf_addf(buf,
             "# HELP opsgate_credentials_bad Credentials that the self-test found bad, twice in a row.\n"
             "# TYPE opsgate_credentials_bad gauge\n"
             "opsgate_credentials_bad %" PRId64 "\n",
             bad);
}

/* Of what is refused on the way back nothing waits: it is tried on and on, and is no parked effect. */
static void add_parked_metrics(struct buf *buf, const struct engine *engine, struct arena *arena)
{
    size_t count, way_backs = 0, courtesies = 0;
    const struct parked *parked = engine_parked(engine, arena, &count);

    if (engine_status(engine).phase != ENGINE_OWNER)
        return;
    for (size_t i = 0; i < count; i++) {
        way_backs += parked[i].is_way_back;
        courtesies += parked[i].is_courtesy && !parked[i].is_way_back;
    }
    buf_addf(buf,
             "# HELP opsgate_refusals Credentials and permissions that are refused just now, by what that holds up.\n"
             "# TYPE opsgate_refusals gauge\n"
             "opsgate_refusals{of=\"way_back\"} %zu\n"
             "opsgate_refusals{of=\"courtesy\"} %zu\n"
             "opsgate_refusals{of=\"other\"} %zu\n",
             way_backs, courtesies, count - way_backs - courtesies);
}

/* A standby knows nothing of it, and must not say 0 beside its owner's figures. */
void health_watch_add_metrics(struct buf *buf, const struct engine *engine, const struct settings *settings)
{
    AUTO(arena) struct arena *arena = arena_create();

    add_heartbeat_metrics(buf, engine, settings, arena);
    add_parked_metrics(buf, engine, arena);
    add_credential_metrics(buf, engine, arena);
}
