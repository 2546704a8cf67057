/* page.h - somebody has to look now: told to who is on call, where slack.channels.oncall says, and by mail. */
#ifndef OPSGATE_HANDLERS_WATCH_PAGE_H
#define OPSGATE_HANDLERS_WATCH_PAGE_H

#include "bot/model/outcome.h"
#include "bot/model/parked.h"
#include "bot/model/view.h"

#define PAGE_TAG "page" /* how tags of the effects begin: one that did not arrive is said elsewhere */
#define PAGE_MAIL_TAG PAGE_TAG ".mail"

struct page {
    const char *subject;   /* of the mail: one line, without markup */
    const char *text;      /* may have card.h's marks */
    bool is_without_slack; /* it is Slack that is lost... */
    bool is_without_mail;  /* ...or mail */
    bool is_reminder;      /* said before: it waits nowhere, else one would pile up upon the other */
};

void watch_page(const struct view *view, struct outcome *out, const struct page *page);
bool watch_pages_by_mail(const struct settings *settings);

/* Does a page get there, as far as is known by what is refused (bot/model/parked.h)? */
bool watch_slack_takes_pages(const struct view *view, const struct parked *refused, size_t count);
bool watch_mail_takes_pages(const struct parked *refused, size_t count);

#endif
