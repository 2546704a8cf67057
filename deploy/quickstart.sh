#!/bin/sh
# From a fresh clone to a running opsgate in front of a simulated world: sh deploy/quickstart.sh [OPTION...]
set -u

HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(dirname "$HERE")

usage() {
    cat <<END
Usage: sh deploy/quickstart.sh [OPTION...]

Installs what the build needs (Debian 12; as root or with sudo), builds opsgate and its sandbox, and starts both. The
sandbox plays Slack, Cloud Run, Prometheus, GitHub, an image registry and Google's metadata server, with users who call
what runs: no account anywhere is needed.
Ctrl-C stops everything.

  --port N      the page's port (default: 9080, or the next free one)
  --data DIR    where opsgate keeps its data (default: build/demo in this checkout)
  --keep        opsgate goes on with what it remembers from the start before, and with your changes in DIR/sandbox.yaml,
                though the sandbox's world is new
  --story       play a story unattended instead, about five minutes: deploys, a refusal, canaries good and bad, a rollback,
                kill -9, releases that roll out by themselves, an incident from the page to the post-mortem; exit 1 if any
                of it did not happen
  --sabotage    with --story: the sandbox drops a change, so the story has to fail
  --build DIR   take what is built there, instead of building
  --no-install  do not look for missing packages
  --help        this text

Why build/demo: everything the demo writes stays in the checkout, two checkouts never share a store, and removing build/
removes it all. The sandbox's world begins anew with each start, and so do opsgate's store and its configuration, but for
--keep. The one that you changed stays as sandbox.yaml.before.
END
}

die() {
    echo "quickstart: $*" >&2
    exit 1
}

page_port=
data=$ROOT/build/demo
built=
keep=
story=
sabotage=
install=yes
while [ $# -gt 0 ]; do
    case $1 in
    --port | --data | --build) [ $# -ge 2 ] || { usage >&2; exit 2; } ;;
    esac
    case $1 in
    --port) page_port=$2; shift ;;
    --data) data=$2; shift ;;
    --build) built=$2; shift ;;
    --keep) keep=yes ;;
    --story) story=yes ;;
    --sabotage) sabotage=--sabotage ;;
    --no-install) install= ;;
    --help | -h) usage; exit 0 ;;
    *) echo "quickstart: what is '$1'?" >&2; usage >&2; exit 2 ;;
    esac
    shift
done
[ -z "$sabotage" ] || [ -n "$story" ] || { echo "quickstart: --sabotage goes with --story" >&2; usage >&2; exit 2; }
case ${page_port:-1} in
*[!0-9]*) die "--port: '$page_port' is no port" ;;
esac
case $data in
/*) ;;
*) data=$PWD/$data ;;
esac
# a Unix socket's path has room for 107 bytes, and Redis's lies in there
[ ${#data} -le 85 ] || die "the path of the data directory is too long for a socket in it: choose a shorter one with --data"

# ---- packages and build ----

BUILD=${built:-$ROOT/build/release}
LOG=$ROOT/build/quickstart.log
mkdir -p "$ROOT/build" || exit 1
: >"$LOG"

told_failure() {
    echo
    echo "That did not work. The last lines of $LOG:" >&2
    tail -n 25 "$LOG" >&2
    exit 1
}

# Shows how far ninja is, on a terminal; nothing elsewhere.
show_progress() {
    [ -t 1 ] || { wait "$1"; return; }
    while kill -0 "$1" 2>/dev/null; do
        step=$(tail -n 1 "$LOG" | sed -n 's/^\[\([0-9]*\/[0-9]*\)\].*/\1/p')
        printf '\r  building %s   ' "${step:-...}"
        sleep 0.3
    done
    printf '\r                          \r'
    wait "$1"
}

if [ -n "$install" ]; then
    # shellcheck disable=SC2046 # one word for each package
    sh "$HERE/packages.sh" $(cat "$HERE/packages.txt") || die "packages are missing; --no-install goes on without them"
fi

build() {
    [ -e "$BUILD/build.ninja" ] || (cd "$ROOT" && cmake --preset release) || return 1
    cmake --build "$BUILD" --target opsgate opsgate-sandbox
}

if [ -n "$built" ]; then
    [ -x "$built/opsgate" ] || die "there is no opsgate in $built"
else
    [ -x "$BUILD/opsgate" ] || echo "Building opsgate: about a minute, the first time. All of it is in build/quickstart.log."
    build >>"$LOG" 2>&1 &
    show_progress $! || told_failure
fi

if [ -n "$story" ]; then
    exec sh "$HERE/story.sh" $sabotage "$BUILD"
fi

# ---- start ----

RUN=$data
OPSGATE_DATA=$data/opsgate
CONFIG=$data/sandbox.yaml
# shellcheck source=deploy/demo.sh
. "$HERE/demo.sh"

mkdir -p "$data" || die "$data cannot be used"
chmod 700 "$data" || die "$data is somebody else's"
if [ -e "$OPSGATE_DATA/opsgate.lock" ]; then
    flock -n "$OPSGATE_DATA/opsgate.lock" true || die "an opsgate runs on $data already: stop it, or choose another --data"
fi
[ -n "$keep" ] || rm -rf "$OPSGATE_DATA"

OPSGATE_PID=
SANDBOX_PID=
# shellcheck disable=SC2317 # called by the traps
finish() {
    trap '' INT TERM
    trap - EXIT
    echo
    echo "Stopping..."
    stop "$OPSGATE_PID" 10
    stop_orphan
    stop "$SANDBOX_PID" 5
    echo "Stopped. Start again with: sh deploy/quickstart.sh"
    exit "$1"
}
trap 'finish 0' INT TERM
trap 'finish 1' EXIT

if [ -n "$page_port" ]; then
    ! is_port_taken "$page_port" || { trap - EXIT; die "port $page_port is taken"; }
else
    page_port=$(free_port 9080) || exit 1
fi
gate_port=8080
[ "$page_port" -ne $gate_port ] || gate_port=8081
gate_port=$(free_port $gate_port) || exit 1
[ "$gate_port" -ne "$page_port" ] || gate_port=$(free_port $((page_port + 1))) || exit 1
export OPSGATE_LISTEN="127.0.0.1:$gate_port" OPSGATE_DATA
# The demo's own configuration: whoever starts it is its operator on the command line. What somebody wrote there is not lost.
config_told=
if [ -n "$keep" ] && [ -s "$CONFIG" ]; then
    config_told="kept as you left it"
else
    sed "s/local:root/local:$(id -un)/" "$HERE/sandbox.yaml" >"$CONFIG.new" || die "$CONFIG.new cannot be written"
    if [ -s "$CONFIG" ] && ! cmp -s "$CONFIG" "$CONFIG.new"; then
        mv "$CONFIG" "$CONFIG.before" || die "$CONFIG.before cannot be written"
        config_told="new; the one of before is $CONFIG.before, and --keep keeps it"
    fi
    mv "$CONFIG.new" "$CONFIG" || die "$CONFIG cannot be written"
fi
remembered=
[ ! -e "$OPSGATE_DATA/store.json" ] || remembered=yes

start_sandbox "$page_port" || { cat "$RUN/sandbox.log" >&2; die "the sandbox did not start"; }
users_come 50
: >"$RUN/opsgate.log"
start_opsgate "$RUN/opsgate.log"
wait_opsgate 60 || { tail -n 5 "$RUN/opsgate.log" >&2; die "opsgate did not get ready; all of it is in $RUN/opsgate.log"; }
# from now on GitHub tells it what happens in acme/platform, as PagerDuty and Alertmanager do
change_world "{\"always\":{\"github\":{\"hook\":{\"secret\":\"$SANDBOX_GITHUB_SECRET\",\"content_type\":\"json\",\"events\":[\"*\"]}}}}"

# what a second terminal needs to talk to this opsgate
cat >"$data/env" <<END
export SANDBOX_URL=$SANDBOX_URL SANDBOX_SMTP_URL=$SANDBOX_SMTP_URL OPSGATE_LISTEN=$OPSGATE_LISTEN OPSGATE_DATA='$OPSGATE_DATA'
export SLACK_BOT_TOKEN=$SLACK_BOT_TOKEN SLACK_SIGNING_SECRET=$SLACK_SIGNING_SECRET SANDBOX_GITHUB_TOKEN=$SANDBOX_GITHUB_TOKEN
export SANDBOX_GITHUB_SECRET=$SANDBOX_GITHUB_SECRET SANDBOX_PAGERDUTY_SECRET=$SANDBOX_PAGERDUTY_SECRET
export SANDBOX_PAGERDUTY_TOKEN=$SANDBOX_PAGERDUTY_TOKEN SANDBOX_ALERTMANAGER_TOKEN=$SANDBOX_ALERTMANAGER_TOKEN
export SANDBOX_PAGERDUTY_KEY=$SANDBOX_PAGERDUTY_KEY SANDBOX_PAGERDUTY_WEB_KEY=$SANDBOX_PAGERDUTY_WEB_KEY
export SANDBOX_STATUSPAGE_TOKEN=$SANDBOX_STATUSPAGE_TOKEN SANDBOX_API_TOKEN=$SANDBOX_API_TOKEN
export SANDBOX_OPENID_SECRET=$SANDBOX_OPENID_SECRET
export OPSGATE_CONFIG='$CONFIG'
export PATH='$BUILD':"\$PATH"
END

cat <<END

  opsgate is ready. Open    $SANDBOX_URL/

  and type in #general      /deploy staging
  then look at              #deployments, and Cloud Run beside it
  try also                  /deploy api production v1.4.2    as Ann, who may, and as Bob, who may not: 5 %, 25 %, 50 %,
                                                             100 %, judged by numbers; its card has buttons. Move the
                                                             page's error slider meanwhile
                            /rollback api production
                            /deploy web production v1.4.2    all at once, watched; the old one is kept warm
                            /deploy staging v1.4.3-broken    its health check fails: traffic is not touched
                            /incident declare                a form asks what is wrong, as does "Declare an incident" beside
                                                             any message; then a channel of its own, with a card
                            /ops status     /ops help     /deploy --help
  and under "Elsewhere"     publish a release, page somebody, let an alert fire: opsgate is told by signed webhooks

  The dashboard             http://$OPSGATE_LISTEN/    everything as a page: sign in as Ann or Bob, who may what they may
                            there, too; or in another terminal: opsgate dashboard

  Its configuration         $CONFIG${config_told:+
                            ($config_told)}
                            To try an approval, or a glass to break: uncomment one of its last two rules, then
                            opsgate policy lint, as below, and /ops reload, as Ann

  In another terminal       . '$data/env'
                            opsgate help
                            opsgate run status
                            opsgate ops list                 and then, with an ID from there: opsgate ops show D1
                            opsgate run rollback api production
                            redis-cli -s "\$OPSGATE_DATA/redis/redis.sock" hgetall 'og:{default}:meta'
  The first line sets PATH and OPSGATE_CONFIG. As $(id -un) you may do everything in staging and, in production, roll back,
  pause, abort, lock and unlock: role "operator" of the configuration
END
[ -z "$remembered" ] || echo "
  opsgate remembers its earlier operations; the sandbox's world is new. One that had not ended may wait for a revision that
  is not there any more, until its time is up, and the next ones for the same target wait behind it."
echo "
  What happens, as the sandbox sees it (opsgate's own log: $data/opsgate.log). Ctrl-C stops all.
"

# ---- what happens, until Ctrl-C ----

width() { # of the terminal in columns; 0: not a terminal, nothing is cut
    columns=
    [ ! -t 1 ] || columns=$(stty size <&1 2>/dev/null | cut -d ' ' -f 2)
    echo "${columns:-0}"
}

since=$(get "$SANDBOX_URL/_sandbox/state?messages=0" | jq .now_ms)
while is_alive "$OPSGATE_PID" && is_alive "$SANDBOX_PID"; do
    sleep 1
    get "$SANDBOX_URL/_sandbox/state?messages=50" >"$RUN/state.json" || continue
    jq -r -L "$HERE" --argjson since "$since" --argjson width "$(width)" 'include "transcript"; news($since) | cut($width)' \
        "$RUN/state.json"
    since=$(jq .now_ms "$RUN/state.json")
done
is_alive "$OPSGATE_PID" || { echo "opsgate ended by itself:" >&2; tail -n 5 "$RUN/opsgate.log" >&2; }
is_alive "$SANDBOX_PID" || { echo "the sandbox ended by itself:" >&2; tail -n 5 "$RUN/sandbox.log" >&2; }
exit 1
