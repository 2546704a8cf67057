#!/bin/sh
# A service that a program deploys: its output in the thread, its end, kill -9 of opsgate and of the shim meanwhile, abort,
# the way back. Each run happens once, and no secret is told.
# shellcheck disable=SC2016,SC2034,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
export RUN SLACK_BOT_TOKEN
sandbox_up

# The program: each start is a line of $RUN/starts, with its environment; the version says what it does.
cat >"$RUN/deploy.sh" <<EOF
#!/bin/sh
echo "\$*" >>"$RUN/starts"
env | cut -d= -f1 | sort >"$RUN/environment"
echo "deploying \$2 to \$1"
case \$2 in
v-secret) printf 'token %s' '$(printf %.9s "$SLACK_BOT_TOKEN")'; sleep 3; echo '$(printf %s "$SLACK_BOT_TOKEN" | cut -c 10-)' ;;
v-slow) until [ -e "$RUN/go" ]; do sleep 0.1; done; echo "after the pause" ;;
v-endless) sleep 1000 & echo \$! >"$RUN/straggler"; exec sleep 1000 ;;
v-bad) echo "no disk" >&2; exit 3 ;;
v-flood) head -c 5000000 /dev/zero | tr '\0' x | fold -w 99 ;;
esac
EOF
cat >"$RUN/serves.sh" <<EOF
#!/bin/sh
cat "$RUN/serves.\$1"
EOF
chmod +x "$RUN/deploy.sh" "$RUN/serves.sh"
CONFIG=$RUN/program.yaml
sed "s|^policy:|  - name: tools\n    environments:\n      - name: staging\n        driver: { program: { deploy: [\"$RUN/deploy.sh\", \"{environment}\", \"{version}\"], status: [\"$RUN/serves.sh\", \"{environment}\"], timeout: 5m } }\n&|" \
    "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner
n=0

deploy() { # deploy VERSION: sets n
    n=$((n + 1))
    say "$ANN" /deploy "tools staging $1"
}

thread() { # what stands under the card of D$1
    world '.slack.channels[].messages[] | select(.thread_ts != null) | .text' | grep -F "D$1," -A 100
}

thread_has() { # thread_has N TEXT
    thread "$1" | grep -q -F -- "$2"
}

starts_of() {
    grep -c -- " $1\$" "$RUN/starts"
}

has_started() {
    grep -q -- " $1\$" "$RUN/starts" 2>/dev/null
}

running_shims() {
    pgrep -f "exec-shim.*$RUN/" | wc -l
}

no_shim_runs() {
    [ "$(running_shims)" -eq 0 ]
}

echo "--- it is run, and tells"
deploy v1
check "the deploy ends" wait_until 30 has_ended D1
check "well" same "done" "$(operation D1 .result)"
check "it was started once, with what was typed" same "staging v1" "$(cat "$RUN/starts")"
check "its environment is clean" same "HOME LANG PATH PWD" "$(grep -v -e '^_$' -e '^SHLVL$' -e '^OLDPWD$' -e '^TZ$' "$RUN/environment" | tr '\n' ' ' | sed 's/ $//')"
check "its output stands in the thread" wait_until 20 thread_has 1 'deploying v1 to staging'
check "the version is good" same v1 "$(redis --raw hget "$(key targets)" tools/staging | jq -r '.good[-1].version')"

echo "--- it is asked what serves"
status_says() { # status_says TEXT
    say "$ANN" /status "tools staging"
    wait_until 10 late_or_now "$1"
}
late_or_now() {
    has "$BODY$(late_answer "$ANN")" "$1"
}
echo v1 >"$RUN/serves.staging"
check "its program says so" status_says '`v1` serves, says its program'
echo "v1 of $SLACK_BOT_TOKEN" >"$RUN/serves.staging"
check "what the record says when it is other" status_says "serves, says its program: not opsgate's doing, for the record has \`v1\`"
check "and no secret" has_not "$BODY" "$SLACK_BOT_TOKEN"
rm "$RUN/serves.staging"
check "and why there is no answer" status_says "its program: it ended with 1: cat:"

echo "--- no secret is told"
deploy v-secret
check "a deploy that tells the bot's token ends" wait_until 30 has_ended D2
check "masked in the thread" wait_until 20 thread_has 2 'token ***'
check "and nowhere else" has_not "$(redis --raw hvals "$(key ended)"; world .slack)" "$SLACK_BOT_TOKEN"

echo "--- opsgate is killed meanwhile"
deploy v-slow
wait_until 20 has_started v-slow
wait_until 20 is_in_state D3 executing
opsgate_kill
check "the program runs on without it" test "$(running_shims)" -gt 0
opsgate_up
: >"$RUN/go"
check "the next opsgate follows it to its end" wait_until 40 has_ended D3
check "well" same "done" "$(operation D3 .result)"
check "what it wrote afterwards is in the thread" wait_until 20 thread_has 3 'after the pause'
check "it was started once" same 1 "$(starts_of v-slow)"

echo "--- killed while it starts, again and again"
deploy v2
for _ in 1 2 3; do
    nap_ms "$(random_ms 0 400)"
    opsgate_kill
    opsgate_start
done
wait_opsgate 30
check "the deploy ends" wait_until 60 has_ended D4
check "well" same "done" "$(operation D4 .result)"
check "it was started once" same 1 "$(starts_of v2)"

echo "--- aborted"
deploy v-endless
wait_until 20 has_started v-endless
wait_until 20 is_in_state D5 executing
say "$ANN" /ops "abort D5"
check "the abort is answered" has "$(printf '%s' "$BODY"; whispers)" "*D5* is aborted"
check "the deploy ends" wait_until 40 has_ended D5
check "aborted" same aborted "$(operation D5 .result)"
check "nothing of it runs any more" wait_until 10 no_shim_runs

echo "--- it fails, and is lost"
deploy v-bad
check "a program that fails ends" wait_until 30 has_ended D6
check "the deploy failed, and says why" has "$(operation D6 .summary)" 'exited with status 3; its last line was `no disk`'
rm -f "$RUN/straggler"
deploy v-endless
wait_until 20 is_in_state D7 executing
wait_until 20 thread_has 7 'deploying v-endless'
wait_until 20 test -s "$RUN/straggler"
shim=$(pgrep -f "exec-shim.*$RUN/")
kill -KILL "$shim"
check "a deploy whose shim was killed ends" wait_until 30 has_ended D7
kill "$(cat "$RUN/straggler")" # the kernel ends the program with its shim, and not what the program had started
check "and says that nobody knows" has "$(operation D7 .summary)" "is not known: it was killed with its shim"

echo "--- too much output"
deploy v-flood
check "a flood ends" wait_until 60 has_ended D8
check "well" same "done" "$(operation D8 .result)"
check "and is kept within its limit" test "$(find "$OPSGATE_DATA/runs" -name output -size +1025k | wc -l)" = 0

echo "--- the way back"
say "$ANN" /rollback "tools staging"
check "a rollback ends" wait_until 30 has_ended D9
check "well" same "done" "$(operation D9 .result)"
check "with the good version before" same "staging v2" "$(tail -n 1 "$RUN/starts")"

echo "--- words that may not stand in an argv"
for word in -rf '"v1 --force"' '../../etc'; do
    say "$ANN" /deploy "tools staging $word"
done
say "$ANN" /deploy "tools staging '\$(reboot)'"
wait_until 20 is_idle
check "start nothing" same 9 "$(wc -l <"$RUN/starts")"
check "nothing is left over" wait_until 20 is_idle
check "the journal is a chain" journal_is_a_chain
finish
