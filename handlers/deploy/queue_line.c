/* queue_line.c - who stands where in the line of a place, and how people read it. */
#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/queue.h"

#include "handlers/deploy/card.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/tune.h"

#include "bot/model/plant.h"

#include <inttypes.h>
#include <string.h>

#define NAME_BYTES 60

bool queue_read(const struct view *view, const struct operation *operation, struct queued *ret)
{
    struct deploy_body *body = ARENA_NEW(view->arena, struct deploy_body);
    struct error ignored;

    if (!operation || strcmp(operation->kind, machine_deploy.kind) != 0 || operation->schema != machine_deploy.schema ||
        !shape_from_json(&deploy_body_shape, operation->body, view->arena, body, &ignored))
        return false;
    *ret = (struct queued){ operation, body };
    return true;
}

/* ---- where it stands ---- */

static const struct target *target_of(const struct view *view, const struct operation *operation)
{
    return view->find_target(view->ctx, operation->target);
}

bool queue_has_target(const struct view *view, const struct operation *operation)
{
    const struct target *target = target_of(view, operation);

    return target && text_equal(target->holder, operation->id);
}

bool queue_waits(const struct view *view, const struct operation *operation)
{
    const struct target *target = target_of(view, operation);

    for (size_t i = 0; target && i < target->waiting_count; i++)
        if (text_equal(target->waiting[i], operation->id))
            return true;
    return false;
}

bool queue_is_before_line(const struct operation *operation)
{
    static const char *const states[] = { "pinning", "awaiting-artifact", "awaiting-checks", "awaiting-approval" };

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (text_equal(states[i], operation->state))
            return true;
    return false;
}

/* Ids count up: of two operations the later one has the greater number. */
static int64_t number_of(const struct operation *operation)
{
    struct error ignored;
    int64_t number = 0;

    parse_int(str_of(operation->id + 1), 0, INT64_MAX, &number, &ignored);
    return number;
}

const struct operation *queue_asked_with(const struct view *view, const struct operation *operation)
{
    const struct operation *parent = operation;

    while (operation_group(parent) && (parent = view->find_operation(view->ctx, parent->parent)) != NULL)
        operation = parent;
    return operation;
}

bool queue_is_later(const struct view *view, const struct operation *operation, const struct operation *than)
{
    return number_of(queue_asked_with(view, operation)) > number_of(queue_asked_with(view, than));
}

/* ---- who gives way ---- */

static bool has_setting(const struct deploy_body *body, const struct shape_pair *setting)
{
    for (size_t i = 0; i < body->env_count; i++)
        if (text_equal(body->env[i].key, setting->key) && text_equal(body->env[i].value, setting->value))
            return true;
    return false;
}

/* What the older one brings besides a version, the newer one brings too; and one that keeps the image brings no
 * version. */
static bool brings_all_of(const struct deploy_body *newer, const struct deploy_body *older)
{
    for (size_t i = 0; i < older->env_count; i++)
        if (!has_setting(newer, &older->env[i]))
            return false;
    return !newer->keeps_image || older->keeps_image;
}

/* What `set` changes no deploy brings, and what it is set over no `set` does: each has its turn.
 * A group keeps its word, whoever comes: its members run, in its order, or it is aborted as a whole. */
bool queue_supersedes(const struct view *view, struct queued newer, struct queued older)
{
    return text_equal(newer.operation->target, older.operation->target) && !newer.body->tune && !older.body->tune &&
           (!operation_group(older.operation) || PLANTED(MEMBER_SUPERSEDED)) && !older.body->is_way_back &&
           !newer.body->is_way_back && (!older.body->is_now || newer.body->is_now) &&
           (queue_is_later(view, newer.operation, older.operation) || PLANTED(LATER_SUPERSEDED)) &&
           brings_all_of(newer.body, older.body);
}

bool queue_find_aborted(const struct view *view, const struct operation *operation, struct queued *ret)
{
    const struct target *target = target_of(view, operation);
    const struct operation *holder = target && target->holder ? view->find_operation(view->ctx, target->holder) : NULL;

    return queue_read(view, holder, ret) && !ret->body->is_way_back && !holder->is_stuck &&
           !deploy_is_being_aborted(holder) && !irreversible_is_kept(holder, ret->body) &&
           queue_is_later(view, operation, holder);
}

/* ---- words ---- */

static const char *quoted_version(const struct view *view, const struct deploy_body *body)
{
    return body->tune ? tune_called(body->tune)
           : body->keeps_image
               ? "other settings"
               : arena_printf(view->arena, "`%s`", card_quote(str_of(body->version), NAME_BYTES, view->arena));
}

static const char *standing(const struct view *view, struct queued one)
{
    const char *halt = deploy_halt(one.operation->state, one.body, view->arena);

    if (one.body->returning)
        return ", its traffic goes back";
    if (halt)
        return arena_printf(view->arena, ", %s", halt);
    if (!queue_has_target(view, one.operation))
        return "";
    if (one.body->program || one.body->workflow)
        return ", under way";
    return arena_printf(view->arena, ", at %" PRId64 " %%", deploy_percent(one.body));
}

const char *queue_name(const struct view *view, struct queued one)
{
    const char *group = operation_group(one.operation);

    return arena_printf(view->arena, "%s%s%s (%s%s)", one.operation->id, group ? " of " : "", group ? group : "",
                        quoted_version(view, one.body), standing(view, one));
}

static const char *holder_name(const struct view *view, const char *id)
{
    const struct operation *holder = view->find_operation(view->ctx, id);
    struct queued one;

    if (queue_read(view, holder, &one))
        return queue_name(view, one);
    return holder ? arena_printf(view->arena, "%s (%s)", id, holder->kind) : id;
}

/* Those before it who do not give way to it. */
static size_t count_before(const struct view *view, const struct target *target, struct queued self)
{
    bool goes_ahead = self.body->is_now && !queue_waits(view, self.operation); /* of all but a way back */
    size_t count = 0;

    for (size_t i = 0; i < target->waiting_count && !text_equal(target->waiting[i], self.operation->id); i++) {
        struct queued other;

        count += !queue_read(view, view->find_operation(view->ctx, target->waiting[i]), &other) ||
                 (!queue_supersedes(view, self, other) && (!goes_ahead || other.body->is_way_back));
    }
    return count;
}

const char *queue_behind(const struct view *view, struct queued self)
{
    const struct target *target = target_of(view, self.operation);
    size_t before;

    if (!target || !target->holder || text_equal(target->holder, self.operation->id))
        return NULL;
    before = count_before(view, target, self);
    if (before == 0)
        return arena_printf(view->arena, "behind %s", holder_name(view, target->holder));
    return arena_printf(view->arena, "behind %s, %zu more before it", holder_name(view, target->holder), before);
}

const char *queue_now(const struct view *view, struct queued self)
{
    struct queued running;

    if (!self.body->is_now || operation_has_ended(self.operation) || !queue_is_before_line(self.operation))
        return NULL;
    return queue_find_aborted(view, self.operation, &running)
               ? arena_printf(view->arena, "aborts what runs there, now %s, and goes before all who wait",
                              queue_name(view, running))
               : "aborts what runs there by then, and goes before all who wait";
}

const char *queue_superseded(const struct view *view, struct queued self)
{
    const struct target *target = target_of(view, self.operation);
    const char *names = NULL;

    for (size_t i = 0; target && i < target->waiting_count; i++) {
        struct queued other;

        if (queue_read(view, view->find_operation(view->ctx, target->waiting[i]), &other) &&
            queue_supersedes(view, self, other))
            names = arena_printf(view->arena, "%s%s%s", names ? names : "", names ? ", " : "", queue_name(view, other));
    }
    return names;
}

static bool is_good_there(const struct view *view, const struct operation *operation)
{
    const struct target *target = target_of(view, operation);

    return target && target->good_count > 0 &&
           text_equal(target->good[target->good_count - 1].operation, operation->id);
}

const char *queue_overtaken(const struct view *view, struct queued self)
{
    const char *id = self.body->overtaken_by;
    const struct operation *live = id ? view->find_operation(view->ctx, id) : NULL,
                           *newer = live || !id ? live : view->find_ended(view->ctx, id);
    struct queued one;

    if (operation_has_ended(self.operation) || !queue_read(view, newer, &one))
        return NULL;
    if (is_good_there(view, newer))
        return arena_printf(view->arena, "%s was asked for later, and serves: this takes its place",
                            queue_name(view, one));
    if (operation_has_ended(newer) || deploy_is_being_aborted(newer))
        return NULL;
    return arena_printf(view->arena, "%s was asked for later, and goes first: this comes after it",
                        queue_name(view, one));
}
