-- login.sql: logs a user in; leaves the tokens in the variables access_token and refresh_token.
--
--     read -rsp 'Password: ' PASSWORD && export PASSWORD      # nothing secret on a command line: everybody can read those
--     psql "$JERRY_DSN" -v email=user@example.com -f examples/psql/login.sql
--
-- Needs the role jerry_api.
\set ON_ERROR_STOP on
\if :{?password}
\else
	\getenv password PASSWORD
\endif

SELECT jerry.unwrap(jerry.login(:'email', :'password')) AS login \gset
SELECT login->>'access_token' AS access_token, login->>'refresh_token' AS refresh_token FROM (SELECT :'login'::json AS login) AS l \gset
SELECT login->>'token_type' AS token_type, login->>'expires_in' AS expires_in FROM (SELECT :'login'::json AS login) AS l;

-- a wrong password and an unknown address are told apart by nobody
SELECT jerry.error_code(jerry.login(:'email', 'WrongPassword123!')) AS wrong_password,
	jerry.error_code(jerry.login('nobody@example.com', :'password')) AS unknown;
