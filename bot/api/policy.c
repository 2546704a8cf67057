/* policy.c - the policy explorer: what would come of a request, and who could make it. It asks as `explain` does. */
#include "bot/api/internal.h"

#include "bot/cli/policy.h"
#include "handlers/explain.h"
#include "handlers/hold/glass.h"
#include "handlers/hold/hold.h"
#include "handlers/person.h"
#include "policy/explain.h"

#include <string.h>

struct asked {
    struct request request;
    struct question question;
    enum policy_stage stage;
    bool is_for_any_version;
};

static bool is_wrong(struct api_call *call, const char *name, const char *why)
{
    api_problem(call, 400, arena_printf(call->arena, "%s: %s", name, api_plain(call, why)));
    return false;
}

/* Whoever asks for somebody else is told of no incident that they do not see themselves: theirs is the first reading.
 */
static bool ask_verb(struct api_call *call, const struct verb *verb, struct asked *asked, struct error *err)
{
    const struct request own = api_request(call);
    struct request theirs = asked->request;
    const void *arguments;

    theirs.principal = own.principal;
    theirs.source = own.source;
    if (!explain_ask(&call->view, verb, &theirs, &asked->question, &arguments, err) ||
        !explain_ask(&call->view, verb, &asked->request, &asked->question, &arguments, err))
        return false;
    asked->is_for_any_version = explain_is_for_any_version(verb, arguments);
    return true;
}

/* The verb's own reading of its words, as when it is asked. Answers when it makes no sense. */
static bool read_text(struct api_call *call, struct asked *asked)
{
    const char *text = api_parameter(call, "text");
    struct str rest = str_of(text);
    const struct verb *verb, *nearest;
    struct error err;

    if (!text || str_trim(rest).len == 0)
        return is_wrong(call, "text", "it is missing: say the request, like `deploy api production`");
    asked->request.text = text;
    asked->request.verb = arena_copy(call->arena, str_take_word(&rest));
    verb = verb_find(call->view.verbs, asked->request.verb);
    nearest = verb_nearest(call->view.verbs, asked->request.verb);
    if (!verb || verb->is_internal)
        return is_wrong(call, "text",
                        arena_printf(call->arena, "there is no verb '%s'%s%s",
                                     card_quote(str_of(asked->request.verb), 40, call->arena),
                                     nearest ? "; did you mean " : "", nearest ? nearest->name : ""));
    if (!request_split(rest, call->arena, &asked->request, &err) || !ask_verb(call, verb, asked, &err))
        return is_wrong(call, "text", err.message);
    asked->stage = verb->is_asked_again ? POLICY_STATIC : POLICY_WHOLE;
    return true;
}

/* Somebody by the name that rules or `people` give them; nobody: whoever asks. */
static bool read_who(struct api_call *call, struct asked *asked)
{
    const char *text = api_parameter(call, "who"), *named;
    struct str system;
    struct error err = { .code = ERR_NOT_FOUND };

    if (!text)
        return true;
    named = person_by_name(call->view.settings, text, call->arena, &err);
    if (!named && err.code == ERR_CONFLICT)
        return is_wrong(call, "who", err.message);
    if (!named || !policy_read_principal(call->view.policy, named, call->arena, &asked->request.principal))
        return is_wrong(call, "who", "expected SYSTEM:ID, like slack:U012AB3CD or token:ci, or a name of `people`");
    system = str_of(named);
    asked->request.source = policy_source_of(str_take_until(&system, ':'));
    if (!asked->request.source)
        return is_wrong(call, "who", "nobody asks from there");
    return true;
}

static bool read_asked(struct api_call *call, struct asked *asked)
{
    if (!api_may(call, verb_explain.name, NULL)) {
        api_denied(call, verb_explain.name);
        return false;
    }
    asked->request = api_request(call);
    return read_who(call, asked) && read_text(call, asked);
}

static struct facts facts_of(const struct api_call *call, const struct asked *asked)
{
    struct facts facts = call->facts;

    facts.reason = asked->question.reason;
    facts.break_glass = asked->question.break_glass;
    return facts;
}

static void add_version(const struct asked *asked, const char *by_version, cJSON *json)
{
    json_set_bool(json, "for_any_version", asked->is_for_any_version);
    api_set_text(json, "depends_on_version", asked->is_for_any_version ? by_version : NULL);
}

void api_policy_explain(struct api_call *call)
{
    struct explanation explanation;
    const struct operation *hold;
    struct asked asked;
    struct facts facts;
    cJSON *json;

    if (!read_asked(call, &asked))
        return;
    facts = facts_of(call, &asked);
    explanation = policy_explain(call->view.policy, &asked.question, &facts, asked.stage, call->arena);
    hold = hold_find_asked(&call->view, &asked.question);
    json = policy_explanation_json(&explanation);
    json_set_string(json, "who", principal_text(&asked.request.principal, call->arena));
    json_set_string(json, "text", asked.request.text);
    api_set_text(json, "held_by", hold ? hold->id : NULL);
    api_set_plain(call, json, "held_why", hold ? hold_words(&call->view, hold) : NULL);
    add_version(&asked, explanation.by_version, json);
    api_answer(call, json);
}

void api_policy_who_can(struct api_call *call)
{
    struct asked asked;
    struct facts facts;
    struct who_can who;
    cJSON *json;

    if (!read_asked(call, &asked))
        return;
    asked.question.principal = (struct principal){ .system = "slack", .id = "U0" };
    facts = facts_of(call, &asked);
    who = policy_who_can(call->view.policy, &asked.question, &facts, call->arena);
    json = policy_who_json(&who);
    json_set_string(json, "text", asked.request.text);
    add_version(&asked, policy_who_by_version(&who, call->arena), json);
    api_answer(call, json);
}
