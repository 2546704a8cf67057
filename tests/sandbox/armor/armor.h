/* armor.h - Compute Engine's security policies (Cloud Armor) below /compute: rules added and removed in time, the
 * adaptive protection, and operations that may fail.
 *
 * A change is an operation that takes `take_ms`; until then the policy is as it was, but its priority is taken. The
 * world's lock is held. Spec: https://cloud.google.com/compute/docs/reference/rest/v1/securityPolicies
 */
#ifndef SANDBOX_ARMOR_ARMOR_H
#define SANDBOX_ARMOR_ARMOR_H

#include "google/error.h"
#include "google/tokens.h"

struct armor {
    cJSON *policies;   /* as the API shows them */
    cJSON *operations; /* {shown, policy, what, rule | priority | config, done_at_ms, over?}: newest last */
    cJSON *denied;     /* permissions that the caller lacks */
    char *fail_next;   /* why the next operation fails, or NULL */
    int64_t take_ms, last_n;
};

struct armor *armor_create(void);
void armor_destroy(struct armor *armor);
bool armor_advance(struct armor *armor, int64_t now_ms); /* did anything end? */
cJSON *armor_state(const struct armor *armor);
/* {take_ms?, deny?: [permission], fail_next?: MESSAGE, rule?: {priority, ...}, remove?: PRIORITY, change?: {priority,
 * ...}, finish?: true}: of the policy edge-policy, by other hands and at once. */
bool armor_change(struct armor *armor, const cJSON *value, struct error *err);
void armor_serve(struct armor *armor, const struct tokens *tokens, const struct request *request, struct reply *reply);

/* ---- between the files here ---- */

cJSON *armor_find_rule(const cJSON *policy, int64_t priority);
void armor_touch(struct armor *armor, cJSON *policy); /* another fingerprint */
bool armor_check_rule(const cJSON *policy, const cJSON *rule, struct google_error *err);

#endif
