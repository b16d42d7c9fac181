"""Whatever is away or killed: no mail is lost."""

import asyncio
import collections
import os
import signal
import time

import database
from waiting import eventually


def arrived(server, addresses):
    return set(addresses) <= set(server.recipients())


def test_a_mail_server_that_is_away_costs_no_try(new_courier, mail_server, outbox):
    mail_server.stop()
    courier = new_courier(outbox, mail_server)
    addresses = outbox.emit(30)
    for number in range(1, 5):
        eventually(lambda: len(courier.log("destination_away")) >= number, lambda: courier.output()[-2000:])
        assert {attempts for attempts, _ in outbox.waiting()} <= {0, 1}
    mail_server.start()
    eventually(lambda: arrived(mail_server, addresses), lambda: courier.output()[-2000:])
    outbox.wait_until_empty(courier)
    courier.wait_for("destination_back")
    assert outbox.dead() == []
    assert {line["attempt"] for line in courier.log("delivery") if line["outcome"] == "delivered"} == {1}


def test_a_database_that_restarts_loses_no_mail(new_courier, mail_server, own_cluster):
    outbox = own_cluster.outbox
    courier = new_courier(outbox, mail_server)
    addresses = outbox.emit(40)
    outbox.db.close()
    own_cluster.stop()
    courier.wait_for("database_lost")
    own_cluster.start()
    outbox.db = database.connect(outbox.dsn)
    addresses += outbox.emit(40)
    eventually(lambda: arrived(mail_server, addresses), lambda: courier.output()[-2000:])
    outbox.wait_until_empty(courier)


def test_what_was_delivered_while_the_database_was_away_is_not_sent_again(new_courier, mail_server, own_cluster):
    outbox = own_cluster.outbox
    go = []

    async def wait():
        while not go:
            await asyncio.sleep(0.02)

    mail_server.data = lambda address: wait()
    courier = new_courier(outbox, mail_server)
    addresses = outbox.emit(8)
    eventually(lambda: len(mail_server.commands) == 8, lambda: courier.output()[-2000:])
    outbox.db.close()
    own_cluster.stop()
    courier.wait_for("database_lost")
    go.append(True)
    eventually(lambda: len(courier.log("delivery")) == 8, lambda: courier.output()[-2000:])
    own_cluster.start()
    outbox.db = database.connect(outbox.dsn)
    outbox.wait_until_empty(courier)
    assert collections.Counter(mail_server.recipients()) == collections.Counter(addresses)


def test_a_session_that_is_ended_again_and_again_loses_no_mail(new_courier, mail_server, outbox):
    courier = new_courier(outbox, mail_server)
    addresses = []
    for _ in range(5):
        addresses += outbox.emit(20)
        database.query(
            outbox.db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'jerry_courier_test' AND datname = current_database()"
        )
        time.sleep(0.1)
    eventually(lambda: arrived(mail_server, addresses), lambda: courier.output()[-2000:])
    outbox.wait_until_empty(courier)


def test_a_database_without_jerry_is_waited_for(new_courier, mail_server, outbox):
    database.query(outbox.db, "DROP EXTENSION jerry CASCADE")
    courier = new_courier(outbox, mail_server)
    line = courier.wait_for("database_unreachable")
    assert line["message"].startswith("SQLSTATE ")
    database.query(outbox.db, "CREATE EXTENSION jerry CASCADE")
    courier.wait_for("database_connected")


def test_what_the_database_remarks_is_not_repeated(new_courier, mail_server, outbox):
    """It may be about a user."""
    database.query(outbox.db, "ALTER ROLE jerry_courier_test SET client_min_messages = 'debug5'")
    try:
        courier = new_courier(outbox, mail_server)
        outbox.emit(1)
        courier.wait_for("delivery", outcome="delivered")
        outbox.wait_until_empty(courier)
    finally:
        database.query(outbox.db, "ALTER ROLE jerry_courier_test RESET client_min_messages")
    assert courier.log("database_notice")[0]["message"] == "SQLSTATE 00000"
    assert courier.errors_file.read_text() == ""


def test_a_role_that_may_not_is_told_and_tried_ever_later(new_courier, mail_server, outbox):
    database.query(outbox.db, "SELECT count(*) FROM jerry.claim_events('mail')")
    courier = new_courier(outbox, mail_server)
    line = courier.wait_for("database_unreachable")
    assert line["message"].startswith("SQLSTATE 42501")
    tries = []
    for _ in range(3):
        tries.append(
            database.value(outbox.db, "SELECT sessions FROM pg_stat_database WHERE datname = current_database()")
        )
        time.sleep(3)
    assert tries[1] - tries[0] >= 3 > tries[2] - tries[1], tries
    assert len(courier.log("database_unreachable")) == 1, "what happens again is not said again"
    database.query(outbox.db, "SELECT jerry.assign_consumer('mail', 'jerry_courier_test')")
    courier.wait_for("database_connected")


def test_couriers_share_the_work(new_courier, mail_server, outbox):
    mail_server.rcpt = lambda address: asyncio.sleep(0.01)
    couriers = [new_courier(outbox, mail_server) for _ in range(2)]
    for courier in couriers:
        courier.wait_for("database_connected")
    addresses = outbox.emit(100)
    eventually(lambda: arrived(mail_server, addresses), lambda: couriers[0].output()[-2000:])
    outbox.wait_until_empty(couriers[0])
    assert collections.Counter(mail_server.recipients()) == collections.Counter(addresses)
    for courier in couriers:
        assert len(courier.log("delivery")) > 20, "one does nearly all"


def test_a_courier_that_is_killed_loses_no_mail(new_courier, mail_server, outbox):
    mail_server.rcpt = lambda address: asyncio.sleep(0.02)
    addresses = outbox.emit(60)
    for _ in range(3):
        before = len(mail_server.mails)
        courier = new_courier(outbox, mail_server)
        eventually(lambda: len(mail_server.mails) > before + 5, lambda: courier.output()[-2000:])
        courier.kill()
    outbox.make_due()
    courier = new_courier(outbox, mail_server)
    eventually(lambda: arrived(mail_server, addresses), lambda: courier.output()[-2000:])
    outbox.wait_until_empty(courier)
    twice = sum(times - 1 for times in collections.Counter(mail_server.recipients()).values())
    assert twice <= 3 * 8, "no more than were under way"


def test_what_is_under_way_at_the_end_is_finished(new_courier, mail_server, outbox):
    mail_server.data = lambda address: asyncio.sleep(1)
    courier = new_courier(outbox, mail_server)
    outbox.emit(20)
    eventually(lambda: len(mail_server.commands) == 8, lambda: courier.output()[-2000:])
    assert courier.stop() == 0
    assert len(mail_server.mails) == 8
    assert [attempts for attempts, _ in outbox.waiting()] == [0] * 12


def test_what_hangs_at_the_end_is_given_back(new_courier, mail_server, outbox):
    hanging = [True]
    mail_server.data = lambda address: asyncio.sleep(3600) if hanging else None
    courier = new_courier(outbox, mail_server)
    outbox.emit(3)
    eventually(lambda: len(mail_server.commands) == 3, lambda: courier.output()[-2000:])
    started = time.monotonic()
    assert courier.stop() == 0
    assert 9 < time.monotonic() - started < 14
    hanging.clear()
    courier = new_courier(outbox, mail_server)
    eventually(lambda: len(mail_server.mails) == 3, lambda: courier.output()[-2000:], seconds=10)
    outbox.wait_until_empty(courier)


def test_a_second_signal_ends_it_at_once(new_courier, mail_server, outbox):
    mail_server.data = lambda address: asyncio.sleep(3600)
    courier = new_courier(outbox, mail_server)
    outbox.emit(1)
    eventually(lambda: mail_server.commands, lambda: courier.output()[-2000:])
    courier.process.send_signal(signal.SIGINT)
    courier.wait_for("drain")
    courier.process.send_signal(signal.SIGINT)
    assert courier.process.wait(3) in (0, 1)


def test_nothing_is_asked_all_the_time(new_courier, mail_server, outbox):
    """Idle, it looks every five seconds."""
    courier = new_courier(outbox, mail_server)
    outbox.emit(1)
    outbox.wait_until_empty(courier)
    before = statements(courier)
    time.sleep(6)
    assert 1 <= statements(courier) - before <= 40


def statements(courier):
    """How often it was on the processor of its own accord."""
    status = open(f"/proc/{courier.process.pid}/status").read()
    return int(status.partition("voluntary_ctxt_switches:")[2].split()[0])


def test_a_mail_that_is_due_later_is_sent_then(new_courier, mail_server, outbox):
    """It sleeps until then, without a notification."""
    courier = new_courier(outbox, mail_server)
    courier.wait_for("database_connected")
    os.kill(courier.process.pid, signal.SIGSTOP)
    outbox.emit(1)
    database.query(outbox.db, "UPDATE jerry.delivery SET claimable_at = now() + interval '3 seconds'")
    os.kill(courier.process.pid, signal.SIGCONT)
    started = time.monotonic()
    courier.wait_for("delivery", outcome="delivered")
    assert time.monotonic() - started < 4.5
