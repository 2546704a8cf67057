/* world_metrics.c - a Prometheus that counts what the users of Cloud Run's revisions do: so many requests a second,
 * shared out as the traffic is. From https://prometheus.io/docs/prometheus/latest/querying/api/ */
#include "tests/simulation/world_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define REQUESTS_PER_S 60.0
#define ERRORS_USUAL 0.001
#define ERRORS_BROKEN 0.2
#define P95_USUAL_S 0.08
#define P95_SLOW_S 0.9

struct question {
    enum world_about about;
    const char *revision;
    int64_t window_ms;
};

static bool take_after(struct str *rest, const char *mark)
{
    const char *at = strstr(rest->at, mark);

    if (!at)
        return false;
    rest->len -= (size_t)(at - rest->at) + strlen(mark);
    rest->at = at + strlen(mark);
    return true;
}

static bool read_question(const char *query, struct arena *arena, struct question *ret_question)
{
    struct str rest = str_of(query);
    struct error ignored;
    int64_t seconds;

    ret_question->about = strstr(query, "histogram_quantile(0.95")  ? ABOUT_P95
                          : strstr(query, "histogram_quantile(0.5") ? ABOUT_P50
                          : strstr(query, "code=~")                 ? ABOUT_ERRORS
                          : strstr(query, "sum(rate(")              ? ABOUT_RECENT
                                                                    : ABOUT_REQUESTS;
    if (!take_after(&rest, "revision=\""))
        return false;
    ret_question->revision = arena_copy(arena, str_take_until(&rest, '"'));
    if (!take_after(&rest, "[") || !parse_int(str_take_until(&rest, 's'), 1, 1000000, &seconds, &ignored))
        return false;
    ret_question->window_ms = seconds * SECOND_MS;
    return true;
}

/* False: there is no such series. */
static bool find_value(const struct world *world, const struct question *question, double *ret_value)
{
    struct run_load load;
    int64_t counted_ms;
    double requests;

    if (!world_run_load(world, question->revision, &load) || load.percent == 0)
        return false;
    counted_ms = scheduler_now_ms(world->scheduler) - load.since_ms;
    if (counted_ms > question->window_ms)
        counted_ms = question->window_ms;
    requests = REQUESTS_PER_S * (double)load.percent / 100 * (double)counted_ms / 1000;
    *ret_value = question->about == ABOUT_REQUESTS ? requests
                 : question->about == ABOUT_RECENT ? requests / ((double)question->window_ms / 1000)
                 : question->about == ABOUT_ERRORS ? requests * (load.is_broken ? ERRORS_BROKEN : ERRORS_USUAL)
                 : load.is_slow                    ? P95_SLOW_S
                                                   : P95_USUAL_S;
    if (load.is_broken || load.is_slow)
        world->weather->counts[FAULT_METRICS_BAD]++;
    return true;
}

static void answer_value(struct world_call *call, const double *value)
{
    int64_t now_ms = world_unix_ms(call->world);
    cJSON *json = json_object(), *data, *result, *pair;

    json_set_string(json, "status", "success");
    data = json_set(json, "data", json_object());
    json_set_string(data, "resultType", "vector");
    result = json_set(data, "result", json_array());
    if (value) {
        pair = json_add(result, json_object());
        json_set(pair, "metric", json_object());
        pair = json_set(pair, "value", json_array());
        json_add(pair, cJSON_CreateNumber((double)now_ms / 1000));
        json_add(pair, cJSON_CreateString(arena_printf(call->arena, "%.9g", *value)));
    }
    world_answer_json(call, 200, json);
}

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
    struct dice *dice = scheduler_dice(world->scheduler);
    const char *query = world_form_value(call->call.body, "query", call->arena);
    struct world_measured *measured;
    struct question question;
    double value = 0;
    bool is_known;

    if (!query || !read_question(query, call->arena, &question)) {
        world_answer_text(call, 400, "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error\"}");
        return;
    }
    if (dice_hit(dice, world->weather->metrics_fail)) {
        fail(call);
        return;
    }
    is_known = find_value(world, &question, &value);
    if (dice_hit(dice, world->weather->metrics_missing)) {
        world_count(world, FAULT_METRICS_MISSING);
        is_known = false;
    }
    answer_value(call, is_known ? &value : NULL);
    measured = ARENA_NEW(world->arena, struct world_measured);
    *measured =
        (struct world_measured){ question.about, arena_strdup(world->arena, question.revision), is_known, value };
    call->log->measured = measured;
}
