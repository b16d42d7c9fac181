-- business_row.sql: a user and the row that belongs to it commit together, or neither does.
--
--     read -rsp 'Password: ' PASSWORD && export PASSWORD      # nothing secret on a command line: everybody can read those
--     psql "$JERRY_DSN" -v email=owner@example.com -f examples/psql/business_row.sql
--
-- Needs the role jerry_api and REFERENCES on jerry.user, for the foreign key. Registers shop.EMAIL.
\set ON_ERROR_STOP on
\if :{?password}
\else
	\getenv password PASSWORD
\endif

CREATE TABLE IF NOT EXISTS example_shop (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	owner uuid NOT NULL REFERENCES jerry.user (id) ON DELETE CASCADE,
	name text NOT NULL
);

BEGIN;
INSERT INTO example_shop (owner, name)
	SELECT (jerry.unwrap(jerry.register('shop.' || :'email', :'password', :'password'))->>'user_id')::uuid, 'Corner shop';
COMMIT;

-- The address is taken now: the second shop is an error of SQLSTATE JR002, and rolled back with everything else in its transaction.
\set ON_ERROR_STOP off
\echo the same address once more, which is to be refused:
BEGIN;
INSERT INTO example_shop (owner, name)
	SELECT (jerry.unwrap(jerry.register('shop.' || :'email', :'password', :'password'))->>'user_id')::uuid, 'Second shop';
COMMIT;
\echo refused with :LAST_ERROR_SQLSTATE
\set ON_ERROR_STOP on

SELECT s.name, u.email FROM example_shop AS s JOIN jerry.user AS u ON u.id = s.owner WHERE u.email = 'shop.' || :'email';
