#!/bin/sh
# The configuration is read again: by SIGHUP and by `/ops reload`. A bad file changes nothing and says where; a good one takes
# and gives rights at once, is journalled and announced, and leaves what runs as it was begun; under load, and when opsgate
# is killed right after.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/bake: 3s/bake: 10m/; s/max_bake: 60s/max_bake: 1h/; s/, reload\]/]/
            s/^  rules:$/  rules:\n    - { allow: reload, to: release-manager }\n    - { allow: reload, to: "local:'"$(id -un)"'" }/'
cp "$CONFIG" "$RUN/first.yaml"

change() { # change SED-SCRIPT: of the file as it was at first
    sed "$1" "$RUN/first.yaml" >"$CONFIG.new" && mv "$CONFIG.new" "$CONFIG"
}

hangup() {
    kill -HUP "$OPSGATE_PID"
}

log_says() { # log_says EVENT COUNT: so many of them at least
    [ "$(grep -c "\"event\":\"$1\"" "$RUN/$INSTANCE/log")" -ge "$2" ]
}

has_reloaded() { # has_reloaded TIMES, in all
    log_says configuration.reloaded "$1"
}

changes() { # how often the journal says that the configuration is another one
    journal | jq -s '[.[] | select(.core.kind == "configuration.changed")] | length'
}

has_changed() { # has_changed TIMES
    [ "$(changes)" -ge "$1" ]
}

journal_says() { # journal_says TEXT
    journal | grep -qF "$1"
}

alerts_say() { # alerts_say TEXT: in the channel for alerts
    world '[.slack.channels[] | select(.name == "alerts" or .name == "#alerts") | .messages[] | tostring] | join("\n")' | grep -qF "$1"
}

# ---- a running canary, and a file that takes a right ----

say "$BOB" /deploy "api staging v1.4.2"
check "a developer deploys to staging" has "$BODY" "*D1*: deploying"
check "and it ends well" wait_until 60 has_ended D1
say "$ANN" /deploy "api production v1.4.2"
check "a canary begins to bake" wait_until 30 bakes_at D2 5

change 's/bake: 10m, watch: 3s/bake: 7m, watch: 4s/; s/allow: \[deploy, rollback, pause, resume, promote, abort, retry\], to: \[developer, release-manager, operator\]/allow: [deploy, rollback, pause, resume, promote, abort, retry], to: [release-manager, operator]/'
hangup
check "SIGHUP reads the file" wait_until 20 has_reloaded 1
check "the journal tells the difference in rights" wait_until 20 journal_says 'developer may `deploy`, `rollback`, `pause`, `resume`, `promote`, `abort` and `retry` in api/staging: freely → not at all'
check "so does the channel for alerts" wait_until 20 alerts_say 'in api/staging: freely → not at all'
say "$BOB" /deploy "api staging v1.4.2"
check "who lost the right is refused" has "$BODY" "enied"
check "the canary is not touched" is_at "$PROD" D2 5
check "it goes on by the plan that it began with" has_not "$(operation D2 '.body | tostring')" 420000

# ---- its next increase is judged by the new rules ----

change 's/^  rules:$/  rules:\n    - { deny: [deploy], on: { environment: production }, when: { during: "Mon-Sun UTC" }, reason: "the week is frozen" }/'
hangup
check "a freeze comes" wait_until 20 has_reloaded 2
check "and with it the right comes back" wait_until 20 journal_says 'in api/staging: not at all → freely'
say "$ANN" /ops "promote D2"
check "the running canary is held by it" wait_until 20 is_so D2 '.body | tostring | contains("frozen")'
check "traffic is as it was" is_at "$PROD" D2 5

# ---- a bad file changes nothing, and says where ----

before=$(changes)
change 's/strategy: all-at-once/strategy: all-at-twice/; s/^policy:$/polizy:/'
hangup
check "a bad file is told of" wait_until 20 log_says configuration.not_reloaded 1
check "with file, line and column of each error" grep -q "opsgate.yaml:[0-9]*:[0-9]*: .*all-at-twice" "$RUN/$INSTANCE/log"
say "$ANN" /ops reload
check "the verb tells it, too" has "$BODY" "not reloaded, so nothing has changed"
check "where" has "$BODY" "opsgate.yaml:"
check "all of it" has "$BODY" "polizy"
check "nothing changed" same "$before" "$(changes)"
say "$BOB" /ops reload
check "who may not is refused" has "$BODY" "enied"

# ---- and takes nothing from this host's command line, which finds the running opsgate by it all the same ----

here() { # here STATUS WORD...: sets OUT and ERR
    wanted=$1
    shift
    "$BUILD/opsgate" -c "$CONFIG" "$@" >"$RUN/out" 2>"$RUN/err"
    check "opsgate $*: exit code $wanted" same "$wanted" $?
    OUT=$(cat "$RUN/out") ERR=$(cat "$RUN/err")
}

here 0 run status api staging
check "it warns, in one line" same 'opsgate: opsgate.yaml has 2 mistakes (opsgate check tells them); going on by what of it can be read' "$ERR"
check "and answers" has "$OUT" "traffic: "
here 0 run reload
check "what is wrong with the file the server says itself" has "$OUT" "not reloaded, so nothing has changed"
check "all of it" has "$OUT" polizy
here 0 ops list
check "the store is read" has "$OUT" D1
here 0 events list
here 0 dead list
here 2 check
here 2 policy lint
here 2 doctor
here 2 run rollback api staging --without-store
check "what decides by the file says why it does not" has "$ERR" "decides by the policy of this file alone"
here 2 serve
echo 'data_dir: /nowhere' >>"$CONFIG"
here 2 ops list
check "a mistake about where it is: all of them are told, as ever" has "$ERR" "'data_dir' is given twice"
check_not "and no warning" has "$ERR" "going on by"

# ---- the verb ----

change 's/allow: reload, to: release-manager/allow: reload, to: [release-manager, developer]/; s/bake: 10m/bake: 9m/; s/^listen: .*/listen: 127.0.0.1:1/'
say "$ANN" /ops reload
check "the verb reads the file" has "$BODY" "reloaded. Who may do what has changed"
check "and says who may what" has "$BODY" 'developer may `reload`: not at all → freely'
check "and what waits for the next start" has "$BODY" "\`listen\` differs"
check "it is still reached where it was" is_live
say "$BOB" /ops reload
check "the new right holds, and nothing more has changed" has "$BODY" "nothing has changed"
check "the journal tells which operation it was" same true "$(journal | jq -s 'any(.[].core; .kind == "configuration.changed" and .operation == "D5")')"
change ''
hangup
hangup
check "twice quickly is no harm" wait_until 20 has_changed $((before + 2))
say "$BOB" /ops reload
check "and the last file counts" has "$BODY" "enied"
say "$ANN" /ops "promote D2"
check "the freeze is over: the canary goes on when asked" wait_until 40 bakes_at D2 25

# ---- in the middle of load ----

asks_on() { # until $RUN/enough is there
    until [ -e "$RUN/enough" ]; do
        post "$SANDBOX_URL/_sandbox/slack/command" \
            "$(jq -cn --arg user "$ANN" '{ $user, command: "/status", text: "api production", channel: "C0GENERAL" }')" >/dev/null
    done
}

asks_on &
asking=$!
asks_on &
asking_too=$!
told=$(grep -c '"event":"configuration.reloaded"' "$RUN/$INSTANCE/log")
for i in $(seq 1 50); do
    change "s/allow: halt, to: \[developer/allow: halt, to: [$([ $((i % 2)) = 0 ] && echo developer || echo operator)/; s/bake: 10m/bake: ${i}m/"
    hangup
    wait_until 20 has_reloaded $((told + i)) || break
done
check "fifty reloads under load" has_reloaded $((told + 50))
: >"$RUN/enough"
wait "$asking" "$asking_too"
check "it lives" is_live
check "the canary is where it was" is_at "$PROD" D2 25

# ---- killed right after ----

change 's/allow: \[status, history, help, locks, explain/allow: [status, history, help, explain/'
hangup
opsgate_kill
opsgate_up
check "who starts with another file than the last owner's journals how rights differ" wait_until 30 journal_says 'everyone may ask for `locks`: freely → not at all'
check "once" same 1 "$(journal | grep -c 'everyone may ask for `locks`: freely → not at all')"
check "the canary goes on" wait_until 30 bakes_at D2 25
say "$ANN" /ops "abort D2"
check "to its end" wait_until 30 has_ended D2
check "the journal is one chain" journal_is_a_chain
hangup
opsgate_stop
check "it ends in order, however often it was reloaded" same 0 "$STATUS"
check_not "no sanitizer has anything to say" grep -q "Sanitizer\|runtime error" "$RUN/$INSTANCE/log"
finish
