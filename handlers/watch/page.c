#include "handlers/watch/page.h"

#include "handlers/approvers.h"

#include "bot/base/buf.h"
#include "bot/model/delivery.h"
#include "bot/model/mail.h"
#include "bot/model/settings.h"

#include <string.h>

#define PLAIN_MAX_BYTES (8 * 1024)

/* " @ann, @bob", by any schedule that the policy names and that was read lately; "" when nobody is known. */
static const char *on_call(const struct view *view)
{
    struct approvals none = { 0 }, found = { 0 };
    struct approvers approvers = { .view = view, .approvals = &none };
    const char *text = "";

    approvers_ask_on_call(&approvers, &found);
    for (size_t i = 0; i < found.asked_count; i++)
        text = arena_printf(view->arena, "%s%s@{%s}", text, i > 0 ? ", " : " ", found.asked[i].who);
    return text;
}

static const char *channel_of(const struct settings *settings)
{
    const struct channels_settings *channels = &settings->slack.channels;

    return channels->oncall ? channels->oncall : channels->alerts ? channels->alerts : channels->deployments;
}

static bool is_refused(const struct parked *refused, size_t count, const char *seat)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(refused[i].seat, seat) == 0)
            return true;
    return false;
}

bool watch_slack_takes_pages(const struct view *view, const struct parked *refused, size_t count)
{
    const char *channel = channel_of(view->settings);

    return !is_refused(refused, count, "slack") &&
           !(channel &&
             is_refused(refused, count, arena_printf(view->arena, "slack " EFFECT_MESSAGE " slack:%s", channel)));
}

bool watch_mail_takes_pages(const struct parked *refused, size_t count)
{
    return !is_refused(refused, count, "mail") && !is_refused(refused, count, "mail " EFFECT_MAIL " " MAIL_LANE);
}

static void page_in_slack(const struct view *view, struct outcome *out, const char *text)
{
    struct message_delivery delivery = { .channel = channel_of(view->settings) };

    if (!delivery.channel)
        return;
    delivery.reply.text = arena_printf(view->arena, "🚨%s %s", on_call(view), text);
    outcome_effect(out,
                   (struct wanted_effect){ .kind = EFFECT_MESSAGE,
                                           .lane = arena_printf(view->arena, "slack:%s", delivery.channel),
                                           .tag = PAGE_TAG,
                                           .goes_first = true,
                                           .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE) });
}

/* Without bold and code: a mail shows the marks themselves. */
static const char *plain(const char *text, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(PLAIN_MAX_BYTES);

    for (const char *c = text; *c; c++)
        if (*c != '*' && *c != '`')
            buf_putc(&out, *c);
    buf_putc(&out, '\n');
    return arena_copy(arena, buf_str(&out));
}

bool watch_pages_by_mail(const struct settings *settings)
{
    return settings->smtp && settings->recovery.mail_to_count > 0;
}

static void page_by_mail(const struct view *view, struct outcome *out, const struct page *page)
{
    struct mail_delivery mail = { .to = view->settings->recovery.mail_to,
                                  .to_count = view->settings->recovery.mail_to_count,
                                  .subject = page->subject,
                                  .text = plain(page->text, view->arena),
                                  .at_ms = view_unix_ms(view) };

    outcome_effect(out, (struct wanted_effect){ .kind = EFFECT_MAIL,
                                                .lane = MAIL_LANE,
                                                .tag = PAGE_MAIL_TAG,
                                                .args = shape_to_json(&mail_delivery_shape, &mail, SHAPE_WHOLE) });
}

/* Where no mail is configured Slack has to do, even if it was refused: what is known of that may be old, so that the
 * page arrives at once; else it waits there, and is read when that is mended. */
void watch_page(const struct view *view, struct outcome *out, const struct page *page)
{
    bool has_mail = watch_pages_by_mail(view->settings);

    if (!page->is_without_slack || (!has_mail && !page->is_reminder))
        page_in_slack(view, out, page->text);
    if (has_mail && !page->is_without_mail)
        page_by_mail(view, out, page);
}
