# json.awk: reads and writes JSON, for the other programs here. They have a function fail(place, problem), which does
# not return.
#
# A value is known by its node: the name of its file and the names that lead to it, joined by SUBSEP; at(node, name) is
# a member. kind[node] is object, array, string, number or word, raw[node] its text without white space between the
# tokens, count[node] how many members it has, and member[node, i] the name of the i-th, which for an array is i.

BEGIN {
	json_string = "\"([^\"\\\\\001-\037]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f])*\""
	json_number = "-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?"
	json_word = "(true|false|null)"
}

function at(node, name)
{
	return node SUBSEP name
}

# what a string says, as it is written between its quotes; "" for anything else
function text_of(node)
{
	return kind[node] == "string" ? substr(raw[node], 2, length(raw[node]) - 2) : ""
}

# ---- read ----------------------------------------------------------------------------------------------------------

function json_read(file, text)
{
	json_file = file
	json = text
	json_position = 1
	json_value(file)
	if (json_next() != "")
		json_fail("the end of the file")
}

function json_fail(missing,    lines)
{
	fail(json_file ":" split(substr(json, 1, json_position) "x", lines, "\n"), "not JSON: " missing " is missing")
}

# the character that comes next, which is not taken
function json_next()
{
	while (json_position <= length(json) && index(" \t\r\n", substr(json, json_position, 1)))
		json_position++
	return substr(json, json_position, 1)
}

function json_take(pattern, missing,    token)
{
	json_next()
	if (!match(substr(json, json_position), "^" pattern))
		json_fail(missing)
	token = substr(json, json_position, RLENGTH)
	json_position += RLENGTH
	return token
}

function json_value(node,    first)
{
	first = json_next()
	if (first == "{")
		json_object(node)
	else if (first == "[")
		json_array(node)
	else if (first == "\"")
	{
		kind[node] = "string"
		raw[node] = json_take(json_string, "the end of a string")
	}
	else if (first ~ /[-0-9]/)
	{
		kind[node] = "number"
		raw[node] = json_take(json_number, "a number")
	}
	else
	{
		kind[node] = "word"
		raw[node] = json_take(json_word, "a value")
	}
}

function json_object(node,    text, key, name)
{
	kind[node] = "object"
	count[node] = 0
	text = json_take("[{]", "{")
	if (json_next() != "}")
		do
		{
			key = json_take(json_string, "a name in quotes")
			name = substr(key, 2, length(key) - 2)
			if (at(node, name) in kind)
				json_fail("a name other than " key ", which is there already,")
			member[node, ++count[node]] = name
			json_take(":", ": behind " key)
			json_value(at(node, name))
			text = text key ":" raw[node, name]
		} while (json_next() == "," && (text = text json_take(",")))
	raw[node] = text json_take("[}]", "} or ,")
}

function json_array(node,    text)
{
	kind[node] = "array"
	count[node] = 0
	text = json_take("[[]", "[")
	if (json_next() != "]")
		do
		{
			count[node]++
			member[node, count[node]] = count[node]
			json_value(at(node, count[node]))
			text = text raw[node, count[node]]
		} while (json_next() == "," && (text = text json_take(",")))
	raw[node] = text json_take("[]]", "] or ,")
}

# ---- write ---------------------------------------------------------------------------------------------------------

# Writes tokens, in as many calls as one likes, one member a line. refers[name] is set for what a "$ref" names.
function json_write(text,    token, is_reference)
{
	while (text != "")
	{
		match(text, "^(" json_string "|" json_number "|" json_word "|[][{}:,])")
		if (RLENGTH < 1)
			fail("json_write", "no token: " substr(text, 1, 60))
		token = substr(text, 1, RLENGTH)
		text = substr(text, RLENGTH + 1)
		if (token ~ /^[]}]/)
		{
			json_depth--
			json_line_ended = json_last !~ /^[[{]/
		}
		if (json_line_ended)
			printf "\n%" 2 * json_depth "s", ""
		json_line_ended = 0
		printf "%s", token
		if (token == ":")
			printf " "
		else if (token == ",")
			json_line_ended = 1
		else if (token ~ /^[[{]/)
		{
			json_depth++
			json_line_ended = 1
		}
		else if (is_reference && token ~ /^"/)
			refers[substr(token, 2, length(token) - 2)] = 1
		is_reference = token == "\"$ref\"" || (token == ":" && is_reference)
		json_last = token
	}
}
