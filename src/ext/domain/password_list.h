/*
 * password_list.h: lists of passwords as they are published: words, one per
 * line; SHA-1 hashes with a count, HASH:COUNT per line; and folders of the
 * latter, a file for each five digits that hashes begin with, named by these,
 * with SUFFIX:COUNT per line.
 */
#ifndef JERRY_PASSWORD_LIST_H
#define JERRY_PASSWORD_LIST_H

#include "base/jerry.h"

typedef enum ListForm
{
	LIST_UNKNOWN, /* a folder of ranges, or what the first line of a file looks like */
	LIST_WORDS,
	LIST_SHA1,
	LIST_RANGES
} ListForm;

/* By its name; LIST_UNKNOWN: there is no such form. */
extern ListForm list_form_by_name(const char *name);
extern const char *list_form_name(ListForm form);

/* The first 64 bits of the SHA-1 of bytes: what is kept of a password. */
extern uint64 password_mark(const char *bytes, Size length);

typedef struct PasswordList
{
	const char *path;
	ListForm form; /* when it was read: what it was */
	int min_count; /* a hash that was seen less often is left out */
	int64 skipped; /* so many were, and lines that are no password: empty, too long, not UTF-8 */
	/* Takes a password: of a word, that without its case. */
	void (*found)(uint64 mark, void *arg);
	void *arg;
} PasswordList;

/*
 * Reads a list, or raises an error that names the file and the line.  What is
 * found may be found twice, in any order.
 */
extern void password_list_read(PasswordList *list);

#endif /* JERRY_PASSWORD_LIST_H */
