/*
 * setting.c: see setting.h.
 */
#include "store/setting.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "store/statement.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Columns by position; they are never renamed, moved or dropped. */
enum
{
	SETTING_NAME = 1,
	SETTING_VALUE
};

/* RowReader that adds to a StoredSettings. */
static bool
read_setting(HeapTuple row, TupleDesc descriptor, void *arg)
{
	StoredSettings *found = arg;
	StoredSetting *setting;

	if (found->n == found->room)
	{
		found->room = Max(found->room * 2, 16);
		found->settings = found->settings == NULL
							  ? palloc(found->room * sizeof(StoredSetting))
							  : repalloc(found->settings, found->room * sizeof(StoredSetting));
	}
	setting = &found->settings[found->n++];
	setting->name = row_text(row, SETTING_NAME, descriptor);
	setting->value = row_text(row, SETTING_VALUE, descriptor);
	return true;
}

StoredSettings
store_load_settings(void)
{
	StoredSettings found = { .relation =
								 get_relname_relid("setting", get_namespace_oid("jerry", true)) };

	scan_latest(found.relation, read_setting, &found);
	return found;
}

void
store_set_setting(const char *name, const char *value, TimestampTz now)
{
	static Statement statement = {
		"INSERT INTO jerry.setting AS s (name, value, changed_at) VALUES ($1, $2, $3)"
		" ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, changed_at ="
		" EXCLUDED.changed_at",
		3,
		{ TEXTOID, TEXTOID, TIMESTAMPTZOID }
	};
	Datum values[] = { CStringGetTextDatum(name), CStringGetTextDatum(value),
					   TimestampTzGetDatum(now) };

	statement_count(&statement, values);
}

void
store_delete_setting(const char *name)
{
	static Statement statement = {
		"DELETE FROM jerry.setting WHERE name OPERATOR(pg_catalog.=) $1",
		1,
		{ TEXTOID }
	};
	Datum values[] = { CStringGetTextDatum(name) };

	statement_count(&statement, values);
}

void
store_show_settings(Datum names, Datum used, struct ReturnSetInfo *result)
{
	static Statement statement = {
		"SELECT p.name, p.setting, p.unit, p.boot_val,"
		" CASE WHEN p.source OPERATOR(pg_catalog.<>) 'default' THEN p.source WHEN u.used"
		" THEN 'jerry.setting' ELSE 'default' END,"
		" s.value, s.changed_at FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS u"
		" (name, used)"
		" JOIN pg_catalog.pg_settings AS p ON p.name OPERATOR(pg_catalog.=) u.name"
		" LEFT JOIN jerry.setting AS s ON s.name OPERATOR(pg_catalog.=) u.name"
		" ORDER BY p.name COLLATE pg_catalog.\"C\"",
		2,
		{ TEXTARRAYOID, BOOLARRAYOID }
	};
	Datum values[] = { names, used };

	statement_fill(&statement, values, result);
}

bool
store_key_files_changed(void)
{
	static Statement statement = {
		"SELECT FROM pg_catalog.pg_settings AS s LEFT JOIN pg_catalog.pg_file_settings AS f"
		" ON f.name OPERATOR(pg_catalog.=) s.name AND f.applied"
		" WHERE s.name IN ('jerry.key_file', 'jerry.old_key_file')"
		" AND s.source IN ('configuration file', 'default')"
		" AND COALESCE(f.setting, '') OPERATOR(pg_catalog.<>) s.setting"
	};

	return statement_count(&statement, NULL) > 0;
}
