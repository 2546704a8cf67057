# shared.sh - two instances on one Redis, through a proxy: who owns it is killed or stands still, the other one is killed,
# Redis is killed, connections are cut and slow; in the end Redis is emptied. For crash.sh.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2154,SC2317 # of crash.sh and lib.sh; functions are called by name

proxy_up() { # sets PROXIED, the socket
    PROXIED=$RUN/proxied.sock
    mkfifo "$RUN/proxy.orders"
    "$CRASH/crash_proxy" "$PROXIED" "$STORE_SOCKET" "$RUN/proxy.orders" </dev/null >"$RUN/proxy.log" 2>&1 &
    remember_other $!
    wait_until 10 test -S "$PROXIED"
}

owned_by() { # owned_by NAME
    [ "$(owner | sed 's/-[^-]*$//; s/.*-//')" = "$(cat "$RUN/$1/pid")" ]
}

owner_name() {
    if owned_by a; then echo a; else echo b; fi
}

other() {
    [ "$1" = a ] && echo b || echo a
}

aim_at() { # aim_at NAME: the webhooks go there, and it is the instance in use
    use "$1"
    order load "aim http://$OPSGATE_LISTEN"
}

kill_owner() { # the other one takes over; webhooks go to either
    wait_until 20 has_owner
    aim_at "$(owner_name)"
    nap_ms "$(random_ms 50 200)"
    kill_now owner "$OPSGATE_PID"
    start_again
    aim_at "$(other "$INSTANCE")"
    [ $((round % 2)) -eq 0 ] || wait_until 20 owned_by "$INSTANCE"
}

kill_standby() {
    wait_until 20 has_owner
    aim_at "$(other "$(owner_name)")"
    nap_ms "$(random_ms 50 200)"
    kill_now standby "$OPSGATE_PID"
    start_again
}

kill_server() { # Redis, which is nobody's child; its connections are slow now and then
    order proxy "delay $((round % 3 * 10))"
    kill_now server "$REDIS_PID"
    wait "$REDIS_PID" 2>/dev/null
    mend_aof "$RUN/redis"
    redis_up
}

kill_cut() { # both instances lose their connections, with what is on its way, and then the owner its life
    order proxy "delay $((round % 2 * 15))"
    nap_ms "$(random_ms 20 200)"
    note cut
    order proxy cut
    kill_owner
    order proxy "delay 0"
}

freeze_owner() {
    wait_until 20 has_owner
    gone=$(owner_name)
    aim_at "$gone"
    note frozen
    kill -STOP "$OPSGATE_PID"
    check "the other one takes over from an owner that stands still" wait_until 30 owned_by "$(other "$gone")"
    nap_ms "$(random_ms 0 1500)"
    kill -CONT "$OPSGATE_PID"
    nap_ms 1000
    check "who wakes up does not take it back" owned_by "$(other "$gone")"
    freezes=$((freezes + 1))
}

crash_shared() {
    redis_up || exit 1
    proxy_up
    world_up "s|^store: .*|store: { url: \"unix://$PROXIED\" }|"
    store_create a
    opsgate_up a || exit 1
    wait_until 20 has_owner
    OPSGATE_LISTEN=127.0.0.1:$(new_port)
    opsgate_up b || exit 1
    use a
    load_up
    freezes=0
    rounds standby "$(share 8)" 3
    rounds server "$(share 15)" 5
    rounds owner "$(share 6)" 3
    freeze_owner
    rounds cut "$(share 4)" 3
    freeze_owner
    order proxy "delay 0"
    use a
    rest_and_judge two
    count "$freezes" "times an owner stood still beyond its lease"
    count "$round" "times connections to Redis were cut, and slow"
    empty_store
    leave a b
    order proxy end
    stop "$REDIS_PID" 5
    rm -rf "$RUN/redis" "$RUN/proxy.orders" "$PROXIED"
    unset STORE_SOCKET
}

empty_store() { # which both refuse from then on
    calls_before=$(patches)
    redis flushall >/dev/null
    check "an emptied store is refused" wait_until 20 log_has store.refused
    load_up
    check "and goes on being so" wait_until 20 has_asked 100
    load_down
    check "nothing is accepted into it" same 0 "$(deliveries | awk '$5 >= 200 && $5 < 300' | wc -l)"
    check "every webhook was told to come again" same "503" "$(deliveries | cut -f 5 | sort -u)"
    check "nothing was written to it" same "" "$(redis --raw keys '*')"
    check "nothing was changed outside" same "$calls_before" "$(patches)"
    count 1 "times Redis was emptied"
    count "$(deliveries | wc -l)" "webhooks were told to come again then, and none was taken"
}

has_asked() { # has_asked N: so many deliveries
    [ "$(deliveries | wc -l)" -ge "$1" ]
}
