/* mailbox.h - the mails that came, as people would read them. (RFC 5322, 2045, 2047)
 *
 * A mail that a strict server would refuse is refused: lines without CRLF or too long, bytes above 127 (8BITMIME is not
 * offered), no Date, From or Message-ID, or two of them. Not thread-safe: the world's lock covers it.
 */
#ifndef SANDBOX_MAIL_MAILBOX_H
#define SANDBOX_MAIL_MAILBOX_H

#include "tree.h"

struct mailbox {
    cJSON *mails; /* {n, at_ms, from, to: [...], message_id, date, subject, text, headers: {name: value}, raw} */
    int64_t last_n;
    char *username, *password; /* whoever sends has to log in with; NULL: nobody has to */
};

struct mailbox *mailbox_create(void);
void mailbox_destroy(struct mailbox *mailbox);

/* `raw` is what stood between DATA and the final dot, without the dots that were doubled. False: err says why not. */
bool mailbox_take(struct mailbox *mailbox, const char *from, const cJSON *to, struct str raw, int64_t now_ms,
                  struct error *err);
/* {username, password}: whoever sends has to log in; {}: nobody has to. */
bool mailbox_change(struct mailbox *mailbox, const cJSON *value, struct error *err);
cJSON *mailbox_state(const struct mailbox *mailbox); /* {mails, login} */

#endif
