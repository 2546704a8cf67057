/* compiled.h - what policy.c, rules.c and members.c make and the deciding files walk. Only for files in policy/. */
#ifndef OPSGATE_POLICY_COMPILED_H
#define OPSGATE_POLICY_COMPILED_H

#include "policy/hours.h"
#include "policy/names.h"
#include "policy/policy.h"
#include "policy/window.h"

/* ---- who: policy.c ---- */

struct compiled_person { /* one person in all systems */
    uint64_t *roles;     /* a bit for each role that names one of their principals itself */
    bool is_member;      /* of the workspace, whichever system they come from */
    bool is_listed;      /* in people: */
};
struct compiled_principal { /* a slot of an open-addressed table; system NULL: free */
    struct str system, id;
    const char *team; /* Slack: of this workspace only; NULL: whichever */
    size_t person;
};
struct principal_table {
    struct compiled_principal *slots;
    size_t room; /* a power of two, at most half full */
};
struct compiled_role {
    int64_t max_age_ms;
    size_t *sources; /* numbers of groups, teams and schedules */
    size_t sources_count;
};
struct compiled_source { /* who gives what: the other way round */
    size_t *roles;
    size_t roles_count;
};

/* ---- rules: rules.c ---- */

struct compiled_names { /* whom a rule means */
    const char **names; /* as the file has them */
    size_t count;
    uint64_t *bits; /* a bit for each role; NULL: none */
    bool has_everyone;
};
struct compiled_windows {
    struct window *list;
    size_t count;
    bool is_broken; /* one of them cannot be judged, and is not in the list */
};
struct compiled_rule {
    const struct rule_settings *settings;
    enum rule_kind kind;
    const char *text;     /* "opsgate.yaml:12" */
    const char *words;    /* of an allow, so that it is known wherever it stands later: "allow deploy on environment staging, to
                           * developer"; of a requirement that lets approve: "require approvals of lead for deploy"; else NULL */
    const char *identity; /* of a deny: identity.h; else NULL */
    struct compiled_names to, break_glass, approvers;
    struct compiled_windows during, window; /* `when.during`; `require.window` */
    size_t incident, no_incident; /* severities: `when.incident_at_least`, `require.no_incident_at_least` */
};

/* A rule stands in one group for each verb and place that it names, so that a question looks at few of them. The place is
 * the service; without one the environment; without one the database. */
enum place_kind { PLACE_ANY, PLACE_SERVICE, PLACE_ENVIRONMENT, PLACE_DATABASE, PLACE_KINDS };
struct rule_group { /* a slot of an open-addressed table; is_taken false: free */
    bool is_taken;
    enum place_kind kind;
    size_t verb, place; /* numbers; NAMES_NONE: every verb; PLACE_ANY has place 0 */
    const struct compiled_rule **rules[3]; /* by enum rule_kind, in the order of the file */
    size_t counts[3];
};
struct rule_index {
    struct names verbs, places[PLACE_KINDS];
    struct rule_group *groups;
    size_t room; /* a power of two, at most half full */
};

/* The rules of one kind that may speak of a question, in the order of the file, each once. */
#define WALK_GROUPS (2 * PLACE_KINDS)
struct rule_walk {
    const struct rule_group *groups[WALK_GROUPS];
    size_t groups_count;
    enum rule_kind kind;
    size_t at[WALK_GROUPS];
};

struct policy {
    const struct settings *settings;
    const char *team;   /* NULL: not known */
    struct names roles; /* names, and principals and sources that rules name in place of roles */
    size_t role_words;
    uint64_t *giving; /* a bit for each role of the file, and for each name that a rule gives something to */
    struct compiled_role *roles_of; /* by number of the role */
    struct names sources;           /* "slack-group:S0ENG" */
    struct compiled_source *sources_of;
    struct compiled_person *persons;
    size_t persons_count;
    struct principal_table principals;
    struct compiled_rule *rules;
    size_t rules_count;
    struct rule_index index;
    struct hours hours; /* of incidents */
    struct compiled_windows maintenance;
    const struct zone **zones; /* of maintenance.zones, which people may type, and then those of schedules */
    size_t zones_count, typed_zones_count;
};

struct compiler {
    struct policy *policy;
    const struct settings *settings;
    struct zones zones;
    struct arena *arena;
};

struct member { /* "slack:T012/U012AB3CD", taken apart */
    struct str system, id;
    const char *team;
};
struct member member_parse(const struct policy *policy, const char *text, struct arena *arena);
void principals_init(struct principal_table *table, size_t max, struct arena *arena);
/* The slot of this member, or the free one where it belongs. */
struct compiled_principal *principals_slot(const struct principal_table *table, const struct member *member);
const struct compiled_principal *principals_find(const struct principal_table *table,
                                                 const struct principal *principal); /* or NULL */

void rules_compile(const struct compiler *compiler);
struct compiled_windows windows_compile(const struct compiler *compiler, const char **texts, size_t count);
/* Groups that may speak of this; set `kind` and zero `at` before each walk: rules_begin does. */
void rules_look_up(const struct policy *policy, const struct question *question, struct rule_walk *walk);
void rules_begin(struct rule_walk *walk, enum rule_kind kind);
const struct compiled_rule *rules_next(struct rule_walk *walk); /* NULL: that was all */
bool rule_names_verb(const struct compiled_rule *rule, const char *verb); /* "*" names all */
#define NO_SEVERITY (SIZE_MAX - 1) /* asked for, but none of that name; NAMES_NONE: not asked for */
size_t severity_find(const struct settings *settings, const char *name); /* 0 is the worst; NULL: NAMES_NONE */

const struct compiled_person *policy_find_person(const struct policy *policy,
                                                 const struct principal *principal); /* or NULL */
bool policy_is_everyone(const struct policy *policy, const struct principal *principal,
                        const struct compiled_person *person);

/* ---- groups as they were read: members.c ---- */

struct grant { /* a role that somebody has by a source */
    size_t role, source; /* the source that was read last, of those that give it */
    int64_t read_at_ms;
};
struct grants {
    struct grant *list;
    size_t count;
};
/* Of this principal, or of the person that they are; NULL: no source names them. `members` may be NULL. */
const struct grants *members_grants(const struct members *members, const struct policy *policy,
                                  const struct principal *principal, const struct compiled_person *person);
int64_t members_read_at(const struct members *members, const struct policy *policy, size_t source); /* 0: never */
/* Whom only sources name; slots count them by `person`, below *ret_count. NULL: nothing was read. */
const struct principal_table *members_others(const struct members *members, const struct policy *policy,
                                             size_t *ret_count);

/* One of two principals whose addresses said once that they are one person. That withholds and never gives: whose address it
 * is can be changed by whoever administers either system. */
struct joined {
    const struct compiled_person *person; /* NULL: nobody whom the policy names */
    const struct grants *grants;          /* NULL: no source names them */
    bool is_everyone;
    const struct joined **with;
    size_t with_count;
};
const struct joined *members_joined(const struct members *members, const struct policy *policy,
                                    const struct principal *principal); /* NULL: with nobody */
bool members_are_joined(const struct members *members, const struct policy *policy, const struct principal *a,
                        const struct principal *b);

#endif
