# endpoints.awk: writes the operations of openapi.json as rows of a table in HTML, for tools/embed-assets.

function fail(place, problem)
{
	printf "%s: %s\n", place, problem >"/dev/stderr"
	exit 1
}

{ content = content $0 "\n" }

END {
	json_read("", content)
	for (i = 1; i <= count[at("", "paths")]; i++)
	{
		path = member[at("", "paths"), i]
		item = at(at("", "paths"), path)
		for (j = 1; j <= count[item]; j++)
			print_row(toupper(member[item, j]) " " path, at(item, member[item, j]))
	}
}

function print_row(route, operation)
{
	print "<tr><td>" code(route) "</td><td>" taken_by(operation) "</td><td>" \
		in_html(text_of(at(operation, "summary"))) "</td></tr>"
}

# The parameters of the operation's own, the fields of its body, and the header that its security asks for.
function taken_by(operation,    node, i, content, list, scheme)
{
	node = at(operation, "parameters")
	for (i = 1; i <= count[node]; i++)
		if (text_of(at(at(node, i), "name")) != "")
			list = list ", " code(text_of(at(at(node, i), "name")))
	content = at(at(operation, "requestBody"), "content")
	if (count[content])
	{
		node = at(referred(at(at(content, member[content, 1]), "schema")), "properties")
		for (i = 1; i <= count[node]; i++)
			list = list ", " code(member[node, i])
	}
	if (count[operation, "security"])
	{
		scheme = member[at(at(operation, "security"), 1), 1]
		list = list ", header " code("Authorization: " toupper(substr(scheme, 1, 1)) substr(scheme, 2))
	}
	return substr(list, 3)
}

function referred(node,    names, n, i)
{
	n = split(text_of(at(node, "$ref")), names, "/")
	node = ""
	for (i = 2; i <= n; i++)
		node = at(node, names[i])
	return node
}

function code(word)
{
	return "<code>" in_html(word) "</code>"
}

# a string of JSON as text of HTML: what is in backquotes is code
function in_html(string,    part, n, i, result)
{
	gsub(/\\"/, "\"", string)
	gsub(/&/, "\\&amp;", string)
	gsub(/</, "\\&lt;", string)
	n = split(string, part, "`")
	for (i = 1; i <= n; i++)
		result = result (i % 2 ? part[i] : "<code>" part[i] "</code>")
	return result
}
