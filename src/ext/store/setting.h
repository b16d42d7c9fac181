/*
 * setting.h: table jerry.setting: what jerry.configure() was told.
 */
#ifndef JERRY_STORE_SETTING_H
#define JERRY_STORE_SETTING_H

#include "base/settings.h"

struct ReturnSetInfo;

/*
 * What the last commit left, and nothing where the table is not there: an
 * installation of 1.1.0 has none until it is updated.
 */
extern StoredSettings store_load_settings(void);

extern void store_set_setting(const char *name, const char *value, TimestampTz now);
extern void store_delete_setting(const char *name);

/*
 * Adds rows (name, value, unit, default, source, stored value, time of its
 * change) for an array of names; used: is the stored value valid?
 */
extern void store_show_settings(Datum names, Datum used, struct ReturnSetInfo *result);

/*
 * Does postgresql.conf name other key files than this session has read from it?
 * After a reload that takes a moment.
 */
extern bool store_key_files_changed(void);

#endif /* JERRY_STORE_SETTING_H */
