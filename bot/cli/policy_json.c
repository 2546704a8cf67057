#include "bot/cli/policy_json.h"

const char *const policy_verdict_names[] = {
    [VERDICT_DENY] = "deny", [VERDICT_ALLOW] = "allow", [VERDICT_NEEDS] = "needs", [VERDICT_NEEDS + 1] = NULL
};

const char *const policy_kind_names[] = { [RULE_ALLOW] = "allow", [RULE_DENY] = "deny", [RULE_REQUIRE] = "require" };

static cJSON *decision_json(const struct decision *decision)
{
    cJSON *json = json_object();

    json_set_string(json, "verdict", policy_verdict_names[decision->verdict]);
    json_set_string(json, "rule", decision->rule);
    json_set_string(json, "reason", decision->reason);
    json_set_string(json, "turn", decision->turn[0] ? decision->turn : NULL);
    json_set_bool(json, "can_break_glass", decision->can_break_glass);
    return json;
}

cJSON *policy_explanation_json(const struct explanation *explanation)
{
    cJSON *json = decision_json(&explanation->decision), *list = json_set(json, "rules", json_array());

    for (size_t i = 0; i < explanation->rules_count; i++) {
        const struct explained_rule *rule = &explanation->rules[i];
        cJSON *entry = json_add(list, json_object());

        json_set_string(entry, "rule", rule->rule);
        json_set_string(entry, "kind", policy_kind_names[rule->kind]);
        json_set_string(entry, "outcome", explain_outcome_names[rule->outcome]);
        json_set_string(entry, "sentence", rule->sentence);
    }
    return json;
}

static void add_persons(cJSON *list, const struct able_person *persons, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cJSON *entry = json_add(list, decision_json(&persons[i].decision)), *also;

        json_set_string(entry, "who", persons[i].text);
        also = json_set(entry, "also", json_array());
        for (size_t k = 0; k < persons[i].others_count; k++)
            json_add_string(also, persons[i].others[k]);
    }
}

cJSON *policy_who_json(const struct who_can *who)
{
    cJSON *json = json_object();

    json_set_bool(json, "everyone", who->is_everyone);
    add_persons(json_set(json, "persons", json_array()), who->persons, who->persons_count);
    json_set_bool(json, "everyone_with_break_glass", who->is_everyone_by_glass);
    add_persons(json_set(json, "with_break_glass", json_array()), who->by_glass, who->by_glass_count);
    return json;
}

const char *policy_who_by_version(const struct who_can *who, struct arena *arena)
{
    bool is_everyone = who->is_everyone || who->is_everyone_by_glass;
    const char *words = is_everyone ? explain_by_version(&who->everyone, arena) : NULL;

    for (size_t i = 0; i < who->persons_count; i++)
        words = explain_join_by_version(words, explain_by_version(&who->persons[i].decision, arena), arena);
    for (size_t i = 0; i < who->by_glass_count; i++)
        words = explain_join_by_version(words, explain_by_version(&who->by_glass[i].decision, arena), arena);
    return words;
}
