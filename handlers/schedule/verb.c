/* verb.c - `schedules`: what is run by itself and when, what became of it, and a pause. */
#include "handlers/schedule/schedule.h"

#include "bot/model/card.h"
#include "handlers/runbook/plan.h"
#include "handlers/schedule/scheduling.h"

#include <string.h>

#define QUOTED_BYTES 60
#define PAUSE_MAX_MS (90 * DAY_MS)

/* ---- the words ---- */

static bool find_name(const struct view *view, const char *typed, struct schedules_arguments *arguments,
                      struct error *err)
{
    const struct settings *settings = view->settings;
    const char **names = NULL, *nearest;
    size_t count = 0;

    arguments->name = typed;
    if (schedule_find(settings, typed).schedule)
        return true;
    for (size_t i = 0; i < settings->runbooks_count; i++)
        for (size_t k = 0; k < settings->runbooks[i].schedule_count; k++)
            *ARENA_PUSH(view->arena, names, count) =
                schedule_name(&settings->runbooks[i], &settings->runbooks[i].schedule[k]);
    nearest = str_nearest(str_of(typed), names, count);
    return error_set(err, ERR_NOT_FOUND,
                     "There is no schedule `%s`%s%s%s Nothing was done; `schedules` alone lists them.",
                     card_quote(str_of(typed), QUOTED_BYTES, view->arena), nearest ? ". Did you mean `" : "",
                     nearest ? nearest : "", nearest ? "`?" : ".");
}

static bool read_pause(const struct typed *typed, struct schedules_arguments *arguments, struct error *err)
{
    struct error ignored;

    if (typed->words_count == 2)
        return true;
    if (arguments->act != SCHEDULES_PAUSE || typed->words_count != 4 || strcmp(typed->words[2], "for") != 0)
        return error_set(err, ERR_INVALID,
                         "What follows the name is `for` and a time, such as `pause NAME for 2d`; "
                         "resume takes the name alone. Nothing was done.");
    return (duration_parse(str_of(typed->words[3]), &arguments->for_ms, &ignored) && arguments->for_ms >= MINUTE_MS &&
            arguments->for_ms <= PAUSE_MAX_MS) ||
           error_set(err, ERR_INVALID, "A pause takes from 1m to 90d, such as `for 2d`. Nothing was done.");
}

static bool read_words(const struct view *view, const struct typed *typed, struct schedules_arguments *arguments,
                       struct error *err)
{
    if (typed->words_count == 0)
        return true;
    if (strcmp(typed->words[0], "pause") == 0 || strcmp(typed->words[0], "resume") == 0) {
        arguments->act = typed->words[0][0] == 'p' ? SCHEDULES_PAUSE : SCHEDULES_RESUME;
        if (typed->words_count == 1)
            return error_set(err, ERR_INVALID, "Which schedule? `schedules` alone lists them. Nothing was done.");
        return find_name(view, typed->words[1], arguments, err) && read_pause(typed, arguments, err);
    }
    arguments->act = SCHEDULES_SHOW;
    return find_name(view, typed->words[0], arguments, err) &&
           (typed->words_count == 1 ||
            error_set(err, ERR_INVALID,
                      "Of a schedule it takes the name alone; `pause NAME` and `resume NAME` change it. "
                      "Nothing was done."));
}

static bool asks(const struct view *view, const struct request *request, struct question *ret_question,
                 const void **ret_arguments, struct error *err)
{
    struct schedules_arguments *arguments = ARENA_NEW(view->arena, struct schedules_arguments);
    const struct operation *standing = view_find_standing(view, machine_schedules.kind);
    struct scheduled of;
    struct typed typed;

    *ret_arguments = arguments;
    if (!request_read(request, NULL, 0, view->arena, &typed, err) || !read_words(view, &typed, arguments, err))
        return false;
    if (arguments->act == SCHEDULES_LIST || arguments->act == SCHEDULES_SHOW) { /* who may ask for help may look */
        *ret_question = (struct question){ .principal = request->principal, .verb = "help", .source = request->source };
        return true;
    }
    of = schedule_find(view->settings, arguments->name);
    run_question(view, &request->principal, request->source, of.runbook->target, of.runbook->name, ret_question);
    ret_question->verb = verb_schedules.name;
    ret_question->operation = standing ? standing->id : NULL;
    return true;
}

static bool only_looks(const void *value)
{
    const struct schedules_arguments *arguments = value;

    return arguments->act == SCHEDULES_LIST || arguments->act == SCHEDULES_SHOW;
}

/* ---- the answer ---- */

static bool find_body(const struct view *view, struct schedules_body *ret)
{
    const struct operation *standing = view_find_standing(view, machine_schedules.kind);
    struct error ignored;

    return standing && shape_from_json(&schedules_body_shape, standing->body, view->arena, ret, &ignored);
}

static const struct schedule_run *last_run(const struct schedule_kept *kept)
{
    return kept->runs_count > 0 ? &kept->runs[kept->runs_count - 1] : NULL;
}

static void say_list(const struct view *view, const struct schedules_body *body, struct outcome *out)
{
    outcome_reply(out, "Run by themselves (the last ten of one: `schedules NAME`):");
    for (size_t i = 0; i < body->list_count; i++) {
        const struct schedule_kept *kept = &body->list[i];
        const struct scheduled of = schedule_find(view->settings, kept->name);
        const struct schedule_run *last = last_run(kept);

        outcome_reply_line(out, "*%s* runs `%s`: %s. %s%s", kept->name, of.runbook ? of.runbook->name : kept->name,
                           schedule_next_words(view, kept), last ? "Last " : "It never was due yet.",
                           last ? schedule_run_words(view, kept, last) : "");
    }
}

static void say_one(const struct view *view, const struct schedule_kept *kept, struct outcome *out)
{
    outcome_reply(out, "*%s* (`%s`): %s. %s", kept->name, kept->cron, schedule_next_words(view, kept),
                  kept->runs_count > 0 ? "Its last runs, the newest first:" : "It never was due yet.");
    for (size_t i = kept->runs_count; i > 0; i--)
        outcome_reply_line(out, "%s", schedule_run_words(view, kept, &kept->runs[i - 1]));
}

static void begin(const struct view *view, const struct request *request, const struct question *question,
                  const void *value, struct outcome *out)
{
    const struct schedules_arguments *arguments = value;
    const struct schedule_kept *kept;
    struct schedules_body body;

    (void)request, (void)question;
    if (!find_body(view, &body)) {
        outcome_reply(out, "Nothing is run by itself: no runbook of the configuration has a `schedule`.");
    } else if (arguments->act == SCHEDULES_LIST) {
        say_list(view, &body, out);
    } else if ((kept = schedule_kept_find(&body, arguments->name)) != NULL) {
        say_one(view, kept, out);
    } else {
        outcome_refuse(out, "The schedule `%s` has just come with another configuration: ask again.", arguments->name);
    }
}

static const char *const details[] = {
    "`schedules` alone: what is run by itself, when next, and how the last run ended; `schedules NAME`: its last ten",
    "`schedules pause NAME for 2d`: nothing of it is run meanwhile, nor made up for; `schedules resume NAME` ends that",
    NULL,
};

const struct verb verb_schedules = {
    .name = "schedules",
    .usage = "schedules [NAME | pause NAME [for TIME] | resume NAME]",
    .summary = "what is run by itself, when next, and how it ended",
    .details = details,
    .only_looks = only_looks,
    .asks = asks,
    .begin = begin,
};
