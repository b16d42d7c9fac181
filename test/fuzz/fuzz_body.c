/*
 * fuzz_body.c: libFuzzer target: from a request to the values of a statement
 * (request.c, json_fields.c, form_fields.c, credentials.c, request_id.c,
 * traceparent.c, address.c).
 *
 * The input reads like a request.  Its first line names a route (login,
 * register, me, edit, change, form; anything else is validate-token), with a 6
 * behind it a client with an IPv6 address, and behind a question mark the
 * query; header lines follow, then an empty line and the body.  Both possible
 * clients are trusted proxies.
 *
 * Beyond crashes this looks for values that the database would refuse as text,
 * for values that say something else when they are written and read again, for
 * JSON that jansson reads otherwise, and for secrets that stay in memory.  Kore
 * itself is not there: what it would have parsed is filled in here.
 */
#include <arpa/inet.h>
#include <ctype.h>

#include <jansson.h>

#include "base/lengthof.h"
#include "fuzz.h"
#include "http/json_fields.h"
#include "http/request.h"
#include "http/request_id.h"
#include "server_text.h"

#define HEADERS_MAX 16 /* there are fewer that request.c reads */
#define BODY_MAX	65536

static const Parameter login[] = {
	{ FROM_BODY, "email" },
	{ FROM_BODY, "password" },
	{ FROM_BODY, "device_token", .optional = true, .of_client = true },
	{ FROM_CLIENT, NULL },
	{ FROM_NOWHERE, NULL }
};
static const Parameter device_token = { FROM_BODY, "device_token", .optional = true };
static const Parameter registration[] = {
	{ FROM_BODY, "email" },
	{ FROM_BODY, "password" },
	{ FROM_BODY, "password_confirmation" },
	{ FROM_NOWHERE, NULL }
};
static const Parameter me[] = { { FROM_BEARER, NULL }, { FROM_NOWHERE, NULL } };
static const Parameter validate_token[] = { { FROM_BODY, "token" }, { FROM_NOWHERE, NULL } };
static const Parameter edit[] = {
	{ FROM_BODY, "text", VALUE_STRING, .optional = true },
	{ FROM_BODY, "flag", VALUE_BOOLEAN, .optional = true },
	{ FROM_BODY, "number", VALUE_INTEGER, .optional = true },
	{ FROM_BODY, "object", VALUE_OBJECT, .optional = true },
	{ FROM_BODY, "list", VALUE_ARRAY, .optional = true },
	{ FROM_PATH, "id" },
	{ FROM_NOWHERE, NULL }
};
static const Parameter change[] = { { FROM_DOCUMENT, NULL }, { FROM_NOWHERE, NULL } };
static const Parameter form[] = {
	{ FROM_FORM, "text", VALUE_STRING, .optional = true },
	{ FROM_FORM, "number", VALUE_INTEGER, .optional = true },
	{ FROM_QUERY, "text", VALUE_STRING, .optional = true },
	{ FROM_QUERY, "flag", VALUE_BOOLEAN, .optional = true },
	{ FROM_COOKIE, "session", .optional = true },
	{ FROM_BASIC_USER, NULL, .optional = true },
	{ FROM_BASIC_PASSWORD, NULL, .optional = true },
	{ FROM_NOWHERE, NULL }
};

static Config config = { .service_name = "auth-service", .service_version = "1.0.0" };

/* A request, and what its pointers point to. */
typedef struct FuzzRequest
{
	struct http_request req;
	struct connection client;
	struct kore_buf body;
	struct http_header headers[HEADERS_MAX];
	int nheaders;
	const Parameter *parameters;
	char *line; /* the first one, which holds the query */
} FuzzRequest;

void
fatal(const char *format, ...)
{
	fprintf(stderr, "fatal: %s\n", format);
	abort();
}

static void
trust(const char *network, int prefix)
{
	Network *trusted = &config.trusted_proxies[config.trusted_proxies_count++];

	REQUIRE(inet_pton(AF_INET6, network, &trusted->address) == 1);
	trusted->prefix = prefix;
}

static void
configure(void)
{
	trust("::ffff:10.0.0.0", 96 + 8);
	trust("fd00::", 9);
	trust("::ffff:192.0.2.5", 128);
	request_configure(&config);
}

/*
 * The text up to the next line feed, terminated; NULL when there is none.
 * Kore's strings hold no zero byte.
 */
static char *
next_line(const char **input, const char *end)
{
	const char *feed = memchr(*input, '\n', end - *input);
	const char *zero;
	char *line;

	if (feed == NULL)
		return NULL;
	zero = memchr(*input, '\0', feed - *input);
	line = exact_copy(*input, feed - *input + 1);
	line[(zero != NULL ? zero : feed) - *input] = '\0';
	*input = feed + 1;
	return line;
}

/* Takes over the line. */
static void
set_route(FuzzRequest *request, char *line)
{
	static const struct
	{
		const char *name;
		const Parameter *parameters;
	} routes[] = {
		{ "login", login },
		{ "register", registration },
		{ "me", me },
		{ "edit", edit },
		{ "change", change },
		{ "form", form },
	};
	char *query = strchr(line, '?');

	request->line = line;
	request->req.path = "/things/7";
	request->parameters = validate_token;
	for (size_t i = 0; i < lengthof(routes); i++)
		if (strncmp(line, routes[i].name, strlen(routes[i].name)) == 0)
			request->parameters = routes[i].parameters;
	if (query != NULL)
	{
		*query = '\0';
		request->req.query_string = query + 1;
	}
	if (strchr(line, '6') != NULL)
	{
		request->client.family = AF_INET6;
		inet_pton(AF_INET6, "fd00::1", &request->client.addr.ipv6.sin6_addr);
	}
	else
	{
		request->client.family = AF_INET;
		inet_pton(AF_INET, "10.0.0.1", &request->client.addr.ipv4.sin_addr);
	}
}

/* Takes over the line. */
static void
add_header(FuzzRequest *request, char *line)
{
	struct http_header *header = &request->headers[request->nheaders];
	char *colon = strchr(line, ':');

	if (colon == NULL || request->nheaders == HEADERS_MAX)
	{
		free(line);
		return;
	}
	*colon = '\0';
	header->header = line;
	header->value = colon + 1 + strspn(colon + 1, " ");
	request->nheaders++;
	if (strcasecmp(line, "user-agent") == 0)
		request->req.agent = header->value;
	else
		TAILQ_INSERT_TAIL(&request->req.req_headers, header, list);
}

static void
fill(FuzzRequest *request, const char *input, size_t size)
{
	const char *end = input + size;
	char *line = next_line(&input, end);

	memset(request, 0, sizeof(*request));
	TAILQ_INIT(&request->req.req_headers);
	request->req.owner = &request->client;
	set_route(request, line != NULL ? line : calloc(1, 1));
	while ((line = next_line(&input, end)) != NULL && line[0] != '\0')
		add_header(request, line);
	free(line);

	request->body.length = request->body.offset = request->req.http_body_length = end - input;
	request->body.data = (u_int8_t *) exact_copy(input, end - input);
	if (input < end)
		request->req.http_body = &request->body;
}

static void
empty(FuzzRequest *request)
{
	for (int i = 0; i < request->nheaders; i++)
		free(request->headers[i].header);
	free(request->line);
	free(request->body.data);
}

static void
check_id(const RequestHeaders *headers)
{
	char id[REQUEST_ID_SIZE];
	size_t length;

	request_id_choose(headers->request_id, id);
	length = strnlen(id, sizeof(id));
	REQUIRE(length >= 1 && length < sizeof(id));
	for (size_t i = 0; i < length; i++)
		REQUIRE(isalnum((unsigned char) id[i]) || id[i] == '.' || id[i] == '_' || id[i] == '-');
}

static void
check_traceparent(const char *text)
{
	if (text == NULL)
		return;
	REQUIRE(strnlen(text, TRACEPARENT_SIZE) == TRACEPARENT_SIZE - 1);
	REQUIRE(text[strspn(text, "0123456789abcdef-")] == '\0');
}

static void
check_address(const char *text)
{
	struct in6_addr address;

	REQUIRE(strnlen(text, INET6_ADDRSTRLEN) < INET6_ADDRSTRLEN);
	REQUIRE(inet_pton(strchr(text, ':') != NULL ? AF_INET6 : AF_INET, text, &address) == 1);
}

static void
check_value(const Parameter *parameter, const char *value, int length)
{
	bool may_be_null = parameter->optional || parameter->source == FROM_CLIENT;

	if (value == NULL && may_be_null)
		return;
	REQUIRE(value != NULL && length >= 0 && length <= BODY_MAX);
	REQUIRE(server_takes_text(value, length));
	if (parameter->source == FROM_BEARER)
		REQUIRE(length > 0);
	if (parameter->source == FROM_BEARER || parameter->source == FROM_CLIENT ||
		parameter->source == FROM_COOKIE)
		for (int n = 0; n < length; n++)
			REQUIRE(value[n] >= ' ' && value[n] <= '~');
	if (parameter->source == FROM_CLIENT)
		REQUIRE(length < REQUEST_AGENT_SIZE);
	if (parameter->kind == VALUE_BOOLEAN)
		REQUIRE(length == 4 + (*value == 'f'));
	if (parameter->kind == VALUE_INTEGER)
		for (int n = 0; n < length; n++)
			REQUIRE(length <= 20 && (isdigit((unsigned char) value[n]) ||
									 (n == 0 && length > 1 && value[n] == '-')));
}

/* Among the values of a client: the one that comes from the body. */
#define DEVICE_TOKEN_AT 3

static void
check_values(const Parameter *parameters, const RequestValues *values)
{
	int n = 0;

	for (; parameters->source != FROM_NOWHERE; parameters++)
	{
		int count = request_count_values(parameters);

		for (int i = 0; i < count; i++, n++)
			check_value(i == DEVICE_TOKEN_AT ? &device_token : parameters, values->values[n],
						values->lengths[n]);
	}
	REQUIRE(n == values->count);
}

/* What is said about an error is ours, not the client's. */
static void
check_error(const Parameter *parameters, const RequestError *error)
{
	bool known = error->field == NULL;

	REQUIRE(error->problem >= REQUEST_WRONG_TYPE && error->problem <= REQUEST_NO_CLIENT);
	REQUIRE(error->issue != NULL || error->problem != REQUEST_INVALID);
	for (int i = 0; parameters[i].source != FROM_NOWHERE; i++)
		known |= error->field == parameters[i].name;
	REQUIRE(known);
}

/* Has it a value at its own place in the values? */
static bool
is_own_field(const Parameter *parameter)
{
	return parameter->source == FROM_BODY && !parameter->of_client;
}

/*
 * The strings as a JSON object with everything escaped that can be: not for the
 * quick way.
 */
static char *
write_body(const Parameter *parameters, const RequestValues *values)
{
	size_t size = sizeof("{}");
	char *body;
	char *p;

	for (int i = 0; is_own_field(&parameters[i]); i++)
		size += strlen(parameters[i].name) + sizeof(",\"\":\"\"") + 6 * (size_t) values->lengths[i];
	p = body = malloc(size);
	REQUIRE(body != NULL);
	*p++ = '{';
	for (int i = 0; is_own_field(&parameters[i]); i++)
	{
		p += sprintf(p, "%s\"%s\":\"", i > 0 ? "," : "", parameters[i].name);
		for (int n = 0; n < values->lengths[i]; n++)
		{
			char c = values->values[i][n];

			p += sprintf(p, (c & 0x80) != 0 ? "%c" : "\\u%04x", c);
		}
		*p++ = '"';
	}
	strcpy(p, "}");
	return body;
}

/* Written and read again, the values are the same. */
static void
check_meaning(const RequestSource *source, const Parameter *parameters, const RequestValues *values)
{
	char *body = write_body(parameters, values);
	struct kore_buf buffer = {
		.data = (u_int8_t *) body, .length = strlen(body), .offset = strlen(body)
	};
	struct http_request req = *source->req;
	RequestSource copy = *source;
	RequestValues again;
	RequestError error;

	copy.req = &req;
	req.http_body = &buffer;
	req.http_body_length = buffer.length;
	REQUIRE(request_read(&copy, parameters, &again, &error));
	for (int i = 0; is_own_field(&parameters[i]); i++)
		REQUIRE(values->lengths[i] == again.lengths[i] &&
				memcmp(values->values[i], again.values[i], again.lengths[i]) == 0);
	request_forget(&req, &again);
	free(body);
}

/* What was kept of a value says what jansson reads there. */
static void
check_kept(const Field *field, const json_t *value)
{
	json_error_t error;
	json_t *kept;

	if (field->kind == VALUE_STRING)
	{
		REQUIRE(json_string_length(value) == field->length);
		REQUIRE(memcmp(json_string_value(value), field->value, field->length) == 0);
		return;
	}
	kept = json_loadb(field->value, field->length, JSON_DECODE_ANY, &error);
	REQUIRE(json_equal(kept, value));
	json_decref(kept);
}

static bool
is_of_kind(const json_t *value, ValueKind kind)
{
	switch (kind)
	{
		case VALUE_STRING:
			return json_is_string(value);
		case VALUE_BOOLEAN:
			return json_is_boolean(value);
		case VALUE_INTEGER:
			return json_is_integer(value);
		case VALUE_OBJECT:
			return json_is_object(value);
		case VALUE_ARRAY:
			return json_is_array(value);
	}
	return false;
}

/*
 * Jansson, told to be strict, reads the same; what it refuses although it is
 * JSON is left to us: great numbers, null characters, halves of characters.
 */
static void
check_json(const struct kore_buf *body, const Parameter *parameters)
{
	const char *start = (const char *) body->data;
	size_t length = body->length;
	char *text = exact_copy(start, length);
	Field fields[FIELDS_MAX];
	json_error_t json_error;
	json_t *object;
	const char *issue;
	int count = 0;

	for (int i = 0; parameters[i].source == FROM_BODY; i++)
		fields[count++] = (Field){ .name = parameters[i].name, .kind = parameters[i].kind };
	issue = json_fields_read(text, length, fields, count);
	if (length >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0)
		start += 3, length -= 3;
	object = json_loadb(start, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &json_error);

	if (issue == NULL && object == NULL)
	{
		switch (json_error_code(&json_error))
		{
			case json_error_numeric_overflow:
			case json_error_null_byte_in_key:
			case json_error_invalid_syntax: /* halves of characters among them */
				break;
			default:
				REQUIRE(false);
		}
		if (json_error_code(&json_error) == json_error_invalid_syntax)
			REQUIRE(memmem(start, length, "\\u", 2) != NULL);
	}
	else if (issue == NULL)
	{
		REQUIRE(json_is_object(object));
		for (int i = 0; i < count; i++)
		{
			const json_t *value = json_object_get(object, fields[i].name);

			REQUIRE(fields[i].present == (value != NULL && !json_is_null(value)));
			REQUIRE((fields[i].value != NULL) == is_of_kind(value, fields[i].kind));
			if (fields[i].value != NULL)
				check_kept(&fields[i], value);
		}
	}
	else if (json_is_object(object))
		REQUIRE(strcmp(issue, "A field appears more than once") == 0 ||
				strcmp(issue, "Text contains a null character") == 0 ||
				strcmp(issue, "Values are nested too deeply") == 0 ||
				memchr(start, '\0', length) != NULL);
	json_decref(object);
	free(text);
}

/* A document is all of the body, and says what jansson reads there. */
static void
check_document(const struct kore_buf *body, const char *value, int length)
{
	json_error_t error;
	json_t *kept = json_loadb(value, length, 0, &error);
	const char *start = (const char *) body->data;
	size_t size = body->length;
	json_t *whole;

	if (size >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0)
		start += 3, size -= 3;
	whole = json_loadb(start, size, 0, &error);
	REQUIRE((kept == NULL) == (whole == NULL));
	REQUIRE(kept == NULL || (json_is_object(kept) && json_equal(kept, whole)));
	REQUIRE(length >= 2 && value[0] == '{' && value[length - 1] == '}');
	json_decref(kept);
	json_decref(whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzRequest request;
	RequestHeaders headers;
	RequestValues values;
	RequestError error;
	RequestSource source;
	char address[INET6_ADDRSTRLEN];
	size_t query_length;

	if (size > BODY_MAX)
		return -1;
	if (config.trusted_proxies_count == 0)
		configure();
	fill(&request, (const char *) data, size);
	query_length = request.req.query_string != NULL ? strlen(request.req.query_string) : 0;

	request_headers(&request.req, &headers);
	check_id(&headers);
	check_traceparent(headers.traceparent);
	check_json(&request.body, request.parameters);
	request_wants_close(&request.req, &headers);
	request_client_address(&request.req, &headers, address);
	check_address(address);

	source = (RequestSource){ &request.req, &headers, "/things/{id}", address, "id" };
	if (request_read(&source, request.parameters, &values, &error))
	{
		check_values(request.parameters, &values);
		if (request.parameters[0].source == FROM_BODY && request.parameters != edit)
			check_meaning(&source, request.parameters, &values);
		if (request.parameters == change)
			check_document(&request.body, values.values[0], values.lengths[0]);
		request_forget(&request.req, &values);
	}
	else
		check_error(request.parameters, &error);

	for (size_t i = 0; i < request.req.http_body_length; i++)
		REQUIRE(request.body.data[i] == 0);
	for (size_t i = 0; values.query_read && i < query_length; i++)
		REQUIRE(request.req.query_string[i] == 0);
	for (size_t i = 0; values.basic_read && i < sizeof(values.basic); i++)
		REQUIRE(values.basic[i] == 0);
	empty(&request);
	return 0;
}
