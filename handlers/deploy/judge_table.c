/* judge_table.c - the numbers of a look, as the card's monospaced table has them. */
#include "handlers/deploy/judge.h"

#include "handlers/figures.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <math.h>

#define COUNT_MAX 1e15  /* of requests: more is no count */
#define NAME_BYTES 40   /* of a query */
#define NAME_COLUMNS 11 /* "new version" */
#define COLUMNS 10

const char *judge_query_name(const struct deploy_limits *limits, size_t query, struct arena *arena)
{
    return card_quote(str_of(limits->queries[query].name), NAME_BYTES, arena);
}

bool judge_has_maximum(const struct deploy_limits *limits, size_t query)
{
    return query < limits->maxima_count && limits->maxima[query].is_known;
}

double judge_minimum(const struct deploy_limits *limits, size_t query)
{
    return query < limits->query_limits_count ? limits->query_limits[query].min : 0;
}

struct measure_value judge_query_value(const struct measured *measured, size_t query)
{
    struct measure_value unknown = { .is_known = false };

    return measured && query < measured->queries_count && isfinite(measured->queries[query].value)
               ? measured->queries[query]
               : unknown;
}

/* ---- cells ---- */

static bool is_believable(struct measure_value value, double max)
{
    return value.is_known && isfinite(value.value) && value.value >= 0 && value.value <= max;
}

static bool is_count(struct measure_value value)
{
    return is_believable(value, COUNT_MAX);
}

/* Right-aligned. Columns are counted in characters: a dash is three bytes. */
static const char *cell(const char *text, struct arena *arena)
{
    size_t columns = 0;

    for (const char *c = text; *c; c++)
        columns += ((unsigned char)*c & 0xc0) != 0x80;
    return arena_printf(arena, "%*s%s", columns < COLUMNS ? (int)(COLUMNS - columns) : 1, "", text);
}

static const char *count_cell(const struct measured_revision *revision, struct arena *arena)
{
    return cell(is_count(revision->requests) ? figure_count(revision->requests.value, arena) : "–", arena);
}

static const char *errors_cell(const struct measured_revision *revision, struct arena *arena)
{
    if (!is_count(revision->requests) || !is_count(revision->errors) || revision->requests.value < 0.5)
        return cell("–", arena);
    return cell(figure_share(revision->errors.value, revision->requests.value, arena), arena);
}

static const char *latency_cell(struct measure_value value, struct arena *arena)
{
    return cell(is_believable(value, INFINITY) ? figure_latency(value.value, arena) : "–", arena);
}

/* ---- lines ---- */

static const char *revision_line(const char *name, const struct measured_revision *revision, struct arena *arena)
{
    return arena_printf(arena, "%-*s%s%s%s%s", NAME_COLUMNS, name, count_cell(revision, arena),
                        errors_cell(revision, arena), latency_cell(revision->p50_s, arena),
                        latency_cell(revision->p95_s, arena));
}

static const char *query_line(const struct deploy_limits *limits, const struct measured *measured, size_t i,
                              struct arena *arena)
{
    struct measure_value value = judge_query_value(measured, i);
    const char *line = arena_printf(arena, "%s: %s", judge_query_name(limits, i, arena),
                                    value.is_known ? arena_printf(arena, "%g", value.value) : "–");
    double min = judge_minimum(limits, i);

    if (judge_has_maximum(limits, i) && min > 0)
        return arena_printf(arena, "%s (%g to %g)", line, min, limits->maxima[i].value);
    if (judge_has_maximum(limits, i))
        return arena_printf(arena, "%s (at most %g)", line, limits->maxima[i].value);
    return min > 0 ? arena_printf(arena, "%s (at least %g)", line, min) : line;
}

/* In the columns of what they limit: whoever reads a share sees beside it what it may be. */
static const char *limits_line(const struct deploy_limits *limits, struct arena *arena)
{
    const char *errors = limits->error_rate > 0 ? figure_limit(limits->error_rate, arena) : "–";
    const char *p95 = limits->latency_p95_ms > 0 ? figure_latency((double)limits->latency_p95_ms / 1000, arena) : "–";

    return arena_printf(arena, "%-*s%s%s%s%s", NAME_COLUMNS, "limit", cell("–", arena), cell(errors, arena),
                        cell("–", arena), cell(p95, arena));
}

size_t judge_table(const struct deploy_limits *limits, const struct measured *measured, int64_t window_ms,
                   struct arena *arena, const char ***ret_lines)
{
    static const struct measured unknown;
    const struct measured *m = measured ? measured : &unknown;
    const char **lines = NULL;
    size_t count = 0;

    *ARENA_PUSH(arena, lines, count) =
        arena_printf(arena, "%-*s%s%s%s%s", NAME_COLUMNS,
                     window_ms > 0 ? arena_printf(arena, "last %s", duration_about(window_ms).text) : "",
                     cell("requests", arena), cell("errors", arena), cell("p50", arena), cell("p95", arena));
    *ARENA_PUSH(arena, lines, count) = revision_line("new version", &m->canary, arena);
    *ARENA_PUSH(arena, lines, count) = revision_line("old version", &m->baseline, arena);
    if (limits->error_rate > 0 || limits->latency_p95_ms > 0)
        *ARENA_PUSH(arena, lines, count) = limits_line(limits, arena);
    for (size_t i = 0; i < limits->queries_count; i++)
        *ARENA_PUSH(arena, lines, count) = query_line(limits, m, i, arena);
    *ret_lines = lines;
    return count;
}

/* ---- of probes ---- */

static const char *probes_line(const char *name, const struct deploy_probe_counts *counts, struct arena *arena)
{
    double made = (double)counts->made, slowest_s = (double)counts->slowest_ms / 1000;

    return arena_printf(arena, "%-*s%s%s%s%s", NAME_COLUMNS, name, cell(figure_count(made, arena), arena),
                        cell(counts->made > 0 ? figure_share((double)counts->failed, made, arena) : "–", arena),
                        cell(counts->made > counts->failed ? figure_latency(slowest_s, arena) : "–", arena),
                        cell(figure_count((double)counts->unknown, arena), arena));
}

size_t judge_probes_table(const struct deploy_probed *probed, struct arena *arena, const char ***ret_lines)
{
    const char **lines = NULL;
    size_t count = 0;

    *ARENA_PUSH(arena, lines, count) =
        arena_printf(arena, "%-*s%s%s%s%s", NAME_COLUMNS, "this step", cell("probes", arena), cell("failed", arena),
                     cell("slowest", arena), cell("not made", arena));
    *ARENA_PUSH(arena, lines, count) = probes_line("new version", &probed->canary, arena);
    *ARENA_PUSH(arena, lines, count) = probes_line("old version", &probed->baseline, arena);
    *ret_lines = lines;
    return count;
}
