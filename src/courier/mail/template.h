/*
 * template.h: texts with variables in them, and conditions; nothing else.
 *
 *   {{name}}                                 the value of a variable
 *   {{#if name}} ... {{/if}}                 if it has one
 *   {{#unless name}} ... {{/unless}}         if it has none
 *
 * A value is escaped for the place where it stands.  Where no escaping would
 * help (in a script, in a tag outside of its attributes) no variable may stand:
 * that, an unknown name, an open condition or what is not UTF-8 is found when
 * the template is read.
 */
#ifndef JERRY_TEMPLATE_H
#define JERRY_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/text.h"

#define TEMPLATE_MAX (64 * 1024) /* bytes of a file */

typedef enum TemplateKind
{
	TEMPLATE_LINE,	/* one line: a subject */
	TEMPLATE_PLAIN, /* lines of text */
	TEMPLATE_HTML	/* a part of a page: every tag that it opens it closes with > */
} TemplateKind;

/* What is in a variable, and so where in HTML it may stand. */
typedef enum VariableKind
{
	VARIABLE_TEXT,	/* in text and in attributes, but not in those that are links or styles */
	VARIABLE_LINK,	/* an URL of http or https: there, and as all of an attribute that is a link */
	VARIABLE_COLOR, /* such as #1f6feb: there, and in styles */
	VARIABLE_FLAG,	/* in conditions only */
	VARIABLE_PART	/* another template of the same kind: once, and where it may be text */
} VariableKind;

typedef struct Variable
{
	const char *name; /* empty: this template has it not */
	VariableKind kind;
} Variable;

typedef struct Template Template;

/*
 * Reads a template that may use count variables: their values come in the same
 * order.  name is that of its file, for the error.  NULL: error is one line
 * that says where and what is wrong.
 */
extern Template *template_read(const char *name, const char *bytes, size_t length,
							   TemplateKind kind, const Variable *variables, size_t count,
							   char *error, size_t size);
extern void template_free(Template *template);

/*
 * Adds the template with these values; NULL or an empty one: the variable has
 * none.  out->failed: there was no memory.
 */
extern void template_fill(const Template *template, const char *const *values, Text *out);

#endif /* JERRY_TEMPLATE_H */
