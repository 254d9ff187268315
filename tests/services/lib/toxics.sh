# Sourced behind common.sh: toxiproxy between a client and a server. https://github.com/Shopify/toxiproxy#toxics

# toxiproxy_to URL: starts it, with a proxy in front of URL, and sets TOXIC_URL.
toxiproxy_to() {
    local address
    up toxiproxy
    address=$(curl -sf "$TOXIPROXY_URL/proxies" -d "{\"name\": \"it\", \"listen\": \"127.0.0.1:0\", \"upstream\": \"${1#http://}\"}" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["listen"])')
    TOXIC_URL=http://$address
}

# toxic TYPE [ATTRIBUTES]: what is done to answers from now on, in place of what was done before; toxic none ends it.
# As in: toxic latency '{"latency": 500}', toxic limit_data '{"bytes": 1000}', toxic reset_peer, toxic bandwidth '{"rate": 50}'.
toxic() {
    curl -sf -X POST "$TOXIPROXY_URL/reset"
    [ "$1" = none ] || curl -sf -o toxic_answer "$TOXIPROXY_URL/proxies/it/toxics" \
        -d "{\"name\": \"fault\", \"type\": \"$1\", \"stream\": \"downstream\", \"attributes\": ${2-"{}"}}"
}

# toxic_down: connections are refused until `toxic none`.
toxic_down() { curl -sf -o toxic_answer "$TOXIPROXY_URL/proxies/it" -d '{"enabled": false}'; }
