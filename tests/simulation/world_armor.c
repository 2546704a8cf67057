/* world_armor.c - a security policy of Cloud Armor. From
 * https://cloud.google.com/compute/docs/reference/rest/v1/securityPolicies (get, addRule, removeRule): a change is
 * taken by an operation, and is there a while later; of each priority there is one rule.
 */
#include "tests/simulation/world_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define POLICY "/compute/v1/projects/acme/global/securityPolicies/edge"
#define OPERATIONS "/compute/v1/projects/acme/global/operations/"
#define EVERYBODY 2147483647

struct armor_rule_there {
    int64_t priority;
    const char *range, *mark; /* mark: of whoever wanted it, as its description has it; "": none */
    cJSON *json;
};
struct armor_operation {
    struct world *world;
    struct logged_call *log;
    int64_t number, priority;
    cJSON *rule; /* NULL: the one of that priority goes */
    const char *problem;
    bool is_over;
};

static void refuse(struct world_call *call, int status, const char *message)
{
    cJSON *json = json_object(), *error = json_set(json, "error", json_object());

    json_set_int(error, "code", status);
    json_set_string(error, "message", message);
    world_answer_json(call, status, json);
}

static void free_json(void *json)
{
    cJSON_Delete(json);
}

static cJSON *keep_json(struct world *world, cJSON *json)
{
    arena_defer(world->arena, free_json, json);
    return json;
}

static struct armor_rule_there *find(const struct world *world, int64_t priority)
{
    for (size_t i = 0; i < world->rule_count; i++)
        if (world->rules[i].priority == priority)
            return &world->rules[i];
    return NULL;
}

/* "opsgate D7, by ... [mark]" */
static const char *mark_of(struct world *world, const cJSON *rule)
{
    const char *description = json_find_string(rule, "description"),
               *open = description ? strrchr(description, '[') : NULL;

    return open ? arena_copy(world->arena, (struct str){ open + 1, strcspn(open + 1, "]") }) : "";
}

static void tell(struct world *world, const struct logged_call *log, const struct armor_rule_there *rule, bool is_there)
{
    struct world_change change = {
        .kind = CHANGE_RULE, .place = rule->range, .operation = rule->mark, .is_there = is_there
    };

    if (world->watch.on_rule)
        world->watch.on_rule(world->watch.ctx, log, &change);
}

static void add(struct world *world, const struct armor_operation *operation)
{
    struct armor_rule_there *rule = ARENA_PUSH(world->arena, world->rules, world->rule_count);

    *rule = (struct armor_rule_there){
        .priority = operation->priority,
        .range = arena_strdup(world->arena, json_find_string(operation->rule, "match.config.srcIpRanges.0")),
        .mark = mark_of(world, operation->rule),
        .json = operation->rule,
    };
    tell(world, operation->log, rule, true);
}

static void take_away(struct world *world, const struct logged_call *log, struct armor_rule_there *rule)
{
    const struct armor_rule_there gone = *rule;

    *rule = world->rules[--world->rule_count];
    tell(world, log, &gone, false);
}

static void on_applied(void *arg)
{
    struct armor_operation *operation = arg;
    struct armor_rule_there *there = find(operation->world, operation->priority);

    operation->is_over = true;
    if (operation->rule && there)
        operation->problem = "Cannot have rules with the same priorities.";
    else if (operation->rule)
        add(operation->world, operation);
    else if (there)
        take_away(operation->world, operation->log, there);
    else
        operation->problem = "The rule does not exist.";
}

static void answer_operation(struct world_call *call, const struct armor_operation *operation)
{
    cJSON *json = json_object(), *error;

    json_set_string(json, "kind", "compute#operation");
    json_set_string(json, "name", arena_printf(call->arena, "operation-%" PRId64, operation->number));
    json_set_string(json, "status", operation->is_over ? "DONE" : "RUNNING");
    if (operation->problem) {
        error = json_add(json_set(json_set(json, "error", json_object()), "errors", json_array()), json_object());
        json_set_string(error, "code", "INVALID_FIELD_VALUE");
        json_set_string(error, "message", operation->problem);
    }
    world_answer_json(call, 200, json);
}

static void change(struct world_call *call, int64_t priority, cJSON *rule)
{
    struct world *world = call->world;
    struct armor_operation *operation = ARENA_NEW(world->arena, struct armor_operation);

    *operation = (struct armor_operation){ .world = world,
                                           .log = call->log,
                                           .number = (int64_t)world->armor_operation_count + 1,
                                           .priority = priority,
                                           .rule = rule };
    *ARENA_PUSH(world->arena, world->armor_operations, world->armor_operation_count) = operation;
    call->log->change = rule ? "adds a rule" : "takes a rule away";
    if (dice_hit(scheduler_dice(world->scheduler), 500))
        on_applied(operation);
    else
        scheduler_after(world->scheduler, dice_between(scheduler_dice(world->scheduler), 100, 8000), 0, on_applied,
                        operation, NULL);
    answer_operation(call, operation);
}

static void add_rule(struct world_call *call)
{
    struct error err;
    cJSON *rule;

    if (!json_parse(call->call.body, &rule, &err)) {
        refuse(call, 400, "a rule is needed");
        return;
    }
    keep_json(call->world, rule);
    if (!json_find_string(rule, "match.config.srcIpRanges.0") || !json_find_string(rule, "action"))
        refuse(call, 400, "Invalid value for field 'resource.match'");
    else if (find(call->world, json_find_int(rule, "priority", 0)))
        refuse(call, 400, "Invalid value for field 'resource.priority': a rule of it is there");
    else
        change(call, json_find_int(rule, "priority", 0), rule);
}

static void remove_rule(struct world_call *call)
{
    const char *text = world_form_value(world_query(call->call.url), "priority", call->arena);
    struct error ignored;
    int64_t priority;

    if (!text || !parse_int(str_of(text), 0, EVERYBODY, &priority, &ignored) || !find(call->world, priority))
        refuse(call, 400, "Invalid value for field 'priority': there is no such rule");
    else
        change(call, priority, NULL);
}

static void get_policy(struct world_call *call)
{
    cJSON *json = json_object(), *rules = json_set(json, "rules", json_array()), *everybody;

    for (size_t i = 0; i < call->world->rule_count; i++)
        json_add(rules, json_copy(call->world->rules[i].json));
    everybody = json_add(rules, json_object());
    json_set_int(everybody, "priority", EVERYBODY);
    json_set_string(everybody, "action", "allow");
    json_set_string(json, "fingerprint", "c2lt");
    world_answer_json(call, 200, json);
}

static void get_operation(struct world_call *call, struct str name)
{
    for (size_t i = 0; i < call->world->armor_operation_count; i++) {
        const struct armor_operation *operation = call->world->armor_operations[i];

        if (str_is(name, arena_printf(call->arena, "operation-%" PRId64, operation->number))) {
            answer_operation(call, operation);
            return;
        }
    }
    refuse(call, 404, "The resource was not found");
}

void world_armor_call(struct world_call *call)
{
    struct str path = world_path(call->call.url, WORLD_COMPUTE_URL), rest = path;

    if (!world_token_is_good(call, "Bearer ", world_token_text(call->world, call->arena)))
        refuse(call, 401, "Request had invalid authentication credentials.");
    else if (str_take_prefix(&rest, OPERATIONS))
        get_operation(call, rest);
    else if (str_is(path, POLICY "/addRule"))
        add_rule(call);
    else if (str_is(path, POLICY "/removeRule"))
        remove_rule(call);
    else if (str_is(path, POLICY))
        get_policy(call);
    else
        refuse(call, 404, "The resource was not found");
}

void world_unblock_by_hand(struct world *world)
{
    if (world->rule_count == 0)
        return;
    world_count(world, FAULT_RULE_BY_HAND);
    take_away(world, NULL, &world->rules[0]);
}
