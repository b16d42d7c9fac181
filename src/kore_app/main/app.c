/*
 * app.c: start and end of the sidecar.
 *
 * Kore calls kore_parent_configure() once, then in each worker the sandbox
 * hook, kore_worker_configure() and, at its end, kore_worker_teardown(); when
 * all workers are gone, kore_parent_teardown().
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include <kore/kore.h>
#include <kore/http.h>
#include <kore/seccomp.h>

#include "api/dev_mail.h"
#include "api/dispatch.h"
#include "api/pages.h"
#include "api/probes.h"
#include "api/routes.h"
#include "base/config.h"
#include "base/kore_compat.h"
#include "base/kore_log.h"
#include "base/log.h"
#include "base/process.h"
#include "db/lanes.h"
#include "edge/guard.h"
#include "edge/tls.h"
#include "http/reply.h"
#include "http/request.h"
#include "main/drain.h"
#include "main/gauges.h"
#include "main/maintenance.h"
#include "main/metrics_page.h"

/*
 * Connections and requests per worker.  The configuration file has smaller
 * figures: for those Kore reserves memory at the start.
 */
#define MAX_CONNECTIONS 10000

/* Descriptors that are not client connections: database, log, Kore's own. */
#define OTHER_DESCRIPTORS 256

/* With fewer for clients most of them would be refused. */
#define CLIENT_DESCRIPTORS_MIN 64

/* A worker that lived for less than this waits as long before it works. */
#define RESPAWN_DELAY_MS 1000

#define APP_TICK_MS 20

void kore_parent_configure(int argc, char **argv);
void kore_worker_configure(void);
void kore_worker_teardown(void);
void kore_parent_teardown(void);

static Config config;

/* By worker, shared between all processes: when it was started last. */
static volatile uint64_t *last_start;

/*
 * What the worker needs beyond Kore's own list.  In builds with sanitizers or
 * coverage, whose runtimes need much more, the sandbox is open.
 */
void kore_seccomp_hook(void); /* is found by its name */
#ifdef JERRY_ALLOW_ALL_SYSCALLS
KORE_SECCOMP_FILTER("jerry", KORE_BPF_RET(SECCOMP_RET_ALLOW))
#else
KORE_SECCOMP_FILTER("jerry",
					/* drain.c, guard.c */
					KORE_SYSCALL_ALLOW(getppid), KORE_SYSCALL_ALLOW(shutdown),

					/* The C library and libpq, which look for files. */
					KORE_SYSCALL_ALLOW(newfstatat), KORE_SYSCALL_ALLOW(getdents64),
					KORE_SYSCALL_ALLOW(pread64), KORE_SYSCALL_ALLOW(uname),

					/* The C library, for buffers over 128 kB. */
					KORE_SYSCALL_ALLOW(mremap),

					/*
					 * resolve.c: a thread, made with clone(), whose flags
					 * Kore's own list can see.
					 */
					KORE_SYSCALL_DENY(clone3, ENOSYS), KORE_SYSCALL_ALLOW(rseq),
					KORE_SYSCALL_ALLOW(gettid),

					/*
					 * getaddrinfo(): a name server; several addresses it sorts
					 * without netlink as well.
					 */
					KORE_SYSCALL_ALLOW(sendmmsg),
					KORE_SYSCALL_DENY_ARG(socket, 0, AF_NETLINK, EACCES))
#endif

/* Ends the start, after somebody has said why. */
static void __attribute__((noreturn)) give_up(void)
{
	unlink(kore_pidfile);
	exit(1);
}

/* Nothing to read for others, and enough descriptors. */
static void
limit_process(void)
{
	struct rlimit limit;

	process_keep_secrets();
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	if (limit.rlim_max < OTHER_DESCRIPTORS + CLIENT_DESCRIPTORS_MIN)
	{
		fprintf(stderr,
				"jerry: the limit of open files is %lu, but at least %d are needed: raise it "
				"(ulimit -n, LimitNOFILE=)\n",
				(unsigned long) limit.rlim_max, OTHER_DESCRIPTORS + CLIENT_DESCRIPTORS_MIN);
		give_up();
	}
	if (limit.rlim_max < worker_rlimit_nofiles + OTHER_DESCRIPTORS)
	{
		log_line(LOG_LEVEL_WARNING, "start",
				 "the limit of open files is %lu, connections are limited "
				 "to fewer than usual",
				 (unsigned long) limit.rlim_max);
		worker_rlimit_nofiles = (uint32_t) limit.rlim_max - OTHER_DESCRIPTORS;
	}

	/* Kore tries each descriptor below the limit when a worker starts. */
	limit.rlim_cur = worker_rlimit_nofiles;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * Binds an address, whose connections go to an exported function of the guard;
 * returns where its paths belong.
 */
static struct kore_domain *
listen_on(const char *name, const char *host, int port_number, const char *connect)
{
	struct kore_server *server = kore_server_create(name);
	struct kore_domain *domain = kore_domain_new("*");
	char port[8];

	server->tls = 0; /* see tls.h */
	kore_domain_attach(domain, server);
	snprintf(port, sizeof(port), "%d", port_number);
	if (!kore_server_bind(server, host, port, connect))
	{
		fprintf(stderr, "jerry: could not listen on %s port %s: %s\n", host, port,
				strerror(errno));
		give_up();
	}
	kore_server_finalize(server);
	return domain;
}

/* Sends all that comes to the port of the API to dispatch(). */
static void
listen_for_requests(void)
{
	struct kore_domain *domain = listen_on("jerry", config.host, config.port, "guard_connect");

	/*
	 * The expression takes every path and would be enough, but Kore tries
	 * paths in order, and comparing strings is quicker.
	 */
	for (int i = 0; routes_row(i) != NULL; i++)
	{
		if (strchr(routes_row(i)->path, '{') == NULL)
			compat_route(domain, routes_row(i)->path, "dispatch", "dispatch_abandon",
						 HANDLER_TYPE_STATIC);
	}
	compat_route(domain, "^", "dispatch", "dispatch_abandon", HANDLER_TYPE_DYNAMIC);
}

static void
listen_for_scrapes(void)
{
	if (config.metrics_port != 0)
		compat_route(listen_on("metrics", config.metrics_address, config.metrics_port,
							   "guard_connect_metrics"),
					 "^", "metrics_page", "metrics_page_done", HANDLER_TYPE_DYNAMIC);
}

/* Tells the lanes of all statements: those of the routes, and our own. */
static void
configure_lanes(void)
{
	const Route *route;

	lanes_configure(&config);
	for (int i = 0; (route = routes_row(i)) != NULL; i++)
	{
		if (route->name != NULL)
			lanes_add(routes_statement(route));
	}
	lanes_add(&maintenance_statement);
	if (config.metrics_port != 0)
		lanes_add(&gauges_statement);
}

void
kore_parent_configure(int argc, char **argv)
{
	(void) argc;
	(void) argv;
	kore_quiet = 1;
	kore_log_capture();
	if (!config_load(&config) || !tls_configure(&config) || !pages_configure(&config))
		give_up();
	log_set_level(config.log_level);
	/*
	 * Without it libpq asks the system for the user's home, by means that the
	 * sandbox does not know.
	 */
	setenv("HOME", "/nonexistent", 0);
	signal(SIGHUP, SIG_IGN); /* Kore would load the module anew */
	limit_process();

	worker_count = (uint8_t) config.workers;
	worker_accept_threshold = config.workers > 1 ? 1 : 0;
	last_start = mmap(NULL, sizeof(*last_start) * KORE_WORKER_MAX, PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (last_start == MAP_FAILED)
		fatal("could not map shared memory: %s", errno_s);

	routes_configure(&config);
	dev_mail_configure(&config);
	configure_lanes();
	guard_reserve();
	metrics_page_configure(&config);
	listen_for_requests();
	listen_for_scrapes();
	log_line(LOG_LEVEL_INFO, "start", "%s %s, Jerry %s, listens on %s port %d%s",
			 config.service_name, config.service_version, JERRY_VERSION, config.host, config.port,
			 tls_is_on() ? " with TLS" : "");
	if (config.metrics_port != 0)
		log_line(LOG_LEVEL_INFO, "start", "metrics: listens on %s port %d", config.metrics_address,
				 config.metrics_port);
	if (config.dev_mail)
		log_line(LOG_LEVEL_INFO, "start", "mails: whoever reaches port %d reads them at /dev/mail",
				 config.port);
	else if (config.dev_mail_folder != NULL)
		log_line(LOG_LEVEL_WARNING, "start",
				 "DEV_MAIL_FOLDER is without effect: nothing but ENVIRONMENT=development shows "
				 "mails");
	log_flush(true);
}

/*
 * Kore starts a worker that died again at once.  One that dies at its start
 * would keep a core busy with that, so it waits here.
 */
static void
delay_respawn(void)
{
	uint64_t previous = last_start[worker->id];
	uint64_t age = kore_time_ms() - previous;

	if (previous != 0 && age < RESPAWN_DELAY_MS)
	{
		struct timespec rest = { .tv_nsec = (long) (RESPAWN_DELAY_MS - age) * 1000000 };

		nanosleep(&rest, NULL);
	}
	last_start[worker->id] = kore_time_ms();
}

static void
tick(void *arg, uint64_t now)
{
	(void) arg;
	drain_tick(now);
	maintenance_tick(now);
	gauges_tick(now);
	tls_tick(now);
	log_flush(false);
}

void
kore_worker_configure(void)
{
	struct kore_server *server;
	struct kore_domain *domain;

	signal(SIGHUP, SIG_IGN);
	drain_configure();
	delay_respawn();

	worker_max_connections = MAX_CONNECTIONS;
	if (worker_max_connections > worker_rlimit_nofiles - OTHER_DESCRIPTORS)
		worker_max_connections = worker_rlimit_nofiles - OTHER_DESCRIPTORS;
	http_request_limit = MAX_CONNECTIONS;

	/*
	 * Kore writes an access log for any value but 0, and waits for the parent
	 * when it has got too long.
	 */
	LIST_FOREACH(server, &kore_servers, list)
	{
		TAILQ_FOREACH(domain, &server->domains, list)
			domain->accesslog = 0;
	}

	metrics_page_start();
	reply_configure(&config, routes_all_methods());
	probes_configure(&config);
	request_configure(&config);
	guard_configure(&config);
	maintenance_configure(&config);
	gauges_configure(&config);
	lanes_start();
	/*
	 * Now, not with the first tick: clients may be waiting for a worker that
	 * was restarted, and it has what the parent loaded.
	 */
	tls_tick(kore_time_ms());
	kore_timer_add(tick, APP_TICK_MS, NULL, 0);
}

void
kore_worker_teardown(void)
{
	lanes_stop();
	log_flush(true);
#ifdef __SANITIZE_ADDRESS__
	/*
	 * What clients have not closed yet: the sanitizer does not look into Kore's
	 * pools.
	 */
	kore_connection_prune(KORE_CONNECTION_PRUNE_ALL);
	/* Kore unloads the module: all that it holds would count as leaked. */
	__lsan_do_leak_check();
	_exit(0); /* a destructor of p11-kit's would deadlock */
#endif
}

void
kore_parent_teardown(void)
{
	log_flush(true);
#ifdef __SANITIZE_ADDRESS__
	unlink(kore_pidfile);
	_exit(0);
#endif
}
