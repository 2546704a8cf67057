/* sim_carrier.h - struct carrier over the world: the real exchanges, driven by bot/carrier/exchange_run.h as in production.
 *
 * One for each life of an instance. Attempts have their deadlines, calls leave one after another, and nothing is told
 * once the carrier is cancelled or the instance gone.
 */
#ifndef OPSGATE_SIMULATION_SIM_CARRIER_H
#define OPSGATE_SIMULATION_SIM_CARRIER_H

#include "bot/engine/carrier.h"
#include "bot/engine/store.h"
#include "bot/model/settings.h"
#include "integrations/exchanges.h"
#include "tests/simulation/story.h"
#include "tests/simulation/world.h"

struct sim_carrier;
struct reloaded; /* bot/model/reload.h */

struct sim_carrier_options { /* borrowed for the carrier's whole life */
    struct scheduler *scheduler;
    struct world *world;
    struct story *story;
    const struct settings *settings;
    unsigned actor;
    const char *instance, *machine; /* machine: where its programs run */
    struct store *store;            /* where it hands in what an exchange found */
    bool is_alone;                  /* all instances are on that one */
    const struct exchange_row *more_rows; /* besides exchange_rows: of effects that only the simulation has */
    size_t more_count;
    /* An inline reply: true when that instance's connection still waited and the person has read it now. */
    bool (*tell_inline)(void *ctx, const char *instance, const char *connection, const char *text);
    /* READING_CONFIGURATION, as bot/carrier/reload.c has it */
    void (*reload)(void *arg, const char *operation, struct arena *arena, struct reloaded *ret_reloaded);
    void *reload_arg;
    void *ctx;
};

struct sim_carrier *sim_carrier_create(const struct sim_carrier_options *options);
void sim_carrier_destroy(struct sim_carrier *carrier); /* what was sent may still arrive */
AUTO_DEFINE(sim_carrier)
struct carrier *sim_carrier_interface(struct sim_carrier *carrier); /* borrowed */
/* Whatever begins from now on; calls that are out go on with the settings that they began with. */
void sim_carrier_reconfigure(struct sim_carrier *carrier, const struct settings *settings);
size_t sim_carrier_attempts(const struct sim_carrier *carrier);     /* in flight */

#endif
