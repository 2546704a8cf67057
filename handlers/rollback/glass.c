#include "handlers/rollback/glass.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/settings.h"
#include "handlers/place.h"
#include "handlers/review.h"

#include "policy/policy.h"

#define SHOWN_BYTES 150 /* of a name from outside */

/* ---- is one needed? ---- */

static const char *name_of(const struct target_version *version)
{
    return version->version ? version->version : version->revision;
}

static const struct target_version *find(const struct target_version *versions, size_t count, const char *revision)
{
    for (size_t i = count; i > 0; i--)
        if (text_equal(versions[i - 1].revision, revision))
            return &versions[i - 1];
    return NULL;
}

/* It was good before what is gone back to, so that has run on what it changed. */
static bool is_below(const struct target *target, const struct target_version *good, const char *to)
{
    const struct target_version *above = find(target->good, target->good_count, to);

    return above && good < above;
}

/* Has traffic now, as it was seen, and is to have none. */
static const char *version_seen(const struct target *target, const struct rollback_body *body)
{
    for (size_t i = 0; target && i < body->before_count; i++) {
        const struct run_share *share = &body->before[i];
        const struct target_version *known = find(target->good, target->good_count, share->revision);

        if (known && is_below(target, known, body->to.revision))
            continue;
        if (!known)
            known = find(target->bad, target->bad_count, share->revision);
        if (share->percent > 0 && known && known->is_irreversible && !text_equal(share->revision, body->to.revision))
            return name_of(known);
    }
    return NULL;
}

/* Whoever was to leave it may have failed to. */
static bool has_failed(const struct target *target, const char *operation)
{
    for (size_t i = target->ends_count; i > 0; i--)
        if (text_equal(target->ends[i - 1].operation, operation))
            return target->ends[i - 1].how == ENDED_IN_DOUBT || target->ends[i - 1].how == ENDED_UNTOUCHED;
    return false;
}

static bool was_left_since(const struct target *target, const struct target_version *good)
{
    const struct target_version *bad = find(target->bad, target->bad_count, good->revision);

    return bad && bad->at_ms >= good->at_ms && !has_failed(target, bad->operation);
}

/* A good version between the one that is left and the one that is gone back to. */
static const char *version_passed(const struct target *target, const struct rollback_body *body)
{
    const struct target_version *from, *to;
    size_t begin, end;

    if (!target || !body->to.revision)
        return NULL;
    from = find(target->good, target->good_count, body->from.revision);
    to = find(target->good, target->good_count, body->to.revision);
    begin = to ? (size_t)(to - target->good) + 1 : 0;
    end = from ? (size_t)(from - target->good) : target->good_count;
    for (size_t i = begin; i < end; i++)
        if (target->good[i].is_irreversible && !was_left_since(target, &target->good[i]))
            return name_of(&target->good[i]);
    return NULL;
}

/* Nothing is left of what was seen without traffic. */
static bool leaves_it(const struct rollback_body *body)
{
    int64_t percent = 0;

    for (size_t i = 0; i < body->before_count; i++)
        if (text_equal(body->before[i].revision, body->from.revision))
            percent += body->before[i].percent;
    return body->from.revision && body->from.is_irreversible && (!body->is_seen || percent > 0);
}

const char *glass_version(const struct target *target, const struct rollback_body *body)
{
    const char *seen = version_seen(target, body);

    if (body->stops && !body->from.revision) /* what serves stays */
        return NULL;
    if (leaves_it(body))
        return name_of(&body->from);
    return seen ? seen : version_passed(target, body);
}

struct glass glass_of(const struct rollback_body *body, const char *target)
{
    return (struct glass){ .service = body->service,
                           .environment = body->environment,
                           .target = target,
                           .version = body->irreversible,
                           .reason = body->break_glass };
}

/* ---- words ---- */

static const char *roles_text(const struct view *view)
{
    const struct policy_settings *policy = &view->settings->policy;
    const char *text = "";

    for (size_t i = 0; i < policy->irreversible_glass_count; i++)
        text = arena_printf(view->arena, "%s%s`%s`", text, i == 0 ? " by " : " or ", policy->irreversible_glass[i]);
    return text;
}

const char *glass_words(const struct view *view, const char *service, const char *environment, const char *target)
{
    return arena_printf(view->arena, "`rollback %s %s%s --break-glass TEXT`%s", service, environment,
                        place_region_option(target, view->arena), roles_text(view));
}

const char *glass_sentence(const struct view *view, const struct glass *glass)
{
    return arena_printf(view->arena,
                        "`%s` is irreversible: older code cannot run on what it has changed, so to go back from it "
                        "takes %s",
                        card_quote(str_of(glass->version), SHOWN_BYTES, view->arena),
                        glass_words(view, glass->service, glass->environment, glass->target));
}

/* ---- who breaks it ---- */

/* By what is known now, or else as groups were when they were last read: it is the safe direction. */
static bool has_role(const struct view *view, const struct principal *principal, int64_t *ret_age_ms)
{
    const struct policy_settings *policy = &view->settings->policy;
    const struct facts facts = view_facts(view);
    int64_t age_ms;
    bool had = false;

    *ret_age_ms = 0;
    for (size_t i = 0; i < policy->irreversible_glass_count; i++) {
        if (!policy_had_role(view->policy, &facts, principal, policy->irreversible_glass[i], &age_ms))
            continue;
        *ret_age_ms = had && *ret_age_ms < age_ms ? *ret_age_ms : age_ms;
        had = true;
    }
    return had || policy->irreversible_glass_count == 0;
}

bool glass_may_break(const struct view *view, const struct principal *principal)
{
    int64_t ignored;

    return has_role(view, principal, &ignored);
}

const char *glass_old_reading(const struct view *view, const struct principal *principal)
{
    int64_t age_ms;

    if (!has_role(view, principal, &age_ms) || age_ms == 0)
        return NULL;
    return arena_printf(
        view->arena,
        "That you may break the glass is by a group as it was when it was last read, %s ago: in the safe "
        "direction that counts.",
        duration_about(age_ms).text);
}

bool glass_suffices(const struct view *view, const struct principal *principal, const struct glass *glass,
                    struct outcome *out)
{
    if (!glass->version || (glass->reason && glass_may_break(view, principal)))
        return true;
    outcome_refuse(out, "%s%s. Nothing was done.", glass->reason ? "*Denied*: " : "", glass_sentence(view, glass));
    outcome_reply_line(out,
                       "It is announced then, and somebody else has to review it. To keep it where it is: `pause`, "
                       "or bring a version that can run there.");
    return false;
}

void glass_announce(const struct principal *by, const char *request_id, const struct glass *glass, struct outcome *out)
{
    cJSON *body, *personal;
    struct review_body review = {
        .service = glass->service,
        .environment = glass->environment,
        .version = glass->version,
        .broken_by = out->operation_id,
        .rule = REVIEW_RULE_IRREVERSIBLE,
        .reason = glass->reason,
    };

    if (!glass->version || !glass->reason)
        return;
    body = json_object();
    personal = principal_personal(by);
    json_set_string(body, "rule", review.rule);
    json_set_string(body, "version", glass->version);
    json_set_string(personal, "reason", glass->reason);
    outcome_journal(out, "rollback.glass_broken", body, personal);
    review_ask(by, request_id, &review, out);
}
