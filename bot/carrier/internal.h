/* internal.h - what the files of the carrier share; for them alone. */
#ifndef OPSGATE_CARRIER_INTERNAL_H
#define OPSGATE_CARRIER_INTERNAL_H

#include "bot/carrier/breaker.h"
#include "bot/carrier/carrier.h"
#include "bot/carrier/channels.h"
#include "bot/carrier/exchange_run.h"
#include "bot/carrier/looks.h"
#include "bot/model/personal.h"
#include "bot/model/replay.h"
#include "bot/carrier/programs.h"

struct carrier_job { /* one attempt or one reading under way */
    struct carrier_shell *carrier;
    char *id;
    const char *kind; /* in the arena */
    int64_t number, started_ns;
    bool is_effect;
    bool is_probe;   /* asks how a host is: neither kept from it nor counted against it */
    bool has_waited; /* as long as the exchange's next call wants */
    bool is_masked;  /* what it ends with is shown to people */
    int64_t held_ms; /* a call could not leave: its host is left alone for so long */
    const char *limit;  /* line.c: of the call that went last; or NULL */
    const char *awaits; /* line.c: the limit whose turn it waits for; or NULL */
    may_send_fn may_send;
    attempt_ended_fn on_done;
    void *arg;                    /* of both */
    struct exchange_run *run;     /* NULL while a connection is being answered; and of a program's */
    struct program_task *program; /* in place of an exchange; or NULL */
    struct program_job program_job;
    struct kept_item kept; /* kept.c; id NULL: it is none of its own */
    struct personal_query personal;          /* personal.c */
    const struct store_entry *journal;       /* its page; in the arena */
    size_t journal_count;
    const char *effect_id; /* its: outside id */
    const char *operation; /* reload.c: that asked for it */
    const char *channel;   /* something new is posted there: its name in the configuration; or NULL */
    const char *channel_id; /* where that led before; or NULL */
    bool hands_in;         /* carrier_hand_in.c */
    int64_t now_ms;        /* of both: the store's clock */
    struct http_out_call *call;         /* or NULL */
    struct loop_timer *timer;           /* the attempt's deadline */
    struct loop_timer *later;           /* ends never come inside the call that began it */
    char *host;                         /* of the call that is out */
    struct exchange_run_options *retry; /* reply: its way by response_url, when inline failed */
    struct arena *arena;
    struct carrier_job *prev, *next;
};

struct carrier_shell {
    struct carrier_options options;
    struct breaker *breaker;
    struct channels *channels;
    struct looks *looks;
    struct programs *programs;
    struct carrier_job *jobs;
    struct carrier_wait *waits; /* waits.c */
    struct carrier_counts counts;
    struct histograms times;
};

/* ---- carrier.c ---- */

void carrier_job_go_on(struct carrier_job *job); /* makes its next call, or ends it */
void carrier_job_end(struct carrier_job *job, const struct attempt_end *end); /* lets go of it, then tells */
struct carrier_job *carrier_job_find(struct carrier_shell *carrier, const char *id, int64_t number); /* or NULL */
int64_t carrier_asking_ms(const struct ask *ask); /* the deadline of one asking */

/* ---- line.c: calls that a peer counts ---- */

enum line {
    LINE_GOES,
    LINE_WAITS,    /* it goes on by itself, soon */
    LINE_TOO_LONG, /* for this attempt: job->held_ms */
};
enum line carrier_line_take(struct carrier_job *job, const struct http_call *call);
void carrier_line_answered(struct carrier_job *job, const struct http_answer *answer);

/* ---- waits.c: jobs that wait for the store ---- */

struct carrier_wait;

struct carrier_wait *carrier_wait_begin(struct carrier_job *job); /* what the store's answer comes with */
struct carrier_job *carrier_wait_end(struct carrier_wait *wait);  /* it came. NULL: nobody waits for it any more */
void carrier_waits_drop(struct carrier_shell *carrier);           /* the store is gone, and answers none of them */

/* ---- masked.c ---- */

/* Who was asked may have sent back what it was asked with: without our secrets, in the arena. */
void carrier_mask(const struct carrier_job *job, struct arena *arena, struct attempt_end *end);

/* ---- kept.c ---- */

bool carrier_kept_carries(const char *kind);
/* False: another one carries it. The texts live in the job's arena. */
bool carrier_kept_take(struct carrier_job *job, const char *kind, const char *effect_id, const cJSON *args,
                       int64_t now_ms);

/* ---- personal.c ---- */

bool carrier_personal_carries(const char *kind);
bool carrier_personal_take(struct carrier_job *job, const char *kind, const cJSON *args); /* false: as above */

/* ---- reload.c ---- */

bool carrier_reload_carries(const char *kind);
bool carrier_reload_take(struct carrier_job *job, const char *kind, const char *operation); /* false: as above */

/* ---- carrier_hand_in.c ---- */

bool carrier_hands_in(const char *kind); /* what its exchange found goes into the inbox */
void carrier_hand_in(struct carrier_job *job, const struct attempt_end *found); /* its run has ended, and found something */

/* ---- reply.c ---- */

void carrier_reply_begin(void *job); /* a loop_fn */

#endif
