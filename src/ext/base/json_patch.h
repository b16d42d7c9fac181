/*
 * json_patch.h: changes to a JSON object, as JSON Merge Patch has them (RFC
 * 7396).
 */
#ifndef JERRY_JSON_PATCH_H
#define JERRY_JSON_PATCH_H

#include "base/jerry.h"

#include "utils/jsonb.h"

#define JSON_PATCH_MAX	 16384 /* bytes of the text */
#define JSON_PATCH_DEPTH 32	   /* objects and arrays in each other */

/*
 * An object of somebody's, to be stored: with texts only, numbers as a double
 * holds them, and no member that appears twice anywhere.  NULL: *issue is a
 * constant sentence on what is wrong.
 */
extern Jsonb *json_patch_read(const text *json, const char **issue);

/*
 * The target with the patch, an object, applied to it: members that are null
 * there go, objects are merged, anything else takes the place of what is there.
 */
extern Jsonb *json_patch_apply(Jsonb *target, Jsonb *patch);

/* The value as text; palloc'd. */
extern char *jsonb_text(Jsonb *value);

/* Are they the same value? */
extern bool jsonb_equal(Jsonb *a, Jsonb *b);

extern Jsonb *jsonb_empty_object(void);

#endif /* JERRY_JSON_PATCH_H */
