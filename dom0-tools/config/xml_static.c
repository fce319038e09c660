/* SPDX-License-Identifier: MIT */
/*
 * For programs that link libxml2 statically: what it would bring along and this library never
 * asks for is left out here, 30 MB of ICU's converters (XML is read as UTF-8 only) and another
 * megabyte: schemas, XPath, and its HTTP and FTP clients with the resolver. None of it is there.
 */
#include <libxml/nanoftp.h>
#include <libxml/nanohttp.h>
#include <libxml/relaxng.h>
#include <libxml/xmlschemastypes.h>
#include <libxml/xpath.h>
#include <unicode/ucnv.h>

/* What xmlInitParser() and xmlCleanupParser() call. */
void xmlXPathInit(void)
{
}

void xmlSchemaCleanupTypes(void)
{
}

void xmlRelaxNGCleanupTypes(void)
{
}

/* What the input callbacks for http: and ftp: call; they are never reached (NONET, no DTD). */
void *xmlNanoHTTPOpen(const char *url, char **content_type)
{
	(void)url;
	*content_type = NULL;
	return NULL;
}

void *xmlNanoHTTPMethod(const char *url, const char *method, const char *input, char **content_type,
			const char *headers, int input_len)
{
	(void)url, (void)method, (void)input, (void)content_type, (void)headers, (void)input_len;
	return NULL;
}

int xmlNanoHTTPRead(void *ctx, void *dest, int len)
{
	(void)ctx, (void)dest, (void)len;
	return -1;
}

int xmlNanoHTTPReturnCode(void *ctx)
{
	(void)ctx;
	return -1;
}

const char *xmlNanoHTTPRedir(void *ctx)
{
	(void)ctx;
	return NULL;
}

const char *xmlNanoHTTPEncoding(void *ctx)
{
	(void)ctx;
	return NULL;
}

const char *xmlNanoHTTPMimeType(void *ctx)
{
	(void)ctx;
	return NULL;
}

void xmlNanoHTTPClose(void *ctx)
{
	(void)ctx;
}

void *xmlNanoFTPOpen(const char *url)
{
	(void)url;
	return NULL;
}

int xmlNanoFTPRead(void *ctx, void *dest, int len)
{
	(void)ctx, (void)dest, (void)len;
	return -1;
}

int xmlNanoFTPClose(void *ctx)
{
	(void)ctx;
	return -1;
}

UConverter *ucnv_open(const char *name, UErrorCode *error)
{
	(void)name;
	*error = U_UNSUPPORTED_ERROR;
	return NULL;
}

void ucnv_close(UConverter *converter)
{
	(void)converter;
}

void ucnv_convertEx(UConverter *to, UConverter *from, char **target, const char *target_end,
		    const char **source, const char *source_end, UChar *pivot_start,
		    UChar **pivot_source, UChar **pivot_target, const UChar *pivot_end, UBool reset,
		    UBool flush, UErrorCode *error)
{
	(void)to, (void)from, (void)target, (void)target_end, (void)source, (void)source_end;
	(void)pivot_start, (void)pivot_source, (void)pivot_target, (void)pivot_end;
	(void)reset, (void)flush;
	*error = U_UNSUPPORTED_ERROR;
}

void ucnv_setToUCallBack(UConverter *converter, UConverterToUCallback action, const void *context,
			 UConverterToUCallback *old_action, const void **old_context,
			 UErrorCode *error)
{
	(void)converter, (void)action, (void)context, (void)old_action, (void)old_context;
	*error = U_UNSUPPORTED_ERROR;
}

void ucnv_setFromUCallBack(UConverter *converter, UConverterFromUCallback action,
			   const void *context, UConverterFromUCallback *old_action,
			   const void **old_context, UErrorCode *error)
{
	(void)converter, (void)action, (void)context, (void)old_action, (void)old_context;
	*error = U_UNSUPPORTED_ERROR;
}
