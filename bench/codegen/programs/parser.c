/* Parses a document of elements, attributes, entities, comments and name spaces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "expat.h"

struct counts {
	unsigned elements, attributes, bytes, hash;
};

static void hash(struct counts *counts, const char *text, int length)
{
	for (int n = 0; n < length; n++)
		counts->hash = (counts->hash ^ (unsigned char)text[n]) * 16777619u;
}

static void on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct counts *counts = data;

	counts->elements++;
	hash(counts, name, strlen(name));
	for (; *attributes; attributes += 2, counts->attributes++)
		hash(counts, attributes[1], strlen(attributes[1]));
}

static void on_end(void *data, const XML_Char *name)
{
	hash(data, name, 1);
}

static void on_text(void *data, const XML_Char *text, int length)
{
	((struct counts *)data)->bytes += length;
	hash(data, text, length > 16 ? 16 : length);
}

int main(void)
{
	enum { SIZE = 60000 };
	static char text[SIZE + 500];
	struct counts counts = { 0 };
	int at = sprintf(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE list [<!ENTITY e \"an &lt;entity&gt;\">]>\n"
			       "<list xmlns=\"urn:a\" xmlns:b=\"urn:b\">\n");

	for (int n = 0; at < SIZE; n++)
		at += sprintf(text + at,
			      "<item id=\"n%d\" b:kind='k%d'>text &amp; &e; \xc3\xa9\xe2\x82\xac %d<!-- comment %d --><b:empty/><![CDATA[<raw>]]></item>\n",
			      n, n % 7, n * n, n);
	at += sprintf(text + at, "</list>\n");
	for (int round = 0; round < 4; round++) {
		XML_Parser parser = round & 1 ? XML_ParserCreateNS(NULL, '|') : XML_ParserCreate(NULL);

		XML_SetHashSalt(parser, 12345);
		XML_SetUserData(parser, &counts);
		XML_SetElementHandler(parser, on_start, on_end);
		XML_SetCharacterDataHandler(parser, on_text);
		for (int from = 0; from < at; from += 4096)
			if (!XML_Parse(parser, text + from, at - from < 4096 ? at - from : 4096, from + 4096 >= at)) {
				printf("%s at line %lu\n", XML_ErrorString(XML_GetErrorCode(parser)), XML_GetCurrentLineNumber(parser));
				return 1;
			}
		XML_ParserFree(parser);
	}
	printf("%u elements, %u attributes, %u bytes, %08x\n", counts.elements, counts.attributes, counts.bytes, counts.hash);
	return 0;
}
