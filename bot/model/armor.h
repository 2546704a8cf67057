/* armor.h - a security policy of Cloud Armor: what is read of it, and the three changes that are made to it.
 *
 * READING_ARMOR (args armor_look; result armor_seen): its rules, and how far an operation of Google's is.
 * EFFECT_BLOCK (args armor_block; result {operation}) adds one rule. Its priority is named before, and Cloud Armor
 * takes one rule of each: so a second try of it cannot make a second rule. The rule's description holds the mark of the
 * operation that wanted it, by which it is known to be ours.
 * EFFECT_UNBLOCK (args armor_unblock; result {operation} or {is_gone}) takes one rule away, if it still is what it was.
 * EFFECT_DDOS (args armor_ddos; result {operation} or nothing) switches the adaptive protection, by the fingerprint of
 * what was read.
 */
#ifndef OPSGATE_MODEL_ARMOR_H
#define OPSGATE_MODEL_ARMOR_H

#include "bot/base/shape.h"

#define ARMOR_RANGES_MAX 10 /* Cloud Armor's, of a rule */

struct armor_place {
    const char *project, *policy;
};
extern const struct shape armor_place_shape;

struct armor_rule {
    int64_t priority;
    const char *action;      /* "deny(403)", "allow", ... */
    bool is_preview;         /* it only logs what it would do */
    const char *description; /* or NULL */
    const char **ranges;     /* of addresses; none: it is by an expression */
    size_t ranges_count;
};
extern const struct shape armor_rule_shape;

struct armor_look {
    struct armor_place place;
    const char *operation; /* of Google's, that is followed; or NULL */
};
extern const struct shape armor_look_shape;

struct armor_seen {
    struct armor_rule *rules; /* but the one for everybody */
    size_t rules_count;
    bool is_adaptive;    /* the defence against floods on layer 7 is on */
    const char *problem; /* how the operation failed; or NULL */
};
extern const struct shape armor_seen_shape;

struct armor_block {
    struct armor_place place;
    int64_t priority;
    const char *range;       /* "203.0.113.7/32" */
    const char *description; /* holds the mark */
    const char *mark;
    bool is_preview;
};
extern const struct shape armor_block_shape;

struct armor_unblock {
    struct armor_place place;
    int64_t priority;
    const char *range; /* the rule has it, and no other; NULL: `mark` alone says which it is */
    const char *mark;  /* its description holds it; NULL: it is a stranger's, and has to have `range` */
};
extern const struct shape armor_unblock_shape;

struct armor_ddos {
    struct armor_place place;
    bool is_on;
};
extern const struct shape armor_ddos_shape;

/* Does this rule hold the mark? */
bool armor_is_marked(const struct armor_rule *rule, const char *mark);
const struct armor_rule *armor_rule_at(const struct armor_seen *seen, int64_t priority);     /* or NULL */
const struct armor_rule *armor_rule_marked(const struct armor_seen *seen, const char *mark); /* or NULL */

#endif
