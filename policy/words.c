#include "policy/words.h"

#include "bot/base/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void say(struct sentence *sentence, const char *fmt, ...)
{
    va_list args;
    int added;

    va_start(args, fmt);
    added = vsnprintf(sentence->at + sentence->len, sentence->room - sentence->len, fmt, args);
    va_end(args);
    if (added > 0)
        sentence->len += (size_t)added;
    if (sentence->len >= sentence->room)
        sentence->len = sentence->room - 1;
}

/* ---- who ---- */

#define NAMES_SHOWN 6

static const char *called(const char *name)
{
    return strcmp(name, POLICY_EVERYONE) == 0 ? "members of the workspace" : name;
}

void say_names(struct sentence *sentence, const char **names, size_t count)
{
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
        say(sentence, "%s%s", i ? ", " : "", called(names[i]));
    if (count > NAMES_SHOWN)
        say(sentence, " and %zu more", count - NAMES_SHOWN);
}

void say_each_of(struct sentence *sentence, const char **names, size_t count)
{
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
        say(sentence, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", called(names[i]));
    if (count > NAMES_SHOWN)
        say(sentence, " or %zu more", count - NAMES_SHOWN);
}

void say_any_of(struct sentence *sentence, const char **names, size_t count)
{
    if (count == 1 && strcmp(names[0], POLICY_EVERYONE) != 0 && !strchr(names[0], ':'))
        say(sentence, "%s ", strchr("aeiouAEIOU", names[0][0]) ? "an" : "a");
    say_each_of(sentence, names, count);
}

/* ---- what ---- */

static bool is_among(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

bool word_is_noun(const char *verb)
{
    static const char *const nouns[] = { "blocks", "ddos", "dead",        "events", "help",      "history", "incident",
                                         "locks",  "logs", "maintenance", "ops",    "schedules", "status",  "traffic" };

    return is_among(verb, nouns, ARRAY_LEN(nouns));
}

/* What is two words when somebody does it. */
static const char *doing(const char *verb)
{
    static const char *const rows[][2] = { { "rollback", "roll back" },
                                           { "failover", "fail over" },
                                           { "backup", "back up" } };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i][0], verb) == 0)
            return rows[i][1];
    return verb;
}

/* An environment is itself what is locked; everything else is done in it. */
static bool is_done_to_environment(const struct question *question)
{
    return question->verb && (strcmp(question->verb, "lock") == 0 || strcmp(question->verb, "unlock") == 0);
}

static void say_place(struct sentence *sentence, const struct question *question, const char *before)
{
    const char *thing = question->runbook   ? question->runbook
                        : question->service ? question->service
                                            : question->database;

    if (thing)
        say(sentence, " %s%s", before, thing);
    if (question->environment)
        say(sentence, " %s%s", thing || !is_done_to_environment(question) ? "in " : before, question->environment);
}

static bool has_place(const struct question *question)
{
    return question->service || question->environment || question->database || question->runbook;
}

/* "locks is allowed" and "dead is denied" are no English. */
static bool is_no_subject(const char *verb)
{
    static const char *const none[] = { "blocks", "dead", "events", "locks", "logs", "ops", "schedules" };

    return is_among(verb, none, ARRAY_LEN(none));
}

void say_what(struct sentence *sentence, const struct question *question)
{
    const char *verb = question->verb ? question->verb : "this";

    say(sentence, "%s%s", is_no_subject(verb) ? "asking for " : "", verb);
    say_place(sentence, question, "of ");
}

void say_doing(struct sentence *sentence, const struct question *question)
{
    const char *verb = question->verb ? question->verb : has_place(question) ? "change" : "this";

    if (!has_place(question) || word_is_noun(verb)) {
        say(sentence, "ask for %s", verb);
        say_place(sentence, question, "of ");
    } else {
        say(sentence, "%s", doing(verb));
        say_place(sentence, question, "");
    }
}

/* ---- when ---- */

static const char *weekday(int64_t unix_s)
{
    static const char *const days[] = {
        "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"
    }; /* 1970 began with a Thursday */
    int64_t day = unix_s / 86400 - (unix_s % 86400 < 0 ? 1 : 0);

    return days[(day % 7 + 7) % 7];
}

void say_when(struct sentence *sentence, const struct zone *zone, int64_t at_ms, int64_t now_ms)
{
    int64_t unix_s = at_ms / SECOND_MS, local_s = unix_s + (zone ? zone_offset(zone, unix_s) : 0);
    struct time_text local = time_format(local_s * SECOND_MS); /* "2026-11-20T22:00:00.000Z" */
    const char *name = zone ? zone_name(zone) : "UTC";

    if (at_ms - now_ms < 7 * DAY_MS)
        say(sentence, "%s %.5s %s", weekday(local_s), local.text + 11, name);
    else
        say(sentence, "%.10s %.5s %s", local.text, local.text + 11, name);
    say(sentence, ", in %s", duration_about(at_ms - now_ms).text);
}

void say_windows(struct sentence *sentence, const struct compiled_windows *windows)
{
    for (size_t i = 0; i < windows->count && i < NAMES_SHOWN; i++)
        say(sentence, "%s%s", i ? " or " : "", windows->list[i].text);
    if (windows->count > NAMES_SHOWN)
        say(sentence, " or %zu more", windows->count - NAMES_SHOWN);
    if (windows->count == 0)
        say(sentence, "a window that cannot be judged");
}
