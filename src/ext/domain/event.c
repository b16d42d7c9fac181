/*
 * event.c: see event.h.
 */
#include "domain/event.h"

#include "base/settings.h"
#include "commands/async.h"
#include "store/event.h"
#include "utils/fmgrprotos.h"

#define CHANNEL			   "jerry_events"
#define NOTIFY_PAYLOAD_MAX 7999 /* bytes; more is an error of NOTIFY and would undo what happened */

void
event_write_member(JsonWriter *w, const EventMember *member)
{
	switch (member->kind)
	{
		case EVENT_UUID:
			json_uuid(w, member->name, member->value.uuid);
			break;
		case EVENT_TEXT:
			json_text(w, member->name, member->value.text);
			break;
		case EVENT_INT:
			json_int(w, member->name, member->value.number);
			break;
	}
}

/* The event as a JSON object; id 0: as the outbox has it. */
static char *
describe(const Event *event, TimestampTz at, int64 id, NotifyPayload detail)
{
	JsonWriter w;

	json_start(&w);
	if (id != 0)
		json_int(&w, "event_id", id);
	json_text(&w, "event_type", event->type);
	if (detail != NOTIFY_WAKEUP)
	{
		json_time(&w, "timestamp", at);
		json_open(&w, "data");
		for (int i = 0; i < event->count; i++)
			if (detail == NOTIFY_FULL || event->members[i].privacy == EVENT_PUBLIC)
				event_write_member(&w, &event->members[i]);
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
event_emit(Event event, TimestampTz now)
{
	int64 id = store_insert_event(event.type, describe(&event, now, 0, NOTIFY_FULL), now);
	char *payload;

	if (settings()->notify_payload == NOTIFY_NONE || !queue_has_room())
		return;
	payload = describe(&event, now, id, settings()->notify_payload);
	if (strlen(payload) > NOTIFY_PAYLOAD_MAX)
		payload = describe(&event, now, id, NOTIFY_WAKEUP);
	Async_Notify(CHANNEL, payload);
}

void
event_rehearse(Event event, TimestampTz now)
{
	store_delete_event(store_insert_event(event.type, describe(&event, now, 0, NOTIFY_FULL), now));
}
