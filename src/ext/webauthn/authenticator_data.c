/*
 * authenticator_data.c: see authenticator_data.h.
 */
#include "webauthn/authenticator_data.h"

#include "base/bytes.h"
#include "webauthn/cbor.h"

#define COUNT_LENGTH	 4
#define HEAD_LENGTH		 (SHA256_LENGTH + 1 + COUNT_LENGTH)
#define ID_LENGTH_LENGTH 2

/* Reads the new key. */
static bool
read_attested(Cbor *in, AuthenticatorData *data)
{
	CborItem key;
	int length;

	if (in->end - in->next < UUID_LEN + ID_LENGTH_LENGTH)
		return false;
	data->aaguid = in->next;
	in->next += UUID_LEN;
	length = in->next[0] << 8 | in->next[1];
	in->next += ID_LENGTH_LENGTH;
	if (length < CREDENTIAL_ID_MIN || length > CREDENTIAL_ID_MAX || in->end - in->next < length)
		return false;
	data->credential_id = (Octets){ in->next, length };
	in->next += length;
	data->public_key.bytes = in->next;
	if (!cbor_read(in, &key) || key.type != CBOR_MAP)
		return false;
	data->public_key.length = in->next - data->public_key.bytes;
	return true;
}

bool
authenticator_data_read(Octets bytes, AuthenticatorData *data)
{
	Cbor in = { bytes.bytes, bytes.bytes + bytes.length };
	CborItem extensions;

	memset(data, 0, sizeof(*data));
	if (bytes.length < HEAD_LENGTH)
		return false;
	data->rp_id_hash = in.next;
	data->flags = in.next[SHA256_LENGTH];
	in.next += SHA256_LENGTH + 1;
	for (int i = 0; i < COUNT_LENGTH; i++)
		data->sign_count = data->sign_count << 8 | *in.next++;
	if ((data->flags & AUTHENTICATOR_AT) && !read_attested(&in, data))
		return false;
	if ((data->flags & AUTHENTICATOR_ED) &&
		(!cbor_read(&in, &extensions) || extensions.type != CBOR_MAP))
		return false;
	return in.next == in.end;
}

const char *
authenticator_data_fault(const AuthenticatorData *data, const Ceremony *ceremony)
{
	uint8 hash[SHA256_LENGTH];

	sha256(ceremony->rp_id, strlen(ceremony->rp_id), hash);
	if (memcmp(data->rp_id_hash, hash, SHA256_LENGTH) != 0)
		return "The RP ID is another one.";
	if (!(data->flags & AUTHENTICATOR_UP))
		return "The user was not present.";
	if (ceremony->verifies_user && !(data->flags & AUTHENTICATOR_UV))
		return "The user was not verified.";
	if ((data->flags & AUTHENTICATOR_BS) && !(data->flags & AUTHENTICATOR_BE))
		return "The key is backed up, and cannot be.";
	return NULL;
}
