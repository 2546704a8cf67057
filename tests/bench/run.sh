#!/bin/sh
# How fast is a slash command, beside what? sh tests/bench/run.sh [SECONDS]
# shellcheck disable=SC2013,SC2046,SC2086 # words are meant to be split
# All in one run, one after another, with a release build. Prints a table; nothing here passes or fails on time.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-10}
here=tests/bench
build=build/release
connections=64
run=$(mktemp -d)
pids=
load=$(cut -d' ' -f1 /proc/loadavg) # others on this machine make every figure worse

sh deploy/packages.sh $(cat deploy/packages.txt) wrk nginx-light
cmake --preset release >/dev/null
cmake --build --preset release -j "$(nproc)" --target opsgate bench_requests bench_bare bench_pace >"$run/build.log" ||
    { cat "$run/build.log"; exit 1; }

stop() { # stop PID: and wait until it is gone
    kill "$1" 2>/dev/null || return 0
    for _ in $(seq 150); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$1" 2>/dev/null || true
}

cleanup() {
    for pid in $pids; do stop "$pid"; done
    rm -rf "$run"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

now_ms() { echo $(($(date +%s%N) / 1000000)); }

is_up() { curl -s -o /dev/null -m 1 "$1"; }
wait_up() { # wait_up URL
    for _ in $(seq 600); do
        if is_up "$1"; then return 0; fi
        sleep 0.02
    done
    echo "bench: $1 does not answer" >&2
    exit 1
}

free_port() {
    port=$((port + 1))
    while is_up "http://127.0.0.1:$port/"; do port=$((port + 1)); done
}
port=$((21000 + $$ % 9000))

prepare() { # fresh timestamps each time: Slack's signatures are good for five minutes
    BENCH_SIZE=$("$build/$here/bench_requests" $((seconds * 20000 + 20000)) 2>&1 >"$run/requests")
    BENCH_FILE=$run/requests BENCH_THREADS=2
    export BENCH_SIZE BENCH_FILE BENCH_THREADS
}

measure() { # measure URL: "requests/s p50 p99 failed not_inline"
    wrk -t2 -c"$connections" -d"${seconds}s" --timeout 5s -s "$here/walk.lua" "$1" >"$run/wrk.log" 2>&1 || cat "$run/wrk.log" >&2
    sed -n 's/^BENCH //p' "$run/wrk.log"
}

resident_kib() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"; }

# ---- nginx: an answer and nothing else ----
free_port
nginx_port=$port
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
    server { listen 127.0.0.1:$nginx_port; location / { return 200 "what you can ask for here"; } }
}
CONF
nginx -c "$run/nginx.conf" -e "$run/nginx.log" &
nginx_pid=$!
pids="$pids $nginx_pid"
wait_up "http://127.0.0.1:$nginx_port/"
prepare
nginx=$(measure "http://127.0.0.1:$nginx_port")
stop $nginx_pid

# ---- bare: our loop and libmicrohttpd, nothing verified, stored or decided ----
free_port
"$build/$here/bench_bare" "127.0.0.1:$port" &
bare_pid=$!
pids="$pids $bare_pid"
wait_up "http://127.0.0.1:$port/"
prepare
bare=$(measure "http://127.0.0.1:$port")
stop $bare_pid

# ---- opsgate ----
free_port
BENCH_LISTEN=127.0.0.1:$port BENCH_DATA=$run/data
export BENCH_LISTEN BENCH_DATA
mkdir "$BENCH_DATA"
start_opsgate() { # starts it and waits until it is ready; `ready_ms` is how long that took
    began=$(now_ms)
    LOG_LEVEL=error "$build/opsgate" serve -c "$here/opsgate.yaml" >"$run/opsgate.log" 2>&1 &
    opsgate_pid=$!
    pids="$pids $opsgate_pid"
    for _ in $(seq 1000); do
        code=$(curl -s -o /dev/null -m 1 -w '%{http_code}' "http://$BENCH_LISTEN/health/ready" || true)
        [ "$code" != 200 ] || break
        sleep 0.005
    done
    [ "$code" = 200 ] || { cat "$run/opsgate.log" >&2; exit 1; }
    ready_ms=$(($(now_ms) - began))
}
redis_of() { # the child that is its store
    for pid in $(cat "/proc/$1/task/$1/children"); do
        case $(cat "/proc/$pid/comm") in redis-server*) echo "$pid" ;; esac
    done
}
start_opsgate
first_ms=$ready_ms
stop $opsgate_pid
start_opsgate
again_ms=$ready_ms
sleep 1
idle_kib=$(resident_kib $opsgate_pid)
paced=$("$build/$here/bench_pace" "http://$BENCH_LISTEN/slack/commands" 1000 "$seconds")
prepare
export BENCH_INLINE=1
full=$(measure "http://$BENCH_LISTEN")
full_kib=$(resident_kib $opsgate_pid)
redis_pid=$(redis_of $opsgate_pid | head -1)
redis_kib=$([ -z "$redis_pid" ] || resident_kib "$redis_pid")
stop $opsgate_pid
sync_ms=$(dd if=/dev/zero of="$run/sync" bs=512 count=300 oflag=dsync 2>&1 | sed -n 's/.* \([0-9.e-]*\) s,.*/\1/p' | awk '{ printf "%.2f", $1 / 300 * 1000 }')

# ---- the table ----
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.1f %%", a / b * 100; else printf "-" }'; }
row() { # row NAME "requests/s p50 p99 failed not_inline"
    name=$1
    set -- $2
    printf '| %-42s | %10s | %8s | %8s | %8s | %8s | %6s |\n' "$name" "$1" "$2" "$3" "$(ratio "$1" "$bare_rate")" \
        "$(ratio "$1" "$nginx_rate")" "$4"
}
bare_rate=${bare%% *} nginx_rate=${nginx%% *}
version() { dpkg-query -W -f='${Version}' "$1" 2>/dev/null || echo '?'; }

echo
echo "cores $(nproc), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load before $load, $(uname -sr)"
echo "$("$build/opsgate" version | head -1), redis $(version redis-server), libmicrohttpd $(version libmicrohttpd12), nginx $(version nginx-light), wrk $(version wrk)"
echo "store: embedded, AOF always, on $(df --output=fstype "$run" | tail -1); a synced write of 512 bytes takes $sync_ms ms here"
echo
echo "$connections connections, $seconds s each:"
printf '| %-42s | %10s | %8s | %8s | %8s | %8s | %6s |\n' 'what' 'requests/s' 'p50 ms' 'p99 ms' 'of bare' 'of nginx' 'failed'
echo '| --- | ---: | ---: | ---: | ---: | ---: | ---: |'
row 'nginx: return 200' "$nginx"
row 'bare: same loop, libmicrohttpd, answers' "$bare"
row 'opsgate: signed, durable, decided, inline' "$full"
echo
set -- $full
echo "not answered inline: $5"
set -- $paced
echo "at 1000/s, open loop: p50 $4 ms, p99 $5 ms, longest $6 ms; $1 sent, $2 answered inline, $3 not"
echo "resident: $idle_kib KiB idle, $full_kib KiB after the load (its redis-server: ${redis_kib:-?} KiB)"
echo "start to ready: $first_ms ms with an empty data_dir, $again_ms ms again"
