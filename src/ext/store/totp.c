/*
 * totp.c: see totp.h.
 */
#include "store/totp.h"

#include "access/htup_details.h"
#include "base/uuid.h"
#include "catalog/pg_type.h"
#include "store/statement.h"

/* Columns by position; they are never renamed, moved or dropped. */
enum
{
	TOTP_USER_ID = 1,
	TOTP_ID,
	TOTP_SECRET,
	TOTP_SEALED_SECRET,
	TOTP_CREATED_AT,
	TOTP_ACTIVATED_AT,
	TOTP_LAST_STEP
};

#define ROW_KEY_LENGTH (2 * UUID_TEXT_LENGTH + 1)

/*
 * Where a sealed secret is: of this user and this factor, so that nobody gets
 * it to be another one's.
 */
static SealedPlace
totp_place(const pg_uuid_t *user_id, const pg_uuid_t *id, char row_key[ROW_KEY_LENGTH + 1])
{
	uuid_write(user_id, row_key);
	row_key[UUID_TEXT_LENGTH] = ' ';
	uuid_write(id, row_key + UUID_TEXT_LENGTH + 1);
	row_key[ROW_KEY_LENGTH] = '\0';
	return (SealedPlace){ "totp", row_key, "secret" };
}

/* RowReader of a StoredTotp. */
static bool
read_totp(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredTotp *totp = arg;

	totp->user_id = row_uuid(row, TOTP_USER_ID, descriptor);
	totp->id = row_uuid(row, TOTP_ID, descriptor);
	totp->created_at = row_time(row, TOTP_CREATED_AT, descriptor);
	totp->activated_at = heap_attisnull(row, TOTP_ACTIVATED_AT, descriptor)
							 ? DT_NOEND
							 : row_time(row, TOTP_ACTIVATED_AT, descriptor);
	totp->last_step = row_int64(row, TOTP_LAST_STEP, descriptor);
	return true;
}

typedef struct OpenTotp
{
	StoredTotp *totp;
	FormedSecret *secret;
	const KeyFiles *files;
} OpenTotp;

/* RowReader of an OpenTotp. */
static bool
read_open_totp(HeapTuple row, TupleDesc descriptor, void *arg)
{
	OpenTotp *open = arg;
	char row_key[ROW_KEY_LENGTH + 1];
	SealedPlace place;

	(void) read_totp(row, descriptor, open->totp);
	place = totp_place(&open->totp->user_id, &open->totp->id, row_key);
	secret_form_read(row, TOTP_SECRET, descriptor, open->files, &place, open->secret);
	return true;
}

bool
store_find_totp(const pg_uuid_t *user_id, ProbeView view, StoredTotp *totp)
{
	return tables_are_updated() && probe("totp", user_id, view, read_totp, totp);
}

bool
store_open_totp(const pg_uuid_t *user_id, StoredTotp *totp, FormedSecret *secret)
{
	KeyFiles *files;
	OpenTotp open = { .totp = totp, .secret = secret };
	bool found;

	if (!tables_are_updated())
		return false;
	files = key_files_read();
	open.files = files;
	found = probe("totp", user_id, PROBE_LATEST, read_open_totp, &open);
	key_files_wipe(files);
	return found;
}

bool
store_put_totp(const pg_uuid_t *user_id, const pg_uuid_t *id, const uint8 *secret, int n,
			   TimestampTz now)
{
	static Statement statement = {
		"INSERT INTO jerry.totp AS t (user_id, id, secret, sealed_secret, created_at, last_step)"
		" VALUES ($1, $2, $3, $4, $5, -1)"
		" ON CONFLICT (user_id) DO UPDATE SET id = $2, secret = $3, sealed_secret = $4,"
		" created_at = $5, last_step = -1 WHERE t.activated_at IS NULL",
		5,
		{ UUIDOID, UUIDOID, BYTEAOID, BYTEAOID, TIMESTAMPTZOID }
	};
	char row_key[ROW_KEY_LENGTH + 1];
	const SealedPlace place = totp_place(user_id, id, row_key);
	KeyFiles *files = key_files_read();
	SecretForm form;
	Datum values[5] = { UUIDPGetDatum(user_id), UUIDPGetDatum(id) };
	char nulls[] = "     ";
	bool done;

	secret_form_require_sealing(files);
	form = secret_form(files, &place, secret, n);
	key_files_wipe(files);
	values[2] = form.open;
	values[3] = form.sealed;
	values[4] = TimestampTzGetDatum(now);
	nulls[2] = null_flag(form.open);
	nulls[3] = null_flag(form.sealed);
	done = statement_run(&statement, values, nulls, NULL, NULL) == 1;
	secret_form_wipe(&form);
	return done;
}

#define THIS_TOTP \
	" WHERE user_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2"

bool
store_activate_totp(const StoredTotp *totp, int64 step, TimestampTz now)
{
	static Statement statement = {
		"UPDATE jerry.totp SET activated_at = $3, last_step = $4" THIS_TOTP
		" AND activated_at IS NULL",
		4,
		{ UUIDOID, UUIDOID, TIMESTAMPTZOID, INT8OID }
	};
	Datum values[] = { UUIDPGetDatum(&totp->user_id), UUIDPGetDatum(&totp->id),
					   TimestampTzGetDatum(now), Int64GetDatum(step) };

	return statement_count(&statement, values) == 1;
}

bool
store_use_totp(const StoredTotp *totp, int64 step)
{
	static Statement statement = {
		"UPDATE jerry.totp SET last_step = $3" THIS_TOTP
		" AND last_step OPERATOR(pg_catalog.<) $3",
		3,
		{ UUIDOID, UUIDOID, INT8OID }
	};
	Datum values[] = { UUIDPGetDatum(&totp->user_id), UUIDPGetDatum(&totp->id),
					   Int64GetDatum(step) };

	return statement_count(&statement, values) == 1;
}

bool
store_delete_totp(const pg_uuid_t *user_id)
{
	static Statement statement = {
		"DELETE FROM jerry.totp WHERE user_id OPERATOR(pg_catalog.=) $1"
		" AND activated_at IS NOT NULL",
		1,
		{ UUIDOID }
	};
	Datum values[] = { UUIDPGetDatum(user_id) };

	return statement_count(&statement, values) == 1;
}

/* A run of rows whose secret is not in the form that jerry.key_file wants. */
typedef struct Conversion
{
	const KeyFiles *files;
	List *found; /* of OpenTotp */
} Conversion;

/* RowReader of a Conversion. */
static bool
read_unformed(HeapTuple row, TupleDesc descriptor, void *arg)
{
	Conversion *conversion = arg;
	OpenTotp *open = palloc0(sizeof(*open));

	open->totp = palloc(sizeof(*open->totp));
	open->secret = palloc0(sizeof(*open->secret));
	open->files = conversion->files;
	(void) read_open_totp(row, descriptor, open);
	conversion->found = lappend(conversion->found, open);
	return true;
}

static void
convert(const OpenTotp *open)
{
	static Statement statement = {
		"UPDATE jerry.totp SET secret = $3, sealed_secret = $4" THIS_TOTP,
		4,
		{ UUIDOID, UUIDOID, BYTEAOID, BYTEAOID }
	};
	char row_key[ROW_KEY_LENGTH + 1];
	const SealedPlace place = totp_place(&open->totp->user_id, &open->totp->id, row_key);
	SecretForm form = secret_form(open->files, &place, open->secret->bytes, open->secret->n);
	Datum values[] = { UUIDPGetDatum(&open->totp->user_id), UUIDPGetDatum(&open->totp->id),
					   form.open, form.sealed };
	char nulls[] = { ' ', ' ', null_flag(form.open), null_flag(form.sealed) };

	statement_run(&statement, values, nulls, NULL, NULL);
	secret_form_wipe(&form);
}

int
store_convert_totp(int batch, char **closed)
{
	/* The name of the key file is in bytes 2 to 9. */
	static Statement statement = {
		"SELECT user_id, id, secret, sealed_secret, created_at, activated_at, last_step"
		" FROM jerry.totp WHERE user_id OPERATOR(pg_catalog.>) $1 AND CASE WHEN $2 IS NULL"
		" THEN sealed_secret IS NOT NULL ELSE sealed_secret IS NULL OR"
		" pg_catalog.substr(sealed_secret, 2, 8) OPERATOR(pg_catalog.<>) $2 END"
		" ORDER BY user_id LIMIT $3 FOR NO KEY UPDATE",
		3,
		{ UUIDOID, BYTEAOID, INT8OID }
	};
	KeyFiles *files = key_files_read();
	/* With a file that cannot be used there is nothing to do; keys say so. */
	bool is_set = files->current.is_set && files->current.problem == NULL;
	pg_uuid_t after = { { 0 } };
	Datum values[] = { UUIDPGetDatum(&after),
					   is_set ? bytea_datum(files->current.key.name, SEALING_NAME_LENGTH) : 0,
					   Int64GetDatum(batch) };
	char nulls[] = { ' ', null_flag(values[1]), ' ' };
	Conversion conversion = { .files = files };
	int n = 0;

	*closed = NULL;
	/* Those that cannot be opened are in the way of nobody. */
	do
	{
		ListCell *cell;

		conversion.found = NIL;
		if (files->current.is_set && !is_set)
			break;
		statement_run(&statement, values, nulls, read_unformed, &conversion);
		foreach(cell, conversion.found)
		{
			OpenTotp *open = lfirst(cell);

			after = open->totp->user_id;
			if (open->secret->bytes == NULL)
			{
				*closed = open->secret->why.detail;
				continue;
			}
			convert(open);
			explicit_bzero(open->secret->bytes, open->secret->n);
			n++;
		}
	} while (n == 0 && conversion.found != NIL);
	key_files_wipe(files);
	return n;
}

int64
store_delete_unactivated_totp(TimestampTz created_before, int batch)
{
	static Statement statement = {
		"DELETE FROM jerry.totp WHERE user_id OPERATOR(pg_catalog.=) ANY (ARRAY("
		"SELECT user_id FROM jerry.totp WHERE activated_at IS NULL"
		" AND created_at OPERATOR(pg_catalog.<) $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
		2,
		{ TIMESTAMPTZOID, INT8OID }
	};
	Datum values[] = { TimestampTzGetDatum(created_before), Int64GetDatum(batch) };

	return statement_count(&statement, values);
}
