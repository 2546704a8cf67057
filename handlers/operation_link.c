#include "handlers/operation_link.h"

#include "bot/model/settings.h"

#include <string.h>

#define BLANK "{operation}"

const char *operation_link_log(const struct view *view, const struct operation *operation)
{
    const char *pattern = view->settings->links.operation, *at = pattern ? strstr(pattern, BLANK) : NULL;

    return at ? arena_printf(view->arena, "%.*s%s%s", (int)(at - pattern), pattern, operation->id, at + strlen(BLANK))
              : NULL;
}

const char *operation_link_channel(const struct view *view, const struct operation *operation)
{
    const char *team = view->settings->slack.team, *channel = operation->card_channel;

    if (!team || !channel || channel[0] == '#')
        return NULL;
    return arena_printf(view->arena, "https://slack.com/app_redirect?team=%s&channel=%s", team, channel);
}

static const char *page_of(const struct view *view, const struct operation *operation)
{
    const struct dashboard_settings *dashboard = &view->settings->dashboard;
    struct str url = str_of(dashboard->public_url);

    if (!dashboard->enabled || url.len == 0)
        return NULL;
    while (str_ends_with(url, "/"))
        url.len--;
    return arena_printf(view->arena, STR_FMT "/#/operations/%s", STR_ARG(url), operation->id);
}

const char *operation_link(const struct view *view, const struct operation *operation)
{
    const char *log = operation_link_log(view, operation), *page = log ? NULL : page_of(view, operation);

    return log ? log : page ? page : operation_link_channel(view, operation);
}
