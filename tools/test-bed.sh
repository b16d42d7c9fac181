# test-bed.sh: a temporary folder with a private cluster and, for some, a sidecar, both on free ports and gone at the
# end; the logs stay in build/log/SUITE. Sourced by tools/test and tools/generate-sql-api, never run.
# shellcheck shell=bash

# shellcheck source=tools/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# What a shell or .env may have set for another Jerry than the one under test; who is given a JERRY_DSN means it.
for name in $("$root/tools/generate-environment" names "$root/contract/environment.txt"); do
	[ "$name" = JERRY_DSN ] || unset "$name"
done
# and what make says to a make below it: a test may run make itself
unset name MAKEFLAGS MFLAGS MAKELEVEL
# Tests guess passwords and register users as fast as they can, all from one address: limits are for their own tests.
export JERRY_SERVER_SETTINGS="jerry.rate_limits=off ${JERRY_SERVER_SETTINGS:-}"

suite=''
bed=''
bed_is_open=''
bed_sidecar=''
bed_crash='was terminated by signal'

# bed_make SUITE: make the folder. Sets bed.
bed_make()
{
	suite=$1
	bed=$(mktemp -d /tmp/jerry-test-XXXXXX)
	trap bed_close EXIT
	exit_on_signals 130
	# the cluster's and the sidecar's users look into it
	chmod 755 "$bed"
	bed_is_open=yes
}

# bed_start: start the cluster. Sets JERRY_DSN and the other names of tools/cluster.
bed_start()
{
	local assignments
	# in a session of its own: a server that was interrupted while it starts is one that bed_stop does not see
	assignments=$(setsid --wait "$root/tools/cluster" start "$bed/cluster" fsync=off)
	eval "$assignments"
	export JERRY_DSN JERRY_SOCKET JERRY_SIDECAR_PASSWORD_FILE
	ln -s cluster/postgres.log "$bed/postgres.log"
}

# bed_sql [PSQL-ARGUMENT...]: psql as the owner.
bed_sql()
{
	psql -XAtq -v ON_ERROR_STOP=1 -d "$JERRY_DSN" "$@"
}

# bed_serve: make the database ready, run JERRY_BED_SQL there, start the sidecar. Sets JERRY_URL and DATABASE_URL.
bed_serve()
{
	local assignments port
	assignments=$(read_env_file "$root/.env.test" && "$root/tools/setup-database")
	eval "$assignments"
	[ -z "${JERRY_BED_SQL:-}" ] || bed_sql -c "$JERRY_BED_SQL" >/dev/null
	port=$(free_port)
	(
		read_env_file "$root/.env.test"
		unset JERRY_DSN JWT_SECRET_KEY
		export DATABASE_URL PORT=$port
		exec "$root/tools/sidecar" "$bed" >"$bed/sidecar.log" 2>&1
	) &
	bed_sidecar=$!
	for _ in {1..300}; do
		if [ "$(http_status "$port" /readyz)" = 200 ]; then
			export DATABASE_URL JERRY_URL=http://127.0.0.1:$port
			return
		fi
		kill -0 "$bed_sidecar" 2>/dev/null || break
		sleep 0.1
	done
	cat "$bed/sidecar.log" >&2
	die "the sidecar did not become ready"
}

# bed_stop: stop the servers, those that tests left behind too, and keep the logs.
bed_stop()
{
	local found log
	if [ -n "$bed_sidecar" ]; then
		kill "$bed_sidecar" 2>/dev/null || true
		wait "$bed_sidecar" || true
		bed_sidecar=''
	fi
	[ -n "$bed_is_open" ] || return 0
	bed_is_open=''
	log=$root/build/log/$suite
	rm -rf "$log"
	mkdir -p "$log"
	while IFS= read -r found; do
		"$root/tools/cluster" stop "$(dirname "$found")" || true
	done < <(find "$bed" -name data -prune)
	while IFS= read -r found; do
		cp "$found" "$log/$(printf '%s' "${found#"$bed/"}" | tr / -)"
	done < <(find "$bed" -name data -prune -o -name '*.log' -print)
	while IFS= read -r found; do
		"$root/tools/cluster" remove "$(dirname "$found")" || true
	done < <(find "$bed" -name data -prune)
}

# shellcheck disable=SC2317 # called by the trap
bed_close()
{
	trap '' INT TERM HUP
	bed_stop
	rm -rf "$bed"
}

# bed_report PASSED FAILED SKIPPED [REASONS]: the suite's last line, and its exit status. A server that crashed, or
# complains of itself, is a failure, whatever the tests saw of it. Why tests were skipped are lines before that, "N
# skipped: REASON".
bed_report()
{
	local failed=$2 crash="$bed_crash|PANIC:|TRAP:|AddressSanitizer|LeakSanitizer|runtime error:"
	# what PostgreSQL says of something that was left behind
	crash="$crash|(reference|refcount) leak|resource was not closed|snapshot [^ ]* still active"
	bed_stop
	if find "$root/build/log/$suite" -name '*.log' -exec grep -EH "$crash" {} + | grep . >&2; then
		failed=$((failed + 1))
	fi
	[ "$failed" -eq 0 ] || say "the logs are in build/log/$suite"
	[ -z "${4:-}" ] || printf '%s\n' "$suite: ${4//$'\n'/$'\n'"$suite: "}"
	echo "$suite: $1 passed, $failed failed$([ "$3" -eq 0 ] || echo ", $3 skipped")"
	[ "$failed" -eq 0 ]
}

# bed_pytest ARGUMENT...: run pytest and report; with -v, a line for each test, where tests take long.
bed_pytest()
{
	local counts verbosity=(-q)
	[ "$1" != -v ] || verbosity=()
	(
		cd "$root/test"
		PYTHONPATH=$debian_python PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest "${verbosity[@]}" \
			-p no:cacheprovider --basetemp="$bed/pytest" \
			--junitxml="$bed/results.xml" "$@" </dev/null
	) || [ $? -ne 5 ] || say "no test is selected by: $*" # 5: pytest ran none
	counts=$(/usr/bin/python3 - "$bed/results.xml" <<-'PYTHON'
		import collections
		import sys
		from xml.etree import ElementTree

		try:
		    suite = ElementTree.parse(sys.argv[1]).getroot()[0]
		    total, bad, skipped = (int(suite.get(name)) for name in ("tests", "failures", "skipped"))
		    bad += int(suite.get("errors"))
		except (OSError, ElementTree.ParseError):
		    suite, total, bad, skipped = [], 1, 1, 0
		if total == 0:
		    total, bad = 1, 1
		print(max(total - bad - skipped, 0), bad, skipped)
		reasons = collections.Counter(each.get("message") for case in suite for each in case.findall("skipped"))
		for reason, count in reasons.most_common():
		    print(f"{count} skipped: {reason}")
	PYTHON
	)
	# shellcheck disable=SC2046 # three numbers
	bed_report $(head -n 1 <<<"$counts") "$(tail -n +2 <<<"$counts")"
}
