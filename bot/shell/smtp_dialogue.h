/* smtp_dialogue.h - one mail, from MAIL FROM to the end of its text: what is said next, and what became of it. Pure.
 *
 * Whoever owns the connection (greeted, and logged in) sends `out`, tells what it hears, and so on until it is over.
 * Spec: RFC 5321. Commands go one at a time: no PIPELINING.
 */
#ifndef OPSGATE_SHELL_SMTP_DIALOGUE_H
#define OPSGATE_SHELL_SMTP_DIALOGUE_H

#include "bot/base/buf.h"
#include "bot/model/http.h"

enum smtp_step { SMTP_FROM, SMTP_TO, SMTP_DATA, SMTP_TEXT, SMTP_OVER };

struct smtp_dialogue {
    const struct http_mail *mail; /* borrowed */
    struct str message;           /* borrowed; its lines end with CRLF */
    enum smtp_step step;          /* that the next reply answers; over: `out` is QUIT, which need not be answered */
    struct buf out;               /* to be sent now; whoever has sent it clears it */
    size_t at, taken_count;       /* of the recipients: the one in question; how many were taken */

    /* When it is over. */
    int status;          /* of struct http_answer; 0: failure says why there is none */
    struct buf words;    /* what the server said to that, a line each */
    const char *failure; /* static */

    struct buf heard; /* of the reply that is not whole yet */
};

void smtp_dialogue_begin(struct smtp_dialogue *dialogue, const struct http_mail *mail, struct str message);
void smtp_dialogue_take(struct smtp_dialogue *dialogue, struct str bytes); /* until it is over */
void smtp_dialogue_end(struct smtp_dialogue *dialogue);                    /* QUIT at once, with nothing said */
void smtp_dialogue_finish(struct smtp_dialogue *dialogue);                 /* zeroed is fine */

#endif
