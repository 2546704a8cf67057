#include "bot/model/pagerduty_act.h"

static const char *const end_names[] = { "written", "already", "unfit", "changed", "too_late", NULL };
static const char *const intent_names[] = { "acknowledge", "resolve", "reopen", NULL };

static const struct shape_field act_rows[] = {
    ROW_STRING(pagerduty_act, incident, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_act, by, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_act, email, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_INT(pagerduty_act, asked_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(pagerduty_act, not_after_ms, .flags = SHAPE_NONZERO),
};
static const struct shape act_shape = SHAPE("an act on an incident", pagerduty_act, act_rows);

static const struct shape_field acted_rows[] = {
    ROW_ENUM(pagerduty_acted, end, end_names),
    ROW_STRING(pagerduty_acted, seen, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_acted, said, .flags = SHAPE_REQUIRED),
    ROW_STRING(pagerduty_acted, as, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_BOOL(pagerduty_acted, is_stand_in, .flags = SHAPE_NONZERO),
    ROW_OPTION(pagerduty_acted, incident, &pagerduty_incident_shape, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_acted_shape = SHAPE("what became of an act", pagerduty_acted, acted_rows);

/* ---- what is wanted ---- */

static const struct shape_field status_rows[] = {
    ROW_OBJECT(pagerduty_status_wish, of, &act_shape),
    ROW_ENUM(pagerduty_status_wish, intent, intent_names, .flags = SHAPE_REQUIRED),
    ROW_STRING(pagerduty_status_wish, resolution, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
};
const struct shape pagerduty_status_wish_shape = SHAPE("a status", pagerduty_status_wish, status_rows);

static const struct shape_field change_rows[] = {
    ROW_OBJECT(pagerduty_change_wish, of, &act_shape),
    ROW_STRING(pagerduty_change_wish, title, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(pagerduty_change_wish, urgency, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_change_wish, priority, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_change_wish_shape = SHAPE("a change of an incident", pagerduty_change_wish, change_rows);

static const struct shape_field assign_rows[] = {
    ROW_OBJECT(pagerduty_assign_wish, of, &act_shape),
    ROW_STRINGS(pagerduty_assign_wish, users, .flags = SHAPE_NONZERO),
    ROW_INT(pagerduty_assign_wish, level, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_assign_wish, policy, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_assign_wish_shape = SHAPE("an assignment", pagerduty_assign_wish, assign_rows);

static const struct shape_field snooze_rows[] = {
    ROW_OBJECT(pagerduty_snooze_wish, of, &act_shape),
    ROW_INT(pagerduty_snooze_wish, seconds),
};
const struct shape pagerduty_snooze_wish_shape = SHAPE("a snooze", pagerduty_snooze_wish, snooze_rows);

static const struct shape_field note_rows[] = {
    ROW_OBJECT(pagerduty_note_wish, of, &act_shape),
    ROW_STRING(pagerduty_note_wish, text, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
};
const struct shape pagerduty_note_wish_shape = SHAPE("a note", pagerduty_note_wish, note_rows);

static const struct shape_field tell_rows[] = {
    ROW_OBJECT(pagerduty_tell_wish, of, &act_shape),
    ROW_STRING(pagerduty_tell_wish, text, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
};
const struct shape pagerduty_tell_wish_shape = SHAPE("a status update", pagerduty_tell_wish, tell_rows);

static const struct shape_field noted_rows[] = {
    ROW_STRING(pagerduty_noted, id, .flags = SHAPE_NONZERO),
    ROW_BOOL(pagerduty_noted, existed),
    ROW_STRING(pagerduty_noted, as, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_BOOL(pagerduty_noted, is_stand_in, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_noted_shape = SHAPE("what was noted", pagerduty_noted, noted_rows);

static const struct shape_field trigger_rows[] = {
    ROW_OBJECT(pagerduty_trigger_wish, of, &act_shape),
    ROW_STRING(pagerduty_trigger_wish, service, .flags = SHAPE_REQUIRED),
    ROW_STRING(pagerduty_trigger_wish, title, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(pagerduty_trigger_wish, details, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(pagerduty_trigger_wish, urgency, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_trigger_wish, policy, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_trigger_wish, user, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_trigger_wish_shape = SHAPE("a new incident", pagerduty_trigger_wish, trigger_rows);
