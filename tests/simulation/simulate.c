/* simulate.c - runs scenarios: `simulate --seeds 1..1000|new [--plant NAME] [--story] [--seconds N]
 * [--check-coverage] [--jobs N]`. */
#include "bot/model/plant.h"
#include "tests/simulation/scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COVERAGE_MIN 100
#define JOBS_MAX 64
#define PATIENCE                                                                                                       \
    10 /* times --seconds: a hang of the whole run, and no measure of anything. Who waits for coverage waits for       \
          counts; a slow or busy machine takes longer for them, and must not fail for that */

struct arguments {
    uint64_t first, last;
    int64_t seconds; /* 0: no limit */
    int64_t jobs;
    bool is_story, checks_coverage, is_quiet, lists_plants;
};

static const struct {
    const char *name, *about;
} plants[PLANT_COUNT] = { { "NONE", "nothing" },
#define PLANT_ROW(name, about) { #name, about },
                          PLANTS(PLANT_ROW)
#undef PLANT_ROW
};

static int usage(void)
{
    fprintf(stderr,
            "usage: simulate --seeds A..B|new [--plant NAME] [--story] [--seconds N] [--check-coverage] [--quiet]\n"
            "                [--jobs N]\n"
            "       simulate --list-plants\n");
    return 2;
}

static bool parse_seeds(const char *text, struct arguments *arguments)
{
    struct str rest = str_of(text), first = str_take_until(&rest, '.');
    struct error ignored;
    int64_t low, high;

    if (strcmp(text, "new") == 0) { /* seeds that nobody has tried yet; the first is told at the end */
        arguments->first = (uint64_t)time(NULL) * 1000;
        arguments->last = UINT64_MAX;
        return true;
    }
    if (!parse_int(first, 0, INT64_MAX, &low, &ignored))
        return false;
    high = low;
    if (rest.len > 0 && (!str_take_prefix(&rest, ".") || !parse_int(rest, low, INT64_MAX, &high, &ignored)))
        return false;
    arguments->first = (uint64_t)low;
    arguments->last = (uint64_t)high;
    return true;
}

static bool plant_it(const char *name)
{
    for (size_t i = 0; i < PLANT_COUNT; i++)
        if (strcmp(plants[i].name, name) == 0) {
            planted = (enum plant)i;
            return true;
        }
    return false;
}

static bool parse_arguments(int argc, char **argv, struct arguments *arguments)
{
    struct error ignored;

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "--story") == 0)
            arguments->is_story = true;
        else if (strcmp(argv[i], "--check-coverage") == 0)
            arguments->checks_coverage = true;
        else if (strcmp(argv[i], "--quiet") == 0)
            arguments->is_quiet = true;
        else if (strcmp(argv[i], "--list-plants") == 0)
            arguments->lists_plants = true;
        else if (strcmp(argv[i], "--seeds") == 0 && parse_seeds(value, arguments))
            i++;
        else if (strcmp(argv[i], "--plant") == 0 && plant_it(value))
            i++;
        else if (strcmp(argv[i], "--seconds") == 0 && parse_int(str_of(value), 1, 86400, &arguments->seconds, &ignored))
            i++;
        else if (strcmp(argv[i], "--jobs") == 0 && parse_int(str_of(value), 1, JOBS_MAX, &arguments->jobs, &ignored))
            i++;
        else
            return false;
    }
    return arguments->lists_plants || arguments->last > 0;
}

static int64_t real_ms(void) /* for --seconds and the rate alone: no scenario ever sees it */
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is so dear that fewer of it have to do. */
static const struct {
    enum deed deed;
    uint64_t least;
    const char *why;
} dear[] = {
    { DEED_STORE_ADOPTED, 40, "one takes as long as a whole scenario" },
    { DEED_IRREVERSIBLE_KEPT, 20, "somebody has to want it back while it serves" },
    { DEED_PARKED, 30, "it takes a refused credential just when something is to be shown" },
    { DEED_FREED, 30, "and that it is mended before a newer one takes its place" },
    { DEED_HANDED_OVER, 5, "it takes a lock that stands, and somebody else who may have it" },
};

static uint64_t least_of(enum deed deed, const char **ret_why)
{
    *ret_why = NULL;
    for (size_t i = 0; i < ARRAY_LEN(dear); i++)
        if (dear[i].deed == deed) {
            *ret_why = dear[i].why;
            return dear[i].least;
        }
    return COVERAGE_MIN;
}

static bool tell_count(const char *about, uint64_t count, uint64_t least)
{
    printf("  %10" PRIu64 "  %s%s\n", count, about, count < least ? "   <-- too rare" : "");
    return count >= least;
}

static bool tell_deed(enum deed deed, uint64_t count)
{
    const char *why;
    uint64_t least = least_of(deed, &why);

    if (why)
        printf("              %" PRIu64 " of the next will do: %s\n", least, why);
    return tell_count(deed_names[deed], count, least);
}

/* False: something that has to happen did not happen often enough. */
static bool tell_totals(const struct scenario_totals *totals, int64_t took_ms)
{
    bool is_enough = true;

    printf("%" PRIu64 " scenarios, %" PRIu64 " operations, %" PRIu64 " inputs, %" PRIu64 " effects, %" PRIu64
           " commits, %" PRIu64 " calls in %" PRIu64 " h of virtual time; %.1f s, %.0f operations/s\n",
           totals->scenarios, totals->counts.operations, totals->counts.accepted, totals->counts.effects,
           totals->counts.commits, totals->calls, totals->virtual_ms / 3600000, (double)took_ms / 1000,
           (double)totals->counts.operations * 1000 / (double)(took_ms > 0 ? took_ms : 1));
    printf("faults\n");
    for (size_t i = 0; i < FAULT_COUNT; i++)
        is_enough = tell_count(fault_names[i], totals->faults[i], COVERAGE_MIN) && is_enough;
    printf("what was done\n");
    for (size_t i = 0; i < DEED_COUNT; i++)
        is_enough = tell_deed((enum deed)i, totals->counts.deeds[i]) && is_enough;
    printf("branches of the store's scripts\n");
    for (size_t i = 0; i < TWIN_BRANCH_COUNT; i++)
        if (twin_branches[i].is_simulated || totals->branches[i] > 0)
            is_enough = tell_count(twin_branches[i].about, totals->branches[i],
                                   twin_branches[i].is_simulated ? COVERAGE_MIN : 0) &&
                        is_enough;
    return is_enough;
}

static void tell_failure(uint64_t seed, const char *complaint, bool is_quiet)
{
    struct scenario_totals scratch = { .scenarios = 0 };
    struct scenario_options again = { .seed = seed, .wants_story = true };
    char same[512];

    printf("seed %" PRIu64 "%s%s: %s\n", seed, planted ? " with " : "", planted ? plants[planted].name : "", complaint);
    if (is_quiet && planted) /* why it broke is known */
        return;
    scenario_run(&again, &scratch, same);
    printf("replay: simulate --seeds %" PRIu64 "..%" PRIu64 " --story%s%s\n", seed, seed, planted ? " --plant " : "",
           planted ? plants[planted].name : "");
    if (strcmp(same, complaint) != 0)
        printf("IT DID NOT REPLAY: the second time it was \"%s\"\n", same);
}

/* ---- several processes, each with every so manieth seed ---- */

struct shared { /* each writes its own; all read, and nobody minds to be a scenario late */
    struct scenario_totals totals[JOBS_MAX];
    bool is_over; /* somebody has found something */
};

static struct scenario_totals sum_of(const struct shared *shared, int64_t jobs)
{
    struct scenario_totals sum = { .scenarios = 0 };

    for (int64_t i = 0; i < jobs; i++) {
        const struct scenario_totals *one = &shared->totals[i];

        sum.scenarios += one->scenarios;
        sum.virtual_ms += one->virtual_ms;
        sum.calls += one->calls;
        sum.counts.accepted += one->counts.accepted;
        sum.counts.operations += one->counts.operations;
        sum.counts.effects += one->counts.effects;
        sum.counts.commits += one->counts.commits;
        sum.counts.entries += one->counts.entries;
        for (size_t k = 0; k < FAULT_COUNT; k++)
            sum.faults[k] += one->faults[k];
        for (size_t k = 0; k < DEED_COUNT; k++)
            sum.counts.deeds[k] += one->counts.deeds[k];
        for (size_t k = 0; k < TWIN_BRANCH_COUNT; k++)
            sum.branches[k] += one->branches[k];
    }
    return sum;
}

static bool is_covered(const struct scenario_totals *totals)
{
    const char *ignored;

    for (size_t i = 0; i < FAULT_COUNT; i++)
        if (totals->faults[i] < COVERAGE_MIN)
            return false;
    for (size_t i = 0; i < DEED_COUNT; i++)
        if (totals->counts.deeds[i] < least_of((enum deed)i, &ignored))
            return false;
    for (size_t i = 0; i < TWIN_BRANCH_COUNT; i++)
        if (twin_branches[i].is_simulated && totals->branches[i] < COVERAGE_MIN)
            return false;
    return true;
}

/* On a slow machine coverage gets more time before it is called missing. */
static bool is_time_over(const struct arguments *arguments, const struct scenario_totals *totals, int64_t took_ms)
{
    int64_t limit_ms = arguments->seconds * 1000;

    if (!limit_ms || took_ms <= limit_ms)
        return false;
    return !arguments->checks_coverage || is_covered(totals) || took_ms > limit_ms * PATIENCE;
}

/* False: a scenario was not good; that was told. */
static bool run_seeds(const struct arguments *arguments, struct shared *shared, int64_t job, int64_t began_ms)
{
    for (uint64_t seed = arguments->first + (uint64_t)job; seed <= arguments->last && !shared->is_over;
         seed += (uint64_t)arguments->jobs) {
        struct scenario_options options = { .seed = seed,
                                            .wants_story = arguments->is_story,
                                            .whole_story = arguments->is_story };
        struct scenario_totals all;
        char complaint[512];
        bool is_good = scenario_run(&options, &shared->totals[job], complaint);

        all = sum_of(shared, arguments->jobs);
        if (!is_good) {
            shared->is_over = true;
            tell_failure(seed, complaint, arguments->is_quiet);
            printf("found after %" PRIu64 " scenarios, %.1f s\n", all.scenarios, (double)(real_ms() - began_ms) / 1000);
            return false;
        }
        if (is_time_over(arguments, &all, real_ms() - began_ms))
            break;
    }
    return true;
}

/* The first does its share here, the others in processes of their own. */
static bool run_all(const struct arguments *arguments, struct shared *shared, int64_t began_ms)
{
    bool is_good = true;
    int status;

    fflush(stdout);
    for (int64_t job = 1; job < arguments->jobs; job++) {
        pid_t child = fork();

        if (child < 0)
            return false;
        if (child == 0) {
            is_good = run_seeds(arguments, shared, job, began_ms);
            fflush(stdout);
            _exit(is_good ? 0 : 1);
        }
    }
    is_good = run_seeds(arguments, shared, 0, began_ms);
    for (int64_t job = 1; job < arguments->jobs; job++)
        is_good = wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && is_good;
    return is_good;
}

int main(int argc, char **argv)
{
    struct arguments arguments = { .first = 1, .jobs = 1 };
    struct scenario_totals totals;
    int64_t began_ms = real_ms();
    struct shared *shared;
    bool is_enough;

    if (!parse_arguments(argc, argv, &arguments))
        return usage();
    for (size_t i = 1; arguments.lists_plants && i < PLANT_COUNT; i++)
        printf("%-24s %s\n", plants[i].name, plants[i].about);
    if (arguments.lists_plants)
        return 0;
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || !run_all(&arguments, shared, began_ms))
        return 1;
    totals = sum_of(shared, arguments.jobs);
    munmap(shared, sizeof(*shared));
    printf("seeds from %" PRIu64 " on: all is good\n", arguments.first);
    is_enough = arguments.is_quiet || tell_totals(&totals, real_ms() - began_ms);
    return arguments.checks_coverage && !is_enough ? 1 : 0;
}
