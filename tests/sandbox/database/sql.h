/* sql.h - one call of the Cloud SQL Admin API. Only for this folder: sql.c has the routes, backups.c a part of them. */
#ifndef SANDBOX_DATABASE_SQL_H
#define SANDBOX_DATABASE_SQL_H

#include "database/database.h"

struct call {
    struct databases *databases;
    const struct request *request;
    const char *caller;
    char *project, *id, *verb, *sub; /* instances/ID/VERB/SUB, operations[/ID] */
    bool is_operations;
    struct reply *reply;
};

cJSON *sql_find_instance(const struct call *call, const char *id, struct google_error *err);
bool sql_is_idle(const struct call *call, struct google_error *err);
void sql_begin(struct call *call, const char *type); /* an operation, and the answer that names it */

/* ---- backups.c ---- */

bool sql_list_backups(struct call *call, struct google_error *err);
bool sql_get_backup(struct call *call, struct google_error *err);
bool sql_create_backup(struct call *call, struct google_error *err);
bool sql_restore(struct call *call, struct google_error *err);
bool sql_export(struct call *call, struct google_error *err);
bool sql_import(struct call *call, struct google_error *err);

#endif
