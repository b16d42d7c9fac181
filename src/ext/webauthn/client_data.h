/*
 * client_data.h: what the browser says of a ceremony (WebAuthn Level 3, 5.8.1):
 * clientDataJSON, whose hash the authenticator signs.
 */
#ifndef JERRY_CLIENT_DATA_H
#define JERRY_CLIENT_DATA_H

#include "base/bytes.h"
#include "webauthn/ceremony.h"

#define CLIENT_DATA_CREATE "webauthn.create"
#define CLIENT_DATA_GET	   "webauthn.get"

#define CLIENT_DATA_MAX 8192 /* bytes */

typedef struct ClientData
{
	char *type;
	char *challenge;
	char *origin;
	bool cross_origin;
	bool has_top_origin;
	uint8 hash[SHA256_LENGTH]; /* of the bytes as they came */
} ClientData;

/*
 * False unless it is a JSON object that has the members a browser writes, of
 * their types; others are allowed, but none twice.  What is palloc'd belongs to
 * the caller's context.
 */
extern bool client_data_read(Octets json, ClientData *data);

/* What is wrong with it, a sentence; NULL: nothing. */
extern const char *client_data_fault(const ClientData *data, const char *type,
									 const Ceremony *ceremony);

#endif /* JERRY_CLIENT_DATA_H */
