/* joins.h - who is on call may act in Slack, too: people joined by the address that both systems tell. Pure.
 *
 * A member of a PagerDuty schedule is the full member of the workspace who has the same confirmed address (READING_SLACK_PEOPLE),
 * unless `people` names either of them with another one; an address that two of PagerDuty's have joins nobody. What Slack
 * told counts for half a day as a member of the schedule. For what nobody may do twice, or for themselves, those two stay one
 * person whatever is told afterwards, unless `people` says otherwise (policy/members.h). (`policy.join_by_email`)
 */
#ifndef OPSGATE_HANDLERS_WATCH_JOINS_H
#define OPSGATE_HANDLERS_WATCH_JOINS_H

#include "bot/model/membership.h"

struct members_join {
    const char *member, *email; /* "pagerduty:PXPGF42", and the address that PagerDuty tells */
    const char *is;             /* "slack:U012AB3CD"; NULL: nobody, as far as is known */
    int64_t at_ms;              /* the store's clock, when Slack last told that; 0: never */
    bool is_asked;              /* the reading that is out asks for it */
};
extern const struct shape members_join_shape;
extern const struct shape principal_join_shape; /* struct principal_join */

struct members_joins {
    struct members_join *list;
    size_t list_count;
    struct principal_join *ever; /* who was ever found to be one, the last found last */
    size_t ever_count;
};
#define JOINS_EVER_MAX 1000 /* of more the first found goes */

#define JOINS_MAX_BYTES (96 * 1024) /* that those of the list come to in the record: of more, some are not joined */

/* What a reading told of addresses, into the list, as far as there is room. */
void joins_take(struct members_joins *joins, const struct membership_read *found, struct arena *arena);
bool joins_are_full(const struct members_joins *joins);
/* Drops whom no source has any more. */
void joins_keep(struct members_joins *joins, const struct membership *sources, size_t count);
/* The addresses that Slack has to be asked for, PEOPLE_ASKED_MAX of them at most: those first that were longest not. */
const char **joins_wanted(struct members_joins *joins, const struct settings *settings, struct arena *arena,
                          size_t *ret_count);
/* Slack's answer to those; of the others what is known stays. */
void joins_learn(struct members_joins *joins, const struct settings *settings, const struct membership_read *told,
                 int64_t now_ms, struct arena *arena);
/* A source's members with those that they are in Slack, in order; the ones of before that were there by a join are not kept. */
void joins_apply(const struct members_joins *joins, struct membership_read *members, int64_t now_ms,
                 struct arena *arena);

#endif
