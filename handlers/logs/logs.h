/* logs.h - `logs`: the newest lines that a service on Cloud Run wrote, read once, told, forgotten.
 *
 * - reading: Cloud Logging is asked
 * - posting: asked in a channel where cards of ours stand: a message there says what was asked, and the lines follow in
 * its thread. Else whoever asked is answered, as by any look
 */
#ifndef OPSGATE_HANDLERS_LOGS_LOGS_H
#define OPSGATE_HANDLERS_LOGS_LOGS_H

#include "bot/model/verb.h"

extern const struct verb verb_logs;
extern const struct machine machine_logs;

#endif
