/* ops_entries.c - what the journal has of an operation, in lines: what happened when, by whom, and why. */
#include "bot/cli/ops.h"

#include "bot/cli/text.h"

#include "bot/base/time.h"
#include "bot/model/effect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct telling {
    const struct settings *settings;
    const cJSON *entry;
    const char *rule, *words; /* that were told last; NULL: none was */
    struct arena *arena;
};

static const char *found(struct telling *t, const char *path) /* NULL: it has none */
{
    const char *text = json_find_string(t->entry, path);

    return text && *text ? cli_plain(t->settings, text, t->arena) : NULL;
}

static void print_found(struct telling *t, const char *before, const char *path)
{
    const char *text = found(t, path);

    if (text)
        printf("%s%s", before, text);
}

static void print_percent(struct telling *t)
{
    int64_t percent = json_find_int(t->entry, "body.percent", -1);

    if (percent >= 0)
        printf(" at %" PRId64 " %%", percent);
}

/* ---- kinds that need more than their parts ---- */

/* Lines move whenever the file is changed: a rule is known by its words. The same once more is only named. */
static void print_rule(struct telling *t, const char *before)
{
    const char *rule = found(t, "body.rule"), *words = found(t, "body.rule_words");

    if (!rule)
        return;
    printf("%s%s", before, rule);
    if (words && !(text_equal(rule, t->rule) && text_equal(words, t->words)))
        printf(", as it was then: %s", words);
    t->rule = rule;
    t->words = words;
}

/* JSON stands behind the verb: nobody typed that, and the entries behind this one tell what it says. */
static bool is_of_itself(const struct telling *t)
{
    const char *verb = json_find_string(t->entry, "body.verb");
    struct str text = str_of(json_find_string(t->entry, "text"));

    return verb && str_take_prefix(&text, verb) && str_starts_with(text, " {");
}

static void print_request(struct telling *t)
{
    print_found(t, " ", found(t, "text") && !is_of_itself(t) ? "text" : "body.verb");
    print_rule(t, "; allowed by ");
    print_found(t, ": ", "body.why");
}

static void print_allowed(struct telling *t)
{
    printf(" to begin");
    print_rule(t, ", by ");
    print_found(t, "; it has ", "body.met");
}

static void print_judged(struct telling *t)
{
    int64_t observed_ms = json_find_int(t->entry, "body.observed_ms", -1);

    print_percent(t);
    if (observed_ms >= 0)
        printf(", after %s", duration_about(observed_ms).text);
    print_found(t, ": ", "body.verdict");
    print_found(t, ": ", "body.why");
}

static void print_effect(struct telling *t)
{
    int64_t tries = json_find_int(t->entry, "body.tries", 0), took_ms = json_find_int(t->entry, "body.took_ms", 0);

    print_found(t, " ", "body.effect");
    print_found(t, " ", "body.kind");
    print_found(t, ": ", "body.end");
    print_found(t, ": ", "body.error");
    if (tries > 1)
        printf(", after %" PRId64 " tries in %s", tries, duration_about(took_ms).text);
    if (tries > 1)
        print_found(t, "; before: ", "body.again_why");
}

static void print_end(struct telling *t)
{
    print_found(t, " ", "body.result");
    print_found(t, ": ", "body.summary");
}

static void print_glass(struct telling *t)
{
    print_found(t, " past ", "body.rule");
}

static void print_waiting(struct telling *t)
{
    print_found(t, " ", "body.why");
    if (found(t, "body.rule"))
        printf(" (%s)", found(t, "body.rule"));
}

static void print_approved(struct telling *t)
{
    (void)t;
    printf(" gave consent");
}

static void print_closed(struct telling *t)
{
    (void)t;
    printf(" closed it");
}

/* Of its timeline: whoever did it, and in which words. */
static void print_incident(struct telling *t)
{
    print_found(t, " ", "who");
    print_found(t, found(t, "who") ? ": " : " ", "text");
}

/* Which step, and how it ended. */
static void print_runbook(struct telling *t)
{
    print_found(t, " step ", "body.step");
    print_found(t, ": ", "body.result");
    print_found(t, ", ", "body.told");
}

/* ---- the others: the parts of a body that they have, in this order ---- */

static const struct {
    const char *path, *before;
} parts[] = {
    { "body.range", " " },     { "body.to", " " },      { "body.target", " " }, { "body.version", " " },
    { "body.image", " " },     { "body.rule", ", by " }, { "body.why", ": " },   { "body.error", ": " },
    { "body.preflight", ": " },
};

static void print_parts(struct telling *t)
{
    int64_t began_ms = json_find_int(t->entry, "body.began_at", 0),
            until_ms = json_find_int(t->entry, "body.until_ms", 0);

    print_percent(t);
    if (began_ms > 0)
        printf(" begun %s,", time_format(began_ms).text);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        print_found(t, parts[i].before, parts[i].path);
    if (until_ms > 0)
        printf(", until %s", time_format(until_ms).text);
}

static const struct {
    const char *kind;
    void (*print)(struct telling *t);
} kinds[] = {
    { "request.accepted", print_request },      { "deploy.allowed", print_allowed },
    { "deploy.judged", print_judged },          { "effect.ended", print_effect },
    { "operation.ended", print_end },           { "deploy.glass_broken", print_glass },
    { "rollback.glass_broken", print_glass },   { "review.closed", print_closed },
    { "deploy.awaits_consent", print_waiting }, { "deploy.approved", print_approved },
};

static bool begins_with(const cJSON *entry, const char *prefix)
{
    const char *kind = json_find_string(entry, "kind");

    return kind && strncmp(kind, prefix, strlen(prefix)) == 0;
}

static void print_entry(struct telling *t)
{
    const char *kind = json_find_string(t->entry, "kind"), *by = json_find_string(t->entry, "by");
    void (*print)(struct telling * t) = begins_with(t->entry, "incident.")  ? print_incident
                                        : begins_with(t->entry, "runbook.") ? print_runbook
                                                                            : print_parts;

    printf("  %s  %-18s", time_format(json_find_int(t->entry, "at", 0)).text, kind ? kind : "");
    if (by)
        printf(" %s:", cli_plain(t->settings, by, t->arena));
    for (size_t i = 0; kind && i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            print = kinds[i].print;
    print(t);
    print_found(t, ": ", "reason");
    print_found(t, ": ", "found");
    printf("\n");
}

/* A card is shown whenever a number on it changes: that it was shown well is worth one line in all. */
static bool is_card_shown(const cJSON *entry)
{
    const char *effect = json_find_string(entry, "body.kind"), *end = json_find_string(entry, "body.end");

    return effect && end && strcmp(effect, EFFECT_CARD) == 0 && strcmp(end, "done") == 0;
}

/* A commit journals first that the operation moved, then what that called off, and then what of it was judged, allowed
 * or refused: told with the last of these first. Gives the entry behind all that is of `moved`. */
static const cJSON *find_behind(const cJSON *moved)
{
    int64_t at_ms = json_find_int(moved, "at", 0);
    const cJSON *entry = moved->next;

    while (entry && json_find_int(entry, "at", 0) == at_ms && !begins_with(entry, "operation.") &&
           !begins_with(entry, "target.") && !begins_with(entry, "request."))
        entry = entry->next;
    return entry;
}

static bool has_moved(const cJSON *entry)
{
    return begins_with(entry, "operation.moved") || begins_with(entry, "operation.ended");
}

struct shown { /* cards */
    size_t count;
    int64_t last_ms;
};

static void print_or_count(struct telling *t, const cJSON *entry, struct shown *shown)
{
    t->entry = entry;
    if (is_card_shown(entry)) {
        shown->last_ms = json_find_int(entry, "at", 0);
        shown->count++;
    } else {
        print_entry(t);
    }
}

void cli_ops_print_entries(const struct settings *settings, const cJSON *entries, struct arena *arena)
{
    struct telling telling = { .settings = settings, .arena = arena };
    struct shown shown = { .count = 0 };
    const cJSON *next = entries ? entries->child : NULL;

    while (next) {
        const cJSON *first = next;

        next = has_moved(first) ? find_behind(first) : first->next;
        for (const cJSON *entry = first->next; entry != next; entry = entry->next)
            if (!begins_with(entry, "effect."))
                print_or_count(&telling, entry, &shown);
        print_or_count(&telling, first, &shown);
        for (const cJSON *entry = first->next; entry != next; entry = entry->next)
            if (begins_with(entry, "effect."))
                print_or_count(&telling, entry, &shown);
    }
    if (shown.count > 0)
        printf("  %s  card updated %zu time%s until then\n", time_format(shown.last_ms).text, shown.count,
               shown.count == 1 ? "" : "s");
}
