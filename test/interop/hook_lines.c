/*
 * hook_lines.c: what the courier knows of webhooks as a filter, for the tests.
 * A line has words with blanks between them:
 *
 *	sign SECRET ID TIMESTAMP BODY	the body, to the end of the line; answers
 *									the signature, or the word none
 *	reach ADDRESS NETWORK...		answers "yes", or why the address must not
 *									be reached; the networks are allowed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "hooks/reach.h"
#include "hooks/signature.h"

static void
sign(char *words)
{
	const char *secret = strsep(&words, " ");
	const char *id = strsep(&words, " ");
	const char *timestamp = strsep(&words, " ");
	char signature[SIGNATURE_SIZE];

	if (words == NULL)
		abort();
	puts(signature_make(secret, id, strtoll(timestamp, NULL, 10), words, strlen(words), signature)
			 ? signature
			 : "none");
}

static void
reach(char *words)
{
	const char *text = strsep(&words, " ");
	struct sockaddr_in ipv4 = { .sin_family = AF_INET };
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6 };
	Network allowed[8];
	size_t count = 0;
	const char *refusal;

	while (words != NULL)
		if (!network_read(strsep(&words, " "), &allowed[count++]))
			abort();
	if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1)
		refusal = reach_refusal((const struct sockaddr *) &ipv4, allowed, count);
	else if (inet_pton(AF_INET6, text, &ipv6.sin6_addr) == 1)
		refusal = reach_refusal((const struct sockaddr *) &ipv6, allowed, count);
	else
		abort();
	puts(refusal == NULL ? "yes" : refusal);
}

int
main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) > 0)
	{
		char *words = line;
		const char *what;

		line[length - 1] = '\0';
		what = strsep(&words, " ");
		if (strcmp(what, "sign") == 0)
			sign(words);
		else
			reach(words);
	}
	free(line);
	return 0;
}
