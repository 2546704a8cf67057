/* typed_text.h - what a person typed, out of what phones and Slack made of it; command.h lists the rules. Pure. */
#ifndef OPSGATE_INTEGRATIONS_SLACK_TYPED_TEXT_H
#define OPSGATE_INTEGRATIONS_SLACK_TYPED_TEXT_H

#include "bot/base/arena.h"
#include "bot/base/buf.h"

/* In the arena, terminated; ready for request_split. */
struct str slack_typed_text(struct str text, struct arena *arena);

bool slack_id_is_valid(struct str id); /* letters and digits, as Slack makes ids: U012AB3CD, T0..., C0... */

#endif
