/*
 * claims.c: see claims.h.
 */
#include "jose/claims.h"

#include "common/jsonapi.h"
#include "mb/pg_wchar.h"

#define CLAIMS_MAX	 64						  /* names in one payload */
#define BRACKETS_MAX 256					  /* bounds the recursion of the JSON parser */
#define TIME_MAX	 INT64CONST(253402300799) /* 9999-12-31T23:59:59Z */

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

typedef struct ClaimsParser
{
	Claims *claims;
	const char *names[CLAIMS_MAX];
	int nnames;
	const char *name; /* of the top-level member that is being read */
	int depth;		  /* of objects and arrays */
	bool is_object;
	bool refused;
} ClaimsParser;

/*
 * An integer as JSON writes it, of reasonable size; 1e9, 1.0 and "1" are not.
 */
static bool
read_time(const char *token, JsonTokenType type, int64 *value)
{
	char *end;

	if (type != JSON_TOKEN_NUMBER || strspn(token, "-0123456789") != strlen(token))
		return false;
	errno = 0;
	*value = strtoll(token, &end, 10);
	return errno == 0 && *end == '\0' && *value <= TIME_MAX;
}

/*
 * The parser comes to a member: which one is it, and was there one of that
 * name?
 */
static JSON_ACTION
start_member(void *state, char *name, bool isnull)
{
	ClaimsParser *parser = state;

	if (parser->depth == 1)
	{
		for (int i = 0; i < parser->nnames; i++)
			parser->refused |= strcmp(parser->names[i], name) == 0;
		if (parser->nnames < CLAIMS_MAX)
			parser->names[parser->nnames++] = name;
		else
			parser->refused = true;
		parser->name = name;
	}
	else if (parser->depth == 2)
		parser->name = NULL; /* a member of an object in a claim is no audience */
	JSON_GO_ON;
}

/*
 * The value of a member that is a claim.  token is NULL, and type not that of a
 * scalar, when it is an object or an array.
 */
static void
read_member(ClaimsParser *parser, char *token, JsonTokenType type)
{
	Claims *claims = parser->claims;
	const char *name = parser->name;
	int64 issued_at;

	if (strcmp(name, "exp") == 0)
	{
		claims->has_expiry = true;
		parser->refused |= !read_time(token, type, &claims->expiry);
	}
	else if (strcmp(name, "nbf") == 0)
	{
		claims->has_not_before = true;
		parser->refused |= !read_time(token, type, &claims->not_before);
	}
	else if (strcmp(name, "iat") == 0)
		parser->refused |= !read_time(token, type, &issued_at);
	else
	{
		const struct
		{
			const char *name;
			char **claim;
		} texts[] = {
			{ "sub", &claims->subject },
			{ "user_id", &claims->user_id },
			{ "email", &claims->email },
			{ "type", &claims->type },
			{ "iss", &claims->issuer },
			{ "jti", &claims->jti },
			{ "sid", &claims->sid },
		};

		/* A claim of another type is not a claim that is missing. */
		for (int i = 0; i < lengthof(texts); i++)
			if (strcmp(name, texts[i].name) == 0)
			{
				*texts[i].claim = token;
				parser->refused |= type != JSON_TOKEN_STRING;
			}
	}
}

/* An object or an array begins. */
static JSON_ACTION
enter_value(void *state)
{
	ClaimsParser *parser = state;

	if (parser->depth == 1 && parser->name != NULL)
		read_member(parser, NULL, JSON_TOKEN_ARRAY_START);
	parser->depth++;
	JSON_GO_ON;
}

/* An object begins; the outermost value has to be one. */
static JSON_ACTION
enter_object(void *state)
{
	ClaimsParser *parser = state;

	parser->is_object |= parser->depth == 0;
	enter_value(state);
	JSON_GO_ON;
}

/* An object or an array ends. */
static JSON_ACTION
leave_value(void *state)
{
	((ClaimsParser *) state)->depth--;
	JSON_GO_ON;
}

/* Any other value. */
static JSON_ACTION
read_scalar(void *state, char *token, JsonTokenType type)
{
	ClaimsParser *parser = state;
	Claims *claims = parser->claims;

	/* RFC 7519, 4.1.3: the audience is a string or an array of strings. */
	if ((parser->depth == 1 || parser->depth == 2) && parser->name != NULL &&
		strcmp(parser->name, "aud") == 0)
		claims->audience_found |= type == JSON_TOKEN_STRING && claims->expected_audience != NULL &&
								  strcmp(token, claims->expected_audience) == 0;
	else if (parser->depth == 1 && parser->name != NULL) /* not an element of a top-level array */
		read_member(parser, token, type);
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

bool
claims_read(const uint8 *payload, int length, Claims *claims)
{
	ClaimsParser parser = { .claims = claims };
	JsonSemAction actions = {
		.semstate = &parser,
		.object_start = enter_object,
		.object_end = leave_value,
		.array_start = enter_value,
		.array_end = leave_value,
		.object_field_start = start_member,
		.scalar = read_scalar
	};
	JsonLexContext *lexer;

	if (!pg_verify_mbstr(PG_UTF8, (const char *) payload, length, true) ||
		!is_flat((const char *) payload, length))
		return false;
#if PG_VERSION_NUM >= 170000
	lexer = makeJsonLexContextCstringLen(NULL, (const char *) payload, length, PG_UTF8, true);
#else
	lexer = makeJsonLexContextCstringLen((char *) payload, length, PG_UTF8, true);
#endif
	return pg_parse_json(lexer, &actions) == JSON_SUCCESS && parser.is_object && !parser.refused;
}
