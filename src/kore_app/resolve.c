/*
 * resolve.c: see resolve.h.
 *
 * A thread lives for one look-up of all names.  One that waited for work would
 * keep the process alive when the sandbox kills the main thread, and the port
 * with it.  The mutex guards what both sides use, and is only held while
 * addresses are copied.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "resolve.h"

#define MAX_ADDRESSES		8	/* of one host */
#define ADDRESS_SIZE		(INET6_ADDRSTRLEN + 1 + 16) /* with a zone */
#define FRESH_MS			1000

typedef struct Host
{
	char	   *host;			/* "" when the user gave none */
	char	   *port;			/* "" when the user gave none */
	bool		is_name;		/* for the helper thread to resolve */
	int			naddresses;
	char		addresses[MAX_ADDRESSES][ADDRESS_SIZE]; /* "" lets libpq go by
														 * host alone */
} Host;

static Host *hosts;
static int	nhosts;
static bool any_name;

/* Lists that do not fit together, handed to libpq as they came. */
static HostList verbatim;
static bool use_verbatim;

/* guarded by lock, as are the addresses of names */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum
{
	LOOK_UP_NONE,
	LOOK_UP_RUNS,
	LOOK_UP_ENDED,
	LOOK_UP_NOTICED				/* by the event loop, at noticed_at */
}			state = LOOK_UP_NONE;
static uint64_t noticed_at;
static char last_error[256];

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
	int			n = 1;

	if (list == NULL || *list == '\0')
		return 0;
	for (; *list != '\0'; list++)
		n += *list == ',';
	return n;
}

static bool
is_numeric(const char *host)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST,.ai_socktype = SOCK_STREAM};
	struct addrinfo *found;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return false;
	freeaddrinfo(found);
	return true;
}

static bool
is_socket_path(const char *host)
{
	return *host == '/' || *host == '@';
}

void
resolve_configure(const char *host, const char *hostaddr, const char *port)
{
	int			nhost = list_length(host);
	int			naddr = list_length(hostaddr);
	int			nport = list_length(port);

	nhosts = naddr > 0 ? naddr : nhost > 0 ? nhost : 1;
	if ((naddr > 0 && nhost > 0 && naddr != nhost) || (nport > 1 && nport != nhosts))
	{
		verbatim.host = host != NULL ? strdup(host) : NULL;
		verbatim.hostaddr = hostaddr != NULL ? strdup(hostaddr) : NULL;
		verbatim.port = port != NULL ? strdup(port) : NULL;
		use_verbatim = true;
		return;
	}

	hosts = calloc(nhosts, sizeof(*hosts));
	for (int i = 0; i < nhosts; i++)
	{
		Host	   *h = &hosts[i];
		char	   *address = list_element(naddr > 0 ? hostaddr : NULL, i);

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
				h->is_name = any_name = true;
		}
		if (!h->is_name)
		{
			snprintf(h->addresses[0], ADDRESS_SIZE, "%s", address);
			h->naddresses = 1;
		}
		free(address);
	}
}

/* Looks one name up and publishes what was found. */
static void
look_up(Host *h)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char		addresses[MAX_ADDRESSES][ADDRESS_SIZE];
	int			n = 0;
	int			error = getaddrinfo(h->host, NULL, &hints, &found);

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
		snprintf(last_error, sizeof(last_error), "could not resolve host name \"%s\": %s",
				 h->host, error != 0 ? gai_strerror(error) : "no address");
	}
	pthread_mutex_unlock(&lock);
}

static void *
look_up_all(void *arg)
{
	(void) arg;

	for (int i = 0; i < nhosts; i++)
	{
		if (hosts[i].is_name)
			look_up(&hosts[i]);
	}

	pthread_mutex_lock(&lock);
	state = LOOK_UP_ENDED;
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Starts a look-up; the caller holds the lock. */
static void
start_look_up(void)
{
	pthread_t	thread;
	pthread_attr_t detached;
	sigset_t	all,
				old;
	int			error;

	last_error[0] = '\0';

	/* Kore's signals are for the event loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &detached, look_up_all, NULL);
	pthread_attr_destroy(&detached);
	pthread_sigmask(SIG_SETMASK, &old, NULL);

	state = LOOK_UP_RUNS;
	if (error != 0)
	{
		snprintf(last_error, sizeof(last_error), "could not start a look-up: %s",
				 strerror(error));
		state = LOOK_UP_ENDED;
	}
}

bool
resolve_fresh(uint64_t now)
{
	bool		fresh;

	if (!any_name)
		return true;

	pthread_mutex_lock(&lock);
	if (state == LOOK_UP_ENDED)
	{
		state = LOOK_UP_NOTICED;
		noticed_at = now;
	}
	fresh = state == LOOK_UP_NOTICED && now - noticed_at < FRESH_MS;
	if (!fresh && state != LOOK_UP_RUNS)
		start_look_up();
	pthread_mutex_unlock(&lock);
	return fresh;
}

/* One column of the list of hosts: what it says of one address of a host. */
typedef const char *(*Column) (const Host *h, int address);

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
render(Column column, unsigned first, unsigned total)
{
	char	   *text = NULL;
	size_t		size;
	FILE	   *out = open_memstream(&text, &size);
	bool		empty = true;

	for (unsigned i = 0; i < total; i++)
	{
		unsigned	entry = (first + i) % total;
		const Host *h = hosts;
		const char *value;

		while (entry >= (unsigned) h->naddresses)
			entry -= (h++)->naddresses;
		value = column(h, entry);
		empty = empty && *value == '\0';
		fprintf(out, "%s%s", i > 0 ? "," : "", value);
	}
	fclose(out);

	if (empty)
	{
		free(text);
		return NULL;
	}
	return text;
}

bool
resolve_hosts(unsigned first, HostList *list)
{
	unsigned	total = 0;

	if (use_verbatim)
	{
		list->host = verbatim.host != NULL ? strdup(verbatim.host) : NULL;
		list->hostaddr = verbatim.hostaddr != NULL ? strdup(verbatim.hostaddr) : NULL;
		list->port = verbatim.port != NULL ? strdup(verbatim.port) : NULL;
		return true;
	}

	pthread_mutex_lock(&lock);
	for (int i = 0; i < nhosts; i++)
		total += hosts[i].naddresses;
	if (total > 0)
	{
		list->host = render(host_column, first, total);
		list->hostaddr = render(address_column, first, total);
		list->port = render(port_column, first, total);
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
resolve_error(void)
{
	static char error[sizeof(last_error)];

	pthread_mutex_lock(&lock);
	memcpy(error, last_error, sizeof(error));
	pthread_mutex_unlock(&lock);
	return *error != '\0' ? error : "the host names are still being resolved";
}
