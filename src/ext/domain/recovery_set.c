/*
 * recovery_set.c: see recovery_set.h.
 */
#include "domain/recovery_set.h"

#include "base/bytes.h"
#include "base/settings.h"
#include "domain/hashing.h"
#include "store/recovery_code.h"
#include "utils/builtins.h"

RecoverySet *
recovery_set_make(void)
{
	RecoverySet *set = palloc0(sizeof(*set));
	HashingJob *jobs = palloc0(RECOVERY_CODES * sizeof(HashingJob));
	uint8 salt[BCRYPT_SALT_LENGTH];
	uint8 random[RECOVERY_BYTES];
	char code[RECOVERY_LENGTH + 1];

	random_bytes(salt, sizeof(salt));
	for (int i = 0; i < RECOVERY_CODES; i++)
	{
		HashingJob *job = &jobs[i];

		snprintf(job->setting, sizeof(job->setting), "$2a$%02d$", settings()->bcrypt_cost);
		bcrypt_write_salt(salt, job->setting + strlen(job->setting));
		random_bytes(random, sizeof(random));
		recovery_make(random, code);
		recovery_show(code, set->shown[i]);
		job->password = cstring_to_text(code);
	}
	explicit_bzero(random, sizeof(random));
	explicit_bzero(code, sizeof(code));
	hashing_run(jobs, RECOVERY_CODES);
	for (int i = 0; i < RECOVERY_CODES; i++)
	{
		set->hashes[i] = pstrdup(jobs[i].hash);
		explicit_bzero(VARDATA_ANY(jobs[i].password), RECOVERY_LENGTH);
	}
	pfree(jobs);
	return set;
}

void
recovery_set_store(const RecoverySet *set, const pg_uuid_t *user_id, TimestampTz now)
{
	store_put_recovery_codes(user_id, (const char *const *) set->hashes, RECOVERY_CODES, now);
}

void
recovery_set_answer(RecoverySet *set, JsonWriter *w)
{
	List *codes = NIL;

	for (int i = 0; i < RECOVERY_CODES; i++)
		codes = lappend(codes, set->shown[i]);
	json_texts(w, "recovery_codes", codes);
	explicit_bzero(set->shown, sizeof(set->shown));
}

char *
recovery_hash(const pg_uuid_t *user_id, const text *typed)
{
	HashingJob job = { 0 };
	char code[RECOVERY_LENGTH + 1] = "";
	bool is_code = recovery_read(VARDATA_ANY(typed), VARSIZE_ANY_EXHDR(typed), code);
	char *one = store_recovery_hash(user_id);
	char *hash;

	/* Of an account without codes there is a salt, too. */
	if (one != NULL)
		strlcpy(job.setting, one, BCRYPT_SETTING_LENGTH + 1);
	else
		snprintf(job.setting, sizeof(job.setting), "$2a$%02d$......................",
				 settings()->bcrypt_cost);
	job.password = cstring_to_text(is_code ? code : "no code");
	hashing_run(&job, 1);
	hash = is_code && one != NULL ? pstrdup(job.hash) : NULL;
	explicit_bzero(VARDATA_ANY(job.password), VARSIZE_ANY_EXHDR(job.password));
	explicit_bzero(code, sizeof(code));
	explicit_bzero(&job, sizeof(job));
	return hash;
}
