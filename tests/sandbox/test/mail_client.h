/* mail_client.h - whoever sends a mail to the sandbox's mail server, byte by byte as a test wants it. */
#ifndef SANDBOX_TEST_MAIL_CLIENT_H
#define SANDBOX_TEST_MAIL_CLIENT_H

#include "process.h"

/* Everything it says to all of `said`, until it closes: QUIT is sent behind it. The caller's. */
char *mail_talk(const struct sandbox *sandbox, const char *said);

#endif
