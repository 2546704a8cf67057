/* database.h - databases on Google Cloud: read, failed over, followed. The exchanges of bot/model/database.h; and
 * doctor's.
 *
 * Cloud SQL Admin API v1 (cloud_sql.c), Memorystore for Redis v1 (memorystore.c), Cloud Monitoring for what is not
 * copied yet (lag.c). A refusal names the permission that opsgate's account lacks. Pure. Spec:
 * https://cloud.google.com/sql/docs/mysql/admin-api/rest/v1,
 * https://cloud.google.com/memorystore/docs/redis/reference/rest
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_DATABASE_H
#define OPSGATE_INTEGRATIONS_GOOGLE_DATABASE_H

#include "bot/model/exchange.h"

struct exchange_step database_read(const struct exchange *exchange);
struct exchange_step database_fail_over(const struct exchange *exchange);
struct exchange_step database_seek(const struct exchange *exchange);
struct exchange_step database_follow(const struct exchange *exchange);
/* Args database_place: is it there, may it be read, and can it be failed over at all? That it may be, no reading tells.
 */
struct exchange_step database_doctor(const struct exchange *exchange);

#endif
