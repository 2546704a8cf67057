/* check_asked.c - what a runbook's steps ask for with their verbs: would it be understood? */
#include "bot/configuration/check.h"

#include "handlers/runbook/asked.h"
#include "policy/policy.h"

#include <inttypes.h>
#include <string.h>

/* Their words are about the file alone; those of others are about what is at work by then, or about a time. */
static bool is_about_the_file(const struct runbook_step *step)
{
    static const char *const names[] = { "deploy",   "rollback", "set",    "restart", "scale", "traffic", "backup",
                                         "failover", "run",      "rotate", "block",   "logs",  "status",  "history" };
    struct str rest = str_of(step->verb), verb = str_take_word(&rest);

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_is(verb, names[i]))
            return true;
    return false;
}

/* "There is no service `shopp`. Did you mean `shop`?": what is said besides is for whoever types it. */
static struct str why_of(const struct error *err)
{
    const char *end = strstr(err->message, " Nothing was done");

    return end ? (struct str){ err->message, (size_t)(end - err->message) } : str_of(err->message);
}

struct trial { /* one step, as it would be asked for with some values */
    const struct view *view;
    const struct runbook_settings *runbook;
    const struct runbook_step *step;
    struct shape_pair *values; /* for each argument of the runbook that was chosen by now */
    size_t left;               /* so many tries: who has more choices knows better */
};

/* The n-th value to be tried; NULL: no more, or nobody can tell any. */
static const char *sample(const struct trial *t, const struct runbook_arg *arg, size_t n)
{
    if (arg->one_of_count > 0)
        return n < arg->one_of_count ? arg->one_of[n] : NULL;
    if (n > 0 || arg->otherwise)
        return n > 0 ? NULL : arg->otherwise;
    if (arg->type && strcmp(arg->type, "integer") == 0)
        return arena_printf(t->view->arena, "%" PRId64, arg->min);
    return arg->type && strcmp(arg->type, "version") == 0 ? "v1.0.0" : NULL;
}

/* By any of the values that the arguments from `at` on may have: a choice that is none there is for whoever makes it.
 */
static bool is_understood(struct trial *t, size_t at, struct error *err)
{
    const struct runbook_schedule giving = { .args = t->values, .args_count = at };
    struct question ignored;
    const struct runbook_arg *arg;
    size_t n = 0;

    if (at == t->runbook->args_count)
        return t->left-- == 0 || runbook_step_asks(t->view, t->runbook, t->step, &giving, &ignored, err);
    arg = &t->runbook->args[at];
    t->values[at] = (struct shape_pair){ arg->name, sample(t, arg, 0) };
    if (!strstr(t->step->verb, arena_printf(t->view->arena, "{%s}", arg->name)))
        return is_understood(t, at + 1, err);
    for (; (t->values[at].value = sample(t, arg, n)) != NULL; n++)
        if (is_understood(t, at + 1, err))
            return true;
    return n == 0;
}

#define TRIES_MAX 200

static void check_step(struct walk *walk, const struct view *view, const struct runbook_settings *runbook,
                       const struct runbook_step *step)
{
    struct trial trial = { view, runbook, step,
                           arena_alloc(walk->arena, (runbook->args_count + 1) * sizeof(*trial.values)), TRIES_MAX };
    struct error err;
    struct str why;

    if (!step->verb || !is_about_the_file(step) || is_understood(&trial, 0, &err))
        return;
    why = why_of(&err);
    walk_wrong(walk, step, "verb", -1, "would be refused: %.*s", (int)why.len, why.at);
}

void check_asked(struct walk *walk, const struct settings *settings)
{
    const struct policy *policy = policy_compile(settings, NULL, walk->zones, walk->arena);
    const struct view view = view_of_file(settings, policy, 0, walk->arena);

    for (size_t i = 0; i < settings->runbooks_count; i++)
        for (size_t k = 0; k < settings->runbooks[i].steps_count; k++)
            check_step(walk, &view, &settings->runbooks[i], &settings->runbooks[i].steps[k]);
}
