# Elasticsearch 7.17, without security. ELASTICSEARCH7_SETTINGS: SETTING=VALUE for the node.
install() { maven; }

launch() {
    mkdir -p "$home/config"
    background java -Xms256m -Xmx512m -XX:+UseSerialGC -cp "$class_path" Server "$home" "$port" \
        ${ELASTICSEARCH7_SETTINGS-}
}

ready() { elasticsearch_ready "http://127.0.0.1:$port"; }

addresses() { echo "ELASTICSEARCH7_URL=http://127.0.0.1:$port"; }
