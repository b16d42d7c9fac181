/*
 * log.h: the log of a program, one JSON object per line on standard output.
 *
 * Every string that is logged is escaped here, so no caller can break a line
 * or forge one.  What must never be logged - passwords, tokens, bodies, query
 * strings, SQL parameters - must not be handed to these functions at all.
 *
 * Lines collect in a buffer that log_flush() empties: the program calls it
 * every few milliseconds.  Warnings and errors are flushed at once.  A reader
 * that does not keep up never blocks the event loop: lines are dropped, and
 * the next line that gets through says how many.
 */
#ifndef JERRY_LOG_H
#define JERRY_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* Of the id of a request: 64 characters and the final zero. */
#define REQUEST_ID_SIZE 65

/* Of a traceparent: 55 characters and the final zero. */
#define TRACEPARENT_SIZE 56

typedef enum LogLevel
{
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR
} LogLevel;

/* What is known about one HTTP request when it has been answered. */
typedef struct LogRequest
{
	const char *request_id;
	const char *method;
	/*
	 * Without the query string; NULL, like method, when the request was refused
	 * before it was read.
	 */
	const char *path;
	const char *remote;		 /* client address as text, or NULL */
	const char *traceparent; /* see traceparent.h, or NULL */
	int status;
	const char *code; /* error code, NULL for a positive answer */
	bool routine;	  /* a health check: worth a line only when it fails */
	uint64_t duration_us;
} LogRequest;

/* What has become of an event that was to be delivered. */
typedef struct LogDelivery
{
	const char *courier;
	int64_t event_id;
	const char *event_type;
	const char *what; /* such as the name of a mail, or NULL */
	const char *outcome;
	int attempt;
	uint64_t duration_ms;
	const char *reason; /* or NULL */
} LogDelivery;

/* Lines below this level are dropped.  The start value is LOG_LEVEL_INFO. */
extern void log_set_level(LogLevel level);

/* Writes to another descriptor than standard output. */
extern void log_write_to(int descriptor);

/* Logs an event: a short constant name and a message in printf() form. */
extern void log_line(LogLevel level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Logs an answered request.  Of refusals for want of room or of a database,
 * those of a kind become one line a second with their number, unless the level
 * is LOG_LEVEL_DEBUG; see repeats.h.
 */
extern void log_request(const LogRequest *request);

/* Logs that a delivery has ended. */
extern void log_delivery(LogLevel level, const LogDelivery *delivery);

/*
 * Adds what was counted, if it is time, or last is set, and writes out what the
 * reader of standard output takes without blocking.
 */
extern void log_flush(bool last);

#endif /* JERRY_LOG_H */
