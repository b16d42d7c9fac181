/*
 * request.c: from an HTTP request to the values of a statement.
 */
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "http/request.h"

static const Config *settings;

void
request_configure(const Config *config)
{
	settings = config;
}

void
request_headers(struct http_request *req, RequestHeaders *headers)
{
	static const struct
	{
		const char *name;
		size_t offset;
	} wanted[] = {
		{ "content-type", offsetof(RequestHeaders, content_type) },
		{ "authorization", offsetof(RequestHeaders, authorization) },
		{ "connection", offsetof(RequestHeaders, connection) },
		{ "x-request-id", offsetof(RequestHeaders, request_id) },
		{ "x-forwarded-for", offsetof(RequestHeaders, forwarded_for) },
		{ "origin", offsetof(RequestHeaders, origin) },
		{ "content-encoding", offsetof(RequestHeaders, content_encoding) },
		{ "access-control-request-method", offsetof(RequestHeaders, preflight_method) },
		{ "access-control-request-headers", offsetof(RequestHeaders, preflight_headers) },
	};
	struct http_header *header;

	memset(headers, 0, sizeof(*headers));
	TAILQ_FOREACH(header, &req->req_headers, list)
	{
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		{
			if (tolower((unsigned char) header->header[0]) == wanted[i].name[0] && strcasecmp(header->header, wanted[i].name) == 0)
			{
				*(const char **) ((char *) headers + wanted[i].offset) = header->value;
				break;
			}
		}
	}
}

bool
request_wants_close(const struct http_request *req, const RequestHeaders *headers)
{
	return (req->flags & HTTP_VERSION_1_0) != 0 || (headers->connection != NULL && strcasecmp(headers->connection, "close") == 0);
}

/*
 * Reads one element of X-Forwarded-For: an address, perhaps with a port
 * behind it and, for IPv6, brackets around it.
 */
static bool
parse_forwarded(const char *element, size_t length, struct in6_addr *address)
{
	char text[INET6_ADDRSTRLEN];
	struct in_addr ipv4;
	const char *colon;

	while (length > 0 && (*element == ' ' || *element == '\t'))
		element++, length--;
	while (length > 0 && (element[length - 1] == ' ' || element[length - 1] == '\t'))
		length--;

	if (length > 0 && *element == '[')
	{
		const char *bracket = memchr(element, ']', length);

		if (bracket == NULL)
			return false;
		element++;
		length = (size_t) (bracket - element);
	}
	else if ((colon = memchr(element, ':', length)) != NULL && memrchr(element, ':', length) == colon)
		length = (size_t) (colon - element);

	if (length >= sizeof(text))
		return false;
	memcpy(text, element, length);
	text[length] = '\0';

	if (inet_pton(AF_INET, text, &ipv4) == 1)
	{
		address_map(&ipv4, address);
		return true;
	}
	return inet_pton(AF_INET6, text, address) == 1;
}

/*
 * Walks X-Forwarded-For from the right: each proxy added the address that it
 * saw, so an entry can be believed as long as all to the right of it are
 * trusted.  An element that is no address discredits the whole header.
 */
static void
follow_forwarded(const char *list, struct in6_addr *address)
{
	struct in6_addr candidate = *address;
	const char *end = list + strlen(list);

	while (address_is_trusted(&candidate, settings))
	{
		const char *comma = memrchr(list, ',', (size_t) (end - list));
		const char *element = comma != NULL ? comma + 1 : list;

		if (!parse_forwarded(element, (size_t) (end - element), &candidate))
			return;
		if (comma == NULL)
			break;
		end = comma;
	}
	*address = candidate;
}

uint64_t
request_client_address(struct http_request *req, const RequestHeaders *headers, char text[INET6_ADDRSTRLEN])
{
	struct in6_addr address;

	address_of_peer(req->owner, &address);
	if (headers->forwarded_for != NULL && settings->trusted_proxies_count > 0)
		follow_forwarded(headers->forwarded_for, &address);
	address_text(&address, text);
	return address_client(&address);
}

static bool
fail(RequestError *error, RequestProblem problem, const char *field, const char *issue)
{
	error->problem = problem;
	error->field = field;
	error->issue = issue;
	return false;
}

/* Is the word at text, up to what ends it, one of the list? */
static bool
is_one_of(const char *text, size_t length, const char *const *words)
{
	for (; *words != NULL; words++)
	{
		if (strlen(*words) == length && strncasecmp(text, *words, length) == 0)
			return true;
	}
	return false;
}

/*
 * Looks at the parameters of a content type, behind the first semicolon: JSON
 * is UTF-8, so that only another charset matters (RFC 8259, 11).
 */
static bool
is_utf8(const char *parameters)
{
	static const char *const charsets[] = { "utf-8", "utf8", "us-ascii", NULL };

	while (parameters != NULL)
	{
		const char *quote;
		size_t length;

		parameters += strspn(parameters, "; \t");
		if (strncasecmp(parameters, "charset", 7) == 0)
		{
			const char *value = parameters + 7 + strspn(parameters + 7, " \t");

			if (*value == '=')
			{
				value += 1 + strspn(value + 1, " \t\"'");
				length = strcspn(value, "; \t\"'");
				if (!is_one_of(value, length, charsets))
					return false;
			}
		}
		/* a semicolon in quotes ends nothing */
		quote = strpbrk(parameters, ";\"");
		while (quote != NULL && *quote == '"')
		{
			quote = strchr(quote + 1, '"');
			quote = quote != NULL ? strpbrk(quote + 1, ";\"") : NULL;
		}
		parameters = quote;
	}
	return true;
}

/*
 * Why the headers do not declare JSON, "" when the content type is another one,
 * or NULL when they do.
 */
static const char *
json_type_issue(const RequestHeaders *headers)
{
	static const char type[] = "application/json";
	const char *rest = headers->content_type;

	if (rest == NULL || strncasecmp(rest, type, sizeof(type) - 1) != 0)
		return "";
	rest += sizeof(type) - 1;
	rest += strspn(rest, " \t");
	if (*rest != '\0' && *rest != ';')
		return "";
	if (!is_utf8(rest))
		return "The charset must be UTF-8";
	if (headers->content_encoding != NULL && strcasecmp(headers->content_encoding, "identity") != 0)
		return "The body must not be encoded";
	return NULL;
}

/* Reads the fields of the body that the parameters name. */
static bool
read_body(struct http_request *req, const RequestHeaders *headers, const Parameter *parameters,
		  RequestValues *values, RequestError *error)
{
	const char *issue = json_type_issue(headers);

	if (issue != NULL && *issue != '\0')
		return fail(error, REQUEST_NOT_JSON, NULL, issue);
	if (req->http_body == NULL || req->http_body_length == 0)
		return fail(error, REQUEST_INVALID, NULL, "Request body is empty");
	if (issue != NULL)
		return fail(error, REQUEST_NOT_JSON, NULL, NULL);

	values->nfields = 0;
	for (int i = 0; parameters[i].source != FROM_NOWHERE; i++)
	{
		if (parameters[i].source == FROM_BODY)
			values->fields[values->nfields++] = (JsonField){ .name = parameters[i].name, .any_character = parameters[i].any_character };
	}
	issue = json_fields_read((char *) req->http_body->data, req->http_body_length, values->fields,
							 values->nfields);
	if (issue != NULL)
		return fail(error, REQUEST_INVALID, NULL, issue);
	values->body_read = true;
	return true;
}

static bool
read_field(const RequestValues *values, const char *name, const char **value, int *length, RequestError *error)
{
	const JsonField *field = values->fields;

	while (field->name != name)
		field++;
	if (!field->present)
		return fail(error, REQUEST_INVALID, name, "Field is required");
	if (field->string == NULL)
		return fail(error, REQUEST_INVALID, name, "Field must be a string");
	*value = field->string;
	*length = (int) field->length;
	return true;
}

/* The credentials of RFC 6750: "Bearer", a space, b64token. */
static bool
read_bearer(const RequestHeaders *headers, const char **value, int *length, RequestError *error)
{
	static const char scheme[] = "Bearer";
	const char *token = headers->authorization;
	size_t used;

	if (token == NULL || strncasecmp(token, scheme, sizeof(scheme) - 1) != 0 ||
		(token[sizeof(scheme) - 1] != ' ' && token[sizeof(scheme) - 1] != '\0'))
		return fail(error, REQUEST_NO_TOKEN, NULL, NULL);

	token += sizeof(scheme) - 1;
	token += strspn(token, " ");
	used = strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
						 "0123456789-._~+/");
	if (used > 0)
		used += strspn(token + used, "=");
	if (used == 0 || token[used] != '\0')
		return fail(error, REQUEST_BAD_TOKEN, NULL, NULL);
	*value = token;
	*length = (int) used;
	return true;
}

/* Printable ASCII only, and not too much of it. */
static void
read_agent(const struct http_request *req, char agent[REQUEST_AGENT_SIZE], const char **value, int *length)
{
	int used = 0;

	if (req->agent == NULL)
		return;
	for (const char *p = req->agent; *p != '\0' && used < REQUEST_AGENT_SIZE - 1; p++)
	{
		if (*p >= ' ' && *p <= '~')
			agent[used++] = *p;
	}
	agent[used] = '\0';
	*value = agent;
	*length = used;
}

/* Reads one parameter; the body is parsed when the first of its fields is. */
static bool
read_parameter(struct http_request *req, const RequestHeaders *headers, const char *address,
			   const Parameter *parameters, RequestValues *values, int position,
			   RequestError *error)
{
	const Parameter *parameter = &parameters[position];
	const char **value = &values->values[position];
	int *length = &values->lengths[position];

	switch (parameter->source)
	{
		case FROM_BODY:
			if (!values->body_read && !read_body(req, headers, parameters, values, error))
				return false;
			return read_field(values, parameter->name, value, length, error);
		case FROM_BEARER:
			return read_bearer(headers, value, length, error);
		case FROM_USER_AGENT:
			read_agent(req, values->agent, value, length);
			return true;
		case FROM_CLIENT_ADDRESS:
			*value = address;
			break;
		case FROM_SERVICE_NAME:
			*value = settings->service_name;
			break;
		case FROM_SERVICE_VERSION:
			*value = settings->service_version;
			break;
		case FROM_NOWHERE:
			break;
	}
	*length = (int) strlen(*value);
	return true;
}

bool
request_read(struct http_request *req, const RequestHeaders *headers, const char *address, const Parameter *parameters, RequestValues *values,
			 RequestError *error)
{
	values->body_read = false;
	for (int i = 0; parameters[i].source != FROM_NOWHERE; i++)
	{
		values->values[i] = NULL;
		values->lengths[i] = 0;
		if (!read_parameter(req, headers, address, parameters, values, i, error))
		{
			request_forget(req);
			return false;
		}
	}
	return true;
}

void
request_forget(struct http_request *req)
{
	if (req->http_body != NULL)
		explicit_bzero(req->http_body->data, req->http_body_length);
}
