/*
 * http_head.h: one HTTP/1.x request head, from a client's bytes to bytes that
 * Kore's parser cannot misread.
 *
 * A head is the request line and the header fields up to the empty line.
 * http_head_parse() judges it by RFC 9112, strictly; http_head_write() writes
 * the accepted head anew with only the fields that the sidecar reads, each at
 * most once.  Bytes in, verdict and bytes out: nothing here does I/O, allocates
 * or knows Kore.
 */
#ifndef JERRY_HTTP_HEAD_H
#define JERRY_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

/* What a client may send.  Beyond: 431, 431, 414, 400. */
#define HTTP_HEAD_MAX		 8192 /* bytes, empty line included */
#define HTTP_HEAD_MAX_FIELDS 64
#define HTTP_HEAD_MAX_TARGET 1998 /* Kore's own limit */
#define HTTP_HEAD_MAX_HOST	 253  /* Kore's own limit */

/* By how much a head can grow when it is written anew. */
#define HTTP_HEAD_GROWTH 256

/* The header fields that reach the sidecar, in the order they are written. */
typedef enum HttpField
{
	FIELD_HOST,
	FIELD_CONTENT_LENGTH,
	FIELD_CONTENT_TYPE,
	FIELD_CONTENT_ENCODING,
	FIELD_AUTHORIZATION,
	FIELD_COOKIE,
	FIELD_ORIGIN,
	FIELD_ACCESS_CONTROL_REQUEST_METHOD,
	FIELD_ACCESS_CONTROL_REQUEST_HEADERS,
	FIELD_X_FORWARDED_FOR,
	FIELD_X_REQUEST_ID,
	FIELD_TRACEPARENT,
	FIELD_USER_AGENT,
	FIELD_ACCEPT,
	FIELD_ACCEPT_ENCODING,
	FIELD_ACCEPT_LANGUAGE,
	FIELD_IF_NONE_MATCH,
	FIELD_CONNECTION,
	FIELD_EXPECT, /* from here on: read but not written */
	FIELD_TRANSFER_ENCODING,
	FIELD_OTHER, /* any other name: checked and dropped */
	FIELD_COUNT = FIELD_OTHER
} HttpField;

/* A piece of the client's bytes. */
typedef struct HttpSlice
{
	const char *bytes;
	size_t length;
} HttpSlice;

/* A parsed head.  Slices point into the bytes that were parsed. */
typedef struct HttpHead
{
	size_t length;		   /* of the head, empty line included */
	size_t content_length; /* SIZE_MAX: more than a size_t holds */
	bool chunked;		   /* the body says itself where it ends */
	bool expect_continue;  /* the client waits for 100 Continue */
	bool close;			   /* the client closes after this request */
	bool takes_body;	   /* what handles the request gets the body, */
	bool attach_body;	   /* and not from Kore, which does not read it */
	bool method_is_head;   /* the answer has no body */
	const char *issue;	   /* why it is refused, when the status does not say it all; or NULL */

	HttpSlice method;
	HttpSlice path;	  /* origin form, or "*"; query included */
	bool slash;		  /* path lacks its leading "/" */
	HttpSlice host;	  /* empty: an HTTP/1.0 client named none */
	HttpSlice origin; /* empty: none yet */

	int nvalues;
	struct
	{
		HttpField field;
		HttpSlice value; /* trimmed, not empty */
	} values[HTTP_HEAD_MAX_FIELDS];
} HttpHead;

/* The verdicts other than an HTTP status. */
#define HTTP_HEAD_ACCEPTED 0
#define HTTP_HEAD_PARTIAL  (-1)

/*
 * Judges the head that begins at bytes.  Returns HTTP_HEAD_ACCEPTED with *head
 * filled in; HTTP_HEAD_PARTIAL when more bytes are needed, never once
 * HTTP_HEAD_MAX are there; else the HTTP status to refuse it with.  In the last
 * two cases only method_is_head, origin and issue of *head are set, as far as
 * the bytes say them.  A refusal does not wait for the end of the head.  What
 * follows the head in bytes is not looked at.
 */
extern int http_head_parse(const char *bytes, size_t length, HttpHead *head);

/*
 * Writes an accepted head: HTTP/1.1, one Host, printable ASCII, 16 field lines
 * at most, of Kore's 25.  A Connection field is written only to say "close",
 * when the client does or when close is true.  A length is written when Kore is
 * to read a body, chunked or not.  out must have room for head->length +
 * HTTP_HEAD_GROWTH bytes.  Returns the number of bytes written.
 */
extern size_t http_head_write(const HttpHead *head, bool close, char *out);

/* Sets the length in a written head of length bytes that takes a body. */
extern void http_head_set_length(char *head, size_t length, size_t content_length);

/*
 * Do these bytes begin with what the PROXY protocol puts before a request, in
 * version 1 or, without the two empty lines of its signature, in version 2?
 */
extern bool http_head_is_proxy_protocol(const char *bytes, size_t length);

#define HTTP_HEAD_PROXY_ISSUE \
	"The PROXY protocol is not supported; a proxy names the client in X-Forwarded-For"

/* The number of empty lines' bytes at the start, which belong to no request. */
extern size_t http_head_blank(const char *bytes, size_t length);

#endif /* JERRY_HTTP_HEAD_H */
