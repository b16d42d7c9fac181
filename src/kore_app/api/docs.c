/*
 * docs.c: serves the compiled-in documentation, without copying it.
 */
#include "api/docs.h"

#include <stdio.h>
#include <string.h>

#include "api/assets.h"
#include "http/negotiation.h"

/* The page runs its own scripts, styles and images and calls its own API. */
#define PAGE_HEADERS                                                   \
	"content-security-policy: default-src 'none'; script-src 'self'; " \
	"style-src 'self'; img-src 'self' data:; connect-src 'self'; "     \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"  \
	"cross-origin-opener-policy: same-origin\r\n"

#define FILE_HEADERS "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"

#define HEADERS_SIZE 1024

static const Asset *
find_asset(const char *path)
{
	for (const Asset *asset = assets; asset->path != NULL; asset++)
	{
		if (strcmp(asset->path, path) == 0)
			return asset;
	}
	return NULL;
}

/*
 * Replies with a compiled-in file, in the encoding that the client takes, or
 * with 304 when the client has it already.
 */
static int
serve_asset(const ReplyContext *context, const Asset *asset)
{
	bool is_page = strncmp(asset->content_type, "text/html", 9) == 0;
	const AssetBytes *bytes = &asset->identity;
	const char *header;
	char headers[HEADERS_SIZE];
	int status = HTTP_STATUS_OK;

	if (http_request_header(context->req, "accept-encoding", &header) &&
		negotiation_accepts_gzip(header))
		bytes = &asset->gzip;
	if (http_request_header(context->req, "if-none-match", &header) &&
		negotiation_has_copy(header, bytes->etag))
		status = HTTP_STATUS_NOT_MODIFIED;

	/*
	 * "no-cache" is not "no-store": the client keeps its copy and asks each
	 * time whether it is current, so that an upgrade never leaves it with a
	 * page and scripts of two versions.
	 */
	snprintf(headers, sizeof(headers),
			 "content-type: %s\r\n"
			 "%s"
			 "etag: %s\r\n"
			 "vary: accept-encoding\r\n"
			 "cache-control: no-cache\r\n"
			 "%s",
			 asset->content_type, bytes == &asset->gzip ? "content-encoding: gzip\r\n" : "",
			 bytes->etag, is_page ? PAGE_HEADERS : FILE_HEADERS);
	reply_asset(context, status, headers, bytes->start, (size_t) (bytes->end - bytes->start));
	return status;
}

int
docs_serve(const ReplyContext *context)
{
	static const ReplyError not_found = { .code = REPLY_NOT_FOUND };
	const char *path = context->req->path;
	const Asset *asset = find_asset(path);

	if (asset != NULL)
		return serve_asset(context, asset);

	/* The page's relative links work from /docs only. */
	if (strcmp(path, "/docs/") == 0)
		return reply_empty(context, HTTP_STATUS_TEMPORARY_REDIRECT, "location: ../docs\r\n");

	return reply_error(context, &not_found);
}
