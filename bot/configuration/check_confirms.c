/* check_confirms.c - what is destructive asks a person for the name of what it changes: no file says it for them, be it
 * in a step, by an argument's default, by a schedule, or by a runbook that runs another. */
#include "bot/configuration/check.h"

#include <string.h>

#define SAYS "would confirm what a person has to type: "

bool check_read_step(struct walk *walk, const struct runbook_step *step, struct request *ret, struct error *err)
{
    struct str rest = str_of(step->verb), verb = str_take_word(&rest);

    *ret = (struct request){ .verb = arena_copy(walk->arena, verb) };
    return request_split(rest, walk->arena, ret, err);
}

/* What stands behind `--confirm` at this word; NULL: it is none. */
static const char *confirmed_at(const struct request *words, size_t i)
{
    struct str word = str_of(words->words[i]);

    if (str_take_prefix(&word, "--confirm="))
        return word.at;
    return str_equal(word, str_of("--confirm")) && i + 1 < words->words_count ? words->words[i + 1] : NULL;
}

/* Is what somebody gives for this argument what a step of the runbook confirms by? */
static bool confirms(struct walk *walk, const struct runbook_settings *runbook, const char *name)
{
    const char *blank = arena_printf(walk->arena, "{%s}", name);
    struct request words;
    struct error ignored;

    for (size_t i = 0; i < runbook->steps_count; i++) {
        if (!runbook->steps[i].verb || !check_read_step(walk, &runbook->steps[i], &words, &ignored))
            continue;
        for (size_t k = 0; k < words.words_count; k++) {
            const char *confirmed = confirmed_at(&words, k);

            if (confirmed && strstr(confirmed, blank))
                return true;
        }
    }
    return false;
}

/* ---- by a step ---- */

/* "run other name=main", where that other confirms by `name`. */
static void check_given(struct walk *walk, const struct settings *settings, const struct runbook_step *step,
                        const struct request *words)
{
    const struct runbook_settings *other = strcmp(words->verb, "run") == 0 && words->words_count > 0
                                               ? settings_find_runbook(settings, words->words[0])
                                               : NULL;

    for (size_t i = 1; other && i < words->words_count; i++) {
        struct str value = str_of(words->words[i]), name = str_take_until(&value, '=');

        if (value.len > 0 && value.at[0] != '{' && confirms(walk, other, arena_copy(walk->arena, name)))
            walk_wrong(walk, step, "verb", -1, SAYS "take it as an argument, and say %.*s={argument}", (int)name.len,
                       name.at);
    }
}

static void check_step(struct walk *walk, const struct settings *settings, const struct runbook_step *step)
{
    struct request words;
    struct error ignored;

    if (!step->verb || !check_read_step(walk, step, &words, &ignored))
        return;
    for (size_t i = 0; i < words.words_count; i++) {
        const char *confirmed = confirmed_at(&words, i);

        if (confirmed && confirmed[0] != '{')
            walk_wrong(walk, step, "verb", -1, SAYS "take it as an argument, and say --confirm {argument}");
    }
    check_given(walk, settings, step, &words);
}

/* ---- by what fills an argument in ---- */

static void check_defaults(struct walk *walk, const struct runbook_settings *runbook)
{
    for (size_t i = 0; i < runbook->args_count; i++)
        if (runbook->args[i].name && runbook->args[i].otherwise && confirms(walk, runbook, runbook->args[i].name))
            walk_wrong(walk, &runbook->args[i], "default", -1, SAYS "leave the default out");
}

static void check_schedule(struct walk *walk, const struct runbook_settings *runbook,
                           const struct runbook_schedule *schedule)
{
    for (size_t i = 0; i < schedule->args_count; i++)
        if (confirms(walk, runbook, schedule->args[i].key))
            walk_wrong(walk, schedule, "args", (long)i, SAYS "no schedule does that");
}

void check_confirms(struct walk *walk, const struct settings *settings)
{
    for (size_t i = 0; i < settings->runbooks_count; i++) {
        const struct runbook_settings *runbook = &settings->runbooks[i];

        for (size_t k = 0; k < runbook->steps_count; k++)
            check_step(walk, settings, &runbook->steps[k]);
        check_defaults(walk, runbook);
        for (size_t k = 0; k < runbook->schedule_count; k++)
            check_schedule(walk, runbook, &runbook->schedule[k]);
    }
}
