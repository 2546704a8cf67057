#!/bin/sh
# The story that newcomers are shown, and the same story in a world that drops a change: that one has to turn red. The real one comes
# last: where it says no, the last lines tell to what.
. "$(dirname "$0")/lib.sh"
begin "$1"

[ -n "${OPSGATE_E2E_FULL:-}" ] || export STORY_ANSWER_MS=30000
export STORY_HASTE=$HASTE STORY_BAKE_S=20

turns_red() { # and says by which change
    STORY_PATIENCE_S=8 sh "$ROOT/deploy/story.sh" --sabotage "$BUILD" >"$RUN/sabotage.log" 2>&1
    status=$?
    [ $status -eq 1 ] && grep -q '^  \[FAIL\] Cloud Run serves the new revision' "$RUN/sabotage.log" && return
    echo "     wanted: exit status 1, and a verdict that Cloud Run does not serve the new revision"
    echo "     found:  exit status $status; the end of what it told:"
    tail -n 40 "$RUN/sabotage.log"
    return 1
}

check "a sandbox that drops a change turns it red" turns_red
check "the story happens" env STORY_PATIENCE_S=400 sh "$ROOT/deploy/story.sh" "$BUILD"

finish
