/* world_database.h - databases at Google, as world_sql.c and world_redis.c share them: instances, their backups, and
 * what is at work on them. Of an instance one operation runs at a time.
 */
#ifndef OPSGATE_SIMULATION_WORLD_DATABASE_H
#define OPSGATE_SIMULATION_WORLD_DATABASE_H

#include "tests/simulation/world_internal.h"

#define DATABASE_PROJECT "acme"
#define DATABASE_REGION "us-central1"
#define DATABASE_ACCOUNT "opsgate@acme.iam.gserviceaccount.com"
#define DATABASE_PERSON "dba@acme.example"

struct database { /* an instance */
    const char *name;
    const char *kind;         /* "REGIONAL", "ZONAL"; Memorystore's: its tier */
    const char *zone, *other; /* of its primary now; where that moves to */
    const char *primary;      /* of a replica; NULL: it is one itself */
    bool is_redis;
    int64_t settings_version;
    struct database_work *running;
};
struct database_backup {
    const char *id, *instance, *type, *status, *description; /* description may be NULL */
    int64_t began_ms, ended_ms;                              /* unix; ended: 0 while it runs */
};
struct database_work {
    struct world *world;
    struct logged_call *log; /* NULL: somebody's by hand */
    struct database *database;
    struct database_backup *backup; /* that it makes, or restores; or NULL */
    const char *name, *type, *user;
    const char *problem;        /* it comes to no good end: why; told when it has ended */
    int64_t began_ms, ended_ms; /* unix; ended: 0 while it runs */
};

struct database *database_find(struct world *world, struct str name); /* or NULL */
struct database_backup *database_find_backup(struct world *world, const char *instance, const char *id);
struct database_backup *database_add_backup(struct world *world, const char *instance, const char *description);
/* It runs from now on. log: NULL by hand; backup: or NULL. */
struct database_work *database_begin(struct world *world, struct logged_call *log, struct database *database,
                                     const char *type, struct database_backup *backup);

/* A change of this database is under way. True: it gets lost, and nobody hears of it. Else its answer may. */
bool database_loses(struct world_call *call);
/* It was looked at: somebody may come in between that and what is sent then. */
void database_looked_at(struct world *world, struct database *database);

/* As Google answers what it does not do. */
void database_refuse(struct world_call *call, int status, const char *message);
/* Has it a good token, and does it ask for something in this project? False: it was refused. `ret_rest`: of the path.
 */
bool database_may_call(struct world_call *call, const char *base, const char *prefix, struct str *ret_rest);

#endif
