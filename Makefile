# Jerry: a PostgreSQL extension (src/ext, sql; built by PGXS), its HTTP sidecar (src/kore_app; a module for Kore), and its
# courier (src/courier).
#
# make run and make test need only make and bash: they install what is missing. The rest needs PostgreSQL's server
# headers; for another version set PG_CONFIG=/usr/lib/postgresql/17/bin/pg_config. SIDECAR=no leaves the sidecar out. COPT adds
# options for the compiler, as in PostgreSQL's own makefiles.

EXTENSION = jerry
MODULE_big = jerry
JERRY_VERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" jerry.control)

SQL_FILES := $(shell tools/join-sql names) tools/join-sql
SQL_SCRIPT = build/jerry--$(JERRY_VERSION).sql
LAST_RELEASE = 1.1.0
UPGRADE_SCRIPT = build/jerry--$(LAST_RELEASE)--$(JERRY_VERSION).sql
DATA = $(wildcard sql/releases/*.sql)
DATA_built = $(SQL_SCRIPT) $(UPGRADE_SCRIPT)

# An instrumented variant (asan, coverage) has a build folder of its own and is never installed.
VARIANT ?=
BUILD = build$(addprefix /,$(VARIANT))
INSTRUMENT_asan = -O1 -fsanitize=address,undefined -fno-omit-frame-pointer -DJERRY_ALLOW_ALL_SYSCALLS
# with -Og gcc takes what is in PG_FINALLY() itself for clobbered
INSTRUMENT_coverage = -Og -Wno-clobbered --coverage -DJERRY_ALLOW_ALL_SYSCALLS
# a sidecar with one more route for each kind of parameter and of reply
INSTRUMENT_echo = -DJERRY_TEST_ROUTES='"../../../test/http/echo_routes.h"'
INSTRUMENT_asan-echo = $(INSTRUMENT_asan) $(INSTRUMENT_echo)
INSTRUMENT = $(INSTRUMENT_$(VARIANT))

# what a structure's initializer leaves out is zero, by the language
WARNINGS = -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wpointer-arith -Wwrite-strings -Wvla -Wundef \
	-Wnull-dereference -Wno-missing-field-initializers -Werror
# A floor is one unit: most of the time of a small file is PostgreSQL's headers.
OBJS = $(patsubst src/ext/%/,$(BUILD)/ext/%.o,$(sort $(dir $(wildcard src/ext/*/*.c))))
# no warnings about what is in the headers of others
PG_CPPFLAGS = -DJERRY_VERSION='"$(JERRY_VERSION)"' -I. -Isrc/ext -Ibuild/contract -isystem $(includedir_server)
# without the last four PostgreSQL's macros, its callbacks, and its own flags, which are gcc's, would be reported
PG_CFLAGS = $(WARNINGS) -Wno-unused-parameter -Wno-sign-compare -Wno-unknown-warning-option -Wno-ignored-optimization-argument \
	$(INSTRUMENT)
EXTRA_CLEAN = build
SHLIB_LINK = -lcrypto -lidn2 -lunistring -Wl,--version-script=src/ext/exports.map
# no bitcode for the server's JIT: these functions do their work outside of expressions
override with_llvm = no
# what is linked is found where the system keeps its libraries
override enable_rpath = no
NO_INSTALLCHECK = 1

PG_CONFIG ?= pg_config
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
ifneq ($(PGXS),)
include $(PGXS)
ifneq ($(and $(filter 10 11 12 13 14,$(MAJORVERSION)),$(filter all install,$(or $(MAKECMDGOALS),all))),)
$(error jerry: $(PG_CONFIG) is that of PostgreSQL $(MAJORVERSION), but Jerry needs 15 or newer)
endif
else
CC = gcc
all install installdirs uninstall:
	@echo "jerry: $(PG_CONFIG) finds no PostgreSQL server headers: install them (Debian: tools/deps ext, and for the" \
		"sidecar tools/deps sidecar) or give PG_CONFIG=/path/to/pg_config" >&2; exit 1
clean:
	rm -rf build
endif

# ---- the extension -------------------------------------------------------------------------------------------------

$(SQL_SCRIPT): $(SQL_FILES) jerry.control Makefile | build
	{ printf '%s\n' '\echo Use "CREATE EXTENSION jerry CASCADE" to load this file. \quit'; tools/join-sql install; } >$@.new
	mv $@.new $@

$(UPGRADE_SCRIPT): $(SQL_FILES) jerry.control Makefile | build
	{ printf '%s\n' '\echo Use "ALTER EXTENSION jerry UPDATE" to load this file. \quit'; tools/join-sql update; } >$@.new
	mv $@.new $@

# what both halves agree on; see contract/
CONTRACT = build/contract/codes.h build/contract/environment.h build/contract/event_types.h \
	build/contract/audit_actions.h

build/contract/codes.h: tools/generate-codes contract/statuses.txt contract/codes.txt contract/rfc_codes.txt
	mkdir -p $(@D)
	$^ >$@.new
	mv $@.new $@

build/contract/environment.h: contract/environment.txt tools/generate-environment
	mkdir -p $(@D)
	tools/generate-environment header contract/environment.txt >$@.new
	mv $@.new $@

build/contract/event_types.h: contract/events.txt tools/generate-events
	mkdir -p $(@D)
	tools/generate-events header contract/events.txt >$@.new
	mv $@.new $@

build/contract/audit_actions.h: contract/audit.txt tools/generate-audit
	mkdir -p $(@D)
	tools/generate-audit header contract/audit.txt >$@.new
	mv $@.new $@

# the files of the floor $(1), one behind the other
UNIT = printf '\043include "%s"\n' $(sort $(wildcard $(1)/*.c))
$(OBJS:.o=.c): $(BUILD)/ext/%.c: FORCE
	@mkdir -p $(@D)
	@$(call UNIT,src/ext/$*) | cmp -s - $@ || $(call UNIT,src/ext/$*) >$@

$(OBJS): %.o: %.c $(BUILD)/ext/flags $(CONTRACT)
	$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

# PGXS links ./jerry.so; this is that of a variant
$(BUILD)/jerry.so: $(OBJS)
	$(CC) $(CFLAGS) -shared -o $@ $(OBJS) $(LDFLAGS) $(SHLIB_LINK)

jerry.so $(BUILD)/jerry.so: src/ext/exports.map

# ---- what the programs share ---------------------------------------------------------------------------------------

BASE_UNIT = $(BUILD)/base/base.o
BASE_CPPFLAGS = -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -DJERRY_VERSION='"$(JERRY_VERSION)"' -I. -Isrc -Ibuild/contract \
	$(addprefix -I,$(shell $(PG_CONFIG) --includedir 2>/dev/null))

$(BASE_UNIT:.o=.c): FORCE
	@mkdir -p $(@D)
	@$(call UNIT,src/base) | cmp -s - $@ || $(call UNIT,src/base) >$@

$(BASE_UNIT): %.o: %.c $(BUILD)/base/flags $(CONTRACT)
	$(CC) $(SIDECAR_CFLAGS) $(BASE_CPPFLAGS) -MMD -MP -c -o $@ $<

# ---- the sidecar ---------------------------------------------------------------------------------------------------

# an archive for PGXN has this file: who installs an extension from there does not expect a sidecar
-include pgxn.mk
# the Kore that will be started, the first in PATH, is the one to build for
KORE_PREFIX ?= $(patsubst %/bin/kore,%,$(realpath $(shell command -v kore)))
KORE_VERSION := $(firstword $(shell kore -v 2>/dev/null))
KORE_FEATURES = $(KORE_PREFIX)/share/kore/features
SIDECAR ?= $(if $(and $(filter 4.1.% 4.2.%,$(KORE_VERSION)),$(wildcard $(KORE_FEATURES))),yes,no)
SIDECAR_MODULE = $(BUILD)/sidecar/jerry_api.so
SIDECAR_UNITS = $(patsubst src/kore_app/%/,$(BUILD)/sidecar/%.o,$(sort $(dir $(wildcard src/kore_app/*/*.c))))
SIDECAR_OBJS = $(SIDECAR_UNITS) $(BASE_UNIT) $(BUILD)/sidecar/assets.o
# Kore's structures depend on the features it was built with: without its list the layouts would differ silently
SIDECAR_CPPFLAGS = -Isrc/kore_app $(BASE_CPPFLAGS) -isystem $(BUILD)/sidecar/include $(shell cat $(KORE_FEATURES) 2>/dev/null)
SIDECAR_CFLAGS = -std=gnu11 -O2 -g -fPIC -fstack-protector-strong $(WARNINGS) $(INSTRUMENT) $(COPT)
# nodelete: a look-up of names that hangs outlives the module
SIDECAR_LDFLAGS = -shared -Wl,-z,relro,-z,now,-z,nodelete
SIDECAR_LIBS = -lpq -lssl -lcrypto

ifneq ($(PGXS),)
ifeq ($(SIDECAR),yes)
all: sidecar
install: install-sidecar
else ifeq ($(origin SIDECAR),file)
all: sidecar-left-out
endif
endif

.PHONY: sidecar
sidecar: $(SIDECAR_MODULE)

.PHONY: sidecar-left-out
sidecar-left-out:
	@echo "jerry: the sidecar is left out: SIDECAR=yes builds it, with Kore 4.1 or 4.2 (Debian: tools/deps sidecar)"

$(SIDECAR_MODULE): $(SIDECAR_OBJS)
	$(CC) $(SIDECAR_CFLAGS) $(SIDECAR_LDFLAGS) -o $@ $^ $(SIDECAR_LIBS)

$(SIDECAR_UNITS:.o=.c): $(BUILD)/sidecar/%.c: FORCE
	@mkdir -p $(@D)
	@$(call UNIT,src/kore_app/$*) | cmp -s - $@ || $(call UNIT,src/kore_app/$*) >$@

$(SIDECAR_UNITS): %.o: %.c $(BUILD)/sidecar/flags | kore-headers $(CONTRACT)
	$(CC) $(SIDECAR_CFLAGS) $(SIDECAR_CPPFLAGS) -MMD -MP -c -o $@ $<

# A compiler looks into /usr/local first: here are the headers of that Kore and of no other.
.PHONY: kore-headers
kore-headers:
	@mkdir -p $(BUILD)/sidecar/include
	@ln -sfn $(KORE_PREFIX)/include/kore $(BUILD)/sidecar/include/kore

# ---- the courier ---------------------------------------------------------------------------------------------------

COURIER ?= $(shell printf '\043include <curl/curl.h>\n\043include <jansson.h>\n' | $(CC) -E - >/dev/null 2>&1 && echo yes || echo no)
# as it is installed: it finds its templates beside its folder
COURIER_PROGRAM = $(BUILD)/courier/bin/jerry-courier
COURIER_UNITS = $(patsubst src/courier/%/,$(BUILD)/courier/%.o,$(sort $(dir $(wildcard src/courier/*/*.c))))
# it ends by _exit(), which would write no counts
COURIER_CPPFLAGS = -Isrc/courier $(BASE_CPPFLAGS) $(if $(filter coverage,$(VARIANT)),-D_exit=exit)
COURIER_LIBS = -lcurl -ljansson -lpq -lssl -lcrypto

ifneq ($(PGXS),)
ifeq ($(COURIER),yes)
all: courier
install: install-courier
else ifeq ($(origin COURIER),file)
all: courier-left-out
endif
endif

.PHONY: courier
courier: $(COURIER_PROGRAM)

.PHONY: courier-left-out
courier-left-out:
	@echo "jerry: the courier is left out: COURIER=yes builds it, with libcurl and jansson (Debian: tools/deps courier)"

$(COURIER_PROGRAM): $(COURIER_UNITS) $(BASE_UNIT)
	@mkdir -p $(@D) $(BUILD)/courier/share/jerry
	@ln -sfn $(CURDIR)/conf/templates $(BUILD)/courier/share/jerry/templates
	$(CC) $(SIDECAR_CFLAGS) -fPIE -pie -Wl,-z,relro,-z,now -o $@ $^ $(COURIER_LIBS)

$(COURIER_UNITS:.o=.c): $(BUILD)/courier/%.c: FORCE
	@mkdir -p $(@D)
	@$(call UNIT,src/courier/$*) | cmp -s - $@ || $(call UNIT,src/courier/$*) >$@

$(COURIER_UNITS): %.o: %.c $(BUILD)/courier/flags $(CONTRACT)
	$(CC) $(SIDECAR_CFLAGS) $(COURIER_CPPFLAGS) -MMD -MP -c -o $@ $<

# ---- the API's description -----------------------------------------------------------------------------------------

# The routes that are served: a program of the table alone prints them, without its handlers. That of a variant is for tests.
$(sort build/print-routes $(BUILD)/print-routes): src/print_routes/print_routes.c src/kore_app/api/routes.c \
		$(wildcard src/kore_app/*/*.h src/base/*.h) $(CONTRACT) | kore-headers
	$(CC) -std=gnu11 -O1 -ffunction-sections $(WARNINGS) $(if $(filter build/print-routes,$@),,$(INSTRUMENT)) $(SIDECAR_CPPFLAGS) -o $@ \
		$(filter %.c,$^) -Wl,--gc-sections,--unresolved-symbols=ignore-all

build/routes.txt: build/print-routes
	build/print-routes >$@.new
	mv $@.new $@

# a file that is gone changes its folder
build/openapi.json: build/routes.txt contract/statuses.txt contract/codes.txt $(wildcard contract/api/*.json contract/api/*/ contract/api/*/*.json sql/functions/*/*.sql) \
		tools/generate-openapi $(wildcard tools/openapi/*)
	tools/generate-openapi build/routes.txt >$@.new
	mv $@.new $@

# The documentation and the pages for links in mails and for mails, compiled in. Swagger UI is fetched; without it the page is a plain one and the next build tries again.
$(BUILD)/sidecar/assets.o: build/assets/assets.c $(BUILD)/sidecar/flags
	$(CC) $(SIDECAR_CFLAGS) $(SIDECAR_CPPFLAGS) -MMD -MP -c -o $@ $<

build/assets/assets.c: $(wildcard src/kore_app/assets/* src/kore_app/assets/*/*) build/openapi.json tools/embed-assets tools/make-pages \
		$(wildcard tools/openapi/*) jerry.control build/swagger-ui/state
	tools/embed-assets build/assets build/swagger-ui build/openapi.json

build/swagger-ui/state: FORCE | build
	@tools/fetch-swagger-ui $(@D)
	@(cd $(@D) && echo *.js *.css) | cmp -s - $@ || (cd $(@D) && echo *.js *.css) >$@

# Objects are made anew when the compiler, its flags, or the version of PostgreSQL or Kore change.
$(BUILD)/ext/flags $(BUILD)/base/flags $(BUILD)/sidecar/flags $(BUILD)/courier/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS))' >$@
$(BUILD)/ext/flags: FLAGS = $(CC) $(CFLAGS) $(CPPFLAGS) $(VERSION_NUM)
$(BUILD)/base/flags: FLAGS = $(CC) $(SIDECAR_CFLAGS) $(BASE_CPPFLAGS)
$(BUILD)/courier/flags: FLAGS = $(CC) $(SIDECAR_CFLAGS) $(COURIER_CPPFLAGS)
$(BUILD)/sidecar/flags: FLAGS = $(CC) $(SIDECAR_CFLAGS) $(SIDECAR_CPPFLAGS) $(KORE_PREFIX) $(KORE_VERSION)
FORCE:
.PHONY: FORCE

build:
	mkdir -p $@

-include $(wildcard $(BUILD)/ext/*.d $(BUILD)/base/*.d $(BUILD)/sidecar/*.d $(BUILD)/courier/*.d $(BUILD)/alone/*/*.d $(BUILD)/alone/*/*/*.d)

# where make install puts the sidecar; the extension goes where PG_CONFIG says
SIDECAR_PREFIX ?= /usr/local
# below /usr and /usr/local systemd looks there by itself
SYSTEMD_UNITS ?= $(SIDECAR_PREFIX)/lib/systemd/system
# files that name others, as they are installed
INSTALLED = build/installed
PLACES = -e 's|@PREFIX@|$(SIDECAR_PREFIX)|' -e 's|@RUN_DIR@|/run/jerry|' -e 's|@MODULE@|$(SIDECAR_PREFIX)/lib/jerry/jerry_api.so|' \
	-e 's|^module=.*|module=$(SIDECAR_PREFIX)/lib/jerry/jerry_api.so|' -e 's|^template=.*|template=$(SIDECAR_PREFIX)/share/jerry/jerry.conf|' \
	-e 's|^\. .*/common.sh"|. $(SIDECAR_PREFIX)/share/jerry/common.sh|' -e 's|tools/sidecar|jerry-sidecar|' \
	-e 's|/usr/bin/kore|$(KORE_PREFIX)/bin/kore|' \
	-e 's|tools/setup-database|jerry-setup-database|' -e '/^\t*\# shellcheck /d'

.PHONY: install-sidecar uninstall-sidecar
install-sidecar: $(SIDECAR_MODULE)
	mkdir -p $(INSTALLED)
	for file in conf/jerry.conf conf/jerry.service tools/common.sh tools/sidecar tools/setup-database; do \
		sed $(PLACES) $$file >$(INSTALLED)/$${file##*/} || exit; done
	install -D -m 755 $(SIDECAR_MODULE) '$(DESTDIR)$(SIDECAR_PREFIX)/lib/jerry/jerry_api.so'
	install -D -m 644 -t '$(DESTDIR)$(SIDECAR_PREFIX)/share/jerry' $(INSTALLED)/jerry.conf $(INSTALLED)/common.sh
	install -D -m 755 $(INSTALLED)/sidecar '$(DESTDIR)$(SIDECAR_PREFIX)/sbin/jerry-sidecar'
	install -D -m 755 $(INSTALLED)/setup-database '$(DESTDIR)$(SIDECAR_PREFIX)/sbin/jerry-setup-database'
	install -D -m 644 -t '$(DESTDIR)$(SYSTEMD_UNITS)' $(INSTALLED)/jerry.service
	for tool in sidecar setup-database; do tools/generate-man -v name=jerry-$$tool -v version=$(JERRY_VERSION) \
		$(INSTALLED)/$$tool >$(INSTALLED)/jerry-$$tool.8 || exit; done
	install -D -m 644 -t '$(DESTDIR)$(SIDECAR_PREFIX)/share/man/man8' $(INSTALLED)/jerry-sidecar.8 $(INSTALLED)/jerry-setup-database.8
	[ -e '$(DESTDIR)/etc/jerry/jerry.env' ] || install -D -m 644 -t '$(DESTDIR)/etc/jerry' conf/jerry.env

# the manual page says what --help says
.PHONY: install-courier uninstall-courier
install-courier: $(COURIER_PROGRAM)
	mkdir -p $(INSTALLED)
	sed $(PLACES) 'conf/jerry-courier@.service' >'$(INSTALLED)/jerry-courier@.service'
	install -D -m 755 $(COURIER_PROGRAM) '$(DESTDIR)$(SIDECAR_PREFIX)/bin/jerry-courier'
	cd conf && find templates -type f -exec install -D -m 644 {} '$(DESTDIR)$(abspath $(SIDECAR_PREFIX)/share/jerry)/{}' \;
	install -D -m 644 -t '$(DESTDIR)$(SYSTEMD_UNITS)' '$(INSTALLED)/jerry-courier@.service'
	{ printf '\n# jerry-courier: deliver what happens in Jerry.\n#\n'; $(COURIER_PROGRAM) --help | sed 's/^/# /'; } | \
		tools/generate-man -v name=jerry-courier -v version=$(JERRY_VERSION) >$(INSTALLED)/jerry-courier.8
	install -D -m 644 -t '$(DESTDIR)$(SIDECAR_PREFIX)/share/man/man8' $(INSTALLED)/jerry-courier.8
	for file in mail.env hooks.env; do [ -e '$(DESTDIR)/etc/jerry/'$$file ] || \
		install -D -m 644 -t '$(DESTDIR)/etc/jerry' conf/$$file || exit; done

# what an administrator wrote in /etc/jerry stays
uninstall: uninstall-courier uninstall-sidecar
uninstall-courier:
	rm -rf '$(DESTDIR)$(SIDECAR_PREFIX)/share/jerry/templates'
	rm -f '$(DESTDIR)$(SIDECAR_PREFIX)/bin/jerry-courier' '$(DESTDIR)$(SIDECAR_PREFIX)/share/man/man8/jerry-courier.8' \
		'$(DESTDIR)$(SYSTEMD_UNITS)/jerry-courier@.service'

uninstall-sidecar:
	rm -rf '$(DESTDIR)$(SIDECAR_PREFIX)/lib/jerry' '$(DESTDIR)$(SIDECAR_PREFIX)/share/jerry'
	rm -f '$(DESTDIR)$(SIDECAR_PREFIX)/sbin/jerry-sidecar' '$(DESTDIR)$(SIDECAR_PREFIX)/sbin/jerry-setup-database' \
		'$(DESTDIR)$(SIDECAR_PREFIX)/share/man/man8/jerry-sidecar.8' \
		'$(DESTDIR)$(SIDECAR_PREFIX)/share/man/man8/jerry-setup-database.8' '$(DESTDIR)$(SYSTEMD_UNITS)/jerry.service'
	@echo "jerry: databases that have the extension cannot CREATE, ALTER or DROP a TABLE without its library: see the end of docs/OPERATIONS.md"

# what the container asks the sidecar with; its Dockerfile builds it by itself
$(BUILD)/jerry-healthcheck: $(BUILD)/alone/healthcheck/healthcheck.o
	$(CC) $(SIDECAR_CFLAGS) -o $@ $^ -lssl -lcrypto

.PHONY: variant objects
variant: $(BUILD)/jerry.so $(if $(filter yes,$(SIDECAR)),$(SIDECAR_MODULE)) $(if $(filter yes,$(COURIER)),$(COURIER_PROGRAM))

# Every file by itself, for who wants to know that it includes what it uses, and for the analyzer.
ALONE = $(patsubst src/%.c,$(BUILD)/alone/%.o,$(wildcard src/*/*.c src/*/*/*.c))
ALONE_EXT = $(filter $(BUILD)/alone/ext/%,$(ALONE))
ALONE_BASE = $(filter $(BUILD)/alone/base/%,$(ALONE))
ALONE_COURIER = $(filter $(BUILD)/alone/courier/%,$(ALONE))
objects: $(ALONE) $(BUILD)/sidecar/assets.o
$(ALONE_EXT): $(BUILD)/alone/%.o: src/%.c $(BUILD)/ext/flags $(CONTRACT)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<
$(ALONE_BASE): $(BUILD)/alone/%.o: src/%.c $(BUILD)/base/flags $(CONTRACT)
	@mkdir -p $(@D)
	$(CC) $(SIDECAR_CFLAGS) $(BASE_CPPFLAGS) -MMD -MP -c -o $@ $<
$(ALONE_COURIER): $(BUILD)/alone/%.o: src/%.c $(BUILD)/courier/flags $(CONTRACT)
	@mkdir -p $(@D)
	$(CC) $(SIDECAR_CFLAGS) $(COURIER_CPPFLAGS) -MMD -MP -c -o $@ $<
$(filter-out $(ALONE_EXT) $(ALONE_BASE) $(ALONE_COURIER),$(ALONE)): $(BUILD)/alone/%.o: src/%.c $(BUILD)/sidecar/flags | kore-headers $(CONTRACT)
	@mkdir -p $(@D)
	$(CC) $(SIDECAR_CFLAGS) $(SIDECAR_CPPFLAGS) -MMD -MP -c -o $@ $<

# ---- what a person types -------------------------------------------------------------------------------------------

##@ Run
.PHONY: run
run: ## install what is missing, build, run Jerry in the foreground; PORT=8000
	@tools/run

.PHONY: demo
demo: ## kill PostgreSQL in the middle of a transaction: a user and a shop, or neither
	@tools/prepare ext
	@examples/demo.sh

.PHONY: clean-data
clean-data: ## delete the data of make run in RUN_DIR: start over with no users
	@tools/clean-data

##@ Build
# all and install are PGXS's, with the sidecar added above
.PHONY: all install deb dist clean
all: ## build the extension and the sidecar (SIDECAR=no: the extension alone)
install: ## install both, where PG_CONFIG says and under SIDECAR_PREFIX=/usr/local

deb: ## build the Debian packages postgresql-15-jerry and jerry-sidecar, to build/deb
	@tools/build-deb

dist: ## build the archive for PGXN, build/jerry-VERSION.zip
	@tools/build-dist

clean: ## delete what was built (the data of make run stays)

.PHONY: postman
postman: ## write the Postman collection, build/postman_collection.json
	@tools/prepare sidecar
	@tools/generate-postman build/openapi.json >build/postman_collection.json.new
	@mv build/postman_collection.json.new build/postman_collection.json
	@echo build/postman_collection.json

##@ Test
# A suite is a folder of test/ with a suite.conf; make check-SUITE T=FILTER runs it, as tools/test says.
SUITES = $(patsubst test/%/suite.conf,%,$(wildcard test/*/suite.conf))
.PHONY: test check-upgrade check-versions check-clang check-asan check-assert coverage installcheck fuzz $(addprefix check-,$(SUITES))
test: ## install what is missing, build, run the tests; say why any are skipped
	@tools/test

$(addprefix check-,$(SUITES)): check-%:
	@tools/test $* $(T)

check-upgrade: ## upgrade every release with data; is the result like a new installation?
	@tools/test data upgrade

check-versions: ## SQL, interop and data tests on PostgreSQL 17 and 18 in fresh Debians; root
	@tools/test deps 'the tests of the extension'

check-clang: ## build both halves with clang, run the pgTAP and HTTP tests on them
	@tools/check-clang

check-asan: ## the tests, both halves under Address- and UndefinedBehaviorSanitizer
	@tools/check-asan

check-assert: ## the SQL and data tests on a PostgreSQL with assertions, set by PG_CONFIG
	@tools/check-assert

coverage: ## which lines of the halves and the courier the tests run; are they enough? (.ci/coverage)
	@tools/coverage

SECONDS ?= 60
fuzz: ## made-up input for the parsers; SECONDS=60 for each, T=token: one of test/fuzz
	@tools/fuzz $(or $(T),all) $(SECONDS)

installcheck: ## the tests of the SQL functions on the PostgreSQL of PG_CONFIG
	@tools/test pgtap

##@ Measure
.PHONY: bench bench-scale bench-common
bench: ## requests/s, latency, memory, webhooks/s, to bench/results.md; BENCH_SECONDS=3
	@tools/prepare ext sidecar courier bench
	@/usr/bin/python3 bench/run.py

bench-scale: ## time and bytes with a million users, to bench/scale.md; SCALE_USERS=1000000
	@tools/prepare ext bench
	@/usr/bin/python3 bench/scale.py

bench-common: ## ten million common passwords: load, size, time of a look; COMMON_PASSWORDS=10000000
	@tools/prepare ext bench
	@/usr/bin/python3 bench/common_passwords.py

##@ Sources
.PHONY: docs
docs: ## write the generated parts: SQL_API.md, quoted figures and names, META.json's version
	@tools/prepare ext
	@tools/generate-sql-api
	@tools/generate-meta
	@tools/quote-figures
	@tools/quote-contract

.PHONY: picture
picture: ## make the picture of /dev/mail in README.md anew
	@tools/test browser newcomer
	@cp build/browser/newcomer-mail.png docs/dev-mail.png

FORMATTED = $(wildcard src/*/*.[ch] src/*/*/*.[ch] test/*/*.[ch])
.PHONY: format
format: ## format the C files
	@tools/deps dev
	clang-format-14 -i $(FORMATTED)

##@ Help
.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":[^#]*## " } \
		function show(target, text,    line, word, words, i) { \
			line = sprintf("  make %-15s", target); words = split(text, word, " "); \
			for (i = 1; i <= words; i++) { \
				if (length(line " " word[i]) > 80) { print line; line = sprintf("%22s", "") } \
				line = line " " word[i] } \
			print line } \
		/^about = / { suite = FILENAME; gsub("^test/|/suite.conf$$", "", suite); about[++suites] = substr($$0, 9); name[suites] = suite } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { show($$1, $$2) } \
		/^test:/ { for (each = 1; each <= suites; each++) show("check-" name[each], about[each]) }' \
		$(wildcard test/*/suite.conf) $(firstword $(MAKEFILE_LIST))
