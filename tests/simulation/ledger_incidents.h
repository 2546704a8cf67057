/* ledger_incidents.h - what the files ledger_incidents*.c know of incidents. */
#ifndef OPSGATE_SIMULATION_LEDGER_INCIDENTS_H
#define OPSGATE_SIMULATION_LEDGER_INCIDENTS_H

#include "tests/simulation/ledger_internal.h"

struct incident { /* as its record says */
    struct incident_seen seen;
    const char *state, *channel, *severity;
    bool is_private;
    const char **timeline; /* entries, as they were written */
    size_t timeline_count;
    int64_t newest_ms; /* unix: of the last of them */
    int64_t cut;
    bool is_reopened;   /* by the commit that is being written */
    const char **pages; /* ids */
    size_t pages_count;
    bool is_unclear, has_more_pages; /* it asks what one is; there are some that it does not follow */
    int reopenings;                  /* that no person asked for here */
    int64_t changed_ms, resolved_ms;               /* virtual; resolved: here, last */
    const char *state_then, *state_before; /* of the commit before */
    int64_t updated_ms,
        severity_ms; /* by its record; since when it has that severity, if it ever had another; virtual */
    int64_t steady_ms[PROMPT_COUNT]; /* likewise, by the clock that nobody sets */
    int64_t since_ms[PROMPT_COUNT];  /* from when on what it asks for counts; virtual */
    const char **insiders;           /* of a private one: Slack's ids */
    size_t insiders_count;
    bool said[PROMPT_COUNT];       /* since then */
    int64_t said_ms[PROMPT_COUNT]; /* last */
};

struct made_channel { /* that opsgate has made */
    const char *id, *name;
    const struct known_operation *maker; /* whose effect it was */
    const char *owner;                   /* operation's outside id: who greeted there first; NULL: nobody */
    bool is_private;
};

/* ledger_pages.c */
void pages_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *body);
void pages_reopened(struct ledger *ledger, struct known_operation *operation);

bool incidents_take_mark(const char *text, struct str *ret_mark); /* of a person's words: "zq17q" */

/* ledger_private.c */
void private_said(struct ledger *ledger, const struct known_operation *operation, const char *entry);
void private_commit(struct ledger *ledger);
void private_changed(struct ledger *ledger, const struct world_change *change);

/* ledger_prompts.c */
void prompts_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *body);
void prompts_commit(struct ledger *ledger);

#endif
