/*
 * Last: PostgreSQL lets everybody call a new function.  Here nobody may but those who were granted it above.
 */

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA jerry FROM PUBLIC;
