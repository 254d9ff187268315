# Elasticsearch 8.19. ELASTICSEARCH8_SECURITY: none (default), basic (user elastic, password changeme), tls (the same
# behind https, with the authority in $home/config/ca.crt), mtls (and a client certificate, client.crt and client.key
# there). ELASTICSEARCH8_SETTINGS: SETTING=VALUE for the node.
security=${ELASTICSEARCH8_SECURITY:-none}

install() { maven; }

launch() {
    local plugins=org.elasticsearch.transport.netty4.Netty4Plugin,org.elasticsearch.node.MissingModules
    plugins+=,org.elasticsearch.xpack.core.XPackPlugin
    local settings=(xpack.security.enabled=false)
    if [ "$security" != none ]; then
        plugins+=,org.elasticsearch.xpack.security.SecurityWithoutSaml
        settings=(xpack.security.enabled=true)
        export ES_PASSWORD=changeme
    fi
    if [ "$security" = tls ] || [ "$security" = mtls ]; then
        authorities "$home/config"
        local ssl=xpack.security.http.ssl
        settings+=("$ssl.enabled=true" "$ssl.key=server.key" "$ssl.certificate=server.crt"
            "$ssl.certificate_authorities=ca.crt")
        [ "$security" = tls ] || settings+=("$ssl.client_authentication=required")
    fi
    background java -Xms256m -Xmx512m -XX:+UseSerialGC -cp "$class_path" org.elasticsearch.node.Server "$home" "$port" \
        "$plugins" "${settings[@]}" ${ELASTICSEARCH8_SETTINGS-}
}

scheme() { case $security in *tls) echo https ;; *) echo http ;; esac; }

# With security the first writes make its index, and until that is there nobody gets in: ready does such a write.
ready() {
    local access=() url
    [ "$security" = none ] || access=(-u elastic:changeme)
    [ "$(scheme)" = http ] || access+=(--cacert "$home/config/ca.crt")
    [ "$security" != mtls ] || access+=(--cert "$home/config/client.crt" --key "$home/config/client.key")
    url=$(scheme)://127.0.0.1:$port
    elasticsearch_ready "$url" "${access[@]}" || return 1
    [ "$security" = none ] && return
    curl -sf -m 10 -o /dev/null "${access[@]}" -X PUT "$url/_security/role/ready" \
        -H 'Content-Type: application/json' -d '{"cluster": ["monitor"]}' &&
        elasticsearch_ready "$url" "${access[@]}"
}

addresses() {
    echo "ELASTICSEARCH8_URL=$(scheme)://127.0.0.1:$port"
    echo "ELASTICSEARCH8_CONFIG=$home/config"
}
