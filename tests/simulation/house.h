/* house.h - what all scenarios share: the configuration (its policies are in books.h) and the tables that the engines are
 * given. */
#ifndef OPSGATE_SIMULATION_HOUSE_H
#define OPSGATE_SIMULATION_HOUSE_H

#include "bot/model/effect.h"
#include "bot/model/listener.h"
#include "bot/model/settings.h"
#include "bot/model/verb.h"
#include "integrations/exchanges.h"

/* Who may consent to a deploy to HOUSE_APPROVED; nobody to their own. */
#define HOUSE_APPROVER "U0ALICE"
#define HOUSE_OTHER_APPROVER "U0BOB"
#define HOUSE_APPROVED "api/production"

/* What rolls out by itself: a push to staging, a release to production, where people consent, but not whoever published
 * it. These are the same people on GitHub. */
#define HOUSE_RELEASED "wiki"
#define HOUSE_RELEASED_APPROVED HOUSE_RELEASED "/production"
/* PagerDuty's ids of the services whose pages open incidents: of one service they join. */
#define HOUSE_PAGED "PSVCSHOP"
#define HOUSE_PAGED_TOO "PSVCCART"
#define HOUSE_PAGED_LESS "PSVCDOCS"
/* What the procedures change. */
#define HOUSE_TRIED "ledger" /* what is restored of it goes into the other instance first */
#define HOUSE_TRIAL "ledger-trial"
#define HOUSE_MENDED "depot/yard"
#define HOUSE_INSPECTED "depot/dock"
#define HOUSE_TIDIED "depot/shed"
#define HOUSE_PIPELINE "7007" /* a GitHub App's id: in its name */
#define HOUSE_APPROVER_LOGIN "alice"
#define HOUSE_OTHER_APPROVER_LOGIN "bob"

struct house { /* never changes once made, but for the two below */
    const struct settings *settings; /* of the usual book */
    const struct verb *const *verbs;
    const struct machine *const *machines;
    const struct listener *listeners;
    const struct effect_kind *kinds;
    size_t kinds_count;
    struct exchange_row rows[3]; /* of effects that only the simulation has */
};

const struct house *house_get(void); /* made once, kept for the process's life */
void house_schedule(bool is_wanted); /* is anything run by itself? */
void house_watch(bool is_wanted);    /* is GitHub's log of deliveries read? What stands ends by it: so can a scenario */

#endif
