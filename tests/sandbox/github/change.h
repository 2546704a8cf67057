/* change.h - how a test, a --world file or the page changes GitHub: an object whose members are rows in change.c. */
#ifndef SANDBOX_GITHUB_CHANGE_H
#define SANDBOX_GITHUB_CHANGE_H

#include "github/github.h"

bool github_change(struct github *github, const cJSON *changes, int64_t now_ms, struct error *err);

#endif
