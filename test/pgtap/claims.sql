-- jerry.claims: what the token of the transaction's identity says
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id \gset
SELECT pg_temp.share_key() AS shared_kid \gset
SELECT pg_temp.log_in()->>'access_token' AS access \gset
SELECT jerry.create_access_token(format('{"sub":"%s","role":"editor","teams":[1,{"a":"\u00e9"}],"n":1.50}',
	:'user_id')::json) AS minted \gset

SELECT pg_temp.declared('claims()', roles => 'jerry_admin, jerry_api', volatility => 's', parallel => 'r',
	strict => false,
	call => 'SELECT jerry.claims()', reason => 'the identity is in the memory of the leader, and a statement has one');

SELECT is(jerry.claims()::text, NULL, 'a transaction begins without claims');
SELECT jerry.authenticate(:'access') \g /dev/null
SELECT is(jerry.claims()::text, pg_temp.claims(:'access')::text, 'they are those of the token, byte by byte');
SELECT is(pg_temp.keys(jerry.claims()), 'sub,user_id,email,sid,aal,amr,auth_time,type,iat,exp,jti', 'all of them');
SELECT is((jerry.claims()->>'sub')::uuid, jerry.uid(), 'the subject is the identity');
SELECT is(jerry.claims()->>'email', 'user@example.com', 'the address is that of the token');

SELECT jerry.authenticate(:'minted') \g /dev/null
SELECT is(jerry.claims()->>'role', 'editor', 'claims that are not Jerry''s are there as well');
SELECT is(jerry.claims()->'teams'->1->>'a', U&'\00E9', 'whatever their shape');
SELECT is(jerry.claims()->>'n', '1.50', 'and digits');
SELECT is(jerry.claims()->>'sid', NULL, 'nothing of the token before');

-- policies read them
CREATE TABLE public.draft (n integer);
INSERT INTO public.draft VALUES (1);
GRANT SELECT ON public.draft TO jerry_api;
ALTER TABLE public.draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY editors ON public.draft USING (jerry.claims()->>'role' = 'editor');
SELECT is(pg_temp.outcome('SELECT count(*) FROM public.draft', 'jerry_api'), '1',
	'a policy lets pass whose claims it likes');
SELECT jerry.authenticate(:'access') \g /dev/null
SELECT is(pg_temp.outcome('SELECT count(*) FROM public.draft', 'jerry_api'), '0', 'others not');
SELECT jerry.authenticate('x') \g /dev/null
SELECT is(pg_temp.outcome('SELECT count(*) FROM public.draft', 'jerry_api'), '0', 'nor nobody');

-- what is returned is a copy
SELECT jerry.authenticate(:'minted') \g /dev/null
CREATE TEMPORARY TABLE kept AS SELECT jerry.claims() AS claims FROM generate_series(1, 1000);
SELECT jerry.authenticate(:'access') \g /dev/null
SELECT is((SELECT count(*)::int FROM kept WHERE claims->>'role' = 'editor'), 1000,
	'what was stored stays when the identity changes');
SELECT is(jerry.claims()->>'role', NULL, 'which it does');

SAVEPOINT one;
SELECT jerry.authenticate(:'minted') \g /dev/null
ROLLBACK TO SAVEPOINT one;
SELECT is(jerry.claims()::text, NULL, 'claims go with the savepoint of their identity');

SET LOCAL jerry.issuer = 'https://example.com';
SELECT pg_temp.log_in()->>'access_token' AS issued \gset
SELECT jerry.authenticate(:'issued') \g /dev/null
SELECT is(jerry.claims()->>'iss', 'https://example.com', 'the issuer is a claim');
SELECT jerry.authenticate(:'access') \g /dev/null
SELECT is(jerry.claims()::text, NULL, 'a token without it authenticates nobody then');

RESET jerry.issuer;
SELECT jerry.create_access_token(format('{"sub":"%s","a":"%s"}', :'user_id',
	repeat('x', 5000))::json) AS long_token \gset
SELECT jerry.authenticate(:'long_token') \g /dev/null
SELECT is(length(jerry.claims()->>'a'), 5000, 'there can be many');

SELECT * FROM finish();
ROLLBACK;
