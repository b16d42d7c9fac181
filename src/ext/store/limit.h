/*
 * limit.h: tables jerry.rate_limit and jerry.rate_bucket.
 *
 * They are read without SQL, as the last commit left them: what is limited is
 * asked about often.  None of it is there in an installation of 1.1.0 until it
 * is updated.
 */
#ifndef JERRY_STORE_LIMIT_H
#define JERRY_STORE_LIMIT_H

#include "base/bytes.h"
#include "store/probe.h"

typedef struct StoredLimit
{
	char *name;
	int quantity; /* 0: the limit is off */
	int seconds;
	int burst;
	TimestampTz changed_at;
} StoredLimit;

typedef struct StoredLimits
{
	StoredLimit *limits;
	int n;
	int room;
} StoredLimits;

/* A row of jerry.rate_bucket, but for what is used of it. */
typedef struct StoredBucket
{
	pg_uuid_t id;
	bool has_account;
	bool has_network;
	pg_uuid_t account;
	pg_uuid_t network;
} StoredBucket;

extern bool store_knows_limits(void);

/* What is not at its default. */
extern StoredLimits store_load_limits(void);

extern void store_set_limit(const StoredLimit *limit);
extern void store_delete_limit(const char *name);

/* Until when something of it is used; false: nothing is. */
extern bool store_find_bucket(const pg_uuid_t *id, TimestampTz *full_until);

/*
 * Uses more of a bucket: it is then full until that much later than it was, or
 * than now, and until most at the latest.  If that is later than allowed
 * nothing happens, and the answer is false.  One that is full until later than
 * believable counts as one that is not used.  Who holds the row is waited for,
 * but not for long: that is an error that passes.
 */
extern bool store_use_bucket(const StoredBucket *bucket, TimestampTz now, int64 more,
							 TimestampTz allowed, TimestampTz most, TimestampTz believable,
							 TimestampTz *full_until);

/*
 * Forgets what was used by an account, a network, or both (NULL: none); returns
 * how many rows that were.
 */
extern int64 store_delete_buckets_of(const pg_uuid_t *account, const pg_uuid_t *network);

/*
 * Deletes at most batch buckets of which nothing is used any more, and, if more
 * than keep are left, of the others those that will be so first; returns how
 * many.
 */
extern int64 store_delete_buckets(TimestampTz now, int64 keep, int64 batch);

#endif /* JERRY_STORE_LIMIT_H */
