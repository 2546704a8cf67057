/* Blocks as Slack keeps and gives them back: with what the sender left out. */
#include "slack/blocks.h"

#include "random.h"

#include <stdio.h>
#include <string.h>

#define MADE_ID_CHARS 5

/* An id that nothing in the list has, for whom the sender gave none. */
static void name_what_has_no_name(cJSON *list, cJSON *item, const char *key)
{
    char made[MADE_ID_CHARS + 1] = "";

    while (!tree_get(item, key)) {
        (void)snprintf(made, sizeof made, "%.5s", random_hex().text);
        if (!tree_find(list, key, made))
            json_set_string(item, key, made);
    }
}

static bool is_interactive(const cJSON *element)
{
    const char *type = tree_text_or(element, "type", "");

    return strcmp(type, "button") == 0 || strcmp(type, "static_select") == 0 || strcmp(type, "overflow") == 0;
}

/* Text objects, wherever they stand: plain text gets its `emoji`, mrkdwn its `verbatim`. */
static void fill_texts(cJSON *tree)
{
    bool plain = tree_has_text(tree, "type", "plain_text"), mrkdwn = tree_has_text(tree, "type", "mrkdwn");
    cJSON *inner = NULL;

    if (plain && !tree_get(tree, "emoji"))
        json_set_bool(tree, "emoji", true);
    if (mrkdwn && !tree_get(tree, "verbatim"))
        json_set_bool(tree, "verbatim", false);
    cJSON_ArrayForEach(inner, tree) {
        fill_texts(inner);
    }
}

cJSON *slack_blocks_kept(const cJSON *blocks)
{
    cJSON *kept = json_copy(blocks), *block = NULL, *element = NULL;

    cJSON_ArrayForEach(block, kept) {
        cJSON *elements = tree_get(block, "elements"), *accessory = tree_get(block, "accessory");

        name_what_has_no_name(kept, block, "block_id");
        if (is_interactive(accessory))
            name_what_has_no_name(NULL, accessory, "action_id");
        cJSON_ArrayForEach(element, elements) {
            if (is_interactive(element))
                name_what_has_no_name(elements, element, "action_id");
        }
    }
    fill_texts(kept);
    return kept;
}
