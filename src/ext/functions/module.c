/*
 * module.c: what runs when the library is loaded.
 */
#include "base/jerry.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "domain/drop_guard.h"
#include "store/setting.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "jerry", .version = JERRY_VERSION);
#else
PG_MODULE_MAGIC;
#endif

void _PG_init(void);

void
_PG_init(void)
{
	/*
	 * The server would leave every setting of ours at its default, for the rest
	 * of the session, with no more than a warning.
	 */
	if (IsInParallelMode() && !InitializingParallelWorker)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_STATE),
						errmsg("library \"jerry\" cannot be loaded during a parallel operation"),
						errhint("Call jerry.version() first, in a statement of its own.")));

	settings_define(store_load_settings);
	drop_guard_install();
}
