/*
 * process.h: what the system gives away of a process.
 */
#ifndef JERRY_PROCESS_H
#define JERRY_PROCESS_H

/*
 * No core files, and nothing to read in /proc for other processes of the same
 * user: there are passwords and tokens in the memory.
 */
extern void process_keep_secrets(void);

#endif /* JERRY_PROCESS_H */
