/*
 * client.c: see client.h.
 */
#include "base/client.h"

#include <sys/socket.h>

#include "access/htup_details.h"
#include "base/arguments.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/inet.h"
#include "utils/typcache.h"

/*
 * Attributes by name: a version of the type can have more than we know, or
 * less.
 */
static void
read_attribute(Client *client, Form_pg_attribute attribute, Datum value)
{
	const char *name = NameStr(attribute->attname);

	if (attribute->atttypid == INETOID && strcmp(name, "ip") == 0)
		client->ip = value;
	else if (attribute->atttypid == TEXTOID && strcmp(name, "user_agent") == 0)
		client->user_agent = bounded_text(DatumGetTextPP(value), CLIENT_TEXT_MAX);
	else if (attribute->atttypid == TEXTOID && strcmp(name, "request_id") == 0)
		client->request_id = bounded_text(DatumGetTextPP(value), CLIENT_TEXT_MAX);
	else if (attribute->atttypid == TEXTOID && strcmp(name, "device_token") == 0)
		client->device_token = bounded_text(DatumGetTextPP(value), CLIENT_TEXT_MAX);
}

Client
client_of_row(Datum value)
{
	Client client = { 0 };
	HeapTupleHeader row = DatumGetHeapTupleHeader(value);
	HeapTupleData tuple;
	TupleDesc descriptor =
		lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
	Datum *values = palloc(descriptor->natts * sizeof(Datum));
	bool *nulls = palloc(descriptor->natts * sizeof(bool));

	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = row;
	heap_deform_tuple(&tuple, descriptor, values, nulls);
	for (int i = 0; i < descriptor->natts; i++)
		if (!nulls[i])
			read_attribute(&client, TupleDescAttr(descriptor, i), values[i]);
	ReleaseTupleDesc(descriptor);
	return client;
}

Client
client_argument(FunctionCallInfo fcinfo, int n)
{
	if (PG_NARGS() <= n || PG_ARGISNULL(n))
		return (Client){ 0 };
	return client_of_row(PG_GETARG_DATUM(n));
}

Client
client_arguments(FunctionCallInfo fcinfo, int n)
{
	Client client = { 0 };

	if (!PG_ARGISNULL(n))
		client.ip = PG_GETARG_DATUM(n);
	if (!PG_ARGISNULL(n + 1))
		client.user_agent = bounded_text(PG_GETARG_TEXT_PP(n + 1), CLIENT_TEXT_MAX);
	return client;
}

Client
client_of_literal(FunctionCallInfo fcinfo, int n)
{
	Client client = { 0 };
	ErrorContextCallback hide = { .previous = error_context_stack,
								  .callback = jerry_hide_statement };

	if (PG_ARGISNULL(n))
		return client;
	error_context_stack = &hide;
	client.ip =
		DirectFunctionCall1(inet_in, CStringGetDatum(text_to_cstring(PG_GETARG_TEXT_PP(n))));
	error_context_stack = hide.previous;
	return client;
}

int
client_network_bits(Datum ip)
{
	return ip_family(DatumGetInetPP(ip)) == PGSQL_AF_INET ? 32 : 64;
}

char *
client_address(const Client *client)
{
	if (client->ip == (Datum) 0)
		return NULL;
	return TextDatumGetCString(DirectFunctionCall1(network_host, client->ip));
}
