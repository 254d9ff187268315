# OpenSearch 2.19, without its security plugin. OPENSEARCH_SETTINGS: SETTING=VALUE for the node.
install() { maven; }

launch() {
    mkdir -p "$home/config"
    background java -Xms256m -Xmx512m -XX:+UseSerialGC -cp "$class_path" Server "$home" "$port" \
        ${OPENSEARCH_SETTINGS-}
}

ready() { elasticsearch_ready "http://127.0.0.1:$port"; }

addresses() { echo "OPENSEARCH_URL=http://127.0.0.1:$port"; }
