/* alone.h - one request carried through without a store: for `opsgate run rollback ... --without-store`.
 *
 * The same policy, verbs, machines and exchanges as ever, driven by this one process: what an operation wants of effects,
 * readings and timers is done here, in its order, and each step is a line of a file, on disk before anything goes out.
 * Nothing else is durable: when the process dies, what it had sent stands outside, guarded by the expected split as always,
 * and the file says how far it came. Where the way back leads is decided once it was seen what serves: by the copy of the
 * records or the service's own annotations (handlers/rollback/source.h). There is no lease: whoever calls this has made sure that no store answers.
 * Cards, replies and messages are not sent; what a person has to know is printed. Loop thread only.
 */
#ifndef OPSGATE_ALONE_H
#define OPSGATE_ALONE_H

#include "bot/configuration/configuration.h"
#include "bot/engine/clock.h"
#include "bot/model/verb.h"
#include "bot/without_store/without_store_file.h"
#include "policy/policy.h"

#include <stdio.h>

struct alone_options { /* all borrowed */
    const struct configuration *configuration;
    const struct verb *const *verbs;
    const struct clock *clock;
    struct target_list targets; /* as data_dir last knew them */
    const char *birth;          /* of the store that it knows; outside ids begin with it */
    FILE *out;                  /* progress, for people */
};

/* Decides the request and carries through what it begins. *ret_act is what was done, in the arena; its `id` and lines are
 * on file already. False with err: refused before anything was tried, ERR_DENIED by policy, ERR_INVALID by its words. */
bool alone_run(const struct alone_options *options, struct request *request, struct arena *arena,
               struct without_store_act *ret_act, struct error *err);

#endif
