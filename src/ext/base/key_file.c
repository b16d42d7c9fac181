/*
 * key_file.c: see key_file.h.
 *
 * What is wrong with a file is not raised but kept: whoever needs no secret
 * gets along without the file.  No path is in a text, which a caller may see
 * who may not read the settings.
 */
#include "base/key_file.h"

#include "base/settings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/stringinfo.h"
#include "storage/fd.h"

/*
 * As the server wants it of the key of its certificate: root may let a group
 * read its file, nobody else lets anybody.
 */
static bool
others_have_access(const struct stat *status)
{
	if (status->st_uid == 0 && geteuid() != 0)
		return (status->st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) != 0;
	return (status->st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

/* What is wrong with an open file; NULL: nothing, and bytes is what it has. */
static const char *
read_bytes(int file, uint8 bytes[AES_KEY_LENGTH])
{
	struct stat status;

	if (fstat(file, &status) != 0)
		return psprintf("cannot be read: %m");
	if (!S_ISREG(status.st_mode))
		return "is not a regular file";
	if (status.st_uid != geteuid() && status.st_uid != 0)
		return "belongs neither to the server's user nor to root";
	if (others_have_access(&status))
		return "can be read or changed by others than its owner";
	if (status.st_size != AES_KEY_LENGTH)
		return psprintf("has %lld bytes, not %d", (long long) status.st_size, AES_KEY_LENGTH);
	if (read(file, bytes, AES_KEY_LENGTH) != AES_KEY_LENGTH)
		return "cannot be read as a whole";
	return NULL;
}

/* Does the file, wherever links to it are, belong to the database? */
static bool
is_in_data_directory(const char *path)
{
	char file[PATH_MAX];
	char folder[PATH_MAX];
	size_t n;

	if (realpath(path, file) == NULL || realpath(DataDir, folder) == NULL)
		return false;
	n = strlen(folder);
	return strncmp(file, folder, n) == 0 && file[n] == '/';
}

/* What is wrong with the file at a path; NULL: nothing, and key is its key. */
static const char *
read_path(const char *path, SealingKey *key)
{
	uint8 bytes[AES_KEY_LENGTH];
	const char *problem;
	int file;

	if (!is_absolute_path(path))
		return "is not named by an absolute path";
	/* Without waiting for somebody who writes, should it be a pipe. */
	file = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | PG_BINARY);
	if (file < 0)
		return psprintf("cannot be opened: %m");
	problem = read_bytes(file, bytes);
	CloseTransientFile(file);
	if (problem == NULL)
		sealing_key(bytes, key);
	explicit_bzero(bytes, sizeof(bytes));
	return problem;
}

static void
read_file(KeyFile *file, const char *setting, const char *path)
{
	file->setting = setting;
	file->is_set = path[0] != '\0';
	if (!file->is_set)
		return;
	file->problem = read_path(path, &file->key);
	file->in_data_directory = is_in_data_directory(path);
}

void
key_files_wipe(KeyFiles *files)
{
	explicit_bzero(files->current.key.bytes, AES_KEY_LENGTH);
	explicit_bzero(files->old.key.bytes, AES_KEY_LENGTH);
}

/* With the memory context of the files. */
static void
wipe_late(void *files)
{
	key_files_wipe(files);
}

KeyFiles *
key_files_read(void)
{
	KeyFiles *files = palloc0(sizeof(KeyFiles));
	MemoryContextCallback *callback = palloc(sizeof(*callback));

	callback->func = wipe_late;
	callback->arg = files;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	read_file(&files->current, "jerry.key_file", jerry_key_file);
	read_file(&files->old, "jerry.old_key_file", jerry_old_key_file);
	return files;
}

bool
key_file_has_sealed(const KeyFile *file, const uint8 *sealed, int n)
{
	const uint8 *name;

	return file->is_set && file->problem == NULL &&
		   sealed_with(sealed, n, &name) == SEALED_WITH_OTHER_KEY &&
		   memcmp(name, file->key.name, SEALING_NAME_LENGTH) == 0;
}

uint8 *
seal_secret(const KeyFiles *files, const SealedPlace *place, const uint8 *secret, int n)
{
	const KeyFile *file = &files->current;
	uint8 *sealed;

	if (file->problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR), errmsg("secret cannot be sealed"),
				 errdetail("The file of %s %s.", file->setting, file->problem), errhidestmt(true)));
	sealed = palloc(SEALED_LENGTH(n));
	seal(&file->key, place, secret, n, sealed);
	return sealed;
}

/* What there is instead of the file that is needed. */
static void
add_file(StringInfo detail, const KeyFile *file)
{
	char digits[SEALING_NAME_DIGITS + 1];

	if (!file->is_set)
		appendStringInfo(detail, "; %s is not set", file->setting);
	else if (file->problem != NULL)
		appendStringInfo(detail, "; the file of %s %s", file->setting, file->problem);
	else
	{
		sealing_name(file->key.name, digits);
		appendStringInfo(detail, "; the file of %s is named %s", file->setting, digits);
	}
}

/* Why no file opens a secret. */
static void
explain(const KeyFiles *files, UnsealResult result, const uint8 *name, SealedFor *why)
{
	char digits[SEALING_NAME_DIGITS + 1];
	StringInfoData detail;

	initStringInfo(&detail);
	why->code = ERRCODE_DATA_CORRUPTED;
	switch (result)
	{
		case UNSEALED:
		case SEALED_BUT_DAMAGED:
			appendStringInfoString(&detail, "It is damaged, or was moved from another row.");
			break;
		case SEALED_BY_NEWER_VERSION:
			why->code = ERRCODE_FEATURE_NOT_SUPPORTED;
			appendStringInfoString(&detail, "It was sealed by a newer version of Jerry.");
			break;
		case SEALED_WITH_OTHER_KEY:
			why->code = ERRCODE_CONFIG_FILE_ERROR;
			sealing_name(name, digits);
			appendStringInfo(&detail, "It is sealed with the key file named %s", digits);
			add_file(&detail, &files->current);
			if (files->old.is_set)
				add_file(&detail, &files->old);
			appendStringInfoChar(&detail, '.');
			break;
	}
	why->detail = detail.data;
}

uint8 *
open_secret(const KeyFiles *files, const SealedPlace *place, const uint8 *sealed, int n,
			SealedFor *why)
{
	const KeyFile *const both[] = { &files->current, &files->old };
	const uint8 *name;
	UnsealResult result = sealed_with(sealed, n, &name);
	uint8 *secret = palloc(Max(n, 1));

	for (int i = 0; i < lengthof(both) && result == SEALED_WITH_OTHER_KEY; i++)
		if (both[i]->is_set && both[i]->problem == NULL)
			result = unseal(&both[i]->key, place, sealed, n, secret);
	if (result == UNSEALED)
		return secret;
	explain(files, result, name, why);
	pfree(secret);
	return NULL;
}
