/* members.h - who is in the groups, teams and schedules that roles name? Read at each start, and every few minutes.
 *
 * One operation, "watch.members", is always at work where a role or a rule names one. It asks each source by itself, every
 * `policy.refresh`, as soon as Slack tells that a group has changed, and when somebody was refused because it is too old: one that cannot be read stops no other. What was read
 * stands in its record with the time of that reading, so ages survive whoever read it; a source that cannot be read keeps
 * what is known of it, and policy decides how old that may be. The engine makes what the record says ready for policy
 * (view.h, `members`). Who is on call by PagerDuty is joined with who that is in Slack (joins.h). It has one state, so that
 * looking leaves nothing in the journal; who came and who went does.
 */
#ifndef OPSGATE_HANDLERS_WATCH_MEMBERS_H
#define OPSGATE_HANDLERS_WATCH_MEMBERS_H

#include "bot/model/listener.h"
#include "bot/model/membership.h"
#include "bot/model/verb.h"
#include "handlers/watch/joins.h"

struct members_watch {
    struct membership *sources; /* as the configuration names them; read_at_ms by the store's clock */
    size_t sources_count;
    struct members_joins joins; /* of the members of schedules, and theirs alone */
    const char *unjoined;       /* why Slack could not be asked for people the last time; or NULL */
    const char **asked;         /* of these a reading is out */
    size_t asked_count;
    const char **heard;         /* and of these a change was told since it went out: what it brings may be older */
    size_t heard_count;
};
extern const struct shape members_watch_shape;

extern const struct machine machine_members_watch;

/* A listener's: of each group that is named it hears that it has changed. */
bool members_watch_hears(const struct view *view, const struct operation *operation, const struct outside_event *event);

#endif
