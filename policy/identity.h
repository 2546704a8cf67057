/* identity.h - which deny is it? By what it says, not by where it stands: a reload moves lines, and puts another deny where
 * one was. Only for files in policy/.
 */
#ifndef OPSGATE_POLICY_IDENTITY_H
#define OPSGATE_POLICY_IDENTITY_H

#include "bot/model/settings.h"

/* The same for denies that say the same: verbs, `to`, `on`, `when`, `break_glass` and the reason, in whatever order names
 * stand. In no other's, for people's purposes: a digest in hex. */
const char *deny_identity(const struct rule_settings *deny, struct arena *arena);

#endif
