#include "handlers/approval.h"

#include "handlers/control.h"
#include "handlers/group/consent.h"
#include "handlers/operation_words.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 40
#define WAIT_MS DAY_MS /* where no requirement says how long an approval counts */

/* ---- the record ---- */

static const struct shape_field approval_rows[] = {
    ROW_OBJECT(approval, by, &principal_shape),
    ROW_INT(approval, at_ms),
};
static const struct shape approval_shape = SHAPE("an approval", approval, approval_rows);

static const struct shape_field asked_rows[] = {
    ROW_STRING(approval_asked, who, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_BOOL(approval_asked, is_on_call, .flags = SHAPE_NONZERO),
};
static const struct shape asked_shape = SHAPE("somebody who was asked for consent", approval_asked, asked_rows);

static const struct shape_field rows[] = {
    ROW_OBJECTS(approvals, given, &approval_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(approvals, asked, &asked_shape, .flags = SHAPE_NONZERO),
    ROW_INT(approvals, rounds, .flags = SHAPE_NONZERO),
    ROW_INT(approvals, since_ms, .flags = SHAPE_NONZERO),
    ROW_INT(approvals, until_ms, .flags = SHAPE_NONZERO),
    ROW_INT(approvals, used_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(approvals, confirmed_through, .flags = SHAPE_NONZERO),
};
const struct shape approvals_shape = SHAPE("what people consented to", approvals, rows);

void approvals_add(struct approvals *approvals, const struct principal *by, int64_t at_ms, struct arena *arena)
{
    struct approval *given = NULL;
    size_t count = 0;

    for (size_t i = 0; i < approvals->given_count; i++)
        *ARENA_PUSH(arena, given, count) = approvals->given[i];
    *ARENA_PUSH(arena, given, count) = (struct approval){ *by, at_ms };
    approvals->given = given;
    approvals->given_count = count;
}

static bool is_of(const struct view *view, const struct approval *given, const struct principal *who)
{
    return policy_is_same_person(view->policy, view->members, &given->by, who);
}

bool approvals_has_given(const struct view *view, const struct approvals *approvals, const struct principal *who)
{
    for (size_t i = 0; i < approvals->given_count; i++)
        if (is_of(view, &approvals->given[i], who))
            return true;
    return false;
}

struct approvals approvals_with(const struct view *view, const struct approvals *approvals, const struct principal *who)
{
    struct approvals with = *approvals;

    with.given = NULL;
    with.given_count = 0;
    for (size_t i = 0; i < approvals->given_count; i++) /* the old list belongs to the record */
        if (!is_of(view, &approvals->given[i], who))
            *ARENA_PUSH(view->arena, with.given, with.given_count) = approvals->given[i];
    approvals_add(&with, who, view->now_ms, view->arena);
    return with;
}

/* ---- for policy ---- */

/* Once they were enough they are as old as they were then: a queue makes none of them void. */
void approvals_tell(const struct view *view, const struct approvals *approvals, struct facts *facts)
{
    struct approval_fact *told = arena_alloc(view->arena, (approvals->given_count + 1) * sizeof(*told));
    int64_t now_ms = approvals->used_at_ms ? approvals->used_at_ms : view->now_ms;

    for (size_t i = 0; i < approvals->given_count; i++)
        told[i] =
            (struct approval_fact){ approvals->given[i].by, facts->unix_ms - (now_ms - approvals->given[i].at_ms) };
    facts->approvals = told;
    facts->approvals_count = approvals->given_count;
    facts->is_confirmed_elsewhere = approvals->confirmed_through != NULL;
}

static size_t needs_count(const struct decision *decision)
{
    return decision->needs_count < POLICY_NEEDS_MAX ? decision->needs_count : POLICY_NEEDS_MAX;
}

int64_t approvals_wait_ms(const struct decision *decision)
{
    int64_t wait_ms = 0;

    for (size_t i = 0; i < needs_count(decision); i++) {
        const struct need *need = &decision->needs[i];

        if (need->kind == NEED_APPROVALS && need->state == NEED_PEOPLE &&
            (wait_ms == 0 || need->require->approvals->expires_ms < wait_ms))
            wait_ms = need->require->approvals->expires_ms;
    }
    return wait_ms ? wait_ms : WAIT_MS;
}

bool approvals_lack(const struct decision *decision, enum need_kind kind)
{
    for (size_t i = 0; i < needs_count(decision); i++)
        if (decision->needs[i].kind == kind && decision->needs[i].state == NEED_PEOPLE)
            return true;
    return false;
}

int64_t approvals_counted(const struct decision *decision)
{
    int64_t counted = 0;

    for (size_t i = 0; i < needs_count(decision); i++)
        counted += decision->needs[i].kind == NEED_APPROVALS ? decision->needs[i].counted
                                                             : decision->needs[i].state == NEED_MET;
    return counted;
}

/* ---- in words ---- */

static const char *of_roles(const struct require_approvals *require, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < require->from_count; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : " or ", require->from[i]);
    return text;
}

const char *approvals_lacking(const struct decision *decision, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = 0; i < needs_count(decision); i++) {
        const struct need *need = &decision->needs[i];
        const char *one;

        if (need->state != NEED_PEOPLE)
            continue;
        if (need->kind == NEED_APPROVALS)
            one = arena_printf(arena, "%" PRId64 " of %" PRId64 " approval%s of %s", need->counted,
                               need->require->approvals->count, need->require->approvals->count == 1 ? "" : "s",
                               of_roles(need->require->approvals, arena));
        else
            one = "the requester's own `approve` through another door than it was asked by";
        text = text ? arena_printf(arena, "%s; %s", text, one) : one;
    }
    return text ? text : "nothing";
}

const char *approvals_names(const struct approvals *approvals, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = 0; i < approvals->given_count; i++) {
        const char *name = principal_mention(&approvals->given[i].by, arena);

        text = text ? arena_printf(arena, "%s, %s", text, name) : name;
    }
    return text;
}

const char *approvals_asked(const struct approvals *approvals, size_t first, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = first; i < approvals->asked_count; i++)
        text = arena_printf(arena, "%s%s@{%s}%s", text ? text : "", text ? ", " : "", approvals->asked[i].who,
                            approvals->asked[i].is_on_call ? " (on call)" : "");
    return text;
}

/* Two rules may want the same word of people: each says what it wants. */
static void tell_need(const struct need *need, struct outcome *out)
{
    const struct require_approvals *approvals = need->require->approvals;

    if (need->state != NEED_PENDING && need->state != NEED_PEOPLE)
        return;
    if (need->kind == NEED_APPROVALS)
        outcome_reply_line(out, "It needs %" PRId64 " approval%s of %s first (%s).", approvals->count,
                           approvals->count == 1 ? "" : "s", of_roles(approvals, out->arena), need->rule);
    else if (need->kind == NEED_SECOND_CHANNEL)
        outcome_reply_line(out, "It needs your own `approve %s` through another door first (%s).", out->operation_id,
                           need->rule);
    else if (need->kind == NEED_CHECKS)
        outcome_reply_line(out, "It waits until the checks on its commit are green (%s).", need->rule);
}

void approvals_tell_to_come(const struct view *view, const struct question *question, struct outcome *out)
{
    struct facts facts = view_facts(view);
    struct decision decision;

    facts.reason = question->reason;
    facts.break_glass = question->break_glass;
    decision = policy_decide(view->policy, question, &facts, POLICY_STATIC);
    for (size_t i = 0; i < needs_count(&decision); i++)
        tell_need(&decision.needs[i], out);
    if (decision.broken)
        outcome_reply_line(out,
                           "It goes past the rule %s by a broken glass: when it begins that is announced, and a review "
                           "stays open until somebody else closes it.",
                           decision.broken);
}

void approvals_tell_policy(const struct view *view, const struct question *question, struct outcome *out)
{
    struct facts facts = view_facts(view);
    struct decision decision;

    facts.reason = question->reason;
    facts.break_glass = question->break_glass;
    decision = policy_decide(view->policy, question, &facts, POLICY_STATIC);
    if (decision_refuses(&decision))
        outcome_reply_line(out, "As it stands policy would refuse it: %s%s%s%s. %s", decision.reason,
                           decision.rule ? " (" : "", decision.rule ? decision.rule : "", decision.rule ? ")" : "",
                           decision.turn);
    else
        approvals_tell_to_come(view, question, out);
}

/* ---- the verb ---- */

static const struct verb_option options[] = {
    { .name = "look", .takes_value = true, .is_internal = true },
};

static bool approve_asks(const struct view *view, const struct request *request, struct question *ret_question,
                         const void **ret_arguments, struct error *err)
{
    const struct operation *operation;
    struct typed typed;
    const char *id;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err))
        return false;
    if (typed.words_count != 1)
        return error_set(err, ERR_INVALID,
                         "Which one? Name the operation that waits, such as `%s D1042`. Nothing was "
                         "done.",
                         request->verb);
    id = operation_typed(view->settings, typed.words[0], view->arena);
    if (!id)
        return error_set(err, ERR_INVALID,
                         "`%s` is no operation, such as `D1042`: what is approved is always one that "
                         "waits for it. Nothing was done.",
                         card_quote(str_of(typed.words[0]), QUOTED_BYTES, view->arena));
    operation = operation_find_seen(view, request, id);
    if (!operation)
        return error_set(err, ERR_NOT_FOUND, "There is no operation `%s`, or it ended long ago. Nothing was done.", id);
    *ret_arguments = operation;
    if (strcmp(operation->kind, machine_group.kind) == 0 && !operation_has_ended(operation))
        return consent_ask_about(view, request, operation, ret_question, err);
    return control_ask_about(view, request, operation, false, ret_question, err);
}

/* Who could, and was asked, is what whoever may not needs to know. */
static void approve_refused(const struct view *view, const struct question *question, const void *arguments,
                            bool is_by_glass, struct outcome *out)
{
    const struct operation *operation = arguments;
    const cJSON *json = json_find(operation->body, "approvals");
    const char *lacking = json_find_string(operation->body, "lacking"), *asked;
    struct approvals approvals;
    struct error ignored;

    (void)question, (void)is_by_glass;
    if (strcmp(operation->state, APPROVAL_STATE) != 0 || !json ||
        !shape_from_json(&approvals_shape, json, view->arena, &approvals, &ignored))
        return;
    asked = approvals_asked(&approvals, 0, view->arena);
    outcome_reply_line(out, "%s waits for consent%s%s%s%s.", operation->id, lacking ? ": " : "", lacking ? lacking : "",
                       asked ? "; asked: " : "", asked ? asked : "");
}

/* It is not live any more: a live one decides itself. */
static void approve_begin(const struct view *view, const struct request *request, const struct question *question,
                          const void *arguments, struct outcome *out)
{
    const struct operation *operation = arguments;

    (void)view, (void)request, (void)question;
    outcome_refuse(out, "%s has ended: %s", operation->id, operation->summary ? operation->summary : operation->state);
}

static const char *const details[] = {
    "`approve D1042`: consent to that operation, as it stands on its card; it is never the one who asked for it who can",
    "of a group: to each of its members that waits for it, as far as yours counts there",
    "where a second door is required: whoever asked for it in Slack confirms it with `opsgate run approve D1042`, or the "
    "other way round",
    NULL,
};

const struct verb verb_approve = {
    .name = "approve",
    .usage = "approve D1042",
    .summary = "consent to an operation that waits for it",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .asks = approve_asks,
    .refused = approve_refused,
    .begin = approve_begin,
};
