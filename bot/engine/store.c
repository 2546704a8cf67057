#include "bot/engine/store.h"

const char *const store_place_names[STORE_PLACES] = {
    [STORE_META] = "meta",
    [STORE_OPERATIONS] = "operations",
    [STORE_ENDED] = "ended",
    [STORE_TARGETS] = "targets",
    [STORE_TIMERS] = "timers",
    [STORE_MESSAGES] = "messages",
    [STORE_EFFECTS] = "effects",
    [STORE_HEARD] = "heard",
    [STORE_TRYING] = "trying",
    [STORE_PERSONAL] = "personal",
    [STORE_JOURNAL] = "journal",
    [STORE_DEAD] = "dead",
    [STORE_INBOX] = "inbox",
    [STORE_INBOX_SAFE] = "inbox:safe",
};
