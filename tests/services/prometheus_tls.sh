# TLS in front of a real Prometheus: trusted by --ca-file alone, and credentials arrive.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
command -v openssl >/dev/null || { echo "openssl is not installed"; exit 77; }

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout key.pem -out cert.pem 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout other_key.pem -out other.pem 2>/dev/null
up prometheus
faults "$PROMETHEUS_URL" cert.pem key.pem
collect() {
    aiops-collect prometheus --url "$PROXY_URL" --query 'clock=time()' --since 1h --max-retries 0 "$@"
}

status 0 collect --ca-file cert.pem -o out
[ -s out ] || fail "nothing came"
status 4 collect
says "$PROXY_URL/api/v1/query_range: the server's certificate is not trusted"
status 4 collect --ca-file other.pem
says "--ca-file names the authority"
status 4 aiops-collect prometheus --url "${PROXY_URL/127.0.0.1/localhost}" --query 'clock=time()' --since 1h \
    --max-retries 0 --ca-file cert.pem
says "certificate"

echo "# a server whose certificate has a name that does not lead to it"
down prometheus
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=prometheus.example \
    -addext subjectAltName=DNS:prometheus.example -keyout name_key.pem -out name.pem 2>/dev/null
up prometheus
faults "$PROMETHEUS_URL" name.pem name_key.pem
status 4 collect --ca-file name.pem
says "certificate"
status 0 collect --ca-file name.pem --server-name prometheus.example -o out
[ -s out ] || fail "nothing came"
