#!/bin/sh
# Who may include whom. A row: folder, then what its files may include of ours and of the libraries' headers.
set -eu
cd "$1"
failed=0

# check FOLDER ALLOWED...: every #include that is neither the standard library's nor one of ALLOWED is an error.
check() {
    folder=$1
    shift
    allowed=$*
    # shellcheck disable=SC2044 # no file of ours has a space in its name
    for file in $(find "$folder" -name '*.[ch]'); do
        sed -n 's/^ *# *include *[<"]\([^>"]*\)[>"].*/\1/p' "$file" | while read -r header; do
            case "$header" in
            bot/* | handlers/* | policy/* | integrations/* | tests/*) ;;
            uv.h | uv/* | hiredis/* | curl/* | microhttpd.h | libwebsockets.h | libfyaml.h) ;;
            openssl/*) ;;
            sys/socket.h | netdb.h | netinet/* | arpa/* | sys/epoll.h | sys/wait.h) ;;
            *) continue ;; # the C library, cJSON, uthash
            esac
            for prefix in $allowed; do
                case "$header" in "$prefix"*) continue 2 ;; esac
            done
            echo "$file may not include $header"
        done
    done > /tmp/includes.$$
    if [ -s /tmp/includes.$$ ]; then
        cat /tmp/includes.$$
        failed=1
    fi
    rm -f /tmp/includes.$$
}

check bot/base bot/base/ openssl/ arpa/inet.h # which reads addresses, and opens nothing
check bot/model bot/base/ bot/model/
check bot/engine bot/base/ bot/model/ bot/engine/ policy/
check handlers bot/base/ bot/model/ policy/ handlers/
check handlers/judge bot/base/ handlers/judge/
check policy bot/base/ bot/model/ policy/
check integrations bot/base/ bot/model/ integrations/ openssl/
[ $failed -eq 0 ] && echo "every include follows the arrows"
exit $failed
