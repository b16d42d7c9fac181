/*
 * audit_check.h: is what is on record what was sealed?
 */
#ifndef JERRY_DOMAIN_AUDIT_CHECK_H
#define JERRY_DOMAIN_AUDIT_CHECK_H

#include "domain/audit_seal.h"

typedef enum AuditProblem
{
	AUDIT_INTACT,
	AUDIT_ROW_CHANGED,
	AUDIT_ROW_REMOVED,
	AUDIT_ROW_ADDED,
	AUDIT_SEAL_CHANGED,
	AUDIT_SEAL_REMOVED,
	AUDIT_SEAL_REPLACED /* by another than the one that was kept */
} AuditProblem;

typedef struct AuditVerdict
{
	AuditProblem problem; /* the first one */
	int64 seal;			  /* where it is: the id of the seal */
	int64 row;			  /* and of the row, if it is about one */
	bool row_is_there;
	TimestampTz at; /* of the row that is there */
	char *action;
	int64 seals; /* how many were compared */
	int64 rows;
	int64 not_sealed; /* how many rows are above the last seal */
	char *newest;	  /* the last seal as its keeper has it; NULL: there is none */
	DateADT dropped;  /* the last month that jerry.audit_retention has dropped; -infinity: none */
} AuditVerdict;

/* Whether a text is a seal as audit_seal_text() writes it. */
extern bool audit_is_seal(const char *text);

/*
 * Compares the seals with each other and with the one that was kept (NULL:
 * none), and the rows with the seals of since or later.
 */
extern AuditVerdict audit_check(TimestampTz since, const char *kept);

#endif /* JERRY_DOMAIN_AUDIT_CHECK_H */
