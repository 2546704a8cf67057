/* lexer.h - PromQL's words, one at a time.
 *
 * Reads ahead by one: `token` is the word that comes next. On false, err says where in the text: "1:5: parse error: ".
 * Pure; any thread. Spec: https://prometheus.io/docs/prometheus/latest/querying/basics/
 */
#ifndef SANDBOX_PROMETHEUS_LEXER_H
#define SANDBOX_PROMETHEUS_LEXER_H

#include "bot/base/arena.h"

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_NUMBER, TOKEN_DURATION, TOKEN_STRING, TOKEN_SIGN };

struct token {
    enum token_kind kind;
    size_t at;         /* its first byte in the text */
    const char *text;  /* as written, of a string: what it means; in the arena */
    double number;     /* TOKEN_NUMBER */
    int64_t length_ms; /* TOKEN_DURATION */
};

struct lexer {
    struct arena *arena;
    const char *text;
    size_t at; /* where the next word is looked for */
    struct token token;
};

bool lexer_start(struct lexer *lexer, struct arena *arena, const char *text, struct error *err);
bool lexer_next(struct lexer *lexer, struct error *err);

bool lexer_is(const struct lexer *lexer, const char *sign_or_word); /* words in any case, as keywords are */
bool lexer_fail(const struct lexer *lexer, size_t at, struct error *err, const char *fmt, ...) PRINTF_LIKE(4, 5);
bool lexer_unexpected(const struct lexer *lexer, const char *where, struct error *err); /* always false, as the above */

/* "5m", "1h30m": Prometheus' units are ms s m h d w y, largest first. False when it is anything else. */
bool promql_duration(struct str text, int64_t *ret_ms);

#endif
