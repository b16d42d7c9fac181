"""make bench-scale: what a million users cost, in time against tables without them and in bytes; writes bench/scale.md.

SCALE_USERS      users to load, without bcrypt (default: 1000000)
BENCH_SECONDS    stretches the measurements of time (default: 3)
"""

import os
import pathlib
import re
import statistics

import report
from bed import Bed, number, say
from load import PASSWORD

RESULTS = pathlib.Path(__file__).with_name("scale.md")
FULL = "jerry"
ROUNDS = 5
SAMPLES = (64, 1024)  # accounts that take turns: a few that stay in caches, and too many for that
WARM_UP = max(SAMPLES)  # calls; every account's first is among them
LOGINS = 300  # in a round, times BENCH_SECONDS
VALIDATIONS = 3000

# Rows as jerry.register() and jerry.login() leave them: those of one real account, copied with ids of their own.
LOAD = f"""
SET jerry.bcrypt_cost = 4;
CREATE SCHEMA bench;
SET search_path = bench;
SELECT jerry.register('model@example.com', '{PASSWORD}', '{PASSWORD}');
SELECT jerry.login('model@example.com', '{PASSWORD}', '192.0.2.1');
CREATE TABLE model AS SELECT * FROM jerry.user;
CREATE UNLOGGED TABLE account AS
SELECT n, gen_random_uuid() AS id, format('user-%s@example.com', n) AS email,
	-- RFC 9562, version 7, one login each millisecond
	encode(set_byte(overlay(uuid_send(gen_random_uuid()) PLACING substr(int8send(login.first_ms + n), 3) FROM 1), 6, 112), 'hex')::uuid
	AS session_id
FROM generate_series(1, {{users}}) AS n, (SELECT (extract(epoch FROM now()) * 1000)::bigint - {{users}} AS first_ms) AS login;

INSERT INTO jerry.user (id, email, password_hash, created_at, updated_at)
SELECT a.id, a.email, m.password_hash, now() - (a.n || ' seconds')::interval, now() FROM account AS a, model AS m;

INSERT INTO jerry.session (id, user_id, refresh_jti, ip, user_agent, created_at, expires_at)
SELECT a.session_id, a.id, gen_random_uuid(), s.ip, 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
	s.created_at, s.expires_at
FROM account AS a, (SELECT * FROM jerry.session LIMIT 1) AS s;

INSERT INTO jerry.one_time_token (token_hash, purpose, user_id, created_at, expires_at)
SELECT sha256(a.id::text::bytea), t.purpose, a.id, t.created_at, t.expires_at
FROM account AS a, (SELECT * FROM jerry.one_time_token LIMIT 1) AS t;

INSERT INTO jerry.event (event_type, payload, created_at)
SELECT e.event_type, replace(replace(e.payload::text, m.id::text, a.id::text), m.email, a.email)::json, e.created_at
FROM account AS a, model AS m, (SELECT * FROM jerry.event) AS e;
"""

# Addresses and access tokens of live sessions.
PREPARE = f"""
SET search_path = bench;
CREATE TABLE sample AS
SELECT row_number() OVER () AS n, email, jerry.create_access_token(json_build_object(
	'sub', id, 'user_id', id, 'email', email, 'sid', session_id)) AS token
FROM (SELECT * FROM account ORDER BY hashint8(n) LIMIT {max(SAMPLES)}) AS chosen;
ALTER TABLE sample ADD PRIMARY KEY (n);
ANALYZE sample;
"""

TAKE_TURNS = f"""
\\set turn :turn + 1
\\set n :turn % :sample + 1
\\if :turn = {WARM_UP}
	SELECT pg_stat_statements_reset();
\\endif
SELECT email, token FROM bench.sample WHERE n = :n \\gset
"""
LOGIN = f"{TAKE_TURNS}SELECT jerry.login(:email, '{PASSWORD}', '192.0.2.1', 'Mozilla/5.0');"
VALIDATION = f"{TAKE_TURNS}SELECT jerry.validate_token(:token);"

# Time within the server. Of a login it is that of its statements, one by one, because bcrypt has the rest; the check of
# the foreign key is part of the statement that opens the session.
TIMES = r"""
SELECT CASE WHEN query ~ 'validate_token' THEN 'validation'
		WHEN toplevel THEN 'login with bcrypt at cost 4'
		WHEN query ~ '^SELECT id, email' THEN 'login: find the user'
		WHEN query ~ '^INSERT INTO jerry.session' THEN 'login: open a session'
		ELSE 'login: record the event' END,
	mean_exec_time * 1000
FROM pg_stat_statements
WHERE calls >= {calls} AND query ~ CASE WHEN toplevel THEN '^SELECT jerry' ELSE '^(SELECT id, email|INSERT INTO jerry)' END;
"""

SIZES = """
SELECT relname, pg_table_size(oid)::float8 / {users}, pg_indexes_size(oid)::float8 / {users}
FROM pg_class WHERE relnamespace = 'jerry'::regnamespace AND relkind = 'r' AND relname <> 'signing_key' ORDER BY 2 DESC;
"""


def alone(sample):
    """The database with nobody but the accounts that take turns."""
    return f"{FULL}_{sample}"


def fill(bed, database, users):
    bed.sql(LOAD.format(users=users), database)
    bed.sql(PREPARE, database)
    bed.sql("VACUUM ANALYZE; CHECKPOINT", database)


def huge_pages():
    """Has the cluster taken some of those that the machine reserves?"""
    text = pathlib.Path("/proc/meminfo").read_text()
    total, free = (int(re.search(rf"^HugePages_{name}:\s*(\d+)", text, re.MULTILINE)[1]) for name in ("Total", "Free"))
    return f"{total - free} of {total} in use"


def measure_round(bed, database, sample, seconds):
    """Microseconds of each part in one database, with so many accounts taking turns."""
    found = {}
    for script, calls in ((LOGIN, LOGINS * seconds), (VALIDATION, VALIDATIONS * seconds)):
        bed.pgbench(script, transactions=WARM_UP + calls, database=database, sample=sample, turn=0)
        rows = [line.split("|") for line in bed.sql(TIMES.format(calls=calls), database).splitlines()]
        found |= {what: float(us) for what, us in rows}
    found["login's statements together"] = sum(us for what, us in found.items() if what.startswith("login:"))
    return found


def measure_times(bed, seconds, users):
    """Rows of accounts in turn, part, microseconds where they are alone and among all users, median ratio."""
    rounds = []
    for turn in range(ROUNDS):
        say(f"time: round {turn + 1} of {ROUNDS}")
        rounds.append(
            [[measure_round(bed, database, sample, seconds) for database in (alone(sample), FULL)] for sample in SAMPLES]
        )
    rows = []
    for i, sample in enumerate(SAMPLES):
        for what in sorted(rounds[0][i][0]):
            few, many = ([turn[i][side][what] for turn in rounds] for side in (0, 1))
            ratio = statistics.median(b / a for a, b in zip(few, many))
            rows.append((sample, what, statistics.median(few), statistics.median(many), ratio))
    return rows


def time_table(rows):
    with_target = ("login with bcrypt at cost 4", "validation")
    return report.table(
        ("Database time", "Accounts", "Alone µs", "Among all µs", "Ratio", "≤ 1.3"),
        [(what, f"{sample:,}", f"{few:.1f}", f"{many:.1f}", f"{ratio:.2f}", report.met(ratio <= 1.3) if what in with_target else "")
         for sample, what, few, many, ratio in rows],
    )  # fmt: skip


def size_table(bed, users):
    rows = [line.split("|") for line in bed.sql(SIZES.format(users=users)).splitlines()]
    rows = [(name, float(heap), float(index)) for name, heap, index in rows]
    rows.append(("together", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    return report.table(
        ("Bytes per user", "Table", "Indexes", "Together"),
        [(f"`jerry.{name}`" if name != "together" else name, f"{heap:.0f}", f"{index:.0f}", f"{heap + index:.0f}")
         for name, heap, index in rows],
    )  # fmt: skip


def main():
    users = max(number("SCALE_USERS", 1_000_000), *SAMPLES)
    seconds = number("BENCH_SECONDS", 3)
    command = f"make bench-scale SCALE_USERS={users} BENCH_SECONDS={seconds}"
    load_before = os.getloadavg()[0]
    settings = ["shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track=all"]
    # memory for what is in use, as on a server for so many users
    settings += ["shared_buffers=2GB", "max_wal_size=8GB"]
    # tables of few rows are read by index as well
    settings += ["enable_seqscan=off"]
    with Bed(*settings) as bed:
        say(f"loading {users} users")
        for sample in SAMPLES:
            bed.add_database(alone(sample))
            fill(bed, alone(sample), sample)
        fill(bed, FULL, users)
        for database in (FULL, *map(alone, SAMPLES)):
            bed.sql("CREATE EXTENSION pg_stat_statements", database)
        sizes = size_table(bed, users)
        times = measure_times(bed, seconds, users)
        text = "\n\n".join(
            [
                report.heading(f"{users:,} users", command, bed, load_before, f"Huge pages: {huge_pages()}"),
                time_table(times),
                sizes,
                "Per user: the account, one session, one verification token that was not redeemed, and two events"
                " (user.registered, user.logged_in) that nobody has taken from the outbox.",
            ]
        )
    RESULTS.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
