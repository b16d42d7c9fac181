/*
 * text.h: a text that grows, and that is wiped wherever it has been: there are
 * tokens in mails.
 */
#ifndef JERRY_TEXT_H
#define JERRY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Begins as all zeros. */
typedef struct Text
{
	char *bytes; /* ends with a zero byte; NULL: nothing was added yet */
	size_t length;
	size_t size;
	bool failed; /* there was no memory, and nothing is added any more */
} Text;

extern void text_add(Text *text, const char *bytes, size_t length);
extern void text_add_string(Text *text, const char *string);
extern void text_add_char(Text *text, char c);
extern void text_add_format(Text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Keeps the memory for another one. */
extern void text_empty(Text *text);

/* Wipes it, and frees it. */
extern void text_free(Text *text);

/*
 * Is this UTF-8 without control characters, line separators among them?  A text
 * of a stranger that is not has no place in a mail.
 */
extern bool text_is_line(const char *string);

#endif /* JERRY_TEXT_H */
