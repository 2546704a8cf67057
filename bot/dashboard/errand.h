/* errand.h - an exchange that the dashboard runs for somebody who waits: a few at a time, each within its time.
 *
 * No effect and no reading: nothing is recorded, any instance may ask, and nobody but whoever waits hears of it. Loop
 * thread only.
 */
#ifndef OPSGATE_DASHBOARD_ERRAND_H
#define OPSGATE_DASHBOARD_ERRAND_H

#include "bot/carrier/exchange_run.h"
#include "bot/engine/clock.h"
#include "bot/shell/http_out.h"

#define ERRANDS_MAX 16
#define ERRAND_MS 12000

struct errands;

struct errands_options { /* all borrowed */
    struct loop *loop;
    struct http_out *http_out;
    const struct clock *clock;
    const struct credential_source *credentials;
};

struct errands *errands_create(const struct errands_options *options);
void errands_destroy(struct errands *errands); /* who waits is told NULL */
AUTO_DEFINE(errands)

/* `end` is borrowed for the call; NULL: opsgate stops. */
typedef void (*errand_done_fn)(void *arg, const struct attempt_end *end);

/* Takes args (may be NULL). False: too many are under way, and on_done never runs; else it does once, later. */
bool errands_start(struct errands *errands, exchange_fn step, const struct settings *settings, cJSON *args,
                   errand_done_fn on_done, void *arg);
bool errands_is_idle(const struct errands *errands); /* is nothing under way that reads settings of before? */

#endif
