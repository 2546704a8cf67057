/* check_runbooks.c - runbooks: what they take, what their steps do, and that none waits for itself. */
#include "bot/configuration/check.h"

#include "handlers/registry.h"
#include "handlers/runbook/arguments.h"
#include "handlers/runbook/flush.h"
#include "handlers/runbook/plan.h"

#include <string.h>

struct runbooks {
    struct walk *walk;
    const struct settings *settings;
    struct name_list names, targets, services;
};

/* ---- arguments ---- */

static size_t kinds_of(struct walk *walk, const struct runbook_arg *arg)
{
    return (size_t)walk_has(walk, arg, "one_of") + (size_t)walk_has(walk, arg, "pattern") +
           (size_t)walk_has(walk, arg, "type");
}

static bool is_type(const char *name)
{
    for (size_t i = 0; name && runbook_arg_types[i]; i++)
        if (strcmp(runbook_arg_types[i], name) == 0)
            return true;
    return false;
}

/* Whether or not it could be read. */
static bool is_told(struct walk *walk, const struct runbook_arg *arg, const char *key)
{
    return walk_has(walk, arg, key) || walk_is_unread(walk, arg, key);
}

static void check_type(struct walk *walk, const struct runbook_arg *arg)
{
    bool is_integer = arg->type && strcmp(arg->type, "integer") == 0, is_unread = walk_is_unread(walk, arg, "type");
    struct name_list types = { .names = (const char **)(uintptr_t)runbook_arg_types };

    while (runbook_arg_types[types.count])
        types.count++;
    check_reference(walk, arg, "type", -1, "type of an argument", arg->type, &types);
    if (is_integer && (!is_told(walk, arg, "min") || !is_told(walk, arg, "max")))
        walk_wrong(walk, arg, "type", -1, "an integer needs min and max: how many is too many?");
    if (!is_integer && !is_unread && (walk_has(walk, arg, "min") || walk_has(walk, arg, "max")))
        walk_wrong(walk, arg, walk_has(walk, arg, "min") ? "min" : "max", -1, "is for an integer alone");
    if (is_integer && arg->min > arg->max && walk_is_good(walk, arg, "max"))
        walk_wrong(walk, arg, "min", -1, "is more than max");
}

static void check_default(struct walk *walk, const struct runbook_arg *arg)
{
    struct error err;

    if (!arg->otherwise || walk_is_unread(walk, arg, "default"))
        return;
    if (arg->one_of_count > 0 && !runbook_value_check(arg, arg->otherwise, walk->arena, &err) &&
        walk_is_good(walk, arg, "one_of"))
        walk_wrong(walk, arg, "default", -1, "contradicts one_of: it is none of them");
    else if (arg->one_of_count == 0 && (arg->pattern || is_type(arg->type)) &&
             walk_is_good(walk, arg, arg->pattern ? "pattern" : "type") && !walk_is_unread(walk, arg, "min") &&
             !walk_is_unread(walk, arg, "max") &&
             !runbook_value_check(arg, arg->otherwise, walk->arena, &err))
        walk_wrong(walk, arg, "default", -1, "contradicts %s: expected %s", arg->pattern ? "pattern" : "type",
                   runbook_value_expected(arg, walk->arena));
}

static void check_arg(struct walk *walk, const struct runbook_arg *arg, struct name_list *seen)
{
    check_name(walk, arg, "argument", arg->name, seen);
    if (arg->name && strcmp(arg->name, RUNBOOK_TODAY) == 0)
        walk_wrong(walk, arg, "name", -1, "is taken: {" RUNBOOK_TODAY "} is the day on which a run was asked for");
    if (kinds_of(walk, arg) != 1)
        walk_wrong(walk, arg, "", -1, "expected exactly one of one_of, pattern, type: an argument is never free text");
    check_type(walk, arg);
    check_default(walk, arg);
}

/* ---- verbs as steps ---- */

static void check_verb(const struct runbooks *all, const struct runbook_settings *runbook,
                       const struct runbook_step *step)
{
    struct request words;
    const struct verb *verb, *nearest;
    struct error err;

    if (!check_read_step(all->walk, step, &words, &err)) {
        walk_wrong(all->walk, step, "verb", -1, "%s", err.message);
        return;
    }
    verb = verb_find(verbs, words.verb);
    if (!verb || verb->is_internal) {
        nearest = verb_nearest(verbs, words.verb);
        walk_wrong(all->walk, step, "verb", -1, "there is no verb '%.40s'%s%s%s", words.verb,
                   nearest ? "; did you mean '" : "", nearest ? nearest->name : "", nearest ? "'?" : "");
        return;
    }
    if (strcmp(words.verb, "run") == 0 && words.words_count > 0 && !strchr(words.words[0], '{'))
        check_reference(all->walk, step, "verb", -1, "runbook", words.words[0], &all->names);
    if (runbook->target && run_would_wait(all->settings, words.verb, words.words, words.words_count, runbook->target))
        walk_wrong(
            all->walk, step, "verb", -1,
            "would wait for ever: the runbook holds %s itself. Leave its target out, and each step takes its own",
            runbook->target);
}

/* Does it come back to `sought`, by runbooks that run runbooks? */
static bool reaches(const struct runbooks *all, const struct runbook_settings *from,
                    const struct runbook_settings *sought, size_t depth)
{
    struct request words;
    struct error ignored;

    for (size_t i = 0; from && depth <= all->settings->runbooks_count && i < from->steps_count; i++) {
        const struct runbook_settings *next;

        if (!from->steps[i].verb || !check_read_step(all->walk, &from->steps[i], &words, &ignored) ||
            words.words_count == 0)
            continue;
        next = strcmp(words.verb, "run") == 0      ? settings_find_runbook(all->settings, words.words[0])
               : strcmp(words.verb, "rotate") == 0 ? settings_find_rotating(all->settings, words.words[0])
                                                   : NULL;
        if (next == sought || (next && next != from && reaches(all, next, sought, depth + 1)))
            return true;
    }
    return false;
}

/* ---- steps ---- */

/* A value that cannot be read is wrong already. */
static bool has_environment(const struct runbook_settings *runbook)
{
    for (size_t i = 0; i < runbook->environment_count; i++)
        if (!runbook->environment[i].value)
            return false;
    return true;
}

static void check_argv(const struct runbooks *all, const struct runbook_settings *runbook,
                       const struct runbook_step *step, const char *key, const char **argv, size_t count,
                       const struct name_list *args)
{
    for (size_t i = 0; i < count; i++)
        check_placeholders(all->walk, step, key, (long)i, argv[i], args);
    if (count > 0 && argv[0] && !argv[0][0])
        walk_wrong(all->walk, step, key, 0, "names no program");
    for (size_t i = 0; i < count; i++)
        if (!argv[i])
            return;
    if (all->settings->store.url && all->settings->data_dir && has_environment(runbook) &&
        runbook_flushes_store(all->settings, runbook, argv, count, all->walk->arena))
        walk_wrong(all->walk, step, key, -1, "would empty opsgate's own store (store.url)");
}

static void check_only(struct walk *walk, const struct runbook_step *step, const char *key, bool is_meant,
                       const char *whose)
{
    if (!is_meant && walk_has(walk, step, key))
        walk_wrong(walk, step, key, -1, "is for %s", whose);
}

static void check_kind(struct walk *walk, const struct runbook_step *step)
{
    static const char *const keys[] = { "run", "check", "verb", "manual", "wait" };
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        count += walk_has(walk, step, keys[i]);
    if (count != 1)
        walk_wrong(walk, step, "", -1, "expected exactly one of run, check, verb, manual, wait");
    if ((walk_has(walk, step, "run") && step->run_count == 0 && !walk_is_unread(walk, step, "run")) ||
        (walk_has(walk, step, "check") && step->check_count == 0 && !walk_is_unread(walk, step, "check")))
        walk_wrong(walk, step, step->run ? "run" : "check", -1, "names no program");
    check_only(walk, step, "on_crash", walk_has(walk, step, "run"), "run alone: a check is made again anyway");
    check_only(walk, step, "every", walk_has(walk, step, "check"), "check alone");
    check_only(walk, step, "may_fail", walk_has(walk, step, "run") || walk_has(walk, step, "check"),
               "run and check: what else is asked for has to end well");
    check_only(walk, step, "timeout", !walk_has(walk, step, "wait"),
               "what may take too long: a wait takes what it says");
}

static void check_step(const struct runbooks *all, const struct runbook_settings *runbook,
                       const struct runbook_step *step, const struct name_list *args, struct name_list *seen)
{
    check_kind(all->walk, step);
    if (step->name) {
        check_name(all->walk, step, "step", step->name, seen);
        if (strspn(step->name, "0123456789") == strlen(step->name))
            walk_wrong(all->walk, step, "name", -1, "a number is how steps without a name are called");
    }
    check_argv(all, runbook, step, "run", step->run, step->run_count, args);
    check_argv(all, runbook, step, "check", step->check, step->check_count, args);
    if (step->verb) {
        check_placeholders(all->walk, step, "verb", -1, step->verb, args);
        check_verb(all, runbook, step);
    }
    if (step->manual)
        check_placeholders(all->walk, step, "manual", -1, step->manual, args);
}

static void check_environment(struct walk *walk, const struct runbook_settings *runbook)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

    for (size_t i = 0; i < runbook->environment_count; i++) {
        const char *name = runbook->environment[i].key;

        if (!name[0] || !strchr(letters, name[0]) ||
            strspn(name + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") != strlen(name) - 1)
            walk_wrong(walk, runbook, "environment", (long)i,
                       "expected the name of a variable: letters, digits and '_', no digit first");
    }
}

static void check_match(const struct runbooks *all, const struct runbook_match *match)
{
    if (match->labels_count == 0 && !match->title && match->service_count == 0 &&
        !walk_is_unread(all->walk, match, "labels") && !walk_is_unread(all->walk, match, "title") &&
        !walk_is_unread(all->walk, match, "service"))
        walk_wrong(all->walk, match, "", -1, "expected at least one of labels, title, service");
    for (size_t i = 0; i < match->service_count; i++)
        check_reference(all->walk, match, "service", (long)i, "service", match->service[i], &all->services);
}

static void check_runbook(const struct runbooks *all, const struct runbook_settings *runbook, struct name_list *seen)
{
    struct name_list args = { 0 }, steps = { 0 };

    args.is_partial = runbook->args_count == 0 && walk_is_unread(all->walk, runbook, "args");
    check_name(all->walk, runbook, "runbook", runbook->name, seen);
    check_reference(all->walk, runbook, "target", -1, "target", runbook->target, &all->targets);
    for (size_t i = 0; i < runbook->args_count; i++)
        check_arg(all->walk, &runbook->args[i], &args);
    name_list_add(&args, RUNBOOK_TODAY, all->walk->arena);
    for (size_t i = 0; i < runbook->steps_count; i++)
        check_step(all, runbook, &runbook->steps[i], &args, &steps);
    if (runbook->destructive && !walk_has(all->walk, runbook, "target"))
        walk_wrong(all->walk, runbook, "destructive", -1, "needs a target: its name is what is typed");
    check_environment(all->walk, runbook);
    if (runbook->match)
        check_match(all, runbook->match);
    if (runbook->name && reaches(all, runbook, runbook, 0))
        walk_wrong(all->walk, runbook, "steps", -1, "it comes back to itself: it runs a runbook that runs it");
}

void check_runbooks(struct walk *walk, const struct settings *settings)
{
    const struct runbooks all = {
        .walk = walk,
        .settings = settings,
        .names = names_of_runbooks(walk, settings),
        .targets = names_of_targets(walk, settings),
        .services = names_of_services(walk, settings),
    };
    struct name_list seen = { 0 };

    for (size_t i = 0; i < settings->runbooks_count; i++)
        check_runbook(&all, &settings->runbooks[i], &seen);
    check_confirms(walk, settings);
}
