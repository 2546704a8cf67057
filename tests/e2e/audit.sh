# audit.sh - lib.sh's part for `opsgate audit`.
# shellcheck shell=sh
# shellcheck disable=SC2317 # called by name, through check

audit() { # audit WORD...
    "$BUILD/opsgate" -c "$CONFIG" audit "$@"
}

says() { # says CODE PART WORD...: it ends so, with a text that has PART
    wanted=$1 part=$2
    shift 2
    SAID=$(audit "$@" 2>&1)
    same "$wanted" "$?" && has "$SAID" "$part"
}
