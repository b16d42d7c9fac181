/*
 * device.c: see device.h.
 */
#include "domain/device.h"

#include "postgres.h"

typedef struct Word
{
	const char *in_agent;
	const char *name;
} Word;

/* Most browsers name those that they resemble, too: the special come first. */
static const Word browsers[] = {
	{ "Edg/", "Edge" },
	{ "EdgA/", "Edge" },
	{ "EdgiOS/", "Edge" },
	{ "OPR/", "Opera" },
	{ "SamsungBrowser/", "Samsung Internet" },
	{ "Vivaldi/", "Vivaldi" },
	{ "FxiOS/", "Firefox" },
	{ "Firefox/", "Firefox" },
	{ "CriOS/", "Chrome" },
	{ "Chromium/", "Chromium" },
	{ "Chrome/", "Chrome" },
	{ "Safari/", "Safari" },
	{ "curl/", "curl" },
	{ "Wget/", "Wget" },
	{ "python-requests/", "Python" },
	{ "Python-urllib/", "Python" },
	{ "PostmanRuntime/", "Postman" },
	{ "okhttp/", "OkHttp" },
	{ "Go-http-client/", "Go" },
	{ "Dart/", "Dart" },
	{ "node", "Node" },
};
static const Word systems[] = {
	{ "Android", "Android" },
	{ "iPhone", "iOS" },
	{ "iPad", "iPadOS" },
	{ "CrOS", "ChromeOS" },
	{ "Windows", "Windows" },
	{ "Macintosh", "macOS" },
	{ "Linux", "Linux" },
	{ "FreeBSD", "FreeBSD" },
	{ "OpenBSD", "OpenBSD" },
};

/* The name of the first word that is in the user agent, or NULL. */
static const char *
find_word(const char *user_agent, const Word *words, int n)
{
	for (int i = 0; i < n; i++)
		if (strstr(user_agent, words[i].in_agent) != NULL)
			return words[i].name;
	return NULL;
}

const char *
device_label(const char *user_agent)
{
	const char *browser;
	const char *system;

	if (user_agent == NULL)
		return DEVICE_UNKNOWN;
	browser = find_word(user_agent, browsers, lengthof(browsers));
	system = find_word(user_agent, systems, lengthof(systems));
	if (browser != NULL && system != NULL)
		return psprintf("%s on %s", browser, system);
	if (browser == NULL && system == NULL)
		return DEVICE_UNKNOWN;
	return browser != NULL ? browser : system;
}
