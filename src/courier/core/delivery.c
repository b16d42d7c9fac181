/*
 * delivery.c: events on their way, and what becomes of them.
 */
#include "core/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/backoff.h"
#include "core/loop.h"
#include "core/memory.h"
#include "core/outbox.h"

/* Before an event that its destination refused for now is tried again. */
#define RETRY_FIRST_MS	 30000
#define RETRY_LONGEST_MS 3600000

/* A day and a half of tries: then it is a dead letter. */
#define ATTEMPTS_MAX 40

/* While the destination is away. */
#define PAUSE_FIRST_MS	 1000
#define PAUSE_LONGEST_MS 60000

static const Courier *courier;
static int parallel;
static Delivery *deliveries;
static int ndeliveries;

static unsigned failures;	  /* of the destination, in a row */
static LoopTimer pause_timer; /* set while nothing is tried */

static const char *const outcome_names[] = {
	[OUTCOME_NOTHING] = "nothing",
	[OUTCOME_EXPIRED] = "expired",
	[OUTCOME_DELIVERED] = "delivered",
	[OUTCOME_LATER] = "again later",
	[OUTCOME_UNWILLING] = "again later",
	[OUTCOME_NEVER] = "given up",
	[OUTCOME_AWAY] = "put off",
};

static int
room_left(void)
{
	if (pause_timer.set)
		return 0;
	/* Only one finds out whether the destination is back. */
	return (failures > 0 ? 1 : parallel) - ndeliveries;
}

static void
on_claimed(const OutboxEvent *event)
{
	Delivery *delivery = must_have(calloc(1, sizeof(*delivery)));

	snprintf(delivery->key, sizeof(delivery->key), "%s", event->key);
	delivery->id = event->id;
	delivery->attempt = event->attempt;
	delivery->claimed_at = event->claimed_at;
	delivery->since = loop_now();
	snprintf(delivery->type, sizeof(delivery->type), "%s", event->type);
	delivery->next = deliveries;
	deliveries = delivery;
	ndeliveries++;
	courier->deliver(delivery, event->payload, event->length);
}

static void
on_pause_over(void *argument)
{
	(void) argument;
	outbox_has_room();
}

bool
delivery_open(const Courier *of, const Config *config)
{
	courier = of;
	parallel = config->parallel;
	pause_timer.fire = on_pause_over;
	if (!courier->open(config))
		return false;
	return outbox_open(&(OutboxSettings){ .statements = courier->statements,
										  .database_url = config->database_url,
										  .consumer = courier->name,
										  .lease_s = courier->lease_s,
										  .room = room_left,
										  .claimed = on_claimed });
}

/* The destination takes nothing: says so, and has everything wait. */
static void
begin_pause(const char *reason)
{
	uint64_t delay;

	/* Those that were under way already have nothing to add. */
	if (pause_timer.set)
		return;
	delay = backoff_ms(++failures, PAUSE_FIRST_MS, PAUSE_LONGEST_MS);
	loop_set_timer(&pause_timer, delay);
	if (failures == 1)
		log_line(LOG_LEVEL_WARNING, "destination_away", "%s: %s", courier->destination, reason);
	else
		log_line(LOG_LEVEL_ERROR, "destination_away", "%s, %u times in a row: %s",
				 courier->destination, failures, reason);
}

static void
destination_is_there(void)
{
	if (failures == 0)
		return;
	failures = 0;
	loop_stop_timer(&pause_timer);
	log_line(LOG_LEVEL_INFO, "destination_back", "%s takes deliveries again", courier->destination);
}

static void
unlink_delivery(Delivery *delivery)
{
	Delivery **link = &deliveries;

	while (*link != delivery)
		link = &(*link)->next;
	*link = delivery->next;
	ndeliveries--;
}

static LogLevel
level_of(Outcome outcome)
{
	switch (outcome)
	{
		case OUTCOME_NOTHING:
		case OUTCOME_AWAY: /* which has a line of its own */
			return LOG_LEVEL_DEBUG;
		case OUTCOME_NEVER:
			return LOG_LEVEL_ERROR;
		case OUTCOME_LATER:
		case OUTCOME_UNWILLING:
			return LOG_LEVEL_WARNING;
		default:
			return LOG_LEVEL_INFO;
	}
}

static uint64_t
retry_delay(const Delivery *delivery)
{
	return backoff_ms((unsigned) delivery->attempt, RETRY_FIRST_MS, RETRY_LONGEST_MS);
}

static void
log_end(const Delivery *delivery, Outcome outcome, const char *reason)
{
	log_delivery(level_of(outcome),
				 &(LogDelivery){ .courier = courier->name,
								 .event_id = delivery->id,
								 .event_type = delivery->type,
								 .what = delivery->what,
								 .outcome = outcome_names[outcome],
								 .attempt = delivery->attempt,
								 .duration_ms = loop_now() - delivery->since,
								 .reason = reason });
}

int64_t
delivery_clock(const Delivery *delivery)
{
	return delivery->claimed_at + (int64_t) ((loop_now() - delivery->since) / 1000);
}

void
delivery_end(Delivery *delivery, Outcome outcome, const char *reason)
{
	uint64_t now = loop_now();
	uint64_t delay = retry_delay(delivery);

	if (outcome == OUTCOME_AWAY || outcome == OUTCOME_UNWILLING)
		begin_pause(reason);
	else if (outcome == OUTCOME_DELIVERED || outcome == OUTCOME_LATER)
		destination_is_there();
	if ((outcome == OUTCOME_LATER || outcome == OUTCOME_UNWILLING) &&
		delivery->attempt >= ATTEMPTS_MAX)
		outcome = OUTCOME_NEVER;

	log_end(delivery, outcome, reason);
	unlink_delivery(delivery);
	switch (outcome)
	{
		case OUTCOME_LATER:
		case OUTCOME_UNWILLING:
			outbox_retry(delivery->key, delay, reason);
			break;
		case OUTCOME_NEVER:
			outbox_reject(delivery->key, reason);
			break;
		case OUTCOME_AWAY:
			outbox_release(delivery->key, pause_timer.at > now ? pause_timer.at - now : 0);
			break;
		default:
			outbox_ack(delivery->key);
			break;
	}
	free(delivery);
	outbox_has_room();
}

void
delivery_finish(Delivery *delivery, int status, int wait_s, const char *reason)
{
	log_end(delivery, reason == NULL ? OUTCOME_DELIVERED : OUTCOME_LATER, reason);
	unlink_delivery(delivery);
	outbox_finish(delivery->key, status, wait_s, reason);
	free(delivery);
	outbox_has_room();
}

int
delivery_count(void)
{
	return ndeliveries;
}

void
delivery_give_back(void)
{
	while (deliveries != NULL)
	{
		Delivery *delivery = deliveries;

		courier->cancel(delivery);
		unlink_delivery(delivery);
		outbox_release(delivery->key, 0);
		free(delivery);
	}
}
