/* members.c - who is in which group, as the record of the machine that reads it says (verb.h, `memberships`): seen by
 * handlers as view.memberships and by policy as view.members, and new whenever that record is. Of two such records the
 * older one counts. */
#include "bot/engine/internal.h"

#include "policy/members.h"

void members_forget(struct engine *e, const struct live_operation *live)
{
    if (e->members.of != live)
        return;
    arena_destroy(e->members.compiled_again_in);
    e->members = (struct known_members){ 0 };
}

void members_compile_again(struct engine *e)
{
    struct known_members *known = &e->members;

    if (!known->of)
        return;
    arena_destroy(known->compiled_again_in);
    known->compiled_again_in = arena_create();
    known->compiled = members_compile(e->config.policy, known->list, known->count, known->compiled_again_in);
}

void members_learn(struct engine *e, const struct live_operation *live)
{
    struct known_members *known = &e->members;

    if (!live->machine || !live->machine->memberships)
        return;
    if (!records_find_running(e, live->record.id)) {
        members_forget(e, live);
        return;
    }
    if (known->of && known->of != live && known->of->record.created_at_ms <= live->record.created_at_ms)
        return;
    arena_destroy(TAKE(known->compiled_again_in));
    e->target_changes++; /* bot/targets_copy.h has both */
    known->of = live;
    known->list = live->machine->memberships(live->body, &known->count);
    known->compiled = members_compile(e->config.policy, known->list, known->count, live->arena);
}

const struct membership *engine_memberships(const struct engine *engine, size_t *ret_count)
{
    *ret_count = engine->members.count;
    return engine->members.list;
}
