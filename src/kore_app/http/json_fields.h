/*
 * json_fields.h: the fields of a JSON object that somebody asks for.
 *
 * Reads RFC 8259 and nothing else: the whole text has to be JSON, in UTF-8, an
 * object at the top.  Values that are asked for are decoded where they stand;
 * an object or an array is kept as it is, with every string in it checked to be
 * a text.  Whatever else the object holds is checked for its form and skipped:
 * numbers of any size, names that appear twice, escapes that are no character.
 * Wiping the text wipes all there is.
 */
#ifndef JERRY_JSON_FIELDS_H
#define JERRY_JSON_FIELDS_H

#include "http/fields.h"

/* Arrays and objects in each other; deeper ones are refused. */
#define JSON_FIELDS_DEPTH 2048

/*
 * Reads the object in text, which it changes.  Fills in count fields, at most
 * FIELDS_MAX.  Returns NULL, or a constant sentence on what is wrong.
 */
extern const char *json_fields_read(char *text, size_t length, Field *fields, int count);

/*
 * The object in text as it stands, with every string in it checked to be a
 * text, for who wants all of it.  Whether a name appears twice is not looked
 * at.  Returns NULL, or a constant sentence on what is wrong.
 */
extern const char *json_object_read(char *text, size_t length, const char **object,
									size_t *object_length);

#endif /* JERRY_JSON_FIELDS_H */
