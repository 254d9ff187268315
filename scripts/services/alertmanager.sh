# Alertmanager. Files: alertmanager.yml (written unless it is there: one group for everything, and a webhook at
# ALERTMANAGER_WEBHOOK if that is set), data.
install() {
    debian prometheus-alertmanager prometheus-alertmanager
    share=/usr/share/prometheus/alertmanager
    [ -e $share/default.tmpl ] && return
    # Debian's build takes its templates from there. Where they are not installed, a copy that looks for them in
    # its working folder (a path of the same length) needs no root.
    local copy=$cache/prometheus-alertmanager/alertmanager-here here
    here=.$(printf "%*s" $((${#share} - 1)) "" | tr " " /)
    [ -e "$copy" ] || {
        LC_ALL=C sed "s|$share|$here|g" "$program" >"$copy.$$" && chmod +x "$copy.$$" && mv "$copy.$$" "$copy"
    }
    share=$cache/prometheus-alertmanager$share program=$copy
}

launch() {
    [ -e "$home/alertmanager.yml" ] || {
        echo 'route: {receiver: all, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}'
        printf 'receivers:\n  - name: all\n'
        [ -z "${ALERTMANAGER_WEBHOOK-}" ] ||
            echo "    webhook_configs: [{url: '$ALERTMANAGER_WEBHOOK', send_resolved: true}]"
    } >"$home/alertmanager.yml"
    cd "$share"
    background "$program" --config.file="$home/alertmanager.yml" --storage.path="$home/data" \
        --web.listen-address="127.0.0.1:$port" --cluster.listen-address=
    cd "$OLDPWD"
}

ready() { curl -sf -m 2 -o /dev/null "http://127.0.0.1:$port/-/ready"; }

addresses() { echo "ALERTMANAGER_URL=http://127.0.0.1:$port"; }
