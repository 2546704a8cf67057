/* review_mail.h - the mails about a broken glass: when it is broken, and each day that its review stays open too long.
 *
 * They go to policy.glass_mail_to; where nobody is named there, none goes.
 */
#ifndef OPSGATE_HANDLERS_REVIEW_MAIL_H
#define OPSGATE_HANDLERS_REVIEW_MAIL_H

#include "handlers/review.h"

#define REVIEW_MAIL_TAG "mail" /* of the effect's end */
#define REVIEW_MAIL_REMINDS_AFTER 3 /* reminders that are said in Slack only */

void review_mail_opened(const struct view *view, const struct principal *who, const struct review_body *body,
                        struct outcome *out);
/* `body` counts this reminder already. */
void review_mail_reminder(const struct view *view, const struct operation *review, const struct review_body *body,
                          struct outcome *out);
/* One that did not go is said aloud: whoever counts on it must not wait for it. */
void review_mail_ended(const struct view *view, const struct operation *review, const struct event *event,
                       struct outcome *out);

#endif
