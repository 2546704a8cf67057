/* form.h - the fields of an application/x-www-form-urlencoded body, decoded strictly.
 *
 * Slack's commands and buttons come so. What is malformed is refused, not guessed: a bad %-escape, NUL, text that is
 * not UTF-8, a name that comes twice, or more than SLACK_FORM_MAX_FIELDS fields. Pure; safe on any thread.
 * Spec: https://url.spec.whatwg.org/#application/x-www-form-urlencoded ('+' is a space)
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_FORM_H
#define OPSGATE_INTEGRATIONS_SLACK_FORM_H

#include "bot/base/json.h"

#define SLACK_FORM_MAX_FIELDS 64

struct slack_form_field {
    const char *name, *value; /* decoded; "" for a name without '=' */
};
struct slack_form {
    struct slack_form_field *fields; /* in the order they came */
    size_t count;
};

/* What it gives lives in the arena. ERR_INVALID says which field, by number, and what is wrong with it. */
bool slack_form_decode(struct str body, struct arena *arena, struct slack_form *ret_form, struct error *err);

/* The same fields as members of an object, as Socket Mode brings them: texts, and booleans as "true" and "false"; null is
 * left out. Names and values live in `object`. ERR_INVALID: anything else, or what slack_form_decode would refuse. */
bool slack_form_read(const cJSON *object, struct arena *arena, struct slack_form *ret_form, struct error *err);
/* A body that slack_form_decode reads back; in the arena. */
const char *slack_form_encode(const struct slack_form *form, struct arena *arena);

const char *slack_form_find(const struct slack_form *form, const char *name); /* NULL when missing */

#endif
