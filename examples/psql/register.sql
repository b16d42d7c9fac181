-- register.sql: makes a user.
--
--     read -rsp 'Password: ' PASSWORD && export PASSWORD      # nothing secret on a command line: everybody can read those
--     psql "$JERRY_DSN" -v email=user@example.com -f examples/psql/register.sql
--
-- Needs the role jerry_api. The answer is the same JSON as over HTTP; jerry.unwrap makes a refusal an error and a success its data.
\set ON_ERROR_STOP on
\if :{?password}
\else
	\getenv password PASSWORD
\endif

SELECT jerry.unwrap(jerry.register(:'email', :'password', :'password')) AS registered \gset
SELECT :'registered'::json->>'user_id' AS user_id, :'registered'::json->>'message' AS message;

-- a refusal as it is: a result, which rolls nothing back
SELECT jerry.error_code(answer), answer FROM jerry.register(:'email', :'password', :'password') AS answer;
