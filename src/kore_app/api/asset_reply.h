/*
 * asset_reply.h: sends a file that is compiled in.
 */
#ifndef JERRY_ASSET_REPLY_H
#define JERRY_ASSET_REPLY_H

#include "api/assets.h"
#include "http/reply.h"

/* The file at a path, or NULL. */
extern const Asset *asset_find(const char *path);

/*
 * Sends it in the encoding that the client takes, or 304 when the client has it
 * already.  policy holds the header lines that say what may be done with it.
 * Returns the status.
 */
extern int asset_reply(const ReplyContext *context, const Asset *asset, const char *policy);

#endif /* JERRY_ASSET_REPLY_H */
