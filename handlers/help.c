#include "handlers/help.h"

#include "policy/decide.h"

#define QUOTED_BYTES 40

static bool help_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    struct typed *typed = ARENA_NEW(view->arena, struct typed);

    if (!request_read(request, NULL, 0, view->arena, typed, err))
        return false;
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_arguments = typed;
    return true;
}

static bool may_use(const struct view *view, const struct request *request, const struct verb *verb)
{
    const struct facts facts = view_facts(view);

    return policy_help_for(view->policy, &facts, &request->principal, request->source,
                           verb->ruled_as ? verb->ruled_as : verb->name);
}

static void help_one(const struct view *view, const struct request *request, const struct verb *verb,
                     struct outcome *out)
{
    outcome_reply(out, "*%s*: %s.", verb->name, verb->summary);
    outcome_reply_line(out, "Usage: `%s`", verb->usage);
    for (const char *const *line = verb->details; line && *line; line++)
        outcome_reply_line(out, "%s", *line);
    if (!may_use(view, request, verb))
        outcome_reply_line(
            out, "No rule allows it to you anywhere: a rule of the policy has to name you or a role of yours.");
}

static void help_nearest(const struct view *view, const char *typed, const struct verb *nearest, struct outcome *out)
{
    outcome_reply(out, "I do not know `%s`. Did you mean `%s`?", card_quote(str_of(typed), QUOTED_BYTES, view->arena),
                  nearest->name);
    outcome_reply_line(out, "Usage: `%s`", nearest->usage);
}

/* `unknown` is what was asked about and is no verb, or NULL. */
static void help_all(const struct view *view, const struct request *request, const char *unknown, struct outcome *out)
{
    bool is_any_left_out = false;

    if (unknown)
        outcome_reply(out, "There is no verb `%s`. What you can ask for here:",
                      card_quote(str_of(unknown), QUOTED_BYTES, view->arena));
    else
        outcome_reply(
            out,
            "*opsgate*: what you can ask for here, as `/ops VERB …` in Slack and as `opsgate run VERB …` on the host. "
            "`help VERB` tells more of one.");
    for (const struct verb *const *verb = view->verbs; *verb; verb++) {
        if ((*verb)->is_internal)
            continue;
        if (may_use(view, request, *verb))
            outcome_reply_line(out, "`%s`: %s", (*verb)->usage, (*verb)->summary);
        else
            is_any_left_out = true;
    }
    if (is_any_left_out)
        outcome_reply_line(out, "There is more that no rule allows to you: `help VERB` tells of any.");
}

static void help_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *arguments, struct outcome *out)
{
    const struct typed *typed = arguments;
    const char *name = typed->words_count > 0 ? typed->words[0] : NULL;
    const struct verb *verb = name ? verb_find(view->verbs, name) : NULL;
    const struct verb *nearest = name ? verb_nearest(view->verbs, name) : NULL;

    (void)question;
    if (verb && !verb->is_internal)
        help_one(view, request, verb, out);
    else if (nearest)
        help_nearest(view, name, nearest, out);
    else
        help_all(view, request, name, out);
}

const struct verb verb_help = {
    .name = "help",
    .usage = "help [VERB]",
    .summary = "what you can ask for, and how",
    .is_look = true,
    .asks = help_asks,
    .begin = help_begin,
};
