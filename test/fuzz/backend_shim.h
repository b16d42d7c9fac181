/*
 * backend_shim.h: the part of a PostgreSQL backend that the fuzz targets of the
 * extension run in.
 */
#ifndef JERRY_BACKEND_SHIM_H
#define JERRY_BACKEND_SHIM_H

#include <stdint.h>

/* What the clock of the backend shows: seconds since 1970. */
#define SHIM_NOW INT64_C(1768473000) /* 2026-01-15T10:30:00Z */

/*
 * Frees all that was palloc'd, after the callbacks for it, as the end of a
 * statement does.
 */
extern void shim_end_statement(void);

#endif /* JERRY_BACKEND_SHIM_H */
