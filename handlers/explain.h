/* explain.h - `explain VERB...`: what each rule has to do with that request, for the person who asks. It only looks. */
#ifndef OPSGATE_HANDLERS_EXPLAIN_H
#define OPSGATE_HANDLERS_EXPLAIN_H

#include "bot/model/verb.h"

/* What policy would be asked for such a request. As verb->asks, but that `approve` and `review` may also name the place in
 * whose operations somebody would have that word, and `review` none. */
bool explain_ask(const struct view *view, const struct verb *verb, const struct request *request,
                 struct question *ret_question, const void **ret_arguments, struct error *err);

extern const struct verb verb_explain;

#endif
