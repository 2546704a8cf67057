#include "google/monitoring.h"

#include "google/time_series.h"
#include "run/traffic.h"

#include "bot/base/time.h"

#include <string.h>

#define DEFAULT_LAG_MS (3 * MINUTE_MS)
#define LAG_MAX_MS HOUR_MS
#define DROPPED_MAX 50
#define DROP_MINUTES_MAX 1000000
#define PAST_MINUTES_MAX 60
#define POINT_MS MINUTE_MS
#define PERIOD_MAX_S (104 * 7 * 24 * 3600)
#define PAGE_MAX 100000

/* ---- what it is ---- */

struct monitoring *monitoring_create(void)
{
    struct monitoring *monitoring = xcalloc(1, sizeof *monitoring);

    monitoring->lag_ms = DEFAULT_LAG_MS;
    monitoring->dropped = json_array();
    return monitoring;
}

void monitoring_destroy(struct monitoring *monitoring)
{
    if (!monitoring)
        return;
    cJSON_Delete(monitoring->dropped);
    free(monitoring);
}

cJSON *monitoring_state(const struct monitoring *monitoring)
{
    cJSON *state = json_object();

    json_set_int(state, "lag_ms", monitoring->lag_ms);
    json_set(state, "dropped", json_copy(monitoring->dropped));
    json_set_bool(state, "no_role", monitoring->no_role);
    json_set_bool(state, "no_scope", monitoring->no_scope);
    json_set_bool(state, "incomplete", monitoring->is_incomplete);
    return state;
}

/* ---- changes ---- */

/* What was lost stays lost: 0 minutes end what is still to come. */
static void drop(struct monitoring *monitoring, const cJSON *value, int64_t minutes, int64_t now_ms)
{
    int64_t from_ms = now_ms / POINT_MS * POINT_MS;
    const char *service = tree_text(value, "service");
    cJSON *old = NULL, *made = NULL;

    cJSON_ArrayForEach(old, monitoring->dropped) {
        if ((!service || tree_has_text(old, "service", service)) && tree_int(old, "until_ms", 0) > from_ms)
            json_set_int(old, "until_ms", from_ms);
    }
    if (minutes == 0)
        return;
    made = json_add(monitoring->dropped, json_object());
    json_set_string(made, "service", service);
    json_set_int(made, "from_ms", from_ms);
    json_set_int(made, "until_ms", from_ms + minutes * POINT_MS);
    tree_keep_last(monitoring->dropped, DROPPED_MAX);
}

static bool is_whole(const cJSON *value, const char *key, int64_t max)
{
    return !tree_get(value, key) || (tree_int(value, key, -1) >= 0 && tree_int(value, key, -1) <= max);
}

static bool check_change(const struct run *run, const cJSON *value, struct error *err)
{
    static const char *const members[] = { "lag_ms",  "drop_minutes", "service",   "past_minutes",
                                           "no_role", "no_scope",     "incomplete" };

    JSON_EACH(member, value) {
        size_t i = 0;

        while (i < ARRAY_LEN(members) && !text_is(members[i], member->string))
            i++;
        if (i == ARRAY_LEN(members))
            return error_set(err, ERR_INVALID, "it has no '%.60s'", member->string);
    }
    if (!cJSON_IsObject(value) || !value->child)
        return error_set(err, ERR_INVALID, "nothing to change");
    if (!is_whole(value, "lag_ms", LAG_MAX_MS) || !is_whole(value, "drop_minutes", DROP_MINUTES_MAX) ||
        !is_whole(value, "past_minutes", PAST_MINUTES_MAX))
        return error_set(err, ERR_INVALID,
                         "'lag_ms' is up to an hour, 'past_minutes' up to %d, 'drop_minutes' from 0 on",
                         PAST_MINUTES_MAX);
    if (tree_get(value, "service") && !run_find(run, tree_text(value, "service")))
        return error_set(err, ERR_NOT_FOUND, "no such service");
    return true;
}

static bool change_flag(const cJSON *value, const char *key, bool *flag, struct error *err)
{
    const cJSON *given = tree_get(value, key);

    if (given && !cJSON_IsBool(given))
        return error_set(err, ERR_INVALID, "'%s' is true or false", key);
    *flag = given ? cJSON_IsTrue(given) : *flag;
    return true;
}

bool monitoring_change(struct monitoring *monitoring, struct run *run, const cJSON *value, int64_t now_ms,
                       struct error *err)
{
    if (!check_change(run, value, err) || !change_flag(value, "no_role", &monitoring->no_role, err) ||
        !change_flag(value, "no_scope", &monitoring->no_scope, err) ||
        !change_flag(value, "incomplete", &monitoring->is_incomplete, err))
        return false;
    monitoring->lag_ms = tree_int(value, "lag_ms", monitoring->lag_ms);
    if (tree_get(value, "drop_minutes"))
        drop(monitoring, value, tree_int(value, "drop_minutes", 0), now_ms);
    if (tree_get(value, "past_minutes"))
        traffic_add_past(run, tree_int(value, "past_minutes", 0), now_ms);
    return true;
}

/* ---- parameters ---- */

struct query {
    struct arena *arena;
    const char *filter, *start, *end, *period, *aligner, *reducer, *view, *page_size, *page_token;
    const char *groups[GROUP_FIELDS_MAX];
    size_t groups_count;
    const char *unknown; /* the name of a parameter that is none */
    bool has_too_many;
};

static void on_query(void *arg, const char *name, const char *value)
{
    struct query *query = arg;
    const struct {
        const char *name, **at;
    } rows[] = {
        { "filter", &query->filter },
        { "interval.startTime", &query->start },
        { "interval.endTime", &query->end },
        { "aggregation.alignmentPeriod", &query->period },
        { "aggregation.perSeriesAligner", &query->aligner },
        { "aggregation.crossSeriesReducer", &query->reducer },
        { "view", &query->view },
        { "pageSize", &query->page_size },
        { "pageToken", &query->page_token },
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (text_is(rows[i].name, name)) {
            *rows[i].at = arena_strdup(query->arena, value);
            return;
        }
    }
    if (!text_is(name, "aggregation.groupByFields"))
        query->unknown = arena_strdup(query->arena, name);
    else if (query->groups_count < GROUP_FIELDS_MAX)
        query->groups[query->groups_count++] = arena_strdup(query->arena, value);
    else
        query->has_too_many = true;
}

static bool wrong(struct google_error *err, const char *field, const char *value, const char *why)
{
    return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Field %s had an invalid value of \"%.100s\": %s", field,
                         value ? value : "", why);
}

static bool read_period(const struct query *query, struct series_ask *ask, struct google_error *err)
{
    struct str text = str_of(query->period);
    int64_t seconds = 0;
    struct error ignored;

    if (!str_ends_with(text, "s"))
        return wrong(err, "aggregation.alignment_period", query->period, "must be a duration, such as \"60s\".");
    text.len--;
    if (!parse_int(text, 0, PERIOD_MAX_S, &seconds, &ignored) || seconds < POINT_MS / SECOND_MS)
        return wrong(err, "aggregation.alignment_period", query->period,
                     "must be at least 60 seconds, and at most 104 weeks.");
    ask->period_ms = seconds * SECOND_MS;
    return true;
}

static bool read_functions(const struct query *query, struct google_error *err)
{
    bool is_aligned = query->aligner && !text_is(query->aligner, "ALIGN_NONE");

    if (query->aligner && !text_starts(query->aligner, "ALIGN_"))
        return wrong(err, "aggregation.per_series_aligner", query->aligner, "must be an Aligner.");
    if (query->reducer && !text_starts(query->reducer, "REDUCE_"))
        return wrong(err, "aggregation.cross_series_reducer", query->reducer, "must be a Reducer.");
    if (query->reducer && !text_is(query->reducer, "REDUCE_NONE") && !is_aligned)
        return wrong(err, "aggregation.per_series_aligner", query->aligner, "must be specified with a reducer.");
    return (text_is(query->aligner, "ALIGN_DELTA") && text_is(query->reducer, "REDUCE_SUM")) ||
           google_refuse(err, GOOGLE_UNIMPLEMENTED, "The sandbox knows no functions but ALIGN_DELTA and REDUCE_SUM.");
}

static bool read_aggregation(const struct query *query, struct series_ask *ask, struct google_error *err)
{
    if (!read_functions(query, err) || !read_period(query, ask, err))
        return false;
    for (size_t i = 0; i < query->groups_count; i++) {
        if (!series_is_label(query->groups[i]))
            return wrong(err, "aggregation.group_by_fields", query->groups[i], "is no label of this metric.");
        ask->groups[i] = query->groups[i];
    }
    if (query->has_too_many)
        return google_refuse(err, GOOGLE_UNIMPLEMENTED, "The sandbox groups by %d labels at most.", GROUP_FIELDS_MAX);
    ask->groups_count = query->groups_count;
    return true;
}

static bool read_interval(const struct query *query, struct series_ask *ask, struct google_error *err)
{
    int64_t start_ms = 0;
    struct error ignored;

    if (!query->end)
        return wrong(err, "interval.end_time", NULL, "the end time must be given.");
    if (!time_parse(str_of(query->end), &ask->end_ms, &ignored))
        return wrong(err, "interval.end_time", query->end, "must be an RFC 3339 time.");
    start_ms = ask->end_ms;
    if (query->start && !time_parse(str_of(query->start), &start_ms, &ignored))
        return wrong(err, "interval.start_time", query->start, "must be an RFC 3339 time.");
    if (start_ms > ask->end_ms)
        return wrong(err, "interval.start_time", query->start, "must not be later than the end time.");
    if ((ask->end_ms - start_ms) / ask->period_ms > WINDOWS_MAX)
        return google_refuse(err, GOOGLE_UNIMPLEMENTED, "The sandbox tells %d points of a series at most.",
                             WINDOWS_MAX);
    ask->windows = (size_t)((ask->end_ms - start_ms) / ask->period_ms);
    return true;
}

static bool read_filter(const struct query *query, struct series_ask *ask, struct google_error *err)
{
    const char *unknown = NULL;

    if (!filter_parse(query->filter, query->arena, &ask->filter, err))
        return false;
    ask->metric = metric_find(filter_metric_type(ask->filter));
    if (!ask->metric)
        return google_refuse(
            err, GOOGLE_NOT_FOUND,
            "Cannot find metric(s) that match type = \"%.100s\". If a metric was created recently, it could "
            "take up to 10 minutes to become available. Please try again soon.",
            filter_metric_type(ask->filter));
    unknown = filter_unknown(ask->filter, series_is_selector);
    return !unknown || wrong(err, "filter", query->filter,
                             arena_printf(query->arena, "the metric and its resource have no \"%.60s\".", unknown));
}

static bool read_query(const struct query *query, struct series_ask *ask, struct google_error *err)
{
    if (query->unknown)
        return google_refuse(
            err, GOOGLE_INVALID_ARGUMENT,
            "Invalid JSON payload received. Unknown name \"%.60s\": Cannot bind query parameter. Field "
            "'%.60s' could not be found in request message.",
            query->unknown, query->unknown);
    if (query->view && !text_is(query->view, "FULL"))
        return google_refuse(err, text_is(query->view, "HEADERS") ? GOOGLE_UNIMPLEMENTED : GOOGLE_INVALID_ARGUMENT,
                             "The sandbox knows no view but FULL.");
    return read_filter(query, ask, err) && read_aggregation(query, ask, err) && read_interval(query, ask, err);
}

/* ---- pages ---- */

/* So many points of the whole list, from the token's on. A series that is cut goes on in the next page. */
static bool add_page(const struct query *query, const cJSON *all, cJSON *answer, struct google_error *err)
{
    int64_t size = PAGE_MAX, skip = 0, at = 0;
    cJSON *list = json_set(answer, "timeSeries", json_array());
    struct error ignored;

    if (query->page_size && !parse_int(str_of(query->page_size), 0, INT32_MAX, &size, &ignored))
        return wrong(err, "page_size", query->page_size, "must be a number from 0 on.");
    size = size > 0 && size < PAGE_MAX ? size : PAGE_MAX;
    if (query->page_token && *query->page_token && !parse_int(str_of(query->page_token), 1, INT32_MAX, &skip, &ignored))
        return wrong(err, "page_token", query->page_token, "is none that was given out.");
    JSON_EACH(series, all) {
        cJSON *shown = json_copy(series), *points = json_set(shown, "points", json_array());

        JSON_EACH(point, tree_get(series, "points")) {
            if (at >= skip && at < skip + size)
                json_add(points, json_copy(point));
            at++;
        }
        if (points->child)
            json_add(list, shown);
        else
            cJSON_Delete(shown);
    }
    if (at > skip + size)
        tree_set_textf(answer, "nextPageToken", "%lld", (long long)(skip + size));
    return true;
}

static void add_errors(cJSON *answer)
{
    cJSON *error = json_add(json_set(answer, "executionErrors", json_array()), json_object());

    json_set_int(error, "code", google_rpc_number(GOOGLE_UNAVAILABLE));
    json_set_string(error, "message", "Some of the time series could not be read.");
    json_add_string(json_set(answer, "unreachable", json_array()), "global");
}

/* ---- the call ---- */

/* "/v3/projects/P/timeSeries" */
static const char *project_in(const char *path, struct arena *arena)
{
    struct str rest = str_of(path), project;

    if (!str_take_prefix(&rest, "/v3/projects/"))
        return NULL;
    project = str_take_until(&rest, '/');
    return str_is(rest, "timeSeries") && !str_is_empty(project) ? arena_copy(arena, project) : NULL;
}

static bool has_project(const struct run *run, const char *project)
{
    AUTO_FREE char *start = text_format("projects/%s/", project);

    for (const struct service *service = run->services; service; service = service->next) {
        if (text_starts(service->parent, start))
            return true;
    }
    return false;
}

static bool check_caller(const struct monitoring *monitoring, const struct run *run, const struct tokens *tokens,
                         const struct request *request, const char *project, struct google_error *err)
{
    const char *token = request_bearer(request);

    if (!token || !tokens_account(tokens, token, request->now_ms))
        return google_refuse(
            err, GOOGLE_UNAUTHENTICATED,
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
            "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.");
    if (!project || !request_is(request, "GET"))
        return google_refuse(err, GOOGLE_NOT_FOUND, "Method not found: %s %.200s", request->method, request->path);
    if (monitoring->no_scope)
        return google_refuse(err, GOOGLE_PERMISSION_DENIED, "Request had insufficient authentication scopes.");
    if (monitoring->no_role || !has_project(run, project))
        return google_refuse(err, GOOGLE_PERMISSION_DENIED,
                             "Permission monitoring.timeSeries.list denied (or the resource may not exist).");
    return true;
}

/* A gauge, told as it is: true when the filter names one of those. */
static bool answer_gauge(const struct databases *databases, const struct query *query, int64_t now_ms,
                         cJSON *answer)
{
    const struct filter *filter;
    struct google_error ignored;

    return query->filter && !query->aligner && !query->reducer && !query->unknown &&
           filter_parse(query->filter, query->arena, &filter, &ignored) &&
           database_answer_lag(databases, filter, now_ms, answer);
}

void monitoring_serve(const struct monitoring *monitoring, const struct run *run, const struct databases *databases,
                      const struct tokens *tokens, const struct request *request, struct reply *reply)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_JSON cJSON *answer = json_object(), *all = NULL;
    struct query query = { .arena = arena };
    struct series_ask ask = { .project = project_in(request->path, arena),
                              .visible_until_ms = request->now_ms - monitoring->lag_ms,
                              .dropped = monitoring->dropped };
    struct google_error err;

    request_each_query(request, on_query, &query);
    if (!check_caller(monitoring, run, tokens, request, ask.project, &err)) {
        google_reply_error(reply, &err);
        return;
    }
    if (answer_gauge(databases, &query, request->now_ms, answer)) {
        reply_json(reply, 200, TAKE(answer));
        return;
    }
    if (!read_query(&query, &ask, &err)) {
        google_reply_error(reply, &err);
        return;
    }
    all = series_collect(run, &ask, arena);
    if (!add_page(&query, all, answer, &err)) {
        google_reply_error(reply, &err);
        return;
    }
    if (!tree_get(answer, "timeSeries")->child)
        cJSON_DeleteItemFromObjectCaseSensitive(answer, "timeSeries");
    if (monitoring->is_incomplete)
        add_errors(answer);
    json_set_string(answer, "unit", ask.metric->unit);
    reply_json(reply, 200, TAKE(answer));
}
