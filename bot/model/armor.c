#include "bot/model/armor.h"

#include <string.h>

static const struct shape_field place_rows[] = {
    ROW_STRING(armor_place, project, .flags = SHAPE_REQUIRED),
    ROW_STRING(armor_place, policy, .flags = SHAPE_REQUIRED),
};
const struct shape armor_place_shape = SHAPE("a security policy", armor_place, place_rows);

static const struct shape_field rule_rows[] = {
    ROW_INT(armor_rule, priority),
    ROW_STRING(armor_rule, action, .flags = SHAPE_NONZERO),
    ROW_BOOL(armor_rule, is_preview, .flags = SHAPE_NONZERO),
    ROW_STRING(armor_rule, description, .flags = SHAPE_NONZERO),
    ROW_STRINGS(armor_rule, ranges, .flags = SHAPE_NONZERO),
};
const struct shape armor_rule_shape = SHAPE("a rule of a security policy", armor_rule, rule_rows);

static const struct shape_field look_rows[] = {
    ROW_OBJECT(armor_look, place, &armor_place_shape),
    ROW_STRING(armor_look, operation, .flags = SHAPE_NONZERO),
};
const struct shape armor_look_shape = SHAPE("a look at a security policy", armor_look, look_rows);

static const struct shape_field seen_rows[] = {
    ROW_OBJECTS(armor_seen, rules, &armor_rule_shape, .flags = SHAPE_NONZERO),
    ROW_BOOL(armor_seen, is_adaptive, .flags = SHAPE_NONZERO),
    ROW_STRING(armor_seen, problem, .flags = SHAPE_NONZERO),
};
const struct shape armor_seen_shape = SHAPE("a security policy as it was read", armor_seen, seen_rows);

static const struct shape_field block_rows[] = {
    ROW_OBJECT(armor_block, place, &armor_place_shape),
    ROW_INT(armor_block, priority),
    ROW_STRING(armor_block, range, .flags = SHAPE_REQUIRED),
    ROW_STRING(armor_block, description, .flags = SHAPE_REQUIRED),
    ROW_STRING(armor_block, mark, .flags = SHAPE_REQUIRED),
    ROW_BOOL(armor_block, is_preview, .flags = SHAPE_NONZERO),
};
const struct shape armor_block_shape = SHAPE("a block", armor_block, block_rows);

static const struct shape_field unblock_rows[] = {
    ROW_OBJECT(armor_unblock, place, &armor_place_shape),
    ROW_INT(armor_unblock, priority),
    ROW_STRING(armor_unblock, range, .flags = SHAPE_NONZERO),
    ROW_STRING(armor_unblock, mark, .flags = SHAPE_NONZERO),
};
const struct shape armor_unblock_shape = SHAPE("the end of a block", armor_unblock, unblock_rows);

static const struct shape_field ddos_rows[] = {
    ROW_OBJECT(armor_ddos, place, &armor_place_shape),
    ROW_BOOL(armor_ddos, is_on),
};
const struct shape armor_ddos_shape = SHAPE("a switch of the adaptive protection", armor_ddos, ddos_rows);

bool armor_is_marked(const struct armor_rule *rule, const char *mark)
{
    return rule->description && mark && strstr(rule->description, mark) != NULL;
}

const struct armor_rule *armor_rule_at(const struct armor_seen *seen, int64_t priority)
{
    for (size_t i = 0; i < seen->rules_count; i++)
        if (seen->rules[i].priority == priority)
            return &seen->rules[i];
    return NULL;
}

const struct armor_rule *armor_rule_marked(const struct armor_seen *seen, const char *mark)
{
    for (size_t i = 0; i < seen->rules_count; i++)
        if (armor_is_marked(&seen->rules[i], mark))
            return &seen->rules[i];
    return NULL;
}
