/* record.h - the judge's state as it stands in an operation's record. What is read back is the same to the bit. */
#ifndef OPSGATE_HANDLERS_JUDGE_RECORD_H
#define OPSGATE_HANDLERS_JUDGE_RECORD_H

#include "bot/base/shape.h"
#include "handlers/judge/judge.h"

extern const struct shape judge_state_shape;

#endif
