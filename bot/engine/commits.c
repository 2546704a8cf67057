/* commits.c - commits on their way. A lost answer is no mystery: the store's seq tells whether it happened. */
#include "bot/engine/internal.h"

#include <string.h>

static void free_job(struct commit_job *job)
{
    arena_destroy(job->arena);
    free(job);
}

static void confirm(struct engine *e, struct commit_job *job)
{
    if (job->commit.seq > e->confirmed_seq)
        e->confirmed_seq = job->commit.seq;
    DL_DELETE(e->commits, job);
    e->commits_count--;
    free_job(job);
    if (e->confirmed_seq > e->memory.seq) {
        e->memory.seq = e->confirmed_seq;
        e->config.remember(e->config.ctx, &e->memory);
    }
}

static void doubt(struct engine *e, struct commit_job *job)
{
    job->is_lost = true;
    e->commits_in_doubt = true;
    e->renew_now = true;
}

/* Nothing in memory is what the store holds any more: load it again. The input that did it becomes a dead letter. */
static void start_over(struct engine *e, struct commit_job *job, const char *reason)
{
    engine_logf(e, ENGINE_LOG_WARN, "commit.invalid", "seq %lld, input %s: %s", (long long)job->commit.seq,
                job->input ? job->input : "-", reason ? reason : "");
    if (job->decisions > 1) { /* which of them did it shows when each is made alone: memory in doubt makes us careful */
        load_again(e);
        return;
    }
    if (!job->input || (e->poison && strcmp(e->poison, job->input) == 0)) {
        e->yield_until_mono =
            engine_mono(e) + STORE_LEASE_MS; /* nothing to set aside that was not tried: not again at once */
        ownership_lose(e,
                       job->input ? "the store refuses even the dead letter" : "the store refuses a commit of our own");
        return;
    }
    free(e->poison);
    e->poison = xstrdup(job->input);
    load_again(e);
}

static void on_committed(void *arg, enum store_status status, const char *reason)
{
    struct commit_job *job = arg;
    struct engine *e = job->engine;

    if (job->is_abandoned) {
        DL_DELETE(e->abandoned, job);
        free_job(job);
        return;
    }
    engine_wake(e);
    switch (status) {
    case STORE_OK:
        confirm(e, job);
        break;
    case STORE_STALE_NONCE:
        job->is_lost = true; /* answered: nothing more will come for it */
        ownership_lose(e, "a commit was refused: another instance took the store");
        break;
    case STORE_INVALID:
        job->is_lost = true;
        start_over(e, job, reason);
        break;
    case STORE_STALE_SEQ:
    case STORE_NO_MEMORY:
    case STORE_NOT_NOW:
    case STORE_UNAVAILABLE:
        doubt(e, job);
        break;
    }
}

static void send(struct engine *e, struct commit_job *job)
{
    job->is_lost = false;
    e->config.store->commit(e->config.store->ctx, &job->commit, on_committed, job);
}

void commits_send(struct engine *e, struct commit_job *job)
{
    DL_APPEND(e->commits, job);
    e->commits_count++;
    if (e->commits_in_doubt)
        job->is_lost = true; /* behind one that is in doubt: it goes with it, in order */
    else
        send(e, job);
}

void commits_resolve(struct engine *e, int64_t store_seq)
{
    struct commit_job *job, *next;

    if (!e->commits_in_doubt)
        return;
    DL_FOREACH_SAFE(e->commits, job, next)
        if (job->is_lost && job->commit.seq <= store_seq)
            confirm(e, job);
    DL_FOREACH(e->commits, job)
        if (!job->is_lost)
            return; /* its answer is still to come */
    e->commits_in_doubt = false;
    if (PLANTED(DECIDED_AGAIN)) {
        e->planted_reread = true;
        load_again(e);
        return;
    }
    DL_FOREACH_SAFE(e->commits, job, next)
        send(e, job);
}

void commits_clear(struct engine *e)
{
    struct commit_job *job, *next;

    DL_FOREACH_SAFE(e->commits, job, next) {
        DL_DELETE(e->commits, job);
        if (job->is_lost) {
            free_job(job);
            continue;
        }
        job->is_abandoned = true;
        DL_APPEND(e->abandoned, job);
    }
    e->commits_count = 0;
}

void commits_free_abandoned(struct engine *e)
{
    struct commit_job *job, *next;

    DL_FOREACH_SAFE(e->abandoned, job, next) {
        DL_DELETE(e->abandoned, job);
        free_job(job);
    }
}
