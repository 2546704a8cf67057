#include "handlers/failover/preflight.h"

#include "handlers/failover/failover.h"
#include "handlers/figures.h"

#include "bot/model/card.h"

#define LAG_MAX_AGE_MS (5 * MINUTE_MS) /* older, it tells nothing of now */
#define LOSE_UNIT_MS (5 * SECOND_MS)   /* what is offered to be accepted is rounded up */
#define LOSE_UNNAMED_MS LOSE_UNIT_MS   /* where nobody named how much may be lost, more has to be accepted */
#define QUOTED_BYTES 200

struct judging {
    const struct view *view;
    const struct failover_plan *plan;
    const struct database_seen *seen;
    struct preflight *found;
};

static const char *quote(const struct view *view, const char *words)
{
    return card_quote(str_of(words ? words : "nothing"), QUOTED_BYTES, view->arena);
}

static const char *ago(const struct view *view, int64_t at_ms)
{
    int64_t age_ms = view_unix_ms(view) - at_ms;

    return arena_printf(view->arena, "%s ago", duration_about(age_ms > 0 ? age_ms : 0).text);
}

static void refuse(struct judging *j, const char *refusal, const char *next)
{
    if (j->found->refusal)
        return;
    j->found->refusal = refusal;
    j->found->next = next;
}

static void lack(struct judging *j, const char *option, const char *why)
{
    struct arena *arena = j->view->arena;

    j->found->lacks = arena_printf(arena, "%s %s", j->found->lacks, option);
    j->found->why = j->found->why ? arena_printf(arena, "%s; and %s", j->found->why, why) : why;
}

/* ---- by which way ---- */

static const char *method_of(const struct judging *j)
{
    if (j->plan->place.region)
        return j->seen->has_standby ? DATABASE_MEMORYSTORE : NULL;
    if (j->plan->promotes)
        return j->plan->place.replica ? DATABASE_PROMOTION : NULL;
    if (j->seen->state && j->seen->has_standby)
        return DATABASE_STANDBY;
    return j->plan->place.replica ? DATABASE_PROMOTION : NULL;
}

static void refuse_without_way(struct judging *j)
{
    struct arena *arena = j->view->arena;
    const char *kind = j->seen->kind ? quote(j->view, j->seen->kind) : "of a kind that Google does not tell";

    if (j->plan->place.region)
        refuse(j, arena_printf(arena, "it is %s, which has no replica", kind),
               "Only the tier STANDARD_HA can be failed over.");
    else if (j->plan->promotes)
        refuse(j, "no replica is configured", "Name its `replica` under `databases` in the configuration.");
    else
        refuse(j, arena_printf(arena, "it is %s, which has no standby, and no replica is configured", kind),
               "Restore a backup into another instance, or name its `replica` under `databases`.");
}

/* ---- is it in a state for that? ---- */

static void judge_replica(struct judging *j)
{
    const struct database_replica *replica = j->seen->replica;
    struct arena *arena = j->view->arena;

    if (!replica)
        refuse(j, "its replica was not read", NULL);
    else if (text_equal(replica->type, "CLOUD_SQL_INSTANCE"))
        refuse(j, arena_printf(arena, "`%s` is no replica any more: it is a primary of its own", replica->name),
               "Point the services there, and name a new replica in the configuration.");
    else if (!text_equal(replica->state, "RUNNABLE"))
        refuse(j, arena_printf(arena, "its replica `%s` is %s", replica->name, quote(j->view, replica->state)),
               "Look at the replica in the console.");
}

static void judge_state(struct judging *j)
{
    const char *wanted = j->plan->place.region ? "READY" : "RUNNABLE";
    const char *otherwise = j->plan->place.replica ? "`--promote` makes its replica a primary, for good." : NULL;

    if (text_equal(j->found->method, DATABASE_PROMOTION))
        judge_replica(j);
    else if (!text_equal(j->seen->state, wanted))
        refuse(j,
               arena_printf(j->view->arena, "it is %s, and can be failed over only while it is %s",
                            quote(j->view, j->seen->state), wanted),
               otherwise);
    else if (j->seen->is_stopped)
        refuse(j, "its owner has stopped it (activationPolicy NEVER)", "Start it first.");
    else if (text_equal(j->found->method, DATABASE_STANDBY) && !j->seen->settings_version)
        refuse(j, "Cloud SQL does not tell its settingsVersion, which guards a failover", NULL);
}

/* What is at work on a primary that is left behind is in nobody's way. */
static void judge_running(struct judging *j)
{
    bool is_promotion = text_equal(j->found->method, DATABASE_PROMOTION);
    const struct database_operation *running = !is_promotion      ? j->seen->running
                                               : j->seen->replica ? j->seen->replica->running
                                                                  : NULL;

    if (running)
        refuse(j,
               arena_printf(j->view->arena, "`%s` is at work on it, begun %s%s%s", quote(j->view, running->type),
                            ago(j->view, running->began_at_ms), running->user ? " by " : "",
                            running->user ? quote(j->view, running->user) : ""),
               "Ask again when it is over.");
}

/* A promotion cannot be undone: that the primary did not answer once is not why anybody wants one. */
static void judge_way(struct judging *j)
{
    if (text_equal(j->found->method, DATABASE_PROMOTION) && !j->plan->promotes && !j->seen->state)
        lack(j, "--promote",
             arena_printf(j->view->arena,
                          "its primary cannot be read, so nobody knows whether a standby could take over (%s)",
                          quote(j->view, j->seen->problem)));
}

/* ---- how soon after another? ---- */

/* Of ours alone: Memorystore keeps no list by kind. */
static int64_t our_last_ms(const struct judging *j)
{
    const struct view *view = j->view;
    size_t count = view->list_ended(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));
    int64_t last_ms = 0;

    count = view->list_ended(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (text_equal(all[i]->kind, machine_failover.kind) && text_equal(all[i]->target, j->plan->database) &&
            json_find_int(all[i]->body, "sent_at_ms", 0) > last_ms)
            last_ms = json_find_int(all[i]->body, "sent_at_ms", 0);
    return last_ms > 0 ? last_ms + view->shift_ms : 0;
}

static void judge_cool_down(struct judging *j)
{
    int64_t ours_ms = our_last_ms(j), last_ms = j->seen->last_failover ? j->seen->last_failover->began_at_ms : 0;

    last_ms = ours_ms > last_ms ? ours_ms : last_ms;
    if (last_ms > 0 && view_unix_ms(j->view) - last_ms < j->plan->cool_down_ms && !j->plan->is_again)
        lack(j, "--again",
             arena_printf(j->view->arena, "it was failed over %s, and its cool-down is %s", ago(j->view, last_ms),
                          duration_about(j->plan->cool_down_ms).text));
}

/* ---- what may be lost ---- */

static int64_t limit_ms(const struct failover_plan *plan)
{
    int64_t limit = plan->max_lag_ms          ? plan->max_lag_ms
                    : plan->recovery_point_ms ? plan->recovery_point_ms
                                              : LOSE_UNNAMED_MS;

    return plan->lose_ms > limit ? plan->lose_ms : limit;
}

const char *preflight_accepted(const char *method, const struct failover_plan *plan, struct arena *arena)
{
    if (!text_equal(method, DATABASE_PROMOTION))
        return NULL;
    return arena_printf(arena, "at most %s%s", duration_about(limit_ms(plan)).text,
                        plan->takes_unknown ? ", or however much nobody knows of" : "");
}

static void judge_unknown(struct judging *j, const char *why)
{
    j->found->loss = arena_printf(j->view->arena, "*not known*: %s", why);
    if (!j->plan->takes_unknown)
        lack(j, "--lose unknown", arena_printf(j->view->arena, "nobody knows how much would be lost (%s)", why));
}

static void judge_promotion_loss(struct judging *j)
{
    const struct database_lag *lag = &j->seen->lag;
    struct arena *arena = j->view->arena;
    int64_t limit = limit_ms(j->plan), offer;

    if (!lag->is_known) {
        judge_unknown(j, lag->why ? quote(j->view, lag->why) : "the replica's lag was not read");
        return;
    }
    if (view_unix_ms(j->view) - lag->at_ms > LAG_MAX_AGE_MS) {
        judge_unknown(j, arena_printf(arena, "the replica's lag is of %s", ago(j->view, lag->at_ms)));
        return;
    }
    j->found->is_loss_known = true;
    j->found->loss_ms = lag->lag_ms;
    j->found->loss =
        arena_printf(arena, "*%s* of writes: so far the replica was behind %s",
                     lag->lag_ms ? duration_about(lag->lag_ms).text : "less than 1 s", ago(j->view, lag->at_ms));
    if (lag->lag_ms <= limit)
        return;
    offer = (lag->lag_ms + LOSE_UNIT_MS - 1) / LOSE_UNIT_MS * LOSE_UNIT_MS;
    lack(j, arena_printf(arena, "--lose %s", duration_format(offer).text),
         arena_printf(arena, "it would lose %s, and %s at most %s", duration_about(lag->lag_ms).text,
                      j->plan->lose_ms >= limit    ? "you accepted"
                      : j->plan->max_lag_ms        ? "its `max_lag` is"
                      : j->plan->recovery_point_ms ? "its `recovery_point` is"
                                                   : "without `max_lag` and `recovery_point` it may lose",
                      duration_about(limit).text));
}

static void judge_memorystore_loss(struct judging *j)
{
    const struct database_lag *lag = &j->seen->lag;
    struct arena *arena = j->view->arena;
    const char *much = lag->is_known
                           ? arena_printf(arena, "%s bytes were not copied %s",
                                          figure_count((double)lag->lag_bytes, arena), ago(j->view, lag->at_ms))
                           : arena_printf(arena, "*not known*: %s", lag->why ? quote(j->view, lag->why) : "");

    j->found->loss =
        j->plan->forces
            ? arena_printf(arena, "%s; by `--force-data-loss` all of that is lost", much)
            : arena_printf(arena, "%s; Memorystore refuses it when that is too much (LIMITED_DATA_LOSS)", much);
}

static void judge_loss(struct judging *j)
{
    if (text_equal(j->found->method, DATABASE_PROMOTION))
        judge_promotion_loss(j);
    else if (text_equal(j->found->method, DATABASE_MEMORYSTORE))
        judge_memorystore_loss(j);
    else {
        j->found->loss = "nothing that was committed: the standby has the same disk, written in both zones";
        j->found->is_loss_known = true;
    }
}

struct preflight preflight_judge(const struct view *view, const struct failover_plan *plan,
                                 const struct database_seen *seen)
{
    struct preflight found = { .lacks = "" };
    struct judging j = { view, plan, seen, &found };

    found.method = method_of(&j);
    if (!found.method) {
        refuse_without_way(&j);
        return found;
    }
    judge_running(&j);
    judge_state(&j);
    judge_way(&j);
    judge_loss(&j);
    judge_cool_down(&j);
    return found;
}
