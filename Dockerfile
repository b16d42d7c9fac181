# Jerry in three images: db, PostgreSQL with the extension; courier, which sends the mails, or to webhooks; and api, the sidecar.
# docker-compose.yml starts all. One by one:
#
#   docker build --target db -t jerry-db .
#   docker build --target courier -t jerry-courier .
#   docker build -t jerry-api .
#
# Where no registry can be reached, BASE_IMAGE can be any image of Debian 12: test/docker/run makes one.
ARG BASE_IMAGE=debian:bookworm-slim

# ---- build: everything that is compiled, in /out as it is installed ------------------------------------------------
FROM ${BASE_IMAGE} AS build
ARG DEBIAN_FRONTEND=noninteractive
# python and pip are for Swagger UI, without which /docs is a plain page
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates gcc kore libc6-dev libcurl4-openssl-dev \
		libidn2-dev libjansson-dev libpq-dev libunistring-dev make postgresql-server-dev-15 python3 python3-pip-whl
WORKDIR /src
COPY . .
RUN SWAGGER_UI_DEADLINE=60 make -s -j "$(nproc)" all && make -s install DESTDIR=/out \
	&& mkdir -p /out/usr/local/bin \
	&& gcc -std=gnu11 -O2 -Wall -Wextra -Werror -o /out/usr/local/bin/jerry-healthcheck src/healthcheck/healthcheck.c -lssl -lcrypto

# ---- db ------------------------------------------------------------------------------------------------------------
FROM ${BASE_IMAGE} AS db
ARG DEBIAN_FRONTEND=noninteractive
# The user and group ids end up on volumes: they stay the same whatever Debian would choose.
#
# The larger part of what postgresql-15 brings is the compiler of the JIT and the Perl of Debian's cluster tools, which are
# never used here. To add packages to this image, run apt-get --fix-broken install first.
RUN groupadd --system --gid 999 postgres \
	&& useradd --system --uid 999 --gid postgres --home-dir /var/lib/postgresql --shell /usr/sbin/nologin postgres \
	&& apt-get update && apt-get install -y --no-install-recommends postgresql-common \
	&& echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
	&& apt-get install -y --no-install-recommends postgresql-15 \
	&& dpkg --purge --force-depends libllvm14 libz3-4 libc-l10n libgdbm-compat4 libgdbm6 libjson-perl libperl5.36 locales \
		openssl perl perl-modules-5.36 postgresql-client-common postgresql-common ssl-cert \
	&& rm -rf /usr/lib/postgresql/15/lib/bitcode /usr/lib/postgresql/15/lib/llvmjit* /var/lib/apt/lists/* /var/cache/* /var/log/* \
	&& install -d -o postgres -g postgres -m 700 /var/lib/postgresql \
	&& install -d -o postgres -g postgres /run/postgresql
COPY --from=build /out/usr/lib/postgresql /usr/lib/postgresql
COPY --from=build /out/usr/share/postgresql /usr/share/postgresql
COPY tools/common.sh tools/setup-database docker/db-entrypoint /usr/local/lib/jerry/
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	LC_ALL=C.UTF-8 PGDATA=/var/lib/postgresql/15/data PGHOST=/run/postgresql PGUSER=postgres
USER 999:999
WORKDIR /var/lib/postgresql
VOLUME /var/lib/postgresql
EXPOSE 5432
# a fast shutdown: SIGTERM would make PostgreSQL wait until the last client has left
STOPSIGNAL SIGINT
# over TCP, which is closed until the database is ready for Jerry
HEALTHCHECK --interval=5s --timeout=5s --start-period=120s CMD ["pg_isready", "-q", "-h", "127.0.0.1"]
ENTRYPOINT ["/usr/local/lib/jerry/db-entrypoint"]

# ---- courier -------------------------------------------------------------------------------------------------------
FROM ${BASE_IMAGE} AS courier
ARG DEBIAN_FRONTEND=noninteractive
# the mails of a folder, where there is no mail server, are on a volume
RUN groupadd --system --gid 10002 courier \
	&& useradd --system --uid 10002 --gid courier --home-dir /nonexistent --shell /usr/sbin/nologin courier \
	&& apt-get update && apt-get install -y --no-install-recommends ca-certificates libcurl4 libjansson4 libpq5 \
	&& rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
	&& install -d -o courier -g courier -m 700 /var/mail/jerry
COPY --from=build /out/usr/local/bin/jerry-courier /usr/local/bin/jerry-courier
COPY --from=build /out/usr/local/share/jerry/templates /usr/local/share/jerry/templates
USER 10002:10002
WORKDIR /
VOLUME /var/mail/jerry
ENTRYPOINT ["jerry-courier"]
CMD ["mail"]

# ---- api -----------------------------------------------------------------------------------------------------------
FROM ${BASE_IMAGE} AS api
ARG DEBIAN_FRONTEND=noninteractive
RUN groupadd --system --gid 10001 jerry \
	&& useradd --system --uid 10001 --gid jerry --home-dir /run/jerry --shell /usr/sbin/nologin jerry \
	&& apt-get update && apt-get install -y --no-install-recommends libpq5 \
	&& rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
	&& install -d -o jerry -g jerry -m 700 /run/jerry
# without its package, which depends on the C headers
COPY --from=build /usr/bin/kore /usr/bin/kore
COPY --from=build /out/usr/local/bin/jerry-healthcheck /usr/local/bin/jerry-healthcheck
COPY --from=build /out/usr/local/lib/jerry /usr/local/lib/jerry
COPY --from=build /out/usr/local/share/jerry /usr/local/share/jerry
ENV HOST=0.0.0.0 PORT=8000 HOME=/run/jerry
USER 10001:10001
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD ["jerry-healthcheck"]
ENTRYPOINT ["kore", "-fnrq", "-c", "/usr/local/share/jerry/jerry.conf"]
