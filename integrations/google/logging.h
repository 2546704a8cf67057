/* logging.h - what a service wrote, by Cloud Logging: the exchange of bot/model/logs.h; and doctor's.
 *
 * What people typed stands in the filter as quoted text, and nothing else of it. Lines come back in one line each, cut,
 * and without what looks like a secret (log_mask.h). Pure.
 * Spec: https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list,
 * https://cloud.google.com/logging/docs/view/logging-query-language
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_LOGGING_H
#define OPSGATE_INTEGRATIONS_GOOGLE_LOGGING_H

#include "bot/model/exchange.h"
#include "bot/model/logs.h"

struct exchange_step logging_read(const struct exchange *exchange);
/* Args logs_look, of which only the project counts: may its entries be read? */
struct exchange_step logging_doctor(const struct exchange *exchange);

const char *logging_filter(const struct logs_look *look, struct arena *arena);

#endif
