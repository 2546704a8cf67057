#!/bin/sh
# How fast are a slash command and GitHub's events, beside what? sh tests/bench/run.sh [SECONDS]
# shellcheck disable=SC2013,SC2046,SC2086 # words are meant to be split
# All in one run, one after another, with a release build. Prints tables; nothing here passes or fails on time.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-10}
build=${BENCH_BUILD:-build/release} # of one's own: built already
run=$(mktemp -d)
load=$(cut -d' ' -f1 /proc/loadavg) # others on this machine make every figure worse
. tests/bench/lib.sh

cleanup() {
    stop $pids
    rm -rf "$run"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

sh deploy/packages.sh $(cat deploy/packages.txt) wrk nginx-light
if [ -z "${BENCH_BUILD:-}" ]; then
    cmake --preset release >/dev/null
    cmake --build --preset release -j "$(nproc)" --target opsgate bench_requests bench_bare bench_pace bench_sync >"$run/build.log" ||
        { cat "$run/build.log"; exit 1; }
fi

# ---- the tables ----
version() { dpkg-query -W -f='${Version}' "$1" 2>/dev/null || echo '?'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "-" }'; }
row() { # row NAME "requests/s p50 p99 failed silent" BARE [CPU_OPSGATE CPU_REDIS PEAK_KIB ENTRIES/S COMMITS/S]
    name=$1 bare_rate=${3%% *}
    set -- $2 "${4:--}" "${5:--}" "${6:--}" "${7:--}" "${8:--}"
    printf '| %-48s | %8s | %6s | %6s | %6s | %6s | %7s | %6s | %6s | %9s | %9s |\n' "$name" "$1" "$2" "$3" \
        "$(ratio "$1" "$bare_rate")" "$4" "$6" "$7" "$8" "$9" "${10}"
}

sync_ms=$(dd if=/dev/zero of="$run/sync" bs=512 count=300 oflag=dsync 2>&1 |
    sed -n 's/.* \([0-9.e-]*\) s,.*/\1/p' | awk '{ printf "%.2f", $1 / 300 * 1000 }')
echo
echo "cores $(nproc), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load before $load, $(uname -sr)"
echo "$("$build/opsgate" version | head -1), redis $(version redis-server), libmicrohttpd $(version libmicrohttpd12)," \
    "nginx $(version nginx-light), wrk $(version wrk)"
echo "store: embedded, AOF always, on $(df --output=fstype "$run" | tail -1); a synced write of 512 bytes takes $sync_ms ms here"
echo
echo "$seconds s each; CPU and redis: CPU seconds of the server and of its Redis for 10,000 requests; peak: resident, MiB:"
printf '| %-48s | %8s | %6s | %6s | %6s | %6s | %7s | %6s | %6s | %9s | %9s |\n' what 'req/s' 'p50 ms' 'p99 ms' 'of bare' \
    failed 'CPU' redis peak 'entries/s' 'commits/s'
echo '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |'

# ---- nginx: an answer and nothing else ----
free_port
cat >"$run/nginx.conf" <<CONF
worker_processes 1;
daemon off;
pid $run/nginx.pid;
error_log $run/nginx.log;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path $run/body;
    server { listen 127.0.0.1:$port; location / { return 200 "what you can ask for here"; } }
}
CONF
nginx -c "$run/nginx.conf" -e "$run/nginx.log" &
nginx_pid=$!
pids="$pids $nginx_pid"
wait_up "http://127.0.0.1:$port/"
prepare command 20000
nginx=$(measure "127.0.0.1:$port" 64)
stop $nginx_pid

# ---- bare: our loop and libmicrohttpd, nothing verified, stored or decided ----
free_port
"$build/$bench/bench_bare" "127.0.0.1:$port" &
bare_pid=$!
pids="$pids $bare_pid"
wait_up "http://127.0.0.1:$port/"
load_bare() { # load_bare CONNECTIONS: `loaded` and `used`
    forget_peak $bare_pid
    ticks=$(cpu_ticks $bare_pid)
    loaded=$(measure "127.0.0.1:$port" "$1" 0)
    ticks=$(($(cpu_ticks $bare_pid) - ticks))
    used="$(cpu_per_10000 $ticks $((${loaded%% *} * seconds))) - $(peak_mib $bare_pid)"
}
load_bare 64
bare_command=$loaded
row 'commands, 64: nginx, return 200' "$nginx" "$bare_command"
row 'commands, 64: bare, answers' "$bare_command" "$bare_command" $used
prepare event 12000
load_bare 64
bare_64=$loaded bare_64_used=$used
load_bare 256
bare_256=$loaded bare_256_used=$used
paced_bare=$("$build/$bench/bench_pace" event "http://127.0.0.1:$port/github/webhook" 1000 "$seconds")
stop $bare_pid
synced=$("$build/$bench/bench_sync" "$run/synced" 500 "$seconds")

# ---- opsgate ----
untrue= # rows in which not every request was a new one, accepted: they would flatter
load_opsgate() { # load_opsgate KIND CONNECTIONS MIN_BYTES: `loaded`, and what it used; everything is decided before the next
    kind=$1
    case $kind in # none may come twice: a command's id is signed, so as many are prepared as will never be walked through
    command) prepare command 25000 ;;
    event) prepare event 12000 ;;
    esac
    forget_peak $opsgate_pid
    accepted=$(metric $address opsgate_accepted_total) again=$(metric $address opsgate_duplicates_total)
    entries=$(journalled) commits=$(seq_of_store)
    of_opsgate=$(cpu_ticks $opsgate_pid) of_redis=$(cpu_ticks $redis_pid)
    loaded=$(measure $address "$2" "$3" "$([ $kind = event ] && echo 1 || echo 0)")
    of_opsgate=$(($(cpu_ticks $opsgate_pid) - of_opsgate)) of_redis=$(($(cpu_ticks $redis_pid) - of_redis))
    entries=$((($(journalled) - entries) / seconds)) commits=$((($(seq_of_store) - commits) / seconds))
    accepted=$(($(metric $address opsgate_accepted_total) - accepted))
    again=$(($(metric $address opsgate_duplicates_total) - again))
    peak=$(peak_mib $opsgate_pid)
    drain
    of=$kind,$2
    set -- $loaded
    if [ "$again" -gt 0 ] || [ "$4" -gt 0 ] || [ $((accepted * 100)) -lt $(($1 * seconds * 98)) ]; then
        untrue="$untrue
bench: $of: of $(($1 * seconds)) requests $accepted were accepted, $again were duplicates, $4 failed: no figure of that row is true"
    fi
    used="$(cpu_per_10000 $of_opsgate $accepted) $(cpu_per_10000 $of_redis $accepted) $peak $entries $commits"
}
start_opsgate "$run/data" embedded
first_ms=$ready_ms
stop $opsgate_pid
start_opsgate "$run/data" embedded
again_ms=$ready_ms
redis_pid=$(redis_of $opsgate_pid | head -1) socket=$run/data/redis/redis.sock
sleep 1
idle_kib=$(resident_kib $opsgate_pid)

rewrite() { # AOF rewrites one after another, as never happens in earnest
    while in_store BGREWRITEAOF >/dev/null 2>&1; do sleep 1; done
}
rewrites() { in_store INFO persistence | tr -d '\r' | sed -n 's/^aof_rewrites://p'; }
paced=$("$build/$bench/bench_pace" command "http://$address/slack/commands" 1000 "$seconds")
before=$(rewrites)
paced_event=$("$build/$bench/bench_pace" event "http://$address/github/webhook" 1000 $((4 * seconds)))
rewritten_itself=$(($(rewrites) - before))
drain
before=$(rewrites)
rewrite &
rewrite_pid=$!
paced_rewriting=$("$build/$bench/bench_pace" event "http://$address/github/webhook" 1000 "$seconds")
kill $rewrite_pid
rewritten=$(($(rewrites) - before))
drain

load_opsgate command 64 20
row 'commands, 64: signed, durable, decided, inline' "$loaded" "$bare_command" $used
silent=${loaded##* }
row 'events, 64: bare, answers' "$bare_64" "$bare_64" $bare_64_used
load_opsgate event 64 0
row 'events, 64: signed, durable, journalled' "$loaded" "$bare_64" $used
row 'events, 256: bare, answers' "$bare_256" "$bare_256" $bare_256_used
load_opsgate event 256 0
row 'events, 256: signed, durable, journalled' "$loaded" "$bare_256" $used
redis_kib=$(resident_kib $redis_pid)
stop $opsgate_pid

# ---- take-over: two on one Redis, and the owner is killed ----
socket=$run/redis.sock
redis-server --port 0 --unixsocket "$socket" --dir "$run" --appendonly yes --appendfsync always --save '' \
    >"$run/redis.log" 2>&1 &
store_pid=$!
pids="$pids $store_pid"
until in_store PING >/dev/null 2>&1; do sleep 0.01; done
BENCH_LISTEN=127.0.0.1:1 BENCH_DATA=$run/one BENCH_STORE=unix://$socket "$build/opsgate" store create \
    -c "$bench/opsgate.yaml" >/dev/null
start_opsgate "$run/one" "unix://$socket"
shared_ms=$ready_ms owner_pid=$opsgate_pid owner_data=$run/one
wait_owner $address
start_opsgate "$run/two" "unix://$socket"
standby=$address standby_pid=$opsgate_pid standby_data=$run/two
taken_over=
for _ in 1 2 3 4 5; do
    kill -9 $owner_pid
    began=$(now_ms)
    wait_owner $standby
    taken_over="$taken_over $(($(now_ms) - began))"
    dead_data=$owner_data owner_pid=$standby_pid owner_data=$standby_data
    start_opsgate "$dead_data" "unix://$socket"
    standby=$address standby_pid=$opsgate_pid standby_data=$dead_data
done

# ---- the door alone: to the one that stands by, the owner is elsewhere ----
kill -9 $owner_pid
keep_owner() { # as an owner does that has something else to do
    while in_store HINCRBY 'og:{default}:meta' counter 1 >/dev/null 2>&1; do sleep 0.5; done
}
keep_owner &
pids="$pids $!"
opsgate_pid=$standby_pid address=$standby redis_pid=$store_pid
load_opsgate event 64 0
alone_64=$loaded used_64=$used
load_opsgate event 256 0
alone_256=$loaded used_256=$used
row 'events, 64: door alone: signed, durable' "$alone_64" "$bare_64" ${used_64% * *}
row 'events, 256: door alone: signed, durable' "$alone_256" "$bare_256" ${used_256% * *}

tell_paced() { # tell_paced NAME "sent good failed p50 p99 longest"
    name=$1
    set -- $2
    echo "$name at 1000/s, open loop: p50 $4 ms, p99 $5 ms, longest $6 ms; $1 sent, $3 not answered as they should be"
}
echo
echo "commands not answered inline under that load: $silent"
tell_paced 'bare, events' "$paced_bare"
tell_paced commands "$paced"
tell_paced "events, $((4 * seconds)) s, with $rewritten_itself AOF rewrites of its own," "$paced_event"
tell_paced "events, with $rewritten AOF rewrites asked for," "$paced_rewriting"
set -- $synced
echo "4 KiB appended to a file and synced, 500 a second, nothing else: p50 $1 ms, p99 $2 ms, longest $3 ms"
echo "resident: $idle_kib KiB idle; its redis-server $redis_kib KiB in the end"
echo "start to ready: embedded $first_ms ms with an empty data_dir, $again_ms ms again; $shared_ms ms when Redis is up"
echo "kill -9 of the owner until the other one owns the store, ms:$taken_over"
[ -z "$untrue" ] || { echo "$untrue" >&2; exit 1; }
