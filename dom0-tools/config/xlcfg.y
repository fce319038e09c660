/* SPDX-License-Identifier: MIT */
/* Grammar of xl.cfg: statements `key = value` and `key += value`, lists in [ ]. */
%require "3.8"
%define api.pure full
%define api.prefix {xlcfg_}
%define api.token.prefix {XLCFG_}
%define api.location.type {struct place}
%define parse.error custom
%define parse.lac full
%locations
%param {void *scanner}
%parse-param {struct xlcfg_reader *reader}

%code requires {
#include "xlcfg.h"
}

%code {
#include <stdio.h>
#include <stdlib.h>

#define YYLLOC_DEFAULT(current, rhs, n) \
	((current) = (n) ? YYRHSLOC(rhs, 1) : YYRHSLOC(rhs, 0))
#define YYMAXDEPTH 10000

int xlcfg_lex(XLCFG_STYPE *lval, XLCFG_LTYPE *lloc, void *scanner);
int xlcfg_lex_init_extra(struct xlcfg_reader *reader, void **scanner);
int xlcfg_lex_destroy(void *scanner);
struct yy_buffer_state *xlcfg__scan_bytes(const char *bytes, int len, void *scanner);
static void xlcfg_error(const struct place *place, void *scanner, struct xlcfg_reader *reader,
			const char *message);
}

%union {
	const char *text;
	struct value *value;
	enum doc_op op;
}

%token YYEOF 0 "end of file"
%token NEWLINE "end of line"
%token SEMICOLON "\";\""
%token EQUALS "\"=\""
%token PLUS_EQUALS "\"+=\""
%token COMMA "\",\""
%token OPEN "a list in [ ]"
%token CLOSE "\"]\""
%token <text> WORD "a key"
%token <value> NUMBER "a number"
%token <value> STRING "text in quotes"

%type <value> value list elements
%type <op> operator

%%

statements:
	%empty
	| statements statement
	;

statement:
	end
	| WORD operator value end {
		doc_set(reader->doc, $1, &@1, $2, $3, reader->diags);
		reader->broken_list = false;
	}
	| error end {
		reader->value_depth = 0;
		yyerrok;
	}
	;

operator:
	EQUALS { $$ = DOC_SET; }
	| PLUS_EQUALS { $$ = DOC_APPEND; }
	;

end:
	NEWLINE
	| SEMICOLON
	;

value:
	STRING
	| NUMBER
	| list
	;

list:
	open newlines CLOSE {
		reader->value_depth--;
		$$ = value_new(reader->doc, VALUE_LIST, &@1);
	}
	| open newlines elements CLOSE {
		reader->value_depth--;
		$$ = $3;
		$$->place = @1;
	}
	| open newlines elements COMMA newlines CLOSE {
		reader->value_depth--;
		$$ = $3;
		$$->place = @1;
	}
	;

open:
	OPEN {
		if (++reader->value_depth > DOC_MAX_DEPTH) {
			diag_add(reader->diags, CONFIG_ERROR, &@1, NULL, NULL,
				 "lists are nested deeper than %d", DOC_MAX_DEPTH);
			YYABORT;
		}
	}
	;

elements:
	value newlines {
		$$ = value_new(reader->doc, VALUE_LIST, &@1);
		value_add($$, $1);
	}
	| elements COMMA newlines value newlines {
		$$ = $1;
		value_add($$, $4);
	}
	;

newlines:
	%empty
	| newlines NEWLINE
	;

%%

static void xlcfg_error(const struct place *place, void *scanner, struct xlcfg_reader *reader,
			const char *message)
{
	(void)scanner;
	diag_add(reader->diags, CONFIG_ERROR, place, NULL, NULL, "%s", message);
}

/* "a, b or c" from what the grammar could go on with. */
static void expected_text(char *buf, size_t size, const yysymbol_kind_t *kinds, int count)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < count && used < size; i++) {
		const char *joint = i == 0 ? "" : i + 1 < count ? ", " : " or ";

		used += snprintf(buf + used, size - used, "%s%s", joint,
				 yysymbol_name(kinds[i]));
	}
}

static bool contains(const yysymbol_kind_t *kinds, int count, yysymbol_kind_t kind)
{
	for (int i = 0; i < count; i++) {
		if (kinds[i] == kind) {
			return true;
		}
	}
	return false;
}

static int yyreport_syntax_error(const yypcontext_t *context, void *scanner,
				 struct xlcfg_reader *reader)
{
	yysymbol_kind_t kinds[8];
	yysymbol_kind_t found = yypcontext_token(context);
	int count = yypcontext_expected_tokens(context, kinds, 8);
	bool at_start = contains(kinds, count, YYSYMBOL_WORD);
	const char *hint = NULL;
	char expected[160];

	(void)scanner;
	if (at_start && reader->broken_list) {
		return 0; /* the rest of a list whose mistake was reported */
	}
	reader->broken_list = reader->value_depth > 0;
	if (at_start) {
		snprintf(expected, sizeof(expected), "key = value");
	} else {
		expected_text(expected, sizeof(expected), kinds, count);
	}
	if (found == YYSYMBOL_WORD && contains(kinds, count, YYSYMBOL_STRING)) {
		hint = "text belongs in quotes";
	} else if (found == YYSYMBOL_NEWLINE && contains(kinds, count, YYSYMBOL_EQUALS)) {
		hint = "a line holds key = value";
	} else if (reader->value_depth > 0 && contains(kinds, count, YYSYMBOL_CLOSE)) {
		hint = "elements of a list are separated by commas, and ] ends it";
	}
	diag_add(reader->diags, CONFIG_ERROR, yypcontext_location(context), expected, hint,
		 "unexpected %s", found == YYSYMBOL_WORD ? "word" :
		 found == YYSYMBOL_OPEN ? "\"[\"" : yysymbol_name(found));
	return 0;
}

void xlcfg_read(struct doc *doc, const char *file, const char *text, size_t len,
		struct config_diags *diags)
{
	struct xlcfg_reader reader = {
		.doc = doc, .diags = diags, .file = file, .line = 1, .column = 1,
	};
	void *scanner;

	if (xlcfg_lex_init_extra(&reader, &scanner) != 0) {
		abort();
	}
	xlcfg__scan_bytes(text, (int)len, scanner);
	xlcfg_parse(scanner, &reader);
	xlcfg_lex_destroy(scanner);
}
