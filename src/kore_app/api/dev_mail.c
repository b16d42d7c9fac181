/*
 * dev_mail.c: see dev_mail.h.
 *
 * Here a mail is a name and bytes: what MIME has made of it is for the script
 * of the pages, in the browser.  The folder is read while everybody else waits,
 * so there are bounds on how much of it is.
 */
#include "api/dev_mail.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/asset_reply.h"

#define DEV_MAIL	  "/dev/mail"
#define DEV_MAIL_LIST DEV_MAIL "/list"
#define DEV_MAIL_PAGE DEV_MAIL "/{name}" /* in the table of assets */
#define MAIL_ENDING	  ".eml"
#define ID_SIZE		  19 /* digits of an int64_t */

#define MAILS_MAX	   50	   /* in the list */
#define ENTRIES_MAX	   20000   /* of the folder, for one list: a few milliseconds */
#define MAIL_SIZE_MAX  1048576 /* bytes of a mail */
#define MAIL_NAME_SIZE 96

/*
 * The page of a mail has a frame without an address, to which its policy
 * applies, too, and mails bring their styles with them.
 */
#define MAIL_POLICY_OF(styles)                                         \
	"content-security-policy: default-src 'none'; script-src 'self'; " \
	"style-src " styles "; img-src 'self' data:; connect-src 'self'; " \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"  \
	"cross-origin-opener-policy: same-origin\r\n"
#define LIST_POLICY MAIL_POLICY_OF("'self'")
#define MAIL_POLICY MAIL_POLICY_OF("'self' 'unsafe-inline'")

#define MAIL_TYPE "text/plain; charset=utf-8"

typedef struct Mail
{
	uint64_t id;
	char name[MAIL_NAME_SIZE]; /* without the ending */
} Mail;

static const char *folder;

void
dev_mail_configure(const Config *config)
{
	folder = config->dev_mail_folder;
}

/*
 * How long ID.NAME is at the beginning of a text, as the courier's spool names
 * a mail; 0: there is none.
 */
static size_t
name_length(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	size_t letters;

	if (digits == 0 || digits > ID_SIZE || text[digits] != '.')
		return 0;
	letters = strspn(text + digits + 1, "abcdefghijklmnopqrstuvwxyz-");
	return letters > 0 && digits + 1 + letters < MAIL_NAME_SIZE ? digits + 1 + letters : 0;
}

/* Is this the file of a mail, as the folder tells? */
static bool
read_entry(const struct dirent *entry, Mail *mail)
{
	size_t length = name_length(entry->d_name);

	if (length == 0 || strcmp(entry->d_name + length, MAIL_ENDING) != 0 ||
		(entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN))
		return false;
	mail->id = strtoull(entry->d_name, NULL, 10);
	memcpy(mail->name, entry->d_name, length);
	mail->name[length] = '\0';
	return true;
}

/* Puts a mail among the newest, if it is one of them; returns their number. */
static int
insert(Mail *mails, int count, const Mail *mail)
{
	int place = count;

	while (place > 0 && mails[place - 1].id < mail->id)
		place--;
	if (place == MAILS_MAX)
		return count;
	if (count < MAILS_MAX)
		count++;
	memmove(mails + place + 1, mails + place, (size_t) (count - place - 1) * sizeof(*mails));
	mails[place] = *mail;
	return count;
}

/*
 * The newest mails of the folder.  *more: it holds more than was looked at.
 * -1: it cannot be read.
 */
static int
find_newest(DIR *dir, Mail *mails, bool *more)
{
	const struct dirent *entry;
	int entries = 0;
	int count = 0;

	*more = false;
	errno = 0;
	while ((entry = readdir(dir)) != NULL)
	{
		Mail mail;

		if (++entries > ENTRIES_MAX)
		{
			*more = true;
			return count;
		}
		if (read_entry(entry, &mail))
			count = insert(mails, count, &mail);
	}
	return errno == 0 ? count : -1;
}

static int
reply_nothing(const ReplyContext *context, const char *message)
{
	const ReplyError error = { .code = REPLY_NOT_FOUND, .message = message };

	return reply_error(context, &error);
}

static int
serve_list(const ReplyContext *context)
{
	DIR *dir = opendir(folder);
	Mail mails[MAILS_MAX];
	bool more = false;
	int count = dir != NULL ? find_newest(dir, mails, &more) : -1;
	struct kore_buf text;

	if (count < 0)
	{
		if (dir != NULL)
			closedir(dir);
		return reply_nothing(context, "The folder DEV_MAIL_FOLDER cannot be read");
	}
	kore_buf_init(&text, 4096);
	for (int i = 0; i < count; i++)
	{
		char file[MAIL_NAME_SIZE + sizeof(MAIL_ENDING)];
		struct stat found;

		/* Written anew, a mail has another time. */
		snprintf(file, sizeof(file), "%s" MAIL_ENDING, mails[i].name);
		if (fstatat(dirfd(dir), file, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(found.st_mode))
			kore_buf_appendf(&text, "%s %lld\n", mails[i].name, (long long) found.st_mtime);
	}
	closedir(dir);
	if (more)
		kore_buf_appendf(&text, "...\n");
	reply_text(context, MAIL_TYPE, (const char *) text.data, text.offset);
	kore_buf_cleanup(&text);
	return HTTP_STATUS_OK;
}

/*
 * Opens a file of the folder, if it is one, and no link; -1 if not.  A pipe
 * must not keep us.
 */
static int
open_file(const char *name, size_t *size)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = dir >= 0 ? openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
	struct stat found;

	if (dir >= 0)
		close(dir);
	if (fd >= 0 && (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)))
	{
		close(fd);
		return -1;
	}
	if (fd >= 0)
		*size = (size_t) found.st_size;
	return fd;
}

/* Sends the file of a mail; it had this size when somebody looked at it. */
static int
serve_file(const ReplyContext *context, int fd, size_t size)
{
	char *bytes = kore_malloc(size + 1);
	size_t length = 0;
	ssize_t got;

	while (length < size && (got = read(fd, bytes + length, size - length)) > 0)
		length += (size_t) got;
	reply_text(context, MAIL_TYPE, bytes, length);
	explicit_bzero(bytes, length);
	kore_free(bytes);
	return HTTP_STATUS_OK;
}

static int
serve_mail(const ReplyContext *context, const char *name)
{
	size_t size;
	int fd = open_file(name, &size);
	int status;

	if (fd < 0)
		return reply_nothing(context, "There is no such mail");
	if (size > MAIL_SIZE_MAX)
		status = reply_nothing(context, "The mail is too large to be shown");
	else
		status = serve_file(context, fd, size);
	close(fd);
	return status;
}

/*
 * Is the sidecar asked for by an address, or by a name that nobody can have
 * registered?  A page elsewhere can make its own name lead here, and would read
 * the mails as if they were its own; so would who finds a tunnel.
 */
static bool
is_host_of_ours(const char *host)
{
	char name[INET_ADDRSTRLEN];
	struct in_addr address;
	size_t length = host != NULL ? strcspn(host, ":") : 0;

	if (host == NULL || *host == '[' || memchr(host, '.', length) == NULL)
		return true;
	if (length >= sizeof(name))
		return false;
	memcpy(name, host, length);
	name[length] = '\0';
	return inet_pton(AF_INET, name, &address) == 1;
}

int
dev_mail_serve(const ReplyContext *given)
{
	/* Pages of other origins read nothing here, whatever they may elsewhere. */
	ReplyContext own = *given;
	const ReplyContext *context = &own;
	const char *path = context->req->path;
	const char *name = path + strlen(DEV_MAIL);
	const Asset *asset = asset_find(path);
	size_t length;

	own.origin = NULL;
	if (!is_host_of_ours(context->host))
		return reply_nothing(context, "Mails are shown at localhost, or at an address");
	if (strcmp(path, DEV_MAIL_LIST) == 0)
		return serve_list(context);
	if (asset != NULL)
		return asset_reply(context, asset, LIST_POLICY);
	length = *name == '/' ? name_length(++name) : 0;
	if (length > 0 && name[length] == '\0')
		return asset_reply(context, asset_find(DEV_MAIL_PAGE), MAIL_POLICY);
	if (length > 0 && strcmp(name + length, MAIL_ENDING) == 0)
		return serve_mail(context, name);
	return reply_nothing(context, NULL);
}
