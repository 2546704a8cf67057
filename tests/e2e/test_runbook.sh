#!/bin/sh
# Runbooks, run by the real program: steps to their end, kill -9 of opsgate and of the shim in the middle of one, whose end
# nobody knows; consent, a dry run, what is destructive, and words that make no sense.
# shellcheck disable=SC2016,SC2034,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
export RUN
sandbox_up

# The program: each start is a line of $RUN/starts; its first word says what it does.
cat >"$RUN/tool" <<END
#!/bin/sh
echo "\$*" >>"$RUN/starts"
case \$1 in
token) echo "token \$TOKEN" ;;
slow) until [ -e "$RUN/go" ]; do sleep 0.1; done; echo "after the pause" ;;
endless) sleep 1000 & echo \$! >"$RUN/straggler"; exec sleep 1000 ;;
ready) [ -e "$RUN/ready" ] ;;
bad) [ -e "$RUN/mended" ] || { echo "no disk" >&2; exit 3; } ;;
env) env | cut -d= -f1 | sort | tr '\n' ' ' ;;
esac
END
chmod +x "$RUN/tool"
export RUNBOOK_TOKEN=hush-hush-very-secret
CONFIG=$RUN/runbook.yaml
{
    sed '/^services:/,$d' "$ROOT/deploy/sandbox.yaml"
    cat <<END
  - name: reset
    about: resets one server
    args: [{ name: zone, one_of: [a, b, c] }, { name: note, pattern: "*", default: none }]
    environment: { TOKEN: "\${env:RUNBOOK_TOKEN}" }
    steps:
      - { name: reset, run: ["$RUN/tool", reset, "server-{zone}", ";", "\$HOME"] }
      - { run: ["$RUN/tool", token, hush-hush-very-secret] }
      - { name: up, check: ["$RUN/tool", ready], every: 1s, timeout: 2m, skippable: true }
      - { wait: 1s }
      - { name: look, manual: "look at server-{zone}" }
  - name: slow
    target: api/staging
    steps: [{ name: first, run: ["$RUN/tool", first] }, { name: long, run: ["$RUN/tool", slow] }, { run: ["$RUN/tool", last] }]
  - name: lost
    steps: [{ run: ["$RUN/tool", endless], on_crash: ask }, { run: ["$RUN/tool", behind] }]
  - name: again
    steps: [{ run: ["$RUN/tool", slow, again], on_crash: repeat }]
  - name: fails
    steps: [{ run: ["$RUN/tool", before] }, { name: break, run: ["$RUN/tool", bad] }, { run: ["$RUN/tool", after] }]
  - name: wipe
    target: api/production
    destructive: true
    steps: [{ run: ["$RUN/tool", wipe] }]
  - name: guarded
    steps: [{ run: ["$RUN/tool", guarded] }]
  - name: release
    args: [{ name: version, type: version }]
    steps: [{ verb: "deploy api staging {version}" }, { run: ["$RUN/tool", released, "{version}"] }]
  - name: pauses
    steps: [{ run: ["$RUN/tool", slow, pauses] }, { run: ["$RUN/tool", halted] }]
END
    sed -n '/^services:/,$p' "$ROOT/deploy/sandbox.yaml" | grep -v 'allow: run'
    cat <<END
    - { allow: [run, approve, pause, resume, promote, abort, retry], to: release-manager }
    - { allow: run, to: developer, on: { runbook: reset } }
    - { require: { approvals: { from: developer } }, for: run, on: { runbook: guarded } }
END
} >"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner
check_not "nothing of it is unbuilt" grep -q '"part":"runbooks' "$RUN/one/log"

said() { # said USER COMMAND TEXT PART: the answer has that part
    say "$1" "$2" "$3"
    wait_until 10 told_part "$4" "$1"
}

told_part() {
    printf '%s\n%s' "$BODY" "$(whispers)" | grep -q -F -- "$1"
}

in_thread() {
    world '.slack.channels[].messages[] | select(.thread_ts != null) | .text' | grep -q -F -- "$1"
}

has_started() {
    grep -q -x -- "$1" "$RUN/starts" 2>/dev/null
}

starts_of() {
    grep -c -x -- "$1" "$RUN/starts"
}

was_started() { # was_started TIMES LINE
    [ "$(starts_of "$2")" = "$1" ]
}

echo "--- what there is"
check "run alone lists what this person may run" said "$BOB" /ops "run" 'run reset zone=a|b|c'
check_not "and nothing else" told_part "run wipe"
check "an unknown one gets the nearest name" said "$ANN" /ops "run rest a" 'Did you mean `reset`?'
check "a bad value says what is expected" said "$ANN" /ops "run reset zone=d" 'expected one of `a`, `b`, `c`'
check "a missing one, too" said "$ANN" /ops "run reset" 'What is `zone`?'
check "a shell's words are refused" said "$ANN" /ops "run reset a '\$(reboot)'" "of letters, digits and"
check "an option in place of a value, too" said "$ANN" /ops "run reset a note=-rf" "of letters, digits and"
check "what may not be left out is not" said "$ANN" /ops "run reset a --skip reset" "cannot be left out"
check "nobody else may run what is not theirs" said "$BOB" /ops "run lost" "*Denied*"
check "a dry run tells each step, masked" said "$ANN" /ops "run reset a --dry-run" "server-a"
check "without a secret" told_part "token [secret]"
wait_until 10 is_idle
check_not "and nothing was run" test -e "$RUN/starts"

echo "--- steps to their end"
say "$ANN" /ops "run reset a"
check "it is begun" wait_until 20 has_started 'reset server-a ; $HOME'
check "its check is made again until it is so" wait_until 20 is_in_state D1 again
check "the same is not run twice at once" said "$ANN" /ops "run reset a" "*D1* runs"
: >"$RUN/ready"
check "a person is asked" wait_until 30 is_in_state D1 confirming
check "in the thread" wait_until 20 in_thread "look at server-a"
check "no secret is told there" wait_until 20 in_thread 'token ***'
say "$ANN" /ops "promote D1"
check "it ends" wait_until 20 has_ended D1
check "well" same "done" "$(operation D1 .result)"
check "what was said is kept" has "$(operation D1 '.body.steps[1].tail[0]')" 'token [secret]'
check "nowhere the secret" has_not "$(redis --raw hvals "$(key ended)" | jq -c 'del(.body.steps[].argv)'; world .slack)" "hush-hush"
check "show tells the steps, without it" has "$("$BUILD/opsgate" ops show D1 -c "$CONFIG")" "exited with status 0"
check "nor there" has_not "$("$BUILD/opsgate" ops show D1 -c "$CONFIG"; "$BUILD/opsgate" ops show D1 --json -c "$CONFIG")" "hush-hush"

check "and in Slack, step by step" said "$ANN" /ops "status D1" "exited with status 0"

echo "--- opsgate is killed in the middle of a step"
say "$ANN" /ops "run slow"
wait_until 20 has_started slow
wait_until 20 is_in_state D2 executing
opsgate_kill
opsgate_up
: >"$RUN/go"
check "the next one follows it to its end" wait_until 40 has_ended D2
check "well" same "done" "$(operation D2 .result)"
check "each step was run once" same "1 1 1" "$(starts_of first) $(starts_of slow) $(starts_of last)"

echo "--- nobody knows how a step ended"
say "$ANN" /ops "run lost"
wait_until 20 has_started endless
wait_until 20 is_in_state D3 executing
kill -KILL "$(pgrep -f "exec-shim.*$RUN/")"
kill "$(cat "$RUN/straggler")"
check "a person is asked" wait_until 30 is_in_state D3 doubting
check "with what to type" wait_until 20 in_thread 'how did step 1 end?'
check "no step follows" same 0 "$(starts_of behind)"
say "$ANN" /ops "promote D3"
check "taken as done it goes on" wait_until 30 has_ended D3
check "to its end" same "done 1" "$(operation D3 .result) $(starts_of behind)"
rm -f "$RUN/go"
say "$ANN" /ops "run again"
wait_until 20 is_in_state D4 executing
wait_until 20 has_started "slow again"
kill -KILL "$(pgrep -f "exec-shim.*$RUN/")"
check "what may be repeated is" wait_until 30 was_started 2 'slow again'
: >"$RUN/go"
check "and ends" wait_until 40 has_ended D4
check "well" same "done 2" "$(operation D4 .result) $(starts_of 'slow again')"

echo "--- a step fails, and is tried again"
say "$ANN" /ops "run fails"
check "the run ends with it" wait_until 30 has_ended D5
check "and says why, and what was done" has "$(operation D5 .summary)" 'exited with status 3; its last line was `no disk`. Done: 1. Begun, but not to a good end: 2 (`break`). Not begun: 3'
: >"$RUN/mended"
say "$ANN" /ops "retry D5"
check "retry goes on from there" wait_until 30 has_ended D6
check "to the end, and does nothing twice" same "done 1 2 1" "$(operation D6 .result) $(starts_of before) $(starts_of bad) $(starts_of after)"

echo "--- destructive"
check "the first time it says what to type" said "$ANN" /ops "run wipe" "--confirm api/production"
check "a slip acts on nothing" said "$ANN" /ops "run wipe --confirm api/prodution" "is not the name of what it changes"
check_not "nothing was run" has_started wipe
say "$ANN" /ops "run wipe --confirm api/production"
check "named, it is run" wait_until 30 has_started wipe
wait_until 20 has_ended D7

echo "--- consent"
say "$ANN" /ops "run guarded"
check "it waits for consent" wait_until 20 is_in_state D8 awaiting-approval
check_not "nothing was run yet" has_started guarded
check "never the requester's own" said "$ANN" /ops "approve D8" "does not count"
say "$BOB" /ops "approve D8"
check "with it, it is run" wait_until 20 has_ended D8
check "well" same "done" "$(operation D8 .result)"

echo "--- another request as a step"
say "$ANN" /ops "run release v1.4.2"
check "it ends with the deploy" wait_until 60 has_ended D9
check "well" same "done" "$(operation D9 .result)"
check "which was its own" same "deploy D9 done" "$(operation D10 '"\(.kind) \(.parent) \(.result)"')"
check "and the next step came behind it" same 1 "$(starts_of 'released v1.4.2')"

echo "--- the halt"
rm -f "$RUN/go"
say "$ANN" /ops "run pauses"
wait_until 20 is_in_state D11 executing
say "$ANN" /ops 'halt "trouble"'
wait_until 20 is_in_state D12 halted
: >"$RUN/go"
check "stops the next step" wait_until 30 is_in_state D11 held
say "$ANN" /ops "unhalt"
say "$ANN" /ops "retry D11"
check "and once it is over it goes on" wait_until 30 has_ended D11
check "well" same "done" "$(operation D11 .result)"
rm -f "$RUN/go"
say "$ANN" /ops "run again"
wait_until 20 has_started "slow again"
wait_until 20 is_in_state D13 executing
say "$ANN" /ops "abort D13"
check "an abort ends what runs" wait_until 40 has_ended D13
check "as aborted" same aborted "$(operation D13 .result)"

echo "--- a way back of what it holds"
rm -f "$RUN/go"
say "$ANN" /ops "run slow"
wait_until 20 was_started 2 slow
wait_until 20 is_in_state D14 executing
say "$ANN" /rollback "api staging"
check "ends it" wait_until 40 has_ended D14
check "and says so" has "$(operation D14 .summary)" "D15 rolls api/staging back; step 2"
check "goes back" wait_until 40 has_ended D15
check "well" same "done" "$(operation D15 .result)"
check "nothing is left over" wait_until 20 is_idle
check "the journal is a chain" journal_is_a_chain
finish
