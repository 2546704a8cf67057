/* database.h - what is read of a database, and the one change that is made to it: another machine becomes its primary.
 *
 * READING_DATABASE (args database_place; result database_seen): an instance of Cloud SQL, with its replica where one is
 * configured, or of Memorystore; what cannot be read besides (lag, backups) is unknown, and says why.
 * EFFECT_FAILOVER (args database_order; result {operation}): sent once, never repeated. Nobody knows what became of it
 * when its answer is lost, or says 5xx: END_UNKNOWN. Then READING_FAILOVER_SOUGHT (args database_sought; result
 * database_progress) looks whether it began: by an operation that was not there before, by another zone, by a replica
 * that is none any more. READING_DATABASE_OPERATION (args database_look; result database_progress) follows it. Instants
 * are unix, of Google's clock.
 */
#ifndef OPSGATE_MODEL_DATABASE_H
#define OPSGATE_MODEL_DATABASE_H

#include "bot/base/shape.h"

#define DATABASE_STANDBY "standby"         /* Cloud SQL: instances.failover; the name and the address stay */
#define DATABASE_PROMOTION "promotion"     /* Cloud SQL: instances.promoteReplica; another instance, for good */
#define DATABASE_MEMORYSTORE "memorystore" /* Memorystore for Redis: instances:failover; name and address stay */

#define DATABASE_LIMITED_LOSS "LIMITED_DATA_LOSS" /* Memorystore's data protection modes */
#define DATABASE_FORCED_LOSS "FORCE_DATA_LOSS"

struct database_place {
    const char *project, *instance;
    const char *region;  /* Memorystore's; NULL: it is Cloud SQL */
    const char *replica; /* Cloud SQL: the one that takes over where there is no standby; or NULL */
};
extern const struct shape database_place_shape;

struct database_settings;
/* All NULL: it is failed over by a runbook, and nothing of it can be read. */
struct database_place database_place_of(const struct database_settings *database);

struct database_operation {
    const char *name, *type;          /* "FAILOVER", "BACKUP_VOLUME", ... */
    const char *user;                 /* who began it there, or NULL */
    int64_t began_at_ms, ended_at_ms; /* ended 0: it runs, or nobody told */
};
extern const struct shape database_operation_shape;

struct database_replica {
    const char *name, *state, *zone;
    const char *type;    /* "READ_REPLICA_INSTANCE"; promoted: "CLOUD_SQL_INSTANCE" */
    const char *primary; /* as Google has it: "acme:platform-prod-db"; NULL: it has none */
    const struct database_operation *running; /* on it, or NULL */
};
extern const struct shape database_replica_shape;

struct database_lag { /* what was not copied yet, by Cloud Monitoring */
    bool is_known;
    int64_t lag_ms;    /* Cloud SQL: by so much the replica is behind */
    int64_t lag_bytes; /* Memorystore: that much has not reached the replica that lacks most */
    int64_t at_ms;     /* when that was so */
    const char *why;   /* not known: a sentence, or NULL */
};
extern const struct shape database_lag_shape;

struct database_seen {
    int64_t at_ms;       /* when it was read, store's clock */
    const char *state;   /* "RUNNABLE", "READY", "FAILED", ...; NULL: `problem` says why it could not be read */
    const char *problem; /* of the primary of a replica that could be read; or NULL */
    const char *version; /* "POSTGRES_15", "REDIS_7_0"; or NULL */
    const char *zone, *standby_zone;
    bool has_standby;                               /* availabilityType REGIONAL, tier STANDARD_HA */
    const char *kind;                               /* that word itself: "REGIONAL", "BASIC" */
    bool is_stopped;                                /* by its owner */
    const char *settings_version;                   /* Cloud SQL's guard: what a failover has to name */
    const struct database_operation *running;       /* on it, or NULL */
    const struct database_operation *last_failover; /* the newest that Cloud SQL lists, or NULL */
    bool is_backup_known;
    int64_t backup_at_ms;                   /* the newest good one's end; 0: there is none */
    const char *backup_why;                 /* not known: why; NULL: this kind has none to read */
    const struct database_replica *replica; /* as configured, or NULL */
    struct database_lag lag;
};
extern const struct shape database_seen_shape;

struct database_order {
    struct database_place place;
    const char *method;           /* DATABASE_... */
    const char *settings_version; /* standby: as it was judged */
    const char *mode;             /* Memorystore: DATABASE_..._LOSS */
};
extern const struct shape database_order_shape;

struct database_sought {
    struct database_place place;
    const char *method;
    const char *known;     /* the newest failover that was there before, by its operation's name; or NULL */
    int64_t known_at_ms;   /* when that one began: what is older was there, too */
    const char *from_zone; /* where the primary was; or NULL */
    int64_t since_ms;      /* it was sent not before */
};
extern const struct shape database_sought_shape;

struct database_look {
    struct database_place place;
    const char *operation;
};
extern const struct shape database_look_shape;

struct database_progress {
    const char *operation; /* its name; NULL: none was found */
    const char *user;      /* who began it, as Google tells it, or NULL */
    const char *status;    /* "RUNNING", ... for people */
    bool is_done;
    bool has_moved; /* sought: the primary is elsewhere, or the replica is one: it happened, whatever the operation */
    const char *error; /* it ended badly: why */
};
extern const struct shape database_progress_shape;

#endif
