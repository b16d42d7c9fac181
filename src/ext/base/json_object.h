/*
 * json_object.h: reading a JSON object strictly, with the server's parser.
 */
#ifndef JERRY_JSON_OBJECT_H
#define JERRY_JSON_OBJECT_H

#include "base/jerry.h"

#include "common/jsonapi.h"

/*
 * The callbacks of the server's JSON parser return nothing before version 16.
 */
#if PG_VERSION_NUM < 160000
#define JSON_ACTION void
#define JSON_GO_ON	return
#else
#define JSON_ACTION JsonParseErrorType
#define JSON_GO_ON	return JSON_SUCCESS
#endif

/*
 * For pg_parse_json: of these bytes, which a zero byte follows; texts are
 * decoded.
 */
extern JsonLexContext *json_lexer(const char *json, int length);

/*
 * Is called for each member of the object, in their order: with the text of a
 * scalar and its type, or, when the member is an object or an array, with NULL
 * and JSON_TOKEN_ARRAY_START.  For an array it is called again for each element
 * that is a scalar, with element true.  Texts are palloc'd.  False refuses the
 * object.
 */
typedef bool (*JsonMemberReader)(void *arg, const char *name, char *text, JsonTokenType type,
								 bool element);

/*
 * False unless these bytes, which a zero byte follows, are one object in UTF-8
 * with at most 64 members, none of the same name, and few brackets, and no
 * member of it was refused.
 */
extern bool json_read_object(const uint8 *json, int length, JsonMemberReader read_member,
							 void *arg);

#endif /* JERRY_JSON_OBJECT_H */
