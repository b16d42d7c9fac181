/*
 * traffic.c: see traffic.h.
 *
 * A row has a count for each code and one for each class of statuses of answers
 * without a code, and a histogram of durations.
 */
#include "http/traffic.h"

#include <inttypes.h>
#include <string.h>

#include <kore/kore.h>

#include "codes.h"
#include "base/lengthof.h"
#include "base/metrics.h"

#define ROWS_MAX	96
#define FIRST_CLASS 2 /* 2xx; 1xx are no answers */
#define CLASS_COUNT 4
#define RESULTS_MAX 4
#define LABELS_SIZE 256

typedef struct Code
{
	const char *name;
	int status;
	TrafficKind kind;
} Code;

/* A code may come from both, and is found where it stands first. */
#define SIDECAR_CODE(code, status, message)			 { #code, status, TRAFFIC_SIDECAR },
#define DATABASE_CODE(code, number, status, message) { #code, status, TRAFFIC_DATABASE },
#define RFC_CODE(code, status)						 { #code, status, TRAFFIC_RFC },
static const Code codes[] = {
	SIDECAR_CODES(SIDECAR_CODE){ "CLIENT_GONE", 499, TRAFFIC_SIDECAR },
	DATABASE_CODES(DATABASE_CODE)
		RFC_CODES(RFC_CODE)
};
#undef SIDECAR_CODE
#undef DATABASE_CODE
#undef RFC_CODE

#define CODE_COUNT ((unsigned) lengthof(codes))

/* Where the figures of a row stand, behind its first cell. */
#define CODES	  CLASS_COUNT
#define DURATIONS (CODES + CODE_COUNT)
#define ROW_CELLS (DURATIONS + METRICS_HISTOGRAM_CELLS)

typedef struct Row
{
	const char *method;
	const char *path;
	TrafficKind kind;
	MetricsCell cells;
} Row;

static Row rows[ROWS_MAX];
static unsigned row_count;

/*
 * What became of something that users do: the answers of a row, by code.  Those
 * without one are "ok", those with another one "error".  What can be done in
 * several ways has one after another, of which the first one has the help.
 */
typedef struct Outcomes
{
	const char *name;
	const char *help;
	const char *method;
	const char *path;
	const char *labels; /* that all have in common */
	struct
	{
		const char *code;
		const char *result;
	} results[RESULTS_MAX];
} Outcomes;

#define AUTH "/api/v1/auth"

static const Outcomes outcomes[] = {
	{ "jerry_logins_total",
	  "Logins, by what became of them.",
	  "POST",
	  AUTH "/login",
	  "method=\"password\",",
	  { { "INVALID_CREDENTIALS", "bad_credentials" },
		{ "EMAIL_NOT_VERIFIED", "unverified" },
		{ "USER_BANNED", "banned" },
		{ "RATE_LIMITED", "limited" } } },
	{ "jerry_logins_total",
	  "",
	  "POST",
	  AUTH "/login/code-confirm",
	  "method=\"code\",",
	  { { "INVALID_TOKEN", "bad_credentials" },
		{ "EXPIRED_TOKEN", "expired" },
		{ "USER_BANNED", "banned" },
		{ "RATE_LIMITED", "limited" } } },
	{ "jerry_registrations_total",
	  "Registrations, by what became of them.",
	  "POST",
	  AUTH "/register",
	  "",
	  { { "DUPLICATE_EMAIL", "duplicate" },
		{ "WEAK_PASSWORD", "weak_password" },
		{ "RATE_LIMITED", "limited" } } },
	{ "jerry_password_changes_total",
	  "Changes of a password by its user, by what became of them.",
	  "POST",
	  AUTH "/password/change",
	  "",
	  { { "WRONG_PASSWORD", "bad_credentials" }, { "WEAK_PASSWORD", "weak_password" } } },
	{ "jerry_refreshes_total",
	  "Calls of refresh, by what became of them.",
	  "POST",
	  AUTH "/refresh",
	  "",
	  { { "INVALID_TOKEN", "invalid" }, { "EXPIRED_TOKEN", "expired" } } },
	{ "jerry_tokens_validated_total",
	  "Calls of validate-token, by what became of them.",
	  "POST",
	  AUTH "/validate-token",
	  "",
	  { { "INVALID_TOKEN", "invalid" }, { "EXPIRED_TOKEN", "expired" } } },
};

void
traffic_configure(void)
{
	traffic_add_row("any", "unread", TRAFFIC_SIDECAR);
	traffic_add_row("any", "none", TRAFFIC_SIDECAR);
}

unsigned
traffic_add_row(const char *method, const char *path, TrafficKind kind)
{
	if (row_count == ROWS_MAX)
		fatalx("jerry: more than %d routes", ROWS_MAX);
	rows[row_count] = (Row){ method, path, kind, metrics_reserve(ROW_CELLS) };
	return row_count++;
}

/* The position of a code; CODE_COUNT if there is none of this name. */
static unsigned
find_code(const char *name)
{
	unsigned i = 0;

	while (i < CODE_COUNT && strcmp(codes[i].name, name) != 0)
		i++;
	return i;
}

void
traffic_count(unsigned row, int status, const char *code, uint64_t duration_us)
{
	MetricsCell cells = rows[row].cells;
	/* A positive answer is one, also when it had to be an old one. */
	unsigned position = code != NULL && status >= 400 ? find_code(code) : CODE_COUNT;

	if (position < CODE_COUNT)
		metrics_add(cells + CODES + position, 1);
	else
		metrics_add(cells + (unsigned) (status / 100 - FIRST_CLASS) % CLASS_COUNT, 1);
	if (row != TRAFFIC_UNREAD)
		metrics_observe(cells + DURATIONS, duration_us);
}

/* Is this where find_code() finds it, and can the row have it? */
static bool
is_of_row(unsigned position, const Row *row)
{
	return codes[position].kind <= row->kind && find_code(codes[position].name) == position;
}

static void
write_request_line(FILE *page, const Row *row, int class, const char *code, MetricsCell cell)
{
	fprintf(page,
			"jerry_http_requests_total{route=\"%s\",method=\"%s\",status=\"%dxx\",code=\"%s\"} "
			"%" PRIu64 "\n",
			row->path, row->method, class, code, metrics_sum(cell));
}

static void
write_requests(FILE *page)
{
	metrics_family(page, "jerry_http_requests_total", "counter",
				   "Requests, by route, class of the status and error code.");
	for (const Row *row = rows; row < rows + row_count; row++)
	{
		for (unsigned i = 0; i < CLASS_COUNT; i++)
			write_request_line(page, row, FIRST_CLASS + (int) i, "none", row->cells + i);
		for (unsigned i = 0; i < CODE_COUNT; i++)
		{
			if (is_of_row(i, row))
				write_request_line(page, row, codes[i].status / 100, codes[i].name,
								   row->cells + CODES + i);
		}
	}
}

static void
write_durations(FILE *page)
{
	static const char name[] = "jerry_http_request_duration_seconds";

	metrics_family(page, name, "histogram",
				   "Time from a complete request to its answer, by route.");
	for (const Row *row = rows + TRAFFIC_UNROUTED; row < rows + row_count; row++)
	{
		char labels[LABELS_SIZE];

		snprintf(labels, sizeof(labels), "route=\"%s\",method=\"%s\"", row->path, row->method);
		metrics_write_histogram(page, name, labels, row->cells + DURATIONS);
	}
}

static void
write_outcome(FILE *page, const Outcomes *of, const char *result, uint64_t count)
{
	fprintf(page, "%s{%sresult=\"%s\"} %" PRIu64 "\n", of->name, of->labels, result, count);
}

static const Row *
find_row(const char *method, const char *path)
{
	const Row *row = rows;

	while (row < rows + row_count &&
		   (strcmp(row->path, path) != 0 || strcmp(row->method, method) != 0))
		row++;
	return row < rows + row_count ? row : NULL;
}

/*
 * Each count is read once: what is left over must never be less than it was a
 * moment ago.
 */
static void
write_outcomes(FILE *page, const Outcomes *of)
{
	const Row *row = find_row(of->method, of->path);
	uint64_t counts[DURATIONS];
	uint64_t rest = 0;

	if (row == NULL)
		fatalx("jerry: no route is %s %s", of->method, of->path);
	for (unsigned i = 0; i < DURATIONS; i++)
		counts[i] = metrics_sum(row->cells + i);
	if (of->help[0] != '\0')
		metrics_family(page, of->name, "counter", of->help);
	write_outcome(page, of, "ok", counts[0] + counts[1]);
	for (unsigned i = 0; i < RESULTS_MAX && of->results[i].code != NULL; i++)
	{
		unsigned position = find_code(of->results[i].code);

		if (position == CODE_COUNT)
			fatalx("jerry: there is no code %s", of->results[i].code);
		write_outcome(page, of, of->results[i].result, counts[CODES + position]);
		counts[CODES + position] = 0;
	}
	for (unsigned i = 2; i < DURATIONS; i++)
		rest += counts[i];
	write_outcome(page, of, "error", rest);
}

void
traffic_write(FILE *page)
{
	write_requests(page);
	write_durations(page);
	for (size_t i = 0; i < lengthof(outcomes); i++)
		write_outcomes(page, &outcomes[i]);
}
