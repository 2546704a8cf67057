/* scope.h - which places a request is about: of a service, of an environment, of both, or all; and which of them whoever
 * asks may see. Pure. */
#ifndef OPSGATE_HANDLERS_HISTORY_SCOPE_H
#define OPSGATE_HANDLERS_HISTORY_SCOPE_H

#include "bot/model/question.h"
#include "bot/model/view.h"

#define SCOPE_VERB "history" /* what policy is asked for, of what became of things */

struct scope_place {
    const char *name;            /* "api/production", "api/production/us-east1" */
    const struct target *target; /* NULL: never touched */
};
struct scope {
    struct scope_place *places; /* in the order of the configuration; each region is one */
    size_t count;
    size_t hidden;         /* services in environments that policy does not show to whoever asks */
    const char *about;     /* "*api* in *production*", "*api*", "everything in *staging*", "everything" */
    const char *any;       /* the same where it is denied: "anything in *staging*", "anything" */
    const char *adopted;   /* since when the record may have a gap, a sentence; NULL: it has none that anybody knows of */
};

/* Reads [SERVICE] [ENVIRONMENT], to be seen by whoever may `verb` there. Of several places the question is about the first that they may see: refused is who may see none. */
bool scope_read(const struct view *view, const struct request *request, const char *verb, const struct typed *typed,
                struct question *ret_question, struct scope *ret_scope, struct error *err);

/* A number behind `--name`; `otherwise` where none was given. */
bool scope_number(const struct typed *typed, const char *name, int64_t min, int64_t max, int64_t otherwise,
                  int64_t *ret_number, struct error *err);

#endif
