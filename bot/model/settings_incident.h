/* settings_incident.h - incidents, and runbooks: any other procedure, as a guarded command.
 *
 * Part of struct settings. Everything is borrowed from the configuration's arena and never changes.
 */
#ifndef OPSGATE_MODEL_SETTINGS_INCIDENT_H
#define OPSGATE_MODEL_SETTINGS_INCIDENT_H

#include "bot/base/shape.h"

struct escalation {
    int64_t after_ms;
    const char *to; /* a role */
};
struct severity_settings {
    const char *name; /* "P1"; the list goes from worst to least */
    const char *about;
    int64_t acknowledge_ms, update_every_ms, mail_after_ms, post_mortem_ms; /* 0: not asked for */
    const char **mail_to;
    size_t mail_to_count;
    struct escalation *escalate;
    size_t escalate_count;
    bool in_hours; /* of all these times only what lies within incidents.hours counts */
    bool status_page;
};
struct open_on_pagerduty {
    const char *urgency, *service, *priority;
};
struct open_on_alertmanager {
    struct shape_pair *labels;
    size_t labels_count;
};
struct open_on {
    const struct open_on_pagerduty *pagerduty;
    const struct open_on_alertmanager *alertmanager;
    const char *severity;
};
struct incident_type { /* besides how bad it is: what it is, and whom that concerns */
    const char *name;     /* "data-breach"; no severity is called so */
    const char *about;
    const char *severity; /* unless whoever declares it says another */
    bool private;
    const char **call;    /* roles, at once */
    size_t call_count;
};
struct incidents_settings {
    const char *channel; /* "inc-{date}-{slug}" */
    struct severity_settings *severities;
    size_t severities_count;
    const char **hours, **holidays; /* windows: "Mon-Fri 09:00-17:00 Europe/Berlin"; "2026-12-24 - 2026-12-26 Europe/Berlin" */
    size_t hours_count, holidays_count;
    struct open_on *open_on;
    size_t open_on_count;
    struct incident_type *types;
    size_t types_count;
    bool mail_private; /* stakeholders of the severity hear of private ones, too */
};
extern const struct shape incidents_settings_shape;

struct runbook_arg { /* exactly one of one_of, pattern, type */
    const char *name, *about;
    const char **one_of;
    size_t one_of_count;
    const char *pattern; /* '*' and '?' as in file names */
    const char *type;    /* of runbook_arg_types */
    int64_t min, max;    /* integer */
    const char *otherwise;
};
extern const char *const runbook_arg_types[]; /* "integer", "version", "duration", "cidr"; NULL-terminated */

struct runbook_step {    /* exactly one of run, check, verb, manual, wait */
    const char *name;    /* NULL: it is called by its place, "2" */
    const char **run;    /* argv, never a shell; {arg} is filled in, here and in the next three */
    size_t run_count;
    const char **check;  /* argv: asked again until it exits with 0 */
    size_t check_count;
    const char *verb;    /* another request: "deploy api production {version}" */
    const char *manual;  /* what a person has to confirm */
    int64_t wait_ms;
    int64_t timeout_ms;  /* 0: runbook_step_timeout_ms */
    int64_t every_ms;    /* check */
    int on_crash;        /* enum on_crash: run */
    bool skippable;
    bool may_fail;       /* run, check: when it ends badly, the rest goes on all the same */
};
#define RUNBOOK_TODAY "today" /* {today} in a step: the day in UTC on which the run was asked for, as 20261123 */
#define RUNBOOK_STEP_TIMEOUT_MS (5 * 60 * INT64_C(1000)) /* of a run or a check that says nothing; the others have none */

struct runbook_match {   /* in an incident it is offered: all that is said must fit */
    struct shape_pair *labels; /* of an alert */
    size_t labels_count;
    const char *title;   /* a pattern of the incident's title, in any case */
    const char **service; /* any of these is concerned */
    size_t service_count;
};
enum schedule_missed { MISSED_ONCE, MISSED_SKIP };
enum schedule_overlap { OVERLAP_SKIP, OVERLAP_QUEUE };
#define SCHEDULES_MAX 60 /* of all runbooks: one record keeps them, each with its last runs */
struct runbook_schedule { /* it is run by itself, at these times */
    int line;
    const char *name;    /* NULL: that of its runbook */
    const char *cron;    /* five fields, as in crontab(5) */
    const char *zone;    /* "Europe/Berlin" */
    enum schedule_missed missed;   /* what was due while nobody ran */
    enum schedule_overlap overlap; /* what is due while the last run is at work */
    const char *owner;   /* who is told: a role, or a principal, "slack:U012AB3CD"; or NULL */
    const char *channel; /* where; NULL: slack.channels.alerts */
    struct shape_pair *args;
    size_t args_count;
};
struct runbook_settings {
    const char *name, *about;
    struct runbook_arg *args;
    size_t args_count;
    const char *target; /* "livekit/production", or a database */
    bool destructive;   /* asks for the target's name to be typed */
    int64_t timeout_ms; /* of the whole; 0: none */
    struct shape_pair *environment; /* of its programs, beside PATH, HOME, LANG and TZ */
    size_t environment_count;
    const struct runbook_match *match;
    const char *rotates; /* the name of a secret: `rotate` runs it, and policy is asked for that; or NULL */
    struct runbook_schedule *schedule;
    size_t schedule_count;
    struct runbook_step *steps;
    size_t steps_count;
};
extern const struct shape runbook_settings_shape;

/* What policy calls it: "run", or "rotate". */
const char *runbook_ruled_as(const struct runbook_settings *runbook);
/* "nightly-backup": a schedule's own name, or its runbook's. */
const char *schedule_name(const struct runbook_settings *runbook, const struct runbook_schedule *schedule);

#endif
