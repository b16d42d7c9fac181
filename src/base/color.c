/*
 * color.c: see color.h.
 */
#include "base/color.h"

#include <stdio.h>
#include <string.h>

bool
color_is(const char *text)
{
	return *text == '#' && strlen(text) == 7 && strspn(text + 1, "0123456789abcdefABCDEF") == 6;
}

/*
 * The relative luminance of WCAG 2, with a polynomial for the curve of sRGB;
 * below the border white has the higher contrast.
 */
const char *
color_on(const char *color)
{
	static const double shares[] = { 0.2126, 0.7152, 0.0722 };
	double luminance = 0;

	for (int i = 0; i < 3; i++)
	{
		unsigned value;
		double c;

		sscanf(color + 1 + 2 * i, "%2x", &value);
		c = value / 255.0;
		luminance += shares[i] * c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878);
	}
	return luminance > 0.179 ? "#000" : "#fff";
}
