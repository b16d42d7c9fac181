/*
 * reminder.h: who has registered and not verified the address is mailed again.
 */
#ifndef JERRY_REMINDER_H
#define JERRY_REMINDER_H

#include "base/jerry.h"

/*
 * Looks at users, max at most, for whom a time of jerry.reminder_after has come
 * within the last day, once for each of these times, and emits
 * user.verification_reminder with a new token for those of them who have asked
 * for mail to verify, are not banned and have not had too many mails; returns
 * for how many.
 */
extern int reminder_send_due(int max, TimestampTz now);

#endif /* JERRY_REMINDER_H */
