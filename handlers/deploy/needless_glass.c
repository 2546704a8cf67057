#include "handlers/deploy/needless_glass.h"

#include "bot/model/settings.h"
#include "handlers/broken.h"
#include "handlers/group/group.h"

#include "policy/decide.h"

static bool passes_a_rule(const struct view *view, const struct question *question)
{
    struct facts facts = view_facts(view);

    facts.reason = question->reason;
    facts.break_glass = question->break_glass;
    return policy_decide(view->policy, question, &facts, POLICY_STATIC).broken != NULL;
}

/* The same question, of that service. */
static bool passes_one_of(const struct view *view, const struct question *question, const char *name)
{
    const struct service_settings *service = settings_find_service(view->settings, name);
    const struct environment_settings *environment =
        service ? settings_find_environment(service, question->environment) : NULL;
    struct question one = *question;
    struct label_list labels;

    if (!environment)
        return false;
    labels = settings_labels(service, environment, view->arena);
    one.service = service->name;
    one.labels = labels.labels;
    one.labels_count = labels.labels_count;
    return passes_a_rule(view, &one);
}

void needless_glass_tell(const struct view *view, const struct question *question, const struct group_body *services,
                         struct outcome *out)
{
    bool is_needed = question->break_glass && passes_a_rule(view, question);

    for (size_t i = 0; question->break_glass && services && i < services->members_count && !is_needed; i++)
        is_needed = passes_one_of(view, question, services->members[i].name);
    if (question->break_glass && !is_needed)
        outcome_reply_line(out, "%s", BROKEN_NEEDLESS);
}
