/* membership.h - who is in the groups, teams and schedules that roles name: which there are, and how each is asked for.
 *
 * A source is written as roles write it: "slack-group:S0ENG", "github-team:acme/engineering", "pagerduty-schedule:PABC123".
 * READING_SLACK_GROUP, READING_GITHUB_TEAM, READING_PAGERDUTY_SCHEDULE: args membership_ask, result membership_read.
 * READING_SLACK_PEOPLE: args people_ask, result membership_read without members: whose addresses those are in Slack.
 */
#ifndef OPSGATE_MODEL_MEMBERSHIP_H
#define OPSGATE_MODEL_MEMBERSHIP_H

#include "bot/base/shape.h"
#include "bot/model/facts.h"

#define MEMBERSHIP_MAX 10000 /* members of one source: with more it cannot be read */
#define MEMBERSHIP_SOURCES_MAX 200 /* the others are never read, so nobody is in them */
#define PEOPLE_ASKED_MAX 50  /* addresses of one reading: one call each */

extern const struct shape membership_shape; /* struct membership */

struct membership_ask {
    const char *source;
};
extern const struct shape membership_ask_shape;

struct people_ask {
    const char **emails; /* PEOPLE_ASKED_MAX of them at most */
    size_t emails_count;
};
extern const struct shape people_ask_shape;

struct membership_email { /* as its system tells it, and holds it for proven */
    const char *member, *email;
};
struct membership_read {
    const char **members; /* principals, each once, in the order of strcmp: "slack:U012AB3CD" */
    size_t members_count;
    struct membership_email *emails; /* of those whose address is told; in lower case */
    size_t emails_count;
};
extern const struct shape membership_read_shape;

void membership_sort(const char **members, size_t *count); /* and each once */

struct settings;

/* The reading that asks for a source; NULL: it is none, but a principal. */
const char *membership_reading(const char *source);
/* What follows the colon: "S0ENG". */
const char *membership_id(const char *source);
/* Every source that a role or a rule names, each once, in their order, MEMBERSHIP_SOURCES_MAX at most; in the arena. */
const char **membership_sources(const struct settings *settings, struct arena *arena, size_t *ret_count);

#endif
