#!/bin/sh
# The demo: every start has a new world and a new store, unless the old one is to be kept; and its options are checked.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"

quickstart() { # quickstart OPTION...: until it is ready; sets QUICKSTART_PID
    : >"$RUN/shown" # here, before anybody looks: nothing of the last one may be seen
    setsid sh "$ROOT/deploy/quickstart.sh" --no-install --build "$BUILD" --data "$RUN/demo" "$@" >"$RUN/shown" 2>&1 </dev/null &
    QUICKSTART_PID=$!
    remember_other $QUICKSTART_PID
    wait_until 40 is_shown 'What happens, as the sandbox sees it'
}

is_shown() {
    grep -q "$1" "$RUN/shown"
}

birth() {
    OPSGATE_DATA=$RUN/demo/opsgate
    redis --raw hget "$(key meta)" birth
}

start() { # start OPTION...: sets BIRTH; stopped again
    check "quickstart $*: gets ready" quickstart "$@"
    BIRTH=$(birth)
    check "and has a store" test -n "$BIRTH"
    stop "$QUICKSTART_PID" 20
}

start
first=$BIRTH
start
check_not "a second start begins with an empty store, as its world does" test "$BIRTH" = "$first"
second=$BIRTH
start --keep
check "--keep keeps it" same "$second" "$BIRTH"
check "and says what may wait" is_shown "may wait for a revision"

sh "$ROOT/deploy/quickstart.sh" --no-install --build "$BUILD" --sabotage >"$RUN/shown" 2>&1
check "--sabotage without --story is refused" same 2 $?
check "and says why" is_shown "sabotage goes with --story"

cut_to() { # cut_to WIDTH TEXT
    jq -n -r -L "$ROOT/deploy" --argjson width "$1" --arg text "$2" 'include "transcript"; $text | cut($width)'
}
check "a line is cut to the terminal's width" same "abcd…" "$(cut_to 5 abcdefghij)"
check "and left alone where there is none" same abcdefghij "$(cut_to 0 abcdefghij)"

# An event that Slack sends of itself has neither a user nor a time.
cat >"$RUN/state.json" <<'EOF'
{ "slack": { "users": [{ "id": "U1", "name": "ann" }], "ephemerals": [],
    "channels": [{ "id": "C1", "name": "deploys",
        "messages": [{ "ts": "2.0", "text": "*D1* began <!date^2^{time_secs}|00:00:02 UTC>, for <@U1>" }] }],
    "deliveries": [
        { "kind": "event", "user": null, "channel": null, "at_ms": null },
        { "kind": "command", "user": "U1", "channel": "C1", "at_ms": 1000, "command": "/ops", "text": "status" }] },
  "run": { "services": [] } }
EOF
news=$(TZ=UTC0 jq -r -L "$ROOT/deploy" 'include "transcript"; news(0)' "$RUN/state.json")
check "an event leaves the news as they are" same "  00:00:01  ann in #deploys           /ops status" "$(echo "$news" | sed -n 1p)"
check "and an instant is told in words" same "  00:00:02  #deploys                  D1 began 00:00:02 UTC, for @ann" "$(echo "$news" | sed -n 2p)"
finish
