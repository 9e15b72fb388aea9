# SPDX-License-Identifier: GPL-2.0-or-later
# For ci/coverage: lcov's records, demangled, of each group and at last of all together (GROUP.info ... all.info).
#   -v list=1   what no group reaches, by tabs: file, function, line, "line" or "K of N branches"
#   else        the totals and a table function by function, in Markdown

# The name alone: no namespaces of ours, parameters, template arguments or return type.
function short(name) {
	gsub(/\(anonymous namespace\)::|early::/, "", name)
	sub(/ \[clone.*/, "", name)
	while (name !~ /operator[<>]/ && gsub(/<[^<>]*>/, "", name)) continue
	sub(/\(.*/, "", name)
	sub(/.* /, "", name)
	return name
}
function ratio(part, whole) { return whole ? sprintf("%.1f %%", 100 * part / whole) : "-" }
function add(kind, group, where, reached) {
	reached = reached > 0
	whole[kind, where] += group == "all"
	hit[kind, group, where] += reached
}

FNR == 1 { group = FILENAME; sub(/.*\//, "", group); sub(/\.info$/, "", group); if (group != "all") groups[++group_count] = group }
/^SF:/ {
	file = substr($0, 4)
	sub(/.*\/mm\//, "mm/", file); sub(/.*\/memblock\//, "memblock/", file)
	if (!(file in known)) { known[file] = 1; files[++file_count] = file }
}
# A lambda is a part of the function that it is written in.
/^FN:/ && !/\{lambda/ {
	at = substr($0, 4) + 0
	if (!((file, at) in begins)) { name = $0; sub(/^[^,]*,/, "", name); begins[file, at] = short(name) }
}
/^DA:/ {
	split(substr($0, 4), field, ",")
	line[file, field[1]] = 1
	count[group, file, field[1]] += field[2]
	if (field[1] + 0 > last[file]) last[file] = field[1] + 0
}
/^BRDA:/ {
	split(substr($0, 6), field, ",")
	key = field[2] "," field[3]
	if (!((file, field[1], key) in seen)) { seen[file, field[1], key] = 1; branches[file, field[1]] = branches[file, field[1]] " " key }
	taken[group, file, field[1], key] += field[4] == "-" ? 0 : field[4]
}

END {
	groups[++group_count] = "all"
	for (f = 1; f <= file_count; f++) {
		file = files[f]
		subject = file ~ /^memblock/ ? "port" : "kernel"
		where = ""
		for (l = 1; l <= last[file]; l++) {
			if ((file, l) in begins) {
				where = file SUBSEP begins[file, l]
				if (!(where in listed)) { listed[where] = 1; order[++functions] = where }
			}
			if (!((file, l) in line)) continue
			branch_count = split(branches[file, l], keys, " ")
			for (g = 1; g <= group_count; g++) {
				group = groups[g]
				add("lines", group, where, count[group, file, l]); add("lines", group, subject, count[group, file, l])
				reached = 0
				for (b = 1; b <= branch_count; b++) {
					times = taken[group, file, l, keys[b]]
					add("branches", group, where, times); add("branches", group, subject, times)
					reached += times > 0
				}
			}
			if (list && !count["all", file, l]) print file "\t" begins_name(where) "\t" l "\tline"
			else if (list && reached < branch_count) print file "\t" begins_name(where) "\t" l "\t" branch_count - reached " of " branch_count " branches"
		}
	}
	if (!list) print_tables()
}
function begins_name(where) { sub(/.*\034/, "", where); return where }

function print_tables(    s, k, g, i, part, subject, text) {
	text = "| subject | |"
	for (g = 1; g < group_count; g++) text = text " " groups[g] " |"
	print text " together |\n|---|---|---:|---:|---:|---:|"
	split("port kernel", subjects, " "); split("lines branches", kinds, " ")
	for (s = 1; s <= 2; s++)
		for (k = 1; k <= 2; k++) {
			text = "| " (subjects[s] == "port" ? "memblock/" : "mm/memblock.c") " | " whole[kinds[k], subjects[s]] " " kinds[k] " |"
			for (g = 1; g <= group_count; g++) text = text " " ratio(hit[kinds[k], groups[g], subjects[s]], whole[kinds[k], subjects[s]]) " |"
			print text
		}
	print "\nLines reached, and branches taken, of each function:\n"
	text = "| file | function | lines |"
	for (g = 1; g < group_count; g++) text = text " " groups[g] " |"
	text = text " together | branches |"
	for (g = 1; g < group_count; g++) text = text " " groups[g] " |"
	print text " together |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
	for (i = 1; i <= functions; i++) {
		split(order[i], part, SUBSEP)
		text = "| " part[1] " | `" part[2] "` |"
		for (k = 1; k <= 2; k++) {
			text = text " " whole[kinds[k], order[i]] + 0 " |"
			for (g = 1; g <= group_count; g++) text = text " " hit[kinds[k], groups[g], order[i]] + 0 " |"
		}
		print text
	}
}
