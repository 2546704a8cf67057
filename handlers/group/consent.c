#include "handlers/group/consent.h"

#include "handlers/approval.h"
#include "handlers/control.h"
#include "handlers/registry.h"
#include "policy/decide.h"

#include <string.h>

#define DEPTH_MAX 4 /* groups of groups */
#define LINES_TOLD 20

struct consent {
    const struct group_member *member;
    bool is_taken;    /* it counts there */
    const char *text; /* what it would answer, a line */
};

static bool is_waiting(const struct operation *operation)
{
    return operation && !operation_has_ended(operation) && strcmp(operation->state, APPROVAL_STATE) == 0;
}

static bool is_in(const struct view *view, const struct operation *operation, const struct operation *group)
{
    for (int depth = 0; operation && operation->parent && depth < DEPTH_MAX; depth++) {
        if (strcmp(operation->parent, group->id) == 0)
            return true;
        operation = view->find_operation(view->ctx, operation->parent);
    }
    return false;
}

/* ---- for policy ---- */

static bool is_allowed(const struct view *view, const struct question *question)
{
    const struct facts facts = view_facts(view);

    return policy_decide(view->policy, question, &facts, POLICY_WHOLE).verdict == VERDICT_ALLOW;
}

bool consent_ask_about(const struct view *view, const struct request *request, const struct operation *group,
                       struct question *ret_question, struct error *err)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **list = arena_alloc(view->arena, (count + 1) * sizeof(*list));
    bool is_found = false;

    view->list_operations(view->ctx, list, count);
    for (size_t i = 0; i < count; i++) {
        struct question question;
        struct error ignored;

        if (!is_waiting(list[i]) || !is_in(view, list[i], group) ||
            !control_ask_about(view, request, list[i], false, &question, &ignored))
            continue;
        question.operation = group->id;
        if (is_allowed(view, &question)) {
            *ret_question = question;
            return true;
        }
        if (!is_found)
            *ret_question = question;
        is_found = true;
    }
    return is_found ||
           error_set(err, ERR_CONFLICT, "%s is a group, and none of its members waits for consent. Nothing was done.",
                     group->id);
}

/* ---- member by member ---- */

/* Its machine hears it, and what comes of it stays here. NULL: it has nothing to say. */
static const struct reply *answer_of(const struct view *view, const struct request *request,
                                     const struct operation *operation)
{
    const struct machine *machine = machine_find(operation);
    const struct event event = { .kind = EVENT_REQUEST, .name = request->verb, .request = request };
    struct outcome out;
    struct error ignored;
    void *body;

    if (!machine)
        return NULL;
    body = arena_alloc(view->arena, machine->body->size);
    if (!shape_from_json(machine->body, operation->body, view->arena, body, &ignored))
        return NULL;
    outcome_init(&out, view->arena, operation->id, operation->outside_id);
    machine->on_event(view, operation, body, &event, &out);
    return out.reply;
}

static bool is_group(const struct operation *operation)
{
    return strcmp(operation->kind, machine_group.kind) == 0;
}

static bool ask_about(const struct view *view, const struct request *request, const struct operation *operation,
                      struct question *ret_question, struct error *err)
{
    return is_group(operation) ? consent_ask_about(view, request, operation, ret_question, err)
                               : control_ask_about(view, request, operation, false, ret_question, err);
}

static const char *first_line(const char *text, struct arena *arena)
{
    struct str rest = str_of(text);

    return arena_copy(arena, str_take_until(&rest, '\n'));
}

static struct consent consent_of(const struct view *view, const struct request *request,
                                 const struct group_member *member, const struct operation *operation)
{
    struct consent consent = { .member = member, .text = "it hears of it" };
    const struct facts facts = view_facts(view);
    const struct reply *reply;
    struct question question;
    struct decision decision;
    struct error ignored;

    if (!ask_about(view, request, operation, &question, &ignored)) {
        consent.text = arena_strdup(view->arena, ignored.message);
        return consent;
    }
    decision = policy_decide(view->policy, &question, &facts, POLICY_WHOLE);
    if (decision.verdict != VERDICT_ALLOW) {
        consent.text = arena_printf(view->arena, "Denied: %s%s%s%s.", decision.reason, decision.rule ? " (" : "",
                                    decision.rule ? decision.rule : "", decision.rule ? ")" : "");
        return consent;
    }
    reply = answer_of(view, request, operation);
    consent.is_taken = !reply || !reply->is_refusal;
    if (reply)
        consent.text = first_line(reply->text, view->arena);
    return consent;
}

/* Of each member that waits for it, or has one in it that does. */
static size_t consents_of(const struct view *view, const struct request *request, const struct group_body *body,
                          struct consent **ret_consents)
{
    struct consent *list = NULL;
    size_t count = 0;

    for (size_t i = 0; i < body->members_count; i++) {
        const struct group_member *member = &body->members[i];
        const struct operation *operation =
            member->state == MEMBER_RUNNING ? view->find_operation(view->ctx, member->operation) : NULL;
        struct question question;
        struct error ignored;

        if (is_waiting(operation) ||
            (operation && is_group(operation) && consent_ask_about(view, request, operation, &question, &ignored)))
            *ARENA_PUSH(view->arena, list, count) = consent_of(view, request, member, operation);
    }
    *ret_consents = list;
    return count;
}

/* ---- it is given ---- */

/* In the name of whoever gives it, and not of whoever began the group. */
static void ask(const struct view *view, const struct request *request, const struct group_member *member,
                struct outcome *out)
{
    const char **words = ARENA_NEW(view->arena, const char *);

    words[0] = member->operation;
    outcome_request(out, (struct wanted_request){ .name = arena_printf(view->arena, "approve %s", member->name),
                                                  .verb = request->verb,
                                                  .words = words,
                                                  .words_count = 1,
                                                  .requester = &request->principal,
                                                  .source = request->source,
                                                  .request_id = request->id });
}

void consent_give(const struct view *view, const struct request *request, const struct operation *group,
                  const struct group_body *body, struct outcome *out)
{
    struct consent *consents;
    size_t count = consents_of(view, request, body, &consents), taken = 0;

    for (size_t i = 0; i < count; i++) {
        taken += consents[i].is_taken;
        if (consents[i].is_taken)
            ask(view, request, consents[i].member, out);
    }
    if (taken == 0)
        outcome_refuse(out, "*%s*: none of its members takes your consent. Nothing was done.", group->id);
    else
        outcome_reply(out, "*%s*: %zu of the %zu that wait %s your consent.", group->id, taken, count,
                      taken == 1 ? "takes" : "take");
    for (size_t i = 0; i < count && i < LINES_TOLD; i++)
        outcome_reply_line(out, "%s: %s", consents[i].member->name, consents[i].text);
    if (count > LINES_TOLD)
        outcome_reply_line(out, "and %zu more: the card names them", count - LINES_TOLD);
}
