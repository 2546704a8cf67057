/* compiled.h - what policy.c makes and decide.c walks. Only for files in policy/. */
#ifndef OPSGATE_POLICY_COMPILED_H
#define OPSGATE_POLICY_COMPILED_H

#include "policy/policy.h"

struct compiled_person { /* one person in all systems */
    uint64_t *roles;     /* a bit for each role */
    bool is_member;      /* of the workspace, whichever system they come from */
};
struct compiled_principal { /* a slot of an open-addressed table; system NULL: free */
    struct str system, id;
    const char *team; /* Slack: of this workspace only; NULL: whichever */
    size_t person;
};
struct compiled_rule {
    const struct rule_settings *settings;
    const char *text;      /* "opsgate.yaml:12" */
    uint64_t *to;          /* a bit for each role; NULL: for all */
    uint64_t *break_glass; /* likewise; NULL: nobody */
    bool to_everyone;
    bool has_unbuilt_condition;
};
struct compiled_verb { /* a slot of an open-addressed table; name NULL: free */
    const char *name;
    const struct compiled_rule **rules[3]; /* by enum rule_kind, in the order of the file */
    size_t counts[3];
};

struct policy {
    const struct settings *settings;
    const char *team;   /* NULL: not known */
    const char **roles; /* names, and principals that rules name in place of roles */
    size_t roles_count, role_words;
    struct compiled_person *persons;
    size_t persons_count;
    struct compiled_principal *principals;
    size_t principals_room; /* a power of two, at most half full */
    struct compiled_rule *rules;
    size_t rules_count;
    struct compiled_verb *verbs;
    size_t verbs_room;          /* likewise */
    struct compiled_verb other; /* a verb that no rule names: the rules for "*" */
};

const struct compiled_person *policy_find_person(const struct policy *policy,
                                                 const struct principal *principal); /* or NULL */
bool policy_is_everyone(const struct policy *policy, const struct principal *principal,
                        const struct compiled_person *person);
const struct compiled_verb *policy_find_verb(const struct policy *policy, const char *verb); /* never NULL */

#endif
