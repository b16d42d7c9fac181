/*
 * audit.c: see audit.h.
 */
#include "store/audit.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "storage/lmgr.h"
#include "store/ids.h"
#include "store/row.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

bool
store_knows_audit(void)
{
	return OidIsValid(get_relname_relid("audit", get_namespace_oid("jerry", false)));
}

static IdSource audit_ids = ID_SOURCE("audit");

/* A month of even or of odd years, of UTC. */
typedef struct Partition
{
	const char *name;
	Statement insert;
	Statement is_old;
	Statement empty;
	bool is_ahead; /* the sequence has been compared with the ids in the table */
} Partition;

/* As with events, an id that is taken already is drawn again. */
#define INSERT_INTO(name)                                                                 \
	"INSERT INTO jerry." name                                                             \
	" (id, at, action, outcome, actor, user_id, session_id, role, acting_role, ip,"       \
	" user_agent, request_id, details)"                                                   \
	" VALUES (pg_catalog.nextval('jerry.audit_id_seq'::pg_catalog.regclass), $1, $2, $3," \
	" $4, $5, $6, $7, $8, $9, $10, $11, $12::pg_catalog.json)"                            \
	" ON CONFLICT (id) DO NOTHING"
#define IS_OLD(name)                                                                 \
	"SELECT FROM (SELECT at FROM jerry." name " ORDER BY id DESC LIMIT 1) AS newest" \
	" WHERE newest.at OPERATOR(pg_catalog.<) $1"                                     \
	" AND NOT EXISTS (SELECT FROM jerry." name " WHERE at OPERATOR(pg_catalog.>=) $1)"
#define INSERTED                                                                       \
	{                                                                                  \
		TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, UUIDOID, UUIDOID, TEXTOID, TEXTOID, \
			INETOID, TEXTOID, TEXTOID, TEXTOID                                         \
	}
#define PARTITION(name)                                                                     \
	{                                                                                       \
		name, { INSERT_INTO(name), 12, INSERTED }, { IS_OLD(name), 1, { TIMESTAMPTZOID } }, \
		{                                                                                   \
			"TRUNCATE ONLY jerry." name                                                     \
		}                                                                                   \
	}
#define MONTHS(years)                                                        \
	PARTITION(years "01"), PARTITION(years "02"), PARTITION(years "03"),     \
		PARTITION(years "04"), PARTITION(years "05"), PARTITION(years "06"), \
		PARTITION(years "07"), PARTITION(years "08"), PARTITION(years "09"), \
		PARTITION(years "10"), PARTITION(years "11"), PARTITION(years "12")

static Partition partitions[] = { MONTHS("audit_even_"), MONTHS("audit_odd_") };

StaticAssertDecl(lengthof(partitions) == AUDIT_PARTITIONS, "a partition is missing");

/* The partition of a time. */
static Partition *
partition_at(TimestampTz at)
{
	struct pg_tm tm;
	fsec_t fraction;

	if (timestamp2tm(at, NULL, &tm, &fraction, NULL, NULL) != 0)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range")));
	return &partitions[(tm.tm_year & 1) * MONTHS_PER_YEAR + tm.tm_mon - 1];
}

void
store_insert_audit(const AuditRow *row)
{
	Datum values[] = { TimestampTzGetDatum(row->at),
					   CStringGetTextDatum(row->action),
					   CStringGetTextDatum(row->outcome),
					   CStringGetTextDatum(row->actor),
					   UUIDPGetDatum(row->user_id),
					   UUIDPGetDatum(row->session_id),
					   CStringGetTextDatum(row->role),
					   text_datum(row->acting_role),
					   row->client->ip,
					   text_datum(row->client->user_agent),
					   text_datum(row->client->request_id),
					   text_datum(row->details) };
	char nulls[lengthof(values)];
	Partition *partition = partition_at(row->at);

	nulls[0] = ' '; /* the time may be 0 */
	for (int i = 1; i < lengthof(values); i++)
		nulls[i] = null_flag(values[i]);

	/*
	 * A taken id shows in its own partition alone.  What replication brings
	 * once this session has begun to write into a partition is in that one.
	 */
	if (!partition->is_ahead)
		ids_advance(&audit_ids);
	partition->is_ahead = true;
	for (int i = 0; i < ID_TRIES; i++)
	{
		if (statement_run(&partition->insert, values, nulls, NULL, NULL) == 1)
			return;
		ids_advance(&audit_ids);
	}
	ids_not_found(&audit_ids);
}

void
store_export_audit(int64 since, int64 last, int max, struct ReturnSetInfo *result)
{
	static Statement statement = {
		"SELECT a.id, pg_catalog.row_to_json(a)::pg_catalog.text"
		" FROM (SELECT id, at, action, outcome, actor, user_id, session_id, role, acting_role, ip,"
		" user_agent, request_id, details FROM jerry.audit"
		" WHERE id OPERATOR(pg_catalog.>) $1 AND id OPERATOR(pg_catalog.<=) $2"
		" ORDER BY id LIMIT $3) AS a ORDER BY a.id",
		3,
		{ INT8OID, INT8OID, INT4OID }
	};
	Datum values[] = { Int64GetDatum(since), Int64GetDatum(last), Int32GetDatum(max) };

	statement_fill(&statement, values, result);
}

/* A RowReader that adds a ListedAudit to a list. */
static bool
add_listed_audit(HeapTuple row, TupleDesc descriptor, void *list)
{
	ListedAudit *listed = palloc(sizeof(ListedAudit));

	listed->id = row_int64(row, 1, descriptor);
	listed->at = row_time(row, 2, descriptor);
	listed->action = row_text(row, 3, descriptor);
	listed->outcome = row_text(row, 4, descriptor);
	listed->actor = row_text(row, 5, descriptor);
	listed->session_id = row_text_or_null(row, 6, descriptor);
	listed->is_current = row_bool(row, 7, descriptor);
	listed->ip = row_text_or_null(row, 8, descriptor);
	listed->user_agent = row_text_or_null(row, 9, descriptor);
	listed->reason = row_text_or_null(row, 10, descriptor);
	*(List **) list = lappend(*(List **) list, listed);
	return true;
}

List *
store_list_audit(const pg_uuid_t *user_id, const pg_uuid_t *current, int64 before, int max)
{
	static Statement statement = {
		"SELECT id, at, action, outcome, actor, session_id::pg_catalog.text,"
		" COALESCE(session_id OPERATOR(pg_catalog.=) $2, false),"
		" CASE WHEN actor OPERATOR(pg_catalog.<>) 'admin' THEN pg_catalog.host(ip) END,"
		" CASE WHEN actor OPERATOR(pg_catalog.<>) 'admin' THEN user_agent END,"
		" CASE WHEN action OPERATOR(pg_catalog.=) 'session.end'"
		" THEN details OPERATOR(pg_catalog.->>) 'reason' END FROM jerry.audit"
		" WHERE user_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.<) $3"
		" AND (pg_catalog.starts_with(action, 'account.')"
		" OR pg_catalog.starts_with(action, 'session.')) ORDER BY id DESC LIMIT $4",
		4,
		{ UUIDOID, UUIDOID, INT8OID, INT4OID }
	};
	Datum values[] = { UUIDPGetDatum(user_id), UUIDPGetDatum(current), Int64GetDatum(before),
					   Int32GetDatum(max) };
	List *rows = NIL;

	statement_run(&statement, values, NULL, add_listed_audit, &rows);
	return rows;
}

/* A RowReader that adds a PastLogin to a list, if the row is one. */
static bool
add_login(HeapTuple row, TupleDesc descriptor, void *list)
{
	PastLogin *login;

	if (!row_bool(row, 1, descriptor))
		return false;
	login = palloc(sizeof(PastLogin));
	login->is_near = row_bool(row, 2, descriptor);
	login->user_agent = row_text_or_null(row, 3, descriptor);
	*(List **) list = lappend(*(List **) list, login);
	return true;
}

List *
store_list_logins(const pg_uuid_t *user_id, Datum ip, int max, bool *is_all)
{
	static Statement statement = {
		"SELECT action OPERATOR(pg_catalog.=) 'session.login'"
		" AND outcome OPERATOR(pg_catalog.=) 'OK',"
		" COALESCE(pg_catalog.set_masklen(ip, -1) OPERATOR(pg_catalog.<<=)"
		" pg_catalog.set_masklen($2, $3), false), user_agent FROM jerry.audit"
		" WHERE user_id OPERATOR(pg_catalog.=) $1 ORDER BY id DESC LIMIT $4",
		4,
		{ UUIDOID, INETOID, INT4OID, INT4OID }
	};
	Datum values[] = { UUIDPGetDatum(user_id), ip, Int32GetDatum(client_network_bits(ip)),
					   Int32GetDatum(max) };
	List *logins = NIL;

	*is_all = statement_run(&statement, values, NULL, add_login, &logins) < max;
	return logins;
}

static bool dropping;

bool
store_drops_audit(void)
{
	return dropping;
}

const char *
store_audit_partition(int partition)
{
	return partitions[partition].name;
}

bool
store_drop_audit(int partition, TimestampTz before)
{
	Partition *p = &partitions[partition];
	Datum values[] = { TimestampTzGetDatum(before) };

	if (statement_count(&p->is_old, values) == 0 ||
		!ConditionalLockRelationOid(relation_by_name(p->name), AccessExclusiveLock))
		return false;
	/* Again, now that nobody writes there. */
	if (statement_count(&p->is_old, values) == 0)
		return false;
	PG_TRY();
	{
		dropping = true;
		(void) statement_count(&p->empty, NULL);
	}
	PG_FINALLY();
	{
		dropping = false;
	}
	PG_END_TRY();
	return true;
}
