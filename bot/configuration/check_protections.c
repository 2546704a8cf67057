/* check_protections.c - Cloud Armor's policies: two must not share a rule, and what is never blocked is a range. */
#include "bot/configuration/check.h"

#include "bot/base/network.h"

#include <inttypes.h>
#include <string.h>

static void check_never(struct walk *walk, const struct protection_settings *protection)
{
    struct network ignored;
    struct error err;

    for (size_t i = 0; i < protection->never_count; i++)
        if (protection->never[i] && !network_parse(str_of(protection->never[i]), &ignored, &err))
            walk_wrong(walk, protection, "never", (long)i, "%s", err.message);
}

static bool is_same_policy(const struct protection_settings *a, const struct protection_settings *b)
{
    return a->project && b->project && a->policy && b->policy && strcmp(a->project, b->project) == 0 &&
           strcmp(a->policy, b->policy) == 0;
}

/* Each would take the other's rules for those of strangers. */
static void check_twice(struct walk *walk, const struct settings *settings, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (is_same_policy(&settings->protections[i], &settings->protections[index]))
            walk_wrong(walk, &settings->protections[index], "policy", -1, "the protection %s has this policy already",
                       settings->protections[i].name ? settings->protections[i].name : "before it");
}

static void check_priorities(struct walk *walk, const struct protection_settings *protection)
{
    if (protection->priorities.from > protection->priorities.to)
        walk_wrong(walk, protection, "priorities", -1,
                   "expected the smaller one first: from %" PRId64 " is behind to %" PRId64,
                   protection->priorities.from, protection->priorities.to);
}

void check_protections(struct walk *walk, const struct settings *settings)
{
    struct name_list seen = { 0 }, environments = names_of_environments(walk, settings);

    for (size_t i = 0; i < settings->protections_count; i++) {
        const struct protection_settings *protection = &settings->protections[i];

        check_name(walk, protection, "protection", protection->name, &seen);
        check_reference(walk, protection, "environment", -1, "environment", protection->environment, &environments);
        check_priorities(walk, protection);
        check_never(walk, protection);
        check_twice(walk, settings, i);
    }
}
