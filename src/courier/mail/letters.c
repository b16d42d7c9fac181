/*
 * letters.c: see letters.h.
 */
#include "mail/letters.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/color.h"
#include "base/lengthof.h"
#include "mail/mime.h"
#include "mail/template.h"
#include "mail/text.h"

#define PAYLOAD_MAX		  (64 * 1024) /* bytes; the outbox has less than 8 kB */
#define PAYLOAD_DEPTH_MAX 4			  /* the object, its data, and two to spare */
#define CODE_MAX_AGE	  (10 * 60)	  /* seconds for which a login code is good */
#define MONTHS			  12

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* What templates may use; letter_values has what each is. */
typedef enum Value
{
	VALUE_SERVICE,
	VALUE_EMAIL,
	VALUE_TIME,
	VALUE_HOME,
	VALUE_COLOR,
	VALUE_ON_COLOR,
	VALUE_LINK,
	VALUE_CODE,
	VALUE_NEW_EMAIL,
	VALUE_IP_ADDRESS,
	VALUE_DEVICE,
	VALUE_DELETES_AT,
	VALUE_BY_USER,
	VALUE_CODES_LEFT,
	VALUE_SUBJECT, /* this and the next one are of the frames */
	VALUE_CONTENT,
	VALUES
} Value;

static const Variable letter_values[VALUES] = {
	[VALUE_SERVICE] = { "service", VARIABLE_TEXT },
	[VALUE_EMAIL] = { "email", VARIABLE_TEXT },
	[VALUE_TIME] = { "time", VARIABLE_TEXT },
	[VALUE_HOME] = { "home", VARIABLE_LINK },
	[VALUE_COLOR] = { "color", VARIABLE_COLOR },
	[VALUE_ON_COLOR] = { "on_color", VARIABLE_COLOR },
	[VALUE_LINK] = { "link", VARIABLE_LINK },
	[VALUE_CODE] = { "code", VARIABLE_TEXT },
	[VALUE_NEW_EMAIL] = { "new_email", VARIABLE_TEXT },
	[VALUE_IP_ADDRESS] = { "ip_address", VARIABLE_TEXT },
	[VALUE_DEVICE] = { "device", VARIABLE_TEXT },
	[VALUE_DELETES_AT] = { "deletes_at", VARIABLE_TEXT },
	[VALUE_BY_USER] = { "by_user", VARIABLE_FLAG },
	[VALUE_CODES_LEFT] = { "codes_left", VARIABLE_TEXT },
	[VALUE_SUBJECT] = { "subject", VARIABLE_TEXT },
	[VALUE_CONTENT] = { "content", VARIABLE_PART },
};

#define HAS(value) (1u << (value))
#define HAS_ALWAYS                                                               \
	(HAS(VALUE_SERVICE) | HAS(VALUE_EMAIL) | HAS(VALUE_TIME) | HAS(VALUE_HOME) | \
	 HAS(VALUE_COLOR) | HAS(VALUE_ON_COLOR))

/* A mail, and the events that it is for. */
typedef struct Kind
{
	const char *name;
	const char *events[3];
	const char *page;	/* that the link leads to; NULL: there is none */
	const char *token;	/* the member that the link has; NULL: it has none */
	const char *action; /* of the page */
	bool must_lead_on;	/* without MAIL_CONTINUE_URL the page is of no use: there is no link */
	bool may_be_off;
	int max_age;	 /* seconds; 0: that of the settings */
	unsigned values; /* beyond those that all have */
} Kind;

/* docs/MAIL_TEMPLATES.md has the same table. */
static const Kind kinds[] = {
	{ .name = "verify",
	  .events = { "user.registered", "user.verification_requested" },
	  .page = "verify-email",
	  .token = "email_verification_token" },
	{ .name = "verification-reminder",
	  .events = { "user.verification_reminder" },
	  .page = "verify-email",
	  .token = "email_verification_token",
	  .may_be_off = true },
	{ .name = "registration-attempted",
	  .events = { "user.registration_attempted" },
	  .page = "reset-password",
	  .may_be_off = true },
	{ .name = "reset",
	  .events = { "user.password_reset_requested" },
	  .page = "reset-password",
	  .token = "password_reset_token" },
	{ .name = "password-changed",
	  .events = { "user.password_changed", "user.password_reset" },
	  .page = "reset-password",
	  .may_be_off = true,
	  .values = HAS(VALUE_IP_ADDRESS) },
	{ .name = "email-change",
	  .events = { "user.email_change_requested" },
	  .page = "email-change",
	  .token = "email_change_token",
	  .values = HAS(VALUE_NEW_EMAIL) },
	{ .name = "email-change-new",
	  .events = { "user.email_change_offered" },
	  .page = "email-change",
	  .token = "email_change_token" },
	{ .name = "email-change-attempted",
	  .events = { "user.email_change_attempted" },
	  .may_be_off = true },
	{ .name = "email-changed",
	  .events = { "user.email_changed" },
	  .page = "email-change",
	  .token = "email_undo_token",
	  .action = "undo",
	  .values = HAS(VALUE_NEW_EMAIL) | HAS(VALUE_IP_ADDRESS) },
	{ .name = "login-code",
	  .events = { "user.login_code_requested" },
	  .page = "login-code",
	  .token = "login_token",
	  .must_lead_on = true,
	  .max_age = CODE_MAX_AGE,
	  .values = HAS(VALUE_CODE) },
	{ .name = "invite", .events = { "user.invited" }, .page = "invite", .token = "invite_token" },
	{ .name = "new-device",
	  .events = { "user.new_device" },
	  .page = "reset-password",
	  .may_be_off = true,
	  .values = HAS(VALUE_IP_ADDRESS) | HAS(VALUE_DEVICE) },
	{ .name = "account-locked",
	  .events = { "user.lockout" },
	  .page = "reset-password",
	  .may_be_off = true,
	  .values = HAS(VALUE_IP_ADDRESS) },
	{ .name = "factor-added",
	  .events = { "user.factor_added" },
	  .page = "reset-password",
	  .may_be_off = true,
	  .values = HAS(VALUE_IP_ADDRESS) },
	{ .name = "factor-removed",
	  .events = { "user.factor_removed" },
	  .page = "reset-password",
	  .may_be_off = true,
	  .values = HAS(VALUE_IP_ADDRESS) },
	{ .name = "recovery-code-used",
	  .events = { "user.recovery_code_used" },
	  .page = "reset-password",
	  .may_be_off = true,
	  .values = HAS(VALUE_IP_ADDRESS) | HAS(VALUE_CODES_LEFT) },
	{ .name = "recovery-codes-renewed",
	  .events = { "user.recovery_codes_renewed" },
	  .page = "reset-password",
	  .may_be_off = true,
	  .values = HAS(VALUE_IP_ADDRESS) },
	{ .name = "second-factor-locked",
	  .events = { "user.second_factor_lockout" },
	  .page = "reset-password",
	  .may_be_off = true,
	  .values = HAS(VALUE_IP_ADDRESS) },
	{ .name = "deletion-scheduled",
	  .events = { "user.deletion_scheduled" },
	  .page = "account-deleted",
	  .must_lead_on = true,
	  .may_be_off = true,
	  .values = HAS(VALUE_DELETES_AT) | HAS(VALUE_IP_ADDRESS) },
	{ .name = "deletion-cancelled",
	  .events = { "user.deletion_cancelled" },
	  .page = "reset-password",
	  .may_be_off = true,
	  .values = HAS(VALUE_IP_ADDRESS) },
	{ .name = "deleted",
	  .events = { "user.deleted" },
	  .may_be_off = true,
	  .values = HAS(VALUE_BY_USER) },
};

/* The members of data whose values templates see as they are. */
static const struct
{
	Value value;
	const char *member;
	bool required;
} plain_members[] = {
	{ VALUE_CODE, "login_code", true },
	{ VALUE_NEW_EMAIL, "new_email", true },
	{ VALUE_IP_ADDRESS, "ip_address", false },
	{ VALUE_DEVICE, "device", false },
};

typedef struct Language
{
	const char *name;
	const char *time; /* day, month, year, hour, minute */
	const char *months[MONTHS];
} Language;

static const Language languages[] = {
	{ "en",
	  "%d %s %d, %02d:%02d UTC",
	  { "January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December" } },
	{ "de",
	  "%d. %s %d, %02d:%02d Uhr (UTC)",
	  { "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
		"Oktober", "November", "Dezember" } },
};

/* The files of a mail; the frame around every one has no subject. */
typedef enum File
{
	FILE_SUBJECT,
	FILE_PLAIN,
	FILE_HTML,
	FILES
} File;

static const struct
{
	const char *ending;
	TemplateKind kind;
} files[FILES] = {
	[FILE_SUBJECT] = { "subject", TEMPLATE_LINE },
	[FILE_PLAIN] = { "txt", TEMPLATE_PLAIN },
	[FILE_HTML] = { "html", TEMPLATE_HTML },
};

#define FRAME		"frame"
#define FRAME_INDEX lengthof(kinds)

static Template *templates[lengthof(languages)][lengthof(kinds) + 1][FILES];
static LetterSettings set;
static size_t default_language;
static bool is_off[lengthof(kinds)];

/*
 * What jansson keeps of a payload is wiped: a size stands in front of each
 * piece of memory.
 */
#define SIZE_ROOM 16

static void *
allocate_wiped(size_t size)
{
	char *memory = size > SIZE_MAX - SIZE_ROOM ? NULL : malloc(SIZE_ROOM + size);

	if (memory == NULL)
		return NULL;
	memcpy(memory, &size, sizeof(size));
	return memory + SIZE_ROOM;
}

static void
free_wiped(void *given)
{
	char *memory = given;
	size_t size;

	if (memory == NULL)
		return;
	memcpy(&size, memory - SIZE_ROOM, sizeof(size));
	explicit_bzero(memory, size);
	free(memory - SIZE_ROOM);
}

/* The start. */

/* The bytes of a file, which is not there: *length is 0 and errno ENOENT. */
static char *
read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rbe");
	char *bytes;

	*length = 0;
	if (file == NULL)
		return NULL;
	bytes = malloc(TEMPLATE_MAX + 1);
	if (bytes != NULL)
		*length = fread(bytes, 1, TEMPLATE_MAX + 1, file);
	if (bytes != NULL && ferror(file))
	{
		free(bytes);
		bytes = NULL;
		errno = EIO;
	}
	fclose(file);
	return bytes;
}

/* What the templates of a mail may use: the other names are empty. */
static void
name_values(unsigned values, Variable *variables)
{
	for (size_t i = 0; i < VALUES; i++)
	{
		variables[i] = letter_values[i];
		if ((values & HAS(i)) == 0)
			variables[i].name = "";
	}
}

/* A template from the settings' folder, or else one of those shipped. */
static bool
read_template(const char *shipped, size_t language, size_t index, File file, char *error,
			  size_t size)
{
	const char *folders[] = { set.templates, shipped };
	const char *stem = index == FRAME_INDEX ? FRAME : kinds[index].name;
	Variable variables[VALUES];
	char name[64];
	char *bytes = NULL;
	size_t length = 0;

	snprintf(name, sizeof(name), "%s/%s.%s", languages[language].name, stem, files[file].ending);
	for (size_t i = 0; bytes == NULL && i < lengthof(folders); i++)
	{
		char path[4096];

		if (folders[i] == NULL)
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", folders[i], name) >= (int) sizeof(path))
			errno = ENAMETOOLONG;
		else
			bytes = read_file(path, &length);
		if (bytes == NULL && (errno != ENOENT || folders[i] == shipped))
		{
			snprintf(error, size, "%s/%s: %s", folders[i], name, strerror(errno));
			return false;
		}
	}
	name_values(index == FRAME_INDEX
					? HAS_ALWAYS | HAS(VALUE_SUBJECT) | HAS(VALUE_CONTENT)
					: HAS_ALWAYS | kinds[index].values |
						  (kinds[index].page == NULL ? 0 : HAS(VALUE_LINK)),
				variables);
	templates[language][index][file] = template_read(name, bytes, length, files[file].kind,
													 variables, VALUES, error, size);
	free(bytes);
	return templates[language][index][file] != NULL;
}

static bool
is_template_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < FILES; i++)
	{
		if (strcmp(dot + 1, files[i].ending) != 0)
			continue;
		for (size_t k = 0; k < lengthof(kinds); k++)
			if (strlen(kinds[k].name) == (size_t) (dot - name) &&
				strncmp(kinds[k].name, name, (size_t) (dot - name)) == 0)
				return true;
		return i != FILE_SUBJECT && strncmp(name, FRAME ".", strlen(FRAME ".")) == 0;
	}
	return false;
}

/*
 * Whoever misspells the name of a file would not see it any other way than by
 * our words in a mail.
 */
static bool
check_own_names(size_t language, char *error, size_t size)
{
	char path[4096];
	struct dirent *entry;
	DIR *folder;
	bool good = true;

	if (set.templates == NULL)
		return true;
	if (snprintf(path, sizeof(path), "%s/%s", set.templates, languages[language].name) >=
		(int) sizeof(path))
		return true; /* read_template() says so */
	folder = opendir(path);
	while (folder != NULL && good && (entry = readdir(folder)) != NULL)
	{
		good = entry->d_name[0] == '.' || is_template_name(entry->d_name);
		if (!good)
			snprintf(error, size, "%s/%s: there is no mail with a file of this name", path,
					 entry->d_name);
	}
	if (folder != NULL)
		closedir(folder);
	return good;
}

static bool
check_own_folder(char *error, size_t size)
{
	DIR *folder = set.templates == NULL ? NULL : opendir(set.templates);

	if (set.templates != NULL && folder == NULL)
	{
		snprintf(error, size, "%s: %s", set.templates, strerror(errno));
		return false;
	}
	if (folder != NULL)
		closedir(folder);
	return true;
}

/* An URL that can stand in a link as it is, and have something behind it. */
static bool
is_link(const char *url)
{
	const char *rest = strncmp(url, "https://", 8) == 0	 ? url + 8
					   : strncmp(url, "http://", 7) == 0 ? url + 7
														 : "";

	for (const char *p = rest; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f || strchr("\"'<>\\^`{|}", *p) != NULL)
			return false;
	return isalnum((unsigned char) *rest) || *rest == '[';
}

/* The mails that are not to be sent. */
static bool
read_off(char *error, size_t size)
{
	const char *next = set.off;

	memset(is_off, 0, sizeof(is_off));
	while (next != NULL && *next != '\0')
	{
		size_t length = strcspn(next, ",");
		const char *name = next;
		size_t i = 0;

		next += length + (next[length] == ',');
		while (length > 0 && *name == ' ')
			name++, length--;
		while (length > 0 && name[length - 1] == ' ')
			length--;
		while (i < lengthof(kinds) &&
			   (strlen(kinds[i].name) != length || memcmp(kinds[i].name, name, length) != 0))
			i++;
		if (i == lengthof(kinds) || !kinds[i].may_be_off)
		{
			snprintf(error, size, "MAIL_OFF: %.*s is no mail that can be left out",
					 (int) (length > 40 ? 40 : length), name);
			return false;
		}
		is_off[i] = true;
	}
	return true;
}

static bool
has_ascii_domain(const char *address)
{
	const char *domain = strchr(address, '@');

	return domain != NULL &&
		   strspn(domain + 1, LETTERS_AND_DIGITS ".-") == strlen(domain + 1);
}

static bool
check_settings(char *error, size_t size)
{
	const char *wrong = NULL;

	if (set.public_url == NULL || !is_link(set.public_url) || strpbrk(set.public_url, "?#") != NULL)
		wrong = "PUBLIC_URL must be an URL of https or http, without ? and #";
	else if (set.continue_url != NULL && !is_link(set.continue_url))
		wrong = "MAIL_CONTINUE_URL must be an URL of https or http";
	else if (set.from_email == NULL || !mime_is_address(set.from_email) ||
			 !has_ascii_domain(set.from_email))
		wrong = "SMTP_FROM_EMAIL must be an email address, with its domain in ASCII";
	else if (set.service_name == NULL || !text_is_line(set.service_name))
		wrong = "PAGES_NAME must be a line of UTF-8";
	else if (set.from_name != NULL && !text_is_line(set.from_name))
		wrong = "SMTP_FROM_NAME must be a line of UTF-8";
	else if (set.color == NULL || !color_is(set.color))
		wrong = "PAGES_COLOR must be # and six hexadecimal digits";
	else if (set.consumer == NULL || set.consumer[0] == '\0' ||
			 strspn(set.consumer, "0123456789abcdefghijklmnopqrstuvwxyz_-") != strlen(set.consumer))
		wrong = "the consumer must be of small letters, digits, _ and -";
	if (wrong != NULL)
		snprintf(error, size, "%s", wrong);
	return wrong == NULL;
}

/* The index of the language of a tag of BCP 47 (de-AT: de), or -1. */
static int
find_language(const char *tag)
{
	size_t length = strcspn(tag, "-_");

	for (size_t i = 0; i < lengthof(languages); i++)
		if (strlen(languages[i].name) == length &&
			strncasecmp(tag, languages[i].name, length) == 0)
			return (int) i;
	return -1;
}

bool
letters_open(const char *folder, const LetterSettings *settings, char *error, size_t size)
{
	int language = settings->language == NULL ? -1 : find_language(settings->language);

	set = *settings;
	json_set_alloc_funcs(allocate_wiped, free_wiped);
	if (language < 0)
	{
		snprintf(error, size, "MAIL_LANGUAGE must be en or de");
		return false;
	}
	default_language = (size_t) language;
	if (!check_settings(error, size) || !read_off(error, size) || !check_own_folder(error, size))
		return false;
	for (size_t l = 0; l < lengthof(languages); l++)
	{
		bool good = check_own_names(l, error, size);

		for (size_t i = 0; good && i <= FRAME_INDEX; i++)
			for (size_t f = i == FRAME_INDEX ? FILE_PLAIN : FILE_SUBJECT; good && f < FILES; f++)
				good = read_template(folder, l, i, (File) f, error, size);
		if (!good)
		{
			letters_close();
			return false;
		}
	}
	return true;
}

void
letters_close(void)
{
	for (size_t l = 0; l < lengthof(languages); l++)
		for (size_t i = 0; i <= FRAME_INDEX; i++)
			for (size_t f = 0; f < FILES; f++)
			{
				template_free(templates[l][i][f]);
				templates[l][i][f] = NULL;
			}
}

/* A mail. */

/* What is being written. */
typedef struct Draft
{
	const Kind *kind;
	const Language *language;
	Template *(*templates)[FILES];
	json_t *payload;
	json_t *data;
	struct tm happened;
	const char *to;
	const char *values[VALUES];
	Text home; /* PUBLIC_URL without a slash at its end */
	Text link;
	Text time;
	Text deletes_at;
	char codes_left[24];
	Text subject;
	Text content;
	Text plain;
	Text html;
	Text id;
	Text message;
} Draft;

static const Kind *
kind_of(const char *event_type)
{
	for (size_t i = 0; i < lengthof(kinds); i++)
		for (size_t e = 0; e < lengthof(kinds[i].events) && kinds[i].events[e] != NULL; e++)
			if (strcmp(kinds[i].events[e], event_type) == 0)
				return &kinds[i];
	return NULL;
}

/* Is anything deeper than in our events?  jansson would go on to 2048. */
static bool
is_deep(const char *json, size_t length)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < length; i++)
	{
		if (json[i] == '"')
			in_string = !in_string;
		else if (in_string && json[i] == '\\')
			i++;
		else if (!in_string && (json[i] == '{' || json[i] == '['))
			depth++;
		else if (!in_string && (json[i] == '}' || json[i] == ']'))
			depth--;
		if (depth > PAYLOAD_DEPTH_MAX)
			return true;
	}
	return false;
}

/* A member of an object; NULL: there is none that is a line of text. */
static const char *
member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	const char *string = json_string_value(value);

	if (string == NULL || strlen(string) != json_string_length(value) || !text_is_line(string))
		return NULL;
	return string;
}

/* "2026-01-15T10:30:00.123Z" */
static bool
read_time(const char *text, struct tm *time)
{
	int year, month, day, hour, minute, second;

	if (text == NULL || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute,
							   &second) != 6)
		return false;
	*time = (struct tm){ .tm_year = year - 1900,
						 .tm_mon = month - 1,
						 .tm_mday = day,
						 .tm_hour = hour,
						 .tm_min = minute,
						 .tm_sec = second };
	return year >= 1970 && month >= 1 && month <= MONTHS && day >= 1 && day <= 31 && hour >= 0 &&
		   hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
}

static void
write_time(const Language *language, const struct tm *time, Text *out)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	text_add_format(out, language->time, time->tm_mday, language->months[time->tm_mon],
					time->tm_year + 1900, time->tm_hour, time->tm_min);
#pragma GCC diagnostic pop
}

/* Adds name=value to what is behind the # of a link. */
static void
add_parameter(Text *link, const char *name, const char *value)
{
	if (value == NULL)
		return;
	text_add_format(link, "%c%s=", strchr(link->bytes, '#') == NULL ? '#' : '&', name);
	for (const char *p = value; *p != '\0'; p++)
	{
		if (isalnum((unsigned char) *p) || strchr("-._~", *p) != NULL)
			text_add_char(link, *p);
		else
			text_add_format(link, "%%%02X", (unsigned char) *p);
	}
}

static void
write_link(Draft *draft)
{
	const Kind *kind = draft->kind;

	text_add_format(&draft->link, "%s/%s", draft->home.bytes, kind->page);
	if (draft->link.failed)
		return;
	if (kind->token != NULL)
		add_parameter(&draft->link, "token", member(draft->data, kind->token));
	add_parameter(&draft->link, "action", kind->action);
	if ((kind->values & HAS(VALUE_DELETES_AT)) != 0)
		add_parameter(&draft->link, "deletes_at", member(draft->data, "deletes_at"));
	else
		add_parameter(&draft->link, "email", draft->to);
	add_parameter(&draft->link, "continue", set.continue_url);
	draft->values[VALUE_LINK] = draft->link.bytes;
}

/* Reads the payload.  NULL, or why it is none that can be mailed. */
static const char *
read_payload(Draft *draft, const char *payload, size_t length)
{
	json_error_t ignored;
	const char *email;
	const char *locale;
	int language;

	if (length > PAYLOAD_MAX)
		return "the payload is too long";
	if (is_deep(payload, length))
		return "the payload is too deep";
	draft->payload = json_loadb(payload, length, JSON_REJECT_DUPLICATES, &ignored);
	explicit_bzero(&ignored, sizeof(ignored));
	draft->data = json_object_get(draft->payload, "data");
	if (!json_is_object(draft->data))
		return "the payload is not that of an event";
	email = member(draft->data, "email");
	if (email == NULL || !mime_is_address(email))
		return "the address is none that can stand in a mail";
	draft->to = email;
	if (!read_time(member(draft->payload, "timestamp"), &draft->happened))
		return "the payload has no time";
	if (draft->kind->token != NULL && member(draft->data, draft->kind->token) == NULL)
		return "the payload has no token";
	locale = member(draft->data, "locale");
	language = locale == NULL ? -1 : find_language(locale);
	if (language < 0)
		language = (int) default_language;
	draft->language = &languages[language];
	draft->templates = templates[language];
	return NULL;
}

/* The values for the templates.  NULL, or what the event lacks. */
static const char *
read_values(Draft *draft)
{
	const char *reason = member(draft->data, "reason");
	unsigned has = draft->kind->values;
	size_t slashes = 0;
	size_t length = strlen(set.public_url);
	struct tm deletes_at;

	for (size_t i = 0; i < lengthof(plain_members); i++)
	{
		const char *value = member(draft->data, plain_members[i].member);

		if ((has & HAS(plain_members[i].value)) == 0)
			continue;
		if (value == NULL && plain_members[i].required)
			return "the payload lacks what the mail is about";
		draft->values[plain_members[i].value] = value;
	}
	if ((has & HAS(VALUE_DELETES_AT)) != 0)
	{
		if (!read_time(member(draft->data, "deletes_at"), &deletes_at))
			return "the payload lacks what the mail is about";
		write_time(draft->language, &deletes_at, &draft->deletes_at);
		draft->values[VALUE_DELETES_AT] = draft->deletes_at.bytes;
	}
	if ((has & HAS(VALUE_CODES_LEFT)) != 0)
	{
		const json_t *left = json_object_get(draft->data, "codes_left");

		if (!json_is_integer(left))
			return "the payload lacks what the mail is about";
		snprintf(draft->codes_left, sizeof(draft->codes_left), "%" JSON_INTEGER_FORMAT,
				 json_integer_value(left));
		draft->values[VALUE_CODES_LEFT] = draft->codes_left;
	}
	if (reason != NULL && strcmp(reason, "user") == 0)
		draft->values[VALUE_BY_USER] = "yes";
	while (slashes < length && set.public_url[length - 1 - slashes] == '/')
		slashes++;
	text_add(&draft->home, set.public_url, length - slashes);
	write_time(draft->language, &draft->happened, &draft->time);
	draft->values[VALUE_SERVICE] = set.service_name;
	draft->values[VALUE_EMAIL] = draft->to;
	draft->values[VALUE_TIME] = draft->time.bytes;
	draft->values[VALUE_HOME] = draft->home.bytes;
	draft->values[VALUE_COLOR] = set.color;
	draft->values[VALUE_ON_COLOR] = color_on(set.color);
	if (draft->kind->page != NULL && !(draft->kind->must_lead_on && set.continue_url == NULL) &&
		!draft->home.failed)
		write_link(draft);
	return NULL;
}

/* The mail in one form, within its frame. */
static void
fill(Draft *draft, File file, Text *out)
{
	text_empty(&draft->content);
	template_fill(draft->templates[draft->kind - kinds][file], draft->values, &draft->content);
	draft->values[VALUE_CONTENT] = draft->content.bytes;
	template_fill(draft->templates[FRAME_INDEX][file], draft->values, out);
}

static LetterOutcome
compose(Draft *draft, int64_t event_id, time_t now, Letter *letter)
{
	MimeMessage message;

	template_fill(draft->templates[draft->kind - kinds][FILE_SUBJECT], draft->values,
				  &draft->subject);
	draft->values[VALUE_SUBJECT] = draft->subject.bytes;
	fill(draft, FILE_PLAIN, &draft->plain);
	fill(draft, FILE_HTML, &draft->html);
	/* The time keeps apart events of databases that begin to count anew. */
	text_add_format(&draft->id, "jerry.%s.%lld.%lld%s", set.consumer, (long long) event_id,
					(long long) timegm(&draft->happened), strchr(set.from_email, '@'));
	message = (MimeMessage){ .from = set.from_email,
							 .from_name = set.from_name != NULL ? set.from_name : set.service_name,
							 .to = draft->to,
							 .subject = draft->subject.bytes,
							 .message_id = draft->id.bytes,
							 .language = draft->language->name,
							 .date = now,
							 .text = draft->plain.bytes,
							 .html = draft->html.bytes };
	letter->from = strdup(set.from_email);
	letter->to = strdup(draft->to);
	if (draft->link.failed || draft->home.failed || draft->time.failed ||
		draft->deletes_at.failed || draft->subject.failed || draft->content.failed ||
		draft->plain.failed || draft->html.failed || draft->id.failed || letter->from == NULL ||
		letter->to == NULL)
		return LETTER_NO_MEMORY;
	if (!mime_write(&message, &draft->message))
	{
		letter->reason = "the message has characters that no mail can have";
		return draft->message.failed ? LETTER_NO_MEMORY : LETTER_REFUSED;
	}
	letter->message = draft->message.bytes;
	letter->message_length = draft->message.length;
	draft->message = (Text){ 0 };
	return LETTER_WRITTEN;
}

static void
drop(Draft *draft)
{
	Text *const texts[] = { &draft->home, &draft->link, &draft->time, &draft->deletes_at,
							&draft->subject, &draft->content, &draft->plain, &draft->html,
							&draft->id, &draft->message };

	for (size_t i = 0; i < lengthof(texts); i++)
		text_free(texts[i]);
	json_decref(draft->payload);
}

LetterOutcome
letters_write(int64_t event_id, const char *event_type, const char *payload, size_t length,
			  time_t now, Letter *letter)
{
	Draft draft = { .kind = kind_of(event_type) };
	LetterOutcome outcome = LETTER_REFUSED;
	const char *reason;
	int max_age;

	*letter = (Letter){ 0 };
	if (draft.kind == NULL || is_off[draft.kind - kinds])
		return LETTER_NONE;
	letter->name = draft.kind->name;
	letter->reason = read_payload(&draft, payload, length);
	if (letter->reason == NULL)
		letter->reason = read_values(&draft);
	/* Nobody has ever said whose address it is. */
	reason = member(draft.data, "reason");
	if (letter->reason == NULL && reason != NULL && strcmp(reason, "unverified") == 0)
	{
		drop(&draft);
		*letter = (Letter){ 0 };
		return LETTER_NONE;
	}
	max_age = draft.kind->max_age == 0 ? set.max_age : draft.kind->max_age;
	if (letter->reason == NULL && now - timegm(&draft.happened) > max_age)
		outcome = LETTER_LATE;
	else if (letter->reason == NULL)
		outcome = compose(&draft, event_id, now, letter);
	drop(&draft);
	return outcome;
}

void
letter_free(Letter *letter)
{
	if (letter->message != NULL)
		explicit_bzero(letter->message, letter->message_length);
	free(letter->message);
	free(letter->from);
	free(letter->to);
	*letter = (Letter){ 0 };
}
