/* bench_judge.c - whom does a judge stop, and how many requests are hurt before it does? Opsgate's beside others', over
 * a grid of services and faults, on the same simulated requests. bench_judge [RUNS [CELLS]]: CELLS is a part of
 * their names, "1000/min" */
#include "tests/bench/judge/rivals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET 0.01
#define RIVALS_MAX 16
#define CELLS_MAX 100
/* Requests a minute: with fewer, no limit lets a rival stop 1 % of the healthy ones at most and still find any. */
#define LOAD_MIN 100

struct ending {
    enum answer answer; /* STOP, HOLD, or STEP_IS_OVER of the last one */
    double seconds, hurt;
};
struct tally {
    int runs, stopped, held;
    double *seconds, *hurt; /* of the stopped; of all */
};

static const double shares[STEPS] = { 0.05, 0.25, 0.5, 1 };

/* ---- the grid ---- */

static struct cell cells[CELLS_MAX];
static size_t cells_count;
static char names[CELLS_MAX][80];
static const char *wanted = ""; /* of their names */

static struct cell *add_cell(double a_minute, double canary)
{
    struct cell *cell = &cells[cells_count];

    *cell = (struct cell){ .a_minute = a_minute, .canary = canary, .baseline = 0.001, .slow = 0.03 };
    cell->is_healthy = canary <= ERROR_LIMIT;
    cell->name = names[cells_count++];
    return cell;
}

static void name_cell(const struct cell *cell, const char *what)
{
    snprintf(names[cell - cells], sizeof(names[0]), "%.0f/min, %.1f %% fail%s%s", cell->a_minute, 100 * cell->canary,
             what[0] ? ", " : "", what);
}

static void make_grid(void)
{
    static const double loads[] = { 1, 10, 100, 1000, 10000 }, rates[] = { 0, 0.001, 0.005, 0.01, 0.05, 0.2 };

    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
        for (size_t k = 0; k < sizeof(loads) / sizeof(loads[0]); k++)
            name_cell(add_cell(loads[k], rates[i]), "");
    for (size_t k = 2; k < sizeof(loads) / sizeof(loads[0]); k++) {
        struct cell *fails_too = add_cell(loads[k], 0.005), *bursts = add_cell(loads[k], 0.001),
                    *at_limit = add_cell(loads[k], 0.001), *slow = add_cell(loads[k], 0.001),
                    *late = add_cell(loads[k], 0.05), *hangs = add_cell(loads[k], 0.001);

        fails_too->baseline = 0.005, name_cell(fails_too, "the baseline too");
        bursts->bursts = 2, name_cell(bursts, "bursts at both, 2 an hour");
        at_limit->slow = SLOW_LIMIT, name_cell(at_limit, "5 % slow, the limit");
        slow->slow = 0.2, slow->is_healthy = false, name_cell(slow, "20 % slow");
        hangs->hangs = true, hangs->is_healthy = false, name_cell(hangs, "but all hang");
        late->bad_from = 0.25, name_cell(late, "from 25 % of the traffic on");
    }
}

/* ---- one rollout ---- */

static struct ending roll_out(const struct cell *cell, const struct rival *rival, uint64_t run, double strictness)
{
    static struct watched watched;
    struct ending ending = { .answer = GO_ON };

    watched.count = 0;
    watched.failed_checks = watched.good_checks = 0;
    watched.strictness = strictness;
    for (watched.step = 0; watched.step < STEPS; watched.step++) {
        watched.step_from = watched.count;
        watched.share = shares[watched.step];
        rival->begin_step(rival, &watched);
        do {
            const struct slice *slice = &watched.slices[watched.count];

            watched.slices[watched.count] = stream_slice(cell, run, watched.count, watched.share);
            watched.count++;
            ending.hurt +=
                slice->canary.errors + slice->canary.hung + (cell->slow > SLOW_LIMIT ? slice->canary.slow : 0);
            ending.answer = (int64_t)(watched.count - watched.step_from) * SLICE_MS % rival->look_ms == 0
                                ? rival->look(rival, &watched)
                                : GO_ON;
            if (ending.answer == GO_ON && (int64_t)(watched.count - watched.step_from) * SLICE_MS >= STEP_MAX_MS)
                ending.answer = HOLD;
        } while (ending.answer == GO_ON);
        if (ending.answer != STEP_IS_OVER)
            break;
    }
    ending.seconds = (double)watched.count * SLICE_MS / 1000;
    return ending;
}

static struct tally play(const struct cell *cell, const struct rival *rival, int runs, double strictness)
{
    struct tally tally = { .runs = runs };

    tally.seconds = calloc((size_t)runs, sizeof(*tally.seconds));
    tally.hurt = calloc((size_t)runs, sizeof(*tally.hurt));
    if (!tally.seconds || !tally.hurt)
        abort();
    for (int run = 0; run < runs; run++) {
        struct ending ending =
            roll_out(cell, rival, (uint64_t)run + 1 + (uint64_t)(cell - cells) * 1000003, strictness);

        tally.hurt[run] = ending.hurt;
        tally.held += ending.answer == HOLD;
        if (ending.answer == STOP)
            tally.seconds[tally.stopped++] = ending.seconds;
    }
    return tally;
}

static void forget(struct tally *tally)
{
    free(tally->seconds);
    free(tally->hurt);
}

/* ---- figures ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(double *values, int count, double q)
{
    if (count == 0)
        return NAN;
    qsort(values, (size_t)count, sizeof(*values), compare);
    return values[(int)((count - 1) * q)];
}

static double mean(const double *values, int count)
{
    double sum = 0;

    for (int i = 0; i < count; i++)
        sum += values[i];
    return sum / count;
}

static double binomial_upto(int x, int n, double p)
{
    double sum = 0;

    for (int k = 0; k <= x; k++)
        sum += exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) + (n - k) * log1p(-p));
    return sum;
}

/* The upper end of the 95 % interval (Clopper, Pearson 1934): 2.5 % of such counts come at or below x there. */
static double at_most(int x, int n)
{
    double low = (double)x / n, high = 1;

    if (x >= n)
        return 1;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;

        if (binomial_upto(x, n, middle) > 0.025)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* ---- tables ---- */

/* How much laxer a rival's limits have to be so that it stops no more healthy rollouts than the budget allows: the
 * smallest of some factors; 0: none of them does. */
static double tune(const struct rival *rival, int runs, bool has_bursts)
{
    static const double factors[] = {
        1, 1.1, 1.2, 1.35, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6.5, 8, 10, 12, 16, 20, 30, 40, 80
    };

    for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
        bool is_within = true;

        for (size_t c = 0; c < cells_count && is_within; c++) {
            struct tally tally;

            if (cells[c].bursts > 0 && !has_bursts)
                continue;
            if (!cells[c].is_healthy || cells[c].a_minute < LOAD_MIN)
                continue;
            tally = play(&cells[c], rival, runs, factors[i]);
            is_within = tally.stopped <= runs * BUDGET;
            forget(&tally);
        }
        if (is_within)
            return factors[i];
    }
    return 0;
}

static bool is_shown(const struct cell *cell, bool is_healthy)
{
    return cell->is_healthy == is_healthy && strstr(cell->name, wanted);
}

static void print_head(const char *first)
{
    printf("\n| %s |", first);
    for (size_t r = 0; r < rivals_count; r++)
        printf(" %s |", rivals[r].name);
    printf("\n| --- |");
    for (size_t r = 0; r < rivals_count; r++)
        printf(" ---: |");
    printf("\n");
}

/* False: opsgate stops more than it may. */
static bool print_healthy(int runs)
{
    bool is_good = true;

    printf("\n## Healthy: stopped (held where it waited for more than 30 min in a step), %% of %d\n", runs);
    print_head("requests of the service, canary");
    for (size_t c = 0; c < cells_count; c++) {
        if (!is_shown(&cells[c], true))
            continue;
        printf("| %s |", cells[c].name);
        for (size_t r = 0; r < rivals_count; r++) {
            struct tally tally = play(&cells[c], &rivals[r], runs, 1);
            bool is_over = r == 0 && at_most(tally.stopped, runs) > BUDGET;

            printf(" %.1f", 100.0 * tally.stopped / runs);
            if (r == 0)
                printf(" (at most %.1f)%s", 100 * at_most(tally.stopped, runs), is_over ? " OVER" : "");
            if (tally.held > 0)
                printf(", held %.0f", 100.0 * tally.held / runs);
            printf(" |");
            is_good = is_good && !is_over;
            forget(&tally);
        }
        printf("\n");
        fflush(stdout);
    }
    return is_good;
}

struct figures {
    double missed, held, hurt, median, late;
};

static struct figures figures_of(const struct cell *cell, const struct rival *rival, int runs, double strictness)
{
    struct tally tally = play(cell, rival, runs, strictness);
    struct figures figures = {
        .missed = 1 - (double)(tally.stopped + tally.held) / runs,
        .held = (double)tally.held / runs,
        .hurt = mean(tally.hurt, runs),
        .median = quantile(tally.seconds, tally.stopped, 0.5),
        .late = quantile(tally.seconds, tally.stopped, 0.95),
    };

    forget(&tally);
    return figures;
}

static void print_figures(const struct figures *figures)
{
    if (figures->missed > 0)
        printf(" missed %.*f %%,", figures->missed < 0.01, 100 * figures->missed);
    if (figures->held > 0)
        printf(" held %.*f %%,", figures->held < 0.01, 100 * figures->held);
    printf(" %.0f", figures->hurt);
    if (!isnan(figures->median))
        printf("; %.0f, %.0f s", figures->median, figures->late);
}

/* `strictness`: for each rival, 0: it has none, it is left out. `is_tuned`: to as many false stops, which it has from
 * LOAD_MIN on: a row in which a rival hurts fewer is marked. */
static void print_broken(int runs, const double *strictness, bool is_tuned)
{
    print_head("requests of the service, canary");
    for (size_t c = 0; c < cells_count; c++) {
        struct figures ours = { 0 };
        bool is_worse = false;

        if (!is_shown(&cells[c], false) || (is_tuned && cells[c].a_minute < LOAD_MIN))
            continue;
        printf("| %s |", cells[c].name);
        for (size_t r = 0; r < rivals_count; r++) {
            struct figures figures;

            if (strictness[r] <= 0) {
                printf(" - |");
                continue;
            }
            figures = figures_of(&cells[c], &rivals[r], runs, strictness[r]);
            if (r == 0)
                ours = figures;
            print_figures(&figures);
            if (is_tuned && r > 0 && figures.hurt < ours.hurt && figures.missed <= ours.missed) {
                printf(" **!**");
                is_worse = true;
            }
            printf(" |");
        }
        printf("%s\n", is_worse ? " <- somebody does better" : "");
        fflush(stdout);
    }
}

static void print_tuned(int runs, bool has_bursts)
{
    double tuned[RIVALS_MAX] = { 1 };

    printf(
        "\n## Broken, where each rival's limits are that much laxer that it stops 1 %% of the healthy ones at most\n\n"
        "Of those with %d requests a minute and more%s.\n\n",
        LOAD_MIN, has_bursts ? "" : ", but for those with bursts");
    for (size_t r = 1; r < rivals_count; r++) {
        tuned[r] = tune(&rivals[r], runs, has_bursts);
        if (tuned[r] > 0)
            printf("- %s: limits times %g\n", rivals[r].name, tuned[r]);
        else
            printf("- %s: not even with limits times 80\n", rivals[r].name);
    }
    print_broken(runs, tuned, true);
}

int main(int argc, char **argv)
{
    int runs = argc > 1 ? atoi(argv[1]) : 1000;
    double as_it_is[RIVALS_MAX] = { 1 };
    bool is_good;

    if (runs < 50 || rivals_count > RIVALS_MAX) {
        fprintf(stderr, "bench_judge [RUNS [CELLS]]: at least 50 runs\n");
        return 2;
    }
    wanted = argc > 2 ? argv[2] : "";
    make_grid();
    printf(
        "Limits: %.1f %% fail, %.0f %% slower than the limit. 5, 25, 50, 100 %%, %d min a step; no watch after it.\n\n",
        100 * ERROR_LIMIT, 100 * SLOW_LIMIT, STEP_MS / 60000);
    is_good = rivals_play_examples();
    is_good = print_healthy(runs) && is_good;
    for (size_t r = 0; r < rivals_count; r++)
        as_it_is[r] = 1;
    printf("\n## Broken: requests hurt in the mean; seconds until it stopped, median and 95 of 100\n");
    print_broken(runs, as_it_is, false);
    print_tuned(runs, true);
    print_tuned(runs, false);
    return is_good ? 0 : 1;
}
