/* together.c - words that could not be said for a while are said together.
 *
 * When Slack was away for an hour, or lets few through, each word would come by itself, late and one a second. So what
 * has waited as long as its kind says (joins_after_ms) goes with the words that wait behind it in its lane and may, in
 * one attempt: a message that tells each with its time. All of them stay effects of their own, in the store as they
 * were: each can be called off until the moment it goes, and ends by itself. The message names all their ids, so
 * whichever may have been said is found in it, and is not said again: what is recorded anew before it goes is nothing
 * at all.
 */
#include "bot/engine/internal.h"

#include "bot/model/delivery.h"
#include "bot/model/effect.h"

#include <string.h>

#define TOGETHER_MAX 50 /* as one message, so that nothing of it is cut: what is more follows in the next */
#define TOGETHER_MAX_BYTES (24 * 1024) /* likewise */

static bool may_join(const struct engine *e, const struct live_effect *effect)
{
    return (effect->record.can_join || PLANTED(TOGETHER_ANYHOW)) && !effect->goes_alone && !effect->record.cancelled &&
           effect->recorded_seq <= e->confirmed_seq && engine_steady_now(e) < effect->record.give_up_at_ms;
}

static int64_t waited_ms(const struct engine *e, const struct live_effect *effect)
{
    return effect->kind->give_up_ms - (effect->record.give_up_at_ms - engine_steady_now(e));
}

static bool begins_several(const struct engine *e, const struct live_effect *head)
{
    return head->kind->joins_after_ms > 0 && may_join(e, head) && waited_ms(e, head) >= head->kind->joins_after_ms;
}

/* What it has to say, as a part; false: it cannot be read, and goes alone. */
static bool read_part(const struct live_effect *effect, struct arena *arena, struct message_part *ret_part)
{
    struct message_delivery args;
    struct error ignored;

    if (!shape_from_json(&message_delivery_shape, effect->record.args, arena, &args, &ignored) || !args.reply.text)
        return false;
    *ret_part = (struct message_part){ .effect = effect->record.outside_id,
                                       .at_ms = effect->record.created_at_ms,
                                       .text = args.reply.text };
    return true;
}

struct gathering {
    struct message_delivery all;
    size_t bytes;
    struct arena *arena;
};

static void add(struct gathering *g, const struct message_part *part)
{
    if (!PLANTED(TOGETHER_CUT) || g->all.parts_count == 0)
        *ARENA_PUSH(g->arena, g->all.parts, g->all.parts_count) = *part;
    g->bytes += strlen(part->text);
}

static bool is_full(const struct gathering *g, const struct message_part *next)
{
    return g->all.more > 0 || g->all.parts_count >= TOGETHER_MAX || g->bytes + strlen(next->text) > TOGETHER_MAX_BYTES;
}

/* What does more than tell something is not passed: who is called into the channel is there when they are spoken of. */
static bool is_passed(const struct live_effect *head, const struct live_effect *behind)
{
    return behind->kind == head->kind || strcmp(behind->record.kind, EFFECT_CARD) == 0 ||
           behind->phase == EFFECT_ENDED || parking_holds(behind);
}

static void gather(struct engine *e, struct live_effect *head, struct gathering *g)
{
    struct live_effect *behind;
    struct message_part part;

    for (behind = head->next; behind && is_passed(head, behind); behind = behind->next) {
        if (behind->kind != head->kind || behind->phase != EFFECT_WAITING || !may_join(e, behind) ||
            !read_part(behind, g->arena, &part))
            continue;
        if (is_full(g, &part)) {
            g->all.more++;
            continue;
        }
        add(g, &part);
        behind->phase = EFFECT_IN_FLIGHT;
        behind->said_with = head;
    }
}

cJSON *together_begin(struct engine *e, struct live_effect *head)
{
    AUTO(arena) struct arena *arena = NULL;
    struct gathering g = { .bytes = 0 };
    struct message_part part;
    struct error ignored;

    if (!begins_several(e, head))
        return NULL;
    arena = g.arena = arena_create();
    if (!shape_from_json(&message_delivery_shape, head->record.args, arena, &g.all, &ignored) ||
        !read_part(head, arena, &part))
        return NULL;
    add(&g, &part);
    gather(e, head, &g);
    return shape_to_json(&message_delivery_shape, &g.all, SHAPE_WHOLE);
}

/* ---- what holds of one of them holds of the attempt ---- */

static bool is_several(const struct live_effect *head)
{
    const struct live_effect *effect;

    for (effect = head->next; effect; effect = effect->next)
        if (effect->said_with == head)
            return true;
    return false;
}

bool together_goes(const struct live_effect *effect)
{
    return effect->said_with || (effect->phase == EFFECT_IN_FLIGHT && is_several(effect));
}

bool together_is_first_try(const struct live_effect *head)
{
    const struct live_effect *effect;

    for (effect = head->next; effect; effect = effect->next)
        if (effect->said_with == head && (effect->is_inherited || effect->tries > 0))
            return false;
    return !head->is_inherited && head->tries == 0;
}

bool together_is_in_doubt(const struct live_effect *head)
{
    const struct live_effect *effect;

    for (effect = head->next; effect; effect = effect->next)
        if (effect->said_with == head && effect->is_inherited)
            return true;
    return head->is_inherited;
}

/* ---- its end ---- */

void together_let_go(struct engine *e, struct live_effect *head, const struct attempt_end *end)
{
    struct live_effect *effect;

    for (effect = head->next; effect; effect = effect->next) {
        if (effect->said_with != head)
            continue;
        effect->said_with = NULL;
        effect->phase = EFFECT_WAITING;
        lanes_count_try(effect, end);
        effect->is_inherited = effect->is_inherited || end->may_have_happened || end->is_unclear;
        if (effect->record.cancelled)
            lanes_end_cancelled(e, effect);
    }
}

static void go_alone(struct live_effect *head)
{
    struct live_effect *effect;

    for (effect = head->next; effect; effect = effect->next)
        if (effect->said_with == head)
            effect->goes_alone = true;
    head->goes_alone = true;
}

static void end_all(struct engine *e, struct live_effect *head, const cJSON *result)
{
    struct live_effect *effect;

    for (effect = head->next; effect; effect = effect->next) {
        if (effect->said_with != head)
            continue;
        effect->said_with = NULL;
        lanes_end(e, effect, END_DONE, result, NULL);
    }
}

bool together_ended(struct engine *e, struct live_effect *head, const struct attempt_end *end)
{
    bool are_refused = end->result == ATTEMPT_NEVER && is_several(head);

    if (end->result == ATTEMPT_DONE) {
        end_all(e, head, end->body);
        return false;
    }
    if (are_refused) {
        go_alone(head);
        head->is_inherited = head->is_inherited || end->is_unclear;
    }
    together_let_go(e, head, end);
    return are_refused;
}
