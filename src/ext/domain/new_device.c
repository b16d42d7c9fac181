/*
 * new_device.c: see new_device.h.
 */
#include "domain/new_device.h"

#include "domain/device.h"
#include "store/audit.h"
#include "store/row.h"

/*
 * So many rows on record about a user are looked at.  Who is guessed at so
 * often that no login is among them is rather told of one too many.
 */
#define RECORD_MAX 200

bool
new_device_is(const pg_uuid_t *user_id, const Client *client)
{
	const char *label = device_label(client->user_agent);
	bool is_all;
	List *logins;
	ListCell *cell;

	if (client->ip == 0 || !tables_are_updated())
		return false;
	logins = store_list_logins(user_id, client->ip, RECORD_MAX, &is_all);
	foreach(cell, logins)
	{
		const PastLogin *login = lfirst(cell);

		if (login->is_near && strcmp(device_label(login->user_agent), label) == 0)
			return false;
	}
	return logins != NIL || !is_all;
}
