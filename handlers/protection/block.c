/* block.c - `block`: addresses are kept away for a while, by a rule of ours. */
#include "handlers/protection/guarding.h"

#include "handlers/protection/protection.h"
#include "handlers/protection/range.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/plant.h"

#include <inttypes.h>
#include <string.h>

#define FOR_MS HOUR_MS
#define FOR_MIN_MS (10 * SECOND_MS)
#define TRIES_MAX 3
#define QUOTED_BYTES 60

static const struct verb_option options[] = {
    { .name = "for", .takes_value = true },
    { .name = "reason", .takes_value = true },
    { .name = "break-glass", .takes_value = true },
    { .name = "preview" },
    { .name = "dry-run" },
};

/* ---- words ---- */

static bool read_for(const struct view *view, const struct protection_settings *protection, const char *text,
                     struct protection_body *body, struct error *err)
{
    if (!text) {
        body->for_ms = FOR_MS < protection->max_for_ms ? FOR_MS : protection->max_for_ms;
        return true;
    }
    return (duration_parse(str_of(text), &body->for_ms, err) && body->for_ms >= FOR_MIN_MS &&
            body->for_ms <= protection->max_for_ms) ||
           error_set(err, ERR_INVALID,
                     "`for` takes a duration from 10s to %s (`max_for` of `%s`), such as `30m`, and not `%s`. Nothing "
                     "was done.",
                     duration_format(protection->max_for_ms).text, protection->name,
                     card_quote(str_of(text), QUOTED_BYTES, view->arena));
}

/* "for 1h" behind the addresses; or --for 1h. */
static bool read_how_long(const struct view *view, const struct typed *typed,
                          const struct protection_settings *protection, size_t *taken, struct protection_body *body,
                          struct error *err)
{
    const char *text = typed_option(typed, "for");

    if (!text && typed->words_count > *taken && strcmp(typed->words[*taken], "for") == 0) {
        text = typed->words_count > *taken + 1 ? typed->words[*taken + 1] : "";
        *taken += 2;
    }
    return read_for(view, protection, text, body, err);
}

static bool is_there(const struct view *view, const struct protection_body *body, struct error *err)
{
    size_t count;
    const struct operation *real = guarding_find_block(view, body->protection, body->range, false, &count);
    const struct operation *preview = guarding_find_block(view, body->protection, body->range, true, &count);

    if (real)
        error_set(
            err, ERR_CONFLICT,
            "*%s* blocks `%s` already (%s): `unblock %s` ends it, and then it can be blocked anew. Nothing was done.",
            real->id, body->range, real->state, body->range);
    else if (preview && body->is_preview)
        error_set(err, ERR_CONFLICT,
                  "*%s* is a preview of just that: `unblock %s` ends it, and then it can be begun anew. Nothing was "
                  "done.",
                  preview->id, preview->id);
    return real || (preview && body->is_preview);
}

static bool block_asks(const struct view *view, const struct request *request, struct question *ret_question,
                       const void **ret_arguments, struct error *err)
{
    struct protection_body *body = ARENA_NEW(view->arena, struct protection_body);
    const struct protection_settings *protection;
    struct network range;
    struct typed typed;
    const char *refusal;
    size_t taken = 0;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !guarding_read_protection(view, &typed, &protection, &taken, err) ||
        !guarding_read_range(view, typed.words_count > taken ? typed.words[taken] : NULL, &range, err))
        return false;
    taken++;
    guarding_fill(protection, verb_block.name, body);
    body->range = arena_strdup(view->arena, network_format(&range).text);
    body->is_preview = typed_option(&typed, "preview") != NULL;
    body->is_dry_run = typed_option(&typed, "dry-run") != NULL;
    if (!read_how_long(view, &typed, protection, &taken, body, err) ||
        !guarding_read_reason(view, &typed, taken, body, err))
        return false;
    refusal = range_refusal(view->settings, protection, &range, view->arena);
    if (refusal)
        return error_set(err, ERR_INVALID, "%s. Nothing was done.", refusal);
    if (is_there(view, body, err))
        return false;
    *ret_question = guarding_question(body, &request->principal, request->source);
    *ret_arguments = body;
    return true;
}

static bool only_looks(const void *value)
{
    const struct protection_body *body = value;

    return body->is_dry_run;
}

static void block_begin(const struct view *view, const struct request *request, const struct question *question,
                        const void *value, struct outcome *out)
{
    (void)request, (void)question;
    guarding_begin(view, value, out);
}

/* ---- it is looked at ---- */

/* Also of those whose rules are on their way. */
static bool is_promised(const struct guarding *g, int64_t priority)
{
    size_t count = g->view->list_operations(g->view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(g->view->arena, (count + 1) * sizeof(*all));

    g->view->list_operations(g->view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        const char *protection = json_find_string(all[i]->body, "protection");

        if (strcmp(all[i]->kind, machine_protection.kind) == 0 && strcmp(all[i]->id, g->operation->id) != 0 &&
            !operation_has_ended(all[i]) && protection && strcmp(protection, g->body->protection) == 0 &&
            json_find_int(all[i]->body, "priority", -1) == priority)
            return true;
    }
    return false;
}

static bool find_priority(const struct guarding *g, const struct armor_seen *seen, int64_t *ret_priority)
{
    for (int64_t i = g->body->priorities_from; i <= g->body->priorities_to; i++)
        if (!armor_rule_at(seen, i) && !is_promised(g, i)) {
            *ret_priority = i;
            return true;
        }
    return false;
}

static const char *becomes(const struct guarding *g)
{
    return arena_printf(g->view->arena,
                        g->body->is_preview ? "a preview of `%s` at `%s` for %s, which only logs, by rule %" PRId64
                                            : "`%s` blocked at `%s` for %s, by rule %" PRId64,
                        g->body->range, g->body->protection, duration_exact(g->body->for_ms).text, g->body->priority);
}

/* NULL: a rule of this priority would keep them away. */
static const char *in_vain(const struct guarding *g, const struct armor_seen *seen, int64_t priority)
{
    struct network range;
    struct error ignored;

    return network_parse(str_of(g->body->range), &range, &ignored)
               ? range_in_vain(seen, priority, &range, g->view->arena)
               : NULL;
}

static void on_looked(struct guarding *g, const struct armor_seen *seen)
{
    bool has_place = find_priority(g, seen, &g->body->priority);
    const char *why = in_vain(g, seen, has_place ? g->body->priority : g->body->priorities_to);

    if (why) {
        guarding_refuse(g, "`%s`: %s", g->body->range, why);
    } else if (!has_place) {
        guarding_refuse(
            g, "`%s` has no free priority from %" PRId64 " to %" PRId64 " any more: `blocks` tells what takes them",
            g->body->protection, g->body->priorities_from, g->body->priorities_to);
    } else {
        g->body->mark = g->operation->outside_id;
        g->body->becomes = becomes(g);
        guarding_go_on(g);
        if (!g->body->is_dry_run && !g->out->result)
            outcome_reply_line(g->out, "Cloud Armor takes minutes to act on it everywhere. Back: `unblock %s`",
                               guarding_handle(g->operation, g->body));
    }
}

/* ---- it is made ---- */

static void change(struct guarding *g)
{
    struct arena *arena = g->view->arena;
    struct armor_block block;

    g->body->until_ms = g->view->now_ms + g->body->for_ms;
    block = (struct armor_block){
        .place = g->body->place,
        .priority = g->body->priority,
        .range = g->body->range,
        .mark = g->body->mark,
        .is_preview = g->body->is_preview,
        .description = arena_printf(arena, "opsgate %s, by %s, until %s%s%s [%s]", g->operation->id,
                                    principal_text(&g->operation->requester, arena),
                                    time_format(g->body->until_ms + g->view->shift_ms).text,
                                    g->body->reason ? ": " : "", g->body->reason ? g->body->reason : "", g->body->mark),
    };
    outcome_effect(g->out,
                   (struct wanted_effect){
                       .kind = EFFECT_BLOCK,
                       .lane = arena_printf(arena, "armor:%s/%s", g->body->place.project, g->body->place.policy),
                       .tag = "change",
                       .args = shape_to_json(&armor_block_shape, &block, SHAPE_WHOLE),
                   });
    outcome_timer(g->out, "over", PLANTED(BLOCK_SHORT) ? g->body->until_ms - g->body->for_ms / 2 : g->body->until_ms);
}

static bool is_made(const struct protection_body *body, const struct armor_seen *seen)
{
    return armor_rule_marked(seen, body->mark) != NULL;
}

static bool tries_again(struct guarding *g, const struct armor_seen *seen)
{
    const char *why;

    if (g->view->now_ms >= g->body->until_ms || !armor_rule_at(seen, g->body->priority) ||
        ++g->body->tries >= TRIES_MAX ||
        !find_priority(g, seen, &g->body->priority))
        return false;
    why = in_vain(g, seen, g->body->priority);
    if (why) {
        g->body->problem = why;
        return false;
    }
    g->body->becomes = becomes(g);
    guarding_change(g);
    return true;
}

const struct guarding_way guarding_block = {
    .verb = "block",
    .title = "Block",
    .on_looked = on_looked,
    .change = change,
    .is_made = is_made,
    .on_made = guarding_stand,
    .tries_again = tries_again,
    .on_unseen = guarding_stay_unseen,
};

static const char *const details[] = {
    "`block 203.0.113.7 for 1h \"a scanner\"`: an address, or a range by its first one; 1h without `for`",
    "`--for 1h` is the same as `for 1h`",
    "PROTECTION: of several in the configuration, that one",
    "`--preview`: Cloud Armor only logs what it would keep away; a real block may stand beside it",
    "`--dry-run`: what would be done, and what policy says to it",
    BROKEN_DETAIL,
    "it ends by itself; `unblock` ends it before, `blocks` lists all",
    NULL,
};

const struct verb verb_block = {
    .name = "block",
    .usage = "block [PROTECTION] ADDRESSES [for DURATION] [REASON] [--preview] [--dry-run] [--break-glass TEXT]",
    .summary = "keep addresses away from the services for a while, by Cloud Armor",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .only_looks = only_looks,
    .takes_glass = true,
    .is_asked_again = true,
    .asks = block_asks,
    .begin = block_begin,
};
