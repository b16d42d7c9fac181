# write.awk: writes openapi.json, whose parts are read and checked. For tools/generate-openapi.

function separate()
{
	if (json_last !~ /^[[{]/)
		json_write(",")
}

function put(name, text)
{
	separate()
	json_write("\"" name "\":" text)
}

function put_member(node, name)
{
	if (at(node, name) in kind)
		put(name, raw[node, name])
}

function begin(name)
{
	put(name, "{")
}

function done()
{
	json_write("}")
}

function replaced(text, mark, by,    start)
{
	while ((start = index(text, mark)) > 0)
		text = substr(text, 1, start - 1) by substr(text, start + length(mark))
	return text
}

function write_document(    i, j, row, is_written)
{
	json_write("{")
	for (i = 1; i <= count[document, "head"]; i++)
		put_member(at(document, "head"), member[at(document, "head"), i])
	put("tags", "[")
	for (i = 1; i <= group_count; i++)
	{
		separate()
		json_write("{\"name\":" raw[groups[i], "name"] ",\"description\":" raw[groups[i], "description"] "}")
	}
	json_write("]")
	begin("paths")
	for (i = 1; i <= piece_count; i++)
	{
		if (path[row_of[pieces[i]]] in is_written)
			continue
		is_written[path[row_of[pieces[i]]]] = 1
		begin(path[row_of[pieces[i]]])
		for (j = i; j <= piece_count; j++)
			if (path[row_of[pieces[j]]] == path[row_of[pieces[i]]])
				write_operation(pieces[j], row_of[pieces[j]])
		done()
	}
	done()
	write_components()
	done()
	printf "\n"
	check_references()
}

function write_operation(piece, row,    i, status, node)
{
	read_parameters(piece, row)
	read_refusals(piece, row)
	begin(method[row])
	put_member(piece, "operationId")
	put("tags", "[" raw[group_of[piece], "name"] "]")
	put_member(piece, "summary")
	put("description", description_of(piece, row))
	write_security(piece)
	put("parameters", "[")
	for (i = 1; i <= count[components, "parameters"]; i++)
	{
		separate()
		json_write("{\"$ref\":\"#/components/parameters/" member[at(components, "parameters"), i] "\"}")
	}
	for (i = 1; i <= field_count; i++)
		if (source[field[i]] ~ /^(path|query|cookie)$/)
			write_parameter(field[i], at(at(at(piece, "request"), "fields"), field[i]))
	json_write("]")
	if ("body" in takes || "document" in takes || "form" in takes)
		write_request_body(piece)
	if (!(success_status(piece, row) in is_status))
		fail(piece, row " answers " success_status(piece, row) ", which is no status of contract/statuses.txt")
	begin("responses")
	for (status = 200; status < 600; status++)
	{
		node = at(at(piece, "responses"), status)
		if (node in kind)
			put(status, raw[node])
		else if (status == success_status(piece, row))
			write_answer(piece, row, status)
		else
			write_refusal(at(piece, "refusals"), status)
	}
	done()
	done()
}

# with the permission that the route takes, which the table knows
function description_of(piece, row)
{
	if (permission[row] == "")
		return raw[piece, "description"]
	return substr(raw[piece, "description"], 1, length(raw[piece, "description"]) - 1) \
		" Takes the permission `" permission[row] "`.\""
}

function write_security(piece,    scheme)
{
	if (!("bearer" in takes) && !("basic" in takes))
		return
	scheme = "bearer" in takes ? "bearer" : "basic"
	put("security", "[{\"" scheme "\":[]}" (takes[scheme] == "optional" ? ",{}" : "") "]")
	refers["#/components/securitySchemes/" scheme] = piece
}

function write_parameter(name, node,    i)
{
	separate()
	json_write("{")
	put("name", "\"" name "\"")
	put("in", "\"" source[name] "\"")
	put("required", required[name] ? "true" : "false")
	put_member(node, "description")
	begin("schema")
	for (i = 1; i <= count[node]; i++)
		if (member[node, i] !~ /^(description|example)$/)
			put_member(node, member[node, i])
	done()
	put_member(node, "example")
	done()
}

function write_request_body(piece,    i, node)
{
	begin("requestBody")
	put("required", required_count > 0 || "document" in takes ? "true" : "false")
	begin("content")
	begin("form" in takes ? "application/x-www-form-urlencoded" : "application/json")
	put("schema", "{\"$ref\":\"#/components/schemas/" name_of(piece, "Request") "\"}")
	node = at(at(piece, "request"), "examples")
	for (i = 1; i <= count[node]; i++)
		if (member[node, i] ~ /^[A-Z_]+$/ && !(member[node, i] in is_example))
			fail(piece, "a request's example has the name " member[node, i] ", which it is never refused with")
	put_member(at(piece, "request"), "examples")
	done()
	done()
	done()
}

function success_status(piece, row)
{
	if (row_status[row])
		return row_status[row]
	return (piece, "answer", "status") in kind ? raw[piece, "answer", "status"] + 0 : 200
}

function write_answer(piece, row, status,    answer, data, named, has_body)
{
	answer = at(piece, "answer")
	check(answer, "answer")
	data = text_of(at(answer, "data"))
	has_body = reply[row] != "redirect" && reply[row] != "empty"
	if (has_body != (data != "") || has_body != (at(answer, "example") in kind))
		fail(piece, "\"answer\" has " (has_body ? "no data or no example" : "data, and this route answers without"))
	if (has_body && !(data in schema))
		fail(piece, "there is no schema " data)
	named = (piece, "answer", "usually") in kind ? text_of(at(answer, "usually")) : data
	if (has_body && !(named in schema))
		fail(piece, "there is no schema " named)
	if (has_body && is_closed_object[named] && called[row] != "" && data_of[called[row]] != "")
		check_data(piece, schema[named], called[row])
	begin(status)
	put_member(answer, "description")
	begin("headers")
	put_header("X-Request-ID")
	if (reply[row] == "redirect")
		put_header("Location")
	if (reply[row] == "cacheable")
	{
		put_header("Cache-Control")
		put_header("ETag")
	}
	put_headers(at(answer, "headers"))
	done()
	if (has_body)
	{
		begin("content")
		begin("application/json")
		put("schema", "{\"$ref\":\"#/components/schemas/" (reply[row] == "envelope" ? envelope_of(piece) : data) "\"}")
		if (reply[row] != "envelope")
			put_member(answer, "example")
		else
			put("example", "{\"success\":true,\"data\":" raw[answer, "example"] \
				",\"timestamp\":" time_of_examples() "}")
		done()
		done()
	}
	done()
	if (reply[row] == "cacheable")
		put(304, "{\"description\":\"What the client has is current.\",\"headers\":{" \
			"\"ETag\":{\"$ref\":\"#/components/headers/ETag\"}}}")
}

# Has the object what the function's comment says, and nothing else?
function check_data(piece, node, name,    words, n, i, there)
{
	for (i = 1; i <= count[node]; i++)
		there[without_mark(member[node, i])] = 1
	n = split(data_of[name], words, " ")
	for (i = 1; i <= n; i++)
		if (!(words[i] in there))
			fail(piece, "the data has no \"" words[i] "\", which the comment in " comment_in[name] " names")
	if (n != count[node])
		fail(piece, "the data has " count[node] " members, and the comment in " comment_in[name] " names " n)
}

function envelope_of(piece)
{
	if ((piece, "answer", "envelope") in kind)
		return text_of(at(at(piece, "answer"), "envelope"))
	return name_of(piece, "Response")
}

function put_header(name)
{
	put(name, "{\"$ref\":\"#/components/headers/" name "\"}")
}

function put_headers(node,    i)
{
	for (i = 1; i <= count[node]; i++)
		put_header(text_of(at(node, i)))
}

# The refusals of one status: a reference, when nothing but what a shared response says is to be said.
function write_refusal(said_in, status,    i, n, is_own, name, node)
{
	is_own = at(said_in, status) in kind
	for (i = 1; i <= example_count; i++)
		if (example_status[examples[i]] == status)
		{
			n++
			is_own = is_own || (at(said_in, examples[i]) in kind)
		}
	if (n == 0)
		return
	node = at(refusals, "responses")
	for (i = 1; i <= count[node] && !is_own; i++)
	{
		name = member[node, i]
		if (shared_status[name] == status && has_examples(at(at(node, name), "examples"), n))
		{
			put(status, "{\"$ref\":\"#/components/responses/" name "\"}")
			return
		}
	}
	write_response(status, at(said_in, status), said_in, status)
}

# Are the members of a node, n of them, all examples of this operation?
function has_examples(node, n,    i)
{
	if (count[node] != n)
		return 0
	for (i = 1; i <= n; i++)
		if (!(member[node, i] in is_example))
			return 0
	return 1
}

# node: what is said of the whole response, before what refusals.json says of its status
function write_response(name, node, said_in, status,    by_status, headers, i)
{
	by_status = at(at(refusals, "statuses"), status)
	begin(name)
	if (at(node, "description") in kind)
		put_member(node, "description")
	else if (at(by_status, "description") in kind)
		put_member(by_status, "description")
	else
		fail(place_of(said_in), "\"refusals\" has no description of " status)
	headers = at((at(node, "headers") in kind) ? node : by_status, "headers")
	if (!(headers in kind) || count[headers])
	{
		begin("headers")
		if (headers in kind)
			put_headers(headers)
		else
			put_header("X-Request-ID")
		done()
	}
	begin("content")
	begin("application/json")
	put("schema", "{\"$ref\":\"#/components/schemas/ErrorResponse\"}")
	begin("examples")
	for (i = 1; i <= example_count; i++)
		if (example_status[examples[i]] == status)
			write_example(said_in, examples[i])
	done()
	done()
	done()
	done()
}

function write_example(said_in, name,    summary, message, details)
{
	summary = said_of(said_in, name, "summary")
	message = said_of(said_in, name, "message")
	details = said_of(said_in, name, "details")
	begin(name)
	if (summary != "")
		put("summary", summary)
	put("value", "{\"success\":false,\"error\":{\"code\":\"" code_of(said_in, name) "\",\"message\":" \
		(message == "" ? "\"" message_of[code_of(said_in, name)] "\"" : message) ",\"details\":" \
		(details == "" ? "{}" : details) "},\"timestamp\":" time_of_examples() "}")
	done()
}

function time_of_examples()
{
	return raw[schema["Timestamp"], "example"]
}

function said_of(said_in, name, what,    text)
{
	text = at(at(said_in, name), what) in kind ? raw[said_in, name, what] : raw[base_of(name), what]
	text = replaced(text, "@FIELD@", about[name])
	return replaced(text, "@A_TYPE@", a_type[type[about[name]]])
}

function write_components(    i, list, node, name)
{
	begin("components")
	split("securitySchemes parameters headers", list, " ")
	for (i = 1; i <= 3; i++)
	{
		put_member(components, list[i])
		remember(at(components, list[i]), list[i])
	}
	begin("responses")
	node = at(refusals, "responses")
	remember(node, "responses")
	for (i = 1; i <= count[node]; i++)
	{
		name = member[node, i]
		take_examples(at(at(node, name), "examples"))
		write_response(name, at(node, name), at(at(node, name), "examples"), shared_status[name])
	}
	done()
	begin("schemas")
	write_schemas(components)
	for (i = 1; i <= piece_count; i++)
	{
		write_request_schema(pieces[i], row_of[pieces[i]])
		if (reply[row_of[pieces[i]]] == "envelope")
			write_envelope(pieces[i])
		write_schemas(pieces[i])
	}
	done()
	done()
}

function remember(node, section,    i)
{
	for (i = 1; i <= count[node]; i++)
		defined["#/components/" section "/" member[node, i]] = place_of(node)
}

function write_schemas(file,    i, node, text)
{
	node = at(file, "schemas")
	remember(node, "schemas")
	for (i = 1; i <= count[node]; i++)
	{
		text = replaced(raw[node, member[node, i]], "\"@CODES@\"", code_list())
		put(member[node, i], replaced(text, "@CODE_TABLE@", code_table()))
	}
	node = at(file, "objects")
	remember(node, "schemas")
	for (i = 1; i <= count[node]; i++)
	{
		begin(member[node, i])
		write_closed_object(at(node, member[node, i]))
		done()
	}
}

# The members of an object, all there are; behind the name of one that may be missing stands a question mark.
function write_closed_object(node,    i, list)
{
	put("type", "\"object\"")
	for (i = 1; i <= count[node]; i++)
		if (member[node, i] !~ /[?]$/)
			list = list (list == "" ? "" : ",") "\"" member[node, i] "\""
	if (list != "")
		put("required", "[" list "]")
	put("additionalProperties", "false")
	begin("properties")
	for (i = 1; i <= count[node]; i++)
		put(without_mark(member[node, i]), raw[node, member[node, i]])
	done()
}

function without_mark(name)
{
	sub(/[?]$/, "", name)
	return name
}

function write_request_schema(piece, row,    i, list)
{
	read_parameters(piece, row)
	if (!("body" in takes) && !("document" in takes) && !("form" in takes))
		return
	begin(name_of(piece, "Request"))
	defined["#/components/schemas/" name_of(piece, "Request")] = piece
	put("type", "\"object\"")
	put_member(at(piece, "request"), "description")
	for (i = 1; i <= field_count; i++)
		if (source[field[i]] ~ /^(body|document|form)$/ && required[field[i]])
			list = list (list == "" ? "" : ",") "\"" field[i] "\""
	if (list != "")
		put("required", "[" list "]")
	put("additionalProperties", "false")
	begin("properties")
	for (i = 1; i <= field_count; i++)
		if (source[field[i]] ~ /^(body|document|form)$/)
			put_member(at(at(piece, "request"), "fields"), field[i])
	done()
	done()
}

function write_envelope(piece)
{
	defined["#/components/schemas/" envelope_of(piece)] = piece
	put(envelope_of(piece), "{\"type\":\"object\",\"required\":[\"success\",\"data\",\"timestamp\"]," \
		"\"additionalProperties\":false,\"properties\":{\"success\":{\"type\":\"boolean\",\"enum\":[true]}," \
		"\"data\":{\"$ref\":\"#/components/schemas/" text_of(at(at(piece, "answer"), "data")) "\"}," \
		"\"timestamp\":{\"$ref\":\"#/components/schemas/Timestamp\"}}}")
}

function code_list(    i, list)
{
	for (i = 1; i <= code_count; i++)
		list = list (i == 1 ? "" : ",") "\"" codes[i] "\""
	return "[" list "]"
}

# In Markdown, within a string. What the sidecar says by itself has a response, whose description says more than its
# message.
function code_table(    i, node, code, meaning, table)
{
	node = at(refusals, "responses")
	for (i = 1; i <= count[node]; i++)
	{
		code = member[at(at(node, member[node, i]), "examples"), 1]
		if (said_by[code] == "sidecar")
			meaning[code] = text_of(at(at(node, member[node, i]), "description"))
	}
	table = "| Code | Status | Meaning |\\n|------|--------|---------|"
	for (i = 1; i <= code_count; i++)
	{
		code = codes[i]
		if (!(code in meaning))
			meaning[code] = message_of[code]
		sub(/[.]$/, "", meaning[code])
		table = table "\\n| `" code "` | " status_of[code] " | " meaning[code] " |"
	}
	return table
}

# What a $ref names is there, and what is there is named.
function check_references(    name)
{
	for (name in refers)
		if (!(name in defined))
			fail("contract/api", "there is no " name (refers[name] == 1 ? "" : ", for " refers[name]))
	for (name in defined)
		if (!(name in refers))
			fail(defined[name], "nothing refers to " name)
}
