-- jerry.unverified_ttl: accounts that nobody verifies or uses expire
BEGIN;
\ir setup.psql
DELETE FROM jerry."user";

CREATE FUNCTION pg_temp.deleted(batch integer DEFAULT 1000) RETURNS int
	RETURN (jerry.maintain(batch)->'data'->>'deleted_users')::int;
CREATE FUNCTION pg_temp.age(age interval, address text DEFAULT '') RETURNS void LANGUAGE sql AS
	'UPDATE jerry."user" SET created_at = created_at - age, updated_at = updated_at - age '
		'WHERE starts_with(email, address)';
CREATE FUNCTION pg_temp.left_over() RETURNS text
	RETURN (SELECT string_agg(split_part(email, '@', 1), ' ' ORDER BY email) FROM jerry."user");
-- mail that was sent so long ago is good no more
CREATE FUNCTION pg_temp.expire_mail() RETURNS void LANGUAGE sql AS
	'UPDATE jerry.one_time_token SET expires_at = now() - interval ''1 second''';

SELECT pg_temp.new_user('forgotten@example.com') AS user_id, pg_temp.new_user('verified@example.com') AS verified_id,
	pg_temp.new_user('banned@example.com') AS banned_id, pg_temp.new_user('struck@example.com') AS struck_id,
	pg_temp.new_user('mailed@example.com'), pg_temp.new_user('in@example.com'), pg_temp.new_user('was-in@example.com'),
	pg_temp.new_user('once@example.com'), pg_temp.new_user('leaving@example.com') \gset
SELECT jerry.verify_email(pg_temp.verification_token(:'verified_id')), jerry.ban_user(:'banned_id') \g /dev/null
UPDATE jerry."user" SET password_hash = '!' || password_hash WHERE id = :'struck_id';
UPDATE jerry."user" SET email_verified_at = now() WHERE email = 'once@example.com';
SELECT jerry.create_user('made@example.com'), jerry.create_user('vouched-for@example.com', is_verified => true),
	jerry.invite_user('asked@example.com') \g /dev/null
SELECT pg_temp.expire_mail() \g /dev/null
SELECT jerry.resend_verification('mailed@example.com'), jerry.invite_user('guest@example.com') \g /dev/null
SELECT pg_temp.age('31 days') \g /dev/null
SELECT pg_temp.log_in('in@example.com'),
	jerry.logout(pg_temp.log_in('was-in@example.com')->>'access_token'),
	jerry.request_deletion(pg_temp.log_in('leaving@example.com')->>'access_token') \g /dev/null

SELECT is(pg_temp.deleted(), 0, 'by default no account expires');
SAVEPOINT configured;
SELECT jerry.configure('jerry.unverified_ttl', '32d') \g /dev/null
SELECT is(pg_temp.deleted(), 0, 'nor before its time');
SELECT jerry.configure('jerry.unverified_ttl', '30d') \g /dev/null
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.deleted(), 3, 'then those who were not verified do, from the moment on of the setting');
SELECT is(pg_temp.left_over(), 'banned guest in leaving mailed once struck verified vouched-for was-in',
	'and not who was at any time, nor who is banned, is in, was in within the time, has mail that is good, or is to '
	'go by request');
SELECT results_eq(format($$ SELECT payload->'data'->>'email', payload->'data'->>'reason' FROM jerry.event
	WHERE id > %s AND event_type = 'user.deleted' ORDER BY 1 $$, :before),
	$$ VALUES ('asked@example.com', 'unverified'), ('forgotten@example.com', 'unverified'),
		('made@example.com', 'unverified') $$, 'events tell of each, and why');
SELECT results_eq($$ SELECT actor, outcome, details::text, count(*)::int FROM jerry.audit
	WHERE action = 'account.delete' GROUP BY 1, 2, 3 $$, $$ VALUES ('jerry', 'OK', '{"reason":"unverified"}', 3) $$,
	'all of it is on record');
SELECT is(pg_temp.deleted(), 0, 'and done');
SELECT is(pg_temp.verdict(jerry.register('forgotten@example.com', 'Secret-123', 'Secret-123')), 'OK',
	'the address is free');

-- what is in use is looked at again after the time, whatever has become of it meanwhile
SELECT pg_temp.expire_mail() \g /dev/null
UPDATE jerry.session SET expires_at = now() - interval '1 second';
SELECT is(pg_temp.deleted(), 0, 'an account was in use when that was noted');
SELECT pg_temp.age('29 days') \g /dev/null
SELECT is(pg_temp.deleted(), 0, 'and stays for the time');
SELECT is(pg_temp.verdict(jerry.login('was-in@example.com', 'Secret-123')), 'OK', 'who logs in now');
SELECT pg_temp.age('2 days') \g /dev/null
UPDATE jerry.session SET expires_at = now() - interval '1 second';
SELECT pg_temp.deleted() \g /dev/null
SELECT is(pg_temp.left_over(), 'banned leaving once struck verified vouched-for was-in', 'stays for longer');
SELECT pg_temp.age('29 days'), jerry.unban_user(:'banned_id') \g /dev/null
SELECT pg_temp.deleted() \g /dev/null
SELECT is(pg_temp.left_over(), 'banned leaving once struck verified vouched-for', 'but not for ever');
SELECT pg_temp.age('31 days') \g /dev/null
SELECT pg_temp.deleted() \g /dev/null
SELECT is(pg_temp.left_over(), 'leaving once struck verified vouched-for', 'nor does who was banned');
ROLLBACK TO SAVEPOINT configured;

SELECT jerry.configure('jerry.unverified_ttl', '30d') \g /dev/null
SELECT jerry.configure('jerry.unverified_ttl', '0') \g /dev/null
SELECT is(pg_temp.deleted(), 0, 'turned off, it is off at once');

-- a login is noted as an hour of time is worth
SELECT pg_temp.age('58 minutes', 'in@') \g /dev/null
SELECT updated_at AS noted FROM jerry."user" WHERE email = 'in@example.com' \gset
SELECT pg_temp.log_in('in@example.com') \g /dev/null
SELECT is(updated_at, :'noted', 'a login within the hour of another one writes nothing') FROM jerry."user"
	WHERE email = 'in@example.com';
SELECT pg_temp.age('3 minutes', 'in@'), pg_temp.log_in('in@example.com') \g /dev/null
SELECT cmp_ok(updated_at, '>', :'noted', 'a later one does') FROM jerry."user" WHERE email = 'in@example.com';
SELECT pg_temp.age('1 day', 'verified@') \g /dev/null
SELECT updated_at AS noted FROM jerry."user" WHERE email = 'verified@example.com' \gset
SELECT pg_temp.log_in('verified@example.com') \g /dev/null
SELECT is(updated_at, :'noted', 'nor does any of a user who is verified') FROM jerry."user"
	WHERE email = 'verified@example.com';

-- a call looks at as many as it is told to, and deletes none of the others unseen
SELECT jerry.configure('jerry.unverified_ttl', '30d') \g /dev/null
SAVEPOINT batches;
DELETE FROM jerry."user" WHERE email !~ '^(in|mailed|guest)@';
SELECT pg_temp.age('31 days') \g /dev/null
SELECT is(pg_temp.deleted(1), 0, 'who is in use is not deleted without a look');
SELECT is(pg_temp.left_over(), 'guest in mailed', 'however many there are');
ROLLBACK TO SAVEPOINT batches;

-- what the application refuses
CREATE TABLE public.note (owner uuid REFERENCES jerry."user" (id));
INSERT INTO public.note VALUES (:'user_id');
SET LOCAL client_min_messages = error;
SELECT is(pg_temp.deleted(), 2, 'what the application refuses stops nobody else''s deletion');
DROP TABLE public.note;
SELECT is(pg_temp.deleted(), 0, 'and is put off');
SELECT pg_temp.age('31 days', 'forgotten@') \g /dev/null
SELECT is(pg_temp.deleted(), 1, 'by the time of the setting');

-- what it costs: of many users who are verified, and many in use, none is read
DELETE FROM jerry."user";
INSERT INTO jerry."user" (email, password_hash, is_email_verified, email_verified_at, created_at, updated_at)
	SELECT n || '@example.com', '*', n <= 10000, CASE WHEN n <= 10000 THEN now() END, now() - interval '1 year',
		now() - CASE WHEN n <= 10000 THEN '1 year' ELSE '1 day' END::interval
	FROM generate_series(1, 20000) AS n;
INSERT INTO jerry."user" (email, password_hash, created_at, updated_at)
	SELECT n || '@example.org', '*', now() - interval '1 year', now() - interval '1 year'
	FROM generate_series(1, 60) AS n;
ANALYZE jerry."user";
CREATE FUNCTION pg_temp.read() RETURNS bigint
	RETURN (SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_all_tables WHERE relid = 'jerry.user'::regclass);
SELECT pg_temp.read() AS before \gset
SELECT is(pg_temp.deleted(), 50, 'one call deletes fifty at most');
SELECT cmp_ok(pg_temp.read() - :before, '<', 2000::bigint, 'and reads few rows more');
SELECT is(pg_temp.deleted(), 10, 'the next one the rest');

SELECT * FROM finish();
ROLLBACK;
