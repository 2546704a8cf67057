/* google_keys.h - the key files of Google's service accounts: of google.credentials, and of environments that have their own.
 *
 * Read at the start and at each reload. What cannot be read then is used on as it was. Loop thread only.
 */
#ifndef OPSGATE_CARRIER_GOOGLE_KEYS_H
#define OPSGATE_CARRIER_GOOGLE_KEYS_H

#include "bot/model/settings.h"

struct google_key {
    char *path, *text;
    struct error why; /* text NULL: why it could never be read */
};

struct google_keys { /* begins zeroed */
    struct google_key *list;
    size_t count;
};

/* All that the settings name now; what they name no more is wiped. False: err names the first that could not be read. */
bool google_keys_read(struct google_keys *keys, const struct settings *settings, struct error *err);
void google_keys_wipe(struct google_keys *keys);

/* "metadata", or the path of the key file by which calls about that project are signed. project NULL: nobody's. */
const char *google_account(const struct settings *settings, const char *project);
/* Content of the key file that `account` is. False: err says why there is none. *ret_text NULL: the metadata server. */
bool google_keys_find(const struct google_keys *keys, const char *account, const char **ret_text, struct error *err);

void google_secret_wipe(char *secret); /* and frees it; NULL is fine */

#endif
