"""The record is exported in the order of its ids, and rows come to be seen in another one."""

import threading

from database import connect, query, value
from installation import PASSWORD, answer
from waiting import eventually


def test_nothing_is_skipped_that_commits_late(new_installation):
    dsn = new_installation()
    slow, quick, exporter = connect(dsn), connect(dsn), connect(dsn)
    answer(quick, "register", "ada@example.com", PASSWORD, PASSWORD)
    # makes the first key, for which others wait
    answer(quick, "login", "ada@example.com", PASSWORD)
    since = value(quick, "SELECT max(id) FROM jerry.audit")
    query(slow, "BEGIN")
    answer(slow, "login", "ada@example.com", PASSWORD)
    # a later id, which is seen first
    answer(quick, "login", "ada@example.com", PASSWORD)
    exported = []
    export = threading.Thread(
        target=lambda: exported.extend(query(exporter, "SELECT id FROM jerry.export_audit(%s)", since))
    )
    export.start()
    waits = """SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Extension' AND state = 'active'
        AND query LIKE '%%jerry.export_audit%%' AND pid = %s"""
    eventually(lambda: query(quick, waits, exporter.info.backend_pid), "it does not wait")
    query(slow, "COMMIT")
    export.join(60)
    written = query(quick, "SELECT id FROM jerry.audit WHERE id > %s ORDER BY id", since)
    assert len(written) == 2 and exported == written
    for db in slow, quick, exporter:
        db.close()
