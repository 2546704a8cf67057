# outages.sh - a disk that is full for a while, and names that nobody resolves. For crash.sh, in namespaces of its own: a mount
# there is nobody else's, and so is port 53.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2154,SC2317 # of crash.sh and lib.sh; functions are called by name

can_be_alone() { # may this user have namespaces, with a network that has its own localhost?
    unshare -rmn ip link set lo up 2>/dev/null
}

# ---- the disk ----

fill_disk() { # to its last byte
    dd if=/dev/zero of="$OPSGATE_DATA/ballast" bs=64k 2>/dev/null
    dd if=/dev/zero of="$OPSGATE_DATA/ballast2" bs=512 2>/dev/null
}

is_full_to_people() { # a command is refused in words
    type_in "$BOB" /deploy "api production v1.4.2 --reason full"
    has "$BODY" "NOT accepted" >/dev/null
}

# fill_and_clear: full until senders and people were told so, and some more; then it has to go on by itself.
fill_and_clear() {
    wait_until 30 is_taken_again || { failed "it takes deliveries again"; return; }
    nap_ms "$(random_ms 0 1000)"
    note full
    full_ms=$SINCE_MS
    fill_disk
    check "a full disk: senders are told to come again" wait_until 30 has_come "$full_ms" 503 30
    check "and people that it is NOT accepted" wait_until 30 is_full_to_people
    check "with 200, as Slack wants it" same 200 "$STATUS"
    check "it lives" is_live
    refused=$((refused + $(came_since "$full_ms" 503)))
    rm -f "$OPSGATE_DATA/ballast" "$OPSGATE_DATA/ballast2"
    note room
    check "with room again it goes on by itself" wait_until 60 is_taken_again
    fills=$((fills + 1))
}

crash_full() {
    mkdir -p "$RUN/full/data"
    mount -t tmpfs -o size=48m,mode=700 opsgate-test "$RUN/full/data"
    world_up ''
    opsgate_up full || exit 1
    wait_until 10 has_owner
    load_up
    fills=0 refused=0 failed_before=$failures
    while [ $fills -lt "$(share 1)" ] && [ "$failures" -eq "$failed_before" ]; do
        fill_and_clear
    done
    rest_and_judge full
    count "$fills" "times the disk was full"
    count "$refused" "webhooks were told to come again meanwhile"
    leave full
}

# ---- names ----

names_up() { # sets NAMES_PID
    cat >"$RUN/resolv.conf" <<'CONF'
nameserver 127.0.0.1
options timeout:30 attempts:2
CONF
    mount --bind "$RUN/resolv.conf" /etc/resolv.conf
    "$CRASH/crash_names" 127.0.0.1 >"$RUN/names.log" 2>&1 </dev/null &
    NAMES_PID=$!
    remember_other $NAMES_PID
    wait_until 10 grep -q -s ready "$RUN/names.log"
}

calls_of_ours() { # how often opsgate has asked anybody for anything
    get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service != "opsgate")] | length'
}

has_called_more() { # has_called_more N
    [ "$(calls_of_ours)" -gt "$1" ]
}

middle_ms() { # middle_ms FROM TO: half of the deliveries sent between then were acknowledged within so much
    deliveries | awk -v from="$1" -v to="$2" '$3 > from && $4 < to && $5 == 202 { print $4 - $3 }' | sort -n |
        awk '{ took[NR] = $1 } END { print took[int((NR + 1) / 2)] + 0 }'
}

is_helped() { # a person is answered at once
    type_in "$ANN" /ops help
    has "$BODY" deploy >/dev/null
}

# A program that is new knows no address, so nothing goes out; what a lookup that nobody answers would hold up stands for half a
# minute. The name server wakes up with all the questions, and answers them.
silence_names() {
    wait_until 30 is_taken_again || { failed "it takes deliveries again"; return; }
    lively_ms=$SINCE_MS
    kill -STOP "$NAMES_PID"
    kill_opsgate
    wait_opsgate 30
    note silent
    silent_ms=$SINCE_MS
    check "no name is resolved: webhooks are acknowledged as before" wait_until 60 has_come "$silent_ms" 202 100
    calls_before=$(calls_of_ours)
    check "and people answered" wait_until 30 is_helped
    check "all the time" wait_until 60 has_come "$silent_ms" 202 200
    check "none was left without an answer" same 0 "$(came_since "$silent_ms" 0)"
    check "and nothing could go out" same "$calls_before" "$(calls_of_ours)"
    acknowledged=$((acknowledged + $(came_since "$silent_ms" 202)))
    echo "     half of them within $(middle_ms "$silent_ms" 9e15) ms, $(middle_ms "$lively_ms" "$silent_ms") ms before"
    kill -CONT "$NAMES_PID"
    note names
    check "with names again, effects go out" wait_until 60 has_called_more "$calls_before"
    silences=$((silences + 1))
}

crash_names() {
    names_up
    world_port=$(new_port)
    # nobody signs in through a name without TLS, so there is no page to do it at
    world_up "/^dashboard:/,/^  oidc:/d; s|\\\${env:SANDBOX_URL}|http://world.test:$world_port|" \
        --listen "127.0.0.1:$world_port" --public "http://world.test:$world_port"
    SANDBOX_URL=http://127.0.0.1:$world_port # for those who look
    opsgate_up names || exit 1
    wait_until 10 has_owner
    load_up
    silences=0 acknowledged=0 failed_before=$failures
    while [ $silences -lt "$(share 1)" ] && [ "$failures" -eq "$failed_before" ]; do
        silence_names
    done
    rest_and_judge names
    count "$silences" "times no name was resolved"
    count "$acknowledged" "webhooks were acknowledged meanwhile, with effects that went out later"
    leave names
    stop "$NAMES_PID" 5
    umount /etc/resolv.conf
}
