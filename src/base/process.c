/*
 * process.c: see process.h.
 */
#include "base/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void
process_keep_secrets(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifndef JERRY_ALLOW_ALL_SYSCALLS
	prctl(PR_SET_DUMPABLE, 0); /* the leak sanitizer could not work */
#endif
}
