# api.sh - a program with a token: asks the API, and holds what it was answered against the document that promises it.
# Behind lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2034 # the tests use what is set here

asked_times=0

# ask PATH [CURL-OPTION...]: sets STATUS and BODY; each answer is kept for answers_are_as_written.
ask() {
    asked_path=$1
    shift
    asked_times=$((asked_times + 1))
    mkdir -p "$RUN/answers"
    STATUS=$(curl -s --noproxy '*' --max-time 60 -o "$RUN/answers/$asked_times.body" -w '%{http_code}' \
        -H "Authorization: Bearer $SANDBOX_API_TOKEN" "$@" "http://$OPSGATE_LISTEN/api/v1/$asked_path")
    touch "$RUN/answers/$asked_times.body"
    BODY=$(cat "$RUN/answers/$asked_times.body")
    asked_method=GET
    case " $* " in *" --data-binary "* | *" -d "*) asked_method=POST ;; esac
    printf '%s\n%s\n%s\n' "$asked_method" "$asked_path" "$STATUS" >"$RUN/answers/$asked_times.asked"
}

in_body() { # in_body FILTER
    printf '%s' "$BODY" | jq -r "$1"
}

# Each answer has each member that the document promises, of its type, and no other. Where Python has no jsonschema nobody can say.
answers_are_as_written() {
    if ! python3 -c 'import jsonschema' 2>/dev/null; then
        echo "     not looked at: python3-jsonschema is not there"
        return 0
    fi
    curl -s --noproxy '*' -o "$RUN/openapi.json" "http://$OPSGATE_LISTEN/api/v1/openapi.json" &&
        python3 "$LIB/api_answers.py" "$RUN/openapi.json" "$RUN/answers"
}
