/* check.h - what no single row can see: names that mean nothing, contradictions, the same thing twice.
 *
 * Each check looks at one subject and tells everything wrong with it (walk_wrong), in any order. Texts may be NULL
 * where the walk has complained already.
 */
#ifndef OPSGATE_CONFIGURATION_CHECK_H
#define OPSGATE_CONFIGURATION_CHECK_H

#include "bot/configuration/walk.h"

void check_systems(struct walk *walk, const struct settings *settings);    /* addresses, the store, tokens */
void check_services(struct walk *walk, const struct settings *settings);   /* services, environments, databases */
void check_probes(struct walk *walk, const struct environment_settings *environment); /* it asks for some */
void check_url_path(struct walk *walk, const void *owner, const char *path);          /* its "path", or NULL */
void check_releases(struct walk *walk, const struct settings *settings);   /* what rolls out by itself, in whose name */
void check_policy(struct walk *walk, const struct settings *settings);     /* people, roles, rules */
void check_procedures(struct walk *walk, const struct settings *settings); /* incidents, runbooks */

/* ---- what they share ---- */

struct name_list { /* names that exist, for references and suggestions */
    const char **names;
    size_t count;
};
void name_list_add(struct name_list *list, const char *name, struct arena *arena); /* NULL is passed over */
bool name_list_has(const struct name_list *list, const char *name);

/* Tells "no such WHAT 'x'; did you mean 'y'?" unless `name` is NULL or among the names. */
void check_reference(struct walk *walk, const void *owner, const char *key, long element, const char *what,
                     const char *name, const struct name_list *known);
/* Letters, digits and '-', beginning with a letter or digit, lower case; and told when `seen` has it already. */
void check_name(struct walk *walk, const void *owner, const char *what, const char *name, struct name_list *seen);

struct name_list names_of_services(const struct settings *settings, struct arena *arena);
struct name_list names_of_environments(const struct settings *settings,
                                       struct arena *arena); /* of services and databases */
struct name_list names_of_databases(const struct settings *settings, struct arena *arena);
struct name_list names_of_targets(const struct settings *settings,
                                  struct arena *arena); /* service/environment, database */
struct name_list names_of_roles(const struct settings *settings, struct arena *arena);
struct name_list names_of_severities(const struct settings *settings, struct arena *arena);

#endif
