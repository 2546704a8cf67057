#include "armor/armor.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define POLICY "edge-policy"
#define EVERYBODY INT64_C(2147483647)
#define RANGES_MAX 10
#define DESCRIPTION_MAX_BYTES 2048
#define TAKE_MS SECOND_MS

/* ---- what there is at first ---- */

static cJSON *add_rule(cJSON *policy, int64_t priority, const char *action, const char *range, const char *description)
{
    cJSON *rule = json_add(tree_get(policy, "rules"), json_object()), *match;

    json_set_string(rule, "kind", "compute#securityPolicyRule");
    json_set_int(rule, "priority", priority);
    json_set_string(rule, "action", action);
    json_set_bool(rule, "preview", false);
    json_set_string(rule, "description", description);
    match = json_set(rule, "match", json_object());
    json_set_string(match, "versionedExpr", "SRC_IPS_V1");
    json_add_string(json_set(json_set(match, "config", json_object()), "srcIpRanges", json_array()), range);
    return rule;
}

void armor_touch(struct armor *armor, cJSON *policy)
{
    tree_set_textf(policy, "fingerprint", "fp%" PRId64 "AAA=", ++armor->last_n);
}

struct armor *armor_create(void)
{
    struct armor *armor = xcalloc(1, sizeof *armor);
    cJSON *policy;

    armor->policies = json_array();
    armor->operations = json_array();
    armor->denied = json_array();
    armor->take_ms = TAKE_MS;
    policy = json_add(armor->policies, json_object());
    json_set_string(policy, "kind", "compute#securityPolicy");
    json_set_string(policy, "name", POLICY);
    json_set_string(policy, "type", "CLOUD_ARMOR");
    json_set(policy, "rules", json_array());
    add_rule(policy, 1000, "deny(403)", "192.0.2.0/24", "known scanners, by hand");
    add_rule(policy, EVERYBODY, "allow", "*", "Default rule, higher priority overrides it");
    armor_touch(armor, policy);
    return armor;
}

void armor_destroy(struct armor *armor)
{
    if (!armor)
        return;
    cJSON_Delete(armor->policies);
    cJSON_Delete(armor->operations);
    cJSON_Delete(armor->denied);
    free(armor->fail_next);
    free(armor);
}

cJSON *armor_state(const struct armor *armor)
{
    cJSON *state = json_object();

    json_set(state, "policies", json_copy(armor->policies));
    json_set(state, "operations", json_copy(armor->operations));
    return state;
}

cJSON *armor_find_rule(const cJSON *policy, int64_t priority)
{
    cJSON *rule = NULL;

    cJSON_ArrayForEach(rule, tree_get(policy, "rules")) {
        if (tree_int(rule, "priority", -1) == priority)
            return rule;
    }
    return NULL;
}

bool armor_check_rule(const cJSON *policy, const cJSON *rule, struct google_error *err)
{
    const cJSON *ranges = json_find(rule, "match.config.srcIpRanges");
    int64_t priority = tree_int(rule, "priority", -1);

    if (priority < 0 || priority > EVERYBODY)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value for field 'resource.priority'");
    if (armor_find_rule(policy, priority))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "Invalid value for field 'resource.priority': '%" PRId64
                             "'. Cannot have rules with the same priorities.",
                             priority);
    if (!tree_text(rule, "action") || !tree_has_text(tree_get(rule, "match"), "versionedExpr", "SRC_IPS_V1"))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value for field 'resource.match'");
    if (!cJSON_IsArray(ranges) || cJSON_GetArraySize(ranges) == 0 || cJSON_GetArraySize(ranges) > RANGES_MAX)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "Invalid value for field 'resource.match.config.srcIpRanges': from 1 to 10 ranges");
    if (strlen(tree_text_or(rule, "description", "")) > DESCRIPTION_MAX_BYTES)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value for field 'resource.description'");
    return true;
}

/* ---- operations ---- */

static void apply(struct armor *armor, cJSON *operation)
{
    cJSON *policy = tree_find(armor->policies, "name", tree_text(operation, "policy"));
    cJSON *rule;

    if (!policy)
        return;
    if (tree_get(operation, "rule"))
        json_add(tree_get(policy, "rules"), json_copy(tree_get(operation, "rule")));
    rule = tree_get(operation, "priority") ? armor_find_rule(policy, tree_int(operation, "priority", -1)) : NULL;
    if (rule)
        cJSON_Delete(cJSON_DetachItemViaPointer(tree_get(policy, "rules"), rule));
    tree_copy(policy, operation, "adaptiveProtectionConfig");
    armor_touch(armor, policy);
}

static void fail(struct armor *armor, cJSON *shown)
{
    cJSON *error = json_add(json_set(json_set(shown, "error", json_object()), "errors", json_array()), json_object());

    json_set_string(error, "code", "RESOURCE_OPERATION_FAILED");
    json_set_string(error, "message", armor->fail_next);
    free(armor->fail_next);
    armor->fail_next = NULL;
}

bool armor_advance(struct armor *armor, int64_t now_ms)
{
    cJSON *operation = NULL;
    bool any = false;

    cJSON_ArrayForEach(operation, armor->operations) {
        if (tree_true(operation, "over") || tree_int(operation, "done_at_ms", 0) > now_ms)
            continue;
        json_set_bool(operation, "over", true);
        json_set_string(tree_get(operation, "shown"), "status", "DONE");
        if (armor->fail_next)
            fail(armor, tree_get(operation, "shown"));
        else if (!tree_true(operation, "pretended"))
            apply(armor, operation);
        any = true;
    }
    return any;
}
