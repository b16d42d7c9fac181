/*
 * fuzz_queue.c: libFuzzer target for the queue that is shared out by client.
 *
 * The input is a list of operations.  Each is done to the queue and to a plain
 * list that looks for everything from its start, and both have to agree on who
 * is next, who has to go, and how many there are.
 */
#include "db/fair_queue.h"
#include "fuzz.h"

#define CAPACITY 5
#define SLOTS	 3
#define ENTRIES	 32
#define CLIENTS	 6

typedef enum State
{
	NOWHERE,
	WAITS,
	UNDER_WAY
} State;

typedef struct Model
{
	FairEntry entry; /* must be first */
	State state;
	unsigned client;
	unsigned arrived;
} Model;

static Model entries[ENTRIES];
static unsigned turn[CLIENTS]; /* since when a client has been waiting for its turn */
static unsigned now;

static int
count(unsigned client, State state)
{
	int found = 0;

	for (int i = 0; i < ENTRIES; i++)
		found += entries[i].state == state && (client == CLIENTS || entries[i].client == client);
	return found;
}

static int
size_of(unsigned client)
{
	return count(client, WAITS) + count(client, UNDER_WAY);
}

/* The oldest or the newest entry of a client that waits. */
static Model *
waiting(unsigned client, bool newest)
{
	Model *found = NULL;

	for (int i = 0; i < ENTRIES; i++)
	{
		Model *m = &entries[i];

		if (m->state == WAITS && m->client == client &&
			(found == NULL || (m->arrived > found->arrived) == newest))
			found = m;
	}
	return found;
}

/* What fair_queue_pop() has to return. */
static Model *
next(void)
{
	unsigned best = CLIENTS;

	for (unsigned c = 0; c < CLIENTS; c++)
	{
		int busy = count(c, UNDER_WAY);

		if (count(c, WAITS) > 0 &&
			(best == CLIENTS || busy < count(best, UNDER_WAY) ||
			 (busy == count(best, UNDER_WAY) && turn[c] < turn[best])))
			best = c;
	}
	return best < CLIENTS ? waiting(best, false) : NULL;
}

static void
push(FairQueue *queue, Model *m, unsigned client)
{
	bool full = count(CLIENTS, WAITS) == CAPACITY;
	int largest = 0;
	bool first = count(client, WAITS) == 0;
	FairEntry *displaced;
	bool taken;

	for (unsigned c = 0; c < CLIENTS; c++)
	{
		if (count(c, WAITS) > 0 && size_of(c) > largest)
			largest = size_of(c);
	}
	taken = fair_queue_push(queue, &m->entry, client, &displaced);
	REQUIRE(taken == (!full || largest >= size_of(client) + 2));
	REQUIRE((displaced != NULL) == (taken && full));
	if (displaced != NULL)
	{
		Model *gone = (Model *) displaced;

		REQUIRE(size_of(gone->client) == largest && gone == waiting(gone->client, true));
		gone->state = NOWHERE;
	}
	if (!taken)
		return;
	m->state = WAITS;
	m->client = client;
	m->arrived = ++now;
	if (first)
		turn[client] = now;
}

static void
pop(FairQueue *queue)
{
	Model *expected = count(CLIENTS, UNDER_WAY) < SLOTS ? next() : NULL;

	if (count(CLIENTS, UNDER_WAY) == SLOTS)
		return; /* the owner would not ask */
	REQUIRE((Model *) fair_queue_first(queue) == expected);
	REQUIRE((Model *) fair_queue_pop(queue) == expected);
	if (expected == NULL)
		return;
	expected->state = UNDER_WAY;
	turn[expected->client] = ++now;
}

static void
take_out(FairQueue *queue, Model *m)
{
	if (m->state == NOWHERE)
		return;
	fair_queue_remove(queue, &m->entry);
	if (m->state == UNDER_WAY)
		turn[m->client] = ++now;
	m->state = NOWHERE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FairQueue *queue; /* lives as long as the process, as in the sidecar */

	if (queue == NULL)
		queue = fair_queue_new(CAPACITY, SLOTS);
	for (size_t i = 0; i + 1 < size; i += 2)
	{
		Model *m = &entries[data[i + 1] % ENTRIES];
		unsigned client = data[i] / 3 % CLIENTS;

		if (data[i] % 3 == 0 && m->state == NOWHERE)
		{
			int own = count(client, WAITS);
			int ahead = fair_queue_ahead(queue, client);

			REQUIRE(ahead >= own && ahead <= count(CLIENTS, WAITS));
			push(queue, m, client);
		}
		else if (data[i] % 3 == 1)
			pop(queue);
		else
			take_out(queue, m);
		REQUIRE(fair_queue_waiting(queue) == count(CLIENTS, WAITS));
	}
	for (int i = 0; i < ENTRIES; i++)
		take_out(queue, &entries[i]);
	REQUIRE(fair_queue_pop(queue) == NULL);
	return 0;
}
