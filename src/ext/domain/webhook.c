/*
 * webhook.c: see webhook.h.
 */
#include "domain/webhook.h"

#include "base/settings.h"
#include "base/uuid.h"
#include "catalog/pg_type.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "store/webhook.h"
#include "store/webhook_delivery.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define URL_MAX	   2048 /* bytes */
#define HOST_MAX   253
#define LABEL_MAX  63
#define PORT_MAX   65535
#define PORT_DIGIT 5

static const char *const event_types[] = { EVENT_TYPE_NAMES };
static const char *const members[] = { EVENT_MEMBERS_NOT_SECRET };

static bool
url_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
url_hex(char c)
{
	return url_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
url_alphanumeric(char c)
{
	return url_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Four numbers from 0 to 255, written in the usual way. */
static bool
url_ipv4(const char *s, const char *end)
{
	for (int part = 0; part < 4; part++)
	{
		int n = 0;
		int digits = 0;

		if (part > 0 && (s == end || *s++ != '.'))
			return false;
		for (; s < end && url_digit(*s) && digits < 3; digits++)
			n = n * 10 + (*s++ - '0');
		if (digits == 0 || n > 255 || (digits > 1 && s[-digits] == '0'))
			return false;
	}
	return s == end;
}

/*
 * A name of letters, digits and hyphens (RFC 1123, 2.1), whose last label is no
 * number: there are many ways to write an address as one, and not every reader
 * knows all of them.
 */
static bool
url_host_name(const char *s, const char *end)
{
	const char *label = s;

	if (end - s > HOST_MAX)
		return false;
	for (const char *p = s; p <= end; p++)
	{
		if (p < end && *p != '.')
		{
			if (!url_alphanumeric(*p) && *p != '-')
				return false;
			continue;
		}
		if (p == label || p - label > LABEL_MAX || *label == '-' || p[-1] == '-')
			return false;
		if (p == end)
			return !url_digit(*label);
		label = p + 1;
	}
	return false;
}

/* What is between the brackets is read by who connects. */
static bool
url_ipv6(const char *s, const char *end)
{
	int colons = 0;

	if (end - s < 4 || *s++ != '[' || *--end != ']')
		return false;
	for (; s < end; s++)
	{
		if (!url_hex(*s) && *s != ':' && *s != '.')
			return false;
		colons += *s == ':';
	}
	return colons >= 2;
}

/* From the colon to the end of the authority: nothing, or a port. */
static bool
url_port(const char *s, const char *end)
{
	int n = 0;

	if (s == end)
		return true;
	s++; /* the colon */
	if (s == end || end - s > PORT_DIGIT || *s == '0')
		return false;
	for (; s < end; s++)
	{
		if (!url_digit(*s))
			return false;
		n = n * 10 + (*s - '0');
	}
	return n <= PORT_MAX;
}

/* Path and query (RFC 3986, 3.3 and 3.4). */
static bool
url_target(const char *s)
{
	for (; *s != '\0'; s++)
	{
		if (*s == '%')
		{
			if (!url_hex(s[1]) || !url_hex(s[2]))
				return false;
			s += 2;
		}
		else if (!url_alphanumeric(*s) && strchr("-._~!$&'()*+,;=:@/?", *s) == NULL)
			return false;
	}
	return true;
}

/* What is wrong with a url; NULL: nothing. */
static const char *
url_problem(const char *url)
{
	const char *authority;
	const char *end;
	const char *port;

	if (strncmp(url, "https://", 8) == 0)
		authority = url + 8;
	else if (strncmp(url, "http://", 7) != 0)
		return "It has to begin with https://.";
	else if (!settings()->webhook_insecure)
		return "It has to begin with https://, as long as jerry.webhook_insecure is off.";
	else
		authority = url + 7;
	end = authority + strcspn(authority, "/?#");
	if (strchr(url, '#') != NULL)
		return "It must not have a fragment.";
	if (memchr(authority, '@', end - authority) != NULL)
		return "It must not have a user or a password.";
	port = memchr(authority, ']', end - authority);
	port = memchr(port == NULL ? authority : port, ':', end - (port == NULL ? authority : port));
	if (port == NULL)
		port = end;
	if (!url_ipv4(authority, port) && !url_ipv6(authority, port) && !url_host_name(authority, port))
		return "Its host is neither a name nor an address; names are written in ASCII.";
	if (!url_port(port, end))
		return "Its port is not a number from 1 to 65535.";
	if (!url_target(end))
		return "Its path or query has a character that must be percent-encoded.";
	return NULL;
}

char *
webhook_require_url(const text *value)
{
	char *url;
	const char *problem;

	if (VARSIZE_ANY_EXHDR(value) > URL_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("url of a webhook is longer than %d bytes", URL_MAX)));
	url = text_to_cstring(value);
	problem = url_problem(url);
	/* Of what is in it, a path may be as good as a password. */
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("url of a webhook is not valid"), errdetail_internal("%s", problem),
						errhidestmt(true)));
	return url;
}

/* Is there an event of this type? */
static bool
is_event_type(const char *type)
{
	for (int i = 0; i < lengthof(event_types); i++)
		if (strcmp(event_types[i], type) == 0)
			return true;
	return false;
}

Datum
webhook_require_types(Datum types)
{
	ArrayType *array = DatumGetArrayTypeP(types);
	Datum *values;
	bool *nulls;
	int n;

	if (ARR_NDIM(array) == 0)
		return 0;
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &n);
	if (ARR_NDIM(array) > 1 || n > lengthof(event_types))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there are only %d types of events", (int) lengthof(event_types))));
	for (int i = 0; i < n; i++)
		if (nulls[i] || !is_event_type(TextDatumGetCString(values[i])))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("there is no event of type %d in the list", i + 1),
							errhint("docs/EVENT_PUBLISHING.md lists them.")));
	return types;
}

Datum
webhook_members(void)
{
	Datum names[lengthof(members)];

	for (int i = 0; i < lengthof(members); i++)
		names[i] = CStringGetTextDatum(members[i]);
	return PointerGetDatum(
		construct_array(names, lengthof(members), TEXTOID, -1, false, TYPALIGN_INT));
}

bool
webhook_disable(const pg_uuid_t *id, const char *reason, TimestampTz now)
{
	char digits[UUID_TEXT_LENGTH + 1] = "";

	if (!store_disable_webhook(id, reason, now))
		return false;
	store_give_up_deliveries(id, now);
	uuid_write(id, digits);
	event_emit(event_webhook_disabled(id, reason), now);
	audit_record(audit_webhook_disable(strcmp(reason, WEBHOOK_BY_ADMIN) == 0 ? AUDIT_BY_ADMIN
																			 : AUDIT_BY_JERRY,
									   digits, reason),
				 AUDIT_OK, NULL, NULL, NULL, now);
	return true;
}

void
webhook_bound_backlogs(TimestampTz now)
{
	ListCell *cell;

	foreach(cell, store_webhooks_with_backlog(WEBHOOK_BACKLOG_MAX))
		webhook_disable(lfirst(cell), WEBHOOK_BACKLOG, now);
}
