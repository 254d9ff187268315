#!/bin/bash
# The units of share/aiops/systemd: what systemd makes of them, where it is there, and their commands, one after
# the other as systemd would run them, with files in place of a server.
set -euo pipefail
source=$AIOPS_SOURCE
units=$source/share/aiops/systemd

if command -v systemd-analyze > /dev/null; then
  mkdir units
  for unit in "$units"/*; do
    # Where the tools of this build are, which no PATH of systemd has.
    sed -E "s#^(Exec[A-Za-z]*=)(aiops-[a-z]+)#\1$(dirname "$(command -v aiops-train)")/\2#" "$unit" > "units/$(basename "$unit")"
  done
  systemd-analyze verify --man=no units/* > verified 2>&1 || { cat verified; exit 1; }
  [ ! -s verified ] || { cat verified; exit 1; }
  for calendar in $(sed -n 's/^OnCalendar=//p' units/*.timer | tr ' ' '_'); do
    systemd-analyze calendar "${calendar//_/ }" > /dev/null
  done
fi

# aiops-collect, by a file: of a week, of a day, of six minutes.
mkdir bin
cat > bin/aiops-collect <<'COLLECT'
#!/bin/bash
while [ $# -gt 0 ]; do
  case $1 in --since) since=$2; shift;; --output) output=$2; shift;; esac
  shift
done
cp "$FILES/$since" "$output"
COLLECT
chmod +x bin/aiops-collect
export FILES=$PWD PATH=$PWD/bin:$PATH AIOPS_CONFIG=$PWD/aiops.toml
echo 'models = "models/shop"' > aiops.toml
awk 'function r() { x = x * 16807 % 2147483647; return x / 2147483647 }
BEGIN { x = 3; for (i = 0; i < 3000; i++) printf "{\"timestamp\":%d,\"metric\":\"cpu\",\"value\":%.3f}\n", 1700000000 + 60 * i, 5 + r() + r() }' > all
head -n 2000 all > 7d
tail -n 1440 all > 1d
tail -n 6 all > 6m
echo '{"timestamp":1700180000,"metric":"cpu","value":5000}' >> 6m

# unit status: runs the unit's commands as systemd does: in order, to the first that fails.
unit() {
  local status=0 line
  while read -r line; do
    eval "$line" || { status=$?; break; }
  done < <(sed -n -E 's/^ExecStart(Pre|Post)?=//p' "$units/$1.service")
  [ "$status" = "$2" ] || { echo "$1: status $status, expected $2"; exit 1; }
}
# prune takes the parent of the models, and they are configured: it must not be confused.
unit aiops-train 0
[ "$(readlink models/shop/current)" = v0001 ]
unit aiops-train 0  # younger than --if-older
[ "$(ls -d models/shop/v* | wc -l)" = 1 ]
unit aiops-check 0
unit aiops-score 1  # a critical alert
grep -q '"severity":"critical"' scores.ndjson
[ -s shop.state ]
