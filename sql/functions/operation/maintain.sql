CREATE FUNCTION jerry.maintain(batch integer DEFAULT 1000) RETURNS json
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_maintain';
COMMENT ON FUNCTION jerry.maintain(integer) IS
	'Deletes at most batch rows (1 to 100000) of each kind that nobody needs any more: dead letters that were '
	'rejected, and deliveries that webhooks have missed, longer than jerry.event_retention ago, events that nobody '
	'waits for and that are older than that, '
	'one-time tokens that expired a week ago, or have and are of addresses without an account, '
	'sessions none of whose tokens can still be valid. Ends at most batch sessions that were not used for '
	'jerry.session_idle_timeout, and emits session.revoked for each. '
	'Deletes at most batch users, never more than 50, whose deletion is due, or who were never verified and have not '
	'used the account for jerry.unverified_ttl, as jerry.delete_user() does, and emits '
	'user.deleted for each; one that a foreign key '
	'or a trigger of the application refuses, or that takes longer than 0.8 seconds, is tried again after an hour, '
	'or jerry.unverified_ttl, and a warning names the constraint. '
	'Disables webhooks for which more than 100000 deliveries wait, and emits webhook.disabled for each. '
	'Emits user.verification_reminder for users who have not verified, at most batch and never more than 100, once '
	'for each time of jerry.reminder_after. Replaces and retires signing keys whose time has come, see '
	'jerry.list_keys(), or warns of why that cannot be done. Forgets limits of which nothing is used any more, a '
	'hundred times as many at once, and keeps a million of the others at most. Seals what is on record as '
	'jerry.seal_audit() does, and emits audit.sealed if there was something. Data: dead_letters, events, '
	'one_time_tokens, sessions, idle_sessions, deleted_users, reminders, rate_buckets, audit_months: those of '
	'jerry.audit that were dropped, all of a month being older than jerry.audit_retention. Call it again, in a '
	'transaction of its own, until all are 0. Raises 22023 for an invalid batch, 0A000 outside isolation level '
	'READ COMMITTED.';
GRANT EXECUTE ON FUNCTION jerry.maintain(integer) TO jerry_api, jerry_admin;
