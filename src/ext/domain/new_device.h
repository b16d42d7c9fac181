/*
 * new_device.h: devices on which a user has never logged in, as far as that is
 * on record.
 */
#ifndef JERRY_NEW_DEVICE_H
#define JERRY_NEW_DEVICE_H

#include "base/client.h"

#include "utils/uuid.h"

/*
 * Is this client, without the token of a known device, a new one of a user who
 * logs in?  The user has logged in before, as far as that is on record, and
 * never with this browser and system from this network.  A client without an
 * address is none: nobody can say.
 */
extern bool new_device_is(const pg_uuid_t *user_id, const Client *client);

#endif /* JERRY_NEW_DEVICE_H */
