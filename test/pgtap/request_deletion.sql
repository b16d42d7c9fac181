-- jerry.request_deletion: users have themselves deleted, and can think about it
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in() AS there, pg_temp.log_in('other@example.com') AS other \gset
SELECT (:'here'::json)->>'access_token' AS access, pg_temp.verification_token(:'user_id') AS verification \gset
SELECT max(id) AS before FROM jerry.event \gset
CREATE FUNCTION pg_temp.told(since bigint) RETURNS text
	RETURN (SELECT string_agg(concat_ws('/', event_type, payload->'data'->>'reason'), ' ' ORDER BY id)
		FROM jerry.event WHERE id > since AND event_type <> 'audit.sealed');

SELECT pg_temp.declared('request_deletion(text,text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false, call => 'SELECT jerry.request_deletion(''x'')',
	reason => 'it writes');

-- ---------- who may ----------

SAVEPOINT asked;
UPDATE jerry.session SET authenticated_at = clock_timestamp() - interval '10 minutes 1 second';
SELECT is(pg_temp.complaint(jerry.request_deletion(token, password)), expected, name)
FROM (VALUES
	(NULL, 'Secret-123', 'VALIDATION_ERROR/access_token/Field is required', 'a token is needed'),
	('x', 'Secret-123', 'INVALID_TOKEN', 'a good one'),
	(:'access', 'secret-123', 'WRONG_PASSWORD/current_password/Password is not correct', 'and the password'),
	(:'access', NULL, 'VALIDATION_ERROR/current_password/Field is required', 'unless the login is a fresh one')
) AS t (token, password, expected, name);
SELECT is(pg_temp.told(:before), NULL, 'none of that is told');
SELECT is(pg_temp.verdict(jerry.refresh((:'here'::json)->>'refresh_token')), 'OK', 'a refresh');
SELECT is(pg_temp.complaint(jerry.request_deletion(:'access')), 'VALIDATION_ERROR/current_password/Field is required',
	'makes it no fresher');
UPDATE jerry.session SET authenticated_at = clock_timestamp() - interval '9 minutes 50 seconds';
SELECT is(pg_temp.verdict(jerry.request_deletion(:'access')), 'OK', 'fresh is what began ten minutes ago');
ROLLBACK TO SAVEPOINT asked;

-- ---------- what it does ----------

SELECT jerry.request_deletion(:'access', 'Secret-123', ROW('192.0.2.9', NULL, NULL, NULL)) AS answer \gset
SELECT is(regexp_replace(pg_temp.without_time(:'answer'), '"deletes_at":"[^"]*"', '"deletes_at":"T"'),
	'{"success":true,"data":{"message":"The account will be deleted. A login until then keeps it.","deletes_at":"T"},'
	'"timestamp":"T"}', 'the answer is the compact envelope');
SELECT (:'answer'::json)->'data'->>'deletes_at' AS deletes_at \gset
SELECT is(:'deletes_at'::timestamptz - ((:'answer'::json)->>'timestamp')::timestamptz, interval '14 days',
	'with the time, which is in two weeks');
SELECT is((SELECT date_trunc('second', deletes_at) FROM jerry."user" WHERE id = :'user_id'), :'deletes_at'::timestamptz,
	'the row has it');
SELECT is(pg_temp.told(:before), 'session.revoked/deletion session.revoked/deletion user.deletion_scheduled',
	'each session is told, and the deletion');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","email":"user@example.com","deletes_at":"%s","ip_address":"192.0.2.9","locale":null}',
		:'user_id', :'deletes_at'), 'user.deletion_scheduled has the documented bytes');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.validate_token(login->>'access_token')),
	pg_temp.verdict(jerry.refresh(login->>'refresh_token'))), expected, name)
FROM (VALUES
	(:'here'::json, 'INVALID_TOKEN INVALID_TOKEN', 'the user is out'),
	(:'there', 'INVALID_TOKEN INVALID_TOKEN', 'everywhere'),
	(:'other', 'OK OK', 'nobody else')
) AS t (login, expected, name);
SELECT is(pg_temp.verdict(jerry.verify_email(:'verification')), 'INVALID_TOKEN', 'no token of a mail is good now');
SELECT is(pg_temp.verdict(jerry.request_deletion(:'access', 'Secret-123')), 'INVALID_TOKEN', 'nor is it asked again');
SAVEPOINT revived;
UPDATE jerry.session SET revoked_at = NULL;
SELECT is(pg_temp.verdict(jerry.refresh((:'here'::json)->>'refresh_token')), 'INVALID_TOKEN',
	'a session that was left by hand is not refreshed');
ROLLBACK TO SAVEPOINT revived;
SELECT is(jerry.find_users('user@')->'data'->'users'->0->>'deletes_at', :'deletes_at', 'operators see it');
SELECT results_eq(format($$ SELECT action, outcome, actor, details->>'deletes_at' FROM jerry.audit
	WHERE user_id = %L AND action ~ 'deletion' ORDER BY id $$, :'user_id'),
	format($$ VALUES ('account.request_deletion', 'OK', 'user', %L) $$, :'deletes_at'), 'it is on record');
SELECT is(pg_temp.verdict(jerry.register('user@example.com', 'Secret-123', 'Secret-123')), 'DUPLICATE_EMAIL',
	'the address is not free yet');

-- ---------- a login takes it back ----------

SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'wrong')), 'INVALID_CREDENTIALS',
	'who does not know the password');
SELECT is(pg_temp.told(:before), NULL, 'takes nothing back');
SELECT jerry.login('user@example.com', 'Secret-123', ROW('192.0.2.8', NULL, NULL, NULL)::jerry.client)->'data'
	->>'access_token' AS access \gset
SELECT is(pg_temp.told(:before), 'user.deletion_cancelled user.logged_in', 'who does logs in, and stays');
SELECT is((SELECT payload->>'data' FROM jerry.event WHERE id > :before AND event_type = 'user.deletion_cancelled'),
	format('{"user_id":"%s","email":"user@example.com","ip_address":"192.0.2.8","locale":null}', :'user_id'),
	'user.deletion_cancelled has the documented bytes');
SELECT is((SELECT deletes_at FROM jerry."user" WHERE id = :'user_id'), NULL, 'there is no such time any more');
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'OK', 'the session is as any other');
SELECT is((SELECT concat_ws(' ', action, outcome, actor, ip) FROM jerry.audit WHERE action = 'account.cancel_deletion'),
	'account.cancel_deletion OK user 192.0.2.8', 'it is on record');
SELECT max(id) AS before FROM jerry.event \gset
SELECT pg_temp.log_in() \g /dev/null
SELECT is(pg_temp.told(:before), 'user.logged_in', 'the next login is none of that');

SAVEPOINT banned;
SELECT jerry.request_deletion(:'access', 'Secret-123'), jerry.ban_user(:'user_id') \g /dev/null
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'USER_BANNED', 'who is banned');
SELECT isnt((SELECT deletes_at FROM jerry."user" WHERE id = :'user_id'), NULL, 'cannot');
ROLLBACK TO SAVEPOINT banned;
SAVEPOINT forgotten;
SELECT jerry.request_deletion(:'access', 'Secret-123'), jerry.request_password_reset('user@example.com') \g /dev/null
SELECT is(pg_temp.verdict(jerry.reset_password(payload->'data'->>'password_reset_token', 'New-Secret-1',
	'New-Secret-1')), 'OK', 'who has forgotten the password gets another')
FROM jerry.event WHERE event_type = 'user.password_reset_requested';
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'New-Secret-1')), 'OK', 'and logs in');
SELECT is((SELECT deletes_at FROM jerry."user" WHERE id = :'user_id'), NULL, 'to stay');
ROLLBACK TO SAVEPOINT forgotten;
SAVEPOINT by_code;
SELECT jerry.configure('jerry.code_login', 'on') \g /dev/null
SELECT jerry.request_deletion(:'access', 'Secret-123') \g /dev/null
SELECT jerry.request_login_code('user@example.com') \g /dev/null
SELECT is(pg_temp.verdict(jerry.confirm_login_code(token => payload->'data'->>'login_token')), 'OK', 'a login by code')
FROM jerry.event WHERE event_type = 'user.login_code_requested';
SELECT is((SELECT deletes_at FROM jerry."user" WHERE id = :'user_id'), NULL, 'keeps the account, too');
ROLLBACK TO SAVEPOINT by_code;

-- ---------- when ----------

SAVEPOINT at_once;
SET LOCAL jerry.deletion_grace = 0;
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(jerry.request_deletion(:'access', 'Secret-123')->'data'->>'message', 'The account is deleted.',
	'without a grace it happens at once');
SELECT is((SELECT count(*)::int FROM jerry."user" WHERE id = :'user_id'), 0, 'the user is gone');
SELECT is((SELECT concat(payload->>'event_type', payload->>'data') FROM jerry.event WHERE id > :before),
	format('user.deleted{"user_id":"%s","email":"user@example.com","reason":"user","locale":null}', :'user_id'),
	'one event says so');
SELECT is((SELECT concat_ws(' ', action, actor, details) FROM jerry.audit ORDER BY id DESC LIMIT 1),
	'account.delete user {"reason":"user"}', 'it is on record');
ROLLBACK TO SAVEPOINT at_once;

SAVEPOINT moved;
SET LOCAL jerry.deletion_grace = '1h';
SELECT jerry.request_email_change(:'access', 'new@example.com', 'Secret-123') \g /dev/null
SELECT jerry.confirm_email_change(payload->'data'->>'email_change_token') FROM jerry.event
	WHERE event_type IN ('user.email_change_requested', 'user.email_change_offered') \g /dev/null
SELECT is((SELECT email::text FROM jerry."user" WHERE id = :'user_id'), 'new@example.com', 'an address was changed');
SELECT jerry.request_deletion(pg_temp.log_in('new@example.com')->>'access_token') \g /dev/null
SELECT is((SELECT u.deletes_at = t.expires_at FROM jerry."user" AS u JOIN jerry.one_time_token AS t ON t.user_id = u.id
	WHERE u.id = :'user_id'), true, 'nobody is deleted before that can no longer be taken back');
SELECT is(pg_temp.verdict(jerry.undo_email_change(payload->'data'->>'email_undo_token')), 'OK',
	'it can be, until then')
FROM jerry.event WHERE event_type = 'user.email_changed';
ROLLBACK TO SAVEPOINT moved;

-- ---------- jerry.maintain ----------

CREATE FUNCTION pg_temp.deleted(batch integer DEFAULT 1000) RETURNS int
	RETURN (jerry.maintain(batch)->'data'->>'deleted_users')::int;
SELECT jerry.request_deletion(:'access') \g /dev/null
SELECT max(id) AS before FROM jerry.event \gset
UPDATE jerry."user" SET deletes_at = clock_timestamp() + interval '1 minute' WHERE id = :'user_id';
SELECT is(pg_temp.deleted(), 0, 'before its time nobody is deleted');
UPDATE jerry."user" SET deletes_at = clock_timestamp() - interval '1 minute', updated_at = now() - interval '14 days'
	WHERE id = :'user_id';
SAVEPOINT due;
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'OK', 'until then a login takes it back');
SELECT is(pg_temp.deleted(), 0, 'for good');
ROLLBACK TO SAVEPOINT due;
SELECT is(pg_temp.deleted(), 1, 'then it is done');
SELECT is((SELECT concat(payload->>'event_type', payload->>'data') FROM jerry.event WHERE id > :before
	AND event_type <> 'audit.sealed'),
	format('user.deleted{"user_id":"%s","email":"user@example.com","reason":"user","locale":null}', :'user_id'),
	'one event says so');
SELECT is((SELECT concat_ws(' ', actor, outcome, details) FROM jerry.audit WHERE action = 'account.delete'),
	'user OK {"reason":"user"}', 'it is on record');
SELECT is(pg_temp.deleted(), 0, 'and done');
SELECT is((SELECT email::text FROM jerry."user"), 'other@example.com', 'others stay');

-- what the application refuses
CREATE TABLE public.note (owner uuid CONSTRAINT note_of REFERENCES jerry."user" (id));
CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not %', OLD; END $$;
CREATE TABLE public.bill (owner uuid REFERENCES jerry."user" (id) ON DELETE CASCADE);
CREATE TRIGGER refuse AFTER DELETE ON public.bill FOR EACH ROW EXECUTE FUNCTION public.refuse();
SELECT pg_temp.new_user(n || '@example.com') FROM unnest(ARRAY['a', 'b', 'c', 'd']) AS n \g /dev/null
INSERT INTO public.note SELECT id FROM jerry."user" WHERE email = 'a@example.com';
INSERT INTO public.bill SELECT id FROM jerry."user" WHERE email = 'b@example.com';
UPDATE jerry."user" SET updated_at = now() - interval '14 days',
	deletes_at = now() - CASE left(email, 1) WHEN 'a' THEN '4 days' WHEN 'b' THEN '3 days'
		WHEN 'c' THEN '2 hours' ELSE '1 hour' END::interval
	WHERE email <> 'other@example.com';
SET LOCAL client_min_messages = error;
SELECT is((SELECT finding FROM jerry.doctor() WHERE problem = 'overdue deletion'),
	'2 users were to be deleted more than a day ago', 'jerry.doctor() knows of what is late');
SELECT is(pg_temp.deleted(3), 1, 'what the application refuses stops nobody else''s deletion');
SELECT is((SELECT string_agg(email, ' ' ORDER BY email) FROM jerry."user"),
	'a@example.com b@example.com d@example.com other@example.com', 'those it refuses are there');
SELECT is((SELECT count(*)::int FROM jerry.audit WHERE action = 'account.delete'), 2, 'of them nothing is on record');
SELECT is(pg_temp.deleted(2), 1, 'and in nobody''s way');
DROP TABLE public.note, public.bill;
SELECT is(pg_temp.deleted(), 0, 'for an hour');
UPDATE jerry."user" SET updated_at = now() - interval '61 minutes' WHERE deletes_at IS NOT NULL;
SELECT is(pg_temp.deleted(1), 1, 'then they are tried again, a batch at a time');
SELECT is(pg_temp.deleted(1), 1, 'until there is none');
SELECT is(pg_temp.deleted(), 0, 'left');

-- what takes too long
CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN OLD; END $$;
CREATE TABLE public.bill (owner uuid REFERENCES jerry."user" (id) ON DELETE CASCADE);
CREATE TRIGGER dawdle AFTER DELETE ON public.bill FOR EACH ROW EXECUTE FUNCTION public.dawdle();
SELECT pg_temp.new_user(n || '@example.com') FROM unnest(ARRAY['a', 'b']) AS n \g /dev/null
INSERT INTO public.bill SELECT id FROM jerry."user" WHERE email = 'a@example.com';
UPDATE jerry."user" SET updated_at = now() - interval '14 days',
	deletes_at = now() - CASE left(email, 1) WHEN 'a' THEN '4 days' ELSE '1 hour' END::interval
	WHERE email <> 'other@example.com';
SET LOCAL statement_timeout = '10s';
SELECT is(pg_temp.deleted(), 0, 'a deletion that takes long is given up, and the rest is left for the next call');
SELECT is(pg_temp.deleted(), 1, 'which it does not hold up');
SELECT is((SELECT string_agg(email, ' ' ORDER BY email) FROM jerry."user"), 'a@example.com other@example.com',
	'who was not deleted is there');
RESET statement_timeout;

SELECT * FROM finish();
ROLLBACK;
