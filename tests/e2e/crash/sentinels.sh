# sentinels.sh - three redis-servers that sentinels watch: the master is killed, and a replica promoted. For crash.sh.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154,SC2317 # of crash.sh and lib.sh; functions are called by name

SENTINELS="1 2 3"
NODES="1 2 3"

node_up() { # node_up N [PORT]: the replica of whoever listens there, or what it takes itself for
    mkdir -p "$RUN/node$1"
    [ -e "$RUN/node$1/port" ] || new_port >"$RUN/node$1/port"
    mend_aof "$RUN/node$1"
    redis-server --port "$(node_port "$1")" --bind 127.0.0.1 --unixsocket "$RUN/node$1/sock" --dir "$RUN/node$1" \
        --appendonly yes --appendfsync always --maxmemory-policy noeviction --save '' --repl-diskless-sync-delay 0 \
        ${2:+--replicaof 127.0.0.1 "$2"} >>"$RUN/node$1/log" 2>&1 </dev/null &
    echo $! >"$RUN/node$1/server"
    remember_other $!
    wait_until 20 node_answers "$1"
}

node_port() {
    cat "$RUN/node$1/port"
}

ask_node() { # ask_node N COMMAND...
    asked_node=$1
    shift
    redis-cli -s "$RUN/node$asked_node/sock" "$@" 2>/dev/null
}

node_answers() {
    [ "$(ask_node "$1" ping)" = PONG ]
}

is_replica() { # is_replica N: in step with the master
    ask_node "$1" info replication | tr -d '\r' | grep -q '^master_link_status:up$'
}

sentinel_up() { # sentinel_up N
    mkdir -p "$RUN/sentinel$1"
    new_port >"$RUN/sentinel$1/port"
    cat >"$RUN/sentinel$1/conf" <<CONF
port $(cat "$RUN/sentinel$1/port")
bind 127.0.0.1
dir $RUN/sentinel$1
sentinel monitor main 127.0.0.1 $(node_port 1) 2
sentinel down-after-milliseconds main 2000
sentinel failover-timeout main 10000
CONF
    redis-server "$RUN/sentinel$1/conf" --sentinel >"$RUN/sentinel$1/log" 2>&1 </dev/null &
    echo $! >"$RUN/sentinel$1/server"
    remember_other $!
}

ask_sentinel() { # ask_sentinel N COMMAND...
    asked_sentinel=$1
    shift
    redis-cli -p "$(cat "$RUN/sentinel$asked_sentinel/port")" sentinel "$@" 2>/dev/null
}

sentinel_knows() { # sentinel_knows N: both replicas, and both other sentinels
    ask_sentinel "$1" master main | paste -d ' ' - - >"$RUN/known"
    grep -q -x 'num-slaves 2' "$RUN/known" && grep -q -x 'num-other-sentinels 2' "$RUN/known"
}

is_master() { # is_master N: by what most of the sentinels say, and its own word
    [ "$(for s in $SENTINELS; do ask_sentinel "$s" get-master-addr-by-name main | tail -n 1; done | grep -c -x "$(node_port "$1")")" -ge 2 ] &&
        ask_node "$1" role | head -n 1 | grep -q -x master
}

has_promoted() { # has_promoted N: another one than that; sets MASTER and STORE_SOCKET
    for node in $NODES; do
        if [ "$node" != "$1" ] && is_master "$node"; then
            MASTER=$node STORE_SOCKET=$RUN/node$node/sock
            return 0
        fi
    done
    return 1
}

# Whoever was the master comes back when another one is: as its replica, as whoever starts it has been told; now and then as
# the master that it takes itself for, until the sentinels tell it.
kill_master() {
    dead=$MASTER
    kill_now master "$(cat "$RUN/node$dead/server")"
    wait_until 60 has_promoted "$dead" || { failed "a replica is promoted"; return; }
    failovers=$((failovers + 1))
    wait_until 30 is_taken_again || failed "it takes deliveries while the old master is away"
    if [ $((round % 3)) -eq 0 ]; then
        node_up "$dead"
    else
        node_up "$dead" "$(node_port "$MASTER")"
    fi
    for node in $NODES; do
        [ "$node" = "$MASTER" ] || wait_until 60 is_replica "$node" || failed "node $node is a replica again"
    done
}

crash_sentinels() {
    node_up 1
    for node in 2 3; do
        node_up $node "$(node_port 1)"
    done
    for sentinel in $SENTINELS; do
        sentinel_up "$sentinel"
    done
    for sentinel in $SENTINELS; do
        wait_until 30 sentinel_knows "$sentinel" || failed "sentinel $sentinel knows all of them"
    done
    MASTER=1 STORE_SOCKET=$RUN/node1/sock failovers=0
    world_up "s|^store: .*|store: { url: \"sentinel://$(for s in $SENTINELS; do echo "127.0.0.1:$(cat "$RUN/sentinel$s/port")"; done |
        paste -s -d ,)/main\", replicas: 1 }|"
    store_create watched
    opsgate_up watched || exit 1
    wait_until 20 has_owner
    load_up
    rounds master "$(share 2)" 2
    rest_and_judge sentinels
    count "$failovers" "times the master was dead and a replica promoted"
    leave watched
    for server in "$RUN"/node*/server "$RUN"/sentinel*/server; do
        stop "$(cat "$server")" 5
    done
    rm -rf "$RUN"/node* "$RUN"/sentinel*
    unset STORE_SOCKET
}
