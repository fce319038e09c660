/* SPDX-License-Identifier: MIT */
/* libxml2's parser, closed to everything outside the text, with places of elements. */
#include "xml.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <string.h>

/* The libxml2 parser that is at work, and ours. */
static struct xml *xml_of(void *parser)
{
	return ((xmlParserCtxt *)parser)->_private;
}

static size_t offset_of(const xmlParserCtxt *parser)
{
	return (size_t)parser->input->consumed + (size_t)(parser->input->cur - parser->input->base);
}

/* Line and column of a byte of the text. */
static struct place place_at(const struct xml *xml, size_t offset)
{
	struct place place = {xml->file, 1, 1};

	for (size_t i = 0; i < offset && i < xml->len; i++) {
		if (xml->text[i] == '\n') {
			place.line++;
			place.column = 0;
		}
		place.column++;
	}
	return place;
}

struct place xml_place(const struct xml *xml, const xmlNode *node)
{
	return place_at(xml, (size_t)(uintptr_t)node->_private);
}

static void stop(xmlParserCtxt *parser, const char *what, const char *hint)
{
	struct xml *xml = xml_of(parser);
	struct place place = place_at(xml, offset_of(parser));

	if (!xml->stopped) {
		xml->stopped = true;
		diag_add(xml->diags, CONFIG_ERROR, &place, NULL, hint, "%s", what);
		diag_id(xml->diags, "syntax");
	}
	xmlStopParser(parser);
}

/* Keeps where the tag starts: no '<' can stand inside of it, and the parser is at its end. */
static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int namespace_count, const xmlChar **namespaces, int attr_count,
		     int default_count, const xmlChar **attrs)
{
	xmlParserCtxt *parser = ctx;
	struct xml *xml = xml_of(parser);
	size_t offset = offset_of(parser);

	if (parser->nodeNr >= XML_MAX_DEPTH) {
		stop(parser, "elements are nested too deeply", NULL);
		return;
	}
	xmlSAX2StartElementNs(ctx, name, prefix, uri, namespace_count, namespaces, attr_count,
			      default_count, attrs);
	offset = offset < xml->len ? offset : xml->len;
	while (offset > 0 && xml->text[offset - 1] != '<') {
		offset--;
	}
	if (parser->node) {
		parser->node->_private = (void *)(uintptr_t)(offset ? offset - 1 : 0);
	}
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	stop(ctx, "a DOCTYPE is not accepted",
	     "take it out: a domain needs no DTD and no entities");
}

static void on_error(void *ctx, xmlErrorPtr error)
{
	xmlParserCtxt *parser = ctx;
	struct xml *xml = xml_of(parser);
	struct place place = {xml->file, error->line, error->int2};

	if (error->level < XML_ERR_ERROR || xml->stopped) {
		return;
	}
	xml->stopped = true;
	diag_add(xml->diags, CONFIG_ERROR, &place, NULL, NULL, "not well-formed XML: %.*s",
		 (int)strcspn(error->message ? error->message : "?", "\n"),
		 error->message ? error->message : "?");
	diag_id(xml->diags, "syntax");
	xmlStopParser(parser);
}

static void close_doors(xmlSAXHandler *sax)
{
	sax->startElementNs = on_start;
	sax->internalSubset = on_doctype;
	sax->serror = on_error;
	sax->externalSubset = NULL;
	sax->resolveEntity = NULL;
	sax->comment = NULL;
	sax->processingInstruction = NULL;
}

void xml_parse(struct xml *xml, const char *file, const char *text, size_t len,
	       struct config_diags *diags)
{
	const struct place place = {.file = file};
	xmlParserCtxt *parser;

	*xml = (struct xml){.file = file, .text = text, .len = len, .diags = diags};
	if (len > XML_MAX_BYTES || memchr(text, '\0', len)) {
		diag_add(diags, CONFIG_ERROR, &place, "XML in UTF-8", NULL,
			 "the XML is longer than %d bytes or has NUL bytes", XML_MAX_BYTES);
		return;
	}
	parser = xmlCreateMemoryParserCtxt(text, (int)len);
	if (!parser) {
		diag_add(diags, CONFIG_ERROR, &place, NULL, NULL, "the XML cannot be parsed");
		return;
	}
	parser->_private = xml;
	close_doors(parser->sax);
	/* IGNORE_ENC: UTF-8, whatever the text says of itself. */
	xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC |
					  XML_PARSE_COMPACT);
	xmlParseDocument(parser);
	if (parser->wellFormed && !xml->stopped) {
		xml->tree = parser->myDoc;
	} else {
		if (!xml->stopped) {
			diag_add(diags, CONFIG_ERROR, &place, NULL, NULL, "not well-formed XML");
		}
		xmlFreeDoc(parser->myDoc);
	}
	xmlFreeParserCtxt(parser);
}

void xml_free(struct xml *xml)
{
	xmlFreeDoc(xml->tree);
	xml->tree = NULL;
}
