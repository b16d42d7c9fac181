-- validate_token.sql: whose access token is it?
--
--     export ACCESS_TOKEN REFRESH_TOKEN
--     psql "$JERRY_DSN" -f examples/psql/validate_token.sql
--
-- Needs the role jerry_api; login.sql leaves the tokens in these variables. Validation works on a hot standby, too.
\set ON_ERROR_STOP on
\if :{?access_token}
\else
	\getenv access_token ACCESS_TOKEN
	\getenv refresh_token REFRESH_TOKEN
\endif

SELECT valid->>'is_valid' AS is_valid, valid->>'email' AS email, valid->>'expires_at' AS expires_at
	FROM jerry.unwrap(jerry.validate_token(:'access_token')) AS valid;

-- a refresh token is no access token
SELECT jerry.error_code(jerry.validate_token(:'refresh_token'));

-- what it is for: the next access token; and if they rotate the next refresh token, which is then the one to keep
SELECT new->>'access_token' AS access_token, coalesce(new->>'refresh_token', :'refresh_token') AS refresh_token
	FROM jerry.unwrap(jerry.refresh(:'refresh_token')) AS new \gset
SELECT jerry.unwrap(jerry.me(:'access_token'));
