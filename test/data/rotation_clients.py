"""Clients whose refresh tokens rotate, honest ones and thieves, over simulated days.

They call the real jerry.refresh. Its clock stands still for them: time passes because jerry.session.rotated_at is moved
back before each call. The clients live in procedures in the database, which commit after each call, as a sidecar does.
"""

import threading
from dataclasses import dataclass

from database import connect, query

CLIENTS = """
CREATE SCHEMA clients;
CREATE TABLE clients.result (scenario text, client integer, refreshes integer, lost text, lost_if_strict boolean);

-- a session of a new user
CREATE FUNCTION clients.log_in(email text, OUT token text, OUT sid uuid) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM jerry.register(email, 'Secret-123', 'Secret-123');
	token := jerry.login(email, 'Secret-123')->'data'->>'refresh_token';
	SELECT s.id INTO sid FROM jerry.session AS s JOIN jerry."user" AS u ON u.id = s.user_id
		WHERE u.email = log_in.email;
END
$$;

CREATE FUNCTION clients.pass(sid uuid, seconds double precision) RETURNS void LANGUAGE sql AS $$
	UPDATE jerry.session SET rotated_at = rotated_at - make_interval(secs => seconds) WHERE id = sid
$$;

-- the access token is used in a function that writes anyway
CREATE FUNCTION clients.confirm(answer json) RETURNS void LANGUAGE sql AS $$
	SELECT jerry.end_session(answer->'data'->>'access_token', '');
$$;

/*
 * Honest clients. Each refreshes every hour, or, one time in ten, after up to 12; in tabs places at once, all with the
 * token that the client had then, within spread seconds. Of the answers a share is lost; when all are, the client comes
 * again with the same token after 2 seconds, or, one time in five, after a minute to 8 hours. In a share of the
 * refreshes the commit itself is lost, either before the answer, which is lost too, or after it, as when a standby
 * takes over. What would have become of it with strict rotation, where each token is good once, is noted beside.
 */
CREATE PROCEDURE clients.be_honest(scenario text, clients int4range, days integer, share_lost double precision,
	tabs integer, spread double precision, share_crashed double precision, confirms boolean) LANGUAGE plpgsql AS $$
DECLARE
	token text;
	presented text;
	sid uuid;
	before jerry.session;
	answer json;
	refreshes integer;
	strict_lost boolean;
	reason text;
	since double precision;
	apart double precision;
	passed double precision;
	present integer;
	arrived boolean;
	fate double precision;
BEGIN
	FOR client IN lower(clients)..upper(clients) - 1 LOOP
		SELECT * INTO token, sid FROM clients.log_in(concat(scenario, '.', client, '@example.com'));
		COMMIT;
		refreshes := 0; strict_lost := false; reason := NULL; since := 0;
		WHILE since < days * 86400 AND reason IS NULL LOOP
			apart := 3600 + CASE WHEN random() < 0.1 THEN random() * 39600 ELSE 0 END;
			present := tabs;
			presented := token;
			arrived := false;
			WHILE NOT arrived AND reason IS NULL LOOP
				FOR i IN 1..present LOOP
					passed := apart;
					PERFORM clients.pass(sid, passed);
					since := since + passed;
					apart := random() * spread * 2 / present;
					SELECT * INTO before FROM jerry.session WHERE id = sid;
					strict_lost := strict_lost OR i > 1;
					answer := jerry.refresh(presented);
					refreshes := refreshes + 1;
					fate := random();
					IF fate < share_crashed / 2 THEN
						ROLLBACK;
						PERFORM clients.pass(sid, passed);
						COMMIT;
						CONTINUE;
					END IF;
					COMMIT;
					IF NOT (answer->>'success')::boolean THEN
						reason := answer->'error'->>'code';
						EXIT;
					END IF;
					IF fate < share_crashed THEN
						UPDATE jerry.session SET generation = before.generation, refresh_jti = before.refresh_jti,
							previous_jti = before.previous_jti, rotated_at = before.rotated_at,
							confirmed = before.confirmed, suspect = before.suspect,
							previous_suspect = before.previous_suspect WHERE id = sid;
						COMMIT;
					END IF;
					IF random() >= share_lost THEN
						token := answer->'data'->>'refresh_token';
						arrived := true;
						IF confirms AND random() < 0.1 THEN
							PERFORM clients.confirm(answer);
							COMMIT;
						END IF;
					END IF;
				END LOOP;
				IF NOT arrived AND reason IS NULL THEN
					strict_lost := true;
					present := 1;
					apart := CASE WHEN random() < 0.8 THEN 2 ELSE 60 + random() * 28740 END;
				END IF;
			END LOOP;
		END LOOP;
		INSERT INTO clients.result VALUES (scenario, client, refreshes, reason, strict_lost);
		COMMIT;
	END LOOP;
END
$$;

/*
 * Owners whose refresh token was copied: owner and thief take turns, either beginning, each with the newest token that
 * they have, between the grace and an hour apart.
 */
CREATE PROCEDURE clients.be_robbed(scenario text, clients int4range, confirms boolean) LANGUAGE plpgsql AS $$
DECLARE
	tokens text[];
	token text;
	sid uuid;
	answer json;
	turn integer;
	refreshes integer;
	reason text;
BEGIN
	FOR client IN lower(clients)..upper(clients) - 1 LOOP
		SELECT * INTO token, sid FROM clients.log_in(concat(scenario, '.', client, '@example.com'));
		FOR i IN 1..1 + random() * 3 LOOP
			token := jerry.refresh(token)->'data'->>'refresh_token';
			PERFORM clients.pass(sid, 3600);
		END LOOP;
		COMMIT;
		tokens := ARRAY[token, token];
		turn := 1 + (random() < 0.5)::integer;
		refreshes := 0; reason := NULL;
		WHILE reason IS NULL AND refreshes < 100 LOOP
			answer := jerry.refresh(tokens[turn]);
			refreshes := refreshes + 1;
			COMMIT;
			IF (answer->>'success')::boolean THEN
				tokens[turn] := answer->'data'->>'refresh_token';
				IF confirms THEN
					PERFORM clients.confirm(answer);
				END IF;
			ELSE
				reason := answer->'error'->>'code';
			END IF;
			turn := 3 - turn;
			PERFORM clients.pass(sid, 61 + random() * 3539);
			COMMIT;
		END LOOP;
		INSERT INTO clients.result VALUES (scenario, client, refreshes, reason, NULL);
		COMMIT;
	END LOOP;
END
$$;
"""


@dataclass
class Outcome:
    clients: int
    refreshes: int
    lost: int
    lost_if_strict: int
    median: float  # refreshes of one client
    longest: int
    ended_for: set


def prepare(dsn):
    """Into a new installation, which is then for nothing else."""
    db = connect(dsn)
    query(db, "SELECT jerry.configure('jerry.rotate_refresh_tokens', 'on')")
    query(db, "SELECT jerry.configure('jerry.refresh_token_ttl', '365d')")
    query(db, CLIENTS)
    db.close()


def live(dsn, procedure, scenario, clients, *arguments, at_once=2):
    """Lets the clients of a scenario live, in a few sessions of the server, and says what became of them."""
    failures = []

    def run(first, last):
        db = connect(dsn)
        try:
            query(db, "SET synchronous_commit = off")
            places = ", ".join(["%s"] * len(arguments))
            call = f"CALL clients.{procedure}(%s, int4range(%s, %s)" + (", " + places if places else "") + ")"
            query(db, call, scenario, first, last, *arguments)
        except Exception as error:  # of another thread
            failures.append(error)
        finally:
            db.close()

    bounds = [clients * i // at_once for i in range(at_once + 1)]
    threads = [threading.Thread(target=run, args=pair) for pair in zip(bounds, bounds[1:])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    db = connect(dsn)
    row = query(
        db,
        "SELECT count(*), sum(refreshes), count(lost), count(*) FILTER (WHERE lost_if_strict),"
        " percentile_cont(0.5) WITHIN GROUP (ORDER BY refreshes), max(refreshes)"
        " FROM clients.result WHERE scenario = %s",
        scenario,
    )[0]
    reasons = query(
        db,
        "SELECT DISTINCT s.revoked_for FROM jerry.session AS s JOIN jerry.\"user\" AS u ON u.id = s.user_id"
        " WHERE u.email LIKE %s AND s.revoked_at IS NOT NULL",
        f"{scenario}.%@example.com",
    )
    db.close()
    return Outcome(*row, {reason for reason, in reasons})
