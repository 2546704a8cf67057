#include "handlers/deploy/ending.h"

#include "bot/model/card.h"
#include "handlers/deploy/plan.h"
#include "handlers/deploy/tune.h"
#include "handlers/place.h"

#include <string.h>

const char *deploy_words(const struct view *view, const char *target, const struct deploy_body *body)
{
    const char *version = body->keeps_image ? "" : body->wanted ? body->wanted : body->version;

    if (body->tune)
        return tune_words(view, target, body);
    return arena_printf(view->arena, "deploy %s %s%s%s%s%s%s%s%s%s%s%s%s", body->service, body->environment,
                        version[0] ? " " : "", version, place_region_option(target, view->arena),
                        deploy_strategy_option(view, target, body->strategy), body->is_now ? " --now" : "",
                        body->is_irreversible ? " --irreversible" : "", body->is_reversible ? " --reversible" : "",
                        body->env_count > 0 || body->keeps_image ? " --set-env ..." : "",
                        body->artifact_deadline_at_ms > 0 && !body->image ? " --wait ..." : "",
                        body->reason ? " --reason ..." : "", body->break_glass ? " --break-glass ..." : "");
}

static const char *ask_again(const struct view *view, const char *target, const struct deploy_body *body)
{
    const char *words = deploy_words(view, target, body);

    if (body->irreversible_untold) /* the same again would wait for GitHub again */
        return arena_printf(view->arena,
                            "Say it yourself, and it is not asked: `%s --irreversible`, if it may be; else `%s "
                            "--reversible`.",
                            words, words);
    return arena_printf(view->arena, "Mend that, then ask again: `%s`.", words);
}

static const char *look_at_run(const struct view *view, const char *target, const struct deploy_body *body)
{
    return arena_printf(view->arena, "Look at what it has done, then ask again: `%s`.",
                        deploy_words(view, target, body));
}

static const char *read_logs(const struct view *view, const char *target, const struct deploy_body *body)
{
    return arena_printf(view->arena, "Look at the logs of revision `%s`, then ask again: `%s`.", body->revision,
                        deploy_words(view, target, body));
}

/* It was judged, and found bad: the same once more is no advice. */
static const char *mend_it(const struct view *view, const char *target, const struct deploy_body *body)
{
    (void)target;
    return arena_printf(view->arena, "Look at the logs of revision `%s`, and bring a version that mends it.",
                        body->revision);
}

static const char *look_at_traffic(const struct view *view, const char *target, const struct deploy_body *body)
{
    (void)target;
    return arena_printf(view->arena, "Look where the traffic of %s goes in Cloud Run: `%s` served before.",
                        body->place.service, card_quote(str_of(body->previous), DEPLOY_QUOTED_BYTES, view->arena));
}

static const struct aftermath { /* what the person at 3 a.m. has to know next */
    const char *state, *touched;
    const char *(*next)(const struct view *view, const char *target, const struct deploy_body *body);
} aftermaths[] = {
    { "pinning", "Nothing was changed.", ask_again },
    { "awaiting-artifact", "Nothing was changed.", ask_again },
    { "awaiting-checks", "Nothing was changed.", ask_again },
    { "awaiting-approval", "Nothing was changed.", ask_again },
    { "queued", "Nothing was changed.", ask_again },
    { "dispatching", "Nothing is known to have been changed.", ask_again },
    { "running", "It may have changed anything.", look_at_run },
    { "cancelling", "It may have changed anything.", look_at_run },
    { "looking", "Nothing was changed.", ask_again },
    { "creating", "Traffic was not touched.", ask_again },
    { "starting", "Traffic was not touched.", read_logs },
    { "checking", "Traffic was not touched.", read_logs },
    { "shifting", "The new revision stays.", look_at_traffic },
    { "reverifying", "The new revision stays without traffic.", mend_it },
    { "returning", "Traffic may still be on the new revision.", look_at_traffic },
    { "verifying", "The new revision stays, and traffic may be on it.", look_at_traffic },
};

static const struct aftermath *aftermath_of(const char *state)
{
    for (size_t i = 0; i < ARRAY_LEN(aftermaths); i++)
        if (strcmp(aftermaths[i].state, state) == 0)
            return &aftermaths[i];
    return &aftermaths[ARRAY_LEN(aftermaths) - 1]; /* the most careful one */
}

static const char *full_stop(const char *sentence)
{
    size_t len = strlen(sentence);

    return len > 0 && strchr(".?!", sentence[len - 1]) ? "" : ".";
}

const char *deploy_failure(const struct view *view, const char *target, const char *state,
                           const struct deploy_body *body, const char *sentence)
{
    const struct aftermath *aftermath = aftermath_of(state);

    return arena_printf(view->arena, "%s%s %s %s", sentence, full_stop(sentence), aftermath->touched,
                        aftermath->next(view, target, body));
}

const char *deploy_refusal(const struct view *view, const char *state, const struct decision *decision)
{
    const char *rule = decision->rule ? arena_printf(view->arena, " (%s)", decision->rule) : "";
    const char *turn = decision->turn[0] ? arena_printf(view->arena, " %s", decision->turn) : "";

    return arena_printf(view->arena, "%s%s. %s%s", decision->reason, rule, aftermath_of(state)->touched, turn);
}

const char *deploy_foreign(const struct view *view, const struct deploy_body *body, const char *found,
                           const char *expected)
{
    return arena_printf(
        view->arena, "Somebody else changed the traffic: it is %s, and %s was expected. opsgate did not touch it. %s",
        found, expected, look_at_traffic(view, NULL, body));
}

const char *deploy_why(const struct event *event, struct arena *arena)
{
    static const char *const plain[] = {
        [END_DONE] = "the answer made no sense",
        [END_FAILED] = "it was refused without a reason",
        [END_GAVE_UP] = "no answer in time",
        [END_UNKNOWN] = "nothing can tell whether it happened",
        [END_CANCELLED] = "it was taken back before it was tried",
    };

    return event->error ? card_quote(str_of(event->error), DEPLOY_QUOTED_BYTES, arena) : plain[event->end];
}
