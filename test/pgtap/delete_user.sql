-- jerry.delete_user: an operator deletes an account, at once
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS session, pg_temp.verification_token(:'user_id') AS token \gset
SELECT max(id) AS before FROM jerry.event \gset

SELECT pg_temp.declared('delete_user(uuid,jerry.client)', roles => 'jerry_admin', volatility => 'v',
	parallel => 'u', strict => false, call => 'SELECT jerry.delete_user(gen_random_uuid())', reason => 'it writes');

SELECT is(pg_temp.complaint(jerry.delete_user(NULL)), 'VALIDATION_ERROR/user_id/Field is required',
	'a user is needed');
SELECT is(pg_temp.complaint(jerry.delete_user(gen_random_uuid())), 'USER_NOT_FOUND', 'who exists');

CREATE TABLE public.note (owner uuid REFERENCES jerry."user" (id));
INSERT INTO public.note VALUES (:'user_id');
SELECT is(pg_temp.outcome(format('SELECT jerry.delete_user(%L)', :'user_id')), '23503',
	'a foreign key of the application''s can forbid it');
DROP TABLE public.note;
SELECT is(pg_temp.without_time(jerry.delete_user(:'user_id')),
	format('{"success":true,"data":{"user_id":"%s","email":"user@example.com"},"timestamp":"T"}', :'user_id'),
	'the answer is the compact envelope');
SELECT is((SELECT concat(payload->>'event_type', payload->>'data') FROM jerry.event WHERE id > :before),
	format('user.deleted{"user_id":"%s","email":"user@example.com","reason":"admin","locale":null}', :'user_id'),
	'an event says so');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.validate_token((:'session'::json)->>'access_token')),
	pg_temp.verdict(jerry.verify_email(:'token')), pg_temp.verdict(jerry.login('user@example.com', 'Secret-123'))),
	'INVALID_TOKEN INVALID_TOKEN INVALID_CREDENTIALS', 'nothing of the user is good any more');
SELECT is(pg_temp.verdict(jerry.delete_user(:'user_id')), 'USER_NOT_FOUND', 'who is gone is gone');
SELECT is(pg_temp.verdict(jerry.login('other@example.com', 'Secret-123')), 'OK', 'others are not');
SELECT isnt(pg_temp.new_user(), :'user_id'::uuid, 'the address is free');

-- ---------- triggers of the application ----------

CREATE ROLE shop;
CREATE ROLE forum;
CREATE SCHEMA application;
GRANT ALL ON SCHEMA application TO shop, forum, jerry_api;
GRANT USAGE ON SCHEMA jerry TO shop, forum;
GRANT REFERENCES ON jerry."user" TO shop, forum;
CREATE TABLE application.seen (at_what text, by_whom text);
GRANT INSERT ON application.seen TO PUBLIC;
CREATE FUNCTION application.note_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO application.seen VALUES (concat_ws(' ', lower(tg_when), lower(tg_op), tg_table_name), current_user);
	RETURN OLD;
END
$$;
-- deletes a user to whom these tables refer, and says what triggers ran as whom
CREATE FUNCTION pg_temp.triggers_of(tables text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	id uuid := pg_temp.new_user('trigger@example.com');
	name text;
	seen text;
BEGIN
	FOREACH name IN ARRAY tables LOOP
		EXECUTE format('INSERT INTO application.%I VALUES (%L)', name, id);
	END LOOP;
	DELETE FROM application.seen;
	PERFORM jerry.delete_user(id);
	SELECT string_agg(DISTINCT concat(at_what, ': ', by_whom), ', ') INTO seen FROM application.seen;
	RETURN seen;
END
$$;

CREATE TABLE application.ours (owner uuid REFERENCES jerry."user" (id) ON DELETE CASCADE);
CREATE TRIGGER note AFTER DELETE ON application.ours FOR EACH ROW EXECUTE FUNCTION application.note_trigger();
SELECT is(pg_temp.triggers_of('{ours}'), concat('after delete ours: ', current_user),
	'triggers on the tables of Jerry''s owner run as that one');

SET LOCAL ROLE shop;
CREATE TABLE application.article (owner uuid PRIMARY KEY REFERENCES jerry."user" (id) ON DELETE CASCADE);
CREATE TABLE application.price (owner uuid REFERENCES application.article ON DELETE CASCADE);
CREATE TABLE application.visit (owner uuid REFERENCES jerry."user" (id) ON DELETE SET NULL);
CREATE TRIGGER before BEFORE DELETE ON application.article FOR EACH ROW EXECUTE FUNCTION application.note_trigger();
CREATE TRIGGER row AFTER DELETE ON application.article FOR EACH ROW EXECUTE FUNCTION application.note_trigger();
CREATE TRIGGER statement AFTER DELETE ON application.article EXECUTE FUNCTION application.note_trigger();
CREATE TRIGGER row AFTER DELETE ON application.price FOR EACH ROW EXECUTE FUNCTION application.note_trigger();
CREATE TRIGGER row AFTER UPDATE ON application.visit FOR EACH ROW EXECUTE FUNCTION application.note_trigger();
RESET ROLE;
SELECT is(pg_temp.triggers_of('{article,price,visit}'),
	'after delete article: shop, after delete price: shop, after update visit: shop, before delete article: shop',
	'those on the tables of a role as that role, which gains nothing by them');
SELECT is((SELECT count(*)::int FROM application.visit WHERE owner IS NULL), 1, 'and the foreign keys do it all');
SELECT is(pg_temp.triggers_of('{}'), 'after delete article: shop', 'also without a row that refers to the user');

SET LOCAL ROLE forum;
CREATE TABLE application.post (owner uuid REFERENCES jerry."user" (id) ON DELETE CASCADE);
CREATE TRIGGER row AFTER DELETE ON application.post FOR EACH ROW EXECUTE FUNCTION application.note_trigger();
RESET ROLE;
SELECT is(pg_temp.triggers_of('{article,post}'),
	CASE WHEN current_setting('server_version_num')::int < 180000
		THEN 'after delete article: jerry_api, after delete post: jerry_api, before delete article: shop'
		ELSE 'after delete article: shop, after delete post: forum, before delete article: shop' END,
	'with the tables of two roles neither runs as the other');

-- ---------- what they may do in the session of who deletes ----------

CREATE FUNCTION pg_temp.with_trigger(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	id uuid;
BEGIN
	id := pg_temp.new_user('trigger@example.com');
	EXECUTE format('CREATE OR REPLACE FUNCTION application.does() RETURNS trigger LANGUAGE plpgsql AS %L',
		format('BEGIN %s; RETURN OLD; END', statement));
	INSERT INTO application.post VALUES (id);
	RETURN pg_temp.verdict(jerry.delete_user(id));
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate;
END
$$;
DROP TABLE application.article CASCADE;
DROP TABLE application.price, application.visit;
SELECT pg_temp.with_trigger('NULL') \g /dev/null
ALTER FUNCTION application.does() OWNER TO forum;
CREATE TRIGGER before BEFORE DELETE ON application.post FOR EACH ROW EXECUTE FUNCTION application.does();
CREATE TRIGGER after AFTER DELETE ON application.post FOR EACH ROW EXECUTE FUNCTION application.does();
SELECT is(pg_temp.with_trigger(statement), '42501', statement || ': triggers change no session')
FROM unnest(ARRAY['DEALLOCATE ALL', 'PREPARE login AS SELECT 1', 'SET ROLE jerry_api',
	'CREATE TEMPORARY TABLE t ()', 'LISTEN x']) AS statement;
SELECT is(pg_temp.with_trigger('PERFORM set_config(''default_transaction_read_only'', ''on'', false)'), 'OK',
	'what they set');
SELECT is(current_setting('default_transaction_read_only'), 'off', 'ends with them');

DROP TABLE application.post;
SET LOCAL ROLE forum;
CREATE TABLE application.post (owner uuid REFERENCES jerry."user" (id) ON DELETE CASCADE
	DEFERRABLE INITIALLY DEFERRED);
CREATE CONSTRAINT TRIGGER late AFTER DELETE ON application.post DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION application.note_trigger();
RESET ROLE;
SET CONSTRAINTS ALL DEFERRED;
SELECT is(pg_temp.triggers_of('{post}'), 'after delete post: forum',
	'none waits for the commit, where it would run as whoever commits');

SELECT * FROM finish();
ROLLBACK;
