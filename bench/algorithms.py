"""What the algorithm of the signing key costs: validations, logins and refreshes with each, beside HS256."""

import statistics
from dataclasses import dataclass

import load
from bed import run, say

ROUNDS = 3
LOGINS = 8
TOKENS = 2000  # fewer than a session remembers

KEYS = {
    "HS256": None,
    "ES256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "EdDSA": ["ED25519"],
    "RS256": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
}

MAKE_TOKENS = """
SET client_min_messages = warning;
CREATE TABLE IF NOT EXISTS public.bench_token (token text);
TRUNCATE public.bench_token;
INSERT INTO public.bench_token SELECT jerry.create_access_token(json_build_object('sub', user_id, 'sid', id))
FROM (SELECT id, user_id FROM jerry.session ORDER BY created_at LIMIT 1) AS s, generate_series(1, {tokens});
"""

# microseconds that a validation takes longer if the token is new to the session
TIME_TOKENS = """
DO $$
DECLARE
	tokens text[] := (SELECT array_agg(token) FROM public.bench_token);
	started timestamptz;
	took interval[] := '{}';
BEGIN
	PERFORM jerry.validate_token('');
	FOR turn IN 1..2 LOOP
		started := clock_timestamp();
		FOR i IN 1..cardinality(tokens) LOOP
			PERFORM jerry.validate_token(tokens[i]);
		END LOOP;
		took := took || (clock_timestamp() - started);
	END LOOP;
	PERFORM set_config('bench.us', (extract(epoch FROM took[1] - took[2]) * 1e6 / cardinality(tokens))::text, false);
END
$$;
SELECT current_setting('bench.us');
"""


@dataclass
class AlgorithmFigures:
    """Microseconds as the client sees them, each with the ratio of its rate to that of HS256."""

    seen: tuple  # a validation of a token that the session has validated before
    new: tuple  # of one that it has not
    login: tuple
    refresh: tuple


def make_keys(bed):
    """The kinds of keys: what makes each the one that signs."""
    keys = {"HS256": bed.sql("SELECT encode(gen_random_bytes(48), 'base64')")}
    for name, kind in KEYS.items():
        if kind is not None:
            keys[name] = run(["openssl", "genpkey", "-quiet", "-algorithm", *kind])
    return keys


def measure_algorithms(bed, account, seconds):
    """Medians of rounds in which the algorithms take turns: {name: AlgorithmFigures}."""
    keys = make_keys(bed)
    rounds = {name: {field: [] for field in ("seen", "new", "login", "refresh")} for name in keys}
    as_parameters = {"email": account["email"], "password": load.PASSWORD}
    for turn in range(ROUNDS):
        say(f"algorithms: round {turn + 1} of {ROUNDS}")
        for name, key in keys.items():
            bed.sql(f"SELECT jerry.import_key($key${key}$key$)")
            token = bed.sql(f"SELECT jerry.refresh('{account['refresh_token']}')->'data'->>'access_token'")
            took = rounds[name]
            took["seen"].append(bed.pgbench("SELECT jerry.validate_token(:token);\n", seconds=seconds, token=token))
            bed.sql(MAKE_TOKENS.format(tokens=TOKENS))
            took["new"].append(took["seen"][-1] + float(bed.sql(TIME_TOKENS)))
            took["refresh"].append(
                bed.pgbench("SELECT jerry.refresh(:token);\n", seconds=seconds, token=account["refresh_token"])
            )
            took["login"].append(
                bed.pgbench("SELECT jerry.login(:email, :password);\n", transactions=LOGINS, **as_parameters)
            )
    base = rounds["HS256"]
    return {
        name: AlgorithmFigures(
            **{
                field: (statistics.median(us), statistics.median(one / other for one, other in zip(base[field], us)))
                for field, us in took.items()
            }
        )
        for name, took in rounds.items()
    }
