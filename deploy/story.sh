#!/bin/sh
# A story in fourteen chapters, played unattended: sh deploy/story.sh [--sabotage] BUILD
#
# Staging: a deploy that succeeds; one that policy refuses; one during which opsgate is killed with -9 and goes on.
# Production: a canary that is promoted by hand; a rollback; a canary that breaks at 25 % and is returned; one during which
# opsgate and its Redis are killed; one that meets somebody else's change. A release that rolls out by itself though its webhook is
# lost, and one that breaks and is taken back. An incident: PagerDuty pages, people answer, take a deploy back by a button while
# opsgate is killed, tell the public, and get a post-mortem.
# Verdicts come from the sandbox's own state and from Redis itself, never from what opsgate says of itself.
# Exit 0 when everything happened, 1 when anything did not, 2 for a wrong call.
# shellcheck disable=SC2016,SC2317 # jq's variables are jq's; most functions are called by name, through verdict
set -u

HERE=$(cd "$(dirname "$0")" && pwd)
PATIENCE_S=${STORY_PATIENCE_S:-120} # how long anything may take to come
HASTE=${STORY_HASTE:-2}            # times what is promised: a machine that has more to do is half as fast
ANSWER_MS=${STORY_ANSWER_MS:-3000} # how long Slack waits for an answer: the real one three seconds; GitHub ten, or as long as Slack

sabotage=
[ "${1:-}" != --sabotage ] || { sabotage=yes; shift; }
if [ $# -ne 1 ] || [ ! -x "$1/opsgate" ]; then
    echo "Usage: sh deploy/story.sh [--sabotage] BUILD-DIRECTORY" >&2
    exit 2
fi
BUILD=$(cd "$1" && pwd)
RUN=$(mktemp -d)
BAKE_S=${STORY_BAKE_S:-8} # as in sandbox.yaml; more where the story itself may be slow
LONG_S=3600               # where somebody does what comes next, nothing goes on by itself
UPDATE_S=10               # without a word of an incident: whoever leads is asked for one
CONFIG=$RUN/sandbox.yaml
export OPSGATE_DATA="$RUN/opsgate"
# shellcheck source=deploy/demo.sh
. "$HERE/demo.sh"
# shellcheck source=deploy/witness.sh
. "$HERE/witness.sh"

OPSGATE_PID=
SANDBOX_PID=
finish() {
    trap '' INT TERM
    trap - EXIT
    stop "$OPSGATE_PID" 10
    stop_orphan
    stop "$SANDBOX_PID" 5
    rm -rf "$RUN"
    exit "$1"
}
broke_off() {
    echo
    echo "The story broke off."
    tell_failures
    finish 1
}
trap 'finish 130' INT TERM
trap broke_off EXIT

# ---- start ----

# A repository's webhook, and its log, where opsgate finds what was lost on the way.
connect_github() {
    change_world '{"github":{"hook":{"owner":"acme/platform","secret":"sandbox-github-secret","content_type":"json","events":["*"]}}}'
    hook=$(world '.github.hooks[-1].id')
    sed "s/\], bake: 8s, watch: 10s/], bake: ${LONG_S}s, watch: ${LONG_S}s/; s/max_bake: 60s/max_bake: 2h/; s/deadline: 30s/deadline: 10m/
        s/update_every: 30m/update_every: ${UPDATE_S}s/
        s|^  webhook_secrets: .*GITHUB.*|&\n  hooks: [{ repository: acme/platform, id: $hook }]\n  catch_up: 2s|" "$HERE/sandbox.yaml" >"$CONFIG"
}

# bake_for SECONDS: at each step of a canary that begins from now on.
bake_for() {
    reloads=$(grep -c configuration.reloaded "$RUN/opsgate.log")
    sed "s/\], bake: [0-9]*s, watch: [0-9]*s/], bake: $1s, watch: 10s/" "$CONFIG" >"$CONFIG.new" && mv "$CONFIG.new" "$CONFIG"
    kill -HUP "$OPSGATE_PID"
    await has_reloaded $((reloads + 1))
}

has_reloaded() { # has_reloaded TIMES
    saw=$(grep -c configuration.reloaded "$RUN/opsgate.log")
    [ "$saw" -ge "$1" ]
}

start_both() {
    tries=0
    while [ $tries -lt 5 ]; do
        tries=$((tries + 1))
        OPSGATE_LISTEN=127.0.0.1:$(free_port $((20000 + (($$ * 7 + tries * 997) % 12000))))
        export OPSGATE_LISTEN
        start_sandbox 0 || return 1
        change_world "{\"slack_patience_ms\":$ANSWER_MS}"
        [ "$ANSWER_MS" -le 10000 ] || change_world "{\"github\":{\"hook_timeout_ms\":$ANSWER_MS}}"
        connect_github
        start_opsgate "$RUN/opsgate.log"
        wait_opsgate 60 && return 0
        stop "$OPSGATE_PID" 5
        stop "$SANDBOX_PID" 5
    done
    cat "$RUN/opsgate.log" >&2
    return 1
}

echo "opsgate's story. Ann is release manager, Bob is developer; all other systems are the sandbox's."
start_both || { echo "story: opsgate did not start" >&2; exit 1; }
users_come 200
echo "  sandbox $SANDBOX_URL, opsgate http://$OPSGATE_LISTEN, Redis in $OPSGATE_DATA"

# shellcheck source=deploy/story_deploys.sh
. "$HERE/story_deploys.sh"
# shellcheck source=deploy/story_releases.sh
. "$HERE/story_releases.sh"
# shellcheck source=deploy/story_incident.sh
. "$HERE/story_incident.sh"

echo
if [ $failures -eq 0 ]; then
    echo "All of it happened."
    finish 0
fi
echo "opsgate's last words:"
tail -n 8 "$RUN/opsgate.log" | cut -c 1-500
tell_failures
finish 1
