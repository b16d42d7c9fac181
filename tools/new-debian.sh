# new-debian.sh: new Debians in folders, for the tools that try what a person does on a bare machine. Sourced by them,
# never run. Needs root, and mounts: the tool runs itself in namespaces of its own first (unshare --mount --pid).
# shellcheck shell=bash

# shellcheck source=tools/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

proxies=()
for name in http_proxy https_proxy no_proxy; do
	[ -z "${!name:-}" ] || proxies+=("$name=${!name}")
done

# sources_of SUITE: lines for its sources.list, from the mirrors that this machine's apt uses.
sources_of()
{
	local targets mirror
	# shellcheck disable=SC2016 # apt-get's own
	targets=$(apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' | sort -u)
	grep " $1.* main\$" <<<"$targets" && return
	mirror=$(awk '$3 !~ /-/ && $4 == "main" { print $2; exit }' <<<"$targets")
	[ -n "$mirror" ] || die "this machine's apt has no lists of Debian packages: apt-get update?"
	echo "deb $mirror $1 main"
}

# make_debian SUITE DIR PACKAGES: with packages that are separated by commas, beside the essential ones.
make_debian()
{
	local suite=$1 dir=$2 sources script=/usr/share/debootstrap/scripts/$1
	[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid # a release newer than this debootstrap
	sources=$(sources_of "$suite")
	debootstrap --variant=minbase --include="ca-certificates,$3" "$suite" "$dir" \
		"$(awk -v suite="$suite" '$3 == suite { print $2; exit }' <<<"$sources")" "$script" >"$dir.log" 2>&1 ||
		{ tail -n 5 "$dir.log" >&2; die "debootstrap could not make a $suite; see $dir.log"; }
	echo "$sources" >"$dir/etc/apt/sources.list"
	# what this machine trusts, a proxy's own authority for example, its Debian trusts
	cp -L /etc/ssl/certs/ca-certificates.crt "$dir/etc/ssl/certs/ca-certificates.crt"
	cp -L /etc/resolv.conf "$dir/etc/resolv.conf"
	# packages start nothing: there is no systemd, and their ports may be taken
	printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
	chmod 755 "$dir/usr/sbin/policy-rc.d"
}

# mount_system DIR
mount_system()
{
	mount -t proc proc "$1/proc"
	mount --rbind /dev "$1/dev"
}

unmount_system()
{
	umount --recursive --lazy "$1/dev" "$1/proc" 2>/dev/null || true
}

# in_root DIR COMMAND...: run a command in it.
in_root()
{
	local dir=$1
	shift
	env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive \
		"${proxies[@]}" chroot "$dir" "$@"
}
