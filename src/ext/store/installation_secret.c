/*
 * installation_secret.c: see installation_secret.h.
 */
#include "store/installation_secret.h"

#include "catalog/namespace.h"
#include "store/row.h"
#include "utils/lsyscache.h"

typedef struct Secret
{
	uint8 *bytes;
	bool found;
} Secret;

/* RowReader for a Secret. */
static bool
read_secret(HeapTuple row, TupleDesc descriptor, void *arg)
{
	Secret *secret = arg;
	bytea *value = DatumGetByteaPP(row_attribute(row, 1, descriptor));

	secret->found = VARSIZE_ANY_EXHDR(value) == SHA256_LENGTH;
	if (secret->found)
		memcpy(secret->bytes, VARDATA_ANY(value), SHA256_LENGTH);
	return true;
}

bool
store_installation_secret(uint8 bytes[SHA256_LENGTH])
{
	Oid table = get_relname_relid("installation_secret", get_namespace_oid("jerry", true));
	Secret secret = { bytes };

	if (OidIsValid(table))
		scan_latest(table, read_secret, &secret);
	return secret.found;
}
