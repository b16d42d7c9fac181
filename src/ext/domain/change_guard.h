/*
 * change_guard.h: what would change the definition of Jerry's tables, see
 * change_guard.c.
 */
#ifndef JERRY_CHANGE_GUARD_H
#define JERRY_CHANGE_GUARD_H

#include "base/jerry.h"

#include "nodes/nodes.h"

/*
 * The table of ours that a command would change; InvalidOid: none, or one that
 * the server refuses to this role anyway.
 */
extern Oid changed_table(Node *command);

#endif /* JERRY_CHANGE_GUARD_H */
