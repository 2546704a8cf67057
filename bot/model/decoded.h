/* decoded.h - what an inbox item turned out to be: somebody asks for something, or something happened outside. */
#ifndef OPSGATE_MODEL_DECODED_H
#define OPSGATE_MODEL_DECODED_H

#include "bot/model/outside_event.h"
#include "bot/model/request.h"

enum decoded_kind {
    DECODED_NOTHING, /* genuine, and nothing that anybody wants: it is used up */
    DECODED_REQUEST,
    DECODED_EVENT,
};

struct decoded { /* borrows from the item, or lives in the decision's arena */
    enum decoded_kind kind;
    struct request request;     /* REQUEST */
    struct outside_event event; /* EVENT */
};

#endif
