/*
 * pages.c: see pages.h.
 *
 * Before the workers start, every page is complete in each language; nothing of
 * a request ever gets into one.
 */
#include "api/pages.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "api/assets.h"
#include "base/color.h"
#include "base/kore_compat.h"
#include "base/lengthof.h"
#include "base/utf8.h"
#include "http/negotiation.h"

#define NAME_MAX_CHARACTERS 64
#define LOGO_MAX			(256 * 1024)
#define LOGO_PATH			"/pages/logo"

/* The page loads what is beside it and asks the API beside it. */
#define PAGE_POLICY                                                                      \
	"content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; " \
	"img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "          \
	"frame-ancestors 'none'\r\n"                                                         \
	"cross-origin-opener-policy: same-origin\r\n"                                        \
	"vary: accept-language\r\n"

/* What an SVG file has in it must not become a page of ours by itself. */
#define PART_POLICY                                                            \
	"content-security-policy: default-src 'none'; style-src 'unsafe-inline'; " \
	"frame-ancestors 'none'; sandbox\r\n"

#define PAGE_HEAD_SIZE 1024

/* A source with the configuration in it. */
typedef struct Page
{
	const PageSource *source;
	const char *content_type;
	char *bytes;
	size_t length;
} Page;

static Page *pages; /* ends with one that has no source */

/* What a mark becomes, and where it may stand. */
typedef struct Mark
{
	const char *name;
	const char *text;
	bool in_css; /* of nothing that means anything in CSS; else in HTML */
} Mark;

static bool
is_html(const PageSource *source)
{
	return strncmp(source->content_type, "text/html", 9) == 0;
}

/* Is this text without control characters, and not too long? */
static bool
is_name(const char *text)
{
	const unsigned char *p = (const unsigned char *) text;
	const unsigned char *end = p + strlen(text);
	int characters = 0;

	while (p < end)
	{
		int length = utf8_length(p, end);

		if (length == 0 || *p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
			return false;
		p += length;
		characters++;
	}
	return characters <= NAME_MAX_CHARACTERS;
}

/* The type of an image, by how its bytes begin; NULL: none of ours. */
static const char *
image_type(const char *bytes, size_t length)
{
	static const struct
	{
		const char *start;
		size_t length;
		const char *type;
	} types[] = {
		{ "\x89PNG\r\n\x1a\n", 8, "image/png" },
		{ "\xff\xd8\xff", 3, "image/jpeg" },
		{ "<svg", 4, "image/svg+xml" },
		{ "<?xml", 5, "image/svg+xml" },
	};

	if (length >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0)
		return "image/webp";
	while (length > 0 && isspace((unsigned char) *bytes))
		bytes++, length--;
	for (size_t i = 0; i < lengthof(types); i++)
	{
		if (length >= types[i].length && memcmp(bytes, types[i].start, types[i].length) == 0)
			return types[i].type;
	}
	return NULL;
}

/* Puts a file in the place of the logo. */
static bool
load_logo(const char *path, Page *page)
{
	FILE *file = fopen(path, "re");
	struct stat found;

	if (file == NULL || fstat(fileno(file), &found) == -1)
	{
		fprintf(stderr, "jerry: PAGES_LOGO: could not read \"%s\": %s\n", path, strerror(errno));
		if (file != NULL)
			fclose(file);
		return false;
	}
	page->bytes = kore_malloc(LOGO_MAX + 1);
	page->length = S_ISREG(found.st_mode) ? fread(page->bytes, 1, LOGO_MAX + 1, file) : 0;
	fclose(file);
	page->content_type = image_type(page->bytes, page->length);
	if (page->content_type == NULL || page->length > LOGO_MAX)
	{
		fprintf(stderr,
				"jerry: PAGES_LOGO: \"%s\" is not a PNG, JPEG, WebP or SVG file of at most "
				"256 kB\n",
				path);
		return false;
	}
	return true;
}

/* All of them with a space between. */
static char *
join(const Origins *origins)
{
	struct kore_buf text;

	kore_buf_init(&text, 256);
	for (size_t i = 0; i < origins->count; i++)
		kore_buf_appendf(&text, "%s%s", i > 0 ? " " : "", origins->list[i]);
	return kore_buf_stringify(&text, NULL);
}

/* Appends text of HTML, or of an attribute between double quotes. */
static void
put_html(struct kore_buf *out, const char *text)
{
	for (; *text != '\0'; text++)
	{
		if (*text == '&')
			kore_buf_append(out, "&amp;", 5);
		else if (*text == '<')
			kore_buf_append(out, "&lt;", 4);
		else if (*text == '>')
			kore_buf_append(out, "&gt;", 4);
		else if (*text == '"')
			kore_buf_append(out, "&quot;", 6);
		else
			kore_buf_append(out, text, 1);
	}
}

/* Appends what a mark "@NAME@" becomes. */
static void
put_mark(struct kore_buf *out, const PageSource *source, const Mark *marks, const char *name,
		 size_t length)
{
	while (marks->name != NULL &&
		   (strlen(marks->name) != length || memcmp(marks->name, name, length) != 0))
		marks++;
	if (marks->name == NULL || marks->in_css == is_html(source))
		fatalx("jerry: %s has a mark that does not belong there: %.*s", source->path, (int) length,
			   name);
	if (marks->in_css)
		kore_buf_append(out, marks->text, strlen(marks->text));
	else
		put_html(out, marks->text);
}

/* Puts values in the place of the marks. */
static void
fill(Page *page, const Mark *marks)
{
	const char *p = (const char *) page->source->start;
	const char *end = (const char *) page->source->end;
	struct kore_buf out;

	kore_buf_init(&out, (size_t) (end - p));
	while (p < end)
	{
		size_t name = *p == '@' ? strspn(p + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") : 0;

		if (name > 0 && p[1 + name] == '@')
		{
			put_mark(&out, page->source, marks, p + 1, name);
			p += name + 2;
		}
		else
			kore_buf_append(&out, p++, 1);
	}
	page->bytes = (char *) kore_buf_release(&out, &page->length);
}

bool
pages_configure(const Config *config)
{
	const Mark marks[] = {
		{ "NAME", config->pages_name, false },
		{ "ORIGINS", join(&config->redirect_origins), false },
		{ "COLOR", config->pages_color, true },
		{ "ON_COLOR", color_on(config->pages_color), true },
		{ "COLOR_DARK", config->pages_color_dark, true },
		{ "ON_COLOR_DARK", color_on(config->pages_color_dark), true },
		{ NULL, NULL, false },
	};
	size_t count = 0;

	if (!config->pages)
		return true;
	if (!is_name(config->pages_name))
	{
		fprintf(stderr,
				"jerry: PAGES_NAME: the value is not a text of at most %d characters in UTF-8, "
				"none of which is a control character\n",
				NAME_MAX_CHARACTERS);
		return false;
	}
	while (page_sources[count].path != NULL)
		count++;
	pages = kore_calloc(count + 1, sizeof(*pages));
	for (size_t i = 0; i < count; i++)
	{
		Page *page = &pages[i];

		page->source = &page_sources[i];
		page->content_type = page->source->content_type;
		if (config->pages_logo == NULL || strcmp(page->source->path, LOGO_PATH) != 0)
			fill(page, marks);
		else if (!load_logo(config->pages_logo, page))
			return false;
	}
	return true;
}

/* The page at a path in a language, if it differs by that. */
static const Page *
find_page(const char *path, const char *language)
{
	for (const Page *page = pages; page->source != NULL; page++)
	{
		if (strcmp(page->source->path, path) == 0 &&
			(page->source->language == NULL || strcmp(page->source->language, language) == 0))
			return page;
	}
	return NULL;
}

int
pages_serve(const ReplyContext *context)
{
	static const ReplyError not_found = { .code = REPLY_NOT_FOUND };
	const char *wanted = "";
	const char *language;
	const Page *page;
	char headers[PAGE_HEAD_SIZE];

	http_request_header(context->req, "accept-language", &wanted);
	language = page_languages[negotiation_language(wanted, page_languages)];
	page = find_page(context->req->path, language);
	if (page == NULL)
		return reply_error(context, &not_found);

	snprintf(headers, sizeof(headers),
			 "content-type: %s\r\n"
			 "%s%s%s"
			 "cache-control: no-store\r\n"
			 "%s",
			 page->content_type, page->source->language != NULL ? "content-language: " : "",
			 page->source->language != NULL ? language : "",
			 page->source->language != NULL ? "\r\n" : "",
			 is_html(page->source) ? PAGE_POLICY : PART_POLICY);
	reply_asset(context, HTTP_STATUS_OK, headers, page->bytes, page->length);
	return HTTP_STATUS_OK;
}
