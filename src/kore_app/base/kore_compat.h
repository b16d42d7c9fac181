/*
 * kore_compat.h: what Kore 4.1 and Kore 4.2 call by different names, under one.
 *
 * Debian 12 and Ubuntu 24.04 have Kore 4.1; Debian 14 and Ubuntu 26.04 have
 * 4.2, which has routes in the place of handlers and OpenSSL behind a layer
 * of its own.  Nothing else in the sidecar knows which of them it runs in.
 */
#ifndef JERRY_KORE_COMPAT_H
#define JERRY_KORE_COMPAT_H

#include <stdio.h>
#include <stdio_ext.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <kore/kore.h>
#include <kore/http.h>

/* What Kore 4.2 brought along. */
#ifdef KORE_QUIT_NONE

/* TLS of a connection, or NULL. */
static inline SSL *
compat_tls(const struct connection *c)
{
	return c->tls;
}

static inline void
compat_set_tls(struct connection *c, SSL *tls)
{
	c->tls = tls;
}

/* Kore's write function of connections with TLS. */
static inline int
compat_write_tls(struct connection *c, size_t length, size_t *written)
{
	return kore_tls_write(c, length, written);
}

/*
 * Sends a path, or what matches an expression (HANDLER_TYPE_DYNAMIC), to an
 * exported function.  When a request is freed, on_free is called with it, also
 * when the request never had a state.
 */
static inline void
compat_route(struct kore_domain *domain, const char *path, const char *function,
			 const char *on_free, int type)
{
	struct kore_route *route = kore_route_create(domain, path, type);

	if (route == NULL)
		fatal("could not create a route from \"%s\"", path);
	kore_route_callback(route, function);
	route->on_free = kore_runtime_getcall(on_free);
	if (route->on_free == NULL)
		fatal("there is no function %s", on_free);
}

/*
 * Memory of zeros that is the request's and freed with it, after on_free of its
 * route.
 */
static inline void *
compat_state_create(struct http_request *req, size_t size, void (*on_free)(struct http_request *))
{
	(void) on_free;
	return http_state_create(req, size);
}

/*
 * Takes from Kore what it prints, and returns the descriptor of the log.  This
 * Kore has kept stdout since before the module was loaded, so its own lines,
 * about processes that ended, go where messages of the start go.
 */
static inline int
compat_take_log(FILE *instead)
{
	int descriptor = dup(STDOUT_FILENO);

	fclose(instead);
	if (descriptor == -1 || dup2(STDERR_FILENO, STDOUT_FILENO) == -1)
		fatal("could not separate the log from Kore's: %s", errno_s);
	return descriptor;
}

#else

static inline SSL *
compat_tls(const struct connection *c)
{
	return c->ssl;
}

static inline void
compat_set_tls(struct connection *c, SSL *tls)
{
	c->ssl = tls;
}

static inline int
compat_write_tls(struct connection *c, size_t length, size_t *written)
{
	return net_write_tls(c, length, written);
}

static inline void
compat_route(struct kore_domain *domain, const char *path, const char *function,
			 const char *on_free, int type)
{
	(void) on_free;
	if (!kore_module_handler_new(domain, path, function, NULL, type))
		fatal("could not create a handler from \"%s\"", path);
}

static inline void *
compat_state_create(struct http_request *req, size_t size, void (*on_free)(struct http_request *))
{
	return http_state_create(req, size, on_free);
}

/*
 * The stream takes the place of stdout; what is in that, "kore is starting up"
 * and the like, is thrown away.
 */
static inline int
compat_take_log(FILE *instead)
{
	__fpurge(stdout);
	stdout = instead;
	return STDOUT_FILENO;
}

#endif

#endif /* JERRY_KORE_COMPAT_H */
