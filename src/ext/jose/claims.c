/*
 * claims.c: see claims.h.
 */
#include "jose/claims.h"

#include "base/json_object.h"

#define TIME_MAX INT64CONST(253402300799) /* 9999-12-31T23:59:59Z */

/*
 * An integer as JSON writes it, of reasonable size; 1e9, 1.0 and "1" are not.
 */
static bool
read_integer(const char *token, JsonTokenType type, int64 *value)
{
	char *end;

	if (type != JSON_TOKEN_NUMBER || strspn(token, "-0123456789") != strlen(token))
		return false;
	errno = 0;
	*value = strtoll(token, &end, 10);
	return errno == 0 && *end == '\0' && *value <= TIME_MAX;
}

/*
 * An element of an array.  In a token of another service it may be anything.
 */
static void
read_element(Claims *claims, const char *name, char *text, JsonTokenType type)
{
	if (type != JSON_TOKEN_STRING)
		return;
	if (strcmp(name, "roles") == 0)
		claims->roles.names = lappend(claims->roles.names, text);
	else if (strcmp(name, "permissions") == 0)
		claims->roles.permissions = lappend(claims->roles.permissions, text);
	else if (strcmp(name, "amr") == 0)
		claims->assurance.methods = lappend(claims->assurance.methods, text);
}

/*
 * In a token of another service they may be anything, too, which is nothing
 * then.  false: it is neither of the two.
 */
static bool
read_assurance(Assurance *assurance, const char *name, char *text, JsonTokenType type)
{
	int64 time;

	if (strcmp(name, "aal") == 0)
	{
		if (type == JSON_TOKEN_STRING)
			assurance->level = Max(assurance_level(text), AAL_MIN);
		return true;
	}
	if (strcmp(name, "auth_time") == 0)
	{
		if (read_integer(text, type, &time) && time > 0)
			assurance->authenticated_at = time_t_to_timestamptz(time);
		return true;
	}
	return false;
}

/* JsonMemberReader that fills Claims. */
static bool
read_claim(void *arg, const char *name, char *text, JsonTokenType type, bool element)
{
	Claims *claims = arg;
	int64 issued_at;
	const struct
	{
		const char *name;
		char **claim;
	} texts[] = {
		{ "sub", &claims->subject },
		{ "user_id", &claims->user_id },
		{ "email", &claims->email },
		{ "type", &claims->type },
		{ "iss", &claims->issuer },
		{ "jti", &claims->jti },
		{ "sid", &claims->sid },
	};

	/* RFC 7519, 4.1.3: the audience is a string or an array of strings. */
	if (strcmp(name, "aud") == 0)
		claims->audience_found |= type == JSON_TOKEN_STRING && claims->expected_audience != NULL &&
								  strcmp(text, claims->expected_audience) == 0;
	else if (element)
		read_element(claims, name, text, type);
	else if (strcmp(name, "permissions") == 0)
		claims->roles.has_permissions = type == JSON_TOKEN_ARRAY_START;
	else if (strcmp(name, "exp") == 0)
	{
		claims->has_expiry = true;
		return read_integer(text, type, &claims->expiry);
	}
	else if (strcmp(name, "nbf") == 0)
	{
		claims->has_not_before = true;
		return read_integer(text, type, &claims->not_before);
	}
	else if (strcmp(name, "iat") == 0)
		return read_integer(text, type, &issued_at);
	else if (strcmp(name, "gen") == 0)
	{
		/* In a token of another service it may be anything. */
		if (!read_integer(text, type, &claims->generation) || claims->generation < 0)
			claims->generation = 0;
		return true;
	}
	if (element || read_assurance(&claims->assurance, name, text, type))
		return true;
	/* A claim of another type is not a claim that is missing. */
	for (int i = 0; i < lengthof(texts); i++)
		if (strcmp(name, texts[i].name) == 0)
		{
			*texts[i].claim = text;
			return type == JSON_TOKEN_STRING;
		}
	return true;
}

bool
claims_read(const uint8 *payload, int length, Claims *claims)
{
	claims->assurance.level = AAL_MIN;
	claims->assurance.authenticated_at = DT_NOBEGIN;
	return json_read_object(payload, length, read_claim, claims);
}
