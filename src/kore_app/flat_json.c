/*
 * flat_json.c: a quick way through the JSON that nearly every client sends.
 */
#include <string.h>

#include "flat_json.h"

static const char *
skip_space(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

/*
 * Reads a string that begins at the quote.  Returns where it goes on behind
 * the closing quote, or NULL.
 */
static const char *
read_string(const char *at, const char *end, const char **string, size_t *length)
{
	if (at == end || *at != '"')
		return NULL;
	*string = ++at;
	while (at < end && *at >= ' ' && *at <= '~' && *at != '"' && *at != '\\')
		at++;
	if (at == end || *at != '"')
		return NULL;
	*length = (size_t) (at - *string);
	return at + 1;
}

static bool
is_named(const FlatMember *member, const char *name, size_t length)
{
	return member->name_length == length && memcmp(member->name, name, length) == 0;
}

/* Reads one "name": "value" and adds it. */
static const char *
read_member(const char *at, const char *end, FlatJson *json)
{
	FlatMember *member = &json->members[json->count];

	if (json->count == FLAT_JSON_MEMBERS)
		return NULL;
	at = read_string(at, end, &member->name, &member->name_length);
	if (at == NULL)
		return NULL;
	at = skip_space(at, end);
	if (at == end || *at != ':')
		return NULL;
	at = skip_space(at + 1, end);
	at = read_string(at, end, &member->value, &member->value_length);

	for (int i = 0; i < json->count; i++)
	{
		if (is_named(&json->members[i], member->name, member->name_length))
			return NULL;
	}
	json->count++;
	return at;
}

bool
flat_json_read(const char *bytes, size_t length, FlatJson *json)
{
	const char *end = bytes + length;
	const char *at = skip_space(bytes, end);

	json->count = 0;
	if (at == end || *at++ != '{')
		return false;
	do
	{
		at = read_member(skip_space(at, end), end, json);
		if (at == NULL)
			return false;
		at = skip_space(at, end);
	} while (at < end && *at++ == ',');

	return at[-1] == '}' && skip_space(at, end) == end;
}

const FlatMember *
flat_json_find(const FlatJson *json, const char *name)
{
	size_t length = strlen(name);

	for (int i = 0; i < json->count; i++)
	{
		if (is_named(&json->members[i], name, length))
			return &json->members[i];
	}
	return NULL;
}
