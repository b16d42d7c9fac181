/*
 * claims_oracle.c: see claims_oracle.h.
 */
#include "postgres.h"

#include <jansson.h>

#include "claims_oracle.h"
#include "fuzz.h"

/* Limits that claims.h leaves to its implementation. */
#define NAMES_MAX	 64
#define BRACKETS_MAX 256
#define YEAR_10000	 INT64CONST(253402300800)

static bool
is_time(const json_t *value)
{
	return value == NULL || (json_is_integer(value) && json_integer_value(value) < YEAR_10000);
}

static bool
has_right_types(const json_t *object)
{
	static const char *const times[] = { "exp", "nbf", "iat" };
	static const char *const texts[] = { "sub", "user_id", "email", "type", "iss", "jti", "sid" };

	for (int i = 0; i < lengthof(times); i++)
		if (!is_time(json_object_get(object, times[i])))
			return false;
	for (int i = 0; i < lengthof(texts); i++)
	{
		const json_t *value = json_object_get(object, texts[i]);

		if (value != NULL && !json_is_string(value))
			return false;
	}
	return true;
}

static int
count(const char *payload, int length, char c)
{
	int found = 0;

	for (int i = 0; i < length; i++)
		found += payload[i] == c;
	return found;
}

static bool
same_string(const char *claim, const json_t *value)
{
	return value != NULL ? claim != NULL && strcmp(claim, json_string_value(value)) == 0
						 : claim == NULL;
}

/* What is no such number is not there. */
static json_int_t
generation_of(const json_t *value)
{
	json_int_t generation = json_is_integer(value) ? json_integer_value(value) : 0;

	return generation < 0 || generation >= YEAR_10000 ? 0 : generation;
}

static bool
has_audience(const json_t *value, const char *expected)
{
	const json_t *element;
	size_t i;

	if (expected == NULL)
		return false;
	if (json_is_string(value))
		return strcmp(json_string_value(value), expected) == 0;
	json_array_foreach(value, i, element)
	{
		if (json_is_string(element) && strcmp(json_string_value(element), expected) == 0)
			return true;
	}
	return false;
}

/* Are they the texts of the array, if it is one? */
static bool
same_names(const List *names, const json_t *value)
{
	const json_t *element;
	size_t i;
	int n = 0;

	json_array_foreach(value, i, element)
	{
		if (!json_is_string(element))
			continue;
		if (n == list_length(names) || !same_string(list_nth(names, n++), element))
			return false;
	}
	return n == list_length(names);
}

/* What is no such time is not there. */
static TimestampTz
authenticated_at(const json_t *value)
{
	json_int_t time = json_is_integer(value) ? json_integer_value(value) : 0;

	return time <= 0 || time >= YEAR_10000 ? DT_NOBEGIN : time_t_to_timestamptz(time);
}

static int
level_of(const json_t *value)
{
	return json_is_string(value) && strcmp(json_string_value(value), "aal2") == 0 ? 2 : 1;
}

static void
compare_values(const json_t *object, const Claims *claims)
{
	const json_t *expiry = json_object_get(object, "exp");
	const json_t *not_before = json_object_get(object, "nbf");

	REQUIRE(claims->has_expiry == (expiry != NULL));
	REQUIRE(!claims->has_expiry || claims->expiry == json_integer_value(expiry));
	REQUIRE(claims->has_not_before == (not_before != NULL));
	REQUIRE(!claims->has_not_before || claims->not_before == json_integer_value(not_before));

	REQUIRE(claims->generation == generation_of(json_object_get(object, "gen")));

	REQUIRE(same_string(claims->subject, json_object_get(object, "sub")));
	REQUIRE(same_string(claims->user_id, json_object_get(object, "user_id")));
	REQUIRE(same_string(claims->email, json_object_get(object, "email")));
	REQUIRE(same_string(claims->type, json_object_get(object, "type")));
	REQUIRE(same_string(claims->issuer, json_object_get(object, "iss")));
	REQUIRE(same_string(claims->jti, json_object_get(object, "jti")));
	REQUIRE(same_string(claims->sid, json_object_get(object, "sid")));
	REQUIRE(same_names(claims->roles.names, json_object_get(object, "roles")));
	REQUIRE(same_names(claims->roles.permissions, json_object_get(object, "permissions")));
	REQUIRE(claims->roles.has_permissions ==
			(json_is_array(json_object_get(object, "permissions")) ||
			 json_is_object(json_object_get(object, "permissions"))));
	REQUIRE(same_names(claims->assurance.methods, json_object_get(object, "amr")));
	REQUIRE(claims->assurance.level == level_of(json_object_get(object, "aal")));
	REQUIRE(claims->assurance.authenticated_at ==
			authenticated_at(json_object_get(object, "auth_time")));
	REQUIRE(claims->audience_found ==
			has_audience(json_object_get(object, "aud"), claims->expected_audience));
}

void
claims_compare(const char *payload, int length, bool accepted, const Claims *claims)
{
	json_error_t error;
	json_t *object = json_loadb(payload, length, JSON_REJECT_DUPLICATES, &error);

	if (!accepted)
	{
		/* Jansson 2.14 overlooks a zero byte after a number. */
		REQUIRE(object == NULL || memchr(payload, '\0', length) != NULL ||
				!json_is_object(object) || json_object_size(object) > NAMES_MAX ||
				count(payload, length, '{') + count(payload, length, '[') > BRACKETS_MAX ||
				!has_right_types(object));
	}
	else if (object == NULL)
	{
		/*
		 * Jerry minds two of a name among the claims only, not further inside;
		 * and jansson minds any number that is too large for 64 bits.
		 */
		REQUIRE(json_error_code(&error) == json_error_numeric_overflow ||
				(json_error_code(&error) == json_error_duplicate_key &&
				 count(payload, length, '{') > 1));
	}
	else
	{
		REQUIRE(json_is_object(object) && json_object_size(object) <= NAMES_MAX &&
				has_right_types(object));
		compare_values(object, claims);
	}
	json_decref(object);
}
