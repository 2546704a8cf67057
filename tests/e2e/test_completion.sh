#!/bin/sh
# The whole command line: each command's help, misuse and exit codes; and what bash completes of it, offline and silently.
# shellcheck disable=SC2016,SC2154,SC2317 # called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
PATH=$BUILD:$PATH
export PATH

# ---- each command ----

commands=$(opsgate complete | grep '^[a-z]')
check "there are commands" [ "$(echo "$commands" | wc -l)" -gt 10 ]
for command in $commands; do
    opsgate "$command" --help >"$RUN/help" 2>"$RUN/errors"
    check "$command --help ends with 0" same 0 $?
    check "and says how it is used" grep -q "^Usage: opsgate \[-c FILE\] $command" "$RUN/help"
    check "on its standard output alone" same "" "$(cat "$RUN/errors")"
    opsgate help "$command" >"$RUN/same" 2>&1
    check "opsgate help $command says the same" cmp -s "$RUN/help" "$RUN/same"
    opsgate "$command" --hlep >"$RUN/out" 2>"$RUN/errors"
    check "$command with an unknown option ends with 2" same 2 $?
    check "and names it" grep -q -e '--hlep' "$RUN/errors"
    check "on its standard error alone" same "" "$(cat "$RUN/out")"
    check "$command stands in the manual" grep -q "^\.BR* .*$command" "$ROOT/deploy/deb/opsgate.1"
done
opsgate srve >"$RUN/out" 2>"$RUN/errors"
check "a command that is none ends with 2" same 2 $?
opsgate >"$RUN/out" 2>"$RUN/errors"
check "no command, too" same 2 $?
opsgate -c "$RUN/none.yaml" ops list >"$RUN/out" 2>&1
check "a file that is not there, too" same 2 $?
cat >"$RUN/away.yaml" <<YAML
data_dir: $RUN/away
store: { url: "redis://127.0.0.1:1" }
YAML
opsgate -c "$RUN/away.yaml" ops list >"$RUN/out" 2>&1
check "a store that is not there is 3" same 3 $?
opsgate -c "$RUN/away.yaml" run status >"$RUN/out" 2>&1
check "and so is an opsgate that does not run" same 3 $?

# ---- bash ----

typed() { # typed WORD...: what bash offers for the last one, in a line
    bash -c '. "$0"; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _opsgate; echo "${COMPREPLY[*]}"' \
        "$ROOT/deploy/completion/opsgate.bash" "$@"
}
set -a
. "$ROOT/deploy/examples/smallest.env"
set +a
file=$ROOT/deploy/examples/smallest.yaml
service=$(sed -n '/^services:/,/^[a-z]*:$/s/^ *- name: *//p' "$file" | head -n 1)
check "bash completes a command" same "check" "$(typed opsgate che)"
check "each that begins so" same "halt help" "$(typed opsgate h)"
check "an option of a command" same "--without-store" "$(typed opsgate run --with)"
check "what follows a command" same "adopt" "$(typed opsgate store a)"
check "a verb" same "rollback" "$(typed opsgate run rollb)"
check "a verb to be helped with" same "rollback" "$(typed opsgate help rollb)"
check "an option of a verb" has "$(typed opsgate run deploy --)" --now
check "a service that the file names ($service)" same "$service" "$(typed opsgate -c "$file" run deploy "$service")"
check "an environment" same "production" "$(typed opsgate -c "$file" run deploy "$service" prod)"
check "no name where no file is" same "" "$(typed opsgate -c "$RUN/none.yaml" run deploy "$service")"
: >"$RUN/a-file.yaml"
check "a file" same "$RUN/a-file.yaml" "$(typed opsgate -c "$RUN/a-f")"
check "a copy to bring back" same "$RUN/a-file.yaml" "$(typed opsgate store restore "$RUN/a-f")"
check "a verb of that name is no file's" same "restore" "$(typed opsgate run backup restor)"
check "not what was typed already" same "" "$(typed opsgate store stor)"
check "nothing that is hidden" same "" "$(typed opsgate exec)"
opsgate -c "$RUN/none.yaml" complete run deploy >"$RUN/out" 2>&1
check "nobody complains" same 0 $?
check "in no word" same 0 "$(grep -c 'opsgate:' "$RUN/out")"
finish
