/*
 * session.c: see session.h.
 */
#include "store/session.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "store/owner.h"
#include "store/statement.h"
#include "store/user.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * Columns of 1.1.0 by position; they are never renamed, moved or dropped.
 * Later ones by name.
 */
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

/* As idx_session_last_used has it. */
#define LAST_USED "COALESCE(last_used_at, created_at)"

/* In ms: other work may be waiting behind who waits for a session. */
#define HOLD_WAIT_MS 500

/*
 * FOR SHARE: the user was read before bcrypt, and whoever changes the hash, or
 * bans or deletes the user, and ends the sessions, must win against a login
 * that was let in before.  Two of these locks do not exclude each other.
 */
#define INSERT_SESSION(columns, values)                                                \
	"INSERT INTO jerry.session (id, user_id, refresh_jti, ip, user_agent, created_at," \
	" expires_at" columns ")"                                                          \
	" SELECT $1, u.id, $3, $4, $5, $6, $7" values " FROM jerry.\"user\" AS u"          \
	" WHERE u.id OPERATOR(pg_catalog.=) $2"                                            \
	" AND u.password_hash::pg_catalog.text OPERATOR(pg_catalog.=) $8"
#define IS_LET_IN                                                                \
	" AND (u.banned_until IS NULL OR u.banned_until OPERATOR(pg_catalog.<=) $6)" \
	" AND u.deletes_at IS NULL"
#define SESSION_TYPES \
	UUIDOID, UUIDOID, UUIDOID, INETOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID

/* A parameter: an array; palloc'd, 0 for none. */
static Datum
methods_datum(const List *methods)
{
	int n = list_length(methods);
	Datum *names = palloc(n * sizeof(Datum));

	for (int i = 0; i < n; i++)
		names[i] = CStringGetTextDatum(list_nth(methods, i));
	return n == 0 ? 0
				  : PointerGetDatum(
						construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT));
}

bool
store_insert_session(const NewSession *session, const pg_uuid_t *user_id, const char *verified_hash)
{
	static Statement plain = { INSERT_SESSION("", "") " FOR SHARE", 8, { SESSION_TYPES } };
	static Statement statement = {
		INSERT_SESSION(", aal, amr, authenticated_at", ", $9, $10, $11") IS_LET_IN " FOR SHARE",
		11,
		{ SESSION_TYPES, INT2OID, TEXTARRAYOID, TIMESTAMPTZOID }
	};
	Datum ip = session->client->ip;
	const char *user_agent = session->client->user_agent;
	Datum agent = text_datum(user_agent);
	Datum methods = methods_datum(session->assurance.methods);
	Datum values[] = {
		UUIDPGetDatum(&session->id),
		UUIDPGetDatum(user_id),
		UUIDPGetDatum(&session->refresh_jti),
		ip,
		agent,
		TimestampTzGetDatum(session->now),
		TimestampTzGetDatum(session->expires_at),
		CStringGetTextDatum(verified_hash),
		Int16GetDatum(session->assurance.level),
		methods,
		TimestampTzGetDatum(session->assurance.authenticated_at)
	};
	char nulls[] = { ' ', ' ', ' ', null_flag(ip), null_flag(agent), ' ',
					 ' ', ' ', ' ', null_flag(methods), ' ' };

	return statement_run(tables_are_updated() ? &statement : &plain, values, nulls, NULL, NULL) ==
		   1;
}

/* RowReader: is it the session of this user, and not revoked? */
static bool
session_is_live(HeapTuple row, TupleDesc descriptor, void *user_id)
{
	return memcmp(DatumGetUUIDP(row_attribute(row, SESSION_USER_ID, descriptor)), user_id,
				  UUID_LEN) == 0 &&
		   heap_attisnull(row, SESSION_REVOKED_AT, descriptor);
}

bool
store_session_is_live(const pg_uuid_t *id, const pg_uuid_t *user_id, ProbeView view)
{
	return probe("session", id, view, session_is_live, unconstify(pg_uuid_t *, user_id));
}

/*
 * A session that has never rotated is as all are before the update to 1.2.0.
 */
static void
read_rotation(HeapTuple row, TupleDesc descriptor, StoredRotation *rotation)
{
	int generation = row_column(descriptor, "generation", INT8OID);
	int previous_jti = row_column(descriptor, "previous_jti", UUIDOID);

	memset(rotation, 0, sizeof(*rotation));
	rotation->current = row_uuid(row, SESSION_REFRESH_JTI, descriptor);
	rotation->rotated_at = row_time(row, SESSION_CREATED_AT, descriptor);
	if (generation == 0)
		return;
	rotation->generation = row_int64(row, generation, descriptor);
	if (rotation->generation == 0)
		return;
	rotation->has_previous = !heap_attisnull(row, previous_jti, descriptor);
	if (rotation->has_previous)
		rotation->previous = row_uuid(row, previous_jti, descriptor);
	rotation->rotated_at =
		row_time(row, row_column(descriptor, "rotated_at", TIMESTAMPTZOID), descriptor);
	rotation->confirmed = row_bool(row, row_column(descriptor, "confirmed", BOOLOID), descriptor);
	rotation->suspect = row_bool(row, row_column(descriptor, "suspect", BOOLOID), descriptor);
	rotation->previous_suspect =
		row_bool(row, row_column(descriptor, "previous_suspect", BOOLOID), descriptor);
	rotation->previous_void =
		row_bool(row, row_column(descriptor, "previous_void", BOOLOID), descriptor);
}

/*
 * Of a session of before 1.2.0 is known that its user had a password, and when
 * it began.
 */
static void
read_assurance(HeapTuple row, TupleDesc descriptor, Assurance *assurance)
{
	int level = row_column(descriptor, "aal", INT2OID);
	int methods = row_column(descriptor, "amr", TEXTARRAYOID);
	int authenticated_at = row_column(descriptor, "authenticated_at", TIMESTAMPTZOID);

	assurance->level = AAL_MIN;
	assurance->methods = NIL;
	assurance->authenticated_at = row_time(row, SESSION_CREATED_AT, descriptor);
	if (level == 0)
		return;
	assurance->level = DatumGetInt16(row_attribute(row, level, descriptor));
	if (!heap_attisnull(row, methods, descriptor))
		assurance->methods = row_texts(row, methods, descriptor);
	if (!heap_attisnull(row, authenticated_at, descriptor))
		assurance->authenticated_at = row_time(row, authenticated_at, descriptor);
}

/* RowReader for a StoredSession. */
static bool
read_session(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredSession *session = arg;
	int last_used_at = row_column(descriptor, "last_used_at", TIMESTAMPTZOID);

	session->user_id = row_uuid(row, SESSION_USER_ID, descriptor);
	session->updated = last_used_at != 0;
	read_rotation(row, descriptor, &session->rotation);
	read_assurance(row, descriptor, &session->assurance);
	session->expires_at = row_time(row, SESSION_EXPIRES_AT, descriptor);
	session->revoked = !heap_attisnull(row, SESSION_REVOKED_AT, descriptor);
	session->created_at = row_time(row, SESSION_CREATED_AT, descriptor);
	session->last_used_at = session->created_at;
	if (session->updated && !heap_attisnull(row, last_used_at, descriptor))
		session->last_used_at = row_time(row, last_used_at, descriptor);
	return true;
}

bool
store_has_session_from(const char *email, Datum ip)
{
	static Statement statement = {
		"SELECT FROM jerry.\"user\" AS u"
		" JOIN jerry.session AS s ON s.user_id OPERATOR(pg_catalog.=) u.id"
		" WHERE pg_catalog.lower(u.email::pg_catalog.text COLLATE pg_catalog.\"C\")"
		" OPERATOR(pg_catalog.=) pg_catalog.lower($1 COLLATE pg_catalog.\"C\")"
		" AND (pg_catalog.set_masklen(s.ip, -1) OPERATOR(pg_catalog.<<=)"
		" pg_catalog.set_masklen($2, $3)"
		" OR pg_catalog.set_masklen(s.last_used_ip, -1) OPERATOR(pg_catalog.<<=)"
		" pg_catalog.set_masklen($2, $3)) LIMIT 1",
		3,
		{ TEXTOID, INETOID, INT4OID },
		.latest = true
	};
	Datum values[] = { CStringGetTextDatum(email), ip,
					   Int32GetDatum(ip == 0 ? 0 : client_network_bits(ip)) };
	char nulls[] = { ' ', null_flag(ip), ' ' };

	return statement_run(&statement, values, nulls, NULL, NULL) > 0;
}

bool
store_find_session(const pg_uuid_t *id, StoredSession *session)
{
	return probe("session", id, PROBE_LATEST, read_session, session);
}

bool
store_hold_session(const pg_uuid_t *id, StoredSession *session)
{
	/* All columns, in the order of the table, for read_session(). */
	static Statement statement = {
		"SELECT s.* FROM jerry.session AS s WHERE s.id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
		1,
		{ UUIDOID },
		.latest = true,
		.wait_ms = HOLD_WAIT_MS
	};
	Datum values[] = { UUIDPGetDatum(id) };

	return statement_run(&statement, values, NULL, read_session, session) == 1;
}

void
store_rotate_session(const pg_uuid_t *id, const StoredRotation *rotation, const Client *client,
					 TimestampTz now)
{
	static Statement statement = {
		"UPDATE jerry.session SET generation = $2, refresh_jti = $3, previous_jti = $4,"
		" rotated_at = $5, confirmed = $6, suspect = $7, previous_suspect = $8,"
		" last_used_at = $9, last_used_ip = $10, previous_void = $11"
		" WHERE id OPERATOR(pg_catalog.=) $1",
		11,
		{ UUIDOID, INT8OID, UUIDOID, UUIDOID, TIMESTAMPTZOID, BOOLOID, BOOLOID, BOOLOID,
		  TIMESTAMPTZOID, INETOID, BOOLOID },
		.latest = true
	};
	Datum values[] = { UUIDPGetDatum(id),
					   Int64GetDatum(rotation->generation),
					   UUIDPGetDatum(&rotation->current),
					   UUIDPGetDatum(&rotation->previous),
					   TimestampTzGetDatum(rotation->rotated_at),
					   BoolGetDatum(rotation->confirmed),
					   BoolGetDatum(rotation->suspect),
					   BoolGetDatum(rotation->previous_suspect),
					   TimestampTzGetDatum(now),
					   client->ip,
					   BoolGetDatum(rotation->previous_void) };
	char nulls[] = { ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', null_flag(client->ip), ' ' };

	(void) statement_run(&statement, values, nulls, NULL, NULL);
}

void
store_raise_session(const pg_uuid_t *id, const Assurance *assurance)
{
	static Statement statement = {
		"UPDATE jerry.session SET aal = $2, amr = $3, authenticated_at = $4"
		" WHERE id OPERATOR(pg_catalog.=) $1",
		4,
		{ UUIDOID, INT2OID, TEXTARRAYOID, TIMESTAMPTZOID },
		.latest = true
	};
	Datum values[] = { UUIDPGetDatum(id), Int16GetDatum(assurance->level),
					   methods_datum(assurance->methods),
					   TimestampTzGetDatum(assurance->authenticated_at) };

	(void) statement_count(&statement, values);
}

void
store_confirm_session(const pg_uuid_t *id, int64 generation)
{
	static Statement statement = {
		"UPDATE jerry.session SET confirmed = true WHERE id OPERATOR(pg_catalog.=) $1"
		" AND generation OPERATOR(pg_catalog.=) $2 AND NOT confirmed",
		2,
		{ UUIDOID, INT8OID },
		.latest = true
	};
	Datum values[] = { UUIDPGetDatum(id), Int64GetDatum(generation) };

	(void) statement_count(&statement, values);
}

void
store_note_use(const pg_uuid_t *id, const Client *client, TimestampTz now)
{
	static Statement statement = {
		"WITH used AS MATERIALIZED"
		" (SELECT s.id FROM jerry.session AS s WHERE s.id OPERATOR(pg_catalog.=) $1"
		" AND s.revoked_at IS NULL FOR NO KEY UPDATE SKIP LOCKED)"
		" UPDATE jerry.session AS s SET last_used_at = $2, last_used_ip = $3 FROM used"
		" WHERE s.id OPERATOR(pg_catalog.=) used.id",
		3,
		{ UUIDOID, TIMESTAMPTZOID, INETOID }
	};
	Datum values[] = { UUIDPGetDatum(id), TimestampTzGetDatum(now), client->ip };
	char nulls[] = { ' ', ' ', null_flag(client->ip) };
	Owner owner;

	owner_become(&owner, "session");
	(void) statement_run(&statement, values, nulls, NULL, NULL);
	owner_end(&owner);
}

/* A RowReader that adds a ListedSession to a list. */
static bool
add_listed(HeapTuple row, TupleDesc descriptor, void *list)
{
	ListedSession *session = palloc(sizeof(ListedSession));

	session->id = row_uuid(row, 1, descriptor);
	session->created_at = row_time(row, 2, descriptor);
	session->last_used_at = row_time(row, 3, descriptor);
	session->expires_at = row_time(row, 4, descriptor);
	session->ip = row_text_or_null(row, 5, descriptor);
	session->user_agent = row_text_or_null(row, 6, descriptor);
	*(List **) list = lappend(*(List **) list, session);
	return true;
}

List *
store_list_sessions(const pg_uuid_t *user_id, const pg_uuid_t *first, TimestampTz now,
					TimestampTz used_after, int max)
{
	static Statement statement = {
		"SELECT id, created_at, " LAST_USED ", expires_at,"
		" pg_catalog.host(COALESCE(last_used_ip, ip)), user_agent FROM jerry.session"
		" WHERE user_id OPERATOR(pg_catalog.=) $1 AND revoked_at IS NULL"
		" AND (expires_at OPERATOR(pg_catalog.>) $3 AND " LAST_USED " OPERATOR(pg_catalog.>) $5"
		" OR id OPERATOR(pg_catalog.=) $2)"
		" ORDER BY id OPERATOR(pg_catalog.=) $2 DESC, " LAST_USED " DESC, id DESC LIMIT $4",
		5,
		{ UUIDOID, UUIDOID, TIMESTAMPTZOID, INT4OID, TIMESTAMPTZOID }
	};
	Datum values[] = { UUIDPGetDatum(user_id), UUIDPGetDatum(first), TimestampTzGetDatum(now),
					   Int32GetDatum(max), TimestampTzGetDatum(used_after) };
	List *sessions = NIL;

	statement_run(&statement, values, NULL, add_listed, &sessions);
	return sessions;
}

#define REVOKE \
	"UPDATE jerry.session SET revoked_at = $2, revoked_for = $3 WHERE revoked_at IS NULL AND "
#define ENDED " RETURNING id, user_id"

bool
store_revoke_session(const pg_uuid_t *id, const char *reason, TimestampTz now)
{
	static Statement statement = {
		REVOKE "id OPERATOR(pg_catalog.=) $1",
		3,
		{ UUIDOID, TIMESTAMPTZOID, TEXTOID },
		.latest = true
	};
	Datum values[] = { UUIDPGetDatum(id), TimestampTzGetDatum(now), CStringGetTextDatum(reason) };

	return statement_count(&statement, values) == 1;
}

/* A RowReader that adds an EndedSession to a list. */
static bool
add_ended(HeapTuple row, TupleDesc descriptor, void *list)
{
	EndedSession *session = palloc(sizeof(EndedSession));

	session->id = row_uuid(row, 1, descriptor);
	session->user_id = row_uuid(row, 2, descriptor);
	*(List **) list = lappend(*(List **) list, session);
	return true;
}

List *
store_revoke_sessions_of(const pg_uuid_t *user_id, const pg_uuid_t *except, const char *reason,
						 TimestampTz now)
{
	static Statement statement = {
		REVOKE "user_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.<>) $4" ENDED,
		4,
		{ UUIDOID, TIMESTAMPTZOID, TEXTOID, UUIDOID },
		.latest = true
	};
	static const pg_uuid_t none;
	Datum values[] = { UUIDPGetDatum(user_id), TimestampTzGetDatum(now),
					   CStringGetTextDatum(reason),
					   UUIDPGetDatum(except == NULL ? &none : except) };
	List *ended = NIL;

	statement_run(&statement, values, NULL, add_ended, &ended);
	return ended;
}

List *
store_revoke_least_used(const pg_uuid_t *user_id, const pg_uuid_t *except, int keep, int batch,
						const char *reason, TimestampTz now)
{
	static Statement statement = {
		REVOKE "id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT id FROM jerry.session"
			   " WHERE user_id OPERATOR(pg_catalog.=) $1 AND revoked_at IS NULL"
			   " AND expires_at OPERATOR(pg_catalog.>) $2 AND id OPERATOR(pg_catalog.<>) $4"
			   " ORDER BY " LAST_USED " DESC, id DESC OFFSET $5 LIMIT $6))" ENDED,
		6,
		{ UUIDOID, TIMESTAMPTZOID, TEXTOID, UUIDOID, INT4OID, INT4OID },
		.latest = true
	};
	Datum values[] = { UUIDPGetDatum(user_id), TimestampTzGetDatum(now),
					   CStringGetTextDatum(reason), UUIDPGetDatum(except),
					   Int32GetDatum(keep), Int32GetDatum(batch) };
	List *ended = NIL;

	statement_run(&statement, values, NULL, add_ended, &ended);
	return ended;
}

List *
store_revoke_unused(TimestampTz used_after, int batch, const char *reason, TimestampTz now)
{
	static Statement statement = {
		REVOKE "id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT id FROM jerry.session"
			   " WHERE " LAST_USED " OPERATOR(pg_catalog.<=) $1 AND revoked_at IS NULL"
			   " AND expires_at OPERATOR(pg_catalog.>) $2"
			   " ORDER BY " LAST_USED " LIMIT $4 FOR UPDATE SKIP LOCKED))" ENDED,
		4,
		{ TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, INT4OID }
	};
	Datum values[] = { TimestampTzGetDatum(used_after), TimestampTzGetDatum(now),
					   CStringGetTextDatum(reason), Int32GetDatum(batch) };
	List *ended = NIL;

	statement_run(&statement, values, NULL, add_ended, &ended);
	return ended;
}

void
store_delete_session(const pg_uuid_t *id)
{
	static Statement statement = {
		"DELETE FROM jerry.session WHERE id OPERATOR(pg_catalog.=) $1",
		1,
		{ UUIDOID }
	};
	Datum values[] = { UUIDPGetDatum(id) };

	(void) statement_count(&statement, values);
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

	return statement_count(&statement, values);
}
