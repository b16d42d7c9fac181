/*
 * address.c: see address.h.
 */
#include "domain/address.h"

#include "base/envelope.h"

EmailVerdict
address_read(const text *value, char stored[EMAIL_MAX + 1])
{
	EmailVerdict verdict = email_read(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), stored);

	if (verdict == EMAIL_NO_MEMORY)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"), errhidestmt(true)));
	return verdict;
}

Datum
address_refusal(const char *field, EmailVerdict verdict)
{
	if (verdict == EMAIL_SPECIAL_USE)
		return answer_error(
			CODE_INVALID_EMAIL, field,
			"The domain is reserved (like .test, .invalid and .local) and never has mail");
	return answer_error(CODE_INVALID_EMAIL, field, "Email address is not valid");
}
