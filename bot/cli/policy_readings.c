#include "bot/cli/policy_readings.h"

#include "bot/base/time.h"
#include "bot/cli/store_url.h"
#include "bot/model/membership.h"
#include "bot/model/operation.h"
#include "handlers/registry.h"

#include <string.h>

#define SOURCES_TOLD 8

/* ---- from the store ---- */

static const struct machine *machine_of(const struct operation *operation)
{
    for (const struct machine *const *m = machines; *m; m++)
        if ((*m)->memberships && strcmp((*m)->kind, operation->kind) == 0 && (*m)->schema == operation->schema)
            return *m;
    return NULL;
}

/* As the engine chooses: the oldest record of a machine that knows. */
static const struct operation *find_record(const struct store_pair *pairs, size_t count, struct arena *arena)
{
    struct operation *found = NULL;

    for (size_t i = 0; i < count; i++) {
        struct operation *operation = ARENA_NEW(arena, struct operation);
        struct error ignored; /* what is no record has other tools that tell it */
        const cJSON *json = json_parse_in(arena, pairs[i].value, &ignored);

        if (json && shape_from_json(&operation_shape, json, arena, operation, &ignored) && machine_of(operation) &&
            (!found || operation->created_at_ms < found->created_at_ms))
            found = operation;
    }
    return found;
}

static bool is_named(const struct policy_readings *readings, const char *source)
{
    for (size_t i = 0; i < readings->sources_count; i++)
        if (strcmp(readings->sources[i], source) == 0)
            return true;
    return false;
}

static bool read_record(const struct operation *operation, struct arena *arena, struct policy_readings *readings,
                        struct error *err)
{
    const struct machine *machine = machine_of(operation);
    void *body = arena_alloc(arena, machine->body->size);
    const struct membership *known;
    struct membership *list;
    size_t count;

    if (!shape_from_json(machine->body, operation->body, arena, body, err))
        return error_wrap(err, "its record of groups cannot be read");
    known = machine->memberships(body, &count);
    list = arena_alloc(arena, (count + 1) * sizeof(*list));
    for (size_t i = 0; i < count; i++)
        if (is_named(readings, known[i].source))
            list[readings->list_count++] = known[i];
    readings->list = list;
    if (machine->joins)
        readings->joins = machine->joins(body, &readings->joins_count);
    return true;
}

static bool look(const struct configuration *configuration, struct policy_readings *readings, struct error *err)
{
    AUTO_STORE_READER struct store_reader *reader = cli_store_open(configuration, err);
    struct arena *arena = configuration->arena;
    const struct operation *record;
    struct store_pair *pairs;
    size_t count;

    if (!reader)
        return false;
    if (!store_reader_hash(reader, STORE_OPERATIONS, arena, &pairs, &count, err))
        return error_wrap(err, "the store cannot be read");
    record = find_record(pairs, count, arena);
    if (!record)
        return error_set(err, ERR_NOT_FOUND, "the store has no reading of any yet");
    return read_record(record, arena, readings, err);
}

struct policy_readings policy_readings_load(const struct configuration *configuration, bool is_offline)
{
    struct policy_readings readings = { 0 };
    struct error err;

    readings.sources = membership_sources(&configuration->settings, configuration->arena, &readings.sources_count);
    if (readings.sources_count == 0)
        readings.why_not = "the file names none";
    else if (is_offline)
        readings.why_not = "--offline";
    else if (!look(configuration, &readings, &err))
        readings.why_not = arena_strdup(configuration->arena, err.message);
    return readings;
}

/* ---- told ---- */

static const struct membership *find(const struct policy_readings *readings, const char *source)
{
    for (size_t i = 0; i < readings->list_count; i++)
        if (strcmp(readings->list[i].source, source) == 0 && readings->list[i].read_at_ms > 0)
            return &readings->list[i];
    return NULL;
}

/* Clocks differ a little. */
static int64_t age_of(const struct membership *membership, int64_t now_ms)
{
    return now_ms > membership->read_at_ms ? now_ms - membership->read_at_ms : 0;
}

const char *policy_readings_tell(const struct policy_readings *readings, int64_t now_ms, struct arena *arena)
{
    const char *text = "Groups as they were last read: ";

    if (readings->sources_count == 0)
        return NULL;
    if (readings->why_not)
        return arena_printf(arena, "Groups, teams and schedules were not looked at: %s.", readings->why_not);
    for (size_t i = 0; i < readings->sources_count && i < SOURCES_TOLD; i++) {
        const struct membership *source = find(readings, readings->sources[i]);

        text = arena_printf(arena, "%s%s%s ", text, i > 0 ? ", " : "", readings->sources[i]);
        text = source ? arena_printf(arena, "%s%s ago", text, duration_about(age_of(source, now_ms)).text)
                      : arena_printf(arena, "%snever", text);
    }
    if (readings->sources_count > SOURCES_TOLD)
        return arena_printf(arena, "%s, and %zu more.", text, readings->sources_count - SOURCES_TOLD);
    return arena_printf(arena, "%s.", text);
}

void policy_readings_add(const struct policy_readings *readings, int64_t now_ms, cJSON *json)
{
    cJSON *groups = json_set(json, "groups", json_object()), *list;

    json_set_bool(groups, "looked_at", !readings->why_not);
    json_set_string(groups, "why_not", readings->why_not);
    if (readings->why_not)
        return;
    list = json_set(groups, "sources", json_array());
    for (size_t i = 0; i < readings->sources_count; i++) {
        const struct membership *source = find(readings, readings->sources[i]);
        cJSON *one = json_add(list, json_object());

        json_set_string(one, "source", readings->sources[i]);
        json_set_int(one, "read_at", source ? source->read_at_ms : 0);
        if (!source)
            continue;
        json_set_int(one, "age_s", age_of(source, now_ms) / SECOND_MS);
        json_set_int(one, "members", (int64_t)source->members_count);
    }
}
