/* opening.c - the steps by which an incident gets its channel, and whoever it needs. None of them is waited for: what
 * fails is said, and the incident lives on in #incidents. */
#include "handlers/incident/internal.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/channel_name.h"
#include "bot/model/effect.h"
#include "bot/model/exchange.h"
#include "bot/model/pagerduty_people.h"
#include "bot/model/plant.h"
#include "bot/model/slack_channel.h"

#include <string.h>

#define STEP_CHANNEL "step:channel"
#define STEP_INVITE "step:invite"
#define STEP_ON_CALL "step:oncall"
#define CHANNEL_TRIES_MAX 6 /* each is tried for an hour: bot/model/effect.c */
#define ON_CALL_DEADLINE_MS MINUTE_MS
#define CALLED_LEVEL 1 /* of PagerDuty's: the others have not been called yet */
#define NAME_MAX_BYTES 80
#define ERROR_MAX_BYTES 300
#define BOOKMARKS_MAX 3 /* of pages: a storm of them needs no more */

/* As `steps` keeps them: numbers of records. */
enum step { WANTED_CHANNEL = 1, WANTED_ANNOUNCEMENT = 2, WANTED_ON_CALL = 4, DONE_CHANNEL = 8 };

static bool is_first_time(struct deciding *d, enum step step)
{
    bool is_first = !(d->body->steps & step);

    d->body->steps |= step;
    return is_first;
}

static const char *own_lane(const struct deciding *d)
{
    return arena_printf(d->view->arena, "slack:%s", d->body->channel);
}

/* What only describes the channel has a lane of its own: Slack takes few of these a minute, and people are not to wait
 * behind them for what is said. */
static void want_aside(struct deciding *d, const char *kind, const char *key, const struct shape *shape,
                       const void *args)
{
    outcome_effect(d->out,
                   (struct wanted_effect){ .kind = kind,
                                           .lane = arena_printf(d->view->arena, "slack:%s:about", d->body->channel),
                                           .key = key,
                                           .args = shape_to_json(shape, args, SHAPE_WHOLE) });
}

/* ---- who ---- */

/* As `people` joins them; NULL: they are nobody in Slack, as far as we know. */
static const char *slack_id_of(const struct settings *settings, const char *system, const char *id, const char *email)
{
    for (size_t i = 0; i < settings->people_count; i++) {
        const struct person_settings *person = &settings->people[i];
        const char *other = strcmp(system, "pagerduty") == 0 ? person->pagerduty
                            : strcmp(system, "local") == 0   ? person->local
                            : strcmp(system, "github") == 0  ? person->github
                                                             : NULL;

        if ((text_equal(other, id)) ||
            (person->email && email && str_equal_nocase(str_of(person->email), str_of(email))))
            return person->slack;
    }
    return NULL;
}

const char *incident_slack_id(const struct deciding *d, const char *principal)
{
    struct str id = str_of(principal), system = str_take_until(&id, ':');

    if (!principal)
        return NULL;
    return str_is(system, "slack") ? id.at
                                   : slack_id_of(d->view->settings, arena_copy(d->view->arena, system), id.at, NULL);
}

/* As others tell it. */
static const char *why_not(const struct deciding *d, const char *error, const char *otherwise)
{
    return error ? card_quote(str_of(error), ERROR_MAX_BYTES, d->view->arena) : otherwise;
}

static void leave_out(struct deciding *d, const char *who, const char *why)
{
    const char *text = arena_printf(d->view->arena, "%s: %s", who, why);

    if (d->body->uninvited_count >= INCIDENT_UNINVITED_MAX)
        return;
    for (size_t i = 0; i < d->body->uninvited_count; i++)
        if (strcmp(d->body->uninvited[i], text) == 0)
            return;
    *ARENA_PUSH(d->view->arena, d->body->uninvited, d->body->uninvited_count) = text;
}

static bool add_person(struct deciding *d, const char *user)
{
    for (size_t i = 0; i < d->body->people_count; i++)
        if (strcmp(d->body->people[i], user) == 0)
            return false;
    *ARENA_PUSH(d->view->arena, d->body->people, d->body->people_count) = user;
    return true;
}

static void invite(struct deciding *d, const char *lane, const char **users, size_t count)
{
    struct slack_invite args = { .channel = d->body->channel, .users = users, .users_count = count };

    outcome_effect(d->out, (struct wanted_effect){ .kind = EFFECT_INVITE,
                                                   .lane = lane,
                                                   .tag = STEP_INVITE,
                                                   .args = shape_to_json(&slack_invite_shape, &args, SHAPE_WHOLE) });
}

/* Whom the page calls, and who declared it: they come whatever stands there yet, the card or its pin. */
static void call_people(struct deciding *d, const char **users, size_t count)
{
    if (d->body->channel && count > 0)
        invite(d, arena_printf(d->view->arena, "slack:%s:people", d->body->channel), users, count);
}

/* Before what is said next: whoever is not there is not told that somebody speaks of them. */
void incident_invite(struct deciding *d, const char *user)
{
    if (user && add_person(d, user) && d->body->channel)
        invite(d, own_lane(d), &user, 1);
}

void incident_invite_again(struct deciding *d, const char *user)
{
    add_person(d, user);
    if (d->body->channel)
        invite(d, own_lane(d), &user, 1);
}

/* ---- it begins ---- */

/* What is told by a page or by alerts, nobody has declared. */
static bool is_told(const struct deciding *d)
{
    return d->body->pages_count > 0 || d->body->alerts_count > 0;
}

static const char *began_by(const struct deciding *d)
{
    const struct incident_entry *first = d->body->timeline_count > 0 ? &d->body->timeline[0] : NULL;

    return arena_printf(d->view->arena, "%s by %s", is_told(d) ? "opened" : "declared",
                        first && first->who ? first->who : "opsgate");
}

static bool has_asked_for(const struct operation *operation, const char *name)
{
    const char *wanted = strcmp(operation->kind, machine_incident.kind) == 0
                             ? json_find_string(operation->body, "channel_wanted")
                             : NULL;

    return wanted && strcmp(wanted, name) == 0;
}

/* Has another incident asked for it, of those that are there and of the last that ended? */
static bool is_anothers(const struct deciding *d, const char *name)
{
    const struct view *view = d->view;
    size_t live = view->list_operations(view->ctx, NULL, 0), ended = view->list_ended(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (live + ended + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, live);
    view->list_ended(view->ctx, all + live, ended);
    for (size_t i = 0; i < live + ended; i++)
        if (strcmp(all[i]->id, d->id) != 0 && has_asked_for(all[i], name))
            return true;
    return false;
}

/* Names of private channels get around: that of a private incident tells nothing but its number. Pages of many services
 * may all have one title: who asked Slack for a name that is taken would have to look whose it is, and try the next. */
static const char *name_of_channel(const struct deciding *d)
{
    const struct incidents_settings *incidents = d->view->settings->incidents;
    struct channel_name_parts parts = { .pattern = d->body->is_private ? "inc-{id}"
                                                   : incidents         ? incidents->channel
                                                                       : "{id}",
                                        .at_ms = d->body->opened_at_ms + d->view->shift_ms,
                                        .slug = d->body->title,
                                        .id = d->id,
                                        .severity = d->body->severity };
    const char *name = channel_name(d->view->arena, &parts);

    if (!is_anothers(d, name))
        return name;
    parts.pattern = arena_printf(d->view->arena, "%s-{id}", parts.pattern);
    return channel_name(d->view->arena, &parts);
}

static void want_channel(struct deciding *d)
{
    struct arena *arena = d->view->arena;
    struct slack_channel_make make = { .is_again = d->body->channel_tries > 0,
                                       .is_private = d->body->is_private && !PLANTED(PRIVATE_CHANNEL_OPEN) };

    if (!d->body->channel_wanted)
        d->body->channel_wanted = name_of_channel(d);
    make.name = d->body->channel_wanted;
    make.greeting = d->body->is_private
                        ? arena_printf(arena,
                                       "This is the channel of incident *%s*, %s. It is private: `incident invite %s "
                                       "@ann` brings people in.",
                                       d->id, began_by(d), d->id)
                        : arena_printf(arena, "*%s: %s*. This is the channel of incident *%s*, %s.", d->body->severity,
                                       d->body->title, d->id, began_by(d));
    d->body->wants_channel = true;
    d->body->channel_tries++;
    outcome_effect(d->out,
                   (struct wanted_effect){ .kind = EFFECT_CHANNEL,
                                           .lane = SLACK_CHANNELS_LANE,
                                           .tag = STEP_CHANNEL,
                                           .goes_first = !is_told(d), /* somebody waits for it */
                                           .args = shape_to_json(&slack_channel_make_shape, &make, SHAPE_WHOLE) });
}

void incident_call_off_opening(struct deciding *d)
{
    if (!d->body->channel)
        outcome_cancel_effects(d->out, STEP_CHANNEL);
}

/* Of the first page that tells its service. */
static void ask_who_is_on_call(struct deciding *d)
{
    const struct pagerduty_settings *pagerduty = d->view->settings->pagerduty;
    const char *service = NULL;

    for (size_t i = 0; i < d->body->pages_count && !service; i++)
        service = d->body->pages[i].service;
    if (!service || !pagerduty || !pagerduty->api_token || !is_first_time(d, WANTED_ON_CALL))
        return;
    outcome_read(
        d->out, STEP_ON_CALL, READING_PAGERDUTY_ONCALL,
        shape_to_json(&pagerduty_oncall_ask_shape, &(struct pagerduty_oncall_ask){ .service = service }, SHAPE_WHOLE),
        ON_CALL_DEADLINE_MS);
}

void incident_open(struct deciding *d)
{
    if (is_first_time(d, WANTED_CHANNEL))
        want_channel(d);
    ask_who_is_on_call(d);
    if (!d->body->is_private && is_first_time(d, WANTED_ANNOUNCEMENT)) {
        d->body->is_announced = true;
        incident_announce(d, arena_printf(d->view->arena, "*%s* (%s: %s) is %s.", d->id, d->body->severity,
                                          d->body->title, began_by(d)));
    }
    incident_public_open(d);
}

/* ---- what its channel says of itself ---- */

/* A topic takes no mentions: so whoever leads is told by the name that we know. */
static const char *lead_name(const struct deciding *d)
{
    const struct settings *settings = d->view->settings;
    const char *principal = d->body->lead_principal, *slack = incident_slack_id(d, principal);
    const struct principal *known[] = { d->event && d->event->request ? &d->event->request->principal : NULL,
                                        d->operation ? &d->operation->requester : NULL };

    for (size_t i = 0; slack && i < settings->people_count; i++)
        if (settings->people[i].name && settings->people[i].slack && strcmp(settings->people[i].slack, slack) == 0)
            return settings->people[i].name;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i] && known[i]->name && strcmp(principal_text(known[i], d->view->arena), principal) == 0)
            return card_quote(str_of(known[i]->name), NAME_MAX_BYTES, d->view->arena);
    return NULL;
}

void incident_describe(struct deciding *d)
{
    const char *name = d->body->lead_principal ? lead_name(d) : NULL;
    struct arena *arena = d->view->arena;
    struct slack_channel_text topic = {
        .channel = d->body->channel,
        .text = arena_printf(arena, "%s · %s · %s%s · %s", d->body->severity, d->state,
                             !d->body->lead_principal ? "nobody leads"
                             : name                   ? "lead "
                                                      : "led",
                             name ? name : "", d->body->title),
    };

    if (d->body->channel)
        want_aside(d, EFFECT_TOPIC, arena_printf(arena, "topic:%s", topic.channel), &slack_channel_text_shape, &topic);
}

static void tell_purpose(struct deciding *d)
{
    struct arena *arena = d->view->arena;
    struct slack_channel_text purpose = {
        .channel = d->body->channel,
        .text = arena_printf(arena, "Incident %s, opened %s. What is new: /incident update TEXT", d->id,
                             card_date(d->body->opened_at_ms + d->view->shift_ms, arena)),
    };

    want_aside(d, EFFECT_PURPOSE, arena_printf(arena, "purpose:%s", purpose.channel), &slack_channel_text_shape,
               &purpose);
}

static void bookmark_page(struct deciding *d, const struct incident_page *page)
{
    struct slack_bookmark bookmark = { .channel = d->body->channel,
                                       .title = page->number ? arena_printf(d->view->arena, "PagerDuty #%lld",
                                                                            (long long)page->number)
                                                             : arena_printf(d->view->arena, "PagerDuty %s", page->id),
                                       .link = page->url,
                                       .emoji = ":pager:" };

    if (d->body->channel && page->url)
        want_aside(d, EFFECT_BOOKMARK, NULL, &slack_bookmark_shape, &bookmark);
}

/* The people of its service are asked for if nobody has been asked for yet: by a person's word nobody is called. */
void incident_page_came(struct deciding *d)
{
    if (d->body->pages_count <= BOOKMARKS_MAX)
        bookmark_page(d, &d->body->pages[d->body->pages_count - 1]);
    ask_who_is_on_call(d);
}

/* ---- it has one ---- */

/* What is over needs none any more: Slack may have been away for hours. */
static void assess(struct deciding *d)
{
    if (!incident_is(d, INCIDENT_RESOLVED))
        incident_assess(d);
}

/* The card comes before all of this: it is shown first once there is a channel for it, and the pin needs it. */
static void fill_channel(struct deciding *d)
{
    const char *declarer = incident_declarer(d), *lead = incident_slack_id(d, d->body->lead_principal);

    incident_describe(d);
    tell_purpose(d);
    if (declarer)
        add_person(d, declarer);
    if (lead)
        add_person(d, lead);
    call_people(d, d->body->people, d->body->people_count);
    outcome_effect(d->out,
                   (struct wanted_effect){
                       .kind = EFFECT_PIN,
                       .lane = own_lane(d),
                       .args = shape_to_json(&slack_pin_shape, &(struct slack_pin){ .channel = NULL }, SHAPE_WHOLE) });
    for (size_t i = 0; i < d->body->pages_count && i < BOOKMARKS_MAX; i++)
        bookmark_page(d, &d->body->pages[i]);
    incident_announce(d, arena_printf(d->view->arena, "The channel of *%s* (%s: %s) is @{slack-channel:%s}.", d->id,
                                      d->body->severity, d->body->title, d->body->channel));
    incident_public_hint(d);
}

static void go_without(struct deciding *d, const char *problem)
{
    struct arena *arena = d->view->arena;

    d->body->wants_channel = false;
    d->body->channel_problem = problem;
    incident_record(d, "no-channel", NULL, problem);
    if (d->body->is_private)
        incident_say(
            d, arena_printf(arena, "no channel of its own: %s. It goes on here, with each who is in it.", problem));
    else
        incident_announce(d,
                          arena_printf(arena, "*%s* gets no channel of its own: %s. It goes on here.", d->id, problem));
    incident_public_hint(d);
}

static void take_channel(struct deciding *d)
{
    struct slack_channel_made made;
    struct error err;

    if (!shape_from_json(&slack_channel_made_shape, d->event->body, d->view->arena, &made, &err) ||
        !is_first_time(d, DONE_CHANNEL))
        return;
    if (d->body->is_private && !made.is_private) {
        go_without(d, arena_printf(d->view->arena, "Slack made #%s a public channel: archive it", made.name));
        return;
    }
    d->body->channel = made.channel;
    d->body->channel_name = made.name;
    incident_record(d, "channel", NULL, arena_printf(d->view->arena, "#%s", made.name));
    fill_channel(d);
    assess(d);
}

/* Slack did not answer for an hour, or nobody knows what it did: whatever came of that is looked for first. */
static bool may_have_one_yet(const struct deciding *d)
{
    return (d->event->end == END_GAVE_UP || d->event->end == END_UNKNOWN) && d->body->channel_tries < CHANNEL_TRIES_MAX;
}

static void end_channel(struct deciding *d)
{
    if (d->event->end == END_DONE) {
        take_channel(d);
    } else if (may_have_one_yet(d)) {
        want_channel(d);
    } else if (is_first_time(d, DONE_CHANNEL)) {
        go_without(d, why_not(d, d->event->error, "Slack made none"));
        assess(d);
    }
}

/* ---- who came ---- */

static void end_invite(struct deciding *d)
{
    struct slack_invited invited;
    struct error err;

    if (d->event->end != END_DONE) {
        leave_out(d, "some", why_not(d, d->event->error, "Slack did not answer"));
        return;
    }
    if (!shape_from_json(&slack_invited_shape, d->event->body, d->view->arena, &invited, &err))
        return;
    for (size_t i = 0; i < invited.refused_count; i++)
        leave_out(d, arena_printf(d->view->arena, "@{slack:%s}", invited.refused[i].user),
                  why_not(d, invited.refused[i].why ? invited.refused[i].why : invited.refused[i].error, "refused"));
}

static void call_in(struct deciding *d, const struct pagerduty_user *user)
{
    const char *slack = slack_id_of(d->view->settings, "pagerduty", user->id, user->email);
    const char *who = slack ? arena_printf(d->view->arena, "@{slack:%s}", slack)
                            : card_quote(str_of(user->name ? user->name : user->id), NAME_MAX_BYTES, d->view->arena);

    *ARENA_PUSH(d->view->arena, d->body->on_call, d->body->on_call_count) = who;
    if (slack && add_person(d, slack))
        call_people(d, &slack, 1);
    else if (!slack)
        leave_out(
            d, who,
            arena_printf(d->view->arena, "on call, but `people` names no Slack user for PagerDuty's `%s`", user->id));
}

static void end_on_call(struct deciding *d)
{
    struct pagerduty_oncall on_call;
    struct error err;

    if (d->event->end != END_DONE ||
        !shape_from_json(&pagerduty_oncall_shape, d->event->body, d->view->arena, &on_call, &err)) {
        leave_out(d, "whoever is on call", why_not(d, d->event->error, "PagerDuty did not tell who that is"));
        return;
    }
    for (size_t i = 0; i < on_call.levels_count; i++)
        for (size_t k = 0; on_call.levels[i].level == CALLED_LEVEL && k < on_call.levels[i].people_count; k++)
            call_in(d, &on_call.levels[i].people[k]);
}

void incident_step_ended(struct deciding *d)
{
    static const struct {
        const char *name;
        void (*end)(struct deciding *d);
    } steps[] = { { STEP_CHANNEL, end_channel }, { STEP_INVITE, end_invite }, { STEP_ON_CALL, end_on_call } };

    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        if (strcmp(d->event->name, steps[i].name) == 0)
            steps[i].end(d);
}
