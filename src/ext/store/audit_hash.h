/*
 * audit_hash.h: a row of jerry.audit as one hash, the same wherever the row
 * is: whatever a session has set, after a dump and its restore, with another
 * release of the server.
 */
#ifndef JERRY_STORE_AUDIT_HASH_H
#define JERRY_STORE_AUDIT_HASH_H

#include "base/bytes.h"
#include "store/row.h"

/*
 * SHA-256 of the columns that are not NULL, in their order: of each its name,
 * a zero byte, the length of its value in four bytes, and the value in the
 * server's binary format, which for a text is its UTF-8.  So a column that a
 * later version adds changes the hash of no older row.
 */
extern void audit_row_hash(HeapTuple row, TupleDesc descriptor, uint8 hash[SHA256_LENGTH]);

#endif /* JERRY_STORE_AUDIT_HASH_H */
