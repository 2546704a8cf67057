# lib.sh - what an end-to-end test stands on: the real opsgate in the sandbox's world, in a directory of its own.
#
#   . "$(dirname "$0")/lib.sh"; begin "$1"     $1 is the build directory; afterwards $RUN is a fresh directory
#   sandbox_up; opsgate_up                     both on free ports
#   check "a sentence about behaviour" COMMAND...
#   finish                                     exit 0 when every check held
#
# Whatever happens, every process that was started here is stopped by its pid, and $RUN is removed.
# shellcheck shell=sh
# shellcheck disable=SC2317 # functions are called by name, through check and wait_until
set -u

LIB=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$LIB/../.." && pwd)
# shellcheck source=deploy/demo.sh
. "$ROOT/deploy/demo.sh"

ANN=U012AB3CD BOB=U0456EFGH EVE=U0789GUEST # release manager, developer, guest
SKIPPED=77                                 # as ctest is told in tests/CMakeLists.txt

begin() {
    [ -n "${1:-}" ] && [ -x "$1/opsgate" ] || { echo "usage: $0 BUILD-DIRECTORY" >&2; exit 2; }
    BUILD=$(cd "$1" && pwd)
    RUN=$(mktemp -d)
    CONFIG=$ROOT/deploy/sandbox.yaml
    SANDBOX_PID= checks=0 failures=0 next_port=$((20000 + $$ * 13 % 12000))
    OPSGATE_LISTEN=127.0.0.1:$(new_port)
    export OPSGATE_LISTEN
    trap 'cleanup; exit 130' INT TERM
    trap 'cleanup; exit 1' EXIT
}

skip() {
    echo "SKIPPED: $*"
    trap - EXIT
    cleanup
    exit $SKIPPED
}

finish() {
    trap - EXIT
    if [ "$failures" -gt 0 ]; then
        for log in "$RUN"/*/log; do
            [ ! -e "$log" ] || { echo "--- the end of $log:"; tail -n 15 "$log"; }
        done
    fi
    cleanup
    echo "$checks checks, $failures failed"
    [ "$failures" -eq 0 ]
    exit
}

cleanup() {
    trap '' INT TERM
    for instance in "$RUN"/*/pid; do
        [ -e "$instance" ] || continue
        use "$(basename "$(dirname "$instance")")"
        stop "$OPSGATE_PID" 10
        stop_orphan
    done
    for pid in $SANDBOX_PID $(cat "$RUN/others" 2>/dev/null); do
        kill -CONT "$pid" 2>/dev/null
        stop "$pid" 5
    done
    rm -rf "$RUN"
}

# ---- checks ----

passed() {
    checks=$((checks + 1))
    echo "ok   $1"
}

failed() {
    checks=$((checks + 1))
    failures=$((failures + 1))
    echo "FAIL $1"
}

check() { # check SENTENCE COMMAND...
    sentence=$1
    shift
    if "$@"; then
        passed "$sentence"
    else
        failed "$sentence"
    fi
}

check_not() {
    sentence=$1
    shift
    if "$@"; then
        failed "$sentence"
    else
        passed "$sentence"
    fi
}

same() { # same WANTED FOUND
    [ "$1" = "$2" ] || { echo "     wanted: $1"; echo "     found:  $2"; return 1; }
}

has() { # has TEXT PART
    case $1 in
    *"$2"*) return 0 ;;
    esac
    echo "     wanted a text with: $2"
    echo "     found:              $1"
    return 1
}

has_not() {
    case $1 in
    *"$2"*) echo "     unwanted: $2"; echo "     found in: $1"; return 1 ;;
    esac
}

# ---- processes ----

new_port() { # nobody listens there, and no other test is likely to look there now
    free_port $((next_port + $(od -An -N1 -tu1 /dev/urandom) * 4))
}

sandbox_up() { # sandbox_up [OPTION...]
    start_sandbox 0 "$@" || { cat "$RUN/sandbox.log"; exit 1; }
}

# use NAME: the instance that is meant from now on. Its data, log and pid lie in $RUN/NAME.
use() {
    INSTANCE=$1
    OPSGATE_DATA=$RUN/$1/data
    OPSGATE_PID=$(cat "$RUN/$1/pid" 2>/dev/null)
    OPSGATE_LISTEN=$(cat "$RUN/$1/listen" 2>/dev/null || echo "$OPSGATE_LISTEN")
    export OPSGATE_LISTEN OPSGATE_DATA
}

# opsgate_start [NAME]: without waiting. The same name again is the same data and the same port.
opsgate_start() {
    mkdir -p "$RUN/${1:-one}/data"
    [ -e "$RUN/${1:-one}/listen" ] || echo "$OPSGATE_LISTEN" >"$RUN/${1:-one}/listen"
    use "${1:-one}"
    start_opsgate "$RUN/$INSTANCE/log"
    echo "$OPSGATE_PID" >"$RUN/$INSTANCE/pid"
}

opsgate_up() { # opsgate_up [NAME]: started, ready, and somebody decides
    opsgate_start "$@"
    wait_opsgate 30 || { tail -n 5 "$RUN/$INSTANCE/log"; return 1; }
}

opsgate_kill() { # kill -9, of the instance in use
    kill -KILL "$OPSGATE_PID"
    wait "$OPSGATE_PID" 2>/dev/null
}

opsgate_stop() { # a clean end; sets STATUS
    stop "$OPSGATE_PID" "${1:-15}"
    STATUS=$?
}

remember_other() { # a pid that cleanup has to stop as well
    echo "$1" >>"$RUN/others"
}

log_has() { # log_has EVENT: of the instance in use
    grep -q "\"event\":\"$1\"" "$RUN/$INSTANCE/log"
}

# ---- people and the world ----

say() { # say USER COMMAND [TEXT [MORE-JSON]]: types it in #general; sets STATUS and BODY of opsgate's answer, and ANSWER
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/command" \
        "$(jq -cn --arg user "$1" --arg command "$2" --arg text "${3:-}" --argjson more "${4:-{\}}" \
            '{ $user, $command, $text, channel: "C0GENERAL" } + $more')")
    STATUS=$(echo "$ANSWER" | jq -r .status)
    BODY=$(echo "$ANSWER" | jq -r .body)
}

arm() { # arm SERVICE MATCH FAULT VALUE [COUNT]; VALUE is JSON
    post "$SANDBOX_URL/_sandbox/faults" \
        "$(jq -cn --arg service "$1" --arg match "$2" --arg fault "$3" --argjson value "$4" --argjson count "${5:-1}" '$ARGS.named')" >/dev/null
}

disarm() {
    curl -s -X DELETE --noproxy '*' "$SANDBOX_URL/_sandbox/faults" >/dev/null
}

change_world() { # change_world JSON
    post "$SANDBOX_URL/_sandbox/world" "$1" >/dev/null
}

world() { # world FILTER [JQ-OPTION...]
    world_filter=$1
    shift
    get "$SANDBOX_URL/_sandbox/state" | jq -r "$@" "$world_filter"
}

whispers() { # all that was said to one person alone, oldest first
    world '.slack.ephemerals[].text'
}

# ---- Redis ----

key() {
    echo "og:{default}:$1"
}

journal() { # one JSON text a line
    redis --raw xrange "$(key journal)" - + | grep '^{'
}

operation() { # operation ID FILTER: of its record, ended or not
    { redis --raw hget "$(key operations)" "$1"; redis --raw hget "$(key ended)" "$1"; } | jq -r "$2" 2>/dev/null
}

is_in_state() { # is_in_state ID STATE...
    found_state=$(operation "$1" .state)
    shift
    case " $* " in
    *" ${found_state:-none} "*) return 0 ;;
    esac
    return 1
}

has_ended() {
    [ "$(redis hexists "$(key ended)" "$1")" = 1 ]
}

is_idle() { # nothing is left to do
    [ "$(redis hlen "$(key operations)")" = 0 ] && [ "$(redis hlen "$(key effects)")" = 0 ] &&
        [ "$(redis hlen "$(key messages)")" = 0 ]
}

owner() { # the name of the instance that owns the store, "" when nobody does
    redis --raw hmget "$(key meta)" instance nonce | { read -r name; read -r nonce || nonce=; [ -z "$nonce" ] || echo "$name"; }
}

has_owner() {
    [ -n "$(owner)" ]
}

journal_is_a_chain() {
    [ "$(journal | jq -s --arg head "$(redis --raw hget "$(key meta)" journal)" \
        'reduce .[] as $e ({ ok: true, head: "" }; { ok: (.ok and $e.previous == .head), head: $e.hash })
         | .ok and .head == $head')" = true ]
}
