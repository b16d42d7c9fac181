/*
 * mail_request.c: who asks for a mail with a one-time token:
 * resend_verification, request_password_reset.
 */
#include "base/jerry.h"

#include "base/client.h"
#include "base/envelope.h"
#include "domain/address.h"
#include "domain/one_time.h"

/*
 * Answers the request for a token of a purpose to the address in argument 0,
 * for the client in argument 1; the answer tells nothing of who has it.
 */
static Datum
request_mail(FunctionCallInfo fcinfo, OneTimePurpose purpose, const char *message)
{
	char email[EMAIL_MAX + 1];
	EmailVerdict verdict;
	Client client = client_argument(fcinfo, 1);
	Datum refusal;
	JsonWriter w;

	if (PG_ARGISNULL(0))
		return answer_required("email");
	verdict = address_read(PG_GETARG_TEXT_PP(0), email);
	if (verdict != EMAIL_VALID && verdict != EMAIL_OUTDATED)
		return address_refusal("email", verdict);
	if (!one_time_request(purpose, email, &client, &refusal))
		return refusal;

	answer_start(&w);
	json_text(&w, "message", message);
	return answer_finish(&w);
}

PG_FUNCTION_INFO_V1(jerry_resend_verification);

/*
 * resend_verification(email text, client jerry.client
 * DEFAULT NULL) RETURNS json
 */
Datum
jerry_resend_verification(PG_FUNCTION_ARGS)
{
	jerry_require_primary("jerry.resend_verification()");
	return request_mail(fcinfo, ONE_TIME_VERIFY_EMAIL,
						"If this address belongs to an account that is not verified, a new"
						" verification token is on its way.");
}

PG_FUNCTION_INFO_V1(jerry_request_password_reset);

/*
 * request_password_reset(email text, client jerry.client DEFAULT NULL) RETURNS
 * json
 */
Datum
jerry_request_password_reset(PG_FUNCTION_ARGS)
{
	jerry_require_primary("jerry.request_password_reset()");
	return request_mail(fcinfo, ONE_TIME_RESET_PASSWORD,
						"If this address belongs to an account, a token for a new password is on"
						" its way.");
}
