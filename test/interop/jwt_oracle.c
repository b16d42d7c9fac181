/*
 * jwt_oracle.c: signs and verifies tokens with libjwt, for tests that want a
 * second opinion on Jerry's tokens.
 *
 *	jwt_oracle sign ALG KEY [KID]	claims (JSON) in, token out
 *	jwt_oracle verify ALG KEY		token in, claims (JSON) out
 *
 * What goes in is on standard input.  KEY is in hexadecimal: a secret or a PEM.
 * Exits with 1 when a token does not verify, and with 2 when it was called
 * wrongly.  Only what libjwt 1.10 and 1.17 have in common is used.  libjwt does
 * not look at exp: neither does this.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jwt.h>

#define MAX_KEY	  4096
#define MAX_INPUT (64 * 1024)

static void
die(int status, const char *message)
{
	fprintf(stderr, "jwt_oracle: %s\n", message);
	exit(status);
}

/* Decodes the key; its length in bytes. */
static int
read_key(const char *hex, unsigned char *key)
{
	size_t digits = strlen(hex);

	if (digits == 0 || digits % 2 != 0 || digits / 2 > MAX_KEY ||
		strspn(hex, "0123456789abcdef") != digits)
		die(2, "the key is not hexadecimal");
	for (size_t i = 0; i < digits / 2; i++)
	{
		char byte[] = { hex[2 * i], hex[2 * i + 1], '\0' };

		key[i] = (unsigned char) strtoul(byte, NULL, 16);
	}
	return (int) (digits / 2);
}

/* Reads standard input to its end, as a string. */
static char *
read_input(void)
{
	static char input[MAX_INPUT + 1];
	size_t length = fread(input, 1, MAX_INPUT, stdin);

	input[length] = '\0';
	if (length == MAX_INPUT || strlen(input) != length)
		die(2, "the input is too long or holds a zero byte");
	return input;
}

static char *
sign(const char *claims, jwt_alg_t alg, const unsigned char *key, int length, const char *kid)
{
	jwt_t *jwt;
	char *token;

	if (jwt_new(&jwt) != 0 ||
		jwt_add_grants_json(jwt, claims) != 0 ||
		(kid != NULL && jwt_add_header(jwt, "kid", kid) != 0) ||
		jwt_set_alg(jwt, alg, key, length) != 0)
		die(2, "the claims are not a JSON object");
	token = jwt_encode_str(jwt);
	if (token == NULL)
		die(2, "could not sign");
	jwt_free(jwt);
	return token;
}

static char *
verify(const char *token, jwt_alg_t alg, const unsigned char *key, int length)
{
	jwt_t *jwt;
	char *claims;

	if (jwt_decode(&jwt, token, key, length) != 0)
		die(1, "the token does not verify");
	if (jwt_get_alg(jwt) != alg)
		die(1, "the token is of another algorithm");
	claims = jwt_get_grants_json(jwt, NULL);
	if (claims == NULL)
		die(1, "the token has no claims");
	jwt_free(jwt);
	return claims;
}

int
main(int argc, char **argv)
{
	static const char usage[] = "usage: jwt_oracle sign ALG KEY [KID] | verify ALG KEY";
	unsigned char key[MAX_KEY];
	int length;
	jwt_alg_t alg;
	char *output;

	if (argc < 4)
		die(2, usage);
	alg = jwt_str_alg(argv[2]);
	length = read_key(argv[3], key);
	if (strcmp(argv[1], "sign") == 0)
		output = sign(read_input(), alg, key, length, argv[4]);
	else if (strcmp(argv[1], "verify") == 0)
		output = verify(read_input(), alg, key, length);
	else
		die(2, usage);
	puts(output);
	free(output);
	return 0;
}
