#include "handlers/review_mail.h"

#include "handlers/watch/say.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/effect.h"
#include "bot/model/mail.h"
#include "bot/model/settings.h"

#define QUOTED_BYTES 1000
#define ERROR_MAX_BYTES 300

static void send(const struct view *view, struct outcome *out, const char *subject, const char *text)
{
    const struct policy_settings *policy = &view->settings->policy;
    struct mail_delivery mail = { .to = policy->glass_mail_to,
                                  .to_count = policy->glass_mail_to_count,
                                  .subject = subject,
                                  .text = text,
                                  .at_ms = view_unix_ms(view) };

    outcome_effect(out, (struct wanted_effect){ .kind = EFFECT_MAIL,
                                                .lane = MAIL_LANE,
                                                .tag = REVIEW_MAIL_TAG,
                                                .args = shape_to_json(&mail_delivery_shape, &mail, SHAPE_WHOLE) });
}

static bool is_wanted(const struct view *view)
{
    return view->settings->policy.glass_mail_to_count > 0;
}

/* "Ann (slack:U012AB3CD)" */
static const char *called(const struct principal *who, struct arena *arena)
{
    const char *id = principal_text(who, arena);

    return who->name ? arena_printf(arena, "%s (%s)", who->name, id) : id;
}

/* "deploy D1042 of api in production, v1.5.1" */
static const char *what_was_done(const struct view *view, const struct review_body *body)
{
    const struct operation *broken = view->find_operation(view->ctx, body->broken_by);
    const char *verb = broken ? json_find_string(broken->body, "verb") : NULL, /* of a kind with several */
        *place = review_place(body, " in ", view->arena);

    return arena_printf(view->arena, "%s%s%s%s%s%s%s", verb ? verb : broken ? broken->kind : "", broken ? " " : "",
                        body->broken_by, place ? " of " : "", place ? place : "", body->version ? ", " : "",
                        body->version ? body->version : "");
}

static const char *facts(const struct view *view, const struct principal *who, const struct review_body *body)
{
    return arena_printf(view->arena,
                        "  who     %s\n"
                        "  what    %s\n"
                        "  past    %s\n"
                        "  reason  %.*s\n",
                        called(who, view->arena), what_was_done(view, body), review_past(body, view->arena),
                        QUOTED_BYTES, body->reason);
}

static const char *how_to_close(const struct view *view, const char *review)
{
    return arena_printf(view->arena,
                        "Somebody else has to look at that, and close the review %s. In Slack:\n"
                        "\n"
                        "  /ops review %s \"what you found\"\n",
                        review, review);
}

static const char *subject_of(const struct view *view, const struct review_body *body, const char *review)
{
    const char *place = review_place(body, "/", view->arena);

    return arena_printf(view->arena, "Broken glass: %s, review %s", place ? place : body->broken_by, review);
}

void review_mail_opened(const struct view *view, const struct principal *who, const struct review_body *body,
                        struct outcome *out)
{
    if (!is_wanted(view))
        return;
    send(view, out, subject_of(view, body, out->operation_id),
         arena_printf(view->arena, "Somebody broke the glass, past what %s.\n\n%s\n%s",
                      review_is_of_policy(body) ? "the policy denies" : "holds an irreversible version",
                      facts(view, who, body), how_to_close(view, out->operation_id)));
}

void review_mail_reminder(const struct view *view, const struct operation *review, const struct review_body *body,
                          struct outcome *out)
{
    if (!is_wanted(view) || body->reminders < REVIEW_MAIL_REMINDS_AFTER)
        return;
    send(view, out, arena_printf(view->arena, "Still open: %s", subject_of(view, body, review->id)),
         arena_printf(view->arena, "The review %s is open for %s. Somebody broke the glass:\n\n%s\n%s", review->id,
                      duration_about(view->now_ms - review->created_at_ms).text, facts(view, &review->requester, body),
                      how_to_close(view, review->id)));
}

void review_mail_ended(const struct view *view, const struct operation *review, const struct event *event,
                       struct outcome *out)
{
    if (event->end == END_DONE || event->end == END_CANCELLED)
        return;
    watch_say(view, out,
              arena_printf(
                  view->arena, "A mail about *%s* did not go, or not to all of `policy.glass_mail_to`: %s", review->id,
                  card_quote(str_of(event->error ? event->error : "nobody knows why"), ERROR_MAX_BYTES, view->arena)));
}
