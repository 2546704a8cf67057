/* readings.c - what operations wait to know. Nothing here is stored but what stands in the operations' own records. */
#include "bot/engine/internal.h"

#include <stdio.h>
#include <string.h>

static void free_reading(struct live_reading *reading)
{
    cJSON_Delete(reading->result);
    free(reading->error);
    free(reading->operation);
    free(reading->name);
    free(reading->key);
    free(reading);
}

void readings_drop(struct engine *e, struct live_reading *reading)
{
    HASH_DEL(e->readings, reading);
    free_reading(reading);
}

static const struct awaited *find_awaited(const struct operation *operation, const struct live_reading *reading)
{
    for (size_t i = 0; i < operation->awaited_count; i++)
        if (operation->awaited[i].generation == reading->generation &&
            strcmp(operation->awaited[i].name, reading->name) == 0)
            return &operation->awaited[i];
    return NULL;
}

static void add_reading(struct engine *e, const struct operation *operation, const struct awaited *awaited)
{
    char key[256];
    struct live_reading *reading = NULL;

    snprintf(key, sizeof(key), "%s/%s/%lld", operation->id, awaited->name, (long long)awaited->generation);
    HASH_FIND_STR(e->readings, key, reading);
    if (reading)
        return;
    reading = xcalloc(1, sizeof(*reading));
    reading->key = xstrdup(key);
    reading->operation = xstrdup(operation->id);
    reading->name = xstrdup(awaited->name);
    reading->generation = awaited->generation;
    reading->deadline_at_ms = awaited->deadline_at_ms;
    reading->recorded_seq = e->seq + (e->phase == ENGINE_OWNER ? 1 : 0); /* by the commit being made */
    HASH_ADD_KEYPTR(hh, e->readings, reading->key, strlen(reading->key), reading);
}

void readings_sync(struct engine *e, const struct live_operation *operation)
{
    struct live_reading *reading, *next;

    HASH_ITER(hh, e->readings, reading, next)
        if (strcmp(reading->operation, operation->record.id) == 0 && !find_awaited(&operation->record, reading))
            readings_drop(e, reading);
    for (size_t i = 0; i < operation->record.awaited_count; i++)
        add_reading(e, &operation->record, &operation->record.awaited[i]);
}

static void end_reading(struct engine *e, struct live_reading *reading, enum event_end end, const cJSON *result,
                        const char *error)
{
    char *sentence = xstrdup(error); /* it may be the reading's own, of an earlier try */

    reading->phase = READING_ANSWERED;
    reading->end = end;
    reading->result = json_copy(result);
    free(reading->error);
    reading->error = sentence;
    engine_wake(e);
}

static void tell_parking(struct engine *e, const struct live_reading *reading, const struct attempt_end *end)
{
    const struct live_operation *operation = records_find_operation(e, reading->operation);
    const struct awaited *awaited = operation ? find_awaited(&operation->record, reading) : NULL;

    if (awaited)
        parking_answered(e, operation, awaited, end, reading->is_refused);
}

static void on_answered(void *arg, const char *id, int64_t number, const struct attempt_end *end)
{
    struct engine *e = arg;
    struct live_reading *reading = NULL;

    (void)number;
    HASH_FIND_STR(e->readings, id, reading);
    if (!reading || reading->phase != READING_ASKED)
        return;
    tell_parking(e, reading, end);
    reading->is_refused = end->result != ATTEMPT_DONE && end->refusal != REFUSAL_NONE;
    if (end->result == ATTEMPT_DONE) {
        end_reading(e, reading, END_DONE, end->body, NULL);
    } else if (end->result == ATTEMPT_NEVER) {
        end_reading(e, reading, END_FAILED, NULL, end->error);
    } else { /* asked again until its deadline */
        int64_t wait_ms = BACKOFF_FIRST_MS << (reading->tries < 4 ? reading->tries : 4);

        reading->tries++;
        reading->phase = READING_WAITING;
        reading->not_before_mono = engine_mono(e) + (end->after_ms > wait_ms ? end->after_ms : wait_ms);
        free(reading->error);
        reading->error = xstrdup(end->error);
        engine_wake(e);
    }
}

static bool may_send(void *arg)
{
    const struct engine *e = arg;

    return (engine_lease_is_good(e) && !e->release_sent) || away_is_on(e);
}

static void ask(struct engine *e, struct live_reading *reading)
{
    const struct live_operation *operation = records_find_operation(e, reading->operation);
    struct ask ask = {
        .operation = operation->record.id,
        .operation_outside_id = operation->record.outside_id,
        .awaited = find_awaited(&operation->record, reading),
        .id = reading->key,
        .now_ms = engine_store_now(e),
        .left_ms = reading->deadline_at_ms - engine_steady_now(e),
        .may_send = may_send,
        .on_done = on_answered,
        .arg = e,
    };

    reading->phase = READING_ASKED;
    e->config.carrier->ask(e->config.carrier->ctx, &ask);
}

void readings_turn(struct engine *e)
{
    struct live_reading *reading, *next;

    if (e->commits_in_doubt || !(engine_lease_is_good(e) || away_is_on(e)))
        return;
    HASH_ITER(hh, e->readings, reading, next) {
        if (reading->phase == READING_ANSWERED || reading->recorded_seq > e->confirmed_seq)
            continue;
        if (engine_steady_now(e) >= reading->deadline_at_ms)
            end_reading(e, reading, END_GAVE_UP, NULL, reading->error ? reading->error : "no answer in time");
        else if (reading->phase == READING_WAITING && engine_mono(e) >= reading->not_before_mono)
            ask(e, reading);
    }
}

int64_t readings_next_mono(const struct engine *e)
{
    int64_t next_mono = INT64_MAX;
    struct live_reading *reading, *tmp;

    HASH_ITER(hh, e->readings, reading, tmp) {
        int64_t at_mono = engine_mono(e) + (reading->deadline_at_ms - engine_steady_now(e));

        if (reading->phase == READING_ANSWERED || reading->recorded_seq > e->confirmed_seq)
            continue;
        if (reading->phase == READING_WAITING && reading->not_before_mono < at_mono)
            at_mono = reading->not_before_mono;
        next_mono = at_mono < next_mono ? at_mono : next_mono;
    }
    return next_mono;
}

void readings_clear(struct engine *e)
{
    struct live_reading *reading, *next;

    HASH_ITER(hh, e->readings, reading, next)
        readings_drop(e, reading);
}
