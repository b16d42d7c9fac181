/*
 * event.h: table jerry.event: the outbox.
 */
#ifndef JERRY_STORE_EVENT_H
#define JERRY_STORE_EVENT_H

#include "base/jerry.h"

/*
 * Returns the id of the event, which the consumers there are have been given.
 */
extern int64 store_insert_event(const char *type, const char *payload, TimestampTz now);
extern void store_delete_event(int64 id);

/*
 * Deletes at most batch events that no consumer waits for, those left out that
 * somebody else has locked; returns how many.
 */
extern int64 store_delete_events(TimestampTz before, int batch);

#endif /* JERRY_STORE_EVENT_H */
