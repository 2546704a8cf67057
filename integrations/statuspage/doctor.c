#include "integrations/statuspage/doctor.h"

#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/statuspage/api.h"

#include <string.h>

#define LIST_MAX 100 /* at once: it gives no more */
#define LISTS_MAX 50

struct components { /* of the page */
    const char **ids;
    size_t count;
};

static bool has_component(const struct components *all, const char *id)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->ids[i], id) == 0)
            return true;
    return false;
}

static void judge_components(const struct exchange *exchange, const struct components *all, struct findings *found)
{
    const struct statuspage_settings *page = exchange->settings->statuspage;

    for (size_t i = 0; i < page->components_count; i++)
        if (!has_component(all, page->components[i].value))
            findings_add(found, exchange->arena,
                         (struct finding){ FINDING_BAD, "Statuspage components",
                                           arena_printf(exchange->arena, "the page has no component %.60s, of %.100s",
                                                        page->components[i].value, page->components[i].key),
                                           "correct statuspage.components: nothing that names it can be told there" });
}

/* False: dialog->step is the end of it. */
static bool list_components(struct dialog *dialog, struct components *all)
{
    static const char what[] = "the page's components";
    const struct exchange *exchange = dialog->exchange;
    bool is_last = false;

    for (int i = 1; i <= LISTS_MAX && !is_last; i++) {
        const char *path = arena_printf(exchange->arena, "/components?page=%d&per_page=%d", i, LIST_MAX);
        const cJSON *list = statuspage_ask(dialog, statuspage_call(exchange, "GET", path, NULL), what);

        if (!list)
            return false;
        if (!cJSON_IsArray(list)) {
            dialog->step = exchange_never(exchange, "Statuspage's answer about %s made no sense: no list", what);
            return false;
        }
        is_last = cJSON_GetArraySize(list) < LIST_MAX;
        JSON_EACH(component, list)
            if (json_find_string(component, "id"))
                *ARENA_PUSH(exchange->arena, all->ids, all->count) = json_find_string(component, "id");
    }
    return true;
}

struct exchange_step statuspage_doctor(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct components all = { 0 };
    struct findings found = { 0 };

    if (!statuspage_is_configured(exchange, &dialog.step) || !list_components(&dialog, &all))
        return dialog.step;
    findings_add(&found, exchange->arena,
                 (struct finding){ FINDING_GOOD, "Statuspage key", "it can read the page", NULL });
    judge_components(exchange, &all, &found);
    return findings_done(exchange, &found);
}
