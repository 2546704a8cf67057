/* world.h - the whole outside world in one piece: the simulated systems, one lock around them, and the time.
 *
 * Every HTTP thread takes the lock, lets one system answer, and lets go. Whoever changed something calls world_touch(),
 * which wakes the pages that watch. Only this file, the server, the control API, smtp.c and dispatch.c, which carries
 * webhooks, know the world; the systems know themselves.
 */
#ifndef SANDBOX_WORLD_H
#define SANDBOX_WORLD_H

#include "alertmanager/alertmanager.h"
#include "armor/armor.h"
#include "calls.h"
#include "courier.h"
#include "database/database.h"
#include "dispatch.h"
#include "faults.h"
#include "github/github.h"
#include "google/monitoring.h"
#include "google/oauth.h"
#include "google/tokens.h"
#include "logging/logging.h"
#include "mail/mailbox.h"
#include "openid/openid.h"
#include "pagerduty/pagerduty.h"
#include "prometheus/prometheus.h"
#include "registry/registry.h"
#include "run/run.h"
#include "smtp.h"
#include "slack/socket.h"
#include "slack/workspace.h"
#include "statuspage/statuspage.h"

#include <pthread.h>

struct world_options {
    const char *own_url;     /* "http://127.0.0.1:9080" */
    const char *opsgate_url; /* where commands go */
    const char *signing_secret;
    const char *bot_token, *app_token;
    int64_t latency_ms;   /* of every answer */
    bool limit_posts;     /* Slack's one message a second and channel */
    const cJSON *changes; /* what --world says, applied to every new world; NULL for none */
};

struct world {
    struct world_options options; /* what it points to outlives the world */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int64_t version; /* grows with every change */
    int viewers;     /* pages that watch */
    bool stopping;
    int64_t latency_ms;
    bool busy; /* users have come since those who watch were last told */

    struct slack *slack;
    struct slack_socket *slack_socket; /* its port and its connections outlive a reset */
    struct registry *registry;
    struct run *run;
    struct prometheus *prometheus;
    struct monitoring *monitoring;
    struct databases *databases;
    struct armor *armor;
    struct logging *logging;
    struct tokens *tokens; /* tokens and keys outlive a reset: the callers still hold them */
    struct oauth *oauth;
    struct openid *openid; /* likewise */
    struct github_app *github_app;
    struct github *github;
    struct courier courier;
    struct pagerduty *pagerduty;
    struct alertmanager *alertmanager;
    struct statuspage *statuspage;
    struct mailbox *mailbox;
    struct smtp *smtp; /* its port and its connections outlive a reset */
    struct dispatch dispatch; /* its threads live as long as the world */
    struct faults faults;
    struct calls calls;
    cJSON *always; /* changes that every new world gets, in the order in which they were made */
};

int64_t world_now_ms(void); /* the one place that asks the clock */

struct world *world_create(const struct world_options *options,
                           struct error *err); /* NULL: options->changes are wrong */
void world_destroy(struct world *world);
AUTO_DEFINE(world)

void world_lock(struct world *world);
void world_unlock(struct world *world);

/* The rest needs the lock. */
void world_touch(struct world *world);
void world_tick(struct world *world);                       /* moves what takes time on */
int64_t world_pause(struct world *world, int64_t until_ms); /* lets go until a change or then; answers the time */
void world_sleep(struct world *world, int64_t until_ms);    /* lets go until then, or until the world stops */
void world_stop(struct world *world);                       /* wakes everybody; nothing waits from now on */
bool world_reset(struct world *world, struct error *err); /* anew, with options->changes and what always holds */
bool world_change(struct world *world, const cJSON *changes, struct error *err); /* an object; see changes.c's rows */
cJSON *world_state(const struct world *world, int messages_max);

#endif
