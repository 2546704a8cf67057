/* internal.h - one request to the API, from its row to its answer. For bot/api/ only.
 *
 * A row's function answers by one of the api_answer... functions, at once or, where the store has to be asked, later;
 * that is the end of the call. `view` is good until the function of the row returns; whoever comes back later calls
 * api_look for a new one.
 */
#ifndef OPSGATE_API_INTERNAL_H
#define OPSGATE_API_INTERNAL_H

#include "bot/api/api.h"
#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/facts.h"
#include "bot/model/view.h"
#include "bot/shell/store_redis.h"

#define API_PATH "/api/v1/"
#define API_LIMIT_OTHERWISE 50
#define API_LIMIT_MAX 200
#define API_BODY_MAX_BYTES (16 * 1024 * 1024) /* of one answer */

struct api_call;
typedef void (*api_answer_fn)(struct api_call *call);

struct api_row {
    const char *path;              /* behind API_PATH; '*' is any one word, "**" at its end all that follows */
    const char *const *parameters; /* of its query; NULL-terminated. Any other is refused */
    api_answer_fn answer;
    enum {
        API_ROW_RECORD,
        API_ROW_OPEN,
        API_ROW_COUNTS
    } how; /* OPEN: nobody is asked who they are, nothing is looked at. COUNTS: of
            * limits.requests_per_hour, as a request does */
};
extern const struct api_row
    api_rows[]; /* ends with one without a path; for the test that compares them with the document */

struct api_call {
    struct api *api;
    struct http_request *request;
    const struct api_row *row;
    struct arena *arena;
    struct api_caller caller;
    const char *word; /* of the path: what '*' or "**" stands for; or NULL */
    struct view view;
    struct facts facts;
    void *own;                                /* the row's */
    bool is_at_door;                          /* replies.h has it, and lets it go */
    struct loop_timer *timer;                 /* it waits for a change; or NULL */
    void (*on_change)(struct api_call *call); /* likewise */
    struct api_call *prev, *next;
};

/* ---- the end of a call ---- */

void api_answer(struct api_call *call, cJSON *json); /* takes it: 200 */
struct api_answer_options {
    int status;
    const char *content_type;
    void (*on_sent)(void *arg, bool was_sent); /* as http_in.h has it; or NULL */
    void *arg;
};
void api_answer_whole(struct api_call *call, const struct api_answer_options *options,
                      cJSON *json); /* takes it, as all */
void api_answer_as(struct api_call *call, int status, cJSON *json);
void api_answer_text(struct api_call *call, const char *content_type, struct str text);
/* Goes on. NULL: the client has gone. */
struct http_stream *api_answer_stream(struct api_call *call, const struct http_stream_options *options);
void api_problem(struct api_call *call, int status, const char *detail);
void api_not_found(struct api_call *call,
                   const char *what); /* "operation": 404, for what is not there or may not be seen */
void api_denied(struct api_call *call, const char *verb); /* 403: by policy */
void api_store_is_away(struct api_call *call);            /* 503 */

/* Something has changed: those that wait for that look again. */
void api_calls_changed(struct api *api);
/* It waits for a change, `wait_ms` at most; its on_change runs then, and at the end of that time, when its timer is
 * NULL. False: too many wait already. */
bool api_wait(struct api_call *call, int64_t wait_ms, void (*on_change)(struct api_call *call));

/* A new view. False: it has answered that this instance owns nothing. */
bool api_look(struct api_call *call);

/* ---- what was asked ---- */

/* A parameter of the query, in the arena; NULL: it is not there. */
const char *api_parameter(struct api_call *call, const char *name);
/* These answer with 400, which names the parameter, and give false. Without one the value stays as it is. */
bool api_read_limit(struct api_call *call, size_t *ret_limit);
bool api_read_time(struct api_call *call, const char *name, int64_t *ret_unix_ms);
bool api_read_duration(struct api_call *call, const char *name, int64_t *ret_ms);
bool api_read_choice(struct api_call *call, const char *name, const char *const *choices, const char **ret_value);

bool api_read_before(struct api_call *call,
                     const char **ret_id); /* of a list of operations; NULL: from the newest on */

/* ---- may they? ---- */

/* `target`: "api/production", with its region or without; a database; NULL: no place. */
bool api_may(const struct api_call *call, const char *verb, const char *target);
bool api_may_see(const struct api_call *call, const struct operation *operation); /* history, of an incident status */
const struct operation *api_find_operation(const struct api_call *call,
                                           const char *id); /* that they may see; or NULL */
struct request api_request(const struct api_call *call);    /* of theirs, without words */

/* ---- words and numbers of an answer: a member without a value is null, and never missing ---- */

void api_set_text(cJSON *json, const char *name, const char *text);
void api_set_plain(const struct api_call *call, cJSON *json, const char *name,
                   const char *text);                                                      /* without a chat's marks */
void api_set_unix(cJSON *json, const char *name, int64_t unix_ms);                         /* 0: null */
void api_set_time(const struct api_call *call, cJSON *json, const char *name, int64_t ms); /* steady clock; 0: null */
void api_set_person(const struct api_call *call, cJSON *json, const char *name, const struct principal *who);
const char *api_plain(const struct api_call *call, const char *text); /* NULL gives NULL */

struct api_page { /* of a list: {"items": [...], "next": ...} */
    cJSON *json, *items;
};
struct api_page api_page(void);

/* ---- rows, by their files ---- */

void api_me(struct api_call *call);         /* me.c */
void api_operations(struct api_call *call); /* operations.c */
void api_operation(struct api_call *call);  /* operation.c */
void api_incidents(struct api_call *call);  /* incidents.c */
void api_incident(struct api_call *call);
void api_post_mortem(struct api_call *call);
void api_targets(struct api_call *call); /* targets.c */
void api_target(struct api_call *call);
void api_inbox(struct api_call *call); /* letters.c */
void api_dead(struct api_call *call);  /* letters.c */
void api_dead_letter(struct api_call *call);
void api_journal(struct api_call *call);        /* journal.c */
void api_ask(struct api_call *call);            /* ask.c */
void api_request_told(struct api_call *call);   /* requests.c */
void api_events(struct api_call *call);         /* feed.c */
void api_policy_explain(struct api_call *call); /* policy.c */
void api_policy_who_can(struct api_call *call);

/* ---- shared by them ---- */

/* operation_json.c: what lists have of one, and what its own page has besides. The caller's. */
cJSON *api_operation_brief(const struct api_call *call, const struct operation *operation);
cJSON *api_operation_whole(const struct api_call *call, const struct operation *operation);
cJSON *api_operation_actions(const struct api_call *call, const struct operation *operation);
bool api_is_before(const char *id, const char *before); /* it is the older one */
/* Live ones and those that ended last, newest first; in the arena. */
const struct operation **api_all_operations(const struct api_call *call, size_t *ret_count);

/* requests.c: answers with what came of a request that the caller has sent before. */
void api_request_find_own(struct api_call *call, const char *id);
void api_request_pending(struct api_call *call, const char *id); /* it waits to be decided: 202 */

/* journal_read.c: entries with whoever stands beside them, page by page, newest first or oldest first. */
struct page;
struct api_entries {
    struct api_call *call;
    const char *from, *to; /* as store_redis_page has them */
    bool is_newest_first;
    size_t pages_max; /* of API_JOURNAL_PAGE entries each: then it ends, wherever it is */
    /* The core of an entry: {n, at, kind, ...}; values: of what stands beside it, or NULL. In `page`, which goes.
     * False: enough. */
    bool (*on_entry)(struct api_entries *entries, const char *id, const cJSON *core, const cJSON *values,
                     struct arena *page);
    /* Once, at the end; not when the store was away, which has been answered. */
    void (*on_end)(struct api_entries *entries);
    const char *next; /* what comes behind the last one that was looked at; NULL: nothing does */
    size_t pages;
    struct page *page; /* that is awaited */
};
#define API_JOURNAL_PAGE 200                        /* read in one turn of the loop, which others wait for */
void api_entries_read(struct api_entries *entries); /* in the call's arena */
/* One entry as an answer has it: {n, at, kind, operation, request, by, words, body}. The caller's. */
cJSON *api_entry_json(const struct api_call *call, const cJSON *core, const cJSON *values);
/* May they see it? By the operation that it is of, or by `history` anywhere. */
bool api_entry_is_seen(const struct api_call *call, const cJSON *core);

#endif
