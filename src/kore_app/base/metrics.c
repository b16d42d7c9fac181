/*
 * metrics.c: see metrics.h.
 */
#include "base/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include <kore/kore.h>

#include "base/lengthof.h"

/* So that two slots share no cache line. */
#define CELLS_PER_LINE (64 / sizeof(atomic_ullong))

typedef atomic_ullong Cell;

/*
 * The buckets of a histogram, in microseconds; behind the last is infinity.
 * The sum comes behind them.
 */
static const unsigned bounds[] = { 500, 1000, 2500, 5000, 10000, 25000, 50000,
								   100000, 250000, 500000, 1000000, 2500000, 5000000 };

#define BUCKET_COUNT ((unsigned) lengthof(bounds) + 1)

_Static_assert(BUCKET_COUNT + 1 == METRICS_HISTOGRAM_CELLS, "the buckets and the sum");

/*
 * What one worker has written and all may read.  The sequence is odd while it
 * is being written; a reader that has seen it change has read nothing.
 */
typedef struct Board
{
	atomic_uint sequence;
	uint64_t until;
	size_t length;
	char lines[METRICS_BOARD_SIZE];
} Board;

static unsigned reserved;
static unsigned slot_size; /* in cells */
static int slot_count;
static Cell *slots; /* NULL: nobody wants to know */
static Cell *own;
static Board *board;

MetricsCell
metrics_reserve(unsigned count)
{
	MetricsCell first = reserved;

	reserved += count;
	return first;
}

static void *
map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		fatal("could not map shared memory: %s", errno_s);
	return memory;
}

void
metrics_map(int workers)
{
	slot_size = (reserved / CELLS_PER_LINE + 1) * CELLS_PER_LINE;
	slot_count = workers;
	slots = map(slot_size * sizeof(Cell) * (unsigned) workers);
	board = map(sizeof(*board));
}

void
metrics_choose_slot(int id)
{
	if (slots != NULL && id >= 1 && id <= slot_count)
		own = slots + (unsigned) (id - 1) * slot_size;
}

void
metrics_add(MetricsCell cell, uint64_t number)
{
	if (own != NULL)
		atomic_fetch_add_explicit(own + cell, number, memory_order_relaxed);
}

void
metrics_set(MetricsCell cell, uint64_t number)
{
	if (own != NULL)
		atomic_store_explicit(own + cell, number, memory_order_relaxed);
}

uint64_t
metrics_of_worker(MetricsCell cell, int id)
{
	return atomic_load_explicit(slots + (unsigned) (id - 1) * slot_size + cell,
								memory_order_relaxed);
}

uint64_t
metrics_sum(MetricsCell cell)
{
	uint64_t sum = 0;

	for (int id = 1; id <= slot_count; id++)
		sum += metrics_of_worker(cell, id);
	return sum;
}

void
metrics_observe(MetricsCell histogram, uint64_t duration_us)
{
	unsigned bucket = 0;

	while (bucket < lengthof(bounds) && duration_us > bounds[bucket])
		bucket++;
	metrics_add(histogram + bucket, 1);
	metrics_add(histogram + BUCKET_COUNT, duration_us);
}

/*
 * The number of all is that of the last bucket, so that the two agree whatever
 * was counted in between.
 */
void
metrics_write_histogram(FILE *page, const char *name, const char *labels, MetricsCell histogram)
{
	uint64_t total = 0;
	uint64_t sum;

	for (unsigned i = 0; i < BUCKET_COUNT; i++)
	{
		total += metrics_sum(histogram + i);
		fprintf(page, "%s_bucket{%s,le=\"", name, labels);
		if (i < lengthof(bounds))
			fprintf(page, "%g", bounds[i] / 1e6);
		else
			fprintf(page, "+Inf");
		fprintf(page, "\"} %" PRIu64 "\n", total);
	}
	sum = metrics_sum(histogram + BUCKET_COUNT);
	fprintf(page, "%s_sum{%s} %" PRIu64 ".%06" PRIu64 "\n", name, labels, sum / 1000000,
			sum % 1000000);
	fprintf(page, "%s_count{%s} %" PRIu64 "\n", name, labels, total);
}

void
metrics_family(FILE *page, const char *name, const char *type, const char *help)
{
	fprintf(page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

bool
metrics_post(const char *lines, size_t length, uint64_t until)
{
	/* Who wrote before may have died over it. */
	unsigned sequence = atomic_load(&board->sequence) | 1;

	if (length > sizeof(board->lines))
		return false;
	atomic_store(&board->sequence, sequence);
	atomic_thread_fence(memory_order_seq_cst);
	memcpy(board->lines, lines, length);
	board->length = length;
	board->until = until;
	atomic_store(&board->sequence, sequence + 1);
	return true;
}

void
metrics_write_board(FILE *page, uint64_t now)
{
	static char lines[METRICS_BOARD_SIZE];
	unsigned sequence = atomic_load(&board->sequence);
	size_t length = board->length;
	bool current = now < board->until;

	if (length > sizeof(lines))
		return;
	memcpy(lines, board->lines, length);
	atomic_thread_fence(memory_order_seq_cst);
	if (current && sequence % 2 == 0 && atomic_load(&board->sequence) == sequence)
		fwrite(lines, 1, length, page);
}
