# lib.sh - what an end-to-end test stands on: the real opsgate in the sandbox's world, in a directory of its own.
#
#   . "$(dirname "$0")/lib.sh"; begin "$1"     $1 is the build directory; afterwards $RUN is a fresh directory
#   sandbox_up; opsgate_up                     both on free ports
#   check "a sentence about behaviour" COMMAND...
#   finish                                     exit 0 when every check held
#
# Whatever happens, every process that was started here is stopped by its pid, and $RUN is removed: by cleanup, and if the
# script is killed itself (ctest does, when a test takes too long) by its guard.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034,SC2120,SC2317 # the tests use what is set here, and functions are called by name, through check and wait_until
set -u

LIB=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$LIB/../.." && pwd)
# shellcheck source=deploy/demo.sh
. "$ROOT/deploy/demo.sh"
HERE=$ROOT/deploy
# shellcheck source=deploy/witness.sh
. "$ROOT/deploy/witness.sh"
for part in stores rollouts crowd; do
    # shellcheck source=/dev/null
    . "$LIB/$part.sh"
done
chapter_ms=0 chapter_call=0 # a test is one chapter

export ANN=U012AB3CD BOB=U0456EFGH EVE=U0789GUEST # release manager, developer, guest
NO_INCIDENTS='/^incidents:/,/^[a-z]/{/^incidents:/d; /^ /d}' # a script for sed: the sandbox's file without that section
SKIPPED=77                                        # as ctest is told in tests/CMakeLists.txt
PATIENCE=4                                        # times what a test would wait at most: the machine has more to do
HASTE=$([ -n "${OPSGATE_E2E_FULL:-}" ] && echo 1 || echo 20) # times what opsgate promises on a machine that is its own

begin() {
    if [ -z "${1:-}" ] || [ ! -x "$1/opsgate" ]; then
        echo "usage: $0 BUILD-DIRECTORY" >&2
        exit 2
    fi
    BUILD=$(cd "$1" && pwd)
    RUN=$(mktemp -d)
    (guard </dev/null >/dev/null 2>&1 &) # nobody's child, so it outlives whoever kills this script and all that it started
    trap 'cleanup; exit 130' INT TERM
    trap 'broke_off' EXIT
    export TMPDIR="$RUN" # whatever a program makes for itself lies there too
    CONFIG=$ROOT/deploy/sandbox.yaml
    SANDBOX_PID='' checks=0 failures=0
    OPSGATE_LISTEN=127.0.0.1:$(new_port)
    export OPSGATE_LISTEN
}

skip() {
    echo "SKIPPED: $*"
    trap - EXIT
    cleanup
    exit $SKIPPED
}

finish() {
    trap - EXIT
    ! has_cards || check "a notification of each card says the thing first, in one line" notifications_are_lines
    [ "$failures" -eq 0 ] || tell_logs
    cleanup_processes
    wait_until 10 is_deserted || { failed "nothing of it runs any more"; echo "$left_pids" | xargs ps -o pid,ppid,args -p; }
    cleanup
    echo "$checks checks, $failures failed"
    [ "$failures" -eq 0 ]
    exit
}

broke_off() { # the script has ended before finish
    echo "FAIL it broke off after $checks checks"
    tell_logs
    cleanup
    exit 1
}

tell_logs() {
    for log in "$RUN"/*/log; do
        [ ! -e "$log" ] || { echo "--- the end of $log:"; tail -n 15 "$log"; }
    done
}

cleanup() {
    cleanup_processes
    remove_traces
}

cleanup_processes() {
    trap '' INT TERM
    for instance in "$RUN"/*/pid; do
        [ -e "$instance" ] || continue
        use "$(basename "$(dirname "$instance")")"
        ! is_ours "$OPSGATE_PID" || stop "$OPSGATE_PID" 10
        stop_orphan
    done
    for pid in $SANDBOX_PID $(cat "$RUN/others" 2>/dev/null); do
        is_ours "$pid" || continue
        kill -CONT "$pid" 2>/dev/null
        stop "$pid" 5
    done
}

# A pid may be anybody's once its process has ended: it is ours as long as it was born when ours was.
note_birth() { # note_birth PID: of one that was just started here
    echo "$1 $(born_at "$1")" >>"$RUN/births"
}

born_at() { # born_at PID: in ticks since the machine started; "" when there is none
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

is_ours() { # is_ours PID
    born=$(born_at "${1:-none}")
    [ -n "$born" ] && grep -q -x -F -e "$1 $born" "$RUN/births"
}

remove_traces() {
    awk -v run="$RUN/" 'index($2, run) == 1 { print $2 }' /proc/mounts | xargs -r umount 2>/dev/null
    xargs -r rmdir <"$RUN/ports" 2>/dev/null
    rm -rf "$RUN"
}

# left_behind: the pids of all that work in $RUN, or were told of it by their words or their environment
left_behind() {
    marked=$({
        grep -l -s -a -F -e "$RUN" /proc/[0-9]*/cmdline /proc/[0-9]*/environ
        find /proc/[0-9]*/cwd -maxdepth 0 -lname "$RUN*" 2>/dev/null
    } | cut -d / -f 3 | sort -u)
    for pid in $marked; do # those who only looked have ended
        [ "$pid" = $$ ] || ! is_alive "$pid" || echo "$pid"
    done
}

is_deserted() { # sets left_pids
    left_pids=$(left_behind) # and nothing beside it: what it starts itself has ended when it asks who is alive
    [ -z "$left_pids" ]
}

guard() { # once the script has gone, by whatever way: nothing of it stays
    trap - EXIT
    trap '' INT TERM HUP
    while is_alive $$; do
        sleep 1
    done
    for pid in $(left_behind); do
        kill -KILL "$pid" 2>/dev/null
    done
    wait_until 10 is_deserted
    [ ! -d "$RUN" ] || remove_traces
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
    sentence=$1 saw=
    shift
    if "$@"; then
        passed "$sentence"
    else
        failed "$sentence"
        tell_saw "$@"
    fi
}

check_not() {
    sentence=$1 saw=
    shift
    if "$@"; then
        failed "$sentence"
        tell_saw not "$@"
    else
        passed "$sentence"
    fi
}

same() { # same WANTED FOUND
    [ "$1" = "$2" ] || { echo "     wanted: $1"; echo "     found:  $2"; return 1; }
}

one_of() { # one_of "WANTED WANTED..." FOUND
    case " $1 " in
    *" $2 "*) return 0 ;;
    esac
    echo "     wanted one of: $1"
    echo "     found:         $2"
    return 1
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

in_time() { # in_time TOOK_MS PROMISED_MS: to the millisecond with OPSGATE_E2E_FULL; else other tests run beside it
    [ "$1" -le $(($2 * HASTE)) ] || { echo "     wanted: at most $(($2 * HASTE)) ms"; echo "     found:  $1"; return 1; }
}

# ---- waiting ----

# wait_until SECONDS COMMAND...: as demo.sh has it, with PATIENCE; and COMMAND may wait for something itself.
wait_until() {
    set -- $(($1 * 20 * PATIENCE)) 20 "$@"
    until but_first "$@"; do
        [ "$1" -gt 0 ] || { shift 2; echo "     waited in vain: $*" >&2; return 1; }
        if [ "$2" -gt 0 ]; then # often for a second, then less often: whoever asks takes time from those who are asked
            wait_left=$(($1 - 1)) wait_often=$(($2 - 1))
            sleep 0.05
        else
            wait_left=$(($1 - 3)) wait_often=0 # asking takes time, too: in all no longer than if it were asked each time
            sleep 0.2
        fi
        shift 2
        set -- "$wait_left" "$wait_often" "$@"
    done
}

but_first() {
    shift 3
    "$@"
}

# ---- processes ----

# new_port: nobody listens there, and no other test gets it: each port that is taken is a directory until its test is over.
# Below those that the kernel gives to whoever does not care.
new_port() {
    while :; do
        port=$(free_port $((12000 + $(od -An -N2 -tu2 /dev/urandom) % 8000)))
        claim=/tmp/opsgate-test-port-$port
        ! mkdir "$claim" 2>/dev/null || break
    done
    echo "$claim" >>"$RUN/ports"
    echo "$port"
}

# sandbox_up [OPTION...]: its Slack waits longer for answers than the real one: on a busy machine one may take more than three
# seconds, and what nobody waits for is lost.
sandbox_up() {
    start_sandbox 0 "$@" || { cat "$RUN/sandbox.log"; exit 1; }
    note_birth "$SANDBOX_PID"
    change_world '{"reconcile_ms":200}'
    [ -n "${OPSGATE_E2E_FULL:-}" ] || change_world '{"always":{"slack_patience_ms":30000}}'
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
    note_birth "$OPSGATE_PID"
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
    note_birth "$1"
    echo "$1" >>"$RUN/others"
}

is_live() { # the instance in use answers
    get "http://$OPSGATE_LISTEN/health/live" >/dev/null
}

log_has() { # log_has EVENT: of the instance in use
    grep -q "\"event\":\"$1\"" "$RUN/$INSTANCE/log"
}

catches_term() { # catches_term PID: it has begun to listen for SIGTERM (15), by the kernel's word; or has ended
    caught=$(sed -n 's/^SigCgt:.*\(....\)$/\1/p' "/proc/$1/status" 2>/dev/null)
    [ $((0x${caught:-4000} & 0x4000)) -ne 0 ]
}

# ---- people and the world ----

# say USER COMMAND [TEXT [MORE-JSON]]: types it in #general; sets STATUS and BODY of opsgate's answer, and ANSWER. The answer
# of an opsgate that is slow just now comes by the response_url; so does one that its store was too slow to confirm.
say() {
    type_in "$@"
    case $STATUS$BODY in
    200 | 200*'*Unknown*: '*) ;;
    *) return ;;
    esac
    ! wait_until 30 has_answered_late "$(answer .response_url)" || BODY=$(late_answer "$1")
}

late_answer() { # late_answer USER: the last that came by a response_url
    world 'last(.slack.ephemerals[] | select(.source == "response_url" and .for == $user)) | tojson' --arg user "$1"
}

type_in() { # as say, and takes no answer but that of the connection
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/command" \
        "$(jq -cn --arg user "$1" --arg command "$2" --arg text "${3:-}" --argjson more "${4:-{\}}" \
            '{ $user, $command, $text, channel: "C0GENERAL" } + $more')")
    STATUS=$(answer .status)
    BODY=$(answer .body)
}

answer() { # answer FILTER: of what the sandbox tells about opsgate's answer
    printf '%s\n' "$ANSWER" | jq -r "$1"
}

disarm() {
    curl -s -X DELETE --noproxy '*' "$SANDBOX_URL/_sandbox/faults" >/dev/null
}

# send FILE [CONTENT-TYPE]: a body, signed well, to the instance in use; prints the status, $RUN/answer has the body.
send() {
    "$BUILD/opsgate" -c "$CONFIG" sign slack <"$1" >"$RUN/headers" 2>&1
    curl -s --noproxy '*' --max-time 60 -o "$RUN/answer" -w '%{http_code}' -H @"$RUN/headers" \
        -H "Content-Type:${2-application/x-www-form-urlencoded}" --data-binary @"$1" "http://$OPSGATE_LISTEN/slack/commands"
}

form() { # form COMMAND TEXT: Ann's slash command as a body; both are encoded already
    printf 'team_id=T0SANDBOX&user_id=%s&user_name=ann&channel_id=C0GENERAL&command=%%2F%s&text=%s&trigger_id=%s.1&response_url=%s' \
        "$ANN" "$1" "$2" "$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')" "$SANDBOX_URL%2Fslack%2Fresponse%2Fnone"
}

whispers() { # all that was said to one person alone, oldest first
    world '.slack.ephemerals[].text'
}
