# Sourced by the tests of services, which run in a scratch folder: servers in ./servers, ended when the test ends.
set -euo pipefail
export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
library=$AIOPS_SOURCE/tests/services/lib
servers=$PWD/servers
children=()

finish() {
    local status=$?
    local child
    for child in "${children[@]}"; do kill -s KILL "$child" 2>/dev/null || true; done
    [ -d "$servers" ] && "$AIOPS_SOURCE/scripts/services/down" "$servers"
    exit "$status"
}
trap finish EXIT

fail() { echo "FAIL: $*" >&2; exit 1; }

# up SERVICE...: starts servers and sets their addresses as variables
up() {
    local line lines
    lines=$("$AIOPS_SOURCE/scripts/services/up" "$servers" "$@")
    while read -r line; do declare -g "$line"; done <<<"$lines"
}
down() { "$AIOPS_SOURCE/scripts/services/down" "$servers" "$@"; }

# faults URL [CERTIFICATE KEY]: starts a proxy in front of URL and sets PROXY_URL; what it does wrong is said by `fault`
faults() {
    echo pass >fault
    rm -f proxy_port
    python3 "$library/faults.py" "$1" fault "${@:2}" >proxy_port &
    children+=($!)
    disown
    within 10 test -s proxy_port
    PROXY_URL=http${2:+s}://127.0.0.1:$(cat proxy_port)
}
# fault KIND [ARGUMENT [TIMES [SKIP]]]
fault() { echo "$@" >fault.new && mv fault.new fault; }

# toxics URL: starts toxiproxy in front of URL and sets TOXIC_URL. What it does wrong is said by
# `toxic TYPE [ATTRIBUTE=NUMBER...]`, as toxiproxy names it, or `toxic refused`; `toxic none` makes it well again.
toxics() {
    up toxiproxy
    TOXIC_URL=http://$(curl -sf "$TOXIPROXY_URL/proxies" -d "{\"name\": \"faulty\", \"listen\": \"127.0.0.1:0\",
        \"upstream\": \"${1#http://}\", \"enabled\": true}" | sed 's/.*"listen":"\([^"]*\)".*/\1/')
}
toxic() {
    local proxy=$TOXIPROXY_URL/proxies/faulty attributes
    curl -sf "$TOXIPROXY_URL/reset" -X POST
    case $1 in
        none) ;;
        refused) curl -sf "$proxy" -d '{"enabled": false}' >/dev/null ;;
        *)
            attributes=$(printf '%s\n' "${@:2}" | sed 's/\(.*\)=\(.*\)/"\1": \2/' | paste -sd,)
            curl -sf "$proxy/toxics" -d "{\"name\": \"t\", \"type\": \"$1\", \"attributes\": {$attributes}}" >/dev/null
            ;;
    esac || fail "toxiproxy refuses: $*"
}

# within SECONDS COMMAND...: waits until the command succeeds
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || fail "not within the time: $*"
        sleep 0.05
    done
}

# status EXPECTED COMMAND...: runs it, with its standard error in ./stderr, and looks at the exit status
status() {
    local expected=$1 found=0
    shift
    "$@" 2>stderr || found=$?
    [ "$found" = "$expected" ] || { cat stderr >&2; fail "exit status $found, expected $expected: $*"; }
}

# says TEXT: the command that ran last has this in its standard error
says() { grep -qF -- "$1" stderr || { cat stderr >&2; fail "standard error does not say: $1"; }; }

same() { cmp "$1" "$2" || fail "$1 and $2 differ"; }
