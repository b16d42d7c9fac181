/*
 * local_setting.c: see local_setting.h.
 */
#include "base/local_setting.h"

#include "utils/guc.h"

void
set_locally(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
}
