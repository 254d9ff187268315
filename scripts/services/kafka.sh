# Kafka 3.9.2: one process, broker and controller (KRaft), with topics made on first use, four partitions each.
# KAFKA_URL: without a password. With $home/server.crt and server.key (PEM) there when it is started first,
# KAFKA_SASL_URL: TLS and the user shop with the password shop-secret (SASL, PLAIN).
kafka_lib=$cache/kafka-3.9.2/lib

install() {
    [ -e "$kafka_lib/.complete" ] && return
    command -v java >/dev/null || unavailable "kafka needs Java: install the package default-jre-headless"
    command -v mvn >/dev/null || unavailable "kafka needs Maven: install the package maven"
    echo "services: downloading Kafka 3.9.2 to $kafka_lib" >&2
    mkdir -p "$kafka_lib"
    mvn -B -q -f "$services_folder/kafka/pom.xml" dependency:copy-dependencies -DoutputDirectory="$kafka_lib" \
        -DincludeScope=runtime >&2 || fail "Kafka's artefacts cannot be had from Maven"
    touch "$kafka_lib/.complete"
}

free_ports() {
    python3 -c 'import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))'
}

kafka_java() {
    java -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -cp "$kafka_lib/*" "$@"
}

configure() {
    local controller sasl listeners protocols
    read -r controller sasl < <(free_ports)
    listeners=PLAINTEXT://127.0.0.1:$port protocols=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
    if [ -e "$home/server.key" ]; then
        listeners+=,SECURE://127.0.0.1:$sasl protocols+=,SECURE:SASL_SSL
        echo "$sasl" >"$home/sasl_port"
        cat "$home/server.key" "$home/server.crt" >"$home/keystore.pem"
    fi
    cat >"$home/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=$listeners,CONTROLLER://127.0.0.1:$controller
advertised.listeners=$listeners
controller.listener.names=CONTROLLER
listener.security.protocol.map=$protocols
log.dirs=$home/data
num.partitions=4
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.min.isr=1
# A restart after a kill would wait for the old session to end.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
END
    [ -e "$home/server.key" ] || return 0
    cat >>"$home/server.properties" <<END
listener.name.secure.sasl.enabled.mechanisms=PLAIN
listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_shop="shop-secret";
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location=$home/keystore.pem
END
}

launch() {
    if [ ! -e "$home/data/meta.properties" ]; then
        configure
        kafka_java kafka.tools.StorageTool format -t AAAAAAAAQACAAAAAAAAAAA -c "$home/server.properties" \
            >"$home/format.log" 2>&1 || { cat "$home/format.log" >&2; fail "kafka: the storage cannot be formatted"; }
    fi
    background java -Xms128m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$kafka_lib/*" kafka.Kafka "$home/server.properties"
}

ready() { python3 "$services_folder/kafka/metadata.py" "$port" 2>/dev/null; }

addresses() {
    echo "KAFKA_URL=127.0.0.1:$port"
    [ ! -e "$home/sasl_port" ] || echo "KAFKA_SASL_URL=127.0.0.1:$(cat "$home/sasl_port")"
}
