/* scale.c - `scale`: how many instances a service may have, over all its revisions. */
#include "handlers/adjust/adjust.h"

#include "handlers/adjust/adjusting.h"
#include "handlers/hold/hold.h"

#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define INSTANCES_MAX 1000 /* more is a slip: Cloud Run gives nobody more without being asked */
#define UNSET "unset"
#define QUOTED_BYTES 40

static const struct verb_option options[] = {
    { .name = "reason", .takes_value = true },
    { .name = "break-glass", .takes_value = true },
    { .name = "region", .takes_value = true },
    { .name = "dry-run" },
};

struct scale_arguments {
    struct place place;
    struct adjust_body body;
};

/* ---- words ---- */

static const char *range_text(struct adjust_range range, struct arena *arena)
{
    if (range.min == 0 && range.max == 0)
        return "not set";
    if (range.max == 0)
        return arena_printf(arena, "%" PRId64 "–no maximum", range.min);
    return arena_printf(arena, "%" PRId64 "–%" PRId64, range.min, range.max);
}

static const char *typed_range(struct adjust_range range, struct arena *arena)
{
    if (range.min == 0 && range.max == 0)
        return UNSET;
    if (range.max == 0)
        return arena_printf(arena, "%" PRId64 " " UNSET, range.min);
    return arena_printf(arena, "%" PRId64 " %" PRId64, range.min, range.max);
}

/* As it is typed for this place. */
static const char *line_of(const struct adjust_body *body, const char *target, struct adjust_range range,
                           struct arena *arena)
{
    return arena_printf(arena, "scale %s %s %s%s", body->service, body->environment, typed_range(range, arena),
                        place_region_option(target, arena));
}

static bool read_number(const struct view *view, const char *what, const char *word, int64_t min, int64_t *ret,
                        struct error *err)
{
    return parse_int(str_of(word), min, INSTANCES_MAX, ret, err) ||
           error_set(err, ERR_INVALID,
                     "`%s` is no %s number of instances: from %" PRId64 " to %d, or `" UNSET "`. Nothing was done.",
                     card_quote(str_of(word), QUOTED_BYTES, view->arena), what, min, INSTANCES_MAX);
}

static bool is_within(const char *what, int64_t number, const struct scaling_bound *bound, const struct place *place,
                      struct error *err)
{
    if (!bound || (number >= bound->from && number <= bound->to))
        return true;
    return error_set(err, ERR_INVALID,
                     "A %s of %" PRId64 " is not for `%s`: its configuration takes from %" PRId64 " to %" PRId64
                     " (`scaling.%s`). Nothing was done.",
                     what, number, place->target, bound->from, bound->to, what);
}

static bool check_bounds(const struct place *place, struct adjust_range range, struct error *err)
{
    const struct scaling_settings *bounds = place->environment->scaling;

    if (range.max > 0 && range.min > range.max)
        return error_set(err, ERR_INVALID,
                         "The minimum of %" PRId64 " is more than the maximum of %" PRId64
                         ": the minimum comes first. Nothing was done.",
                         range.min, range.max);
    if (!bounds)
        return true;
    if (range.max == 0 && bounds->max)
        return error_set(err, ERR_INVALID,
                         "`%s` has to have a maximum: its configuration takes from %" PRId64 " to %" PRId64
                         " (`scaling.max`). Nothing was done.",
                         place->target, bounds->max->from, bounds->max->to);
    return is_within("min", range.min, bounds->min, place, err) && is_within("max", range.max, bounds->max, place, err);
}

static bool read_range(const struct view *view, const struct typed *rest, struct scale_arguments *arguments,
                       struct error *err)
{
    struct adjust_range *range = &arguments->body.range;
    bool is_unset = rest->words_count == 1 && strcmp(rest->words[0], UNSET) == 0;

    if (rest->words_count == 0 && !arguments->body.is_dry_run) {
        arguments->body.only_tells = true;
        return true;
    }
    if (!is_unset && rest->words_count != 2)
        return error_set(err, ERR_INVALID,
                         "How many instances? Say the minimum and the maximum: `scale %s %s 2 20`. Nothing was done.",
                         arguments->body.service, arguments->body.environment);
    if (!is_unset &&
        (!read_number(view, "minimum", rest->words[0], 0, &range->min, err) ||
         (strcmp(rest->words[1], UNSET) != 0 && !read_number(view, "maximum", rest->words[1], 1, &range->max, err))))
        return false;
    return check_bounds(&arguments->place, *range, err);
}

static bool scale_asks(const struct view *view, const struct request *request, struct question *ret_question,
                       const void **ret_arguments, struct error *err)
{
    struct scale_arguments *arguments = ARENA_NEW(view->arena, struct scale_arguments);
    struct typed typed, rest;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !adjust_read_place(view, &typed, &arguments->place, &arguments->body, &rest, err) ||
        !read_range(view, &rest, arguments, err))
        return false;
    adjust_ask(view, request, &arguments->place, &arguments->body, ret_question);
    *ret_arguments = arguments;
    return true;
}

static bool scale_only_looks(const void *value)
{
    const struct scale_arguments *arguments = value;

    return arguments->body.only_tells || arguments->body.is_dry_run;
}

/* ---- it begins ---- */

static const struct operation *find_running(const struct view *view, const char *target)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        const char *verb = json_find_string(all[i]->body, "verb");

        if (strcmp(all[i]->kind, machine_adjust.kind) == 0 && verb && strcmp(verb, verb_scale.name) == 0 &&
            all[i]->target && strcmp(all[i]->target, target) == 0 && !operation_has_ended(all[i]) &&
            !all[i]->is_stuck && !json_find_bool(all[i]->body, "only_tells", false) &&
            !json_find_bool(all[i]->body, "is_dry_run", false))
            return all[i];
    }
    return NULL;
}

static void scale_begin(const struct view *view, const struct request *request, const struct question *question,
                        const void *value, struct outcome *out)
{
    const struct scale_arguments *arguments = value;
    const struct operation *running = arguments->body.only_tells ? NULL : find_running(view, arguments->place.target);

    (void)request, (void)question;
    if (running)
        outcome_refuse(out, "*%s* scales `%s` just now (%s): wait for it, or `abort %s`. Nothing was done.",
                       running->id, arguments->place.target, running->state, running->id);
    else
        adjust_begin(view, &arguments->place, &arguments->body, out);
}

/* ---- what is there ---- */

static struct adjust_range range_of(const struct run_service *service)
{
    return (struct adjust_range){ service->min_instances, service->max_instances };
}

static bool is_range(struct adjust_range a, struct adjust_range b)
{
    return a.min == b.min && a.max == b.max;
}

static const char *now(const struct adjusting *a, const struct run_service *service)
{
    return range_text(range_of(service), a->view->arena);
}

static bool is_made(const struct adjust_body *body, const struct run_service *service)
{
    return is_range(body->range, range_of(service));
}

static bool is_as_before(const struct adjust_body *body, const struct run_service *service)
{
    return is_range(body->range_before, range_of(service));
}

/* ---- looked at ---- */

/* Of the two maxima the lower one counts, and only a new revision raises its own. */
static void say_own(struct adjusting *a, const struct run_service *service)
{
    const struct adjust_range own = { service->own_min, service->own_max };

    if (a->body->only_tells && (own.min > 0 || own.max > 0))
        outcome_reply_line(a->out, "Revision `%s`, which serves, has %s of its own.", adjust_quote(a, service->serving),
                           range_text(own, a->view->arena));
    if (!a->body->only_tells && own.max > 0 && (a->body->range.max > own.max))
        outcome_reply_line(a->out,
                           "Mind: revision `%s`, which serves, has a maximum of %" PRId64 " of its own, and the lower "
                           "one counts. A new revision raises that: `set %s %s max-instances=%" PRId64 "`",
                           adjust_quote(a, service->serving), own.max, a->body->service, a->body->environment,
                           a->body->range.max);
}

static void tell(struct adjusting *a, const struct run_service *service)
{
    const char *by_hand = service->is_scaled_by_hand ? "; it is set to a fixed number, which `scale` leaves alone" : "";

    adjust_answer(a, "done",
                  arena_printf(a->view->arena, "%s: instances of the service %s%s", a->operation->target,
                               now(a, service), by_hand));
    say_own(a, service);
}

static void on_looked(struct adjusting *a, const struct run_service *service)
{
    const char *target = a->operation->target;
    struct arena *arena = a->view->arena;

    if (a->body->only_tells) {
        tell(a, service);
        return;
    }
    a->body->range_before = range_of(service);
    a->body->becomes =
        arena_printf(arena, "%s → %s", range_text(a->body->range_before, arena), range_text(a->body->range, arena));
    a->body->back = line_of(a->body, target, a->body->range_before, arena);
    if (service->is_scaled_by_hand) {
        adjust_refuse(a,
                      "%s is set to a fixed number of instances (scalingMode MANUAL), so a range changes nothing: "
                      "whoever set that has to end it first",
                      target);
    } else if (is_made(a->body, service)) {
        adjust_answer(
            a, "done",
            arena_printf(arena, "%s: nothing to do, it has %s already", target, range_text(a->body->range, arena)));
        say_own(a, service);
    } else {
        adjust_go_on(a);
        if (!a->out->result || a->body->is_dry_run)
            say_own(a, service);
    }
}

static void change(struct adjusting *a)
{
    struct run_scaling args = {
        .place = a->body->place,
        .expected_min = a->body->range_before.min,
        .expected_max = a->body->range_before.max,
        .min = a->body->range.min,
        .max = a->body->range.max,
    };

    outcome_effect(a->out, (struct wanted_effect){
                               .kind = EFFECT_SCALE,
                               .lane = arena_printf(a->view->arena, "scaling:%s", a->operation->target),
                               .tag = "change",
                               .args = shape_to_json(&run_scaling_shape, &args, SHAPE_WHOLE),
                           });
}

/* More instances help, whatever is held; the halt keeps capacity from being taken away. A lock on deploys is none on
 * it. */
static const struct operation *find_hold(const struct view *view, const struct adjust_body *body,
                                         const struct principal *requester)
{
    const struct operation *hold = hold_find(view, body->service, body->environment, verb_scale.name, requester);
    bool takes_away =
        body->range.min < body->range_before.min ||
        (body->range.max > 0 && (body->range_before.max == 0 || body->range.max < body->range_before.max));

    return hold && hold_is_halt(hold) && !takes_away ? NULL : hold;
}

static void on_made(struct adjusting *a)
{
    (void)a;
}

const struct adjust_way adjust_scale = {
    .verb = "scale",
    .title = "Scale",
    .changing = "scaling it",
    .doing = "Scaling",
    .done = "Scaled",
    .on_looked = on_looked,
    .change = change,
    .is_made = is_made,
    .is_as_before = is_as_before,
    .now = now,
    .find_hold = find_hold,
    .on_made = on_made,
};

static const char *const details[] = {
    "MIN MAX: of the service, over all its revisions; no new revision, and traffic stays as it is",
    "`" UNSET "` in the place of both, or of MAX: the service has no such bound of its own",
    "without them: how it stands",
    "`--dry-run`: what would be changed, and what policy says to it",
    "`--region R`: of several regions, that one",
    "`--reason TEXT`: on the card and in the journal",
    BROKEN_DETAIL,
    NULL,
};

const struct verb verb_scale = {
    .name = "scale",
    .usage = "scale [SERVICE] ENVIRONMENT [MIN MAX | " UNSET "] [--dry-run] [--region R] [--reason TEXT] "
             "[--break-glass TEXT]",
    .summary = "how many instances a service on Cloud Run may have, at once and without a new revision",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .only_looks = scale_only_looks,
    .takes_glass = true,
    .is_asked_again = true,
    .asks = scale_asks,
    .begin = scale_begin,
};
