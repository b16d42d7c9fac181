/*
 * bcrypt.c: see bcrypt.h.  Written from the definitions of Blowfish (Schneier
 * 1993) and of bcrypt (Provos and Mazières 1999).
 *
 * Everything that runs often is inlined with a constant number of lanes and
 * unrolled, so that what a lane works on is in registers.
 */
#include "hash/bcrypt.h"

#include <string.h>

#include "hash/blowfish_pi.h"

#define COST_AT		  4	 /* in a setting: behind $2a$ */
#define SALT_AT		  7	 /* behind $2a$12$ */
#define DIGEST_LENGTH 23 /* bytes: of the last block one is left out */

#define inlined static inline __attribute__((always_inline))
/*
 * With a constant n.  clang unrolls only what has this number of turns whatever
 * n is.
 */
#define EACH_LANE \
	_Pragma("GCC unroll 4") for (int i = 0; i < BCRYPT_LANES; i++) if (i < n)

/* Blowfish's function of a word and the four boxes. */
#define F(s, x)                                                                        \
	((((s)[(x) >> 24] + (s)[256 + ((x) >> 16 & 255)]) ^ (s)[512 + ((x) >> 8 & 255)]) + \
	 (s)[768 + ((x) &255)])

/*
 * Enciphers one block of each of n lanes.
 */
inlined void
encipher(const BcryptLane *lanes, const int n, uint32_t *left, uint32_t *right)
{
	uint32_t l[BCRYPT_LANES];
	uint32_t r[BCRYPT_LANES];

	EACH_LANE
	{
		l[i] = left[i] ^ lanes[i].p[0];
		r[i] = right[i];
	}
	_Pragma("GCC unroll 8") for (int round = 1; round < BLOWFISH_P - 1; round += 2)
	{
		EACH_LANE r[i] ^= lanes[i].p[round] ^ F(lanes[i].s, l[i]);
		EACH_LANE l[i] ^= lanes[i].p[round + 1] ^ F(lanes[i].s, r[i]);
	}
	EACH_LANE
	{
		left[i] = r[i] ^ lanes[i].p[BLOWFISH_P - 1];
		right[i] = l[i];
	}
}

/*
 * The rounds of n lanes: each is an expansion with the key and one with the
 * salt.
 */
inlined void
expand(BcryptLane *lanes, const int n, uint32_t rounds)
{
	for (uint64_t half = 0; half < 2 * (uint64_t) rounds; half++)
	{
		uint32_t l[BCRYPT_LANES] = { 0 };
		uint32_t r[BCRYPT_LANES] = { 0 };

		EACH_LANE
		{
			const uint32_t *with = half % 2 == 0 ? lanes[i].key : lanes[i].salt;

			for (int k = 0; k < BLOWFISH_P; k++)
				lanes[i].p[k] ^= with[k];
		}
		for (int k = 0; k < BLOWFISH_P; k += 2)
		{
			encipher(lanes, n, l, r);
			EACH_LANE
			{
				lanes[i].p[k] = l[i];
				lanes[i].p[k + 1] = r[i];
			}
		}
		for (int k = 0; k < BLOWFISH_S; k += 2)
		{
			encipher(lanes, n, l, r);
			EACH_LANE
			{
				lanes[i].s[k] = l[i];
				lanes[i].s[k + 1] = r[i];
			}
		}
	}
}

void
bcrypt_advance(BcryptLane *lanes, int n, uint32_t rounds)
{
	switch (n)
	{
		case 1:
			expand(lanes, 1, rounds);
			break;
		case 2:
			expand(lanes, 2, rounds);
			break;
		case 3:
			expand(lanes, 3, rounds);
			break;
		case 4:
			expand(lanes, 4, rounds);
			break;
	}
	for (int i = 0; i < n; i++)
		lanes[i].left -= rounds;
}

/* Four bytes as a word, the first one highest. */
static uint32_t
word_of(const uint8_t *bytes)
{
	return (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16 | (uint32_t) bytes[2] << 8 |
		   bytes[3];
}

/*
 * Bcrypt's own base64, without padding, and a zero byte.
 */
static void
write_base64(const uint8_t *bytes, int n, char *out)
{
	uint32_t bits = 0;
	int count = 0;

	for (int i = 0; i < n; i++)
	{
		bits = bits << 8 | bytes[i];
		for (count += 8; count >= 6; count -= 6)
			*out++ = BCRYPT_ALPHABET[bits >> (count - 6) & 63];
	}
	if (count > 0)
		*out++ = BCRYPT_ALPHABET[bits << (6 - count) & 63];
	*out = '\0';
}

/*
 * The bytes that the characters of the alphabet in front of in begin with; the
 * bits that are left over do not count.
 */
static bool
read_salt(const char *in, uint8_t *salt)
{
	uint32_t bits = 0;
	int count = 0;

	for (uint8_t *out = salt; out < salt + BCRYPT_SALT_LENGTH;)
	{
		const char *at = *in != '\0' ? strchr(BCRYPT_ALPHABET, *in++) : NULL;

		if (at == NULL)
			return false;
		bits = bits << 6 | (uint32_t) (at - BCRYPT_ALPHABET);
		count += 6;
		if (count >= 8)
		{
			count -= 8;
			*out++ = (uint8_t) (bits >> count);
		}
	}
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

void
bcrypt_write_salt(const uint8_t *salt, char *out)
{
	write_base64(salt, BCRYPT_SALT_LENGTH, out);
}

bool
bcrypt_start(BcryptLane *lane, const char *password, size_t length, const char *setting)
{
	uint8_t salt[BCRYPT_SALT_LENGTH];
	uint32_t l = 0;
	uint32_t r = 0;
	size_t at = 0;
	int cost;

	if (strnlen(setting, BCRYPT_SETTING_LENGTH) < BCRYPT_SETTING_LENGTH ||
		!is_digit(setting[COST_AT]) || !is_digit(setting[COST_AT + 1]) ||
		!read_salt(setting + SALT_AT, salt))
		return false;
	cost = 10 * (setting[COST_AT] - '0') + setting[COST_AT + 1] - '0';
	if (cost < 4 || cost > 31)
		return false;

	/* The zero byte that ends a password is part of what is repeated. */
	for (int i = 0; i < BLOWFISH_P; i++)
	{
		uint32_t word = 0;

		for (int k = 0; k < 4; k++)
		{
			word = word << 8 | (at < length ? (uint8_t) password[at] : 0);
			at = at < length ? at + 1 : 0;
		}
		lane->key[i] = word;
		lane->salt[i] = word_of(salt + 4 * i % BCRYPT_SALT_LENGTH);
		lane->p[i] = blowfish_pi[i] ^ word;
	}
	memcpy(lane->s, blowfish_pi + BLOWFISH_P, sizeof(lane->s));
	lane->left = (uint32_t) 1 << cost;

	/* The one expansion that takes in half of the salt with each block. */
	for (int i = 0; i < BLOWFISH_P + BLOWFISH_S; i += 2)
	{
		uint32_t *out = i < BLOWFISH_P ? lane->p + i : lane->s + (i - BLOWFISH_P);

		l ^= lane->salt[i % 4];
		r ^= lane->salt[i % 4 + 1];
		encipher(lane, 1, &l, &r);
		out[0] = l;
		out[1] = r;
	}
	return true;
}

void
bcrypt_finish(BcryptLane *lane, const char *setting, char *hash)
{
	static const uint8_t text[] = "OrpheanBeholderScryDoubt";
	uint8_t salt[BCRYPT_SALT_LENGTH];
	uint8_t digest[sizeof(text) - 1];

	for (int i = 0; i < (int) sizeof(digest); i += 8)
	{
		uint32_t l = word_of(text + i);
		uint32_t r = word_of(text + i + 4);

		for (int turn = 0; turn < 64; turn++)
			encipher(lane, 1, &l, &r);
		for (int k = 0; k < 4; k++)
		{
			digest[i + k] = (uint8_t) (l >> (24 - 8 * k));
			digest[i + 4 + k] = (uint8_t) (r >> (24 - 8 * k));
		}
	}
	memcpy(hash, setting, SALT_AT);
	for (int i = 0; i < BCRYPT_SALT_LENGTH; i++)
		salt[i] = (uint8_t) (lane->salt[i / 4] >> (24 - 8 * (i % 4)));
	write_base64(salt, BCRYPT_SALT_LENGTH, hash + SALT_AT);
	write_base64(digest, DIGEST_LENGTH, hash + BCRYPT_SETTING_LENGTH);
}
