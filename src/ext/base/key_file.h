/*
 * key_file.h: the files that jerry.key_file and jerry.old_key_file name, and
 * secrets that are sealed with them.
 *
 * jerry.key_file seals, and both open.  The second is for the time in which
 * secrets are sealed with another file, or opened for good: each secret can be
 * used then whether or not it is converted yet.
 *
 * The files are read when they are needed, and nothing of them outlives the
 * memory context in which they were.
 */
#ifndef JERRY_KEY_FILE_H
#define JERRY_KEY_FILE_H

#include "base/sealing.h"

typedef struct KeyFile
{
	const char *setting;
	bool is_set;
	bool in_data_directory; /* so that base backups have it */
	const char *problem;	/* goes on from "the file of jerry.key_file"; NULL: key is the key */
	SealingKey key;
} KeyFile;

typedef struct KeyFiles
{
	KeyFile current;
	KeyFile old;
} KeyFiles;

/* Why a secret cannot be opened: an SQLSTATE, and a sentence. */
typedef struct SealedFor
{
	int code;
	char *detail;
} SealedFor;

/*
 * Palloc'd; wiped with the current memory context at the latest.  What is wrong
 * with a file is no error yet.
 */
extern KeyFiles *key_files_read(void);
extern void key_files_wipe(KeyFiles *files);

/* Is it this file that has sealed these n bytes?  False unless it is set. */
extern bool key_file_has_sealed(const KeyFile *file, const uint8 *sealed, int n);

/*
 * The secret as it is to be stored where jerry.key_file is set; palloc'd,
 * SEALED_LENGTH(n) bytes.  An error if that file cannot be used.
 */
extern uint8 *seal_secret(const KeyFiles *files, const SealedPlace *place, const uint8 *secret,
						  int n);

/*
 * The n - SEALING_OVERHEAD palloc'd bytes of a sealed secret, which the caller
 * wipes; or NULL, and why.
 */
extern uint8 *open_secret(const KeyFiles *files, const SealedPlace *place, const uint8 *sealed,
						  int n, SealedFor *why);

#endif /* JERRY_KEY_FILE_H */
