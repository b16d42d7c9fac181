/*
 * template.c: see template.h.
 */
#include "mail/template.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define NAME_SIZE  32 /* of a tag, an attribute or a variable */
#define DEPTH_MAX  8  /* conditions in each other */
#define PIECES_MAX 1024

typedef enum PieceKind
{
	PIECE_BYTES,
	PIECE_VALUE,
	PIECE_IF,
	PIECE_UNLESS
} PieceKind;

typedef struct Piece
{
	PieceKind kind;
	size_t start; /* of PIECE_BYTES, in the template's bytes */
	size_t length;
	size_t variable;
	size_t end; /* of a condition: the piece behind it */
} Piece;

struct Template
{
	TemplateKind kind;
	bool *is_part; /* of each variable: it is not escaped */
	char *bytes;
	Piece *pieces;
	size_t count;
};

/* Where in HTML a place is. */
typedef enum Where
{
	IN_TEXT,
	AT_TAG, /* behind < */
	IN_TAG_NAME,
	IN_TAG, /* between attributes */
	IN_ATTRIBUTE,
	BEFORE_VALUE,
	IN_QUOTES,
	IN_BARE_VALUE,
	IN_STYLE,
	IN_DECLARATION,
	IN_COMMENT
} Where;

typedef struct Place
{
	Where where;
	char tag[NAME_SIZE]; /* with its slash */
	char attribute[NAME_SIZE];
	char quote;
	size_t behind; /* bytes since the quote, or of what ends a style or a comment */
} Place;

typedef struct Reader
{
	Template *template;
	const char *name;
	const char *at;
	const char *end;
	const char *start;
	TemplateKind kind;
	const Variable *variables;
	size_t variable_count;
	Place place;
	struct
	{
		size_t piece;
		const char *at;
	} open[DEPTH_MAX];
	int depth;
	bool has_part;
	char *error;
	size_t size;
} Reader;

/* Says what is wrong at a byte; false. */
static bool __attribute__((format(printf, 3, 4)))
wrong(Reader *r, const char *at, const char *format, ...)
{
	int line = 1;
	int length;
	va_list arguments;

	for (const char *p = r->start; p < at; p++)
		line += *p == '\n';
	length = snprintf(r->error, r->size, "%s:%d: ", r->name, line);
	if (length < 0 || (size_t) length >= r->size)
		return false;
	va_start(arguments, format);
	vsnprintf(r->error + length, r->size - (size_t) length, format, arguments);
	va_end(arguments);
	return false;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Of a name that is longer than any of ours the first bytes do. */
static void
append(char *name, char c)
{
	size_t length = strlen(name);

	if (length + 1 < NAME_SIZE)
	{
		name[length] = (char) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
		name[length + 1] = '\0';
	}
}

static void
end_tag(Place *place)
{
	place->where = strcmp(place->tag, "style") == 0 ? IN_STYLE : IN_TEXT;
	place->behind = 0;
}

/* Has c brought us to the end of a word, which place->behind counts? */
static bool
ends_word(Place *place, const char *word, char c)
{
	size_t length = strlen(word);

	c = (char) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	if (c == word[place->behind])
		place->behind++;
	else if (!(c == '-' && place->behind == 2)) /* "--->" */
		place->behind = c == word[0];
	return place->behind == length;
}

/* Goes over a byte of HTML. */
static void
advance(Place *place, char c)
{
	switch (place->where)
	{
		case IN_TEXT:
			if (c == '<')
				place->where = AT_TAG;
			break;
		case AT_TAG:
			place->tag[0] = '\0';
			place->attribute[0] = '\0';
			place->behind = 0;
			if (c == '!')
				place->where = IN_DECLARATION;
			else if (c == '/' || (c | 0x20) >= 'a')
			{
				place->where = IN_TAG_NAME;
				append(place->tag, c);
			}
			else if (c != '<')
				place->where = IN_TEXT;
			break;
		case IN_TAG_NAME:
			if (c == '>')
				end_tag(place);
			else if (is_space(c) || c == '/')
				place->where = IN_TAG;
			else
				append(place->tag, c);
			break;
		case IN_TAG:
			if (c == '>')
				end_tag(place);
			else if (c == '=')
				place->where = BEFORE_VALUE;
			else if (!is_space(c) && c != '/')
			{
				place->where = IN_ATTRIBUTE;
				place->attribute[0] = '\0';
				append(place->attribute, c);
			}
			break;
		case IN_ATTRIBUTE:
			if (c == '>')
				end_tag(place);
			else if (c == '=')
				place->where = BEFORE_VALUE;
			else if (is_space(c) || c == '/')
				place->where = IN_TAG;
			else
				append(place->attribute, c);
			break;
		case BEFORE_VALUE:
			if (c == '>')
				end_tag(place);
			else if (c == '"' || c == '\'')
			{
				place->where = IN_QUOTES;
				place->quote = c;
				place->behind = 0;
			}
			else if (!is_space(c))
				place->where = IN_BARE_VALUE;
			break;
		case IN_QUOTES:
			place->behind++;
			if (c == place->quote)
				place->where = IN_TAG;
			break;
		case IN_BARE_VALUE:
			if (c == '>')
				end_tag(place);
			else if (is_space(c))
				place->where = IN_TAG;
			break;
		case IN_STYLE:
			if (ends_word(place, "</style", c))
			{
				strcpy(place->tag, "/style");
				place->where = IN_TAG_NAME;
			}
			break;
		case IN_DECLARATION:
			if (c == '>')
				place->where = IN_TEXT;
			else if (c == '-' && ++place->behind == 2)
			{
				place->where = IN_COMMENT;
				place->behind = 0;
			}
			else if (c != '-')
				place->behind = 3;
			break;
		case IN_COMMENT:
			if (ends_word(place, "-->", c))
				place->where = IN_TEXT;
			break;
	}
}

static Piece *
add_piece(Reader *r, PieceKind kind)
{
	Template *template = r->template;
	Piece *piece = &template->pieces[template->count];

	if (template->count == PIECES_MAX)
	{
		(void) wrong(r, r->at, "there are too many variables and conditions");
		return NULL;
	}
	*piece = (Piece){ .kind = kind };
	template->count++;
	return piece;
}

static bool
add_bytes(Reader *r, const char *end)
{
	Piece *piece;

	if (end == r->at)
		return true;
	piece = add_piece(r, PIECE_BYTES);
	if (piece == NULL)
		return false;
	piece->start = (size_t) (r->at - r->start);
	piece->length = (size_t) (end - r->at);
	if (r->kind == TEMPLATE_HTML)
		for (const char *p = r->at; p < end; p++)
		{
			advance(&r->place, *p);
			if (strcmp(r->place.tag, "script") == 0)
				return wrong(r, p, "no mail program runs a script");
		}
	r->at = end;
	return true;
}

static bool
is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* May a variable of this kind stand where we are, behind which is next? */
static bool
may_stand(const Place *place, VariableKind kind, char next)
{
	static const char *const texts[] = { "alt", "title", "lang", "aria-label", NULL };
	static const char *const styles[] = { "style", "bgcolor", "color", NULL };
	const char *attribute = place->attribute;

	switch (place->where)
	{
		case IN_TEXT:
			return true;
		case IN_STYLE:
			return kind == VARIABLE_COLOR;
		case IN_QUOTES:
			if (kind == VARIABLE_PART)
				return false;
			if (kind == VARIABLE_LINK && strcmp(attribute, "href") == 0)
				return place->behind == 0 && next == place->quote;
			if (kind == VARIABLE_COLOR && is_one_of(attribute, styles))
				return true;
			return is_one_of(attribute, texts);
		default:
			return false;
	}
}

/* The variable of a name, or -1: there is none, which is an error. */
static int
find_variable(Reader *r, const char *name, size_t length)
{
	for (size_t i = 0; i < r->variable_count; i++)
		if (strlen(r->variables[i].name) == length &&
			memcmp(r->variables[i].name, name, length) == 0)
			return (int) i;
	(void) wrong(r, name, "there is no variable {{%.*s}} here", (int) length, name);
	return -1;
}

static bool
is_name(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!((name[i] >= 'a' && name[i] <= 'z') || name[i] == '_'))
			return false;
	return length > 0 && length < NAME_SIZE;
}

static bool
read_value(Reader *r, const char *name, size_t length, char next)
{
	int found = find_variable(r, name, length);
	VariableKind kind;
	Piece *piece;

	if (found < 0)
		return false;
	kind = r->variables[found].kind;
	if (kind == VARIABLE_FLAG)
		return wrong(r, name, "{{%.*s}} is for conditions alone", (int) length, name);
	if (r->kind == TEMPLATE_HTML && !may_stand(&r->place, kind, next))
		return wrong(r, name, "{{%.*s}} cannot stand here", (int) length, name);
	if (kind == VARIABLE_PART)
	{
		if (r->has_part || r->depth > 0)
			return wrong(r, name, "{{%.*s}} must be there once, and in no condition", (int) length,
						 name);
		r->has_part = true;
	}
	piece = add_piece(r, PIECE_VALUE);
	if (piece == NULL)
		return false;
	piece->variable = (size_t) found;
	return true;
}

static bool
read_condition(Reader *r, PieceKind kind, const char *name, size_t length)
{
	int found = find_variable(r, name, length);
	Piece *piece;

	if (found < 0)
		return false;
	if (r->kind == TEMPLATE_HTML && r->place.where != IN_TEXT)
		return wrong(r, name, "a condition cannot stand in a tag, a style or a comment");
	if (r->depth == DEPTH_MAX)
		return wrong(r, name, "there are too many conditions in each other");
	piece = add_piece(r, kind);
	if (piece == NULL)
		return false;
	piece->variable = (size_t) found;
	r->open[r->depth].piece = r->template->count - 1;
	r->open[r->depth].at = name;
	r->depth++;
	return true;
}

static bool
read_end(Reader *r, PieceKind kind, const char *at)
{
	const char *word = kind == PIECE_IF ? "if" : "unless";
	Piece *piece;

	if (r->depth == 0)
		return wrong(r, at, "{{/%s}} ends no condition", word);
	piece = &r->template->pieces[r->open[r->depth - 1].piece];
	if (piece->kind != kind)
		return wrong(r, at, "{{/%s}} is not the end of the condition that is open", word);
	if (r->kind == TEMPLATE_HTML && r->place.where != IN_TEXT)
		return wrong(r, at, "a condition cannot end in a tag, a style or a comment");
	r->depth--;
	piece->end = r->template->count;
	return true;
}

/* What is between {{ and }}, behind which is next. */
static bool
read_mark(Reader *r, const char *mark, size_t length, char next)
{
	static const struct
	{
		const char *word;
		PieceKind kind;
		bool ends;
	} conditions[] = {
		{ "#if ", PIECE_IF, false },
		{ "#unless ", PIECE_UNLESS, false },
		{ "/if", PIECE_IF, true },
		{ "/unless", PIECE_UNLESS, true },
	};

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
	{
		size_t word = strlen(conditions[i].word);

		if (length < word || memcmp(mark, conditions[i].word, word) != 0)
			continue;
		if (conditions[i].ends && length == word)
			return read_end(r, conditions[i].kind, mark);
		if (!conditions[i].ends && is_name(mark + word, length - word))
			return read_condition(r, conditions[i].kind, mark + word, length - word);
	}
	if (is_name(mark, length))
		return read_value(r, mark, length, next);
	return wrong(r, mark, "what is between {{ and }} is neither a variable nor a condition");
}

/*
 * A condition that has a line to itself leaves no empty one: *start and *end,
 * of what is between braces, become those of the line.
 */
static void
take_line(const Reader *r, const char **start, const char **end)
{
	const char *first = *start;
	const char *last = *end;

	while (first > r->at && (first[-1] == ' ' || first[-1] == '\t'))
		first--;
	while (last < r->end && (*last == ' ' || *last == '\t'))
		last++;
	if ((first == r->start || (first > r->start && first[-1] == '\n')) && last < r->end &&
		*last == '\n')
	{
		*start = first;
		*end = last + 1;
	}
}

static bool
read_pieces(Reader *r)
{
	while (r->at < r->end)
	{
		const char *open = memmem(r->at, (size_t) (r->end - r->at), "{{", 2);
		const char *close;
		const char *mark;
		size_t length;

		if (open == NULL)
			return add_bytes(r, r->end);
		mark = open + 2;
		close = memmem(mark, (size_t) (r->end - mark), "}}", 2);
		if (close == NULL || memchr(mark, '\n', (size_t) (close - mark)) != NULL)
			return wrong(r, open, "{{ has no }} in its line");
		length = (size_t) (close - mark);
		close += 2;
		if ((*mark == '#' || *mark == '/') && r->kind != TEMPLATE_LINE)
			take_line(r, &open, &close);
		if (!add_bytes(r, open) || !read_mark(r, mark, length, close < r->end ? *close : '\0'))
			return false;
		r->at = close;
	}
	return true;
}

/* The bytes are lines of text. */
static bool
check_bytes(Reader *r)
{
	int length;

	for (const char *p = r->start; p < r->end; p += length)
	{
		length = utf8_length((const unsigned char *) p, (const unsigned char *) r->end);
		if (length == 0)
			return wrong(r, p, "this is not UTF-8");
		if ((*p >= 0 && *p < ' ' && *p != '\n' && *p != '\t') || *p == 0x7f ||
			(*p == '\xc2' && (unsigned char) p[1] < 0xa0))
			return wrong(r, p, "this is a control character");
		if (*p == '\n' && r->kind == TEMPLATE_LINE)
			return wrong(r, p, "this is more than one line");
	}
	return true;
}

static bool
check_end(Reader *r)
{
	if (r->depth > 0)
		return wrong(r, r->open[r->depth - 1].at, "the condition that begins here has no end");
	if (r->place.where != IN_TEXT)
		return wrong(r, r->end, "a tag, a style or a comment has no end");
	for (size_t i = 0; i < r->variable_count; i++)
		if (r->variables[i].kind == VARIABLE_PART && r->variables[i].name[0] != '\0' &&
			!r->has_part)
			return wrong(r, r->end, "{{%s}} is missing", r->variables[i].name);
	return true;
}

/*
 * Of every line end \n is kept; a subject has none.  What some editors put in
 * front of UTF-8 is no text.
 */
static size_t
copy_bytes(char *to, const char *bytes, size_t length, TemplateKind kind)
{
	bool is_marked = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
	size_t n = 0;

	for (size_t i = is_marked ? 3 : 0; i < length; i++)
		if (bytes[i] != '\r' || i + 1 == length || bytes[i + 1] != '\n')
			to[n++] = bytes[i];
	if (kind == TEMPLATE_LINE && n > 0 && to[n - 1] == '\n')
		n--;
	return n;
}

Template *
template_read(const char *name, const char *bytes, size_t length, TemplateKind kind,
			  const Variable *variables, size_t count, char *error, size_t size)
{
	Template *template = calloc(1, sizeof(*template));
	Reader r = { .template = template, .name = name, .kind = kind, .error = error, .size = size };

	r.variables = variables;
	r.variable_count = count;
	if (template == NULL || (template->bytes = calloc(length + 1, 1)) == NULL ||
		(template->is_part = calloc(count + 1, sizeof(bool))) == NULL ||
		(template->pieces = calloc(PIECES_MAX, sizeof(Piece))) == NULL)
	{
		snprintf(error, size, "%s: there is no memory for it", name);
		template_free(template);
		return NULL;
	}
	template->kind = kind;
	for (size_t i = 0; i < count; i++)
		template->is_part[i] = variables[i].kind == VARIABLE_PART;
	r.start = r.at = template->bytes;
	r.end = r.start + copy_bytes(template->bytes, bytes, length, kind);
	if (length > TEMPLATE_MAX)
		(void) wrong(&r, r.start, "the file is too long");
	else if (r.start == r.end)
		(void) wrong(&r, r.start, "the file is empty");
	else if (check_bytes(&r) && read_pieces(&r) && check_end(&r))
	{
		Piece *pieces = realloc(template->pieces, template->count * sizeof(Piece));

		template->pieces = pieces == NULL ? template->pieces : pieces;
		return template;
	}
	template_free(template);
	return NULL;
}

void
template_free(Template *template)
{
	if (template == NULL)
		return;
	free(template->bytes);
	free(template->is_part);
	free(template->pieces);
	free(template);
}

static void
add_escaped(Text *out, const char *value)
{
	for (; *value != '\0'; value++)
	{
		switch (*value)
		{
			case '&':
				text_add_string(out, "&amp;");
				break;
			case '<':
				text_add_string(out, "&lt;");
				break;
			case '>':
				text_add_string(out, "&gt;");
				break;
			case '"':
				text_add_string(out, "&quot;");
				break;
			case '\'':
				text_add_string(out, "&#39;");
				break;
			default:
				text_add_char(out, *value);
		}
	}
}

void
template_fill(const Template *template, const char *const *values, Text *out)
{
	size_t i = 0;

	text_add_string(out, ""); /* it is a text, even if it says nothing */
	while (i < template->count)
	{
		const Piece *piece = &template->pieces[i++];
		const char *value = piece->kind == PIECE_BYTES ? NULL : values[piece->variable];
		bool has_value = value != NULL && *value != '\0';

		if (piece->kind == PIECE_BYTES)
			text_add(out, template->bytes + piece->start, piece->length);
		else if (piece->kind != PIECE_VALUE)
			i = has_value == (piece->kind == PIECE_IF) ? i : piece->end;
		else if (has_value && template->kind == TEMPLATE_HTML &&
				 !template->is_part[piece->variable])
			add_escaped(out, value);
		else if (has_value)
			text_add_string(out, value);
	}
}
