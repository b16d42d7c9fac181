/*
 * json_object.c: see json_object.h.
 */
#include "base/json_object.h"

#include "mb/pg_wchar.h"

#define MEMBERS_MAX	 64
#define BRACKETS_MAX 256 /* bounds the recursion of the JSON parser */

typedef struct ObjectParser
{
	JsonMemberReader read_member;
	void *arg;
	const char *names[MEMBERS_MAX];
	int nnames;
	const char *name; /* of the top-level member that is being read */
	int depth;		  /* of objects and arrays */
	bool is_object;
	bool refused;
} ObjectParser;

/*
 * The parser comes to a member: which one is it, and was there one of that
 * name?
 */
static JSON_ACTION
start_member(void *state, char *name, bool isnull)
{
	ObjectParser *parser = state;

	if (parser->depth == 1)
	{
		for (int i = 0; i < parser->nnames; i++)
			parser->refused |= strcmp(parser->names[i], name) == 0;
		if (parser->nnames < MEMBERS_MAX)
			parser->names[parser->nnames++] = name;
		else
			parser->refused = true;
		parser->name = name;
	}
	else if (parser->depth == 2)
		parser->name = NULL; /* what follows is no element of an array */
	JSON_GO_ON;
}

/* A value of the object, or an element of one. */
static void
read_value(ObjectParser *parser, char *text, JsonTokenType type)
{
	/* Without a name it is an element of a top-level array. */
	if (parser->name != NULL)
		parser->refused |=
			!parser->read_member(parser->arg, parser->name, text, type, parser->depth == 2);
}

/* An object or an array begins. */
static JSON_ACTION
enter_value(void *state)
{
	ObjectParser *parser = state;

	if (parser->depth == 1)
		read_value(parser, NULL, JSON_TOKEN_ARRAY_START);
	parser->depth++;
	JSON_GO_ON;
}

/* An object begins; the outermost value has to be one. */
static JSON_ACTION
enter_object(void *state)
{
	ObjectParser *parser = state;

	parser->is_object |= parser->depth == 0;
	enter_value(state);
	JSON_GO_ON;
}

/* An object or an array ends. */
static JSON_ACTION
leave_value(void *state)
{
	((ObjectParser *) state)->depth--;
	JSON_GO_ON;
}

/* Any other value. */
static JSON_ACTION
read_scalar(void *state, char *token, JsonTokenType type)
{
	ObjectParser *parser = state;

	if (parser->depth == 1 || parser->depth == 2)
		read_value(parser, token, type);
	JSON_GO_ON;
}

/* Does it hold fewer brackets than could exhaust the parser's stack? */
static bool
is_flat(const char *json, int length)
{
	int brackets = 0;

	for (int i = 0; i < length; i++)
		brackets += json[i] == '{' || json[i] == '[';
	return brackets <= BRACKETS_MAX;
}

JsonLexContext *
json_lexer(const char *json, int length)
{
#if PG_VERSION_NUM >= 170000
	return makeJsonLexContextCstringLen(NULL, json, length, PG_UTF8, true);
#else
	return makeJsonLexContextCstringLen(unconstify(char *, json), length, PG_UTF8, true);
#endif
}

bool
json_read_object(const uint8 *json, int length, JsonMemberReader read_member, void *arg)
{
	ObjectParser parser = { .read_member = read_member, .arg = arg };
	JsonSemAction actions = {
		.semstate = &parser,
		.object_start = enter_object,
		.object_end = leave_value,
		.array_start = enter_value,
		.array_end = leave_value,
		.object_field_start = start_member,
		.scalar = read_scalar
	};

	if (!pg_verify_mbstr(PG_UTF8, (const char *) json, length, true) ||
		!is_flat((const char *) json, length))
		return false;
	return pg_parse_json(json_lexer((const char *) json, length), &actions) == JSON_SUCCESS &&
		   parser.is_object && !parser.refused;
}
