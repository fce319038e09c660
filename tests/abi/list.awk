# SPDX-License-Identifier: MIT
# Turns the names of our headers (second file) into the list both sides compile, following the
# directives in the first file (tests/abi/differences, which explains them).

function fail(text)
{
	print FILENAME ":" FNR ": " text > "/dev/stderr"
	failed = 1
	exit 1
}

function rest_of_line(from,    text)
{
	for (text = words[from]; from < count; from++) {
		text = text " " words[from + 1]
	}
	return text
}

# "struct x member" or "typename member": splits words[from..] into type and path
function take_type(from)
{
	if (words[from] == "struct" || words[from] == "union") {
		type = words[from] " " words[from + 1]
		next_word = from + 2
	} else {
		type = words[from]
		next_word = from + 1
	}
}

FNR == NR && (/^#/ || NF == 0) { next }

FNR == NR {
	count = split($0, words, /[ \t]+/)
	kind = words[1]
	if (kind == "call") {
		rest = $0
		sub(/^call[ \t]+/, "", rest)
		name = rest
		sub(/\(.*/, "", name)
		calls[name] = calls[name] rest "\n"
	} else if (kind == "const") {
		value = $0
		sub(/^const[ \t]+[^ \t]+[ \t]+=[ \t]+/, "", value)
		const_value[words[2]] = value
	} else if (kind == "string") {
		value = $0
		sub(/^string[ \t]+[^ \t]+[ \t]*=?[ \t]*/, "", value)
		strings[words[2]] = value == "" ? words[2] : value
	} else if (kind == "type") {
		take_type(2)
		ours = type
		value = $0
		sub(/^.*[ \t]+=[ \t]+/, "", value)
		type_value[ours] = value
	} else if (kind == "size") {
		take_type(2)
		type_size[type] = rest_of_line(next_word)
	} else if (kind == "at") {
		take_type(2)
		member_at[type " " words[next_word]] = rest_of_line(next_word + 1)
	} else if (kind == "flex" || kind == "bits") {
		take_type(2)
		special[type " " words[next_word]] = kind
	} else if (kind == "member") {
		take_type(2)
		ours = type " " words[next_word]
		if (words[next_word + 1] != "=") {
			fail("'=' expected")
		}
		take_type(next_word + 2)
		member_type[ours] = type
		member_path[ours] = words[next_word]
	} else if (kind == "private") {
		take_type(2)
		private[type] = 1
	} else {
		fail("unknown directive " kind)
	}
	next
}

$1 == "const" {
	if ($2 in strings) {
		printf "FACT_STRING(%s, %s)\n", $2, strings[$2]
	} else {
		printf "FACT_CONST(%s, %s)\n", $2, $2 in const_value ? const_value[$2] : $2
	}
	next
}

$1 == "call" && !($2 in private) {
	if (!($2 in calls)) {
		fail("no example of a call of " $2 "() in tests/abi/differences")
	}
	count = split(calls[$2], examples, "\n")
	for (i = 1; i < count; i++) {
		at = index(examples[i], " = ")
		ours = at ? substr(examples[i], 1, at - 1) : examples[i]
		theirs = at ? substr(examples[i], at + 3) : examples[i]
		printf "FACT_CONST((%s), (%s))\n", ours, theirs
	}
	next
}

$1 == "call" { next }

{
	split($0, words, " ")
	take_type(2)
	if (type in private) {
		next
	}
}

$1 == "type" {
	if (type in type_size) {
		printf "FACT_TYPE_SIZE(%s, %s)\n", type, type_size[type]
	} else {
		printf "FACT_TYPE(%s, %s)\n", type, type in type_value ? type_value[type] : type
	}
	next
}

$1 == "member" {
	path = words[next_word]
	ours = type " " path
	their_type = type in type_value ? type_value[type] : type
	their_path = path
	if (ours in member_at) {
		printf "FACT_MEMBER_AT(%s, %s, %s)\n", type, path, member_at[ours]
		next
	}
	if (type in type_size) {
		fail("no offset given for " ours " in tests/abi/differences")
	}
	if (ours in member_type) {
		their_type = member_type[ours]
		their_path = member_path[ours]
	}
	form = "FACT_MEMBER"
	if (ours in special) {
		form = special[ours] == "flex" ? "FACT_FLEX" : "FACT_BITS"
	}
	printf "%s(%s, %s, %s, %s)\n", form, type, path, their_type, their_path
	next
}

END { exit failed }
