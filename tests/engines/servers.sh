#!/bin/bash
# Servers of databases for tests, on 127.0.0.1, on ports where nothing listens and with a password of their own.
#
#   tests/engines/servers.sh start FOLDER SERVERS...    SERVERS: postgresql, clickhouse (three of each), mariadb (one)
#   tests/engines/servers.sh again FOLDER NAME          starts one that was killed: postgresql1 to 3, clickhouse1 to 3, mariadb
#   tests/engines/servers.sh used FOLDER                says the seconds of processor of those that run, on Linux
#   tests/engines/servers.sh stop FOLDER
#   tests/engines/servers.sh sweep                      stops servers whose tests were killed, and removes their folders
#
# `start` makes the empty FOLDER theirs and leaves in it `environment`: lines WEEG_NAME='value' for tests/engines/connect.R. Only
# servers that were started in FOLDER are ever stopped, by the ids of their processes. FOLDER's name starts with weeg-engines.
# and it has the id of the process that it is for in `owner`.
set -u -o pipefail
script=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
PATH=$PATH:/usr/sbin:$(printf '%s:' /usr/lib/postgresql/*/bin)

# as USER COMMAND...: in place of this shell, so that $! is the command's
as() {
  if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"
  else
    exec "${@:2}"
  fi
}

# free_ports N: each once, below those that the system gives to clients
free_ports() {
  local port n=0 taken=" "
  while [ $n -lt "$1" ]; do
    port=$((20000 + RANDOM % 12000))
    [[ $taken == *" $port "* ]] || (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || {
      echo "$port"
      n=$((n + 1))
    }
    taken+="$port "
  done
}

# launch NAME USER COMMAND...: in the background, with its id in NAME/pid and what it says in NAME/log
launch() {
  printf '%q ' "${@:2}" >"$1/command"
  (as "${@:2}") </dev/null >>"$1/log" 2>&1 &
  echo $! >"$1/pid"
}

# answers NAME COMMAND...: waits until the command succeeds; false, with the end of the log, where the server ends or 90 s pass
answers() {
  local name=$1 until=$((SECONDS + 90))
  shift
  (umask 077; printf '%q ' "$@" >"$name/asks")
  until "$@" >/dev/null 2>"$name/question"; do
    if ! kill -0 "$(cat "$name/pid")" 2>/dev/null || [ $SECONDS -ge $until ]; then
      echo "$name did not start:"
      tail -n 20 "$name/log" "$name/question"
      return 1
    fi
    sleep 0.1
  done
}

# made NAME COMMAND...: false, with what the command said, where it fails
made() {
  ("${@:2}") </dev/null >"$1/made" 2>&1 || {
    echo "$1 cannot be set up:"
    tail -n 20 "$1/made"
    return 1
  }
}

# ---- PostgreSQL ------------------------------------------------------------------------------------------------------

# Texts are ordered as words are, so that a query that wants bytes must say so. One server's files are made, and copied.
start_postgresql() {
  local user=postgres k name ports=("$@")
  mkdir postgresql{1..3}
  (umask 077; echo "$password" >postgresql1/password)
  [ "$(id -u)" != 0 ] || chown -R $user postgresql{1..3}
  made postgresql1 as $user initdb -D "$PWD/postgresql1/data" -N -A scram-sha-256 --pwfile="$PWD/postgresql1/password" -U weeg \
    -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en || return
  cp -a postgresql1/data postgresql2 && cp -a postgresql1/data postgresql3 || return
  for k in 1 2 3; do
    name=postgresql$k
    launch $name $user postgres -D "$PWD/$name/data" -p "${ports[k - 1]}" -h 127.0.0.1 -k "$PWD/$name" \
      -c dynamic_shared_memory_type=mmap -c fsync=off -c full_page_writes=off \
      -c shared_buffers=64MB -c max_connections=30
  done
  for k in 1 2 3; do
    answers postgresql$k env PGPASSWORD="$password" psql -h 127.0.0.1 -p "${ports[k - 1]}" -U weeg -c 'SELECT' postgres || return
  done
  say POSTGRESQL_PORTS "${ports[*]}"
}

# ---- ClickHouse ------------------------------------------------------------------------------------------------------

start_clickhouse() {
  local k shards='' ports=("$@")
  for k in 1 2 3; do
    shards+="<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>${ports[k - 1]}</port>"
    shards+="<user>default</user><password>$password</password></replica></shard>"
  done
  (umask 077; echo "<config><host>127.0.0.1</host><user>default</user><password>$password</password></config>" >clickhouse.xml)
  for k in 1 2 3; do start_one_clickhouse $k "$shards" "${ports[k - 1]}" "${ports[k + 2]}" "${ports[k + 5]}"; done
  for k in 1 2 3; do
    answers clickhouse$k clickhouse-client --config-file=clickhouse.xml --port "${ports[k - 1]}" --query 'SELECT 1' || return
  done
  say CLICKHOUSE_PORTS "${ports[*]:0:3}"
  say CLICKHOUSE_HTTP_PORTS "${ports[*]:3:3}"
}

# start_one_clickhouse K SHARDS TCP HTTP INTERSERVER: besides `default`, `reader` may set nothing, `skipper` is not told of
# servers that are down, and `bound` is both
start_one_clickhouse() {
  local at=$PWD/clickhouse$1 users='' pair
  mkdir -m 700 "$at"
  for pair in default:default reader:readers skipper:skippers bound:bound; do
    users+="<${pair%:*}><password>$password</password><networks><ip>127.0.0.1</ip></networks>"
    users+="<profile>${pair#*:}</profile><quota>default</quota></${pair%:*}>"
  done
  cat >"$at/config.xml" <<END
<yandex>
  <logger><level>warning</level><console>true</console></logger>
  <listen_host>127.0.0.1</listen_host><tcp_port>$3</tcp_port><http_port>$4</http_port>
  <interserver_http_host>127.0.0.1</interserver_http_host><interserver_http_port>$5</interserver_http_port>
  <path>$at/data/</path><tmp_path>$at/tmp/</tmp_path><mark_cache_size>67108864</mark_cache_size>
  <users_config>$at/users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
  <remote_servers><three>$2</three></remote_servers>
</yandex>
END
  cat >"$at/users.xml" <<END
<yandex>
  <profiles><default><max_memory_usage>2000000000</max_memory_usage></default><readers><readonly>1</readonly></readers>
    <skippers><skip_unavailable_shards>1</skip_unavailable_shards></skippers>
    <bound><readonly>1</readonly><skip_unavailable_shards>1</skip_unavailable_shards></bound></profiles>
  <users>$users</users>
  <quotas><default></default></quotas>
</yandex>
END
  launch "clickhouse$1" "$(id -un)" clickhouse-server --config-file="$at/config.xml"
}

# ---- MariaDB ---------------------------------------------------------------------------------------------------------

# Its default collation takes `Ja` for `ja` and `ja ` for `ja`: a query that wants bytes must say so.
start_mariadb() {
  local user at=$PWD/mariadb
  user=$(id -un)
  mkdir -m 700 "$at"
  if [ "$user" = root ]; then
    user=mysql
    chown $user "$at"
  fi
  (umask 077; printf "[client]\nuser=weeg\nhost=127.0.0.1\nport=%s\npassword=%s\n" "$1" "$password" >mariadb.cnf)
  cat >"$at/init.sql" <<END
CREATE USER weeg@'127.0.0.1' IDENTIFIED BY '$password';
GRANT ALL ON *.* TO weeg@'127.0.0.1' WITH GRANT OPTION;
CREATE DATABASE weeg;
END
  made mariadb mariadb-install-db --no-defaults --user="$user" --datadir="$at/data" --auth-root-authentication-method=socket \
    --skip-test-db --skip-name-resolve || return
  launch mariadb "$user" mariadbd --no-defaults --datadir="$at/data" --bind-address=127.0.0.1 --port="$1" --socket="$at/socket" \
    --init-file="$at/init.sql" --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci --skip-log-bin \
    --skip-name-resolve --innodb-flush-log-at-trx-commit=2 --innodb-buffer-pool-size=128M --innodb-fast-shutdown=2
  answers mariadb mariadb-admin --defaults-file=mariadb.cnf status || return
  say MARIADB_PORT "$1"
}

# ---- all -------------------------------------------------------------------------------------------------------------

say() { echo "WEEG_$1='$2'" >>environment; }

# All kinds of servers at once. Each kind has a group of processes, with its id in NAME.group.
start() {
  local name from=0 status=0 starting=() ports password
  chmod 711 . # for the users of the servers
  mapfile -t ports < <(free_ports 13)
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077; : >environment)
  say ENGINES "$PWD"
  say ENGINES_SERVERS "$script"
  say ENGINES_PASSWORD "$password"
  set -m
  for name in "$@"; do
    case $name in
      postgresql) set -- 3 ;;
      clickhouse) set -- 9 ;;
      mariadb) set -- 1 ;;
      *) echo "no server is called $name" >&2; return 2 ;;
    esac
    ( SECONDS=0
      "start_$name" "${ports[@]:from:$1}" || exit
      echo "$name: started in $SECONDS s" ) </dev/null &
    echo $! >"$name.group"
    starting+=($!)
    from=$((from + $1))
  done
  for name in "${starting[@]}"; do wait "$name" || status=1; done
  return $status
}

# again NAME
again() {
  local command asks
  eval "command=($(cat "$1/command"))"
  eval "asks=($(cat "$1/asks"))"
  set -m
  ( launch "$1" "${command[@]}"
    answers "$1" "${asks[@]}" ) </dev/null &
  echo $! >"$1.group"
  wait $!
}

# still_runs PID FOLDER: and what runs is of this folder
still_runs() { [ -n "$1" ] && [[ "$(ps -ww -o args= -p "$1")" == *"$2"* ]]; }
# any_of GROUP FOLDER
any_of() { [ -n "$1" ] && pgrep -g "$1" -f "$2" >/dev/null; }

# With those of processes that they started, and that have ended; without those before a server was killed.
used() {
  local file pid
  for file in "$1"/*/pid; do
    pid=$(cat "$file" 2>/dev/null)
    still_runs "$pid" "$1" && sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null
  done | awk -v hz="$(getconf CLK_TCK)" '{ s += $12 + $13 + $14 + $15 } END { if (NR) printf ", %.0f of the servers", s / hz }'
}

# What starts servers ends first, and then the servers; those that have not ended after 10 seconds are made to.
stop() {
  local file pid until=$((SECONDS + 10))
  for file in "$1"/*.group; do
    pid=$(cat "$file" 2>/dev/null)
    still_runs "$pid" "$1" && kill -KILL "$pid"
  done
  for file in "$1"/*/pid; do
    pid=$(cat "$file" 2>/dev/null)
    still_runs "$pid" "$1" || continue
    case $file in */postgresql*) kill -INT "$pid" ;; *) kill "$pid" ;; esac # SIGINT is PostgreSQL's word for now
  done
  for file in "$1"/*/pid; do
    pid=$(cat "$file" 2>/dev/null)
    while still_runs "$pid" "$1" && [ $SECONDS -lt $until ]; do sleep 0.1; done
  done
  for file in "$1"/*.group; do
    pid=$(cat "$file" 2>/dev/null)
    while any_of "$pid" "$1"; do
      kill -KILL -- "-$pid"
      sleep 0.1
    done
  done 2>/dev/null
}

sweep() {
  local folder
  for folder in "${TMPDIR:-/tmp}"/weeg-engines.*/; do # the empty pattern is no folder of anyone
    folder=${folder%/}
    [ -O "$folder" ] && [ -f "$folder/owner" ] && ! kill -0 "$(cat "$folder/owner")" 2>/dev/null || continue
    stop "$folder"
    rm -rf "$folder"
  done
}

case ${1:-} in
  start) cd "$2" && start "${@:3}" ;;
  again) cd "$2" && again "$3" ;;
  used) used "$2" ;;
  stop) stop "$(cd "$2" && pwd)" ;;
  sweep) sweep ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
