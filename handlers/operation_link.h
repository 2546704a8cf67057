/* operation_link.h - where an operation can be looked at, for systems that show a link. In the view's arena; NULL:
 * nowhere that is known. Pure. */
#ifndef OPSGATE_HANDLERS_OPERATION_LINK_H
#define OPSGATE_HANDLERS_OPERATION_LINK_H

#include "bot/model/view.h"

const char *operation_link_log(const struct view *view, const struct operation *operation); /* by `links.operation` */
/* Of its card in Slack: to a message Slack leads only by an address that it has to be asked for. */
const char *operation_link_channel(const struct view *view, const struct operation *operation);
/* The first of its log, its page of the dashboard, where that has an address, and its card's channel. */
const char *operation_link(const struct view *view, const struct operation *operation);

#endif
