/* explain.h - `explain VERB...`: what each rule has to do with that request, for the person who asks. It only looks. */
#ifndef OPSGATE_HANDLERS_EXPLAIN_H
#define OPSGATE_HANDLERS_EXPLAIN_H

#include "bot/model/verb.h"

/* What policy would be asked for such a request. As verb->asks, but that `approve` and `review` may also name the place in
 * whose operations somebody would have that word, and `review` none; and that `deploy` may leave its version open. */
bool explain_ask(const struct view *view, const struct verb *verb, const struct request *request,
                 struct question *ret_question, const void **ret_arguments, struct error *err);
/* It did: then the answer is said to be for any version, with what of it depends on which (explain_by_version), or NULL. */
bool explain_is_for_any_version(const struct verb *verb, const void *arguments);
const char *explain_any_version_words(const char *by_version, struct arena *arena);

extern const struct verb verb_explain;

#endif
