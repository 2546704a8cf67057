/* secrets.h - every secret that opsgate holds, so that none of them is shown in what a program says.
 *
 * What the settings' shapes mark as secret, passwords in addresses, and whatever else is added. A secret of several lines
 * (a key) counts line by line. Texts under SECRETS_MIN_BYTES are left out: they would blacken half of every output.
 */
#ifndef OPSGATE_MODEL_SECRETS_H
#define OPSGATE_MODEL_SECRETS_H

#include "bot/base/arena.h"
#include "bot/base/str.h"
#include "bot/model/settings.h"

#define SECRETS_MIN_BYTES 6

struct secrets { /* zeroed but for the arena, where it all lives */
    struct arena *arena;
    struct str *texts; /* longest first: one that holds another is masked whole */
    size_t count;
};

void secrets_add(struct secrets *secrets, const char *text); /* copied; NULL is fine */
/* The length of the secret that `text` begins with; 0: with none. */
size_t secrets_begin(const struct secrets *secrets, struct str text);
/* What people may see of a text that a stranger wrote: "***" for each secret, a space for each control character. NULL: NULL. */
const char *secrets_mask(const struct secrets *secrets, const char *text, struct arena *arena);
/* card_quote for what was masked: "[secret]" in the place of its stars, which would mean a mark there. */
const char *secrets_quote(struct str masked, size_t max_bytes, struct arena *arena);
void secrets_add_settings(struct secrets *secrets, const struct settings *settings);

#endif
