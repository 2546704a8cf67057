#include "integrations/statuspage/doctor.h"

#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/statuspage/api.h"

#include <string.h>

static bool has_component(const cJSON *list, const char *id)
{
    JSON_EACH(component, list)
        if (str_is(str_of(json_find_string(component, "id")), id))
            return true;
    return false;
}

static void judge_components(const struct exchange *exchange, const cJSON *list, struct findings *found)
{
    const struct statuspage_settings *page = exchange->settings->statuspage;

    for (size_t i = 0; i < page->components_count; i++)
        if (!has_component(list, page->components[i].value))
            findings_add(found, exchange->arena,
                         (struct finding){ FINDING_BAD, "Statuspage components",
                                           arena_printf(exchange->arena, "the page has no component %.60s, of %.100s",
                                                        page->components[i].value, page->components[i].key),
                                           "correct statuspage.components: nothing that names it can be told there" });
}

struct exchange_step statuspage_doctor(const struct exchange *exchange)
{
    static const char what[] = "the page's components";
    struct dialog dialog = DIALOG(exchange);
    struct findings found = { 0 };
    const cJSON *list;

    if (!statuspage_is_configured(exchange, &dialog.step))
        return dialog.step;
    list = statuspage_ask(&dialog, statuspage_call(exchange, "GET", "/components", NULL), what);
    if (!list)
        return dialog.step;
    if (!cJSON_IsArray(list))
        return exchange_never(exchange, "Statuspage's answer about %s made no sense: no list", what);
    findings_add(&found, exchange->arena,
                 (struct finding){ FINDING_GOOD, "Statuspage key", "it can read the page", NULL });
    judge_components(exchange, list, &found);
    return findings_done(exchange, &found);
}
