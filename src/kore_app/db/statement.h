/*
 * statement.h: what can be asked of the database.
 *
 * A statement is written once, as a row of the routes or by the maintenance,
 * and known by its address everywhere: the lanes queue its calls, the
 * connections prepare and execute it.  Nothing but data.
 */
#ifndef JERRY_STATEMENT_H
#define JERRY_STATEMENT_H

#include <stdbool.h>

/* The most values of a statement. */
#define STATEMENT_MAX_VALUES 24

typedef enum LaneId
{
	LANE_READ,
	LANE_WRITE,
	LANE_LOGIN,
	LANE_COUNT
} LaneId;

/* How an answer says that it is a negative one. */
typedef enum AnswerStyle
{
	ANSWER_ENVELOPE, /* {"success":false,"error":{"code":… */
	ANSWER_RFC,		 /* {"error":… (RFC 6749, 5.2) */
	ANSWER_BARE		 /* not at all */
} AnswerStyle;

/*
 * What of a call can be done ahead for several of them; see hash_ahead.h.
 */
typedef struct StatementAhead
{
	const char *kind; /* as hash_ahead() calls it; NULL: nothing */
	int email;		  /* which of the values, from 0 */
	int password;
	int client; /* the first of its values; they are the last of all */
} StatementAhead;

/*
 * It is prepared on every connection of its lane and answers with one row of
 * one column, of which nothing but the code of a negative answer is read here.
 * In the read lane it must not write.  One that asks the primary first goes to
 * the replica only while there is no primary: it shows what its client may have
 * changed a moment ago, or notes what may be noted twice or never.  One that
 * may also write for good or take its time, as the database is configured,
 * answers NULL then, and is sent to the write lane, as are its next calls: who
 * validates is to wait neither for a commit nor for a hook.
 *
 * Of one that must not write another one may have the last word, when it has
 * answered INVALID_TOKEN: it takes the first of the values, a token, and the
 * address of the client, and is sent to the primary, in the same lane.  What it
 * says replaces that answer, which stands if it says nothing in time.
 */
typedef struct Statement
{
	const char *name;
	const char *sql;
	int nparams;
	LaneId lane;
	AnswerStyle style;
	bool primary_first;
	bool may_write;
	StatementAhead ahead;
	const struct Statement *last_word; /* or NULL */
} Statement;

#endif /* JERRY_STATEMENT_H */
