-- events.sql: receives what happened, as a consumer does: claim, handle, acknowledge.
--
--     psql "$JERRY_DSN" -f examples/psql/events.sql
--
-- Needs the roles jerry_events and, to be forgotten as a consumer at the end, jerry_admin. Programs that do this for good: consumer.py, consumer.c.
\set ON_ERROR_STOP on

-- The first claim of a name gives it every event that is kept. A statement of its own: what is claimed is leased for a minute.
CREATE TEMPORARY TABLE claimed AS SELECT * FROM jerry.claim_events('psql_example', 10000);
SELECT event_id, event_type, payload->'data'->>'email' AS email FROM claimed ORDER BY event_id DESC LIMIT 4;

-- handled: they do not come again
SELECT jerry.ack_events('psql_example', array_agg(event_id)) > 0 AS acknowledged FROM claimed;

-- a consumer that stays away keeps its events for ever
SELECT jerry.remove_consumer('psql_example') AS removed;
