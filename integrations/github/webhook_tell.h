/* webhook_tell.h - what a typed event is about and what it means: subject, meaning and time of an outside_event.
 *
 * The subject is the same in all that tells of one thing; the meaning the same only in what tells the same fact of it
 * (bot/model/github_event.h says why). Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_WEBHOOK_TELL_H
#define OPSGATE_INTEGRATIONS_GITHUB_WEBHOOK_TELL_H

#include "bot/model/github_event.h"
#include "bot/model/outside_event.h"

void webhook_tell_release(const void *typed, struct arena *arena, struct outside_event *event);
void webhook_tell_deployment(const void *typed, struct arena *arena, struct outside_event *event);
void webhook_tell_status(const void *typed, struct arena *arena, struct outside_event *event);
void webhook_tell_run(const void *typed, struct arena *arena, struct outside_event *event);
void webhook_tell_suite(const void *typed, struct arena *arena, struct outside_event *event);
void webhook_tell_push(const void *typed, struct arena *arena, struct outside_event *event);
void webhook_tell_comment(const void *typed, struct arena *arena, struct outside_event *event);
void webhook_tell_pull(const void *typed, struct arena *arena, struct outside_event *event);
void webhook_tell_installation(const void *typed, struct arena *arena, struct outside_event *event);

#endif
