# alone.sh - one instance, with a Redis of its own: either is killed, or both. For crash.sh.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2317 # of crash.sh and lib.sh; functions are called by name

kill_opsgate() {
    kill_now opsgate "$OPSGATE_PID"
    start_again
}

kill_redis() { # its parent brings it back
    kill_now redis "$(redis_pid)"
}

kill_both() {
    kill_now both "$OPSGATE_PID" "$(redis_pid)"
    start_again
}

crash_alone() {
    world_up ''
    opsgate_up || exit 1
    wait_until 10 has_owner
    load_up
    rounds opsgate "$(share 32)" 6
    rounds redis "$(share 24)" 8
    rounds both "$(share 18)" 6
    rest_and_judge embedded
    leave one
}
