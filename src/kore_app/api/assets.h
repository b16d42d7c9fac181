/*
 * assets.h: the files that are compiled into the sidecar.
 *
 * The tables themselves are written at build time by tools/embed-assets.
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

/*
 * The documentation, and the pages that show mails in development.  Ends with
 * an entry whose path is NULL.
 */
extern const Asset assets[];

/* One of the pages for links in mails, or what they load, with its marks. */
typedef struct PageSource
{
	const char *path;	  /* "/verify-email" */
	const char *language; /* one of page_languages; NULL: in every language */
	const char *content_type;
	const unsigned char *start;
	const unsigned char *end;
} PageSource;

/* Ends with an entry whose path is NULL. */
extern const PageSource page_sources[];

/*
 * Each path with a language has all of these.  Ends with NULL; the first is for
 * those who speak none of them.
 */
extern const char *const page_languages[];

#endif /* JERRY_ASSETS_H */
