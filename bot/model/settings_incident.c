#include "bot/model/settings_incident.h"

#define DAYS_MS(n) ((n)*24 * 3600 * INT64_C(1000))

static const char *const on_crash_names[] = { "ask", "repeat", NULL };

/* ---- incidents ---- */

static const struct shape_field escalation_rows[] = {
    ROW_MS(escalation, after, .flags = SHAPE_REQUIRED, .max = DAYS_MS(30),
           .about = "since it was opened, still not resolved"),
    ROW_STRING(escalation, to, .flags = SHAPE_REQUIRED, .min = 1, .max = 63, .about = "a role"),
};
static const struct shape escalation_shape = SHAPE("an escalation", escalation, escalation_rows);

static const struct shape_field severity_rows[] = {
    ROW_STRING(severity_settings, name, .flags = SHAPE_REQUIRED, .min = 1, .max = 63, .about = "such as P1"),
    ROW_STRING(severity_settings, about, .max = 200, .about = "what counts as such"),
    ROW_MS(severity_settings, acknowledge, .min = 1000, .max = DAYS_MS(30),
           .about = "somebody must have answered by then"),
    ROW_MS(severity_settings, update_every, .min = 1000, .max = DAYS_MS(30),
           .about = "whoever leads is asked for an update"),
    ROW_MS(severity_settings, mail_after, .min = 1000, .max = DAYS_MS(30),
           .about = "stakeholders get a mail when it lasts so long"),
    ROW_STRINGS(severity_settings, mail_to, .flags = SHAPE_ONE_OR_MANY, .max = 50, .about = "their addresses"),
    ROW_OBJECTS(severity_settings, escalate, &escalation_shape, .max = 20, .about = "the ladder, in rising time"),
    ROW_MS(severity_settings, post_mortem, .min = 1000, .max = DAYS_MS(90),
           .about = "due so long after it was resolved"),
    ROW_BOOL(severity_settings, in_hours, .about = "of its times only those within incidents.hours count"),
    ROW_BOOL(severity_settings, status_page, .about = "shown on the public status page"),
};
static const struct shape severity_shape = SHAPE("a severity", severity_settings, severity_rows);

static const struct shape_field open_on_pagerduty_rows[] = {
    ROW_STRING(open_on_pagerduty, urgency, .min = 1, .max = 20, .about = "high or low"),
    ROW_STRING(open_on_pagerduty, service, .min = 1, .max = 63, .about = "PagerDuty's id of a service"),
    ROW_STRING(open_on_pagerduty, priority, .min = 1, .max = 63, .about = "as PagerDuty calls it: P1"),
};
static const struct shape open_on_pagerduty_shape =
    SHAPE("an alert of PagerDuty", open_on_pagerduty, open_on_pagerduty_rows);

static const struct shape_field open_on_alertmanager_rows[] = {
    ROW_MAP(open_on_alertmanager, labels, .flags = SHAPE_REQUIRED, .min = 1, .max = 50, .about = "all of these"),
};
static const struct shape open_on_alertmanager_shape =
    SHAPE("an alert of Alertmanager", open_on_alertmanager, open_on_alertmanager_rows);

static const struct shape_field open_on_rows[] = {
    ROW_OPTION(open_on, pagerduty, &open_on_pagerduty_shape, .about = "an incident there"),
    ROW_OPTION(open_on, alertmanager, &open_on_alertmanager_shape, .about = "a group of alerts there"),
    ROW_STRING(open_on, severity, .flags = SHAPE_REQUIRED, .min = 1, .max = 63,
               .about = "opens an incident of this severity"),
};
static const struct shape open_on_shape = SHAPE("an opening rule", open_on, open_on_rows);

static const struct shape_field type_rows[] = {
    ROW_STRING(incident_type, name, .flags = SHAPE_REQUIRED, .min = 1, .max = 63,
               .about = "typed in front of the title: data-breach"),
    ROW_STRING(incident_type, about, .max = 200, .about = "what counts as such"),
    ROW_STRING(incident_type, severity, .flags = SHAPE_REQUIRED, .min = 1, .max = 63,
               .about = "unless another one is typed behind it"),
    ROW_BOOL(incident_type, private, .about = "only those who are invited see anything of it"),
    ROW_STRINGS(incident_type, call, .flags = SHAPE_ONE_OR_MANY, .max = 20, .about = "roles that are called at once"),
};
static const struct shape type_shape = SHAPE("a type of incidents", incident_type, type_rows);

static const struct shape_field incidents_rows[] = {
    ROW_STRING(incidents_settings, channel, .otherwise = "inc-{date}-{slug}", .min = 1, .max = 60,
               .about = "name of an incident's own channel"),
    ROW_OBJECTS(incidents_settings, severities, &severity_shape, .flags = SHAPE_REQUIRED, .min = 1, .max = 10,
                .about = "from worst to least"),
    ROW_STRINGS(incidents_settings, hours, .flags = SHAPE_ONE_OR_MANY, .max = 50,
                .about = "hours of work, for severities with in_hours: \"Mon-Fri 09:00-17:00 Europe/Berlin\""),
    ROW_STRINGS(incidents_settings, holidays, .flags = SHAPE_ONE_OR_MANY, .max = 200,
                .about = "not hours of work: \"2026-12-24 - 2026-12-26 Europe/Berlin\""),
    ROW_OBJECTS(incidents_settings, open_on, &open_on_shape, .max = 100,
                .about = "what opens an incident by itself; the first that matches"),
    ROW_OBJECTS(incidents_settings, types, &type_shape, .max = 20,
                .about = "what people declare by another word than its severity"),
    ROW_BOOL(incidents_settings, mail_private,
             .about = "stakeholders get their mail about private incidents, too: it holds the title"),
};
const struct shape incidents_settings_shape = SHAPE("incidents", incidents_settings, incidents_rows);

/* ---- runbooks ---- */

#define INTEGER_MAX INT64_C(1000000000000)

const char *const runbook_arg_types[] = { "integer", "version", "duration", "cidr", NULL };

static const struct shape_field arg_rows[] = {
    ROW_STRING(runbook_arg, name, .flags = SHAPE_REQUIRED, .min = 1, .max = 63, .about = "{name} in the steps"),
    ROW_STRING(runbook_arg, about, .max = 200, .about = "one line for help"),
    ROW_STRINGS(runbook_arg, one_of, .max = 100, .about = "the values it may have"),
    ROW_STRING(runbook_arg, pattern, .min = 1, .max = 200, .about = "with * and ?; what else it may be"),
    ROW_STRING(runbook_arg, type, .min = 1, .max = 20, .about = "or one of integer, version, duration, cidr"),
    ROW_INT(runbook_arg, min, .max = INTEGER_MAX, .about = "the least integer"),
    ROW_INT(runbook_arg, max, .max = INTEGER_MAX, .about = "the greatest"),
    { .name = "default",
      .type = SHAPE_STRING,
      .offset = SHAPE_AT(struct runbook_arg, const char *, otherwise),
      .min = 1,
      .max = 200,
      .about = "when it is left out" },
};
static const struct shape arg_shape = SHAPE("an argument", runbook_arg, arg_rows);

static const struct shape_field step_rows[] = {
    ROW_STRING(runbook_step, name, .min = 1, .max = 63, .about = "as --skip and cards call it; else its place, as 2"),
    ROW_STRINGS(runbook_step, run, .max = 100, .about = "argv, never a shell; {arg} is filled in, and {today} with the day, as 20261123"),
    ROW_STRINGS(runbook_step, check, .max = 100,
                .about = "argv: run again and again until it exits with 0; it changes nothing"),
    ROW_STRING(runbook_step, verb, .min = 1, .max = 1000,
               .about =
                   "another request of whoever asked, such as deploy api production {version}; its end is waited for"),
    ROW_STRING(runbook_step, manual, .min = 1, .max = 500, .about = "what a person has to do and confirm"),
    ROW_MS(runbook_step, wait, .min = 1000, .max = DAYS_MS(7), .about = "so long"),
    ROW_MS(runbook_step, timeout, .min = 1000, .max = DAYS_MS(7),
           .about = "then it has failed, and what runs is stopped; of run and check 5m unless it says so"),
    ROW_MS(runbook_step, every, .otherwise = "10s", .min = 1000, .max = DAYS_MS(1), .about = "how often it is checked"),
    ROW_ENUM(runbook_step, on_crash, on_crash_names, .otherwise = "ask",
             .about = "what to do when the outcome of a run is not known"),
    ROW_BOOL(runbook_step, skippable, .about = "--skip NAME leaves it out"),
    ROW_BOOL(runbook_step, may_fail, .about = "of run and check: when it ends badly, the rest goes on all the same"),
};
static const struct shape step_shape = SHAPE("a step", runbook_step, step_rows);

static const struct shape_field match_rows[] = {
    ROW_MAP(runbook_match, labels, .max = 50, .about = "an alert of the incident has all of these"),
    ROW_STRING(runbook_match, title, .min = 1, .max = 200, .about = "a pattern of its title with * and ?, in any case"),
    ROW_STRINGS(runbook_match, service, .flags = SHAPE_ONE_OR_MANY, .max = 100, .about = "it concerns one of these"),
};
static const struct shape match_shape = SHAPE("a match", runbook_match, match_rows);

static const char *const missed_names[] = { "once", "skip", NULL };
static const char *const overlap_names[] = { "skip", "queue", NULL };

static const struct shape_field schedule_rows[] = {
    ROW_LINE(runbook_schedule, line),
    ROW_STRING(runbook_schedule, name, .min = 1, .max = 63,
               .about = "as /ops schedules calls it, and rules: schedule:NAME; the runbook's name unless it has several"),
    ROW_STRING(runbook_schedule, cron, .flags = SHAPE_REQUIRED, .min = 1, .max = 200,
               .about = "minute, hour, day of the month, month, day of the week, as in crontab(5): \"0 2 * * *\""),
    ROW_STRING(runbook_schedule, zone, .otherwise = "UTC", .min = 1, .max = 60,
               .about = "whose clocks: a name of the tz database, such as Europe/Berlin"),
    ROW_ENUM(runbook_schedule, missed, missed_names, .otherwise = "once",
             .about = "what was due while opsgate did not run: one run for all of it, or none; the owner is told"),
    ROW_ENUM(runbook_schedule, overlap, overlap_names, .otherwise = "skip",
             .about = "what is due while its last run is at work: left out, and the owner is told, or run behind it"),
    ROW_STRING(runbook_schedule, owner, .min = 1, .max = 130,
               .about = "who is told when it fails, is missed, refused, or waits: a role, or slack:U…"),
    ROW_STRING(runbook_schedule, channel, .min = 2, .max = 81, .about = "where; else in slack.channels.alerts"),
    ROW_MAP(runbook_schedule, args, .max = 20, .about = "what the runbook takes"),
};
static const struct shape schedule_shape = SHAPE("a schedule", runbook_schedule, schedule_rows);

static const struct shape_field runbook_rows[] = {
    ROW_STRING(runbook_settings, name, .flags = SHAPE_REQUIRED, .min = 1, .max = 63, .about = "people type it"),
    ROW_STRING(runbook_settings, about, .max = 200, .about = "one line for help"),
    ROW_OBJECTS(runbook_settings, args, &arg_shape, .max = 20, .about = "what it takes, in order"),
    ROW_STRING(runbook_settings, target, .min = 1, .max = 130,
               .about = "what it changes: service/environment, or a database"),
    ROW_BOOL(runbook_settings, destructive, .about = "the target's name must be typed first"),
    ROW_MS(runbook_settings, timeout, .min = 1000, .max = DAYS_MS(30), .about = "of the whole, from its first step on"),
    ROW_MAP(
        runbook_settings, environment, .flags = SHAPE_SECRET, .max = 50,
        .about =
            "variables of its programs, beside PATH, HOME, LANG and TZ; their values are secrets, and shown nowhere"),
    ROW_OPTION(runbook_settings, match, &match_shape, .about = "in which incidents it is offered"),
    ROW_STRING(runbook_settings, rotates, .min = 1, .max = 63,
               .about = "the name of a secret that it rotates: /ops rotate NAME runs it, and rules call it rotate"),
    ROW_OBJECTS(runbook_settings, schedule, &schedule_shape, .flags = SHAPE_ONE_OR_MANY, .max = 20,
                .about = "when it is run by itself"),
    ROW_OBJECTS(runbook_settings, steps, &step_shape, .flags = SHAPE_REQUIRED, .min = 1, .max = 50,
                .about = "one after another"),
};
const struct shape runbook_settings_shape = SHAPE("a runbook", runbook_settings, runbook_rows);

const char *runbook_ruled_as(const struct runbook_settings *runbook)
{
    return runbook->rotates ? "rotate" : "run";
}

const char *schedule_name(const struct runbook_settings *runbook, const struct runbook_schedule *schedule)
{
    return schedule->name ? schedule->name : runbook->name;
}
