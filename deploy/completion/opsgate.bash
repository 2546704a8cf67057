# Completion of opsgate for bash: installed by the package, or read with `.`. What may follow says the program itself; it asks no
# store and nobody else, and stays silent where it cannot tell.
_opsgate() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case "${COMP_WORDS[COMP_CWORD - 2]} $previous" in
    *" -c" | *" --key" | "policy test" | "audit verify" | "audit keygen" | "audit redact" | "store backup" | "store restore")
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" complete "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "$current" | sort -u)
}
complete -o bashdefault -F _opsgate opsgate
