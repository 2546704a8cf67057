#include "integrations/prometheus/queries.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

/* ---- names ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(const char *name, bool may_have_colon)
{
    if (!name || !name[0])
        return false;
    for (size_t i = 0; name[i]; i++)
        if (!is_letter(name[i]) && !(may_have_colon && name[i] == ':') && !(i > 0 && name[i] >= '0' && name[i] <= '9'))
            return false;
    return true;
}

bool query_is_metric_name(const char *name)
{
    return is_name(name, true);
}

bool query_is_label_name(const char *name)
{
    return is_name(name, false);
}

static bool check_name(const char *key, const char *name, bool is_metric, struct error *err)
{
    return is_name(name, is_metric) || error_set(err, ERR_INVALID, "%s: '%.100s' is not the name of a %s", key,
                                                 name ? name : "", is_metric ? "metric" : "label");
}

bool query_check_names(const struct measure_names *names, struct error *err)
{
    if (!check_name("requests", names->requests, true, err) || !check_name("latency", names->latency, true, err) ||
        !check_name("revision_label", names->revision_label, false, err) ||
        !check_name("code_label", names->code_label, false, err))
        return false;
    if (str_ends_with(str_of(names->latency), "_bucket"))
        return error_set(err, ERR_INVALID, "latency: the histogram is named without _bucket");
    for (size_t i = 0; i < names->match_count; i++)
        if (!check_name("match", names->match[i].key, false, err))
            return false;
    return true;
}

/* ---- values ---- */

static void add_escaped(struct buf *out, const char *value)
{
    for (; *value; value++) {
        switch (*value) {
        case '\\':
        case '"':
            buf_putc(out, '\\');
            buf_putc(out, *value);
            break;
        case '\n':
            buf_puts(out, "\\n");
            break;
        case '\r':
            buf_puts(out, "\\r");
            break;
        default:
            buf_putc(out, *value);
        }
    }
}

static void add_matcher(struct buf *out, const char *before, const char *label, const char *sign, const char *value)
{
    buf_addf(out, "%s%s%s\"", before, label, sign);
    add_escaped(out, value);
    buf_putc(out, '"');
}

/* ---- queries ---- */

struct selector {
    const struct measure_names *names;
    const char *revision;
    int64_t window_s;
};

/* metric{revision="...",label...,match...}[Ns] */
static void add_selector(struct buf *out, const struct selector *selector, const char *metric, const char *code_sign,
                         const char *code)
{
    const struct measure_names *names = selector->names;

    buf_puts(out, metric);
    add_matcher(out, "{", names->revision_label, "=", selector->revision);
    if (code_sign)
        add_matcher(out, ",", names->code_label, code_sign, code);
    for (size_t i = 0; i < names->match_count; i++)
        add_matcher(out, ",", names->match[i].key, "=", names->match[i].value);
    buf_addf(out, "}[%" PRId64 "s]", selector->window_s);
}

const char *query_of_series(const struct measure_names *names, const char *metric, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(QUERY_MAX_BYTES);

    buf_puts(&out, metric);
    add_matcher(&out, "{", names->revision_label, "!=", "");
    for (size_t i = 0; i < names->match_count; i++)
        add_matcher(&out, ",", names->match[i].key, "=", names->match[i].value);
    buf_putc(&out, '}');
    return arena_copy(arena, buf_str(&out));
}

static int64_t recent_s(int64_t window_s)
{
    int64_t recent = window_s / QUERY_RECENT_SHARE, min = QUERY_RECENT_MIN_MS / SECOND_MS,
            max = QUERY_RECENT_MAX_MS / SECOND_MS;

    recent = recent < min ? min : recent > max ? max : recent;
    return recent < window_s ? recent : window_s;
}

static void add_count(struct buf *out, const struct selector *selector, const char *code_sign, const char *code)
{
    buf_puts(out, "sum(increase(");
    add_selector(out, selector, selector->names->requests, code_sign, code);
    buf_puts(out, "))");
}

static void add_quantile(struct buf *out, const struct selector *selector, const char *quantile)
{
    AUTO_BUF struct buf metric = BUF(QUERY_MAX_BYTES);

    buf_addf(&metric, "%s_bucket", selector->names->latency);
    buf_addf(out, "histogram_quantile(%s, sum by (le) (rate(", quantile);
    add_selector(out, selector, buf_text(&metric), NULL, NULL);
    buf_puts(out, ")))");
}

static void add_requests(struct buf *out, const struct selector *selector)
{
    add_count(out, selector, NULL, NULL);
}

static void add_recent(struct buf *out, const struct selector *selector)
{
    const struct selector recent = { selector->names, selector->revision, recent_s(selector->window_s) };

    buf_puts(out, "sum(rate(");
    add_selector(out, &recent, recent.names->requests, NULL, NULL);
    buf_puts(out, "))");
}

/* A status that never came has no series. But neither has any, when the label is called otherwise: then nothing is
 * known. */
static void add_errors(struct buf *out, const struct selector *selector)
{
    add_count(out, selector, "=~", selector->names->errors);
    buf_puts(out, " or 0 * ");
    add_count(out, selector, "!=", "");
}

static void add_p50(struct buf *out, const struct selector *selector)
{
    add_quantile(out, selector, "0.5");
}

static void add_p95(struct buf *out, const struct selector *selector)
{
    add_quantile(out, selector, "0.95");
}

static const struct about {
    const char *text;
    void (*add)(struct buf *out, const struct selector *selector);
} abouts[] = {
    [QUERY_REQUESTS] = { "requests", add_requests },
    [QUERY_RECENT] = { "recent requests", add_recent },
    [QUERY_ERRORS] = { "errors", add_errors },
    [QUERY_P50] = { "p50", add_p50 },
    [QUERY_P95] = { "p95", add_p95 },
};

const char *query_about_text(enum query_about about)
{
    return abouts[about].text;
}

const char *query_of_revision(enum query_about about, const struct measure_names *names, const char *revision,
                              int64_t window_ms, struct arena *arena)
{
    const struct selector selector = { names, revision, (window_ms + SECOND_MS - 1) / SECOND_MS };
    AUTO_BUF struct buf out = BUF(QUERY_MAX_BYTES);

    abouts[about].add(&out, &selector);
    return out.failed ? NULL : arena_copy(arena, buf_str(&out));
}

const char *query_of_user(const char *query, const char *revision, struct arena *arena)
{
    static const char placeholder[] = "{revision}";
    AUTO_BUF struct buf out = BUF(QUERY_MAX_BYTES);
    const char *at;

    while ((at = strstr(query, placeholder)) != NULL) {
        buf_add(&out, query, (size_t)(at - query));
        add_escaped(&out, revision);
        query = at + sizeof(placeholder) - 1;
    }
    buf_puts(&out, query);
    return out.failed ? NULL : arena_copy(arena, buf_str(&out));
}
