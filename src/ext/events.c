/*
 * events.c
 *		See events.h.
 */
#include "events.h"

#include "answer.h"
#include "commands/async.h"
#include "settings.h"
#include "store.h"
#include "utils/fmgrprotos.h"

#define CHANNEL			   "jerry_events"
#define NOTIFY_PAYLOAD_MAX 7999 /* bytes; more is an error of NOTIFY and would undo what happened */

typedef struct Event
{
	const char *type;
	const pg_uuid_t *user_id;
	const char *email;
	const char *name;
	const char *value;
	TimestampTz at;
} Event;

/* the event as a JSON object; id 0: as the outbox has it */
static char *
describe(const Event *event, int64 id, NotifyPayload detail)
{
	JsonWriter w;

	json_start(&w);
	if (id != 0)
		json_int(&w, "event_id", id);
	json_text(&w, "event_type", event->type);
	if (detail != NOTIFY_WAKEUP)
	{
		json_time(&w, "timestamp", event->at);
		json_raw(&w, "data", "{", 1);
		w.empty = true;
		json_uuid(&w, "user_id", event->user_id);
		if (detail == NOTIFY_FULL)
		{
			json_text(&w, "email", event->email);
			if (event->name != NULL)
				json_text(&w, event->name, event->value);
		}
		json_end(&w);
	}
	json_end(&w);
	return w.buf.data;
}

/*
 * A queue that somebody has filled would refuse the commit, and whoever
 * consumes finds the event without being called.
 */
static bool
queue_has_room(void)
{
	return DatumGetFloat8(DirectFunctionCall1(pg_notification_queue_usage, (Datum) 0)) <=
		   settings()->notify_queue_limit;
}

void
event_emit(const char *type, const pg_uuid_t *user_id, const char *email, const char *name, const char *value, TimestampTz now)
{
	Event event = { type, user_id, email, name, value, now };
	int64 id = store_insert_event(type, describe(&event, 0, NOTIFY_FULL), now);
	char *payload;

	if (settings()->notify_payload == NOTIFY_NONE || !queue_has_room())
		return;
	payload = describe(&event, id, settings()->notify_payload);
	if (strlen(payload) > NOTIFY_PAYLOAD_MAX)
		payload = describe(&event, id, NOTIFY_WAKEUP);
	Async_Notify(CHANNEL, payload);
}

void
event_rehearse(const char *type, const char *email, const char *name, const char *value,
			   TimestampTz now)
{
	static const pg_uuid_t nobody;
	Event event = { type, &nobody, email, name, value, now };

	store_delete_event(store_insert_event(type, describe(&event, 0, NOTIFY_FULL), now));
}
