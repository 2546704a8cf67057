#!/bin/sh
# The story that newcomers are shown, and the same story in a world that drops a change: that one has to turn red.
. "$(dirname "$0")/lib.sh"
begin "$1"

[ -n "${OPSGATE_E2E_FULL:-}" ] || export STORY_ANSWER_MS=30000
export STORY_HASTE=$HASTE STORY_BAKE_S=20 STORY_PATIENCE_S=240
check "the story happens" sh "$ROOT/deploy/story.sh" "$BUILD"

STORY_PATIENCE_S=8 sh "$ROOT/deploy/story.sh" --sabotage "$BUILD" >"$RUN/sabotage.log" 2>&1
check "a sandbox that drops a change turns it red" same 1 $?
check "and the verdicts say which change" grep -q '^  \[FAIL\] Cloud Run serves the new revision' "$RUN/sabotage.log"

finish
