/* reload.c - the configuration's file is changed and read again: by a signal, because somebody asked for it, at a
 * start. What a server does with a file (bot/serve_reload.c) is done here with a book of books.h; then
 * engine_reconfigure takes it as in production.
 */
#include "tests/simulation/scenario_internal.h"

#include "bot/model/reload.h"
#include "policy/difference.h"

#include <stdlib.h>
#include <string.h>

#define COMMIT_LOOKS 40 /* a commit is seldom out: so often it is waited for */

static void take(struct instance *instance, const struct book *next, const char *operation, struct arena *arena,
                 struct reloaded *r)
{
    struct difference d = rights_difference(instance->book->rights, next->rights, arena);

    r->rights = difference_shown(d.rights, d.rights_count, arena, &r->rights_count);
    r->people = difference_shown(d.people, d.people_count, arena, &r->people_count);
    instance->book = next;
    ledger_configured(instance->scenario->ledger, instance->name, next, next->digests[instance->copy]);
    sim_carrier_reconfigure(instance->carrier, next->settings);
    engine_reconfigure(instance->engine,
                       &(struct engine_configuration){ .settings = next->settings,
                                                       .settings_digest = next->digests[instance->copy],
                                                       .policy = next->policy,
                                                       .rights = next->rights },
                       operation);
}

static void count(const struct instance *instance)
{
    struct scenario *s = instance->scenario;

    if (s->is_calm)
        return; /* that is no trouble any more */
    scenario_count(s, FAULT_RELOADED);
    if (sim_link_commits_out(instance->link) > 0)
        scenario_count(s, FAULT_RELOADED_COMMITTING);
    if (engine_status(instance->engine).phase == ENGINE_LOADING)
        scenario_count(s, FAULT_RELOADED_LOADING);
    if (instance->file == BOOK_COUNT)
        scenario_count(s, FAULT_RELOADED_BAD);
}

static void read_file(struct instance *instance, const char *operation, struct arena *arena, struct reloaded *r)
{
    struct scenario *s = instance->scenario;

    count(instance);
    if (instance->file == BOOK_COUNT) {
        *ARENA_PUSH(arena, r->errors, r->errors_count) = books_read_bad(arena);
    } else if (books_get(instance->file) == instance->book) {
        r->is_same = true; /* but a person may have mended what is behind it */
        sim_carrier_reconfigure(instance->carrier, instance->book->settings);
        engine_try_refused(instance->engine);
    } else {
        take(instance, books_get(instance->file), operation, arena, r);
    }
    story_tell(s->story, instance->name, "has read its file again: %s",
               r->errors_count > 0 ? r->errors[0] : instance->book->name);
}

void reload_read(void *arg, const char *operation, struct arena *arena, struct reloaded *ret_reloaded)
{
    struct instance *instance = arg;

    scenario_count(instance->scenario, FAULT_RELOADED_BY_REQUEST);
    read_file(instance, operation, arena, ret_reloaded);
}

void reload_start(struct instance *instance)
{
    if (instance->file == BOOK_COUNT || books_get(instance->file) == instance->book)
        return; /* it starts by no bad file: somebody has put the old one back */
    scenario_count(instance->scenario, FAULT_STARTED_OTHERWISE);
    instance->book = books_get(instance->file);
}

/* ---- by a signal ---- */

static void read_now(struct instance *instance)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct reloaded reloaded = { .errors = NULL };

    read_file(instance, NULL, arena, &reloaded);
}

struct signal { /* on its way */
    struct instance *instance;
    unsigned actor; /* to this life */
    int looks;      /* for a commit that is out */
    bool is_last;   /* it dies right behind it */
};

static void on_signal(void *arg)
{
    struct signal *signal = arg;
    struct instance *instance = signal->instance;
    struct scenario *s = instance->scenario;

    if (instance->actor != signal->actor || s->is_calm) {
        free(signal);
        return;
    }
    if (signal->looks > 0 && sim_link_commits_out(instance->link) == 0) {
        signal->looks--;
        scheduler_after(s->scheduler, scenario_draw(s, 1, 40), 0, on_signal, signal, free);
        return;
    }
    read_now(instance);
    if (signal->is_last)
        instance_doom_after(instance, scenario_draw(s, 0, 20));
    free(signal);
}

static void send_signal(struct instance *instance, int64_t delay_ms, int looks, bool is_last)
{
    struct signal *signal = xcalloc(1, sizeof(*signal));

    *signal = (struct signal){ instance, instance->actor, looks, is_last };
    scheduler_after(instance->scenario->scheduler, delay_ms, 0, on_signal, signal, free);
}

/* ---- files ---- */

/* What runs is often what a new rule is about. */
static enum book_name draw_file(struct scenario *s)
{
    enum book_name file = (enum book_name)scenario_draw(s, BOOK_USUAL, BOOK_COUNT);
    const char *id, *target;

    if (ledger_find_running(s->ledger, RUNNING_BAKING, &id, &target) && strcmp(target, "shop/staging") == 0 &&
        scenario_draw(s, 0, 3))
        return BOOK_DENIED;
    if (scenario_draw(s, 0, 7) == 0)
        return BOOK_COUNT;
    return file == BOOK_CLOSING ? s->usual : file; /* that one ends what stands */
}

void reload_soon(struct instance *instance, int64_t delay_ms)
{
    if (instance->scenario->is_calm)
        return;
    instance->file = draw_file(instance->scenario);
    send_signal(instance, delay_ms, 0, false);
}

/* Soon somebody puts it right. */
static void on_put_right(void *arg)
{
    struct scenario *s = arg;

    if (!s->is_calm)
        reload_all(s, s->usual);
}

void reload_trouble(struct scenario *s)
{
    enum book_name file = draw_file(s);
    bool is_for_all = scenario_draw(s, 0, 1);
    const struct instance *one = trouble_pick(s, true);
    bool is_told = scenario_draw(s, 0, 3) > 0; /* else its next start finds it, or who asks for it */

    for (size_t i = 0; i < s->instance_count; i++) {
        struct instance *instance = &s->instances[i];

        if (!is_for_all && instance != one)
            continue;
        instance->file = file;
        if (is_told && instance->engine)
            send_signal(instance, scenario_draw(s, 0, 500), scenario_draw(s, 0, 1) ? COMMIT_LOOKS : 0,
                        !s->is_gentle && scenario_draw(s, 0, 7) == 0);
    }
    story_tell(s->story, "operator", "writes a file: %s, for %s",
               file == BOOK_COUNT ? "a bad one" : books_get(file)->name,
               is_for_all ? "all"
               : one      ? one->name
                          : "nobody");
    scheduler_after(s->scheduler, scenario_draw(s, 2000, 40000), 0, on_put_right, s, NULL);
}

static void on_while_over(void *arg)
{
    struct scenario *s = arg;

    if (s->instances[0].file != BOOK_CLOSING)
        reload_all(s, s->is_calm ? BOOK_USUAL : s->usual);
}

void reload_for_a_while(struct scenario *s, enum book_name file)
{
    if (s->instances[0].file == BOOK_CLOSING)
        return;
    reload_all(s, file);
    scheduler_after(s->scheduler, scenario_draw(s, 25000, 50000), 0, on_while_over, s, NULL);
}

void reload_same(struct scenario *s)
{
    for (size_t i = 0; i < s->instance_count; i++)
        if (s->instances[i].engine)
            read_now(&s->instances[i]);
}

void reload_all(struct scenario *s, enum book_name file)
{
    for (size_t i = 0; i < s->instance_count; i++) {
        s->instances[i].file = file;
        if (s->instances[i].engine)
            read_now(&s->instances[i]);
    }
}
