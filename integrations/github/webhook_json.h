/* webhook_json.h - GitHub's bodies, up to 25 MiB of JSON, read where they stand: no tree is built of what nobody wants.
 *
 * A body is checked once, as a whole; then it is walked, and what is wanted of it is copied into a small text that
 * bot/base/json can parse. Whatever passes the check, json_parse takes too: nothing that was accepted fails to be read later.
 * It is stricter than that: no raw control characters, no numbers of more than 60 characters.
 * Keys are compared as they are written: GitHub escapes none. Of equal keys in an object the first counts.
 * Pure; safe on any thread. Spec: RFC 8259
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_WEBHOOK_JSON_H
#define OPSGATE_INTEGRATIONS_GITHUB_WEBHOOK_JSON_H

#include "bot/base/arena.h"
#include "bot/base/buf.h"

#define WEBHOOK_JSON_MAX_DEPTH 60 /* of a payload; what is stored around it nests one deeper, json_parse takes 64 */

/* ERR_INVALID says what is wrong and at which byte, and quotes nothing. */
bool webhook_json_check(struct str text, int max_depth, struct error *err);

/* The members of an object, or the elements of an array, one after another; of anything else: none. `value` is of a text
 * that was checked. Raw: a string with its quotes and escapes; keys without quotes, escapes as they stand. */
struct webhook_walk {
    struct str rest;
    bool is_object;
};
struct webhook_walk webhook_walk(struct str value);
bool webhook_walk_next(struct webhook_walk *walk, struct str *ret_key, struct str *ret_value);
struct str webhook_json_member(struct str object, const char *key); /* raw; empty when there is none */

/* A raw string without escapes, such as an id or a name of GitHub's own: false for anything else. */
bool webhook_json_plain(struct str raw, struct str *ret_text);

/* Of an object, only the members that `paths` name ("release.author.login"; through arrays: of each element), as JSON. What
 * is longer is cut: texts at 16 KiB, in lists at 300 bytes, lists at 100 elements; an object or list that a path names whole
 * is left out above 16 KiB. Integers beyond +-2^53 become texts, so that no digit is lost, but not inside of what is named
 * whole. *ret_is_cut says whether anything was cut. ERR_TOO_LARGE: 512 KiB are not enough. */
bool webhook_json_prune(struct str object, const char *const *paths, size_t count, struct buf *out, bool *ret_is_cut,
                        struct error *err);
#define WEBHOOK_PRUNED_MAX_BYTES (512 * 1024)

#endif
