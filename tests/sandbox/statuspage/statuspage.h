/* statuspage.h - the sandbox's public status page: components, incidents, their updates, and one call a second.
 *
 * Kept as the API shows them. Its page is "sandboxpage", its key "sp-sandbox" (Authorization: OAuth ...). Not
 * thread-safe: the world's lock covers it. Spec: https://developer.statuspage.io
 */
#ifndef SANDBOX_STATUSPAGE_H
#define SANDBOX_STATUSPAGE_H

#include "exchange.h"

#define STATUSPAGE_KEY "sp-sandbox"
#define STATUSPAGE_PAGE "sandboxpage"

struct statuspage {
    cJSON *components; /* {id, name, status} */
    cJSON *incidents;  /* newest first, as in the API */
    int64_t last_n;
    int64_t limit_ms; /* between two calls of the key: sooner is a 429; 0: no limit */
    int64_t last_call_ms;
    int64_t mails; /* updates that subscribers were mailed */
};

struct statuspage *statuspage_create(void);
void statuspage_destroy(struct statuspage *statuspage);
cJSON *statuspage_state(const struct statuspage *statuspage);

void statuspage_serve(struct statuspage *statuspage, const struct request *request, struct reply *reply);
/* {limit_ms?, component?: {id, name?, status?}, update?: {incident, status?, body?}}: what somebody does there by hand.
 */
bool statuspage_change(struct statuspage *statuspage, const cJSON *value, int64_t now_ms, struct error *err);

#endif
