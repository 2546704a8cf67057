/* lint_glass.c - a glass that nobody can break: what is asked for takes no `--break-glass`. */
#include "policy/lint_internal.h"

#include <string.h>

static bool is(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

/* Of all that a rule calls so; what nobody types is nobody's. */
static bool takes_none(const struct verb *const *verbs, const char *ruled)
{
    bool is_known = false;

    for (const struct verb *const *verb = verbs; *verb; verb++) {
        if ((*verb)->is_internal ||
            !(is((*verb)->name, ruled) || is((*verb)->ruled_as, ruled) || is((*verb)->also_ruled_as, ruled)))
            continue;
        if ((*verb)->takes_glass)
            return false;
        is_known = true;
    }
    return is_known;
}

static void look_at_glass(struct lint *lint, const struct rule_settings *deny)
{
    const char *which = NULL;
    size_t count = 0;

    for (size_t i = 0; i < deny->deny_count; i++)
        if (takes_none(lint->input->verbs, deny->deny[i])) {
            which = which ? arena_printf(lint->arena, "%s, %s", which, deny->deny[i]) : deny->deny[i];
            count++;
        }
    if (which)
        lint_found(lint, deny->line, LINT_NOTE, "break_glass on %s passes nobody: %s no `--break-glass`", which,
                   count == 1 ? "it takes" : "they take");
}

void lint_glass(struct lint *lint)
{
    const struct policy_settings *policy = &lint->input->settings->policy;

    for (size_t i = 0; lint->input->verbs && i < policy->rules_count; i++)
        if (policy->rules[i].deny_count > 0 && policy->rules[i].break_glass_count > 0)
            look_at_glass(lint, &policy->rules[i]);
}
