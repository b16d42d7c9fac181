# Postfix, as somebody's relay: a mail to anybody at example.com ends in one mailbox, as it arrived.
ARG BASE_IMAGE=debian:bookworm-slim
FROM ${BASE_IMAGE}
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends postfix \
	&& rm -rf /var/lib/apt/lists/* && postconf -e myhostname=mta.example.com mydestination=example.com \
	luser_relay=root@example.com local_recipient_maps= inet_interfaces=all mynetworks=0.0.0.0/0 alias_maps= \
	maillog_file=/dev/stdout
CMD ["postfix", "start-fg"]
