/* plan.c - from the words behind `maintenance plan` to a plan: where, when, for how long, why; or what is wrong with
 * it. */
#include "handlers/maintenance/maintaining.h"

#include "handlers/place.h"
#include "handlers/runbook/arguments.h"

#include "policy/planned.h"

#include <string.h>

#define QUOTED_BYTES 60
#define REASON_MAX_BYTES 300
#define EXAMPLE "`maintenance plan api production \"Wed 22:00 UTC\" for 1h \"why\"`"

static const char *const announce_default[] = { "48h", "24h", "1h" };

static const char *quote(const struct view *view, const char *text)
{
    return card_quote(str_of(text), QUOTED_BYTES, view->arena);
}

static const char *join(const struct typed *typed, size_t from, size_t until, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = from; i < until; i++)
        text = text ? arena_printf(arena, "%s %s", text, typed->words[i]) : typed->words[i];
    return text;
}

/* ---- where ---- */

static bool add_target(const struct view *view, const char *target, struct maintenance_body *plan, struct error *err)
{
    for (size_t i = 0; i < plan->targets_count; i++)
        if (strcmp(plan->targets[i], target) == 0)
            return error_set(err, ERR_INVALID, "`%s` stands there twice. Nothing was done.", target);
    if (plan->targets_count >= MAINTENANCE_TARGETS_MAX)
        return error_set(err, ERR_INVALID, "A maintenance has %d places at most. Nothing was done.",
                         MAINTENANCE_TARGETS_MAX);
    *ARENA_PUSH(view->arena, plan->targets, plan->targets_count) = target;
    plan->where = plan->where ? arena_printf(view->arena, "%s, %s", plan->where, target) : target;
    return true;
}

static const struct maintenance_place *find_named(const struct view *view, const char *name)
{
    const struct maintenance_settings *settings = &view->settings->maintenance;

    for (size_t i = 0; i < settings->places_count; i++)
        if (strcmp(settings->places[i].name, name) == 0)
            return &settings->places[i];
    return NULL;
}

static bool add_service(const struct view *view, const struct typed *typed, const char *service,
                        const char *environment, struct maintenance_body *plan, struct error *err)
{
    struct typed two = { .verb = typed->verb, .words = { service, environment }, .words_count = 2 };
    struct place place;

    if (!place_read(view->settings, &two, view->arena, &place, err))
        return false;
    if (place.rest) /* an environment alone: of which services is not guessed */
        return error_set(err, ERR_INVALID,
                         "Which services of `%s`? As in `api,web %s`, or a name of `maintenance.places`. Nothing was "
                         "done.",
                         quote(view, service), quote(view, service));
    return add_target(view, place.target, plan, err);
}

/* `ret_taken`: how many words name it. */
static bool read_places(const struct view *view, const struct typed *typed, struct maintenance_body *plan,
                        size_t *ret_taken, struct error *err)
{
    const struct maintenance_place *named = typed->words_count > 1 ? find_named(view, typed->words[1]) : NULL;
    struct str services = str_of(typed->words_count > 1 ? typed->words[1] : "");

    for (size_t i = 0; named && i < named->of_count; i++)
        if (!add_target(view, named->of[i], plan, err))
            return false;
    *ret_taken = named ? 2 : 3;
    if (named)
        return true;
    if (typed->words_count < 3)
        return error_set(err, ERR_INVALID, "Where, and when? As in " EXAMPLE ". Nothing was done.");
    do {
        if (!add_service(view, typed, arena_copy(view->arena, str_take_until(&services, ',')), typed->words[2], plan,
                         err))
            return false;
    } while (services.len > 0);
    return true;
}

/* ---- when ---- */

static bool read_for(const struct view *view, const struct typed *typed, size_t at, struct maintenance_body *plan,
                     struct error *err)
{
    int64_t for_ms;

    if (at + 1 >= typed->words_count || !duration_parse(str_of(typed->words[at + 1]), &for_ms, err) ||
        for_ms < MAINTENANCE_FOR_MIN_MS || for_ms > MAINTENANCE_FOR_MAX_MS)
        return error_set(err, ERR_INVALID,
                         "For how long? `for` takes a duration from 1m to 3d, as in " EXAMPLE ". Nothing was done.");
    plan->until_ms = plan->at_ms + for_ms;
    plan->reason = join(typed, at + 2, typed->words_count, view->arena);
    if (!plan->reason || str_is_empty(str_trim(str_of(plan->reason))))
        return error_set(err, ERR_INVALID, "Why? Say it last, as in " EXAMPLE ". Nothing was done.");
    plan->reason = card_quote(str_of(plan->reason), REASON_MAX_BYTES, view->arena);
    return true;
}

static bool read_when(const struct view *view, const struct typed *typed, size_t from, struct maintenance_body *plan,
                      struct error *err)
{
    size_t at = from;
    const char *when;

    while (at < typed->words_count && strcmp(typed->words[at], "for") != 0)
        at++;
    when = join(typed, from, at, view->arena);
    if (!when)
        return error_set(err, ERR_INVALID, "When? As in " EXAMPLE ". Nothing was done.");
    if (!planned_read(view->policy, str_of(when), view_unix_ms(view), view->arena, &plan->at_ms, err))
        return error_set(err, ERR_INVALID, "%s. Nothing was done.", arena_strdup(view->arena, err->message));
    return read_for(view, typed, at, plan, err);
}

/* ---- may it be then? ---- */

static bool is_early_enough(const struct view *view, const struct typed *typed, struct maintenance_body *plan,
                            struct error *err)
{
    int64_t ahead_ms = plan->at_ms - view_unix_ms(view), least_ms = view->settings->maintenance.least_ms;
    const char *hurry = typed_option(typed, "short-notice");

    if (hurry && str_is_empty(str_trim(str_of(hurry))))
        return error_set(err, ERR_INVALID, "`--short-notice` takes the reason for it. Nothing was done.");
    plan->hurry = hurry ? card_quote(str_of(hurry), REASON_MAX_BYTES, view->arena) : NULL;
    return hurry || ahead_ms >= least_ms ||
           error_set(err, ERR_INVALID,
                     "That is in %s, and maintenance is told at least %s ahead: `--short-notice \"why\"`, if it cannot "
                     "wait. Nothing was done.",
                     arena_strdup(view->arena, duration_about(ahead_ms > 0 ? ahead_ms : 0).text),
                     duration_exact(least_ms).text);
}

static bool fits_windows(const struct view *view, const struct maintenance_body *plan, struct error *err)
{
    int64_t next_ms;

    if (planned_fits(view->policy, plan->at_ms, plan->until_ms - plan->at_ms, &next_ms))
        return true;
    return error_set(err, ERR_INVALID, "%s until %s does not fit into `maintenance.windows`%s%s. Nothing was done.",
                     card_date(plan->at_ms, view->arena), card_date(plan->until_ms, view->arena),
                     next_ms > 0 ? "; the next with so much room begins " : "",
                     next_ms > 0 ? card_date(next_ms, view->arena) : "");
}

static bool is_in_one_place(const struct operation *operation, const struct maintenance_body *plan)
{
    for (size_t i = 0; i < plan->targets_count; i++)
        JSON_EACH(target, json_find(operation->body, "targets"))
            if (str_is(str_of(cJSON_GetStringValue(target)), plan->targets[i]))
                return true;
    return false;
}

/* One that is over its time goes on for now. */
static bool is_at_the_time_of(const struct view *view, const struct operation *other,
                              const struct maintenance_body *plan)
{
    int64_t at_ms = json_find_int(other->body, "at_ms", 0), until_ms = json_find_int(other->body, "until_ms", 0);

    if (maintenance_holds(other) && until_ms <= view_unix_ms(view))
        until_ms = view_unix_ms(view) + 1;
    return at_ms < plan->until_ms && plan->at_ms < until_ms;
}

const struct operation *maintenance_overlapping(const struct view *view, const struct maintenance_body *plan,
                                                const char *own)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        bool is_live = !operation_has_ended(all[i]) && (maintenance_is_planned(all[i]) || maintenance_holds(all[i]));

        if (is_live && (!own || strcmp(own, all[i]->id) != 0) && is_in_one_place(all[i], plan) &&
            is_at_the_time_of(view, all[i], plan))
            return all[i];
    }
    return NULL;
}

static bool is_alone(const struct view *view, const struct maintenance_body *plan, struct error *err)
{
    const struct operation *other = maintenance_overlapping(view, plan, NULL);

    return !other || error_set(err, ERR_CONFLICT, "It would overlap with *%s*, %s of `%.80s`. Nothing was done.",
                               other->id, maintenance_when(other->body, view->arena), maintenance_places(other));
}

/* ---- with what ---- */

static bool unknown_runbook(const struct view *view, const char *word, struct error *err)
{
    const struct settings *settings = view->settings;
    const char **names = arena_alloc(view->arena, (settings->runbooks_count + 1) * sizeof(*names)), *nearest;

    for (size_t i = 0; i < settings->runbooks_count; i++)
        names[i] = settings->runbooks[i].name;
    nearest = str_nearest(str_of(word), names, settings->runbooks_count);
    return error_set(err, ERR_INVALID, "There is no runbook `%s`.%s%s%s Nothing was done.", quote(view, word),
                     nearest ? " Did you mean `" : "", nearest ? nearest : "", nearest ? "`?" : "");
}

/* What it takes is said now, and not when everybody waits for it. Its options stand behind. */
static bool are_arguments_good(const struct view *view, const struct runbook_settings *runbook,
                               const struct request *words, struct error *err)
{
    struct shape_pair *ignored;
    size_t count = 1;

    while (count < words->words_count && strncmp(words->words[count], "--", 2) != 0)
        count++;
    return runbook_arguments_read(runbook, words->words + 1, count - 1, view->arena, &ignored, err) ||
           error_wrap(err, "`--runbook`");
}

static bool read_work(const struct view *view, const struct typed *typed, struct maintenance_body *plan,
                      struct error *err)
{
    const char *line = typed_option(typed, "runbook"), *name;
    const struct runbook_settings *runbook;
    struct request words = { 0 };

    if (!line)
        return true;
    if (!request_split(str_of(line), view->arena, &words, err))
        return false;
    name = words.words_count > 0 ? words.words[0] : "";
    runbook = settings_find_runbook(view->settings, name);
    if (!runbook)
        return unknown_runbook(view, name, err);
    plan->work = words.words;
    plan->work_count = words.words_count;
    return are_arguments_good(view, runbook, &words, err);
}

/* Those that are still to come. */
static void take_announcements(const struct view *view, struct maintenance_body *plan)
{
    const struct maintenance_settings *settings = &view->settings->maintenance;
    bool has_own = settings->announce_count > 0;
    size_t count = has_own ? settings->announce_count : ARRAY_LEN(announce_default);

    for (size_t i = 0; i < count; i++) {
        const char *before = has_own ? settings->announce[i] : announce_default[i];
        struct error ignored;
        int64_t before_ms;

        if (duration_parse(str_of(before), &before_ms, &ignored) && plan->at_ms - before_ms > view_unix_ms(view))
            *ARENA_PUSH(view->arena, plan->announce, plan->announce_count) = before;
    }
}

/* Whatever the settings say of it is in the plan from now on. */
static void take_settings(const struct view *view, struct maintenance_body *plan)
{
    const struct maintenance_settings *settings = &view->settings->maintenance;

    take_announcements(view, plan);
    plan->watch_ms = settings->watch_ms;
    plan->starts_itself = settings->start == MAINTENANCE_STARTS_ITSELF;
    plan->channel = settings->channel ? settings->channel : view->settings->slack.channels.deployments;
    plan->mail_to = settings->mail_to;
    plan->mail_to_count = settings->mail_to_count;
    if (settings->status_page && view->settings->statuspage)
        plan->page = ARENA_NEW(view->arena, struct maintenance_page);
}

bool maintenance_plan_read(const struct view *view, const struct typed *typed, struct maintenance_body *plan,
                           struct error *err)
{
    size_t taken;

    if (!read_places(view, typed, plan, &taken, err) || !read_when(view, typed, taken, plan, err) ||
        !is_early_enough(view, typed, plan, err) || !fits_windows(view, plan, err) || !is_alone(view, plan, err) ||
        !read_work(view, typed, plan, err))
        return false;
    take_settings(view, plan);
    return true;
}
