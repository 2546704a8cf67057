/* assessment_words.c - what is told of the first look: what fires, what changed, which places are not well, what is
 * held, who is on call, and what may mend it. */
#include "handlers/incident/internal.h"

#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/hold/hold.h"
#include "handlers/operation_words.h"
#include "handlers/status/record.h"
#include "handlers/status/sight.h"
#include "handlers/watch/changes.h"

#include <inttypes.h>
#include <string.h>

#define CHANGES_SHOWN 8
#define ALERTS_SHOWN 5
#define HOLDS_SHOWN 5
#define NAMES_SHOWN 10
#define REQUESTS_MIN 20 /* of fewer a share says nothing */

struct telling {
    const struct deciding *d;
    const struct view *view;
    const struct status_body *look; /* NULL: nobody was asked */
    struct incident_changes changes;
    struct reply *reply;
};

static void add_line(struct telling *t, const char *text)
{
    *ARENA_PUSH(t->view->arena, t->reply->lines, t->reply->lines_count) = text;
}

static const char *join(const struct telling *t, const char *all, const char *separator, const char *more)
{
    return all ? arena_printf(t->view->arena, "%s%s%s", all, separator, more) : more;
}

/* ---- what changed ---- */

/* ", approved by @{slack:U2}" */
static const char *approved_by(const struct telling *t, const struct operation *operation)
{
    struct deploy_body body;
    struct error ignored;
    const char *names;

    if (strcmp(operation->kind, machine_deploy.kind) != 0 ||
        !shape_from_json(machine_deploy.body, operation->body, t->view->arena, &body, &ignored))
        return "";
    names = approvals_names(&body.approvals, t->view->arena);
    return names ? arena_printf(t->view->arena, ", approved by %s", names) : "";
}

static const char *change_line(const struct telling *t, const struct operation *operation)
{
    bool has_ended = operation_has_ended(operation);
    const char *ended =
        has_ended ? arena_printf(t->view->arena, " %s", record_ago(t->view, operation->ended_at_ms)) : "";

    return arena_printf(t->view->arena, "%s: %s, by %s%s, %s: %s%s", operation->id,
                        incident_change_text(operation, t->view->arena), operation_asked_by(operation, t->view->arena),
                        approved_by(t, operation), record_ago(t->view, operation->created_at_ms),
                        operation_standing(operation, t->view->arena), ended);
}

static void tell_cut(struct telling *t)
{
    if (t->changes.is_cut)
        add_line(t, arena_printf(t->view->arena,
                                 "There may have been more: opsgate keeps the last %d operations that have ended.",
                                 INCIDENT_ENDED_KEPT));
}

static const char *told_line(const struct telling *t, const struct change_kept *told)
{
    const char *text = changes_text(told, t->view->arena), *who = changes_who(told, t->view->arena);

    return arena_printf(t->view->arena, "%s, by %s, %s%s%s", text, who, record_ago(t->view, told->at_ms),
                        told->url ? ": " : "", told->url ? told->url : "");
}

static const char *no_changes(const struct telling *t)
{
    bool is_asked = t->view->settings->api.tokens_count > 0;

    return arena_printf(t->view->arena, "*Changed* in the last 2 h: %s%s.",
                        t->changes.is_cut ? "nothing that is on record"
                                          : "nothing by opsgate, no deploy, no rollback, no lock",
                        is_asked ? "; and nobody told of a change" : "");
}

/* The newest of what is left, opsgate's own or told, and whether it concerns the incident; takes it off the end. */
static const char *take_change(const struct telling *t, struct incident_changes *left, bool *ret_is_concerned)
{
    const struct operation *operation = left->count > 0 ? left->list[left->count - 1] : NULL;
    const struct change_kept *told = left->told_count > 0 ? &left->told[left->told_count - 1] : NULL;

    if (told && (!operation || told->at_ms > operation->created_at_ms)) {
        left->told_count--;
        *ret_is_concerned = told->service && incident_concerns_service(t->view, t->d->body, told->service);
        return told_line(t, told);
    }
    left->count--;
    *ret_is_concerned = incident_concerns(t->view, t->d->body, operation->target);
    return change_line(t, operation);
}

static void tell_changes(struct telling *t)
{
    size_t all = t->changes.count + t->changes.told_count, shown = 0;

    if (all == 0) {
        add_line(t, no_changes(t));
        tell_cut(t);
        return;
    }
    add_line(t, "*Changed* in the last 2 h:");
    for (int rest = 0; rest < 2; rest++) {
        struct incident_changes left = t->changes;

        while (left.count + left.told_count > 0 && shown < CHANGES_SHOWN) {
            bool is_concerned;
            const char *line = take_change(t, &left, &is_concerned);

            if (is_concerned == (bool)rest)
                continue;
            add_line(t, line);
            shown++;
        }
    }
    if (all > shown)
        add_line(t, arena_printf(t->view->arena, "and %zu more: `history` has %s", all - shown,
                                 t->changes.told_count > 0 ? "those of opsgate's own" : "them"));
    tell_cut(t);
}

/* ---- which places are not well ---- */

static bool is_bad(const struct target *target, const char *revision)
{
    for (size_t i = target->bad_count; i > 0; i--)
        if (target->bad[i - 1].revision && strcmp(target->bad[i - 1].revision, revision) == 0)
            return true;
    return false;
}

static bool is_good(const struct target *target, const char *revision)
{
    for (size_t i = target->good_count; i > 0; i--)
        if (target->good[i - 1].revision && strcmp(target->good[i - 1].revision, revision) == 0)
            return true;
    return false;
}

/* "5 % on `v1.5.0` of D7, which is not good yet" */
static const char *share_words(const struct telling *t, const struct status_sight *sight, const struct target *target,
                               const struct run_share *share)
{
    const struct operation *holder = record_holder(t->view, target);
    const char *theirs = holder ? json_find_string(holder->body, "revision") : NULL;
    const char *text = arena_printf(t->view->arena, "%" PRId64 " %% on %s", share->percent,
                                    sight_called(t->view, sight, share->revision));

    if (is_good(target, share->revision))
        return NULL;
    if (theirs && strcmp(theirs, share->revision) == 0)
        return arena_printf(t->view->arena, "%s of %s, which is not good yet", text, holder->id);
    return is_bad(target, share->revision) ? arena_printf(t->view->arena, "%s, which was left as bad", text) : NULL;
}

static const char *not_good(const struct telling *t, const struct status_sight *sight)
{
    const struct target *target = t->view->find_target(t->view->ctx, sight->target);
    const char *all = NULL;

    for (size_t i = 0; target && i < sight->seen_count; i++) {
        const char *words = share_words(t, sight, target, &sight->seen[i]);

        all = words ? join(t, all, ", ", words) : all;
    }
    return all;
}

static bool is_over(struct measure_value value, double limit)
{
    return limit > 0 && value.is_known && value.value > limit;
}

/* "`v1.5.0`: about 310 requests, 12 % errors, ...": over a limit of the place's rollouts. NULL: it is not. */
static const char *over_limit(const struct telling *t, const struct status_sight *sight, const char *revision,
                              const struct measured_revision *found)
{
    const struct environment_settings *environment;
    const struct service_settings *service;
    const struct analysis_settings *analysis;
    struct measure_value share = found->errors;

    if (!revision || sight->metrics.state != SOURCE_ANSWERED ||
        !settings_find_target(t->view->settings, sight->target, &service, &environment) || !environment->analysis ||
        !found->requests.is_known || found->requests.value < REQUESTS_MIN)
        return NULL;
    analysis = environment->analysis;
    share.value /= found->requests.value;
    if (!is_over(share, analysis->error_rate) && !is_over(found->p95_s, (double)analysis->latency_p95_ms / 1000))
        return NULL;
    return arena_printf(t->view->arena, "%s in 5 min: %s", sight_called(t->view, sight, revision),
                        sight_numbers(found, t->view->arena));
}

static const char *doubt_of(const struct telling *t, const char *name)
{
    const struct target *target = t->view->find_target(t->view->ctx, name);

    return target && target->doubt
               ? arena_printf(t->view->arena, "%s left open which version serves there", target->doubt)
               : NULL;
}

/* All that is wrong with it; NULL: nothing, as far as it was read. */
static const char *illness(const struct telling *t, const struct status_sight *sight)
{
    const char *ills[] = {
        doubt_of(t, sight->target),
        sight->run.state == SOURCE_ANSWERED ? not_good(t, sight) : NULL,
        sight_drift(t->view, sight),
        sight->run.state == SOURCE_ANSWERED && sight->is_settled && !sight->is_ready
            ? arena_printf(t->view->arena, "Cloud Run calls it %s", sight_condition(sight, t->view->arena))
            : NULL,
        sight->health.state == SOURCE_ANSWERED && !sight->is_healthy ? sight_health(sight, t->view->arena) : NULL,
        over_limit(t, sight, sight->measured, &sight->numbers.canary),
        over_limit(t, sight, sight->measured_too, &sight->numbers.baseline),
    };
    const char *all = NULL;

    for (size_t i = 0; i < ARRAY_LEN(ills); i++)
        all = ills[i] ? join(t, all, "; ", ills[i]) : all;
    return all;
}

/* What still waited could not be asked: for want of an address, or of time. */
static bool has_told(const struct status_source *source)
{
    return source->state == SOURCE_ANSWERED || source->state == SOURCE_UNUSED;
}

static const char *unread(const struct telling *t, const struct status_sight *sight)
{
    if (sight->run.state == SOURCE_ANSWERED && has_told(&sight->health) && has_told(&sight->metrics))
        return NULL;
    return arena_printf(t->view->arena, "`%s` (%s)", sight->target, sight_sources(t->view, sight));
}

/* Where a program or a workflow deploys nobody is asked: the record alone tells. */
static void tell_other_places(struct telling *t)
{
    const struct settings *settings = t->view->settings;

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const struct environment_settings *environment = &settings->services[i].environments[k];
            const char *name = settings_target_name(&settings->services[i], environment, t->view->arena);

            if (!environment->driver.cloud_run && doubt_of(t, name))
                add_line(t, arena_printf(t->view->arena, "*Not well*: `%s`: %s", name, doubt_of(t, name)));
        }
}

static void tell_places(struct telling *t)
{
    const char *well = NULL, *unknown = NULL;
    size_t wells = 0;

    for (size_t i = 0; t->look && i < t->look->sights_count; i++) {
        const struct status_sight *sight = &t->look->sights[i];
        const char *ill = illness(t, sight), *silent = unread(t, sight);

        if (ill)
            add_line(t, arena_printf(t->view->arena, "*Not well*: `%s`: %s", sight->target, ill));
        else if (!silent && ++wells <= NAMES_SHOWN)
            well = join(t, well, ", ", arena_printf(t->view->arena, "`%s`", sight->target));
        unknown = silent ? join(t, unknown, "; ", silent) : unknown;
    }
    tell_other_places(t);
    if (well)
        add_line(t, arena_printf(t->view->arena, "*Well*, as far as Cloud Run, health and numbers tell: %s", well));
    if (unknown)
        add_line(t, arena_printf(t->view->arena, "*Could not be read*: %s", unknown));
    if (!t->look)
        add_line(t, arena_printf(t->view->arena,
                                 "*Places* were not looked at: other incidents are being assessed just now. `incident "
                                 "assess %s` looks.",
                                 t->d->id));
    else if (t->look->left_out > 0)
        add_line(t, arena_printf(t->view->arena,
                                 "%" PRId64 " more %s not looked at: `status SERVICE ENVIRONMENT` shows one.",
                                 t->look->left_out, t->look->left_out == 1 ? "place was" : "places were"));
}

/* ---- the rest ---- */

static void tell_alerts(struct telling *t)
{
    const struct incident_body *body = t->d->body;
    const char *all = NULL;
    size_t count = 0;

    for (size_t i = 0; i < body->pages_count; i++) {
        const struct incident_page *page = &body->pages[i];

        if ((page->status && strcmp(page->status, "resolved") == 0) || count++ >= ALERTS_SHOWN)
            continue;
        all = join(t, all, ", ",
                   page->number
                       ? arena_printf(t->view->arena, "PagerDuty #%" PRId64 " %s (%s)", page->number,
                                      page->title ? page->title : "", page->status ? page->status : "not read yet")
                       : arena_printf(t->view->arena, "PagerDuty %s %s", page->id, page->title ? page->title : ""));
    }
    for (size_t i = 0; i < body->alerts_count; i++)
        if (body->alerts[i].is_firing && count++ < ALERTS_SHOWN)
            all = join(t, all, ", ", body->alerts[i].title ? body->alerts[i].title : "alerts without a name");
    if (count > ALERTS_SHOWN)
        all = arena_printf(t->view->arena, "%s and %zu more", all, count - ALERTS_SHOWN);
    if (all)
        add_line(t, arena_printf(t->view->arena, "*Fires*: %s", all));
    if (incident_concern_text(t->view, body))
        add_line(t, arena_printf(t->view->arena, "*About*: %s", incident_concern_text(t->view, body)));
}

static void tell_holds(struct telling *t)
{
    size_t count = hold_list(t->view, NULL, 0);
    const struct operation **list = arena_alloc(t->view->arena, (count + 1) * sizeof(*list));

    hold_list(t->view, list, count);
    for (size_t i = 0; i < count && i < HOLDS_SHOWN; i++)
        add_line(t, arena_printf(t->view->arena, "*Held*: %s: %s", list[i]->id, hold_words(t->view, list[i])));
    if (count > HOLDS_SHOWN)
        add_line(t, arena_printf(t->view->arena, "and %zu more are held: `locks`", count - HOLDS_SHOWN));
}

static void tell_on_call(struct telling *t)
{
    const char *people = incident_on_call(t->d);

    if (t->d->body->is_private) /* who comes to it is for those who are in it to say */
        return;
    add_line(t, people ? arena_printf(t->view->arena, "*On call*: %s", people)
                       : "*On call*: nobody that opsgate knows of");
}

static void tell_mends(struct telling *t)
{
    size_t lines = t->reply->lines_count;

    incident_offer_mends(t->d, &t->changes, t->reply);
    if (t->reply->lines_count == lines && t->changes.count > 0)
        add_line(t, "None of this can be taken back by a button: `history SERVICE ENVIRONMENT` shows what was there "
                    "before.");
    incident_offer_runbooks(t->d, t->reply);
}

struct reply incident_assessment(const struct deciding *d, const struct status_body *look,
                                 const struct incident_changes *changes)
{
    struct reply reply = { .text = arena_printf(d->view->arena, "*%s of %s*, as opsgate knows it:",
                                                d->body->assessments > 0 ? "Assessment" : "First assessment", d->id) };
    struct telling t = { d, d->view, look, *changes, &reply };

    tell_alerts(&t);
    tell_changes(&t);
    tell_places(&t);
    tell_holds(&t);
    tell_on_call(&t);
    tell_mends(&t);
    return reply;
}
