/* body.h - what a deploy remembers, and its plan: embedded, so that a reload changes nothing under it. */
#ifndef OPSGATE_HANDLERS_DEPLOY_BODY_H
#define OPSGATE_HANDLERS_DEPLOY_BODY_H

#include "bot/model/cloud_run.h"
#include "bot/model/deployment.h"
#include "bot/model/measure.h"
#include "bot/model/settings_service.h"
#include "bot/model/source.h"
#include "handlers/approval.h"
#include "handlers/broken.h"
#include "handlers/judge/judge.h"
#include "handlers/program_feed.h"

#define DEPLOY_SCHEMA 3

/* ---- the plan ---- */

struct deploy_step {
    int64_t percent; /* 1 to 100 */
    int64_t bake_ms; /* observed time before it is judged; 0: goes on at once */
};

struct deploy_query_limit { /* besides its maximum */
    double min;             /* 0: none */
    int64_t in_a_row;       /* 0: 1 */
};

struct deploy_probes { /* opsgate asks the new revision itself: probing.h */
    const char *path;
    int64_t every_ms, timeout_ms, expect_status;
};

struct deploy_limits { /* a step is judged by; from analysis_settings. 0: not judged */
    bool is_judged;    /* there is a metrics source, and something to judge by; or probes are made */
    const struct deploy_probes *probes; /* it is judged by these, and users' requests are not counted; NULL: by users' */
    double error_rate, errors_vs_baseline;
    int64_t latency_p95_ms;
    double latency_vs_baseline;
    bool is_traffic_judged;
    double budget, detect; /* 0: as usual */
    int64_t warm_up_ms, block_ms, lag_ms;
    int64_t min_requests;
    int64_t max_bake_ms;   /* a step that cannot be judged by then is inconclusive */
    int64_t unanswered_ms; /* a held step that nobody answers is rolled back after this; 0: it waits */
    int64_t on_fail, on_inconclusive; /* enums of settings_service.h */
    struct measure_names names;
    struct measure_query *queries;
    size_t queries_count;
    struct measure_value *maxima; /* in the order of the queries */
    size_t maxima_count;
    struct deploy_query_limit *query_limits; /* likewise; fewer, of older records: none */
    size_t query_limits_count;
};

/* ---- what happened ---- */

struct deploy_query_seen {
    struct measure_value value; /* when it was last known */
    int64_t beyond;             /* looks in a row */
};

struct deploy_telling { /* how much is told in blocks of this length, since they are that long; a gap begins it anew */
    int64_t from_ms;     /* when they got longer, or of the first block that tells of the new revision; 0: none did */
    int64_t canary_ms;   /* of blocks that tell of it */
    int64_t baseline_ms; /* of those that tell of the baseline, too */
};

struct deploy_judging {       /* of the new revision, from its first step on; judging.h */
    struct judge_state state; /* step_from_ms 0: the source has not told its time in this step yet */
    double slow_vs_s;         /* beside the baseline, slow is slower than this: of the time before the step. 0: not known yet */
    double bound_s, bound_vs_s; /* what the source counts by in their place; 0: nothing it could */
    int64_t block_ms;         /* longer than the limits' own, for the metrics come more seldom; 0: as the limits have it */
    struct deploy_telling telling;
    bool is_told;             /* the new revision was, once in this step */
    struct deploy_query_seen *queries;
    size_t queries_count;
};

struct deploy_probe_counts {       /* of one revision */
    int64_t made, failed, unknown; /* unknown: not made */
    int64_t slowest_ms;            /* of the good ones */
};

struct deploy_probed { /* what the probes of this step found */
    struct deploy_probe_counts canary, baseline;
    bool is_blind;       /* of the last ones none could be made */
    const char *problem; /* of the last one that was not good, a peer's words; or NULL */
};

struct deploy_probing {       /* likewise, and what the judge knows by them; the steady clock */
    struct judge_state state; /* as that of users' requests */
    struct deploy_probed probed;
};

struct deploy_forecast { /* before the first step; forecast.c */
    double requests_a_minute; /* of the revision that serves */
};

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
    struct deploy_probed probed; /* in its place, where probes are made */
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
    struct program_feed feed;
    const char *stopping; /* why it is stopped; NULL: it is not */
};

struct deploy_checks {      /* what GitHub said of the pinned commit, as policy wanted to know; evidence.c */
    int64_t state;          /* enum checked (bot/model/checks.h) */
    int64_t read_at_ms;     /* 0: not yet */
    int64_t since_ms, until_ms; /* it is waited for them */
    int64_t looks;
    const char *undone;     /* "2 of 7 are not done: `build`, `test`"; NULL: not known */
    bool has_begun;         /* one was seen: there are some, whatever a later look finds */
};
struct deploy_authors {     /* likewise: of the commits that it brings */
    const char *base;       /* the commit that served then; "": nothing did, and it is of the last commit alone */
    bool is_known;          /* they were told */
    const char **logins;    /* each once */
    size_t logins_count;
};

struct deploy_change { /* what it brings, and what they consent to who are asked; change.c */
    bool is_told;      /* the commits are: */
    const char *base;  /* compared with this one, which serves; NULL: nothing does, and it is the last one alone */
    struct source_commit *commits; /* the newest first; COMMITS_TOLD_MAX */
    size_t commits_count;
    int64_t commits_total;
    const char *unknown;  /* why the commits are not known; or NULL */
    const char *way_back; /* where `rollback` would lead after it, and what it would change; NULL: not known yet */
    const char *serves;   /* the revision that serves, where the record alone knows no way back; NULL: not asked, or not told */
    const char *against;  /* "`v1.4.1` of D1000": what served when both were asked for; NULL: not known */
};

struct deploy_drift { /* of the service's template from what serves: drift.h */
    const char *differences; /* "settings +A ~B; secrets +C"; NULL: none but of scaling */
    const char *scaling;     /* "min 0→2"; NULL: none */
    const char *by;          /* who changed the service last; or NULL */
    int64_t at_ms;           /* when; the steady clock. 0: not told */
};

struct deploy_compared { /* GitHub's answer */
    const char *base, *head; /* commits */
    const char *relation;    /* authors_read (bot/model/checks.h); NULL: GitHub cannot tell */
};

struct deploy_served { /* by Cloud Run itself; queue_serving.c */
    const char **revisions; /* with traffic */
    size_t revisions_count;
    bool is_told;
    int64_t at_ms; /* when it was asked */
};

struct deploy_trigger { /* what began it on GitHub; triggered.h */
    const char *what;       /* "release `v1.5.0` of acme/platform" */
    const char *subject;    /* "acme/platform/releases/991" */
    const char *url, *title; /* its page, its name; or NULL */
    const char *sha;        /* the commit that it led to then; NULL: not known */
    const char *release;    /* the tag of a release; NULL: something else */
    bool is_prerelease;     /* as it was then */
    const char *deployment; /* on GitHub, that somebody else made: its id; or NULL */
    bool is_shared;         /* other deploys came of it too: what began them tells GitHub how it goes */
    struct principal initiator; /* who did it there; id "": nobody knows */
    const char *author;         /* of the release or deployment: login, as GitHub says; or NULL */
    const char **authors;       /* of the release, when it was made again since by somebody else: theirs */
    size_t authors_count;
};

/* `set` and `restart`: what serves gets a new revision. An older binary would make one without what is changed, so records
 * that may have this have a schema of their own. */
struct deploy_tune {
    const char *verb; /* "set", "restart" */
    bool is_dry_run;  /* it is only told what would change */
    struct run_resources resources;
    const char **removed; /* of the environment; what is set stands in `env` */
    size_t removed_count;
    const char **changes; /* once they are known: "cpu 1 → 2", "+`LOG_LEVEL`"; secret values never stand here */
    size_t changes_count;
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
    const struct deploy_trigger *trigger; /* NULL: a person asked for it */
    int64_t told_at_ms;     /* GitHub last said that the release is as it was; 0: not yet */
    const char *tag_prefix; /* of its releases' tags, no part of the version: "api/"; or NULL */
    const char *reason;     /* the person's own words, or NULL */
    const char *break_glass; /* why a deny is to be passed, or NULL */
    const struct deploy_program *program; /* NULL: another driver */
    struct run_place place; /* Cloud Run; else empty */
    struct shape_pair *env; /* --set-env */
    size_t env_count;
    const struct deploy_tune *tune; /* NULL: a deploy */
    bool keeps_image;       /* only settings change: the image is the serving one's */
    const char *health_path, *health_field, *health_value;
    bool health_is_private; /* asked with an identity token */
    int64_t health_status, health_timeout_ms, health_deadline_ms, health_successes;
    const char *image_tag;  /* to be pinned, or a digest; NULL: not known yet */
    const char *branch_tag; /* which one a commit's build makes: artifact.branch_tag */
    const struct deploy_checks *github_checks; /* NULL: policy asks for none */
    const struct deploy_authors *authors;      /* likewise */
    struct approvals approvals;
    const struct deploy_change *change; /* NULL: not asked for yet */
    const struct deploy_drift *drift;   /* NULL: there is none, or it is not known */
    struct broken_deny *glasses; /* denies that were passed so: announced, and a review of each was begun */
    size_t glasses_count;
    const char **broken;       /* of older records: by where the rule stood, which says nothing after a reload */
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
    const char *irreversible_left; /* way back: the version, left or passed, that older code cannot follow; or NULL */

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
    const char *previous_uri; /* of a tag of ours on the previous revision; NULL: it has none */
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
    struct measured measured; /* the last look, without its blocks; at_ms 0: none yet */
    const struct deploy_judging *judging;   /* NULL: nothing was judged yet, or by an older binary */
    const struct deploy_probing *probing;   /* NULL: no probe was asked for */
    const struct deploy_forecast *forecast; /* NULL: not known */
    int64_t verdict;          /* enum judge_verdict of it */
    const char *verdict_why;
    struct deploy_shown shown;
    const char *returning;    /* why traffic goes back; NULL: it does not */
    const char *moved;        /* returning: "somebody else had moved it to 40 %: given back, too"; NULL: nobody had */
    bool is_aborted;          /* returning: because a person said so */
    bool is_giving_back;      /* returning: the change is on its way; what was asked about before is no reason for another */
    int64_t given_back;       /* how often the way back was taken */
    const char *returned_as;  /* "W3": the last owner acted while no store answered; or NULL */
    const char *problem;      /* why the last change of traffic did not go as wanted, a peer's words; NULL: it did */
    const char *failed_in;    /* the state in which it failed */
    bool is_marked;         /* its release says that it is irreversible; what serves already is none for that */
    bool is_irreversible;   /* older code cannot run on what it changes: irreversible.h */
    const char *irreversible_marker; /* words in a release's text that say so; NULL: none are looked for */
    const char *irreversible_release; /* named by a tag alone: the release of it, which is looked at first; or NULL */
    bool is_release_told;            /* GitHub has answered about that */
    bool is_release_asked_again;     /* the record did not know its image */
    const char *irreversible_untold; /* why it did not: the record has to know the image then; or NULL */
    bool is_reversible;              /* `--reversible`: somebody says so, and GitHub is not asked */
    const char *begun_over; /* doubt.h: the one that had left open whether what is irreversible serves; or NULL */
    bool is_now;            /* `--now`: before all who wait but a way back, and what runs there is aborted for it */
    const char *overtaken_by;  /* it was asked for later, and could run before this one could; NULL: nobody was */
    const char *superseded_by; /* it ended for that one; or NULL */
    struct deploy_compared *compared; /* with other commits, as far as that was asked */
    size_t compared_count;
    const char *comparing;  /* GitHub is asked how it stands to this commit; NULL: it is not */
    const struct deploy_served *served; /* a machine's: what it is compared with; NULL: that was not asked for */
    const char *same;         /* refused, for this operation brings the very same already; NULL: that was not why */
    int64_t switched_at_ms;   /* when the last change of traffic was made; 0: it is not known that it was */
    const char *switched_by;  /* outside id of that change's effect; NULL likewise */
    int64_t serves_at_ms;     /* its first traffic: since Cloud Run took that change, or may have; 0: none yet */
    const struct deployment_told *github; /* the deployment that GitHub is told of: github_told.h; NULL: of none */
    bool is_change_told;      /* PagerDuty, of its beginning: pagerduty_told.h; */
    const char *changed_from; /* what it was told that it takes the place of; or NULL */
    struct deploy_act *acts;
    size_t acts_count;
};
extern const struct shape deploy_body_shape;

#endif
