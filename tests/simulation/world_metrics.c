/* world_metrics.c - a Prometheus that counts what the users of Cloud Run's revisions do: so many requests a second,
 * shared out as the traffic is. It may be late, and have lost pieces of time for good. It knows the two queries that
 * integrations/prometheus asks by their parts, and nothing else.
 * From https://prometheus.io/docs/prometheus/latest/querying/api/ */
#include "tests/simulation/world_internal.h"

#include "bot/base/time.h"
#include "integrations/prometheus/queries.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REQUESTS_PER_S 60.0
#define ERRORS_USUAL 0.001
#define ERRORS_BROKEN 0.2
#define P95_USUAL_S 0.08
#define P95_SLOW_S 0.9
#define SLOW_USUAL 0.01 /* slower than any bound of the histogram but the first */
#define SLOW_SLOW 0.6
#define LOST_MS (5 * SECOND_MS) /* at once */

static const char *const bounds[] = { "0.05", "0.3", "0.5", "+Inf" };

struct question {
    struct world_call *call;
    const char *query;
    const char *revisions[2]; /* NULL: one is asked for */
    int64_t window_ms;
    struct world_measured *measured;
    size_t measured_count;
    cJSON *result;
};

/* ---- what is asked ---- */

static bool take_after(struct str *rest, const char *mark)
{
    const char *at = strstr(rest->at, mark);

    if (!at)
        return false;
    rest->len -= (size_t)(at - rest->at) + strlen(mark);
    rest->at = at + strlen(mark);
    return true;
}

/* revision="a", or revision=~"a|b": no name here has anything to escape. */
static bool read_question(struct question *question)
{
    struct str rest = str_of(question->query), names;
    struct arena *arena = question->call->arena;

    if (!take_after(&rest, "revision=") || !take_after(&rest, "\""))
        return false;
    names = str_take_until(&rest, '"');
    for (size_t i = 0; i < ARRAY_LEN(question->revisions) && names.len > 0; i++)
        question->revisions[i] = arena_copy(arena, str_take_until(&names, '|'));
    return true;
}

static bool read_window(struct question *question)
{
    struct str rest = str_of(question->query);
    struct error ignored;
    int64_t length;

    if (!take_after(&rest, "[") || !parse_int(str_take_until(&rest, 's'), 1, 1000000, &length, &ignored))
        return false;
    question->window_ms = length * SECOND_MS;
    return true;
}

/* Where the query makes that part; NULL: it does not. */
static const char *part_in(const char *query, enum query_part part, struct arena *arena)
{
    return strstr(query, arena_printf(arena, "\"" QUERY_PART "\", \"%s\"", query_part_text(part)));
}

/* The last bound that stands before the part's end is its own, or that of all. */
static double share_faster(const struct question *question, enum query_part part, bool is_slow)
{
    const char *end = part_in(question->query, part, question->call->arena), *at = question->query;
    double slow = is_slow ? SLOW_SLOW : SLOW_USUAL, bound = INFINITY, found;

    for (at = strstr(at, QUERY_BOUND "=\""); at && at < end; at = strstr(at + 1, QUERY_BOUND "=\"")) {
        found = strtod(at + strlen(QUERY_BOUND "=\""), NULL);
        bound = isfinite(found) ? found : bound;
    }
    return bound < P95_USUAL_S ? 0.5 : 1 - slow;
}

/* ---- what was counted ---- */

static double share_of(const struct question *question, enum query_part part, const struct run_load *load)
{
    switch (part) {
    case PART_ERRORS:
        return load->is_broken ? ERRORS_BROKEN : ERRORS_USUAL;
    case PART_FAST:
    case PART_FAST_VS:
        return share_faster(question, part, load->is_slow);
    case PART_REQUESTS:
    case PART_IN_ALL:
    case PART_NOW:
    case PART_RECENT:
    case PART_P50:
    case PART_P95:
    case PART_BOUND:
    case PART_THERE:
    case PART_COUNT:
        break;
    }
    return 1;
}

/* Since the revision began, up to an instant. */
static double counted(const struct question *question, const char *revision, enum query_part part, int64_t until_ms)
{
    size_t count = 0;
    const struct run_load *loads = world_run_loads(question->call->world, revision, &count);
    double sum = 0;

    for (size_t i = 0; i < count; i++) {
        int64_t end_ms = i + 1 < count && loads[i + 1].since_ms < until_ms ? loads[i + 1].since_ms : until_ms;

        if (end_ms > loads[i].since_ms)
            sum += REQUESTS_PER_S * (double)loads[i].percent / 100 * (double)(end_ms - loads[i].since_ms) / 1000 *
                   share_of(question, part, &loads[i]);
    }
    return floor(sum);
}

/* When its first request came; -1: never. */
static int64_t counts_from_ms(const struct question *question, const char *revision)
{
    size_t count = 0;
    const struct run_load *loads = world_run_loads(question->call->world, revision, &count);

    for (size_t i = 0; i < count; i++)
        if (loads[i].percent > 0)
            return loads[i].since_ms;
    return -1;
}

/* ---- what is told ---- */

static cJSON *add_series(struct question *question, enum query_part part, const char *revision)
{
    cJSON *series = json_add(question->result, json_object()), *labels = json_set(series, "metric", json_object());

    json_set_string(labels, QUERY_PART, query_part_text(part));
    if (revision)
        json_set_string(labels, "revision", revision);
    return series;
}

static cJSON *sample(const struct question *question, int64_t at_unix_ms, double value)
{
    cJSON *pair = json_array();

    json_add(pair, cJSON_CreateNumber((double)at_unix_ms / 1000));
    json_add_string(pair, arena_printf(question->call->arena, "%.9g", value));
    return pair;
}

static bool is_missing(struct question *question)
{
    struct world *world = question->call->world;

    if (!dice_hit(scheduler_dice(world->scheduler), world->weather->metrics_missing))
        return false;
    world_count(world, FAULT_METRICS_MISSING);
    return true;
}

/* Whatever collects it has lost one series, of errors or of latency, and of that time it will never know. */
static bool is_stopped(const struct question *question, enum query_part part, int64_t begin_ms, int64_t end_ms)
{
    struct world *world = question->call->world;
    bool is_latency = part == PART_IN_ALL || part == PART_FAST || part == PART_FAST_VS;

    if (end_ms <= world->weather->metric_stopped_from_ms || begin_ms >= world->weather->metric_stopped_until_ms ||
        !(world->weather->is_latency_stopped ? is_latency : part == PART_ERRORS))
        return false;
    world_count(world, FAULT_METRIC_STOPPED);
    return true;
}

/* What lies behind that is not known yet. */
static int64_t known_until_ms(const struct question *question)
{
    return scheduler_now_ms(question->call->world->scheduler) - question->call->world->weather->metrics_lag_ms;
}

/* Asked again it is lost still. */
static bool is_lost(const struct question *question, int64_t begin_ms)
{
    const struct weather *weather = question->call->world->weather;
    struct dice dice = { weather->metrics_lost_seed + (uint64_t)(begin_ms / LOST_MS) };

    return dice_hit(&dice, weather->metrics_lost);
}

static bool is_untold(struct question *question, int64_t begin_ms, int64_t end_ms)
{
    if (end_ms <= known_until_ms(question) && !is_lost(question, begin_ms))
        return is_missing(question);
    world_count(question->call->world, FAULT_METRICS_MISSING);
    return true;
}

static void refuse(struct question *question, const char *why)
{
    cJSON_Delete(question->result);
    world_answer_text(
        question->call, 400,
        arena_printf(question->call->arena, "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"%s\"}", why));
}

static void answer(struct question *question, const char *type)
{
    cJSON *json = json_object(), *data = json_set(json, "data", json_object());

    json_set_string(json, "status", "success");
    json_set_string(data, "resultType", type);
    json_set(data, "result", question->result);
    world_answer_json(question->call, 200, json);
    question->call->log->measured = question->measured;
    question->call->log->measured_count = question->measured_count;
}

/* ---- a window ---- */

static void tell(struct question *question, enum query_part part, enum world_about about, const char *revision,
                 const double *value)
{
    struct world *world = question->call->world;
    bool is_known = value && !is_missing(question);

    if (is_known)
        json_set(add_series(question, part, revision), "value", sample(question, world_unix_ms(world), *value));
    *ARENA_PUSH(world->arena, question->measured, question->measured_count) =
        (struct world_measured){ .about = about,
                                 .revision = arena_strdup(world->arena, revision),
                                 .is_known = is_known,
                                 .value = is_known ? *value : 0 };
}

/* What it said of the others is nothing without requests, and P95 is its last word. */
static void tell_window(struct question *question, const char *revision)
{
    struct world *world = question->call->world;
    size_t count = 0;
    const struct run_load *loads = world_run_loads(world, revision, &count), *load = count ? &loads[count - 1] : NULL;
    bool has_any = load && load->percent > 0 && load->since_ms <= known_until_ms(question), is_there = has_any;
    bool bad = has_any && (load->is_broken || load->is_slow);
    int64_t counted_ms = has_any ? known_until_ms(question) - load->since_ms : 0;
    double requests = 0, recent, errors, p50 = P95_USUAL_S / 2, p95 = bad && load->is_slow ? P95_SLOW_S : P95_USUAL_S;

    counted_ms = counted_ms > question->window_ms ? question->window_ms : counted_ms;
    if (has_any)
        requests = REQUESTS_PER_S * (double)load->percent / 100 * (double)counted_ms / 1000;
    recent = requests / ((double)question->window_ms / 1000);
    errors = requests * (bad && load->is_broken ? ERRORS_BROKEN : ERRORS_USUAL);
    tell(question, PART_REQUESTS, ABOUT_REQUESTS, revision, has_any ? &requests : NULL);
    has_any = has_any && question->measured[question->measured_count - 1].is_known;
    tell(question, PART_RECENT, ABOUT_RECENT, revision, has_any ? &recent : NULL);
    tell(question, PART_ERRORS, ABOUT_ERRORS, revision, has_any ? &errors : NULL);
    tell(question, PART_P50, ABOUT_P50, revision, is_there ? &p50 : NULL);
    tell(question, PART_P95, ABOUT_P95, revision, is_there ? &p95 : NULL);
    if (is_there)
        json_set(add_series(question, PART_THERE, revision), "value", sample(question, world_unix_ms(world), 1));
    if (bad)
        world->weather->counts[FAULT_METRICS_BAD]++;
}

static void tell_bounds(struct question *question, const char *revision)
{
    if (counts_from_ms(question, revision) < 0 || !part_in(question->query, PART_BOUND, question->call->arena))
        return;
    for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
        cJSON *series = add_series(question, PART_BOUND, revision);

        json_set_string(cJSON_GetObjectItem(series, "metric"), QUERY_BOUND, bounds[i]);
        json_set(series, "value", sample(question, world_unix_ms(question->call->world), 1));
    }
}

static void answer_window(struct question *question)
{
    json_set(add_series(question, PART_NOW, NULL), "value", sample(question, world_unix_ms(question->call->world), 1));
    for (size_t i = 0; i < ARRAY_LEN(question->revisions) && question->revisions[i]; i++) {
        tell_window(question, question->revisions[i]);
        tell_bounds(question, question->revisions[i]);
    }
    answer(question, "vector");
}

/* ---- blocks ---- */

struct span {
    int64_t start_ms, end_ms, step_ms; /* unix */
};

static bool read_instant(const struct question *question, const char *name, int64_t *ret_ms)
{
    const char *text = world_form_value(question->call->call.body, name, question->call->arena);
    char *end = NULL;

    *ret_ms = text ? (int64_t)llround(strtod(text, &end) * 1000) : 0;
    return text && *text && !*end && *ret_ms > 0;
}

/* What is told of a block, whichever part comes first. */
static struct world_counted *block_told(struct question *question, const char *revision, int64_t from_ms, int64_t to_ms)
{
    struct world_measured *told;

    for (size_t i = 0; i < question->measured_count; i++) {
        told = &question->measured[i];
        if (told->block.from_ms == from_ms && strcmp(told->revision, revision) == 0)
            return &told->block;
    }
    told = ARENA_PUSH(question->call->world->arena, question->measured, question->measured_count);
    *told = (struct world_measured){ .about = ABOUT_BLOCK,
                                     .revision = arena_strdup(question->call->world->arena, revision),
                                     .block = { .from_ms = from_ms, .to_ms = to_ms } };
    return &told->block;
}

static void note_block(struct world_counted *block, enum query_part part, double value)
{
    struct world_number number = { true, value };

    if (part == PART_REQUESTS)
        block->requests = number;
    else if (part == PART_ERRORS)
        block->errors = number;
    else if (part == PART_IN_ALL)
        block->in_all = number;
    else if (part == PART_FAST)
        block->fast = number;
}

/* A block is known when the revision had come before the one before it: one sample more is needed than that it has. */
static void tell_blocks(struct question *question, const struct span *span, enum query_part part, const char *revision)
{
    int64_t first_ms = counts_from_ms(question, revision);
    cJSON *values = NULL;
    double value;

    if (first_ms < 0 || !part_in(question->query, part, question->call->arena))
        return;
    for (int64_t at_ms = span->start_ms; at_ms <= span->end_ms; at_ms += span->step_ms) {
        int64_t end_ms = at_ms - WORLD_EPOCH_MS, begin_ms = end_ms - span->step_ms;

        if (begin_ms <= first_ms || is_stopped(question, part, begin_ms, end_ms) ||
            is_untold(question, begin_ms, end_ms))
            continue;
        value = counted(question, revision, part, end_ms) - counted(question, revision, part, begin_ms);
        note_block(block_told(question, revision, begin_ms, end_ms), part, value);
        values = values ? values : json_set(add_series(question, part, revision), "values", json_array());
        json_add(values, sample(question, at_ms, value));
    }
}

static void answer_blocks(struct question *question)
{
    static const enum query_part parts[] = { PART_REQUESTS, PART_ERRORS, PART_IN_ALL, PART_FAST, PART_FAST_VS };
    struct span span;

    if (!read_instant(question, "start", &span.start_ms) || !read_instant(question, "end", &span.end_ms) ||
        !read_instant(question, "step", &span.step_ms)) {
        refuse(question, "invalid parameter");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(question->revisions) && question->revisions[i]; i++)
        for (size_t part = 0; part < ARRAY_LEN(parts); part++)
            tell_blocks(question, &span, parts[part], question->revisions[i]);
    answer(question, "matrix");
}

/* ---- the call ---- */

static void fail(struct world_call *call)
{
    static const struct {
        int status;
        const char *text;
    } failures[] = {
        { 503, "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"query timed out\"}" },
        { 422, "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"too many samples\"}" },
        { 200, "<html>maintenance</html>" },
    };
    size_t which = (size_t)dice_between(scheduler_dice(call->world->scheduler), 0, ARRAY_LEN(failures) - 1);

    world_count(call->world, FAULT_METRICS_FAILED);
    world_answer_text(call, failures[which].status, failures[which].text);
}

void world_metrics_call(struct world_call *call)
{
    struct world *world = call->world;
    struct question question = { .call = call, .query = world_form_value(call->call.body, "query", call->arena) };

    if (!question.query || !read_question(&question)) {
        refuse(&question, "parse error");
        return;
    }
    if (dice_hit(scheduler_dice(world->scheduler), world->weather->metrics_fail)) {
        fail(call);
        return;
    }
    question.result = json_array();
    if (str_ends_with(str_of(call->call.url), "/query_range"))
        answer_blocks(&question);
    else if (read_window(&question))
        answer_window(&question);
    else
        refuse(&question, "parse error");
}
