#include "handlers/explain.h"

#include "bot/model/card.h"
#include "handlers/approval.h"
#include "handlers/deploy/deploy.h"
#include "handlers/group/group.h"
#include "handlers/hold/glass.h"
#include "handlers/hold/hold.h"
#include "handlers/operation_words.h"
#include "handlers/place.h"
#include "handlers/review.h"
#include "handlers/rollback/rollback.h"

#include "policy/explain.h"

#include <string.h>

#define RULES_SHOWN 20
#define RULES_SHOWN_OF_SEVERAL 10 /* for each that is told apart */
#define QUOTED_BYTES 40
#define UNLESS_GLASS "No, unless you break the glass"

struct explained_place {
    const char *name;         /* "api", of several services; NULL: there is only this one */
    struct question question; /* what would be asked */
};
struct explain_arguments {
    struct explained_place *places;
    size_t count;
    enum policy_stage stage;
    const char *needs; /* besides what the rules say; or NULL */
    bool is_for_any_version;
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

static void add_place(const struct view *view, struct explain_arguments *arguments, const char *name,
                      const struct question *question)
{
    *ARENA_PUSH(view->arena, arguments->places, arguments->count) = (struct explained_place){ name, *question };
}

/* Each of several services as it will be asked for when its turn has come. */
static bool add_several(const struct view *view, const struct request *request, const struct group_body *group,
                        struct explain_arguments *arguments, struct error *err)
{
    for (size_t i = 0; i < group->members_count; i++) {
        const struct group_member *member = &group->members[i];
        struct request one = *request;
        struct question question;
        const void *ignored;

        one.verb = member->verb;
        one.words = member->words;
        one.words_count = member->words_count;
        one.quoted_words = 0;
        if (!explain_ask(view, verb_find(view->verbs, one.verb), &one, &question, &ignored, err))
            return false;
        add_place(view, arguments, member->name, &question);
    }
    return true;
}

/* Of an operation that waits is asked with its number; whose word would count is asked of a place. */
static bool ask_of_place(const struct view *view, const struct request *request, const struct typed *typed,
                         struct question *ret_question, struct error *err)
{
    struct place place;

    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    if (typed->words_count == 0 && strcmp(request->verb, verb_review.name) == 0)
        return true;
    if (typed->words_count == 0)
        return error_set(err, ERR_INVALID, "Where? Say the place, as in `%s api production`, or the operation.",
                         request->verb);
    if (!place_read(view->settings, typed, view->arena, &place, err))
        return false;
    if (place.rest)
        return error_set(err, ERR_INVALID, "I do not know what `%s` means after `%s`.",
                         card_quote(str_of(place.rest), QUOTED_BYTES, view->arena), place.environment->name);
    place_ask(request, &place, view->arena, ret_question);
    return true;
}

static bool ask(const struct view *view, const struct verb *verb, const struct request *request,
                struct question *ret_question, const void **ret_arguments, struct error *err)
{
    struct typed typed;

    if (verb == &verb_deploy)
        return deploy_ask_any_version(view, request, ret_question, ret_arguments, err);
    if (verb != &verb_approve && verb != &verb_review)
        return verb->asks(view, request, ret_question, ret_arguments, err);
    if (!request_read(request, NULL, 0, view->arena, &typed, err))
        return false;
    if (typed.words_count > 0 && operation_typed(view->settings, typed.words[0], view->arena))
        return verb->asks(view, request, ret_question, ret_arguments, err);
    return ask_of_place(view, request, &typed, ret_question, err);
}

bool explain_ask(const struct view *view, const struct verb *verb, const struct request *request,
                 struct question *ret_question, const void **ret_arguments, struct error *err)
{
    *ret_question = (struct question){ .verb = NULL };
    *ret_arguments = NULL;
    if (!ask(view, verb, request, ret_question, ret_arguments, err))
        return false;
    ret_question->takes_no_glass = ret_question->takes_no_glass || !verb->takes_glass;
    return true;
}

bool explain_is_for_any_version(const struct verb *verb, const void *arguments)
{
    return verb == &verb_deploy && deploy_lacks_version(arguments);
}

const char *explain_any_version_words(const char *by_version, struct arena *arena)
{
    if (!by_version)
        return "No version was named: this is so for any.";
    return arena_printf(arena, "No version was named. What depends on which one it is: %s. The rest is so for any.",
                        by_version);
}

static const struct verb *explain_is_about(const struct view *view, const struct request *request)
{
    const struct verb *verb = request->words_count > 0 ? verb_find(view->verbs, request->words[0]) : NULL;

    return verb && !verb->is_internal ? verb : NULL;
}

static bool explain_asks(const struct view *view, const struct request *request, struct question *ret_question,
                         const void **ret_arguments, struct error *err)
{
    struct explain_arguments *arguments = ARENA_NEW(view->arena, struct explain_arguments);
    const struct group_body *group = NULL;
    const struct verb *verb, *nearest;
    struct question question;
    const void *theirs;
    struct request rest;

    if (request->words_count == 0)
        return error_set(err, ERR_INVALID, "Explain what? Say the request behind it: `explain deploy api staging`.");
    rest = rest_of(request);
    verb = explain_is_about(view, request);
    if (!verb) {
        nearest = verb_nearest(view->verbs, rest.verb);
        return error_set(err, ERR_INVALID, "I do not know `%s`.%s%s%s",
                         card_quote(str_of(rest.verb), QUOTED_BYTES, view->arena), nearest ? " Did you mean `" : "",
                         nearest ? nearest->name : "", nearest ? "`?" : "");
    }
    if (!explain_ask(view, verb, &rest, &question, &theirs, err))
        return false;
    if (verb == &verb_deploy)
        group = deploy_several_services(theirs);
    arguments->is_for_any_version = explain_is_for_any_version(verb, theirs);
    if (!group)
        add_place(view, arguments, NULL, &question);
    else if (!add_several(view, &rest, group, arguments, err))
        return false;
    if (verb == &verb_rollback)
        arguments->needs = rollback_needs(view, &request->principal, theirs);
    arguments->stage = verb->is_asked_again ? POLICY_STATIC : POLICY_WHOLE;
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_arguments = arguments;
    return true;
}

/* ---- what would happen now ---- */

struct judged { /* one place */
    const struct explained_place *place;
    struct explanation explanation;
    const struct operation *hold; /* a lock or the halt that stands in the way, or NULL */
    const char *needs;            /* a glass that no rule asks for; or NULL */
    bool is_told;
};

static struct judged judge(const struct view *view, const struct explained_place *place, enum policy_stage stage)
{
    struct facts facts = view_facts(view);

    facts.reason = place->question.reason;
    facts.break_glass = place->question.break_glass;
    return (struct judged){ .place = place,
                            .explanation = policy_explain(view->policy, &place->question, &facts, stage, view->arena),
                            .hold = hold_find_asked(view, &place->question) };
}

static const char *verdict_words(const struct judged *judged)
{
    const struct decision *decision = &judged->explanation.decision;

    if (judged->needs && decision->verdict == VERDICT_ALLOW)
        return UNLESS_GLASS;
    if (decision->verdict == VERDICT_DENY)
        return decision->can_break_glass && !judged->hold ? UNLESS_GLASS : "No";
    if (decision_refuses(decision) || judged->hold)
        return "Not now";
    return decision->verdict == VERDICT_ALLOW ? "Yes" : "Yes, once what it needs is there";
}

static void say_hold(const struct view *view, const struct judged *judged, struct outcome *out)
{
    outcome_reply_line(out, "*%s* holds it: %s. Nothing begins there, and nothing gets more traffic%s. %s",
                       judged->hold->id, hold_words(view, judged->hold),
                       judged->explanation.decision.can_break_glass ? "; no glass passes that" : "",
                       hold_turn(judged->hold, view->arena));
}

static void say_rules(const struct explanation *explanation, size_t max, struct outcome *out)
{
    for (size_t i = 0; i < explanation->rules_count && i < max; i++)
        outcome_reply_line(out, "`%s` %s: %s", explanation->rules[i].rule,
                           explain_outcome_names[explanation->rules[i].outcome], explanation->rules[i].sentence);
    if (explanation->rules_count > max)
        outcome_reply_line(out, "And %zu rules more.", explanation->rules_count - max);
}

/* What holds it goes first, if the rules would let it pass: then that is the answer. */
static void say_one(const struct view *view, const struct judged *judged, struct outcome *out)
{
    const struct decision *decision = &judged->explanation.decision;
    bool is_hold_first = judged->hold && decision->verdict != VERDICT_DENY && !decision_refuses(decision);

    if (is_hold_first)
        outcome_reply(out, "*%s*: %s.", verdict_words(judged), hold_reason(judged->hold, view->arena));
    else
        outcome_reply(out, "*%s*: %s.", verdict_words(judged), judged->needs ? judged->needs : decision->reason);
    if (judged->hold)
        say_hold(view, judged, out);
    if (is_hold_first || judged->needs)
        outcome_reply_line(out, "The rules say: %s.", decision->reason);
    if (decision->turn[0])
        outcome_reply_line(out, "%s", decision->turn);
    say_rules(&judged->explanation, RULES_SHOWN, out);
}

/* ---- several ---- */

static bool is_alike(const struct judged *a, const struct judged *b)
{
    const struct decision *one = &a->explanation.decision, *other = &b->explanation.decision;

    return a->hold == b->hold && strcmp(verdict_words(a), verdict_words(b)) == 0 &&
           strcmp(one->rule ? one->rule : "", other->rule ? other->rule : "") == 0;
}

/* "api, web", of those to whom the same happens; they count as told then. */
static const char *names_alike(const struct view *view, struct judged *first, struct judged *end)
{
    const char *names = first->place->name;

    for (struct judged *other = first + 1; other < end; other++)
        if (!other->is_told && is_alike(first, other)) {
            names = arena_printf(view->arena, "%s, %s", names, other->place->name);
            other->is_told = true;
        }
    return names;
}

static void say_several(const struct view *view, struct judged *all, size_t count, struct outcome *out)
{
    const char *summary = NULL;
    struct outcome details;

    outcome_init(&details, view->arena, NULL, NULL);
    outcome_reply(&details, "-");
    for (size_t i = 0; i < count; i++) {
        const struct judged *judged = &all[i];
        const struct decision *decision = &judged->explanation.decision;
        const char *names;

        if (judged->is_told)
            continue;
        names = names_alike(view, &all[i], all + count);
        summary = arena_printf(view->arena, "%s%s%s: *%s*", summary ? summary : "", summary ? "; " : "", names,
                               verdict_words(judged));
        outcome_reply_line(&details, "*%s*: %s%s%s%s.", names, decision->reason, decision->rule ? " (" : "",
                           decision->rule ? decision->rule : "", decision->rule ? ")" : "");
        if (judged->hold)
            say_hold(view, judged, &details);
        if (decision->turn[0])
            outcome_reply_line(&details, "%s", decision->turn);
        say_rules(&judged->explanation, RULES_SHOWN_OF_SEVERAL, &details);
    }
    outcome_reply(out, "%s.", summary);
    if (decision_refuses(&all[0].explanation.decision))
        outcome_reply_line(out, "All of it is refused at once then: policy is asked for `%s`, the first of them.",
                           all[0].place->name);
    for (size_t i = 0; i < details.reply->lines_count; i++)
        outcome_reply_line(out, "%s", details.reply->lines[i]);
}

static void say_any_version(const struct view *view, const struct judged *all, size_t count, struct outcome *out)
{
    const char *by_version = NULL;

    for (size_t i = 0; i < count; i++)
        by_version = explain_join_by_version(by_version, all[i].explanation.by_version, view->arena);
    outcome_reply_line(out, "%s", explain_any_version_words(by_version, view->arena));
}

static void explain_begin(const struct view *view, const struct request *request, const struct question *question,
                          const void *value, struct outcome *out)
{
    const struct explain_arguments *arguments = value;
    struct judged *all = arena_alloc(view->arena, arguments->count * sizeof(*all));

    (void)request, (void)question;
    for (size_t i = 0; i < arguments->count; i++) {
        all[i] = judge(view, &arguments->places[i], arguments->stage);
        if (all[i].explanation.decision.verdict == VERDICT_ALLOW)
            all[i].needs = arguments->needs;
    }
    if (arguments->places[0].name)
        say_several(view, all, arguments->count, out);
    else
        say_one(view, &all[0], out);
    if (arguments->is_for_any_version)
        say_any_version(view, all, arguments->count, out);
    if (arguments->needs && !all[0].needs)
        outcome_reply_line(out, "%s.", arguments->needs);
}

/* As `deploy` takes them: their values are nobody's business here either. */
static const struct verb_option explain_options[] = {
    { .name = "set-env", .takes_value = true, .is_repeatable = true, .is_secret = true },
};

const struct verb verb_explain = {
    .name = "explain",
    .usage = "explain VERB [WORD...]",
    .summary = "what would happen to a request of yours now, and what each rule says to it, without asking for it",
    .options = explain_options,
    .options_count = ARRAY_LEN(explain_options),
    .hides_values = true,
    .is_look = true,
    .asks = explain_asks,
    .is_about = explain_is_about,
    .begin = explain_begin,
};
