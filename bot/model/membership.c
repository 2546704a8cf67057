#include "bot/model/membership.h"

#include "bot/model/exchange.h"
#include "bot/model/settings.h"

#include <stdlib.h>
#include <string.h>

static const struct shape_field membership_rows[] = {
    ROW_STRING(membership, source, .flags = SHAPE_REQUIRED),
    ROW_INT(membership, read_at_ms),
    ROW_STRINGS(membership, members, .flags = SHAPE_PERSONAL),
    ROW_STRING(membership, problem, .flags = SHAPE_NONZERO),
};
const struct shape membership_shape = SHAPE("a group, team or schedule", membership, membership_rows);

static const struct shape_field ask_rows[] = {
    ROW_STRING(membership_ask, source, .flags = SHAPE_REQUIRED),
};
const struct shape membership_ask_shape = SHAPE("a source to ask for", membership_ask, ask_rows);

static const struct shape_field people_rows[] = {
    ROW_STRINGS(people_ask, emails, .flags = SHAPE_PERSONAL),
};
const struct shape people_ask_shape = SHAPE("people to ask for", people_ask, people_rows);

static const struct shape_field email_rows[] = {
    ROW_STRING(membership_email, member, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(membership_email, email, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
};
static const struct shape email_shape = SHAPE("a member's address", membership_email, email_rows);

static const struct shape_field read_rows[] = {
    ROW_STRINGS(membership_read, members, .flags = SHAPE_PERSONAL),
    ROW_OBJECTS(membership_read, emails, &email_shape, .flags = SHAPE_NONZERO),
};
const struct shape membership_read_shape = SHAPE("members", membership_read, read_rows);

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void membership_sort(const char **members, size_t *count)
{
    size_t kept = 0;

    if (*count > 0)
        qsort(members, *count, sizeof(*members), by_text);
    for (size_t i = 0; i < *count; i++)
        if (kept == 0 || strcmp(members[kept - 1], members[i]) != 0)
            members[kept++] = members[i];
    *count = kept;
}

/* ---- which there are ---- */

static const struct {
    const char *prefix, *reading;
} kinds[] = {
    { "slack-group:", READING_SLACK_GROUP },
    { "github-team:", READING_GITHUB_TEAM },
    { "pagerduty-schedule:", READING_PAGERDUTY_SCHEDULE },
};

const char *membership_reading(const char *source)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_starts_with(str_of(source), kinds[i].prefix))
            return kinds[i].reading;
    return NULL;
}

const char *membership_id(const char *source)
{
    const char *colon = strchr(source, ':');

    return colon ? colon + 1 : source;
}

struct source_list {
    const char **sources;
    size_t count;
};

static void add_all(struct source_list *list, const char **names, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        bool is_known = !membership_reading(names[i]) || list->count == MEMBERSHIP_SOURCES_MAX;

        for (size_t k = 0; k < list->count && !is_known; k++)
            is_known = strcmp(list->sources[k], names[i]) == 0;
        if (!is_known)
            *ARENA_PUSH(arena, list->sources, list->count) = names[i];
    }
}

const char **membership_sources(const struct settings *settings, struct arena *arena, size_t *ret_count)
{
    const struct policy_settings *policy = &settings->policy;
    struct source_list list = { NULL, 0 };

    for (size_t i = 0; i < policy->roles_count; i++)
        add_all(&list, policy->roles[i].members, policy->roles[i].members_count, arena);
    for (size_t i = 0; i < policy->rules_count; i++) {
        const struct rule_settings *rule = &policy->rules[i];
        const struct require_approvals *approvals = rule->require ? rule->require->approvals : NULL;

        add_all(&list, rule->to, rule->to_count, arena);
        add_all(&list, rule->break_glass, rule->break_glass_count, arena);
        if (approvals)
            add_all(&list, approvals->from, approvals->from_count, arena);
    }
    add_all(&list, policy->irreversible_glass, policy->irreversible_glass_count, arena);
    *ret_count = list.count;
    return list.sources;
}
