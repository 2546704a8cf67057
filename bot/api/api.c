/* api.c - the rows: what can be read, and which function answers. Who may see which of it, the function asks (may.c).
 */
#include "bot/api/internal.h"

#include "bot/api/document.h"

#define NONE ((const char *const[]){ NULL })

/* To anybody: it says what may be asked, and nothing of what there is. */
static void tell_document(struct api_call *call)
{
    api_answer_text(call, api_documents[0].type, api_documents[0].text);
}

const struct api_row api_rows[] = {
    { "me", NONE, api_me, API_ROW_RECORD },
    { "operations", (const char *const[]){ "state", "kind", "target", "limit", "before", NULL }, api_operations,
      API_ROW_RECORD },
    { "operations/*", (const char *const[]){ "wait", "until", NULL }, api_operation, API_ROW_RECORD },
    { "incidents", (const char *const[]){ "state", "limit", "before", NULL }, api_incidents, API_ROW_RECORD },
    { "incidents/*", NONE, api_incident, API_ROW_RECORD },
    { "incidents/*/postmortem.md", NONE, api_post_mortem, API_ROW_COUNTS },
    { "targets", (const char *const[]){ "limit", "before", NULL }, api_targets, API_ROW_RECORD },
    { "targets/**", NONE, api_target, API_ROW_RECORD },
    { "inbox", (const char *const[]){ "limit", NULL }, api_inbox, API_ROW_RECORD },
    { "dead", (const char *const[]){ "limit", "before", NULL }, api_dead, API_ROW_RECORD },
    { "dead/*", NONE, api_dead_letter, API_ROW_RECORD },
    { "journal",
      (const char *const[]){ "since", "until", "person", "operation", "request", "kind", "text", "limit", "before",
                             NULL },
      api_journal, API_ROW_RECORD },
    { "policy/explain", (const char *const[]){ "who", "text", NULL }, api_policy_explain, API_ROW_RECORD },
    { "policy/who-can", (const char *const[]){ "text", NULL }, api_policy_who_can, API_ROW_RECORD },
    { "openapi.json", NONE, tell_document, API_ROW_OPEN },
    { "requests/*", NONE, api_request_told, API_ROW_RECORD },
    { "events", NONE, api_events, API_ROW_RECORD },
    { .path = NULL },
};
