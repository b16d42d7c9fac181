/*
 * echo_routes.h: a route for each kind of parameter and of reply, in a sidecar
 * that is built for test_request_kinds.py alone (make VARIANT=echo variant).
 *
 * Rows of the table in routes.c.  The functions are made by the test.
 */
{ PUT, "/echo/{thing}/parts/{part}", "echo_path", LANE_READ, 200, NO_TOKEN,
  WITH({ FROM_PATH, "part" }, { FROM_PATH, "thing" }) },
	{ GET, "/echo/path/parts/fixed", "echo_client", LANE_READ, 200, NO_TOKEN, WITH(CLIENT) },
	{ PATCH, "/echo/kinds", "echo_kinds", LANE_WRITE, 200, NO_TOKEN,
	  WITH(BODY("text"), { FROM_BODY, "flag", VALUE_BOOLEAN, .optional = true },
		   { FROM_BODY, "number", VALUE_INTEGER, .optional = true },
		   { FROM_BODY, "object", VALUE_OBJECT, .optional = true },
		   { FROM_BODY, "list", VALUE_ARRAY, .optional = true }) },
	{ GET, "/echo/query", "echo_query", LANE_READ, 200, NO_TOKEN,
	  WITH({ FROM_QUERY, "text" }, { FROM_QUERY, "flag", VALUE_BOOLEAN, .optional = true },
		   { FROM_QUERY, "number", VALUE_INTEGER, .optional = true }) },
	{ GET, "/echo/cookies", "echo_cookies", LANE_READ, 200, NO_TOKEN,
	  WITH({ FROM_COOKIE, "__Host-session" }, { FROM_COOKIE, "theme", .optional = true }) },
	{ POST, "/echo/optional", "echo_optional", LANE_WRITE, 200, THE_TOKEN,
	  WITH({ FROM_BEARER, NULL, .optional = true },
		   { FROM_BODY, "refresh_token", .optional = true }) },
	{ DELETE, "/echo/optional", "echo_optional_delete", LANE_WRITE, 204, THE_TOKEN,
	  WITH(BEARER, { FROM_BODY, "password", .optional = true }), .reply = REPLY_EMPTY },
	{ POST, "/echo/form", "echo_form", LANE_WRITE, 200, THE_CLIENT,
	  WITH({ FROM_BASIC_USER, NULL }, { FROM_BASIC_PASSWORD, NULL }, { FROM_FORM, "grant_type" },
		   { FROM_FORM, "code", .optional = true }),
	  .reply = REPLY_RFC },
	{ GET, "/echo/redirect", "echo_redirect", LANE_READ, 303, NO_TOKEN,
	  WITH({ FROM_QUERY, "location" }, { FROM_QUERY, "cookie", .optional = true }),
	  .reply = REPLY_REDIRECT },
	{ GET, "/echo/keys", "echo_keys", LANE_READ, 200, NO_TOKEN, .reply = REPLY_BARE,
	  .max_age = 300 },
