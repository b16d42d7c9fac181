/*
 * der.c: see der.h.
 */
#include "jose/der.h"

#define DER_INTEGER	 0x02
#define DER_SEQUENCE 0x30

/*
 * Reads a tag and a length in its shortest form: the length, or -1.  What is
 * left behind them has at least so many bytes.
 */
static int
read_head(const uint8 **p, const uint8 *end, uint8 tag)
{
	const uint8 *in = *p;
	int octets;
	int length = 0;

	if (end - in < 2 || in[0] != tag)
		return -1;
	octets = in[1] < 0x80 ? 0 : in[1] - 0x80;
	if (octets > 2 || end - in < 2 + octets)
		return -1;
	if (octets == 0)
		length = in[1];
	for (int i = 0; i < octets; i++)
		length = length << 8 | in[2 + i];
	if ((octets == 1 && length < 0x80) || (octets == 2 && length < 0x100) ||
		in[1] == 0x80)
		return -1;
	*p = in + 2 + octets;
	return end - *p < length ? -1 : length;
}

bool
der_read(const uint8 *der, int length, Number *numbers, int n)
{
	const uint8 *p = der;
	const uint8 *end = der + length;

	if (read_head(&p, end, DER_SEQUENCE) != end - p)
		return false;
	for (int i = 0; i < n; i++)
	{
		int size = read_head(&p, end, DER_INTEGER);

		/* Not negative, and no zero in front but the one that prevents that. */
		if (size < 1 || p[0] >= 0x80 || (size > 1 && p[0] == 0 && p[1] < 0x80))
			return false;
		numbers[i].bytes = p[0] == 0 ? p + 1 : p;
		numbers[i].length = p[0] == 0 ? size - 1 : size;
		p += size;
	}
	return p == end;
}

static uint8 *
write_head(uint8 *p, uint8 tag, int length)
{
	*p++ = tag;
	if (length >= 0x100)
	{
		*p++ = 0x82;
		*p++ = length >> 8;
	}
	else if (length >= 0x80)
		*p++ = 0x81;
	*p++ = length;
	return p;
}

/* Bytes of a tag, a length and what follows them. */
static int
size_of(int length)
{
	return length + (length < 0x80 ? 2 : length < 0x100 ? 3
														: 4);
}

/* The number without zeros in front, and whether it needs one there. */
static int
trim(const Number *number, const uint8 **bytes, bool *zero)
{
	int length = number->length;

	*bytes = number->bytes;
	for (; length > 0 && **bytes == 0; (*bytes)++)
		length--;
	*zero = length == 0 || **bytes >= 0x80;
	return length;
}

int
der_write(const Number *numbers, int n, uint8 *out)
{
	const uint8 *bytes;
	bool zero;
	int length = 0;
	uint8 *p;

	for (int i = 0; i < n; i++)
		length += size_of(trim(&numbers[i], &bytes, &zero) + zero);
	p = write_head(out, DER_SEQUENCE, length);
	for (int i = 0; i < n; i++)
	{
		int size = trim(&numbers[i], &bytes, &zero);

		p = write_head(p, DER_INTEGER, size + zero);
		if (zero)
			*p++ = 0;
		if (size > 0) /* zero has no bytes, wherever they are */
			memcpy(p, bytes, size);
		p += size;
	}
	return p - out;
}
