#!/bin/sh
# The demo: every start has a new world, a new store and a new configuration, unless the old ones are to be kept; and its options are checked.
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

start() { # start OPTION...: sets BIRTH; end stops it again
    check "quickstart $*: gets ready" quickstart "$@"
    BIRTH=$(birth)
    check "and has a store" test -n "$BIRTH"
}

end() {
    stop "$QUICKSTART_PID" 20
}

its_file_ends_with() { # its_file_ends_with LINE
    [ "$(tail -n 1 "$RUN/demo/sandbox.yaml")" = "$1" ]
}

is_set_up() { # what the demo made of the sandbox's world
    get "$SANDBOX_URL/_sandbox/state" | jq -e '
        ([.run.services[].id] | sort) == ["api-prod-service", "api-service", "web-prod-service"]
        and ([.run.services[].rps] | all(. == 50)) and (.github.hooks | length) == 1' >/dev/null
}

start
first=$BIRTH
check "it says which file is its configuration" is_shown "Its configuration  *$RUN/demo/sandbox.yaml\$"
SANDBOX_URL=$(sed -n 's/^export SANDBOX_URL=\([^ ]*\).*/\1/p' "$RUN/demo/env")
check "its world is set up" is_set_up
change_world '{"service":{"id":"one-more"},"traffic":{"service":"*","rps":0}}'
check_not "people change it" is_set_up
post "$SANDBOX_URL/_sandbox/reset" '{}' >/dev/null
check "and Start over sets it up again" is_set_up
end

echo "# mine" >>"$RUN/demo/sandbox.yaml"
start
check_not "a second start begins with an empty store, as its world does" test "$BIRTH" = "$first"
second=$BIRTH
check_not "and with a configuration of its own" its_file_ends_with "# mine"
check "it says where the one of before is" is_shown "sandbox.yaml.before"
check "and there it is" grep -q "^# mine" "$RUN/demo/sandbox.yaml.before"
end

echo "# mine" >>"$RUN/demo/sandbox.yaml"
start --keep
check "--keep keeps it" same "$second" "$BIRTH"
check "and says what may wait" is_shown "may wait for a revision"
check "it keeps the configuration, too" its_file_ends_with "# mine"
check "and says so" is_shown "kept as you left it"
end

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
