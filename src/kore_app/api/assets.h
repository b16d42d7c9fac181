/*
 * assets.h: the files that are compiled into the sidecar.
 *
 * The table itself is written at build time by tools/embed-assets.
 */
#ifndef JERRY_ASSETS_H
#define JERRY_ASSETS_H

/* One way to send an asset. */
typedef struct AssetBytes
{
	const char *etag; /* quoted; names exactly these bytes */
	const unsigned char *start;
	const unsigned char *end;
} AssetBytes;

typedef struct Asset
{
	const char *path; /* "/docs/swagger-ui.css" */
	const char *content_type;
	AssetBytes identity;
	AssetBytes gzip;
} Asset;

/* Ends with an entry whose path is NULL. */
extern const Asset assets[];

#endif /* JERRY_ASSETS_H */
