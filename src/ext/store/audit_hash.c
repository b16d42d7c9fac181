/*
 * audit_hash.c: see audit_hash.h.
 */
#include "store/audit_hash.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/fmgrprotos.h"

/*
 * A value in the server's binary format; a text as it is: the extension needs a
 * database in UTF-8.
 */
static bytea *
sent(Oid type, Datum value)
{
	switch (type)
	{
		case INT8OID:
			return DatumGetByteaPP(DirectFunctionCall1(int8send, value));
		case TIMESTAMPTZOID:
			return DatumGetByteaPP(DirectFunctionCall1(timestamptz_send, value));
		case UUIDOID:
			return DatumGetByteaPP(DirectFunctionCall1(uuid_send, value));
		case INETOID:
			return DatumGetByteaPP(DirectFunctionCall1(inet_send, value));
		case TEXTOID:
		case JSONOID:
			return (bytea *) DatumGetTextPP(value);
		default:
			elog(ERROR, "unexpected type %u in jerry.audit", type);
	}
}

/* The name of a column, a zero byte, its value's length, and the value. */
static void
add(StringInfo buf, const char *name, bytea *value)
{
	appendBinaryStringInfo(buf, name, strlen(name) + 1);
	pq_sendint32(buf, VARSIZE_ANY_EXHDR(value));
	appendBinaryStringInfo(buf, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

void
audit_row_hash(HeapTuple row, TupleDesc descriptor, uint8 hash[SHA256_LENGTH])
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(descriptor, i);
		bool is_null;
		Datum value = heap_getattr(row, i + 1, descriptor, &is_null);

		if (!is_null)
			add(&buf, NameStr(column->attname), sent(column->atttypid, value));
	}
	sha256(buf.data, buf.len, hash);
}
