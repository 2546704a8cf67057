#include "bot/doors/refused.h"

#include "bot/base/time.h"
#include "bot/log.h"
#include "bot/model/refused.h"

#include <inttypes.h>
#include <string.h>

#define SOURCES_MAX 4
#define AGAIN_MS MINUTE_MS /* when the store did not take it */

struct source { /* a kind of sender */
    struct door_refused *all;
    const char *name, *advice;
    char why[200]; /* of the last one */
    int64_t times; /* not told yet */
    int64_t since_ms;
    int64_t out;       /* of them on their way */
    int64_t told_mono; /* 0: never */
    struct loop_timer *due;
};

struct door_refused {
    struct door *door;
    struct source sources[SOURCES_MAX];
};

struct door_refused *door_refused_create(struct door *door)
{
    struct door_refused *all = xcalloc(1, sizeof(*all));

    all->door = door;
    return all;
}

void door_refused_destroy(struct door_refused *all)
{
    if (!all)
        return;
    for (size_t i = 0; i < SOURCES_MAX; i++)
        loop_timer_cancel(all->sources[i].due);
    free(all);
}

static void on_due(void *arg);

static void hand_in_later(struct source *source, int64_t after_ms)
{
    if (!source->due && !source->out)
        source->due = loop_timer_start(source->all->door->options->loop, after_ms, on_due, source);
}

static void on_told(void *arg, enum arrival_is is, const char *why)
{
    struct source *source = arg;
    struct door *door = source->all->door;
    int64_t out = source->out;

    (void)why;
    source->out = 0;
    if (is != ARRIVAL_NEW && is != ARRIVAL_DUPLICATE) {
        hand_in_later(source, AGAIN_MS);
        return;
    }
    source->times -= out;
    source->told_mono = loop_now_ms(door->options->loop);
    source->since_ms = door->unix_ms(door->ctx);
    if (source->times > 0)
        hand_in_later(source, HOUR_MS);
}

/* Told of twice it is one: its count is of this instance, since then. */
static void on_due(void *arg)
{
    struct source *source = arg;
    struct door *door = source->all->door;
    AUTO(arena) struct arena *arena = arena_create();
    struct refused_webhooks refused = { .sender = source->name,
                                        .times = source->times,
                                        .since_ms = source->since_ms,
                                        .why = source->why,
                                        .advice = source->advice };
    AUTO_JSON cJSON *json = shape_to_json(&refused_webhooks_shape, &refused, SHAPE_WHOLE);
    const char *key = arena_printf(arena, "refused:%s:%s:%" PRId64, source->name, door->instance, source->since_ms);

    source->due = NULL;
    source->out = source->times;
    door_offer(door, NULL,
               &(struct arrival){ .source = REFUSED_SOURCE,
                                  .kind = REFUSED_KIND,
                                  .request_id = key,
                                  .keys = &key,
                                  .keys_count = 1,
                                  .is_fact = true,
                                  .body = json_print_in(arena, json) },
               on_told, source);
    ingress_flush(door->ingress); /* no pass over the connections follows that would do it */
}

static struct source *get(struct door_refused *all, const char *name)
{
    size_t i = 0;

    while (i < SOURCES_MAX - 1 && all->sources[i].name && strcmp(all->sources[i].name, name) != 0)
        i++;
    all->sources[i].all = all;
    all->sources[i].name = name;
    return &all->sources[i];
}

void door_refused_one(struct door_refused *all, const char *source, const char *why, const char *advice)
{
    struct source *of = get(all, source);
    struct door *door = all->door;
    int64_t now_mono = loop_now_ms(door->options->loop), after_ms = door->options->alarm_after_ms;

    if (!after_ms)
        return;
    if (of->times++ == 0)
        of->since_ms = door->unix_ms(door->ctx);
    of->advice = advice;
    snprintf(of->why, sizeof(of->why), "%s", why);
    if (of->told_mono && of->told_mono + HOUR_MS - now_mono > after_ms)
        after_ms = of->told_mono + HOUR_MS - now_mono;
    hand_in_later(of, after_ms);
}
