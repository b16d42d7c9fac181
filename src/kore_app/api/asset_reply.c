/*
 * asset_reply.c: sends a file that is compiled in, without copying it.
 */
#include "api/asset_reply.h"

#include <stdio.h>
#include <string.h>

#include "http/negotiation.h"

#define HEADERS_SIZE 1024

const Asset *
asset_find(const char *path)
{
	for (const Asset *asset = assets; asset->path != NULL; asset++)
	{
		if (strcmp(asset->path, path) == 0)
			return asset;
	}
	return NULL;
}

int
asset_reply(const ReplyContext *context, const Asset *asset, const char *policy)
{
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
			 bytes->etag, policy);
	reply_asset(context, status, headers, bytes->start, (size_t) (bytes->end - bytes->start));
	return status;
}
