/*
 * credentials.c: reads the Authorization and Cookie headers.
 */
#include "http/credentials.h"

#include <string.h>
#include <strings.h>

#include "http/form_fields.h"

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* Cookie-octet: printable ASCII but " , ; and backslash. */
#define COOKIE_OCTETS ALPHANUMERIC "!#$%&'()*+-./:<=>?@[]^_`{|}~"

/* What stands behind the scheme and its spaces, or NULL. */
static const char *
behind_scheme(const char *authorization, const char *scheme)
{
	size_t length = strlen(scheme);

	if (authorization == NULL || strncasecmp(authorization, scheme, length) != 0 ||
		(authorization[length] != ' ' && authorization[length] != '\0'))
		return NULL;
	return authorization + length + strspn(authorization + length, " ");
}

CredentialsVerdict
credentials_bearer(const char *authorization, Slice *token)
{
	const char *text = behind_scheme(authorization, "Bearer");
	size_t length;

	if (text == NULL)
		return CREDENTIALS_NONE;
	length = strspn(text, ALPHANUMERIC "-._~+/");
	if (length > 0)
		length += strspn(text + length, "=");
	if (length == 0 || text[length] != '\0')
		return CREDENTIALS_BAD;
	*token = (Slice){ text, length };
	return CREDENTIALS_FOUND;
}

/*
 * Decodes base64 (RFC 4648, 4) with its padding; false when it is malformed or
 * does not fit.
 */
static bool
decode_base64(const char *text, char *out, size_t size, size_t *length)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t digits = strspn(text, alphabet);
	size_t padding = strspn(text + digits, "=");
	unsigned bits = 0;

	if (text[digits + padding] != '\0' || (digits + padding) % 4 != 0 || padding > 2 ||
		digits / 4 * 3 + 3 > size)
		return false;
	*length = 0;
	for (size_t i = 0; i < digits; i++)
	{
		bits = (bits << 6 | (unsigned) (strchr(alphabet, text[i]) - alphabet)) & 0xffffff;
		if (i % 4 != 0)
			out[(*length)++] = (char) (bits >> (6 - 2 * (i % 4)));
	}
	/* What the padding cuts off is zero. */
	return padding == 0 || (bits & (padding == 1 ? 0x3 : 0xf)) == 0;
}

CredentialsVerdict
credentials_basic(const char *authorization, char room[BASIC_SIZE], Slice *user, Slice *password)
{
	const char *text = behind_scheme(authorization, "Basic");
	size_t length;
	char *colon;
	size_t user_length, password_length;

	if (text == NULL)
		return CREDENTIALS_NONE;
	if (!decode_base64(text, room, BASIC_SIZE, &length))
		return CREDENTIALS_BAD;
	colon = memchr(room, ':', length);
	if (colon == NULL)
		return CREDENTIALS_BAD;
	user_length = (size_t) (colon - room);
	password_length = length - user_length - 1;
	if (form_decode(room, &user_length) != NULL || form_decode(colon + 1, &password_length) != NULL)
		return CREDENTIALS_BAD;
	*user = (Slice){ room, user_length };
	*password = (Slice){ colon + 1, password_length };
	return CREDENTIALS_FOUND;
}

CredentialsVerdict
credentials_cookie(const char *header, const char *name, Slice *value)
{
	size_t name_length = strlen(name);
	CredentialsVerdict verdict = CREDENTIALS_NONE;

	while (header != NULL && *header != '\0')
	{
		size_t length = strcspn(header, ";");

		if (length > name_length && strncmp(header, name, name_length) == 0 &&
			header[name_length] == '=')
		{
			const char *text = header + name_length + 1;

			/*
			 * A second one may be somebody else's: which is whose, nobody
			 * knows.
			 */
			if (verdict != CREDENTIALS_NONE)
				return CREDENTIALS_BAD;
			*value = (Slice){ text, length - name_length - 1 };
			if (strspn(text, COOKIE_OCTETS) != value->length)
				return CREDENTIALS_BAD;
			verdict = CREDENTIALS_FOUND;
		}
		header += length;
		header += strspn(header, "; ");
	}
	return verdict;
}
