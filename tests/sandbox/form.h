/* form.h - application/x-www-form-urlencoded, both ways.
 * Pure; any thread. Spec: https://url.spec.whatwg.org/#application/x-www-form-urlencoded */
#ifndef SANDBOX_FORM_H
#define SANDBOX_FORM_H

#include "tree.h"

cJSON *form_decode(struct str body); /* an object of texts, the last of equal names wins; NULL on bad escapes and NUL */
char *form_encode(const cJSON *fields); /* text members in their order; the caller frees */

#endif
