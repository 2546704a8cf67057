/* reference.h - the page that names every key of the configuration, out of the rows that read it. */
#ifndef OPSGATE_REFERENCE_H
#define OPSGATE_REFERENCE_H

#include "bot/base/buf.h"

void reference_print(struct buf *out); /* Markdown: docs/configuration.md, byte for byte */

#endif
