/*
 * known_device.c: see known_device.h.
 */
#include "domain/known_device.h"

#include "base/bytes.h"
#include "base/uuid.h"
#include "store/installation_secret.h"
#include "store/user.h"

/* The key that the version below means. */
static const char device_key_name[] = "known device 1";

/* What a token is in base64url. */
typedef struct DeviceToken
{
	uint8 version;
	uint8 device[UUID_LEN];
	uint8 mac[SHA256_LENGTH];
} DeviceToken;

StaticAssertDecl(sizeof(DeviceToken) == 1 + UUID_LEN + SHA256_LENGTH, "no gaps");

#define DEVICE_TOKEN_VERSION 1
#define DEVICE_TOKEN_LENGTH	 BASE64URL_LENGTH(sizeof(DeviceToken))

/* false: there is no secret. */
static bool
device_key(HmacKey **key)
{
	uint8 secret[SHA256_LENGTH];
	uint8 derived[SHA256_LENGTH];
	bool found = store_installation_secret(secret);

	if (found)
	{
		hmac_sha256(hmac_key(secret, sizeof(secret)), device_key_name, strlen(device_key_name),
					derived);
		*key = hmac_key(derived, sizeof(derived));
	}
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(derived, sizeof(derived));
	return found;
}

static void
device_mac(HmacKey *key, const DeviceToken *token, const pg_uuid_t *user_id,
		   uint8 mac[SHA256_LENGTH])
{
	uint8 data[1 + UUID_LEN + UUID_LEN];

	data[0] = token->version;
	memcpy(data + 1, user_id->data, UUID_LEN);
	memcpy(data + 1 + UUID_LEN, token->device, UUID_LEN);
	hmac_sha256(key, data, sizeof(data), mac);
}

/* Is the text a token that was made for this user? */
static bool
is_made_for(HmacKey *key, const pg_uuid_t *user_id, const char *text, DeviceToken *token)
{
	uint8 mac[SHA256_LENGTH];

	if (strlen(text) != DEVICE_TOKEN_LENGTH ||
		base64url_decode(text, DEVICE_TOKEN_LENGTH, (uint8 *) token) != sizeof(*token) ||
		token->version != DEVICE_TOKEN_VERSION)
		return false;
	device_mac(key, token, user_id, mac);
	return bytes_equal(mac, token->mac, sizeof(mac));
}

bool
known_device_is(const char *email, const char *token, pg_uuid_t *device)
{
	static const pg_uuid_t nobody;
	HmacKey *key;
	DeviceToken read;
	StoredUser user;
	bool exists;

	if (token == NULL || !device_key(&key))
		return false;
	/* Of an address without an account nothing less is done. */
	exists = store_find_user_by_email(email, HOLD_NOT, &user);
	if (!is_made_for(key, exists ? &user.id : &nobody, token, &read) || !exists)
		return false;
	memcpy(device->data, read.device, UUID_LEN);
	return true;
}

char *
known_device_token(const pg_uuid_t *user_id, const char *given, bool *known)
{
	HmacKey *key;
	DeviceToken token;
	pg_uuid_t device;
	char *text;

	*known = false;
	if (!device_key(&key))
		return NULL;
	*known = given != NULL && is_made_for(key, user_id, given, &token);
	if (*known)
		return pstrdup(given);
	device = uuid_random();
	token.version = DEVICE_TOKEN_VERSION;
	memcpy(token.device, device.data, UUID_LEN);
	device_mac(key, &token, user_id, token.mac);
	text = palloc0(DEVICE_TOKEN_LENGTH + 1);
	base64url_encode((const uint8 *) &token, sizeof(token), text);
	return text;
}
