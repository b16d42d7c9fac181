/*
 * statement.c
 *		See store.h.
 *
 * Statements are prepared once per session.  Every name and operator in them is qualified, every value is a parameter.
 */
#include "store/store.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "store/probe.h"
#include "storage/lock.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

#define PARAMETERS_MAX 8

/* columns by position; they are never renamed, moved or dropped */
enum
{
	USER_ID = 1,
	USER_EMAIL,
	USER_PASSWORD_HASH,
	USER_IS_EMAIL_VERIFIED,
	USER_EMAIL_VERIFIED_AT,
	USER_CREATED_AT
};
enum
{
	SESSION_ID = 1,
	SESSION_USER_ID,
	SESSION_REFRESH_JTI,
	SESSION_IP,
	SESSION_USER_AGENT,
	SESSION_CREATED_AT,
	SESSION_EXPIRES_AT,
	SESSION_REVOKED_AT
};

typedef struct Statement
{
	const char *sql;
	int nparameters;
	Oid types[PARAMETERS_MAX];
	SPIPlanPtr plan;
} Statement;

/*
 * The values of our statements are hashes, keys and tokens.  A plan for them
 * would hold them, and debug_print_plan, which the caller can set, shows it;
 * extensions that log parameters log those of nested statements too.  Lasts
 * until the caller leaves its nest level.
 */
static void
hide_values(void)
{
	static const char *const quiet[][2] = {
		{ "plan_cache_mode", "force_generic_plan" },
		{ "pgaudit.log_parameter", "off" },
		{ "auto_explain.log_parameter_max_length", "0" },
	};

	for (int i = 0; i < lengthof(quiet); i++)
	{
		/*
		 * of an extension that is not there, or too old to have it, nothing is
		 * to be set
		 */
		const char *now = GetConfigOption(quiet[i][0], true, false);

		if (now != NULL && strcmp(now, quiet[i][1]) != 0)
			(void) set_config_option(quiet[i][0], quiet[i][1], PGC_SUSET, PGC_S_SESSION,
									 GUC_ACTION_SAVE, true, 0, false);
	}
}

/*
 * Runs a statement, which sees the last commit, and leaves SPI open for its result; every caller ends with SPI_finish.
 */
static void
run(Statement *statement, Datum *values, const char *nulls)
{
	int result;
	int nest;
	ErrorContextCallback hide = { .previous = error_context_stack,
								  .callback = jerry_hide_statement };

	error_context_stack = &hide;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (statement->plan == NULL)
	{
		SPIPlanPtr plan = SPI_prepare(statement->sql, statement->nparameters, statement->types);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare a statement: %s", SPI_result_code_string(SPI_result));
		statement->plan = plan;
	}
	nest = NewGUCNestLevel();
	hide_values();
	result = SPI_execute_plan(statement->plan, values, nulls, false, 0);
	AtEOXact_GUC(true, nest);
	if (result < 0)
		elog(ERROR, "could not execute a statement: %s", SPI_result_code_string(result));
	error_context_stack = hide.previous;
}

/* runs a statement for the number of rows it touched */
static int64
run_for_count(Statement *statement, Datum *values)
{
	int64 n;

	run(statement, values, NULL);
	n = SPI_processed;
	SPI_finish();
	return n;
}

/* runs a statement whose rows are those of a function */
static void
run_for_rows(Statement *statement, Datum *values, ReturnSetInfo *result)
{
	run(statement, values, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[i]);
	SPI_finish();
}

static Datum
column(int n, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, n, isnull);
}

static pg_uuid_t
uuid_column(int n)
{
	bool isnull;

	return *DatumGetUUIDP(column(n, &isnull));
}

static TimestampTz
time_column(int n)
{
	bool isnull;

	return DatumGetTimestampTz(column(n, &isnull));
}

static bool
bool_column(int n)
{
	bool isnull;

	return DatumGetBool(column(n, &isnull));
}

/* copied to a context that outlives SPI_finish */
static char *
text_column(int n, MemoryContext context)
{
	bool isnull;
	MemoryContext old = MemoryContextSwitchTo(context);
	char *result = TextDatumGetCString(column(n, &isnull));

	MemoryContextSwitchTo(old);
	return result;
}

static Datum
bytea_datum(const uint8 *bytes, int length)
{
	bytea *result = palloc(VARHDRSZ + length);

	SET_VARSIZE(result, VARHDRSZ + length);
	memcpy(VARDATA(result), bytes, length);
	return PointerGetDatum(result);
}

/* ---------- users ---------- */

bool
store_insert_user(const char *email, const char *password_hash, TimestampTz now, pg_uuid_t *id)
{
	static Statement statement = {
		"INSERT INTO jerry.\"user\" (email, password_hash, created_at, updated_at) VALUES ($1, $2, $3, $3) ON CONFLICT DO NOTHING RETURNING id",
		3,
		{ TEXTOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(email), CStringGetTextDatum(password_hash), TimestampTzGetDatum(now) };
	bool inserted;

	run(&statement, values, NULL);
	inserted = SPI_processed == 1;
	if (inserted)
		*id = uuid_column(1);
	SPI_finish();
	return inserted;
}

#define USER_COLUMNS "id, email::pg_catalog.text, password_hash::pg_catalog.text, is_email_verified, created_at"

/* the user in the result of a statement that returns USER_COLUMNS; ends it */
static bool
take_user(StoredUser *user, MemoryContext context)
{
	bool found = SPI_processed == 1;

	if (found)
	{
		user->id = uuid_column(1);
		user->email = text_column(2, context);
		user->password_hash = text_column(3, context);
		user->is_email_verified = bool_column(4);
		user->created_at = time_column(5);
	}
	SPI_finish();
	return found;
}

#define FIND_USER_BY_EMAIL                                                                                                \
	"SELECT " USER_COLUMNS " FROM jerry.\"user\" WHERE pg_catalog.lower(email::pg_catalog.text COLLATE pg_catalog.\"C\")" \
	" OPERATOR(pg_catalog.=) pg_catalog.lower($1 COLLATE pg_catalog.\"C\")"

bool
store_find_user_by_email(const char *email, Hold hold, StoredUser *user)
{
	static Statement statements[] = {
		[HOLD_NOT] = { FIND_USER_BY_EMAIL, 1, { TEXTOID } },
		[HOLD_SHARED] = { FIND_USER_BY_EMAIL " FOR SHARE", 1, { TEXTOID } },
		[HOLD_ALONE] = { FIND_USER_BY_EMAIL " FOR NO KEY UPDATE SKIP LOCKED", 1, { TEXTOID } },
	};
	MemoryContext context = CurrentMemoryContext;
	Datum values[] = { CStringGetTextDatum(email) };

	run(&statements[hold], values, NULL);
	return take_user(user, context);
}

void
store_mark_email_verified(const pg_uuid_t *id, TimestampTz now)
{
	static Statement statement = {
		"UPDATE jerry.\"user\" SET is_email_verified = true, email_verified_at = COALESCE(email_verified_at, $2), updated_at = $2"
		" WHERE id OPERATOR(pg_catalog.=) $1",
		2,
		{ UUIDOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(id), TimestampTzGetDatum(now) };

	run_for_count(&statement, values);
}

bool
store_replace_hash(const pg_uuid_t *id, const char *old_hash, const char *new_hash, TimestampTz now)
{
	/*
	 * SKIP LOCKED: two logins of one user that both waited for this would deadlock,
	 * and a login must not wait for a transaction of which another one was a part.
	 */
	static Statement statement = {
		"WITH owner AS MATERIALIZED"
		" (SELECT u.id FROM jerry.\"user\" AS u WHERE u.id OPERATOR(pg_catalog.=) $1"
		" AND u.password_hash::pg_catalog.text OPERATOR(pg_catalog.=) $2 FOR NO KEY UPDATE SKIP LOCKED)"
		" UPDATE jerry.\"user\" AS u SET password_hash = $3, updated_at = $4 FROM owner"
		" WHERE u.id OPERATOR(pg_catalog.=) owner.id",
		4,
		{ UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(id), CStringGetTextDatum(old_hash),
					   CStringGetTextDatum(new_hash), TimestampTzGetDatum(now) };

	return run_for_count(&statement, values) == 1;
}

/* ---------- sessions ---------- */

bool
store_insert_session(const NewSession *session, const pg_uuid_t *user_id, const char *verified_hash)
{
	/*
	 * FOR SHARE: the hash was read before bcrypt, and whoever changes it and deletes
	 * the sessions must win against a login that was let in by the old one.  Two of
	 * these locks do not exclude each other.
	 */
	static Statement statement = {
		"INSERT INTO jerry.session (id, user_id, refresh_jti, ip, user_agent, created_at, expires_at)"
		" SELECT $1, u.id, $3, $4, $5, $6, $7 FROM jerry.\"user\" AS u WHERE u.id OPERATOR(pg_catalog.=) $2"
		" AND u.password_hash::pg_catalog.text OPERATOR(pg_catalog.=) $8 FOR SHARE",
		8,
		{ UUIDOID, UUIDOID, UUIDOID, INETOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID }
	};
	Datum ip = session->client->ip;
	const char *agent = session->client->user_agent;
	Datum values[] = {
		UUIDPGetDatum(&session->id),
		UUIDPGetDatum(user_id),
		UUIDPGetDatum(&session->refresh_jti),
		ip,
		agent == NULL ? (Datum) 0 : CStringGetTextDatum(agent),
		TimestampTzGetDatum(session->now),
		TimestampTzGetDatum(session->expires_at),
		CStringGetTextDatum(verified_hash)
	};
	char nulls[] = { ' ', ' ', ' ', ip == (Datum) 0 ? 'n' : ' ', agent == NULL ? 'n' : ' ',
					 ' ', ' ', ' ' };
	bool inserted;

	run(&statement, values, nulls);
	inserted = SPI_processed == 1;
	SPI_finish();
	return inserted;
}

static bool
session_is_live(HeapTuple row, TupleDesc descriptor, void *user_id)
{
	return memcmp(DatumGetUUIDP(row_attribute(row, SESSION_USER_ID, descriptor)), user_id, UUID_LEN) == 0 &&
		   heap_attisnull(row, SESSION_REVOKED_AT, descriptor);
}

bool
store_session_is_live(const pg_uuid_t *id, const pg_uuid_t *user_id, ProbeView view)
{
	return probe("session", id, view, session_is_live, unconstify(pg_uuid_t *, user_id));
}

static bool
read_session(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredSession *session = arg;

	session->user_id = *DatumGetUUIDP(row_attribute(row, SESSION_USER_ID, descriptor));
	session->refresh_jti = *DatumGetUUIDP(row_attribute(row, SESSION_REFRESH_JTI, descriptor));
	session->expires_at = DatumGetTimestampTz(row_attribute(row, SESSION_EXPIRES_AT, descriptor));
	session->revoked = !heap_attisnull(row, SESSION_REVOKED_AT, descriptor);
	return true;
}

bool
store_find_session(const pg_uuid_t *id, StoredSession *session)
{
	return probe("session", id, PROBE_LATEST, read_session, session);
}

static bool
read_user(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredUser *user = arg;

	user->id = *DatumGetUUIDP(row_attribute(row, USER_ID, descriptor));
	user->email = TextDatumGetCString(row_attribute(row, USER_EMAIL, descriptor));
	user->password_hash = TextDatumGetCString(row_attribute(row, USER_PASSWORD_HASH, descriptor));
	user->is_email_verified = DatumGetBool(row_attribute(row, USER_IS_EMAIL_VERIFIED, descriptor));
	user->created_at = DatumGetTimestampTz(row_attribute(row, USER_CREATED_AT, descriptor));
	return true;
}

bool
store_find_user(const pg_uuid_t *id, ProbeView view, StoredUser *user)
{
	return probe("user", id, view, read_user, user);
}

bool
store_user_exists(const pg_uuid_t *id, ProbeView view)
{
	return probe("user", id, view, NULL, NULL);
}

/* ---------- one-time tokens ---------- */

void
store_insert_one_time_token(const uint8 *hash, const char *purpose, const pg_uuid_t *user_id, TimestampTz now, TimestampTz expires_at)
{
	static Statement statement = {
		"INSERT INTO jerry.one_time_token (token_hash, purpose, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
		5,
		{ BYTEAOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	Datum values[] = {
		bytea_datum(hash, 32), CStringGetTextDatum(purpose), UUIDPGetDatum(user_id), TimestampTzGetDatum(now), TimestampTzGetDatum(expires_at)
	};

	run_for_count(&statement, values);
}

bool
store_redeem_one_time_token(const uint8 *hash, const char *purpose, TimestampTz now, pg_uuid_t *user_id)
{
	static Statement statement = {
		/* the user is locked first, as by those who delete one, whose tokens go next: the other way round is a deadlock */
		"WITH owner AS MATERIALIZED"
		" (SELECT u.id FROM jerry.one_time_token AS t JOIN jerry.\"user\" AS u ON u.id OPERATOR(pg_catalog.=) t.user_id"
		" WHERE t.token_hash OPERATOR(pg_catalog.=) $1 AND t.purpose OPERATOR(pg_catalog.=) $2 AND t.expires_at OPERATOR(pg_catalog.>) $3"
		" FOR NO KEY UPDATE OF u)"
		" DELETE FROM jerry.one_time_token AS t USING owner WHERE t.token_hash OPERATOR(pg_catalog.=) $1"
		" AND t.user_id OPERATOR(pg_catalog.=) owner.id RETURNING t.user_id",
		3,
		{ BYTEAOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { bytea_datum(hash, 32), CStringGetTextDatum(purpose), TimestampTzGetDatum(now) };
	bool redeemed;

	run(&statement, values, NULL);
	redeemed = SPI_processed == 1;
	if (redeemed)
		*user_id = uuid_column(1);
	SPI_finish();
	return redeemed;
}

bool
store_one_time_token_exists(const uint8 *hash, const char *purpose)
{
	static Statement statement = {
		"SELECT FROM jerry.one_time_token WHERE token_hash OPERATOR(pg_catalog.=) $1 AND purpose OPERATOR(pg_catalog.=) $2",
		2,
		{ BYTEAOID, TEXTOID }
	};
	Datum values[] = { bytea_datum(hash, 32), CStringGetTextDatum(purpose) };

	return run_for_count(&statement, values) == 1;
}

bool
store_one_time_token_made_since(const pg_uuid_t *user_id, const char *purpose, TimestampTz since)
{
	static Statement statement = {
		"SELECT FROM jerry.one_time_token WHERE user_id OPERATOR(pg_catalog.=) $1"
		" AND purpose OPERATOR(pg_catalog.=) $2 AND created_at OPERATOR(pg_catalog.>) $3",
		3,
		{ UUIDOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(user_id), CStringGetTextDatum(purpose),
					   TimestampTzGetDatum(since) };

	return run_for_count(&statement, values) > 0;
}

void
store_delete_one_time_tokens_of(const pg_uuid_t *user_id, const char *purpose)
{
	static Statement statement = {
		"DELETE FROM jerry.one_time_token WHERE user_id OPERATOR(pg_catalog.=) $1 AND purpose OPERATOR(pg_catalog.=) $2",
		2,
		{ UUIDOID, TEXTOID }
	};
	Datum values[] = { UUIDPGetDatum(user_id), CStringGetTextDatum(purpose) };

	run_for_count(&statement, values);
}

/* ---------- signing keys ---------- */

Oid
store_key_relation(void)
{
	return relation_by_name("signing_key");
}

/*
 * Not SQL: in a transaction with an old snapshot a query would read old keys, and the cache that is filled with them outlives the transaction.
 */
StoredKey *
store_load_keys(int *n)
{
	enum
	{
		KID = 1,
		SECRET = 3,
		STATUS = 4,
		IMPORTED = 5
	};
	Relation rel = table_open(store_key_relation(), AccessShareLock);
	TupleDesc descriptor = RelationGetDescr(rel);
	/* without a snapshot: the latest, which GetLatestSnapshot refuses to a parallel query */
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	int room = 8;
	StoredKey *keys = palloc(room * sizeof(StoredKey));
	HeapTuple row;

	*n = 0;
	while ((row = systable_getnext(scan)) != NULL)
	{
		bool isnull;
		char *status = TextDatumGetCString(heap_getattr(row, STATUS, descriptor, &isnull));
		bytea *secret = DatumGetByteaPP(heap_getattr(row, SECRET, descriptor, &isnull));
		StoredKey key;

		if (strcmp(status, "retired") == 0)
			continue;
		key.kid = TextDatumGetCString(heap_getattr(row, KID, descriptor, &isnull));
		key.secret_length = VARSIZE_ANY_EXHDR(secret);
		key.secret = palloc(key.secret_length);
		memcpy(key.secret, VARDATA_ANY(secret), key.secret_length);
		key.active = strcmp(status, "active") == 0;
		key.imported = DatumGetBool(heap_getattr(row, IMPORTED, descriptor, &isnull));
		if (*n == room)
			keys = repalloc(keys, (room *= 2) * sizeof(StoredKey));
		keys[(*n)++] = key;
		if (key.active)
		{
			keys[*n - 1] = keys[0];
			keys[0] = key;
		}
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return keys;
}

static void
insert_key(const char *kid, const uint8 *secret, int length, bool imported, TimestampTz now)
{
	static Statement statement = {
		"INSERT INTO jerry.signing_key (kid, algorithm, secret, status, imported, created_at) VALUES ($1, 'HS256', $2, 'active', $3, $4)"
		" ON CONFLICT DO NOTHING",
		4,
		{ TEXTOID, BYTEAOID, BOOLOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(kid), bytea_datum(secret, length), BoolGetDatum(imported), TimestampTzGetDatum(now) };

	run_for_count(&statement, values);
	explicit_bzero(DatumGetPointer(values[1]), VARHDRSZ + length);
}

void
store_insert_first_key(const char *kid, const uint8 *secret, int length, TimestampTz now)
{
	insert_key(kid, secret, length, false, now);
}

bool
store_import_key(const char *kid, const uint8 *secret, int length, TimestampTz now)
{
	static Statement lock = { "LOCK TABLE jerry.signing_key IN SHARE ROW EXCLUSIVE MODE" };
	static Statement retired = {
		"SELECT FROM jerry.signing_key WHERE kid OPERATOR(pg_catalog.=) $1 AND status OPERATOR(pg_catalog.=) 'retired'",
		1,
		{ TEXTOID }
	};
	static Statement demote = {
		"UPDATE jerry.signing_key SET status = 'verifying' WHERE status OPERATOR(pg_catalog.=) 'active' AND kid OPERATOR(pg_catalog.<>) $1",
		1,
		{ TEXTOID }
	};
	static Statement promote = {
		"UPDATE jerry.signing_key SET status = 'active', imported = true WHERE kid OPERATOR(pg_catalog.=) $1"
		" AND (status OPERATOR(pg_catalog.<>) 'active' OR NOT imported)",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(kid) };

	run_for_count(&lock, NULL);
	if (run_for_count(&retired, values) > 0)
		return false;
	run_for_count(&demote, values);
	run_for_count(&promote, values);
	insert_key(kid, secret, length, true, now);
	return true;
}

/* ---------- events ---------- */

bool
store_knows_consumers(void)
{
	Oid relation = get_relname_relid("consumer", get_namespace_oid("jerry", false));

	return OidIsValid(relation) && get_attnum(relation, "complete") != InvalidAttrNumber;
}

/*
 * The names of all consumers, as an array.
 *
 * Not SQL: the last commit counts, also in a transaction with an old snapshot.
 * And the transaction has its number before it looks: whoever makes a consumer
 * and cannot be seen here can see that number, and wait for what is written
 * with it.
 */
static Datum
consumer_names(void)
{
	enum
	{
		NAME = 1
	};
	Relation rel = table_open(relation_by_name("consumer"), AccessShareLock);
	int room = 8;
	Datum *names = palloc(room * sizeof(Datum));
	int n = 0;
	SysScanDesc scan;
	HeapTuple row;

	(void) GetCurrentTransactionId();
	/* without a snapshot: the latest */
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	while ((row = systable_getnext(scan)) != NULL)
	{
		if (n == room)
			names = repalloc(names, (room *= 2) * sizeof(Datum));
		names[n++] =
			PointerGetDatum(DatumGetTextPCopy(row_attribute(row, NAME, RelationGetDescr(rel))));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT));
}

#define EVENT_ID_GAP_MAX 1000

/*
 * The rows came without their sequence, as they do by logical replication:
 * brings it to where they end.
 *
 * One session at a time, whose lock ends at once: it is not the transaction's.
 * A short way is gone by drawing ids, which cannot take back what others draw
 * meanwhile; for a long one the sequence is set, and nobody else gets as far in
 * that moment.
 */
static void
advance_event_ids(void)
{
	static Statement measure = {
		"SELECT COALESCE((SELECT pg_catalog.max(id) FROM jerry.event), 0) OPERATOR(pg_catalog.-) last_value FROM jerry.event_id_seq"
	};
	static Statement set = {
		"SELECT pg_catalog.setval('jerry.event_id_seq'::pg_catalog.regclass, (SELECT pg_catalog.max(id) FROM jerry.event))"
	};
	static Statement draw = {
		"SELECT pg_catalog.nextval('jerry.event_id_seq'::pg_catalog.regclass) FROM pg_catalog.generate_series(1, $1)",
		1,
		{ INT8OID }
	};
	LOCKTAG lock;
	int64 gap;
	bool isnull;

	SET_LOCKTAG_OBJECT(lock, MyDatabaseId, relation_by_name("event"), 0, 0);
	(void) LockAcquire(&lock, ExclusiveLock, false, false);
	run(&measure, NULL, NULL);
	gap = DatumGetInt64(column(1, &isnull));
	SPI_finish();
	if (gap > EVENT_ID_GAP_MAX)
		run_for_count(&set, NULL);
	else if (gap > 0)
	{
		Datum values[] = { Int64GetDatum(gap) };

		run_for_count(&draw, values);
	}
	(void) LockRelease(&lock, ExclusiveLock, false);
}

#define EVENT_COLUMNS "INSERT INTO jerry.event (event_type, payload, created_at"
/* an id that is taken already is no error: it is drawn again */
#define EVENT_VALUES  "$1, $2::pg_catalog.json, $3"
#define EVENT_ID	  " ON CONFLICT (id) DO NOTHING RETURNING id"
#define ID_TRIES	  10

int64
store_insert_event(const char *type, const char *payload, TimestampTz now)
{
	static Statement insert = {
		EVENT_COLUMNS ") VALUES (" EVENT_VALUES ")" EVENT_ID,
		3,
		{ TEXTOID, TEXTOID, TIMESTAMPTZOID }
	};
	static Statement insert_and_give = {
		"WITH event AS (" EVENT_COLUMNS ", dispatched, consumers) VALUES (" EVENT_VALUES ", true, $4)" EVENT_ID "),"
		" given AS (INSERT INTO jerry.delivery (consumer, event_id, claimable_at, attempts)"
		" SELECT name, event.id, $3, 0 FROM event CROSS JOIN pg_catalog.unnest($4) AS c (name) ON CONFLICT DO NOTHING)"
		" SELECT id FROM event",
		4,
		{ TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTARRAYOID }
	};
	bool give = store_knows_consumers();
	Datum values[] = { CStringGetTextDatum(type), CStringGetTextDatum(payload),
					   TimestampTzGetDatum(now), give ? consumer_names() : (Datum) 0 };

	for (int i = 0; i < ID_TRIES; i++)
	{
		int64 id = 0;
		bool isnull;

		run(give ? &insert_and_give : &insert, values, NULL);
		if (SPI_processed == 1)
			id = DatumGetInt64(column(1, &isnull));
		SPI_finish();
		if (id != 0)
			return id;
		advance_event_ids();
	}
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("could not find an id for an event: the sequence \"jerry.event_id_seq\" is behind its table")));
}

void
store_delete_event(int64 id)
{
	static Statement deliveries = {
		"DELETE FROM jerry.delivery WHERE event_id OPERATOR(pg_catalog.=) $1",
		1,
		{ INT8OID }
	};
	static Statement event = {
		"DELETE FROM jerry.event WHERE id OPERATOR(pg_catalog.=) $1",
		1,
		{ INT8OID }
	};
	Datum values[] = { Int64GetDatum(id) };

	run_for_count(&deliveries, values);
	run_for_count(&event, values);
}

/* ---------- consumers ---------- */

bool
store_find_consumer(const char *name, StoredConsumer *consumer)
{
	/*
	 * a horizon from the future came with the rows of another server, where
	 * nothing is under way any more
	 */
	static Statement statement = {
		"SELECT owner, complete, xmin, horizon IS NOT NULL, COALESCE("
		"pg_catalog.pg_snapshot_xmax(horizon) OPERATOR(pg_catalog.<=)"
		" pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()), false),"
		" pg_catalog.pg_snapshot_xmax(horizon)"
		" FROM jerry.consumer WHERE name OPERATOR(pg_catalog.=) $1",
		1,
		{ TEXTOID }
	};
	MemoryContext context = CurrentMemoryContext;
	Datum values[] = { CStringGetTextDatum(name) };
	bool found;
	bool isnull;

	run(&statement, values, NULL);
	found = SPI_processed == 1;
	if (found)
	{
		(void) column(1, &isnull);
		consumer->owner = isnull ? NULL : text_column(1, context);
		consumer->complete = bool_column(2);
		consumer->written_here =
			TransactionIdIsCurrentTransactionId(DatumGetTransactionId(column(3, &isnull)));
		consumer->has_horizon = bool_column(4);
		consumer->horizon_has_passed = bool_column(5);
		/* read after the horizon, which somebody may have set a moment ago */
		if (consumer->has_horizon && U64FromFullTransactionId(DatumGetFullTransactionId(column(6, &isnull))) >
										 U64FromFullTransactionId(ReadNextFullTransactionId()))
			consumer->horizon_has_passed = true;
	}
	SPI_finish();
	return found;
}

static LOCKTAG
name_lock(const char *name)
{
	LOCKTAG lock;

	SET_LOCKTAG_OBJECT(lock, MyDatabaseId, relation_by_name("consumer"),
					   DatumGetUInt32(hash_any((const unsigned char *) name, strlen(name))), 1);
	return lock;
}

bool
store_try_making_consumer(const char *name, Oid owner)
{
	LOCKTAG by_name = name_lock(name);
	LOCKTAG by_owner;

	SET_LOCKTAG_OBJECT(by_owner, MyDatabaseId, relation_by_name("consumer"), owner, 2);
	return LockAcquire(&by_name, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL &&
		   LockAcquire(&by_owner, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

void
store_count_consumers(const char *owner, int64 *all, int64 *owned)
{
	static Statement statement = {
		"SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE owner OPERATOR(pg_catalog.=) $1) FROM jerry.consumer",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(owner) };
	bool isnull;

	run(&statement, values, NULL);
	*all = DatumGetInt64(column(1, &isnull));
	*owned = DatumGetInt64(column(2, &isnull));
	SPI_finish();
}

bool
store_insert_consumer(const char *name, const char *owner, TimestampTz now)
{
	static Statement insert = {
		"INSERT INTO jerry.consumer (name, created_at, owner, complete) VALUES ($1, $2, $3, false) ON CONFLICT DO NOTHING",
		3,
		{ TEXTOID, TIMESTAMPTZOID, TEXTOID }
	};
	/*
	 * what is being deleted it need not have; should it stay after all, it was
	 * not seen
	 */
	static Statement deliver = {
		"WITH kept AS MATERIALIZED (SELECT id FROM jerry.event WHERE dispatched FOR KEY SHARE SKIP LOCKED),"
		" given AS (INSERT INTO jerry.delivery (consumer, event_id, claimable_at, attempts) SELECT $1, id, $2, 0 FROM kept ON CONFLICT DO NOTHING)"
		" UPDATE jerry.consumer SET seen = (SELECT pg_catalog.range_agg(pg_catalog.int8range(id, id, '[]')) FROM kept)"
		" WHERE name OPERATOR(pg_catalog.=) $1",
		2,
		{ TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(name), TimestampTzGetDatum(now),
					   CStringGetTextDatum(owner) };

	/*
	 * not if somebody else was first: what was acknowledged by now would come
	 * again
	 */
	return run_for_count(&insert, values) > 0 && run_for_count(&deliver, values) > 0;
}

/* the row of a consumer, unless somebody is changing it */
#define UNLESS_LOCKED(condition) \
	" WHERE name OPERATOR(pg_catalog.=) (SELECT name FROM jerry.consumer WHERE name OPERATOR(pg_catalog.=) $1 AND " condition " FOR NO KEY UPDATE SKIP LOCKED)"

void
store_adopt_consumer(const char *name, const char *owner)
{
	static Statement statement = {
		"UPDATE jerry.consumer SET owner = $2" UNLESS_LOCKED("owner IS NULL"),
		2,
		{ TEXTOID, TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(name), CStringGetTextDatum(owner) };

	run_for_count(&statement, values);
}

bool
store_assign_consumer(const char *name, const char *owner)
{
	static Statement statement = {
		"UPDATE jerry.consumer SET owner = $2 WHERE name OPERATOR(pg_catalog.=) $1",
		2,
		{ TEXTOID, TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(name), CStringGetTextDatum(owner) };

	return run_for_count(&statement, values) > 0;
}

void
store_set_horizon(const char *name)
{
	/*
	 * The consumer can be seen by now: who has no number yet will see it as well.
	 * A snapshot of now would not do: it ends behind the last number that has
	 * ended, and leaves out those in progress above.
	 */
	static Statement statement = {
		"UPDATE jerry.consumer SET horizon = pg_catalog.concat($2, ':', $2, ':')::pg_catalog.pg_snapshot" UNLESS_LOCKED("horizon IS NULL AND NOT complete"),
		2,
		{ TEXTOID, TEXTOID }
	};
	char *next = psprintf(UINT64_FORMAT, U64FromFullTransactionId(ReadNextFullTransactionId()));
	Datum values[] = { CStringGetTextDatum(name), CStringGetTextDatum(next) };

	run_for_count(&statement, values);
}

void
store_complete_consumer(const char *name, TimestampTz now)
{
	static Statement mark = {
		"UPDATE jerry.consumer SET complete = true, horizon = NULL" UNLESS_LOCKED("NOT complete"),
		1,
		{ TEXTOID }
	};
	static Statement deliver = {
		"INSERT INTO jerry.delivery (consumer, event_id, claimable_at, attempts)"
		" SELECT $1, missed.id, $2, 0 FROM"
		" (SELECT e.id FROM jerry.event AS e JOIN jerry.consumer AS c ON c.name OPERATOR(pg_catalog.=) $1"
		" WHERE e.dispatched AND NOT COALESCE(c.seen OPERATOR(pg_catalog.@>) e.id, false)"
		" AND NOT COALESCE(c.name OPERATOR(pg_catalog.=) ANY (e.consumers), false) FOR KEY SHARE OF e SKIP LOCKED) AS missed"
		" ON CONFLICT DO NOTHING",
		2,
		{ TEXTOID, TIMESTAMPTZOID }
	};
	static Statement forget = {
		"UPDATE jerry.consumer SET seen = NULL WHERE name OPERATOR(pg_catalog.=) $1",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(name), TimestampTzGetDatum(now) };

	if (run_for_count(&mark, values) == 0)
		return;
	run_for_count(&deliver, values);
	run_for_count(&forget, values);
}

bool
store_delete_consumer(const char *name)
{
	static Statement forget = {
		"DELETE FROM jerry.consumer WHERE name OPERATOR(pg_catalog.=) $1",
		1,
		{ TEXTOID }
	};
	/*
	 * what is claimed or written at this moment stays and goes with its event,
	 * or comes to the next consumer of that name
	 */
	static Statement forget_deliveries = {
		"DELETE FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1 AND event_id OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT event_id FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1 FOR UPDATE SKIP LOCKED))",
		1,
		{ TEXTOID }
	};
	LOCKTAG lock = name_lock(name);
	Datum values[] = { CStringGetTextDatum(name) };

	(void) LockAcquire(&lock, ExclusiveLock, false, false);
	if (run_for_count(&forget, values) == 0)
		return false;
	run_for_count(&forget_deliveries, values);
	return true;
}

void
store_dispatch_events(int batch, TimestampTz now)
{
	static Statement statement = {
		"WITH batch AS MATERIALIZED"
		" (SELECT id FROM jerry.event WHERE NOT dispatched ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED),"
		" marked AS"
		" (UPDATE jerry.event AS e SET dispatched = true, consumers = $3 FROM batch WHERE e.id OPERATOR(pg_catalog.=) batch.id)"
		" INSERT INTO jerry.delivery (consumer, event_id, claimable_at, attempts)"
		" SELECT c.name, batch.id, $2, 0 FROM pg_catalog.unnest($3) AS c (name) CROSS JOIN batch ON CONFLICT DO NOTHING",
		3,
		{ INT4OID, TIMESTAMPTZOID, TEXTARRAYOID }
	};
	Datum values[] = { Int32GetDatum(batch), TimestampTzGetDatum(now), consumer_names() };

	run_for_count(&statement, values);
}

void
store_claim_events(const char *consumer, int max, TimestampTz now, TimestampTz lease_end, ReturnSetInfo *result)
{
	static Statement statement = {
		"WITH due AS MATERIALIZED"
		" (SELECT event_id FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1 AND claimable_at OPERATOR(pg_catalog.<=) $3"
		" ORDER BY event_id LIMIT $2 FOR UPDATE SKIP LOCKED),"
		" claimed AS"
		" (UPDATE jerry.delivery AS d SET claimable_at = $4, attempts = attempts OPERATOR(pg_catalog.+) 1 FROM due"
		" WHERE d.consumer OPERATOR(pg_catalog.=) $1 AND d.event_id OPERATOR(pg_catalog.=) due.event_id RETURNING d.event_id, d.attempts)"
		" SELECT e.id, e.event_type, e.payload, claimed.attempts FROM claimed JOIN jerry.event AS e ON e.id OPERATOR(pg_catalog.=) claimed.event_id"
		" ORDER BY e.id",
		4,
		{ TEXTOID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(consumer), Int32GetDatum(max), TimestampTzGetDatum(now), TimestampTzGetDatum(lease_end) };

	run_for_rows(&statement, values, result);
}

int64
store_delete_deliveries(const char *consumer, Datum event_ids, bool *left)
{
	static Statement delete = {
		"DELETE FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1 AND event_id OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT event_id FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1 AND event_id OPERATOR(pg_catalog.=) ANY ($2) FOR UPDATE SKIP LOCKED))",
		2,
		{ TEXTOID, INT8ARRAYOID }
	};
	static Statement look = {
		"SELECT FROM jerry.delivery WHERE consumer OPERATOR(pg_catalog.=) $1 AND event_id OPERATOR(pg_catalog.=) ANY ($2) LIMIT 1",
		2,
		{ TEXTOID, INT8ARRAYOID }
	};
	Datum values[] = { CStringGetTextDatum(consumer), event_ids };
	int64 n = run_for_count(&delete, values);

	*left = run_for_count(&look, values) > 0;
	return n;
}

int64
store_renew_deliveries(const char *consumer, TimestampTz since, TimestampTz now)
{
	static Statement reset = {
		"UPDATE jerry.delivery SET claimable_at = $3, attempts = 0 WHERE consumer OPERATOR(pg_catalog.=) $1 AND event_id OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT d.event_id FROM jerry.delivery AS d JOIN jerry.event AS e ON e.id OPERATOR(pg_catalog.=) d.event_id"
		" WHERE d.consumer OPERATOR(pg_catalog.=) $1 AND e.created_at OPERATOR(pg_catalog.>=) $2 FOR UPDATE OF d SKIP LOCKED))",
		3,
		{ TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	/*
	 * what is not dispatched yet comes anyway; what is being deleted stays as
	 * it is
	 */
	static Statement insert = {
		"INSERT INTO jerry.delivery (consumer, event_id, claimable_at, attempts)"
		" SELECT $1, e.id, $3, 0 FROM"
		" (SELECT id FROM jerry.event AS e WHERE dispatched AND created_at OPERATOR(pg_catalog.>=) $2 AND NOT EXISTS"
		" (SELECT FROM jerry.delivery AS d WHERE d.consumer OPERATOR(pg_catalog.=) $1 AND d.event_id OPERATOR(pg_catalog.=) e.id)"
		" FOR KEY SHARE OF e SKIP LOCKED) AS e"
		" ON CONFLICT DO NOTHING",
		3,
		{ TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(consumer), TimestampTzGetDatum(since), TimestampTzGetDatum(now) };

	return run_for_count(&reset, values) + run_for_count(&insert, values);
}

Datum
store_announce_change(FunctionCallInfo fcinfo)
{
	Relation rel;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("function was not called by a trigger")));
	rel = ((TriggerData *) fcinfo->context)->tg_relation;
	CacheInvalidateRelcacheByRelid(RelationGetRelid(rel));
	return PointerGetDatum(NULL);
}

/* ---------- settings ---------- */

/* not SQL, for the same reason as the keys above */
StoredSetting *
store_load_settings(Oid *relation, int *n)
{
	enum
	{
		NAME = 1,
		VALUE
	};
	Oid id = get_relname_relid("setting", get_namespace_oid("jerry", true));
	Relation rel;
	SysScanDesc scan;
	int room = 16;
	StoredSetting *found = palloc(room * sizeof(StoredSetting));
	HeapTuple row;

	*n = 0;
	*relation = id;
	rel = OidIsValid(id) ? try_table_open(id, AccessShareLock) : NULL;
	if (rel == NULL)
		return found;
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	while ((row = systable_getnext(scan)) != NULL)
	{
		if (*n == room)
			found = repalloc(found, (room *= 2) * sizeof(StoredSetting));
		found[*n].name = TextDatumGetCString(row_attribute(row, NAME, RelationGetDescr(rel)));
		found[*n].value = TextDatumGetCString(row_attribute(row, VALUE, RelationGetDescr(rel)));
		(*n)++;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

void
store_set_setting(const char *name, const char *value, TimestampTz now)
{
	static Statement statement = {
		"INSERT INTO jerry.setting AS s (name, value, changed_at) VALUES ($1, $2, $3)"
		" ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, changed_at = EXCLUDED.changed_at",
		3,
		{ TEXTOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(name), CStringGetTextDatum(value),
					   TimestampTzGetDatum(now) };

	run_for_count(&statement, values);
}

void
store_delete_setting(const char *name)
{
	static Statement statement = {
		"DELETE FROM jerry.setting WHERE name OPERATOR(pg_catalog.=) $1",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(name) };

	run_for_count(&statement, values);
}

void
store_show_settings(Datum names, Datum used, ReturnSetInfo *result)
{
	static Statement statement = {
		"SELECT p.name, p.setting, p.unit, p.boot_val,"
		" CASE WHEN p.source OPERATOR(pg_catalog.<>) 'default' THEN p.source WHEN u.used THEN 'jerry.setting' ELSE 'default' END,"
		" s.value, s.changed_at FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS u (name, used)"
		" JOIN pg_catalog.pg_settings AS p ON p.name OPERATOR(pg_catalog.=) u.name"
		" LEFT JOIN jerry.setting AS s ON s.name OPERATOR(pg_catalog.=) u.name ORDER BY p.name COLLATE pg_catalog.\"C\"",
		2,
		{ TEXTARRAYOID, BOOLARRAYOID }
	};
	Datum values[] = { names, used };

	run_for_rows(&statement, values, result);
}

/* ---------- maintenance ---------- */

/* neither a consumer that has it, nor one that is still to be given what it missed */
#define NOBODY_WAITS                                                                                                                            \
	"NOT EXISTS (SELECT FROM jerry.consumer AS c"                                                                                               \
	" WHERE EXISTS (SELECT FROM jerry.delivery AS d WHERE d.consumer OPERATOR(pg_catalog.=) c.name AND d.event_id OPERATOR(pg_catalog.=) e.id)" \
	" OR NOT (c.complete OR COALESCE(c.seen OPERATOR(pg_catalog.@>) e.id, false)"                                                               \
	" OR COALESCE(c.name OPERATOR(pg_catalog.=) ANY (e.consumers), false)))"

int64
store_delete_events(TimestampTz before, int batch)
{
	/*
	 * locked first: whoever makes a delivery passes over what is locked, and
	 * what came before that the next statements see
	 */
	static Statement lock = {
		"SELECT pg_catalog.array_agg(locked.id) FROM"
		" (SELECT e.id FROM jerry.event AS e WHERE e.dispatched AND e.created_at OPERATOR(pg_catalog.<) $1 AND " NOBODY_WAITS
		" ORDER BY e.id LIMIT $2 FOR UPDATE OF e SKIP LOCKED) AS locked",
		2,
		{ TIMESTAMPTZOID, INT4OID }
	};
	/* of consumers that were removed */
	static Statement delete_deliveries = {
		"DELETE FROM jerry.delivery WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT d.ctid FROM jerry.delivery AS d WHERE d.event_id OPERATOR(pg_catalog.=) ANY ($1)"
		" AND NOT EXISTS (SELECT FROM jerry.consumer AS c WHERE c.name OPERATOR(pg_catalog.=) d.consumer) FOR UPDATE OF d SKIP LOCKED))",
		1,
		{ INT8ARRAYOID }
	};
	static Statement delete = {
		"DELETE FROM jerry.event AS e WHERE e.id OPERATOR(pg_catalog.=) ANY ($1) AND " NOBODY_WAITS
		" AND NOT EXISTS (SELECT FROM jerry.delivery AS d WHERE d.event_id OPERATOR(pg_catalog.=) e.id)",
		1,
		{ INT8ARRAYOID }
	};
	Datum values[] = { TimestampTzGetDatum(before), Int32GetDatum(batch) };
	Datum ids;
	bool none;

	run(&lock, values, NULL);
	ids = column(1, &none);
	if (!none)
		ids = SPI_datumTransfer(ids, false, -1);
	SPI_finish();
	if (none)
		return 0;
	run_for_count(&delete_deliveries, &ids);
	return run_for_count(&delete, &ids);
}

int64
store_delete_one_time_tokens(TimestampTz expired_before, int batch)
{
	static Statement statement = {
		"DELETE FROM jerry.one_time_token WHERE token_hash OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT token_hash FROM jerry.one_time_token WHERE expires_at OPERATOR(pg_catalog.<) $1"
		" ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
		2,
		{ TIMESTAMPTZOID, INT4OID }
	};
	Datum values[] = { TimestampTzGetDatum(expired_before), Int32GetDatum(batch) };

	return run_for_count(&statement, values);
}

int64
store_delete_sessions(TimestampTz expired_before, int batch)
{
	static Statement statement = {
		"DELETE FROM jerry.session WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT id FROM jerry.session WHERE expires_at OPERATOR(pg_catalog.<) $1"
		" ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
		2,
		{ TIMESTAMPTZOID, INT4OID }
	};
	Datum values[] = { TimestampTzGetDatum(expired_before), Int32GetDatum(batch) };

	return run_for_count(&statement, values);
}

/* ---------- the guards ---------- */

bool
store_is_member_table(Oid relation_id)
{
	Oid extension = getExtensionOfObject(RelationRelationId, relation_id);

	return OidIsValid(extension) && extension == get_extension_oid("jerry", true);
}

/*
 * Has it the columns of jerry.user, whatever their names are now, but for those
 * that were dropped?
 */
static bool
is_like_user_table(Oid relation_id)
{
	static const Oid types[] = { UUIDOID, VARCHAROID, VARCHAROID,
								 BOOLOID, TIMESTAMPTZOID, TIMESTAMPTZOID };

	for (int i = 0; i < lengthof(types); i++)
	{
		Oid type = get_atttype(relation_id, i + 1);

		if (type != types[i] && (i == 0 || OidIsValid(type)))
			return false;
	}
	return true;
}

/*
 * Does a table of the extension refer to this one?  Or did it: a CASCADE has
 * dropped the foreign key before it comes to the table, but the command's
 * snapshot is older.
 */
static bool
extension_refers_to(Oid extension, Oid relation_id)
{
	Relation rel = table_open(ConstraintRelationId, AccessShareLock);
	SysScanDesc scan =
		systable_beginscan(rel, InvalidOid, false, ActiveSnapshotSet() ? GetActiveSnapshot() : NULL,
						   0, NULL);
	HeapTuple tuple;
	bool found = false;

	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT(tuple);

		found = constraint->contype == CONSTRAINT_FOREIGN && constraint->confrelid == relation_id &&
				getExtensionOfObject(RelationRelationId, constraint->conrelid) == extension;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

bool
store_is_user_table(Oid relation_id)
{
	Oid extension = get_extension_oid("jerry", true);
	char *name = get_rel_name(relation_id);
	bool is_like;

	if (name == NULL || get_rel_relkind(relation_id) != RELKIND_RELATION)
		return false;
	if (strcmp(name, "user") == 0 &&
		get_rel_namespace(relation_id) == get_namespace_oid("jerry", true))
		return true;
	/*
	 * renamed, in a schema that was, or taken out of the extension, it still
	 * holds the users
	 */
	is_like = is_like_user_table(relation_id);
	if (OidIsValid(extension) && getExtensionOfObject(RelationRelationId, relation_id) == extension)
		return is_like || get_attnum(relation_id, "password_hash") > 0;
	return is_like && OidIsValid(extension) && extension_refers_to(extension, relation_id);
}

bool
store_table_has_rows(Oid relation_id)
{
	Relation rel = table_open(relation_id, AccessShareLock);
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);
	bool found = heap_getnext(scan, ForwardScanDirection) != NULL;

	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
	return found;
}
