#include "handlers/explain.h"

#include "policy/explain.h"

#define RULES_SHOWN 20
#define QUOTED_BYTES 40

struct explain_arguments {
    struct question question; /* what would be asked */
    enum policy_stage stage;
};

/* The request without the word `explain`. */
static struct request rest_of(const struct request *request)
{
    struct request rest = *request;

    rest.verb = request->words[0];
    rest.words = request->words + 1;
    rest.words_count = request->words_count - 1;
    rest.quoted_words = request->quoted_words >> 1;
    return rest;
}

static bool explain_asks(const struct view *view, const struct request *request, struct question *ret_question,
                         const void **ret_arguments, struct error *err)
{
    struct explain_arguments *arguments = ARENA_NEW(view->arena, struct explain_arguments);
    const struct verb *verb, *nearest;
    const void *ignored;
    struct request rest;

    if (request->words_count == 0)
        return error_set(err, ERR_INVALID, "Explain what? Say the request behind it: `explain deploy api staging`.");
    rest = rest_of(request);
    verb = verb_find(view->verbs, rest.verb);
    if (!verb || verb->is_internal) {
        nearest = verb_nearest(view->verbs, rest.verb);
        return error_set(err, ERR_INVALID, "I do not know `%s`.%s%s%s",
                         card_quote(str_of(rest.verb), QUOTED_BYTES, view->arena), nearest ? " Did you mean `" : "",
                         nearest ? nearest->name : "", nearest ? "`?" : "");
    }
    if (!verb->asks(view, &rest, &arguments->question, &ignored, err))
        return false;
    arguments->stage = verb->is_asked_again ? POLICY_STATIC : POLICY_WHOLE;
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_arguments = arguments;
    return true;
}

static const char *verdict_words(const struct decision *decision)
{
    if (decision->verdict == VERDICT_DENY)
        return decision->can_break_glass ? "No, unless you break the glass" : "No";
    if (decision->verdict == VERDICT_ALLOW)
        return "Yes";
    return decision_refuses(decision) ? "Not now" : "Yes, once what it needs is there";
}

static void explain_begin(const struct view *view, const struct request *request, const struct question *question,
                          const void *arguments, struct outcome *out)
{
    const struct explain_arguments *asked = arguments;
    struct facts facts = view_facts(view);
    struct explanation explanation;

    (void)request, (void)question;
    facts.reason = asked->question.reason;
    facts.break_glass = asked->question.break_glass;
    explanation = policy_explain(view->policy, &asked->question, &facts, asked->stage, view->arena);
    outcome_reply(out, "*%s*: %s.", verdict_words(&explanation.decision), explanation.decision.reason);
    if (explanation.decision.turn[0])
        outcome_reply_line(out, "%s", explanation.decision.turn);
    for (size_t i = 0; i < explanation.rules_count && i < RULES_SHOWN; i++)
        outcome_reply_line(out, "`%s` %s: %s", explanation.rules[i].rule,
                           explain_outcome_names[explanation.rules[i].outcome], explanation.rules[i].sentence);
    if (explanation.rules_count > RULES_SHOWN)
        outcome_reply_line(out, "And %zu rules more.", explanation.rules_count - RULES_SHOWN);
}

/* As `deploy` takes them: their values are nobody's business here either. */
static const struct verb_option explain_options[] = {
    { .name = "set-env", .takes_value = true, .is_repeatable = true, .is_secret = true },
};

const struct verb verb_explain = {
    .name = "explain",
    .usage = "explain VERB [WORD...]",
    .summary = "what each rule says to a request of yours, without asking for it",
    .options = explain_options,
    .options_count = ARRAY_LEN(explain_options),
    .is_look = true,
    .asks = explain_asks,
    .begin = explain_begin,
};
