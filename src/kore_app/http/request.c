/*
 * request.c: from an HTTP request to the values of a statement.
 */
#include "http/request.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/lengthof.h"
#include "base/network.h"
#include "http/form_fields.h"
#include "http/json_fields.h"
#include "http/path_template.h"
#include "http/traceparent.h"

_Static_assert(REQUEST_MAX_PARAMETERS <= FIELDS_MAX, "all of them may be fields");

static const Config *config;

void
request_configure(const Config *given)
{
	config = given;
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
		{ "traceparent", offsetof(RequestHeaders, traceparent) },
		{ "x-forwarded-for", offsetof(RequestHeaders, forwarded_for) },
		{ "origin", offsetof(RequestHeaders, origin) },
		{ "content-encoding", offsetof(RequestHeaders, content_encoding) },
		{ "cookie", offsetof(RequestHeaders, cookie) },
		{ "access-control-request-method", offsetof(RequestHeaders, preflight_method) },
		{ "access-control-request-headers", offsetof(RequestHeaders, preflight_headers) },
	};
	struct http_header *header;

	memset(headers, 0, sizeof(*headers));
	TAILQ_FOREACH(header, &req->req_headers, list)
	{
		for (size_t i = 0; i < lengthof(wanted); i++)
		{
			if (tolower((unsigned char) header->header[0]) == wanted[i].name[0] &&
				strcasecmp(header->header, wanted[i].name) == 0)
			{
				*(const char **) ((char *) headers + wanted[i].offset) = header->value;
				break;
			}
		}
	}
	if (headers->traceparent != NULL && !traceparent_is_valid(headers->traceparent))
		headers->traceparent = NULL;
}

bool
request_wants_close(const struct http_request *req, const RequestHeaders *headers)
{
	return (req->flags & HTTP_VERSION_1_0) != 0 ||
		   (headers->connection != NULL && strcasecmp(headers->connection, "close") == 0);
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
	else if ((colon = memchr(element, ':', length)) != NULL &&
			 memrchr(element, ':', length) == colon)
		length = (size_t) (colon - element);

	if (length >= sizeof(text))
		return false;
	memcpy(text, element, length);
	text[length] = '\0';

	if (inet_pton(AF_INET, text, &ipv4) == 1)
	{
		network_map(&ipv4, address);
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

	while (address_is_trusted(&candidate, config))
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
request_client_address(
	struct http_request *req, const RequestHeaders *headers, char text[INET6_ADDRSTRLEN])
{
	struct in6_addr address;

	address_of_peer(req->owner, &address);
	if (headers->forwarded_for != NULL && config->trusted_proxies_count > 0)
		follow_forwarded(headers->forwarded_for, &address);
	address_text(&address, text);
	return address_client(&address);
}

static bool
refuse(RequestError *error, RequestProblem problem, const char *field, const char *issue)
{
	error->problem = problem;
	error->message = NULL;
	error->field = field;
	error->issue = issue;
	return false;
}

/* Likewise for a body or a query as a whole, or for credentials. */
static bool
refuse_with(RequestError *error, RequestProblem problem, const char *message, const char *issue)
{
	refuse(error, problem, NULL, issue);
	error->message = message;
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
		/* A semicolon in quotes ends nothing. */
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
 * Why the headers do not declare this type, "" when the content type is another
 * one, or NULL when they do.
 */
static const char *
type_issue(const RequestHeaders *headers, const char *type)
{
	size_t length = strlen(type);
	const char *rest = headers->content_type;

	if (rest == NULL || strncasecmp(rest, type, length) != 0)
		return "";
	rest += length;
	rest += strspn(rest, " \t");
	if (*rest != '\0' && *rest != ';')
		return "";
	if (!is_utf8(rest))
		return "The charset must be UTF-8";
	if (headers->content_encoding != NULL && strcasecmp(headers->content_encoding, "identity") != 0)
		return "The body must not be encoded";
	return NULL;
}

/* Collects the fields of one source; returns their number. */
static int
list_fields(const Parameter *parameters, ParameterSource source, Field *fields, bool *all_optional)
{
	int count = 0;

	*all_optional = true;
	for (int i = 0; parameters[i].source != FROM_NOWHERE; i++)
	{
		if (parameters[i].source != source)
			continue;
		fields[count++] = (Field){ .name = parameters[i].name,
								   .kind = parameters[i].kind,
								   .any_character = parameters[i].any_character };
		*all_optional = *all_optional && parameters[i].optional;
	}
	return count;
}

static const char invalid_body[] = "Request body is not valid";

static bool
is_without_body(const struct http_request *req)
{
	return req->http_body == NULL || req->http_body_length == 0;
}

/*
 * Refuses a request without a body, or with one that is not declared as what it
 * has to be.
 */
static bool
require_body(const RequestSource *source, bool is_json, RequestError *error)
{
	const char *type = is_json ? "application/json" : "application/x-www-form-urlencoded";
	const char *wrong_type =
		is_json ? NULL : "Content-Type must be application/x-www-form-urlencoded";
	const char *issue = type_issue(source->headers, type);

	if (issue != NULL && *issue != '\0')
		return refuse_with(error, REQUEST_WRONG_TYPE, wrong_type, issue);
	if (is_without_body(source->req))
		return refuse_with(error, REQUEST_INVALID, invalid_body, "Request body is empty");
	if (issue != NULL)
		return refuse_with(error, REQUEST_WRONG_TYPE, wrong_type, NULL);
	return true;
}

/* Reads the fields of the body that the parameters name. */
static bool
read_body(const RequestSource *source, const Parameter *parameters, ParameterSource from,
		  RequestValues *values, RequestError *error)
{
	struct http_request *req = source->req;
	bool all_optional;
	int count = list_fields(parameters, from, values->fields, &all_optional);
	const char *issue;

	values->body_read = true;
	if (is_without_body(req) && all_optional)
		return true;
	if (!require_body(source, from == FROM_BODY, error))
		return false;
	if (from == FROM_BODY)
		issue = json_fields_read((char *) req->http_body->data, req->http_body_length,
								 values->fields, count);
	else
		issue = form_fields_read((char *) req->http_body->data, req->http_body_length,
								 values->fields, count);
	return issue == NULL || refuse_with(error, REQUEST_INVALID, invalid_body, issue);
}

/* Reads the query string, the first time that a parameter comes from it. */
static bool
read_query(const RequestSource *source, const Parameter *parameters, RequestValues *values,
		   RequestError *error)
{
	char *query = source->req->query_string;
	const char *issue;
	bool all_optional;
	int count = list_fields(parameters, FROM_QUERY, values->query, &all_optional);

	values->query_read = true;
	values->query_length = query != NULL ? strlen(query) : 0;
	if (values->query_length == 0)
		return true;
	issue = form_fields_read(query, values->query_length, values->query, count);
	return issue == NULL || refuse_with(error, REQUEST_INVALID, "Query is not valid", issue);
}

static void
add_value(RequestValues *values, const char *value, size_t length)
{
	values->values[values->count] = value;
	values->lengths[values->count] = (int) length;
	values->count++;
}

/* Adds the whole of the body. */
static bool
add_document(const RequestSource *source, RequestValues *values, RequestError *error)
{
	struct http_request *req = source->req;
	const char *object = NULL;
	size_t length = 0;
	const char *issue;

	if (!require_body(source, true, error))
		return false;
	issue =
		json_object_read((char *) req->http_body->data, req->http_body_length, &object, &length);
	if (issue != NULL)
		return refuse_with(error, REQUEST_INVALID, invalid_body, issue);
	add_value(values, object, length);
	return true;
}

/* Adds a field of the list, which has it. */
static bool
add_field(const Field *field, const Parameter *parameter, RequestValues *values,
		  RequestError *error)
{
	while (field->name != parameter->name)
		field++;
	if (!field->present && !parameter->optional)
		return refuse(error, REQUEST_INVALID, field->name, "Field is required");
	if (field->present && field->value == NULL)
		return refuse(error, REQUEST_INVALID, field->name, value_kind_issue(field->kind));
	if (parameter->of_client)
		values->device_token = (Slice){ field->value, field->length };
	else
		add_value(values, field->value, field->length);
	return true;
}

/* Adds the bearer token of the Authorization header. */
static bool
add_bearer(const RequestHeaders *headers, bool optional, RequestValues *values,
		   RequestError *error)
{
	Slice token = { NULL, 0 };
	CredentialsVerdict verdict = credentials_bearer(headers->authorization, &token);

	if (verdict == CREDENTIALS_BAD)
		return refuse(error, REQUEST_BAD_TOKEN, NULL, NULL);
	if (verdict == CREDENTIALS_NONE && !optional)
		return refuse_with(error, REQUEST_NO_TOKEN, "A bearer token is required", NULL);
	add_value(values, token.text, token.length);
	return true;
}

/*
 * Adds the user or the password of HTTP Basic, which is decoded once for both.
 */
static bool
add_basic(const RequestHeaders *headers, const Parameter *parameter, RequestValues *values,
		  RequestError *error)
{
	const Slice *slice =
		parameter->source == FROM_BASIC_USER ? &values->basic_user : &values->basic_password;

	if (!values->basic_read)
	{
		CredentialsVerdict verdict = credentials_basic(
			headers->authorization, values->basic, &values->basic_user, &values->basic_password);

		values->basic_read = true;
		if (verdict == CREDENTIALS_BAD || (verdict == CREDENTIALS_NONE && !parameter->optional))
			return refuse_with(
				error, REQUEST_NO_CLIENT, "Client credentials are missing or malformed", NULL);
	}
	add_value(values, slice->text, slice->length);
	return true;
}

/* Adds the value of a cookie; a cookie that appears twice is refused. */
static bool
add_cookie(const RequestHeaders *headers, const Parameter *parameter, RequestValues *values,
		   RequestError *error)
{
	Slice value = { NULL, 0 };
	CredentialsVerdict verdict = credentials_cookie(headers->cookie, parameter->name, &value);

	if (verdict == CREDENTIALS_BAD)
		return refuse(
			error, REQUEST_INVALID, parameter->name, "Cookie is malformed or appears twice");
	if (verdict == CREDENTIALS_NONE && !parameter->optional)
		return refuse(error, REQUEST_INVALID, parameter->name, "Cookie is required");
	add_value(values, value.text, value.length);
	return true;
}

/* Printable ASCII only, and not too much of it. */
static void
add_agent(const char *agent, RequestValues *values)
{
	size_t used = 0;

	for (const char *p = agent; p != NULL && *p != '\0' && used < REQUEST_AGENT_SIZE - 1; p++)
	{
		if (*p >= ' ' && *p <= '~')
			values->agent[used++] = *p;
	}
	add_value(values, agent != NULL ? values->agent : NULL, used);
}

static void
add_text(const char *text, RequestValues *values)
{
	add_value(values, text, strlen(text));
}

#define CLIENT_VALUES 4

static void
add_client(const RequestSource *source, RequestValues *values)
{
	add_text(source->address, values);
	add_agent(source->req->agent, values);
	add_text(source->request_id, values);
	add_value(values, values->device_token.text, values->device_token.length);
	values->for_client = true;
}

int
request_count_values(const Parameter *parameter)
{
	if (parameter->of_client)
		return 0;
	return parameter->source == FROM_CLIENT ? CLIENT_VALUES : 1;
}

/* Reads one parameter; the body is parsed when the first of its fields is. */
static bool
read_parameter(const RequestSource *source, const Parameter *parameters,
			   const Parameter *parameter, RequestValues *values, RequestError *error)
{
	const char *text;
	size_t length = 0;

	switch (parameter->source)
	{
		case FROM_BODY:
		case FROM_FORM:
			if (!values->body_read &&
				!read_body(source, parameters, parameter->source, values, error))
				return false;
			return add_field(values->fields, parameter, values, error);
		case FROM_DOCUMENT:
			return add_document(source, values, error);
		case FROM_QUERY:
			if (!values->query_read && !read_query(source, parameters, values, error))
				return false;
			return add_field(values->query, parameter, values, error);
		case FROM_PATH:
			text = path_value(source->pattern, source->req->path, parameter->name, &length);
			add_value(values, text, length);
			break;
		case FROM_COOKIE:
			return add_cookie(source->headers, parameter, values, error);
		case FROM_BEARER:
			return add_bearer(source->headers, parameter->optional, values, error);
		case FROM_BASIC_USER:
		case FROM_BASIC_PASSWORD:
			return add_basic(source->headers, parameter, values, error);
		case FROM_CLIENT:
			add_client(source, values);
			break;
		case FROM_SERVICE_NAME:
			add_text(config->service_name, values);
			break;
		case FROM_SERVICE_VERSION:
			add_text(config->service_version, values);
			break;
		case FROM_NOWHERE:
			break;
	}
	return true;
}

bool
request_read(const RequestSource *source, const Parameter *parameters, RequestValues *values,
			 RequestError *error)
{
	values->count = 0;
	values->body_read = false;
	values->query_read = false;
	values->query_length = 0;
	values->basic_read = false;
	values->for_client = false;
	values->basic_user = values->basic_password = values->device_token = (Slice){ NULL, 0 };
	for (const Parameter *p = parameters; p->source != FROM_NOWHERE; p++)
	{
		if (!read_parameter(source, parameters, p, values, error))
		{
			request_forget(source->req, values);
			return false;
		}
	}
	return true;
}

void
request_forget(struct http_request *req, RequestValues *values)
{
	if (req->http_body != NULL)
		explicit_bzero(req->http_body->data, req->http_body_length);
	if (values->query_length > 0)
		explicit_bzero(req->query_string, values->query_length);
	if (values->basic_read)
		explicit_bzero(values->basic, sizeof(values->basic));
}
