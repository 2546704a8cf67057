#include "handlers/watch/joins.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"

#include <stdlib.h>
#include <string.h>

#define COUNTS_MS (12 * HOUR_MS)
#define JOINED_SYSTEM "pagerduty:"
#define JOIN_BYTES 192     /* of one in the record, beside its texts: who it is in Slack, twice, the time, the names */
#define JOIN_MAX_BYTES 512 /* of one with the longest address */

static const struct shape_field rows[] = {
    ROW_STRING(members_join, member, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(members_join, email, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(members_join, is, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_INT(members_join, at_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(members_join, is_asked, .flags = SHAPE_NONZERO),
};
const struct shape members_join_shape = SHAPE("a person joined by an address", members_join, rows);

static const struct shape_field pair_rows[] = {
    ROW_STRING(principal_join, principal, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(principal_join, is, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
};
const struct shape principal_join_shape = SHAPE("two principals that are one person", principal_join, pair_rows);

static struct members_join *find(const struct members_joins *joins, const char *member)
{
    for (size_t i = 0; i < joins->list_count; i++)
        if (strcmp(joins->list[i].member, member) == 0)
            return &joins->list[i];
    return NULL;
}

/* In the record, once Slack has told who it is: here, with the pair in `ever`. */
static size_t bytes_of(const char *member, const char *email)
{
    return 2 * strlen(member) + strlen(email) + JOIN_BYTES;
}

static size_t bytes_of_list(const struct members_joins *joins)
{
    size_t bytes = 0;

    for (size_t i = 0; i < joins->list_count; i++)
        bytes += bytes_of(joins->list[i].member, joins->list[i].email);
    return bytes;
}

bool joins_are_full(const struct members_joins *joins)
{
    return bytes_of_list(joins) + JOIN_MAX_BYTES > JOINS_MAX_BYTES;
}

void joins_take(struct members_joins *joins, const struct membership_read *found, struct arena *arena)
{
    size_t bytes = bytes_of_list(joins);

    for (size_t i = 0; i < found->emails_count; i++) {
        const struct membership_email *told = &found->emails[i];
        struct members_join *join = find(joins, told->member);
        size_t more = bytes_of(told->member, told->email);

        if (join && strcmp(join->email, told->email) == 0)
            continue;
        if (!join && bytes + more > JOINS_MAX_BYTES)
            continue;
        if (!join)
            join = ARENA_PUSH(arena, joins->list, joins->list_count);
        bytes += more;
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

/* `slack` NULL: is there anybody in `people` who is this one in both systems? Else: is either of them somebody else
 * there? */
static bool is_named_otherwise(const struct settings *settings, const char *pagerduty, const char *slack)
{
    for (size_t i = 0; i < settings->people_count; i++) {
        const struct person_settings *person = &settings->people[i];

        if (text_equal(person->pagerduty, pagerduty) && person->slack)
            return true;
        if (slack && text_equal(person->slack, slack) && person->pagerduty && !text_equal(person->pagerduty, pagerduty))
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
    return settings->policy.join_by_email && !is_shared(joins, join) &&
           !is_named_otherwise(settings, membership_id(join->member), NULL);
}

static int by_look(const void *a, const void *b) /* those never looked for first, else as they are listed */
{
    const struct members_join *one = *(struct members_join *const *)a, *other = *(struct members_join *const *)b;

    return one->at_ms != other->at_ms ? (one->at_ms > other->at_ms) - (one->at_ms < other->at_ms)
                                      : (one > other) - (one < other);
}

const char **joins_wanted(struct members_joins *joins, const struct settings *settings, struct arena *arena,
                          size_t *ret_count)
{
    struct members_join **sorted = arena_alloc(arena, joins->list_count * sizeof(*sorted));
    const char **emails = NULL;
    size_t count = 0;

    for (size_t i = 0; i < joins->list_count; i++) {
        sorted[i] = &joins->list[i];
        sorted[i]->is_asked = false;
    }
    if (joins->list_count > 1)
        qsort(sorted, joins->list_count, sizeof(*sorted), by_look);
    for (size_t i = 0; i < joins->list_count && count < PEOPLE_ASKED_MAX; i++)
        if (is_wanted(joins, sorted[i], settings)) {
            sorted[i]->is_asked = true;
            *ARENA_PUSH(arena, emails, count) = sorted[i]->email;
        }
    *ret_count = count;
    return emails;
}

/* ---- what is known then ---- */

/* Does `people` say that those two are two persons? */
static bool is_disproved(const struct settings *settings, const struct principal_join *pair)
{
    const char *pagerduty = membership_id(pair->principal), *slack = membership_id(pair->is);

    for (size_t i = 0; i < settings->people_count; i++) {
        const struct person_settings *person = &settings->people[i];
        bool is_one = text_equal(person->pagerduty, pagerduty), is_other = text_equal(person->slack, slack);

        if (is_one != is_other && person->pagerduty && person->slack)
            return true;
    }
    return false;
}

static void remember(struct members_joins *joins, const struct settings *settings, struct arena *arena)
{
    size_t kept = 0, over;

    for (size_t i = 0; i < joins->list_count; i++) {
        const struct members_join *join = &joins->list[i];
        bool is_there = !join->is;

        for (size_t k = 0; k < joins->ever_count && !is_there; k++)
            is_there = text_equal(joins->ever[k].principal, join->member) && text_equal(joins->ever[k].is, join->is);
        if (!is_there)
            *ARENA_PUSH(arena, joins->ever, joins->ever_count) = (struct principal_join){ join->member, join->is };
    }
    over = joins->ever_count > JOINS_EVER_MAX ? joins->ever_count - JOINS_EVER_MAX : 0;
    for (size_t i = over; i < joins->ever_count; i++)
        if (!is_disproved(settings, &joins->ever[i]))
            joins->ever[kept++] = joins->ever[i];
    joins->ever_count = kept;
}

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
        const char *is = join->is_asked ? whose(told, join->email) : join->is;

        if (join->is_asked)
            join->at_ms = now_ms;
        join->is_asked = false;
        if (!is_wanted(joins, join, settings) ||
            (is && is_named_otherwise(settings, membership_id(join->member), membership_id(is))))
            is = NULL;
        join->is = arena_strdup(arena, is);
    }
    remember(joins, settings, arena);
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
