#!/bin/sh
# Each source is named by the README of its folder, or, where the folder has none, by the one above; what a page has links to is
# there: sh check_readme.sh SOURCE-DIRECTORY
set -eu
cd "$1"
failed=0

wrong() {
    echo "$*"
    failed=1
}

# One for each module, file or case, and found by their names.
is_found_by_its_name() { # is_found_by_its_name FILE
    case $1 in
    */test_*.c | *internal.h | tests/fuzz/fuzz_*.c | tests/sandbox/test/* | */CMakeLists.txt | *.json | *.txt | *.html | *.css | *.svg) ;;
    deploy/examples/*.env | deploy/examples/policy/* | tests/fuzz/corpus/*) ;;
    *) return 1 ;;
    esac
}

find_readme() { # find_readme FILE: sets readme, the nearest
    folder=./${1%/*}
    until [ -e "$folder/README.md" ]; do folder=${folder%/*}; done
    readme=${folder#./}/README.md
}

# shellcheck disable=SC2044 # no file of ours has a space in its name
for file in $(find bot handlers integrations policy deploy tests -type f ! -name README.md ! -path '*/corpus/*'); do
    is_found_by_its_name "$file" && continue
    name=${file##*/}
    find_readme "$file"
    grep -qwF "${name%.*}" "$readme" || wrong "$file: $readme does not name it"
done

# shellcheck disable=SC2013,SC2044
for page in $(find . -name '*.md' ! -path './build/*' ! -path './.git/*'); do
    ! grep -qE '^(<<<<<<<|>>>>>>>) ' "$page" || wrong "$page: a merge was left half done"
    for link in $(grep -o '](\([^)#:]*\)[^):]*)' "$page" | sed 's/^](//; s/[#)].*$//'); do
        [ -e "$(dirname "$page")/$link" ] || wrong "$page: there is no $link"
    done
done
exit $failed
