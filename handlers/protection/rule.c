#include "handlers/protection/rule.h"

#include "bot/base/str.h"

#include <string.h>

bool rule_covers(const struct armor_rule *rule, const struct network *range)
{
    for (size_t i = 0; i < rule->ranges_count; i++) {
        struct network network;
        struct error ignored;

        if (strcmp(rule->ranges[i], "*") == 0 ||
            (network_parse(str_of(rule->ranges[i]), &network, &ignored) && network_covers(&network, range)))
            return true;
    }
    return false;
}

bool rule_is_of(const struct armor_rule *rule, const char *range)
{
    struct network network;
    struct error ignored;

    return rule->ranges_count == 1 && network_parse(str_of(rule->ranges[0]), &network, &ignored) &&
           strcmp(network_format(&network).text, range) == 0;
}

bool rule_denies(const struct armor_rule *rule)
{
    return rule->action && str_starts_with(str_of(rule->action), "deny");
}

const struct armor_rule *rule_deciding(const struct armor_seen *seen, const struct network *range)
{
    const struct armor_rule *first = NULL;

    for (size_t i = 0; i < seen->rules_count; i++) {
        const struct armor_rule *rule = &seen->rules[i];

        if (!rule->is_preview && rule_covers(rule, range) && (!first || rule->priority < first->priority))
            first = rule;
    }
    return first;
}
