# SPDX-License-Identifier: MIT
# Reads our ABI headers and prints one line for every name they define: "const NAME",
# "call NAME" (function-like macro), "type TYPE", "member TYPE PATH". It relies on how these
# headers are written: one member a line, "} NAME;" closing nested aggregates.

function strip(line)
{
	# comments that end on their line; a block comment's inner lines start with " *"
	gsub(/\/\*[^*]*\*\//, "", line)
	sub(/\/\*.*/, "", line)
	if (line ~ /^[ \t]*\*/) {
		return ""
	}
	sub(/[ \t]+$/, "", line)
	return line
}

function member_name(decl)
{
	sub(/;$/, "", decl)
	sub(/:[0-9]+$/, "", decl)
	sub(/\[.*\]$/, "", decl)
	sub(/.*[ \t*]/, "", decl)
	return decl
}

function close_level(name,    i, lines, count)
{
	# members were gathered with depth known only now: prefix them with the aggregate's name
	count = split(held[depth], lines, "\n")
	depth--
	for (i = 1; i <= count; i++) {
		if (lines[i] != "") {
			held[depth] = held[depth] (name == "" ? "" : name ".") lines[i] "\n"
		}
	}
	if (name != "") {
		held[depth] = held[depth] name "\n"
	}
}

FNR == 1 {
	depth = 0
	in_function = 0
	in_enum = 0
}

{ line = strip($0) }

line == "" { next }

# inline functions are no part of the ABI
in_function {
	if (line == "}") {
		in_function = 0
	}
	next
}
line ~ /^static inline/ {
	in_function = 1
	next
}

line ~ /^#define/ {
	split(line, words, /[ \t]+/)
	name = words[2]
	if (name ~ /\(/) {
		sub(/\(.*/, "", name)
		if (name !~ /^ABI_/) {
			print "call", name
		}
	} else if (name !~ /^XEN_[A-Z0-9_]*_H$/ && name !~ /^ARGON_/) {
		print "const", name
	}
	next
}

line ~ /^typedef/ {
	decl = line
	sub(/ __attribute__.*/, ";", decl)
	print "type", member_name(decl)
	next
}

depth == 0 && line ~ /^enum .*\{$/ {
	in_enum = 1
	next
}
in_enum {
	if (line ~ /^\}/) {
		in_enum = 0
	} else {
		name = line
		gsub(/[ \t,]|=.*/, "", name)
		print "const", name
	}
	next
}

depth == 0 && line ~ /^(struct|union) [A-Za-z0-9_]+ \{$/ {
	split(line, words, " ")
	type = words[1] " " words[2]
	print "type", type
	depth = 1
	held[1] = ""
	next
}

depth > 0 && line ~ /\{$/ {
	# a nested aggregate with a tag is a type of its own
	split(line, words, /[ \t]+/)
	if (words[3] != "{" && words[3] != "") {
		print "type", words[2] " " words[3]
	}
	depth++
	held[depth] = ""
	next
}

depth > 1 && line ~ /^[ \t]*\}/ {
	name = line
	gsub(/[ \t};]/, "", name)
	sub(/\[.*/, "", name)
	close_level(name)
	next
}

depth == 1 && line ~ /^\}/ {
	count = split(held[1], lines, "\n")
	for (i = 1; i <= count; i++) {
		if (lines[i] != "") {
			print "member", type, lines[i]
		}
	}
	depth = 0
	next
}

depth > 0 {
	held[depth] = held[depth] member_name(line) "\n"
}
