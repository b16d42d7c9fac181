/*
 * totp.h: table jerry.totp: the secret of a user's authenticator app.
 */
#ifndef JERRY_STORE_TOTP_H
#define JERRY_STORE_TOTP_H

#include "store/probe.h"
#include "store/secret_form.h"

typedef struct StoredTotp
{
	pg_uuid_t user_id;
	pg_uuid_t id;
	TimestampTz created_at;
	TimestampTz activated_at; /* DT_NOEND: was not */
	int64 last_step;		  /* of which a code was taken; -1: of none */
} StoredTotp;

/*
 * One probe of the primary key, no SQL; false: there is none, or the tables are
 * older than it.
 */
extern bool store_find_totp(const pg_uuid_t *user_id, ProbeView view, StoredTotp *totp);

/* The same, with its secret. */
extern bool store_open_totp(const pg_uuid_t *user_id, StoredTotp *totp, FormedSecret *secret);

/*
 * A new one, sealed where jerry.key_file is set, in the place of one that was
 * not activated.  false: there is one that was.
 */
extern bool store_put_totp(const pg_uuid_t *user_id, const pg_uuid_t *id, const uint8 *secret,
						   int n, TimestampTz now);

/*
 * A code of this step was taken: of several who say so at once one is told
 * true.  The first also activates it.
 */
extern bool store_activate_totp(const StoredTotp *totp, int64 step, TimestampTz now);
extern bool store_use_totp(const StoredTotp *totp, int64 step);

/* False: there is none that was activated. */
extern bool store_delete_totp(const pg_uuid_t *user_id);

/*
 * Stores at most batch secrets as jerry.key_file says now; returns how many.
 * closed: one of those that stay as they are cannot be opened; NULL: all can,
 * or were not looked at.
 */
extern int store_convert_totp(int batch, char **closed);

/* Deletes at most batch that nobody has activated; returns how many. */
extern int64 store_delete_unactivated_totp(TimestampTz created_before, int batch);

#endif /* JERRY_STORE_TOTP_H */
