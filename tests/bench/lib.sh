# What run.sh measures with: servers started and stopped, and wrk. Set before: $build, $run, $seconds.
# shellcheck shell=sh disable=SC2013,SC2034,SC2046,SC2154 # words are meant to be split; variables of run.sh
bench=tests/bench
# shellcheck source=tests/bench/proc.sh
. tests/bench/proc.sh
pids=

stop() { # stop PID...: and wait until they are gone
    for pid in "$@"; do
        kill "$pid" 2>/dev/null || continue
        for _ in $(seq 150); do
            kill -0 "$pid" 2>/dev/null || continue 2
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
    done
}

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

port=$((21000 + $$ % 9000))
free_port() {
    port=$((port + 1))
    while is_up "http://127.0.0.1:$port/"; do port=$((port + 1)); done
}

# ---- the load ----

prepare() { # prepare KIND PER_SECOND: fresh each time: Slack's signatures are good for five minutes
    BENCH_SIZE=$("$build/$bench/bench_requests" "$1" $((seconds * $2 + $2)) 2>&1 >"$run/requests")
    BENCH_FILE=$run/requests BENCH_THREADS=2
    export BENCH_SIZE BENCH_FILE BENCH_THREADS
}

measure() { # measure ADDRESS CONNECTIONS [MIN_BYTES] [RENEWED]: "requests/s p50 p99 failed silent"; 1: every delivery is new
    BENCH_MIN_BYTES=${3:-0} BENCH_RENEWED=${4:-0} wrk -t2 -c"$2" -d"${seconds}s" --timeout 5s -s "$bench/walk.lua" "http://$1" \
        >"$run/wrk.log" 2>&1 || cat "$run/wrk.log" >&2
    sed -n 's/^BENCH //p' "$run/wrk.log"
}

# ---- opsgate ----

start_opsgate() { # start_opsgate DATA_DIR STORE: `opsgate_pid`, `address`, and `ready_ms` until it was ready
    free_port
    address=127.0.0.1:$port
    BENCH_LISTEN=$address BENCH_DATA=$1 BENCH_STORE=$2
    export BENCH_LISTEN BENCH_DATA BENCH_STORE
    mkdir -p "$1"
    began=$(now_ms)
    LOG_LEVEL=error "$build/opsgate" serve -c "$bench/opsgate.yaml" >>"$run/opsgate.log" 2>&1 &
    opsgate_pid=$!
    pids="$pids $opsgate_pid"
    for _ in $(seq 3000); do
        code=$(curl -s -o /dev/null -m 1 -w '%{http_code}' "http://$address/health/ready" || true)
        [ "$code" != 200 ] || break
        sleep 0.005
    done
    ready_ms=$(($(now_ms) - began))
    [ "$code" = 200 ] || { cat "$run/opsgate.log" >&2; exit 1; }
    share_priority $opsgate_pid
}
redis_of() { # the child that is its store
    for pid in $(cat "/proc/$1/task/$1/children"); do
        case $(cat "/proc/$pid/comm") in redis-server*) echo "$pid" ;; esac
    done
}
share_priority() { # share_priority PID: its Redis is a session of its own, which our session's priority does not reach
    for pid in $(redis_of "$1"); do
        sed -n 's/.* nice //p' "/proc/$$/autogroup" >"/proc/$pid/autogroup" || true
    done 2>/dev/null
}
metric() { # metric ADDRESS NAME: of its own, 0 when it has none
    curl -s -m 5 "http://$1/metrics" | awk -v name="$2" '$1 == name { print $2; found = 1 } END { if (!found) print 0 }'
}
wait_owner() { # wait_owner ADDRESS
    for _ in $(seq 3000); do
        [ "$(metric "$1" opsgate_owner)" != 1 ] || return 0
        sleep 0.01
    done
    echo "bench: $1 does not take the store" >&2
    exit 1
}
in_store() { redis-cli -s "$socket" "$@"; }
seq_of_store() { in_store HGET 'og:{default}:meta' seq | sed 's/^$/0/'; }
journalled() { in_store HGET 'og:{default}:meta' last:journal | sed 's/^$/0/'; }

drain() { # until everything that was accepted is decided
    seq=$(seq_of_store) last=
    while [ "$seq" != "$last" ]; do
        last=$seq
        sleep 0.25
        seq=$(seq_of_store)
    done
}
