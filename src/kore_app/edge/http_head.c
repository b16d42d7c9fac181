/*
 * http_head.c: checks and rewrites one request head.
 */
#include "edge/http_head.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/lengthof.h"

#define BAD_REQUEST			  400
#define METHOD_NOT_ALLOWED	  405
#define URI_TOO_LONG		  414
#define EXPECTATION_FAILED	  417
#define HEADERS_TOO_LARGE	  431
#define NOT_IMPLEMENTED		  501
#define VERSION_NOT_SUPPORTED 505

/* What a second field of the same name means. */
typedef enum Repeat
{
	REPEAT_REFUSED,
	REPEAT_JOINED, /* the value is a list */
	REPEAT_COOKIES /* likewise, with semicolons (RFC 9113, 8.2.3) */
} Repeat;

/* A name and its length. */
#define NAME(text) (text), sizeof(text) - 1

static const struct
{
	const char *name;
	size_t length;
	Repeat repeat;
} fields[FIELD_COUNT] = {
	[FIELD_HOST] = { NAME("host"), REPEAT_REFUSED },
	[FIELD_CONTENT_LENGTH] = { NAME("content-length"), REPEAT_REFUSED },
	[FIELD_CONTENT_TYPE] = { NAME("content-type"), REPEAT_REFUSED },
	[FIELD_CONTENT_ENCODING] = { NAME("content-encoding"), REPEAT_JOINED },
	[FIELD_AUTHORIZATION] = { NAME("authorization"), REPEAT_REFUSED },
	[FIELD_COOKIE] = { NAME("cookie"), REPEAT_COOKIES },
	[FIELD_ORIGIN] = { NAME("origin"), REPEAT_REFUSED },
	[FIELD_ACCESS_CONTROL_REQUEST_METHOD] = { NAME("access-control-request-method"),
											  REPEAT_REFUSED },
	[FIELD_ACCESS_CONTROL_REQUEST_HEADERS] = { NAME("access-control-request-headers"),
											   REPEAT_JOINED },
	[FIELD_X_FORWARDED_FOR] = { NAME("x-forwarded-for"), REPEAT_JOINED },
	[FIELD_X_REQUEST_ID] = { NAME("x-request-id"), REPEAT_REFUSED },
	[FIELD_TRACEPARENT] = { NAME("traceparent"), REPEAT_JOINED }, /* and then ignored */
	[FIELD_USER_AGENT] = { NAME("user-agent"), REPEAT_REFUSED },
	[FIELD_ACCEPT] = { NAME("accept"), REPEAT_JOINED },
	[FIELD_ACCEPT_ENCODING] = { NAME("accept-encoding"), REPEAT_JOINED },
	[FIELD_ACCEPT_LANGUAGE] = { NAME("accept-language"), REPEAT_JOINED },
	[FIELD_IF_NONE_MATCH] = { NAME("if-none-match"), REPEAT_JOINED },
	[FIELD_CONNECTION] = { NAME("connection"), REPEAT_JOINED },
	[FIELD_EXPECT] = { NAME("expect"), REPEAT_JOINED },
	[FIELD_TRANSFER_ENCODING] = { NAME("transfer-encoding"), REPEAT_JOINED },
};

/* What becomes of a body. */
typedef enum Body
{
	BODY_TAKEN,
	BODY_ATTACHED, /* taken, though Kore would not read it */
	BODY_DROPPED,  /* it may come, but says nothing */
	BODY_REFUSED,  /* it may have been meant for a request behind this one */
	NO_METHOD	   /* 405 on every path */
} Body;

/* The methods that Kore knows, and two that nobody needs here. */
static const struct
{
	const char *name;
	Body body;
	const char *issue; /* of its refusal */
} methods[] = {
	{ "GET", BODY_REFUSED, "A GET request has no body" },
	{ "POST", BODY_TAKEN, NULL },
	{ "HEAD", BODY_REFUSED, "A HEAD request has no body" },
	{ "OPTIONS", BODY_DROPPED, NULL },
	{ "PUT", BODY_TAKEN, NULL },
	{ "PATCH", BODY_TAKEN, NULL },
	{ "DELETE", BODY_ATTACHED, NULL },
	{ "TRACE", NO_METHOD, NULL },
	{ "CONNECT", NO_METHOD, NULL },
};

#define METHOD_COUNT lengthof(methods)

/* The digits of a written length. */
#define LENGTH_DIGITS 20

/* Of the PROXY protocol; version 2 begins with two empty lines. */
static const char proxy_1[] = "PROXY ";
static const char proxy_2[] = "\0\r\nQUIT\n";

/* Classes of bytes. */
#define C_TOKEN	 0x01 /* in names and methods */
#define C_TARGET 0x02 /* in a request target */
#define C_VALUE	 0x04 /* in a field value: text, space, tab, obs-text */
#define C_HOST	 0x08 /* in a host name, an address or a port */

static const unsigned char class_of[256] = {
	['\t'] = C_VALUE,
	[' '] = C_VALUE,
	['"'] = C_VALUE | C_TARGET,
	['#'] = C_VALUE | C_TOKEN,
	['('] = C_VALUE | C_TARGET,
	[')'] = C_VALUE | C_TARGET,
	[','] = C_VALUE | C_TARGET,
	['/'] = C_VALUE | C_TARGET,
	[';' ... '@'] = C_VALUE | C_TARGET,
	['['] = C_VALUE | C_TARGET | C_HOST,
	['\\'] = C_VALUE | C_TARGET,
	[']'] = C_VALUE | C_TARGET | C_HOST,
	['{'] = C_VALUE | C_TARGET,
	['}'] = C_VALUE | C_TARGET,
	[':'] = C_VALUE | C_TARGET | C_HOST,
	['-'] = C_VALUE | C_TARGET | C_TOKEN | C_HOST,
	['.'] = C_VALUE | C_TARGET | C_TOKEN | C_HOST,
	['_'] = C_VALUE | C_TARGET | C_TOKEN | C_HOST,
	['~'] = C_VALUE | C_TARGET | C_TOKEN | C_HOST,
	['0' ... '9'] = C_VALUE | C_TARGET | C_TOKEN | C_HOST,
	['A' ... 'Z'] = C_VALUE | C_TARGET | C_TOKEN | C_HOST,
	['a' ... 'z'] = C_VALUE | C_TARGET | C_TOKEN | C_HOST,
	['!'] = C_VALUE | C_TARGET | C_TOKEN,
	['$' ... '\''] = C_VALUE | C_TARGET | C_TOKEN,
	['*' ... '+'] = C_VALUE | C_TARGET | C_TOKEN,
	['^'] = C_VALUE | C_TARGET | C_TOKEN,
	['`'] = C_VALUE | C_TARGET | C_TOKEN,
	['|'] = C_VALUE | C_TARGET | C_TOKEN,
	[0x80 ... 0xff] = C_VALUE,
};

static bool
consists_of(HttpSlice text, unsigned char class)
{
	for (size_t i = 0; i < text.length; i++)
	{
		if (!(class_of[(unsigned char) text.bytes[i]] & class))
			return false;
	}
	return true;
}

static bool
is_exactly(HttpSlice text, const char *expected)
{
	return text.length == strlen(expected) && memcmp(text.bytes, expected, text.length) == 0;
}

/* Also without regard to case. */
static bool
is_word(HttpSlice text, const char *expected)
{
	return text.length == strlen(expected) && strncasecmp(text.bytes, expected, text.length) == 0;
}

static HttpSlice
trim(const char *from, const char *end)
{
	while (from < end && (*from == ' ' || *from == '\t'))
		from++;
	while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (HttpSlice){ from, (size_t) (end - from) };
}

/* Cuts the next element off a comma-separated list; false at its end. */
static bool
next_element(HttpSlice *list, HttpSlice *element)
{
	const char *end = list->bytes + list->length;
	const char *comma;

	if (list->length == 0)
		return false;
	comma = memchr(list->bytes, ',', list->length);
	*element = trim(list->bytes, comma ? comma : end);
	*list = comma ? (HttpSlice){ comma + 1, (size_t) (end - comma - 1) } : (HttpSlice){ end, 0 };
	return true;
}

/*
 * Finds the line at from.  Returns its end, where CR LF stands, or NULL with
 * *verdict set: a line that cannot become one is refused before it is whole.
 */
static const char *
find_line(const char *from, const char *end, int *verdict)
{
	const char *p = from;

	while (p < end && (class_of[(unsigned char) *p] & C_VALUE))
		p++;
	if (p == end || (*p == '\r' && p + 1 == end))
		*verdict = HTTP_HEAD_PARTIAL;
	else if (*p == '\r' && p[1] == '\n')
		return p;
	else
		*verdict = BAD_REQUEST;
	return NULL;
}

/* The host of a Host field or of an absolute target. */
static bool
is_host(HttpSlice host)
{
	return host.length > 0 && host.length <= HTTP_HEAD_MAX_HOST && host.bytes[0] != ':' &&
		   consists_of(host, C_HOST);
}

/* Origin form, absolute form, or "*" with OPTIONS. */
static int
parse_target(HttpSlice target, HttpHead *head)
{
	const char *end = target.bytes + target.length;
	size_t scheme;

	if (target.length > HTTP_HEAD_MAX_TARGET)
		return URI_TOO_LONG;
	if (target.length == 0 || !consists_of(target, C_TARGET))
		return BAD_REQUEST;

	head->path = target;
	if (target.bytes[0] == '/')
		return HTTP_HEAD_ACCEPTED;
	if (is_exactly(target, "*"))
		return is_exactly(head->method, "OPTIONS") ? HTTP_HEAD_ACCEPTED : BAD_REQUEST;

	if (target.length > 7 && strncasecmp(target.bytes, "http://", 7) == 0)
		scheme = 7;
	else if (target.length > 8 && strncasecmp(target.bytes, "https://", 8) == 0)
		scheme = 8;
	else
		return BAD_REQUEST;

	head->host.bytes = target.bytes + scheme;
	head->path.bytes = head->host.bytes;
	while (head->path.bytes < end && *head->path.bytes != '/' && *head->path.bytes != '?')
		head->path.bytes++;
	head->host.length = (size_t) (head->path.bytes - head->host.bytes);
	head->path.length = (size_t) (end - head->path.bytes);
	head->slash = head->path.length == 0 || head->path.bytes[0] == '?';
	return is_host(head->host) ? HTTP_HEAD_ACCEPTED : BAD_REQUEST;
}

/* "METHOD target HTTP/1.x", one space between. */
static int
parse_request_line(const char *line, const char *end, HttpHead *head, bool *old, size_t *method)
{
	const char *space = memchr(line, ' ', (size_t) (end - line));
	const char *last = memrchr(line, ' ', (size_t) (end - line));
	HttpSlice version;
	size_t i;

	if (space == NULL || space == line || last == space)
		return BAD_REQUEST;
	head->method = (HttpSlice){ line, (size_t) (space - line) };
	head->method_is_head = is_exactly(head->method, "HEAD");
	if (!consists_of(head->method, C_TOKEN))
		return BAD_REQUEST;

	version = (HttpSlice){ last + 1, (size_t) (end - last - 1) };
	if (version.length != 8 || memcmp(version.bytes, "HTTP/", 5) != 0 || version.bytes[5] < '0' ||
		version.bytes[5] > '9' || version.bytes[6] != '.' || version.bytes[7] < '0' ||
		version.bytes[7] > '9')
		return BAD_REQUEST;
	if (version.bytes[5] != '1' || version.bytes[7] > '1')
		return VERSION_NOT_SUPPORTED;
	*old = version.bytes[7] == '0';

	for (i = 0; i < METHOD_COUNT; i++)
	{
		if (is_exactly(head->method, methods[i].name))
			break;
	}
	if (i == METHOD_COUNT)
		return NOT_IMPLEMENTED;
	if (methods[i].body == NO_METHOD)
		return METHOD_NOT_ALLOWED;
	*method = i;

	return parse_target((HttpSlice){ space + 1, (size_t) (last - space - 1) }, head);
}

static HttpField
find_field(HttpSlice name)
{
	for (int i = 0; i < FIELD_COUNT; i++)
	{
		if (fields[i].length == name.length &&
			strncasecmp(fields[i].name, name.bytes, name.length) == 0)
			return (HttpField) i;
	}
	return FIELD_OTHER;
}

/* "name: value"; what is worth keeping goes to head->values. */
static int
parse_field(const char *line, const char *end, HttpHead *head, bool *seen)
{
	const char *colon = memchr(line, ':', (size_t) (end - line));
	HttpSlice name, value;
	HttpField field;

	/* A folded line begins with a space, which no name has. */
	if (colon == NULL || colon == line)
		return BAD_REQUEST;
	name = (HttpSlice){ line, (size_t) (colon - line) };
	if (!consists_of(name, C_TOKEN))
		return BAD_REQUEST;

	field = find_field(name);
	if (field == FIELD_OTHER)
		return HTTP_HEAD_ACCEPTED;
	if (seen[field] && fields[field].repeat == REPEAT_REFUSED)
		return BAD_REQUEST;
	seen[field] = true;

	value = trim(colon + 1, end);
	if (value.length == 0)
		return HTTP_HEAD_ACCEPTED;
	if (field == FIELD_ORIGIN)
		head->origin = value;
	head->values[head->nvalues].field = field;
	head->values[head->nvalues].value = value;
	head->nvalues++;
	return HTTP_HEAD_ACCEPTED;
}

/*
 * Reads a Content-Length; one that is too large for a size_t becomes the
 * largest.
 */
static int
parse_content_length(HttpSlice digits, HttpHead *head)
{
	size_t length = 0;

	for (size_t i = 0; i < digits.length; i++)
	{
		unsigned digit = (unsigned char) digits.bytes[i] - (unsigned) '0';

		if (digit > 9)
			return BAD_REQUEST;
		if (length > (SIZE_MAX - digit) / 10)
			length = SIZE_MAX;
		else
			length = length * 10 + digit;
	}
	head->content_length = length;
	return HTTP_HEAD_ACCEPTED;
}

/*
 * Notes why a head is refused; returns the status, for the caller to return.
 */
static int
refused(HttpHead *head, int status, const char *issue)
{
	head->issue = issue;
	return status;
}

/*
 * What Transfer-Encoding says: "chunked" alone is read.  The last coding has to
 * be that one, or nobody knows where the body ends.
 */
static int
parse_codings(HttpHead *head, bool has_length, bool old)
{
	static const char issue[] = "Transfer-Encoding must end with chunked, once";
	int codings = 0;
	bool chunked = false;

	if (has_length)
		return refused(head, BAD_REQUEST,
					   "Content-Length and Transfer-Encoding exclude each other");
	if (old)
		return refused(head, BAD_REQUEST, "HTTP/1.0 has no Transfer-Encoding");

	for (int i = 0; i < head->nvalues; i++)
	{
		HttpSlice value = head->values[i].value;
		HttpSlice element;

		if (head->values[i].field != FIELD_TRANSFER_ENCODING)
			continue;
		if (value.bytes[value.length - 1] == ',')
			return refused(head, BAD_REQUEST, issue);
		while (next_element(&value, &element))
		{
			if (chunked || element.length == 0)
				return refused(head, BAD_REQUEST, issue);
			chunked = is_word(element, "chunked");
			codings++;
		}
	}
	if (!chunked)
		return refused(head, BAD_REQUEST, issue);
	if (codings > 1)
		return refused(head, NOT_IMPLEMENTED, "Transfer-Encoding can only be chunked");
	head->chunked = true;
	return HTTP_HEAD_ACCEPTED;
}

/* What the fields that are read here say; host and body come out decided. */
static int
parse_values(HttpHead *head, const bool *seen, bool old, size_t method)
{
	HttpSlice host = { "", 0 };
	bool has_length = false;
	int verdict;

	for (int i = 0; i < head->nvalues; i++)
	{
		HttpSlice value = head->values[i].value;
		HttpSlice element;

		switch (head->values[i].field)
		{
			case FIELD_HOST:
				host = value;
				break;

			case FIELD_CONTENT_LENGTH:
				verdict = parse_content_length(value, head);
				if (verdict != HTTP_HEAD_ACCEPTED)
					return verdict;
				has_length = true;
				break;

			case FIELD_CONNECTION:
				while (next_element(&value, &element))
				{
					if (is_word(element, "close"))
						head->close = true;
				}
				break;

			case FIELD_EXPECT:
				while (next_element(&value, &element))
				{
					if (element.length > 0 && !is_word(element, "100-continue"))
						return EXPECTATION_FAILED;
					head->expect_continue = !old;
				}
				break;

			default:
				break;
		}
	}

	if (seen[FIELD_CONTENT_LENGTH] && !has_length)
		return BAD_REQUEST;
	if (seen[FIELD_TRANSFER_ENCODING])
	{
		verdict = parse_codings(head, seen[FIELD_CONTENT_LENGTH], old);
		if (verdict != HTTP_HEAD_ACCEPTED)
			return verdict;
	}
	if (methods[method].body == BODY_REFUSED && (head->chunked || head->content_length > 0))
		return refused(head, BAD_REQUEST, methods[method].issue);
	head->attach_body = methods[method].body == BODY_ATTACHED;
	head->takes_body = methods[method].body == BODY_TAKEN || head->attach_body;

	if (seen[FIELD_HOST] ? !is_host(host) : !old)
		return BAD_REQUEST;
	if (head->host.length == 0)
		head->host = host;

	if (old)
		head->close = true;
	return HTTP_HEAD_ACCEPTED;
}

int
http_head_parse(const char *bytes, size_t length, HttpHead *head)
{
	const char *end = bytes + (length < HTTP_HEAD_MAX ? length : HTTP_HEAD_MAX);
	const char *line = bytes;
	const char *line_end;
	bool seen[FIELD_COUNT] = { false };
	bool old = false;
	size_t method = 0;
	int nfields = 0;
	int verdict = HTTP_HEAD_ACCEPTED;

	memset(head, 0, offsetof(HttpHead, values));

	if (http_head_is_proxy_protocol(bytes, length))
		return refused(head, BAD_REQUEST, HTTP_HEAD_PROXY_ISSUE);

	/* No method begins so; do not wait for a line that will not come. */
	if (length > 0 && *bytes != '\r' && !(class_of[(unsigned char) *bytes] & C_TOKEN))
		return BAD_REQUEST;

	line_end = find_line(line, end, &verdict);
	if (line_end != NULL)
	{
		verdict = parse_request_line(line, line_end, head, &old, &method);
		if (verdict != HTTP_HEAD_ACCEPTED)
			return verdict;
		line = line_end + 2;
		line_end = find_line(line, end, &verdict);
	}
	else if (verdict == HTTP_HEAD_PARTIAL && length >= HTTP_HEAD_MAX)
		return URI_TOO_LONG;

	while (line_end != NULL && line_end != line)
	{
		if (++nfields > HTTP_HEAD_MAX_FIELDS)
			return HEADERS_TOO_LARGE;
		verdict = parse_field(line, line_end, head, seen);
		if (verdict != HTTP_HEAD_ACCEPTED)
			return verdict;
		line = line_end + 2;
		line_end = find_line(line, end, &verdict);
	}

	if (line_end == NULL)
	{
		if (verdict == HTTP_HEAD_PARTIAL && length >= HTTP_HEAD_MAX)
			return HEADERS_TOO_LARGE;
		return verdict;
	}

	head->length = (size_t) (line_end + 2 - bytes);
	return parse_values(head, seen, old, method);
}

static char *
put_bytes(char *out, const char *bytes, size_t length)
{
	memcpy(out, bytes, length);
	return out + length;
}

/*
 * Copies a value; what Kore would not take becomes a space or this character.
 */
static char *
put_value(char *out, HttpSlice value, char instead)
{
	for (size_t i = 0; i < value.length; i++)
	{
		unsigned char byte = (unsigned char) value.bytes[i];

		*out++ = byte == '\t' ? ' ' : byte > '~' ? instead
												 : (char) byte;
	}
	return out;
}

#define put_text(out, text) put_bytes(out, text, sizeof(text) - 1)

size_t
http_head_write(const HttpHead *head, bool close, char *out)
{
	char *p = out;
	char *line;

	p = put_bytes(p, head->method.bytes, head->method.length);
	*p++ = ' ';
	if (head->slash)
		*p++ = '/';
	p = put_bytes(p, head->path.bytes, head->path.length);
	p = put_text(p, " HTTP/1.1\r\nhost: ");
	if (head->host.length > 0)
		p = put_bytes(p, head->host.bytes, head->host.length);
	else
		p = put_text(p, "localhost");
	p = put_text(p, "\r\n");

	for (int field = FIELD_CONTENT_LENGTH + 1; field < FIELD_CONNECTION; field++)
	{
		bool cookies = fields[field].repeat == REPEAT_COOKIES;

		line = NULL;
		for (int i = 0; i < head->nvalues; i++)
		{
			if (head->values[i].field != (HttpField) field)
				continue;
			if (line == NULL)
			{
				line = p;
				p = put_bytes(p, fields[field].name, fields[field].length);
				p = put_text(p, ": ");
			}
			else
				p = put_bytes(p, cookies ? "; " : ", ", 2);
			/*
			 * A cookie's value may have "?", and must not become another one.
			 */
			p = put_value(p, head->values[i].value, cookies ? '"' : '?');
		}
		if (line != NULL)
			p = put_text(p, "\r\n");
	}

	if (close || head->close)
		p = put_text(p, "connection: close\r\n");
	if (head->takes_body && !head->attach_body)
	{
		p = put_text(p, "content-length: 00000000000000000000\r\n\r\n");
		http_head_set_length(out, (size_t) (p - out), head->content_length);
	}
	else
		p = put_text(p, "\r\n");
	return (size_t) (p - out);
}

void
http_head_set_length(char *head, size_t length, size_t content_length)
{
	char *digit = head + length - (sizeof("\r\n\r\n") - 1);

	for (int i = 0; i < LENGTH_DIGITS; i++)
	{
		*--digit = (char) ('0' + content_length % 10);
		content_length /= 10;
	}
}

bool
http_head_is_proxy_protocol(const char *bytes, size_t length)
{
	return (length >= sizeof(proxy_1) - 1 && memcmp(bytes, proxy_1, sizeof(proxy_1) - 1) == 0) ||
		   (length >= sizeof(proxy_2) - 1 && memcmp(bytes, proxy_2, sizeof(proxy_2) - 1) == 0);
}

size_t
http_head_blank(const char *bytes, size_t length)
{
	size_t blank = 0;

	while (blank + 2 <= length && bytes[blank] == '\r' && bytes[blank + 1] == '\n')
		blank += 2;
	return blank;
}
