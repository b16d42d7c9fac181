/*
 * log.c: the log of a program, one JSON object per line on standard output.
 *
 * A line is put together in a buffer of fixed size and is never longer than
 * PIPE_BUF, so that a pipe takes it in one piece or not at all: lines of
 * several workers cannot mix, and poll() can tell whether write() would block.
 */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/repeats.h"

#define LINE_SIZE	PIPE_BUF
#define BUFFER_SIZE (64 * 1024)

/* Longest form of each variable part of a line, escapes included. */
#define MESSAGE_SIZE 2048
#define PATH_SIZE	 512
#define WORD_SIZE	 128

/* Collected lines are written before they exceed what one call can write. */
#define FLUSH_SIZE PIPE_BUF

typedef struct Line
{
	char text[LINE_SIZE];
	size_t length;
} Line;

/* The worst line: a message or a path, seven words and the fixed text. */
_Static_assert(MESSAGE_SIZE + PATH_SIZE + 7 * WORD_SIZE + 512 <= LINE_SIZE,
			   "a log line must fit into its buffer");

static const char *const level_names[] = { "DEBUG", "INFO", "WARNING", "ERROR" };

static LogLevel threshold = LOG_LEVEL_INFO;
static int out = STDOUT_FILENO;
static char buffer[BUFFER_SIZE];
static size_t buffered;
static uint64_t dropped;

static void
line_put(Line *line, const char *text, size_t length)
{
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

#define line_put_literal(line, text) line_put(line, text, sizeof(text) - 1)

/*
 * Adds a string in quotes.  Control characters and bytes outside ASCII are
 * escaped; what does not fit into size bytes is cut off.
 */
static void
put_string(Line *line, const char *string, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	char *at = line->text + line->length;
	const char *end = at + size - sizeof("\\u0000\"");

	*at++ = '"';
	for (; *string != '\0' && at < end; string++)
	{
		unsigned char byte = (unsigned char) *string;

		if (byte == '"' || byte == '\\')
		{
			*at++ = '\\';
			*at++ = (char) byte;
		}
		else if (byte >= 0x20 && byte < 0x7f)
			*at++ = (char) byte;
		else
		{
			memcpy(at, "\\u00", 4);
			at[4] = hex[byte >> 4];
			at[5] = hex[byte & 15];
			at += 6;
		}
	}
	*at++ = '"';
	line->length = (size_t) (at - line->text);
}

/* Adds a number, padded with zeros to a least number of digits. */
static void
put_number(Line *line, uint64_t number, int digits)
{
	char text[24];
	char *at = text + sizeof(text);

	do
	{
		*--at = (char) ('0' + number % 10);
		number /= 10;
	} while (--digits > 0 || number > 0);
	line_put(line, at, (size_t) (text + sizeof(text) - at));
}

/* Begins a line with the time and the level. */
static void
line_begin(Line *line, LogLevel level)
{
	static time_t formatted;
	static char seconds[sizeof("2026-01-15T10:30:00")];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != formatted)
	{
		struct tm tm;

		gmtime_r(&now.tv_sec, &tm);
		strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
		formatted = now.tv_sec;
	}
	line->length = 0;
	line_put_literal(line, "{\"time\":\"");
	line_put(line, seconds, sizeof(seconds) - 1);
	line_put_literal(line, ".");
	put_number(line, (uint64_t) now.tv_nsec / 1000000, 3);
	line_put_literal(line, "Z\",\"level\":");
	put_string(line, level_names[level], WORD_SIZE);
}

/* Adds a line to what is buffered; false when there is no room for it. */
static bool
line_append(const Line *line)
{
	if (buffered + line->length > BUFFER_SIZE)
		return false;
	memcpy(buffer + buffered, line->text, line->length);
	buffered += line->length;
	return true;
}

/* Writes out what the reader of standard output takes without blocking. */
static void
write_out(void)
{
	size_t done = 0;

	while (done < buffered)
	{
		struct pollfd room = { .fd = out, .events = POLLOUT };
		size_t chunk = buffered - done;
		ssize_t written;

		/* Whole lines only, and no more than a pipe takes in one piece. */
		if (chunk > PIPE_BUF)
		{
			const char *end = memrchr(buffer + done, '\n', PIPE_BUF);

			chunk = (size_t) (end + 1 - (buffer + done));
		}
		if (poll(&room, 1, 0) <= 0)
			break;
		written = write(out, buffer + done, chunk);
		if (written < 0)
		{
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN)
				done = buffered; /* nobody will ever read this */
			break;
		}
		done += (size_t) written;
	}
	memmove(buffer, buffer + done, buffered - done);
	buffered -= done;
}

/* Ends a line and puts it into the buffer, or counts it as dropped. */
static void
line_finish(Line *line, bool flush)
{
	line_put_literal(line, "}\n");

	if (dropped > 0)
	{
		Line notice;

		line_begin(&notice, LOG_LEVEL_WARNING);
		line_put_literal(&notice, ",\"event\":\"log\",\"dropped\":");
		put_number(&notice, dropped, 1);
		line_put_literal(&notice, "}\n");
		if (line_append(&notice))
			dropped = 0;
	}
	if (buffered + line->length > FLUSH_SIZE)
		write_out();
	if (!line_append(line))
		dropped++;
	if (flush)
		write_out();
}

void
log_set_level(LogLevel level)
{
	threshold = level;
}

void
log_write_to(int descriptor)
{
	out = descriptor;
}

static bool
is_enabled(LogLevel level)
{
	return level >= threshold;
}

void
log_line(LogLevel level, const char *event, const char *fmt, ...)
{
	char message[MESSAGE_SIZE];
	Line line;
	va_list args;

	if (!is_enabled(level))
		return;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);

	line_begin(&line, level);
	line_put_literal(&line, ",\"event\":");
	put_string(&line, event, WORD_SIZE);
	line_put_literal(&line, ",\"message\":");
	put_string(&line, message, MESSAGE_SIZE);
	line_finish(&line, level >= LOG_LEVEL_WARNING);
}

void
log_request(const LogRequest *request)
{
	LogLevel level = LOG_LEVEL_INFO;
	Line line;

	if (request->routine && request->status == 200)
		level = LOG_LEVEL_DEBUG;
	else if (request->status == 500)
		level = LOG_LEVEL_ERROR;
	else if (request->status > 500)
		level = LOG_LEVEL_WARNING;
	if (!is_enabled(level))
		return;
	if ((request->status == 429 || request->status > 500) && !is_enabled(LOG_LEVEL_DEBUG) &&
		!repeats_is_first(request->status, request->code, request->path, request->remote))
		return;

	line_begin(&line, level);
	line_put_literal(&line, ",\"event\":\"request\",\"request_id\":");
	put_string(&line, request->request_id, WORD_SIZE);
	if (request->path != NULL)
	{
		line_put_literal(&line, ",\"method\":");
		put_string(&line, request->method, WORD_SIZE);
		line_put_literal(&line, ",\"path\":");
		put_string(&line, request->path, PATH_SIZE);
	}
	line_put_literal(&line, ",\"status\":");
	put_number(&line, (uint64_t) request->status, 1);
	line_put_literal(&line, ",\"duration_ms\":");
	put_number(&line, request->duration_us / 1000, 1);
	line_put_literal(&line, ".");
	put_number(&line, request->duration_us % 1000, 3);
	if (request->code != NULL)
	{
		line_put_literal(&line, ",\"code\":");
		put_string(&line, request->code, WORD_SIZE);
	}
	if (request->remote != NULL)
	{
		line_put_literal(&line, ",\"remote\":");
		put_string(&line, request->remote, WORD_SIZE);
	}
	if (request->traceparent != NULL)
	{
		line_put_literal(&line, ",\"traceparent\":");
		put_string(&line, request->traceparent, WORD_SIZE);
	}
	line_finish(&line, false);
}

void
log_delivery(LogLevel level, const LogDelivery *delivery)
{
	Line line;

	if (!is_enabled(level))
		return;
	line_begin(&line, level);
	line_put_literal(&line, ",\"event\":\"delivery\",\"courier\":");
	put_string(&line, delivery->courier, WORD_SIZE);
	line_put_literal(&line, ",\"event_id\":");
	put_number(&line, (uint64_t) delivery->event_id, 1);
	line_put_literal(&line, ",\"event_type\":");
	put_string(&line, delivery->event_type, WORD_SIZE);
	if (delivery->what != NULL)
	{
		line_put_literal(&line, ",\"what\":");
		put_string(&line, delivery->what, WORD_SIZE);
	}
	line_put_literal(&line, ",\"outcome\":");
	put_string(&line, delivery->outcome, WORD_SIZE);
	line_put_literal(&line, ",\"attempt\":");
	put_number(&line, (uint64_t) delivery->attempt, 1);
	line_put_literal(&line, ",\"duration_ms\":");
	put_number(&line, delivery->duration_ms, 1);
	if (delivery->reason != NULL)
	{
		line_put_literal(&line, ",\"reason\":");
		put_string(&line, delivery->reason, PATH_SIZE);
	}
	line_finish(&line, level >= LOG_LEVEL_WARNING);
}

/* One line for refusals of the same kind. */
static void
log_repeat(const Repeat *repeat)
{
	Line line;

	line_begin(&line, LOG_LEVEL_WARNING);
	line_put_literal(&line, ",\"event\":\"requests_refused\",\"count\":");
	put_number(&line, repeat->count, 1);
	line_put_literal(&line, ",\"status\":");
	put_number(&line, (uint64_t) repeat->status, 1);
	if (repeat->code[0] != '\0')
	{
		line_put_literal(&line, ",\"code\":");
		put_string(&line, repeat->code, WORD_SIZE);
	}
	if (repeat->path[0] != '\0')
	{
		line_put_literal(&line, ",\"path\":");
		put_string(&line, repeat->path, PATH_SIZE);
	}
	if (repeat->remote[0] != '\0')
	{
		line_put_literal(&line, ",\"remote\":");
		put_string(&line, repeat->remote, WORD_SIZE);
	}
	line_finish(&line, false);
}

void
log_flush(bool last)
{
	const Repeat *repeat;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	while ((repeat = repeats_next(
				(uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000, last)) != NULL)
		log_repeat(repeat);
	write_out();
}
