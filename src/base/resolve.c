/*
 * resolve.c: see resolve.h.
 *
 * A thread lives for one look-up of all names.  One that waited for work would
 * keep the process alive when the sandbox kills the main thread, and the port
 * with it.  The mutex guards what both sides use, and is only held while
 * addresses are copied.
 */
#include "base/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>


#define MAX_ADDRESSES 8							  /* of one host */
#define ADDRESS_SIZE  (INET6_ADDRSTRLEN + 1 + 16) /* with a zone */
#define FRESH_MS	  1000

typedef struct Host
{
	char *host;	  /* "" when the user gave none */
	char *port;	  /* "" when the user gave none */
	bool is_name; /* for the helper thread to resolve */
	int naddresses;
	char addresses[MAX_ADDRESSES][ADDRESS_SIZE]; /* "" lets libpq go by
														 * host alone */
} Host;

struct Resolver
{
	Host *hosts;
	int nhosts;
	bool any_name;

	/* Lists that do not fit together, handed to libpq as they came. */
	HostList verbatim;
	bool use_verbatim;

	/* Guarded by lock, as are the addresses of names. */
	enum
	{
		LOOK_UP_NONE,
		LOOK_UP_RUNS,
		LOOK_UP_ENDED,
		LOOK_UP_NOTICED /* by the event loop, at noticed_at */
	} state;
	uint64_t noticed_at;
	char last_error[256];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * Makes element number index of a comma-separated list into a string of its
 * own.  A list of one element is good for every index, as in libpq.
 */
static char *
list_element(const char *list, int index)
{
	const char *comma;

	if (list == NULL)
		return strdup("");
	if (strchr(list, ',') == NULL)
		return strdup(list);
	for (; index > 0; index--)
		list = strchr(list, ',') + 1;
	comma = strchr(list, ',');
	return comma != NULL ? strndup(list, comma - list) : strdup(list);
}

/* How many elements a list has; an absent or empty one has none. */
static int
list_length(const char *list)
{
	int n = 1;

	if (list == NULL || *list == '\0')
		return 0;
	for (; *list != '\0'; list++)
		n += *list == ',';
	return n;
}

/* Is it an address, for which nobody has to be asked? */
static bool
is_numeric(const char *host)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return false;
	freeaddrinfo(found);
	return true;
}

/* A socket has the path of a file, or an abstract one. */
static bool
is_socket_path(const char *host)
{
	return *host == '/' || *host == '@';
}

Resolver *
resolve_configure(const char *host, const char *hostaddr, const char *port)
{
	Resolver *resolver = calloc(1, sizeof(*resolver));
	int nhost = list_length(host);
	int naddr = list_length(hostaddr);
	int nport = list_length(port);
	int nhosts = naddr > 0 ? naddr : nhost > 0 ? nhost
											   : 1;

	if ((naddr > 0 && nhost > 0 && naddr != nhost) || (nport > 1 && nport != nhosts))
	{
		resolver->verbatim.host = host != NULL ? strdup(host) : NULL;
		resolver->verbatim.hostaddr = hostaddr != NULL ? strdup(hostaddr) : NULL;
		resolver->verbatim.port = port != NULL ? strdup(port) : NULL;
		resolver->use_verbatim = true;
		return resolver;
	}

	resolver->hosts = calloc(nhosts, sizeof(Host));
	resolver->nhosts = nhosts;
	for (int i = 0; i < nhosts; i++)
	{
		Host *h = &resolver->hosts[i];
		char *address = list_element(naddr > 0 ? hostaddr : NULL, i);

		h->host = list_element(nhost > 0 ? host : NULL, i);
		h->port = list_element(nport > 0 ? port : NULL, i);
		if (*address == '\0' && *h->host != '\0' && !is_socket_path(h->host))
		{
			if (is_numeric(h->host))
			{
				free(address);
				address = strdup(h->host);
			}
			else
				h->is_name = resolver->any_name = true;
		}
		if (!h->is_name)
		{
			snprintf(h->addresses[0], ADDRESS_SIZE, "%s", address);
			h->naddresses = 1;
		}
		free(address);
	}
	return resolver;
}

/* Looks one name up and publishes what was found. */
static void
look_up(Resolver *resolver, Host *h)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char addresses[MAX_ADDRESSES][ADDRESS_SIZE];
	int n = 0;
	int error = getaddrinfo(h->host, NULL, &hints, &found);

	for (struct addrinfo *ai = found; ai != NULL && n < MAX_ADDRESSES; ai = ai->ai_next)
	{
		if (getnameinfo(ai->ai_addr, ai->ai_addrlen, addresses[n], ADDRESS_SIZE,
						NULL, 0, NI_NUMERICHOST) == 0)
			n++;
	}
	if (found != NULL)
		freeaddrinfo(found);

	pthread_mutex_lock(&lock);
	if (n > 0)
	{
		memcpy(h->addresses, addresses, sizeof(addresses));
		h->naddresses = n;
	}
	else
	{
		snprintf(resolver->last_error, sizeof(resolver->last_error),
				 "could not resolve host name \"%s\": %s", h->host,
				 error != 0 ? gai_strerror(error) : "no address");
	}
	pthread_mutex_unlock(&lock);
}

/* The thread: looks up every host that is a name. */
static void *
look_up_all(void *arg)
{
	Resolver *resolver = arg;

	for (int i = 0; i < resolver->nhosts; i++)
	{
		if (resolver->hosts[i].is_name)
			look_up(resolver, &resolver->hosts[i]);
	}

	pthread_mutex_lock(&lock);
	resolver->state = LOOK_UP_ENDED;
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Starts a look-up; the caller holds the lock. */
static void
start_look_up(Resolver *resolver)
{
	pthread_t thread;
	pthread_attr_t detached;
	sigset_t all,
		old;
	int error;

	resolver->last_error[0] = '\0';

	/* Kore's signals are for the event loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &detached, look_up_all, resolver);
	pthread_attr_destroy(&detached);
	pthread_sigmask(SIG_SETMASK, &old, NULL);

	resolver->state = LOOK_UP_RUNS;
	if (error != 0)
	{
		snprintf(resolver->last_error, sizeof(resolver->last_error),
				 "could not start a lookup: %s", strerror(error));
		resolver->state = LOOK_UP_ENDED;
	}
}

bool
resolve_fresh(Resolver *resolver, uint64_t now)
{
	bool fresh;

	if (!resolver->any_name)
		return true;

	pthread_mutex_lock(&lock);
	if (resolver->state == LOOK_UP_ENDED)
	{
		resolver->state = LOOK_UP_NOTICED;
		resolver->noticed_at = now;
	}
	fresh = resolver->state == LOOK_UP_NOTICED && now - resolver->noticed_at < FRESH_MS;
	if (!fresh && resolver->state != LOOK_UP_RUNS)
		start_look_up(resolver);
	pthread_mutex_unlock(&lock);
	return fresh;
}

/* One column of the list of hosts: what it says of one address of a host. */
typedef const char *(*Column)(const Host *h, int address);

static const char *
host_column(const Host *h, int address)
{
	(void) address;
	return h->host;
}

static const char *
address_column(const Host *h, int address)
{
	return h->addresses[address];
}

static const char *
port_column(const Host *h, int address)
{
	(void) address;
	return h->port;
}

/*
 * Writes one column as a list in allocated memory, or returns NULL when every
 * entry is empty.  Addresses are counted over all hosts.
 */
static char *
render(const Resolver *resolver, Column column, unsigned first, unsigned total)
{
	char *text = NULL;
	size_t size;
	FILE *list = open_memstream(&text, &size);
	bool empty = true;

	for (unsigned i = 0; i < total; i++)
	{
		unsigned entry = (first + i) % total;
		const Host *h = resolver->hosts;
		const char *value;

		while (entry >= (unsigned) h->naddresses)
			entry -= (h++)->naddresses;
		value = column(h, entry);
		empty = empty && *value == '\0';
		fprintf(list, "%s%s", i > 0 ? "," : "", value);
	}
	fclose(list);

	if (empty)
	{
		free(text);
		return NULL;
	}
	return text;
}

bool
resolve_hosts(Resolver *resolver, unsigned first, HostList *list)
{
	const HostList *verbatim = &resolver->verbatim;
	unsigned total = 0;

	if (resolver->use_verbatim)
	{
		list->host = verbatim->host != NULL ? strdup(verbatim->host) : NULL;
		list->hostaddr = verbatim->hostaddr != NULL ? strdup(verbatim->hostaddr) : NULL;
		list->port = verbatim->port != NULL ? strdup(verbatim->port) : NULL;
		return true;
	}

	pthread_mutex_lock(&lock);
	for (int i = 0; i < resolver->nhosts; i++)
		total += resolver->hosts[i].naddresses;
	if (total > 0)
	{
		list->host = render(resolver, host_column, first, total);
		list->hostaddr = render(resolver, address_column, first, total);
		list->port = render(resolver, port_column, first, total);
	}
	pthread_mutex_unlock(&lock);
	return total > 0;
}

void
resolve_free(HostList *list)
{
	free(list->host);
	free(list->hostaddr);
	free(list->port);
	memset(list, 0, sizeof(*list));
}

const char *
resolve_error(Resolver *resolver)
{
	static char error[sizeof(resolver->last_error)];

	pthread_mutex_lock(&lock);
	memcpy(error, resolver->last_error, sizeof(error));
	pthread_mutex_unlock(&lock);
	return *error != '\0' ? error : "the host names are still being resolved";
}
