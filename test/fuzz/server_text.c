/*
 * server_text.c: see server_text.h.  A file of its own: the headers of
 * PostgreSQL and those of Kore do not go together.
 */
#include "postgres_fe.h"

#include "mb/pg_wchar.h"
#include "server_text.h"

bool
server_takes_text(const char *bytes, int length)
{
	return pg_encoding_verifymbstr(PG_UTF8, bytes, length) == length;
}
