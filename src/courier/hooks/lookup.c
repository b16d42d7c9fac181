/*
 * lookup.c: see lookup.h.
 *
 * All is the loop's but an Answer, which is its thread's until that hands it
 * over.  A thread reads the name of its host, which stays until then.
 */
#include "hooks/lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/loop.h"
#include "core/memory.h"

#define ADDRESSES_MAX  8
#define ADDRESSES_SIZE (ADDRESSES_MAX * (INET6_ADDRSTRLEN + 3))

/* As many as there can be webhooks. */
#define THREADS_MAX 100

/*
 * A name server is asked again after five seconds.  Where nothing was heard
 * last time, whoever asks again does not wait for long.
 */
#define PATIENCE_MS		   6000
#define PATIENCE_SILENT_MS 1000

/* So long nobody asks again whose name was silent: then that is forgotten. */
#define SILENT_KEPT_MS 3600000

/* Known for so long: a name that stands for something else is soon noticed. */
#define FRESH_MS 10000

typedef struct LookupName
{
	char *host;
	enum
	{
		NAME_UNKNOWN,
		NAME_ASKED,	  /* a thread is at it */
		NAME_OVERDUE, /* it still is, and nobody waits for it any more */
		NAME_KNOWN
	} state;
	uint64_t known_at;
	uint64_t silent_at; /* 0: when asked last, it answered */
	char addresses[ADDRESSES_SIZE];
	LoopTimer patience;
	Lookup *waiting;
	struct LookupName *next;
} LookupName;

typedef struct Answer
{
	LookupName *name;
	char addresses[ADDRESSES_SIZE];
	const char *problem; /* NULL: none */
	bool heard;			 /* somebody has answered, if only that there is none */
	struct Answer *next;
} Answer;

static LookupName *names;
static int nthreads;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of answers */
static Answer *answers;
static int bell = -1; /* rings in the loop when there are answers */

/* Adds an address to a list. */
static void
add_address(char *list, const struct sockaddr *address)
{
	size_t used = strlen(list);
	char text[INET6_ADDRSTRLEN];

	if (address->sa_family == AF_INET)
	{
		struct sockaddr_in ipv4;

		memcpy(&ipv4, address, sizeof(ipv4));
		inet_ntop(AF_INET, &ipv4.sin_addr, text, sizeof(text));
		snprintf(list + used, ADDRESSES_SIZE - used, "%s%s", used > 0 ? "," : "", text);
	}
	else if (address->sa_family == AF_INET6)
	{
		struct sockaddr_in6 ipv6;

		memcpy(&ipv6, address, sizeof(ipv6));
		inet_ntop(AF_INET6, &ipv6.sin6_addr, text, sizeof(text));
		snprintf(list + used, ADDRESSES_SIZE - used, "%s[%s]", used > 0 ? "," : "", text);
	}
}

/* The thread: one look-up. */
static void *
look_up(void *argument)
{
	Answer *answer = argument;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int error = getaddrinfo(answer->name->host, NULL, &hints, &found);
	int n = 0;

	for (struct addrinfo *one = found; one != NULL && n < ADDRESSES_MAX; one = one->ai_next, n++)
		add_address(answer->addresses, one->ai_addr);
	if (found != NULL)
		freeaddrinfo(found);
	if (answer->addresses[0] == '\0')
		answer->problem = error != 0 ? gai_strerror(error) : "no address";
	answer->heard = error != EAI_AGAIN;

	pthread_mutex_lock(&lock);
	answer->next = answers;
	answers = answer;
	pthread_mutex_unlock(&lock);
	(void) eventfd_write(bell, 1);
	return NULL;
}

/* Tells all who wait for a name; it may be gone when the last one was. */
static void
tell(LookupName *name, const char *addresses, const char *problem)
{
	Lookup *lookup = name->waiting;

	name->waiting = NULL;
	while (lookup != NULL)
	{
		Lookup *next = lookup->next;

		lookup->name = NULL;
		lookup->done(lookup->argument, addresses, problem);
		lookup = next;
	}
}

static const char overdue[] = "its host is not found in time";

static void
on_patience(void *argument)
{
	LookupName *name = argument;

	name->state = NAME_OVERDUE;
	name->silent_at = loop_now();
	tell(name, NULL, overdue);
}

static void
take(Answer *answer)
{
	LookupName *name = answer->name;
	char problem[128];

	nthreads--;
	loop_stop_timer(&name->patience);
	memcpy(name->addresses, answer->addresses, sizeof(name->addresses));
	name->known_at = loop_now();
	name->state = answer->problem == NULL ? NAME_KNOWN : NAME_UNKNOWN;
	if (answer->heard)
		name->silent_at = 0;
	snprintf(problem, sizeof(problem), "its host is not found: %s",
			 answer->problem == NULL ? "" : answer->problem);
	tell(name, answer->problem == NULL ? answer->addresses : NULL, problem);
	free(answer);
}

static void
on_bell(void *argument, uint32_t events)
{
	eventfd_t times;
	Answer *all;

	(void) argument;
	(void) events;
	(void) eventfd_read(bell, &times);
	pthread_mutex_lock(&lock);
	all = answers;
	answers = NULL;
	pthread_mutex_unlock(&lock);
	while (all != NULL)
	{
		Answer *answer = all;

		all = answer->next;
		take(answer);
	}
}

/* Begins to look a name up; false: there are no threads left. */
static bool
ask(LookupName *name)
{
	Answer *answer;
	pthread_attr_t detached;
	pthread_t thread;
	int error;

	if (nthreads == THREADS_MAX)
		return false;
	answer = must_have(calloc(1, sizeof(*answer)));
	answer->name = name;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &detached, look_up, answer);
	pthread_attr_destroy(&detached);
	if (error != 0)
	{
		free(answer);
		return false;
	}
	nthreads++;
	name->state = NAME_ASKED;
	name->patience = (LoopTimer){ .fire = on_patience, .argument = name };
	loop_set_timer(&name->patience, name->silent_at == 0 ? PATIENCE_MS : PATIENCE_SILENT_MS);
	return true;
}

static bool
is_fresh(const LookupName *name)
{
	return name->state == NAME_KNOWN && loop_now() - name->known_at < FRESH_MS;
}

/* Lets go of names of which nothing is known, and nothing will be. */
static void
forget_names(void)
{
	LookupName **link = &names;

	while (*link != NULL)
	{
		LookupName *name = *link;

		if (name->waiting != NULL || name->state == NAME_ASKED || name->state == NAME_OVERDUE ||
			is_fresh(name) ||
			(name->silent_at != 0 && loop_now() - name->silent_at < SILENT_KEPT_MS))
		{
			link = &name->next;
			continue;
		}
		*link = name->next;
		free(name->host);
		free(name);
	}
}

static LookupName *
find_name(const char *host)
{
	LookupName *name = names;

	while (name != NULL && strcmp(name->host, host) != 0)
		name = name->next;
	if (name == NULL)
	{
		forget_names();
		name = must_have(calloc(1, sizeof(*name)));
		name->host = must_have(strdup(host));
		name->next = names;
		names = name;
	}
	return name;
}

bool
lookup_open(void)
{
	bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (bell < 0)
		return false;
	loop_watch(bell, EPOLLIN, on_bell, NULL);
	return true;
}

void
lookup_start(Lookup *lookup, const char *host)
{
	LookupName *name = find_name(host);

	if (is_fresh(name))
		lookup->done(lookup->argument, name->addresses, NULL);
	else if (name->state == NAME_OVERDUE)
		lookup->done(lookup->argument, NULL, overdue);
	else if (name->state != NAME_ASKED && !ask(name))
		lookup->done(lookup->argument, NULL, "too many names are being looked up");
	else
	{
		lookup->name = name;
		lookup->next = name->waiting;
		name->waiting = lookup;
	}
}

void
lookup_cancel(Lookup *lookup)
{
	Lookup **link;

	if (lookup->name == NULL)
		return;
	link = &lookup->name->waiting;
	while (*link != lookup)
		link = &(*link)->next;
	*link = lookup->next;
	lookup->name = NULL;
}
