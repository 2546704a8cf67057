#include "tests/simulation/scenario_internal.h"
#include "tests/simulation/sim_adoption.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <stdio.h>

#define QUIET_LOOK_MS (20 * SECOND_MS)
#define TIDY_LOOKS 4                /* after so many looks people do something about what still runs */
#define CATCH_UP_MS (3 * MINUTE_MS) /* the last delivery is on its way for one, and looked for after half of one */
#define QUIET_MAX_MS (4 * HOUR_MS)
#define STORY_LINES 60
#define KNOWN_SEEDS 60       /* those of plants.txt stay as they were when they found their faults */
#define STUCK_EVENTS 3000000 /* more in one scenario: something spins */

int64_t scenario_now_ms(const struct scenario *s)
{
    return scheduler_now_ms(s->scheduler);
}

void scenario_count(struct scenario *s, enum fault fault)
{
    s->weather.counts[fault]++;
}

int64_t scenario_draw(struct scenario *s, int64_t low, int64_t high)
{
    return dice_between(&s->dice, low, high);
}

static void on_trouble(void *arg)
{
    struct scenario *s = arg;

    if (s->is_calm)
        return;
    if (!s->is_lonely || scenario_draw(s, 0, 5) == 0)
        trouble_make(s);
    scheduler_after(s->scheduler, scenario_draw(s, 100, s->trouble_every_ms), 0, on_trouble, s, NULL);
}

static void on_typing(void *arg)
{
    struct scenario *s = arg;

    if (s->is_calm)
        return;
    people_act(s);
    if (scenario_draw(s, 0, 1) == 0)
        hooks_tell(s);
    if (s->has_releases && scenario_draw(s, 0, 3) == 0)
        releases_happen(s);
    if (scenario_draw(s, 0, 5) == 0)
        senders_tell(s);
    if (scenario_draw(s, 0, 2) > 0)
        market_act(s);
    if (scenario_draw(s, 0, 2) == 0)
        one_way_act(s);
    for (int64_t i = scenario_draw(s, 0, 5) ? 0 : scenario_draw(s, 1, 8); i > 0; i--) /* people come in groups */
        people_act(s);
    scheduler_after(s->scheduler, scenario_draw(s, 50, 6000), 0, on_typing, s, NULL);
}

static void on_copy(void *arg)
{
    struct scenario *s = arg;
    size_t at = s->copy_count % COPIES_MAX;

    if (s->is_calm)
        return;
    twin_destroy(s->copies[at].twin);
    s->copies[at] = (struct copy){ twin_copy(sim_store_twin(s->store)), twin_seq(sim_store_twin(s->store)) };
    s->copy_count++;
    scheduler_after(s->scheduler, scenario_draw(s, 2000, 20000), 0, on_copy, s, NULL);
}

/* ---- one seed ---- */

static void add_service(struct scenario *s, const struct cloud_run_driver *driver, const char *region)
{
    world_add_service(s->world, driver->project, region, driver->service, "us-docker.pkg.dev/acme/images/api@sha256:0",
                      scenario_draw(s, 0, 1) == 0);
}

/* All that the house deploys to. */
static void add_services(struct scenario *s)
{
    const struct settings *settings = s->house->settings;

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const struct cloud_run_driver *driver = settings->services[i].environments[k].driver.cloud_run;

            if (driver && driver->regions_count == 0)
                add_service(s, driver, driver->region);
            for (size_t r = 0; driver && r < driver->regions_count; r++)
                add_service(s, driver, driver->regions[r]);
        }
}

static void begin(struct scenario *s, uint64_t seed)
{
    static const char *const names[] = { "north", "south", "east" };
    struct twin *twin = sim_store_twin(s->store);

    twin_put(twin, STORE_META, "birth", "b1b2b3b4b5b6b7b8b9b0b1b2b3b4b5b6");
    twin_put(twin, STORE_META, "schema", "1");
    twin->watch = ledger_twin_watch(s->ledger);
    add_services(s);
    s->ending =
        scenario_draw(s, 0, 9) ? ENDING_QUIET : (enum ending)scenario_draw(s, ENDING_ROLLED_BACK, ENDING_FOREIGN);
    s->weather.breaks = 600;
    s->instance_count = (size_t)scenario_draw(s, 2, INSTANCES_MAX);
    s->storm_until_ms = scenario_draw(s, 120, 480) * SECOND_MS; /* a quarter of what the calm behind it costs */
    s->is_gentle = scenario_draw(s, 0, 1) == 0;
    s->has_one_way = scenario_draw(s, 0, 1) == 0;
    s->has_one_machine = scenario_draw(s, 0, 2) > 0;
    s->crash_per_mille = s->is_gentle ? 0 : scenario_draw(s, 0, 2);
    s->trouble_every_ms = scenario_draw(s, 1500, 14000);
    s->usual = scenario_draw(s, 0, 1) ? BOOK_USUAL : BOOK_FROZEN;
    s->has_releases = scenario_draw(s, 0, 2) == 0;
    s->responders = (struct dice){ seed * UINT64_C(0x9E3779B97F4A7C15) + 7 };
    s->has_incidents = dice_between(&s->responders, 0, 2) == 0;
    s->operators = (struct dice){ seed * UINT64_C(0x9E3779B97F4A7C15) + 11 };
    s->has_operators = dice_between(&s->operators, 0, 2) == 0;
    s->keepers = (struct dice){ seed * UINT64_C(0x9E3779B97F4A7C15) + 13 };
    s->has_keepers = seed > KNOWN_SEEDS && dice_between(&s->keepers, 0, 1) == 0;
    house_schedule(s->has_operators);
    for (size_t i = 0; i < s->instance_count; i++) {
        s->instances[i].scenario = s;
        s->instances[i].copy = scenario_draw(s, 0, 3) ? 0 : 1;
        s->instances[i].file = s->usual;
        s->instances[i].book = books_get(s->usual);
        snprintf(s->instances[i].name, sizeof(s->instances[i].name), "%s", names[i]);
        scheduler_after(s->scheduler, scenario_draw(s, 0, 3000), 0, instance_restart, &s->instances[i], NULL);
    }
    if (seed % 4 != 0) /* every fourth has good weather between its troubles */
        trouble_draw_weather(s);
    on_typing(s);
    on_copy(s);
    market_begin(s);
    stalk_begin(s);
    responders_begin(s);
    operators_begin(s);
    keepers_begin(s);
    scheduler_after(s->scheduler, scenario_draw(s, 1000, 15000), 0, on_trouble, s, NULL);
}

/* Between any two events: an instance with something on its way dies. */
static void maybe_crash(struct scenario *s)
{
    struct instance *instance;

    if (s->crash_per_mille == 0 || !dice_hit(&s->dice, s->crash_per_mille))
        return;
    instance = &s->instances[scenario_draw(s, 0, (int64_t)s->instance_count - 1)];
    if (instance->engine && (sim_link_commits_out(instance->link) > 0 || sim_carrier_attempts(instance->carrier) > 0 ||
                             engine_status(instance->engine).phase == ENGINE_STOPPING ||
                             engine_status(instance->engine).phase == ENGINE_LOADING))
        instance_crash(instance);
}

static bool run_until(struct scenario *s, int64_t until_ms, bool is_storm, uint64_t *events)
{
    while (scheduler_next_ms(s->scheduler) <= until_ms && ledger_is_good(s->ledger)) {
        scheduler_step(s->scheduler);
        if (is_storm)
            maybe_crash(s);
        if (++*events > STUCK_EVENTS)
            return false;
    }
    return true;
}

static bool is_quiet(struct scenario *s)
{
    const struct twin *twin = sim_store_twin(s->store);
    struct store_entries entries = { .safe_count = 0 };
    AUTO(arena) struct arena *arena = arena_create();
    const char *safe = twin_get(twin, STORE_META, "cursor:inbox:safe"),
               *inbox = twin_get(twin, STORE_META, "cursor:inbox");

    twin_read(twin, safe ? safe : "0-0", inbox ? inbox : "0-0", 1, arena, &entries);
    return entries.safe_count + entries.inbox_count + (twin->hashes[STORE_OPERATIONS].count - ledger_staying(s->ledger)) +
               twin->hashes[STORE_EFFECTS].count + twin->hashes[STORE_TIMERS].count +
               twin->hashes[STORE_MESSAGES].count ==
           0;
}

static void wait_for_quiet(struct scenario *s, uint64_t *events)
{
    int64_t until_ms = scenario_now_ms(s) + QUIET_MAX_MS;
    int quiet = 0, looks = 0;

    while (scenario_now_ms(s) < until_ms && quiet < 3 && ledger_is_good(s->ledger)) {
        if (!run_until(s, scenario_now_ms(s) + QUIET_LOOK_MS, false, events))
            return;
        quiet = is_quiet(s) ? quiet + 1 : 0;
        ledger_check_time(s->ledger);
        if (quiet == 0 && ++looks % TIDY_LOOKS == 0) {
            people_tidy(s);
            market_tidy(s);
            responders_tidy(s);
        }
    }
}

/* From when on GitHub's log is caught up with, by the record of whatever does it; INT64_MAX: nothing does. */
static int64_t caught_up_since_ms(const struct scenario *s)
{
    static const enum store_place places[] = { STORE_OPERATIONS, STORE_ENDED };
    const struct twin *twin = sim_store_twin(s->store);
    int64_t since_ms = -1;

    for (size_t p = 0; p < ARRAY_LEN(places); p++)
        for (size_t i = 0; i < twin->hashes[places[p]].count; i++) {
            AUTO_JSON cJSON *json = NULL;
            struct error ignored;
            int64_t at_ms;

            if (!json_parse(str_of(twin->hashes[places[p]].pairs[i].value), &json, &ignored) ||
                !str_is(str_of(json_find_string(json, "kind")), "watch.github"))
                continue;
            at_ms = json_find_int(cJSON_GetArrayItem(json_find(json, "body.logs"), 0), "known.since_ms", 0);
            at_ms = at_ms ? at_ms - WORLD_EPOCH_MS : INT64_MAX;
            since_ms = at_ms > since_ms ? at_ms : since_ms;
        }
    return since_ms < 0 ? INT64_MAX : since_ms;
}

/* What GitHub could not deliver comes from its log; then nobody wants to look there any more, and what stands ends,
 * too. */
static void catch_up(struct scenario *s, uint64_t *events)
{
    run_until(s, scenario_now_ms(s) + CATCH_UP_MS, false, events);
    if (ledger_is_good(s->ledger))
        ledger_check_deliveries(s->ledger, s->world, caught_up_since_ms(s));
    if (ledger_is_good(s->ledger))
        ledger_check_schedules(s->ledger);
    house_schedule(false);
    house_watch(false);
    reload_all(s, BOOK_CLOSING);
}

/* A clean handover at the end: what only an owner without doubts clears away goes too. */
static void hand_over(struct scenario *s, uint64_t *events)
{
    struct instance *owner = trouble_pick(s, true);

    stalk_end(s);
    if (owner && instance_is_owner(owner)) {
        story_tell(s->story, owner->name, "is asked to stop");
        engine_stop(owner->engine, 5 * SECOND_MS);
        instance_plan_turn(owner, 0);
    }
    run_until(s, scenario_now_ms(s) + 30 * SECOND_MS, false, events);
}

/* The store is another one: everybody has to notice, and to leave it alone. */
static void see_refusal(struct scenario *s, uint64_t *events, char *ret_complaint)
{
    run_until(s, scenario_now_ms(s) + 40 * SECOND_MS, false, events);
    for (size_t i = 0; i < s->instance_count; i++)
        if (s->instances[i].engine && engine_status(s->instances[i].engine).phase != ENGINE_REFUSED)
            snprintf(ret_complaint, 512, "a store that is not the known one is refused: %s goes on",
                     s->instances[i].name);
}

static void finish(struct scenario *s)
{
    for (size_t i = 0; i < s->instance_count; i++) {
        engine_destroy(s->instances[i].engine);
        sim_carrier_destroy(s->instances[i].carrier);
        notes_free(&s->instances[i]);
    }
    scheduler_destroy(s->scheduler);
    sim_store_destroy(s->store);
    world_destroy(s->world);
    ledger_destroy(s->ledger);
    story_destroy(s->story);
    for (size_t i = 0; i < s->connection_count; i++)
        free(s->connections[i].id);
    free(s->connections);
    for (size_t i = 0; i < COPIES_MAX; i++)
        twin_destroy(s->copies[i].twin);
}

static void add_totals(struct scenario *s, struct scenario_totals *totals)
{
    struct ledger_counts counts = ledger_counts(s->ledger);
    const struct logged_call *const *calls;

    totals->scenarios++;
    totals->virtual_ms += (uint64_t)scenario_now_ms(s);
    totals->counts.accepted += counts.accepted;
    totals->counts.operations += counts.operations;
    totals->counts.effects += counts.effects;
    totals->counts.commits += counts.commits;
    totals->counts.entries += counts.entries;
    for (size_t i = 0; i < DEED_COUNT; i++)
        totals->counts.deeds[i] += counts.deeds[i];
    totals->calls += world_calls(s->world, &calls);
}

bool scenario_run(const struct scenario_options *options, struct scenario_totals *totals, char *ret_complaint)
{
    struct scenario s = { .house = house_get(), .dice = { options->seed ^ UINT64_C(0x5DEECE66D) } };
    struct ledger_options ledger = { .effect_kinds = s.house->kinds, .effect_kinds_count = s.house->kinds_count };
    uint64_t events = 0;
    bool is_good, is_lost, is_adopted = false;

    house_watch(true);
    s.scheduler = scheduler_create(options->seed);
    s.story = story_create(s.scheduler, options->wants_story);
    s.weather.counts = totals->faults;
    ledger.scheduler = s.scheduler;
    ledger.story = s.story;
    s.ledger = ledger_create(&ledger);
    s.store = sim_store_create(s.scheduler, &s.weather, totals->branches);
    s.world = world_create(s.scheduler, &s.weather, ledger_world_watch(s.ledger));
    begin(&s, options->seed);
    ret_complaint[0] = '\0';

    if (run_until(&s, s.storm_until_ms, true, &events)) {
        if (scenario_draw(&s, 0, 3))
            trouble_sleep(&s); /* what bakes then comes to its end undisturbed */
        story_tell(s.story, "world", "from here on all is calm");
        s.is_calm = true;
        weather_calm(&s.weather);
        ledger_is_calm(s.ledger);
        trouble_end_full(&s);
        trouble_end_newer(&s);
        reload_all(&s, BOOK_USUAL);
        if (s.ending == ENDING_QUIET || !trouble_lose_store(&s)) {
            catch_up(&s, &events);
            if (scenario_draw(&s, 0, 3) > 0) {
                people_unhold(&s);
                if (scenario_draw(&s, 0, 1))
                    stalk_end(&s); /* what is deployed last is left in peace: there is something to go back to */
                people_deploy_others(&s);
                wait_for_quiet(&s, &events);
            }
            people_roll_back(&s);
            wait_for_quiet(&s, &events);
            hand_over(&s, &events);
            if (ledger_is_good(s.ledger))
                ledger_check_end(s.ledger, sim_store_twin(s.store));
            if (ledger_is_good(s.ledger))
                ledger_check_tags(s.ledger, s.world);
            if (ledger_is_good(s.ledger))
                ledger_check_deployments(s.ledger, s.world);
            s.ending = (enum ending)scenario_draw(&s, ENDING_ROLLED_BACK, ENDING_FOREIGN);
            is_lost = ledger_is_good(s.ledger) && trouble_lose_store(&s);
        } else {
            is_lost = true;
        }
        if (is_lost)
            see_refusal(&s, &events, ret_complaint);
        /* as long as all the rest of a scenario, twice: so not in each */
        is_adopted = is_lost && ret_complaint[0] == '\0' && ledger_is_good(s.ledger) && scenario_draw(&s, 0, 5) == 0;
        house_schedule(false);
        if (is_adopted)
            sim_adoption(&s, ret_complaint);
    }
    if (events > STUCK_EVENTS)
        snprintf(ret_complaint, 512, "everything comes to its end: %" PRIu64 " events, and no end", events);
    if (!is_adopted && !ledger_is_good(s.ledger))
        snprintf(ret_complaint, 512, "%s", ledger_complaint(s.ledger));
    is_good = ret_complaint[0] == '\0';
    if (options->wants_story && (!is_good || options->whole_story))
        story_print(s.story, options->whole_story ? SIZE_MAX : STORY_LINES);
    add_totals(&s, totals);
    finish(&s);
    return is_good;
}
