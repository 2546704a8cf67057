#!/bin/sh
# A story in three chapters, played unattended: sh deploy/story.sh [--sabotage] BUILD
#
# A staging deploy that succeeds; one that policy refuses; one during which opsgate is killed with -9 and goes on. Verdicts
# come from the sandbox's own state and from Redis itself, never from what opsgate says of itself.
# Exit 0 when everything happened, 1 when anything did not, 2 for a wrong call.
# shellcheck disable=SC2016,SC2317 # jq's variables are jq's; most functions are called by name, through verdict
set -u

HERE=$(cd "$(dirname "$0")" && pwd)
PATIENCE_S=${STORY_PATIENCE_S:-40} # how long an operation may take to end

sabotage=
[ "${1:-}" != --sabotage ] || { sabotage=yes; shift; }
if [ $# -ne 1 ] || [ ! -x "$1/opsgate" ]; then
    echo "Usage: sh deploy/story.sh [--sabotage] BUILD-DIRECTORY" >&2
    exit 2
fi
BUILD=$(cd "$1" && pwd)
RUN=$(mktemp -d)
CONFIG=$HERE/sandbox.yaml
export OPSGATE_DATA="$RUN/opsgate"
# shellcheck source=deploy/demo.sh
. "$HERE/demo.sh"

OPSGATE_PID=
SANDBOX_PID=
finish() {
    trap '' INT TERM
    trap - EXIT
    stop "$OPSGATE_PID" 10
    stop_orphan
    stop "$SANDBOX_PID" 5
    rm -rf "$RUN"
    exit "$1"
}
trap 'finish 130' INT TERM
trap 'finish 1' EXIT

# ---- what is looked at: the sandbox and Redis ----

failures=0
journal_told=0 # entries that the transcript has shown already

verdict() { # verdict SENTENCE COMMAND...: did it happen?
    sentence=$1
    shift
    if "$@"; then
        echo "  [ok]   $sentence"
    else
        echo "  [FAIL] $sentence"
        failures=$((failures + 1))
    fi
}

world() { # world FILTER [JQ-OPTION...]: asks the sandbox's state
    world_filter=$1
    shift
    get "$SANDBOX_URL/_sandbox/state" | jq -r "$@" "$world_filter"
}

world_says() { # world_says FILTER [JQ-OPTION...]: is it true there?
    [ "$(world "$@")" = true ]
}

calls_say() { # calls_say FILTER [JQ-OPTION...]: is it true of all calls since the chapter began?
    calls_filter=$1
    shift
    [ "$(get "$SANDBOX_URL/_sandbox/calls?since=$chapter_call" | jq -r "$@" "$calls_filter")" = true ]
}

key() { # key PLACE: its key in Redis
    echo "og:{default}:$1"
}

journal() { # the journal's entries, one JSON text a line
    redis --raw xrange "$(key journal)" - + | grep '^{'
}

ended() { # ended ID FILTER: is it true of the record of an operation that has ended?
    [ "$(redis --raw hget "$(key ended)" "$1" | jq -r "$2")" = true ]
}

state_of() { # the state of an operation that has not ended
    redis --raw hget "$(key operations)" "$1" | jq -r '.state // empty' 2>/dev/null
}

is_in_state() {
    state=$(state_of "$1")
    shift
    case " $* " in
    *" ${state:-none} "*) return 0 ;;
    esac
    return 1
}

has_settled() { # ended, and nothing of it is left to do
    [ "$(redis hexists "$(key ended)" "$1")" = 1 ] && [ "$(redis hlen "$(key effects)")" = 0 ] &&
        [ "$(redis hlen "$(key operations)")" = 0 ]
}

journal_has_one_end() {
    [ "$(journal | jq -s --arg id "$1" '[.[] | select(.core.kind == "operation.ended" and .core.operation == $id)] | length')" = 1 ]
}

journal_is_a_chain() {
    [ "$(journal | jq -s --arg head "$(redis --raw hget "$(key meta)" journal)" \
        'reduce .[] as $e ({ ok: true, head: "" }; { ok: (.ok and $e.previous == .head), head: $e.hash })
         | .ok and .head == $head')" = true ]
}

# ---- what is done, and told ----

chapter() {
    echo
    echo "== $1"
    chapter_ms=$(world .now_ms)
    chapter_call=$(get "$SANDBOX_URL/_sandbox/calls" | jq '.[-1].n // 0')
}

type_command() { # type_command USER COMMAND TEXT: a person types it in #general; prints the sandbox's account of it
    post "$SANDBOX_URL/_sandbox/slack/command" \
        "$(jq -cn --arg user "$1" --arg command "$2" --arg text "$3" '$ARGS.named + { channel: "C0GENERAL" }')"
}

arm() { # arm SERVICE MATCH FAULT VALUE
    post "$SANDBOX_URL/_sandbox/faults" \
        "$(jq -cn --arg service "$1" --arg match "$2" --arg fault "$3" --argjson value "$4" '$ARGS.named')" >/dev/null
}

tell_what_was_seen() {
    get "$SANDBOX_URL/_sandbox/state" |
        jq -r -L "$HERE" --argjson since "$chapter_ms" 'include "transcript"; news($since)'
}

tell_redis() { # tell_redis ID
    echo "  Redis, $OPSGATE_DATA/redis/redis.sock:"
    redis --raw keys 'og:*' | grep -v ':seen:' | sort | paste -sd ' ' | sed 's/^/    keys       /'
    for place in operations ended; do
        redis --raw hget "$(key $place)" "$1" | jq -r --arg place "$place" \
            '"    \($place | . + " " * (10 - length)) \(.id): \(.kind) of \(.target) is \(.state), revision \(.body.revision // "none yet")"' \
            2>/dev/null
    done
    redis --raw hvals "$(key effects)" |
        jq -r '"    effect     \(.id): \(.kind), recorded and without a result yet"' 2>/dev/null
    journal | jq -r --arg id "$1" --argjson told "$journal_told" \
        'select(.core.operation == $id and .core.n > $told and .core.body.kind != "slack.card")
         | "    journal    \(.core.n): \(.core.kind) \(.core.body.to // .core.body.kind // "") \(.core.body.end // "")"'
    journal_told=$(journal | jq -s '.[-1].core.n // 0')
}

# ---- start ----

start_both() {
    tries=0
    while [ $tries -lt 5 ]; do
        tries=$((tries + 1))
        OPSGATE_LISTEN=127.0.0.1:$(free_port $((20000 + (($$ * 7 + tries * 997) % 12000))))
        export OPSGATE_LISTEN
        start_sandbox 0 || return 1
        start_opsgate "$RUN/opsgate.log"
        wait_opsgate 30 && return 0
        stop "$OPSGATE_PID" 5
        stop "$SANDBOX_PID" 5
    done
    cat "$RUN/opsgate.log" >&2
    return 1
}

echo "opsgate's story. Ann is release manager, Bob is developer; Slack, Cloud Run and the registry are the sandbox's."
start_both || { echo "story: opsgate did not start" >&2; exit 1; }
echo "  sandbox $SANDBOX_URL, opsgate http://$OPSGATE_LISTEN, Redis in $OPSGATE_DATA"

serves() { # serves SERVICE ID: one revision has everything, and it is what that operation made
    world_says '.run.services[] | select(.id == $service)
        | ([.trafficStatuses[] | select((.percent // 0) > 0)] | length == 1 and .[0].percent == 100
           and (.[0].revision | contains("-" + $id + "-")))' --arg service "$1" --arg id "$(echo "$2" | tr D d)"
}

runs_image_of() { # runs_image_of SERVICE TAG: does what serves run the digest that the registry has under this tag?
    world_says '(.registry.tags[] | select(.tag == $tag) | .digest) as $digest
        | .run.services[] | select(.id == $service)
        | ([.trafficStatuses[] | select(.percent == 100) | .revision][0]) as $now
        | [.revisions[] | select(.id == $now) | .digest] == [$digest]' --arg service "$1" --arg tag "$2"
}

changed_times() { # changed_times SERVICE N: it was asked to change its wanted state so often since the chapter began
    world_says '.run.services[] | select(.id == $service)
        | [.history[] | select(.kind == "wanted" and .at_ms > $since)] | length == $n' \
        --arg service "$1" --argjson n "$2" --argjson since "$chapter_ms"
}

traffic_moved_once() { # the split changed exactly once since the chapter began
    world_says '.run.services[] | select(.id == $service)
        | [.history[] | select(.kind == "wanted")
           | { at: .at_ms, split: [.traffic[] | select((.percent // 0) > 0) | .revision] }] as $all
        | [range(1; $all | length) | select($all[.].at > $since and $all[.].split != $all[. - 1].split)] | length == 1' \
        --arg service "$1" --argjson since "$chapter_ms"
}

card_says() { # card_says ID TEXT: its one message in #deployments
    world_says '[.slack.channels[] | select(.name == "deployments") | .messages[]
        | select([.edits[]?.blocks, .blocks] | tostring | contains("`" + $id + "`"))]
        | length == 1 and (.[0].text | contains($text))' --arg id "$1" --arg text "$2"
}

answered_in() { # answered_in ACCOUNT MS: with words, and in time
    [ "$(printf '%s\n' "$1" | jq --argjson ms "$2" '.status == 200 and .took_ms < $ms and (.body | length) > 0')" = true ]
}

answer_has() {
    [ "$(printf '%s\n' "$1" | jq -r --arg text "$2" '.body | contains($text)')" = true ]
}

# ---- 1 ----

chapter "1. Ann deploys main to staging"
[ -z "$sabotage" ] || echo "  (sabotage: Cloud Run will answer that it switched traffic, and not do it)"
account=$(type_command U012AB3CD /deploy staging)
if [ -n "$sabotage" ]; then
    wait_until 10 is_in_state D1 starting checking
    arm run PATCH pretend 0
fi
wait_until "$PATIENCE_S" has_settled D1
tell_what_was_seen
tell_redis D1
verdict "Slack was answered within its three seconds" answered_in "$account" 3000
verdict "Cloud Run serves the new revision, with all traffic" serves api-service D1
verdict "it runs the very image that the registry has as 'main'" runs_image_of api-service main
verdict "Cloud Run was changed twice: a revision without traffic, then the switch" changed_times api-service 2
verdict "the card in #deployments is one message, and tells the end" card_says D1 "serves all traffic"
verdict "Redis: D1 has ended as done, and nothing is left to do" ended D1 '.result == "done"'
verdict "Redis: the journal has exactly one end for it" journal_has_one_end D1
if [ -n "$sabotage" ]; then
    echo
    echo "The sandbox dropped a change: $failures verdicts say so."
    finish $((failures > 0))
fi

# ---- 2 ----

chapter "2. Bob asks for production, which policy keeps for release managers"
before=$(world '.run.services[] | select(.id == "api-prod-service") | .generation')
account=$(type_command U0456EFGH /deploy "api production v1.4.2")
tell_what_was_seen
tell_redis D2
verdict "Slack was answered within its three seconds" answered_in "$account" 3000
verdict "the answer says no, and which rule says it" answer_has "$account" "sandbox.yaml:"
verdict "it says who may" answer_has "$account" release-manager
verdict "nobody called Cloud Run or the registry" calls_say 'all(.[]; .service != "run" and .service != "registry")'
verdict "production is what it was" world_says '.run.services[] | select(.id == "api-prod-service") | .generation == $before' \
    --arg before "$before"
verdict "Redis: no operation was begun" test "$(redis hexists "$(key operations)" D2)$(redis hexists "$(key ended)" D2)" = 00

# ---- 3 ----

change_arrived() { # Cloud Run wants a split that gives D2's revision everything, and whoever asked has no answer yet
    world_says '.run.services[] | select(.id == "api-service")
        | any(.traffic[]; .percent == 100 and (.revision // "" | contains("-d2-")))'
}

chapter "3. Bob deploys v1.4.2 to staging, and opsgate is killed in the middle of it"
account=$(type_command U0456EFGH /deploy "staging v1.4.2")
wait_until 20 is_in_state D2 starting checking
arm run PATCH delay_after 60000
wait_until 20 change_arrived
store_pid=$(redis_pid)
kill -KILL "$OPSGATE_PID"
wait "$OPSGATE_PID" 2>/dev/null
killed_status=$?
tell_what_was_seen
echo "  --------  kill -9: Cloud Run has made the switch, and its answer reaches nobody"
tell_redis D2
verdict "opsgate is dead by signal 9" test "$killed_status" -eq 137
verdict "Cloud Run had received the switch" change_arrived
verdict "Redis: the switch is recorded, and its result is not" \
    test "$(redis --raw hvals "$(key effects)" | jq -s 'any(.[]; .kind == "run.traffic")')" = true
verdict "Redis itself lived on" test "$(redis_pid)" = "$store_pid"
echo "  --------  opsgate is started again"
chapter_began_ms=$chapter_ms
chapter_ms=$(world .now_ms)
start_opsgate "$RUN/opsgate.log"
wait_until "$PATIENCE_S" has_settled D2
tell_what_was_seen
tell_redis D2
chapter_ms=$chapter_began_ms
verdict "Slack had been answered within its three seconds" answered_in "$account" 3000
verdict "the same Redis was taken over, not a second one started" test "$(redis_pid)" = "$store_pid"
verdict "Cloud Run serves the new revision, with all traffic" serves api-service D2
verdict "it runs the very image that the registry has as 'v1.4.2'" runs_image_of api-service v1.4.2
verdict "Cloud Run was changed twice, not three times" changed_times api-service 2
verdict "traffic moved exactly once" traffic_moved_once api-service
verdict "the card in #deployments is still one message, and tells the end" card_says D2 "serves all traffic"
verdict "Redis: D2 has ended as done, and nothing is left to do" ended D2 '.result == "done"'
verdict "Redis: the journal has exactly one end for it" journal_has_one_end D2
verdict "Redis: every entry of the journal names the one before it" journal_is_a_chain

echo
if [ $failures -eq 0 ]; then
    echo "All of it happened."
    finish 0
fi
echo "$failures verdicts say no. opsgate's last words:"
tail -n 8 "$RUN/opsgate.log"
finish 1
