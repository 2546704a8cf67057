#!/bin/sh
# What deploys and incidents cost in Redis: sh tests/bench/store.sh [DEPLOYS [INCIDENTS [BUILD-DIRECTORY]]]
#
# So many deploys to staging one after another, each with its steps, cards and GitHub deployment; then so many incidents, declared
# with a channel and resolved. Before, between and after: MEMORY USAGE of each place, all of Redis' memory, and how long its
# append-only file is, before and after it is rewritten. Dedupe keys (`seen:`) go by themselves after eight days.
#
# It measures what the store grew by; nothing here passes or fails by its size.
# shellcheck disable=SC2016,SC2129,SC2154,SC2317
set -u
HERE=$(cd "$(dirname "$0")/../../deploy" && pwd)
ROOT=$(dirname "$HERE")
deploys=${1:-100}
incidents=${2:-20}
BUILD=${3:-}
ANN=U012AB3CD
# shellcheck source=tests/bench/world.sh
. "$ROOT/tests/bench/world.sh"
cp "$HERE/sandbox.yaml" "$CONFIG"

type_in() { # type_in COMMAND TEXT
    post "$SANDBOX_URL/_sandbox/slack/command" \
        "$(jq -cn --arg user "$ANN" --arg command "$1" --arg text "$2" '{ $user, $command, $text, channel: "C0GENERAL" }')" >/dev/null
}

have_ended() { # have_ended COUNT: operations, whatever became of them; no more than retention.operations
    [ "$(redis hlen "$(key ended)")" -ge "$1" ]
}

is_done() { # nothing is on its way
    [ "$(redis hlen "$(key effects)")" = 0 ] && [ "$(redis hlen "$(key messages)")" = 0 ]
}

# sizes NAME: a line for each place: name and bytes; "seen" is all dedupe keys
sizes() {
    wait_until 60 is_done
    for place in meta operations ended targets timers messages effects heard trying personal journal dead inbox inbox:safe; do
        echo "$place $(redis memory usage "$(key "$place")" samples 0 | sed 's/^$/0/')"
    done >"$RUN/$1"
    redis --raw keys 'og:*:seen:*' >"$RUN/seen"
    echo "seen $(awk 'END { print NR * 150 }' "$RUN/seen")" >>"$RUN/$1" # a key of some 90 bytes with a time of its own
    echo "entries $(redis xlen "$(key journal)")" >>"$RUN/$1"
    echo "used $(redis info memory | tr -d '\r' | sed -n 's/^used_memory://p')" >>"$RUN/$1"
    echo "file $(cat "$OPSGATE_DATA"/redis/appendonlydir/* | wc -c)" >>"$RUN/$1"
}

cost() { # cost TITLE BEFORE AFTER COUNT
    echo
    echo "| $1 | bytes | of one | of 1,000 |"
    echo "| --- | --- | --- | --- |"
    join "$RUN/$2" "$RUN/$3" | awk -v count="$4" '$3 > $2 && $1 != "entries" { printf "| %s | %d | %.0f | %.2f MiB |\n", $1, $3 - $2, ($3 - $2) / count, ($3 - $2) / count * 1000 / 1048576 }
        $1 == "entries" { printf "| (entries of the journal) | %d | %.1f | %.0f |\n", $3 - $2, ($3 - $2) / count, ($3 - $2) / count * 1000 }'
}

start_sandbox 0 || finish 1
change_world '{"reconcile_ms":50}'
opsgate_up
wait_until 30 opsgate_has_decided
sizes begun
for n in $(seq "$deploys"); do
    type_in /deploy "api staging v1.4.$((1 + n % 2))"
    wait_until 60 have_ended "$n" || finish 1
done
sort -o "$RUN/begun" "$RUN/begun"
sizes deployed
sort -o "$RUN/deployed" "$RUN/deployed"
for n in $(seq "$incidents"); do
    type_in /incident "declare P2 \"outage number $n\" --service api"
    wait_until 60 sh -c "[ \"\$(redis-cli -s '$OPSGATE_DATA/redis/redis.sock' --raw hvals '$(key operations)' | grep -c '\"kind\":\"incident\"')\" -ge $n ]" || finish 1
done
sizes declared
sort -o "$RUN/declared" "$RUN/declared"
echo "$deploys deploys and $incidents incidents; $(redis info server | tr -d '\r' | sed -n 's/^redis_version:/Redis /p')"
cost "$deploys deploys" begun deployed "$deploys"
cost "$incidents incidents, open, an hour of reminders to come" deployed declared "$incidents"
redis bgrewriteaof >/dev/null
wait_until 60 sh -c "redis-cli -s '$OPSGATE_DATA/redis/redis.sock' info persistence | grep -q 'aof_rewrite_in_progress:0'"
sizes rewritten
echo
echo "append-only file: $(sed -n 's/^file //p' "$RUN/declared") bytes; rewritten: $(sed -n 's/^file //p' "$RUN/rewritten")"
tell_machine
finish 0
