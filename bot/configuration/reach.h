/* reach.h - of a file with mistakes: can a running opsgate and its store be found by it all the same? Only for
 * configuration.c.
 */
#ifndef OPSGATE_CONFIGURATION_REACH_H
#define OPSGATE_CONFIGURATION_REACH_H

#include "bot/configuration/walk.h"

/* The first `of_yaml` errors of the walk are those that the tree was made with. */
bool reach_is_good(const struct walk *walk, const struct yaml_node *root, size_t of_yaml);

#endif
