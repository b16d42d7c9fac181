/*
 * docs.c: serves the compiled-in documentation.
 */
#include "api/docs.h"

#include <string.h>

#include "api/asset_reply.h"

/* The page runs its own scripts, styles and images and calls its own API. */
#define PAGE_HEADERS                                                   \
	"content-security-policy: default-src 'none'; script-src 'self'; " \
	"style-src 'self'; img-src 'self' data:; connect-src 'self'; "     \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"  \
	"cross-origin-opener-policy: same-origin\r\n"

#define FILE_HEADERS "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"

int
docs_serve(const ReplyContext *context)
{
	static const ReplyError not_found = { .code = REPLY_NOT_FOUND };
	const char *path = context->req->path;
	const Asset *asset = asset_find(path);

	if (asset != NULL)
		return asset_reply(context, asset,
						   strncmp(asset->content_type, "text/html", 9) == 0 ? PAGE_HEADERS
																			 : FILE_HEADERS);

	/* The page's relative links work from /docs only. */
	if (strcmp(path, "/docs/") == 0)
		return reply_empty(context, HTTP_STATUS_TEMPORARY_REDIRECT, "location: ../docs\r\n");

	return reply_error(context, &not_found);
}
