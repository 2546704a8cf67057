#include "handlers/watch/joins.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"

#include <string.h>

#define COUNTS_MS (12 * HOUR_MS)
#define JOINED_SYSTEM "pagerduty:"

static const struct shape_field rows[] = {
    ROW_STRING(members_join, member, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(members_join, email, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(members_join, is, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_INT(members_join, at_ms, .flags = SHAPE_NONZERO),
};
const struct shape members_join_shape = SHAPE("a person joined by an address", members_join, rows);

static struct members_join *find(const struct members_joins *joins, const char *member)
{
    for (size_t i = 0; i < joins->list_count; i++)
        if (strcmp(joins->list[i].member, member) == 0)
            return &joins->list[i];
    return NULL;
}

void joins_take(struct members_joins *joins, const struct membership_read *found, struct arena *arena)
{
    for (size_t i = 0; i < found->emails_count; i++) {
        const struct membership_email *told = &found->emails[i];
        struct members_join *join = find(joins, told->member);

        if (!join)
            join = ARENA_PUSH(arena, joins->list, joins->list_count);
        else if (strcmp(join->email, told->email) == 0)
            continue;
        *join = (struct members_join){ .member = told->member, .email = told->email };
    }
}

static bool is_member(const struct membership *source, const char *member)
{
    for (size_t i = 0; i < source->members_count; i++)
        if (strcmp(source->members[i], member) == 0)
            return true;
    return false;
}

void joins_keep(struct members_joins *joins, const struct membership *sources, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < joins->list_count; i++) {
        bool is_there = false;

        for (size_t k = 0; k < count && !is_there; k++)
            is_there = is_member(&sources[k], joins->list[i].member);
        if (is_there)
            joins->list[kept++] = joins->list[i];
    }
    joins->list_count = kept;
}

/* ---- whom to ask for ---- */

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* `slack` NULL: is there anybody in `people` who is this one in both systems? Else: is either of them somebody else
 * there? */
static bool is_named_otherwise(const struct settings *settings, const char *pagerduty, const char *slack)
{
    for (size_t i = 0; i < settings->people_count; i++) {
        const struct person_settings *person = &settings->people[i];

        if (is_same(person->pagerduty, pagerduty) && person->slack)
            return true;
        if (slack && is_same(person->slack, slack) && person->pagerduty && !is_same(person->pagerduty, pagerduty))
            return true;
    }
    return false;
}

static bool is_shared(const struct members_joins *joins, const struct members_join *one)
{
    for (size_t i = 0; i < joins->list_count; i++)
        if (&joins->list[i] != one && strcmp(joins->list[i].email, one->email) == 0)
            return true;
    return false;
}

static bool is_wanted(const struct members_joins *joins, const struct members_join *join,
                      const struct settings *settings)
{
    return !is_shared(joins, join) && !is_named_otherwise(settings, membership_id(join->member), NULL);
}

const char **joins_wanted(const struct members_joins *joins, const struct settings *settings, struct arena *arena,
                          size_t *ret_count)
{
    const char **emails = NULL;
    size_t count = 0;

    for (size_t i = 0; settings->policy.join_by_email && i < joins->list_count && count < PEOPLE_ASKED_MAX; i++)
        if (is_wanted(joins, &joins->list[i], settings))
            *ARENA_PUSH(arena, emails, count) = joins->list[i].email;
    *ret_count = count;
    return emails;
}

/* ---- what is known then ---- */

static const char *whose(const struct membership_read *told, const char *email)
{
    for (size_t i = 0; i < told->emails_count; i++)
        if (strcmp(told->emails[i].email, email) == 0)
            return told->emails[i].member;
    return NULL;
}

void joins_learn(struct members_joins *joins, const struct settings *settings, const struct membership_read *told,
                 int64_t now_ms, struct arena *arena)
{
    for (size_t i = 0; i < joins->list_count; i++) {
        struct members_join *join = &joins->list[i];
        const char *is = is_wanted(joins, join, settings) ? whose(told, join->email) : NULL;

        if (is && is_named_otherwise(settings, membership_id(join->member), membership_id(is)))
            is = NULL;
        join->is = arena_strdup(arena, is);
        join->at_ms = is ? now_ms : 0;
    }
}

void joins_apply(const struct members_joins *joins, struct membership_read *members, int64_t now_ms,
                 struct arena *arena)
{
    struct membership_read with = { 0 };

    for (size_t i = 0; i < members->members_count; i++) {
        const struct members_join *join = find(joins, members->members[i]);

        if (str_starts_with(str_of(members->members[i]), JOINED_SYSTEM))
            *ARENA_PUSH(arena, with.members, with.members_count) = members->members[i];
        if (join && join->is && now_ms - join->at_ms <= COUNTS_MS)
            *ARENA_PUSH(arena, with.members, with.members_count) = join->is;
    }
    membership_sort(with.members, &with.members_count);
    members->members = with.members;
    members->members_count = with.members_count;
}
