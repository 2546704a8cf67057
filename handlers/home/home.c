/* home.c - what stands on a person's Home tab: of each operation its own card says how it stands. */
#include "handlers/home/home.h"

#include "handlers/approval.h"
#include "handlers/control.h"
#include "handlers/hold/halt.h"
#include "handlers/hold/hold.h"
#include "handlers/hold/lock.h"
#include "handlers/incident/incident.h"
#include "handlers/operation_words.h"
#include "handlers/registry.h"
#include "handlers/review.h"
#include "handlers/status/status.h"

#include "bot/model/card.h"
#include "bot/model/settings.h"

#include <string.h>

#define ITEMS_MAX 8 /* of a section */

struct shown { /* one that people are shown */
    const struct operation *operation;
    struct card card;
};
struct home_work {
    struct shown *list; /* oldest first */
    size_t count;
    const struct operation *halt; /* or NULL */
};

/* ---- what is at work ---- */

const struct home_work *home_look(const struct view *view)
{
    struct home_work *work = ARENA_NEW(view->arena, struct home_work);
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    count = view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        struct shown shown = { .operation = all[i] };

        if (operation_has_ended(all[i]) || operation_is_look(all[i]->id) || !machine_card(view, all[i], &shown.card) ||
            !shown.card.title)
            continue;
        work->halt = hold_is_halt(all[i]) ? all[i] : work->halt;
        *ARENA_PUSH(view->arena, work->list, work->count) = shown;
    }
    return work;
}

/* ---- one person's ---- */

struct making { /* one page */
    const struct view *view;
    const struct home_work *work;
    const struct principal *who;
    struct request request; /* as if they asked, alone */
    struct home *home;
};

static bool is_kind(const struct shown *shown, const struct machine *machine)
{
    return strcmp(shown->operation->kind, machine->kind) == 0;
}

static bool may(struct making *m, const char *verb, const struct operation *operation)
{
    struct facts facts = view_facts(m->view);
    struct question question;
    struct error ignored;

    m->request.verb = verb;
    return control_ask_about(m->view, &m->request, operation, false, &question, &ignored) &&
           policy_decide(m->view->policy, &question, &facts, POLICY_WHOLE).verdict == VERDICT_ALLOW;
}

static bool asked_for(const struct making *m, const struct shown *shown)
{
    return policy_is_same_person(m->view->policy, NULL, &shown->operation->requester, m->who);
}

/* Whose they were for sure, or may have been: whoever asked for something gives no consent to it. */
static bool may_have_asked_for(const struct making *m, const struct shown *shown)
{
    return policy_is_same_person(m->view->policy, m->view->members, &shown->operation->requester, m->who);
}

static bool has_consented(const struct making *m, const struct shown *shown)
{
    const cJSON *json = json_find(shown->operation->body, "approvals");
    struct approvals approvals;
    struct error ignored;

    return json && shape_from_json(&approvals_shape, json, m->view->arena, &approvals, &ignored) &&
           approvals_has_given(m->view, &approvals, m->who);
}

static bool could_consent(struct making *m, const struct shown *shown)
{
    return strcmp(shown->operation->state, APPROVAL_STATE) == 0 && !may_have_asked_for(m, shown) &&
           !has_consented(m, shown) && may(m, verb_approve.name, shown->operation);
}

static bool is_held(const struct shown *shown)
{
    return is_kind(shown, &machine_lock) || is_kind(shown, &machine_halt);
}

static bool waits_for_them(struct making *m, const struct shown *shown)
{
    if (is_kind(shown, &machine_incident))
        return incident_is_in(m->view, shown->operation, m->who);
    if (is_kind(shown, &machine_review))
        return !may_have_asked_for(m, shown) && may(m, verb_review.name, shown->operation);
    if (is_held(shown))
        return false;
    return could_consent(m, shown) || (shown->card.tone == CARD_WAITING && asked_for(m, shown));
}

/* A member of a group stands on the group's own card. */
static bool runs(struct making *m, const struct shown *shown)
{
    return !is_kind(shown, &machine_incident) && !is_kind(shown, &machine_review) && !is_held(shown) &&
           !operation_group(shown->operation) && !waits_for_them(m, shown) &&
           (asked_for(m, shown) || may(m, verb_status.name, shown->operation));
}

static bool is_open_incident(struct making *m, const struct shown *shown)
{
    return is_kind(shown, &machine_incident) && !waits_for_them(m, shown) &&
           json_find_int(shown->operation->body, "resolved_at_ms", 0) == 0 &&
           incident_is_seen(m->view, shown->operation, &m->request);
}

static bool is_their_lock(struct making *m, const struct shown *shown)
{
    struct principal owner = hold_owner(shown->operation);

    return is_held(shown) && policy_is_same_person(m->view->policy, NULL, &owner, m->who);
}

/* ---- in words ---- */

/* A status may begin with the number already, for notifications. */
static const char *text_of(const struct making *m, const struct shown *shown)
{
    const char *status = shown->card.status ? shown->card.status : shown->operation->state;
    struct str rest = str_of(status);

    if (is_held(shown))
        status = hold_words_that_stay(m->view, shown->operation);
    if (str_take_prefix(&rest, shown->operation->id) && str_take_prefix(&rest, ": "))
        status = rest.at;
    return arena_printf(m->view->arena, "*%s*  %s\n%s", shown->operation->id, shown->card.title, status);
}

static void add_item(const struct making *m, struct home_section *section, const struct shown *shown)
{
    struct home_item *item = ARENA_PUSH(m->view->arena, section->items, section->items_count);

    *item = (struct home_item){ .text = text_of(m, shown),
                                .actions = shown->card.actions,
                                .actions_count = shown->card.actions_count };
}

static struct home_section *add_section(struct making *m, const char *title)
{
    struct home_section *section = ARENA_PUSH(m->view->arena, m->home->sections, m->home->sections_count);

    section->title = title;
    return section;
}

static const struct kind {
    const char *title;
    bool (*is_of)(struct making *m, const struct shown *shown);
    const char *all;  /* how one sees all of them */
    const char *none; /* said where there is none; NULL: then the section is left out */
} kinds[] = {
    { "Waits for you", waits_for_them, "/ops status", "Nothing waits for you." },
    { "Running", runs, "/ops status", NULL },
    { "Open incidents", is_open_incident, "/incident list", NULL },
    { "Your locks", is_their_lock, "/ops locks", NULL },
};

/* Of many the newest are shown. */
static void add_kind(struct making *m, const struct kind *kind)
{
    struct home_section *section = NULL;
    size_t more = 0;

    for (size_t i = m->work->count; i-- > 0;) {
        if (!kind->is_of(m, &m->work->list[i]))
            continue;
        section = section ? section : add_section(m, kind->title);
        if (section->items_count < ITEMS_MAX)
            add_item(m, section, &m->work->list[i]);
        else
            more++;
    }
    if (more > 0)
        section->more = arena_printf(m->view->arena, "%zu more: `%s`", more, kind->all);
    if (!section && kind->none)
        add_section(m, kind->title)->more = kind->none;
}

static void add_rights(struct making *m, const char **lines, size_t count)
{
    struct home_section *section = add_section(m, "What you may do");
    const char *text = "";

    for (size_t i = 0; i < count; i++)
        text = arena_printf(m->view->arena, "%s%s%s", text, i ? "\n" : "", lines[i]);
    *ARENA_PUSH(m->view->arena, section->items, section->items_count) = (struct home_item){ .text = text };
    section->more = "`/ops help` lists all of it; `/ops explain deploy SERVICE ENVIRONMENT` tells why, or why not.";
}

static void add_button(struct making *m, const char *verb, const char *label, const char *command)
{
    struct facts facts = view_facts(m->view);

    if (policy_help_for(m->view->policy, &facts, m->who, m->request.source, verb))
        *ARENA_PUSH(m->view->arena, m->home->actions, m->home->actions_count) =
            (struct card_action){ .label = label, .command = command };
}

static const char *intro_of(const struct making *m, bool is_stranger)
{
    if (is_stranger)
        return arena_printf(m->view->arena,
                            "*opsgate* deploys, and leads incidents, by the rules of its policy; none of them allows "
                            "anything to you yet. Ask whoever looks after opsgate to give a role to `%s`. What you "
                            "could ask for then: `/ops help`.",
                            policy_name_of(m->view->policy, m->who, m->view->arena));
    if (m->work->halt)
        return arena_printf(m->view->arena, "⛔ %s (*%s*). `/ops unhalt` ends it.",
                            hold_words_that_stay(m->view, m->work->halt), m->work->halt->id);
    return "Each button asks as a command does, and policy judges it by who pressed.";
}

const struct home *home_of(const struct view *view, const struct home_work *work, const struct principal *who)
{
    struct home *home = ARENA_NEW(view->arena, struct home);
    struct making m = { .view = view, .work = work, .who = who, .home = home };
    size_t rights_count;
    const char **rights;

    m.request = (struct request){ .source = "slack",
                                  .principal = *who,
                                  .reply_to = { .door = "slack", .user = who->id, .is_for_one = true } };
    home_rights(view, who, &rights, &rights_count);
    home->user = who->id;
    home->intro = intro_of(&m, rights_count == 0);
    add_button(&m, "deploy", "Deploy…", "deploy");
    if (view->settings->incidents)
        add_button(&m, "incident", "Declare an incident…", "incident declare");
    add_button(&m, "status", "What runs where", "status");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (rights_count > 0 || !kinds[i].none)
            add_kind(&m, &kinds[i]);
    if (rights_count > 0)
        add_rights(&m, rights, rights_count);
    return home;
}
