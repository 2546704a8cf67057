/* unblock.c - `unblock`: a block of ours ends before its time; or a stranger's rule goes, by its priority typed. */
#include "handlers/protection/guarding.h"

#include "handlers/operation_words.h"
#include "handlers/protection/protection.h"
#include "handlers/protection/rule.h"

#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 100
#define PRIORITY_MAX 2147483646

static const struct verb_option options[] = {
    { .name = "confirm", .takes_value = true },
    { .name = "reason", .takes_value = true },
    { .name = "break-glass", .takes_value = true },
};

static bool read_confirm(const struct view *view, const struct typed *typed, struct protection_body *body,
                         struct error *err)
{
    const char *confirm = typed_option(typed, "confirm");

    return !confirm || parse_int(str_of(confirm), 0, PRIORITY_MAX, &body->confirmed, err) ||
           error_set(
               err, ERR_INVALID,
               "`--confirm` takes the priority of the rule, as `blocks` tells it, and not `%s`. Nothing was done.",
               card_quote(str_of(confirm), QUOTED_BYTES, view->arena));
}

/* "D12", as its card has it. */
static bool read_number(const struct view *view, const char *id, struct protection_body *body,
                        const struct operation **ret_block, size_t *taken, struct error *err)
{
    const struct operation *block = view->find_operation(view->ctx, id);
    const struct protection_settings *protection;

    if (!block || !guarding_is_block(block))
        return error_set(err, ERR_NOT_FOUND,
                         "There is no block `%s`, or it has ended: `blocks` lists them. Nothing was done.", id);
    body->range = json_find_string(block->body, "range");
    protection = settings_find_protection(view->settings, json_find_string(block->body, "protection"));
    if (protection)
        guarding_fill(protection, verb_unblock.name, body);
    *ret_block = block;
    (*taken)++;
    return true;
}

/* A name need not be typed where only one protection has such a block. */
static bool read_where(const struct view *view, const struct typed *typed, struct protection_body *body,
                       const struct operation **ret_block, size_t *taken, struct error *err)
{
    const struct protection_settings *protection;
    bool is_named = typed->words_count > 0 && settings_find_protection(view->settings, typed->words[0]);
    const char *id =
        !is_named && typed->words_count > 0 ? operation_typed(view->settings, typed->words[0], view->arena) : NULL;
    size_t first = is_named ? 1 : 0, count;
    struct network range;

    if (id)
        return read_number(view, id, body, ret_block, taken, err);
    if (!is_named && typed->words_count > 0 && !strpbrk(typed->words[0], "./:"))
        return guarding_read_protection(view, typed, &protection, taken,
                                        err); /* says that there is none of that name */
    if (!guarding_read_range(view, typed->words_count > first ? typed->words[first] : NULL, &range, err))
        return false;
    body->range = arena_strdup(view->arena, network_format(&range).text);
    *ret_block = guarding_find_block(view, is_named ? typed->words[0] : NULL, body->range, false, &count);
    if (!*ret_block)
        *ret_block = guarding_find_block(view, is_named ? typed->words[0] : NULL, body->range, true, &count);
    if (count == 1) {
        protection = settings_find_protection(view->settings, json_find_string((*ret_block)->body, "protection"));
        *taken = first;
    } else if (!guarding_read_protection(view, typed, &protection, taken, err)) {
        return false;
    }
    (*taken)++;
    if (protection)
        guarding_fill(protection, verb_unblock.name, body);
    return true;
}

static bool unblock_asks(const struct view *view, const struct request *request, struct question *ret_question,
                         const void **ret_arguments, struct error *err)
{
    struct protection_body *body = ARENA_NEW(view->arena, struct protection_body);
    const struct operation *block = NULL;
    struct typed typed;
    size_t taken = 0;

    body->verb = verb_unblock.name;
    body->confirmed = -1;
    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !read_where(view, &typed, body, &block, &taken, err) || !read_confirm(view, &typed, body, err) ||
        !guarding_read_reason(view, &typed, taken, body, err))
        return false;
    if (block) /* also one whose protection is in no configuration any more: where it was asked for */
        body->environment = json_find_string(block->body, "environment");
    *ret_question = guarding_question(body, &request->principal, request->source);
    /* Its rule's number says: as a stranger's, with people's consent where that is wanted. */
    if (block && (body->confirmed < 0 || !body->protection))
        ret_question->operation = block->id;
    *ret_arguments = body;
    return true;
}

static void unblock_begin(const struct view *view, const struct request *request, const struct question *question,
                          const void *value, struct outcome *out)
{
    (void)request, (void)question;
    guarding_begin(view, value, out);
}

/* ---- a stranger's rule ---- */

/* Of several, the one whose number was typed. */
static const struct armor_rule *rule_to_go(const struct guarding *g, const struct armor_seen *seen)
{
    const struct armor_rule *found = NULL;

    for (size_t i = 0; i < seen->rules_count; i++) {
        const struct armor_rule *rule = &seen->rules[i];

        if (rule_denies(rule) && rule_is_of(rule, g->body->range) && (!found || rule->priority == g->body->confirmed))
            found = rule;
    }
    return found;
}

static void refuse_unfound(struct guarding *g, const struct armor_seen *seen)
{
    const char *wider = guarding_blocked_by(g->view, g->body->protection, seen, g->body->range);

    if (wider)
        guarding_refuse(g, "`%s` is %s", g->body->range, wider);
    else
        guarding_refuse(g, "Nothing blocks `%s` at `%s`", g->body->range, g->body->protection);
}

static void on_looked(struct guarding *g, const struct armor_seen *seen)
{
    const struct armor_rule *rule = rule_to_go(g, seen);
    const char *description = rule && rule->description
                                  ? card_quote(str_of(rule->description), QUOTED_BYTES, g->view->arena)
                                  : "no description";

    if (!rule) {
        refuse_unfound(g, seen);
    } else if (rule->priority != g->body->confirmed) {
        guarding_refuse(g,
                        "Rule %" PRId64
                        " %s `%s`, and it is not opsgate's (%s). To take it away none the less: `unblock "
                        "%s %s --confirm %" PRId64 "`",
                        rule->priority, rule->is_preview ? "is a preview of" : "blocks", g->body->range, description,
                        g->body->protection, g->body->range, rule->priority);
    } else {
        g->body->priority = rule->priority;
        g->body->is_preview = rule->is_preview;
        g->body->becomes =
            arena_printf(g->view->arena,
                         rule->is_preview ? "no preview of `%s` any more at `%s`, without rule %" PRId64 " (%s)"
                                          : "`%s` let in again at `%s`, without rule %" PRId64 " (%s)",
                         g->body->range, g->body->protection, rule->priority, description);
        guarding_go_on(g);
    }
}

static void change(struct guarding *g)
{
    struct armor_unblock unblock = { .place = g->body->place, .priority = g->body->priority, .range = g->body->range };

    outcome_effect(
        g->out, (struct wanted_effect){
                    .kind = EFFECT_UNBLOCK,
                    .lane = arena_printf(g->view->arena, "armor:%s/%s", g->body->place.project, g->body->place.policy),
                    .tag = "change",
                    .args = shape_to_json(&armor_unblock_shape, &unblock, SHAPE_WHOLE),
                });
}

static bool is_made(const struct protection_body *body, const struct armor_seen *seen)
{
    const struct armor_rule *rule = armor_rule_at(seen, body->priority);

    return !rule || !rule_is_of(rule, body->range);
}

/* What else keeps them away: it was read just now. */
static const char *find_still(struct guarding *g)
{
    struct armor_seen seen;
    const char *ignored;

    return guarding_sees(g, &seen, &ignored) ? guarding_blocked_by(g->view, g->body->protection, &seen, g->body->range)
                                             : NULL;
}

static void on_made(struct guarding *g)
{
    const struct operation *block = guarding_owner_at(g->view, g->body->protection, g->body->priority);
    const char *still = g->body->is_preview ? NULL : find_still(g);

    if (block)
        outcome_message(g->out, block->id, BLOCK_GONE, NULL);
    g->body->is_still_blocked = still != NULL;
    if (still)
        guarding_end(g, "done", "rule %" PRId64 " is gone, but `%s` is still %s", g->body->priority, g->body->range,
                     still);
    else
        guarding_end(g, "done", "%s; back: `block %s %s%s`, by a rule of opsgate's", g->body->becomes,
                     g->body->protection, g->body->range, g->body->is_preview ? " --preview" : "");
}

const struct guarding_way guarding_unblock = {
    .verb = "unblock",
    .title = "Unblock",
    .on_looked = on_looked,
    .change = change,
    .is_made = is_made,
    .on_made = on_made,
};

static const char *const details[] = {
    "`unblock 203.0.113.7`, or `unblock D1042` as its card has it: a block of opsgate's ends at once",
    "`--confirm PRIORITY`: whatever rule has that number; people are asked where policy wants their consent",
    BROKEN_DETAIL,
    NULL,
};

const struct verb verb_unblock = {
    .name = "unblock",
    .usage = "unblock [PROTECTION] ADDRESSES [REASON] [--confirm PRIORITY] [--break-glass TEXT], or unblock D1042 "
             "[REASON]",
    .summary = "let addresses in again before their time",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .takes_glass = true,
    .is_asked_again = true, /* a block of ours asks in its own state */
    .asks = unblock_asks,
    .begin = unblock_begin,
};
