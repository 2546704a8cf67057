/* targets.c - who may change what: claims, the line that waits, and the versions that were good. */
#include "bot/engine/internal.h"

#include "bot/model/card.h"

#include <string.h>

static struct target read_target(struct batch *b, const char *name)
{
    struct live_target *live = records_find_target(b->engine, name);
    struct target target = { .name = name, .schema = STORE_SCHEMA };

    return live ? live->record : (target.name = arena_strdup(b->arena, name), target);
}

static void write_target(struct batch *b, const struct target *target)
{
    const char *text = batch_print(b, &target_shape, target);
    struct error err;

    batch_put(b, STORE_TARGETS, target->name, text);
    engine_must(records_put_target(b->engine, text, &err) != NULL, b->engine, "target", &err);
}

static void grant(struct batch *b, const char *operation, const char *target)
{
    cJSON *body = json_object();

    json_set_string(body, "target", target);
    wishes_message(b, "engine", operation, MESSAGE_GRANTED, body);
    batch_journal(b, "target.granted", operation, NULL, body, NULL);
    cJSON_Delete(body);
}

static bool holds(const struct target *target, const char *operation)
{
    return target->holder && strcmp(target->holder, operation) == 0;
}

enum place_in_line { LINE_END, LINE_AHEAD, LINE_FIRST }; /* AHEAD: but behind a way back that waits */

/* How many stay in front of it. */
static size_t before_it(const struct target *target, enum place_in_line place)
{
    if (place == LINE_END)
        return target->waiting_count;
    for (size_t i = 0; place == LINE_AHEAD && target->way_back && i < target->waiting_count; i++)
        if (strcmp(target->waiting[i], target->way_back) == 0)
            return i + 1;
    return 0;
}

/* Whoever stands in the line already moves. */
static void line_up(struct batch *b, struct target *target, const char *operation, enum place_in_line place)
{
    size_t before = before_it(target, place), count = 0;
    const char **waiting = NULL;

    for (size_t i = 0; i < target->waiting_count; i++) {
        if (i == before)
            *ARENA_PUSH(b->arena, waiting, count) = operation;
        if (strcmp(target->waiting[i], operation) != 0)
            *ARENA_PUSH(b->arena, waiting, count) = arena_strdup(b->arena, target->waiting[i]);
    }
    if (before == target->waiting_count)
        *ARENA_PUSH(b->arena, waiting, count) = operation;
    target->waiting = waiting;
    target->waiting_count = count;
}

static void claim(struct batch *b, const char *operation, const char *name, enum place_in_line place)
{
    struct target target = read_target(b, name);

    if (holds(&target, operation))
        return;
    if (target.holder && !PLANTED(TARGET_SHARED)) {
        line_up(b, &target, operation, place);
    } else {
        target.holder = operation;
        grant(b, operation, name);
    }
    write_target(b, &target);
}

static bool stands_at(const struct target *target, const char *operation)
{
    for (size_t i = 0; i < target->waiting_count; i++)
        if (strcmp(target->waiting[i], operation) == 0)
            return true;
    return holds(target, operation);
}

static bool is_aside(const struct target *target, const struct live_operation *live)
{
    return live->machine && live->machine->stands_aside && !stands_at(target, live->record.id);
}

bool targets_is_full(const struct engine *e, const char *name)
{
    static const struct target nobodys = { 0 };
    const struct live_target *target = records_find_target(e, name);
    struct live_operation *live, *tmp;
    size_t count = 0;

    HASH_ITER(hh, e->operations, live, tmp)
        if (live->record.target && strcmp(live->record.target, name) == 0 && !operation_has_ended(&live->record) &&
            !is_aside(target ? &target->record : &nobodys, live))
            count++;
    return count >= TARGET_OPERATIONS_MAX;
}

void targets_claim(struct batch *b, const char *operation, const char *name, bool is_ahead)
{
    claim(b, operation, name, is_ahead ? LINE_AHEAD : LINE_END);
}

/* They were asked for before, and come to the target later, perhaps long after the way back is over. */
static void turn_away_who_come(struct batch *b, const struct target *target, const char *operation, const cJSON *body)
{
    struct live_operation *live, *next;

    HASH_ITER(hh, b->engine->operations, live, next) {
        const char *id = live->record.id;

        if (live->record.target && strcmp(live->record.target, target->name) == 0 && strcmp(id, operation) != 0 &&
            !stands_at(target, id) && !is_aside(target, live) && records_find_running(b->engine, id) &&
            !PLANTED(COMERS_KEPT))
            wishes_message(b, "engine", id, MESSAGE_YIELD, body);
    }
}

/* Nor does a group of before begin there what it has not asked for yet: view_find_later_way_back. */
static void note_way_back(struct batch *b, const char *operation, const char *name, int64_t at_ms)
{
    struct target target = read_target(b, name);

    target.way_back = operation;
    target.way_back_at_ms = at_ms;
    write_target(b, &target);
}

static cJSON *yield_body(const char *operation, const char *name, const char *version)
{
    cJSON *body = json_object();

    json_set_string(body, "target", name);
    json_set_string(body, "by", operation);
    json_set_string(body, "version", version);
    return body;
}

void targets_claim_first(struct batch *b, const char *operation, const char *name, const char *version)
{
    struct target target;
    cJSON *body = yield_body(operation, name, version);

    note_way_back(b, operation, name, engine_steady_now(b->engine));
    claim(b, operation, name, LINE_FIRST);
    target = read_target(b, name);
    if (!holds(&target, operation))
        wishes_message(b, "engine", target.holder, MESSAGE_YIELD, body);
    for (size_t i = 0; i < target.waiting_count; i++)
        if (strcmp(target.waiting[i], operation) != 0)
            wishes_message(b, "engine", target.waiting[i], MESSAGE_YIELD, body);
    turn_away_who_come(b, &target, operation, body);
    cJSON_Delete(body);
}

/* What a group asks for was asked for with the group. */
static int64_t asked_at_ms(const struct engine *e, const struct live_operation *live)
{
    const struct live_operation *parent = live;

    while (parent->record.parent && (parent = records_find_operation(e, parent->record.parent)) != NULL)
        live = parent;
    return live->record.created_at_ms;
}

void targets_turn_away(struct batch *b, const char *operation, const char *name, const char *version, int64_t at_ms)
{
    int64_t now_ms = engine_steady_now(b->engine);
    struct target target;
    cJSON *body = yield_body(operation, name, version);
    struct live_operation *live, *next;

    json_set_bool(body, "is_over", true);
    at_ms = at_ms < now_ms ? at_ms : now_ms;         /* its host's clock may be ahead */
    if (at_ms > read_target(b, name).way_back_at_ms) /* a later one keeps more away */
        note_way_back(b, operation, name, at_ms);
    target = read_target(b, name);
    HASH_ITER(hh, b->engine->operations, live, next) {
        const char *id = live->record.id;

        if (live->record.target && strcmp(live->record.target, name) == 0 && strcmp(id, operation) != 0 &&
            !is_aside(&target, live) && records_find_running(b->engine, id) && asked_at_ms(b->engine, live) < at_ms)
            wishes_message(b, "engine", id, MESSAGE_YIELD, body);
    }
    cJSON_Delete(body);
}

void targets_release(struct batch *b, const char *operation, const char *name)
{
    struct target target = read_target(b, name);
    const char **waiting = NULL, *next = NULL;
    size_t count = 0;
    bool was_holder = holds(&target, operation);

    if (!records_find_target(b->engine, name))
        return;
    for (size_t i = 0; i < target.waiting_count; i++) {
        const char *id = arena_strdup(b->arena, target.waiting[i]);

        if (strcmp(id, operation) == 0)
            continue;
        if (was_holder && !next)
            next = id;
        else
            *ARENA_PUSH(b->arena, waiting, count) = id;
    }
    target.waiting = waiting;
    target.waiting_count = count;
    if (was_holder)
        target.holder = next;
    write_target(b, &target);
    if (next)
        grant(b, next, arena_strdup(b->arena, name));
}

/* The newest is last; what was too many is the oldest. */
static void push_version(struct batch *b, struct target_version **versions, size_t *count,
                         const struct target_version *version)
{
    struct target_version *kept = NULL;
    size_t kept_count = 0, first = *count >= TARGET_VERSIONS_MAX ? *count - TARGET_VERSIONS_MAX + 1 : 0;

    for (size_t i = first; i < *count; i++)
        *ARENA_PUSH(b->arena, kept, kept_count) = (*versions)[i];
    *ARENA_PUSH(b->arena, kept, kept_count) = *version;
    *versions = kept;
    *count = kept_count;
}

/* Back to one of the stack: it is the newest again. False: no version of the stack ran there. */
static bool pop_to(struct target *target, const char *revision)
{
    for (size_t i = target->good_count; i > 0; i--) {
        if (text_equal(target->good[i - 1].revision, revision)) {
            target->good_count = i;
            return true;
        }
    }
    return false;
}

static void forgive(struct batch *b, struct target *target, const char *image)
{
    struct target_version *bad = NULL;
    size_t count = 0;

    for (size_t i = 0; i < target->bad_count; i++)
        if (!text_equal(target->bad[i].image, image))
            *ARENA_PUSH(b->arena, bad, count) = target->bad[i];
    target->bad = bad;
    target->bad_count = count;
}

/* A version that is returned to may have been left for a reason: only deploying it again clears its name. */
void targets_add_good(struct batch *b, const char *name, const struct outcome *out)
{
    struct target target = read_target(b, name);
    const struct target_version *version = out->good;
    bool is_return = out->is_return;

    if (!is_return)
        forgive(b, &target, version->image);
    if (target.good_count == 0 && out->before) /* the first one: what it took the place of was good enough until now */
        push_version(b, &target.good, &target.good_count, out->before);
    if (!is_return || !pop_to(&target, version->revision))
        push_version(b, &target.good, &target.good_count, version);
    target.doubt = NULL;
    write_target(b, &target);
}

void targets_add_bad(struct batch *b, const char *name, const struct target_version *version)
{
    struct target target = read_target(b, name);
    struct target_version *bad = NULL;
    size_t count = 0;

    for (size_t i = 0; i < target.bad_count; i++)
        if (!text_equal(target.bad[i].revision, version->revision))
            *ARENA_PUSH(b->arena, bad, count) = target.bad[i];
    target.bad = bad;
    target.bad_count = count;
    push_version(b, &target.bad, &target.bad_count, version);
    write_target(b, &target);
}

/* ---- ends ---- */

static struct target_end *find_end(struct target_end *ends, size_t count, const char *operation)
{
    for (size_t i = count; operation && i > 0; i--)
        if (text_equal(ends[i - 1].operation, operation))
            return &ends[i - 1];
    return NULL;
}

/* What was good was left; and of what was not known to be over, a good version that serves all is the end. The way back
 * may have left what an earlier one had failed to leave. */
static void settle_ends(struct target_end *ends, size_t count, const struct target_end *end)
{
    struct target_end *left = find_end(ends, count, end->left);

    if (left && left->is_way_back)
        left = find_end(ends, count, left->left);
    if (left && left->how == ENDED_GOOD) {
        left->how = ENDED_LEFT;
        left->left_at_ms = end->serves_at_ms;
    }
    for (size_t i = 0; i < count; i++)
        if ((ends[i].how == ENDED_BACK || ends[i].how == ENDED_IN_DOUBT) && ends[i].left_at_ms == 0)
            ends[i].left_at_ms = end->is_way_back ? end->serves_at_ms : end->ended_at_ms;
}

/* It is read by people alone; and so many of them stand in one record. */
static const char *cut_version(struct batch *b, const char *version)
{
    return version ? card_quote(str_of(version), TARGET_END_VERSION_BYTES, b->arena) : NULL;
}

void targets_add_end(struct batch *b, const char *name, const struct target_end *end)
{
    struct target target = read_target(b, name);
    size_t first = target.ends_count >= TARGET_ENDS_MAX ? target.ends_count - TARGET_ENDS_MAX + 1 : 0, count = 0;
    struct target_end *ends = NULL;

    if (PLANTED(END_NOT_KEPT))
        return;
    for (size_t i = first; i < target.ends_count; i++)
        *ARENA_PUSH(b->arena, ends, count) = target.ends[i];
    if (end->how == ENDED_GOOD && !end->is_aside)
        settle_ends(ends, count, end);
    *ARENA_PUSH(b->arena, ends, count) = *end;
    ends[count - 1].version = cut_version(b, end->version);
    target.ends = ends;
    target.ends_count = count;
    write_target(b, &target);
}

/* Its machine's words may be what crashed: this is what the records tell. */
void targets_add_stuck(struct batch *b, const struct operation *operation)
{
    const struct target_end end = {
        .operation = operation->id,
        .version = json_find_string(operation->body, "version"),
        .is_way_back = text_equal(read_target(b, operation->target).way_back, operation->id),
        .how = ENDED_IN_DOUBT,
        .asked_at_ms = operation->created_at_ms,
        .ended_at_ms = operation->ended_at_ms,
    };

    targets_add_end(b, operation->target, &end);
}

void targets_doubt(struct batch *b, const char *operation, const char *name)
{
    struct target target = read_target(b, name);

    target.doubt = operation;
    write_target(b, &target);
}
