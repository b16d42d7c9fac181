/*
 * client.h: who is asking: the argument "client jerry.client" of the functions
 * that act for a client, read here alone.
 */
#ifndef JERRY_CLIENT_H
#define JERRY_CLIENT_H

#include "base/jerry.h"

/*
 * An attribute that is not told is 0 or NULL; texts have CLIENT_TEXT_MAX bytes
 * at most.
 */
typedef struct Client
{
	Datum ip; /* inet */
	char *user_agent;
	char *request_id;
	char *device_token; /* see domain/known_device.h */
} Client;

#define CLIENT_TEXT_MAX 512 /* bytes kept of a text of which the client chooses the length */

/*
 * The client in argument n of an SQL-callable function; NULL, and an argument
 * that an older version of the SQL does not have, are a client that tells
 * nothing.
 */
extern Client client_argument(FunctionCallInfo fcinfo, int n);

/* The client that a value of type jerry.client is. */
extern Client client_of_row(Datum value);

/*
 * The client in the two arguments that 1.1.0 had for it: ip inet, in argument
 * n, and user_agent text.
 */
extern Client client_arguments(FunctionCallInfo fcinfo, int n);

/* The client whose address is the text in argument n, or an error. */
extern Client client_of_literal(FunctionCallInfo fcinfo, int n);

/*
 * How many bits tell the network of an address (inet) from others: all of IPv4,
 * 64 of IPv6.
 */
extern int client_network_bits(Datum ip);

/* 192.168.1.1, without a mask; NULL when the address is not told. */
extern char *client_address(const Client *client);

#endif /* JERRY_CLIENT_H */
