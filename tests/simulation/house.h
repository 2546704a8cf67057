/* house.h - what all scenarios share: the configuration, the policy and the tables that the engines are given. */
#ifndef OPSGATE_SIMULATION_HOUSE_H
#define OPSGATE_SIMULATION_HOUSE_H

#include "bot/model/effect.h"
#include "bot/model/listener.h"
#include "bot/model/settings.h"
#include "bot/model/verb.h"
#include "integrations/exchanges.h"
#include "policy/policy.h"

/* Who may consent to a deploy to HOUSE_APPROVED; nobody to their own. */
#define HOUSE_APPROVER "U0ALICE"
#define HOUSE_OTHER_APPROVER "U0BOB"
#define HOUSE_APPROVED "api/production"

struct house { /* never changes once made, but for house_watch */
    const struct settings *settings;
    const struct policy *policy;
    const struct verb *const *verbs;
    const struct machine *const *machines;
    const struct listener *listeners;
    const struct effect_kind *kinds;
    size_t kinds_count;
    struct exchange_row rows[3]; /* of effects that only the simulation has */
};

const struct house *house_get(void); /* made once, kept for the process's life */
void house_watch(bool is_wanted);    /* is GitHub's log of deliveries read? What stands ends by it: so can a scenario */

#endif
