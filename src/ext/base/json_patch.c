/*
 * json_patch.c: see json_patch.h.
 */
#include "base/json_patch.h"

#include <errno.h>

#include "base/json_object.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* Characters of a number, and its exponent, at most. */
#define NUMBER_MAX 400

/* What is wrong: as the sidecar says it, where it notices. */
static const char null_character[] = "Text contains a null character";
static const char lone_surrogate[] = "Text has half of a surrogate pair";
static const char too_deep[] = "Values are nested too deeply";
static const char repeated[] = "A field appears more than once";
static const char no_number[] = "Number is out of range";
static const char no_object[] = "Changes must be a JSON object";
static const char too_long[] = "Changes must be at most 16384 bytes long";

typedef struct PatchReader
{
	int depth;
	int64 members;
	bool is_object;
	const char *issue; /* the first that was found */
} PatchReader;

static void
note_issue(PatchReader *reader, const char *issue)
{
	if (reader->issue == NULL)
		reader->issue = issue;
}

static JSON_ACTION
enter_array(void *state)
{
	PatchReader *reader = state;

	if (++reader->depth > JSON_PATCH_DEPTH)
		note_issue(reader, too_deep);
	JSON_GO_ON;
}

static JSON_ACTION
enter_members(void *state)
{
	PatchReader *reader = state;

	reader->is_object |= reader->depth == 0;
	enter_array(state);
	JSON_GO_ON;
}

static JSON_ACTION
leave(void *state)
{
	((PatchReader *) state)->depth--;
	JSON_GO_ON;
}

static JSON_ACTION
count_member(void *state, char *name, bool isnull)
{
	((PatchReader *) state)->members++;
	JSON_GO_ON;
}

/*
 * What no double holds, hardly any reader of JSON reads (RFC 8259, 6), and some
 * of it the server's numeric does not hold either.
 */
static JSON_ACTION
check_scalar(void *state, char *token, JsonTokenType type)
{
	if (type == JSON_TOKEN_NUMBER)
	{
		const char *exponent = strpbrk(token, "eE");
		long power = exponent == NULL ? 0 : strtol(exponent + 1, NULL, 10);

		/* A zero of any size is a double, but not what jsonb takes. */
		errno = 0;
		(void) strtod(token, NULL);
		if (errno == ERANGE || strlen(token) > NUMBER_MAX || power > NUMBER_MAX ||
			power < -NUMBER_MAX)
			note_issue(state, no_number);
	}
	JSON_GO_ON;
}

/*
 * The members of all objects in a value; of one that appeared twice one is
 * left.
 */
static int64
count_members(Jsonb *value)
{
	JsonbIterator *iterator = JsonbIteratorInit(&value->root);
	JsonbIteratorToken token;
	JsonbValue part;
	int64 members = 0;

	while ((token = JsonbIteratorNext(&iterator, &part, false)) != WJB_DONE)
		members += token == WJB_KEY;
	return members;
}

Jsonb *
json_patch_read(const text *json, const char **issue)
{
	PatchReader reader = { 0 };
	JsonSemAction actions = {
		.semstate = &reader,
		.object_start = enter_members,
		.object_end = leave,
		.array_start = enter_array,
		.array_end = leave,
		.object_field_start = count_member,
		.scalar = check_scalar
	};
	char *copy;
	JsonParseErrorType verdict;
	Jsonb *value;

	if (VARSIZE_ANY_EXHDR(json) > JSON_PATCH_MAX)
	{
		*issue = too_long;
		return NULL;
	}
	copy = text_to_cstring(json);
	verdict = pg_parse_json(json_lexer(copy, strlen(copy)), &actions);
	/* The value is JSON already: only what its strings stand for is open. */
	if (verdict != JSON_SUCCESS)
		note_issue(&reader,
				   verdict == JSON_UNICODE_CODE_POINT_ZERO ? null_character : lone_surrogate);
	if (!reader.is_object)
		reader.issue = no_object;
	*issue = reader.issue;
	if (reader.issue != NULL)
		return NULL;
	value = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(copy)));
	if (count_members(value) == reader.members)
		return value;
	*issue = repeated;
	return NULL;
}

/* The member of an object with the name of another member; NULL: none. */
static JsonbValue *
find_member(JsonbContainer *object, const JsonbValue *name, JsonbValue *value)
{
	return object == NULL
			   ? NULL
			   : getKeyJsonValueFromContainer(object, name->val.string.val, name->val.string.len,
											  value);
}

/* The object that a value is; NULL: it is none. */
static JsonbContainer *
object_in(const JsonbValue *value)
{
	if (value == NULL || value->type != jbvBinary)
		return NULL;
	return JsonContainerIsObject(value->val.binary.data) ? value->val.binary.data : NULL;
}

/*
 * Writes an object with a patch applied to it.  As deep as the patch, which is
 * bounded; the target, NULL if there is none, may be deeper.
 */
static JsonbValue *
write_patched(JsonbParseState **out, JsonbContainer *target, JsonbContainer *patch)
{
	JsonbIterator *iterator;
	JsonbValue name;
	JsonbValue value;
	JsonbValue other;

	(void) pushJsonbValue(out, WJB_BEGIN_OBJECT, NULL);
	if (target != NULL)
	{
		iterator = JsonbIteratorInit(target);
		(void) JsonbIteratorNext(&iterator, &name, true);
		while (JsonbIteratorNext(&iterator, &name, true) == WJB_KEY)
		{
			(void) JsonbIteratorNext(&iterator, &value, true);
			if (find_member(patch, &name, &other) != NULL)
				continue;
			(void) pushJsonbValue(out, WJB_KEY, &name);
			(void) pushJsonbValue(out, WJB_VALUE, &value);
		}
	}
	iterator = JsonbIteratorInit(patch);
	(void) JsonbIteratorNext(&iterator, &name, true);
	while (JsonbIteratorNext(&iterator, &name, true) == WJB_KEY)
	{
		(void) JsonbIteratorNext(&iterator, &value, true);
		if (value.type == jbvNull)
			continue;
		(void) pushJsonbValue(out, WJB_KEY, &name);
		if (object_in(&value) != NULL)
			(void) write_patched(out, object_in(find_member(target, &name, &other)),
								 object_in(&value));
		else
			(void) pushJsonbValue(out, WJB_VALUE, &value);
	}
	return pushJsonbValue(out, WJB_END_OBJECT, NULL);
}

Jsonb *
json_patch_apply(Jsonb *target, Jsonb *patch)
{
	JsonbParseState *out = NULL;

	return JsonbValueToJsonb(
		write_patched(&out, JB_ROOT_IS_OBJECT(target) ? &target->root : NULL, &patch->root));
}

char *
jsonb_text(Jsonb *value)
{
	return JsonbToCString(NULL, &value->root, VARSIZE(value));
}

bool
jsonb_equal(Jsonb *a, Jsonb *b)
{
	return compareJsonbContainers(&a->root, &b->root) == 0;
}

Jsonb *
jsonb_empty_object(void)
{
	JsonbParseState *out = NULL;

	(void) pushJsonbValue(&out, WJB_BEGIN_OBJECT, NULL);
	return JsonbValueToJsonb(pushJsonbValue(&out, WJB_END_OBJECT, NULL));
}
