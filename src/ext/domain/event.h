/*
 * event.h: what happens to users: a row of the outbox and a notification,
 * always together and in the transaction in which it happened.
 */
#ifndef JERRY_EVENTS_H
#define JERRY_EVENTS_H

#include "base/json.h"

typedef enum EventKind
{
	EVENT_UUID,
	EVENT_TEXT, /* NULL: null */
	EVENT_INT
} EventKind;

/* contract/events.txt says what each of them means. */
typedef enum EventPrivacy
{
	EVENT_PUBLIC,
	EVENT_PERSONAL,
	EVENT_SECRET
} EventPrivacy;

typedef struct EventMember
{
	const char *name;
	EventKind kind;
	EventPrivacy privacy;
	union
	{
		const pg_uuid_t *uuid;
		const char *text;
		int64 number;
	} value;
} EventMember;

/*
 * What happened.  It is made by the function of its type alone, which takes all
 * of its members: event_user_logged_in(user_id, email, ip_address).
 */
typedef struct Event
{
	const char *type;
	int count;
	EventMember members[8]; /* more do not compile */
} Event;

#include "event_types.h"

/*
 * Emits an event: {"event_type","timestamp","data":{members}}.  The
 * notification on channel jerry_events is the same with "event_id", or less as
 * jerry.notify_payload and the privacy of the members say; there is none when
 * the server's queue of them is as full as jerry.notify_queue_limit: the row is
 * what counts.
 */
extern void event_emit(Event event, TimestampTz now);

/* A member of an object, as its kind is written. */
extern void event_write_member(JsonWriter *w, const EventMember *member);

/*
 * Writes what event_emit would write and takes it back: nobody is to see from
 * the time of an answer whether there was an event.
 */
extern void event_rehearse(Event event, TimestampTz now);

#endif /* JERRY_EVENTS_H */
