# Sourced by tests that send what OpenTelemetry's official Python SDK makes: otel_sdk sets sdk_python to a Python that
# has it, kept in the cache of the services by its list of versions.
otel_sdk() {
    local list=$library/otel_sdk.txt folder
    folder=${AIOPS_SERVICES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aiops/services}/otel-sdk-$(cksum <"$list" | cut -d' ' -f1)
    sdk_python=$folder/bin/python
    [ -e "$folder/complete" ] && return
    mkdir -p "$(dirname "$folder")"
    exec 8>"$folder.lock"
    flock 8
    if [ ! -e "$folder/complete" ]; then
        echo "services: installing OpenTelemetry's Python SDK in $folder" >&2
        rm -rf "$folder"
        python3 -m venv "$folder" || { echo "python3 has no venv (package python3-venv)"; exit 77; }
        "$folder/bin/pip" install --quiet --no-deps --requirement "$list" >&2 || fail "the SDK cannot be installed from PyPI"
        touch "$folder/complete"
    fi
    exec 8>&-
}
# sdk URL [ROUNDS]: sends what otel_sdk.py says
sdk() { "$sdk_python" "$library/otel_sdk.py" "$@" 2>sdk_log || { cat sdk_log >&2; fail "the SDK failed"; }; }
