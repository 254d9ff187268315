# A real Elasticsearch 8 with users, API keys, TLS and client certificates: documents out, anomalies back.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
. "$library/elasticsearch.sh"
command -v openssl >/dev/null || { echo "openssl is not installed"; exit 77; }

echo 'elastic:changeme' >user
echo 'elastic:wrong' >wrong
chmod 600 user wrong
echo '{"timestamp":1767225600,"metric":"cpu","value":1,"score":2,"alert":1,"status":"ok"}' >score.ndjson
# both EXPECTED OPTION...: the exit status of report and collector
both() {
    local expected=$1
    shift
    status "$expected" aiops-report elasticsearch --url "$ELASTICSEARCH8_URL" --max-retries 0 "$@" score.ndjson
    status "$expected" aiops-collect elasticsearch --url "$ELASTICSEARCH8_URL" --index api-anomalies --max-retries 0 \
        --start 2026-01-01 --map message=metric -o out --manifest manifest.json "$@"
    # Neither the password nor the header made of it is told to anybody.
    ! grep -qE 'changeme|ZWxhc3RpYzp' stderr manifest.json || fail "a secret is shown"
}

export ELASTICSEARCH8_SECURITY=basic
up elasticsearch8
both 4
says 'HTTP 401'
both 4 --basic-auth-file wrong
says 'unable to authenticate user [elastic]'
both 0 --basic-auth-file user
AIOPS_BASIC_AUTH=elastic:changeme both 0
curl -sSf -u elastic:changeme -X POST "$ELASTICSEARCH8_URL/_security/api_key" -H 'Content-Type: application/json' \
    -d '{"name": "test"}' | sed 's/.*"encoded":"\([^"]*\)".*/\1/' >key
both 0 --api-key-file key
# A key that may read and nothing else: documents come, anomalies do not go.
curl -sSf -u elastic:changeme -X POST "$ELASTICSEARCH8_URL/_security/api_key" -H 'Content-Type: application/json' -d '{
    "name": "reader", "role_descriptors": {"r": {"index": [{"names": ["api-*"], "privileges": ["read"]}]}}}' |
    sed 's/.*"encoded":"\([^"]*\)".*/\1/' >reader
status 0 aiops-collect elasticsearch --url "$ELASTICSEARCH8_URL" --index 'api-anomalies' --start 2026-01-01 \
    --map message=metric --api-key-file reader -o out
status 4 aiops-report elasticsearch --url "$ELASTICSEARCH8_URL" --api-key-file reader --no-template score.ndjson
says 'security_exception'
down elasticsearch8

for ELASTICSEARCH8_SECURITY in tls mtls; do
    up elasticsearch8
    ca=$ELASTICSEARCH8_CONFIG/ca.crt
    both 4 --basic-auth-file user
    says "the server's certificate is not trusted"
    if [ $ELASTICSEARCH8_SECURITY = mtls ]; then
        both 4 --basic-auth-file user --ca-file "$ca"
        both 0 --basic-auth-file user --ca-file "$ca" --client-cert "$ELASTICSEARCH8_CONFIG/client.crt" \
            --client-key "$ELASTICSEARCH8_CONFIG/client.key"
    else
        both 0 --basic-auth-file user --ca-file "$ca"
    fi
    down elasticsearch8
done
