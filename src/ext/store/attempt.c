/*
 * attempt.c: see attempt.h.
 */
#include "store/attempt.h"

#include "access/xact.h"
#include "base/local_setting.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/resowner.h"
#include "utils/timeout.h"

/* The time of an attempt is up. */
static volatile sig_atomic_t is_up = false;

/*
 * The error that was caught, in this memory context; where there is no memory
 * for it, that there is none.  Thrown on, that would leave the session in the
 * subtransaction, and so in a transaction that it never began.
 */
static ErrorData *
take_error(MemoryContext context)
{
	static char message[] = "out of memory";
	static ErrorData no_memory = { .elevel = ERROR,
								   .output_to_server = true,
								   .output_to_client = true,
								   .sqlerrcode = ERRCODE_OUT_OF_MEMORY,
								   .message = message };
	ErrorData *volatile error = &no_memory;

	PG_TRY();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
	}
	PG_END_TRY();
	FlushErrorState();
	return error;
}

ErrorData *
attempt(bool (*work)(void *arg), void *arg, bool *done)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile error = NULL;

	*done = false;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		*done = work(arg);
		if (*done)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		error = take_error(context);
		RollbackAndReleaseCurrentSubTransaction();
		*done = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return error;
}

/* Handler of the timeout. */
static void
cancel_attempt(void)
{
	is_up = true;
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

ErrorData *
attempt_for(int ms, bool (*work)(void *arg), void *arg, bool *done)
{
	static TimeoutId timeout = MAX_TIMEOUTS;
	ErrorData *error;

	if (timeout == MAX_TIMEOUTS)
		timeout = RegisterTimeout(USER_TIMEOUT, cancel_attempt);
	is_up = false;
	enable_timeout_after(timeout, ms);
	error = attempt(work, arg, done);
	disable_timeout(timeout, false);
	/* It was over in the moment in which the time was up. */
	if (is_up && (error == NULL || error->sqlerrcode != ERRCODE_QUERY_CANCELED))
		QueryCancelPending = false;
	if (!is_up && error != NULL && error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	return error;
}

void
attempt_limit_wait(int ms)
{
	char value[16];

	if (LockTimeout > 0 && LockTimeout <= ms)
		return;
	snprintf(value, sizeof(value), "%d", ms);
	set_locally("lock_timeout", value);
}
