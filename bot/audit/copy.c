/* copy.c - round and round: look at the file, read a page of the journal and what stands beside it, write. */
#include "bot/audit/copy.h"

#include "bot/audit/copy_file.h"
#include "bot/audit/copy_page.h"
#include "bot/log.h"

#include <stdio.h>
#include <string.h>

#define EVERY_MS 500
#define AGAIN_MS 2000 /* after trouble */

enum phase { IDLE, LOOKING, READING, WRITING, OVER };

struct file_job { /* what a pool thread does; it outlives its copy while one does */
    struct copy_file file;
    char *path;
    char *begin, *lines; /* to be appended: `begin` before them when the file is empty. NULL: none; only looked at */
    bool sets_aside;
    int64_t unix_ms;
    /* what came of it */
    enum copy_state state;
    struct copy_end end;
    int64_t cut_bytes;
    char aside[512];
    bool is_written;
    struct error err; /* message "": none */
};

struct on_job { /* what the pool's callbacks get: their copy may be gone by then */
    struct audit_copy *copy;
    struct file_job *job;
    bool is_orphan; /* it is gone, and the job is ours */
};

struct audit_copy {
    struct audit_copy_options options;
    const struct audit_settings *settings;
    enum phase phase;
    struct loop_timer *timer, *deadline;
    struct loop_work *work;
    struct on_job *on; /* of that work */
    struct file_job *job;
    struct copy_page page; /* where the copy is, and what is to be written next */
    bool is_looked_at;     /* the file's end is known */
    bool is_owner;
    struct audit_copy_status status;
    char trouble[256];
    void (*on_finished)(void *arg);
    void *finished_arg;
    bool is_finishing;
};

static void step(void *arg);

static void later(struct audit_copy *copy, int64_t after_ms)
{
    copy->phase = IDLE;
    loop_timer_cancel(copy->timer);
    copy->timer = loop_timer_start(copy->options.loop, after_ms, step, copy);
}

static int64_t now_unix(const struct audit_copy *copy)
{
    return copy->options.clock->unix_ms(copy->options.clock->ctx);
}

/* ---- the end of it ---- */

static void finished(struct audit_copy *copy)
{
    void (*on_finished)(void *arg) = copy->on_finished;

    copy->phase = OVER;
    copy->on_finished = NULL;
    loop_timer_cancel(TAKE(copy->timer));
    loop_timer_cancel(TAKE(copy->deadline));
    if (on_finished)
        on_finished(copy->finished_arg);
}

static void fail(struct audit_copy *copy, const char *why)
{
    if (strcmp(copy->trouble, why) != 0)
        log_error("audit.copy_failed", LOG_STR("file", copy->job->path), LOG_STR("error", why),
                  LOG_STR("text", "nothing is lost: the copy catches up once that is mended"));
    snprintf(copy->trouble, sizeof(copy->trouble), "%s", why);
    copy->status.failures++;
    copy->is_looked_at = false;
    if (copy->is_finishing)
        finished(copy);
    else
        later(copy, AGAIN_MS);
}

static void no_trouble(struct audit_copy *copy)
{
    if (copy->trouble[0])
        log_info("audit.copy_works_again", LOG_STR("file", copy->job->path), LOG_INT("entry", copy->page.n));
    copy->trouble[0] = '\0';
}

/* ---- the file, on the pool ---- */

static void free_job(struct file_job *job)
{
    copy_file_close(&job->file);
    free(job->path);
    free(job->begin);
    free(job->lines);
    free(job);
}

static void work_on_file(void *arg)
{
    struct file_job *job = arg;

    job->err.message[0] = '\0';
    job->is_written = false;
    if (job->sets_aside && !copy_file_set_aside(&job->file, job->path, job->unix_ms, job->aside, &job->err))
        return;
    if (!copy_file_look(&job->file, job->path, &job->state, &job->end, &job->cut_bytes, &job->err))
        return;
    if (!job->lines || job->state == COPY_OPENED || job->state == COPY_CHANGED)
        return;
    if (job->file.size == 0 && job->begin && !copy_file_append(&job->file, job->path, str_of(job->begin), &job->err))
        return;
    job->is_written = copy_file_append(&job->file, job->path, str_of(job->lines), &job->err);
}

static void on_file_done(struct audit_copy *copy);

static void run_work(void *arg)
{
    work_on_file(((struct on_job *)arg)->job);
}

static void run_done(void *arg)
{
    on_file_done(((struct on_job *)arg)->copy);
}

static void run_release(void *arg)
{
    struct on_job *on = arg;

    if (on->is_orphan)
        free_job(on->job);
    free(on);
}

static void start_job(struct audit_copy *copy, enum phase phase)
{
    struct on_job *on = xcalloc(1, sizeof(*on));

    *on = (struct on_job){ copy, copy->job, false };
    copy->on = on;
    copy->phase = phase;
    copy->work = loop_work_start(copy->options.loop, run_work, run_done, run_release, on);
}

static void forget_lines(struct file_job *job)
{
    free(TAKE(job->begin));
    free(TAKE(job->lines));
}

static void look_at_file(struct audit_copy *copy)
{
    start_job(copy, LOOKING);
}

static void set_aside(struct audit_copy *copy)
{
    copy->job->sets_aside = true;
    copy->job->unix_ms = now_unix(copy);
    copy_page_forget(&copy->page);
    look_at_file(copy);
}

static void tell_cut(const struct audit_copy *copy)
{
    const struct file_job *job = copy->job;

    if (job->cut_bytes > 0)
        log_warn("audit.copy_mended", LOG_STR("file", job->path), LOG_INT("bytes", job->cut_bytes),
                 LOG_STR("text", "its last line was cut: it is taken away, and written again"));
    if (job->state == COPY_CHANGED)
        log_error("audit.copy_changed", LOG_STR("file", job->path), LOG_INT("entry", job->end.n),
                  LOG_STR("text", "somebody else cut it, or wrote into it: the copy goes on behind its last entry; "
                                  "`opsgate audit verify` tells what of it is whole"));
    if (job->sets_aside)
        log_error("audit.copy_set_aside", LOG_STR("file", job->path), LOG_STR("kept_as", job->aside),
                  LOG_STR("text", "it did not end with an entry of this store's journal: a new one is begun"));
}

/* What the file says of its end: where the copy goes on. An empty one after another goes on where that ended. */
static void learn_end(struct audit_copy *copy)
{
    const struct file_job *job = copy->job;

    copy->is_looked_at = true;
    if (job->state == COPY_AS_IT_WAS || (job->state == COPY_BEGUN && copy->page.is_known))
        return;
    copy_page_begin(&copy->page, &job->end);
}

static void wrote(struct audit_copy *copy)
{
    no_trouble(copy);
    copy->status.entries += copy->page.count;
    if (copy->page.checkpoint_line) {
        copy->status.checkpoints++;
        copy->status.checkpoint_n = copy->page.n_next;
        copy->status.checkpoint_at_ms = copy->page.checkpoint_at_ms;
        log_info("audit.checkpoint", LOG_INT("entry", copy->page.n_next), LOG_STR("line", copy->page.checkpoint_line));
    }
    copy_page_written(&copy->page);
}

static void on_file_done(struct audit_copy *copy)
{
    struct file_job *job = copy->job;
    bool was_writing = copy->phase == WRITING;

    copy->work = NULL;
    forget_lines(job);
    if (copy->phase == OVER)
        return;
    if (job->err.message[0]) {
        job->sets_aside = false;
        fail(copy, job->err.message);
        return;
    }
    tell_cut(copy);
    job->sets_aside = false;
    if (was_writing && job->is_written) {
        wrote(copy);
        if (copy->page.is_over)
            finished(copy);
        else
            later(copy, copy->page.has_more || copy->is_finishing ? 0 : EVERY_MS);
        return;
    }
    learn_end(copy);
    if ((job->state == COPY_OPENED || job->state == COPY_CHANGED) && !job->end.is_known)
        set_aside(copy);
    else
        later(copy, 0);
}

/* ---- the store ---- */

static void write_page(struct audit_copy *copy)
{
    if (copy->page.lines.len > 0) {
        copy->job->begin = copy->page.begin_line ? xstrdup(copy->page.begin_line) : NULL;
        copy->job->lines = str_copy(buf_str(&copy->page.lines));
        start_job(copy, WRITING);
    } else if (copy->is_finishing) {
        finished(copy);
    } else {
        later(copy, EVERY_MS);
    }
}

static void sign_page(struct audit_copy *copy)
{
    struct copy_signer signer = { .pem = copy->settings->signing_key,
                                  .instance = copy->options.instance,
                                  .every_ms = copy->settings->checkpoint_every_ms,
                                  .now_ms = now_unix(copy),
                                  .is_last = copy->is_finishing };

    copy->options.owned(copy->options.ctx, &signer.birth, &(int64_t){ 0 });
    copy_page_sign(&copy->page, &signer);
    write_page(copy);
}

static void tell_missing(struct audit_copy *copy)
{
    if (copy->page.missing_count == 0)
        return;
    copy->status.missing += (uint64_t)copy->page.missing_count;
    log_error("audit.copy_gap", LOG_STR("file", copy->job->path), LOG_INT("from", copy->page.missing_from),
              LOG_INT("entries", copy->page.missing_count),
              LOG_STR("text", "the store has them no more: the copy has a gap there"));
}

static void on_personal(void *arg, enum store_status status, const struct store_entry *beside, size_t count)
{
    struct audit_copy *copy = arg;

    if (copy->phase != READING)
        return;
    if (status != STORE_OK) {
        fail(copy, "the store did not tell what stands beside the entries");
        return;
    }
    copy_page_add(&copy->page, beside, count);
    tell_missing(copy);
    sign_page(copy);
}

static void on_journal(void *arg, enum store_status status, const struct store_entry *entries, size_t count)
{
    struct audit_copy *copy = arg;
    int64_t seq = 0;
    const char *birth;

    if (copy->phase != READING)
        return;
    if (status != STORE_OK) {
        fail(copy, "the store did not tell its journal");
        return;
    }
    copy->options.owned(copy->options.ctx, &birth, &seq);
    switch (copy_page_read(&copy->page, entries, count, seq)) {
    case COPY_PAGE_GOOD:
        if (copy->page.asked_count > 0)
            store_redis_personal(copy->options.store, copy->page.asked, copy->page.asked_count, on_personal, copy);
        else
            on_personal(copy, STORE_OK, NULL, 0);
        break;
    case COPY_PAGE_SKIPPED:
        later(copy, 0);
        break;
    case COPY_PAGE_FOREIGN:
        set_aside(copy);
        break;
    }
}

/* ---- round and round ---- */

static void follow_settings(struct audit_copy *copy)
{
    const char *file = copy->settings->copy ? copy->settings->copy->file : NULL;

    if (!file || (copy->job->path && strcmp(copy->job->path, file) == 0))
        return;
    copy_file_close(&copy->job->file);
    free(copy->job->path);
    copy->job->path = xstrdup(file);
    copy->is_looked_at = false;
    copy_page_forget(&copy->page);
}

static bool is_at_work(struct audit_copy *copy)
{
    const char *birth;
    int64_t seq;
    bool is_owner = copy->options.owned(copy->options.ctx, &birth, &seq);

    if (copy->is_finishing) /* it was the owner, and what it has confirmed stays so */
        return copy->is_owner;
    copy->is_owner = is_owner && copy->settings->copy;
    return copy->is_owner && store_redis_is_up(copy->options.store);
}

static void step(void *arg)
{
    struct audit_copy *copy = arg;

    copy->timer = NULL;
    follow_settings(copy);
    if (!is_at_work(copy)) {
        if (copy->is_finishing) {
            finished(copy);
            return;
        }
        if (!copy->is_owner)
            copy_file_close(&copy->job->file); /* its next owner may be another process here */
        copy->is_looked_at = copy->is_looked_at && copy->is_owner;
        later(copy, EVERY_MS);
    } else if (!copy->is_looked_at) {
        look_at_file(copy);
    } else {
        copy->phase = READING;
        store_redis_journal(copy->options.store, copy_page_from(&copy->page), COPY_PAGE_ENTRIES, on_journal, copy);
    }
}

struct audit_copy *audit_copy_start(const struct audit_copy_options *options)
{
    struct audit_copy *copy = xcalloc(1, sizeof(*copy));

    copy->options = *options;
    copy->settings = options->settings;
    copy->job = xcalloc(1, sizeof(*copy->job));
    copy->job->file.fd = -1;
    copy_page_init(&copy->page);
    later(copy, EVERY_MS);
    return copy;
}

void audit_copy_reconfigure(struct audit_copy *copy, const struct audit_settings *settings)
{
    if (copy)
        copy->settings = settings; /* taken up between two rounds: a round keeps what it began with as copies */
}

static void on_deadline(void *arg)
{
    struct audit_copy *copy = arg;

    copy->deadline = NULL;
    finished(copy);
}

void audit_copy_finish(struct audit_copy *copy, int64_t deadline_ms, void (*on_done)(void *arg), void *arg)
{
    copy->is_finishing = true;
    copy->on_finished = on_done;
    copy->finished_arg = arg;
    copy->deadline = loop_timer_start(copy->options.loop, deadline_ms, on_deadline, copy);
    if (copy->phase == IDLE)
        later(copy, 0);
}

void audit_copy_cancel(struct audit_copy *copy)
{
    if (!copy)
        return;
    loop_timer_cancel(copy->timer);
    loop_timer_cancel(copy->deadline);
    if (copy->work) {
        copy->on->is_orphan = true;
        loop_work_cancel(copy->work);
    } else {
        free_job(copy->job);
    }
    copy_page_finish(&copy->page);
    free(copy);
}

struct audit_copy_status audit_copy_status(const struct audit_copy *copy)
{
    struct audit_copy_status status = { .file = NULL };

    if (!copy)
        return status;
    status = copy->status;
    status.file = copy->settings->copy ? copy->settings->copy->file : NULL;
    status.trouble = copy->trouble[0] ? copy->trouble : NULL;
    status.is_writing = copy->is_owner;
    status.n = copy->page.n;
    return status;
}
