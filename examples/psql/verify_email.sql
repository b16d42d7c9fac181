-- verify_email.sql: redeems the verification token of a user's mail.
--
--     psql "$JERRY_DSN" -v email=user@example.com -f examples/psql/verify_email.sql
--
-- Needs the role jerry_api, and here the owner's rights too, because it looks the token up itself: in real life that is in the event which the
-- mailer gets (events.sql), and comes back with the user's click.
\set ON_ERROR_STOP on

SELECT payload->'data'->>'email_verification_token' AS token
	FROM jerry.event
	WHERE event_type IN ('user.registered', 'user.verification_requested', 'user.verification_reminder')
		AND payload->'data'->>'email' = :'email'
	ORDER BY id DESC LIMIT 1 \gset
SELECT jerry.unwrap(jerry.verify_email(:'token'))->>'message' AS message;

-- a token is good for one use
SELECT jerry.error_code(jerry.verify_email(:'token'));
