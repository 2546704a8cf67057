/* members.c - how texts, times and people stand in every answer. */
#include "bot/api/internal.h"

#include "bot/cli/text.h"

void api_set_text(cJSON *json, const char *name, const char *text)
{
    if (text)
        json_set_string(json, name, text);
    else
        json_set(json, name, cJSON_CreateNull());
}

const char *api_plain(const struct api_call *call, const char *text)
{
    return text ? cli_plain(call->view.settings, text, call->arena) : NULL;
}

void api_set_plain(const struct api_call *call, cJSON *json, const char *name, const char *text)
{
    api_set_text(json, name, api_plain(call, text));
}

void api_set_unix(cJSON *json, const char *name, int64_t unix_ms)
{
    api_set_text(json, name, unix_ms ? time_format(unix_ms).text : NULL);
}

void api_set_time(const struct api_call *call, cJSON *json, const char *name, int64_t ms)
{
    api_set_unix(json, name, ms ? ms + call->view.shift_ms : 0);
}

void api_set_person(const struct api_call *call, cJSON *json, const char *name, const struct principal *who)
{
    cJSON *person;

    if (!who->system || !who->id) {
        json_set(json, name, cJSON_CreateNull());
        return;
    }
    person = json_set(json, name, json_object());
    json_set_string(person, "principal", principal_text(who, call->arena));
    json_set_string(person, "name", cli_person(call->view.settings, who, call->arena));
}

struct api_page api_page(void)
{
    struct api_page page = { .json = json_object() };

    page.items = json_set(page.json, "items", json_array());
    json_set(page.json, "next", cJSON_CreateNull());
    return page;
}
