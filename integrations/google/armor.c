#include "integrations/google/armor.h"

#include "bot/base/network.h"
#include "bot/base/time.h"
#include "bot/model/armor.h"
#include "bot/model/finding.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"
#include "integrations/google/attempt.h"
#include "integrations/google/json_call.h"
#include "integrations/url.h"

#include <inttypes.h>
#include <string.h>

#define GET_PERMISSION "compute.securityPolicies.get"
#define UPDATE_PERMISSION "compute.securityPolicies.update"
#define DENY "deny(403)"
#define EVERYBODY 2147483647 /* the priority of the rule for everybody, which every policy has */
#define RULES_MAX 500
#define SHOWN_BYTES 300
#define OPERATION_TIMEOUT_MS (8 * SECOND_MS)

struct armor_call {
    struct json_call json;
    struct armor_place place;
    const cJSON *policy;
    struct armor_seen seen;
};

/* ---- calls ---- */

static const char *url_of(const struct armor_call *call, const char *collection, const char *name, const char *rest)
{
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, call->json.exchange->settings->google.compute_url);
    buf_puts(&url, "/compute/v1/projects/");
    url_add_encoded(&url, str_of(call->place.project));
    buf_puts(&url, collection);
    url_add_encoded(&url, str_of(name));
    buf_puts(&url, rest);
    return arena_copy(call->json.exchange->arena, buf_str(&url));
}

static const char *policy_url(const struct armor_call *call, const char *rest)
{
    return url_of(call, "/global/securityPolicies/", call->place.policy, rest);
}

static bool begin(struct armor_call *call, const struct exchange *exchange, const struct armor_place *place)
{
    *call = (struct armor_call){ .json = { .dialog = DIALOG(exchange), .exchange = exchange }, .place = *place };
    if (!attempt_is_name(place->project) || !attempt_is_name(place->policy))
        return json_call_stop(&call->json, exchange_never(exchange, "a security policy's project and name must be "
                                                                    "names as Google writes them"));
    call->json.project = place->project;
    call->json.what = arena_printf(exchange->arena, "Cloud Armor, %s in %s", place->policy, place->project);
    return true;
}

/* ---- what is answered ---- */

static const char *text_of(const cJSON *json, const char *path)
{
    const char *text = json_find_string(json, path);

    return text && text[0] ? text : NULL;
}

static struct armor_rule rule_of(const cJSON *json, struct arena *arena)
{
    struct armor_rule rule = {
        .priority = json_find_int(json, "priority", 0),
        .action = text_of(json, "action"),
        .is_preview = json_find_bool(json, "preview", false),
        .description = text_of(json, "description"),
    };

    JSON_EACH(range, json_find(json, "match.config.srcIpRanges")) {
        if (cJSON_IsString(range) && rule.ranges_count < ARMOR_RANGES_MAX)
            *ARENA_PUSH(arena, rule.ranges, rule.ranges_count) = range->valuestring;
    }
    return rule;
}

static bool read_policy(struct armor_call *call)
{
    struct arena *arena = call->json.exchange->arena;
    struct json_question question = { .method = "GET", .url = policy_url(call, ""), .permission = GET_PERMISSION };

    if (!json_call_ask(&call->json, &question, &call->policy))
        return false;
    if (!json_find(call->policy, "rules")) /* each policy has one at least */
        return json_call_stop(&call->json,
                              exchange_again(call->json.exchange, "%s: the answer has no rules", call->json.what));
    JSON_EACH(json, json_find(call->policy, "rules")) {
        struct armor_rule rule = rule_of(json, arena);

        if (rule.priority != EVERYBODY && call->seen.rules_count < RULES_MAX)
            *ARENA_PUSH(arena, call->seen.rules, call->seen.rules_count) = rule;
    }
    call->seen.is_adaptive =
        json_find_bool(call->policy, "adaptiveProtectionConfig.layer7DdosDefenseConfig.enable", false);
    return true;
}

static struct exchange_step began(const struct armor_call *call, const cJSON *operation)
{
    cJSON *result = json_object();

    json_set_string(result, "operation", text_of(operation, "name"));
    return exchange_done(call->json.exchange, result);
}

static struct exchange_step wrong(const struct exchange *exchange, const struct error *err)
{
    return exchange_never(exchange, "Cloud Armor: %s", err->message);
}

/* ---- read ---- */

/* Why it failed. One that cannot be read says nothing: the rules tell what became of it. */
static bool read_operation(struct armor_call *call, const char *name)
{
    const struct http_answer *answer =
        dialog_ask(&call->json.dialog, (struct http_call){ .method = "GET",
                                                           .url = url_of(call, "/global/operations/", name, ""),
                                                           .timeout_ms = OPERATION_TIMEOUT_MS,
                                                           .credential = HTTP_GOOGLE_ACCESS,
                                                           .project = call->json.project });
    const cJSON *operation;
    const char *message;
    struct error ignored;

    if (!answer)
        return false;
    operation = answer->status == 200 ? json_parse_in(call->json.exchange->arena, answer->body, &ignored) : NULL;
    message = text_of(operation, "error.errors.0.message");
    if (json_find(operation, "error"))
        call->seen.problem = arena_printf(call->json.exchange->arena, "%.*s", SHOWN_BYTES,
                                          message ? message : "the operation failed, and does not say why");
    return true;
}

struct exchange_step armor_read(const struct exchange *exchange)
{
    struct armor_look look;
    struct armor_call call;
    struct error err;

    if (!shape_from_json(&armor_look_shape, exchange->args, exchange->arena, &look, &err))
        return wrong(exchange, &err);
    if (!begin(&call, exchange, &look.place) || (look.operation && !read_operation(&call, look.operation)) ||
        !read_policy(&call))
        return call.json.dialog.step;
    return exchange_done(exchange, shape_to_json(&armor_seen_shape, &call.seen, SHAPE_WHOLE));
}

/* ---- a rule comes ---- */

static cJSON *rule_json(const struct armor_block *block)
{
    cJSON *rule = json_object(), *match, *config;

    json_set_int(rule, "priority", block->priority);
    json_set_string(rule, "action", DENY);
    json_set_bool(rule, "preview", block->is_preview);
    json_set_string(rule, "description", block->description);
    match = json_set(rule, "match", json_object());
    json_set_string(match, "versionedExpr", "SRC_IPS_V1");
    config = json_set(match, "config", json_object());
    json_add_string(json_set(config, "srcIpRanges", json_array()), block->range);
    return rule;
}

static bool is_range(const char *text)
{
    return text && network_is_range(str_of(text));
}

struct exchange_step armor_block_add(const struct exchange *exchange)
{
    struct json_question question = { .method = "POST", .permission = UPDATE_PERMISSION, .is_change = true };
    const struct armor_rule *there;
    AUTO_JSON cJSON *rule = NULL;
    struct armor_block block;
    struct armor_call call;
    const cJSON *operation;
    struct error err;

    if (!shape_from_json(&armor_block_shape, exchange->args, exchange->arena, &block, &err))
        return wrong(exchange, &err);
    if (!is_range(block.range))
        return exchange_never(exchange, "Cloud Armor: what is to be blocked is no range of addresses");
    if (!begin(&call, exchange, &block.place) || !read_policy(&call))
        return call.json.dialog.step;
    there = armor_rule_at(&call.seen, block.priority);
    if (there && armor_is_marked(there, block.mark))
        return exchange_done(exchange, json_object());
    if (there)
        return exchange_never(exchange, "%s: the priority %" PRId64 " was taken by another rule meanwhile",
                              call.json.what, block.priority);
    question.url = policy_url(&call, "/addRule");
    question.body = rule = rule_json(&block);
    return json_call_ask(&call.json, &question, &operation) ? began(&call, operation) : call.json.dialog.step;
}

/* ---- and goes ---- */

static bool is_as_it_was(const struct armor_rule *rule, const struct armor_unblock *unblock)
{
    struct network network;
    struct error ignored;

    if (unblock->mark && !armor_is_marked(rule, unblock->mark))
        return false;
    return !unblock->range || (rule->ranges_count == 1 && network_parse(str_of(rule->ranges[0]), &network, &ignored) &&
                               strcmp(network_format(&network).text, unblock->range) == 0);
}

struct exchange_step armor_block_remove(const struct exchange *exchange)
{
    struct json_question question = { .method = "POST", .permission = UPDATE_PERMISSION };
    const struct armor_rule *there;
    struct armor_unblock unblock;
    struct armor_call call;
    const cJSON *operation;
    struct error err;

    if (!shape_from_json(&armor_unblock_shape, exchange->args, exchange->arena, &unblock, &err))
        return wrong(exchange, &err);
    if (!unblock.range && !unblock.mark)
        return exchange_never(exchange, "Cloud Armor: which rule is to go is not said");
    if (!begin(&call, exchange, &unblock.place) || !read_policy(&call))
        return call.json.dialog.step;
    there = armor_rule_at(&call.seen, unblock.priority);
    /* Whoever asked reads what stands there, and tells. */
    if (!there || !is_as_it_was(there, &unblock) || PLANTED(BLOCK_STAYS))
        return exchange_done(exchange, json_object());
    question.url = policy_url(&call, arena_printf(exchange->arena, "/removeRule?priority=%" PRId64, unblock.priority));
    return json_call_ask(&call.json, &question, &operation) ? began(&call, operation) : call.json.dialog.step;
}

/* ---- the adaptive protection ---- */

static cJSON *part_of(cJSON *json, const char *name)
{
    cJSON *part = cJSON_GetObjectItemCaseSensitive(json, name);

    return cJSON_IsObject(part) ? part : json_set(json, name, json_object());
}

/* A PATCH replaces the whole of such a part: what else stands in it is sent along. */
static cJSON *ddos_json(const cJSON *policy, const char *fingerprint, bool is_on)
{
    cJSON *body = json_object(), *adaptive = json_copy(json_find(policy, "adaptiveProtectionConfig"));

    json_set_string(body, "fingerprint", fingerprint);
    if (adaptive)
        json_set(body, "adaptiveProtectionConfig", adaptive);
    json_set_bool(part_of(part_of(body, "adaptiveProtectionConfig"), "layer7DdosDefenseConfig"), "enable", is_on);
    return body;
}

struct exchange_step armor_ddos_switch(const struct exchange *exchange)
{
    struct json_question question = { .method = "PATCH", .permission = UPDATE_PERMISSION, .is_change = true };
    AUTO_JSON cJSON *body = NULL;
    struct armor_call call;
    struct armor_ddos ddos;
    const cJSON *operation;
    const char *fingerprint;
    struct error err;

    if (!shape_from_json(&armor_ddos_shape, exchange->args, exchange->arena, &ddos, &err))
        return wrong(exchange, &err);
    if (!begin(&call, exchange, &ddos.place) || !read_policy(&call))
        return call.json.dialog.step;
    if (call.seen.is_adaptive == ddos.is_on)
        return exchange_done(exchange, json_object());
    fingerprint = text_of(call.policy, "fingerprint");
    if (!fingerprint)
        return exchange_again(exchange, "%s: the answer has no fingerprint", call.json.what);
    question.body = body = ddos_json(call.policy, fingerprint, ddos.is_on);
    question.url = policy_url(&call, "");
    return json_call_ask(&call.json, &question, &operation) ? began(&call, operation) : call.json.dialog.step;
}

/* ---- doctor ---- */

struct exchange_step armor_doctor(const struct exchange *exchange)
{
    struct findings found = { 0 };
    struct armor_place place;
    struct armor_call call;
    struct error err;

    if (!shape_from_json(&armor_place_shape, exchange->args, exchange->arena, &place, &err))
        return wrong(exchange, &err);
    if (!begin(&call, exchange, &place) || !read_policy(&call))
        return call.json.dialog.step;
    findings_add(
        &found, exchange->arena,
        (struct finding){ .mark = FINDING_GOOD,
                          .subject = arena_printf(exchange->arena, "protection %.100s", place.policy),
                          .text = arena_printf(exchange->arena,
                                               "it has %zu rules, and its adaptive "
                                               "protection is %s",
                                               call.seen.rules_count + 1, call.seen.is_adaptive ? "on" : "off") });
    return findings_done(exchange, &found);
}
