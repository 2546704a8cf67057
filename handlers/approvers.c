#include "handlers/approvers.h"

#include "bot/base/time.h"
#include "bot/model/membership.h"
#include "bot/model/settings.h"
#include "handlers/watch/members.h"

#include <string.h>

#define SCHEDULE "pagerduty-schedule:"
#define SLACK_GROUP "slack-group:"
#define GROUPS_ASKED_MAX 3
#define TRIED_MAX 200 /* candidates that policy is asked about: of more, one is taken to count */
#define LATE_MS (5 * MINUTE_MS)

/* ---- principals ---- */

/* As roles write them. False: it is a source, or nothing of the kind. */
static bool read_principal(const struct approvers *a, const char *text, struct principal *ret_principal)
{
    struct str rest = str_of(text), system = str_take_until(&rest, ':'), id = rest, team;
    struct principal principal = { .system = arena_copy(a->view->arena, system) };

    if (membership_reading(text) || system.len == 0 || id.len == 0)
        return false;
    if (str_is(system, "slack")) {
        principal.team = a->view->settings->slack.team;
        team = str_take_until(&rest, '/');
        if (rest.len > 0) {
            principal.team = arena_copy(a->view->arena, team);
            id = rest;
        }
    }
    principal.id = arena_copy(a->view->arena, id);
    *ret_principal = principal;
    return true;
}

static bool is_in(const struct person_settings *person, const struct principal *who)
{
    const struct {
        const char *system, *id;
    } names[] = { { "github", person->github }, { "pagerduty", person->pagerduty }, { "local", person->local } };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].id && strcmp(names[i].system, who->system) == 0)
            return strcmp(who->system, "github") == 0 ? str_equal_nocase(str_of(names[i].id), str_of(who->id))
                                                      : strcmp(names[i].id, who->id) == 0;
    return false;
}

/* False: nobody can say who that is in Slack. */
static bool find_in_slack(const struct view *view, const struct principal *who, struct principal *ret_principal)
{
    if (strcmp(who->system, "slack") == 0) {
        *ret_principal = *who;
        return true;
    }
    for (size_t i = 0; i < view->settings->people_count; i++) {
        const struct person_settings *person = &view->settings->people[i];

        if (!person->slack || !is_in(person, who))
            continue;
        *ret_principal =
            (struct principal){ .system = "slack", .id = person->slack, .team = view->settings->slack.team };
        return true;
    }
    return false;
}

/* ---- sources ---- */

static const struct membership *find_source(const struct approvers *a, const char *source)
{
    for (size_t i = 0; i < a->view->memberships_count; i++)
        if (strcmp(a->view->memberships[i].source, source) == 0)
            return a->view->memberships[i].read_at_ms > 0 ? &a->view->memberships[i] : NULL;
    return NULL;
}

static bool is_young(const struct approvers *a, const struct membership *read, int64_t max_age_ms)
{
    return view_unix_ms(a->view) - read->read_at_ms <= max_age_ms;
}

/* ---- whose consent would count ---- */

static bool is_for_approvals(const struct need *need)
{
    return need->kind == NEED_APPROVALS && need->state == NEED_PEOPLE;
}

static size_t needs_count(const struct decision *decision)
{
    return decision->needs_count < POLICY_NEEDS_MAX ? decision->needs_count : POLICY_NEEDS_MAX;
}

bool approvers_help(const struct approvers *a, const struct approvals *with)
{
    struct decision then = a->decide(a->ctx, with);

    return approvals_counted(&then) > approvals_counted(&a->decision);
}

static bool would_count(struct approvers *a, const struct principal *who)
{
    struct approvals with = *a->approvals;

    if (!a->decide || a->tried++ >= TRIED_MAX)
        return true;
    approvals_add(&with, who, a->view->now_ms, a->view->arena);
    return approvers_help(a, &with);
}

/* ---- somebody gives theirs ---- */

bool approvers_take(const struct approvers *a, const struct operation *operation, const struct request *request,
                    struct approvals *ret_given)
{
    *ret_given = approvals_with(a->view, a->approvals, &request->principal);
    if (approvers_help(a, ret_given))
        return true;
    if (!policy_is_same_person(a->view->policy, NULL, &request->principal, &operation->requester) ||
        a->approvals->confirmed_through || strcmp(request->source, operation->source) == 0)
        return false;
    *ret_given = *a->approvals;
    ret_given->confirmed_through = request->source;
    return approvers_help(a, ret_given);
}

/* ---- they are asked ---- */

struct round {
    struct approvers *a;
    struct approvals *asked;
    struct approval_asked *list; /* in the arena */
    size_t count, persons, groups;
};

static struct round round_begin(struct approvers *a, struct approvals *asked)
{
    struct round round = { .a = a, .asked = asked };

    for (size_t i = 0; i < asked->asked_count; i++)
        *ARENA_PUSH(a->view->arena, round.list, round.count) = asked->asked[i];
    return round;
}

static void round_end(struct round *round)
{
    round->asked->asked = round->list;
    round->asked->asked_count = round->count;
}

static bool is_asked(const struct round *round, const char *who)
{
    for (size_t i = 0; i < round->count; i++)
        if (strcmp(round->list[i].who, who) == 0)
            return true;
    return false;
}

static void ask(struct round *round, const char *member, bool is_on_call)
{
    struct principal who, in_slack;
    const char *text;

    if (round->persons == APPROVERS_ASKED_MAX || !read_principal(round->a, member, &who) ||
        !find_in_slack(round->a->view, &who, &in_slack))
        return;
    text = principal_text(&in_slack, round->a->view->arena);
    if (is_asked(round, text) || !would_count(round->a, &in_slack))
        return;
    *ARENA_PUSH(round->a->view->arena, round->list, round->count) = (struct approval_asked){ text, is_on_call };
    round->persons++;
}

void approvers_ask_on_call(struct approvers *a, struct approvals *asked)
{
    struct round round = round_begin(a, asked);
    int64_t max_age_ms = 2 * a->view->settings->policy.refresh_ms + LATE_MS; /* older ones tell who was on call then */

    for (size_t i = 0; i < a->view->memberships_count; i++) {
        const struct membership *read = &a->view->memberships[i];

        if (!str_starts_with(str_of(read->source), SCHEDULE) || read->read_at_ms <= 0 || !is_young(a, read, max_age_ms))
            continue;
        for (size_t k = 0; k < read->members_count; k++)
            ask(&round, read->members[k], true);
    }
    round_end(&round);
}

static bool has_one_that_counts(struct approvers *a, const struct membership *read)
{
    struct principal who;

    for (size_t i = 0; i < read->members_count; i++)
        if (read_principal(a, read->members[i], &who) && would_count(a, &who))
            return true;
    return false;
}

static void ask_source(struct round *round, const char *source, int64_t max_age_ms)
{
    const struct membership *read = find_source(round->a, source);

    if (!read || !is_young(round->a, read, max_age_ms))
        return;
    if (!str_starts_with(str_of(source), SLACK_GROUP)) {
        for (size_t i = 0; i < read->members_count; i++)
            ask(round, read->members[i], false);
    } else if (round->groups < GROUPS_ASKED_MAX && !is_asked(round, source) && has_one_that_counts(round->a, read)) {
        *ARENA_PUSH(round->a->view->arena, round->list, round->count) = (struct approval_asked){ .who = source };
        round->groups++;
    }
}

static void ask_member(struct round *round, const char *member, int64_t max_age_ms)
{
    if (membership_reading(member))
        ask_source(round, member, max_age_ms);
    else
        ask(round, member, false);
}

static const struct role_settings *find_role(const struct approvers *a, const char *name)
{
    const struct policy_settings *policy = &a->view->settings->policy;

    for (size_t i = 0; i < policy->roles_count; i++)
        if (strcmp(policy->roles[i].name, name) == 0)
            return &policy->roles[i];
    return NULL;
}

void approvers_ask_others(struct approvers *a, struct approvals *asked)
{
    struct round round = round_begin(a, asked);

    for (size_t i = 0; i < needs_count(&a->decision); i++) {
        const struct require_approvals *wanted = a->decision.needs[i].require->approvals;

        for (size_t k = 0; is_for_approvals(&a->decision.needs[i]) && k < wanted->from_count; k++) {
            const struct role_settings *role = find_role(a, wanted->from[k]);

            for (size_t m = 0; role && m < role->members_count; m++)
                ask_member(&round, role->members[m], role->max_age_ms);
            if (!role)
                ask_member(&round, wanted->from[k], ROLE_MAX_AGE_MS);
        }
    }
    round_end(&round);
}

void approvers_ask_requester(const struct view *view, const struct principal *requester, struct approvals *asked)
{
    struct approvers a = { .view = view };
    struct round round = round_begin(&a, asked);
    struct principal in_slack;

    if (find_in_slack(view, requester, &in_slack) && !is_asked(&round, principal_text(&in_slack, view->arena)))
        *ARENA_PUSH(view->arena, round.list, round.count) =
            (struct approval_asked){ .who = principal_text(&in_slack, view->arena) };
    round_end(&round);
}

/* ---- they are called ---- */

struct calling {
    const struct approvers *a;
    struct approvers_called called;
    struct principal *people; /* in the arena */
};

static void call(struct calling *c, const char *member)
{
    struct principal who, in_slack;

    if (!read_principal(c->a, member, &who) || !find_in_slack(c->a->view, &who, &in_slack))
        return;
    for (size_t i = 0; i < c->called.count; i++)
        if (principal_equal(&c->people[i], &in_slack))
            return;
    if (c->called.count < APPROVERS_CALLED_MAX)
        *ARENA_PUSH(c->a->view->arena, c->people, c->called.count) = in_slack;
    else
        c->called.left_out++;
}

static void call_source(struct calling *c, const char *source, int64_t max_age_ms)
{
    const struct membership *read = find_source(c->a, source);

    if (!read)
        c->called.unread = source;
    else if (!is_young(c->a, read, max_age_ms))
        c->called.stale = arena_printf(c->a->view->arena, "%s was last read %s ago", source,
                                       duration_about(view_unix_ms(c->a->view) - read->read_at_ms).text);
    for (size_t i = 0; read && i < read->members_count; i++)
        call(c, read->members[i]);
}

struct approvers_called approvers_call(const struct view *view, const char *name)
{
    struct approvers a = { .view = view };
    struct calling calling = { .a = &a };
    const struct role_settings *role = find_role(&a, name);

    for (size_t i = 0; role && i < role->members_count; i++)
        if (membership_reading(role->members[i]))
            call_source(&calling, role->members[i], role->max_age_ms);
        else
            call(&calling, role->members[i]);
    calling.called.people = calling.people;
    return calling.called;
}

/* ---- nobody can ---- */

struct search { /* for enough of them */
    struct approvers *a;
    struct approvals with; /* those who were found would have given it */
    struct decision then;
    size_t found; /* candidates of one role, whether or not theirs would count */
    struct approvers_gap gap;
    const char *text, *old; /* of all names; ", slack-group:S0 was last read 13 h ago", of one */
};

static void try_principal(struct search *search, const char *text)
{
    struct approvals with = search->with;
    struct principal who;
    struct decision then;

    if (!approvals_lack(&search->then, NEED_APPROVALS) || search->a->tried >= TRIED_MAX ||
        !read_principal(search->a, text, &who))
        return;
    search->a->tried++;
    search->found++;
    approvals_add(&with, &who, search->a->view->now_ms, search->a->view->arena);
    then = search->a->decide(search->a->ctx, &with);
    if (approvals_counted(&then) <= approvals_counted(&search->then))
        return;
    search->with = with;
    search->then = then;
}

static void try_source(struct search *search, const char *source, int64_t max_age_ms)
{
    const struct approvers *a = search->a;
    const struct membership *read = find_source(a, source);

    if (!read) {
        search->gap.unread = source;
    } else if (!is_young(a, read, max_age_ms)) {
        search->gap.stale = source;
        search->old = arena_printf(a->view->arena, "%s, %s was last read %s ago", search->old, source,
                                   duration_about(view_unix_ms(a->view) - read->read_at_ms).text);
    }
    for (size_t i = 0; read && is_young(a, read, max_age_ms) && i < read->members_count; i++)
        try_principal(search, read->members[i]);
}

static void try_member(struct search *search, const char *member, int64_t max_age_ms)
{
    if (membership_reading(member))
        try_source(search, member, max_age_ms);
    else
        try_principal(search, member);
}

/* A role, or a principal or a source in place of one. */
static void try_name(struct search *search, const char *name)
{
    const struct role_settings *role = find_role(search->a, name);
    struct arena *arena = search->a->view->arena;

    search->found = 0;
    search->old = "";
    for (size_t i = 0; role && i < role->members_count; i++)
        try_member(search, role->members[i], role->max_age_ms);
    if (!role)
        try_member(search, name, ROLE_MAX_AGE_MS);
    search->text = arena_printf(arena, "%s%s%s%s%s%s%s", search->text ? search->text : "", search->text ? ", " : "",
                                search->found ? "nobody else is in " : "", role ? "role " : "", name,
                                search->found ? "" : " is empty", search->old);
}

static bool is_for_everyone(const struct require_approvals *wanted)
{
    for (size_t i = 0; i < wanted->from_count; i++)
        if (strcmp(wanted->from[i], POLICY_EVERYONE) == 0)
            return true;
    return false;
}

struct approvers_gap approvers_gap(struct approvers *a)
{
    struct search search = { .a = a, .with = *a->approvals, .then = a->decision };

    for (size_t i = 0; i < needs_count(&a->decision); i++) {
        const struct require_approvals *wanted = a->decision.needs[i].require->approvals;

        if (!is_for_approvals(&a->decision.needs[i]))
            continue;
        if (is_for_everyone(wanted))
            return search.gap;
        for (size_t k = 0; k < wanted->from_count; k++)
            try_name(&search, wanted->from[k]);
    }
    if (approvals_lack(&search.then, NEED_APPROVALS) && a->tried < TRIED_MAX && !search.gap.unread)
        search.gap.why = search.text;
    return search.gap;
}

void approvers_tell_stale(const struct view *view, const char *source, struct outcome *out)
{
    const struct operation *watch = view_find_standing(view, machine_members_watch.kind);
    cJSON *body;

    if (!watch)
        return;
    body = json_object();
    json_set_string(body, "source", source);
    outcome_message(out, watch->id, MESSAGE_STALE, body);
}
