/* form.h - the form that asks for a deploy where its words do not suffice, and its drafts: `deploy --form`, of which
 * nothing ever begins. Only for this folder. Pure.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_FORM_H
#define OPSGATE_HANDLERS_DEPLOY_FORM_H

#include "handlers/deploy/arguments.h"

struct deploy_form;

/* No place was named, and a form can be opened; or it is a draft of one. */
bool deploy_wants_form(const struct view *view, const struct request *request, const struct typed *typed);
/* What is chosen so far, into arguments->form; policy is asked for any place where they may. */
bool deploy_read_form(const struct view *view, const struct request *request, const struct typed *typed,
                      struct deploy_arguments *arguments, struct question *ret_question, struct error *err);
void deploy_ask_by_form(const struct view *view, const struct request *request, const struct deploy_form *form,
                        struct outcome *out);

#endif
