/*
 * main.c: jerry-courier, which takes events from the outbox and delivers them.
 *
 * SIGTERM and SIGINT let it end what is under way; the second one ends it at
 * once.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/lengthof.h"
#include "base/log.h"
#include "base/process.h"
#include "core/config.h"
#include "core/delivery.h"
#include "core/loop.h"
#include "core/outbox.h"
#include "core/transfer.h"
#include "hooks/hooks.h"
#include "mail/mail.h"

#ifndef JERRY_VERSION
#error "JERRY_VERSION must be defined"
#endif

/* What is under way may take so long when the end is near. */
#define FINISH_MS 10000
/* And so long what the database has still to be told. */
#define SETTLE_MS 5000

#define EXIT_USAGE 2

static const Courier *const couriers[] = { &mail_courier, &hooks_courier };

static int signals;
static int signals_seen;

static const char usage[] =
	"Takes Jerry's events from the outbox and delivers them, until SIGTERM.\n"
	"\n"
	"Usage:\n"
	"  jerry-courier mail      by mail: to SMTP_SERVER, or as files into MAIL_FOLDER\n"
	"  jerry-courier hooks     to the webhooks of jerry.add_webhook()\n"
	"  jerry-courier --help    this text\n"
	"  jerry-courier --version\n"
	"\n"
	"Its settings are in the environment. Those of secrets may name a file instead,\n"
	"as NAME_FILE. Required:\n"
	"  DATABASE_URL            the database, as a role that is a member of jerry_events,\n"
	"                          for webhooks of jerry_hooks\n"
	"And for mails:\n"
	"  PUBLIC_URL              what the links in mails begin with\n"
	"  SMTP_FROM_EMAIL         the sender of the mails\n"
	"  SMTP_SERVER             a mail server; or MAIL_FOLDER, a folder\n"
	"Others:\n"
	"  SMTP_PORT (587), SMTP_SECURITY (starttls, tls, none), SMTP_USERNAME,\n"
	"  SMTP_PASSWORD, SMTP_FROM_NAME, PAGES_NAME, PAGES_COLOR, MAIL_TEMPLATES,\n"
	"  MAIL_LANGUAGE, MAIL_CONTINUE_URL, MAIL_OFF, MAIL_MAX_AGE, COURIER_PARALLEL,\n"
	"  WEBHOOK_NETWORKS, DATABASE_UNVERIFIED, ENVIRONMENT, LOG_LEVEL, DEBUG\n"
	"docs/MAIL.md and docs/WEBHOOKS.md explain them. Any number of couriers share the work.\n"
	"\n"
	"Exit status: 0 after SIGTERM; 1 if a setting is wrong, or if the database could\n"
	"not be told at the end what was delivered, which then comes again; 2 for a\n"
	"command line like none of these.\n";

static const Courier *
find_courier(const char *word)
{
	for (size_t i = 0; i < lengthof(couriers); i++)
	{
		if (strcmp(couriers[i]->name, word) == 0)
			return couriers[i];
	}
	return NULL;
}

static void
on_signal(void *argument, uint32_t events)
{
	struct signalfd_siginfo info;

	(void) argument;
	(void) events;
	while (read(signals, &info, sizeof(info)) == sizeof(info))
		signals_seen++;
}

/* Blocked from before the first thread on, and read from a descriptor. */
static void
take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
wake_up(void *argument)
{
	(void) argument;
}

/* Is there something to wait for, and time? */
static bool
wait_while(bool waiting, uint64_t until)
{
	static LoopTimer timer = { .fire = wake_up };
	uint64_t now = loop_now();

	if (!waiting || now >= until || signals_seen > 1)
	{
		loop_stop_timer(&timer);
		return false;
	}
	loop_set_timer(&timer, until - now);
	loop_turn();
	return true;
}

/* Ends what is under way, or gives it back, and says so to the database. */
static int
finish(void)
{
	uint64_t until = loop_now() + FINISH_MS;

	log_line(LOG_LEVEL_INFO, "drain", "stopping, with %d deliveries under way", delivery_count());
	outbox_stop();
	while (wait_while(delivery_count() > 0, until))
		;
	if (delivery_count() > 0)
		log_line(LOG_LEVEL_WARNING, "drain", "%d deliveries are given back", delivery_count());
	delivery_give_back();
	until = loop_now() + SETTLE_MS;
	while (wait_while(outbox_owed() > 0, until))
		;
	if (outbox_owed() == 0)
		return EXIT_SUCCESS;
	log_line(LOG_LEVEL_WARNING, "drain",
			 "the database could not be told of %zu events, which come again", outbox_owed());
	return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	const Courier *courier = argc == 2 ? find_courier(argv[1]) : NULL;
	static Config config;
	int status;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("jerry-courier " JERRY_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (courier == NULL)
	{
		fputs("jerry: there is no such courier; jerry-courier --help lists them\n", stderr);
		return EXIT_USAGE;
	}

	process_keep_secrets();
	take_signals();
	if (!config_load(&config))
		return EXIT_FAILURE;
	log_set_level(config.log_level);
	if (signals < 0 || !loop_open() || !transfer_open())
	{
		fputs("jerry: there are no descriptors or no memory to start with\n", stderr);
		return EXIT_FAILURE;
	}
	loop_watch(signals, EPOLLIN, on_signal, NULL);
	if (!delivery_open(courier, &config))
		return EXIT_FAILURE;
	log_line(LOG_LEVEL_INFO, "start", "jerry-courier %s %s, %d deliveries at a time",
			 JERRY_VERSION, courier->name, config.parallel);
	while (signals_seen == 0)
		loop_turn();
	status = finish();
	outbox_close();
	log_flush(true);
	/* At its end libcurl would wait for look-ups that hang. */
	_exit(status);
}
