#!/bin/sh
# No script of ours has anything that shellcheck would warn of: sh check_shell.sh SOURCE-DIRECTORY
set -eu
cd "$1"
if ! command -v shellcheck >/dev/null; then
    echo "SKIPPED: shellcheck is not installed"
    exit 77
fi
find deploy tests .ci -name '*.sh' -o -path '.ci/*' -type f | sort | xargs shellcheck --severity=warning -x -P SCRIPTDIR -P .
