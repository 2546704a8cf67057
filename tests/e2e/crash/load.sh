# load.sh - webhooks, commands and rollouts, and the kill -9 of whoever should answer. For crash.sh.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2086,SC2154,SC2317 # jq has variables of its own; functions are called by name

PACE=50        # webhooks a second
EFFECT_MS=1500 # how long a change is in hand when somebody is killed over it
SINCE_MS=0     # when the last blow fell

# ---- the load ----

order() { # order WHOM LINE
    echo "$2" >"$RUN/$1.orders"
}

# world_up CONFIG-SCRIPT [SANDBOX-OPTION...]: a sandbox in place of the one before, users, and a configuration for it:
# sandbox.yaml with canaries that are soon up, changed by a sed script.
world_up() {
    world_config=$1
    shift
    [ -z "$SANDBOX_PID" ] || stop "$SANDBOX_PID" 5
    OPSGATE_LISTEN=127.0.0.1:$(new_port)
    sed "s/5%, 25%, 50%, 100%/25%, 100%/; s/bake: 8s, watch: 10s/bake: 1s, watch: 1s/; s/min_requests: 50/min_requests: 5/
        s/local:root/local:$(id -un)/; $world_config" "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
    CONFIG=$RUN/opsgate.yaml
    sandbox_up "$@"
    users_come 200
    change_world '{"latency_ms":20,"metrics":{"scrape_ms":500}}'
}

store_create() { # store_create NAME: in a Redis of ours, for that instance
    mkdir -p "$RUN/$1/data"
    use "$1"
    wait_until 20 "$BUILD/opsgate" -c "$CONFIG" store create >"$RUN/created" 2>&1 || { tail -n 3 "$RUN/created"; exit 1; }
}

load_up() { # sets LOAD_PID; the ledger is new
    rm -f "$RUN/ledger" "$RUN/load.orders"
    mkfifo "$RUN/load.orders"
    "$CRASH/crash_load" "$ROOT/tests/golden" "$RUN/ledger" "$RUN/load.orders" </dev/null >"$RUN/load.log" 2>&1 &
    LOAD_PID=$!
    remember_other $LOAD_PID
    order load "aim http://$OPSGATE_LISTEN"
    order load "pace $PACE"
    crowd_start
    : >"$RUN/releases"
    releases &
    RELEASES_PID=$!
    remember_other $RELEASES_PID
}

load_down() {
    rm -f "$RUN/releases"
    wait "$RELEASES_PID"
    crowd_stop
    order load end
    wait_until 40 is_gone "$LOAD_PID"
}

releases() { # one canary after another, and now and then the way back
    trap - EXIT
    trap 'exit 0' TERM
    release=0
    while [ -e "$RUN/releases" ]; do
        release=$((release + 1))
        case $((release % 8)) in
        0) type_in "$ANN" /rollback "api production" ;;
        *) type_in "$ANN" /deploy "api production v1.4.$((release % 2 + 1)) --reason release-$release" ;;
        esac
        nap_ms "$(random_ms 1500 4000)"
    done
}

# ---- kills ----

told_kills() {
    grep -c '^kill' "$RUN/ledger"
}

has_killed() {
    [ "$(told_kills)" -gt "$1" ]
}

kill_now() { # kill_now NAME PID...: by the load, while something of it is unanswered
    before_kills=$(told_kills)
    order load "kill $*"
    wait_until 20 has_killed "$before_kills"
    SINCE_MS=$(last_blow)
}

note() { # note NAME: what else befalls somebody, as the next thing
    before_notes=$(told_notes)
    order load "note $1"
    wait_until 20 has_noted "$before_notes"
    SINCE_MS=$(last_blow)
}

told_notes() {
    grep -c '^note' "$RUN/ledger"
}

has_noted() {
    [ "$(told_notes)" -gt "$1" ]
}

last_blow() {
    awk '$1 == "kill" || $1 == "note" { at = $3 } END { print at }' "$RUN/ledger"
}

came_since() { # came_since MS STATUS: how many deliveries that were sent since then were answered so; a regular expression
    deliveries | awk -v since="$1" -v status="^($2)\$" '$3 > since && $5 ~ status { n++ } END { print n + 0 }'
}

has_come() { # has_come MS STATUS N: so many
    [ "$(came_since "$1" "$2")" -ge "$3" ]
}

is_taken_again() { # something was acknowledged that was sent after the last blow
    tail -n 60 "$RUN/ledger" | awk -v since="$SINCE_MS" '$5 == 202 && $3 > since { found = 1 } END { exit !found }'
}

has_effect_in_hand() { # Cloud Run has been asked for a change, and has not answered
    get "$SANDBOX_URL/_sandbox/calls?since=$seen_call" >"$RUN/calls"
    jq -e 'any(.[]; .service == "run" and .method == "PATCH" and .status == null)' "$RUN/calls" >/dev/null
}

# wait_for_effect: until a change is in hand, whose answer takes a while. Half of them are made at once, half later.
wait_for_effect() {
    seen_call=$(get "$SANDBOX_URL/_sandbox/calls" | jq '.[-1].n // 0')
    arm run PATCH "$([ $((round % 2)) = 0 ] && echo delay_after || echo delay_before)" $EFFECT_MS
    wait_until 8 has_effect_in_hand
    disarm
}

# rounds NAME TIMES EFFECT-EVERY: kills, each when the one before has been overcome; of so many one over an effect
rounds() {
    echo "--- kill -9 of $1, $2 times"
    round=0
    while [ $round -lt "$2" ]; do
        round=$((round + 1))
        wait_until 30 is_taken_again || { failed "it takes deliveries again after a kill"; return; }
        if [ $((round % $3)) -eq 0 ]; then
            wait_for_effect
        else
            nap_ms "$(random_ms 0 400)"
        fi
        "kill_$1"
    done
}

# mend_aof DIRECTORY: as whoever starts a Redis of their own has to. One that was killed in the middle of a write leaves half a
# transaction; this Redis cuts off too little of it, and does the rest at the load after the next (valkey-io/valkey#4342).
mend_aof() {
    mended_file=$1/appendonlydir/appendonly.aof.manifest
    [ -e "$mended_file" ] || return 0
    echo y | redis-check-aof --fix "$mended_file" >"$RUN/mended" 2>&1
    ! grep -q 'Successfully truncated' "$RUN/mended" || count 1 "times a Redis of ours was killed in the middle of a write"
}

start_again() { # the instance in use, killed just now
    wait "$OPSGATE_PID" 2>/dev/null
    opsgate_start "$INSTANCE"
}

share() { # share PERCENT: of the kills that are wanted in one world, rounded up; a tenth more in all, for those that meet nothing
    echo $(((world_kills * $1 + 99) / 100))
}

count() { # count N WHAT: for the table at the end, which adds up what is the same
    printf '%s\t%s\n' "$1" "$2" >>"$RUN/counts"
}

told_counts() {
    ! [ -e "$RUN/counts" ] || awk -F '\t' '!($2 in n) { what[++last] = $2 } { n[$2] += $1 }
        END { for (i = 1; i <= last; i++) printf "%5d %s\n", n[what[i]], what[i] }' "$RUN/counts"
}

# leave NAME...: these instances end well, and nothing of them stays: what comes next is another world.
leave() {
    for name in "$@"; do
        use "$name"
        opsgate_stop
        check "$name ends with 0" same 0 "$STATUS"
        umount "$RUN/$name/data" 2>/dev/null
        rm -rf "${RUN:?}/$name"
    done
    while read -r pid; do # one whose process has ended may be anybody's soon
        [ "$(sed 's/.*) . //; s/ .*//' "/proc/$pid/stat" 2>/dev/null)" != $$ ] || echo "$pid"
    done <"$RUN/others" >"$RUN/ours"
    mv "$RUN/ours" "$RUN/others"
}
