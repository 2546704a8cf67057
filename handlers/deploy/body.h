/* body.h - what a deploy remembers, and its plan: embedded, so that a reload changes nothing under it. */
#ifndef OPSGATE_HANDLERS_DEPLOY_BODY_H
#define OPSGATE_HANDLERS_DEPLOY_BODY_H

#include "bot/model/cloud_run.h"
#include "bot/model/measure.h"
#include "bot/model/settings_service.h"
#include "bot/model/source.h"
#include "handlers/approval.h"

#define DEPLOY_SCHEMA 2

/* ---- the plan ---- */

struct deploy_step {
    int64_t percent; /* 1 to 100 */
    int64_t bake_ms; /* observed time before it is judged; 0: goes on at once */
};

struct deploy_limits { /* a step is judged by; from analysis_settings. 0: not judged */
    bool is_judged;    /* there is a metrics source, and something to judge by */
    double error_rate;
    int64_t latency_p95_ms;
    double latency_vs_baseline;
    int64_t min_requests;
    int64_t max_bake_ms;   /* a step that cannot be judged by then is inconclusive */
    int64_t unanswered_ms; /* a held step that nobody answers is rolled back after this; 0: it waits */
    int64_t on_fail, on_inconclusive; /* enums of settings_service.h */
    struct measure_names names;
    struct measure_query *queries;
    size_t queries_count;
    struct measure_value *maxima; /* in the order of the queries */
    size_t maxima_count;
};

/* ---- what happened ---- */

struct deploy_act { /* who did what, for the card; the newest last */
    int64_t at_ms;
    const char *who;  /* principal_mention, or "opsgate" */
    const char *what; /* "paused at 25 %" */
    const char *verb; /* that was asked for; NULL: opsgate's own act */
    int64_t look;     /* `looks` as it was when it was asked: the same again is a double click */
};
#define DEPLOY_ACTS_MAX 20 /* older ones are forgotten here; the journal has them all */

struct deploy_shown { /* the numbers as the card has them: Slack takes few changes of it, and they change with each look */
    int64_t at_ms;    /* since then; 0: the newest are shown */
    int64_t look;     /* `looks` as it was then: what one may decide has changed since, and so they are out of date */
    int64_t verdict;  /* likewise */
    int64_t observed_ms;
    const char *verdict_why;
    struct measured measured;
};

struct deploy_workflow { /* environments that a workflow on GitHub changes; from the driver's settings */
    const char *repository, *workflow, *ref;
    struct shape_pair *inputs; /* {version}, {image}, {environment} and {sha} are filled in when it is dispatched */
    size_t inputs_count;
    int64_t timeout_ms;
    const char *effect;       /* outside id of the dispatch: stands in the run's title; NULL before it was dispatched */
    int64_t dispatched_at_ms;
    int64_t run;              /* 0: not known yet */
    const char *url;          /* its page, or NULL */
    const char *status;       /* "queued", "in_progress", ...; NULL: not seen yet */
    const char *step;         /* what it does now, or where it failed; or NULL */
    const char *cancelled;    /* why it is being cancelled; NULL: it is not */
};

struct deploy_program {   /* its driver is a program: program.c */
    const char **argv;    /* as configured, nothing filled in */
    size_t argv_count;
    int64_t timeout_ms;
    bool repeats;         /* when nobody knows how it ended it is run once more; else a person is asked */
    bool is_repeated;
    const char *run;      /* where it runs (bot/model/program.h); NULL: not started */
    int64_t started_at_ms;
    bool is_elsewhere;    /* by the last look: on another machine, where it can neither be seen nor stopped from here */
    int64_t from_byte, dropped_bytes; /* of its output: told so far; not kept */
    bool is_tailing;      /* nothing more is posted, only its last lines are of interest */
    bool is_last_look;    /* it has ended, and what this look does not bring is not waited for */
    int64_t posts, late_posts, posted_at_ms; /* messages with output; those of them after its end */
    bool is_posting;      /* one is on its way */
    const char *stopping; /* why it is stopped; NULL: it is not */
    const char **tail;    /* its last lines */
    size_t tail_count;
};

struct deploy_checks {      /* what GitHub said of the pinned commit, as policy wanted to know; evidence.c */
    int64_t state;          /* enum checked (bot/model/checks.h) */
    int64_t read_at_ms;     /* 0: not yet */
    int64_t since_ms, until_ms; /* it is waited for them */
    int64_t looks;
    const char *undone;     /* "2 of 7 are not done: `build`, `test`"; NULL: not known */
};
struct deploy_authors {     /* likewise: of the commits that it brings */
    const char *base;       /* the commit that served then */
    bool is_known;          /* they were told */
    const char **logins;    /* each once */
    size_t logins_count;
};

struct deploy_body {
    const char *service, *environment;
    const char *version;    /* as people call it: "v1.4.2", "main" */
    const char *wanted;     /* as it was asked for: "branch:main", "release:latest"; NULL: the same */
    const char *repository; /* of the image: "us-docker.pkg.dev/acme/images/api" */
    const char *image;      /* pinned: repository@sha256:... ; NULL before */
    const char *source;     /* repository on GitHub, or NULL */
    const struct source_commit *commit; /* NULL: not known */
    const char *built_of;   /* named by its digest: the commit of the same image when it was deployed before; or NULL */
    const char *reason;     /* the person's own words, or NULL */
    const char *break_glass; /* why a deny is to be passed, or NULL */
    const struct deploy_program *program; /* NULL: another driver */
    struct run_place place; /* Cloud Run; else empty */
    struct shape_pair *env; /* --set-env */
    size_t env_count;
    bool keeps_image;       /* only settings change: the image is the serving one's */
    const char *health_path, *health_field, *health_value;
    bool health_is_private; /* asked with an identity token */
    int64_t health_status, health_timeout_ms, health_deadline_ms, health_successes;
    const char *image_tag;  /* to be pinned, or a digest; NULL: not known yet */
    const char *branch_tag; /* which one a commit's build makes: artifact.branch_tag */
    const struct deploy_checks *github_checks; /* NULL: policy asks for none */
    const struct deploy_authors *authors;      /* likewise */
    struct approvals approvals;
    const char **broken;       /* the rules that were passed so: announced, and a review of each was begun */
    size_t broken_count;
    const char *lacking;       /* awaiting-approval: what people have yet to give */
    int64_t artifact_since_ms, artifact_looks; /* since when it is waited for; how often it was looked for */
    int64_t artifact_deadline_at_ms; /* an image that is not there yet is waited for until then; 0: not at all */
    int64_t strategy;          /* enum strategy_kind */
    struct deploy_step *steps; /* all-at-once and blue-green: one of 100 % */
    size_t steps_count;
    int64_t watch_ms, keep_ms; /* at 100 %, observed, before it is good; the old one's tag stays so long after it */
    int64_t min_instances;     /* that the new revision gets of its own; 0: as the serving one has */
    struct deploy_limits limits;

    const struct deploy_workflow *workflow; /* NULL: Cloud Run itself */
    bool is_way_back; /* a rollback by workflow: the good version before, judged by policy as a rollback */

    const char *revision, *tag; /* ours */
    const char *previous;       /* revision that served most before */
    struct run_share *before;   /* the split that was seen: revisions with traffic */
    size_t before_count;
    struct run_share *split;    /* the split that was last verified to be ours; before the first step: `before` */
    size_t split_count;
    const char **remove_tags; /* of earlier deploys, on revisions that serve no more */
    size_t remove_tags_count;
    const char *kept_tag;     /* keep_ms: by which the previous revision stays in reach; NULL: nothing is kept */
    bool is_tag_given;        /* it had none of ours: it gets it with the last step, and loses it when traffic goes back */
    bool is_minimum_known;    /* of the previous revision: */
    int64_t kept_instances;   /* its own minimum, which its tag keeps up */
    const char *keeper;       /* the operation that takes the tag away in the end; NULL: not begun */
    const char *uri, *service_uri; /* of the tag; of the service */
    int64_t state_deadline_at_ms; /* of the state it is in, store's clock */
    int64_t checks, healthy_in_a_row; /* health checks made */
    int64_t step;             /* of steps: the one being made or judged; counts from 0 */
    int64_t observed_ms;      /* of this step or of the watch, without pauses and gaps */
    int64_t observed_at_ms;   /* when that was last counted */
    int64_t clock_jumps;      /* as they were then: view.h */
    int64_t looks;            /* cards and buttons carry it: changes whenever what one may decide changes */
    bool is_paused;
    const char *held;         /* why it waits for a person; NULL: it does not */
    int64_t held_until_ms;    /* nobody answered by then: back; 0: never */
    bool is_denied;           /* held, because the increase after this step was not allowed: `retry` tries it again */
    struct measured measured; /* the last look; at_ms 0: none yet */
    int64_t verdict;          /* enum judge_verdict of it */
    const char *verdict_why;
    struct deploy_shown shown;
    const char *returning;    /* why traffic goes back; NULL: it does not */
    bool is_aborted;          /* returning: because a person said so */
    bool is_giving_back;      /* returning: the change is on its way; what was asked about before is no reason for another */
    int64_t given_back;       /* how often the way back was taken */
    const char *returned_as;  /* "W3": the last owner acted while no store answered; or NULL */
    const char *problem;      /* why the last change of traffic did not go as wanted, a peer's words; NULL: it did */
    const char *failed_in;    /* the state in which it failed */
    const char *same;         /* refused, for this operation brings the very same already; NULL: that was not why */
    int64_t switched_at_ms;   /* when the last change of traffic was made; 0: it is not known that it was */
    const char *switched_by;  /* outside id of that change's effect; NULL likewise */
    struct deploy_act *acts;
    size_t acts_count;
};
extern const struct shape deploy_body_shape;

#endif
