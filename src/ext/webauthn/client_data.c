/*
 * client_data.c: see client_data.h.
 */
#include "webauthn/client_data.h"

#include "base/json_object.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

#define MARK_LENGTH (sizeof(byte_order_mark) - 1)

/* JsonMemberReader that fills a ClientData. */
static bool
read_client_member(void *arg, const char *name, char *text, JsonTokenType type, bool element)
{
	ClientData *data = arg;
	char **member = strcmp(name, "type") == 0		 ? &data->type
					: strcmp(name, "challenge") == 0 ? &data->challenge
					: strcmp(name, "origin") == 0	 ? &data->origin
													 : NULL;

	if (element)
		return true;
	if (strcmp(name, "crossOrigin") == 0)
	{
		data->cross_origin = type == JSON_TOKEN_TRUE;
		return type == JSON_TOKEN_TRUE || type == JSON_TOKEN_FALSE;
	}
	if (strcmp(name, "topOrigin") == 0)
		data->has_top_origin = true;
	else if (member != NULL)
	{
		*member = text;
		return type == JSON_TOKEN_STRING;
	}
	return true;
}

/* "UTF-8 decode" of the specification drops a mark in front. */
bool
client_data_read(Octets json, ClientData *data)
{
	char *text;
	int skip = json.length >= MARK_LENGTH && memcmp(json.bytes, byte_order_mark, MARK_LENGTH) == 0
				   ? MARK_LENGTH
				   : 0;
	int length = json.length - skip;

	memset(data, 0, sizeof(*data));
	if (json.length > CLIENT_DATA_MAX)
		return false;
	sha256(json.bytes, json.length, data->hash);
	text = palloc(length + 1);
	memcpy(text, json.bytes + skip, length);
	text[length] = '\0';
	return json_read_object((const uint8 *) text, length, read_client_member, data) &&
		   data->type != NULL && data->challenge != NULL && data->origin != NULL;
}

static bool
is_origin_of(const char *origin, const Ceremony *ceremony)
{
	for (int i = 0; i < ceremony->origin_count; i++)
		if (strcmp(origin, ceremony->origins[i]) == 0)
			return true;
	return false;
}

/* A page that is embedded in one of somebody else's is not let in. */
const char *
client_data_fault(const ClientData *data, const char *type, const Ceremony *ceremony)
{
	size_t length = strlen(ceremony->challenge);

	if (strcmp(data->type, type) != 0)
		return "The client data are of another type.";
	if (strlen(data->challenge) != length ||
		!bytes_equal(data->challenge, ceremony->challenge, length))
		return "The challenge is another one.";
	if (!is_origin_of(data->origin, ceremony))
		return "The origin is none of those that are configured.";
	if (data->cross_origin)
		return "The page is embedded in one of another origin.";
	if (data->has_top_origin)
		return "The page is embedded in another one.";
	return NULL;
}
