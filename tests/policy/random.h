/* random.h - policies, questions and facts by chance, out of a world so small that everything meets: five users in
 * two workspaces, some of them one person with a login elsewhere, four groups of any age, two services.
 *
 * Everything follows from the number a struct random begins with. Only for tests.
 */
#ifndef OPSGATE_TESTS_POLICY_RANDOM_H
#define OPSGATE_TESTS_POLICY_RANDOM_H

#include "bot/base/buf.h"
#include "bot/model/facts.h"
#include "bot/model/question.h"
#include "bot/model/settings.h"

#define RANDOM_TEAM "T0HOME" /* our workspace */

struct random {
    uint64_t state;
    struct arena *arena; /* of all that is made */
};
struct random random_begin(uint64_t number, struct arena *arena);
int64_t random_below(struct random *random, int64_t below);
bool random_chance(struct random *random, int percent);

struct random_policy {
    struct settings settings;
    struct membership sources[4];
    size_t sources_count;
    struct principal_join joins[3];
    size_t joins_count;
    int64_t now_ms; /* about which the ages of sources are spread */
    const char **identities; /* of the rules, for glasses that were broken before; NULL: of what is no deny */
};
struct rule_settings random_like(struct random *random, const struct rule_settings *deny); /* but for one thing */
void random_policy(struct random *random, struct random_policy *ret);
struct question random_question(struct random *random, const struct random_policy *policy);
struct facts random_facts(struct random *random, const struct random_policy *policy); /* members: none */

struct rule_settings random_deny(struct random *random);
struct principal random_principal(struct random *random);

/* For who looks for the reason of a difference. */
void random_policy_print(const struct random_policy *policy, struct buf *out);
void random_question_print(const struct question *question, const struct facts *facts, struct buf *out);

#endif
