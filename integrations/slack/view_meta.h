/* view_meta.h - what a view carries along for us: what sending it asks for, and where it was asked. For view*.c only. */
#ifndef OPSGATE_INTEGRATIONS_SLACK_VIEW_META_H
#define OPSGATE_INTEGRATIONS_SLACK_VIEW_META_H

#include "bot/model/modal.h"

#define SLACK_VIEW_META_MAX_BYTES 3000

char *slack_view_meta_print(const struct modal *modal, struct error *err); /* the caller's; NULL: too long */

#endif
