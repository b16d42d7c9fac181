-- jerry.reminder_after: who has not verified is mailed again, once at each of its times
BEGIN;
\ir setup.psql
DELETE FROM jerry."user";

CREATE FUNCTION pg_temp.reminded(batch integer DEFAULT 1000) RETURNS int
	RETURN (jerry.maintain(batch)->'data'->>'reminders')::int;
CREATE FUNCTION pg_temp.age(age interval, address text DEFAULT '') RETURNS void LANGUAGE sql AS
	'UPDATE jerry."user" SET created_at = created_at - age, updated_at = updated_at - age '
		'WHERE starts_with(email, address)';
-- who was mailed since the last call
CREATE TEMP TABLE seen AS SELECT max(id) AS id FROM jerry.event;
CREATE FUNCTION pg_temp.mailed() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	addresses text := (SELECT string_agg(split_part(payload->'data'->>'email', '@', 1), ' ' ORDER BY event.id)
		FROM jerry.event, seen WHERE event_type = 'user.verification_reminder' AND event.id > coalesce(seen.id, 0));
BEGIN
	UPDATE seen SET id = (SELECT max(id) FROM jerry.event);
	RETURN addresses;
END
$$;

SELECT pg_temp.new_user('ada@example.com') AS user_id, pg_temp.new_user('verified@example.com') AS verified_id,
	pg_temp.new_user('banned@example.com') AS banned_id, pg_temp.new_user('struck@example.com') AS struck_id,
	pg_temp.new_user('once@example.com'), pg_temp.new_user('leaving@example.com') \gset
SELECT jerry.verify_email(pg_temp.verification_token(:'verified_id')), jerry.ban_user(:'banned_id'),
	jerry.create_user('made@example.com'), jerry.invite_user('guest@example.com'),
	jerry.request_deletion(pg_temp.log_in('leaving@example.com')->>'access_token') \g /dev/null
UPDATE jerry."user" SET password_hash = '!' || password_hash WHERE id = :'struck_id';
UPDATE jerry."user" SET email_verified_at = now() WHERE email = 'once@example.com';
SELECT pg_temp.verification_token(:'user_id') AS first_token \gset
SELECT expires_at AS expires_first FROM jerry.one_time_token WHERE user_id = :'user_id' \gset

SELECT pg_temp.age('23 hours 59 minutes') \g /dev/null
SELECT is(pg_temp.reminded(), 0, 'before the first time nobody is mailed');
SELECT pg_temp.age('2 minutes') \g /dev/null
SELECT is(pg_temp.reminded(), 1, 'then who has not verified is');
SELECT is(pg_temp.mailed(), 'ada',
	'and not who has ever verified, is banned, is leaving, was made or invited by an operator');
SELECT is(pg_temp.reminded(), 0, 'once');

SELECT payload->'data'->>'email_verification_token' AS token, payload::text AS payload FROM jerry.event
WHERE event_type = 'user.verification_reminder' \gset
SELECT is(pg_temp.without_time(:'payload'), format('{"event_type":"user.verification_reminder","timestamp":"T","data":'
	'{"user_id":"%s","email":"ada@example.com","email_verification_token":"%s","locale":null}}', :'user_id', :'token'),
	'the event carries a token');
SELECT is(pg_temp.verdict(jerry.verify_email(:'first_token')), 'INVALID_TOKEN', 'the one before it is good no more');
SAVEPOINT verified;
SELECT is(pg_temp.verdict(jerry.verify_email(:'token')), 'OK', 'this one is');
SELECT pg_temp.age('48 hours') \g /dev/null
SELECT is(pg_temp.reminded(), 0, 'who has verified is left in peace');
ROLLBACK TO verified;

SELECT pg_temp.age('47 hours 50 minutes') \g /dev/null
SELECT is(pg_temp.reminded(), 0, 'nor is anybody mailed before the second time');
SELECT pg_temp.age('10 minutes') \g /dev/null
UPDATE jerry."user" SET locale = 'de-AT' WHERE id = :'user_id';
SELECT is(pg_temp.reminded(), 1, 'then a second time');
SELECT is(pg_temp.mailed(), 'ada', 'the same');
SELECT is((SELECT payload->'data'->>'locale' FROM jerry.event
	WHERE event_type = 'user.verification_reminder' ORDER BY id DESC LIMIT 1), 'de-AT',
	'in the language of the profile');
SELECT pg_temp.age('1 year') \g /dev/null
SELECT is(pg_temp.reminded(), 0, 'there is no third');
SELECT is((SELECT count(*)::int FROM jerry.event WHERE event_type = 'user.verification_reminder'), 2, 'two in all');

-- ---------- what was not to be found in time ----------

SELECT pg_temp.new_user('old@example.com'), pg_temp.new_user('older@example.com'), pg_temp.new_user('late@example.com')
	\g /dev/null
SELECT pg_temp.age('5 days', 'older'), pg_temp.age('49 hours', 'old@'), pg_temp.age('73 hours', 'late') \g /dev/null
SELECT is(pg_temp.reminded(), 1, 'a time that came more than a day ago has passed');
SELECT is(pg_temp.mailed(), 'late', 'the latest that came takes the place of those before');
SELECT is(pg_temp.reminded(), 0, 'of which none comes after it');
SELECT pg_temp.age('24 hours', 'old@') \g /dev/null
SELECT is(pg_temp.reminded(), 1, 'who was missed at one is mailed at the next');

-- ---------- the setting ----------

DELETE FROM jerry."user";
SELECT pg_temp.new_user('ada@example.com') \g /dev/null
SELECT pg_temp.age('25 hours') \g /dev/null
SAVEPOINT setting;
SELECT jerry.configure('jerry.reminder_after', '') \g /dev/null
SELECT is(pg_temp.reminded(), 0, 'empty, it is off');
SELECT jerry.configure('jerry.reminder_after', '1min,30 min, 1500min') \g /dev/null
SELECT is(pg_temp.reminded(), 1, 'it has any unit of time');
SELECT jerry.configure('jerry.reminder_after', '1h, 2h, 3h, 4h, 5h, 6h, 26h, 7d') \g /dev/null
UPDATE jerry."user" SET reminders = 0;
SELECT is(pg_temp.reminded(), 1, 'of times that have come together the latest counts');
SELECT is(pg_temp.reminded(), 0, 'and no other');
SELECT pg_temp.age('1 hour') \g /dev/null
SELECT is(pg_temp.reminded(), 1, 'the next comes in its time');
ROLLBACK TO setting;

-- ---------- the limits of mails ----------

SET LOCAL jerry.rate_limits = on;
DELETE FROM jerry.rate_bucket;
SELECT jerry.request_password_reset('ada@example.com') \g /dev/null
SELECT is(pg_temp.reminded(), 0, 'who has just had a mail gets no reminder on top of it');
DELETE FROM jerry.rate_bucket;
SELECT is(pg_temp.reminded(), 0, 'nor later: that time has passed');
UPDATE jerry."user" SET reminders = 0;
SELECT is(pg_temp.reminded(), 1, 'without that mail there is one');
SELECT max(id) AS before FROM jerry.event \gset
SELECT jerry.resend_verification('ada@example.com') \g /dev/null
SELECT is((SELECT count(*)::int FROM jerry.event WHERE id > :before AND event_type = 'user.verification_requested'), 0,
	'a reminder counts, too: another mail has to wait');
SET LOCAL jerry.rate_limits = off;

-- ---------- many at once ----------

DELETE FROM jerry."user";
SELECT pg_temp.new_user(format('user%s@example.com', i)) FROM generate_series(1, 120) AS i \g /dev/null
SELECT pg_temp.age('25 hours') \g /dev/null
SELECT is(pg_temp.reminded(7), 7, 'one call reminds as many as batch');
SELECT is(pg_temp.reminded(), 100, 'and never more than 100');
SELECT is(pg_temp.reminded(), 13, 'the next one the rest');
SELECT is((SELECT count(DISTINCT payload->'data'->>'email')::int FROM jerry.event, seen
	WHERE event_type = 'user.verification_reminder' AND payload->'data'->>'email' LIKE 'user%'), 120, 'each once');

SELECT * FROM finish();
ROLLBACK;
