/*
 * email_change.c: users change their address: request_email_change, which the
 * old and the new one confirm or cancel, and undo_email_change.
 */
#include "base/jerry.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/envelope.h"
#include "base/uuid.h"
#include "domain/account.h"
#include "domain/address.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/event.h"
#include "domain/limit.h"
#include "domain/mail_limit.h"
#include "domain/one_time.h"
#include "domain/reauthentication.h"
#include "domain/session.h"
#include "utils/builtins.h"

/*
 * A change that waits for its confirmations.  Both tokens remember it, in the
 * members of their data that are named here.
 */
typedef struct EmailChange
{
	char *user_email; /* the address that the user has */
	char *new_email;
	char *session_id; /* of who asked for it; NULL: a token without a session */
	bool confirmed;	  /* by the other address */
} EmailChange;

static const char *
write_change(const EmailChange *change)
{
	JsonWriter w;

	json_start(&w);
	json_text(&w, "user_email", change->user_email);
	json_text(&w, "new_email", change->new_email);
	json_text(&w, "session_id", change->session_id);
	json_bool(&w, "confirmed", change->confirmed);
	json_end(&w);
	return w.buf.data;
}

/* false: somebody else has written it. */
static bool
read_change(const StoredOneTimeToken *token, EmailChange *change)
{
	text *data = token->data == NULL ? NULL : cstring_to_text(token->data);
	char *confirmed;

	if (data == NULL)
		return false;
	confirmed = json_string_of(data, "confirmed");
	change->user_email = json_string_of(data, "user_email");
	change->new_email = json_string_of(data, "new_email");
	change->session_id = json_string_of(data, "session_id");
	change->confirmed = confirmed != NULL && strcmp(confirmed, "true") == 0;
	return change->user_email != NULL && change->new_email != NULL;
}

/* A session of the caller as text; NULL: there is none. */
static char *
session_id_of(const Token *caller)
{
	char *id = palloc0(UUID_TEXT_LENGTH + 1);

	if (!caller->has_session)
		return NULL;
	uuid_write(&caller->session_id, id);
	return id;
}

/*
 * Has the new address the token mailed.  If it is another user's, that one is
 * told instead that somebody wants it, and nobody gets the token.
 */
static void
tell_new_address(const StoredUser *user, const char *new_email, const char *token, TimestampTz now)
{
	StoredUser owner;

	if (store_find_user_by_email(new_email, HOLD_NOT, &owner) && !uuid_equal(&owner.id, &user->id))
		event_emit(event_user_email_change_attempted(&owner.id, owner.email, owner.locale), now);
	else if (store_address_is_kept(new_email, &user->id, now))
		event_rehearse(event_user_email_change_offered(&user->id, new_email, token, user->locale),
					   now);
	else
		event_emit(event_user_email_change_offered(&user->id, new_email, token, user->locale), now);
}

/* Makes the tokens of a change, for a user who is held; tells both sides. */
static void
offer_change(const StoredUser *user, const char *new_email, const Token *caller, TimestampTz now)
{
	EmailChange change = { user->email, unconstify(char *, new_email), session_id_of(caller) };
	const char *data = write_change(&change);
	char *old = one_time_issue(ONE_TIME_EMAIL_CHANGE_OLD, &user->id, user->email, data, now);
	char *new = one_time_issue(ONE_TIME_EMAIL_CHANGE_NEW, &user->id, new_email, data, now);

	event_emit(event_user_email_change_requested(&user->id, user->email, new_email, old,
												 user->locale),
			   now);
	tell_new_address(user, new_email, new, now);
}

PG_FUNCTION_INFO_V1(jerry_request_email_change);

/*
 * request_email_change(access_token text, new_email text, current_password
 * text, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_request_email_change(PG_FUNCTION_ARGS)
{
	static const char *const required[] = { "access_token", "new_email", "current_password" };
	Client client = client_argument(fcinfo, 3);
	Token token;
	char new_email[EMAIL_MAX + 1];
	EmailVerdict address;
	Password current;
	StoredUser user;
	Limits limits;
	TimestampTz now;
	TimestampTz undo_until;
	bool may_mail;
	Datum refusal;
	JsonWriter w;

	jerry_require_primary("jerry.request_email_change()");
	PreventCommandIfParallelMode("jerry.request_email_change()");
	for (int i = 0; i < lengthof(required); i++)
		if (PG_ARGISNULL(i))
			return answer_required(required[i]);
	if (!caller_find_user(token_argument(fcinfo, 0), &token, &user, &refusal))
		return refusal;
	address = address_read(PG_GETARG_TEXT_PP(1), new_email);
	if (address != EMAIL_VALID)
		return address_refusal("new_email", address);
	if (strcmp(new_email, user.email) == 0)
		return answer_error(CODE_INVALID_EMAIL, "new_email",
							"Email address must differ from the current one");
	if (!limit_allows_network(&limits, LIMIT_MAIL_NETWORK, &client))
		return limits_refusal(&limits);
	current = password_read(PG_GETARG_TEXT_PP(2));
	if (!reauthenticate(&token, &client, &current, NULL, NULL, audit_account_request_email_change(),
						&user, &refusal))
		return refusal;

	now = jerry_now();
	session_confirm(&token);
	/*
	 * Whoever takes the account moves it only once, so that who had it can take
	 * it back.
	 */
	undo_until = one_time_pending_until(ONE_TIME_EMAIL_UNDO, &user.id);
	if (undo_until > now)
		return answer_wait(CODE_RATE_LIMITED,
						   "The last change of the address can still be taken back",
						   (undo_until - now) / USECS_PER_SEC + 1);
	if (!limits_take(&limits))
		return limits_refusal(&limits);
	/* Both, whether or not the first one may. */
	may_mail = mail_limit_takes(&limits, user.email);
	may_mail = mail_limit_takes(&limits, new_email) && may_mail;
	if (may_mail)
		offer_change(&user, new_email, &token, now);
	audit_record(audit_account_request_email_change(), AUDIT_OK, &user.id,
				 token.has_session ? &token.session_id : NULL, &client, now);

	answer_start(&w);
	json_text(&w, "message",
			  "Both addresses have to confirm the change: each is sent a token, the new one unless"
			  " it cannot be used.");
	return answer_finish(&w);
}

/* What became of the token of one side. */
typedef struct Side
{
	OneTimePurpose other; /* the purpose of the other side's token */
	StoredUser user;	  /* held */
	EmailChange change;
} Side;

/*
 * Redeems the token of a change in argument 0, whichever side it was mailed to.
 * false: *refusal is the answer.
 */
static bool
redeem_side(FunctionCallInfo fcinfo, const Client *client, TimestampTz now, Side *side,
			Datum *refusal)
{
	text *token = token_argument(fcinfo, 0);
	OneTimeVerdict verdict;
	StoredOneTimeToken found;

	side->other = ONE_TIME_EMAIL_CHANGE_NEW;
	verdict = one_time_redeem(token, ONE_TIME_EMAIL_CHANGE_OLD, now, &found);
	if (verdict == ONE_TIME_UNKNOWN)
	{
		side->other = ONE_TIME_EMAIL_CHANGE_OLD;
		verdict = one_time_redeem(token, ONE_TIME_EMAIL_CHANGE_NEW, now, &found);
	}
	/* Who was banned meanwhile goes nowhere. */
	if (verdict == ONE_TIME_GOOD && (!store_find_user(&found.user_id, PROBE_LATEST, &side->user) ||
									 account_is_banned(&side->user, now) ||
									 !read_change(&found, &side->change)))
		verdict = ONE_TIME_UNKNOWN;
	if (verdict != ONE_TIME_GOOD)
		*refusal = one_time_refuse(verdict, client, NULL);
	return verdict == ONE_TIME_GOOD;
}

/*
 * Gives a user, who is held, another address, and leaves nothing that belongs
 * to the one before: tokens in its mails, and sessions, but the one to keep.
 * false: somebody else has the address.
 */
static bool
move(const StoredUser *user, const char *new_email, const pg_uuid_t *keep, const Client *client,
	 TimestampTz now)
{
	if (!store_change_email(&user->id, new_email, now))
		return false;
	one_time_forget_all(&user->id);
	(void) session_end_all_of(&user->id, keep, ENDED_EMAIL, client, now);
	if (!user->is_email_verified)
	{
		StoredUser moved = *user;

		moved.email = unconstify(char *, new_email);
		account_verify(&moved, client, now);
	}
	return true;
}

/* Both sides have confirmed.  false: as move(). */
static bool
complete(const Side *side, const Client *client, TimestampTz now)
{
	const StoredUser *user = &side->user;
	const EmailChange *change = &side->change;
	EmailChange undo = { .user_email = change->new_email };
	pg_uuid_t session_id;
	bool keep = change->session_id != NULL && uuid_read(change->session_id, &session_id);
	char *token;

	if (!move(user, change->new_email, keep ? &session_id : NULL, client, now))
		return false;
	token = one_time_issue(ONE_TIME_EMAIL_UNDO, &user->id, user->email, write_change(&undo), now);
	event_emit(event_user_email_changed(&user->id, user->email, change->new_email,
										client_address(client), token, user->locale),
			   now);
	audit_record(audit_account_change_email(), AUDIT_OK, &user->id, NULL, client, now);
	return true;
}

PG_FUNCTION_INFO_V1(jerry_confirm_email_change);

/*
 * confirm_email_change(token text, client jerry.client DEFAULT NULL) RETURNS
 * json
 */
Datum
jerry_confirm_email_change(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 1);
	TimestampTz now = jerry_now();
	Side side;
	bool completes;
	Datum refusal;
	JsonWriter w;

	jerry_require_primary("jerry.confirm_email_change()");
	if (PG_ARGISNULL(0))
		return answer_required("token");
	if (!redeem_side(fcinfo, &client, now, &side, &refusal))
		return refusal;
	completes = side.change.confirmed;
	if (completes && !complete(&side, &client, now))
		return answer_error(CODE_DUPLICATE_EMAIL, NULL, NULL);
	if (!completes)
	{
		side.change.confirmed = true;
		if (!one_time_remember(side.other, &side.user.id, write_change(&side.change)))
			return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	}

	answer_start(&w);
	json_text(&w, "message",
			  completes ? "Email changed successfully"
						: "Confirmed. The change waits for the other address.");
	json_bool(&w, "is_changed", completes);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_cancel_email_change);

/*
 * cancel_email_change(token text, client jerry.client DEFAULT NULL) RETURNS
 * json
 */
Datum
jerry_cancel_email_change(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 1);
	TimestampTz now = jerry_now();
	Side side;
	Datum refusal;
	JsonWriter w;

	jerry_require_primary("jerry.cancel_email_change()");
	if (PG_ARGISNULL(0))
		return answer_required("token");
	if (!redeem_side(fcinfo, &client, now, &side, &refusal))
		return refusal;
	one_time_forget(side.other, &side.user.id);
	event_emit(event_user_email_change_cancelled(&side.user.id, side.user.email,
												 client_address(&client)),
			   now);
	audit_record(audit_account_cancel_email_change(), AUDIT_OK, &side.user.id, NULL, &client, now);

	answer_start(&w);
	json_text(&w, "message", "The change was cancelled");
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_undo_email_change);

/*
 * undo_email_change(token text, client jerry.client DEFAULT NULL) RETURNS json
 */
Datum
jerry_undo_email_change(PG_FUNCTION_ARGS)
{
	Client client = client_argument(fcinfo, 1);
	TimestampTz now = jerry_now();
	OneTimeVerdict verdict;
	StoredOneTimeToken found;
	StoredUser user;
	char *token;
	JsonWriter w;

	jerry_require_primary("jerry.undo_email_change()");
	if (PG_ARGISNULL(0))
		return answer_required("token");
	verdict = one_time_redeem(token_argument(fcinfo, 0), ONE_TIME_EMAIL_UNDO, now, &found);
	if (verdict != ONE_TIME_GOOD)
		return one_time_refuse(verdict, &client, NULL);
	if (found.email == NULL || !store_find_user(&found.user_id, PROBE_LATEST, &user))
		return answer_error(CODE_INVALID_TOKEN, NULL, NULL);
	if (!move(&user, found.email, NULL, &client, now))
		return answer_error(CODE_DUPLICATE_EMAIL, NULL, NULL);
	event_emit(event_user_email_change_undone(&user.id, found.email, user.email,
											  client_address(&client)),
			   now);
	audit_record(audit_account_undo_email_change(), AUDIT_OK, &user.id, NULL, &client, now);
	/*
	 * Whoever has changed the address knew the password, or has set it since.
	 * Who is banned stays so.
	 */
	if (!password_is_banned(user.password_hash))
		(void) store_replace_hash(&user.id, user.password_hash, NO_PASSWORD, now);
	if (!account_is_banned(&user, now))
	{
		token = one_time_issue(ONE_TIME_RESET_PASSWORD, &user.id, found.email, NULL, now);
		event_emit(event_user_password_reset_requested(&user.id, found.email, token, user.locale),
				   now);
	}

	answer_start(&w);
	json_text(&w, "message",
			  "The address is the old one again. A token for a new password is on its way to it.");
	return answer_finish(&w);
}
