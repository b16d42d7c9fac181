/*
 * backend_shim.c: see backend_shim.h.
 *
 * The files of the extension are compiled as usual, against the server's
 * headers.  As far as possible they call the server's own code: the package of
 * the headers brings libpgcommon.a and libpgport.a, built for programs outside
 * the backend from the same sources.  They contain the JSON parser, SHA-256,
 * StringInfo, UTF-8 and strong random bytes; HMAC is OpenSSL's, as in the
 * backend.  Structures that both sides see (JsonSemAction) do not depend on
 * FRONTEND; all others are opaque.  With UTF-8 that JSON parser differs from
 * the backend's in two ways: it has no stack depth check, which claims.c does
 * not rely on, and it converts \u escapes itself, to the same bytes.
 *
 * This file supplies what has no meaning outside a backend: memory contexts,
 * errors, the clock, the database's encoding (UTF-8).  Memory comes from
 * malloc, piece by piece, so that AddressSanitizer sees the end of each.
 */
#include "postgres.h"

#include "backend_shim.h"
#include "fuzz.h"
#include "base/jerry.h"
#include "mb/pg_wchar.h"
#include "nodes/pg_list.h"
#include "base/settings.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#define UNIX_EPOCH_OFFSET ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/* The settings that the targets read; nothing ever changes them. */
Settings settings_values = {
	.access_token_ttl = 86400, .refresh_token_ttl = 604800, .issuer = "", .audience = ""
};
uint64 settings_changes;
uint64 settings_changes_read;
TimestampTz settings_reload_read;
TimestampTz PgReloadTime;

void
AcceptInvalidationMessages(void)
{
}

void
settings_load(void)
{
	REQUIRE(!"settings that never change are not read again");
}

/* Everything that was palloc'd since the statement began. */
static void **chunks;
static size_t nchunks;
static size_t nchunks_max;

/* What is to be called before that is freed. */
static MemoryContextCallback *callbacks;

static void **
find_chunk(void *chunk)
{
	size_t i = nchunks;

	while (i > 0 && chunks[i - 1] != chunk)
		i--;
	REQUIRE(i > 0);
	return &chunks[i - 1];
}

void *
palloc(Size size)
{
	if (nchunks == nchunks_max)
	{
		nchunks_max = nchunks_max * 2 + 64;
		chunks = realloc(chunks, nchunks_max * sizeof(*chunks));
		REQUIRE(chunks != NULL);
	}
	/* The backend would raise an error: no input may get that far. */
	REQUIRE(AllocSizeIsValid(size));
	chunks[nchunks] = malloc(size > 0 ? size : 1);
	REQUIRE(chunks[nchunks] != NULL);
	return chunks[nchunks++];
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return palloc0(size);
}

void *
repalloc(void *pointer, Size size)
{
	void **chunk = find_chunk(pointer);

	REQUIRE(AllocSizeIsValid(size));
	*chunk = realloc(*chunk, size > 0 ? size : 1);
	REQUIRE(*chunk != NULL);
	return *chunk;
}

void
pfree(void *pointer)
{
	void **chunk = find_chunk(pointer);

	free(*chunk);
	*chunk = chunks[--nchunks];
}

char *
pstrdup(const char *string)
{
	return strcpy(palloc(strlen(string) + 1), string);
}

List *
lappend(List *list, void *datum)
{
	if (list == NIL)
	{
		list = palloc0(sizeof(List));
		list->type = T_List;
		list->elements = palloc(sizeof(ListCell));
	}
	else
		list->elements = repalloc(list->elements, (list->length + 1) * sizeof(ListCell));
	list->elements[list->length++].ptr_value = datum;
	return list;
}

/* There is one context, whatever the caller says. */
MemoryContext CurrentMemoryContext;

void
MemoryContextRegisterResetCallback(MemoryContext context, MemoryContextCallback *callback)
{
	callback->next = callbacks;
	callbacks = callback;
}

void
shim_end_statement(void)
{
	for (; callbacks != NULL; callbacks = callbacks->next)
		callbacks->func(callbacks->arg);
	while (nchunks > 0)
		free(chunks[--nchunks]);
}

/* A value is never detoasted here: the targets make plain ones. */
struct varlena *
pg_detoast_datum_packed(struct varlena *datum)
{
	return datum;
}

bool
pg_verify_mbstr(int encoding, const char *string, int length, bool no_error)
{
	REQUIRE(no_error);
	return pg_encoding_verifymbstr(encoding, string, length) == length;
}

TimestampTz
GetCurrentTimestamp(void)
{
	return time_t_to_timestamptz(SHIM_NOW);
}

TimestampTz
time_t_to_timestamptz(pg_time_t seconds)
{
	return (seconds - UNIX_EPOCH_OFFSET) * USECS_PER_SEC;
}

pg_time_t
timestamptz_to_time_t(TimestampTz t)
{
	return t / USECS_PER_SEC + UNIX_EPOCH_OFFSET;
}

/*
 * No bytes from a client may raise an ERROR in the code under test: for it,
 * verdicts are results.
 */
bool
errstart_cold(int elevel, const char *domain)
{
	return true;
}

bool
errstart(int elevel, const char *domain)
{
	return true;
}

int
errcode(int sqlerrcode)
{
	return 0;
}

int
errmsg(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	return 0;
}

int
errmsg_internal(const char *format, ...)
{
	return errmsg("%s", format);
}

int
errdetail(const char *format, ...)
{
	return 0;
}

void
errfinish(const char *file, int line, const char *function)
{
	fprintf(stderr, "\n%s:%d: raised an error\n", file, line);
	abort();
}
