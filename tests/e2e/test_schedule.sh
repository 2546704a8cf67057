#!/bin/sh
# Runbooks that are run by themselves, by the real program: one of each minute is due by the clock; others are made due in the
# store, while opsgate is away: in time, long ago, beside the last run, paused, forbidden, halted. kill -9 as one begins: each due
# time is run once. And secrets that are rotated by a runbook.
# shellcheck disable=SC2016,SC2034,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
export RUN
sandbox_up
redis_up
change_world '{"channel":{"id":"C0OPS","name":"ops","is_member":true}}'

cat >"$RUN/tool" <<END
#!/bin/sh
echo "\$*" >>"$RUN/starts"
case \$1 in
slow) until [ -e "$RUN/go" ]; do sleep 0.1; done ;;
bad) echo "no disk" >&2; exit 3 ;;
esac
END
chmod +x "$RUN/tool"
DAILY='cron: "0 2 29 2 *", zone: Europe/Berlin' # next in years: nothing but this test makes it due
CONFIG=$RUN/opsgate.yaml
{
    sed "s|^store: .*|store: { url: \"unix://$STORE_SOCKET\" }|; /^services:/,\$d" "$ROOT/deploy/sandbox.yaml"
    cat <<END
  - name: clock
    args: [{ name: what, pattern: "*" }]
    schedule: { cron: "* * * * *", zone: Europe/Berlin, args: { what: minute } }
    steps: [{ run: ["$RUN/tool", "{what}"] }]
  - name: nightly
    schedule: { $DAILY, owner: release-manager, channel: "#ops" }
    steps: [{ run: ["$RUN/tool", nightly] }]
  - name: careful
    schedule: { $DAILY, missed: skip, owner: "slack:$BOB" }
    steps: [{ run: ["$RUN/tool", careful] }]
  - name: slow
    schedule:
      - { name: slow-skips, $DAILY, owner: "slack:$BOB" }
      - { name: slow-waits, $DAILY, overlap: queue, args: {} }
    steps: [{ run: ["$RUN/tool", slow] }]
  - name: fails
    schedule: { $DAILY, owner: "slack:$ANN" }
    steps: [{ run: ["$RUN/tool", bad] }]
  - name: asks
    schedule: { $DAILY, owner: "slack:$ANN" }
    steps: [{ manual: "look at the disk" }]
  - name: forbidden
    schedule: { $DAILY, owner: "slack:$ANN" }
    steps: [{ run: ["$RUN/tool", forbidden] }]
  - name: rotate-db
    rotates: db-password
    args: [{ name: how, one_of: [now, later], default: now }]
    steps: [{ run: ["$RUN/tool", rotated, "{how}"] }]
END
    sed -n '/^services:/,$p' "$ROOT/deploy/sandbox.yaml" | grep -v -e 'allow: run' -e 'allow: rotate' -e 'allow: schedules'
    cat <<END
    - { allow: [run, promote, abort, rotate, schedules], to: release-manager }
    - { allow: run, to: ["schedule:clock", "schedule:nightly", "schedule:careful", "schedule:slow-skips", "schedule:slow-waits", "schedule:fails", "schedule:asks"], when: { source: schedule } }
END
} >"$CONFIG"

use one
export OPSGATE_DATA

echo "--- what the file says"
checked=$("$BUILD/opsgate" -c "$CONFIG" check)
check "check tells the next three times" has "$checked" "nightly: Tue 29 Feb 2028 02:00 Europe/Berlin, Sun 29 Feb 2032 02:00 Europe/Berlin, Fri 29 Feb 2036 02:00 Europe/Berlin"
check "and which one no rule lets run" has "$checked" "the schedule forbidden runs forbidden by itself, and no rule allows it"
check "and no other" has_not "$checked" "the schedule nightly runs"
sed 's|zone: Europe/Berlin, owner: release-manager|zone: Europe/Berlim, owner: release-manger|; s/"\* \* \* \* \*"/"* * 32 * *"/' "$CONFIG" >"$RUN/bad.yaml"
"$BUILD/opsgate" -c "$RUN/bad.yaml" check >"$RUN/bad" 2>&1
check "a bad time is told with its line" grep -q 'bad.yaml:[0-9]*:[0-9]*: .*cron: .32. is no day of the month' "$RUN/bad"
check "a zone gets the nearest" grep -q "did you mean 'Europe/Berlin'" "$RUN/bad"
check "so does an owner" grep -q "did you mean 'release-manager'" "$RUN/bad"
mkdir -p "$OPSGATE_DATA"
"$BUILD/opsgate" -c "$CONFIG" store create >"$RUN/created" 2>&1 || { cat "$RUN/created"; exit 1; }
opsgate_up || exit 1
wait_until 10 has_owner

said() { # said USER COMMAND TEXT PART: the answer has that part
    say "$1" "$2" "$3"
    wait_until 10 told_part "$4" "$1"
}

told_part() {
    printf '%s\n%s' "$BODY" "$(whispers)" | grep -q -F -- "$1"
}

channel_says() { # channel_says NAME TEXT
    world_says 'any(.slack.channels[]; (.name == $name or .name == "#" + $name) and any(.messages[]; .text // "" | contains($text)))' --arg name "$1" --arg text "$2"
}

runs_of() { # runs_of WORD: how often the program was started with it
    grep -c -x -- "$1" "$RUN/starts" 2>/dev/null
}

was_run() { # was_run TIMES WORD
    saw=$(runs_of "$2")
    [ "$saw" = "$1" ]
}

standing() { # the number of what keeps the schedules
    redis --raw hvals "$(key operations)" | jq -r 'select(.kind == "watch.schedules") | .id'
}

is_standing() {
    [ -n "$(standing)" ]
}

of_schedule() { # of_schedule NAME FILTER
    operation "$(standing)" ".body.list[] | select(.name == \"$1\") | $2"
}

has_result() { # has_result NAME RESULT: its last run
    saw=$(of_schedule "$1" '.runs[-1].result')
    [ "$saw" = "$2" ]
}

has_done() { # has_done NAME TIMES: so many of its last runs ended well
    saw=$(of_schedule "$1" '[.runs[] | select(.result == "done")] | length')
    [ "$saw" = "$2" ]
}

has_asked() { # has_asked NAME TIMES: for its runs, in all
    saw=$(of_schedule "$1" '.runs | length')
    [ "$saw" = "$2" ]
}

is_halted() {
    redis --raw hvals "$(key operations)" | jq -e 'select(.kind == "halt")' >/dev/null
}

put_due() { # put_due NAME SECONDS: due so long ago; while opsgate is away
    id=$(standing)
    redis --raw hget "$(key operations)" "$id" |
        jq -c --arg name "$1" --argjson ago "$2" '(.body.list[] | select(.name == $name) | .next_ms) = (((now | floor) - $ago) * 1000)' |
        tr -d '\n' | redis -x hset "$(key operations)" "$id" >/dev/null
}

away_and_back() { # away_and_back NAME SECONDS...: those were due meanwhile
    opsgate_kill
    while [ $# -gt 0 ]; do
        put_due "$1" "$2"
        shift 2
    done
    opsgate_up
}

echo "--- the list"
wait_until 20 is_standing
check "schedules tells when each is next, in its zone" said "$BOB" /ops schedules '*nightly* runs `nightly`: next Tue 29 Feb 2028 02:00 Europe/Berlin, in'
check "and that it never was due" told_part "It never was due yet."
check "an unknown one gets the nearest name" said "$ANN" /ops "schedules nigthly" 'Did you mean `nightly`?'
check "words that make no sense are refused" said "$ANN" /ops "schedules pause nightly 2d" 'What follows the name is `for` and a time'

echo "--- due while opsgate was away"
rm -f "$RUN/go"
away_and_back nightly 20 careful 7200 slow-skips 20 fails 20 asks 20 forbidden 20
check "what was due just now is run" wait_until 30 has_result nightly "done"
check "a good end is a line in its channel" wait_until 20 channel_says ops "the schedule *nightly* is done"
check "what is to be skipped is told to its owner" wait_until 20 channel_says alerts "<@$BOB>: the schedule *careful* was due"
check "and not run" same "missed 0" "$(of_schedule careful '.runs[-1].result') $(runs_of careful)"
check "a failure is told to its owner, with its last line" wait_until 30 channel_says alerts "<@$ANN>: the schedule *fails* failed"
check "so is what needs a person" wait_until 20 channel_says alerts "<@$ANN>: the schedule *asks* waits for somebody"
check "and a refusal" wait_until 20 channel_says alerts "<@$ANN>: the schedule *forbidden* was due"
check "which ran nothing" same 0 "$(runs_of forbidden)"
asked=$(of_schedule asks '.runs[-1].operation')
check "who asked stands in the record" same "schedule:asks schedule" "$(operation "$asked" '"\(.requester.system):\(.requester.id) \(.source)"')"
say "$ANN" /ops "promote $asked"
check "once it is confirmed it is done" wait_until 20 has_result asks "done"

echo "--- beside its last run"
wait_until 20 was_run 1 slow
away_and_back slow-skips 10
check "the next one is left out" wait_until 20 has_result slow-skips skipped
check "and its owner hears of it" wait_until 20 channel_says alerts "<@$BOB>: the schedule *slow-skips* was due"
: >"$RUN/go"
wait_until 30 is_so "$(of_schedule slow-skips '.runs[0].operation')" '.result == "done"'
rm -f "$RUN/go"
away_and_back slow-waits 10
wait_until 30 was_run 2 slow
away_and_back slow-waits 10
check "one that waits is told" wait_until 20 channel_says alerts "the schedule *slow-waits* is due, and waits for"
: >"$RUN/go"
check "and is run behind it" wait_until 30 was_run 3 slow
check "to its end" wait_until 30 has_result slow-waits "done"

echo "--- long ago"
away_and_back nightly 100000000
check "of many due times one is run" wait_until 30 was_run 2 nightly
check "late, as its owner is told" wait_until 20 channel_says ops "the schedule *nightly* was due"
check "by how much" channel_says ops "it is run now, once,"
wait_until 30 has_done nightly 2

echo "--- kill -9 as it begins"
away_and_back nightly 5
wait_until 20 has_asked nightly 3
opsgate_kill
opsgate_up
check "it is run once" wait_until 30 has_done nightly 3
check "no more" same 3 "$(runs_of nightly)"
check "each due time by a name of its own" same 3 "$(journal | jq -r 'select(.core.kind == "request.accepted") | .core.request_id // empty' | grep '^nightly@' | sort -u | wc -l)"

echo "--- paused, and halted"
check "who may not pause it is refused" said "$BOB" /ops "schedules pause nightly" "*Denied*"
check "a pause says until when" said "$ANN" /ops "schedules pause nightly for 2d" "paused by <@$ANN>, until"
away_and_back nightly 5
check "it stands in the list" said "$BOB" /ops schedules '*nightly* runs `nightly`: paused by'
check "nothing of it is run" same 3 "$(runs_of nightly)"
check "resume takes it back" said "$ANN" /ops "schedules resume nightly" "is at work again: next Tue 29 Feb 2028"
say "$ANN" /ops 'halt "trouble"'
wait_until 20 is_halted
away_and_back nightly 5
check "a halt refuses it" wait_until 20 has_result nightly refused
check "and its owner hears why" wait_until 20 channel_says ops "everything is halted"
say "$ANN" /ops unhalt
check "its last ten are told" said "$BOB" /ops "schedules nightly" ": refused: "
check "with their numbers" told_part ": done, D"

echo "--- by the clock"
check "one of each minute is run by the clock" wait_until 70 grep -q -x minute "$RUN/starts"

echo "--- secrets by a runbook"
check "rotate lists what can be rotated" said "$ANN" /ops rotate '`rotate db-password`, by the runbook `rotate-db`: when it was last is not known'
check "an unknown one gets the nearest" said "$ANN" /ops "rotate db-pasword" 'Did you mean `db-password`?'
check "who may not is refused" said "$BOB" /ops "rotate db-password" "*Denied*"
check "a dry run tells its steps" said "$ANN" /ops "rotate db-password how=later --dry-run" "rotated later"
check "and does nothing" same 0 "$(runs_of 'rotated now')"
say "$ANN" /ops "rotate db-password"
check "it is run" wait_until 20 was_run 1 "rotated now"
rotation=$(printf '%s' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1)
check "to its end" wait_until 20 has_ended "$rotation"
check "well" same "done" "$(operation "$rotation" .result)"
check "and stands in the list" said "$ANN" /ops rotate ', done'
check "the journal is a chain" journal_is_a_chain
finish
