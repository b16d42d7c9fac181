/*
 * fuzz_form.c: libFuzzer target: forms and queries, the Authorization and
 * Cookie headers, paths with values, Accept-Encoding and If-None-Match
 * (form_fields.c, credentials.c, path_template.c, negotiation.c).
 *
 * The input is a text, read as each of them.  Beyond crashes this looks for
 * values that are not what is promised, and for a form that says something else
 * when it is written and read again.
 */
#include "base/utf8.h"
#include "fuzz.h"
#include "http/credentials.h"
#include "http/form_fields.h"
#include "http/negotiation.h"
#include "http/path_template.h"

#define FIELD_COUNT 3

static void
check_text(const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *) text;
	const unsigned char *end = p + length;

	while (p < end)
	{
		int used = utf8_length(p, end);

		REQUIRE(used > 0 && *p >= ' ' && *p != 0x7f);
		p += used;
	}
}

/* The fields as a form with every byte encoded. */
static size_t
write_form(const Field *fields, char *out)
{
	char *p = out;

	for (int i = 0; i < FIELD_COUNT; i++)
	{
		if (fields[i].value == NULL)
			continue;
		p += sprintf(p, "&%s=", fields[i].name);
		for (size_t n = 0; n < fields[i].length; n++)
			p += sprintf(p, "%%%02X", (unsigned char) fields[i].value[n]);
	}
	return (size_t) (p - out);
}

static void
check_form(const char *text, size_t size)
{
	Field fields[FIELD_COUNT] = {
		{ .name = "a" },
		{ .name = "flag", .kind = VALUE_BOOLEAN },
		{ .name = "n", .kind = VALUE_INTEGER },
	};
	Field again[FIELD_COUNT];
	char *copy = exact_copy(text, size);
	char *written = malloc(3 * size + 64);
	size_t length;

	memcpy(again, fields, sizeof(fields));
	REQUIRE(written != NULL);
	if (form_fields_read(copy, size, fields, FIELD_COUNT) == NULL)
	{
		length = write_form(fields, written);
		REQUIRE(form_fields_read(written, length, again, FIELD_COUNT) == NULL);
		for (int i = 0; i < FIELD_COUNT; i++)
		{
			REQUIRE((fields[i].value == NULL) == (again[i].value == NULL));
			REQUIRE(fields[i].present || fields[i].value == NULL);
			if (fields[i].value == NULL)
				continue;
			check_text(fields[i].value, fields[i].length);
			REQUIRE(fields[i].length == again[i].length &&
					memcmp(fields[i].value, again[i].value, again[i].length) == 0);
		}
	}
	free(written);
	free(copy);
}

static void
check_credentials(const char *line)
{
	char room[BASIC_SIZE];
	Slice user, password, token, cookie;

	if (credentials_basic(line, room, &user, &password) == CREDENTIALS_FOUND)
	{
		REQUIRE(user.text >= room && password.text + password.length <= room + sizeof(room));
		check_text(user.text, user.length);
		check_text(password.text, password.length);
	}
	if (credentials_bearer(line, &token) == CREDENTIALS_FOUND)
		REQUIRE(token.length > 0 && token.text + token.length == line + strlen(line));
	if (credentials_cookie(line, "__Host-a", &cookie) == CREDENTIALS_FOUND)
	{
		REQUIRE(cookie.text - line >= 9 && memcmp(cookie.text - 9, "__Host-a=", 9) == 0);
		check_text(cookie.text, cookie.length);
		REQUIRE(memchr(cookie.text, ';', cookie.length) == NULL);
	}
}

static void
check_path(const char *path)
{
	static const char pattern[] = "/a/{id}/b/{other}";
	size_t length, other_length;
	const char *id, *other;

	path_matches("/docs/", path);
	if (!path_matches(pattern, path))
		return;
	id = path_value(pattern, path, "id", &length);
	other = path_value(pattern, path, "other", &other_length);
	REQUIRE(id == path + 3 && length > 0 && length <= PATH_VALUE_MAX);
	REQUIRE(other == id + length + 3 && other[other_length] == '\0');
	REQUIRE(path_value(pattern, path, "i", &length) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const languages[] = { "en", "de", NULL };
	char *line = malloc(size + 1);

	REQUIRE(line != NULL);
	memcpy(line, data, size);
	line[size] = '\0';
	check_form(line, size);
	check_credentials(line);
	check_path(line);
	negotiation_accepts_gzip(line);
	REQUIRE(negotiation_language(line, languages) < 2);
	negotiation_has_copy(line, "\"0123\"");
	free(line);
	return 0;
}
