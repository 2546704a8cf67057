/* backup.h - backups of Cloud SQL: read, made, restored, exported, imported. The exchanges of bot/model/backup.h; and
 * doctor's.
 *
 * Cloud SQL Admin API v1. Each change is one POST, sent at most once. An export to a file that is there fails at
 * Google: nothing is overwritten there. Pure. Spec:
 * https://cloud.google.com/sql/docs/mysql/admin-api/rest/v1/backupRuns,
 * https://cloud.google.com/sql/docs/mysql/admin-api/rest/v1/instances
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_BACKUP_H
#define OPSGATE_INTEGRATIONS_GOOGLE_BACKUP_H

#include "bot/model/exchange.h"

struct exchange_step backups_read(const struct exchange *exchange);
struct exchange_step backups_change(const struct exchange *exchange);
struct exchange_step backups_seek(const struct exchange *exchange);
/* Args backup_look: may backups be read, is there a good one of the last day, and is the instance that they are
 * restored into of the same version? That they may be made and restored, no reading tells. */
struct exchange_step backups_doctor(const struct exchange *exchange);

#endif
