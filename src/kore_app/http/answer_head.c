/*
 * answer_head.c: reads the members of an answer that go into the head.
 */
#include "http/answer_head.h"

#include <stdio.h>
#include <string.h>

#include "http/json_fields.h"

#define LOCATION_MAX	 2000
#define COOKIE_NAME_MAX	 64
#define COOKIE_VALUE_MAX 512
#define NUMBER_DIGITS	 9 /* of seconds some thirty years */
#define POLICY_NAME_MAX	 64

#define COOKIE_PREFIX "__Host-"

static const char unreadable[] = "it cannot be read";
static const char bad_location[] = "its location is not valid";
static const char bad_cookie[] = "its set_cookie is not valid";
static const char bad_retry[] = "its retry_after is not a number of seconds";
static const char bad_policy[] = "its policy is not valid";

/* Reads an answer's member of this name, an object; its fields are count. */
static const char *
read_member(const char *answer, size_t length, char room[ANSWER_HEAD_ANSWER_MAX], const char *name,
			Field *fields, int count)
{
	Field member = { .name = name, .kind = VALUE_OBJECT };

	if (length > ANSWER_HEAD_ANSWER_MAX)
		return "it is too long";
	memcpy(room, answer, length);
	if (json_fields_read(room, length, &member, 1) != NULL || member.value == NULL)
		return unreadable;
	/* The value stands in room, which may be changed. */
	return json_fields_read(room + (member.value - room), member.length, fields, count) != NULL
			   ? unreadable
			   : NULL;
}

/* Does a field consist of printable ASCII without what is listed? */
static bool
is_plain(const Field *field, size_t most, const char *without)
{
	if (field->value == NULL || field->length == 0 || field->length > most)
		return false;
	for (size_t i = 0; i < field->length; i++)
	{
		char c = field->value[i];

		if (c <= ' ' || c > '~' || strchr(without, c) != NULL)
			return false;
	}
	return true;
}

static bool
begins_with(const Field *field, const char *text)
{
	return field->length > strlen(text) && memcmp(field->value, text, strlen(text)) == 0;
}

/* A path of this server, or an absolute URL: "//" and "/\" lead elsewhere. */
static bool
is_location(const Field *field)
{
	if (!is_plain(field, LOCATION_MAX, "\"<>\\^`{|}"))
		return false;
	if (field->value[0] == '/')
		return field->length == 1 || field->value[1] != '/';
	return begins_with(field, "https://") || begins_with(field, "http://");
}

/* Whole seconds and the like, none below zero. */
static bool
is_number(const Field *field)
{
	return field->value != NULL && field->value[0] != '-' && field->length <= NUMBER_DIGITS;
}

/*
 * Writes the Set-Cookie line of a cookie; otherwise says what is wrong with it.
 */
static const char *
write_cookie(const Field *cookie, char *out, size_t size)
{
	Field fields[] = {
		{ .name = "name" },
		{ .name = "value" },
		{ .name = "max_age", .kind = VALUE_INTEGER },
	};
	const Field *name = &fields[0], *value = &fields[1], *max_age = &fields[2];
	char room[ANSWER_HEAD_ANSWER_MAX];

	if (cookie->value == NULL)
		return bad_cookie;
	memcpy(room, cookie->value, cookie->length);
	if (json_fields_read(room, cookie->length, fields, 3) != NULL ||
		!is_plain(name, COOKIE_NAME_MAX, "()<>@,;:\\\"/[]?={}") ||
		!begins_with(name, COOKIE_PREFIX) ||
		(value->present && value->length > 0 && !is_plain(value, COOKIE_VALUE_MAX, "\",;\\")) ||
		value->value == NULL || !is_number(max_age))
		return bad_cookie;
	snprintf(out, size,
			 "set-cookie: %.*s=%.*s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=%.*s\r\n",
			 (int) name->length, name->value, (int) value->length, value->value,
			 (int) max_age->length, max_age->value);
	return NULL;
}

const char *
answer_head_positive(const char *answer, size_t length, bool redirect, char lines[ANSWER_HEAD_SIZE])
{
	Field fields[] = { { .name = "location" }, { .name = "set_cookie", .kind = VALUE_OBJECT } };
	char room[ANSWER_HEAD_ANSWER_MAX];
	const char *issue = read_member(answer, length, room, "data", fields, 2);
	size_t used = 0;

	lines[0] = '\0';
	if (issue != NULL)
		return issue;
	if (redirect)
	{
		if (!is_location(&fields[0]))
			return bad_location;
		used = (size_t) snprintf(lines, ANSWER_HEAD_SIZE, "location: %.*s\r\n",
								 (int) fields[0].length, fields[0].value);
	}
	if (fields[1].present)
		issue = write_cookie(&fields[1], lines + used, ANSWER_HEAD_SIZE - used);
	return issue;
}

/*
 * Writes which limit is used up, and for how long; otherwise says what is wrong
 * with that.
 */
static const char *
write_policy(const Field *policy, const Field *seconds, char *out, size_t size)
{
	Field fields[] = {
		{ .name = "name" },
		{ .name = "quantity", .kind = VALUE_INTEGER },
		{ .name = "seconds", .kind = VALUE_INTEGER },
	};
	const Field *name = &fields[0], *quantity = &fields[1], *window = &fields[2];
	char room[ANSWER_HEAD_ANSWER_MAX];

	if (policy->value == NULL)
		return bad_policy;
	memcpy(room, policy->value, policy->length);
	if (json_fields_read(room, policy->length, fields, 3) != NULL ||
		!is_plain(name, POLICY_NAME_MAX, "\"\\") || !is_number(quantity) || !is_number(window))
		return bad_policy;
	snprintf(out, size,
			 "ratelimit-policy: \"%.*s\";q=%.*s;w=%.*s\r\n"
			 "ratelimit: \"%.*s\";r=0;t=%.*s\r\n",
			 (int) name->length, name->value, (int) quantity->length, quantity->value,
			 (int) window->length, window->value, (int) name->length, name->value,
			 (int) seconds->length, seconds->value);
	return NULL;
}

const char *
answer_head_negative(const char *answer, size_t length, char lines[ANSWER_HEAD_SIZE])
{
	Field details = { .name = "details", .kind = VALUE_OBJECT };
	Field fields[] = {
		{ .name = "retry_after", .kind = VALUE_INTEGER },
		{ .name = "policy", .kind = VALUE_OBJECT },
	};
	const Field *seconds = &fields[0], *policy = &fields[1];
	int used;
	char room[ANSWER_HEAD_ANSWER_MAX];
	const char *issue = read_member(answer, length, room, "error", &details, 1);

	lines[0] = '\0';
	if (issue != NULL)
		return issue;
	if (details.value == NULL ||
		json_fields_read(room + (details.value - room), details.length, fields, 2) != NULL)
		return unreadable;
	if (!seconds->present)
		return NULL;
	if (!is_number(seconds))
		return bad_retry;
	used = snprintf(lines, ANSWER_HEAD_SIZE, "retry-after: %.*s\r\n", (int) seconds->length,
					seconds->value);
	return policy->present
			   ? write_policy(policy, seconds, lines + used, ANSWER_HEAD_SIZE - (size_t) used)
			   : NULL;
}

int
answer_head_status(const char *answer, size_t length)
{
	Field details = { .name = "details", .kind = VALUE_OBJECT };
	Field status = { .name = "status", .kind = VALUE_INTEGER };
	char room[ANSWER_HEAD_ANSWER_MAX];

	if (read_member(answer, length, room, "error", &details, 1) != NULL || details.value == NULL ||
		json_fields_read(room + (details.value - room), details.length, &status, 1) != NULL ||
		!status.present || status.length != strlen("403"))
		return 0;
	return (status.value[0] - '0') * 100 + (status.value[1] - '0') * 10 + (status.value[2] - '0');
}
