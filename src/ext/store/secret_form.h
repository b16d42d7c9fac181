/*
 * secret_form.h: a secret as two columns of a row have it: as it is, or sealed
 * where jerry.key_file is set.
 */
#ifndef JERRY_SECRET_FORM_H
#define JERRY_SECRET_FORM_H

#include "base/key_file.h"
#include "store/row.h"

/* As it is to be stored, palloc'd: one of them, the other is 0. */
typedef struct SecretForm
{
	Datum open;
	Datum sealed;
} SecretForm;

/*
 * The form that jerry.key_file wants; an error if that file cannot be used.
 * And wipes what of it is open.
 */
extern SecretForm secret_form(const KeyFiles *files, const SealedPlace *place, const uint8 *secret,
							  int n);
extern void secret_form_wipe(SecretForm *form);

/*
 * While others are sealed none is to be stored open because a server has lost
 * its setting: an error.
 */
extern void secret_form_raise_open(void);

/* The same for a secret of webhooks or of factors. */
extern void secret_form_require_sealing(const KeyFiles *files);

/* One that is stored. */
typedef struct FormedSecret
{
	uint8 *bytes; /* palloc'd, which the caller wipes; NULL: it cannot be opened, and why */
	int n;
	SealedFor why;
	bool as_set; /* in the form that jerry.key_file wants */
} FormedSecret;

/* Reads it from the open column of a row, or the sealed one behind it. */
extern void secret_form_read(HeapTuple row, int open_column, TupleDesc descriptor,
							 const KeyFiles *files, const SealedPlace *place,
							 FormedSecret *secret);

#endif /* JERRY_SECRET_FORM_H */
