/*
 * fair_queue.c: see fair_queue.h.
 *
 * A client is here as long as it has an entry.  While one of them waits, it is
 * also on two ladders: among those with as many under way, in the order of
 * their turns, and among those with as many entries altogether.  A ladder knows
 * its lowest or highest rung in use, which moves by few rungs at a time.
 */
#include "db/fair_queue.h"

#include <stdlib.h>
#include <sys/param.h>


TAILQ_HEAD(FairLine, FairEntry);
TAILQ_HEAD(FairRung, FairClient);

typedef struct FairClient
{
	LIST_ENTRY(FairClient) chain; /* of its bucket, or of the free ones */
	TAILQ_ENTRY(FairClient) turn; /* on the ladder of turns */
	TAILQ_ENTRY(FairClient) size; /* on the ladder of sizes */
	uint64_t client;
	int waiting;
	int under_way;
	struct FairLine line; /* what waits, oldest first */
} FairClient;

LIST_HEAD(FairChain, FairClient);

struct FairQueue
{
	int capacity;
	int slots;
	int waiting;
	int clients_waiting;
	struct FairRung *turns; /* by entries under way, 0 to slots */
	int lowest;				/* no client waits on a rung below */
	struct FairRung *sizes; /* by all entries, 0 to slots + capacity */
	int highest;			/* no client waits on a rung above */
	struct FairChain *buckets;
	unsigned bucket_bits;
	struct FairChain free;
	FairClient clients[]; /* all that there can be, each in a bucket or free */
};

FairQueue *
fair_queue_new(int capacity, int slots)
{
	int most = capacity + slots;
	unsigned bits = 1;
	FairQueue *queue = calloc(1, sizeof(*queue) + (size_t) most * sizeof(FairClient));
	struct FairRung *turns = calloc((size_t) slots + 1, sizeof(*turns));
	struct FairRung *sizes = calloc((size_t) most + 1, sizeof(*sizes));
	struct FairChain *buckets;

	while (1 << bits < most)
		bits++;
	buckets = calloc((size_t) 1 << bits, sizeof(*buckets));
	if (queue == NULL || turns == NULL || sizes == NULL || buckets == NULL)
	{
		free(buckets);
		free(sizes);
		free(turns);
		free(queue);
		return NULL;
	}

	queue->capacity = capacity;
	queue->slots = slots;
	queue->lowest = slots;
	queue->turns = turns;
	queue->sizes = sizes;
	queue->buckets = buckets;
	queue->bucket_bits = bits;
	for (int i = 0; i <= slots; i++)
		TAILQ_INIT(&queue->turns[i]);
	for (int i = 0; i <= most; i++)
		TAILQ_INIT(&queue->sizes[i]);
	for (int i = 0; i < most; i++)
		LIST_INSERT_HEAD(&queue->free, &queue->clients[i], chain);
	return queue;
}

/*
 * Fibonacci hashing: the upper bits of the product depend on all of client's.
 */
static struct FairChain *
bucket_of(const FairQueue *queue, uint64_t client)
{
	return &queue->buckets[(client * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - queue->bucket_bits)];
}

static FairClient *
find_client(const FairQueue *queue, uint64_t client)
{
	FairClient *found;

	LIST_FOREACH(found, bucket_of(queue, client), chain)
	{
		if (found->client == client)
			break;
	}
	return found;
}

/*
 * Puts a client on the ladder of turns, behind those with as many under way.
 */
static void
enter_turns(FairQueue *queue, FairClient *client)
{
	TAILQ_INSERT_TAIL(&queue->turns[client->under_way], client, turn);
	queue->lowest = MIN(queue->lowest, client->under_way);
}

static void
leave_turns(FairQueue *queue, FairClient *client)
{
	TAILQ_REMOVE(&queue->turns[client->under_way], client, turn);
	while (queue->lowest < queue->slots && TAILQ_EMPTY(&queue->turns[queue->lowest]))
		queue->lowest++;
}

static int
size_of(const FairClient *client)
{
	return client->waiting + client->under_way;
}

/* Puts a client on the ladder of sizes. */
static void
enter_sizes(FairQueue *queue, FairClient *client)
{
	TAILQ_INSERT_TAIL(&queue->sizes[size_of(client)], client, size);
	queue->highest = MAX(queue->highest, size_of(client));
}

static void
leave_sizes(FairQueue *queue, FairClient *client)
{
	TAILQ_REMOVE(&queue->sizes[size_of(client)], client, size);
	while (queue->highest > 0 && TAILQ_EMPTY(&queue->sizes[queue->highest]))
		queue->highest--;
}

/*
 * Changes a client's numbers, and its rungs with them.  What only waits keeps
 * its turn: who asks for more is not served later for it.
 */
static void
change_client(FairQueue *queue, FairClient *client, int waiting, int under_way)
{
	bool waited = client->waiting > 0;
	bool waits = client->waiting + waiting > 0;

	if (waited)
		leave_sizes(queue, client);
	if (waited && (!waits || under_way != 0))
		leave_turns(queue, client);

	client->waiting += waiting;
	client->under_way += under_way;
	queue->waiting += waiting;
	queue->clients_waiting += waits - waited;

	if (waits)
		enter_sizes(queue, client);
	if (waits && (!waited || under_way != 0))
		enter_turns(queue, client);
	if (size_of(client) == 0)
	{
		LIST_REMOVE(client, chain);
		LIST_INSERT_HEAD(&queue->free, client, chain);
	}
}

/* The client, made for its first entry. */
static FairClient *
meet_client(FairQueue *queue, uint64_t number)
{
	FairClient *client = find_client(queue, number);

	if (client == NULL)
	{
		client = LIST_FIRST(&queue->free);
		LIST_REMOVE(client, chain);
		client->client = number;
		TAILQ_INIT(&client->line);
		LIST_INSERT_HEAD(bucket_of(queue, number), client, chain);
	}
	return client;
}

bool
fair_queue_push(FairQueue *queue, FairEntry *entry, uint64_t number, FairEntry **displaced)
{
	*displaced = NULL;
	if (queue->waiting >= queue->capacity)
	{
		const FairClient *known = find_client(queue, number);
		const FairClient *largest = TAILQ_FIRST(&queue->sizes[queue->highest]);

		if (size_of(largest) < (known != NULL ? size_of(known) : 0) + 2)
			return false;
		*displaced = TAILQ_LAST(&largest->line, FairLine);
		fair_queue_remove(queue, *displaced);
	}

	entry->client = meet_client(queue, number);
	entry->waits = true;
	TAILQ_INSERT_TAIL(&entry->client->line, entry, link);
	change_client(queue, entry->client, 1, 0);
	return true;
}

FairEntry *
fair_queue_first(const FairQueue *queue)
{
	const FairClient *client = TAILQ_FIRST(&queue->turns[queue->lowest]);

	return client != NULL ? TAILQ_FIRST(&client->line) : NULL;
}

FairEntry *
fair_queue_pop(FairQueue *queue)
{
	FairEntry *entry = fair_queue_first(queue);

	if (entry == NULL)
		return NULL;
	TAILQ_REMOVE(&entry->client->line, entry, link);
	entry->waits = false;
	change_client(queue, entry->client, -1, 1);
	return entry;
}

void
fair_queue_remove(FairQueue *queue, FairEntry *entry)
{
	FairClient *client = entry->client;

	entry->client = NULL;
	if (entry->waits)
		TAILQ_REMOVE(&client->line, entry, link);
	change_client(queue, client, entry->waits ? -1 : 0, entry->waits ? 0 : -1);
}

int
fair_queue_waiting(const FairQueue *queue)
{
	return queue->waiting;
}

int
fair_queue_ahead(const FairQueue *queue, uint64_t number)
{
	const FairClient *client = find_client(queue, number);
	int own = client != NULL ? client->waiting : 0;
	int others = queue->clients_waiting - (own > 0);

	return MIN(queue->waiting, own + others * (own + 1));
}
