/* broken_later.c - the glass that is broken for what runs already, and is held by a deny that came since: by `retry` or
 * `promote`, in the name of whoever asks for that.
 */
#include "handlers/broken.h"

#include "handlers/control.h"

#include "policy/policy.h"

#include <string.h>

/* Policy let the request through by the same glass: what it passed there is told, too. */
static void add_denies_of_request(const struct breaking *breaking, const struct operation *operation,
                                  const struct request *request, struct denies *denies)
{
    struct facts facts = view_facts(breaking->view);
    struct question question;
    struct error ignored;

    if (control_ask_about(breaking->view, request, operation, false, &question, &ignored))
        denies_add(breaking->view, &question, &facts, POLICY_WHOLE, denies);
}

static const char *breakers_of(const struct denies *denies, const char *identity)
{
    for (size_t i = 0; identity && i < denies->count; i++)
        if (strcmp(denies->list[i].identity, identity) == 0)
            return denies->list[i].breakers;
    return NULL;
}

static void refuse(const struct operation *operation, const struct denies *denies, const struct decision *decision,
                   struct outcome *out)
{
    const char *breakers = breakers_of(denies, decision->denied_by);

    outcome_refuse(out, "No glass is broken for *%s*: %s%s%s%s. Nothing was done.", operation->id, decision->reason,
                   decision->rule ? " (" : "", decision->rule ? decision->rule : "", decision->rule ? ")" : "");
    if (breakers)
        outcome_reply_line(out, "It takes %s to break that one.", breakers);
    else if (decision->turn[0])
        outcome_reply_line(out, "%s", decision->turn);
}

bool broken_break(struct breaking breaking, const struct operation *operation, const struct request *request,
                  const char *reason, struct denies denies, broken_decide_fn decide, const void *ctx,
                  struct broken *broken, const char **ret_what)
{
    struct broken with = *broken;
    struct decision decision;

    breaking.who = &request->principal;
    breaking.reason = reason;
    breaking.request_id = request->id;
    add_denies_of_request(&breaking, operation, request, &denies);
    broken_keep(&denies, breaking.who, breaking.view->arena, &with);
    decision = decide(ctx, &with);
    if (decision.verdict != VERDICT_ALLOW) {
        refuse(operation, &denies, &decision, breaking.out);
        return false;
    }
    *broken = with;
    *ret_what = denies.count > 0 ? broken_announce(&breaking, &denies) : NULL;
    return true;
}

/* ---- whom it takes ---- */

static bool has_entry(const char *const *list, size_t count, const char *entry)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], entry) == 0)
            return true;
    return false;
}

/* Of those whom the rule names: the roles of which anybody may `retry` there: they type that, and it is asked of policy
 * like any request, with the glass. NULL: none. */
static const char *breakers_who(const struct view *view, const struct question *retry,
                                const struct explained_rule *deny)
{
    const struct facts facts = view_facts(view);
    const char **names = NULL;
    size_t count = 0;

    for (size_t i = 0; i < deny->breaker_names_count; i++)
        if (policy_can_any(view->policy, retry, &facts, deny->breaker_names[i], view->arena))
            *ARENA_PUSH(view->arena, names, count) = deny->breaker_names[i];
    return count > 0 ? explain_any_of(names, count, view->arena) : NULL;
}

const char *broken_who(const struct view *view, const struct operation *operation, const struct denies *denies)
{
    const struct request request = { .verb = verb_retry.name, .source = "slack", .principal = operation->requester };
    struct arena *arena = view->arena;
    const char **said = arena_alloc(arena, (denies->count + 1) * sizeof(*said)), *text = NULL;
    struct question retry;
    struct error ignored;
    size_t count = 0;

    if (!control_ask_about(view, &request, operation, false, &retry, &ignored))
        return NULL;
    for (size_t i = 0; i < denies->count; i++) {
        const char *breakers = breakers_who(view, &retry, &denies->list[i]);

        if (!breakers)
            return NULL;
        if (has_entry(said, count, breakers))
            continue;
        text = text ? arena_printf(arena, "%s, who is also %s", text, breakers) : breakers;
        said[count++] = breakers;
    }
    return text;
}
