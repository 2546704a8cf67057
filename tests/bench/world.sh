# world.sh - what storm.sh, rollout.sh and incidents.sh stand on: a build, opsgate and the sandbox in a directory of their
# own, and figures as rows. Set before: HERE (deploy/), ROOT, and BUILD, "" for a release build that is made here.
# BENCH_KEEP=1 leaves the directory where it is.
# shellcheck shell=sh
# shellcheck disable=SC2034 # used by those who read this
load=$(cut -d' ' -f1-3 /proc/loadavg) # others on this machine make every figure worse

if [ -z "$BUILD" ]; then
    BUILD=$ROOT/build/release
    # shellcheck disable=SC2046 # one word for each package
    sh "$HERE/packages.sh" $(cat "$HERE/packages.txt") || exit 1
    (cd "$ROOT" && cmake --preset release && cmake --build --preset release --target opsgate opsgate-sandbox) >/dev/null || exit 1
fi
RUN=$(mktemp -d)
CONFIG=$RUN/opsgate.yaml
export OPSGATE_DATA="$RUN/opsgate"
# shellcheck source=deploy/demo.sh
. "$HERE/demo.sh"
# shellcheck source=deploy/witness.sh
. "$HERE/witness.sh"
# shellcheck source=tests/bench/proc.sh
. "$ROOT/tests/bench/proc.sh"
OPSGATE_PID='' SANDBOX_PID=''
stop_both() {
    stop "$OPSGATE_PID" 10
    stop_orphan
    stop "$SANDBOX_PID" 5
    OPSGATE_PID='' SANDBOX_PID=''
}
finish() {
    trap '' INT TERM
    trap - EXIT
    stop_both
    if [ -n "${BENCH_KEEP:-}" ]; then echo "kept: $RUN"; else rm -rf "$RUN"; fi
    exit "$1"
}
trap 'finish 130' INT TERM
trap 'finish 1' EXIT
OPSGATE_LISTEN=127.0.0.1:$(free_port $((22000 + $$ % 9000)))
export OPSGATE_LISTEN

opsgate_up() { # opsgate_up: with CONFIG, until it is ready
    start_opsgate "$RUN/opsgate.log"
    wait_opsgate 60 || { cat "$RUN/opsgate.log" >&2; finish 1; }
}

now_ms() { date +%s%3N; }
seq_of_store() { redis --raw hget "$(key meta)" seq | sed 's/^$/0/'; } # 0: nothing is in it yet

# note_calls FILTER: those that have ended since the last look, into $RUN/calls, as FILTER has them: what the sandbox keeps is
# not all that there were.
begin_calls() {
    : >"$RUN/calls"
    calls_seen=0
}
note_calls() {
    get "$SANDBOX_URL/_sandbox/calls?since=$calls_seen" |
        jq -c '([.[] | select(.status == null) | .n] | min) as $running | .[] | select($running == null or .n < $running)' >"$RUN/new"
    [ -s "$RUN/new" ] || return 0
    calls_seen=$(tail -n 1 "$RUN/new" | jq .n)
    jq -c "$1" "$RUN/new" >>"$RUN/calls"
}

# ---- figures ----

quantiles() { # of a column of numbers: p50, p95, max
    sort -n | awk '{ all[NR] = $1 }
        function at(share) { i = int(NR * share + 0.999999); return all[i < 1 ? 1 : i] }
        END { if (NR == 0) print "- - -"; else print at(0.5), at(0.95), all[NR] }'
}

line() { # line TEXT P50 P95 MAX
    printf '| %-46s | %8s | %8s | %8s |\n' "$@"
}

tell_machine() {
    echo "cores $(nproc), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load before $load, $(uname -sr)"
}

# limits_hit FROM-MS: which of Slack's, as the state in $RUN/state has them
limits_hit() {
    jq -r --argjson from "$1" '[.slack.limits_hit[] | select(.at_ms >= $from)] | if length == 0 then "no limit was hit"
        else group_by(.limit)[] | "\(.[0].limit): \(length) windows were hit, each at most \([.[].refused] | max) times" end' "$RUN/state"
}
limit_was_hit_twice() { # limit_was_hit_twice FROM-MS: in one window
    [ "$(jq --argjson from "$1" 'any(.slack.limits_hit[]; .at_ms >= $from and .refused > 1)' "$RUN/state")" = true ]
}
