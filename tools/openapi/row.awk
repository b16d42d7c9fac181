# row.awk: what one row of the table of routes takes from its client, and what it can be refused with. For
# tools/generate-openapi; it leaves the findings in field[], takes[] and examples[].

# ---- what a row takes from its client --------------------------------------------------------------------------------

# Sets field[1..field_count], with their source, type and whether they are required, and takes[] for each source.
function read_parameters(piece, row,    words, n, i, word, node, wanted, name)
{
	field_count = required_count = 0
	split("", takes)
	n = split(parameters[row], words, " ")
	for (i = 1; i <= n; i++)
	{
		split(words[i], word, ":")
		# with a question mark there: the credentials may be missing
		if (word[1] ~ /[?]$/)
			takes[substr(word[1], 1, length(word[1]) - 1)] = "optional"
		else
			takes[word[1]] = "required"
		if (word[1] !~ /^(body|form|query|path|cookie)$/)
			continue
		field[++field_count] = word[2]
		source[word[2]] = word[1]
		required_count += required[word[2]] = !sub(/[?]$/, "", word[3])
		type[word[2]] = word[3]
		wanted[word[2]] = 1
		node = at(at(at(piece, "request"), "fields"), word[2])
		if (!(node in kind))
			fail(piece, "\"fields\" has no \"" word[2] "\", which the route takes")
		if (word[1] == "body" && type_in(node) != word[3])
			fail(piece, "\"" word[2] "\" is not of the type that the route takes: " word[3])
	}
	if (at(piece, "request") in kind)
		check(at(piece, "request"), "request")
	node = at(at(piece, "request"), "fields")
	for (i = 1; i <= count[node]; i++)
	{
		name = member[node, i]
		if (name in wanted)
			continue
		if (!("document" in takes))
			fail(piece, "the route takes no \"" name "\"")
		# what may be in it is the function's business
		field[++field_count] = name
		source[name] = "document"
		required[name] = 0
	}
}

function type_in(node,    name)
{
	name = text_of(at(node, "$ref"))
	if (name == "")
		return text_of(at(node, "type"))
	sub(/^.*\//, "", name)
	return is_closed_object[name] ? "object" : text_of(at(schema[name], "type"))
}

# ---- what a row can be refused with ----------------------------------------------------------------------------------

# An example of a refusal has the name of its code; where a code has several, refusals.json or the piece says which it
# is. said_in is where a file speaks of it by name: "refusals" of a piece, "examples" of a response.

function base_of(example)
{
	return at(at(refusals, "examples"), (example in is_wrong_type) ? "WRONG_TYPE" : example)
}

function code_of(said_in, example,    code)
{
	code = text_of(at(at(said_in, example), "code"))
	if (code == "")
		code = text_of(at(base_of(example), "code"))
	if (code == "")
		code = example
	if (!(code in status_of))
		fail(place_of(said_in), code " is no code of contract/codes.txt")
	return code
}

# Fills examples[1..example_count], and for VALIDATION_ERROR and the like the field that each is about.
function read_refusals(piece, row,    i, n, words, name, said_in, is_said)
{
	no_examples()
	said_in = at(piece, "refusals")
	if (reply[row] == "rfc")
	{
		# what the shape of an RFC says is written there: these refusals come before the route is known
		add_examples(said_in, "always")
		check_rfc(piece, row)
		return
	}
	for (i = 1; i <= field_count; i++)
	{
		name = field[i]
		if (source[name] == "cookie")
		{
			add_about(said_in, "cookie", name)
			if (required[name])
				add_about(said_in, "cookieRequired", name)
		}
		else if (source[name] != "path" && source[name] != "document")
		{
			if (required[name])
				add_about(said_in, "required", name)
			# all that is in a form or a query is a string
			if (source[name] == "body" || type[name] != "string")
			{
				if (!(wrong_type[type[name]] in about))
					about[wrong_type[type[name]]] = name
				add_example(said_in, wrong_type[type[name]])
			}
		}
	}
	if (called[row] != "")
	{
		if (!(called[row] in comment_in))
			fail("sql/functions", "no comment on jerry." called[row] \
				" in a file of that name, and the sidecar calls it for " row)
		n = split(codes_of[called[row]], words, " ")
		for (i = 1; i <= n; i++)
		{
			if (!(words[i] in status_of) || said_by[words[i]] == "sidecar")
				fail(comment_in[called[row]], words[i] " is no code of the database in contract/codes.txt")
			# it is about what the client gives, other than a token
			if (words[i] != "VALIDATION_ERROR" || field_count > 0)
				add_example(said_in, words[i])
		}
	}
	n = split(parameters[row], words, " ")
	for (i = 1; i <= n; i++)
	{
		sub(/[:?].*/, "", words[i])
		if (words[i] != "cookie")
			add_examples(said_in, words[i])
		if (words[i] == "bearer" && takes["bearer"] == "required")
			add_examples(said_in, "bearerRequired")
	}
	if (permission[row] != "")
		add_examples(said_in, "permission")
	# whether the route reads it or not
	if (method[row] != "get")
		add_examples(said_in, "content")
	if (!answers_itself[row])
	{
		if (called[row] != "")
			add_examples(said_in, "database")
		add_examples(said_in, "available")
	}
	add_examples(said_in, "always")
	for (i = 1; i <= count[said_in]; i++)
	{
		name = member[said_in, i]
		check(at(said_in, name), name ~ /^[0-9]/ ? "status" : "refusal")
		if (name !~ /^[0-9]/ && at(at(said_in, name), "code") in kind)
			add_example(said_in, name)
	}
	for (i = 1; i <= example_count; i++)
		is_said[examples[i]] = is_said[example_status[examples[i]]] = 1
	for (i = 1; i <= count[said_in]; i++)
		if (!(member[said_in, i] in is_said))
			fail(piece, row " is never refused with " member[said_in, i])
	for (i = 1; i <= example_count; i++)
	{
		check_about(piece, row, examples[i], "summary")
		check_about(piece, row, examples[i], "details")
	}
}

# a text about a missing field, of a route that requires none
function check_about(piece, row, name, what)
{
	if (!(name in about) && !(at(at(at(piece, "refusals"), name), what) in kind) &&
		index(raw[base_of(name), what], "@FIELD@") > 0)
		fail(piece, "\"refusals\" has no \"" what "\" for " name ": " row " requires no field that could be missing")
}

function check_rfc(piece, row,    n, statuses, i)
{
	n = split("400 500 503" (("basic" in takes) || ("bearer" in takes) ? " 401" : ""), statuses, " ")
	for (i = 1; i <= n; i++)
		if (!(at(at(piece, "responses"), statuses[i]) in kind))
			fail(piece, "\"responses\" has no " statuses[i] ", which " row " answers in the shape of its RFC")
}

function no_examples()
{
	example_count = 0
	split("", is_example)
	split("", about)
}

# those of a shared response
function take_examples(node,    i)
{
	no_examples()
	for (i = 1; i <= count[node]; i++)
		add_example(node, member[node, i])
}

function add_examples(said_in, condition,    node, i)
{
	node = at(at(refusals, "when"), condition)
	for (i = 1; i <= count[node]; i++)
		add_example(said_in, text_of(at(node, i)))
}

# the examples of what can be wrong with one field: the first that has them
function add_about(said_in, condition, name,    node, i)
{
	node = at(at(refusals, "when"), condition)
	for (i = 1; i <= count[node]; i++)
		if (!(text_of(at(node, i)) in about))
			about[text_of(at(node, i))] = name
	add_examples(said_in, condition)
}

function add_example(said_in, name)
{
	if (name in is_example)
		return
	is_example[name] = 1
	examples[++example_count] = name
	example_status[name] = status_of[code_of(said_in, name)]
}
