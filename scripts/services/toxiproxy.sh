# toxiproxy: TCP proxies with faults, made and changed through its HTTP API.
. "$services_folder/lib/go.sh"

install() { go_program toxiproxy github.com/Shopify/toxiproxy/v2 v2.5.0 github.com/Shopify/toxiproxy/v2/cmd/server; }

launch() { background "$program" -host 127.0.0.1 -port "$port"; }

ready() { curl -sf -m 2 -o /dev/null "http://127.0.0.1:$port/version"; }

addresses() { echo "TOXIPROXY_URL=http://127.0.0.1:$port"; }
