/* The HTTP API: parameters in, the envelope out. */
#include "form.h"
#include "prometheus/evaluate.h"
#include "prometheus/lexer.h"
#include "prometheus/number.h"
#include "prometheus/prometheus.h"

#include <math.h>
#include <string.h>

#define POINTS_MAX 11000 /* Prometheus' own limit */
#define INSTANT_MAX_S 1e11

struct ask {
    const struct prometheus *prometheus;
    const struct request *request;
    const cJSON *form; /* of a POST; its fields come before the URL's */
    struct arena *arena;
    struct reply *reply;
};

enum wrong { WRONG_DATA, WRONG_EXECUTION };

/* Always false. */
static bool refuse(struct ask *ask, enum wrong wrong, const char *message)
{
    cJSON *body = json_object();

    json_set_string(body, "status", "error");
    json_set_string(body, "errorType", wrong == WRONG_DATA ? "bad_data" : "execution");
    json_set_string(body, "error", message);
    reply_json(ask->reply, wrong == WRONG_DATA ? 400 : 422, body);
    ask->reply->type = "application/json"; /* without a charset, as the real one */
    return false;
}

static bool refuse_parameter(struct ask *ask, const char *name, const char *fmt, const char *detail)
{
    AUTO_FREE char *why = text_format("invalid parameter \"%s\": ", name);
    AUTO_FREE char *rest = text_format(fmt, detail);
    AUTO_FREE char *message = text_format("%s%s", why, rest);

    return refuse(ask, WRONG_DATA, message);
}

static const char *parameter(const struct ask *ask, const char *name)
{
    const char *value = tree_text(ask->form, name);

    value = value ? value : request_query(ask->request, name);
    return value ? value : "";
}

/* ---- parameters ---- */

static bool parse_number(const char *text, double *ret_number)
{
    char *end = NULL;
    double number = strtod(text, &end);

    if (end == text || *end || !isfinite(number) || fabs(number) > INSTANT_MAX_S)
        return false;
    *ret_number = number;
    return true;
}

static bool take_instant(struct ask *ask, const char *name, int64_t *ret_ms)
{
    const char *text = parameter(ask, name);
    double seconds = 0;
    struct error err;

    if (parse_number(text, &seconds)) {
        *ret_ms = (int64_t)llround(seconds * 1000);
        return true;
    }
    return time_parse(str_of(text), ret_ms, &err) ||
           refuse_parameter(ask, name,
                            text_is(name, "time") ? "Invalid time value for 'time': cannot parse \"%.100s\" to a valid "
                                                    "timestamp"
                                                  : "cannot parse \"%.100s\" to a valid timestamp",
                            text);
}

static bool take_duration(struct ask *ask, const char *name, int64_t *ret_ms)
{
    const char *text = parameter(ask, name);
    double seconds = 0;

    if (parse_number(text, &seconds)) {
        *ret_ms = (int64_t)llround(seconds * 1000);
        return true;
    }
    return promql_duration(str_of(text), ret_ms) ||
           refuse_parameter(ask, name, "cannot parse \"%.100s\" to a valid duration", text);
}

/* The query, parsed; NULL when the answer is a refusal. `timeout` is only checked: no query takes long here. */
static const struct query *take_query(struct ask *ask)
{
    int64_t timeout_ms = 0;
    struct error err;
    const struct query *query = NULL;

    if (*parameter(ask, "timeout") && !take_duration(ask, "timeout", &timeout_ms))
        return NULL;
    if (*parameter(ask, "lookback_delta")) {
        refuse_parameter(ask, "lookback_delta", "%s", "not supported by this sandbox");
        return NULL;
    }
    query = query_parse(ask->arena, parameter(ask, "query"), &err);
    if (!query)
        refuse_parameter(ask, "query", "%s", err.message);
    return query;
}

static bool take_limit(struct ask *ask, int64_t *ret_limit)
{
    const char *text = parameter(ask, "limit");
    struct error err;

    *ret_limit = 0;
    return !*text || parse_int(str_of(text), 0, INT32_MAX, ret_limit, &err) ||
           refuse_parameter(ask, "limit", "cannot parse \"%.100s\" to a non-negative integer", text);
}

/* ---- answers ---- */

static void set_sample(cJSON *object, const char *name, int64_t at_ms, const char *text)
{
    cJSON *pair = json_array();

    cJSON_AddItemToArray(pair, cJSON_CreateNumber((double)at_ms / 1000));
    json_add_string(pair, text);
    if (name)
        json_set(object, name, pair);
    else
        json_add(object, pair);
}

static cJSON *show_element(const struct element *element, int64_t at_ms)
{
    cJSON *shown = json_object();
    cJSON *values = NULL;

    json_set(shown, "metric", labels_show(element->labels));
    if (!element->samples) {
        set_sample(shown, "value", at_ms, promql_number(element->value).text);
        return shown;
    }
    values = json_set(shown, "values", json_array());
    for (size_t i = 0; i < element->samples_count; i++)
        set_sample(values, NULL, element->samples[i].at_ms, promql_number(element->samples[i].value).text);
    return shown;
}

static cJSON *show_value(const struct value *value, int64_t at_ms)
{
    static const char *const types[] = {
        [TYPE_SCALAR] = "scalar", [TYPE_STRING] = "string", [TYPE_VECTOR] = "vector", [TYPE_RANGE] = "matrix"
    };
    cJSON *data = json_object();
    cJSON *result = NULL;

    json_set_string(data, "resultType", types[value->type]);
    if (value->type == TYPE_SCALAR || value->type == TYPE_STRING) {
        set_sample(data, "result", at_ms, value->type == TYPE_STRING ? value->text : promql_number(value->number).text);
        return data;
    }
    result = json_set(data, "result", json_array());
    for (size_t i = 0; i < value->count; i++)
        json_add(result, show_element(&value->at[i], at_ms));
    return data;
}

static int by_labels(const void *a, const void *b)
{
    const struct element *left = a, *right = b;

    return labels_compare(left->labels, right->labels);
}

static void answer(struct ask *ask, struct value *value, int64_t at_ms, int64_t limit)
{
    cJSON *body = json_object();
    bool cut = limit > 0 && value->count > (size_t)limit;

    if (value->count > 0)
        qsort(value->at, value->count, sizeof *value->at, by_labels);
    value->count = cut ? (size_t)limit : value->count;
    json_set_string(body, "status", "success");
    json_set(body, "data", show_value(value, at_ms));
    if (cut)
        json_add_string(json_set(body, "warnings", json_array()), "results truncated due to limit");
    reply_json(ask->reply, 200, body);
    ask->reply->type = "application/json";
}

/* ---- the two queries ---- */

static bool query_now(struct ask *ask)
{
    struct evaluation evaluation = { .arena = ask->arena, .at_ms = ask->request->now_ms };
    const struct query *query = NULL;
    struct value value;
    int64_t limit = 0;
    struct error err;

    if ((*parameter(ask, "time") && !take_instant(ask, "time", &evaluation.at_ms)) || !take_limit(ask, &limit))
        return false;
    query = take_query(ask);
    if (!query)
        return false;
    evaluation.selections = select_series(&ask->prometheus->store, query, ask->arena);
    if (!evaluate(&evaluation, query, &value, &err))
        return refuse(ask, WRONG_EXECUTION, err.message);
    answer(ask, &value, evaluation.at_ms, limit);
    return true;
}

struct span {
    int64_t start_ms, end_ms, step_ms;
};

static bool take_span(struct ask *ask, struct span *span)
{
    if (!take_instant(ask, "start", &span->start_ms) || !take_instant(ask, "end", &span->end_ms))
        return false;
    if (span->end_ms < span->start_ms)
        return refuse_parameter(ask, "end", "%s", "end timestamp must not be before start time");
    if (!take_duration(ask, "step", &span->step_ms))
        return false;
    if (span->step_ms <= 0)
        return refuse_parameter(ask, "step", "%s",
                                "zero or negative query resolution step widths are not accepted. Try a positive "
                                "integer");
    if ((span->end_ms - span->start_ms) / span->step_ms > POINTS_MAX)
        return refuse(
            ask, WRONG_DATA,
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution "
            "(?step=XX)");
    return true;
}

/* A series of an answer, while its points come in one after another. */
struct line {
    struct labels labels;
    struct sample *points;
    size_t count;
};

struct lines {
    struct line *at;
    size_t count;
};

static struct labels keep_labels(struct arena *arena, struct labels labels)
{
    struct label *at = arena_alloc(arena, (labels.count + 1) * sizeof *at);

    for (size_t i = 0; i < labels.count; i++)
        at[i] = (struct label){ arena_strdup(arena, labels.at[i].name), arena_strdup(arena, labels.at[i].value) };
    return (struct labels){ at, labels.count };
}

static struct line *line_for(struct ask *ask, struct lines *lines, struct labels labels)
{
    struct line *line = NULL;

    for (size_t i = 0; i < lines->count; i++) {
        if (labels_equal(lines->at[i].labels, labels))
            return &lines->at[i];
    }
    line = ARENA_PUSH(ask->arena, lines->at, lines->count);
    line->labels = keep_labels(ask->arena, labels);
    return line;
}

static void add_points(struct ask *ask, struct lines *lines, const struct value *value, int64_t at_ms)
{
    const struct element number = { .value = value->number };
    const struct element *at = value->type == TYPE_SCALAR ? &number : value->at;

    for (size_t i = 0; i < (value->type == TYPE_SCALAR ? 1 : value->count); i++) {
        struct line *line = line_for(ask, lines, at[i].labels);

        *ARENA_PUSH(ask->arena, line->points, line->count) = (struct sample){ at_ms, at[i].value };
    }
}

/* Each step has memory of its own, so that a long range does not hold it all at once. */
static bool evaluate_steps(struct ask *ask, const struct query *query, const struct span *span, struct lines *lines)
{
    const struct selections selections = select_series(&ask->prometheus->store, query, ask->arena);
    size_t touched = 0;

    for (int64_t at_ms = span->start_ms; at_ms <= span->end_ms; at_ms += span->step_ms) {
        AUTO(arena) struct arena *arena = arena_create();
        struct evaluation evaluation = { .selections = selections, .arena = arena, .at_ms = at_ms, .touched = touched };
        struct value value;
        struct error err;

        if (!evaluate(&evaluation, query, &value, &err))
            return refuse(ask, WRONG_EXECUTION, err.message);
        add_points(ask, lines, &value, at_ms);
        touched = evaluation.touched;
    }
    return true;
}

static bool query_range(struct ask *ask)
{
    const struct query *query = NULL;
    struct span span;
    struct lines lines = { 0 };
    struct value value = { .type = TYPE_RANGE };
    int64_t limit = 0;

    if (!take_span(ask, &span) || !take_limit(ask, &limit))
        return false;
    query = take_query(ask);
    if (!query)
        return false;
    if (query->type != TYPE_SCALAR && query->type != TYPE_VECTOR)
        return refuse_parameter(ask, "query",
                                "invalid expression type \"%s\" for range query, must be Scalar or instant Vector",
                                value_type_text(query->type));
    if (!evaluate_steps(ask, query, &span, &lines))
        return false;
    for (size_t i = 0; i < lines.count; i++)
        *ARENA_PUSH(ask->arena, value.at, value.count) = (struct element){ .labels = lines.at[i].labels,
                                                                           .samples = lines.at[i].points,
                                                                           .samples_count = lines.at[i].count };
    answer(ask, &value, span.end_ms, limit);
    return true;
}

static const struct {
    const char *path;
    bool (*run)(struct ask *ask);
} routes[] = {
    { "/api/v1/query", query_now },
    { "/api/v1/query_range", query_range },
};

void prometheus_serve(const struct prometheus *prometheus, const struct request *request, struct reply *reply)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_JSON cJSON *form = NULL;
    struct ask ask = { .prometheus = prometheus, .request = request, .arena = arena, .reply = reply };
    size_t route = 0;

    if (text_is(request->path, "/-/ready") || text_is(request->path, "/-/healthy"))
        return reply_text(reply, 200, "text/plain; charset=utf-8", "Prometheus Server is Ready.\n");
    while (route < ARRAY_LEN(routes) && !text_is(request->path, routes[route].path))
        route++;
    if (route == ARRAY_LEN(routes))
        return reply_text(reply, 404, "text/plain; charset=utf-8", "404 page not found\n");
    if (!request_is(request, "GET") && !request_is(request, "POST"))
        return reply_text(reply, 405, "text/plain; charset=utf-8", "Method Not Allowed\n");
    if (request_is(request, "POST") && request_has_type(request, "application/x-www-form-urlencoded")) {
        form = form_decode(request->body);
        if (!form) {
            refuse(&ask, WRONG_DATA, "error parsing form values: invalid URL escape");
            return;
        }
        ask.form = form;
    }
    routes[route].run(&ask);
}
