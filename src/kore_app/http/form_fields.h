/*
 * form_fields.h: the fields of an application/x-www-form-urlencoded text, a
 * query or a body (WHATWG URL, 5; RFC 6749, appendix B).
 *
 * Stricter than browsers: a percent sign stands before two hexadecimal digits,
 * the decoded text is UTF-8 without control characters of ASCII, a field that
 * is asked for appears once.  An empty value is a value.
 */
#ifndef JERRY_FORM_FIELDS_H
#define JERRY_FORM_FIELDS_H

#include "http/fields.h"

/* Pairs in one text; more are refused. */
#define FORM_FIELDS_PAIRS 64

/*
 * Reads text, which it changes: fills in count fields.  Returns NULL, or a
 * constant sentence on what is wrong.
 */
extern const char *form_fields_read(char *text, size_t length, Field *fields, int count);

/*
 * Decodes a single name or value where it stands.  Returns NULL with its new
 * length in *length, or what is wrong.
 */
extern const char *form_decode(char *text, size_t *length);

#endif /* JERRY_FORM_FIELDS_H */
