/* channels.h - which channel a name meant, when something was last posted there. Pure.
 *
 * To find it out takes a call that Slack lets us make twenty times a minute, so whoever posts for the first time uses what
 * is remembered; and asks again when Slack refuses that, and every ten minutes: a channel that was renamed takes on what
 * was meant for the new one of its name.
 */
#ifndef OPSGATE_CARRIER_CHANNELS_H
#define OPSGATE_CARRIER_CHANNELS_H

#include <stdint.h>

#define CHANNELS_KEPT 64
#define CHANNELS_TRUSTED_MS (10 * 60 * 1000)

struct channels;

struct channels *channels_create(void);
void channels_destroy(struct channels *channels);

/* Its id, borrowed. NULL: not known, or it has to be asked for again. */
const char *channels_find(const struct channels *channels, const char *name, int64_t mono_ms);
const char *channels_find_last(const struct channels *channels, const char *name); /* however long ago that was; or NULL */
void channels_learn(struct channels *channels, const char *name, const char *id, int64_t mono_ms); /* it was asked for */
void channels_forget(struct channels *channels, const char *name);
void channels_forget_all(struct channels *channels);

#endif
