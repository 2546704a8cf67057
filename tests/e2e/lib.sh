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

# ---- Redis ----

operation() { # operation ID FILTER: of its record, ended or not
    { redis --raw hget "$(key operations)" "$1"; redis --raw hget "$(key ended)" "$1"; } | jq -r "$2" 2>/dev/null
}

is_in_state() { # is_in_state ID STATE...
    saw=$(operation "$1" .state)
    shift
    case " $* " in
    *" ${saw:-none} "*) return 0 ;;
    esac
    return 1
}

has_ended() {
    saw=$(redis --raw hget "$(key operations)" "$1")
    [ "$(redis hexists "$(key ended)" "$1")" = 1 ]
}

is_idle() { # all is decided, nothing is left to do, and nothing came between
    has_decided_all && has_done_all && has_decided_all
}

has_done_all() { # but for what is always at work
    [ "$(redis --raw hvals "$(key operations)" | grep '"kind":"' | grep -vc '"kind":"watch\.')" = 0 ] && [ "$(redis hlen "$(key effects)")" = 0 ] &&
        [ "$(redis hlen "$(key messages)")" = 0 ]
}

has_decided_all() { # the inboxes are empty: their cursors are at their last items
    for inbox in inbox inbox:safe; do
        last_item=$(redis --raw xinfo stream "$(key $inbox)" | sed -n '/^last-generated-id/{n;p;}')
        [ "$(redis --raw hget "$(key meta)" "cursor:$inbox")" = "$last_item" ] || return 1
    done
}

owner() { # the name of the instance that owns the store, "" when nobody does
    redis --raw hmget "$(key meta)" instance nonce | { read -r name; read -r nonce || nonce=; [ -z "$nonce" ] || echo "$name"; }
}

has_owner() {
    [ -n "$(owner)" ]
}

# ---- rollouts ----

PROD=api-prod-service

# rollout_up [SED-SCRIPT]: opsgate with many users and a production that bakes 3 s a step; the script changes more of
# sandbox.yaml. Where this user is an operator, so that `opsgate run` can be asked too.
rollout_up() {
    sed "s/bake: 8s, watch: 10s/bake: 3s, watch: 3s/; s/local:root/local:$(id -un)/; ${1:-}" \
        "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
    CONFIG=$RUN/opsgate.yaml
    sandbox_up
    change_world '{"metrics":{"scrape_ms":500}}'
    users_come 200
    opsgate_up || exit 1
    wait_until 10 has_owner
}

push() { # push VERSION: an image of its own under the tag vVERSION
    change_world "{\"tag\":{\"tag\":\"v$1\",\"version\":\"$1\"}}"
}

behave() { # behave TAG JSON: of all revisions with that image
    change_world "$(jq -cn --arg image "$1" --argjson how "$2" '{ behaviour: ({ $image } + $how) }')"
}

bakes_at() { # bakes_at ID PERCENT: it looks at its numbers there
    is_in_state "$1" baking watching && is_at "$PROD" "$1" "$2"
}

is_so() { # is_so ID FILTER: true of its record, ended or not
    saw=$(operation "$1" "\"\\($2) \\(.)\"")
    is_true
}

rush() { # rush ID: Ann promotes it until it has ended
    wait_until 60 has_ended_or_promoted "$1"
}

has_ended_or_promoted() {
    ! has_ended "$1" || return 0
    ! is_in_state "$1" baking watching || type_in "$ANN" /ops "promote $1"
    return 1
}

# click USER ID LABEL: once the card has that button; sets ANSWER, STATUS and BODY of opsgate's answer to Slack.
click() {
    wait_until 20 has_button "$2" "$3"
    ANSWER=$(press "$1" "$2" "$3")
    STATUS=$(answer .status)
    BODY=$(answer .body)
}

was_told() { # was_told USER TEXT: to that person alone
    world_says 'any(.slack.ephemerals[]; .for == $user and (.text | contains($text)))' --arg user "$1" --arg text "$2"
}

has_cards() { # the sandbox is there, and somebody saw a card
    [ -n "${SANDBOX_URL:-}" ] && world_says 'any(.slack.channels[].messages[]; .blocks[0].type? == "header")' 2>/dev/null
}

notifications_are_lines() { # of each card: the thing first, then how it stands
    world_says '[.slack.channels[].messages[] | select(.blocks[0].type? == "header")
        | { text: (.text | gsub("[`*]"; "")), title: .blocks[0].text.text }] | length > 0
        and all(.[]; (.text | contains("\n") | not) and (.text | length) <= 600 and ((.title | test("[&<>]")) or (.title as $title | .text | index($title) // 99) < 6))'
}

has_form() { # has_form USER TEXT: a modal is open for them that says so
    world_says 'any(.slack.views[]; .is_open and .user == $user and (.view | tostring | contains($text)))' --arg user "$1" --arg text "$2"
}

wanted_times() { # of SERVICE: at_ms and our share of ID at each change, one a line
    world '.run.services[] | select(.id == $service) | .history[] | select(.kind == "wanted")
        | "\(.at_ms) \([.traffic[] | select(.revision // "" | contains("-" + $id + "-")) | .percent // 0] | add // 0)"' \
        --arg service "$1" --arg id "$(echo "$2" | tr D d)"
}

reached_ms() { # reached_ms SERVICE ID PERCENT: when it was first asked for
    wanted_times "$1" "$2" | awk -v percent="$3" '$2 == percent { print $1; exit }'
}

patches() { # how often Cloud Run was asked to change anything, whatever came of it
    get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service == "run" and .method == "PATCH")] | length'
}

# ---- the private Redis ----

# break_store: it dies, and cannot come back before mend_store: its files are hidden from it. opsgate knows it, and goes on
# trying.
break_store() {
    files=$OPSGATE_DATA/redis/appendonlydir
    cp "$files/appendonly.aof.manifest" "$RUN/manifest"
    echo "no manifest" >"$files/appendonly.aof.manifest"
    kill -KILL "$(redis_pid)"
    wait_until 20 is_told_down
}

mend_store() {
    cp "$RUN/manifest" "$files/appendonly.aof.manifest"
}

is_told_down() {
    [ "$(curl -s --max-time 10 --unix-socket "$OPSGATE_DATA/opsgate.sock" http://localhost/metrics |
        sed -n 's/^opsgate_store_up //p')" = 0 ]
}

# ---- a redis-server that is nobody's child ----

# redis_up: on STORE_SOCKET, with its data in $RUN/redis; sets REDIS_PID. store_config FILE: sandbox.yaml, on that server.
redis_up() {
    STORE_SOCKET=$RUN/redis.sock
    mkdir -p "$RUN/redis"
    redis-server --port 0 --unixsocket "$STORE_SOCKET" --dir "$RUN/redis" --appendonly yes --appendfsync always \
        --maxmemory-policy noeviction --save '' >>"$RUN/redis.log" 2>&1 </dev/null &
    REDIS_PID=$!
    remember_other "$REDIS_PID"
    wait_until 10 redis_answers
}

redis_answers() {
    [ "$(redis ping)" = PONG ]
}

store_config() {
    sed "s|^store: .*|store: { url: \"unix://$STORE_SOCKET\" }|" "$ROOT/deploy/sandbox.yaml" >"$1"
}

# ---- people who keep asking, while a test does its worst ----

random_ms() { # random_ms FROM TO
    echo $(($1 + $(od -An -N2 -tu2 /dev/urandom) * ($2 - $1) / 65536))
}

nap_ms() {
    sleep "$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))"
}

# crowd_start: commands arrive until crowd_stop; every answer is a line of $RUN/answers. Three of four change nothing.
crowd_start() {
    : >"$RUN/crowd"
    crowd &
    CROWD_PID=$!
    remember_other $CROWD_PID
}

crowd() {
    trap - EXIT
    trap 'exit 0' TERM
    n=0
    while [ -e "$RUN/crowd" ]; do
        n=$((n + 1))
        case $((n % 4)) in
        1) type_in "$ANN" /deploy "staging v1.4.$((n / 4 % 2 + 1)) --reason crowd-$n" ;;
        2) type_in "$BOB" /deploy "api production v1.4.2 --reason crowd-$n" ;;
        *) type_in "$EVE" /ops help ;;
        esac
        printf '%s\n' "$ANSWER" >>"$RUN/answers"
        nap_ms "$(random_ms 50 450)"
    done
}

crowd_stop() {
    rm -f "$RUN/crowd"
    wait "$CROWD_PID"
}

# check_nothing_lost: what the crowd was told against what Redis holds. Everything has to have ended by now, but for what is
# always at work: nobody asked for it, and it never ends.
check_nothing_lost() {
    journal | jq -c 'select(.core.request_id // "" | startswith("watch.") | not)' >"$RUN/journal"
    redis --raw keys 'og:*:seen:*' | sed 's/.*:command://' | sort >"$RUN/accepted"
    world '.slack.deliveries[] | select(.kind == "command") | [.trigger_id, .status, .text] | @tsv' >"$RUN/delivered"
    check "every accepted command was decided, and once ($(wc -l <"$RUN/accepted") of $(wc -l <"$RUN/delivered") sent)" \
        same "$(wc -l <"$RUN/accepted")" "$(jq -s '[.[] | select(.core.kind | startswith("request."))] | length' "$RUN/journal")"
    check "no request was decided twice" same "" \
        "$(jq -r 'select(.core.kind | startswith("request.")) | .core.request_id' "$RUN/journal" | sort | uniq -d)"
    check "no command was a dead letter" same 0 "$(redis xlen "$(key dead)")"
    check "every operation that began has ended, once" same \
        "$(jq -r 'select(.core.kind == "operation.begun") | .core.operation' "$RUN/journal" | sort)" \
        "$(jq -r 'select(.core.kind == "operation.ended") | .core.operation' "$RUN/journal" | sort)"
    check "every allowed deploy that was accepted is an operation, and one only" same \
        "$(grep -F -f "$RUN/accepted" "$RUN/delivered" | sed -n 's/.*staging .*--reason //p' | sort)" \
        "$(redis --raw hvals "$(key ended)" | jq -r .body.reason | sort)"
    check "every one of them was answered" same "" "$(unanswered)"
    check "Cloud Run was switched to each that is done, and once" same \
        "$(redis --raw hvals "$(key ended)" | jq -r 'select(.result == "done") | .body.revision' | sort)" "$(switches | sort)"
    check "the journal is a chain" journal_is_a_chain
    check "nothing is left over" is_idle
}

# Operations that nobody was told of, inline or by the address that lasts.
unanswered() {
    world '.slack.ephemerals[] | select(.user == "U0OPSGATE") | .text' >"$RUN/whispers"
    jq -r 'select(.core.kind == "operation.begun") | .core.operation' "$RUN/journal" |
        while read -r id; do
            grep -q -F "*$id*" "$RUN/whispers" || is_excused "$id" || echo "$id"
        done
}

is_excused() { # is_excused ID: a test may know why its answer reached nobody
    false
}

switches() { # every revision of opsgate's that got all traffic, as often as it got it
    world '.run.services[] | select(.id == "api-service")
        | [.history[] | select(.kind == "wanted") | [.traffic[] | select(.percent == 100) | .revision][0]] as $all
        | range(1; $all | length) | select($all[.] != $all[. - 1]) | $all[.] // ""
        | select(test("-d[0-9]+-"))'
}
