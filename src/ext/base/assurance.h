/*
 * assurance.h: how, and when, a user has proved to be the one, as sessions,
 * tokens and answers say it.
 */
#ifndef JERRY_ASSURANCE_H
#define JERRY_ASSURANCE_H

#include "base/json.h"

/* Methods, as claim amr has them (RFC 8176, but for recovery_code). */
#define METHOD_PASSWORD		 "pwd"
#define METHOD_CODE			 "otp" /* of a mail, or of an authenticator app */
#define METHOD_RECOVERY_CODE "recovery_code"
#define METHOD_MULTI		 "mfa" /* more than one factor */

#define AAL_MIN 1
#define AAL_MAX 2

typedef struct Assurance
{
	int level;					  /* AAL_MIN to AAL_MAX */
	List *methods;				  /* char *, palloc'd; NIL: not known */
	TimestampTz authenticated_at; /* by the user, not by a token; DT_NOBEGIN: not known */
} Assurance;

/* What somebody asks for. */
typedef struct Demand
{
	int level;	 /* 0: any */
	int max_age; /* in seconds; -1: any */
} Demand;

/* "aal2", and the level of that; 0: it is none. */
static inline const char *
assurance_name(int level)
{
	return level == AAL_MAX ? "aal2" : "aal1";
}

static inline int
assurance_level(const char *name)
{
	for (int level = AAL_MIN; level <= AAL_MAX; level++)
		if (strcmp(name, assurance_name(level)) == 0)
			return level;
	return 0;
}

/* Of who has proved to be the user by this method alone; when is not set. */
extern Assurance assurance_of(const char *method);

/* Adds a method, once. */
extern void assurance_add(Assurance *assurance, const char *method);

/* Members "aal", "amr" and "auth_time"; the last two where they are known. */
extern void assurance_write(JsonWriter *w, const Assurance *assurance);

/* What of a demand is not met; false: nothing. */
extern bool assurance_lacks(const Assurance *assurance, const Demand *demand, TimestampTz now,
							Demand *missing);

#endif /* JERRY_ASSURANCE_H */
