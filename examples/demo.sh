#!/usr/bin/env bash
# demo.sh: a user and their shop in one transaction, PostgreSQL killed in the middle of it, and nothing is half.
#
#     make demo        in a PostgreSQL of its own, which is gone afterwards
set -euo pipefail
cd "$(dirname "$0")/.."

dir=$(mktemp -d /tmp/jerry-demo-XXXXXX)
chmod 755 "$dir"
trap 'trap "" INT TERM HUP; tools/cluster remove "$dir/cluster"; rm -rf "$dir"' EXIT
trap 'trap "" INT TERM HUP; exit 130' INT TERM HUP

start_postgresql()
{
	eval "$(tools/cluster start "$dir/cluster" 2> >(grep -v "another server might be running" >&2))"
	# for psql; a password is nothing for a command line
	[[ $JERRY_DSN =~ ^postgresql://(.*):(.*)@(.*):(.*)/(.*)$ ]]
	export PGUSER=${BASH_REMATCH[1]} PGPASSWORD=${BASH_REMATCH[2]} PGHOST=${BASH_REMATCH[3]} PGPORT=${BASH_REMATCH[4]} PGDATABASE=${BASH_REMATCH[5]}
}

kill_postgresql()
{
	echo "-- kill -9 of PostgreSQL, of every process"
	# shellcheck disable=SC2046 # words
	kill -9 "$JERRY_POSTGRES_PID" $(<"/proc/$JERRY_POSTGRES_PID/task/$JERRY_POSTGRES_PID/children")
	tail --pid="$JERRY_POSTGRES_PID" -f /dev/null
	wait
	start_postgresql
	psql -XAtqc "SELECT format(E'-- after recovery: users %s, events %s, shops %s\n',
		(SELECT count(*) FROM jerry.user), (SELECT count(*) FROM jerry.event), (SELECT count(*) FROM shop))"
}

# sign_up [STATEMENT]: one transaction, with a statement before COMMIT.
sign_up()
{
	psql -Xqa 2>&1 <<-SQL
		BEGIN;
		INSERT INTO shop (name, owner)
		SELECT 'Corner shop', (jerry.unwrap(jerry.register('ada@example.com', 'SecurePassword123!', 'SecurePassword123!'))->>'user_id')::uuid;
		${1:-}
		COMMIT;
	SQL
}

start_postgresql
psql -Xqa 2>/dev/null <<-SQL
	CREATE EXTENSION jerry CASCADE;
	CREATE TABLE shop (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, owner uuid NOT NULL REFERENCES jerry."user" (id));
SQL
echo

sign_up "SELECT pg_sleep(600); -- in the middle" &
until [ "$(psql -XAtc "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")" = 1 ]; do
	sleep 0.1
done
kill_postgresql

sign_up
kill_postgresql
