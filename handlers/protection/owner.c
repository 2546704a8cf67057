/* owner.c - whose rule is it: which live block's, or nobody's here; and what else keeps away whom somebody lets in. */
#include "handlers/protection/guarding.h"

#include "handlers/protection/protection.h"
#include "handlers/protection/rule.h"

#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 100

typedef bool is_wanted_fn(const struct operation *block, const void *what);

static const struct operation *find(const struct view *view, const char *protection, is_wanted_fn *is_wanted,
                                    const void *what)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        const char *where = json_find_string(all[i]->body, "protection");

        if (!operation_has_ended(all[i]) && strcmp(all[i]->kind, machine_protection.kind) == 0 && where &&
            strcmp(where, protection) == 0 && is_wanted(all[i], what))
            return all[i];
    }
    return NULL;
}

static bool has_rule(const struct operation *block, const void *what)
{
    return armor_is_marked(what, json_find_string(block->body, "mark"));
}

const struct operation *guarding_owner(const struct view *view, const char *protection, const struct armor_rule *rule)
{
    return find(view, protection, has_rule, rule);
}

static bool has_priority(const struct operation *block, const void *what)
{
    const int64_t *priority = what;

    return guarding_is_block(block) && json_find_int(block->body, "priority", -1) == *priority;
}

const struct operation *guarding_owner_at(const struct view *view, const char *protection, int64_t priority)
{
    return find(view, protection, has_priority, &priority);
}

/* ---- a wider one ---- */

static bool keeps_away(const struct operation *block, const void *what)
{
    static const char *const states[] = { "blocked", "unseen", "overdue" };
    const char *range = json_find_string(block->body, "range");
    const struct network *narrow = what;
    struct network wide;
    struct error ignored;
    bool stands = false;

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        stands = stands || strcmp(block->state, states[i]) == 0;
    return stands && range && !json_find_bool(block->body, "is_preview", false) &&
           network_parse(str_of(range), &wide, &ignored) && network_covers(&wide, narrow) &&
           network_prefix(&wide) < network_prefix(narrow);
}

static const char *by_ours(const struct view *view, const struct operation *block)
{
    const char *range = json_find_string(block->body, "range");

    return arena_printf(view->arena, "blocked by *%s*, as part of `%s`: `unblock %s` ends that", block->id, range,
                        range);
}

const char *guarding_blocked_by_wider(const struct view *view, const char *protection, const char *range)
{
    const struct operation *wider = NULL;
    struct network narrow;
    struct error ignored;

    if (network_parse(str_of(range), &narrow, &ignored))
        wider = find(view, protection, keeps_away, &narrow);
    return wider ? by_ours(view, wider) : NULL;
}

static const char *part_of(const struct armor_rule *rule, const struct network *narrow, struct arena *arena)
{
    for (size_t i = 0; i < rule->ranges_count; i++) {
        struct network wide;
        struct error ignored;

        if (network_parse(str_of(rule->ranges[i]), &wide, &ignored) && network_covers(&wide, narrow))
            return arena_printf(arena, "as part of `%s`", network_format(&wide).text);
    }
    return "as everybody is"; /* "*" */
}

static const char *by_others(const struct view *view, const char *protection, const struct armor_rule *rule,
                             const struct network *narrow)
{
    const struct network_text range = network_format(narrow);
    const char *about =
        rule->description ? card_quote(str_of(rule->description), QUOTED_BYTES, view->arena) : "no description";

    if (rule_is_of(rule, range.text))
        return arena_printf(view->arena,
                            "blocked by rule %" PRId64
                            ", which is not opsgate's (%s): `unblock %s %s --confirm %" PRId64 "` takes it away",
                            rule->priority, about, protection, range.text, rule->priority);
    return arena_printf(view->arena,
                        "blocked by rule %" PRId64 ", %s. It is not opsgate's (%s): a person changes it in the console",
                        rule->priority, part_of(rule, narrow, view->arena), about);
}

const char *guarding_blocked_by(const struct view *view, const char *protection, const struct armor_seen *seen,
                                const char *range)
{
    const struct armor_rule *rule;
    const struct operation *owner;
    struct network network;
    struct error ignored;

    if (!network_parse(str_of(range), &network, &ignored))
        return NULL;
    rule = rule_deciding(seen, &network);
    if (!rule || !rule_denies(rule))
        return NULL;
    owner = guarding_owner(view, protection, rule);
    return owner ? by_ours(view, owner) : by_others(view, protection, rule, &network);
}
