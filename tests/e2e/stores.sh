# stores.sh - what stands in the store, and a Redis that is broken or somebody else's. A part of lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034,SC2120,SC2154,SC2317 # as in lib.sh, which takes it in

# ---- Redis ----

operation() { # operation ID FILTER: of its record, ended or not; of one that ends meanwhile once, for it never comes back
    record=$(redis --raw hget "$(key operations)" "$1")
    printf '%s\n' "${record:-$(redis --raw hget "$(key ended)" "$1")}" | jq -r "$2" 2>/dev/null
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
