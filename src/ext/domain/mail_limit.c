/*
 * mail_limit.c: see mail_limit.h.
 */
#include "domain/mail_limit.h"

bool
mail_limit_takes(const Limits *limits, const char *email)
{
	Limits mails = limits_of_same_call(limits);

	limit_add_account(&mails, LIMIT_MAIL_PAUSE, email);
	limit_add_account(&mails, LIMIT_MAIL_ACCOUNT, email);
	return limits_take(&mails);
}
