#include "tests/simulation/sim_adoption.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NEW_BIRTH "a0a1a2a3a4a5a6a7a8a9a0a1a2a3a4a5"
#define SEEN_MS (90 * SECOND_MS) /* every instance is back, and has looked, by then */
#define AFTER_MS (10 * MINUTE_MS)
#define REQUESTS 6

struct adopting {
    struct scenario *s;
    struct twin *twin; /* the store's */
    struct arena *arena;
    char *complaint;
    int64_t n;     /* of the adoption */
    int64_t seen;  /* highest number of an operation that anybody has seen in any store */
    int64_t stood; /* highest one of the copy, as it came */
    size_t calls_before;
    uint64_t killed; /* how many had been, by what they decided, when all were back */
};

static void complain(struct adopting *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void complain(struct adopting *a, const char *fmt, ...)
{
    va_list args;

    if (a->complaint[0])
        return;
    va_start(args, fmt);
    vsnprintf(a->complaint, 512, fmt, args);
    va_end(args);
}

static void run_for(struct adopting *a, int64_t for_ms)
{
    int64_t until_ms = scenario_now_ms(a->s) + for_ms;

    while (!a->complaint[0] && scheduler_next_ms(a->s->scheduler) <= until_ms)
        scheduler_step(a->s->scheduler);
}

static int64_t number(const struct adopting *a, const char *field)
{
    const char *text = twin_get(a->twin, STORE_META, field);
    struct error ignored;
    int64_t value = 0;

    if (text)
        parse_int(str_of(text), 0, INT64_MAX, &value, &ignored);
    return value;
}

/* ---- the operator: what adopt.lua does ---- */

static const struct instance *pick_data_dir(struct adopting *a)
{
    size_t first = (size_t)scenario_draw(a->s, 0, (int64_t)a->s->instance_count - 1);

    for (size_t i = 0; i < a->s->instance_count; i++) {
        const struct instance *instance = &a->s->instances[(first + i) % a->s->instance_count];

        if (instance->memory.birth[0])
            return instance;
    }
    return NULL;
}

static bool adopt(struct adopting *a)
{
    const struct instance *instance = pick_data_dir(a);
    const struct engine_memory *known = instance ? &instance->memory : NULL;
    const char *birth = twin_get(a->twin, STORE_META, "birth");

    if (!known || (birth && strcmp(birth, known->birth) == 0 && number(a, "seq") >= known->seq && !known->adoption))
        return false; /* that data_dir had not seen what is lost: to it this is its store, and it joins */
    a->n = WORLD_EPOCH_MS + scenario_now_ms(a->s);
    story_tell(a->s->story, "operator", "adopts the store at seq %" PRId64 ", with the data_dir of %s",
               number(a, "seq"), instance->name);
    if (!birth)
        twin_put(a->twin, STORE_META, "birth", NEW_BIRTH);
    twin_put(a->twin, STORE_META, "adopted",
             arena_printf(a->arena,
                          "{\"n\":%" PRId64 ",\"at\":%" PRId64 ",\"by\":\"ann\",\"over_seq\":%" PRId64
                          ",\"seq\":%" PRId64 ",\"operations\":%" PRId64 ",\"over\":\"%s\",\"others\":[]}",
                          a->n, sim_store_unix_ms(a->s->store), known->seq, number(a, "seq"), known->operations,
                          known->birth));
    return true;
}

static void confirm(struct adopting *a)
{
    if (number(a, "adopted:journalled") < a->n)
        complain(a, "an adoption stands in the journal: nobody has written it in %d s", (int)(SEEN_MS / SECOND_MS));
    story_tell(a->s->story, "operator", "confirms it");
    twin_put(a->twin, STORE_META, "confirmed",
             arena_printf(a->arena, "{\"n\":%" PRId64 ",\"at\":%" PRId64 ",\"by\":\"ann\"}", a->n,
                          sim_store_unix_ms(a->s->store)));
}

/* ---- what must hold ---- */

static void check_observing(struct adopting *a, bool wanted)
{
    size_t owners = 0;

    for (size_t i = 0; i < a->s->instance_count; i++) {
        const struct instance *instance = &a->s->instances[i];
        struct engine_status status;

        if (!instance->engine)
            continue;
        status = engine_status(instance->engine);
        owners += status.phase == ENGINE_OWNER;
        if (status.phase == ENGINE_REFUSED)
            complain(a, "an adopted store is everybody's: %s refuses it, %s", instance->name, status.why);
        else if (status.is_observing != wanted)
            complain(a, "a store is observed from its adoption to its confirmation: %s %s", instance->name,
                     wanted ? "does not" : "still does");
    }
    if (owners != 1)
        complain(a, "an adopted store has one owner: %zu", owners);
}

/* Was it begun, as a way back, while this adoption was observed? */
static bool is_way_back(const struct adopting *a, const char *outside_id)
{
    static const enum store_place places[] = { STORE_OPERATIONS, STORE_ENDED };

    for (size_t p = 0; outside_id && p < ARRAY_LEN(places); p++)
        for (size_t i = 0; i < a->twin->hashes[places[p]].count; i++) {
            struct error ignored;
            const cJSON *json = json_parse_in(a->arena, str_of(a->twin->hashes[places[p]].pairs[i].value), &ignored);
            const char *id = json_find_string(json, "outside_id");

            if (id && strcmp(id, outside_id) == 0)
                return json_find_int(json, "adoption", 0) == a->n;
        }
    return false;
}

static bool waits_for_confirm(const struct adopting *a, const char *kind)
{
    for (size_t i = 0; kind && i < a->s->house->kinds_count; i++)
        if (strcmp(a->s->house->kinds[i].name, kind) == 0)
            return a->s->house->kinds[i].waits_for_confirm;
    return false;
}

/* Since the adoption nothing has left that has to wait for the confirmation, but of a way back. */
static void check_calls(struct adopting *a)
{
    const struct logged_call *const *calls;
    size_t count = world_calls(a->s->world, &calls);

    for (size_t i = a->calls_before; i < count; i++)
        if (calls[i]->sender.effect && waits_for_confirm(a, calls[i]->sender.kind) && calls[i]->change &&
            !is_way_back(a, calls[i]->sender.operation))
            complain(a, "nothing but the way back is changed while a store is observed: %s %s %s",
                     calls[i]->sender.instance, calls[i]->method, calls[i]->url);
}

static void check_numbers(struct adopting *a)
{
    static const enum store_place places[] = { STORE_OPERATIONS, STORE_ENDED };
    struct error ignored;

    for (size_t p = 0; p < ARRAY_LEN(places); p++)
        for (size_t i = 0; i < a->twin->hashes[places[p]].count; i++) {
            struct str id = str_of(a->twin->hashes[places[p]].pairs[i].field);
            int64_t value;

            if (str_take_prefix(&id, "D") && parse_int(id, 1, INT64_MAX, &value, &ignored) && value > a->stood &&
                value <= a->seen)
                complain(a, "no number is given twice: D%" PRId64 " is, and people have seen D%" PRId64, value,
                         a->seen);
        }
}

static void check_decided(struct adopting *a)
{
    const char *safe = twin_get(a->twin, STORE_META, "cursor:inbox:safe"),
               *inbox = twin_get(a->twin, STORE_META, "cursor:inbox");
    struct store_entries entries = { .safe_count = 0 };

    twin_read(a->twin, safe ? safe : "0-0", inbox ? inbox : "0-0", 1, a->arena, &entries);
    if (entries.safe_count + entries.inbox_count > 0)
        complain(a, "whatever an adopted store has accepted is decided: some of it still waits");
}

/* ---- one adoption ---- */

static void ask(struct adopting *a)
{
    for (int i = 0; i < REQUESTS && !a->complaint[0]; i++) {
        people_act(a->s);
        run_for(a, scenario_draw(a->s, 100, 8000));
    }
}

/* What was asked may kill whoever decides it: then the store is nobody's until it is back, or another one takes over.
 */
static void let_return(struct adopting *a)
{
    while (!a->complaint[0] && a->killed != a->s->weather.counts[FAULT_POISONED]) {
        a->killed = a->s->weather.counts[FAULT_POISONED];
        run_for(a, SEEN_MS);
    }
}

/* False: it came to no adoption. */
static bool play(struct adopting *a)
{
    const struct logged_call *const *calls;

    a->twin = sim_store_twin(a->s->store);
    a->stood = number(a, "last:operation");
    a->killed = a->s->weather.counts[FAULT_POISONED];
    a->calls_before = world_calls(a->s->world, &calls);
    if (!adopt(a))
        return false;
    run_for(a, SEEN_MS);
    let_return(a);
    check_observing(a, true);
    ask(a);
    run_for(a, scenario_draw(a->s, 0, 5) * MINUTE_MS);
    let_return(a);
    check_observing(a, true);
    check_calls(a);
    confirm(a);
    run_for(a, 10 * SECOND_MS);
    let_return(a);
    check_observing(a, false);
    ask(a);
    run_for(a, AFTER_MS);
    check_numbers(a);
    check_decided(a);
    a->seen = number(a, "last:operation") > a->seen ? number(a, "last:operation") : a->seen;
    ledger_adopted(a->s->ledger);
    return true;
}

void sim_adoption(struct scenario *s, char *ret_complaint)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO(twin) struct twin *copy = twin_copy(sim_store_twin(s->store));
    struct adopting a = { .s = s, .arena = arena, .complaint = ret_complaint, .seen = s->numbers_seen };

    sim_store_twin(s->store)->watch = (struct twin_watch){ .ctx = NULL };
    if (!play(&a) || ret_complaint[0])
        return;
    story_tell(s->story, "store", "IS LOST AGAIN: the same copy comes back");
    copy->now_ms = sim_store_twin(s->store)->now_ms;
    sim_store_replace(s->store, TAKE(copy));
    run_for(&a, SEEN_MS);
    play(&a);
}
