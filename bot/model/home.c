#include "bot/model/home.h"

static const struct shape_field item_rows[] = {
    ROW_STRING(home_item, text, .flags = SHAPE_REQUIRED),
    ROW_OBJECTS(home_item, actions, &card_action_shape, .flags = SHAPE_NONZERO),
};
static const struct shape item_shape = SHAPE("an item", home_item, item_rows);

static const struct shape_field section_rows[] = {
    ROW_STRING(home_section, title, .flags = SHAPE_REQUIRED),
    ROW_OBJECTS(home_section, items, &item_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(home_section, more, .flags = SHAPE_NONZERO),
};
static const struct shape section_shape = SHAPE("a section", home_section, section_rows);

static const struct shape_field rows[] = {
    ROW_STRING(home, user, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(home, intro, .flags = SHAPE_REQUIRED),
    ROW_OBJECTS(home, actions, &card_action_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(home, sections, &section_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(home, footer, .flags = SHAPE_NONZERO),
};
const struct shape home_shape = SHAPE("a Home tab", home, rows);
