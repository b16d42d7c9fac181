/*
 * known_device.h: a device on which a user has logged in before, known again by
 * a token that the login has answered with.
 *
 * The token proves nothing but that: it opens no session, and replaces no
 * password.  Nothing is stored of it; it is good as long as the secret of
 * jerry.installation_secret, which a dump does not have.
 */
#ifndef JERRY_KNOWN_DEVICE_H
#define JERRY_KNOWN_DEVICE_H

#include "base/jerry.h"

#include "utils/uuid.h"

/*
 * Was this token made for a login to the account with this address?  Then
 * *device tells the device from others of the account.  token may be NULL.
 */
extern bool known_device_is(const char *email, const char *token, pg_uuid_t *device);

/*
 * The token for a device on which the user has just logged in: the one that it
 * came with, if that was made for the account (*known), else a new one;
 * palloc'd.  NULL: there is no secret to make it with.
 */
extern char *known_device_token(const pg_uuid_t *user_id, const char *given, bool *known);

#endif /* JERRY_KNOWN_DEVICE_H */
