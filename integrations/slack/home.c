#include "integrations/slack/home.h"

#include "integrations/slack/api.h"
#include "integrations/slack/blocks.h"
#include "integrations/slack/buttons.h"
#include "integrations/slack/typed_text.h"

#include <string.h>

#define CALLBACK "opsgate.home"
#define ITEM_MAX_BYTES 1500
#define LAST_BLOCKS 2         /* what was left out of a section, and the footer */
#define LAST_BYTES (7 * 1024) /* likewise, at most */
#define NOT_SHOWN "Not all of it fits here: `/ops status` tells more."

struct writing {
    cJSON *view, *blocks;
    size_t bytes; /* of the blocks */
    bool is_cut;
};

static size_t bytes_of(const cJSON *json)
{
    AUTO_FREE char *text = json_print(json);

    return strlen(text);
}

static size_t blocks_after(const struct writing *w)
{
    return (size_t)cJSON_GetArraySize(w->blocks);
}

/* Takes the blocks, all or none: an item is not shown without its buttons. */
static bool add(struct writing *w, cJSON *blocks, size_t kept_blocks, size_t kept_bytes)
{
    size_t bytes = bytes_of(blocks);
    bool fits = blocks_after(w) + (size_t)cJSON_GetArraySize(blocks) + kept_blocks <= SLACK_HOME_BLOCKS_MAX &&
                w->bytes + bytes + kept_bytes <= SLACK_HOME_MAX_BYTES;
    cJSON *block;

    while (fits && (block = cJSON_DetachItemFromArray(blocks, 0)) != NULL)
        json_add(w->blocks, block);
    w->bytes += fits ? bytes : 0;
    w->is_cut = w->is_cut || !fits;
    cJSON_Delete(blocks);
    return fits;
}

static void add_section(struct writing *w, const struct home_section *section)
{
    cJSON *blocks = json_array();
    bool is_whole;

    slack_block(blocks, "divider");
    slack_block_header(blocks, section->title);
    is_whole = add(w, blocks, LAST_BLOCKS, LAST_BYTES);
    for (size_t i = 0; i < section->items_count && is_whole; i++) {
        blocks = json_array();
        json_set(slack_block(blocks, "section"), "text",
                 slack_mrkdwn_text(str_of(section->items[i].text), ITEM_MAX_BYTES));
        slack_buttons_add(blocks, section->items[i].actions, section->items[i].actions_count);
        is_whole = add(w, blocks, LAST_BLOCKS, LAST_BYTES);
    }
    if (section->more && is_whole) {
        blocks = json_array();
        slack_block_context(blocks, str_of(section->more));
        add(w, blocks, LAST_BLOCKS, LAST_BYTES);
    }
}

cJSON *slack_home_view(const struct home *home)
{
    struct writing w = { .view = json_object() };
    cJSON *first = json_array(), *last = json_array();

    json_set_string(w.view, "type", "home");
    json_set_string(w.view, "callback_id", CALLBACK);
    w.blocks = json_set(w.view, "blocks", json_array());
    slack_block_section(first, str_of(home->intro));
    slack_buttons_add(first, home->actions, home->actions_count);
    add(&w, first, LAST_BLOCKS, LAST_BYTES);
    for (size_t i = 0; i < home->sections_count && !w.is_cut; i++)
        add_section(&w, &home->sections[i]);
    if (w.is_cut)
        slack_block_context(last, str_of(NOT_SHOWN));
    if (home->footer)
        slack_block_context(last, str_of(home->footer));
    add(&w, last, 0, 0);
    return w.view;
}

struct exchange_step slack_exchange_home(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct slack_answer answer;
    struct home home;
    struct error err;
    cJSON *body;

    if (!shape_from_json(&home_shape, exchange->args, exchange->arena, &home, &err))
        return exchange_never(exchange, "Home tab: %s", err.message);
    if (!slack_id_is_valid(str_of(home.user)))
        return exchange_never(exchange, "Home tab: no id of Slack's says whose it is");
    body = json_object();
    json_set_string(body, "user_id", home.user);
    json_set(body, "view", slack_home_view(&home));
    if (!slack_api_ask(&dialog, "views.publish", slack_api_post(exchange, "views.publish", body), &answer))
        return dialog.step;
    return answer.meaning == SLACK_OK ? exchange_done(exchange, NULL) : answer.step;
}
