/* metadata.h - Google's metadata server, as a process on Google Cloud meets it.
 * Refuses every request without "Metadata-Flavor: Google" and answers with the same header. The world's lock is held.
 */
#ifndef SANDBOX_GOOGLE_METADATA_H
#define SANDBOX_GOOGLE_METADATA_H

#include "google/tokens.h"

void metadata_serve(struct tokens *tokens, const struct request *request,
                    struct reply *reply); /* /computeMetadata/... */

#endif
