/*
 * guessable.h: what somebody guesses who knows whose password it is, and for
 * which service.
 *
 * Letters are compared without their case, in normal form C.  Marks between
 * letters do not matter where a whole name is looked for: J-o-h-n is john.
 */
#ifndef JERRY_GUESSABLE_H
#define JERRY_GUESSABLE_H

#include "base/jerry.h"

/* Text without its case, in normal form C: terminated, palloc'd. */
extern char *fold_case(const char *utf8, Size length);

/*
 * Does a folded password contain a part of an address in its stored form: of
 * the local part, or of a label of the domain?  A part is the whole or a run of
 * letters in it, and has at least four characters, of which those of scripts
 * that write a syllable or a word with one count twice.  The last label of a
 * domain is none, nor are labels that half the world has (mail).
 */
extern bool guessable_by_address(const char *folded, const char *email);

/*
 * Does it contain one of several names, separated by commas, that have three
 * characters or more?
 */
extern bool guessable_by_name(const char *folded, const char *names);

#endif /* JERRY_GUESSABLE_H */
