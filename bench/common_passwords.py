"""make bench-common: ten million common passwords: how long they take to load, how large they are, and how long one is
looked for.

COMMON_PASSWORDS     how many (default: 10000000)
"""

from bed import Bed, number, say

MEGABYTES = 120  # at most, for ten million
MICROSECONDS = 50  # at most, for one look

CALLS = 20_000
ROUNDS = 5

# A registration that is refused does not hash. One that the address refuses looks for no password; one whose password
# is listed without its capital is looked for twice: as it is, which is not found, and as it is listed, which is.
MEASURE = f"""
CREATE FUNCTION pg_temp.microseconds(email text, ending text) RETURNS float LANGUAGE plpgsql AS $$
DECLARE
	started timestamptz := clock_timestamp();
	answer json;
	password text;
BEGIN
	FOR i IN 1..{CALLS} LOOP
		password := concat('Pass-word', (i * 7919::bigint * 104729) % {{passwords}}, ending);
		answer := jerry.register(email, password, password);
	END LOOP;
	IF (answer->'error'->'details'->>'issue' !~ CASE ending WHEN '' THEN 'common' ELSE 'address' END) THEN
		RAISE 'unexpected answer: %', answer;
	END IF;
	RETURN extract(epoch FROM clock_timestamp() - started) * 1e6 / {CALLS};
END
$$;
SELECT pg_temp.microseconds('ada@example.org', ''), pg_temp.microseconds('lovelace@example.org', '.lovelace') \\g /dev/null
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY listed - other)
FROM (SELECT pg_temp.microseconds('ada@example.org', '') AS listed,
	pg_temp.microseconds('lovelace@example.org', '.lovelace') AS other FROM generate_series(1, {ROUNDS})) AS t;
"""


LOAD = """
SELECT clock_timestamp() AS started \\gset
SELECT jerry.load_common_passwords('{path}') AS loaded \\gset
SELECT round(extract(epoch FROM clock_timestamp() - :'started'), 1), :'loaded'
"""


def main():
    passwords = number("COMMON_PASSWORDS", 10_000_000)
    with Bed() as bed:
        path = bed.folder / "passwords"
        with open(path, "w") as words:
            words.writelines(f"pass-word{n}\n" for n in range(passwords))
        seconds, loaded = bed.sql(LOAD.format(path=path)).split("|")
        assert int(loaded) == passwords
        size = float(bed.sql("SELECT pg_total_relation_size('jerry.common_password') / 1e6"))
        look = float(bed.sql(MEASURE.format(passwords=passwords)).split()[-1]) / 2
    say(f"{passwords} passwords: loaded in {seconds} s, {size:.0f} MB (at most {MEGABYTES} for ten million)")
    say(f"one look: {look:.1f} us (at most {MICROSECONDS})")
    say(f"a password that is not listed is taken for one with a probability of {passwords / 2**64:.0e}")
    assert size <= MEGABYTES and look <= MICROSECONDS


main()
