#include "policy/rights_words.h"

#include "bot/base/time.h"
#include "policy/asked.h"
#include "policy/needs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "manager or oncall", in an order of our own: whichever the file has, they are the same. */
static const char *any_of(const char *before, const char *const *names, size_t count, struct arena *arena)
{
    const char **sorted = arena_alloc(arena, (count + 1) * sizeof(*sorted)), *text = before;

    if (count == 0)
        return "";
    memcpy(sorted, names, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), compare_texts);
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? " or " : before[0] ? " " : "", sorted[i]);
    return text;
}

/* ---- the words of a need ---- */

#define EXPIRES_MS (4 * HOUR_MS) /* of approvals of which the file does not say it: nobody has to be told */

static const char *approvals_word(const struct require_approvals *approvals, const char *names, struct arena *arena)
{
    const char *expires = approvals->expires_ms == EXPIRES_MS
                              ? ""
                              : arena_printf(arena, " within %s", duration_format(approvals->expires_ms).text);

    return arena_printf(arena, "%" PRId64 " approval%s of %s%s%s", approvals->count, approvals->count == 1 ? "" : "s",
                        names, expires, approvals->exclude_authors ? " who wrote none of it" : "");
}

const char *rights_need_word(const struct need *need, struct arena *arena)
{
    const struct require_settings *require = need->require;

    switch (need->kind) {
    case NEED_APPROVALS:
        return approvals_word(require->approvals,
                              any_of("", require->approvals->from, require->approvals->from_count, arena), arena);
    case NEED_CHECKS:
        return "green checks";
    case NEED_REASON:
        return "a reason";
    case NEED_WINDOW:
        return arena_printf(arena, "the window %s open", any_of("", require->window, require->window_count, arena));
    case NEED_NO_INCIDENT:
        return arena_printf(arena, "no %s or worse open", require->no_incident_at_least);
    case NEED_VERSION:
        return arena_printf(arena, "a version like %s", require->version);
    case NEED_HEALTHY_IN:
        return arena_printf(arena, "the version healthy in %s for %s", require->healthy_in->environment,
                            duration_format(require->healthy_in->for_ms).text);
    case NEED_SECOND_CHANNEL:
        return "a word through a second door";
    case NEED_KINDS:
        break;
    }
    return "";
}

static bool is_said(const struct need *needs, size_t at, struct arena *arena)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(rights_need_word(&needs[i], arena), rights_need_word(&needs[at], arena)) == 0)
            return true;
    return false;
}

/* "with 1 approval of boss and a reason": each once. */
static const char *needs_words(const struct need *needs, size_t count, const char *before, const char *between,
                               struct arena *arena)
{
    const char *words = "";

    for (size_t i = 0; i < count && i < POLICY_NEEDS_MAX; i++)
        if (!is_said(needs, i, arena))
            words =
                arena_printf(arena, "%s%s%s", words, words[0] ? between : before, rights_need_word(&needs[i], arena));
    return words;
}

/* ---- the words of a condition ---- */

/* "during Sat UTC while P2 or worse is open" */
static const char *when_words(const struct rule_when *when, struct arena *arena)
{
    const char *parts[] = { any_of("from", when->source, when->source_count, arena),
                            any_of("during", when->during, when->during_count, arena),
                            when->incident_at_least
                                ? arena_printf(arena, "while %s or worse is open", when->incident_at_least)
                                : "" };
    const char *text = "";

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i][0])
            text = arena_printf(arena, "%s%s%s", text, text[0] ? " " : "", parts[i]);
    return text;
}

struct limits { /* of one cell */
    const struct rights_side *all;
    struct asked asked;
    struct arena *arena;
    const char *parts;
};

static void add_part(struct limits *limits, const char *part)
{
    if (part[0])
        limits->parts =
            arena_printf(limits->arena, "%s%s%s", limits->parts, limits->parts[0] ? RIGHTS_BETWEEN : "", part);
}

static const struct rule_settings *written(const struct limits *limits, const struct compiled_rule *rule)
{
    return limits->all->rules[rule - limits->all->policy->rules];
}

static void limit_by_allows(struct limits *limits)
{
    const struct compiled_rule *rule;
    const char **only = NULL;
    size_t count = 0;

    rules_begin(&limits->asked.walk, RULE_ALLOW);
    while ((rule = rules_next(&limits->asked.walk)) != NULL) {
        const struct rule_when *when = written(limits, rule)->when;

        if (!asked_speaks(&limits->asked, rule) || !asked_is_meant(&limits->asked, rule))
            continue;
        if (!when)
            return;
        *ARENA_PUSH(limits->arena, only, count) = when_words(when, limits->arena);
    }
    add_part(limits, any_of("only", only, count, limits->arena));
}

static void limit_by_denies(struct limits *limits)
{
    const struct compiled_rule *rule;

    rules_begin(&limits->asked.walk, RULE_DENY);
    while ((rule = rules_next(&limits->asked.walk)) != NULL) {
        const struct rule_when *when = written(limits, rule)->when;

        if (when && asked_speaks(&limits->asked, rule) && asked_is_hit(&limits->asked, rule))
            add_part(limits,
                     arena_printf(limits->arena,
                                  asked_can_break(&limits->asked, rule) ? "%s only by breaking the glass" : "not %s",
                                  when_words(when, limits->arena)));
    }
}

static void limit_by_requirements(struct limits *limits)
{
    const struct compiled_rule *rule;

    rules_begin(&limits->asked.walk, RULE_REQUIRE);
    while ((rule = rules_next(&limits->asked.walk)) != NULL) {
        const struct rule_when *when = written(limits, rule)->when;
        struct need needs[NEED_KINDS];
        size_t count = 0;

        if (!when || !asked_speaks(&limits->asked, rule) || !asked_is_hit(&limits->asked, rule))
            continue;
        for (int kind = 0; kind < NEED_KINDS; kind++)
            if (need_applies(&limits->asked, rule, (enum need_kind)kind))
                needs[count++] = need_judge(&limits->asked, rule, (enum need_kind)kind);
        add_part(limits, arena_printf(limits->arena, "%s only %s", when_words(when, limits->arena),
                                      needs_words(needs, count, "with ", " and ", limits->arena)));
    }
}

/* ---- the words of a cell ---- */

const char *rights_words_of(const struct rights_side *best, const struct rights_side *all,
                            const struct question *question, struct arena *arena)
{
    struct facts facts = { .unix_ms = 1, .members = best->members };
    const struct decision decision = policy_decide(best->policy, question, &facts, POLICY_STATIC);
    struct limits limits = { .all = all, .arena = arena, .parts = "" };

    if (decision.verdict == VERDICT_DENY)
        return decision.can_break_glass ? "only by breaking the glass" : RIGHTS_NOT;
    facts.members = all->members;
    limits.asked = asked_of(all->policy, question, &facts, POLICY_STATIC);
    limit_by_allows(&limits);
    add_part(&limits, needs_words(decision.needs, decision.needs_count, "with ", RIGHTS_BETWEEN "with ", arena));
    if (!question->is_safe_direction) {
        limit_by_denies(&limits);
        limit_by_requirements(&limits);
    }
    return limits.parts[0] ? limits.parts : RIGHTS_FREELY;
}
