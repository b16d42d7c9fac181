/*
 * audit_seal.h: seals of what is on record: whoever changes, removes or adds a
 * row behind a seal is found out, a superuser too.
 *
 * A seal has the hash of each row, and is hashed together with the previous
 * seal's hash.  So the newest one stands for all that was on record: who keeps
 * it elsewhere finds out even whoever makes all seals anew.
 *
 * Rows are sealed in batches, in the order of their ids, by one session at a
 * time, which waits until everybody who may have an id below is at its end.
 * Who puts something on record waits for nobody.
 *
 * Once no row is left of those of a seal and of all before it, its entries are
 * of no use any more, and it keeps their hash instead.  Its own is made of that
 * one anyway, so the chain stays what it was, from its first seal on.
 */
#ifndef JERRY_DOMAIN_AUDIT_SEAL_H
#define JERRY_DOMAIN_AUDIT_SEAL_H

#include "store/audit_seal.h"

/*
 * Seals what was not sealed before, at most so many rows, and emits
 * audit.sealed; returns how many rows that were: none while another session
 * seals, or somebody who is putting something on record does not come to an
 * end.
 */
extern int64 audit_seal(int64 most, TimestampTz now);

/*
 * Waits until no row with an id up to *up_to, which is the last that was drawn,
 * is still to come: at most patience ms for those who are writing rows.  false:
 * they go on.  Not by a lock: one of them may be waiting for this one.
 */
extern bool audit_settle(int patience, int64 *up_to);

/*
 * Has some of the oldest seals keep no more than the hash of their entries,
 * where no row of theirs is left.
 */
extern void audit_seal_shorten(void);

/* Is that all that a seal has of its entries? */
extern bool audit_seal_is_short(const StoredSeal *seal);

/* The hash that a seal must have, by what it says. */
extern void audit_seal_hash(const StoredSeal *seal, uint8 hash[SHA256_LENGTH]);

/* As its keeper gets it: id, colon, hash in hexadecimal digits; palloc'd. */
extern char *audit_seal_text(const StoredSeal *seal);

/* How many entries it has, a short one none, and one of them. */
extern int audit_seal_count(const StoredSeal *seal);
extern AuditEntry audit_seal_entry(const StoredSeal *seal, int n);

#endif /* JERRY_DOMAIN_AUDIT_SEAL_H */
