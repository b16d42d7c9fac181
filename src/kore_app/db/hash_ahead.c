/*
 * hash_ahead.c: see hash_ahead.h.
 *
 * Each of the arguments is an array with a place for each call; a place that is
 * not used is NULL.  As the values are parameters, none has to be quoted.
 */
#include "db/hash_ahead.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <kore/kore.h>

/* What a call has one value of: its kind, the address, the password. */
#define SINGLE_VALUES 3

static char ahead_sql[1024];
static Statement ahead_statement;
static int client_values;

static void __attribute__((format(printf, 1, 2)))
append_ahead(const char *format, ...)
{
	size_t used = strlen(ahead_sql);
	va_list values;

	va_start(values, format);
	vsnprintf(ahead_sql + used, sizeof(ahead_sql) - used, format, values);
	va_end(values);
}

const Statement *
hash_ahead_statement(const Statement *like)
{
	int value = 0;

	if (ahead_statement.name != NULL)
		return &ahead_statement;
	client_values = like->nparams - like->ahead.client;
	append_ahead("SELECT jerry.hash_ahead(");
	for (int i = 0; i < SINGLE_VALUES; i++)
	{
		append_ahead("ARRAY[");
		for (int call = 0; call < HASH_AHEAD_MAX; call++)
			append_ahead("%s$%d::pg_catalog.text", call > 0 ? ", " : "", ++value);
		append_ahead("], ");
	}
	append_ahead("ARRAY[");
	for (int call = 0; call < HASH_AHEAD_MAX; call++)
	{
		append_ahead("%sROW(", call > 0 ? ", " : "");
		for (int i = 0; i < client_values; i++)
			append_ahead("%s$%d", i > 0 ? ", " : "", ++value);
		append_ahead(")::jerry.client");
	}
	append_ahead("])");
	if (value > HASH_AHEAD_MAX_VALUES || strlen(ahead_sql) == sizeof(ahead_sql) - 1)
		fatalx("jerry: a client has too many values");
	ahead_statement = (Statement){ .name = "hash_ahead",
								   .sql = ahead_sql,
								   .nparams = value,
								   .lane = like->lane,
								   .style = ANSWER_BARE };
	return &ahead_statement;
}

void
hash_ahead_values(const HashAheadCall *calls, int ncalls,
				  const char *values[HASH_AHEAD_MAX_VALUES])
{
	const char **kinds = values;
	const char **emails = kinds + HASH_AHEAD_MAX;
	const char **passwords = emails + HASH_AHEAD_MAX;
	const char **clients = passwords + HASH_AHEAD_MAX;

	memset(values, 0, HASH_AHEAD_MAX_VALUES * sizeof(*values));
	for (int i = 0; i < ncalls; i++)
	{
		const StatementAhead *ahead = &calls[i].statement->ahead;

		kinds[i] = ahead->kind;
		emails[i] = calls[i].values[ahead->email];
		passwords[i] = calls[i].values[ahead->password];
		memcpy(clients + i * client_values, calls[i].values + ahead->client,
			   (size_t) client_values * sizeof(*clients));
	}
}
