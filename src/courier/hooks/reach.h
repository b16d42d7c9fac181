/*
 * reach.h: which addresses a webhook may reach: those of the internet, and of
 * others what the operator allows.
 *
 * A name says nothing: whoever owns it lets it stand for what he likes, and for
 * something else a moment later.  So it is the address of the connection that
 * is asked about.
 */
#ifndef JERRY_HOOKS_REACH_H
#define JERRY_HOOKS_REACH_H

#include "base/network.h"

#include <sys/socket.h>

/*
 * What kind of address it is that must not be reached: "loopback", "private"
 * and the like; NULL: it may be, as an address of the internet or of one of the
 * networks that are allowed.
 */
extern const char *reach_refusal(const struct sockaddr *address, const Network *allowed,
								 size_t count);

#endif /* JERRY_HOOKS_REACH_H */
