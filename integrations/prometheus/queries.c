#include "integrations/prometheus/queries.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

static const char *const part_texts[] = {
    [PART_NOW] = "now",   [PART_REQUESTS] = "requests", [PART_RECENT] = "recent", [PART_ERRORS] = "errors",
    [PART_P50] = "p50",   [PART_P95] = "p95",           [PART_BOUND] = "bound",   [PART_IN_ALL] = "all",
    [PART_FAST] = "fast", [PART_FAST_VS] = "fast_vs",   [PART_THERE] = "there",
};
_Static_assert(ARRAY_LEN(part_texts) == PART_COUNT, "each part has a text");

const char *query_part_text(enum query_part part)
{
    return part_texts[part];
}

/* What a part is made of. */
struct writing {
    struct buf *out;
    const struct measure_ask *ask;
    const char *buckets; /* the histogram's name, with _bucket */
    const struct query_bound *all, *fast;
};

static const char *finished(const struct buf *out, struct arena *arena)
{
    return out->failed ? NULL : arena_copy(arena, buf_str(out));
}

/* label_replace sets a label when an empty text matches the empty label that nobody has. */
static void add_part(struct writing *w, enum query_part part, void (*add)(struct writing *w))
{
    buf_puts(w->out, w->out->len ? " or\nlabel_replace(" : "label_replace(");
    add(w);
    buf_addf(w->out, ", \"" QUERY_PART "\", \"%s\", \"\", \"\")", part_texts[part]);
}

static struct selector selector_of(const struct writing *w)
{
    return (struct selector){ .names = &w->ask->names, .revisions = { w->ask->canary, w->ask->baseline } };
}

/* ---- a window ---- */

static void add_lag(struct writing *w)
{
    if (w->ask->lag_ms > 0)
        buf_addf(w->out, " offset %" PRId64 "ms", w->ask->lag_ms);
}

static int64_t window_s(const struct writing *w)
{
    return (w->ask->window_ms + SECOND_MS - 1) / SECOND_MS;
}

static int64_t recent_s(const struct writing *w)
{
    int64_t recent = window_s(w) / QUERY_RECENT_SHARE, min = QUERY_RECENT_MIN_MS / SECOND_MS,
            max = QUERY_RECENT_MAX_MS / SECOND_MS, blocks = QUERY_RECENT_BLOCKS * w->ask->block_ms / SECOND_MS;

    recent = recent < blocks ? blocks : recent;
    recent = recent < min ? min : recent > max ? max : recent;
    return recent < window_s(w) ? recent : window_s(w);
}

/* A late source's window ends where it knows. */
static void add_range(struct writing *w, int64_t range_s)
{
    buf_addf(w->out, "[%" PRId64 "s]", range_s);
    add_lag(w);
}

/* sum by (revision) (increase(requests{...}[300s])) */
static void add_change(struct writing *w, const char *function, const char *code_sign, const char *code,
                       int64_t range_s)
{
    struct selector selector = selector_of(w);

    if (code_sign) {
        selector.label = w->ask->names.code_label;
        selector.sign = code_sign;
        selector.value = code;
    }
    buf_addf(w->out, "sum by (%s) (%s(", w->ask->names.revision_label, function);
    selector_add(w->out, &selector, w->ask->names.requests);
    add_range(w, range_s);
    buf_puts(w->out, "))");
}

static void add_now(struct writing *w)
{
    buf_puts(w->out, "vector(1)");
}

static void add_requests(struct writing *w)
{
    add_change(w, "increase", NULL, NULL, window_s(w));
}

static void add_recent(struct writing *w)
{
    add_change(w, "rate", NULL, NULL, recent_s(w));
}

/* A status that never came has no series. But neither has any, when the label is called otherwise: then nothing is
 * known. */
static void add_errors(struct writing *w)
{
    add_change(w, "increase", "=~", w->ask->names.errors, window_s(w));
    buf_puts(w->out, " or 0 * ");
    add_change(w, "increase", "!=", "", window_s(w));
}

static void add_quantile(struct writing *w, const char *quantile)
{
    const struct selector selector = selector_of(w);

    buf_addf(w->out, "histogram_quantile(%s, sum by (%s, " QUERY_BOUND ") (rate(", quantile,
             w->ask->names.revision_label);
    selector_add(w->out, &selector, w->buckets);
    add_range(w, window_s(w));
    buf_puts(w->out, ")))");
}

static void add_p50(struct writing *w)
{
    add_quantile(w, "0.5");
}

static void add_p95(struct writing *w)
{
    add_quantile(w, "0.95");
}

static void add_bounds(struct writing *w)
{
    const struct selector selector = selector_of(w);

    buf_addf(w->out, "count by (%s, " QUERY_BOUND ") (", w->ask->names.revision_label);
    selector_add(w->out, &selector, w->buckets);
    add_lag(w);
    buf_putc(w->out, ')');
}

static void add_there(struct writing *w)
{
    const struct selector selector = selector_of(w);

    buf_addf(w->out, "count by (%s) (last_over_time(", w->ask->names.revision_label);
    selector_add(w->out, &selector, w->ask->names.requests);
    add_range(w, window_s(w));
    buf_puts(w->out, "))");
}

const char *query_of_window(const struct measure_ask *ask, bool asks_bounds, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(QUERY_MAX_BYTES);
    struct writing w = { .out = &out, .ask = ask, .buckets = arena_printf(arena, "%s_bucket", ask->names.latency) };

    add_part(&w, PART_NOW, add_now);
    add_part(&w, PART_REQUESTS, add_requests);
    add_part(&w, PART_RECENT, add_recent);
    add_part(&w, PART_ERRORS, add_errors);
    add_part(&w, PART_P50, add_p50);
    add_part(&w, PART_P95, add_p95);
    add_part(&w, PART_THERE, add_there);
    if (asks_bounds)
        add_part(&w, PART_BOUND, add_bounds);
    return finished(&out, arena);
}

/* ---- blocks ----
 *
 * Differences, never increase(): that one extrapolates to its range's edges, so that two samples in a block count
 * twice. What a series gained in a block is its last sample there, less its last sample before, however long ago that
 * was: so consecutive blocks telescope, and each request is in one. Three things are looked after:
 *
 *   restarts      a count that fell begins anew: all of it is the block's.
 *   new series    a first error, or one instance more, has no sample before, and all of its count is the block's. But a
 *                 revision of which nothing was known two blocks before (just found, or the source was away) would
 *                 bring all of its past so: there a series without a sample before is left out.
 *   no sample     in the block, or in the block before: the revision has no value there. A range holds what was told
 *                 within it alone, where a selector would go on giving the last value for five minutes.
 */

/* last_over_time(metric{...}[14999ms] offset 15000ms): the range is so short that it does not hold what stood on its
 * old edge, whether that counts as its own (Prometheus 2) or not (3). */
static void add_last(struct writing *w, const struct selector *selector, const char *metric, int64_t range_ms,
                     int64_t offset_blocks)
{
    buf_puts(w->out, "last_over_time(");
    selector_add(w->out, selector, metric);
    buf_addf(w->out, "[%" PRId64 "ms]", range_ms);
    if (offset_blocks > 0)
        buf_addf(w->out, " offset %" PRId64 "ms", offset_blocks * w->ask->block_ms);
    buf_putc(w->out, ')');
}

static void add_told(struct writing *w, const struct selector *selector, const char *metric, int64_t blocks_ago)
{
    add_last(w, selector, metric, w->ask->block_ms - 1, blocks_ago);
}

static void add_difference(struct writing *w, const struct selector *selector, const char *metric)
{
    add_told(w, selector, metric, 0);
    buf_puts(w->out, " - ");
    add_last(w, selector, metric, QUERY_BACK_MS, 1);
}

/* What is counted, and of what one sees that the revision was there. */
struct counting {
    const char *metric;
    struct selector counted, there;
};

static void add_where_there(struct writing *w, const struct counting *counting, int64_t blocks_ago)
{
    buf_addf(w->out, " and on (%s) ", w->ask->names.revision_label);
    add_told(w, &counting->there, counting->metric, blocks_ago);
}

/* What every series gained, of one that is new or restarted all; summed. */
static void add_gain(struct writing *w, const struct counting *counting,
                     void (*add_goes_on)(struct writing *w, const struct counting *))
{
    buf_addf(w->out, "sum by (%s) ((", w->ask->names.revision_label);
    add_goes_on(w, counting);
    buf_puts(w->out, " or ");
    add_told(w, &counting->counted, counting->metric, 0);
    add_where_there(w, counting, 2);
    buf_putc(w->out, ')');
    add_where_there(w, counting, 1);
    buf_putc(w->out, ')');
}

static void add_unless_fallen(struct writing *w, const struct counting *counting)
{
    add_difference(w, &counting->counted, counting->metric);
    buf_puts(w->out, " >= 0");
}

/* A restarted histogram's bucket may stand higher than before: whether it restarted, its count of all tells. */
static void add_unless_all_fell(struct writing *w, const struct counting *counting)
{
    buf_putc(w->out, '(');
    add_difference(w, &counting->counted, counting->metric);
    buf_puts(w->out, ") and ignoring (" QUERY_BOUND ") (");
    add_difference(w, &counting->there, counting->metric);
    buf_puts(w->out, " >= 0)");
}

static void add_block_requests(struct writing *w)
{
    const struct counting counting = { w->ask->names.requests, selector_of(w), selector_of(w) };

    add_gain(w, &counting, add_unless_fallen);
}

static void add_block_errors(struct writing *w)
{
    struct counting errors = { w->ask->names.requests, selector_of(w), selector_of(w) }, coded = errors;

    errors.counted.label = coded.counted.label = w->ask->names.code_label;
    errors.counted.sign = "=~";
    errors.counted.value = w->ask->names.errors;
    coded.counted.sign = "!=";
    coded.counted.value = "";
    add_gain(w, &errors, add_unless_fallen);
    buf_addf(w->out, " or 0 * sum by (%s) (", w->ask->names.revision_label);
    add_told(w, &coded.counted, coded.metric, 0);
    add_where_there(w, &coded, 1);
    buf_putc(w->out, ')');
}

static struct selector bucket_of(const struct writing *w, const struct query_bound *bound)
{
    struct selector selector = selector_of(w);

    selector.label = QUERY_BOUND;
    selector.texts = bound->texts;
    selector.texts_count = bound->texts_count;
    return selector;
}

static void add_block_all(struct writing *w)
{
    const struct counting counting = { w->buckets, bucket_of(w, w->all), bucket_of(w, w->all) };

    add_gain(w, &counting, add_unless_fallen);
}

static void add_block_fast(struct writing *w)
{
    const struct counting counting = { w->buckets, bucket_of(w, w->fast), bucket_of(w, w->all) };

    add_gain(w, &counting, add_unless_all_fell);
}

const char *query_of_blocks(const struct measure_ask *ask, const struct query_bound *all,
                            const struct query_bound *fast, const struct query_bound *fast_vs, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(QUERY_MAX_BYTES);
    struct writing w = { .out = &out,
                         .ask = ask,
                         .buckets = arena_printf(arena, "%s_bucket", ask->names.latency),
                         .all = all,
                         .fast = fast };

    add_part(&w, PART_REQUESTS, add_block_requests);
    add_part(&w, PART_ERRORS, add_block_errors);
    if (all->texts_count == 0)
        return finished(&out, arena);
    if (fast->texts_count > 0 || fast_vs->texts_count > 0)
        add_part(&w, PART_IN_ALL, add_block_all);
    if (fast->texts_count > 0)
        add_part(&w, PART_FAST, add_block_fast);
    w.fast = fast_vs;
    if (fast_vs->texts_count > 0)
        add_part(&w, PART_FAST_VS, add_block_fast);
    return finished(&out, arena);
}

/* ---- others ---- */

const char *query_of_series(const struct measure_names *names, const char *metric, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(QUERY_MAX_BYTES);

    selector_add(&out, &(struct selector){ .names = names }, metric);
    return arena_copy(arena, buf_str(&out));
}

const char *query_of_user(const char *query, const char *revision, struct arena *arena)
{
    static const char placeholder[] = "{revision}";
    AUTO_BUF struct buf out = BUF(QUERY_MAX_BYTES);
    const char *at;

    while ((at = strstr(query, placeholder)) != NULL) {
        buf_add(&out, query, (size_t)(at - query));
        selector_escape(&out, revision);
        query = at + sizeof(placeholder) - 1;
    }
    buf_puts(&out, query);
    return finished(&out, arena);
}
