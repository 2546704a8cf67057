/* types.h - may these parts stand there? Checked while parsing, in Prometheus' words. Pure. */
#ifndef SANDBOX_PROMETHEUS_TYPES_H
#define SANDBOX_PROMETHEUS_TYPES_H

#include "prometheus/lexer.h"
#include "prometheus/query.h"

bool types_check(const struct query *query, const struct lexer *lexer, struct error *err); /* of this node alone */

#endif
