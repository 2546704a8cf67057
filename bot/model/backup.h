/* backup.h - backups of Cloud SQL: what there is, and the four changes: made, restored, exported, imported.
 *
 * READING_BACKUPS (args backup_look; result backups_seen): an instance as it stands, what runs on it, and the backups
 * of a database. EFFECT_BACKUP (args backup_errand; result {operation}): sent once, never repeated. Nobody knows what
 * became of it when its answer is lost, or says 5xx: END_UNKNOWN. Then READING_BACKUP_SOUGHT (args backup_sought;
 * result database_progress) looks whether it began: a backup by its description, an export and an import by their file,
 * a restore by an operation that was not there before, and that no person began. READING_DATABASE_OPERATION follows it
 * (bot/model/database.h).
 * Instants are unix, of Google's clock.
 */
#ifndef OPSGATE_MODEL_BACKUP_H
#define OPSGATE_MODEL_BACKUP_H

#include "bot/model/database.h"

#define BACKUP_CREATE "create"
#define BACKUP_RESTORE "restore"
#define BACKUP_EXPORT "export"
#define BACKUP_IMPORT "import"

#define BACKUP_LATEST "latest" /* in the place of an id: the newest that succeeded */
#define BACKUP_GOOD "SUCCESSFUL"

struct backup_look {
    struct database_place place; /* whose backups */
    const char *instance;        /* whose state; the same, or the one that it is restored into */
    const char *kind;            /* BACKUP_...: whose newest operation is sought; or NULL */
    const char *id;              /* of a backup, or BACKUP_LATEST; or NULL */
    const char *description;     /* of a backup; or NULL */
};
extern const struct shape backup_look_shape;

struct backup_run {
    const char *id, *status;                   /* BACKUP_GOOD, "RUNNING", "FAILED", ... */
    const char *type;                          /* "AUTOMATED", "ON_DEMAND", "FINAL"; or NULL */
    const char *description, *error, *version; /* or NULL */
    int64_t began_at_ms, ended_at_ms;          /* 0: not told */
    int64_t bytes;                             /* at most so many; 0: not told */
};
extern const struct shape backup_run_shape;

#define BACKUPS_READ 20 /* newest first, as Google lists them */

struct backups_seen {
    const char *state, *version; /* of the instance; the version is NULL when it is not told */
    bool is_stopped;             /* by its owner */
    const char **replicas;       /* of the instance: nothing is restored while it has any */
    size_t replicas_count;
    const struct database_operation *running; /* on it, or NULL */
    const struct database_operation *last;    /* the newest of `kind`, or NULL */
    const struct backup_run *runs;            /* newest first */
    size_t runs_count;
    const struct backup_run *wanted; /* by id or description; or NULL */
    const char *why;                 /* the one by id could not be read: why; or NULL */
};
extern const struct shape backups_seen_shape;

struct backup_errand {
    struct database_place place; /* the database */
    const char *kind;            /* BACKUP_... */
    const char *into;            /* the instance that it changes */
    const char *id;              /* restore: of the backup */
    const char *description;     /* create: by which it is found again */
    const char *file;            /* export, import: gs://... */
    const char *database;        /* export, import: in the instance */
};
extern const struct shape backup_errand_shape;

struct backup_sought {
    struct backup_errand errand;
    const char *known;   /* the newest operation of its kind that was there before; or NULL */
    int64_t known_at_ms; /* when that one began: what is older was there, too */
    int64_t since_ms;    /* it was sent not before */
};
extern const struct shape backup_sought_shape;

#endif
