#include "handlers/deploy/revision.h"

#include "handlers/deploy/keep.h"
#include "handlers/deploy/split.h"

#include <string.h>

#define REVISION_MAX 63

/* The operation's id makes it unique for people, six digits of the outside id make it unique for good. */
const char *deploy_revision_name(const struct view *view, const struct operation *operation,
                                 const struct deploy_body *body)
{
    const char *id = operation->outside_id, *digits = id + (strlen(id) > 6 ? strlen(id) - 6 : 0);
    const char *tag = deploy_tag(view, operation);
    int room = REVISION_MAX - (int)strlen(tag) - (int)strlen("--") - (int)strlen(digits);

    return arena_printf(view->arena, "%.*s-%s-%s", room, body->place.service, tag, digits);
}

const char *deploy_tag(const struct view *view, const struct operation *operation)
{
    return arena_printf(view->arena, "d%s", operation->id + 1);
}

/* "d1042" on the revision that is named after the same deploy. */
static bool is_our_tag(const struct run_share *share, struct arena *arena)
{
    const char *tag = share->tag;

    return tag && tag[0] == 'd' && tag[1] && strspn(tag + 1, "0123456789") == strlen(tag + 1) &&
           strstr(share->revision, arena_printf(arena, "-%s-", tag));
}

/* "d1042-old" on whatever it was that had no tag of ours. */
static bool is_given_tag(const struct run_share *share)
{
    size_t digits = share->tag && share->tag[0] == 'd' ? strspn(share->tag + 1, "0123456789") : 0;

    return digits > 0 && strcmp(share->tag + 1 + digits, "-old") == 0;
}

const char *deploy_find_tag(const struct run_service *service, const char *revision, struct arena *arena)
{
    for (size_t i = 0; i < service->wanted_count; i++) {
        const struct run_share *share = &service->wanted[i];

        if (share->revision && strcmp(share->revision, revision) == 0 &&
            (is_our_tag(share, arena) || is_given_tag(share)))
            return share->tag;
    }
    return NULL;
}

const char *deploy_given_tag(const struct view *view, const struct operation *operation)
{
    return arena_printf(view->arena, "%s-old", deploy_tag(view, operation));
}

static bool has_traffic(const struct run_service *service, const char *revision)
{
    for (size_t i = 0; i < service->wanted_count; i++)
        if (service->wanted[i].percent > 0 && strcmp(service->wanted[i].revision, revision) == 0)
            return true;
    return false;
}

/* When it was left: the next good version came. 0: nobody knows, or it was not left. */
static int64_t left_at(const struct target *target, const char *revision)
{
    for (size_t i = 0; target && i + 1 < target->good_count; i++)
        if (strcmp(target->good[i].revision, revision) == 0)
            return target->good[i + 1].at_ms;
    return 0;
}

static bool is_kept(const struct view *view, const char *target, const struct deploy_body *body, const char *revision)
{
    int64_t at_ms = left_at(view->find_target(view->ctx, target), revision);

    return (at_ms > 0 && view->now_ms - at_ms < body->keep_ms) || keep_is_at(view, target, revision);
}

/* Left as bad, and not good since. */
static const struct target_version *find_bad(const struct target *target, const char *revision)
{
    const struct target_version *bad = NULL;

    for (size_t i = 0; i < target->bad_count; i++)
        if (strcmp(target->bad[i].revision, revision) == 0)
            bad = &target->bad[i];
    for (size_t i = 0; bad && i < target->good_count; i++)
        if (strcmp(target->good[i].revision, revision) == 0 && target->good[i].at_ms > bad->at_ms)
            return NULL;
    return bad;
}

const struct target_version *deploy_find_bad_share(const struct view *view, const char *name,
                                                   const struct run_service *service, int64_t *ret_percent)
{
    const struct target *target = view->find_target(view->ctx, name);
    struct split split = split_asked(service, view->arena);

    for (size_t i = 0; target && i < split.count; i++) {
        const struct target_version *bad = find_bad(target, split.shares[i].revision);
        int64_t percent = split_percent(split, split.shares[i].revision); /* it may have several rows */

        if (bad && (percent < 100 || target->doubt)) {
            *ret_percent = percent;
            return bad;
        }
    }
    return NULL;
}

bool deploy_is_bad_in_doubt(const struct view *view, const char *name, const char *revision)
{
    const struct target *target = view->find_target(view->ctx, name);

    return target && target->doubt && find_bad(target, revision);
}

void deploy_remember_split(const struct view *view, const char *target, struct deploy_body *body,
                           const struct run_service *service)
{
    body->previous = service->serving;
    body->before = NULL;
    body->before_count = 0;
    body->remove_tags = NULL;
    body->remove_tags_count = 0;
    for (size_t i = 0; i < service->wanted_count; i++) {
        const struct run_share *share = &service->wanted[i];

        if (share->percent > 0)
            *ARENA_PUSH(view->arena, body->before, body->before_count) = *share;
        else if ((is_our_tag(share, view->arena) || is_given_tag(share)) && !has_traffic(service, share->revision) &&
                 strcmp(share->revision, service->serving) != 0 && !is_kept(view, target, body, share->revision))
            *ARENA_PUSH(view->arena, body->remove_tags, body->remove_tags_count) = share->tag;
    }
    body->split = body->before;
    body->split_count = body->before_count;
}
