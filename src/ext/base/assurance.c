/*
 * assurance.c: see assurance.h.
 */
#include "base/assurance.h"

Assurance
assurance_of(const char *method)
{
	return (Assurance){ AAL_MIN, list_make1(pstrdup(method)), DT_NOBEGIN };
}

void
assurance_add(Assurance *assurance, const char *method)
{
	ListCell *cell;

	foreach(cell, assurance->methods)
		if (strcmp(lfirst(cell), method) == 0)
			return;
	assurance->methods = lappend(assurance->methods, pstrdup(method));
}

void
assurance_write(JsonWriter *w, const Assurance *assurance)
{
	json_text(w, "aal", assurance_name(assurance->level));
	if (assurance->methods != NIL)
		json_texts(w, "amr", assurance->methods);
	if (!TIMESTAMP_IS_NOBEGIN(assurance->authenticated_at))
		json_int(w, "auth_time", timestamptz_to_time_t(assurance->authenticated_at));
}

bool
assurance_lacks(const Assurance *assurance, const Demand *demand, TimestampTz now, Demand *missing)
{
	missing->level = assurance->level < demand->level ? demand->level : 0;
	missing->max_age = -1;
	if (demand->max_age >= 0 && (TIMESTAMP_IS_NOBEGIN(assurance->authenticated_at) ||
								 timestamptz_to_time_t(now) -
										 timestamptz_to_time_t(assurance->authenticated_at) >
									 demand->max_age))
		missing->max_age = demand->max_age;
	return missing->level > 0 || missing->max_age >= 0;
}
