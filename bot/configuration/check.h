/* check.h - what no single row can see: names that mean nothing, contradictions, the same thing twice.
 *
 * Each check looks at one subject and tells everything wrong with it (walk_wrong), in any order. Texts may be NULL
 * where the walk has complained already.
 */
#ifndef OPSGATE_CONFIGURATION_CHECK_H
#define OPSGATE_CONFIGURATION_CHECK_H

#include "bot/configuration/walk.h"
#include "bot/model/request.h"

void check_systems(struct walk *walk, const struct settings *settings);  /* addresses, the store, tokens */
void check_dashboard(struct walk *walk, const struct settings *settings);
void check_services(struct walk *walk, const struct settings *settings); /* services, environments, databases */
void check_failover_runbook(struct walk *walk, const struct settings *settings,
                            const struct database_settings *database);
void check_backups(struct walk *walk, const struct settings *settings, const struct database_settings *database);
void check_protections(struct walk *walk, const struct settings *settings);           /* Cloud Armor */
void check_probes(struct walk *walk, const struct environment_settings *environment); /* it asks for some */
void check_url_path(struct walk *walk, const void *owner, const char *path);          /* its "path", or NULL */
void check_releases(struct walk *walk, const struct settings *settings);   /* what rolls out by itself, in whose name */
void check_policy(struct walk *walk, const struct settings *settings);     /* people, roles, rules */
void check_procedures(struct walk *walk, const struct settings *settings); /* incidents, the status page, runbooks */
void check_runbooks(struct walk *walk, const struct settings *settings);
void check_confirms(struct walk *walk, const struct settings *settings); /* of runbooks; check_confirms.c */
/* The words of a step that is a verb: as they stand, with their placeholders. */
bool check_read_step(struct walk *walk, const struct runbook_step *step, struct request *ret, struct error *err);
void check_asked(struct walk *walk, const struct settings *settings); /* its verbs; only where all else is good */
void check_audit(struct walk *walk, const struct settings *settings);
void check_maintenance(struct walk *walk, const struct settings *settings);
void check_schedules(struct walk *walk, const struct settings *settings); /* of runbooks; check_schedules.c */

/* ---- what they share ---- */

struct name_list { /* names that exist, for references and suggestions */
    const char **names;
    size_t count;
    bool is_partial; /* some could not be read, which was told: one that is not among these may exist all the same */
};
void name_list_add(struct name_list *list, const char *name,
                   struct arena *arena); /* NULL: one that could not be read */
bool name_list_has(const struct name_list *list, const char *name);

/* Tells that `key` needs a section of the file ("github") that is not there. */
void check_section(struct walk *walk, const struct settings *settings, const void *owner, const char *key, long element,
                   const char *section);
/* Tells "no such WHAT 'x'; did you mean 'y'?" unless `name` is NULL, or is or may be among the names. */
void check_reference(struct walk *walk, const void *owner, const char *key, long element, const char *what,
                     const char *name, const struct name_list *known);
/* Tells of every {name} in the text that is none of the known ones. check_procedures.c */
void check_placeholders(struct walk *walk, const void *owner, const char *key, long element, const char *text,
                        const struct name_list *known);
/* Tells that it is no address of the web; NULL: none is named. check_systems.c */
void check_url(struct walk *walk, const void *owner, const char *key, const char *url);
/* Tells that it is no channel of Slack's; NULL: none is named. check_systems.c */
void check_channel(struct walk *walk, const void *owner, const char *key, const char *channel);
/* Tells of each that is no window of time (policy/window.h). check_policy.c */
void check_windows(struct walk *walk, const void *owner, const char *key, const char **windows, size_t count);
/* Is it a principal as roles name it, "slack:U012AB3CD", and no group? check_policy.c */
bool check_is_principal(const char *text);
/* Letters, digits and '-', beginning with a letter or digit, lower case; and told when `seen` has it already. */
void check_name(struct walk *walk, const void *owner, const char *what, const char *name, struct name_list *seen);

struct name_list names_of_services(struct walk *walk, const struct settings *settings);
struct name_list names_of_service_environments(struct walk *walk, const struct settings *settings);
struct name_list names_of_environments(struct walk *walk,
                                       const struct settings *settings); /* of services and databases */
struct name_list names_of_databases(struct walk *walk, const struct settings *settings);
struct name_list names_of_targets(struct walk *walk,
                                  const struct settings *settings); /* service/environment, database */
struct name_list names_of_runbooks(struct walk *walk, const struct settings *settings);
struct name_list names_of_schedules(struct walk *walk, const struct settings *settings); /* of runbooks */
struct name_list names_of_roles(struct walk *walk, const struct settings *settings);
struct name_list names_of_severities(struct walk *walk, const struct settings *settings);
struct name_list names_of_tokens(struct walk *walk, const struct settings *settings);

#endif
