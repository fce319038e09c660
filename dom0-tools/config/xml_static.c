/* SPDX-License-Identifier: MIT */
/*
 * For programs that link libxml2 statically: its converters of foreign encodings would bring 30 MB
 * of ICU along. XML is read as UTF-8 only (xml_parse.c), so they are never asked; there are none.
 */
#include <unicode/ucnv.h>

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
