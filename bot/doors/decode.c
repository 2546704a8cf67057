#include "bot/doors/decode.h"

#include "bot/doors/local.h"
#include "bot/doors/unreadable.h"
#include "bot/model/refused.h"
#include "bot/model/session_told.h"
#include "bot/without_store/adoption.h"
#include "integrations/alertmanager/group.h"
#include "integrations/api/change.h"
#include "integrations/api/request.h"
#include "integrations/github/webhook.h"
#include "integrations/pagerduty/webhook.h"
#include "integrations/slack/command.h"
#include "integrations/slack/event.h"
#include "integrations/slack/interaction.h"
#include "integrations/slack/shortcut.h"
#include "integrations/slack/view_submission.h"

#include <string.h>

struct codec { /* asked or told: one of them */
    const char *source, *kind;
    bool (*asked)(const struct inbox_item *item, struct arena *arena, struct request *ret_request, struct error *err);
    bool (*told)(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                 struct error *err);
};

static const struct codec codecs[] = {
    { LOCAL_SOURCE, LOCAL_RUN_KIND, .asked = local_run_decode },
    { WITHOUT_STORE_SOURCE, WITHOUT_STORE_KIND, .asked = adoption_decode },
    { SLACK_SOURCE, SLACK_COMMAND_KIND, .asked = slack_command_decode },
    { SLACK_SOURCE, SLACK_ACTION_KIND, .asked = slack_interaction_decode },
    { SLACK_SOURCE, SLACK_SUBMITTED_KIND, .asked = slack_view_decode },
    { SLACK_SOURCE, SLACK_CHOSEN_KIND, .asked = slack_choice_decode },
    { SLACK_SOURCE, SLACK_SHORTCUT_KIND, .asked = slack_shortcut_decode },
    { SLACK_SOURCE, SLACK_ASKED_KIND, .asked = slack_event_decode_asked },
    { SLACK_SOURCE, SLACK_TOLD_KIND, .told = slack_event_decode_told }, /* of a modal that was left, too */
    { GITHUB_SOURCE, GITHUB_WEBHOOK_KIND, .told = github_webhook_decode },
    { GITHUB_SOURCE, GITHUB_EVENT_KIND, .told = github_webhook_decode },
    { PAGERDUTY_SOURCE, PAGERDUTY_EVENT_KIND, .told = pagerduty_webhook_decode },
    { PAGERDUTY_SOURCE, PAGERDUTY_TYPED_KIND, .told = pagerduty_webhook_decode },
    { PAGERDUTY_SOURCE, UNREADABLE_KIND, .told = unreadable_decode },
    { ALERTMANAGER_SOURCE, ALERTMANAGER_GROUP_KIND, .told = alertmanager_group_decode },
    { ALERTMANAGER_SOURCE, ALERTMANAGER_TYPED_KIND, .told = alertmanager_group_decode },
    { ALERTMANAGER_SOURCE, UNREADABLE_KIND, .told = unreadable_decode },
    { API_SOURCE, API_REQUEST_KIND, .asked = api_request_decode },
    { API_SOURCE, API_CHANGE_KIND, .told = api_change_decode },
    { REFUSED_SOURCE, REFUSED_KIND, .told = refused_decode },
    { SESSION_SOURCE, SESSION_KIND, .told = session_told_decode },
};

static const struct codec *find(const struct inbox_item *item)
{
    for (size_t i = 0; i < ARRAY_LEN(codecs); i++)
        if (strcmp(codecs[i].source, item->source) == 0 && strcmp(codecs[i].kind, item->kind) == 0)
            return &codecs[i];
    return NULL;
}

bool decode_item(const struct inbox_item *item, struct arena *arena, struct decoded *ret_decoded, struct error *err)
{
    const struct codec *codec = find(item);
    struct decoded decoded = { .kind = DECODED_EVENT };

    if (!codec)
        return error_set(err, ERR_INVALID, "nothing here reads '%s' of '%s'", item->kind, item->source);
    if (codec->told) {
        if (!codec->told(item, arena, &decoded.event, err))
            return false;
    } else {
        if (!codec->asked(item, arena, &decoded.request, err))
            return false;
        decoded.kind = DECODED_REQUEST;
        request_turn_to_help(&decoded.request, arena);
    }
    *ret_decoded = decoded;
    return true;
}
