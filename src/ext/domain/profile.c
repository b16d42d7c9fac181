/*
 * profile.c: see profile.h.
 */
#include "domain/profile.h"

#include "base/json_patch.h"
#include "domain/profile_text.h"

#define METADATA_MAX 8192 /* bytes, as text */

static const char too_much[] = "Field must be at most 8192 bytes long";

/* Notes that a field has another value now. */
static void
note_change(StringInfo changed, const char *field)
{
	if (changed->len > 0)
		appendStringInfoChar(changed, ',');
	appendStringInfoString(changed, field);
}

/*
 * Merges changes into one of the JSON objects, or with NULL empties it; returns
 * what is wrong, or NULL.
 */
static const char *
change_object(Jsonb **stored, Jsonb *changes, const char *field, StringInfo changed)
{
	Jsonb *result = changes == NULL ? jsonb_empty_object() : json_patch_apply(*stored, changes);

	if (jsonb_equal(*stored, result))
		return NULL;
	if (strlen(jsonb_text(result)) > METADATA_MAX)
		return too_much;
	note_change(changed, field);
	*stored = result;
	return NULL;
}

/* Sets one of the texts; returns what is wrong, or NULL. */
static const char *
change_text(char **stored, const JsonbValue *value, ProfileRule rule, const char *field,
			StringInfo changed)
{
	char *result = NULL;

	if (value->type == jbvString)
	{
		const char *issue = rule(value->val.string.val, value->val.string.len);

		if (issue != NULL)
			return issue;
		result = pnstrdup(value->val.string.val, value->val.string.len);
	}
	else if (value->type != jbvNull)
		return "Field must be a string or null";
	if (result == NULL ? *stored != NULL : *stored == NULL || strcmp(*stored, result) != 0)
		note_change(changed, field);
	*stored = result;
	return NULL;
}

/* Changes one field to a value; returns what is wrong, or NULL. */
static const char *
change_field(StoredProfile *profile, const char *field, const JsonbValue *value,
			 StringInfo changed)
{
	if (strcmp(field, "name") == 0)
		return change_text(&profile->name, value, profile_name_issue, field, changed);
	if (strcmp(field, "phone") == 0)
		return change_text(&profile->phone, value, profile_phone_issue, field, changed);
	if (strcmp(field, "locale") == 0)
		return change_text(&profile->locale, value, profile_locale_issue, field, changed);
	if (value->type == jbvNull)
		return change_object(&profile->metadata, NULL, field, changed);
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		return "Field must be an object or null";
	return change_object(&profile->metadata, JsonbValueToJsonb(unconstify(JsonbValue *, value)),
						 field, changed);
}

const char *
profile_change(StoredProfile *profile, const text *changes, ProfileIssue *issue)
{
	static const char *const fields[] = { "name", "phone", "locale", "metadata" };
	Jsonb *patch;
	StringInfoData changed;
	uint32 known = 0;

	issue->field = NULL;
	patch = json_patch_read(changes, &issue->issue);
	if (patch == NULL)
		return NULL;
	initStringInfo(&changed);
	for (int i = 0; i < lengthof(fields); i++)
	{
		JsonbValue member;

		if (getKeyJsonValueFromContainer(&patch->root, fields[i], strlen(fields[i]), &member) ==
			NULL)
			continue;
		known++;
		issue->issue = change_field(profile, fields[i], &member, &changed);
		if (issue->issue != NULL)
		{
			issue->field = fields[i];
			return NULL;
		}
	}
	if (known == JB_ROOT_COUNT(patch))
		return changed.data;
	issue->issue = "Only name, phone, locale and metadata can be changed";
	return NULL;
}

const char *
profile_change_app_metadata(StoredProfile *profile, const text *changes, ProfileIssue *issue)
{
	Jsonb *patch = json_patch_read(changes, &issue->issue);
	StringInfoData changed;

	issue->field = "changes";
	if (patch == NULL)
		return NULL;
	initStringInfo(&changed);
	issue->issue = change_object(&profile->app_metadata, patch, "app_metadata", &changed);
	return issue->issue == NULL ? changed.data : NULL;
}

static void
write_object(JsonWriter *w, const char *key, Jsonb *value)
{
	json_member(w, key, jsonb_text(value));
}

void
profile_write(JsonWriter *w, const StoredUser *user, const StoredProfile *profile)
{
	json_uuid(w, "user_id", &user->id);
	json_text(w, "email", user->email);
	json_bool(w, "is_email_verified", user->is_email_verified);
	json_time(w, "created_at", user->created_at);
	json_text(w, "name", profile->name);
	json_text(w, "phone", profile->phone);
	json_text(w, "locale", profile->locale);
	write_object(w, "metadata", profile->metadata);
	write_object(w, "app_metadata", profile->app_metadata);
}
