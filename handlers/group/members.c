#include "handlers/group/members.h"

#include "bot/model/plant.h"

#include <string.h>

static const struct shape_field member_rows[] = {
    ROW_STRING(group_member, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(group_member, verb, .flags = SHAPE_REQUIRED),
    ROW_STRINGS(group_member, words, .flags = SHAPE_NONZERO),
    ROW_STRINGS(group_member, needs, .flags = SHAPE_NONZERO),
    ROW_INT(group_member, state),
    ROW_STRING(group_member, operation, .flags = SHAPE_NONZERO),
    ROW_STRING(group_member, summary, .flags = SHAPE_NONZERO),
    ROW_STRING(group_member, result, .flags = SHAPE_NONZERO),
    ROW_BOOL(group_member, is_waiting, .flags = SHAPE_NONZERO),
    ROW_STRING(group_member, goes_on, .flags = SHAPE_NONZERO),
};
static const struct shape member_shape = SHAPE("a member of a group", group_member, member_rows);

static const struct shape_field stop_rows[] = {
    ROW_OBJECT(group_stop, by, &principal_shape),
    ROW_STRING(group_stop, source, .flags = SHAPE_NONZERO),
    ROW_STRING(group_stop, request_id, .flags = SHAPE_NONZERO),
};
static const struct shape stop_shape = SHAPE("who aborted a group", group_stop, stop_rows);

static const struct shape_field rows[] = {
    ROW_STRING(group_body, title, .flags = SHAPE_REQUIRED),
    ROW_STRING(group_body, version, .flags = SHAPE_NONZERO),
    ROW_OBJECT(group_body, tag, &registry_tag_shape),
    ROW_STRING(group_body, image, .flags = SHAPE_NONZERO),
    ROW_INT(group_body, image_until_ms, .flags = SHAPE_NONZERO),
    ROW_INT(group_body, image_looks, .flags = SHAPE_NONZERO),
    ROW_INT(group_body, max_parallel),
    ROW_INT(group_body, on_failure),
    ROW_STRING(group_body, reason, .flags = SHAPE_NONZERO),
    ROW_MAP(group_body, env, .flags = SHAPE_NONZERO | SHAPE_SECRET),
    ROW_OPTION(group_body, stop, &stop_shape),
    ROW_OBJECTS(group_body, members, &member_shape),
};
const struct shape group_body_shape = SHAPE("a group", group_body, rows);

struct group_member *members_find(const struct group_body *body, const char *name)
{
    for (size_t i = 0; name && i < body->members_count; i++)
        if (strcmp(body->members[i].name, name) == 0)
            return &body->members[i];
    return NULL;
}

struct group_member *members_find_operation(const struct group_body *body, const char *operation)
{
    for (size_t i = 0; operation && i < body->members_count; i++)
        if (body->members[i].operation && strcmp(body->members[i].operation, operation) == 0)
            return &body->members[i];
    return NULL;
}

struct group_member *members_find_kept(const struct group_body *body)
{
    for (size_t i = 0; i < body->members_count; i++)
        if (body->members[i].state == MEMBER_RUNNING && body->members[i].goes_on)
            return &body->members[i];
    return NULL;
}

bool members_wait(const struct group_body *body)
{
    for (size_t i = 0; i < body->members_count; i++)
        if (body->members[i].state == MEMBER_RUNNING && body->members[i].is_waiting)
            return true;
    return false;
}

size_t members_count(const struct group_body *body, enum group_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < body->members_count; i++)
        count += body->members[i].state == (int64_t)state;
    return count;
}

static bool is_ready(const struct group_body *body, const struct group_member *member)
{
    for (size_t i = 0; i < member->needs_count; i++) {
        const struct group_member *needed = members_find(body, member->needs[i]);

        if (needed && needed->state != MEMBER_DONE && !PLANTED(GROUP_UNORDERED))
            return false;
    }
    return true;
}

struct group_member *members_next(const struct group_body *body)
{
    for (size_t i = 0; i < body->members_count; i++)
        if (body->members[i].state == MEMBER_WAITING && is_ready(body, &body->members[i]))
            return &body->members[i];
    return NULL;
}

static const struct group_member *failed_need(const struct group_body *body, const struct group_member *member)
{
    for (size_t i = 0; i < member->needs_count; i++) {
        const struct group_member *needed = members_find(body, member->needs[i]);

        if (needed && (needed->state == MEMBER_FAILED || needed->state == MEMBER_SKIPPED))
            return needed;
    }
    return NULL;
}

void members_skip_dependents(struct group_body *body, struct arena *arena)
{
    bool is_changed = true;

    while (is_changed) {
        is_changed = false;
        for (size_t i = 0; i < body->members_count; i++) {
            struct group_member *member = &body->members[i];
            const struct group_member *needed = member->state == MEMBER_WAITING ? failed_need(body, member) : NULL;

            if (!needed)
                continue;
            member->state = MEMBER_SKIPPED;
            member->summary = arena_printf(arena, "it needs %s, which is not done", needed->name);
            is_changed = true;
        }
    }
}

void members_skip_waiting(struct group_body *body, const char *why)
{
    for (size_t i = 0; i < body->members_count; i++) {
        struct group_member *member = &body->members[i];

        if (member->state != MEMBER_WAITING)
            continue;
        member->state = MEMBER_SKIPPED;
        member->summary = why;
    }
}

/* ---- what came to nothing ---- */

#define NAMED_MAX 5 /* of one kind */

static const char *failure_of(const struct group_member *member, struct arena *arena)
{
    static const char *const others[] = { "refused", "superseded", "aborted" };

    for (size_t i = 0; member->operation && member->result && i < ARRAY_LEN(others); i++)
        if (strcmp(member->result, others[i]) == 0)
            return arena_printf(arena, "%s was %s", member->name, others[i]);
    return arena_printf(arena, "%s %s", member->name, member->operation ? "failed" : "was turned away");
}

static const char *join(const char *text, const char *separator, const char *more, struct arena *arena)
{
    return text ? arena_printf(arena, "%s%s%s", text, separator, more) : more;
}

static const char *failures(const struct group_body *body, struct arena *arena)
{
    const char *text = NULL;
    size_t count = 0;

    for (size_t i = 0; i < body->members_count; i++)
        if (body->members[i].state == MEMBER_FAILED && count++ < NAMED_MAX)
            text = join(text, "; ", failure_of(&body->members[i], arena), arena);
    return count > NAMED_MAX ? arena_printf(arena, "%s; and %zu more", text, count - NAMED_MAX) : text;
}

static bool is_skipped_for(const struct group_member *member, const char *why)
{
    return member->state == MEMBER_SKIPPED && member->summary && strcmp(member->summary, why) == 0;
}

static const char *skipped_for(const struct group_body *body, const char *why, struct arena *arena)
{
    const char *names = NULL;
    size_t count = 0;

    for (size_t i = 0; i < body->members_count; i++)
        if (is_skipped_for(&body->members[i], why) && count++ < NAMED_MAX)
            names = join(names, ", ", body->members[i].name, arena);
    if (count > NAMED_MAX)
        names = arena_printf(arena, "%s and %zu more", names, count - NAMED_MAX);
    return arena_printf(arena, "%s: %s", names, why);
}

static bool is_first_of_its_kind(const struct group_body *body, size_t at)
{
    const struct group_member *member = &body->members[at];

    for (size_t i = 0; i < at; i++)
        if (is_skipped_for(&body->members[i], member->summary))
            return false;
    return member->state == MEMBER_SKIPPED && member->summary;
}

const char *members_shortfall(const struct group_body *body, struct arena *arena)
{
    const char *text = failures(body, arena);
    size_t count = 0;

    for (size_t i = 0; i < body->members_count; i++)
        if (body->members[i].summary && is_first_of_its_kind(body, i) && count++ < NAMED_MAX)
            text = join(text, "; ", skipped_for(body, body->members[i].summary, arena), arena);
    return text ? text : "";
}

/* ---- circles ---- */

/* Follows needs from one member; a path longer than there are members has met one twice. */
static const char *circle_from(const struct group_body *body, size_t at, size_t depth, const char *path,
                               bool is_finished[GROUP_MEMBERS_MAX], struct arena *arena)
{
    const struct group_member *member = &body->members[at];

    if (depth > body->members_count)
        return path;
    if (is_finished[at])
        return NULL;
    for (size_t i = 0; i < member->needs_count; i++) {
        const struct group_member *needed = members_find(body, member->needs[i]);
        const char *found = NULL;

        if (needed)
            found =
                circle_from(body, (size_t)(needed - body->members), depth + 1,
                            depth < 8 ? arena_printf(arena, "%s, %s", path, needed->name) : path, is_finished, arena);
        if (found)
            return found;
    }
    is_finished[at] = true;
    return NULL;
}

const char *members_circle(const struct group_body *body, struct arena *arena)
{
    bool is_finished[GROUP_MEMBERS_MAX] = { false };

    for (size_t i = 0; i < body->members_count; i++) {
        const char *found = circle_from(body, i, 0, body->members[i].name, is_finished, arena);

        if (found)
            return found;
    }
    return NULL;
}
