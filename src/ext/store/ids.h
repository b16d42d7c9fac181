/*
 * ids.h: ids from a sequence, in tables whose rows may have come without it.
 */
#ifndef JERRY_STORE_IDS_H
#define JERRY_STORE_IDS_H

#include "store/statement.h"

/* The sequence of jerry.NAME, jerry.NAME_id_seq.  Static, as its statements. */
typedef struct IdSource
{
	const char *table;
	Statement measure;
	Statement set;
	Statement draw;
} IdSource;

#define ID_SOURCE(name)                                                                     \
	{                                                                                       \
		name,                                                                               \
			{ "SELECT COALESCE((SELECT pg_catalog.max(id) FROM jerry." name "), 0)"         \
			  " OPERATOR(pg_catalog.-) CASE WHEN is_called THEN last_value"                 \
			  " ELSE last_value OPERATOR(pg_catalog.-) 1 END FROM jerry." name "_id_seq" }, \
			{ "SELECT pg_catalog.setval('jerry." name "_id_seq'::pg_catalog.regclass,"      \
			  " (SELECT pg_catalog.max(id) FROM jerry." name "))" },                        \
		{                                                                                   \
			"SELECT pg_catalog.nextval('jerry." name "_id_seq'::pg_catalog.regclass)"       \
			" FROM pg_catalog.generate_series(1, $1)",                                      \
				1,                                                                          \
			{                                                                               \
				INT8OID                                                                     \
			}                                                                               \
		}                                                                                   \
	}

/* How often an id is drawn that is taken, before ids_not_found(). */
#define ID_TRIES 10

/*
 * Brings the sequence to where the ids of the table end, if it is behind, as
 * logical replication leaves it, which brings rows alone.
 */
extern void ids_advance(IdSource *ids);

/* Raises the error of a sequence that stays behind. */
extern void ids_not_found(const IdSource *ids) __attribute__((noreturn));

#endif /* JERRY_STORE_IDS_H */
