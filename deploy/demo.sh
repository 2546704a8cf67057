# demo.sh - opsgate and its sandbox, started, watched and stopped: read with `.` by quickstart.sh, story.sh and the
# end-to-end tests.
#
# The caller sets BUILD (a build directory), CONFIG (a configuration that takes its addresses from the environment, like
# sandbox.yaml) and RUN (a directory for logs). POSIX sh alone; programs are found by their pid, never by their name.
# shellcheck shell=sh

export SLACK_BOT_TOKEN=xoxb-sandbox SLACK_SIGNING_SECRET=sandbox-secret SANDBOX_GITHUB_TOKEN=ghp_sandbox
export SANDBOX_GITHUB_SECRET=sandbox-github-secret SANDBOX_PAGERDUTY_SECRET=sandbox-pagerduty-secret
export SANDBOX_PAGERDUTY_TOKEN=pd-sandbox SANDBOX_ALERTMANAGER_TOKEN=sandbox-alertmanager-token
export SANDBOX_PAGERDUTY_KEY=sandbox0routing0key0of0the0api00 SANDBOX_PAGERDUTY_WEB_KEY=sandbox0routing0key0of0the0web00
export SANDBOX_STATUSPAGE_TOKEN=sp-sandbox SANDBOX_API_TOKEN=sandbox-api-token SANDBOX_OPENID_SECRET=sandbox-openid-secret
export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost
unset PORT LOG_LEVEL LISTEN_FDS LISTEN_PID OPSGATE_CONFIG

# is_port_taken PORT: does anybody listen on it, by the kernel's own tables?
is_port_taken() {
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v want="$(printf ':%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 4) == want { found = 1 }
                                              END { exit !found }'
}

# free_port FROM: the first port from there on that nobody listens on.
free_port() {
    port=$1
    while is_port_taken "$port"; do
        port=$((port + 1))
        [ "$port" -lt 65000 ] || { echo "demo.sh: no free port from $1 on" >&2; return 1; }
    done
    echo "$port"
}

# is_alive PID: a process that has ended and was not waited for yet is not.
is_alive() {
    alive_state=$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) || return 1
    [ -n "$alive_state" ] && [ "$alive_state" != Z ]
}

# wait_until SECONDS COMMAND...: tries it, for so long by the clock, and twenty times at the least: often for a second, then less
# often, for whoever asks takes time from those who are asked.
wait_until() {
    wait_end_s=$(($(uptime_s) + $1)) wait_tries=0
    shift
    until "$@"; do
        wait_tries=$((wait_tries + 1))
        if [ "$wait_tries" -lt 20 ]; then
            sleep 0.05
        else
            [ "$(uptime_s)" -lt "$wait_end_s" ] || return 1
            sleep 0.2
        fi
    done
}

uptime_s() { # the machine's: nobody sets that clock
    cut -d . -f 1 /proc/uptime
}

get() { # get URL: the body, or nothing
    curl -s -f --noproxy '*' --max-time 60 "$1"
}

post() { # post URL JSON
    curl -s -f --noproxy '*' --max-time 120 -H 'Content-Type: application/json' -d "$2" "$1"
}

is_ready() { # is_ready URL-OF-OPSGATE
    get "$1/health/ready" >/dev/null
}

# start_sandbox PORT [OPTION...]: sets SANDBOX_PID, SANDBOX_URL and SANDBOX_SMTP_URL. OPSGATE_LISTEN says where opsgate will be. The world
# has what sandbox.yaml speaks of; nobody uses it before users_come.
start_sandbox() {
    sandbox_port=$1
    shift
    : >"$RUN/sandbox.log"
    "$BUILD/tests/sandbox/opsgate-sandbox" --listen "127.0.0.1:$sandbox_port" --opsgate "http://$OPSGATE_LISTEN" \
        --signing-secret "$SLACK_SIGNING_SECRET" --bot-token "$SLACK_BOT_TOKEN" --quiet "$@" \
        >"$RUN/sandbox.log" 2>&1 </dev/null &
    SANDBOX_PID=$!
    wait_until 60 sandbox_has_spoken || return 1
    SANDBOX_URL=$(sed -n 's|^The sandbox is ready: \(http://[^ ]*[0-9]\)/*$|\1|p' "$RUN/sandbox.log")
    SANDBOX_SMTP_URL=$(get "$SANDBOX_URL/_sandbox/state?messages=0" | jq -r .mail.url)
    export SANDBOX_URL SANDBOX_SMTP_URL
    [ -n "$SANDBOX_URL" ] && change_world '{"always":{"service":{"id":"web-prod-service","environment":"production"}}}'
}

change_world() { # change_world JSON: as tests/sandbox/README.md has it
    post "$SANDBOX_URL/_sandbox/world" "$1" >/dev/null
}

users_come() { # users_come RPS: so many requests a second to every service, from now on, also after "Start over"
    change_world "{\"always\":{\"traffic\":{\"service\":\"*\",\"rps\":$1}}}"
}

sandbox_has_spoken() {
    grep -q 'is ready' "$RUN/sandbox.log" || ! is_alive "$SANDBOX_PID"
}

# start_opsgate LOG: sets OPSGATE_PID. OPSGATE_LISTEN, OPSGATE_DATA, SANDBOX_URL and SANDBOX_SMTP_URL are what CONFIG asks for.
start_opsgate() {
    mkdir -p "$OPSGATE_DATA"
    # shellcheck disable=SC2086 # OPSGATE_UNDER is a program with its options, like valgrind, or nothing
    ${OPSGATE_UNDER:-} "$BUILD/opsgate" serve -c "$CONFIG" >>"$1" 2>&1 </dev/null &
    OPSGATE_PID=$!
}

opsgate_has_decided() { # ready, or dead
    is_ready "http://$OPSGATE_LISTEN" || ! is_alive "$OPSGATE_PID"
}

wait_opsgate() { # wait_opsgate SECONDS: ready?
    wait_until "$1" opsgate_has_decided && is_alive "$OPSGATE_PID"
}

# redis COMMAND...: Redis itself, on the private socket of OPSGATE_DATA, or on STORE_SOCKET.
redis() {
    redis-cli -s "${STORE_SOCKET:-$OPSGATE_DATA/redis/redis.sock}" "$@" 2>/dev/null
}

redis_pid() {
    redis info server | sed -n 's/^process_id:\([0-9]*\).*/\1/p'
}

# stop PID SECONDS: SIGTERM, then the time to obey, then SIGKILL. Gives the exit status.
stop() {
    [ -n "${1:-}" ] || return 0
    kill -TERM "$1" 2>/dev/null
    wait_until "$2" is_gone "$1" || kill -KILL "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

is_gone() {
    ! is_alive "$1"
}

# stop_orphan: a redis-server that outlived a killed opsgate. Its file stays as it is: every write was fsynced.
stop_orphan() {
    [ -n "${OPSGATE_DATA:-}" ] && [ -S "$OPSGATE_DATA/redis/redis.sock" ] || return 0
    orphan=$(redis_pid)
    [ -n "$orphan" ] || return 0
    redis shutdown nosave >/dev/null
    wait_until 5 is_gone "$orphan" || kill -KILL "$orphan" 2>/dev/null
}

# ---- buttons ----

# find_button ID LABEL: where the card of an operation has a button called so, {channel, ts, action_id, value}, or nothing.
# A label that ends in "*" is the beginning of one.
find_button() {
    get "$SANDBOX_URL/_sandbox/state" | jq -c --arg id "$1" --arg called "$2" '
        def is_called: if $called | endswith("*") then startswith($called | rtrimstr("*")) else . == $called end;
        [.slack.channels[] | .id as $channel | .messages[] | .ts as $ts
         | select(.blocks | tostring | contains("`" + $id + "`"))
         | .blocks[] | (.elements[]?, .accessory?) | objects | select(.type == "button" and (.text.text | is_called))
         | { $channel, $ts, action_id, value }][0] // empty'
}

has_button() { # has_button ID LABEL
    [ -n "$(find_button "$1" "$2")" ]
}

# press USER ID LABEL: somebody presses it; prints the sandbox's account. No such button: fails.
press() {
    button=$(find_button "$2" "$3")
    [ -n "$button" ] || { echo "there is no button '$3' on the card of $2" >&2; return 1; }
    press_button "$1" "$button"
}

# press_button USER BUTTON [MORE-JSON]: one that was found before
press_button() {
    post "$SANDBOX_URL/_sandbox/slack/action" \
        "$(printf '%s\n' "$2" | jq -c --arg user "$1" --argjson more "${3:-{\}}" '{ $user, channel, ts, action_id } + $more')"
}
