/* replace.h - a label set from what another label's value is made of, as label_replace() does it.
 *
 * The expression is anchored; "$1" and "${1}" are what its parentheses took, "$$" is "$". A label whose new value is
 * empty goes. Elements that the expression does not take stay as they are.
 */
#ifndef SANDBOX_PROMETHEUS_REPLACE_H
#define SANDBOX_PROMETHEUS_REPLACE_H

#include "prometheus/evaluate.h"

/* args: the vector, and as texts the label to set, its new value, the label looked at, the expression. False: err says
 * what cannot be carried out. */
bool replace_label(struct evaluation *evaluation, const struct value *args, struct value *value, struct error *err);

#endif
