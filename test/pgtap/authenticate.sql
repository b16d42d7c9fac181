-- jerry.authenticate: a live access token gives the transaction its identity
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user('User@Example.com') AS user_id \gset
SELECT pg_temp.log_in() AS data \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT pg_temp.share_key() AS shared_kid \gset
SELECT jerry.create_access_token(format('{"sub":"%s"}', :'user_id')::json) AS minted \gset

SELECT pg_temp.declared('authenticate(text)', roles => 'jerry_admin, jerry_api', volatility => 'v', parallel => 'u',
	strict => false,
	call => 'SELECT jerry.authenticate(''x'')', reason => 'it writes into the memory of its backend');

SELECT is(pg_temp.without_time(jerry.authenticate(:'access')),
	format('{"success":true,"data":{"user_id":"%s","email":"User@Example.com","expires_at":"%s","aal":"aal1",'
	'"amr":["pwd"],"auth_time":%s},"timestamp":"T"}', :'user_id',
	to_char(to_timestamp((pg_temp.claims(:'access')->>'exp')::bigint) AT TIME ZONE 'UTC',
		'YYYY-MM-DD"T"HH24:MI:SS"Z"'), pg_temp.claims(:'access')->>'auth_time'),
	'the answer is the compact envelope in the documented order');
SELECT is(jerry.uid(), :'user_id', 'the transaction has an identity');
SELECT is(pg_temp.verdict(jerry.authenticate(:'minted')), 'OK', 'a token without a session names its user');
SELECT is(jerry.uid(), :'user_id', 'who is the identity');

-- whatever is wrong with a token, there is no identity afterwards, also where there was one
CREATE TEMPORARY TABLE bad AS
	SELECT * FROM (VALUES
		(NULL, 'VALIDATION_ERROR/access_token/Field is required', 'a missing token is told'),
		('', 'INVALID_TOKEN', 'an empty token is invalid'),
		('x', 'INVALID_TOKEN', 'a word is invalid'),
		(repeat('x', 8193), 'INVALID_TOKEN', 'a long text is invalid'),
		(:'refresh', 'INVALID_TOKEN', 'a refresh token is no access token'),
		(:'access' || 'x', 'INVALID_TOKEN', 'a token with a letter behind it is invalid'),
		(jerry.create_access_token(format('{"sub":"%s"}', :'user_id')::json, '-1 second'), 'EXPIRED_TOKEN',
			'a token of yesterday has expired'),
		(jerry.create_access_token('{"sub":"somebody"}'), 'INVALID_TOKEN', 'a token of nobody is invalid'),
		(jerry.create_access_token(format('{"sub":"%s"}', gen_random_uuid())::json), 'INVALID_TOKEN',
			'a token of a user who is not there is invalid'),
		(jerry.create_access_token('{}'), 'INVALID_TOKEN', 'a token without a user is invalid'),
		(jerry.create_access_token(format('{"sub":"%s","sid":"%s"}', :'user_id', gen_random_uuid())::json),
			'INVALID_TOKEN',
			'a token of a session that is not there is invalid')
	) AS t (token, expected, name);
CREATE FUNCTION pg_temp.authenticate_after(first text, second text, OUT answer text, OUT uid uuid, OUT claims text)
	LANGUAGE plpgsql AS $$
BEGIN
	PERFORM jerry.authenticate(first);
	answer := pg_temp.complaint(jerry.authenticate(second));
	uid := jerry.uid();
	claims := jerry.claims();
END
$$;
CREATE TEMPORARY TABLE result AS SELECT bad.name, expected, r.* FROM bad,
	pg_temp.authenticate_after(:'access', token) AS r;
SELECT is(answer, expected, name) FROM result;
SELECT is(concat(uid, claims), '', name || ', and leaves no identity') FROM result;

SELECT is(pg_temp.verdict(jerry.authenticate(:'access')), 'OK', 'after a mistake a good token is good');
SELECT is(jerry.uid(), :'user_id', 'and names its user');

-- ---------- the session is asked, too ----------

SAVEPOINT live;
UPDATE jerry.session SET revoked_at = now();
SELECT is(jerry.uid(), :'user_id', 'a session that is revoked later in the transaction goes unnoticed in it');
SELECT is(pg_temp.verdict(jerry.authenticate(:'access')), 'INVALID_TOKEN', 'but is invalid at once for who asks again');
SELECT is(jerry.uid(), NULL, 'and loses the identity');
SELECT is(pg_temp.verdict(jerry.authenticate(:'minted')), 'OK', 'a token without a session is not revoked with it');
ROLLBACK TO SAVEPOINT live;
SELECT is(pg_temp.verdict(jerry.authenticate(:'access')), 'OK', 'what was rolled back is forgotten');
DELETE FROM jerry.session;
SELECT is(pg_temp.verdict(jerry.authenticate(:'access')), 'INVALID_TOKEN', 'a session that is gone is invalid');
ROLLBACK TO SAVEPOINT live;
DELETE FROM jerry."user" WHERE id = :'user_id';
SELECT is(pg_temp.verdict(jerry.authenticate(:'access')), 'INVALID_TOKEN', 'a deleted user is invalid');
SELECT is(pg_temp.verdict(jerry.authenticate(:'minted')), 'INVALID_TOKEN', 'with or without a session');
ROLLBACK TO SAVEPOINT live;
UPDATE jerry.signing_key SET status = 'retired';
SELECT is(pg_temp.verdict(jerry.authenticate(:'access')), 'INVALID_TOKEN', 'a token of a retired key is invalid');
ROLLBACK TO SAVEPOINT live;

-- ---------- who may, and where ----------

SELECT is(pg_temp.outcome(format('SELECT jerry.authenticate(%L)->>''success''', :'access'), 'jerry_api'), 'true',
	'an application''s role may authenticate');
SELECT is(pg_temp.outcome('SELECT jerry.uid()', 'jerry_api'), :'user_id', 'and ask who it is for');
SELECT is(pg_temp.outcome('SELECT jerry.uid()', 'jerry_admin'), :'user_id',
	'a role that is taken on later finds the same identity');
SET LOCAL transaction_read_only = on;
SELECT is(pg_temp.verdict(jerry.authenticate(:'access')), 'OK', 'it writes nothing');

SELECT * FROM finish();
ROLLBACK;
