$$;
COMMENT ON FUNCTION jerry.doctor() IS
	'What is unsafe in this installation, one row per finding, with what to do about it. No row: nothing was found.';
GRANT EXECUTE ON FUNCTION jerry.doctor() TO jerry_admin;
