/*
 * password_list.c: see password_list.h.
 */
#include "domain/password_list.h"

#include <ctype.h>
#include <unistr.h>

#include "base/bytes.h"
#include "base/line_file.h"
#include "domain/guessable.h"
#include "port/pg_bswap.h"
#include "storage/fd.h"
#include "utils/memutils.h"

#define HASH_DIGITS	  40
#define PREFIX_DIGITS 5	 /* that name a file of a folder */
#define MARK_DIGITS	  16 /* of which a mark is made */

static const char *const form_names[] = {
	[LIST_WORDS] = "words", [LIST_SHA1] = "sha1", [LIST_RANGES] = "ranges"
};

ListForm
list_form_by_name(const char *name)
{
	for (ListForm form = LIST_WORDS; form <= LIST_RANGES; form++)
		if (strcmp(form_names[form], name) == 0)
			return form;
	return LIST_UNKNOWN;
}

const char *
list_form_name(ListForm form)
{
	return form_names[form];
}

uint64
password_mark(const char *bytes, Size length)
{
	uint8 hash[SHA1_LENGTH];
	uint64 mark;

	sha1(bytes, length, hash);
	memcpy(&mark, hash, sizeof(mark));
	return pg_ntoh64(mark);
}

static void
raise_no_list(const LineFile *lines, const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
					errmsg("file \"%s\" is not a list of passwords", lines->path),
					errdetail("Line %lld %s.", (long long) lines->number, detail)));
}

static void
raise_empty(const char *path)
{
	ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
					errmsg("file \"%s\" is not a list of passwords", path),
					errdetail("There is no password in it.")));
}

/* The next line of a text. */
static bool
next_line(LineFile *lines)
{
	if (!line_file_next(lines))
		return false;
	if (lines->has_nul)
		raise_no_list(lines, "has a byte 0: this is not UTF-8 text");
	return true;
}

static void
read_word(PasswordList *list, const LineFile *lines)
{
	char *folded;

	if (lines->length == 0 || lines->is_too_long ||
		u8_check((const uint8_t *) lines->line, lines->length) != NULL)
	{
		list->skipped++;
		return;
	}
	folded = fold_case(lines->line, lines->length);
	list->found(password_mark(folded, strlen(folded)), list->arg);
}

static int
count_hex_digits(const char *s)
{
	int n = 0;

	while (isxdigit((unsigned char) s[n]))
		n++;
	return n;
}

/* A count behind the digits of a line, at least 1 if there is none; -1: no. */
static int64
read_count(const char *s)
{
	int64 count = 0;

	if (s[0] == '\0')
		return PG_INT32_MAX;
	if (s[0] != ':' || s[1] == '\0')
		return -1;
	for (s++; isdigit((unsigned char) *s); s++)
		count = Min(count * 10 + *s - '0', PG_INT32_MAX);
	return *s == '\0' ? count : -1;
}

/* A hash that begins with the digits of prefix; the line has the others. */
static void
read_hash(PasswordList *list, const LineFile *lines, const char *prefix)
{
	char digits[MARK_DIGITS + 1];
	int n = count_hex_digits(lines->line);
	int64 count = read_count(lines->line + n);

	if (lines->is_too_long || n + strlen(prefix) != HASH_DIGITS || count < 0)
		raise_no_list(lines, prefix[0] == '\0'
								 ? "is neither HASH nor HASH:COUNT with a SHA-1 of 40 digits"
								 : "is neither SUFFIX nor SUFFIX:COUNT with 35 digits");
	/* A count of 0 was put there so that nobody sees how many there are. */
	if (count < Max(list->min_count, 1))
	{
		list->skipped++;
		return;
	}
	snprintf(digits, sizeof(digits), "%s%s", prefix, lines->line);
	list->found(strtou64(digits, NULL, 16), list->arg);
}

/* Digits and a count are hashes, perhaps of another kind; so are 40 digits. */
static ListForm
guess_form(const LineFile *lines)
{
	int n = count_hex_digits(lines->line);

	return n == HASH_DIGITS || (n >= 32 && lines->line[n] == ':') ? LIST_SHA1 : LIST_WORDS;
}

/* Reads a file; prefix: what its hashes begin with. */
static void
read_file_of_list(PasswordList *list, const char *path, const char *prefix)
{
	LineFile *lines = line_file_open(path);
	MemoryContext line_context =
		AllocSetContextCreate(CurrentMemoryContext, "line of a list", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(line_context);

	while (next_line(lines))
	{
		if (list->form == LIST_UNKNOWN)
			list->form = guess_form(lines);
		if (list->form == LIST_WORDS)
			read_word(list, lines);
		else
			read_hash(list, lines, prefix);
		MemoryContextReset(line_context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(line_context);
	if (lines->number == 0)
		raise_empty(path);
	line_file_close(lines);
}

/* 0A1B2 or 0A1B2.txt */
static bool
is_name_of_range(const char *name)
{
	return count_hex_digits(name) == PREFIX_DIGITS &&
		   (name[PREFIX_DIGITS] == '\0' || strcmp(name + PREFIX_DIGITS, ".txt") == 0);
}

static void
read_folder(PasswordList *list)
{
	DIR *folder = AllocateDir(list->path);
	struct dirent *entry;
	bool is_empty = true;

	while ((entry = ReadDir(folder, list->path)) != NULL)
	{
		char prefix[PREFIX_DIGITS + 1];
		char *path;

		if (!is_name_of_range(entry->d_name))
			continue;
		strlcpy(prefix, entry->d_name, sizeof(prefix));
		path = psprintf("%s/%s", list->path, entry->d_name);
		read_file_of_list(list, path, prefix);
		pfree(path);
		is_empty = false;
	}
	FreeDir(folder);
	if (is_empty)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("folder \"%s\" is not a list of passwords", list->path),
				 errdetail("It has no file that is named by the first five digits of a SHA-1.")));
}

void
password_list_read(PasswordList *list)
{
	bool is_folder = path_is_folder(list->path);

	if (list->form == LIST_UNKNOWN && is_folder)
		list->form = LIST_RANGES;
	if (is_folder != (list->form == LIST_RANGES))
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						is_folder ? errmsg("\"%s\" is a folder", list->path)
								  : errmsg("\"%s\" is not a folder", list->path)));
	if (is_folder)
		read_folder(list);
	else
		read_file_of_list(list, list->path, "");
}
