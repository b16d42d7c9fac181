/*
 * reauthentication.c: see reauthentication.h.
 */
#include "domain/reauthentication.h"

#include "base/envelope.h"
#include "domain/caller.h"
#include "domain/login_limit.h"

bool
reauthenticate(const Token *caller, const Client *client, const Password *current,
			   const Password *new, char **new_hash, AuditAction action, StoredUser *user,
			   Datum *refusal)
{
	LoginLimits limits;

	if (!login_limit_allows(&limits, user->email, client))
	{
		*refusal = answer_wait(CODE_RATE_LIMITED, NULL, limits.retry_after);
		return false;
	}
	/*
	 * No lock is held during bcrypt, unless the hash has changed under it:
	 * perhaps a login has put a better one there.
	 */
	for (int attempt = 0; attempt < 2; attempt++)
	{
		const char *hash = user->password_hash;

		if (password_verify(current, hash) == NULL)
			break;
		if (new != NULL)
			*new_hash = password_hash(new);
		(void) store_hold_user(&user->id);
		if (!session_allows(caller, PROBE_LATEST) ||
			!store_find_user(&caller->user_id, PROBE_LATEST, user))
		{
			*refusal = answer_error(CODE_INVALID_TOKEN, NULL, NULL);
			return false;
		}
		if (strcmp(user->password_hash, hash) == 0)
			return true;
	}
	login_limit_failed(&limits);
	audit_record(action, CODE_WRONG_PASSWORD, &user->id,
				 caller->has_session ? &caller->session_id : NULL, client, jerry_now());
	*refusal = answer_error(CODE_WRONG_PASSWORD, "current_password", "Password is not correct");
	return false;
}
