#!/bin/sh
# A canary that a later deny holds is taken on by whoever may break its glass, in their name; a reload that moves the rule makes
# nothing of that undone, and another rule in its place is another. A start that cannot end inside its window is refused.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/bake: 3s/bake: 10m/; s/max_bake: 60s/max_bake: 1h/
    $a\    - { allow: review, to: [developer, release-manager] }\
    - { allow: [retry, promote], to: developer, on: { environment: production } }'
cp "$CONFIG" "$RUN/first.yaml"
freeze='    - { deny: deploy, on: { environment: production }, break_glass: release-manager, reason: "a freeze" }'
fair='    - { deny: deploy, on: { environment: production }, break_glass: release-manager, reason: "a fair" }'
reloads=0

with_rules() { # with_rules LINE...: the file as it was at first and these, in force
    { cat "$RUN/first.yaml"; printf '%s\n' "$@"; } >"$CONFIG.new" && mv "$CONFIG.new" "$CONFIG"
    reloads=$((reloads + 1))
    kill -HUP "$OPSGATE_PID"
    wait_until 20 has_reloaded
}

has_reloaded() {
    [ "$(grep -c '"event":"configuration.reloaded"' "$RUN/$INSTANCE/log")" -ge $reloads ]
}

journalled() { # journalled FILTER: true of some entry, of what is kept for ever
    journal | jq -e -s "any(.[].core; $1)" >/dev/null
}

stands_beside() { # stands_beside TEXT: beside the journal, where it can be erased
    redis --raw hvals "$(key personal)" | grep -qF "$1"
}

posted() { # posted TEXT
    world_says "any(.slack.channels[].messages[]; (.text // \"\") | contains(\"$1\"))"
}

# ---- a freeze that comes later ----

say "$ANN" /deploy "api production v1.4.2"
check "a canary begins to bake" wait_until 30 bakes_at D1 5
check "the file has a freeze now" with_rules "$freeze"
say "$ANN" /ops "promote D1"
check "it is held by it" has "$BODY" "a freeze"
check "and the answer says how to break the glass" has "$BODY" "retry D1 --break-glass TEXT"
check "so does the card" wait_until 10 card_shows D1 "it takes a release-manager"
say "$BOB" /ops 'retry D1 --break-glass "a fire"'
check "without the role nobody does" has "$BODY" "a release-manager to break that one"
check "and nothing is changed" is_at "$PROD" D1 5
say "$ANN" /ops 'retry D1 --break-glass "carol has a fever"'
check "with it, it goes on" wait_until 30 bakes_at D1 25
check "a review is left" wait_until 10 is_in_state D2 open
check "and said aloud" wait_until 10 posted "broke the glass"
say "$ANN" /ops 'review D2 "all fine"'
check "who broke it does not close it" has "$BODY" "You broke that glass"
say "$BOB" /ops 'review D2 "it was a fire"'
check "somebody else does" has "$BODY" "*D2* is closed"

# ---- reloads ----

check "a reload moves the rule" with_rules "    # a line more" "    # and another" "$freeze"
say "$ANN" /ops "promote D1"
check "it stays broken" wait_until 30 bakes_at D1 50
check "another deny takes its place" with_rules "$fair"
say "$ANN" /ops "promote D1"
check "that one holds" has "$BODY" "a fair"
check "at 50 %" is_at "$PROD" D1 50
say "$ANN" /ops 'abort D1 --reason "carol has a fever"'
check "it is taken back" wait_until 60 has_ended D1
check "as aborted" same aborted "$(operation D1 .result)"
check "what was typed is on the card" wait_until 10 card_shows D1 "carol has a fever"
check "and beside the journal" stands_beside "carol has a fever"
check_not "but in nothing that is kept for ever" journalled '(tostring | contains("fever"))'

# ---- a window that is too short ----

window="$(date -u -d '-1 hour' +%H:%M)-$(date -u -d '+15 minutes' +%H:%M)"
check "a window closes in a quarter of an hour" with_rules "    - { require: { window: \"Mon-Sun $window UTC\" }, for: deploy }"
say "$ANN" /deploy "api production v1.4.1"
check "a canary of half an hour does not begin" has "$BODY" "and 3 steps that bake 10 min each need at least 30 min"
check "it says when it can" has "$BODY" "It can begin"
say "$ANN" /ops "explain deploy api production v1.4.1"
check "so does explain" has "$BODY" "3 steps that bake 10 min each need at least 30 min"
say "$ANN" /deploy "api production v1.4.1 --strategy all-at-once"
check "all at once has the time" has "$BODY" "deploying"
finish
