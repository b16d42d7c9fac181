/*
 * profile.h: what users say of themselves, and what the application keeps of
 * them.
 */
#ifndef JERRY_PROFILE_H
#define JERRY_PROFILE_H

#include "base/envelope.h"
#include "store/user.h"

/* Why changes are refused. */
typedef struct ProfileIssue
{
	const char *field; /* NULL: they as a whole */
	const char *issue;
} ProfileIssue;

/*
 * Makes changes, a JSON Merge Patch, to a profile: name, phone, locale and
 * metadata, where null takes away what is there.  Returns the names of what is
 * another value now, separated by commas, "" if nothing is; NULL: *issue says
 * why all of it is refused.
 */
extern const char *profile_change(StoredProfile *profile, const text *changes, ProfileIssue *issue);

/* The same for app_metadata, to which the changes belong as a whole. */
extern const char *profile_change_app_metadata(StoredProfile *profile, const text *changes,
											   ProfileIssue *issue);

/* The members of an answer that says who a user is. */
extern void profile_write(JsonWriter *w, const StoredUser *user, const StoredProfile *profile);

#endif /* JERRY_PROFILE_H */
