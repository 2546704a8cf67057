/* program_output.h - what a program wrote, made fit to be shown: no secret, no control character, whole lines.
 *
 * A stretch of raw bytes becomes text piece by piece: each call takes as much of the front as fits, and says how much that
 * was. What cannot be told yet is left: a line that has not ended, the first bytes of what may become a secret, a character
 * or an escape sequence that is cut. Only a line that is too long for a whole piece is told in parts, never through a
 * secret. Pure.
 */
#ifndef OPSGATE_PROGRAM_OUTPUT_H
#define OPSGATE_PROGRAM_OUTPUT_H

#include "bot/model/secrets.h"

#define PROGRAM_WINDOW_BYTES (64 * 1024) /* raw bytes to look at: much more than a secret is long */

struct program_output {
    struct str raw;       /* at most PROGRAM_WINDOW_BYTES, from where the piece before ended; or, for a tail: */
    bool begins_anywhere; /* maybe in a line, or in a secret */
    bool is_end;          /* nothing will ever follow */
    bool is_cut;          /* is_end, and the program said more: the last bytes may be a part of anything */
    size_t text_max_bytes;
    const struct secrets *secrets;
};

/* Valid UTF-8 with '\n' and '\t' as its only control characters, in the arena; "" when there is nothing to tell yet.
 * *ret_taken: raw bytes that are done with. */
const char *program_output_take(const struct program_output *output, struct arena *arena, size_t *ret_taken);

/* The last lines of `raw` that fit. Where it begins anywhere, nothing is told before its first line ends, or, in one
 * endless line, before the longest secret is behind. */
const char *program_output_tail(const struct program_output *output, struct arena *arena);

#endif
