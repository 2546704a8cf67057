/* asked.h - what a step asks for with its verb, by the file alone: for `opsgate check` and `opsgate policy lint`. Pure.
 */
#ifndef OPSGATE_HANDLERS_RUNBOOK_ASKED_H
#define OPSGATE_HANDLERS_RUNBOOK_ASKED_H

#include "bot/model/question.h"
#include "bot/model/settings.h"
#include "bot/model/view.h"

/* What policy would be asked for such a step (view_of_file), in the schedule's name, with what it gives for each argument that
 * the step has a placeholder of, or with its default. False: its words make no sense; err says what, as whoever typed them
 * would read. */
bool runbook_step_asks(const struct view *view, const struct runbook_settings *runbook, const struct runbook_step *step,
                       const struct runbook_schedule *schedule, struct question *ret_question, struct error *err);

#endif
