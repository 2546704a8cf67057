/* rights.h - a policy as a table: what each role may, verb by verb and place by place. Small enough to be kept, so that
 * whoever comes with another policy can say how the two differ (difference.h).
 *
 * A cell holds for somebody who has that one role and is one of `everyone`, with nothing known of the artifact, and nobody in
 * any group. What rests on the time, on open incidents or on where a request comes from is told with its condition: "not
 * during Sat,Sun UTC". So a table says the same whenever it is made, and has no line numbers in it. Pure.
 */
#ifndef OPSGATE_POLICY_RIGHTS_H
#define OPSGATE_POLICY_RIGHTS_H

#include "bot/model/settings.h"
#include "bot/model/verb.h"
#include "policy/zone.h"

#define RIGHTS_QUESTIONS_MAX 200000 /* of one table: half a second of asking, at most */
#define RIGHTS_NOT "not"
#define RIGHTS_FREELY "freely"
#define RIGHTS_RUNBOOK "runbook " /* and its name: a place where `run` is asked, and nothing else */
#define RIGHTS_BETWEEN "; " /* the conditions of a word */

struct rights_role {
    const char *name;     /* "everyone", or a role of the file */
    const char **members; /* as the file has them */
    size_t members_count;
    const char **cells; /* for each verb a text with one character for each place: which of `words`, counted from '0' */
    size_t cells_count;
};
struct rights {
    int64_t schema; /* of the words: of two tables with other schemas nobody can say how they differ */
    const char **verbs;
    size_t verbs_count;
    const char **places; /* "": none; "api/production", databases by their names, "runbook reset" */
    size_t places_count;
    const char **words; /* "not", "freely", "with 1 approval of release-manager; not during Sat,Sun UTC" */
    size_t words_count;
    struct rights_role *roles; /* everyone comes first */
    size_t roles_count;
};
extern const struct shape rights_shape;

struct rights_input {
    const struct settings *settings;
    struct zones zones;
    const struct verb *const *verbs; /* NULL-terminated; internal ones are nobody's right */
};
/* NULL: there is more to ask than RIGHTS_QUESTIONS_MAX. What it points to lives in the arena, and in the settings. */
struct rights *rights_of(const struct rights_input *input, struct arena *arena);

/* One that was stored; NULL: it is none, or one of a later version that means something else. */
const struct rights *rights_read(const char *text, struct arena *arena);

/* Why one may: one of `words`. A role, verb or place that the table does not have: as everyone; NULL; "not". */
const char *rights_word(const struct rights *rights, const char *role, const char *verb, const char *place);

#endif
