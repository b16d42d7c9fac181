/*
 * events.h
 *		Events: the row of the outbox and the notification, always together and in the transaction in which it happened.
 */
#ifndef JERRY_EVENTS_H
#define JERRY_EVENTS_H

#include "jerry.h"

#define EVENT_USER_REGISTERED			  "user.registered"
#define EVENT_USER_VERIFICATION_REQUESTED "user.verification_requested"
#define EVENT_USER_LOGGED_IN			  "user.logged_in"
#define EVENT_USER_EMAIL_VERIFIED		  "user.email_verified"

/*
 * Emits an event about a user:
 * {"event_type","timestamp","data":{"user_id","email"[,name:value]}}.  name
 * NULL: no third member; value NULL: null.  The notification on channel
 * jerry_events is the same with "event_id", or less as jerry.notify_payload
 * says; there is none when the server's queue of them is as full as
 * jerry.notify_queue_limit: the row is what counts.
 */
extern void event_emit(const char *type, const pg_uuid_t *user_id, const char *email, const char *name, const char *value, TimestampTz now);

/*
 * Writes what event_emit would write and takes it back: nobody is to see from the
 * time of an answer whether there was an event.
 */
extern void event_rehearse(const char *type, const char *email, const char *name, const char *value,
						   TimestampTz now);

#endif /* JERRY_EVENTS_H */
