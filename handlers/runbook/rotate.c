/* rotate.c - `rotate`: the runbook that gives a secret another value, by the secret's name. */
#include "handlers/runbook/runbook.h"

#include "bot/model/settings.h"
#include "handlers/hold/glass.h"
#include "handlers/operation_words.h"
#include "handlers/runbook/plan.h"
#include "policy/decide.h"

#include <string.h>

#define QUOTED_BYTES 60

struct rotate_arguments {
    const struct request *run; /* the same, as `run` is asked for it; NULL: what can be rotated? */
    const void *arguments;     /* of `run` */
};

bool runbook_is_asked(const struct question *question)
{
    return strcmp(question->verb, verb_run.name) == 0 || strcmp(question->verb, verb_rotate.name) == 0;
}

static const struct runbook_settings *find_rotating(const struct view *view, const char *secret, struct error *err)
{
    const struct settings *settings = view->settings;
    const struct runbook_settings *runbook = settings_find_rotating(settings, secret);
    const char **names = NULL, *nearest;
    size_t count = 0;

    if (runbook)
        return runbook;
    for (size_t i = 0; i < settings->runbooks_count; i++)
        if (settings->runbooks[i].rotates)
            *ARENA_PUSH(view->arena, names, count) = settings->runbooks[i].rotates;
    nearest = str_nearest(str_of(secret), names, count);
    error_set(err, ERR_NOT_FOUND, "No runbook rotates `%s`%s%s%s Nothing was done; `rotate` alone lists what can be.",
              card_quote(str_of(secret), QUOTED_BYTES, view->arena), nearest ? ". Did you mean `" : "",
              nearest ? nearest : "", nearest ? "`?" : ".");
    return NULL;
}

/* "rotate db-password --dry-run" is "run rotate-db-password --dry-run". */
static const struct request *as_run(const struct view *view, const struct request *request,
                                    const struct runbook_settings *runbook)
{
    struct request *run = ARENA_NEW(view->arena, struct request);

    *run = *request;
    run->verb = verb_run.name;
    run->words = memcpy(arena_alloc(view->arena, request->words_count * sizeof(*run->words)), request->words,
                        request->words_count * sizeof(*run->words));
    run->words[0] = runbook->name;
    return run;
}

static bool asks(const struct view *view, const struct request *request, struct question *ret_question,
                 const void **ret_arguments, struct error *err)
{
    struct rotate_arguments *arguments = ARENA_NEW(view->arena, struct rotate_arguments);
    const struct runbook_settings *runbook;

    *ret_arguments = arguments;
    if (request->words_count == 0) /* who may ask for help may ask what there is */
        return verb_run.asks(view, request, ret_question, &arguments->arguments, err);
    runbook = find_rotating(view, request->words[0], err);
    if (!runbook)
        return false;
    arguments->run = as_run(view, request, runbook);
    return verb_run.asks(view, arguments->run, ret_question, &arguments->arguments, err);
}

/* ---- what there is ---- */

/* The last run of that runbook which is remembered, of whoever asked for it; NULL: none is. */
static const struct operation *find_last(const struct view *view, const char *runbook)
{
    size_t count = view->list_ended(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_ended(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        const char *name =
            strcmp(all[i]->kind, machine_runbook.kind) == 0 ? json_find_string(all[i]->body, "runbook") : NULL;

        if (name && strcmp(name, runbook) == 0 && all[i]->result && strcmp(all[i]->result, "refused") != 0)
            return all[i];
    }
    return NULL;
}

static const char *last_words(const struct view *view, const struct operation *last)
{
    return last ? arena_printf(view->arena, "last %s ago, *%s*, %s",
                               duration_about(view->now_ms - last->ended_at_ms).text, last->id, last->result)
                : "when it was last is not known";
}

static void say_list(const struct view *view, const struct request *request, struct outcome *out)
{
    const struct settings *settings = view->settings;
    const struct facts facts = view_facts(view);
    size_t shown = 0;

    outcome_reply(out, "Secrets that you may rotate:");
    for (size_t i = 0; i < settings->runbooks_count; i++) {
        const struct runbook_settings *runbook = &settings->runbooks[i];
        struct question question;

        if (!runbook->rotates)
            continue;
        run_question(view, &request->principal, request->source, runbook->target, runbook->name, &question);
        if (policy_decide(view->policy, &question, &facts, POLICY_STATIC).verdict == VERDICT_DENY)
            continue;
        shown++;
        outcome_reply_line(out, "`rotate %s`, by the runbook `%s`: %s", runbook->rotates, runbook->name,
                           last_words(view, find_last(view, runbook->name)));
    }
    if (shown == 0)
        outcome_reply(out,
                      "There is no secret that you may rotate: `rotates: NAME` of a runbook says what it rotates.");
}

static void begin(const struct view *view, const struct request *request, const struct question *question,
                  const void *value, struct outcome *out)
{
    const struct rotate_arguments *arguments = value;

    if (arguments->run)
        verb_run.begin(view, arguments->run, question, arguments->arguments, out);
    else
        say_list(view, request, out);
}

static const char *const details[] = {
    "`rotate` alone lists the secrets that you may rotate, when each was last, and by which runbook",
    "`rotate NAME` runs that runbook; whatever `run` takes it takes, too, and `--dry-run` tells each step",
    NULL,
};

const struct verb verb_rotate = {
    .name = "rotate",
    .usage = "rotate [SECRET [ARGUMENT=VALUE...] [--dry-run] [--confirm TARGET] [--reason TEXT] [--break-glass TEXT]]",
    .summary = "give a secret another value, by its runbook",
    .details = details,
    .takes_glass = true,
    .is_asked_again = true,
    .asks = asks,
    .refused = hold_refused,
    .begin = begin,
};
