/*
 * envelope.h: the one JSON value that every public function returns, and every
 * error code with its message.
 *
 *		{"success":true,"data":{...},"timestamp":"2026-01-15T10:30:00Z"}
 *		{"success":false,"error":{"code":"...","message":"...","details":{...}},
 *		 "timestamp":"..."}
 *
 * A negative answer is a result, not an ERROR: what was recorded along the way
 * stays recorded.
 */
#ifndef JERRY_ENVELOPE_H
#define JERRY_ENVELOPE_H

#include "base/assurance.h"

#include "codes.h"

/*
 * contract/codes.txt: each code is the number of the SQLSTATE that jerry.unwrap
 * raises, 1 is JR001.
 */
#define ERROR_CODE(code, number, status, message) CODE_##code = number,
typedef enum ErrorCode
{
	DATABASE_CODES(ERROR_CODE)
} ErrorCode;
#undef ERROR_CODE

#define JERRY_SQLSTATE(code) MAKE_SQLSTATE('J', 'R', '0', '0' + (code) / 10, '0' + (code) % 10)

/* What a client reads: CODE_EXPIRED_TOKEN, and a sentence about it. */
extern const char *error_name(ErrorCode code);
extern const char *error_message(ErrorCode code);

/*
 * Positive answer: answer_start, members of data by the functions of json.h,
 * answer_finish, which returns the json datum.
 */
extern void answer_start(JsonWriter *w);
extern Datum answer_finish(JsonWriter *w);

/* Positive answer whose data are JSON already. */
extern Datum answer_data(const char *json, int length);

/*
 * Negative answer.  field and issue go to the details and may be NULL; neither
 * is ever the caller's input.
 */
extern Datum answer_error(ErrorCode code, const char *field, const char *issue);

/*
 * Negative answer that says in how many seconds to come again, and why (NULL:
 * the code says it).
 */
extern Datum answer_wait(ErrorCode code, const char *issue, int seconds);

/*
 * Negative answer that says until when it is so; null: for good (DT_NOEND).
 */
extern Datum answer_until(ErrorCode code, TimestampTz until);

/* CODE_STEP_UP_REQUIRED, with what is missing. */
extern Datum answer_step_up(const Demand *missing);

/*
 * CODE_RATE_LIMITED, with what is allowed: quantity uses in so many seconds.
 */
extern Datum answer_limited(int wait, const char *limit, int quantity, int seconds);

/*
 * HOOK_REFUSED with a message, or NULL, a code and a status of a hook's own.
 */
extern Datum answer_of_hook(const char *code, const char *message, int status);

/* Negative answer for a required value that is NULL. */
extern Datum answer_required(const char *field);

/*
 * Is it a positive answer as answer_start begins one?  False: it may be one all
 * the same.
 */
extern bool answer_is_our_success(const text *answer);

/*
 * Reads an answer: true and its data, or false, the code and the error object.
 * Raises an error when the value is not an answer.
 */
extern bool answer_read(text *answer, text **data, text **error, ErrorCode *code);

/*
 * Raises the error of a negative answer, by its error object, as jerry.unwrap()
 * does.
 */
extern void answer_raise(text *error, ErrorCode code) __attribute__((noreturn));

/* object -> key, as JSON and as a string; NULL: there is no such member. */
extern text *json_member_of(text *object, const char *key);
extern char *json_string_of(text *object, const char *key);

#endif /* JERRY_ENVELOPE_H */
