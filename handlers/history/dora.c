/* dora.c - deploys a day, lead time, change failure rate, time to restore; with what each of them counts. */
#include "handlers/figures.h"
#include "handlers/history/history.h"
#include "handlers/history/numbers.h"
#include "handlers/history/scope.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <inttypes.h>

#define DAYS_OTHERWISE 30
#define DAYS_MAX 365
#define P90_FROM 10 /* of fewer the ninetieth percent is the largest but for nobody */
#define PLACES_SHOWN 20

static const struct verb_option options[] = { { "days", .takes_value = true } };

struct dora_arguments {
    struct scope scope;
    int64_t days;
};

/* ---- figures ---- */

static const char *about(const struct view *view, int64_t ms)
{
    return arena_strdup(view->arena, duration_about(ms).text);
}

static const char *plural(size_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

/* Of less than a day nothing is said for a whole one. */
static const char *rate_text(const struct view *view, const struct numbers *n)
{
    int64_t observed_ms = view->now_ms > n->since_ms ? view->now_ms - n->since_ms : 0;
    double a_day = observed_ms > 0 ? (double)n->deploys * (double)DAY_MS / (double)observed_ms : 0;
    const char *text = arena_printf(view->arena, "%zu %s", n->deploys, plural(n->deploys, "deploy", "deploys"));

    if (observed_ms < DAY_MS)
        return arena_printf(view->arena, "%s in less than a day", text);
    if (n->deploys == 0)
        return arena_printf(view->arena, "%s in %s", text, about(view, observed_ms));
    return arena_printf(view->arena, a_day < 1 ? "%.2f a day (%s in %s)" : "%.1f a day (%s in %s)", a_day, text,
                        about(view, observed_ms));
}

static const char *times_text(const struct view *view, const struct numbers_times *times)
{
    const char *median = about(view, times->median_ms);

    if (times->count == 1)
        return arena_printf(view->arena, "%s, of 1", median);
    if (times->count < P90_FROM)
        return arena_printf(view->arena, "median %s, from %s to %s, of %zu", median, about(view, times->min_ms),
                            about(view, times->max_ms), times->count);
    return arena_printf(view->arena, "median %s, 90 %% within %s, of %zu", median, about(view, times->p90_ms),
                        times->count);
}

static const char *add(const struct view *view, const char *text, size_t count, const char *what)
{
    if (count == 0)
        return text;
    return arena_printf(view->arena, "%s%s%zu %s", text, text[0] ? "; " : "", count, what);
}

static const char *lead_text(const struct view *view, const struct numbers *n)
{
    const char *text = n->lead.count > 0 ? times_text(view, &n->lead) : "not known";

    text = add(view, text, n->leads_unknown, "without a time of their commit on record");
    text = add(view, text, n->leads_old, "brought no newer commit");
    return add(view, text, n->leads_settings, "changed settings alone");
}

static const char *failed_text(const struct view *view, const struct numbers *n)
{
    double low, high;

    if (n->deploys == 0)
        return "not known: nothing was deployed";
    if (n->deploys >= NUMBERS_FEW)
        return arena_printf(view->arena, "%s (%zu of %zu)",
                            figure_share((double)n->failed, (double)n->deploys, view->arena), n->failed, n->deploys);
    numbers_interval(n->failed, n->deploys, &low, &high);
    return arena_printf(view->arena, "%zu of %zu (so few: %.0f to %.0f %%)", n->failed, n->deploys, low * 100,
                        high * 100);
}

static const char *restore_text(const struct view *view, const struct numbers *n)
{
    const char *text = n->restore.count > 0 ? times_text(view, &n->restore) : "";

    text = add(view, text, n->open, "not known to be restored yet");
    return text[0] ? text : "nothing had to be";
}

/* ---- the answer ---- */

static const char *since_text(const struct view *view, const struct numbers *n, int64_t days)
{
    const char *from = card_date(n->since_ms + view->shift_ms, view->arena);

    if (n->is_young)
        return arena_printf(view->arena, "since %s: nothing older is on record", from);
    if (n->is_cut)
        return arena_printf(view->arena, "since %s: of a place no more than its last %d ends are kept", from,
                            TARGET_ENDS_MAX);
    return arena_printf(view->arena, "the last %" PRId64 " %s", days, days == 1 ? "day" : "days");
}

static void tell_numbers(const struct view *view, const struct numbers *n, struct outcome *out)
{
    outcome_reply_line(out, "Deploys: %s", rate_text(view, n));
    outcome_reply_line(out, "Lead time: %s", lead_text(view, n));
    outcome_reply_line(out, "Change failure rate: %s", failed_text(view, n));
    outcome_reply_line(out, "Time to restore: %s", restore_text(view, n));
    if (n->untouched > 0)
        outcome_reply_line(out, "%zu more ended before anything of %s served: no deploys, and no failed changes.",
                           n->untouched, plural(n->untouched, "it", "them"));
    if (n->strangers > 0)
        outcome_reply_line(out, "%zu %s from what opsgate had not brought: no deploy of its own failed there.",
                           n->strangers, plural(n->strangers, "way back led", "ways back led"));
}

static void tell_place(const struct view *view, const struct scope_place *place, const struct numbers *n,
                       struct outcome *out)
{
    const char *restored =
        n->restore.count > 0 ? arena_printf(view->arena, " · restored in %s", about(view, n->restore.median_ms)) : "";

    outcome_reply_line(
        out, "%s: %zu %s · lead %s · failed %s%s", place->name, n->deploys, plural(n->deploys, "deploy", "deploys"),
        n->lead.count > 0 ? about(view, n->lead.median_ms) : "not known", failed_text(view, n), restored);
}

static void tell_places(const struct view *view, const struct scope *scope, int64_t from_ms, struct outcome *out)
{
    size_t shown = 0, more = 0, quiet = 0;

    for (size_t i = 0; i < scope->count; i++) {
        struct numbers n = numbers_count(view, &scope->places[i].target, 1, from_ms);

        if (n.deploys == 0)
            quiet++;
        else if (shown == PLACES_SHOWN)
            more++;
        else
            tell_place(view, &scope->places[i], &n, out), shown++;
    }
    if (more > 0)
        outcome_reply_line(out, "%zu more %s: ask for a service, or an environment.", more,
                           plural(more, "place", "places"));
    if (quiet > 0)
        outcome_reply_line(out, "%zu %s without a deploy.", quiet, plural(quiet, "place", "places"));
}

static const char *const definitions[] = {
    "What counts: a deploy, when it served, if only in part, or nobody can tell that it did not; each region is a place "
    "of its own; ways back are no deploys.",
    "Lead time is from the time of its commit until it was good, of those that brought a newer commit than any before. "
    "Failed: taken back by a verdict or by people, ended in doubt, or rolled back later.",
    "Time to restore is from its first traffic until another good version served all; when people noticed, nobody told "
    "opsgate.",
    NULL,
};

static void tell_notes(const struct scope *scope, struct outcome *out)
{
    for (const char *const *line = definitions; *line; line++)
        outcome_reply_line(out, "%s", *line);
    if (scope->hidden > 0)
        outcome_reply_line(out, "%zu more %s not shown to you by the policy.", scope->hidden,
                           plural(scope->hidden, "place is", "places are"));
    if (scope->adopted)
        outcome_reply_line(out, "%s", scope->adopted);
}

/* ---- the verb ---- */

static bool dora_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    struct dora_arguments *arguments = ARENA_NEW(view->arena, struct dora_arguments);
    struct typed typed;

    *ret_arguments = arguments;
    return request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) &&
           scope_number(&typed, "days", 1, DAYS_MAX, DAYS_OTHERWISE, &arguments->days, err) &&
           scope_read(view, request, SCOPE_VERB, &typed, ret_question, &arguments->scope, err);
}

static void dora_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *value, struct outcome *out)
{
    const struct dora_arguments *arguments = value;
    const struct scope *scope = &arguments->scope;
    const struct target **targets = arena_alloc(view->arena, (scope->count + 1) * sizeof(*targets));
    int64_t from_ms = view->now_ms - arguments->days * DAY_MS;
    struct numbers all;

    (void)request, (void)question;
    for (size_t i = 0; i < scope->count; i++)
        targets[i] = scope->places[i].target;
    all = numbers_count(view, targets, scope->count, from_ms);
    outcome_reply(out, "%s, %s.", scope->about, since_text(view, &all, arguments->days));
    tell_numbers(view, &all, out);
    if (scope->count > 1)
        tell_places(view, scope, from_ms, out);
    tell_notes(scope, out);
}

static const char *const details[] = {
    "They are counted from the last 64 ends of each place, which `history` shows; the answer says what counts.",
    "Whoever may ask for `history` may ask for them.",
    NULL,
};

const struct verb verb_dora = {
    .name = "dora",
    .usage = "dora [SERVICE] [ENVIRONMENT] [--days N]",
    .summary = "deploys a day, lead time, change failure rate and time to restore",
    .details = details,
    .is_look = true,
    .ruled_as = SCOPE_VERB,
    .asks = dora_asks,
    .begin = dora_begin,
};
