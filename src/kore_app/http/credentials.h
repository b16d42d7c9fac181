/*
 * credentials.h: what a request says about who sends it: the Authorization
 * header (RFC 6750, RFC 7617) and cookies (RFC 6265).
 *
 * Pure functions: text in, verdict and slices out.
 */
#ifndef JERRY_CREDENTIALS_H
#define JERRY_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

/* Room for the user-id and the password of Basic, decoded. */
#define BASIC_SIZE 512

typedef enum CredentialsVerdict
{
	CREDENTIALS_FOUND,
	CREDENTIALS_NONE, /* there are none of this kind */
	CREDENTIALS_BAD	  /* there are, but they are malformed, or twice there */
} CredentialsVerdict;

typedef struct Slice
{
	const char *text;
	size_t length;
} Slice;

/* "Bearer", spaces, b64token.  authorization may be NULL. */
extern CredentialsVerdict credentials_bearer(const char *authorization, Slice *token);

/*
 * "Basic", spaces, base64 of user-id ":" password, both encoded as in a form
 * (RFC 6749, 2.3.1).  The slices point into room, which holds a secret
 * afterwards.  authorization may be NULL.
 */
extern CredentialsVerdict credentials_basic(const char *authorization, char room[BASIC_SIZE],
											Slice *user, Slice *password);

/*
 * The cookie of exactly this name.  Its value has no quotes, spaces, commas or
 * semicolons (RFC 6265, 4.1.1).  header may be NULL.
 */
extern CredentialsVerdict credentials_cookie(const char *header, const char *name, Slice *value);

#endif /* JERRY_CREDENTIALS_H */
