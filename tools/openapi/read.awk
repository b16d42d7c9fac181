# read.awk: reads and checks what tools/generate-openapi makes openapi.json of, and has it written. What a row of the
# table of routes comes to is found out in row.awk; what is written, in write.awk.

BEGIN {
	FS = "\t"
	document = "contract/api/document.json"
	components = "contract/api/components.json"
	refusals = "contract/api/refusals.json"

	# what a file and each part of it may have; ! stands behind what it must have
	parts["document"] = "head! notDescribed!"
	parts["components"] = "securitySchemes parameters headers objects schemas"
	parts["refusals"] = "when! examples! statuses! responses!"
	parts["when"] = "always available database required content body document form query path cookie cookieRequired " \
		"bearer bearerRequired permission basic nowhere"
	parts["response"] = "description! headers examples!"
	parts["group"] = "name! description! position"
	parts["piece"] = "route! position operationId! summary! description! request answer! refusals responses objects " \
		"schemas"
	parts["request"] = "description fields! examples"
	parts["answer"] = "description! status headers envelope data usually example"
	parts["refusal"] = "code summary message details"
	parts["status"] = "description headers"

	a_type["string"] = "a string"
	a_type["object"] = "an object"
	a_type["array"] = "an array"
	a_type["boolean"] = "true or false"
	a_type["integer"] = "an integer"
	for (name in a_type)
	{
		wrong_type[name] = "NOT_" toupper(a_type[name])
		gsub(" ", "_", wrong_type[name])
		is_wrong_type[wrong_type[name]] = 1
	}
}

function fail(place, problem)
{
	printf "%s: %s\n", place, problem >"/dev/stderr"
	failed = 1
	exit 1
}

# ---- what is read --------------------------------------------------------------------------------------------------

FNR == 1 { files[++file_count] = FILENAME }

FILENAME ~ /routes\.txt$/ {
	row = $1 " " $2
	if (row in is_row)
		fail("src/kore_app/api/routes.c", "there are two rows for " row)
	is_row[row] = 1
	rows[++row_count] = row
	method[row] = tolower($1)
	path[row] = $2
	called[row] = $3 == "-" ? "" : $3
	row_status[row] = $5
	reply[row] = $6
	answers_itself[row] = $7 == "own"
	parameters[row] = $8
	permission[row] = $9
}

FILENAME ~ /statuses\.txt$/ && !/^#/ { is_status[substr($0, 1, 3)] = 1 }

FILENAME ~ /\/codes\.txt$/ && !/^#/ && NF {
	split($0, column, /[ \t]+/)
	codes[++code_count] = column[2]
	status_of[column[2]] = column[3]
	said_by[column[2]] = column[4]
	message_of[column[2]] = substr($0, index($0, " " column[4] " ") + length(column[4]) + 2)
	sub(/^[ \t]+/, "", message_of[column[2]])
}

FILENAME ~ /\.(json|sql)$/ { content[FILENAME] = content[FILENAME] $0 "\n" }

END {
	if (failed)
		exit 1
	for (file_number = 1; file_number <= file_count; file_number++)
	{
		file = files[file_number]
		if (file ~ /\.json$/)
			json_read(file, content[file])
		else if (file ~ /\.sql$/)
			read_comments(file, content[file])
	}
	read_shared()
	read_pieces()
	write_document()
}

# What the comment on a function says of its answer: the members of its data, and its codes. The function is that of the
# file; others of its name, for arguments of older versions, have files of other names.
function read_comments(file, text,    name, comment)
{
	while (match(text, /COMMENT ON FUNCTION jerry\.[a-z_0-9]+/))
	{
		name = substr(text, RSTART + 26, RLENGTH - 26)
		text = substr(text, RSTART + RLENGTH)
		sub(/^[^']*/, "", text)
		if (file !~ "/" name "[.]sql$")
			continue
		comment = ""
		while (match(text, /^[ \t\n]*'([^']|'')*'/))
		{
			comment = comment substr(text, 1, RLENGTH)
			text = substr(text, RLENGTH + 1)
		}
		gsub(/'[ \t\n]+'/, "", comment)
		gsub(/\([^()]*\)/, "", comment)
		comment_in[name] = file
		data_of[name] = list_in(comment, "Data")
		codes_of[name] = list_in(comment, "Codes")
	}
}

# "Codes: ONE, TWO." as "ONE TWO"; "" when there is no such list
function list_in(comment, title)
{
	if (!match(comment, title ": [^.]*[.]"))
		return ""
	comment = substr(comment, RSTART + length(title) + 2, RLENGTH - length(title) - 3)
	gsub(/[ ,\t\n]+/, " ", comment)
	sub(/ $/, "", comment)
	return comment
}

# Has an object all that it must have, and nothing that it may not?
function check(node, what,    words, n, i, may)
{
	if (kind[node] != "object")
		fail(place_of(node), "the " what " is not there, or no object")
	n = split(parts[what], words, " ")
	for (i = 1; i <= n; i++)
	{
		if (sub(/!/, "", words[i]) && !(at(node, words[i]) in kind))
			fail(place_of(node), "the " what " has no \"" words[i] "\"")
		may[words[i]] = 1
	}
	for (i = 1; i <= count[node]; i++)
		if (!(member[node, i] in may))
			fail(place_of(node), "\"" member[node, i] "\" is nothing that " \
				(what ~ /^[aeio]/ ? "an " : "a ") what " has")
}

function check_statuses(node,    i)
{
	for (i = 1; i <= count[node]; i++)
		if (!(member[node, i] in is_status))
			fail(place_of(node), member[node, i] " is no status of contract/statuses.txt")
}

function place_of(node,    names)
{
	split(node, names, SUBSEP)
	return names[1]
}

function read_shared(    i, j, node, name, has_time)
{
	check(document, "document")
	check(components, "components")
	check(refusals, "refusals")
	node = at(refusals, "examples")
	for (i = 1; i <= count[node]; i++)
	{
		check(at(node, member[node, i]), "refusal")
		if (member[node, i] != "WRONG_TYPE")
			code_of(node, member[node, i])
	}
	node = at(refusals, "when")
	check(node, "when")
	for (i = 1; i <= count[node]; i++)
		for (j = 1; j <= count[node, member[node, i]]; j++)
			has_time[code_of(at(refusals, "examples"), text_of(at(at(node, member[node, i]), j)))] = 1
	for (i = 1; i <= code_count; i++)
		if (said_by[codes[i]] == "sidecar" && !(codes[i] in has_time))
			fail(refusals, "\"when\" has no " codes[i] ", which contract/codes.txt says the sidecar answers")
	node = at(refusals, "statuses")
	check_statuses(node)
	for (i = 1; i <= count[node]; i++)
		check(at(node, member[node, i]), "status")
	node = at(refusals, "responses")
	for (i = 1; i <= count[node]; i++)
	{
		name = member[node, i]
		check(at(node, name), "response")
		take_examples(at(at(node, name), "examples"))
		if (!example_count)
			fail(refusals, "the response " name " has no examples")
		shared_status[name] = example_status[examples[1]]
	}
	collect_schemas(components)
}

function collect_schemas(file,    list, i, node, name)
{
	for (list = 1; list <= 2; list++)
	{
		node = at(file, list == 1 ? "objects" : "schemas")
		for (i = 1; i <= count[node]; i++)
		{
			name = member[node, i]
			if (name in schema)
				fail(file, "the schema " name " is in " place_of(schema[name]) " already")
			schema[name] = at(node, name)
			is_closed_object[name] = list == 1
		}
	}
}

function read_pieces(    i, file, group, row)
{
	for (i = 1; i <= file_count; i++)
	{
		file = files[i]
		if (file !~ /^contract\/api\/[^\/]+\/[^\/]+\.json$/)
			continue
		group = file
		sub(/[^\/]+$/, "group.json", group)
		if (!(group in kind))
			fail(group, "there is no such file, and " file " is of that group")
		if (file == group)
		{
			check(file, "group")
			groups[++group_count] = file
			continue
		}
		check(file, "piece")
		check_statuses(at(file, "responses"))
		row = text_of(at(file, "route"))
		if (!(row in is_row))
			fail(file, "the sidecar does not serve " row)
		if (row in piece_of)
			fail(file, row " is described in " piece_of[row] " already")
		piece_of[row] = file
		row_of[file] = row
		group_of[file] = group
		pieces[++piece_count] = file
		collect_schemas(file)
	}
	sort(groups, group_count)
	sort(pieces, piece_count)
	for (i = 1; i <= row_count; i++)
		if (!(rows[i] in piece_of) && !(at(at(document, "notDescribed"), rows[i]) in kind))
			fail("contract/api", "no piece describes " rows[i] ", which the sidecar serves")
	for (i = 1; i <= count[document, "notDescribed"]; i++)
	{
		row = member[at(document, "notDescribed"), i]
		if (!(row in is_row) || (row in piece_of))
			fail(document, row " is " (row in piece_of ? "described, in " piece_of[row] : "not served"))
	}
}

# By the position of the group, that of the piece, and the name.
function sort(list, n,    i, j, file)
{
	for (i = 2; i <= n; i++)
	{
		file = list[i]
		for (j = i - 1; j > 0 && is_before(file, list[j]); j--)
			list[j + 1] = list[j]
		list[j + 1] = file
	}
}

function is_before(one, other,    difference)
{
	difference = position(group_of[one]) - position(group_of[other])
	if (difference == 0 && group_of[one] != group_of[other])
		return group_of[one] < group_of[other]
	if (difference == 0)
		difference = position(one) - position(other)
	return difference < 0 || (difference == 0 && one < other)
}

function position(file)
{
	return (file, "position") in kind ? raw[file, "position"] + 0 : 1000000
}

# RegisterRequest for register.json
function name_of(piece, suffix,    words, n, i, result)
{
	sub(/^.*\//, "", piece)
	sub(/\.json$/, "", piece)
	n = split(piece, words, "_")
	for (i = 1; i <= n; i++)
		result = result toupper(substr(words[i], 1, 1)) substr(words[i], 2)
	return result suffix
}
