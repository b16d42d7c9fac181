/*
 * http_chunks.h: the body of a chunked HTTP/1.1 request, from the bytes on the
 * wire to the bytes of the body.
 *
 * Strictly by RFC 9112, 7.1: CR LF ends a line and nothing else does, a size is
 * hexadecimal digits and nothing else.  Extensions and trailers are checked,
 * bounded and forgotten.  Bytes in, bytes and verdict out: nothing here does
 * I/O, allocates or knows Kore.
 */
#ifndef JERRY_HTTP_CHUNKS_H
#define JERRY_HTTP_CHUNKS_H

#include <stddef.h>

/* Of one body, in bytes.  Beyond: 400, 431. */
#define HTTP_CHUNKS_MAX_DIGITS	 16	  /* of one size */
#define HTTP_CHUNKS_MAX_EXTENDED 4096 /* in all extensions */
#define HTTP_CHUNKS_MAX_TRAILER	 8192 /* in all trailer fields */

/* What the next byte belongs to. */
typedef enum HttpChunksState
{
	CHUNKS_SIZE, /* zero: a body begins */
	CHUNKS_EXTENSION,
	CHUNKS_SIZE_END,
	CHUNKS_DATA,
	CHUNKS_DATA_CR,
	CHUNKS_DATA_LF,
	CHUNKS_LINE, /* a trailer field, or the end */
	CHUNKS_NAME,
	CHUNKS_VALUE,
	CHUNKS_LINE_END,
	CHUNKS_END
} HttpChunksState;

/* How far a body has got; all zero at its start. */
typedef struct HttpChunks
{
	HttpChunksState state;
	size_t size;   /* of this chunk: what is still to come */
	int digits;	   /* of its size, read so far */
	size_t length; /* of the body so far */
	size_t extended;
	size_t trailed;
} HttpChunks;

/* The verdicts other than an HTTP status. */
#define HTTP_CHUNKS_COMPLETE 0
#define HTTP_CHUNKS_PARTIAL	 (-1)

/*
 * Goes on with a body.  Its bytes go to body + chunks->length, where body has
 * room for max.  Returns HTTP_CHUNKS_COMPLETE with *used the number of bytes up
 * to the end of the last line; HTTP_CHUNKS_PARTIAL when all bytes are used and
 * more are needed; else the HTTP status to refuse the request with.  A body of
 * more than max bytes is refused when the size of a chunk says so.
 */
extern int http_chunks_read(HttpChunks *chunks, const char *bytes, size_t length, char *body,
							size_t max, size_t *used);

#endif /* JERRY_HTTP_CHUNKS_H */
